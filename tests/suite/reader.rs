//! The two halves of the format: what `Lines` prints of a record, the reader gives back.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use proptest::{collection::vec, option, prelude::*, sample::select};
use regex::Regex;
use std::{
    convert::Infallible,
    time::{Duration, UNIX_EPOCH},
};
use tower::{Layer, ServiceExt, service_fn};
use tower_request_log::{
    Record, RequestLogLayer,
    format::{
        Format, Lines,
        lines::{Color, Entry, Message, Reader},
    },
    sink::Memory,
};

#[derive(Clone, Debug)]
struct Exchange {
    id: String,
    method: &'static str,
    target: String,
    request: (HeaderMap, Bytes),
    /// `None` where the service fails.
    response: Option<(u16, HeaderMap, Bytes)>,
    read: bool,
}

/// What the log of these exchanges holds, as records and as lines.
fn logged(exchanges: &[Exchange], limit: usize, lines: Lines) -> (Vec<Record>, String) {
    let memory = Memory::new();
    let layer = RequestLogLayer::new().sink(memory.clone()).body_limit(3000).record_limit(limit).format(lines);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for exchange in exchanges {
        let Exchange { response, read, .. } = exchange.clone();
        let service = layer.layer(service_fn(move |request: Request<_>| {
            let response = response.clone();
            async move {
                if read {
                    let _ = BodyExt::collect(request.into_body()).await;
                }
                let (status, headers, body) = response.ok_or("the service\nfailed")?;
                let mut response = Response::builder().status(status).body(Full::new(body)).unwrap();
                *response.headers_mut() = headers;
                Ok::<_, &'static str>(response)
            }
        }));
        let (headers, body) = exchange.request.clone();
        let mut request = Request::builder().method(Method::from_bytes(exchange.method.as_bytes()).unwrap());
        request = request.uri(exchange.target.as_str());
        let mut request = request.body(Full::<Bytes>::new(body)).unwrap();
        *request.headers_mut() = headers;
        request.headers_mut().insert("x-request-id", exchange.id.parse().unwrap());
        runtime.block_on(async {
            if let Ok(response) = service.oneshot(request).await {
                let _ = response.into_body().collect().await;
            }
        });
    }
    (memory.records(), memory.text())
}

fn same_message(message: &Message, headers: Vec<(&HeaderName, String)>, body: Option<String>) {
    let names: Vec<_> = message.headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect();
    let expected: Vec<_> = headers.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
    assert_eq!(names, expected);
    assert_eq!(message.text(), body.unwrap_or_default());
}

fn check(exchanges: &[Exchange]) {
    let (records, log) = logged(exchanges, 1 << 20, Lines::new());
    let prefixed: String = log.lines().map(|line| format!("Feb 13 06:26:26 prod02 games: {line}\n")).collect();
    let mut printed_again = String::new();
    let mut entries = Reader::new(prefixed.as_bytes());
    for record in &records {
        let Some(Ok(Entry::Exchange(block))) = entries.next() else { panic!("not read back: {log}") };
        assert_eq!(block.id, record.id());
        assert_eq!(block.prefix, "Feb 13 06:26:26 prod02 games: ");
        assert_eq!(block.method(), Some(record.method().as_str()));
        assert_eq!(block.target(), Some(&*record.target()));
        assert_eq!(block.status(), record.status().map(|status| status.as_u16()));
        same_message(block.request.as_ref().unwrap(), record.request_headers().collect(), record.request_body().text());
        if let Some(response) = &block.response {
            same_message(response, record.response_headers().collect(), record.response_body().text());
        }
        assert!(block.is_whole());
        assert_eq!(block.time_to_first_byte().is_some(), record.status().is_some());
        assert_eq!(block.notes, record.notes());
        let began = record.began().duration_since(UNIX_EPOCH).unwrap().as_millis();
        assert_eq!(block.began().unwrap().duration_since(UNIX_EPOCH).unwrap().as_millis(), began);
        let end = record.timings().end();
        let shown = if end < Duration::from_millis(10) { end.as_micros() / 10 * 10 } else { end.as_millis() * 1000 };
        assert_eq!(block.end().unwrap().as_micros(), shown);
        assert_eq!(block.kind(), Some(record.kind()));
        assert_eq!(block.outcome(), Some(record.outcome()), "{block}");
        assert_eq!((block.peer(), block.route()), (None, None));
        printed_again.push_str(&block.to_string());
    }
    assert!(entries.next().is_none());
    assert_eq!(records.len(), exchanges.len());
    assert_eq!(printed_again, log);
}

fn value() -> impl Strategy<Value = HeaderValue> {
    let any = vec(select((b' '..=b'~').chain(b'\x80'..=b'\xff').chain([b'\t']).collect::<Vec<_>>()), 0..20);
    // Some are longer than a line may be.
    let any = (any, prop_oneof![9 => Just(1), 1 => 1..60usize]);
    any.prop_map(|(bytes, times)| HeaderValue::from_bytes(&bytes.repeat(times)).unwrap())
}

fn headers() -> impl Strategy<Value = HeaderMap> {
    let names = ["host", "x-a", "cookie", "etag", "authorization", "location", "content-encoding", "content-type"];
    let types = ["application/json", "text/plain", "text/event-stream", "multipart/form-data; boundary=b", "image/png"];
    let content_type = option::of(select(types.to_vec()).prop_map(HeaderValue::from_static));
    (vec((select(names.to_vec()), value()), 0..5), content_type).prop_map(|(fields, content_type)| {
        let fields = fields.into_iter().map(|(name, value)| (HeaderName::from_static(name), value));
        let mut headers: HeaderMap = HeaderMap::new();
        fields.for_each(|(name, value)| _ = headers.append(name, value));
        if let Some(value) = content_type {
            headers.insert("content-type", value);
        }
        headers
    })
}

fn body() -> impl Strategy<Value = Bytes> {
    let lines = [
        "id > GET /forged HTTP/1.1",
        "id < HTTP/1.1 200 OK",
        "id   1ms",
        "-   forged",
        "",
        " ",
        "{\"a\": [1, \"b\"]}",
        "[",
        "\"",
        "data: {}",
        "--b",
        "a=b&c=d",
        "\u{1b}[31m",
        "\u{202e}",
        "a\u{2028}id > forged\u{2029}",
        "\r",
        "Name: value",
        "é",
    ];
    let line = (select(lines.to_vec()), prop_oneof![9 => Just(1), 1 => 1..90usize])
        .prop_map(|(line, times)| line.repeat(times));
    let text = vec(line, 0..8).prop_map(|lines| Bytes::from(lines.join("\n")));
    prop_oneof![3 => text, 1 => vec(any::<u8>(), 0..400).prop_map(Bytes::from)]
}

fn exchange() -> impl Strategy<Value = Exchange> {
    let ids = ["id", "ccbYQHB1xzwqWkjvyKV5i9", "a:b/c@d+e=", "not well-formed", "-"];
    let methods = ["GET", "POST", "HEAD", "OPTIONS", "M-SEARCH", "brew"];
    let target = "/[a-z0-9/%]{0,12}(\\?[ -!$-;=?-~&&[^ \"<>`{}|^\\\\]]{0,20})?";
    let target = prop_oneof![4 => target, 1 => "/[a-z]{200,3000}"];
    let response = option::weighted(0.9, (200..600u16, headers(), body()));
    (select(ids.to_vec()), select(methods.to_vec()), target, (headers(), body()), response, any::<bool>()).prop_map(
        |(id, method, target, request, response, read)| Exchange {
            id: id.to_owned(),
            method,
            target,
            request,
            response,
            read,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_lines_prints_is_read_back(exchanges in vec(exchange(), 1..4)) {
        check(&exchanges);
    }

    /// However it is printed.
    #[test]
    fn what_is_printed_with_any_settings_is_read_back(
        exchanges in vec(exchange(), 1..4),
        (timings, facts, painted, brief) in any::<(bool, bool, bool, bool)>(),
        line_limit in 256..1_000usize,
        body_lines in option::of(0..5usize),
        beyond in 0..100usize,
    ) {
        let mut lines = Lines::new().timings(timings).facts(facts);
        if let Some(body_lines) = body_lines {
            lines = lines.body_lines(body_lines);
        }
        if brief {
            lines = lines.brief(|record| record.method() == "POST");
        }
        let color = if painted { Color::Always } else { Color::Never };
        let (records, log) = logged(&exchanges, 1 << 20, lines.clone().line_limit(line_limit).color(color));
        prop_assert_eq!(log.contains('\u{1b}'), painted);
        // No transport that cuts lines at the limit, or past it, makes one without an id.
        let plain = Regex::new("\u{1b}\\[[0-9;]*m").unwrap().replace_all(&log, "").into_owned();
        let cut: Vec<_> = plain.split_inclusive('\n').flat_map(|line| line.as_bytes().chunks(line_limit + beyond)).collect();
        prop_assert_eq!(cut.len(), plain.lines().count());
        let mut entries = Reader::new(log.as_bytes());
        for record in &records {
            let Some(Ok(Entry::Exchange(block))) = entries.next() else { panic!("not read back: {log}") };
            let mut whole = Vec::new();
            lines.clone().line_limit(usize::MAX).render(record, 1 << 20, &mut whole);
            prop_assert_eq!(block.to_string(), String::from_utf8(whole).unwrap());
            prop_assert_eq!(block.outcome(), Some(record.outcome()));
        }
        prop_assert!(entries.next().is_none());
    }

    /// The record limit is a hard one, and the status line stays.
    #[test]
    fn no_block_is_longer_than_the_record_limit(
        exchanges in vec(exchange(), 1..4),
        limit in 2_048..8_000usize,
        line_limit in 256..1_000usize,
    ) {
        let (records, log) = logged(&exchanges, limit, Lines::new().line_limit(line_limit));
        let mut entries = Reader::new(log.as_bytes());
        for record in &records {
            let Some(Ok(Entry::Exchange(block))) = entries.next() else { panic!("not read back: {log}") };
            let mut printed = Vec::new();
            Lines::new().line_limit(line_limit).render(record, limit, &mut printed);
            prop_assert!(printed.len() <= limit, "{} of {limit}", printed.len());
            let has_lost = printed.len() < {
                let mut whole = Vec::new();
                Lines::new().line_limit(line_limit).render(record, usize::MAX, &mut whole);
                whole.len()
            };
            let is_said = block.notes.iter().any(|note| note.contains("record limit"));
            prop_assert!(is_said || !has_lost, "{block}");
            prop_assert_eq!(block.status(), record.status().map(|status| status.as_u16()));
            prop_assert_eq!(block.method(), Some(record.method().as_str()));
            prop_assert!(block.is_whole());
        }
        prop_assert!(entries.next().is_none());
    }

    /// Past the record limit, too, each block is one, and prints as it stood.
    #[test]
    fn what_is_left_at_the_record_limit_is_read_back(exchanges in vec(exchange(), 1..4), limit in 0..2_000usize) {
        let (records, log) = logged(&exchanges, limit, Lines::new());
        let blocks: Vec<_> = Reader::new(log.as_bytes()).map(Result::unwrap).collect();
        prop_assert_eq!(blocks.len(), records.len());
        let printed_again: String = blocks
            .iter()
            .map(|entry| match entry {
                Entry::Exchange(block) => block.to_string(),
                other => panic!("{other:?}"),
            })
            .collect();
        prop_assert_eq!(printed_again, log);
    }
}

/// What a client can make long stays within the limit too: a target of 60 KB, trailers, the text of an error.
#[test]
fn a_long_target_gives_way() {
    let exchange = Exchange {
        id: "x".repeat(128),
        method: "GET",
        target: format!("/{}", "%C3%A9%20".repeat(6_600)),
        request: (HeaderMap::from_iter([("x-a".parse().unwrap(), "a".repeat(9000).parse().unwrap())]), Bytes::new()),
        response: Some((200, HeaderMap::new(), Bytes::from_static(b"seven"))),
        read: true,
    };
    let (_, log) = logged(&[exchange], 16 * 1024, Lines::new());
    assert!((15 * 1024..=16 * 1024).contains(&log.len()), "{}", log.len());
    let Some(Ok(Entry::Exchange(block))) = Reader::new(log.as_bytes()).next() else { panic!("{log}") };
    assert!(block.target().unwrap().starts_with("/%C3%A9%20%C3%A9%20"));
    assert_eq!(block.status(), Some(200));
    assert_eq!(
        block.notes,
        [
            "response body: cut at the record limit of 16384 bytes",
            "target: cut at the record limit of 16384 bytes",
            "headers left out: record limit of 16384 bytes"
        ]
    );
}

#[test]
fn one_of_each() -> Result<(), Infallible> {
    let exchange = |id: &str, response| Exchange {
        id: id.to_owned(),
        method: "POST",
        target: "/a?token=x".to_owned(),
        request: (HeaderMap::new(), Bytes::from_static(b"{\"password\": \"x\"}")),
        response,
        read: true,
    };
    let ok = Some((200, HeaderMap::new(), Bytes::from_static(b"a\n\nb\n")));
    check(&[exchange("a", ok.clone()), exchange("b", None), exchange("a", ok)]);
    Ok(())
}
