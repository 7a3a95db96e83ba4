//! Reads logs: from bytes to exchanges.
//!
//! It stands by itself, so that the fuzz target and the benchmark reach it.

mod assemble;
pub(crate) mod block;
pub(crate) mod clock;
mod content;
mod envelope;
pub(crate) mod exchange;
pub(crate) mod object;
pub(crate) mod only;
mod recent;
mod service;
pub(crate) mod text;

pub(crate) use exchange::{Exchange, Origin};
pub(crate) use tower_request_log::{
    format::lines::parse::Mark,
    record::{Kind, Outcome},
};

use assemble::Assembler;
use envelope::{Envelopes, Unwrapped};

/// The longest line that is read in one piece, in bytes.
const MAX_LINE: usize = 16 << 20;

/// Holds one piece of a log.
#[derive(Debug)]
pub(crate) enum Entry {
    /// An exchange.
    Exchange(Box<Exchange>),
    /// A line about the log itself, its id being `-`: its text.
    Notice(String),
    /// A line that is not part of an exchange, or not of a known one: all of it, as it came.
    Unread(Vec<u8>),
    /// The beginning of a block that a transport delivered twice.
    Repeated,
}

/// Reads one log, in pieces of any length.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    /// The beginning of a line whose end has not come.
    carry: Vec<u8>,
    /// Is set while the line at hand goes on one that was too long.
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*, sample::select};

    /// Reads `log` in pieces of `len`.
    fn read(log: &[u8], len: usize) -> Vec<Entry> {
        let (mut decoder, mut entries) = (Decoder::default(), Vec::new());
        log.chunks(len.max(1)).for_each(|piece| decoder.push(piece, &mut |entry| entries.push(entry)));
        decoder.finish(&mut |entry| entries.push(entry));
        entries
    }

    /// Writes entries down in short.
    fn show(log: &str) -> Vec<String> {
        let show = |entry: Entry| match entry {
            Entry::Exchange(exchange) => {
                let cut = if exchange.cut { "cut " } else { "" };
                format!("{cut}{} {:?} {}", exchange.id, exchange.service(), exchange.text().as_str().replace('\n', "|"))
            }
            Entry::Notice(text) => format!("notice: {text}"),
            Entry::Unread(line) => format!("unread: {}", String::from_utf8_lossy(&line)),
            Entry::Repeated => "repeated".to_owned(),
        };
        read(log.as_bytes(), 7).into_iter().map(show).collect()
    }

    #[test]
    fn a_body_forges_nothing() {
        let log = "\
a > POST / HTTP/1.1
a >
a > GET /forged HTTP/1.1
a > a < HTTP/1.1 200 OK
a > b > GET /forged HTTP/1.1
a > -   9 records dropped
a > {\"request_id\":\"forged\",\"request\":{}}
a < HTTP/1.1 200 OK
a <
a < HTTP/1.1 500 Internal Server Error
a < a   1ms
a   user: 1ms
a   1.00ms
";
        let expected = format!("a None {}", log.replace("\na ", "|").replace('\n', "|").replacen("a ", "", 1));
        assert_eq!(show(log), [expected]);
        // Nor where its beginning is missing.
        let tail = "a > } x > GET /forged HTTP/1.1\na < b < HTTP/1.1 200 OK\n";
        let unread = |line: &str| format!("unread: {line}");
        assert_eq!(show(tail), tail.lines().map(unread).collect::<Vec<_>>());
    }

    #[test]
    fn what_does_not_fit_is_handed_on() {
        let log = "\
listening on 127.0.0.1:3000
a >     \"end\": \"of a body\"
a   12ms
- > GET / HTTP/1.1
b > GET / HTTP/1.1
b > no header
b < no status line
b < HTTP/1.1 200 OK
Feb 13 06:26:26 prod02 games: -   1 record dropped
b   1ms
b < late
{\"level\": \"info\"}
";
        assert_eq!(
            show(log),
            [
                "unread: listening on 127.0.0.1:3000",
                "unread: a >     \"end\": \"of a body\"",
                "unread: a   12ms",
                "unread: - > GET / HTTP/1.1",
                "unread: b > no header",
                "unread: b < no status line",
                "notice: 1 record dropped",
                "cut b None > GET / HTTP/1.1|< HTTP/1.1 200 OK|  1ms|",
                "unread: b < late",
                "unread: {\"level\": \"info\"}",
            ]
        );
    }

    #[test]
    fn colours_are_taken_off() {
        let log = "\u{1b}[36mweb-1  | \u{1b}[0m\u{1b}[2ma > \u{1b}[0m\u{1b}[1mGET / HTTP/1.1\u{1b}[0m
\u{1b}[36mweb-1  | \u{1b}[0m\u{1b}[2ma >\u{1b}[0m
\u{1b}[36mweb-1  | \u{1b}[0m\u{1b}[2ma < \u{1b}[0m\u{1b}[32mHTTP/1.1 200 OK\u{1b}[0m
\u{1b}[36mweb-1  | \u{1b}[0m\u{1b}[2ma <\u{1b}[0m
\u{1b}[36mweb-1  | \u{1b}[0m\u{1b}[2ma   \u{1b}[0m\u{1b}[36m1.00ms\u{1b}[0m
\u{1b}[31mfailed\u{1b}[0m
";
        let read =
            ["a Some(\"web-1\") > GET / HTTP/1.1|>|< HTTP/1.1 200 OK|<|  1.00ms|", "unread: \u{1b}[31mfailed\u{1b}[0m"];
        assert_eq!(show(log), read);
    }

    #[test]
    fn a_block_that_begins_again_is_cut_or_was_sent_twice() {
        let begun = "a > GET / HTTP/1.1\na > Host: b\n";
        let whole = "a > GET / HTTP/1.1\na > Host: b\na >\na < HTTP/1.1 200 OK\na <\na   1.00ms\n";
        let read = "a None > GET / HTTP/1.1|> Host: b|>|< HTTP/1.1 200 OK|<|  1.00ms|";
        assert_eq!(show(&format!("{begun}{whole}")), ["repeated", read]);
        let other = begun.replace("Host", "Accept");
        assert_eq!(show(&format!("{other}{whole}")), ["cut a None > GET / HTTP/1.1|> Accept: b|", read]);
    }

    #[test]
    fn memory_is_bounded() {
        // A line with no end.
        let entries = read(&vec![b'x'; 2 * MAX_LINE + 10], 1 << 20);
        let lens: Vec<_> =
            entries.iter().map(|entry| if let Entry::Unread(line) = entry { line.len() } else { 0 }).collect();
        assert_eq!(lens.len(), 2);
        assert!(lens[0] <= MAX_LINE + (1 << 20));
        // Blocks with no end.
        let log: String = (0..200_000).map(|at| format!("id{at} > GET / HTTP/1.1\n")).collect();
        let (mut decoder, mut out) = (Decoder::default(), 0);
        decoder.push(log.as_bytes(), &mut |_| out += 1);
        assert!(out > 100_000, "{out}");
        decoder.finish(&mut |_| out += 1);
        assert_eq!(out, 200_000);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_alike_in_any_pieces(
            words in vec(select(vec![
                "a", "b", "-", " > ", " < ", "   ", " >+ ", "  + ", "\n", "\r\n", "GET / HTTP/1.1", "HTTP/1.1 200 OK", "A: b",
                "1.00ms", "no response", "began 2026-11-28T16:00:00.123Z, end 1ms", "{\"request_id\":\"a\",\"request\":{}}",
                "{\"log\":\"a > GET / HTTP/1.1\\n\"}", "2026-11-28T16:00:00Z stdout P ", "2026-11-28T16:00:00Z stdout F ", "\u{fe}",
                "Feb 13 06:26:26 x y: ", "{\"MESSAGE\":[97,32,62]}", "games | ",
            ]), 0..60),
            len in 1..40usize,
        ) {
            let log = words.concat();
            let pieces: Vec<_> = read(log.as_bytes(), len).iter().map(|entry| format!("{entry:?}")).collect();
            let whole: Vec<_> = read(log.as_bytes(), usize::MAX).iter().map(|entry| format!("{entry:?}")).collect();
            prop_assert_eq!(pieces, whole);
        }
    }
}
