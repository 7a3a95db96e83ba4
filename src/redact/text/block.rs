//! Looks at 16 bytes at once.

use wide::u8x16;

/// The number of bytes that are looked at.
pub(crate) const BLOCK: usize = 16;

/// Bytes that are looked at together, or those of them that are what was asked for.
#[derive(Clone, Copy)]
pub(crate) struct Block(u8x16);

impl Block {
    #[inline(always)]
    pub(crate) fn new(bytes: &[u8; BLOCK]) -> Self {
        Self(u8x16::from(*bytes))
    }

    /// Returns the first bytes of `text`, with zeros behind them where there are fewer.
    #[inline(always)]
    pub(crate) fn first(text: &[u8]) -> Self {
        match text.first_chunk() {
            Some(bytes) => Self::new(bytes),
            None => Self::new(&short(text)),
        }
    }

    /// Sets bits in every byte.
    #[inline(always)]
    pub(crate) fn with(self, bits: u8) -> Self {
        Self(self.0 | u8x16::splat(bits))
    }

    /// Finds a byte.
    #[inline(always)]
    pub(crate) fn is(self, byte: u8) -> Self {
        Self(self.0.simd_eq(u8x16::splat(byte)))
    }

    /// Finds the bytes from `first` to `last`.
    #[inline(always)]
    pub(crate) fn within(self, first: u8, last: u8) -> Self {
        let above = self.0 - u8x16::splat(first);
        Self(above.min(u8x16::splat(last - first)).simd_eq(above))
    }

    /// Finds all other bytes than those from `first` to `last`.
    #[inline(always)]
    pub(crate) fn outside(self, first: u8, last: u8) -> Self {
        let above = self.0 - u8x16::splat(first);
        Self(above.max(u8x16::splat(last - first + 1)).simd_eq(above))
    }

    /// Returns what both found.
    #[inline(always)]
    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Returns what either found.
    #[inline(always)]
    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns what was found, a bit for each byte, the first in the lowest bit.
    #[inline(always)]
    pub(crate) fn bits(self) -> u32 {
        self.0.to_bitmask()
    }
}

/// Returns fewer bytes than a block has, with zeros behind them. It puts them together from their first and last eight or
/// four, which may overlap.
// Inlined, it would take the registers of its callers, who mostly have a whole block.
#[inline(never)]
fn short(text: &[u8]) -> [u8; BLOCK] {
    let behind = |width: usize| 8 * (text.len() - width) as u32;
    let word = match (text.first_chunk(), text.last_chunk(), text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last), ..) => {
            let [first, last] = [first, last].map(|word| u128::from(u64::from_le_bytes(*word)));
            first | last.unbounded_shl(behind(8))
        }
        (_, _, Some(first), Some(last)) => {
            let [first, last] = [first, last].map(|word| u64::from(u32::from_le_bytes(*word)));
            u128::from(first | last.unbounded_shl(behind(4)))
        }
        _ => text.iter().rev().fold(0, |word, byte| word << 8 | u128::from(*byte)),
    };
    word.to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_have_zeros_behind_them() {
        let text: Vec<u8> = (1..=16).collect();
        for len in 0..BLOCK {
            let mut padded = [0; BLOCK];
            padded[..len].copy_from_slice(&text[..len]);
            assert_eq!(short(&text[..len]), padded);
        }
    }

    #[test]
    fn every_byte_is_found_where_it_is() {
        for byte in 0..=255 {
            let mut bytes = [b'x'; BLOCK];
            for at in 0..BLOCK {
                bytes[at] = byte;
                let bits = |found: Block| found.bits() >> at & 1 == 1;
                let block = Block::new(&bytes);
                assert!(bits(block.is(byte)) && !bits(block.is(!byte)), "{byte} at {at}");
                assert_eq!(bits(block.within(b'0', b'9')), byte.is_ascii_digit(), "{byte} at {at}");
                assert_eq!(bits(block.outside(b' ', b'~')), !matches!(byte, b' '..=b'~'), "{byte} at {at}");
                assert_eq!(bits(block.is(byte).and(block.is(b'a'))), byte == b'a', "{byte} at {at}");
                assert_eq!(bits(block.is(b'a').or(block.is(b'z'))), matches!(byte, b'a' | b'z'), "{byte} at {at}");
                assert_eq!(bits(block.with(0x20).within(b'a', b'z')), byte.is_ascii_alphabetic(), "{byte} at {at}");
                bytes[at] = b'x';
            }
        }
        assert_eq!(Block::first(b"ab").is(0).bits(), 0xfffc);
    }
}
