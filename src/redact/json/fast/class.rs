//! Sorts bytes into classes, for lines that need no second look.

use crate::redact::scan::prefilter::SIGNS;

/// Bytes that are no part of a plain name (ASCII letters, digits and `_`), or may be a sign of a secret.
pub(super) const NO_NAME: u8 = 1;
/// Bytes that may end a plain string, or be a sign of a secret in one.
pub(super) const NO_TEXT: u8 = 2;
/// Bytes that may begin a string that is JSON itself, also behind white space or a byte order mark.
pub(super) const NO_START: u8 = 4;
/// Bytes that may follow a number.
pub(super) const END: u8 = 8;
/// Bytes that may be no part of a host's name.
pub(super) const NO_HOST: u8 = 16;

const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut b = 0;
    while b < 256 {
        let byte = b as u8;
        // A JWT may be all letters, and has a `J` in it.
        if !byte.is_ascii_alphanumeric() && byte != b'_' || byte == b'J' {
            classes[b] |= NO_NAME;
        }
        if !matches!(byte, b' '..0x7f) || SIGNS[b] || matches!(byte, b'"' | b'\'') {
            classes[b] |= NO_TEXT;
        }
        if !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'.') {
            classes[b] |= NO_HOST;
        }
        if matches!(byte, b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t') {
            classes[b] |= END;
        }
        if matches!(byte, b'{' | b'[' | b' ' | 0xef) {
            classes[b] |= NO_START;
        }
        b += 1;
    }
    classes
};

#[inline(always)]
pub(super) fn is(class: u8, byte: u8) -> bool {
    CLASSES[usize::from(byte)] & class != 0
}
