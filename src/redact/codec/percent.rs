//! Decodes and encodes percent-encoding (RFC 3986, section 2.1).

use crate::redact::{text::slice::Slice, work};
use std::borrow::Cow;

/// Decodes each `%XX` in `text` and, where `plus` is set, `+` as a space. Also returns whether every `%` was
/// well-formed; one that is not stays as it is.
pub(crate) fn decode(text: &[u8], plus: bool) -> (Cow<'_, [u8]>, bool) {
    if !text.iter().any(|&b| b == b'%' || (plus && b == b'+')) {
        work::spend(4 + text.len() / 16);
        return (Cow::Borrowed(text), true);
    }
    work::spend(16 + text.len() / 2);
    let (mut out, mut good) = (Vec::with_capacity(text.len()), true);
    let mut rest = text;
    while let Some((&b, tail)) = rest.split_first() {
        rest = tail;
        match (b, tail) {
            (b'%', [high, low, tail @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                out.push(hex(*high) << 4 | hex(*low));
                rest = tail;
            }
            (b'+', _) if plus => out.push(b' '),
            (b, _) => {
                good &= b != b'%';
                out.push(b);
            }
        }
    }
    (Cow::Owned(out), good)
}

/// Returns whether `text` has a well-formed `%XX`.
pub(crate) fn is_encoded(text: &[u8]) -> bool {
    memchr::memchr_iter(b'%', text).any(|at| is_escape(text.after(at)))
}

/// Returns whether `text` begins with a well-formed `%XX`.
pub(crate) fn is_escape(text: &[u8]) -> bool {
    matches!(text, [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

/// Appends `text` encoded as a component: each byte that is not unreserved (RFC 3986, section 2.3) becomes `%XX`.
pub(crate) fn encode(text: &[u8], out: &mut Vec<u8>) {
    for &b in text {
        if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~') {
            out.push(b);
        } else {
            escape(b, out);
        }
    }
}

/// Encodes a mask's text, which `out` has from `begin` on, so that the URL around it keeps its parts. Characters that
/// do no harm there stay readable.
pub(crate) fn encode_mask(out: &mut Vec<u8>, begin: usize) {
    let harms = |b: u8| b <= b' ' || matches!(b, b'"' | b'#' | b'%' | b'&' | b';' | b'<' | b'>' | b'?' | b'/' | 0x7f);
    let text = out.part(begin..);
    let Some(clean) = text.iter().position(|&b| harms(b)) else { return };
    for b in out.split_off(begin + clean) {
        if harms(b) { escape(b, out) } else { out.push(b) }
    }
}

/// Appends a value so that the URL or form around it keeps its parts. It decodes to `text`. Characters that do no harm
/// stay readable.
pub(crate) fn encode_value(text: &[u8], out: &mut Vec<u8>) {
    for &b in text {
        if b <= b' ' || matches!(b, b'#' | b'%' | b'&' | b'+' | b';' | 0x7f) {
            escape(b, out);
        } else {
            out.push(b);
        }
    }
}

fn escape(b: u8, out: &mut Vec<u8>) {
    let digit = |d: u8| if d < 10 { b'0' + d } else { b'A' + d - 10 };
    out.extend_from_slice(&[b'%', digit(b >> 4), digit(b & 15)]);
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20).wrapping_sub(b'a' - 10),
    }
}

/// Returns whether there is an escape of `text` that has another escape in it, that of JSON: `%2\u0032`, `\u002522`.
pub(crate) fn is_split(text: &[u8]) -> bool {
    memchr::memchr_iter(b'\\', text).any(|at| match text.after(at + 1) {
        [b'u', b'0', b'0', b'2', b'5', ..] | [b'x', b'2', b'5', ..] => true,
        [b'u', b'0', b'0', b'3' | b'4' | b'6', ..] | [b'x', b'3' | b'4' | b'6', ..] => {
            let before = text.part(..at);
            let end = before.iter().rposition(|b| *b != b'\\').map_or(0, |end| end + 1);
            let digit = before.part(..end).last().is_some_and(u8::is_ascii_hexdigit);
            end.checked_sub(1 + usize::from(digit)).and_then(|at| text.get(at)) == Some(&b'%')
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_and_says_what_is_bad() {
        let decode = |text: &str, plus| {
            let (out, good) = decode(text.as_bytes(), plus);
            (String::from_utf8_lossy(&out).into_owned(), good)
        };
        assert_eq!(decode("plain", true), ("plain".into(), true));
        assert_eq!(decode("%74oken", true), ("token".into(), true));
        assert_eq!(decode("a+b%2Bc", true), ("a b+c".into(), true));
        assert_eq!(decode("a+b%2bc", false), ("a+b+c".into(), true));
        assert_eq!(decode("%", true), ("%".into(), false));
        assert_eq!(decode("%7", true), ("%7".into(), false));
        assert_eq!(decode("%zz%41", true), ("%zzA".into(), false));
        assert_eq!(decode("%%41", true), ("%A".into(), false));
    }

    #[test]
    fn escapes_in_escapes_are_found() {
        for text in ["%2\\u0032", "%\\u00322", "%2\\\\u0032", "\\u002522", "a%\\x41"] {
            assert!(is_split(text.as_bytes()), "{text}");
        }
        for text in ["", "%22\\u0032", "\\u0032", "2\\u0032", "%2", "100%\\n", "%2\\u0026", "%g\\u0032"] {
            assert!(!is_split(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn encodes_components_and_masks() {
        let mut out = Vec::new();
        encode("a/b?c=d&é".as_bytes(), &mut out);
        assert_eq!(out, b"a%2Fb%3Fc%3Dd%26%C3%A9");
        out.clear();
        out.extend_from_slice(b"a b REDACTED (3fa9c1)");
        encode_mask(&mut out, 4);
        assert_eq!(out, b"a b REDACTED%20(3fa9c1)");
    }

    #[test]
    fn tells_encoded_text() {
        assert!(is_encoded(b"100%25"));
        assert!(!is_encoded(b"100% of %2"));
    }
}
