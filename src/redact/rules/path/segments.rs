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
        let (mut segments, mut start) = (Self::default(), 1);
        text.strip_prefix(b"/")?;
        loop {
            let rest = text.get(start..)?;
            let len = plain_len(rest);
            let (end, next) = (start + len, rest.get(len));
            if rest.first() == Some(&b'.') || (len == 0 && next == Some(&b'/')) {
                return None;
            }
            if len > 0 {
                segments.push((start, end));
            }
            if next != Some(&b'/') {
                return Some((segments, end));
            }
            start = end + 1;
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

/// Returns how many bytes of a plain path `rest` begins with, up to a slash.
fn plain_len(rest: &[u8]) -> usize {
    let mut len = 0;
    while len < rest.len() {
        let block = Block::first(rest.after(len));
        let marks = block.within(b'-', b'.').or(block.is(b'_')).or(block.is(b'~'));
        let plain = block.with(0x20).within(b'a', b'z').or(block.within(b'0', b'9')).or(marks).bits();
        let others = !plain & 0xffff | block.is(b'J').bits();
        if others != 0 {
            return rest.len().min(len + others.trailing_zeros() as usize);
        }
        len += BLOCK;
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_path_has_letters_digits_and_marks() {
        for byte in 0..=255u8 {
            let plain = byte != b'J' && (byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'));
            for at in [0, 5, 15, 16, 40] {
                let mut rest = [b'x'; 50];
                rest[at] = byte;
                assert_eq!(plain_len(&rest), if plain { 50 } else { at }, "{byte} at {at}");
                assert_eq!(plain_len(&rest[..=at]), at + usize::from(plain), "{byte} at {at}");
            }
        }
    }
}
