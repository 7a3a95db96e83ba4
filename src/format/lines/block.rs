//! One exchange as it was read.

use super::grammar::{milliseconds, request_line, status};
use std::{fmt, time::Duration};

/// One exchange, read back from its lines; [`Display`](fmt::Display) prints them again, without the transport's prefix.
///
/// All texts are as they stand in the log: redacted, and hostile characters escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Block {
    /// The id that each of its lines bears.
    pub id: String,
    /// What a transport put before the id of its first line, such as `Feb 13 06:26:26 prod02 betable-games: `. Empty
    /// where it put nothing.
    pub prefix: String,
    /// The request; `None` where the log begins in the middle of the block.
    pub request: Option<Message>,
    /// The response; `None` where there was no response head.
    pub response: Option<Message>,
    /// The notes, in their order.
    pub notes: Vec<String>,
}

/// A request or a response, read back from its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// The request line or status line.
    pub start: String,
    /// Names and values of the headers, in their order, one entry a line.
    pub headers: Vec<(String, String)>,
    /// The lines of the body; none where it was empty or is not shown, and `None` where the log breaks off before the
    /// line that ends the head.
    pub body: Option<Vec<String>>,
}

impl Block {
    /// The request's method.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        Some(self.request_line()?.0)
    }

    /// The request's target.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        Some(self.request_line()?.1)
    }

    /// The version of HTTP, such as `HTTP/1.1`.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        let status_line = || self.response.as_ref()?.start.split(' ').next();
        self.request_line().map(|(_, _, version)| version).or_else(status_line)
    }

    /// The response's status code.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        status(&self.response.as_ref()?.start)
    }

    /// The time to the first byte, which the first note tells where there was a response head. It is as exact as it was
    /// printed: whole milliseconds from 10 ms up, hundredths below.
    #[must_use]
    pub fn time_to_first_byte(&self) -> Option<Duration> {
        milliseconds(self.notes.first()?)
    }

    fn request_line(&self) -> Option<(&str, &str, &str)> {
        request_line(&self.request.as_ref()?.start)
    }
}

impl Message {
    /// The first value of a header, its name compared without regard to case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as it is shown, its lines joined by LF. What was JSON and came whole is JSON again.
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
        self.notes.iter().try_for_each(|note| line(f, &self.id, ' ', note))
    }
}

fn line(f: &mut fmt::Formatter<'_>, id: &str, mark: char, text: &str) -> fmt::Result {
    let space = if text.is_empty() { "" } else { " " };
    writeln!(f, "{id} {mark}{space}{text}")
}
