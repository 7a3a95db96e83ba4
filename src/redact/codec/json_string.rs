//! Reads and writes the inside of JSON strings.

use super::json_lexer;
use crate::redact::text::slice::Slice;
use std::borrow::Cow;

/// Decodes the escapes in the inside of a string (RFC 8259, section 7). A surrogate without its other half becomes
/// U+FFFD. An escape that is cut ends the text.
pub(crate) fn decode(raw: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'\\', raw) else {
        return Cow::Borrowed(raw);
    };
    let mut out = Vec::with_capacity(raw.len());
    let mut done = 0;
    let mut next = Some(first);
    while let Some(at) = next {
        out.extend_from_slice(&raw[done..at]);
        let Ok(mut end) = json_lexer::escape(raw, at) else {
            return Cow::Owned(out);
        };
        match raw.get(at + 1) {
            Some(b'b') => out.push(8),
            Some(b'f') => out.push(12),
            Some(b'n') => out.push(b'\n'),
            Some(b'r') => out.push(b'\r'),
            Some(b't') => out.push(b'\t'),
            Some(b'u') => {
                let mut unit = hex(raw, at + 2);
                if (0xd800..0xdc00).contains(&unit) && raw.get(end..end + 2) == Some(b"\\u") {
                    let low = hex(raw, end + 2);
                    if json_lexer::escape(raw, end).is_ok() && (0xdc00..0xe000).contains(&low) {
                        unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                        end += 6;
                    }
                }
                let c = char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER);
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            other => out.extend(other),
        }
        done = end;
        next = memchr::memchr(b'\\', &raw[done..]).map(|at| done + at);
    }
    out.extend_from_slice(&raw[done..]);
    Cow::Owned(out)
}

/// Decodes the escapes of JSON in `text`, which may have the insides of strings in it. Other escapes stay.
pub(crate) fn undo(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let (mut start, mut at) = (0, 0);
    while let Some(escape) = text.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)).map(|found| at + found) {
        match json_lexer::escape(text, escape) {
            Ok(end) => at = end,
            Err(_) => {
                at = escape + 1;
                out.extend_from_slice(&decode(&text[start..escape]));
                out.push(b'\\');
                start = at;
            }
        }
    }
    out.extend_from_slice(&decode(&text[start..]));
    out
}

fn hex(raw: &[u8], at: usize) -> u32 {
    let digits = raw.part(at..at + 4);
    digits.iter().fold(0, |value, &digit| value << 4 | char::from(digit).to_digit(16).unwrap_or(0))
}

/// Appends `text` as a JSON string. Hostile characters are escaped. For the inside of another string, which is escaped
/// later, only the characters are escaped that JSON forbids.
pub(crate) fn encode(text: &[u8], inside: bool, out: &mut Vec<u8>) {
    out.push(b'"');
    if crate::escape::is_plain_json(text) {
        out.extend_from_slice(text);
        return out.push(b'"');
    }
    let mut done = 0;
    let special = |byte: u8| matches!(byte, b'"' | b'\\') || inside && byte < 0x20;
    for (at, &byte) in text.iter().enumerate().filter(|&(_, &byte)| special(byte)) {
        let plain = text.part(done..at);
        if inside {
            out.extend_from_slice(plain)
        } else {
            crate::escape::json(plain, out)
        }
        if byte < 0x20 {
            crate::escape::json(&[byte], out);
        } else {
            out.extend([b'\\', byte]);
        }
        done = at + 1;
    }
    let plain = text.part(done..);
    if inside {
        out.extend_from_slice(plain)
    } else {
        crate::escape::json(plain, out)
    }
    out.push(b'"');
}

/// Returns whether the inside of a string can be shown as it is: UTF-8 with nothing hostile in it.
pub(crate) fn is_clean(raw: &[u8]) -> bool {
    if raw.iter().any(|&byte| byte < 0x20 || byte == 0x7f) || std::str::from_utf8(raw).is_err() {
        return false;
    }
    // The C1 controls begin with C2, the bidi controls with D8 and E2, the separators of lines with E2.
    memchr::memchr3_iter(0xc2, 0xd8, 0xe2, raw).all(|at| match raw.part(at..) {
        [0xc2, second, ..] => *second >= 0xa0,
        [0xd8, second, ..] => *second != 0x9c,
        [0xe2, 0x80, third, ..] => !matches!(third, 0x8e | 0x8f | 0xa8..=0xae),
        [0xe2, 0x81, third, ..] => !matches!(third, 0xa6..=0xa9),
        _ => true,
    })
}

/// Cuts `raw`, the inside of a string, to what is shown when at most `shown` bytes may be. It splits no escape and no
/// character.
pub(crate) fn cut(raw: &[u8], shown: usize) -> &[u8] {
    let mut end = shown.min(raw.len());
    let mut next = memchr::memchr(b'\\', raw);
    while let Some(at) = next {
        if at >= end {
            break;
        }
        match json_lexer::escape(raw, at) {
            Ok(after) if after <= end => {
                next = memchr::memchr(b'\\', raw.part(after..)).map(|at| after + at);
            }
            _ => end = at,
        }
    }
    let text = raw.part(..end);
    let tail = text.len() - text.len().min(3);
    // Finds a lead byte among the last three whose character would reach further.
    match text[tail..].iter().rposition(|&byte| byte >= 0xc0).map(|at| (tail + at, text[tail + at])) {
        Some((at, lead)) if at + usize::from(lead >= 0xf0) + usize::from(lead >= 0xe0) + 2 > text.len() => &text[..at],
        _ => text,
    }
}
