//! The lines of a JSON document, written into a buffer that is filled with zeros ahead: what is written is copied in
//! steps of a fixed size, which may overrun, and costs one bounds check.

use crate::page::Page;

/// How far a copy may overrun what it copies.
const STEP: usize = 32;
/// Deeper lines are not indented further.
const DEPTH: usize = 64;
/// The prefixes that are copied together with the indentation; longer ones take two copies.
const PREFIX: usize = 64;

pub(super) struct Layout<'p> {
    /// Filled up to `len`, zeros from there on.
    buf: &'p mut Vec<u8>,
    len: usize,
    /// Where the open line began.
    line: usize,
    /// What `len` may reach at the end of a line.
    limit: usize,
    prefix: &'p [u8],
    /// LF, the prefix (where it is short) and the deepest indentation.
    head: [u8; 1 + PREFIX + 4 * DEPTH + STEP],
    /// How much of `head` stands before the indentation.
    lead: usize,
    scratch: Vec<u8>,
}

impl<'p> Layout<'p> {
    /// Begins to write to `page`, in about `expected` bytes.
    pub(super) fn new(page: &'p mut Page<'_>, expected: usize) -> Self {
        let (buf, prefix, limit) = page.parts();
        let len = buf.len();
        let mut head = [b' '; 1 + PREFIX + 4 * DEPTH + STEP];
        head[0] = b'\n';
        let mut lead = 1;
        if prefix.len() <= PREFIX {
            head[1..=prefix.len()].copy_from_slice(prefix);
            lead += prefix.len();
        }
        let mut layout = Self { buf, len, line: len, limit, prefix, head, lead, scratch: Vec::new() };
        layout.reserve(expected);
        layout
    }

    /// Makes room for `more` bytes and what a copy overruns.
    #[inline(always)]
    fn reserve(&mut self, more: usize) {
        if self.buf.len() - self.len < more + STEP {
            self.grow(more);
        }
    }

    #[cold]
    fn grow(&mut self, more: usize) {
        let len = self.len + more + STEP + (self.len + more) / 2;
        // A buffer that was used before has been grown already: what it has costs only the zeros.
        self.buf.resize(len, 0);
    }

    /// Begins the first line of a document.
    pub(super) fn start(&mut self) {
        self.line = self.len;
        self.push(self.prefix);
    }

    /// Ends the open line; `false` where it passes the limit and was taken back. A line with nothing but indentation
    /// goes too.
    pub(super) fn end(&mut self) -> bool {
        let text = self.buf.get(self.line + self.prefix.len()..self.len).unwrap_or_default();
        if text.iter().all(|&byte| byte == b' ') {
            self.len = self.line;
            return true;
        }
        self.byte(b'\n');
        self.fits()
    }

    #[inline(always)]
    fn fits(&mut self) -> bool {
        let fits = self.len <= self.limit;
        if !fits {
            self.len = self.line;
        }
        fits
    }

    /// Ends the open line and begins one that is `depth` levels deep; `false` where the open line passes the limit.
    #[inline(always)]
    pub(super) fn line(&mut self, depth: usize) -> bool {
        let indent = 4 * depth.min(DEPTH);
        self.reserve(1 + self.prefix.len() + indent);
        if self.lead == 1 {
            self.byte(b'\n');
            self.push(self.prefix);
            self.copy_head(1, 1 + indent);
            self.len -= self.prefix.len() + indent;
        } else {
            self.copy_head(0, self.lead + indent);
            self.len -= self.lead + indent - 1;
        }
        if !self.fits() {
            return false;
        }
        self.line = self.len;
        self.len += self.prefix.len() + indent;
        true
    }

    #[inline(always)]
    fn copy_head(&mut self, from: usize, to: usize) {
        let mut at = from;
        let mut len = self.len;
        while at < to {
            if let (Some(from), Some(to)) = (self.head.get(at..at + STEP), self.buf.get_mut(len..len + STEP)) {
                to.copy_from_slice(from);
            }
            at += STEP;
            len += STEP;
        }
        self.len += to - from;
    }

    #[inline(always)]
    pub(super) fn byte(&mut self, byte: u8) {
        self.reserve(1);
        if let Some(place) = self.buf.get_mut(self.len) {
            *place = byte;
        }
        self.len += 1;
    }

    #[inline(always)]
    pub(super) fn push(&mut self, text: &[u8]) {
        self.reserve(text.len());
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
            self.reserve(STEP);
            if let Some(place) = self.buf.get_mut(self.len..self.len + STEP) {
                place.copy_from_slice(text);
            }
            self.len += to - from;
        } else {
            self.push(input.get(from..to).unwrap_or_default());
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
