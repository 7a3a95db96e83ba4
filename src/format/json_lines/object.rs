//! Prints an object.

use super::{
    content::{Bodies, Content, Is},
    value::{Display, Ms, string},
};
use crate::{
    fields::Fields,
    format::lines::write,
    header_case::version,
    record::{Body, Record},
    timestamp::Timestamp,
};
use std::{fmt, time::UNIX_EPOCH};

/// Limits of one object.
pub(super) struct Room {
    /// The record limit, for the notes that name it.
    pub(super) limit: usize,
    /// Is set if headers are printed.
    pub(super) heads: bool,
    /// The bytes of the target.
    pub(super) target: usize,
    /// The bytes of fields and notes together, except for the notes that say what is missing.
    pub(super) notes: usize,
}

/// Prints the object. Returns how many bytes the target has.
pub(super) fn print(record: &Record, bodies: &Bodies, room: &Room, out: &mut Vec<u8>) -> usize {
    let [request, response] = &bodies.contents;
    let (all, limit) = (usize::MAX, room.limit);
    let timings = record.timings();
    let mut target = Vec::new();
    record.write_target(&mut target);

    out.extend_from_slice(b"{\"request_id\":");
    string(record.id(), all, out);
    out.extend_from_slice(b",\"timestamp\":\"");
    Timestamp(record.began()).write(out);
    let began = record.began().duration_since(UNIX_EPOCH).unwrap_or_default();
    write(out, format_args!("\",\"began_ms\":{},\"kind\":\"{}\"", Display(Some(Ms(began))), record.kind()));
    match record.trace_id() {
        Some(id) => write(out, format_args!(",\"trace_id\":\"{id}\"")),
        None => out.extend_from_slice(b",\"trace_id\":null"),
    }
    write(out, format_args!(",\"outcome\":\"{}\",\"method\":", record.outcome()));
    let mut target_cut = !string(record.method().as_str(), room.target, out);
    out.extend_from_slice(b",\"target\":");
    let begin = out.len();
    target_cut |= !string(&String::from_utf8_lossy(&target), room.target, out);
    let target = out.len() - begin;
    write(out, format_args!(",\"version\":\"{}\"", version(record.version())));
    out.extend_from_slice(b",\"route\":");
    match record.route() {
        Some(route) => _ = string(route, all, out),
        None => out.extend_from_slice(b"null"),
    }
    match record.peer() {
        Some(peer) => write(out, format_args!(",\"peer\":\"{peer}\"")),
        None => out.extend_from_slice(b",\"peer\":null"),
    }
    let status = Display(record.status().map(|status| status.as_u16()));
    write(out, format_args!(",\"status\":{status},\"grpc_status\":{}", Display(record.grpc_status())));
    for (name, time) in [
        ("ttfb", timings.head()),
        ("request_body", timings.request_body()),
        ("first_byte", timings.first_byte()),
        ("end", Some(timings.end())),
    ] {
        write(out, format_args!(",\"{name}_ms\":{}", Display(time.map(Ms))));
    }

    out.extend_from_slice(b",\"request\":");
    let none = Fields::default();
    let headers = |fields| if room.heads { fields } else { &none };
    message(record, headers(record.raw_request_headers()), record.request_body(), request, out);
    out.extend_from_slice(b",\"response\":");
    match record.status() {
        Some(_) => {
            message(record, headers(record.raw_response_headers()), record.response_body(), response, out);
        }
        None => out.extend_from_slice(b"null"),
    }

    out.extend_from_slice(b",\"fields\":{");
    let begin = out.len();
    // The names are all different.
    for (nth, (name, value)) in record.fields().enumerate() {
        if nth > 0 {
            out.push(b',');
        }
        string(&name, all, out);
        out.push(b':');
        string(&value, all, out);
    }
    let mut left = room.notes;
    let fields_cut = out.len() - begin > left;
    if fields_cut {
        out.truncate(begin);
    }
    left -= out.len() - begin;
    out.extend_from_slice(b"},\"notes\":[");
    let begin = out.len();
    let mut notes_cut = false;
    record.each_note(&bodies.shown, |text| {
        let before = out.len();
        if !notes_cut {
            note(text, begin, out);
            notes_cut = out.len() - before > left;
        }
        if notes_cut {
            out.truncate(before);
        }
        left -= out.len() - before;
    });
    let missing = [
        (request.cut, "request body: cut at the record limit of"),
        (response.cut, "response body: cut at the record limit of"),
        (target_cut, "target: cut at the record limit of"),
        (!room.heads, "headers left out: record limit of"),
        (fields_cut, "fields left out: record limit of"),
        (notes_cut, "notes: cut at the record limit of"),
    ];
    for (_, what) in missing.into_iter().filter(|(is_missing, _)| *is_missing) {
        note(format_args!("{what} {limit} bytes"), begin, out);
    }
    out.extend_from_slice(b"]}\n");
    target
}

/// Appends an element to the array whose elements begin at `begin`.
fn note(text: fmt::Arguments<'_>, begin: usize, out: &mut Vec<u8>) {
    if out.len() > begin {
        out.push(b',');
    }
    string(&text.to_string(), usize::MAX, out);
}

fn message(record: &Record, fields: &Fields, body: Body<'_>, content: &Content, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"headers\":{");
    // A header map hands out all values of a name in a row.
    let (mut open, mut shown) = (None, Vec::new());
    for (at, (name, _)) in fields.iter().enumerate() {
        match open.replace(name) {
            Some(last) if last == name => out.push(b','),
            last => {
                out.extend_from_slice(if last.is_some() { b"],\"" } else { b"\"" });
                out.extend_from_slice(name);
                out.extend_from_slice(b"\":[");
            }
        }
        shown.clear();
        record.write_value(fields, at, &mut shown);
        string(&String::from_utf8_lossy(&shown), usize::MAX, out);
    }
    if open.is_some() {
        out.push(b']');
    }
    let is = match content.is {
        Is::None => "none",
        Is::Json => "json",
        Is::Text => "text",
    };
    write(out, format_args!("}},\"bytes\":{},\"body_is\":\"{is}\",\"body\":", body.len()));
    out.extend_from_slice(&content.value);
    out.push(b'}');
}
