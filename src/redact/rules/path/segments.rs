//! Holds the segments of a path.

use crate::redact::text::slice::Slice;

/// The bytes of a plain path, slashes aside.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut b = 0;
    while b < 256 {
        let byte = b as u8;
        plain[b] = byte != b'J' && (byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'));
        b += 1;
    }
    plain
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
    pub(crate) fn plain(text: &[u8]) -> Option<(Self, usize)> {
        let (mut segments, mut start) = (Self::default(), 1);
        text.strip_prefix(b"/")?;
        loop {
            let rest = text.get(start..)?;
            let len = rest.iter().position(|&b| !PLAIN[usize::from(b)]).unwrap_or(rest.len());
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
