//! Reads logs: from bytes to exchanges.
//!
//! It stands by itself, so that the fuzz target and the benchmark reach it.

mod assemble;
pub(crate) mod block;
mod call;
pub(crate) mod clock;
mod envelope;
pub(crate) mod exchange;
pub(crate) mod line;
pub(crate) mod object;
pub(crate) mod only;
mod service;

pub(crate) use call::{parent, root};
pub(crate) use exchange::{Exchange, Kind, Origin, Outcome};
pub(crate) use line::Mark;

use assemble::Assembler;
use envelope::{Envelopes, Unwrapped};

/// The longest line that is read in one piece, in bytes.
const MAX_LINE: usize = 16 << 20;

/// What a log is made of.
#[derive(Debug)]
pub(crate) enum Entry {
    /// An exchange.
    Exchange(Box<Exchange>),
    /// A line about the log itself, its id being `-`: its text.
    Notice(String),
    /// A line that is no part of an exchange, or of none that is known: all of it, as it came.
    Unread(Vec<u8>),
    /// The beginning of a block that a transport delivered twice.
    Repeated,
}

/// Reads one log, in pieces of any length.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    /// The beginning of a line whose end has not come.
    carry: Vec<u8>,
    /// Whether the line at hand goes on one that was too long.
    too_long: bool,
    envelopes: Envelopes,
    assembler: Assembler,
}

impl Decoder {
    /// Reads the next bytes of the log, and hands out each entry as soon as its last line is there.
    pub(crate) fn push(&mut self, mut bytes: &[u8], out: &mut impl FnMut(Entry)) {
        if !self.carry.is_empty() || self.too_long {
            let Some(end) = memchr::memchr(b'\n', bytes) else { return self.carry_on(bytes, out) };
            self.carry.extend_from_slice(&bytes[..end]);
            let line = std::mem::take(&mut self.carry);
            self.whole(&line, out);
            self.carry = line;
            self.carry.clear();
            bytes = &bytes[end + 1..];
        }
        let mut begin = 0;
        for end in memchr::memchr_iter(b'\n', bytes) {
            self.line(&bytes[begin..end], out);
            begin = end + 1;
        }
        self.carry_on(&bytes[begin..], out);
    }

    /// Ends the log: hands out what is left.
    pub(crate) fn finish(&mut self, out: &mut impl FnMut(Entry)) {
        let line = std::mem::take(&mut self.carry);
        if !line.is_empty() {
            self.whole(&line, out);
        }
        self.assembler.finish(out);
    }

    /// Starts a line anew, as after a log was truncated.
    pub(crate) fn forget_line(&mut self) {
        self.carry.clear();
        self.too_long = false;
    }

    fn carry_on(&mut self, bytes: &[u8], out: &mut impl FnMut(Entry)) {
        self.carry.extend_from_slice(bytes);
        if self.carry.len() > MAX_LINE {
            self.too_long = true;
            out(Entry::Unread(std::mem::take(&mut self.carry)));
        }
    }

    fn whole(&mut self, line: &[u8], out: &mut impl FnMut(Entry)) {
        if std::mem::take(&mut self.too_long) {
            out(Entry::Unread(line.to_vec()));
        } else {
            self.line(line, out);
        }
    }

    /// Takes a line that has its end.
    pub(crate) fn line(&mut self, line: &[u8], out: &mut impl FnMut(Entry)) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match self.envelopes.unwrap(line) {
            Unwrapped::Line(line, time) => self.assembler.line(&line, time, out),
            Unwrapped::Piece => {}
        }
    }
}
