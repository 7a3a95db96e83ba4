//! Redacts `Cookie` and `Set-Cookie` (RFC 6265, sections 4.1 and 4.2).

use crate::redact::text::slice::Slice;
use crate::redact::{
    scan::{self, scope::Scope},
    text::{edits::Edits, mask::Mask},
};

/// The attributes of `Set-Cookie` whose values say nothing about the cookie's value.
const ATTRIBUTES: [&str; 9] =
    ["path", "domain", "expires", "max-age", "httponly", "secure", "samesite", "partitioned", "priority"];

/// Hides the values of the cookies in a header; `all` is the mask of them all, where the header itself is hidden.
///
/// Names and known attributes stay. A pair without `=` is hidden whole, and so is a pair whose name can't be one.
pub(crate) fn hide_cookies(scope: Scope<'_>, value: &[u8], set: bool, all: Option<&Mask>) -> Option<Vec<u8>> {
    let Scope { rules, .. } = scope;
    let mut edits = Edits::new(true);
    let mut from = 0;
    for (nth, piece) in value.split(|&b| b == b';').enumerate() {
        let start = from + (piece.len() - piece.trim_ascii_start().len());
        from += piece.len() + 1;
        let piece = piece.trim_ascii();
        let end = start + piece.len();
        let (name, content) = match memchr::memchr(b'=', piece) {
            Some(at) => (piece.part(..at), Some(start + at + 1)),
            None => (piece, None),
        };
        let attribute = set && nth > 0 && is_attribute(name, content.and_then(|at| value.get(at..end)));
        if let (true, false, Some(content)) = (attribute, rules.allows_header(b"set-cookie"), content) {
            edits.mask(content, end, rules.mask());
        }
        let Some(mask) = rules.cookie(name.trim_ascii(), all).filter(|_| !attribute) else {
            if let Some(hidden) = scan::hide_text(scope, piece) {
                edits.rewrite(start, end, hidden);
            }
            continue;
        };
        match content.filter(|_| is_name(scope, name)) {
            Some(content) => {
                // A value in quotes is masked within them.
                match value.get(content..end) {
                    Some([b'"', .., b'"']) => edits.mask(content + 1, end - 1, mask),
                    _ => edits.mask(content, end, mask),
                }
            }
            None => edits.mask(start, end, mask),
        }
    }
    edits.apply(value, rules.mask())
}

fn is_attribute(name: &[u8], value: Option<&[u8]>) -> bool {
    let known = ATTRIBUTES.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()));
    // A second cookie behind a comma is not part of an attribute.
    let clean =
        |value: &[u8]| !value.contains(&b'=') && (name.eq_ignore_ascii_case(b"expires") || !value.contains(&b','));
    known && value.is_none_or(clean)
}

/// Returns whether this can be a cookie's name, and not a secret that happens to have a `=` behind it.
fn is_name(scope: Scope<'_>, name: &[u8]) -> bool {
    let is_bad =
        |b: &u8| *b <= b' ' || *b >= 0x7f || matches!(b, b'"' | b',' | b'(' | b')' | b'<' | b'>' | b'\\' | b'/');
    !name.is_empty() && !name.iter().any(is_bad) && scan::hide_text(scope, name).is_none()
}
