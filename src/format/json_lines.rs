//! One JSON object an exchange.

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
};
use std::{
    fmt,
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
/// "method":"POST","target":"/games/REDACTED/bet?access_token=REDACTED","version":"HTTP/1.1",
/// "route":null,"peer":null,"status":201,"grpc_status":null,
/// "ttfb_ms":164.203,"request_body_ms":0.310,"first_byte_ms":164.250,"end_ms":164.300,
/// "request":{"headers":{"host":["games.internal.betable.com"],"accept":["text/html","*/*"],
/// "content-type":["application/json; charset=utf8"]},
/// "bytes":37,"body_is":"json","body":{"wager":"0.01","paylines":[1,1,1]}},
/// "response":{"headers":{"content-type":["text/plain"]},"bytes":14,"body_is":"text","body":"\"won\"\n0.00 GBP"},
/// "notes":["response trailer x-took: 3"]}
/// ```
///
/// | field | what it is |
/// | --- | --- |
/// | `request_id` | the id, a string |
/// | `began_ms` | when the exchange began, in milliseconds of Unix time: `.began_ms / 1000 \| todate` |
/// | `outcome` | how it ended, in the words of [`Outcome`](crate::record::Outcome) |
/// | `method`, `target`, `version` | the request line; under HTTP/2 the target is `:path`, and `:authority` is nowhere |
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
/// | `notes` | the notes that `Lines` prints, without the times |
///
/// Every field is always there. All times count from the moment the request reached the layer, on a monotonic clock, in
/// milliseconds with three decimals. Texts are what `Lines` shows: redacted, hostile characters as visible escapes.
///
/// Past the record limit the bodies give way first, cut as text, then the headers; a note says so.
///
/// A line about the log itself, which a sink adds when it had to drop records, is an object with the id `-` and nothing
/// but a note:
///
/// ```json
/// {"request_id":"-","notes":["1234 records dropped (8.1 MB): standard output stalled for 12s"]}
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonLines;

impl JsonLines {
    /// The format has nothing to set.
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
        let begin = out.len();
        let mut bodies = Bodies::new(record, [limit; 2], limit);
        print(record, &bodies, true, limit, out);
        if out.len() - begin <= limit {
            return;
        }
        // Rare, so it is printed again: once without bodies to see what they may have, then with what is left.
        let lengths = bodies.contents.each_ref().map(|content| content.value.len().saturating_sub(NULL.len()));
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
    // What is not indented is a few times as long as what was captured at most.
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
    let none = Fields::default();
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
        r#"{"request_id":"ccbYQHB1xzwqWkjvyKV5i9","began_ms":1360736786123.456,"outcome":"complete","#,
        r#""method":"POST","target":"/games/REDACTED/bet?access_token=REDACTED","version":"HTTP/1.1","#,
        r#""route":null,"peer":null,"status":201,"grpc_status":null,"#,
        r#""ttfb_ms":164.203,"request_body_ms":0.310,"first_byte_ms":164.250,"end_ms":164.300,"#,
        r#""request":{"headers":{"host":["games.internal.betable.com"],"accept":["text/html","*/*"],"#,
        r#""content-type":["application/json; charset=utf8"]},"#,
        r#""bytes":37,"body_is":"json","body":{"wager":"0.01","paylines":[1,1,1]}},"#,
        r#""response":{"headers":{"content-type":["text/plain"]},"bytes":14,"body_is":"text","body":"\"won\"\n0.00 GBP"},"#,
        r#""notes":["response trailer x-took: 3"]}"#,
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
        response.trailers = Some(fields(&[("x-took", "3")]));
        Exchange {
            kind: Default::default(),
            id: "ccbYQHB1xzwqWkjvyKV5i9".to_owned(),
            id_replaced: None,
            method: Method::POST,
            target: b"/games/REDACTED/bet?access_token=REDACTED".to_vec(),
            version: Version::HTTP_11,
            origin: Default::default(),
            fields: Vec::new(),
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

    /// What `jq` makes of a line; `None` where it is not installed.
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
            r#""notes":["no response: the client went away or the call was cancelled, after 164ms"]}"#,
            "\n"
        );
        assert_eq!(line.split_once(r#""version":"HTTP/1.1","#).unwrap().1, expected);
    }

    /// How a request body is given.
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
        for limit in (heads + 140..2 * json.len() + 2 * heads).step_by(391) {
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
                // What needs little room keeps it.
                assert!(response != "short" || value["response"]["body"] == "short", "{line}");
            }
        }
        let tiny = parsed(&rendered(full(json.as_bytes(), b"x"), 10));
        assert_eq!(tiny["request"]["headers"], serde_json::json!({}));
        assert_eq!(tiny["status"], 201);
        let notes = ["request body: cut", "response body: cut", "headers left out: record limit of 10 bytes"];
        for note in notes {
            assert!(tiny["notes"].to_string().contains(note), "{tiny}");
        }
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
