//! Sorts bytes into classes, for lines that need no second look.

use crate::redact::text::block::Block;

/// Bytes that may begin a string that is JSON itself, also behind white space or a byte order mark.
pub(super) const NO_START: u8 = 1;
/// Bytes that may follow a number.
pub(super) const END: u8 = 2;
/// Bytes that may be no part of a host's name.
pub(super) const NO_HOST: u8 = 4;

const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut b = 0;
    while b < 256 {
        let byte = b as u8;
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

/// Returns which bytes may end a plain string, or be a sign of a secret in one. It may return too many.
#[inline(always)]
pub(super) fn stops(block: Block) -> u32 {
    let shown = block.within(b' ', b'~').bits();
    let marks = block.within(b'"', b'(').or(block.within(b':', b'=')).or(block.is(b'/')).or(block.is(b'\\'));
    // An option stands behind a space. What precedes the block is not known.
    let options = block.is(b'-').bits() & (block.is(b' ').bits() << 1 | 1);
    // `B`, `b`, `J` and `j` differ in two bits.
    let letters = block.is(b'V').or(block.with(0x28).is(b'b' | 0x28));
    marks.or(letters).bits() | options | !shown & 0xffff
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::scan::prefilter::may_be_sign;

    #[test]
    fn every_sign_stops() {
        for byte in 0..=255 {
            let mut bytes = [b'x'; 16];
            bytes[5] = byte;
            let may_end = !matches!(byte, b' '..0x7f) || may_be_sign(byte) || matches!(byte, b'"' | b'\'' | b'(');
            let stops = stops(Block::new(&bytes));
            assert!(stops == 1 << 5 || stops == 0 && !may_end, "{byte}");
        }
        for (text, expected) in [(b"xx -pxxxxxxxxxxx", 1 << 3), (b"-p-xxxxxxxxxxxxx", 1), (b"x-x- -x xxxxxxxx", 1 << 5)]
        {
            assert_eq!(stops(Block::new(text)), expected);
        }
    }
}
