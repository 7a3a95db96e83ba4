//! Writes the lines of one block into a buffer, with a prefix for every line and a limit that nothing passes.

/// Writes lines under one prefix into a buffer that the caller owns.
///
/// A line begins with [`LineWriter::start`] and ends with [`LineWriter::end`]; text goes between them. Text must be escaped already
/// (see [`crate::escape`]): a writer adds nothing but prefixes and line feeds. Past its limit a writer drops what it is
/// given, whole lines apart from the one that is open, and says so with [`LineWriter::is_full`].
pub(crate) struct LineWriter<'a> {
    buf: &'a mut Vec<u8>,
    /// The text that every line begins with, the space after the mark included.
    prefix: &'a [u8],
    /// The length that `buf` may reach.
    end: usize,
    full: bool,
    /// The position where the open line began.
    line: usize,
}

impl<'a> LineWriter<'a> {
    /// Makes a writer that appends to `buf` until it is `end` bytes long.
    pub(crate) fn new(buf: &'a mut Vec<u8>, prefix: &'a [u8], end: usize) -> Self {
        let line = buf.len();
        Self { buf, prefix, end, full: false, line }
    }

    /// Returns whether something had to be dropped.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    /// Returns the buffer, the prefix and the length that the buffer may reach, for a caller that follows a writer's
    /// rules by itself. It says with [`LineWriter::set_full`] that it dropped something.
    pub(crate) fn parts(&mut self) -> (&mut Vec<u8>, &[u8], usize) {
        (self.buf, self.prefix, self.end)
    }

    /// Notes that something had to be dropped.
    pub(crate) fn set_full(&mut self) {
        self.full = true;
    }

    /// Begins a line.
    #[inline]
    pub(crate) fn start(&mut self) {
        self.line = self.buf.len();
        self.buf.extend_from_slice(self.prefix);
    }

    /// Adds escaped text to the open line.
    #[inline]
    pub(crate) fn push(&mut self, text: &[u8]) {
        self.buf.extend_from_slice(text);
    }

    /// Returns the buffer, to append escaped text to the open line.
    #[inline]
    pub(crate) fn buf(&mut self) -> &mut Vec<u8> {
        self.buf
    }

    /// Ends the open line, or takes it back if it passes the limit.
    ///
    /// A line without text ends at its mark: the space after the mark is removed.
    #[inline]
    pub(crate) fn end(&mut self) {
        if self.buf.len() == self.line + self.prefix.len() && self.prefix.ends_with(b" ") {
            self.buf.pop();
        }
        self.buf.push(b'\n');
        if self.buf.len() > self.end {
            self.buf.truncate(self.line);
            self.full = true;
        }
    }
}
