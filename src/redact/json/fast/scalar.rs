//! Finds the ends of numbers and literals.

use super::{
    super::line_head::STEP,
    class::{END, is},
    window::byte_at,
};
use crate::redact::codec::json_lexer::{no_digits, word};

/// Returns the length of the number or literal that `text` begins with, `byte` first. Returns `None` where it is
/// neither, has an exponent, is long or may go on past the end of the input, where the zeros are.
#[inline(always)]
pub(super) fn scalar(text: &[u8; STEP], byte: u8) -> Option<usize> {
    let len = match byte {
        // Most numbers that count something are one digit.
        b'0'..=b'9' if is(END, text[1]) => return Some(1),
        b'-' | b'0'..=b'9' => number(text)?,
        b't' if text.starts_with(b"true") => 4,
        b'f' if text.starts_with(b"false") => 5,
        b'n' if text.starts_with(b"null") => 4,
        _ => return None,
    };
    (byte_at(text, len) != 0).then_some(len)
}

#[inline(always)]
fn number(text: &[u8; STEP]) -> Option<usize> {
    let integer = usize::from(text[0] == b'-');
    let mut at = digits(text, integer)?;
    if at > integer + 1 && byte_at(text, integer) == b'0' {
        return None;
    }
    if byte_at(text, at) == b'.' {
        at = digits(text, at + 1)?;
    }
    (!matches!(byte_at(text, at), b'e' | b'E')).then_some(at)
}

/// Returns the end of the digits that begin at `start`.
#[inline(always)]
fn digits(text: &[u8; STEP], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        let other = no_digits(word(text, at)?);
        if other != 0 {
            at += (other.trailing_zeros() / 8) as usize;
            return (at > start).then_some(at);
        }
        at += 8;
    }
}
