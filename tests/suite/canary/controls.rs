//! Whatever comes, in whatever bytes: one record, tame lines, one block for the reader, nothing past the limit.

use super::{
    cases::{self, Rules},
    exchange::{Message, layer, send},
};
use http::{HeaderMap, HeaderName, HeaderValue, Version};
use proptest::prelude::*;
use std::time::Instant;
use tower_request_log::{
    Redactor, RequestLogLayer,
    format::{
        JsonLines, Lines,
        lines::{Entry, Reader},
    },
    sink::Memory,
};

/// Whether `c` must not be shown raw.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Bytes of every kind: any, those of text, those that mean something to one who reads bodies.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        &b"{\"a\":"[..],
        b"\"password\":",
        b"}",
        b"[",
        b"]",
        b"\"",
        b"\\",
        b"\\u00",
        b"\n",
        b"\r\n",
        b"data: ",
        b"--b\r\n",
        b"--b--",
        b"Content-Disposition: form-data; name=\"a\"\r\n\r\n",
        b"a=",
        b"&token=",
        b"%",
        b"%2",
        b"https://u:",
        b"@",
        b"Bearer ",
        b"eyJ",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xc2",
        b"\xe2\x80\xae",
        b"\x1b[31m",
        b"\x1f\x8b\x08",
        b"\n< HTTP/1.1 200 OK\n",
        b"id > GET / HTTP/1.1\n",
        b"-----BEGIN PRIVATE KEY-----",
        b"1e9",
        b"null",
    ]);
    let piece = prop_oneof![
        3 => pieces.prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..6),
        1 => "\\PC{0,6}".prop_map(String::into_bytes),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn value() -> impl Strategy<Value = HeaderValue> {
    bytes().prop_map(|bytes| {
        let fit: Vec<u8> = bytes.into_iter().filter(|&b| b == b'\t' || (b >= 0x20 && b != 0x7f)).collect();
        HeaderValue::from_bytes(&fit).unwrap()
    })
}

fn headers() -> impl Strategy<Value = HeaderMap> {
    let names = ["referer", "cookie", "authorization", "x-any", "link", "upgrade", "content-encoding", "grpc-status"];
    let header = (prop::sample::select(names.to_vec()), value());
    prop::collection::vec(header, 0..4).prop_map(|headers| {
        headers.into_iter().fold(HeaderMap::new(), |mut map, (name, value)| {
            map.append(HeaderName::from_static(name), value);
            map
        })
    })
}

fn content_type() -> impl Strategy<Value = Option<HeaderValue>> {
    let known = [
        "application/json",
        "application/json; charset=utf-16",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
        "multipart/form-data",
        "text/event-stream",
        "text/plain; charset=shift_jis",
        "text/html; charset=iso-2022-jp",
        "image/svg+xml",
        "application/grpc",
    ];
    prop_oneof![
        4 => prop::sample::select(known.to_vec()).prop_map(|known| Some(HeaderValue::from_static(known))),
        1 => Just(None),
        1 => value().prop_map(Some),
    ]
}

prop_compose! {
    fn message()(
        target in prop_oneof![Just("/".to_owned()), "/[!-~é]{0,30}", "https?://[ -~]{0,20}", "[!-~]{1,20}"],
        mut headers in headers(),
        content_type in content_type(),
        encoding in prop::sample::select(vec!["", "", "gzip", "deflate", "br", "zstd", "gzip, gzip"]),
        body in bytes(),
        trailers in headers(),
        error in prop_oneof![Just(None), bytes().prop_map(|text| Some(String::from_utf8_lossy(&text).into_owned()))],
        failure in prop_oneof![4 => Just(None), 1 => bytes().prop_map(|text| Some(String::from_utf8_lossy(&text).into_owned()))],
        version in prop::sample::select(vec![Version::HTTP_10, Version::HTTP_11, Version::HTTP_2]),
    ) -> Message {
        if let Some(content_type) = content_type {
            headers.insert("content-type", content_type);
        }
        if !encoding.is_empty() {
            headers.insert("content-encoding", HeaderValue::from_static(encoding));
        }
        let target = if target.parse::<http::Uri>().is_ok() { target } else { "/".to_owned() };
        Message { target, headers, body, trailers, error, failure, version, ..Message::default() }
    }
}

fn rules() -> impl Strategy<Value = &'static Redactor> {
    use Rules::{AllowOnly, Default, Detect, Last, NamedOnly, Pattern, Template};
    prop::sample::select(vec![Default, Template, Pattern, AllowOnly, Detect, NamedOnly, Last]).prop_map(Rules::redactor)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lines_are_tame_and_read_back(
        message in message(),
        redactor in rules(),
        limit in prop_oneof![Just(64 * 1024), 0usize..200],
        ends in prop::collection::vec(0usize..300, 0..4),
    ) {
        let (layer, memory) = layer(redactor);
        let mut ends = ends;
        ends.sort_unstable();
        ends.retain(|&end| end <= message.body.len());
        send(&layer.format(Lines::new()).body_limit(limit), &message, &ends);

        let text = memory.text();
        prop_assert_eq!(memory.records().len(), 1);
        prop_assert!(text.ends_with('\n'));
        for line in text.lines() {
            prop_assert!(!line.contains(is_hostile), "{:?}", line);
            let text = line.strip_prefix("id >").or(line.strip_prefix("id <")).or(line.strip_prefix("id  "));
            prop_assert!(text.is_some_and(|text| text.is_empty() || text.starts_with(' ') && text.len() > 1), "{:?}", line);
        }

        let entries: Vec<_> = Reader::new(text.as_bytes()).map(Result::unwrap).collect();
        let [Entry::Exchange(block)] = &entries[..] else { panic!("{text}\nis read as {entries:#?}") };
        let record = &memory.records()[0];
        prop_assert_eq!(&block.to_string(), &text);
        prop_assert_eq!(&block.id, "id");
        prop_assert_eq!(block.method(), Some("POST"));
        prop_assert_eq!(block.target(), Some(&*record.target()));
        prop_assert_eq!(block.status(), record.status().map(|status| status.as_u16()));
        let authority = record.authority().map(|authority| (":authority".to_owned(), authority));
        let headers = record.request_headers().map(|(name, value)| (name.as_str().to_owned(), value));
        let headers: Vec<_> = authority.into_iter().chain(headers).collect();
        let read = block.request.as_ref().unwrap().headers.iter();
        let read: Vec<_> = read.map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
        prop_assert_eq!(read, headers);
        let body = record.request_body().text().unwrap_or_default();
        prop_assert_eq!(block.request.as_ref().unwrap().text(), body);
        let notes = record.notes();
        prop_assert!(block.notes.ends_with(&notes), "{:?} {:?}", block.notes, notes);
    }

    #[test]
    fn json_lines_are_tame_and_json(message in message(), redactor in rules(), limit in 0usize..3000) {
        let (layer, memory) = layer(redactor);
        send(&layer.format(JsonLines::new()).record_limit(limit), &message, &[]);
        let text = memory.text();
        prop_assert!(!text.strip_suffix('\n').unwrap().contains(is_hostile), "{:?}", text);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&value["request_id"], "id");
        prop_assert_eq!(&value["target"], &memory.records()[0].target());
    }
}

/// What makes a naive renderer grow or slow down without bounds; each repeated to 64 KiB.
const BLOW_UPS: [(&str, &str, &str, &str); 44] = [
    ("application/json", "", "[", ""),
    ("application/json", "[1", ",1", "]"),
    ("application/json", "", "{\"a\":", ""),
    ("application/json", "", "[{\"a\":[", ""),
    ("application/json", "", "{\"password\":", ""),
    ("application/json", "", "{\"password\":[", ""),
    ("application/json", "[", "{\"password\":1},", "1]"),
    ("application/json", "", "[]", ""),
    ("application/json", "", "\n", "1"),
    ("application/json", "[\"", "eyJ", "\"]"),
    ("application/json", "[\"", "eyJ.", "\"]"),
    ("application/json", "[\"", "https://", "\"]"),
    ("application/json", "[\"", "a=", "\"]"),
    ("application/json", "[\"", "{\\\"a\\\":", "\"]"),
    ("application/json", "[\"", "\\\\", "\"]"),
    ("application/json", "[\"", "\\u0022", "\"]"),
    ("application/json", "[\"", "\u{202e}", "\"]"),
    ("application/json", "[", "\"{}\",", "1]"),
    ("application/json", "[", "\"eyJ\",", "1]"),
    ("application/json", "{", "\"pass\\u0077ord\":\"{}\",", "\"a\":1}"),
    ("application/json", "-", "0", ""),
    ("application/x-ndjson", "", "{\n", ""),
    ("application/x-ndjson", "", "{\"a\":\"\n", ""),
    ("application/json-seq", "", "\u{1e}", "{"),
    ("application/x-www-form-urlencoded", "a=", "%25", ""),
    ("application/x-www-form-urlencoded", "", "a=a=", ""),
    ("application/x-www-form-urlencoded", "a=1", "&", ""),
    ("application/x-www-form-urlencoded", "a=1", "&a[", ""),
    ("application/x-www-form-urlencoded", "a=1", "&password=%7B%22", ""),
    ("application/x-www-form-urlencoded", "a=", ";a=%3B", ""),
    ("multipart/form-data; boundary=b", "", "--b\r\n", ""),
    ("multipart/form-data; boundary=b", "--b\r\n", "a:b\r\n", ""),
    ("multipart/form-data; boundary=b", "--b\r\n\r\n", "--b", ""),
    ("text/event-stream", "", "data:\n", ""),
    ("text/event-stream", "", "\n", ""),
    ("text/event-stream", "", "data:{\n", ""),
    ("text/event-stream", "", "data: {\"a\":1}\n\n", ""),
    ("text/plain", "", "-----BEGIN ", ""),
    ("text/plain", "", "PRIVATE KEY", ""),
    ("text/plain", "", "-----BEGIN PRIVATE KEY-----", ""),
    ("text/plain", "", "Bearer ", ""),
    ("text/plain", "", "//a:", ""),
    ("text/plain", "", "\"a\": ", ""),
    ("text/plain", "", "\u{1b}", ""),
];

#[test]
fn no_body_blows_up() {
    for (content_type, begin, unit, end) in BLOW_UPS {
        let middle = unit.repeat((64 * 1024 - begin.len() - end.len()) / unit.len());
        let message = Message::default().content_type(content_type).body([begin, &middle, end].concat());
        let memory = Memory::new();
        let layer = RequestLogLayer::new().sink(memory.clone()).record_limit(256 * 1024);
        send(&layer, &message, &[]);
        let len = memory.text().len();
        assert!(len <= 256 * 1024, "{content_type} {begin}{unit}…: {len} bytes");
    }
}

/// `cargo test --release --test canary -- --ignored --nocapture` tells how long each takes, and how much longer for twice
/// the input. No assertion: others may have the processor.
#[test]
#[ignore = "measures"]
fn times() {
    let time = |content_type: &str, body: &str| {
        let took = |_| {
            let began = Instant::now();
            Redactor::new().show_body(content_type, body);
            began.elapsed().as_secs_f64() * 1000.0
        };
        (0..9).map(took).fold(f64::MAX, f64::min)
    };
    for (content_type, begin, unit, end) in BLOW_UPS {
        let body = |len: usize| [begin, &unit.repeat(len / unit.len()), end].concat();
        let [half, whole] = [32 * 1024, 64 * 1024].map(|len| time(content_type, &body(len)));
        println!("{whole:7.3} ms  {:4.1}x  {content_type}  {}", whole / half, format!("{begin}{unit}").escape_debug());
    }
}

#[test]
fn no_record_limit_shows_a_secret() {
    for case in cases::all().iter().step_by(3) {
        let (layer, memory) = layer(case.rules.redactor());
        for limit in [0, 100, 300, 450, 520, 600, 700, 1000] {
            send(&layer.clone().record_limit(limit), &case.message, &[]);
            let text = memory.text();
            memory.clear();
            assert_eq!(case.finder().find(&text), None, "{} in {limit} bytes", case.name);
        }
    }
}
