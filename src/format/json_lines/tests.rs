use super::*;
use crate::{
    Redactor,
    capture::{Budget, Capture},
    captured::{self, Captured, Clock, End},
    fields::Fields,
};
use http::{HeaderName, HeaderValue, Method, StatusCode, Version};
use std::{
    io::Write,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
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

fn body(bytes: &[u8], start: Instant, micros: [u64; 2]) -> Box<captured::Body> {
    let mut capture = Capture::new(1 << 16, Arc::new(Budget::new(1 << 20)));
    capture.push(bytes);
    let [first, end] = micros.map(|micros| Some(start + Duration::from_micros(micros)));
    Box::new(captured::Body {
        capture,
        shown: 1 << 16,
        seen: bytes.len() as u64,
        end: End::Complete,
        first_byte: first,
        ended: end,
        ..Default::default()
    })
}

fn exchange() -> Captured {
    let start = Instant::now();
    let mut response = body(b"\"won\"\n0.00 GBP", start, [164_250, 164_300]);
    response.trailers = Some(Box::new(fields(&[("x-took", "3")])));
    Captured {
        kind: Default::default(),
        id: "ccbYQHB1xzwqWkjvyKV5i9".to_owned(),
        id_replaced: None,
        method: Method::POST,
        target: b"/games/REDACTED/bet?access_token=REDACTED".to_vec(),
        target_shows: Default::default(),
        shown_target: Vec::new(),
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

fn rendered(exchange: Captured, limit: usize) -> String {
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
    let docs: String = include_str!("../json_lines.rs").lines().filter_map(|line| line.strip_prefix("/// ")).collect();
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
