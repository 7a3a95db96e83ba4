//! Tells whether there is anything to search for in a text. Most texts have nothing, and one quick scan shows it.

use super::{candidates::Candidates, labels, pairs, tokens};
use crate::redact::text::slice::Slice;
use crate::redact::{
    codec::entities,
    rules::{Rules, vendor_key},
};
use memchr::memmem;
use regex::bytes::Regex;
use std::sync::LazyLock;

/// From this length on, a few scans of many bytes at once are faster than one of each byte.
const LONG: usize = 128;
/// From this length on, a search for words pays for its start.
const SHORT: usize = 2048;

/// Returns the kinds of secrets that [`hide`](super::hide) could find in `text`, lines that begin with a name aside. It
/// may return too many, never too few.
pub(crate) fn candidates(rules: &Rules, text: &[u8]) -> Candidates {
    if rules.allow_only() {
        return Candidates::ALL;
    }
    if rules.is_empty() {
        return Candidates::NONE;
    }
    let built_in = if text.len() < LONG {
        let signs = text.iter().enumerate().filter(|(_, b)| ALL_SIGNS[usize::from(**b)]);
        signs.fold(Candidates::NONE, |signs, (at, _)| signs.and(sign(rules, text, at)))
    } else {
        let pair = rules.has_names()
            && (memchr::memchr(b'=', text).is_some()
                || memchr::memchr_iter(b':', text).any(|at| is_sign(rules, text, at)));
        let encoded = memchr::memchr_iter(b'%', text).any(|at| is_sign(rules, text, at));
        let markup = memchr::memchr_iter(b'<', text).any(|at| is_sign(rules, text, at));
        let (slash, authority) = slashes(rules, text);
        let escape =
            memchr::memchr3_iter(b'&', b'\\', 0x1b, text).any(|at| sign(rules, text, at).of(Candidates::ESCAPE));
        let path = slash || encoded || (!rules.templates.is_empty() && memchr::memchr(b'\\', text).is_some());
        [
            Candidates::PAIR.when(pair),
            Candidates::ENCODED.when(encoded),
            Candidates::MARKUP.when(markup),
            Candidates::SHAPE.when(has_shape(rules, text)),
            Candidates::AUTHORITY.when(authority),
            Candidates::PATH.when(path),
            Candidates::ESCAPE.when(escape),
            Candidates::KEY.when(rules.patterns.has_keys() && vendor_key::has_sign(text)),
        ]
        .into_iter()
        .fold(Candidates::NONE, Candidates::and)
    };
    let no_key = built_in.of(Candidates::KEY) && !vendor_key::may_match(text);
    let built_in = if no_key { built_in.without(Candidates::KEY) } else { built_in };
    built_in.and(Candidates::PATTERN.when(rules.patterns.may_match(text)))
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
            begins_template(rules, inside, at + 1) && (!rules.has_names() || may_hide())
        }
        Some(b'=') => rules.has_names() && !pairs::is_plain_parameter(rules, inside, at),
        Some(b'\'') => rules.has_names() && is_beside_colon(inside, at),
        Some(b':') => false,
        _ => is_sign(rules, inside, at),
    }
}

/// The bytes that a sign may have where [`is_sign`] looks for it.
pub(crate) const SIGNS: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 256 {
        table[b] =
            matches!(b as u8, b'=' | b'%' | b'<' | b'&' | b'\\' | b':' | b'/' | b'J' | b'V' | b'b' | b'B' | 0x1b);
        b += 1;
    }
    table
};

/// [`SIGNS`], and those of the keys of vendors, which are in nearly every text.
const ALL_SIGNS: [bool; 256] = {
    let mut table = SIGNS;
    let mut at = 0;
    while at < vendor_key::SIGNS.len() {
        table[vendor_key::SIGNS[at] as usize] = true;
        at += 1;
    }
    table
};

/// Returns the kinds of secrets that have their sign at `at`. It is the oracle for the scans of many bytes.
#[inline]
fn sign(rules: &Rules, text: &[u8], at: usize) -> Candidates {
    let Some((before, rest)) = text.split_at_checked(at) else { return Candidates::NONE };
    match rest {
        [b'=', ..] => Candidates::PAIR.when(rules.has_names()),
        [b'&' | 0x1b, ..] => Candidates::ESCAPE.when(entities::is_escape(rest)),
        [b'<', name, ..] => {
            Candidates::MARKUP.when(rules.has_names() && (name.is_ascii_alphabetic() || *name == b'_' || *name >= 0x80))
        }
        // A slash may be encoded as well.
        [b'%', high, low, ..] => {
            Candidates::ENCODED.and(Candidates::PATH).when(high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
        }
        [b':', after @ ..] => Candidates::PAIR
            .when(rules.has_names() && (is_beside_quote(before, after) || labels::is_sign(rules, before, after))),
        [b'/', after @ ..] => {
            let authority = Candidates::AUTHORITY.when(rules.defaults() && after.first() == Some(&b'/'));
            authority.and(Candidates::PATH.when(begins_template(rules, text, at + 1)))
        }
        // Many programs read a backslash as a slash.
        [b'\\', ..] => {
            Candidates::PATH.when(!rules.templates.is_empty()).and(Candidates::ESCAPE.when(entities::is_escape(rest)))
        }
        [b'J', ..] => Candidates::SHAPE.when(rules.defaults() && before.ends_with(b"ey")),
        [b'V', ..] => {
            Candidates::SHAPE.when(rules.defaults() && before.ends_with(b"PRI") && rest.starts_with(b"VATE KEY"))
        }
        [b'b' | b'B', ..] => Candidates::SHAPE.when(rules.defaults() && tokens::is_bearer(text, at)),
        [b'_' | b'-' | b'.' | b'A' | b'd', ..] => {
            Candidates::KEY.when(rules.patterns.has_keys() && vendor_key::is_sign(text, at))
        }
        _ => Candidates::NONE,
    }
}

fn is_sign(rules: &Rules, text: &[u8], at: usize) -> bool {
    sign(rules, text, at).any()
}

/// Returns whether a path of a template may begin with the slash before `after`.
fn begins_template(rules: &Rules, text: &[u8], after: usize) -> bool {
    let rest = text.part(after..);
    rules.templates.may_follow(rest) && !is_of_authority(text.part(..after), rest)
}

/// Returns whether the slash that ends `before` is one of the two behind a scheme that begins a text: no path begins
/// with it. If anything precedes the scheme, its colon may be the end of an authority.
fn is_of_authority(before: &[u8], after: &[u8]) -> bool {
    let scheme = match before {
        [scheme @ .., b':', b'/'] if after.first() == Some(&b'/') => scheme,
        [scheme @ .., b':', b'/', b'/'] => scheme,
        _ => return false,
    };
    scheme.iter().all(u8::is_ascii_alphanumeric)
}

/// Returns whether a `:` stands between a name in quotes and its value, or between a name and its value in quotes.
fn is_beside_quote(before: &[u8], after: &[u8]) -> bool {
    let quote = |b: Option<&u8>| matches!(b, Some(b'"' | b'\'' | b'\\'));
    quote(before.trim_ascii_end().last()) || quote(after.trim_ascii_start().first())
}

fn is_beside_colon(body: &[u8], quote: usize) -> bool {
    let (before, after) = body.split_at_checked(quote).unwrap_or_default();
    before.trim_ascii_end().last() == Some(&b':') || after.part(1..).trim_ascii_start().first() == Some(&b':')
}

/// Returns whether a path of a template, and whether an authority, may begin somewhere in `text`.
fn slashes(rules: &Rules, text: &[u8]) -> (bool, bool) {
    let authority = rules.defaults() && memmem::find(text, b"//").is_some();
    let begins = |at| begins_template(rules, text, at + 1);
    (!rules.templates.is_empty() && memchr::memchr_iter(b'/', text).any(begins), authority)
}

/// Returns whether there is the sign of a shape in `text`.
fn has_shape(rules: &Rules, text: &[u8]) -> bool {
    // Few and short literals are searched for many bytes at once, at a tenth of the price of whole words in any case.
    // Their matches are checked again.
    static SHAPES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"eyJ|PRIV|(?i-u:bea)").ok());
    let is_shape = |found: regex::bytes::Match<'_>| {
        let sign = found.start()
            + match found.as_bytes() {
                b"eyJ" => 2,
                b"PRIV" => 3,
                _ => 0,
            };
        is_sign(rules, text, sign)
    };
    let is_at = |at| is_sign(rules, text, at);
    rules.defaults()
        && match text.len() {
            ..SHORT => {
                memchr::memchr2_iter(b'J', b'V', text).any(is_at)
                    || (has_bea(text) && memchr::memchr2_iter(b'b', b'B', text).any(is_at))
            }
            _ => SHAPES.as_ref().is_none_or(|shapes| shapes.find_iter(text).any(is_shape)),
        }
}

/// Returns whether `bea`, in any case, is in `text`. It reads many bytes at once, for nearly always all of the text is
/// read in vain.
fn has_bea(text: &[u8]) -> bool {
    let (seconds, thirds) = (text.part(1..), text.part(2..));
    let windows = text.iter().zip(seconds).zip(thirds);
    windows.fold(false, |any, ((a, b), c)| any | ((a | 0x20 == b'b') & (b | 0x20 == b'e') & (c | 0x20 == b'a')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{rules::path::Template, text::mask::Mask};
    use proptest::prelude::*;

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
            let short = each.fold(Candidates::NONE, Candidates::and).without(Candidates::KEY);
            let pad = "-".repeat(LONG);
            let long = format!("{}{text}{}", pad.repeat(at % 3 + 1), &pad[at..]);
            // The end of the text may make a sign of the beginning of the padding, never the other way round.
            prop_assert_eq!(super::candidates(&rules, long.as_bytes()), short);
        }

        #[test]
        fn very_long_texts_are_told_as_long_ones_are(text in "([a-z:'\" ]|[=%4/<&]|//|eyJ|Bear|bEA|PRIV|-){0,12}") {
            let rules = Rules::new();
            let told = |pad: usize| super::candidates(&rules, format!("{text}{}", ".".repeat(pad)).as_bytes());
            prop_assert_eq!(told(LONG), told(SHORT), "{}", text);
        }
    }
}
