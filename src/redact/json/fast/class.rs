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

/// Returns which bytes may end a plain string, or be a sign of a secret in one. It may return too many. `before` is the
/// block that begins one byte earlier.
#[inline(always)]
pub(super) fn stops(before: Block, block: Block) -> u32 {
    let marks = block.within(b'"', b'(').or(block.within(b':', b'=')).or(block.is(b'/')).or(block.is(b'\\'));
    // An option stands behind a space, or behind the quote that begins a string, which differ in one bit.
    let options = block.is(b'-').and(before.with(b' ' ^ b'"').is(b'"'));
    // `B`, `b`, `J` and `j` differ in two bits.
    let letters = block.is(b'V').or(block.with(0x28).is(b'b' | 0x28));
    marks.or(letters).or(options).or(block.outside(b' ', b'~')).bits()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::scan::prefilter::may_be_sign;

    fn stops_in(text: &[u8; 16]) -> u32 {
        let mut before = *text;
        before.rotate_right(1);
        before[0] = b'"';
        stops(Block::new(&before), Block::new(text))
    }

    #[test]
    fn every_sign_stops() {
        for byte in 0..=255 {
            let mut bytes = [b'x'; 16];
            bytes[5] = byte;
            let may_end = !matches!(byte, b' '..0x7f) || may_be_sign(byte) || matches!(byte, b'"' | b'\'' | b'(');
            let stops = stops_in(&bytes);
            assert!(stops == 1 << 5 || stops == 0 && !may_end, "{byte}");
        }
        for (text, expected) in [(b"xx -pxxxxxxxxxxx", 1 << 3), (b"-p-xxxxxxxxxxxxx", 1), (b"x-x- -x xxxxxxxx", 1 << 5)]
        {
            assert_eq!(stops_in(text), expected);
        }
    }
}
