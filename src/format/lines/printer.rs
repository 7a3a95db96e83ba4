//! The printing half of the format.

use super::{
    facts::{Facts, write_end},
    prefix::{NOTE, Prefix, REQUEST, RESPONSE},
};
use crate::{
    fields::Fields,
    format::Format,
    header_case::version,
    line_writer::LineWriter,
    record::{Body, Record, Shown},
    redact::Style,
};
use std::{fmt, io::Write};

/// Prints a block of lines for each exchange; the format is shown [beside it](crate::format::lines).
#[derive(Clone, Debug)]
pub struct Lines {
    timings: bool,
    facts: bool,
}

impl Lines {
    /// The default format.
    #[must_use]
    pub fn new() -> Self {
        Self { timings: false, facts: true }
    }

    /// Sets whether the facts tell the other times as well:
    ///
    /// ```text
    /// ccbYQHB1xzwqWkjvyKV5i9   began 2013-02-13T06:26:26.123Z, request body 0.31ms, first body byte 164ms, end 165ms
    /// ccbYQHB1xzwqWkjvyKV5i9   164ms
    /// ```
    ///
    /// All are counted from the moment the request reached the layer. What did not happen is left out.
    ///
    /// By default, `false`.
    #[must_use]
    pub fn timings(mut self, timings: bool) -> Self {
        self.timings = timings;
        self
    }

    /// Sets whether the line with the facts is printed, the last but one of each block. Without it a reader does not know
    /// when the exchange began, nor on which side it was logged.
    ///
    /// By default, `true`.
    #[must_use]
    pub fn facts(mut self, facts: bool) -> Self {
        self.facts = facts;
        self
    }

    /// Prints all of `record`, each body up to `room` bytes of lines.
    fn print(&self, record: &Record, room: &Room, out: &mut Vec<u8>) -> Printed {
        let id = record.id();
        let request = Prefix::new(id, REQUEST);
        let response = Prefix::new(id, RESPONSE);
        let note = Prefix::new(id, NOTE);

        out.extend_from_slice(request.text());
        out.extend_from_slice(record.method().as_str().as_bytes());
        out.push(b' ');
        record.write_target(out);
        out.push(b' ');
        out.extend_from_slice(version(record.version()).as_bytes());
        out.push(b'\n');
        if room.heads {
            headers(record, record.raw_request_headers(), &request, out);
        }
        request.bare(out);
        let request_body = BodyLines::print(record.request_body(), &request, room.request, out);

        let response_body = match record.status() {
            None => BodyLines::none(record.response_body()),
            Some(status) => {
                out.extend_from_slice(response.text());
                out.extend_from_slice(version(record.version()).as_bytes());
                out.push(b' ');
                out.extend_from_slice(status.as_str().as_bytes());
                if let Some(reason) = status.canonical_reason() {
                    out.push(b' ');
                    out.extend_from_slice(reason.as_bytes());
                }
                out.push(b'\n');
                if room.heads {
                    headers(record, record.raw_response_headers(), &response, out);
                }
                response.bare(out);
                BodyLines::print(record.response_body(), &response, room.response, out)
            }
        };

        let printed = Printed {
            lengths: [request_body.length, response_body.length],
            cut: [request_body.cut, response_body.cut],
        };
        record.each_note(&[request_body.shown, response_body.shown], |text| line(&note, text, out));
        if printed.cut[0] {
            line(&note, format_args!("request body: cut at the record limit of {} bytes", room.limit), out);
        }
        if printed.cut[1] {
            line(&note, format_args!("response body: cut at the record limit of {} bytes", room.limit), out);
        }
        if !room.heads {
            line(&note, format_args!("headers left out: record limit of {} bytes", room.limit), out);
        }
        if self.facts {
            out.extend_from_slice(note.text());
            Facts::of(record, self.timings).write(out);
            out.push(b'\n');
        }
        out.extend_from_slice(note.text());
        write_end(record, out);
        out.push(b'\n');
        printed
    }
}

impl Default for Lines {
    fn default() -> Self {
        Self::new()
    }
}

impl Format for Lines {
    fn render(&self, record: &Record, limit: usize, out: &mut Vec<u8>) {
        let begin = out.len();
        let all = Room { limit, heads: true, request: limit, response: limit };
        let printed = self.print(record, &all, out);
        if out.len() - begin <= limit && printed.cut == [false, false] {
            return;
        }
        // Rare, so it is printed again: once without bodies to see what they may have, then with what is left.
        out.truncate(begin);
        let bare = Room { request: 0, response: 0, ..all };
        self.print(record, &bare, out);
        let heads = out.len() - begin;
        out.truncate(begin);
        let room = match limit.checked_sub(heads) {
            Some(left) => {
                let [request, response] = share(left, printed.lengths);
                Room { request, response, ..all }
            }
            None => Room { heads: false, ..bare },
        };
        self.print(record, &room, out);
    }
}

/// What a block may have.
#[derive(Clone, Copy)]
struct Room {
    limit: usize,
    /// Whether headers are printed.
    heads: bool,
    /// Bytes of lines for the request body.
    request: usize,
    /// Bytes of lines for the response body.
    response: usize,
}

/// What was printed of the request body and the response body.
struct Printed {
    lengths: [usize; 2],
    cut: [bool; 2],
}

/// Shares `room` between two bodies: half each, and what one does not need goes to the other.
pub(in crate::format) fn share(room: usize, [request, response]: [usize; 2]) -> [usize; 2] {
    let half = room / 2;
    if request <= half {
        [request, room - request]
    } else if response <= half {
        [room - response, response]
    } else {
        [half, room - half]
    }
}

struct BodyLines {
    shown: Shown,
    length: usize,
    cut: bool,
}

impl BodyLines {
    fn print(body: Body<'_>, prefix: &Prefix, room: usize, out: &mut Vec<u8>) -> Self {
        let begin = out.len();
        let end = begin.saturating_add(room);
        let mut writer = LineWriter::new(out, prefix.text(), end);
        let shown = body.render(Style::Pretty, &mut writer);
        let cut = writer.is_full();
        Self { shown, length: out.len() - begin, cut }
    }

    /// A body without lines.
    fn none(body: Body<'_>) -> Self {
        let mut nothing = Vec::new();
        Self { cut: false, ..Self::print(body, &Prefix::new("", NOTE), 0, &mut nothing) }
    }
}

fn headers(record: &Record, fields: &Fields, prefix: &Prefix, out: &mut Vec<u8>) {
    for at in 0..fields.len() {
        out.extend_from_slice(prefix.text());
        record.write_line(fields, at, out);
        out.push(b'\n');
    }
}

fn line(prefix: &Prefix, text: fmt::Arguments<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(prefix.text());
    write(out, text);
    out.push(b'\n');
}

/// Appends `text`.
pub(in crate::format) fn write(out: &mut Vec<u8>, text: fmt::Arguments<'_>) {
    // A vector takes everything.
    let _ = out.write_fmt(text);
}
