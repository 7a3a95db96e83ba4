//! One JSON object an exchange.

use super::{
    Format,
    lines::{share, version},
};
use crate::{
    exchange::Fields,
    page::Page,
    record::{Body, Record, Shown},
    redact::{Kind, Style},
};
use std::{
    fmt,
    io::Write,
    time::{Duration, UNIX_EPOCH},
};

/// JSON nested deeper than this is given as text: `jq` reads 256 levels, `serde_json` 128.
const MAX_DEPTH: usize = 64;

/// Prints one JSON object an exchange, on one line.
///
/// The exchange that [`Lines`](super::Lines) shows [beside it](crate::format::lines) is this, broken into lines here:
///
/// ```json
/// {"request_id":"ccbYQHB1xzwqWkjvyKV5i9","began_ms":1360736786123.456,"outcome":"complete",
///  "method":"POST","target":"/games/REDACTED/bet?access_token=REDACTED","version":"HTTP/1.1",
///  "route":"/games/{id}/bet","peer":"31.222.179.165:49152","status":201,"grpc_status":null,
///  "ttfb_ms":164.203,"request_body_ms":0.310,"first_byte_ms":164.250,"end_ms":164.300,
///  "request":{"headers":{"host":["games.internal.betable.com"],"content-type":["application/json; charset=utf8"],
///  "content-length":["43"]},"bytes":43,"body_is":"json","body":{"wager":"0.01","player_ledger":"REDACTED"}},
///  "response":{"headers":{},"bytes":17,"body_is":"json","body":{"payout":"0.00"}},"notes":[]}
/// ```
///
/// | field | what it is |
/// | --- | --- |
/// | `request_id` | the id, a string |
/// | `began_ms` | when the exchange began, in milliseconds of Unix time: `.began_ms / 1000 \| todate` |
/// | `outcome` | how it ended, in the words of [`Outcome`](crate::record::Outcome) |
/// | `method`, `target`, `version` | the request line |
/// | `route` | the route that took the request, where the framework told, else `null` |
/// | `peer` | the peer's address, where the framework told, else `null` |
/// | `status` | the status code, a number; `null` where there was no response |
/// | `grpc_status` | the status of a gRPC call, a number, else `null` |
/// | `ttfb_ms` | milliseconds to the response head; `null` where there was none |
/// | `request_body_ms` | milliseconds to the end of the request's body; `null` where it had none |
/// | `first_byte_ms` | milliseconds to the first byte of the response's body; `null` where it had none |
/// | `end_ms` | milliseconds to the end of the exchange |
/// | `request`, `response` | see below; `response` is `null` where there was none |
/// | `….headers` | an object, names in lower case, each value an array of strings: `.request.headers.host[0]` |
/// | `….bytes` | how many bytes of the body went by, shown or not |
/// | `….body_is` | `"json"` where `body` is the body's JSON; `"text"` where it is a string, the lines that `Lines` would print; `"none"` where it is `null` |
/// | `….body` | the body: as JSON where it is one JSON document, whole and at most 64 levels deep, as text otherwise, `null` where it is empty or not shown |
/// | `notes` | the notes that `Lines` prints, but the times |
///
/// Every field is always there. All times count from the moment the request reached the layer, on a monotonic clock, in
/// milliseconds with three decimals. Texts are what `Lines` shows: redacted, hostile characters as visible escapes.
///
/// Past the record limit the bodies give way first, cut as text, then the headers; a note says so.
#[derive(Clone, Debug, Default)]
pub struct JsonLines(());

impl JsonLines {
    /// The format has nothing to set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Format for JsonLines {
    fn render(&self, record: &Record, limit: usize, out: &mut Vec<u8>) {
        let begin = out.len();
        let mut bodies = Bodies::new(record, [limit; 2], limit);
        print(record, &bodies, true, limit, out);
        if out.len() - begin <= limit {
            return;
        }
        // Rare, so it is printed again: once without bodies to see what they may have, then with what is left.
        let lengths = bodies.contents.each_ref().map(|content| content.value.len() - NULL.len());
        bodies.leave_out();
        out.truncate(begin);
        print(record, &bodies, true, limit, out);
        let heads = out.len() - begin;
        out.truncate(begin);
        let Some(left) = limit.checked_sub(heads) else {
            return print(record, &bodies, false, limit, out);
        };
        let rooms = share(left, lengths).map(|room| room.saturating_add(NULL.len()));
        print(record, &Bodies::new(record, rooms, limit), true, limit, out);
    }
}

/// What stands for a body that is not shown.
const NULL: &[u8] = b"null";

/// The request's body and the response's.
struct Bodies {
    contents: [Content; 2],
    shown: [Shown; 2],
}

impl Bodies {
    /// Renders each into its room.
    fn new(record: &Record, [request, response]: [usize; 2], limit: usize) -> Self {
        let (request, request_shown) = content(record.request_body(), request, limit);
        let (response, response_shown) = content(record.response_body(), response, limit);
        Self { contents: [request, response], shown: [request_shown, response_shown] }
    }

    fn leave_out(&mut self) {
        for content in self.contents.iter_mut().filter(|content| content.is != Is::None) {
            *content = Content { is: Is::None, value: NULL.to_vec(), cut: true };
        }
    }
}

/// A body as it is printed.
struct Content {
    is: Is,
    /// A JSON value.
    value: Vec<u8>,
    /// Whether something of it is missing that would be there but for the record limit.
    cut: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Is {
    None,
    Json,
    Text,
}

/// Renders a body into `room` bytes.
fn content(body: Body<'_>, room: usize, limit: usize) -> (Content, Shown) {
    let mut lines = Vec::new();
    let mut page = Page::new(&mut lines, b"", limit);
    let mut shown = body.render(Style::Compact, &mut page);
    let mut cut = page.is_full();
    let json = lines.trim_ascii_end();
    if shown.kind == Kind::Json && shown.documents == 1 && shown.whole && !cut && json.len() <= room && is_tame(json) {
        let value = json.to_vec();
        return (Content { is: Is::Json, value, cut }, shown);
    }
    if shown.kind == Kind::Json {
        lines.clear();
        let mut page = Page::new(&mut lines, b"", limit);
        shown = body.render(Style::Pretty, &mut page);
        cut = page.is_full();
    }
    let mut content = Content { is: Is::None, value: NULL.to_vec(), cut };
    let text = lines.strip_suffix(b"\n").unwrap_or(&lines);
    if !lines.is_empty() {
        let mut value = Vec::new();
        content.cut |= !string(&String::from_utf8_lossy(text), room, &mut value);
        if value.len() <= room {
            (content.is, content.value) = (Is::Text, value);
        }
    }
    (content, shown)
}

/// Whether JSON that is well-formed can be read by every program: not nested too deep, and no half of a surrogate pair
/// among its escapes (RFC 8259, section 8.2).
fn is_tame(json: &[u8]) -> bool {
    let (mut depth, mut in_string, mut high) = (0usize, false, false);
    let mut rest = json;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let mut unit = None;
        match byte {
            b'"' => in_string = !in_string,
            b'\\' if in_string => {
                let escape = rest.first().copied();
                if escape == Some(b'u') {
                    let digits = rest.get(1..5).and_then(|digits| str::from_utf8(digits).ok());
                    unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
                }
                rest = rest.get(if escape == Some(b'u') { 5 } else { 1 }..).unwrap_or_default();
            }
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        let low = unit.is_some_and(|unit| (0xdc00..=0xdfff).contains(&unit));
        if high != low || depth > MAX_DEPTH {
            return false;
        }
        high = unit.is_some_and(|unit| (0xd800..=0xdbff).contains(&unit));
    }
    true
}

/// Prints the object, with or without headers.
fn print(record: &Record, bodies: &Bodies, heads: bool, limit: usize, out: &mut Vec<u8>) {
    let [request, response] = &bodies.contents;
    let all = usize::MAX;
    let timings = record.timings();
    let mut target = Vec::new();
    record.write_target(&mut target);

    out.extend_from_slice(b"{\"request_id\":");
    string(record.id(), all, out);
    let began = record.began().duration_since(UNIX_EPOCH).unwrap_or_default();
    write(out, format_args!(",\"began_ms\":{},\"outcome\":\"{}\"", Display(Some(Ms(began))), record.outcome()));
    for (name, text) in [("method", record.method().as_str()), ("target", &String::from_utf8_lossy(&target))] {
        write(out, format_args!(",\"{name}\":"));
        string(text, all, out);
    }
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
    let none = Fields::new();
    let headers = |fields| if heads { fields } else { &none };
    message(record, headers(record.raw_request_headers()), record.request_body(), request, out);
    out.extend_from_slice(b",\"response\":");
    match record.status() {
        Some(_) => {
            message(record, headers(record.raw_response_headers()), record.response_body(), response, out);
        }
        None => out.extend_from_slice(b"null"),
    }

    out.extend_from_slice(b",\"notes\":[");
    let mut first = true;
    let mut note = |text: fmt::Arguments<'_>| {
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        string(&text.to_string(), all, out);
    };
    record.each_note(&bodies.shown, &mut note);
    for (cut, name) in [(request.cut, "request"), (response.cut, "response")] {
        if cut {
            note(format_args!("{name} body: cut at the record limit of {limit} bytes"));
        }
    }
    if !heads {
        note(format_args!("headers left out: record limit of {limit} bytes"));
    }
    out.extend_from_slice(b"]}\n");
}

fn message(record: &Record, fields: &Fields, body: Body<'_>, content: &Content, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"headers\":{");
    // A header map hands out all values of a name in a row.
    for (at, values) in fields.chunk_by(|(a, _), (b, _)| a == b).enumerate() {
        for (nth, (name, value)) in values.iter().enumerate() {
            match nth {
                0 => write(out, format_args!("{}\"{name}\":[", if at == 0 { "" } else { "," })),
                _ => out.push(b','),
            }
            let mut shown = Vec::new();
            record.write_value(name, value, &mut shown);
            string(&String::from_utf8_lossy(&shown), usize::MAX, out);
        }
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

/// Appends a JSON string of at most `room` bytes, quotes included. `false` where it had to be cut.
fn string(text: &str, room: usize, out: &mut Vec<u8>) -> bool {
    let begin = out.len();
    out.push(b'"');
    for c in text.chars() {
        let before = out.len();
        match c {
            '"' | '\\' => out.extend_from_slice(&[b'\\', c as u8]),
            '\n' => out.extend_from_slice(b"\\n"),
            c if c.is_ascii_control() => write(out, format_args!("\\u{:04x}", u32::from(c))),
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        if out.len() - begin >= room {
            out.truncate(before);
            out.push(b'"');
            return false;
        }
    }
    out.push(b'"');
    true
}

/// `null` where there is nothing.
struct Display<T>(Option<T>);

impl<T: fmt::Display> fmt::Display for Display<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("null"),
        }
    }
}

/// Milliseconds with three decimals.
struct Ms(Duration);

impl fmt::Display for Ms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0.as_millis(), self.0.subsec_micros() % 1000)
    }
}

fn write(out: &mut Vec<u8>, text: fmt::Arguments<'_>) {
    // A vector takes everything.
    let _ = out.write_fmt(text);
}
