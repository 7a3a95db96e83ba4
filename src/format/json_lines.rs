//! Renders one JSON object for each exchange.

use super::{
    Format,
    lines::{share, write},
};
use crate::{
    fields::Fields,
    header_case::version,
    line_writer::LineWriter,
    record::{Body, Record, Shown},
    redact::{Kind, Style},
    timestamp::Timestamp,
};
use std::{
    fmt,
    time::{Duration, UNIX_EPOCH},
};

/// The depth past which JSON is given as text: `jq` reads 256 levels, `serde_json` 128.
const MAX_DEPTH: usize = 64;

/// Prints one JSON object for each exchange, on one line.
///
/// This is the exchange that [`Lines`](super::Lines) shows [in its docs](crate::format::lines). It is broken into lines
/// here:
///
/// ```json
/// {"request_id":"ccbYQHB1xzwqWkjvyKV5i9","timestamp":"2013-02-13T06:26:26.123Z","began_ms":1360736786123.456,
/// "kind":"server","trace_id":null,"outcome":"complete",
/// "method":"POST","target":"/games/REDACTED/bet?access_token=REDACTED","version":"HTTP/1.1",
/// "route":null,"peer":null,"status":201,"grpc_status":null,
/// "ttfb_ms":164.203,"request_body_ms":0.310,"first_byte_ms":164.250,"end_ms":164.300,
/// "request":{"headers":{"host":["games.internal.betable.com"],"accept":["text/html","*/*"],
/// "content-type":["application/json; charset=utf8"]},
/// "bytes":37,"body_is":"json","body":{"wager":"0.01","paylines":[1,1,1]}},
/// "response":{"headers":{"content-type":["text/plain"]},"bytes":14,"body_is":"text","body":"\"won\"\n0.00 GBP"},
/// "fields":{"user":"42"},"notes":["user: 42","response trailer x-took: 3"]}
/// ```
///
/// | field | what it is |
/// | --- | --- |
/// | `request_id` | the id, a string |
/// | `timestamp` | when the exchange began, in UTC with milliseconds (RFC 3339), a string |
/// | `began_ms` | when the exchange began, in milliseconds of Unix time: `.began_ms / 1000 \| todate` |
/// | `kind` | `"server"` or `"client"`, the side that was logged |
/// | `trace_id` | the [trace id](Record::trace_id) that came with the request, 32 hex digits, else `null` |
/// | `outcome` | how it ended, in the words of [`Outcome`](crate::record::Outcome) |
/// | `method`, `target`, `version` | the request line; under HTTP/2 and 3 the target is `:path` |
/// | `route` | the route that took the request, if the framework gave it, else `null` |
/// | `peer` | the peer's address, if the framework gave it, else `null` |
/// | `status` | the status code, a number; `null` if there was no response |
/// | `grpc_status` | the status of a gRPC call, a number, else `null` |
/// | `ttfb_ms` | milliseconds to the response head; `null` if there was none |
/// | `request_body_ms` | milliseconds to the end of the request's body; `null` if it had none |
/// | `first_byte_ms` | milliseconds to the first byte of the response's body; `null` if it had none |
/// | `end_ms` | milliseconds to the end of the exchange |
/// | `request`, `response` | see below; `response` is `null` if there was none |
/// | `….headers` | an object, names in lower case, each value an array of strings: `.request.headers.host[0]`; under HTTP/2 and 3 `:authority` is the first |
/// | `….bytes` | how many bytes of the body went by, shown or not |
/// | `….body_is` | `"json"` if `body` is the body's JSON; `"text"` if it is a string, the lines that `Lines` would print; `"none"` if it is `null` |
/// | `….body` | the body: as JSON if it is one JSON document, whole and at most 64 levels deep, as text otherwise, `null` if it is empty or not shown |
/// | `fields` | the fields that the program added, an object with a string for each name |
/// | `notes` | the notes that `Lines` prints, the fields among them, without the facts and the time |
///
/// Every field is always there. All times count from the moment the request reached the layer, on a monotonic clock, in
/// milliseconds with three decimals. Texts are shown as `Lines` shows them: redacted, with hostile characters as
/// visible escapes.
///
/// If an object would be larger than the record limit, its bodies are cut first, as text, then its headers, then the
/// end of its target, then fields and notes. A note says so. A limit of less than 2,048 bytes counts as 2,048.
///
/// A line about the log itself, which a sink adds when it had to drop records, is an object with the id `-` and only a
/// note:
///
/// ```json
/// {"request_id":"-","notes":["1234 records dropped (8.1 MB): standard output stalled for 12s"]}
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonLines;

impl JsonLines {
    /// Creates the format. It has no settings.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl Format for JsonLines {
    fn notice(&self, text: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"request_id\":\"-\",\"notes\":[");
        string(text, usize::MAX, out);
        out.extend_from_slice(b"]}\n");
    }

    fn render(&self, record: &Record, limit: usize, out: &mut Vec<u8>) {
        let limit = limit.max(LEAST);
        let begin = out.len();
        let mut bodies = Bodies::new(record, [limit; 2], limit);
        let mut room = Room { limit, heads: true, target: usize::MAX, notes: usize::MAX };
        let mut print_with = |bodies: &Bodies, room: &Room| {
            out.truncate(begin);
            let target = print(record, bodies, room, out);
            (out.len() - begin, target)
        };
        if print_with(&bodies, &room).0 <= limit {
            return;
        }
        // Rare, so it is printed again: once without bodies to see what they may have, then with what is left.
        let lengths = bodies.contents.each_ref().map(|content| content.value.len().saturating_sub(NULL.len()));
        bodies.leave_out();
        let (heads, _) = print_with(&bodies, &room);
        if let Some(left) = limit.checked_sub(heads) {
            let rooms = share(left, lengths).map(|room| room.saturating_add(NULL.len()));
            print_with(&Bodies::new(record, rooms, limit), &room);
            return;
        }
        room.heads = false;
        let (length, target) = print_with(&bodies, &room);
        if length > limit {
            // The note about it takes some of it.
            room.target = target.saturating_sub(length - limit + NOTE_LENGTH).max(LEAST_TARGET);
            let (length, _) = print_with(&bodies, &room);
            if length > limit {
                room.notes = 0;
                let (least, _) = print_with(&bodies, &room);
                room.notes = limit.saturating_sub(least);
                print_with(&bodies, &room);
            }
        }
    }
}

/// The smallest record limit that is kept: what every object has, under the longest id.
const LEAST: usize = 2048;
/// The shortest that a target is cut to.
const LEAST_TARGET: usize = 64;
/// The room for a note about what is missing: more than it needs.
const NOTE_LENGTH: usize = 80;

/// Limits of one object.
struct Room {
    /// The record limit, for the notes that name it.
    limit: usize,
    /// Is set if headers are printed.
    heads: bool,
    /// The bytes of the target.
    target: usize,
    /// The bytes of fields and notes together, except for the notes that say what is missing.
    notes: usize,
}

/// Stands for a body that is not shown.
const NULL: &[u8] = b"null";

/// Holds the request's body and the response's.
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

/// Holds a body as it is printed.
struct Content {
    is: Is,
    /// A JSON value.
    value: Vec<u8>,
    /// Is set if the record limit cut it.
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
    // Text that is not indented is at most a few times as long as what was captured.
    let mut shown = body.render(Style::Compact, &mut LineWriter::new(&mut lines, b"", usize::MAX));
    let mut cut = false;
    let json = lines.trim_ascii_end();
    if shown.kind == Kind::Json && shown.documents == 1 && shown.whole && json.len() <= room && is_tame(json) {
        let value = json.to_vec();
        return (Content { is: Is::Json, value, cut }, shown);
    }
    if shown.kind == Kind::Json {
        lines.clear();
        let mut writer = LineWriter::new(&mut lines, b"", limit);
        shown = body.render(Style::Pretty, &mut writer);
        cut = writer.is_full();
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

/// Returns whether every program can read this well-formed JSON: not nested too deep, and no half of a surrogate pair
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

/// Prints the object. Returns how many bytes the target has.
fn print(record: &Record, bodies: &Bodies, room: &Room, out: &mut Vec<u8>) -> usize {
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

/// Appends a JSON string of at most `room` bytes, quotes included. Returns `false` if it had to be cut.
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

/// Shows `null` if there is nothing.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Redactor,
        capture::{Budget, Capture},
        exchange::{self, Clock, End, Exchange},
    };
    use http::{HeaderName, HeaderValue, Method, StatusCode, Version};
    use std::{
        io::Write,
        process::{Command, Stdio},
        sync::Arc,
        time::{Instant, SystemTime},
    };

    const SAMPLE: &str = concat!(
        r#"{"request_id":"ccbYQHB1xzwqWkjvyKV5i9","timestamp":"2013-02-13T06:26:26.123Z","began_ms":1360736786123.456,"#,
        r#""kind":"server","trace_id":null,"outcome":"complete","#,
        r#""method":"POST","target":"/games/REDACTED/bet?access_token=REDACTED","version":"HTTP/1.1","#,
        r#""route":null,"peer":null,"status":201,"grpc_status":null,"#,
        r#""ttfb_ms":164.203,"request_body_ms":0.310,"first_byte_ms":164.250,"end_ms":164.300,"#,
        r#""request":{"headers":{"host":["games.internal.betable.com"],"accept":["text/html","*/*"],"#,
        r#""content-type":["application/json; charset=utf8"]},"#,
        r#""bytes":37,"body_is":"json","body":{"wager":"0.01","paylines":[1,1,1]}},"#,
        r#""response":{"headers":{"content-type":["text/plain"]},"bytes":14,"body_is":"text","body":"\"won\"\n0.00 GBP"},"#,
        r#""fields":{"user":"42"},"notes":["user: 42","response trailer x-took: 3"]}"#,
        "\n"
    );

    fn fields(fields: &[(&'static str, &'static str)]) -> Fields {
        let field = |&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
        fields.iter().map(field).collect()
    }

    fn body(bytes: &[u8], start: Instant, micros: [u64; 2]) -> Box<exchange::Body> {
        let mut capture = Capture::new(1 << 16, Arc::new(Budget::new(1 << 20)));
        capture.push(bytes);
        let [first, end] = micros.map(|micros| Some(start + Duration::from_micros(micros)));
        Box::new(exchange::Body {
            capture,
            shown: 1 << 16,
            seen: bytes.len() as u64,
            end: End::Complete,
            first_byte: first,
            ended: end,
            ..Default::default()
        })
    }

    fn exchange() -> Exchange {
        let start = Instant::now();
        let mut response = body(b"\"won\"\n0.00 GBP", start, [164_250, 164_300]);
        response.trailers = Some(Box::new(fields(&[("x-took", "3")])));
        Exchange {
            kind: Default::default(),
            id: "ccbYQHB1xzwqWkjvyKV5i9".to_owned(),
            id_replaced: None,
            method: Method::POST,
            target: b"/games/REDACTED/bet?access_token=REDACTED".to_vec(),
            version: Version::HTTP_11,
            origin: Default::default(),
            fields: vec![("user".to_owned(), "42".to_owned())],
            fields_lost: 0,
            request_headers: Arc::new(fields(&[
                ("host", "games.internal.betable.com"),
                ("accept", "text/html"),
                ("accept", "*/*"),
                ("content-type", "application/json; charset=utf8"),
            ])),
            request_body: Some(body(b"{\"wager\": \"0.01\", \"paylines\":[1,1,1]}", start, [300, 310])),
            status: Some(StatusCode::CREATED),
            response_headers: fields(&[("content-type", "text/plain")]),
            response_body: Some(response),
            failure: None,
            open: false,
            clock: Clock {
                began: SystemTime::UNIX_EPOCH + Duration::from_micros(1_360_736_786_123_456),
                start,
                head: Some(start + Duration::from_micros(164_203)),
                end: Some(start + Duration::from_micros(164_300)),
            },
            spare: [None, None],
        }
    }

    fn rendered(exchange: Exchange, limit: usize) -> String {
        let record = Record::new(exchange, Arc::new(Redactor::default()), limit);
        let mut out = b"before ".to_vec();
        JsonLines::new().render(&record, limit, &mut out);
        String::from_utf8(out).unwrap().strip_prefix("before ").unwrap().to_owned()
    }

    fn parsed(line: &str) -> serde_json::Value {
        assert!(line.ends_with('\n') && line.lines().count() == 1, "{line}");
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// Returns what `jq` makes of a line; `None` if it is not installed.
    fn jq(filter: &str, line: &str) -> Option<String> {
        let mut jq = Command::new("jq");
        let mut jq = jq.args(["-rc", filter]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        jq.stdin.take()?.write_all(line.as_bytes()).ok()?;
        let output = jq.wait_with_output().ok()?;
        assert!(output.status.success());
        String::from_utf8(output.stdout).ok()
    }

    #[test]
    fn a_notice_is_an_object_too() {
        let mut line = Vec::new();
        JsonLines.notice("1 record dropped (9 B): write to \"x\" failed", &mut line);
        assert_eq!(
            String::from_utf8(line).unwrap(),
            "{\"request_id\":\"-\",\"notes\":[\"1 record dropped (9 B): write to \\\"x\\\" failed\"]}\n"
        );
    }

    #[test]
    fn the_sample() {
        assert_eq!(rendered(exchange(), 1 << 20), SAMPLE);
    }

    #[test]
    fn the_sample_stands_in_the_docs() {
        let docs: String = include_str!("json_lines.rs").lines().filter_map(|line| line.strip_prefix("/// ")).collect();
        assert!(docs.contains(SAMPLE.trim_end()));
    }

    #[test]
    fn jq_reads_it() {
        let filter = r#"(.began_ms / 1000 | todate), .status, .ttfb_ms, .request.body.wager,
            .request.headers.accept[1], .response.body, (.request.body.paylines | add)"#;
        if let Some(output) = jq(filter, SAMPLE) {
            assert_eq!(output, "2013-02-13T06:26:26Z\n201\n164.203\n0.01\n*/*\n\"won\"\n0.00 GBP\n3\n");
        }
    }

    #[test]
    fn what_there_was_not_is_null() {
        let mut exchange = exchange();
        exchange.fields.clear();
        exchange.status = None;
        exchange.response_headers.clear();
        exchange.response_body = None;
        exchange.request_body = None;
        exchange.clock.head = None;
        exchange.request_headers = Arc::default();
        let line = rendered(exchange, 1 << 20);
        let expected = concat!(
            r#""route":null,"peer":null,"status":null,"grpc_status":null,"#,
            r#""ttfb_ms":null,"request_body_ms":null,"first_byte_ms":null,"end_ms":164.300,"#,
            r#""request":{"headers":{},"bytes":0,"body_is":"none","body":null},"response":null,"#,
            r#""fields":{},"notes":["no response: the client went away or the call was cancelled, after 164ms"]}"#,
            "\n"
        );
        assert_eq!(line.split_once(r#""version":"HTTP/1.1","#).unwrap().1, expected);
    }

    /// Returns how a request body is given.
    fn given(bytes: &[u8]) -> (String, serde_json::Value) {
        let mut exchange = exchange();
        exchange.request_body = Some(body(bytes, Instant::now(), [0, 0]));
        let request = &parsed(&rendered(exchange, 1 << 20))["request"];
        (request["body_is"].as_str().unwrap().to_owned(), request["body"].clone())
    }

    #[test]
    fn json_is_given_as_json_where_it_is_whole_and_tame() {
        assert_eq!(given(b"null"), ("json".into(), serde_json::Value::Null));
        assert_eq!(given(br#""text \ud83d\ude00""#), ("json".into(), "text \u{1f600}".into()));
        assert_eq!(given(b"[1.0, 12345678901234567890.10]").1.to_string(), "[1.0,12345678901234567890.10]");
        assert_eq!(given(b"{\"a\": 1"), ("text".into(), "{\n    \"a\": 1".into()));
        assert_eq!(given(b"{\"a\": 1}\n{\"a\": 2}\n").0, "text");
        // Half a surrogate pair is JSON that most programs refuse.
        assert_eq!(given(br#"["\ud83d"]"#), ("text".into(), "[\n    \"\\ud83d\"\n]".into()));
        assert_eq!(given(br#"["\\ud83d", "\ud83d\n", 1]"#).0, "text");
        assert_eq!(given(br#"["\\ud83d\"[[", 1]"#).0, "json");
        let deep = |levels| [vec![b'['; levels], vec![b']'; levels]].concat();
        assert_eq!(given(&deep(64)).0, "json");
        assert_eq!(given(&deep(65)).0, "text");
    }

    #[test]
    fn hostile_text_is_escaped_twice_over() {
        let mut exchange = exchange();
        exchange.request_headers = Arc::new(fields(&[("x", "\t\"\\")]));
        exchange.response_body = Some(body("\x1b[31m\r\u{202e}\"\\".as_bytes(), Instant::now(), [0, 0]));
        let line = rendered(exchange, 1 << 20);
        assert!(line.contains(r#""headers":{"x":["\\t\"\\"]}"#), "{line}");
        assert!(line.contains(r#""body":"\\x1b[31m\\r\\u{202e}\"\\""#), "{line}");
        parsed(&line);
    }

    #[test]
    fn the_limit_holds_and_the_bodies_give_way_first() {
        let full = |request: &[u8], response: &[u8]| {
            let mut exchange = exchange();
            exchange.request_body = Some(body(request, Instant::now(), [0, 0]));
            exchange.response_body = Some(body(response, Instant::now(), [0, 0]));
            exchange
        };
        let json = format!("[{}]", ["\"é\\\\\""; 800].join(","));
        let heads = rendered(full(b"", b""), 1 << 20).len();
        for limit in ((heads + 140).max(2_048)..2 * json.len() + 2 * heads).step_by(391) {
            for (request, response) in [(json.as_str(), ""), ("", json.as_str()), (&json, &json), (&json, "short")] {
                let line = rendered(full(request.as_bytes(), response.as_bytes()), limit);
                assert!(line.len() <= limit, "{} over {limit}", line.len());
                let value = parsed(&line);
                assert_eq!(value["request"]["headers"]["host"][0], "games.internal.betable.com");
                let cut = |name: &str| line.contains(&format!("{name} body: cut at the record limit of {limit} bytes"));
                for (name, sent) in [("request", request), ("response", response)] {
                    let is = value[name]["body_is"].as_str().unwrap();
                    assert!(!sent.is_empty() || is == "none");
                    assert!(is != "json" || !cut(name));
                    assert!(sent.len() < 100 || is == "json" || cut(name) || name == "response", "{line}");
                }
                // A text that needs little room keeps it.
                assert!(response != "short" || value["response"]["body"] == "short", "{line}");
            }
        }
        let mut tiny = full(json.as_bytes(), b"x");
        tiny.target = format!("/{}", "x".repeat(3_000)).into_bytes();
        let tiny = rendered(tiny, 10);
        assert!((1_900..=2_048).contains(&tiny.len()), "{}", tiny.len());
        let tiny = parsed(&tiny);
        assert_eq!(tiny["request"]["headers"], serde_json::json!({}));
        assert_eq!(tiny["status"], 201);
        let limit = "the record limit of 2048 bytes";
        let headers = "headers left out: record limit of 2048 bytes";
        let notes = ["request body", "response body", "target"].map(|name| format!("{name}: cut at {limit}"));
        let notes = notes.iter().map(String::as_str).chain([headers]);
        for note in notes {
            assert!(tiny["notes"].to_string().contains(note), "{tiny}");
        }
    }

    #[test]
    fn notes_and_fields_give_way_last() {
        let long: &'static str = "t".repeat(300).leak();
        for limit in [0, 2_048, 3_000, 20_000, 40_000] {
            let mut exchange = exchange();
            exchange.target = format!("/{}", "\\a".repeat(20_000)).into_bytes();
            exchange.fields = (0..50).map(|nth| (format!("f{nth}"), "\"".repeat(80))).collect();
            exchange.response_body.as_mut().unwrap().trailers = Some(Box::new(fields(&[("x-a", long); 100])));
            let line = rendered(exchange, limit);
            let limit = limit.max(2_048);
            assert!((limit - 600..=limit).contains(&line.len()), "{} of {limit}", line.len());
            let value = parsed(&line);
            assert_eq!(value["status"], 201);
            let noted = value["notes"].to_string();
            assert!(noted.contains(&format!("target: cut at the record limit of {limit} bytes")), "{noted}");
            assert!(noted.contains(&format!("\"notes: cut at the record limit of {limit} bytes")), "{noted}");
        }
    }

    #[test]
    fn the_side_and_the_trace_are_told() {
        let mut exchange = exchange();
        exchange.kind = crate::kind::Kind::Client;
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        exchange.request_headers = Arc::new(fields(&[("traceparent", parent)]));
        let line = rendered(exchange, 1 << 20);
        assert!(line.contains(r#""kind":"client","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","outcome":"#), "{line}");
    }

    #[test]
    fn any_body_leaves_one_json_object() {
        let mut rng = fastrand::Rng::with_seed(3);
        let pieces: [&[u8]; 16] = [
            b"{",
            b"}",
            b"[",
            b"]",
            b"\"",
            b"\\",
            b"u",
            b"\\ud800",
            b"\\udc00",
            b",",
            b":",
            b"1",
            b"\xff",
            b"\x1b",
            b"\n",
            "é".as_bytes(),
        ];
        for _ in 0..3_000 {
            let bytes: Vec<u8> = (0..rng.usize(..24)).flat_map(|_| pieces[rng.usize(..16)]).copied().collect();
            given(&bytes);
        }
    }
}
