//! Holds the segments of a path.

use crate::redact::text::{
    block::{BLOCK, Block},
    slice::Slice,
};

/// Holds the ranges of segments: in place for as many as most paths have, otherwise in memory of its own.
#[derive(Default)]
pub(crate) struct Segments {
    few: [(usize, usize); Self::FEW],
    len: usize,
    /// All of them, where they are more.
    many: Vec<(usize, usize)>,
}

impl Segments {
    const FEW: usize = 8;

    /// Returns the segments of the path that `text` begins with, if it is plain, and the end of the path. A plain path
    /// has only letters, digits and `-._~` in it. If it is the whole text, only a template hides anything in it: a JWT
    /// has a `J`; dots may lead elsewhere, and two slashes may be those of an authority.
    // Inlined, it makes them where they stay.
    #[inline(always)]
    pub(crate) fn plain(text: &[u8]) -> Option<(Self, usize)> {
        let (mut segments, mut start, mut from) = (Self::default(), 1, 1);
        text.strip_prefix(b"/")?;
        loop {
            // The zeros behind the end of the text are none of these bytes.
            let mut ends = others(Block::first(text.get(from..)?));
            while ends != 0 {
                let end = from + ends.trailing_zeros() as usize;
                let is_followed = text.get(end) == Some(&b'/');
                if text.get(start) == Some(&b'.') || (end == start && is_followed) {
                    return None;
                }
                if end > start {
                    segments.push((start, end));
                }
                if !is_followed {
                    return Some((segments, end));
                }
                start = end + 1;
                ends &= ends - 1;
            }
            from += BLOCK;
        }
    }

    pub(super) fn as_slice(&self) -> &[(usize, usize)] {
        if self.many.is_empty() { self.few.part(..self.len) } else { &self.many }
    }

    pub(super) fn push(&mut self, segment: (usize, usize)) {
        match self.few.get_mut(self.len) {
            Some(slot) if self.many.is_empty() => {
                *slot = segment;
                self.len += 1;
            }
            _ => {
                if self.many.is_empty() {
                    self.many.extend_from_slice(&self.few);
                    self.len = 0;
                }
                self.many.push(segment);
            }
        }
    }

    pub(super) fn pop(&mut self) {
        if self.many.pop().is_none() {
            self.len = self.len.saturating_sub(1);
        }
    }
}

/// Returns which bytes end a segment of a plain path.
#[inline(always)]
fn others(block: Block) -> u32 {
    let marks = block.within(b'-', b'.').or(block.is(b'_')).or(block.is(b'~'));
    let plain = block.with(0x20).within(b'a', b'z').or(block.within(b'0', b'9')).or(marks).bits();
    !plain & 0xffff | block.is(b'J').bits()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_plain(byte: u8) -> bool {
        byte != b'J' && (byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
    }

    #[test]
    fn a_plain_path_has_letters_digits_and_marks() {
        for byte in 0..=255 {
            for at in 0..BLOCK {
                let mut bytes = [b'x'; BLOCK];
                bytes[at] = byte;
                assert_eq!(others(Block::new(&bytes)), if is_plain(byte) { 0 } else { 1 << at }, "{byte} at {at}");
            }
        }
    }

    /// Does what [`Segments::plain`] does, byte by byte.
    fn naive(text: &[u8]) -> Option<(Vec<(usize, usize)>, usize)> {
        let end = text.iter().position(|b| *b != b'/' && !is_plain(*b)).unwrap_or(text.len());
        let path = str::from_utf8(&text[..end]).unwrap();
        let (mut segments, mut start) = (Vec::new(), 1);
        let rest = path.strip_prefix('/')?;
        let all: Vec<_> = rest.split('/').collect();
        for (nth, segment) in all.iter().enumerate() {
            if segment.starts_with('.') || segment.is_empty() && nth + 1 < all.len() {
                return None;
            }
            if !segment.is_empty() {
                segments.push((start, start + segment.len()));
            }
            start += segment.len() + 1;
        }
        Some((segments, end))
    }

    proptest! {
        #[test]
        fn segments_are_those_of_the_naive_way(text in r#"/?(/?\.?[a-z.~]{0,20}){0,12}["J/ ]?[a-z/]{0,20}"#) {
            let plain = Segments::plain(text.as_bytes());
            prop_assert_eq!(plain.map(|(segments, end)| (segments.as_slice().to_vec(), end)), naive(text.as_bytes()));
        }
    }
}
