//! Reads a path in a text in one of several ways.

use super::{
    byte_class::{Ends, KINDS, PARTS, is_slash},
    segments::Segments,
};
use crate::redact::codec::percent;
use crate::redact::text::slice::Slice;

/// A path in a text, and as many of its segments as any template asks for.
pub(super) struct Reading<'t> {
    pub(super) text: &'t [u8],
    /// The offset up to which it has been read.
    pub(super) at: usize,
    ends: Ends,
    /// Is set where only slashes separate its segments, and dots are segments as any other. Otherwise an encoded slash
    /// or a backslash separates them too, `.` is left out, and `..` takes one back.
    verbatim: bool,
    /// The ranges of its segments, empty ones left out.
    pub(super) segments: Segments,
    /// The beginning of the first of them, also where `..` took it back.
    pub(super) first: Option<usize>,
    /// Is set where it begins with two slashes.
    pub(super) begins_twice: bool,
    /// Is set where it is another path when it is read verbatim, or may be.
    pub(super) coded: bool,
    /// Is set where other text may interrupt it.
    pub(super) parted: bool,
}

impl<'t> Reading<'t> {
    /// Reads the path at `start` of `text` for templates of `longest` segments at most. A path with `..` in it is read
    /// further, as far as any path reasonably goes.
    pub(super) fn new(text: &'t [u8], start: usize, ends: Ends, verbatim: bool, longest: usize) -> Self {
        const MOST_WITH_DOTS: usize = 64;
        let slashes = text.part(start..).iter().take_while(|&&b| is_slash(b)).count();
        let mut path = Self {
            text,
            at: start + slashes,
            ends,
            verbatim,
            segments: Segments::default(),
            first: None,
            begins_twice: slashes > 1,
            coded: false,
            parted: false,
        };
        // Reads one segment more than any template has, and one for an authority.
        let most = longest + 2;
        let (mut read, mut dots) = (0, false);
        while read < most || (dots && read < MOST_WITH_DOTS) {
            let (raw, slash) = path.segment();
            let (start, end) = (path.at, path.at + raw.len());
            path.at = end + slash;
            path.coded |= slash > 0 && text.get(end) != Some(&b'/');
            path.parted |= ends.in_prose() && raw.iter().any(|&b| KINDS[usize::from(b)] & PARTS != 0);
            // Only a segment that begins so can be dots, once decoded.
            let decoded = matches!(raw.first(), Some(b'.' | b'%')).then(|| percent::decode(raw, false).0);
            match decoded.as_deref().unwrap_or(raw) {
                b"" => {}
                b"." | b".." if !verbatim => {
                    path.coded = true;
                    if decoded.is_some_and(|dots| dots.len() > 1) {
                        dots = true;
                        path.segments.pop();
                    }
                }
                _ => {
                    path.segments.push((start, end));
                    path.first.get_or_insert(start);
                    read += 1;
                }
            }
            if slash == 0 {
                break;
            }
        }
        path.parted |= ends.in_prose() && path.coded;
        path
    }

    /// Returns the segment at hand, and the length of the slash behind it as it is written; 0 where the path ends.
    fn segment(&self) -> (&'t [u8], usize) {
        let rest = self.text.part(self.at..);
        let mut at = rest.iter().position(|&b| self.ends.part(b)).unwrap_or(rest.len());
        let slash = loop {
            match (rest.get(at), rest.get(at + 1..at + 3)) {
                (None, _) => break 0,
                (Some(b'/'), _) => break 1,
                (Some(&b), _) if self.ends.at(b) => break 0,
                (Some(b'\\'), _) if !self.verbatim => break 1,
                (Some(b'%'), Some([b'2', b'F' | b'f'] | [b'5', b'C' | b'c'])) if !self.verbatim => break 3,
                _ => at += 1,
            }
        };
        (rest.part(..at), slash)
    }

    /// Returns whether it goes on to the end of the text.
    pub(super) fn goes_to_end(&self) -> bool {
        self.at == self.text.len()
    }

    /// Returns the end of the path.
    pub(super) fn end(&self) -> usize {
        let rest = self.text.part(self.at..);
        let started = self.segments.as_slice().last().is_some_and(|&(_, end)| end == self.at);
        match rest.first() {
            Some(&b) if started && self.ends.at(b) => self.at,
            _ => self.at + rest.iter().position(|&b| self.ends.at(b)).unwrap_or(rest.len()),
        }
    }
}
