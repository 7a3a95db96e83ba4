//! What `request-log export` prints, literally, and read by programs that know nothing of it.

use opentelemetry_proto::tonic::trace::v1::TracesData;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::{Command, Stdio},
    thread,
};
use tower_request_log::format::is_hostile;

/// A bet, and the call to the wallet that it took, behind syslog's prefixes.
const LOG: &str = "\
Nov 28 12:00:00 a wallet: 0355VueSYU64rempicHKhb.1 > PUT /players/REDACTED/stake HTTP/1.1
Nov 28 12:00:00 a wallet: 0355VueSYU64rempicHKhb.1 > Host: wallet.internal:8080
Nov 28 12:00:00 a wallet: 0355VueSYU64rempicHKhb.1 >
Nov 28 12:00:00 a wallet: 0355VueSYU64rempicHKhb.1 < HTTP/1.1 503 Service Unavailable
Nov 28 12:00:00 a wallet: 0355VueSYU64rempicHKhb.1 <
Nov 28 12:00:00 a wallet: 0355VueSYU64rempicHKhb.1   began 2026-11-28T12:00:00.110Z, end 20ms, peer 10.0.0.7:4711, route /players/{player}/stake
Nov 28 12:00:00 a wallet: 0355VueSYU64rempicHKhb.1   20ms
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb.1 > PUT http://wallet.internal:8080/players/REDACTED/stake HTTP/1.1
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb.1 > Host: wallet.internal:8080
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb.1 >
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb.1 < HTTP/1.1 503 Service Unavailable
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb.1 <
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb.1   began 2026-11-28T12:00:00.105Z, end 30ms, as client, peer 10.0.0.9:8080
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb.1   29ms
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb > POST /games/7/bet?lang=en&token=REDACTED HTTP/1.1
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb > Host: games.internal
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb > User-Agent: it's me
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb > Content-Type: application/json
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb > X-Empty:
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb > Content-Length: 16
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb >
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb > {
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb >     \"wager\": \"0.01\"
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb > }
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb < HTTP/1.1 201 Created
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb < Content-Type: text/plain
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb < Content-Length: 3
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb <
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb < bet
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb   user: 42
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb   began 2026-11-28T12:00:00.100Z, end 165ms, peer [::1]:50112, route /games/{game}/bet
Nov 28 12:00:00 b games: 0355VueSYU64rempicHKhb   164ms
";

/// Runs the program on a log, and returns what it prints.
fn run(arguments: &[&str], log: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_request-log"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(log.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_a_terminal_obeys_is_escaped_in_every_form() {
    // The layer prints none of it raw; another program's log may.
    let log = "\
id > GET /a\u{7f}b HTTP/1.1
id > X-Note: \u{9b}2J\u{202e}x\u{e0041}
id >
id < HTTP/1.1 200 OK
id <
id   request body: 1\u{3}2 bytes
id   began 2026-11-28T12:00:00.000Z, end 1.00ms
id   1.00ms
";
    assert_eq!(
        run(&["export", "--to", "curl"], log),
        r"# id
# request body: 1\u{3}2 bytes
curl $'http://localhost/a\177b' \
  --header $'X-Note: \302\2332J\342\200\256x\363\240\201\201' \
  --header 'Accept:' \
  --header 'User-Agent:'
"
    );
    for (form, parts) in [
        ("json", &[r#""target":"/a\u007fb""#, r#""x-note":["\u009b2J\u202ex\udb40\udc41"]"#][..]),
        ("har", &[r#""url":"http://localhost/a\u007fb""#, r#""value":"\u009b2J\u202ex\udb40\udc41""#]),
        ("otlp", &[r#"{"key":"url.path","value":{"stringValue":"/a\u007fb"}}"#]),
        ("zipkin", &[r#""url.path":"/a\u007fb""#]),
    ] {
        let printed = run(&["export", "--to", form], log);
        assert!(parts.iter().all(|part| printed.contains(part)), "{printed}");
        assert!(!printed.contains(|c: char| c != '\n' && is_hostile(c)), "{printed}");
    }
}

#[test]
fn an_archive_for_browsers() {
    let har: Value = serde_json::from_str(&run(&["export", "--to", "har", "method:POST"], LOG)).unwrap();
    let expected = json!({
        "startedDateTime": "2026-11-28T12:00:00.1Z",
        "time": 165.0,
        "request": {
            "method": "POST",
            "url": "http://games.internal/games/7/bet?lang=en&token=REDACTED",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [
                { "name": "Host", "value": "games.internal" },
                { "name": "User-Agent", "value": "it's me" },
                { "name": "Content-Type", "value": "application/json" },
                { "name": "X-Empty", "value": "" },
                { "name": "Content-Length", "value": "16" },
            ],
            "queryString": [{ "name": "lang", "value": "en" }, { "name": "token", "value": "REDACTED" }],
            "headersSize": -1,
            "bodySize": 16,
            "postData": { "mimeType": "application/json", "text": "{\n    \"wager\": \"0.01\"\n}" },
        },
        "response": {
            "status": 201,
            "statusText": "Created",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [
                { "name": "Content-Type", "value": "text/plain" },
                { "name": "Content-Length", "value": "3" },
            ],
            "content": { "size": 3, "mimeType": "text/plain", "text": "bet" },
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": 3,
        },
        "cache": {},
        "timings": { "send": 0, "wait": 164.0, "receive": 1.0 },
        "comment": "user: 42",
        "_request_id": "0355VueSYU64rempicHKhb",
        "_kind": "server",
    });
    assert_eq!(plain(&har["log"]["entries"]), plain(&json!([expected])));
    assert_eq!(har["log"]["version"], "1.2");
    assert_eq!(
        run(&["export", "--to", "har"], ""),
        concat!(
            r#"{"log":{"version":"1.2","creator":{"name":"request-log","version":""#,
            env!("CARGO_PKG_VERSION"),
            "\"},\"entries\":[\n]}}\n"
        )
    );
}

/// Returns JSON whose numbers are all read as `f64`, however they are written.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::String(number.as_f64().unwrap().to_string()),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        other => other.clone(),
    }
}

#[test]
fn commands_for_curl() {
    assert_eq!(
        run(&["export", "--to", "curl"], LOG),
        r#"# 0355VueSYU64rempicHKhb.1
curl --request PUT http://wallet.internal:8080/players/REDACTED/stake \
  --header 'Accept:' \
  --header 'User-Agent:'
# 0355VueSYU64rempicHKhb.1
curl --request PUT http://wallet.internal:8080/players/REDACTED/stake \
  --header 'Accept:' \
  --header 'User-Agent:'
# 0355VueSYU64rempicHKhb
curl 'http://games.internal/games/7/bet?lang=en&token=REDACTED' \
  --header 'User-Agent: it'\''s me' \
  --header 'Content-Type: application/json' \
  --header 'X-Empty;' \
  --header 'Accept:' \
  --data-raw '{
    "wager": "0.01"
}'
"#
    );
}

#[test]
fn a_command_sends_the_request_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let log = LOG.replace("games.internal", &address.to_string());
    let commands = run(&["export", "--to", "curl", "method:POST"], &log);
    let server = thread::spawn(move || {
        let mut stream = BufReader::new(listener.accept().unwrap().0);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            stream.read_line(&mut head).unwrap();
        }
        let mut body = vec![0; 23];
        stream.read_exact(&mut body).unwrap();
        stream.get_mut().write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        head + &String::from_utf8(body).unwrap()
    });
    assert!(Command::new("sh").args(["-c", &commands]).status().unwrap().success());
    let request = server.join().unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<_> = head.split("\r\n").collect();
    lines[1..].sort_unstable();
    let host = format!("Host: {address}");
    assert_eq!(
        lines,
        [
            "POST /games/7/bet?lang=en&token=REDACTED HTTP/1.1",
            "Content-Length: 23",
            "Content-Type: application/json",
            &host,
            "User-Agent: it's me",
            "X-Empty:",
        ]
    );
    assert_eq!(body, "{\n    \"wager\": \"0.01\"\n}");
}

#[test]
fn spans_of_otlp_are_read_by_open_telemetry() {
    let printed = run(&["export", "--to", "otlp"], LOG);
    let data: TracesData = serde_json::from_str(printed.trim_end()).unwrap();
    let services: Vec<_> = data
        .resource_spans
        .iter()
        .map(|resource| format!("{:?}", resource.resource.as_ref().unwrap().attributes[0].value))
        .collect();
    assert!(services[0].contains("\"games\"") && services[1].contains("\"wallet\""), "{services:?}");
    let spans: Vec<_> =
        data.resource_spans.iter().flat_map(|r| &r.scope_spans).flat_map(|scope| &scope.spans).collect();
    let [call, bet, stake] = spans[..] else { panic!("{spans:?}") };
    assert_eq!([&call.name, &bet.name, &stake.name], ["PUT", "POST /games/{game}/bet", "PUT /players/{player}/stake"]);
    assert_eq!([call.kind, bet.kind, stake.kind], [3, 2, 2]);
    assert_eq!((bet.trace_id.len(), bet.span_id.len(), bet.parent_span_id.len()), (16, 8, 0));
    assert!(call.trace_id == bet.trace_id && stake.trace_id == bet.trace_id);
    assert_eq!((&call.parent_span_id, &stake.parent_span_id), (&bet.span_id, &call.span_id));
    assert_eq!(bet.start_time_unix_nano, 1_795_867_200_100_000_000);
    assert_eq!(bet.end_time_unix_nano, 1_795_867_200_265_000_000);
    assert_eq!([call, bet, stake].map(|span| span.status.as_ref().map_or(0, |status| status.code)), [2, 0, 2]);
}

#[test]
fn spans_of_zipkin_are_read_by_its_types() {
    let spans: Vec<zipkin_types::Span> = serde_json::from_str(&run(&["export", "--to", "zipkin"], LOG)).unwrap();
    let [stake, call, bet] = &spans[..] else { panic!("{spans:?}") };
    assert_eq!(bet.name(), Some("post /games/{game}/bet"));
    assert_eq!((call.parent_id(), stake.parent_id(), bet.parent_id()), (Some(bet.id()), Some(call.id()), None));
    assert_eq!((bet.trace_id(), bet.trace_id()), (call.trace_id(), stake.trace_id()));
    assert_eq!(bet.duration().unwrap().as_micros(), 165_000);
    assert_eq!(bet.local_endpoint().unwrap().service_name(), Some("games"));
    assert_eq!(bet.remote_endpoint().unwrap().ipv6().unwrap().to_string(), "::1");
    assert_eq!(stake.tags().get("error").map(String::as_str), Some("503"));
}

#[test]
fn what_has_no_date_is_told() {
    let output = Command::new("sh")
        .args([
            "-c",
            "printf 'a > GET / HTTP/1.1\na >\na < HTTP/1.1 200 OK\na <\na   1.00ms\n' | \"$0\" export --to zipkin",
        ])
        .arg(env!("CARGO_BIN_EXE_request-log"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "[\n]\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "request-log: 1 exchanges without a date are left out\n");
}
