//! Writes the lines of a JSON document into a buffer that is filled with zeros ahead. Text is copied in steps of a
//! fixed size, which may overrun, so that it costs one bounds check.

use super::{
    fast::{self, AHEAD, LINE, Last, Place, Strings},
    line_head::{LineHead, PREFIX, STEP},
};
use crate::redact::text::slice::Slice;
use crate::{line_writer::LineWriter, redact::rules::Rules};

/// The depth up to which lines are indented. Deeper lines are indented no further.
const DEPTH: usize = 64;
/// The length of the end of a document that is copied, to have zeros behind it.
const LAST: usize = 2 * AHEAD;
/// The number of zeros written at once. So few are still in the nearest cache when text is written over them, and
/// `memset` writes up to 2 KiB in a plain loop.
const FILL: usize = (2 << 10) - LINE;

pub(super) struct Layout<'p> {
    /// The buffer, filled up to `len`. The bytes beyond are there to be written over.
    buf: &'p mut Vec<u8>,
    len: usize,
    /// The beginning of the open line.
    line: usize,
    /// The most that `len` may be at the end of a line.
    limit: usize,
    prefix: &'p [u8],
    head: LineHead,
    scratch: Vec<u8>,
}

impl<'p> Layout<'p> {
    /// Begins to write to `writer`, in about `expected` bytes.
    pub(super) fn new(writer: &'p mut LineWriter<'_>, expected: usize) -> Self {
        let (buf, prefix, limit) = writer.parts();
        let len = buf.len();
        let expected = expected.min(limit.saturating_sub(len)) + 2 * LINE;
        buf.reserve(expected);
        // In two steps, so that the lines of a short document are written without a break.
        let filled = expected.min(2 * FILL);
        buf.resize(len + filled.min(FILL), 0);
        buf.resize(len + filled, 0);
        Self { buf, len, line: len, limit, prefix, head: LineHead::new(prefix), scratch: Vec::new() }
    }

    #[cold]
    fn grow(&mut self, more: usize) {
        self.buf.resize(self.len + more + FILL, 0);
    }

    /// Prints the lines that need no second look (see [`fast`]), from `place` on, whose `len` is set here.
    pub(super) fn plain<'a>(
        &mut self,
        rules: &'a Rules,
        strings: &Strings<'_>,
        last: &mut Last<'a>,
        input: &'a [u8],
        place: &mut Place,
    ) {
        if self.prefix.len() > PREFIX {
            return;
        }
        place.len = self.len;
        if input.len().saturating_sub(place.at) > LAST {
            self.plain_lines(rules, strings, last, input, place);
        }
        let from = place.at;
        if let Some(rest) = input.get(from..).filter(|rest| rest.len() <= LAST) {
            let mut padded = [0; LAST + AHEAD];
            padded.iter_mut().zip(rest).for_each(|(to, byte)| *to = *byte);
            place.at = 0;
            self.plain_lines(rules, strings, &mut Last::default(), &padded, place);
            place.at += from;
        }
        if place.len > self.len {
            let written = self.buf.part(self.len..place.len);
            self.line = memchr::memrchr(b'\n', written).map_or(self.line, |at| self.len + at + 1);
        }
        self.len = place.len;
    }

    /// Writes the lines of [`fast::lines`], with enough room for them.
    fn plain_lines<'a>(
        &mut self,
        rules: &'a Rules,
        strings: &Strings<'_>,
        last: &mut Last<'a>,
        input: &'a [u8],
        place: &mut Place,
    ) {
        loop {
            if self.buf.len() < place.len + LINE {
                self.buf.resize(place.len + LINE + FILL, 0);
            }
            let room = self.buf.len().min(self.limit);
            if place.len > room {
                return;
            }
            let out = self.buf.get_mut(..room).unwrap_or_default();
            fast::lines(rules, input, &self.head, out, place, last, strings);
            if room == self.limit || place.stack == 1 || place.len + LINE <= room {
                return;
            }
        }
    }

    /// Returns the number of bytes written.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Begins the first line of a document.
    pub(super) fn start(&mut self) {
        self.line = self.len;
        self.push(self.prefix);
    }

    /// Ends the open line. Returns `false` where the line passes the limit and was taken back. A line with only
    /// indentation is taken back too.
    pub(super) fn end(&mut self) -> bool {
        let text = self.buf.part(self.line..self.len).after(self.prefix.len());
        if text.iter().all(|&byte| byte == b' ') {
            self.len = self.line;
            return true;
        }
        self.byte(b'\n');
        let fits = self.len <= self.limit;
        if !fits {
            self.len = self.line;
        }
        fits
    }

    /// Takes back the space behind the colon of a member without a value.
    pub(super) fn trim(&mut self) {
        let text = self.buf.part(self.line..self.len);
        self.len -= usize::from(text.ends_with(b": "));
    }

    /// Ends the open line, with a comma or without, and begins one that is `depth` levels deep. Returns `false` where
    /// the open line passes the limit and was taken back.
    #[inline(always)]
    pub(super) fn line<const COMMA: bool>(&mut self, depth: usize) -> bool {
        let ending = 1 + usize::from(COMMA);
        let len = ending + self.prefix.len() + 4 * depth.min(DEPTH);
        if self.len + ending > self.limit {
            self.len = self.line;
            return false;
        }
        if self.buf.len() < self.len + STEP {
            self.grow(STEP);
        }
        if let (Some(place), Some(head)) =
            (self.buf.get_mut(self.len..self.len + STEP), self.head.text.get(2 - ending..2 - ending + STEP))
        {
            place.copy_from_slice(head);
        }
        if len > STEP || self.prefix.len() > PREFIX {
            self.long_line(2 - ending, len);
        }
        self.line = self.len + ending;
        self.len += len;
        true
    }

    /// Writes the rest of the beginning of a line, from its [`STEP`]th byte on.
    #[inline(never)]
    fn long_line(&mut self, from: usize, len: usize) {
        if self.buf.len() < self.len + len + STEP {
            self.grow(len);
        }
        let Some(place) = self.buf.get_mut(self.len..self.len + len) else {
            return;
        };
        place.fill(b' ');
        let (ending, rest) = place.split_at_mut(2 - from);
        ending.copy_from_slice(&b",\n"[from..]);
        rest.get_mut(..self.prefix.len()).unwrap_or_default().copy_from_slice(self.prefix);
    }

    #[inline(always)]
    pub(super) fn byte(&mut self, byte: u8) {
        if self.buf.len() < self.len + STEP {
            self.grow(STEP);
        }
        if let Some(place) = self.buf.get_mut(self.len) {
            *place = byte;
        }
        self.len += 1;
    }

    pub(super) fn push(&mut self, text: &[u8]) {
        if self.buf.len() < self.len + text.len() + STEP {
            self.grow(text.len());
        }
        if let Some(place) = self.buf.get_mut(self.len..self.len + text.len()) {
            place.copy_from_slice(text);
        }
        self.len += text.len();
    }

    /// Adds `input[from..to]`.
    #[inline(always)]
    pub(super) fn span(&mut self, input: &[u8], from: usize, to: usize) {
        if to - from <= STEP
            && let Some(text) = input.get(from..from + STEP)
        {
            if self.buf.len() < self.len + STEP {
                self.grow(STEP);
            }
            if let Some(place) = self.buf.get_mut(self.len..self.len + STEP) {
                place.copy_from_slice(text);
            }
            self.len += to - from;
        } else {
            self.push(input.part(from..to));
        }
    }

    /// Adds what `write` appends to the buffer that it is given.
    pub(super) fn with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let mut scratch = std::mem::take(&mut self.scratch);
        write(&mut scratch);
        self.push(&scratch);
        scratch.clear();
        self.scratch = scratch;
    }

    /// Takes the zeros away.
    pub(super) fn finish(self) {
        self.buf.truncate(self.len);
    }
}
