//! Tells whether there is anything to search for in a text. Most texts have nothing, and one quick scan shows it.

use super::{candidates::Candidates, encoded, labels, markup, pairs, sign::Sign, statements, tokens, urls};
use crate::redact::{
    codec::entities,
    rules::Rules,
    text::{
        block::{BLOCK, Block},
        slice::Slice,
    },
};

/// From this length on, a few scans of many bytes at once are faster than one of each byte.
const LONG: usize = 128;
/// The signs of all finders that search for a byte. A new finder has its line here.
const FINDERS: [&Sign; 8] =
    [&pairs::SIGN, &labels::SIGN, &encoded::SIGN, &markup::SIGN, &tokens::SIGN, &urls::AUTHORITY, &urls::PATH, &ESCAPE];

/// The sign of what is cut out of JSON or HTML, and read again as it would be there.
const ESCAPE: Sign = Sign {
    of: Candidates::ESCAPE,
    bytes: b"&\\\x1b",
    is_at: |_, text, at| entities::is_escape(text.after(at)),
    is_in: None,
};

/// Tells which finders' signs a byte may be: bit N stands for finder N.
static FINDERS_OF: [u8; 256] = {
    let mut table = [0; 256];
    let mut n = 0;
    while n < FINDERS.len() {
        let mut at = 0;
        while at < FINDERS[n].bytes.len() {
            table[FINDERS[n].bytes[at] as usize] |= 1 << n;
            at += 1;
        }
        n += 1;
    }
    table
};

/// Returns the kinds of secrets that [`hide_secrets`](super::hide_secrets) could find in `text`, lines that begin with a
/// name aside. It may return too many, never too few.
pub(crate) fn candidates(rules: &Rules, text: &[u8]) -> Candidates {
    // What has no name in a query is hidden too.
    if rules.allow_only() && (text.is_empty() || memchr::memchr2(b'?', b'#', text).is_some()) {
        return Candidates::ALL;
    }
    if rules.is_empty() {
        return Candidates::NONE;
    }
    let signs = if text.len() < LONG {
        of_blocks(rules, text)
    } else {
        FINDERS.iter().fold(Candidates::NONE, |signs, finder| {
            signs.and(finder.of.when(!signs.of(finder.of) && finder.is_in(rules, text)))
        })
    };
    signs
        .and(Candidates::KEY.when(rules.patterns.may_have_key(text)))
        .and(Candidates::PATTERN.when(rules.patterns.may_match(text)))
}

/// Returns the kinds of secrets that have a sign in `text`, of which many bytes at once are told to be none.
fn of_blocks(rules: &Rules, text: &[u8]) -> Candidates {
    let (mut found, mut from) = (Candidates::NONE, 0);
    while from < text.len() {
        let mut may_be = may_be_signs(Block::first(text.after(from)));
        while may_be != 0 {
            found = found.and(sign(rules, text, from + may_be.trailing_zeros() as usize));
            may_be &= may_be - 1;
        }
        from += BLOCK;
    }
    found
}

/// Returns which bytes of a block are in the signs of [`FINDERS`].
#[inline(always)]
fn may_be_signs(block: Block) -> u32 {
    let marks = block.within(b'$', b'&').or(block.is(b'/')).or(block.is(b':')).or(block.within(b'<', b'='));
    // `B` and `b` differ in one bit.
    let letters = block.is(b'J').or(block.is(b'V')).or(block.with(0x20).is(b'b'));
    marks.or(letters).or(block.is(b'\\')).or(block.is(0x1b)).bits()
}

/// Returns whether strings and numbers anywhere in the JSON `body` must be searched, for more than a sign in one of
/// them.
pub(crate) fn is_suspicious(rules: &Rules, body: &[u8]) -> bool {
    rules.allow_only() || rules.patterns.suspect(body)
}

/// Returns whether there is a sign of a secret at `at` in `inside`, which begins as the inside of a JSON string does
/// and goes on behind it. The sign of an authority does not count. It may be too cautious at the end of the string.
///
/// A colon beside a double quote is JSON's own: within a string, that quote is escaped.
#[inline(never)]
pub(crate) fn is_unescaped_sign(rules: &Rules, inside: &[u8], at: usize) -> bool {
    match inside.get(at) {
        Some(b'/') => {
            // Without names, an encoded secret in the string has no other sign.
            let may_hide = || rules.templates.may_hide(inside.part(at + 1..));
            urls::begins_template(rules, inside, at + 1) && (!rules.has_names() || may_hide())
        }
        Some(b'=') => rules.has_names() && !pairs::is_plain_parameter(rules, inside, at),
        Some(b'\'') => {
            rules.has_names() && (is_beside_colon(inside, at) || statements::is_value(rules, inside.part(..at)))
        }
        Some(b':') => false,
        _ => is_sign(rules, inside, at),
    }
}

/// Returns the kinds of secrets that have their sign at `at`. It is the oracle for the scans of many bytes.
#[inline]
fn sign(rules: &Rules, text: &[u8], at: usize) -> Candidates {
    let mut finders = text.get(at).map_or(0, |byte| FINDERS_OF[usize::from(*byte)]);
    let mut found = Candidates::NONE;
    while finders != 0 {
        if let Some(finder) = FINDERS.get(finders.trailing_zeros() as usize)
            && (finder.is_at)(rules, text, at)
        {
            found = found.and(finder.of);
        }
        finders &= finders - 1;
    }
    found
}

fn is_sign(rules: &Rules, text: &[u8], at: usize) -> bool {
    sign(rules, text, at).any()
}

/// Returns whether a finder has a sign with this byte.
#[cfg(test)]
pub(crate) fn may_be_sign(byte: u8) -> bool {
    FINDERS_OF[usize::from(byte)] != 0
}

fn is_beside_colon(body: &[u8], quote: usize) -> bool {
    let (before, after) = body.split_at_checked(quote).unwrap_or_default();
    before.trim_ascii_end().last() == Some(&b':') || after.part(1..).trim_ascii_start().first() == Some(&b':')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{rules::path::Template, text::mask::Mask};
    use proptest::prelude::*;

    #[test]
    fn a_block_has_the_bytes_of_all_signs() {
        for byte in 0..=255 {
            let bits = may_be_signs(Block::new(&[byte; BLOCK]));
            assert_eq!(bits, if may_be_sign(byte) { 0xffff } else { 0 }, "{byte}");
        }
    }

    #[test]
    fn every_sign_is_seen() {
        let rules = Rules::new();
        for sign in
            ["=", "%41", "\"a\" : 1", "a: 'b'", "<a", "&lt;", "\\u0041", "\\/", "//", "eyJ", "PRIVATE KEY", "bEARER"]
        {
            for pad in [0, 1, 127, 1000] {
                let pad = "-".repeat(pad);
                assert!(candidates(&rules, format!("{pad}{sign}{pad}").as_bytes()).any(), "{sign}");
            }
        }
        for plain in ["", "plain", "50% of", "12:30", "a/b", "beer", "PRIVATE", "ey J", "{\"a\", 1}"] {
            assert_eq!(candidates(&rules, plain.as_bytes()), Candidates::NONE, "{plain}");
            assert_eq!(candidates(&rules, plain.repeat(200).as_bytes()), Candidates::NONE, "{plain}");
        }
    }

    #[test]
    fn a_slash_counts_where_a_template_may_begin() {
        let mut rules = Rules::new();
        rules.templates.push(Template::parse("/games/{game}/bet", Mask::redacted()).unwrap());
        for sign in ["/games/1/bet", "x /GAMES", "/./games", "/../games", "/x\\games", "/%67ames", "/\\games", "a\\b"] {
            for pad in [0, 1, 127, 1000] {
                let pad = "-".repeat(pad);
                assert!(candidates(&rules, format!("{pad}{sign}{pad}").as_bytes()).any(), "{sign}");
            }
        }
        for sign in [
            "x:///games",
            "://a/games",
            "//games",
            ":/games",
            ":///.",
            "://..//",
            "x://h://games",
            "x h://games",
            "\"h://games",
        ] {
            assert!(candidates(&rules, sign.as_bytes()).of(Candidates::PATH), "{sign}");
        }
        assert!(!candidates(&rules, b"https://games.h:80/a?b").of(Candidates::PATH));
        for plain in ["text/plain", "curl/8.5.0 (*/*)", "/game", "/ ", "a/b/c"] {
            assert_eq!(candidates(&rules, plain.as_bytes()), Candidates::NONE, "{plain}");
            assert_eq!(candidates(&rules, plain.repeat(200).as_bytes()), Candidates::NONE, "{plain}");
        }
        rules.templates.push(Template::parse("/{tenant}/x", Mask::redacted()).unwrap());
        assert!(candidates(&rules, b"a/b").of(Candidates::PATH));
    }

    #[test]
    fn strings_of_json_have_the_signs_of_text_but_for_colons() {
        let mut rules = Rules::new();
        rules.templates.push(Template::parse("/games/{game}/bet", Mask::redacted()).unwrap());
        let is_sign = |inside: &str| (0..inside.len()).any(|at| is_unescaped_sign(&rules, inside.as_bytes(), at));
        for inside in [
            "a=b\"",
            "?token=b\"",
            "?a=b",
            "?a=b+c\"",
            "?=b\"",
            "%41",
            "/games/1/bet",
            "x?/games/1/bet&a",
            "/games/1/bet\\n",
            "/games/1/bet,2\"",
            "//h/games/1/bet\"",
            "https://h/games/1/bet",
            "'a': 1",
            "a: 'b'",
            "<a",
            "&lt;",
            "eyJ",
            "bearer x",
            "PRIVATE KEY",
        ] {
            assert!(is_sign(inside), "{inside}");
        }
        for inside in [
            "it's",
            "12:30",
            "a < b & c",
            "50% of",
            "a/b",
            "ey J",
            "a\", \"b\": \"c",
            "https://h/a?b=c&d=e\"",
            "/games/1/bets\"",
        ] {
            assert!(!is_sign(inside), "{inside}");
        }
    }

    #[test]
    fn no_rules_see_nothing() {
        assert_eq!(candidates(&Rules::none(), b"token=x Bearer y https://a:b@c %41"), Candidates::NONE);
        assert!(!is_suspicious(&Rules::none(), b"[\"token=x\"]") && is_suspicious(&Rules::allow_nothing(), b""));
        assert_eq!(candidates(&Rules::allow_nothing(), b""), Candidates::ALL);
        assert_eq!(candidates(&Rules::allow_nothing(), b"?a"), Candidates::ALL);
    }

    proptest! {
        #[test]
        fn long_texts_are_told_as_short_ones_are(
            text in "([a-z:'\" ]|[=%4/<\\\\u]|//|/b/|eyJ|Bearer |PRIVATE KEY|&lt;|-){0,8}",
            at in 0..100usize,
            templates: bool,
        ) {
            let mut rules = Rules::new();
            if templates {
                rules.templates.push(Template::parse("/b/{game}", Mask::redacted()).unwrap());
            }
            // A scheme that begins a text is told from another one.
            let text = format!("-{text}-");
            let each = (0..text.len()).map(|at| sign(&rules, text.as_bytes(), at));
            let short = each.fold(Candidates::NONE, Candidates::and);
            prop_assert_eq!(of_blocks(&rules, text.as_bytes()), short);
            let pad = "-".repeat(LONG);
            let long = format!("{}{text}{}", pad.repeat(at % 3 + 1), &pad[at..]);
            // The end of the text may make a sign of the beginning of the padding, never the other way round.
            prop_assert_eq!(super::candidates(&rules, long.as_bytes()), short);
        }

        #[test]
        fn very_long_texts_are_told_as_long_ones_are(text in "([a-z:'\" ]|[=%4/<&]|//|eyJ|Bear|bEA|PRIV|-){0,12}") {
            let rules = Rules::new();
            let told = |pad: usize| super::candidates(&rules, format!("{text}{}", ".".repeat(pad)).as_bytes());
            prop_assert_eq!(told(LONG), told(tokens::SHORT), "{}", text);
        }
    }
}
