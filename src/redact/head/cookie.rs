//! `Cookie` and `Set-Cookie` (RFC 6265, sections 4.1 and 4.2).

use crate::redact::{
    rules::Rules,
    scan,
    text::{edits::Hits, mask::Mask},
};

/// Attributes of `Set-Cookie` whose values say nothing of the cookie's.
const ATTRIBUTES: [&str; 9] =
    ["path", "domain", "expires", "max-age", "httponly", "secure", "samesite", "partitioned", "priority"];

/// Hides the values of the cookies in a header; `all` is the mask of them all, where the header itself is hidden.
///
/// Names and known attributes stay; a pair without `=` goes whole, and so does what can't be a name.
pub(crate) fn hide(rules: &Rules, value: &[u8], set: bool, all: Option<&Mask>) -> Option<Vec<u8>> {
    let mut hits = Hits::new(true);
    let mut from = 0;
    for (nth, piece) in value.split(|&b| b == b';').enumerate() {
        let start = from + (piece.len() - piece.trim_ascii_start().len());
        from += piece.len() + 1;
        let piece = piece.trim_ascii();
        let end = start + piece.len();
        let (name, content) = match memchr::memchr(b'=', piece) {
            Some(at) => (piece.get(..at).unwrap_or_default(), Some(start + at + 1)),
            None => (piece, None),
        };
        let attribute = set && nth > 0 && is_attribute(name, content.and_then(|at| value.get(at..end)));
        if let (true, false, Some(content)) = (attribute, rules.allows_header(b"set-cookie"), content) {
            hits.mask(content, end, rules.mask());
        }
        let Some(mask) = mask(rules, name.trim_ascii(), all).filter(|_| !attribute) else {
            if let Some(hidden) = scan::hide_text(rules, piece) {
                hits.rewrite(start, end, hidden);
            }
            continue;
        };
        match content.filter(|_| is_name(rules, name)) {
            Some(content) => {
                // What is in quotes is masked in them.
                match value.get(content..end) {
                    Some([b'"', .., b'"']) => hits.mask(content + 1, end - 1, mask),
                    _ => hits.mask(content, end, mask),
                }
            }
            None => hits.mask(start, end, mask),
        }
    }
    hits.apply(value)
}

/// What hides the cookie `name`: a mask that was asked for by name comes before that of all cookies.
fn mask<'a>(rules: &'a Rules, name: &[u8], all: Option<&'a Mask>) -> Option<&'a Mask> {
    let named = rules.cookie(name).mask();
    match rules.allow_only() {
        true => named,
        false => named.or(all),
    }
}

fn is_attribute(name: &[u8], value: Option<&[u8]>) -> bool {
    let known = ATTRIBUTES.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()));
    // A second cookie behind a comma is no part of an attribute.
    let clean =
        |value: &[u8]| !value.contains(&b'=') && (name.eq_ignore_ascii_case(b"expires") || !value.contains(&b','));
    known && value.is_none_or(clean)
}

/// Whether this can be a cookie's name, and no secret that happens to have a `=` behind it.
fn is_name(rules: &Rules, name: &[u8]) -> bool {
    let is_bad =
        |b: &u8| *b <= b' ' || *b >= 0x7f || matches!(b, b'"' | b',' | b'(' | b')' | b'<' | b'>' | b'\\' | b'/');
    !name.is_empty() && !name.iter().any(is_bad) && scan::hide_text(rules, name).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookies(rules: &Rules, value: &str, set: bool) -> String {
        let all = rules.secret_header(if set { b"set-cookie" } else { b"cookie" });
        hide(rules, value.as_bytes(), set, all).map_or(value.into(), |hidden| String::from_utf8(hidden).unwrap())
    }

    #[test]
    fn names_stay_and_values_go() {
        let rules = Rules::new();
        let cookie = |value| cookies(&rules, value, false);
        assert_eq!(cookie("a=1; b=2;c=3"), "a=REDACTED; b=REDACTED;c=REDACTED");
        assert_eq!(cookie("a=x=y; secret"), "a=REDACTED; REDACTED");
        assert_eq!(cookie("a=\"x;y\"; b="), "a=REDACTED;REDACTED; b=");
        assert_eq!(cookie("a=\"x\""), "a=\"REDACTED\"");
        assert_eq!(cookie("=x; a b=c"), "REDACTED; REDACTED");
        assert_eq!(cookie("eyJhbGciOi.eyJzdWIi.c2ln=; a=1"), "REDACTED; a=REDACTED");
    }

    #[test]
    fn attributes_stay() {
        let rules = Rules::new();
        let set = |value| cookies(&rules, value, true);
        assert_eq!(
            set("id=a; Expires=Wed, 21 Oct 2015 07:28:00 GMT; Path=/; Max-Age=1; HttpOnly; SameSite=Lax"),
            "id=REDACTED; Expires=Wed, 21 Oct 2015 07:28:00 GMT; Path=/; Max-Age=1; HttpOnly; SameSite=Lax"
        );
        assert_eq!(set("id=a; mine=b; c"), "id=REDACTED; mine=REDACTED; REDACTED");
        assert_eq!(set("id=a; Path=/eyJhbGci.eyJz.c2ln"), "id=REDACTED; Path=/REDACTED");
        assert_eq!(set("Path=a"), "Path=REDACTED");
        assert_eq!(set("id=a; Path=/, id=b"), "id=REDACTED; Path=REDACTED");
    }

    #[test]
    fn without_the_default_set_only_named_cookies_go() {
        let mut rules = Rules::none();
        assert_eq!(cookies(&rules, "sid=1; theme=dark", false), "sid=1; theme=dark");
        rules.add_cookie("SID");
        assert_eq!(cookies(&rules, "sid=1; theme=dark", false), "sid=REDACTED; theme=dark");
    }

    #[test]
    fn allowed_cookies_show() {
        let mut rules = Rules::allow_nothing();
        rules.add_cookie("theme");
        assert_eq!(cookies(&rules, "sid=1; theme=dark", false), "sid=REDACTED; theme=dark");
        assert_eq!(cookies(&rules, "theme=a; Path=/; Secure", true), "theme=a; Path=REDACTED; Secure");
        rules.add_header("set-cookie");
        assert_eq!(cookies(&rules, "theme=a; Path=/; Secure", true), "theme=a; Path=/; Secure");
        assert_eq!(cookies(&rules, "theme=eyJhbGci.eyJz.c2ln", false), "theme=REDACTED");
    }

    #[test]
    fn a_cookie_has_its_own_mask() {
        let mut rules = Rules::new();
        rules.set_mask(Mask::text("*"));
        rules.add_cookie("sid");
        rules.add_cookie("token");
        assert_eq!(cookies(&rules, "sid=1; theme=dark; token=2", false), "sid=*; theme=REDACTED; token=*");
    }
}
