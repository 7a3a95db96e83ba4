//! Takes lines out of what transports wrap them in: Docker's json-file, Kubernetes' CRI and journald's JSON.

use jiff::Timestamp;
use serde::Deserialize;
use std::{borrow::Cow, collections::HashMap};

/// The longest line that pieces are put together to, in bytes.
const MAX_LINE: usize = 16 << 20;

/// The lines that are still in pieces, one a stream.
#[derive(Debug, Default)]
pub(crate) struct Envelopes {
    pieces: HashMap<Stream, Vec<u8>>,
}

/// The output that a container wrote to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Stream {
    Out,
    Err,
}

/// Says what a line of the input is.
pub(crate) enum Unwrapped<'a> {
    /// A line as it was printed, and when a transport says that it was written.
    Line(Cow<'a, [u8]>, Option<Timestamp>),
    /// A piece of a line that goes on.
    Piece,
}

/// A line of Docker's json-file.
#[derive(Deserialize)]
struct Docker<'a> {
    #[serde(borrow)]
    log: Cow<'a, str>,
    stream: Option<Cow<'a, str>>,
    time: Option<Cow<'a, str>>,
}

/// A line of `journalctl -o json`.
#[derive(Deserialize)]
struct Journald<'a> {
    #[serde(borrow, rename = "MESSAGE")]
    message: Message<'a>,
    #[serde(rename = "__REALTIME_TIMESTAMP")]
    time: Option<Cow<'a, str>>,
    #[serde(rename = "_HOSTNAME")]
    host: Option<Cow<'a, str>>,
    #[serde(rename = "SYSLOG_IDENTIFIER")]
    identifier: Option<Cow<'a, str>>,
    #[serde(rename = "_COMM")]
    command: Option<Cow<'a, str>>,
    #[serde(rename = "_PID")]
    pid: Option<Cow<'a, str>>,
}

/// Holds text, or its bytes if it is not UTF-8 or has controls.
#[derive(Deserialize)]
#[serde(untagged)]
enum Message<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Bytes(Vec<u8>),
}

impl Envelopes {
    /// Takes a line out of its envelope; one that has none is handed back.
    pub(crate) fn unwrap<'a>(&mut self, line: &'a [u8]) -> Unwrapped<'a> {
        match line {
            [b'{', ..] => self.json(line).unwrap_or(Unwrapped::Line(Cow::Borrowed(line), None)),
            [_, _, _, _, b'-', _, _, b'-', _, _, b'T', ..] => self.cri(line),
            _ => Unwrapped::Line(Cow::Borrowed(line), None),
        }
    }

    fn json<'a>(&mut self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        if line.starts_with(super::object::BEGIN) {
            return None;
        }
        // A glance spares reading the objects of others twice.
        if memchr::memmem::find(line, b"\"MESSAGE\"").is_some() {
            return Some(journald(serde_json::from_slice(line).ok()?));
        }
        memchr::memmem::find(line, b"\"log\"")?;
        let docker: Docker<'_> = serde_json::from_slice(line).ok()?;
        let stream = if docker.stream.as_deref() == Some("stderr") { Stream::Err } else { Stream::Out };
        let time = docker.time.and_then(|time| time.parse().ok());
        let text = docker.log.as_bytes();
        Some(match text.strip_suffix(b"\n") {
            Some(end) => Unwrapped::Line(Cow::Owned(self.whole(stream, end)), time),
            None => self.piece(stream, text),
        })
    }

    /// Unwraps `TIME stdout F TEXT`; `P` marks a piece that goes on, and the part before the text stays as a prefix.
    fn cri<'a>(&mut self, line: &'a [u8]) -> Unwrapped<'a> {
        let as_it_is = Unwrapped::Line(Cow::Borrowed(line), None);
        let mut words = line.splitn(4, |&b| b == b' ');
        let (_, stream, tag, text) = (words.next(), words.next(), words.next(), words.next().unwrap_or_default());
        let stream = match stream {
            Some(b"stdout") => Stream::Out,
            Some(b"stderr") => Stream::Err,
            _ => return as_it_is,
        };
        let begun = self.pieces.contains_key(&stream);
        match tag {
            Some(b"P") if begun => self.piece(stream, text),
            Some(b"P") => self.piece(stream, line),
            Some(b"F") if begun => Unwrapped::Line(Cow::Owned(self.whole(stream, text)), None),
            _ => as_it_is,
        }
    }

    fn piece<'a>(&mut self, stream: Stream, text: &[u8]) -> Unwrapped<'a> {
        let pieces = self.pieces.entry(stream).or_default();
        if pieces.len() + text.len() > MAX_LINE {
            let mut line = std::mem::take(pieces);
            line.extend_from_slice(text);
            self.pieces.remove(&stream);
            return Unwrapped::Line(Cow::Owned(line), None);
        }
        pieces.extend_from_slice(text);
        Unwrapped::Piece
    }

    fn whole(&mut self, stream: Stream, end: &[u8]) -> Vec<u8> {
        let mut line = self.pieces.remove(&stream).unwrap_or_default();
        line.extend_from_slice(end);
        line
    }
}

/// Puts host and program before the message, as the short form has them.
fn journald<'a>(entry: Journald<'_>) -> Unwrapped<'a> {
    let mut line = Vec::new();
    let program = entry.identifier.or(entry.command);
    if let Some(host) = entry.host {
        line.extend_from_slice(host.as_bytes());
        line.push(b' ');
    }
    if let Some(program) = program {
        line.extend_from_slice(program.replace(' ', "_").as_bytes());
        if let Some(pid) = entry.pid {
            line.extend_from_slice(format!("[{pid}]").as_bytes());
        }
        line.extend_from_slice(b": ");
    }
    match &entry.message {
        Message::Text(text) => line.extend_from_slice(text.as_bytes()),
        Message::Bytes(bytes) => line.extend_from_slice(bytes),
    }
    let micros = entry.time.and_then(|time| time.parse().ok());
    Unwrapped::Line(Cow::Owned(line), micros.and_then(|micros| Timestamp::from_microsecond(micros).ok()))
}
