//! Reads the format back.

#[cfg(test)]
mod tests;

use super::{
    block::Entry,
    color,
    fold::SHORTEST_CUT,
    grammar::{LOG, Line, Mark, origin, splits},
    open::{OpenBlocks, text},
};
use std::{
    io::{self, BufRead, Read},
    mem,
};

/// Limits the lines of others for which a block waits for its next one, unless set.
const PATIENCE: u64 = 1024;
/// The longest line that is read in one piece, in bytes.
const MAX_LINE: u64 = 16 << 20;

/// Reads what [`Lines`](super::Lines) printed back into exchanges.
///
/// ```
/// use tower_request_log::format::lines::{Entry, Reader};
///
/// let log = "\
/// Feb 13 06:26:26 prod02 betable-games: ccbYQHB1xzwqWkjvyKV5i9 > GET /health HTTP/1.1
/// Feb 13 06:26:26 prod02 betable-games: ccbYQHB1xzwqWkjvyKV5i9 > Host: games.internal.betable.com
/// Feb 13 06:26:26 prod02 betable-games: ccbYQHB1xzwqWkjvyKV5i9 >
/// Feb 13 06:26:26 prod02 betable-games: ccbYQHB1xzwqWkjvyKV5i9 < HTTP/1.1 204 No Content
/// Feb 13 06:26:26 prod02 betable-games: ccbYQHB1xzwqWkjvyKV5i9 <
/// Feb 13 06:26:26 prod02 betable-games: ccbYQHB1xzwqWkjvyKV5i9   began 2013-02-13T06:26:26.123Z, end 0.47ms
/// Feb 13 06:26:26 prod02 betable-games: ccbYQHB1xzwqWkjvyKV5i9   0.42ms
/// ";
/// for entry in Reader::new(log.as_bytes()) {
///     if let Entry::Exchange(block) = entry? {
///         assert_eq!(block.prefix, "Feb 13 06:26:26 prod02 betable-games: ");
///         assert_eq!(block.target(), Some("/health"));
///         assert_eq!(block.status(), Some(204));
///         assert_eq!(block.time_to_first_byte().unwrap().as_micros(), 420);
///         assert_eq!(block.end().unwrap().as_micros(), 470);
///     }
/// }
/// # std::io::Result::Ok(())
/// ```
///
/// # What belongs together
///
/// Lines belong together by their id. Blocks of several processes may be mixed line by line. A transport may have put a
/// prefix before each id, which may vary from line to line, as a clock does. Two processes may log the same id at the
/// same time, as a client and its server do. Then the words before the id tell them apart; words without letters do not
/// count.
///
/// A line's id is the first word in it that is a well-formed id, or `-`, and that a mark follows. A block begins with a
/// request line or a status line. A line with a `+` after its mark goes on the line before it. A line is
/// [`Entry::Unread`] if its id has no such beginning, or if it does not fit where it stands. The content of a body
/// never begins a block.
///
/// # When a block is handed out
///
/// A block ends with its time, or with `no response`, alone on a line, and is handed out as soon as that line is read.
/// A block that lost its end is handed out when the log ends, or when as many lines as [`patience`](Reader::patience)
/// says have gone by since its last one. It gets no more lines once another block of its id has begun. If waiting
/// blocks together hold more than 64 MiB of text, the one that has waited longest is handed out too. Lines longer than
/// 16 MiB are [`Entry::Unread`], in pieces.
///
/// # Errors
///
/// An error of the underlying reader ends the log, and comes after what was read before it. Nothing in the log itself
/// is an error. Bytes that are not UTF-8 are replaced by U+FFFD.
#[derive(Debug)]
pub struct Reader<R> {
    /// The input; `None` once the log has ended.
    input: Option<R>,
    patience: u64,
    /// Counts the lines that were read.
    now: u64,
    /// The bytes of the line at hand.
    buffer: Vec<u8>,
    /// Is set while the line at hand goes on one that was too long.
    continued: bool,
    open: OpenBlocks,
    /// A line about the log itself that may go on, and where it came from.
    notice: Option<(Vec<u8>, String)>,
    /// Holds the error that ended the log, until what was read before is out.
    error: Option<io::Error>,
}

impl<R: BufRead> Reader<R> {
    /// Reads a log from `input`.
    pub fn new(input: R) -> Self {
        Self {
            input: Some(input),
            patience: PATIENCE,
            now: 0,
            buffer: Vec::new(),
            continued: false,
            open: OpenBlocks::default(),
            notice: None,
            error: None,
        }
    }

    /// Sets how many lines of other blocks may stand between two lines of a block. `0` is right for the log of one
    /// process that is not mixed with others.
    ///
    /// By default, 1,024.
    #[must_use]
    pub fn patience(mut self, lines: u64) -> Self {
        self.patience = lines;
        self
    }

    /// Reads one line. Returns `false` at the end of the log.
    fn read_line(&mut self) -> io::Result<bool> {
        let Some(input) = &mut self.input else { return Ok(false) };
        self.buffer.clear();
        if input.take(MAX_LINE).read_until(b'\n', &mut self.buffer)? == 0 {
            return Ok(false);
        }
        let continued = self.continued;
        self.continued = !self.buffer.ends_with(b"\n") && self.buffer.len() as u64 == MAX_LINE;
        for end in [b"\n", b"\r"] {
            if self.buffer.ends_with(end) {
                self.buffer.pop();
            }
        }
        self.now += 1;
        let buffer = mem::take(&mut self.buffer);
        if continued || self.continued || !self.take(&buffer) {
            self.open.ready.push_back(Entry::Unread(text(&buffer)));
        }
        self.buffer = buffer;
        self.open.hand_out_late(self.now, self.patience);
        Ok(true)
    }

    /// Puts a line where it belongs. Returns `false` if it belongs nowhere.
    fn take(&mut self, raw: &[u8]) -> bool {
        let line = color::strip(raw);
        for split in splits(&line) {
            match split.mark {
                Mark::Note if split.id == LOG => return self.take_notice(&split),
                // Words of a prefix may be set apart by three spaces.
                Mark::Note if !self.open.has(split.id) => {}
                _ if split.id == LOG => return false,
                // Text follows the first mark, and must not be searched: it may be hostile.
                _ => {
                    self.end_notice(split.prefix);
                    return self.open.add(&split, raw, self.now);
                }
            }
        }
        false
    }

    /// Takes a line about the log itself, or what one that was long goes on with.
    fn take_notice(&mut self, line: &Line<'_>) -> bool {
        if line.goes_on {
            let Some((from, notice)) = &mut self.notice else { return false };
            let fits = *from == origin(line.prefix);
            if fits {
                notice.push_str(&String::from_utf8_lossy(line.text));
            }
            return fits;
        }
        self.end_notice(line.prefix);
        if LOG.len() + 3 + line.text.len() < SHORTEST_CUT {
            self.open.ready.push_back(Entry::Notice(text(line.text)));
        } else if let Some((_, notice)) = self.notice.replace((origin(line.prefix), text(line.text))) {
            self.open.ready.push_back(Entry::Notice(notice));
        }
        true
    }

    /// Hands out the notice that did not go on, now that a line with this prefix has come.
    fn end_notice(&mut self, prefix: &[u8]) {
        if let Some((_, text)) = self.notice.take_if(|(from, _)| *from == origin(prefix)) {
            self.open.ready.push_back(Entry::Notice(text));
        }
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.open.ready.pop_front() {
                return Some(Ok(entry));
            }
            if let Some(error) = self.error.take() {
                return Some(Err(error));
            }
            self.input.as_ref()?;
            let read = self.read_line();
            if !matches!(read, Ok(true)) {
                self.input = None;
                self.error = read.err();
                self.open.ready.extend(self.notice.take().map(|(_, text)| Entry::Notice(text)));
                self.open.hand_out_all();
            }
        }
    }
}
