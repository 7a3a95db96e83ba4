//! Holds an exchange that was read back.

use super::{
    facts::{Facts, is_end},
    grammar::{milliseconds, request_line, status},
};
use crate::record::{Kind, Timings};
use std::{
    fmt,
    net::SocketAddr,
    time::{Duration, SystemTime},
};

/// A piece of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "nearly every entry is an exchange")]
pub enum Entry {
    /// An exchange.
    Exchange(Block),
    /// A line about the log itself, which has the id `-`: its text.
    Notice(String),
    /// A line that is not part of an exchange, or not of a known one: all of it, as it came.
    Unread(String),
}

/// One exchange, read back from its lines. [`Display`](fmt::Display) prints them again, without the transport's prefix.
///
/// All texts are as they stand in the log: redacted, with hostile characters escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Block {
    /// The id at the head of each of its lines.
    pub id: String,
    /// The text that a transport put before the id of its first line, such as `Feb 13 06:26:26 prod02 betable-games: `.
    /// Empty if there is none.
    pub prefix: String,
    /// The request; `None` if the log begins in the middle of the block.
    pub request: Option<Message>,
    /// The response; `None` if there was no response head.
    pub response: Option<Message>,
    /// The notes, in their order, without the two lines that end the block.
    pub notes: Vec<String>,
    /// The text of the line with the facts; it can be [parsed](Facts::parse).
    pub(super) facts: Option<String>,
    /// The text of the line that ends the block; `None` if the log breaks off before it.
    pub(super) end: Option<String>,
}

/// A request or a response, read back from its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// The request line or status line.
    pub start: String,
    /// Names and values of the headers, in their order, one entry a line.
    pub headers: Vec<(String, String)>,
    /// The lines of the body. There are none if it was empty or is not shown. `None` if the log breaks off before the
    /// line that ends the head.
    pub body: Option<Vec<String>>,
}

impl Block {
    /// Returns the request's method.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        Some(self.request_line()?.0)
    }

    /// Returns the request's target.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        Some(self.request_line()?.1)
    }

    /// Returns the version of HTTP, such as `HTTP/1.1`.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        let status_line = || self.response.as_ref()?.start.split(' ').next();
        self.request_line().map(|(_, _, version)| version).or_else(status_line)
    }

    /// Returns the response's status code.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        status(self.response.as_ref()?.start.as_bytes())
    }

    /// Returns the time to first byte, which ends the block. It is as exact as it was printed: whole milliseconds from
    /// 10 ms up, hundredths below. `None` if there was no response head, or if the end is missing.
    #[must_use]
    pub fn time_to_first_byte(&self) -> Option<Duration> {
        milliseconds(self.end.as_ref()?.as_bytes())
    }

    /// Returns when the exchange began, to the millisecond. `None` if the facts are missing. This holds for the
    /// following methods too.
    #[must_use]
    pub fn began(&self) -> Option<SystemTime> {
        Some(self.facts()?.began)
    }

    /// Returns the time to the end of the exchange, when its last holder let go.
    #[must_use]
    pub fn end(&self) -> Option<Duration> {
        Some(self.facts()?.end)
    }

    /// Returns the side that was logged.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        Some(self.facts()?.kind)
    }

    /// Returns the other end's address, if it is known.
    #[must_use]
    pub fn peer(&self) -> Option<SocketAddr> {
        self.facts()?.peer
    }

    /// Returns the matched route, such as `/games/{id}/bet`, if it is known.
    #[must_use]
    pub fn route(&self) -> Option<&str> {
        self.facts()?.route
    }

    /// Returns all times. The time to the end of the request's body and the time to the first byte of the response's
    /// are only there with [`Lines::timings`](super::Lines::timings).
    #[must_use]
    pub fn timings(&self) -> Option<Timings> {
        Some(self.facts()?.timings(self.time_to_first_byte()))
    }

    /// Returns whether the log has both the first line of the block and its last.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.request.is_some() && self.end.is_some()
    }

    fn facts(&self) -> Option<Facts<'_>> {
        Facts::parse(self.facts.as_ref()?)
    }

    /// Adds a note, and tells the facts and the end from other notes.
    pub(super) fn note(&mut self, text: String) {
        if is_end(text.as_bytes()) {
            self.end = Some(text);
            return;
        }
        // Only the last note before the end is the facts.
        self.notes.extend(self.facts.take());
        if Facts::parse(&text).is_some() {
            self.facts = Some(text);
        } else {
            self.notes.push(text);
        }
    }

    /// Returns whether a note has come, after which nothing of request and response does.
    pub(super) fn has_notes(&self) -> bool {
        !self.notes.is_empty() || self.facts.is_some()
    }

    fn request_line(&self) -> Option<(&str, &str, &str)> {
        let (method, target, version) = request_line(self.request.as_ref()?.start.as_bytes())?;
        let text = |part| str::from_utf8(part).ok();
        Some((text(method)?, text(target)?, text(version)?))
    }
}

impl Message {
    /// Returns the first value of a header. Its name is compared without regard to case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Returns the body as it is shown, with its lines joined by LF. A body that was JSON and came whole is JSON again.
    #[must_use]
    pub fn text(&self) -> String {
        self.body.as_deref().unwrap_or_default().join("\n")
    }

    fn print(&self, f: &mut fmt::Formatter<'_>, id: &str, mark: char) -> fmt::Result {
        line(f, id, mark, &self.start)?;
        for (name, value) in &self.headers {
            let space = if value.is_empty() { "" } else { " " };
            writeln!(f, "{id} {mark} {name}:{space}{value}")?;
        }
        let Some(body) = &self.body else { return Ok(()) };
        line(f, id, mark, "")?;
        body.iter().try_for_each(|text| line(f, id, mark, text))
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(request) = &self.request {
            request.print(f, &self.id, '>')?;
        }
        if let Some(response) = &self.response {
            response.print(f, &self.id, '<')?;
        }
        let notes = self.notes.iter().chain(&self.facts).chain(&self.end);
        notes.into_iter().try_for_each(|note| line(f, &self.id, ' ', note))
    }
}

fn line(f: &mut fmt::Formatter<'_>, id: &str, mark: char, text: &str) -> fmt::Result {
    let space = if text.is_empty() { "" } else { " " };
    writeln!(f, "{id} {mark}{space}{text}")
}
