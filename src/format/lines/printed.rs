//! Prints one block into the room that it has.

use super::{
    facts::{Facts, write_end},
    fold::{floor, fold},
    prefix::{NOTE, Prefix, REQUEST, RESPONSE},
};
use crate::{
    header_case::version,
    line_writer::LineWriter,
    record::{Body, Record, Shown},
    redact::Style,
};
use std::{fmt, io::Write};

/// Settings of the format that hold for all exchanges.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) timings: bool,
    pub(super) facts: bool,
    pub(super) line_limit: usize,
    pub(super) body_lines: usize,
}

/// Limits of one block.
#[derive(Clone, Copy)]
pub(super) struct Room {
    /// The record limit, for the notes that name it.
    pub(super) limit: usize,
    pub(super) detail: Detail,
    /// Bytes of lines for the request's body and the response's.
    pub(super) bodies: [usize; 2],
    /// Bytes of the target.
    pub(super) target: usize,
    /// Bytes of notes, the last two lines aside.
    pub(super) notes: usize,
}

/// Says which parts of an exchange are printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Detail {
    /// Everything.
    Full,
    /// Everything but the headers, for which there is no room.
    NoHeaders,
    /// Only the request line, the status line and the notes.
    Brief,
}

/// Tells what was printed.
pub(super) struct Printed {
    /// Bytes of lines of the request's body and the response's.
    pub(super) lengths: [usize; 2],
    /// Set for the body that had no room for all.
    pub(super) cut: [bool; 2],
    /// Bytes of the target.
    pub(super) target: usize,
}

/// Prints `record` into `room`.
pub(super) fn print(settings: &Settings, record: &Record, room: &Room, out: &mut Vec<u8>) -> Printed {
    let mut prefix = Prefix::new(record.id(), REQUEST);
    let begin = out.len();

    let (target, target_cut) = request_line(record, room.target, &prefix, out);
    if room.detail == Detail::Full {
        record.write_lines(record.raw_request_headers(), prefix.text(), out);
    }
    fold(out, begin, prefix.text().len(), settings.line_limit);
    let [request_room, response_room] = room.bodies;
    let request_body = message_body(settings, room, record.request_body(), &prefix, request_room, out);

    prefix.set_mark(RESPONSE);
    let response_body = match record.status() {
        None => BodyLines::none(room, record.response_body()),
        Some(status) => {
            let head = out.len();
            out.extend_from_slice(prefix.text());
            out.extend_from_slice(version(record.version()).as_bytes());
            out.push(b' ');
            out.extend_from_slice(status.as_str().as_bytes());
            if let Some(reason) = status.canonical_reason() {
                out.push(b' ');
                out.extend_from_slice(reason.as_bytes());
            }
            out.push(b'\n');
            if room.detail == Detail::Full {
                record.write_lines(record.raw_response_headers(), prefix.text(), out);
            }
            fold(out, head, prefix.text().len(), settings.line_limit);
            message_body(settings, room, record.response_body(), &prefix, response_room, out)
        }
    };

    prefix.set_mark(NOTE);
    let notes = out.len();
    let cut = [request_body.cut, response_body.cut];
    let lengths = [request_body.length, response_body.length];
    record.each_note(&[request_body.shown, response_body.shown], |text| line(&prefix, text, out));
    if room.detail == Detail::Brief {
        record.each_grpc_header(|text| line(&prefix, text, out));
    }
    for (cut, name) in [(cut[0], "request body"), (cut[1], "response body"), (target_cut, "target")] {
        if cut {
            line(&prefix, format_args!("{name}: cut at the record limit of {} bytes", room.limit), out);
        }
    }
    if room.detail == Detail::NoHeaders {
        line(&prefix, format_args!("headers left out: record limit of {} bytes", room.limit), out);
    }
    fold(out, notes, prefix.text().len(), settings.line_limit);
    if out.len() - notes > room.notes {
        truncate_lines(out, notes, room.notes);
        line(&prefix, format_args!("notes: cut at the record limit of {} bytes", room.limit), out);
    }
    let end = out.len();
    if settings.facts {
        out.extend_from_slice(prefix.text());
        Facts::of(record, settings.timings).write(out);
        out.push(b'\n');
    }
    out.extend_from_slice(prefix.text());
    write_end(record, out);
    out.push(b'\n');
    fold(out, end, prefix.text().len(), settings.line_limit);
    Printed { lengths, cut, target }
}

/// Prints the request line, of the target at most `room` bytes. Returns how many it has, and whether something is missing.
fn request_line(record: &Record, room: usize, prefix: &Prefix, out: &mut Vec<u8>) -> (usize, bool) {
    out.extend_from_slice(prefix.text());
    let method = record.method().as_str().as_bytes();
    out.extend_from_slice(method.get(..room.min(method.len())).unwrap_or_default());
    out.push(b' ');
    let begin = out.len();
    record.write_target(out);
    let mut target = out.len() - begin;
    let cut = target > room || method.len() > room;
    if target > room {
        target = floor(out.get(begin..).unwrap_or_default(), room);
        out.truncate(begin + target);
    }
    out.push(b' ');
    out.extend_from_slice(version(record.version()).as_bytes());
    out.push(b'\n');
    (target, cut)
}

/// Prints what follows the headers, but in brief.
fn message_body(
    settings: &Settings,
    room: &Room,
    body: Body<'_>,
    prefix: &Prefix,
    bytes: usize,
    out: &mut Vec<u8>,
) -> BodyLines {
    if room.detail == Detail::Brief {
        return BodyLines::none(room, body);
    }
    prefix.bare(out);
    BodyLines::print(settings, body, prefix, bytes, out)
}

struct BodyLines {
    shown: Shown,
    length: usize,
    cut: bool,
}

impl BodyLines {
    fn print(settings: &Settings, body: Body<'_>, prefix: &Prefix, room: usize, out: &mut Vec<u8>) -> Self {
        let begin = out.len();
        let mut writer = LineWriter::new(out, prefix.text(), begin.saturating_add(room));
        let mut shown = body.render(Style::Pretty, &mut writer);
        let mut cut = writer.is_full();
        if settings.body_lines < usize::MAX
            && let Some(all) = keep_lines(out, begin, settings.body_lines)
        {
            let more = if std::mem::take(&mut cut) { "more than " } else { "" };
            shown.notes.push(format!("{} of {more}{all} lines logged", settings.body_lines));
        }
        fold(out, begin, prefix.text().len(), settings.line_limit);
        if out.len() - begin > room {
            truncate_lines(out, begin, room);
            cut = true;
        }
        Self { shown, length: out.len() - begin, cut }
    }

    /// Makes a body without lines. In brief, nothing is said about what is not shown, either.
    fn none(room: &Room, body: Body<'_>) -> Self {
        let shown = match room.detail {
            Detail::Brief => Shown::nothing(),
            _ => body.render(Style::Pretty, &mut LineWriter::new(&mut Vec::new(), b"", 0)),
        };
        Self { shown, length: 0, cut: false }
    }
}

/// Takes off all lines from `begin` on but the first `kept`. Returns how many there were, if it took off any.
fn keep_lines(out: &mut Vec<u8>, begin: usize, kept: usize) -> Option<usize> {
    let body = out.get(begin..).unwrap_or_default();
    let all = memchr::memchr_iter(b'\n', body).count();
    if all <= kept {
        return None;
    }
    let end = kept.checked_sub(1).and_then(|last| memchr::memchr_iter(b'\n', body).nth(last)).map_or(0, |at| at + 1);
    out.truncate(begin + end);
    Some(all)
}

/// Takes off the last lines from `begin` on, so that no more than `room` bytes are left.
fn truncate_lines(out: &mut Vec<u8>, begin: usize, room: usize) {
    let left = out.get(begin..begin + room).unwrap_or_default();
    let end = memchr::memrchr(b'\n', left).map_or(0, |at| at + 1);
    out.truncate(begin + end);
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
