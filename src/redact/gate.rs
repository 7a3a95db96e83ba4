//! Whether there is anything to look for in a text: most texts have nothing, and are told so in one quick scan.

use super::{escapes, rules::Rules, shape};
use memchr::memmem;
use regex::bytes::Regex;
use std::sync::LazyLock;

/// From this length on, a few scans of many bytes at once are faster than one of each byte.
const LONG: usize = 128;
/// From this length on, setting out on a search for words pays.
const SHORT: usize = 2048;

/// Whether [`look::hide`](super::look::hide) could find anything in `text`, lines that begin with a name aside. May say yes
/// too often, never no where there is something.
pub(crate) fn text(rules: &Rules, text: &[u8]) -> bool {
    if rules.allow_only() {
        return true;
    }
    if rules.is_empty() {
        return false;
    }
    let built_in = match text.len() {
        ..LONG => text.iter().enumerate().any(|(at, &b)| SIGNS[usize::from(b)] && is_sign(rules, text, at)),
        _ => {
            memchr::memchr3_iter(b'=', b'%', b'<', text).any(|at| is_sign(rules, text, at))
                || (rules.has_names() && memchr::memchr_iter(b':', text).any(|at| is_sign(rules, text, at)))
                || memchr::memchr2_iter(b'&', b'\\', text).any(|at| is_sign(rules, text, at))
                || (!rules.templates.is_empty() && memchr::memchr(b'\\', text).is_some())
                || has_slash(rules, text)
                || has_shape(rules, text)
        }
    };
    built_in || rules.patterns.may_match(text)
}

/// Whether strings and numbers anywhere in the JSON `body` must be looked at, for more than a sign in one of them.
pub(crate) fn suspicious(rules: &Rules, body: &[u8]) -> bool {
    rules.allow_only() || rules.patterns.suspect(body)
}

/// Whether what could be hidden has its sign at `at` in `inside`, which begins as the inside of a JSON string does and goes
/// on behind it. May say yes too often where that string ends.
///
/// A colon beside a double quote is JSON's own: within a string, that quote is escaped.
#[inline(never)]
pub(crate) fn is_unescaped_sign(rules: &Rules, inside: &[u8], at: usize) -> bool {
    match inside.get(at) {
        Some(b'\'') => rules.has_names() && is_beside_colon(inside, at),
        Some(b':') => false,
        _ => is_sign(rules, inside, at),
    }
}

/// The bytes that a sign may have where [`is_sign`] looks for it.
pub(super) const SIGNS: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 256 {
        table[b] = matches!(b as u8, b'=' | b'%' | b'<' | b'&' | b'\\' | b':' | b'/' | b'J' | b'V' | b'b' | b'B');
        b += 1;
    }
    table
};

/// Whether what could be hidden has its sign at `at`: the oracle for the scans of many bytes.
#[inline]
fn is_sign(rules: &Rules, text: &[u8], at: usize) -> bool {
    let Some((before, rest)) = text.split_at_checked(at) else { return false };
    match rest {
        [b'=', ..] => rules.has_names(),
        [b'&', ..] => escapes::is_escape(rest),
        [b'<', name, ..] => rules.has_names() && (name.is_ascii_alphabetic() || *name == b'_' || *name >= 0x80),
        [b'%', high, low, ..] => high.is_ascii_hexdigit() && low.is_ascii_hexdigit(),
        [b':', after @ ..] => rules.has_names() && is_beside_quote(before, after),
        [b'/', after @ ..] => {
            (rules.defaults() && after.first() == Some(&b'/')) || begins_template(rules, text, at + 1)
        }
        // A slash of a kind.
        [b'\\', ..] => !rules.templates.is_empty() || escapes::is_escape(rest),
        [b'J', ..] => rules.defaults() && before.ends_with(b"ey"),
        [b'V', ..] => rules.defaults() && before.ends_with(b"PRI") && rest.starts_with(b"VATE KEY"),
        [b'b' | b'B', ..] => rules.defaults() && shape::is_bearer(text, at),
        _ => false,
    }
}

/// Whether what is from `after` on, behind a slash, may be the first segment of a template.
#[inline(never)]
pub(super) fn begins_template(rules: &Rules, text: &[u8], after: usize) -> bool {
    let rest = text.get(after..).unwrap_or_default();
    rules.templates.iter().any(|template| template.may_follow(rest))
}

/// Whether a `:` parts a name in quotes from its value, or a name from its value in quotes.
fn is_beside_quote(before: &[u8], after: &[u8]) -> bool {
    let quote = |b: Option<&u8>| matches!(b, Some(b'"' | b'\'' | b'\\'));
    quote(before.trim_ascii_end().last()) || quote(after.trim_ascii_start().first())
}

fn is_beside_colon(body: &[u8], quote: usize) -> bool {
    let (before, after) = body.split_at_checked(quote).unwrap_or_default();
    before.trim_ascii_end().last() == Some(&b':')
        || after.get(1..).unwrap_or_default().trim_ascii_start().first() == Some(&b':')
}

/// Whether a path of a template or an authority may begin somewhere in `text`.
fn has_slash(rules: &Rules, text: &[u8]) -> bool {
    match rules.templates.is_empty() {
        true => rules.defaults() && memmem::find(text, b"//").is_some(),
        false => memchr::memchr_iter(b'/', text).any(|at| is_sign(rules, text, at)),
    }
}

/// Whether there is the sign of a shape in `text`.
fn has_shape(rules: &Rules, text: &[u8]) -> bool {
    // Few and short literals, which are searched for many bytes at once, are a tenth of the price of whole words in any
    // case; what they find is looked at again.
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

/// Whether `bea`, in any case, is in `text`: all of it is looked at, many bytes at once, for it nearly never is.
fn has_bea(text: &[u8]) -> bool {
    let (seconds, thirds) = (text.get(1..).unwrap_or_default(), text.get(2..).unwrap_or_default());
    let windows = text.iter().zip(seconds).zip(thirds);
    windows.fold(false, |any, ((a, b), c)| any | ((a | 0x20 == b'b') & (b | 0x20 == b'e') & (c | 0x20 == b'a')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Mask, path::Template};
    use proptest::prelude::*;

    #[test]
    fn every_sign_is_seen() {
        let rules = Rules::new();
        for sign in
            ["=", "%41", "\"a\" : 1", "a: 'b'", "<a", "&lt;", "\\u0041", "\\/", "//", "eyJ", "PRIVATE KEY", "bEARER"]
        {
            for pad in [0, 1, 127, 1000] {
                let pad = "-".repeat(pad);
                assert!(text(&rules, format!("{pad}{sign}{pad}").as_bytes()), "{sign}");
            }
        }
        for plain in ["", "plain", "50% of", "12:30", "a/b", "beer", "PRIVATE", "ey J", "{\"a\", 1}"] {
            assert!(!text(&rules, plain.as_bytes()), "{plain}");
            assert!(!text(&rules, plain.repeat(200).as_bytes()), "{plain}");
        }
    }

    #[test]
    fn a_slash_counts_where_a_template_may_begin() {
        let mut rules = Rules::new();
        rules.templates.push(Template::parse("/games/{game}/bet", Mask::redacted()).unwrap());
        for sign in ["/games/1/bet", "x /GAMES", "/./games", "/../games", "/x\\games", "/%67ames", "/\\games", "a\\b"] {
            for pad in [0, 1, 127, 1000] {
                let pad = "-".repeat(pad);
                assert!(text(&rules, format!("{pad}{sign}{pad}").as_bytes()), "{sign}");
            }
        }
        for plain in ["text/plain", "curl/8.5.0 (*/*)", "/game", "/ ", "a/b/c"] {
            assert!(!text(&rules, plain.as_bytes()), "{plain}");
            assert!(!text(&rules, plain.repeat(200).as_bytes()), "{plain}");
        }
        rules.templates.push(Template::parse("/{tenant}/x", Mask::redacted()).unwrap());
        assert!(text(&rules, b"a/b"));
    }

    #[test]
    fn strings_of_json_have_the_signs_of_text_but_for_colons() {
        let rules = Rules::new();
        let is_sign = |inside: &str| (0..inside.len()).any(|at| is_unescaped_sign(&rules, inside.as_bytes(), at));
        for inside in ["a=b", "%41", "https://h", "'a': 1", "a: 'b'", "<a", "&lt;", "eyJ", "bearer x", "PRIVATE KEY"] {
            assert!(is_sign(inside), "{inside}");
        }
        for inside in ["it's", "12:30", "a < b & c", "50% of", "a/b", "ey J", "a\", \"b\": \"c"] {
            assert!(!is_sign(inside), "{inside}");
        }
    }

    #[test]
    fn no_rules_see_nothing() {
        assert!(!text(&Rules::none(), b"token=x Bearer y https://a:b@c %41"));
        assert!(!suspicious(&Rules::none(), b"[\"token=x\"]") && suspicious(&Rules::allow_nothing(), b""));
        assert!(text(&Rules::allow_nothing(), b""));
    }

    proptest! {
        #[test]
        fn long_texts_are_told_as_short_ones_are(text in "([a-z:'\" ]|[=%4/]|//|eyJ|Bearer |PRIVATE KEY|-){0,8}", at in 0..100usize) {
            let rules = Rules::new();
            let short = (0..text.len()).any(|at| is_sign(&rules, text.as_bytes(), at));
            let pad = ".".repeat(LONG);
            let long = format!("{}{text}{}", pad.repeat(at % 3 + 1), &pad[at..]);
            // What ends the text may make a sign of what begins the padding, never the other way round.
            prop_assert_eq!(super::text(&rules, long.as_bytes()), short);
        }

        #[test]
        fn very_long_texts_are_told_as_long_ones_are(text in "([a-z:'\" ]|[=%4/<&]|//|eyJ|Bear|bEA|PRIV|-){0,12}") {
            let rules = Rules::new();
            let told = |pad: usize| super::text(&rules, format!("{text}{}", ".".repeat(pad)).as_bytes());
            prop_assert_eq!(told(LONG), told(SHORT), "{}", text);
        }
    }
}
