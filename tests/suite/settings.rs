//! Each setting of the layer.

use crate::common::without_times;
use axum::{Router, body::Body, extract::Request, http::StatusCode, response::Response, routing::post};
use http_body_util::BodyExt;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tower::{Service, ServiceExt};
use tower_request_log::{
    Detector, Record, Redactor, RequestLogLayer,
    format::{Format, Lines},
    record::Outcome,
    sink::{Memory, Sink},
};

/// Sends `body` with the id `id` through `layer` to a service that echoes it; what came back.
async fn echo(layer: RequestLogLayer, body: impl Into<Body>) -> Response<Vec<u8>> {
    echo_with(layer, [], body).await
}

/// Does so with more headers.
async fn echo_with<const N: usize>(
    layer: RequestLogLayer,
    headers: [(&str, String); N],
    body: impl Into<Body>,
) -> Response<Vec<u8>> {
    let echo = |request: Request| async move {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        Body::from(body)
    };
    let mut app = Router::new().route("/", post(echo)).layer(layer);
    let mut request = Request::post("/").header("x-request-id", "id");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(body.into()).unwrap();
    let response = ServiceExt::<Request>::ready(&mut app).await.unwrap().call(request).await.unwrap();
    let (parts, body) = response.into_parts();
    Response::from_parts(parts, body.collect().await.unwrap().to_bytes().to_vec())
}

/// The log without its times.
fn log(memory: &Memory) -> String {
    let text = memory.text();
    let is_end = |line: &&str| line.starts_with("id   began ") || (line.starts_with("id   ") && line.ends_with("ms"));
    let lines = text.lines().filter(|line| !is_end(line));
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[tokio::test]
async fn a_new_redactor_forgets_what_the_one_before_it_showed() {
    let memory = Memory::new();
    let layer = RequestLogLayer::new().sink(memory.clone());
    let line = |memory: &Memory| memory.text().lines().nth(1).map(str::to_owned);
    for _ in 0..2 {
        memory.clear();
        echo(layer.clone(), "").await;
        assert_eq!(line(&memory).as_deref(), Some("id > X-Request-Id: id"));
    }
    memory.clear();
    echo(layer.redactor(Redactor::new().header("x-request-id")), "").await;
    assert_eq!(line(&memory).as_deref(), Some("id > X-Request-Id: REDACTED"));
}

#[tokio::test]
async fn body_limit_cuts_what_is_shown_and_says_so() {
    let memory = Memory::new();
    let response = echo(RequestLogLayer::new().sink(memory.clone()).body_limit(4), "abcdefgh").await;
    assert_eq!(response.body(), b"abcdefgh");
    assert_eq!(
        log(&memory),
        "\
id > POST / HTTP/1.1
id > X-Request-Id: id
id >
id > abcd
id < HTTP/1.1 200 OK
id <
id < abcd
id   request body: 4 of 8 bytes logged
id   response body: 4 of 8 bytes logged
"
    );
}

#[tokio::test]
async fn bodies_are_shown_of_the_exchanges_that_the_filter_names() {
    let memory = Memory::new();
    let layer = |filter: fn(&http::request::Parts) -> bool| RequestLogLayer::new().sink(memory.clone()).bodies(filter);
    let counted = "\
id > POST / HTTP/1.1
id > X-Request-Id: id
id >
id < HTTP/1.1 200 OK
id <
id   request body: 8 bytes, not logged
id   response body: 8 bytes, not logged
";
    let filters: [fn(&http::request::Parts) -> bool; 2] =
        [|request| request.uri.path() != "/", |_| std::panic::resume_unwind(Box::new("as asked"))];
    for filter in filters {
        let response = echo(layer(filter), "abcdefgh").await;
        assert_eq!(response.body(), b"abcdefgh");
        assert_eq!(log(&memory), counted);
        memory.clear();
    }
    echo(layer(|request| request.uri.path() == "/"), "abcdefgh").await;
    assert!(log(&memory).contains("id > abcdefgh\n") && log(&memory).contains("id < abcdefgh\n"), "{}", memory.text());
}

#[tokio::test]
async fn body_limit_of_nothing_only_counts() {
    let memory = Memory::new();
    echo(RequestLogLayer::new().sink(memory.clone()).body_limit(0), "abcdefgh").await;
    assert_eq!(
        log(&memory),
        "\
id > POST / HTTP/1.1
id > X-Request-Id: id
id >
id < HTTP/1.1 200 OK
id <
id   request body: 8 bytes, not logged
id   response body: 8 bytes, not logged
"
    );
}

#[tokio::test]
async fn record_limit_is_shared_by_the_bodies() {
    let memory = Memory::new();
    let body = "0123456789012345678\n".repeat(1000);
    echo(RequestLogLayer::new().sink(memory.clone()).record_limit(3000), body).await;
    let text = memory.text();
    assert!(text.len() <= 3000 && text.len() > 2900, "{}", text.len());
    let requests = text.matches("id > 0123456789012345678\n").count();
    let responses = text.matches("id < 0123456789012345678\n").count();
    assert!(requests > 30 && requests.abs_diff(responses) <= 1, "{requests} {responses}");
    assert!(text.starts_with("id > POST / HTTP/1.1\nid > X-Request-Id: id\nid >\n"), "{text}");
    assert!(text.contains("id < HTTP/1.1 200 OK\n"));
    assert!(text.contains("id   request body: cut at the record limit of 3000 bytes\n"), "{text}");
    assert!(text.contains("id   response body: cut at the record limit of 3000 bytes\n"), "{text}");
}

#[tokio::test]
async fn past_the_record_limit_headers_give_way_and_the_rest_stays() {
    let memory = Memory::new();
    // What stays needs more.
    let layer = RequestLogLayer::new().sink(memory.clone()).record_limit(10);
    let padding = ("x-padding", "x".repeat(3000));
    echo_with(layer, [padding], "abc").await;
    assert!(memory.text().len() <= 2048);
    assert_eq!(
        log(&memory),
        "\
id > POST / HTTP/1.1
id >
id < HTTP/1.1 200 OK
id <
id   request body: cut at the record limit of 10 bytes
id   response body: cut at the record limit of 10 bytes
id   headers left out: record limit of 10 bytes
"
    );
}

#[tokio::test]
async fn past_the_memory_budget_bodies_are_only_counted() {
    let memory = Memory::new();
    let layer = RequestLogLayer::new().sink(memory.clone()).memory_budget(6);
    echo(layer, "abcd").await;
    assert_eq!(
        log(&memory),
        "\
id > POST / HTTP/1.1
id > X-Request-Id: id
id >
id > abcd
id < HTTP/1.1 200 OK
id <
id   response body: 4 bytes, not logged: memory budget used up
"
    );
}

/// The rest of what begins there was never captured, so the last KiB is only looked at, as past the body limit.
#[tokio::test]
async fn a_secret_at_the_end_of_the_memory_budget_is_hidden() {
    let memory = Memory::new();
    let redactor = Redactor::new().detect(Detector::CardNumber);
    let layer = RequestLogLayer::new().sink(memory.clone()).redactor(redactor).memory_budget(2000);
    let text = "one line of many\n".repeat(90);
    let frames = [format!("{text}card 4111 1111 1111 111"), format!("1\n{text}")];
    let frames = frames.map(Ok::<_, std::io::Error>);
    echo(layer, Body::from_stream(futures_util::stream::iter(frames))).await;
    memory.assert_lacks("4111");
    let log = log(&memory);
    assert!(log.contains("id   request body: 529 of 3085 bytes logged: memory budget used up\n"), "{log}");
    assert_eq!(log.matches("id > one line of many\n").count(), 31);
}

#[tokio::test]
async fn the_memory_budget_is_given_back() {
    let memory = Memory::new();
    let layer = RequestLogLayer::new().sink(memory.clone()).memory_budget(8);
    for _ in 0..100 {
        echo(layer.clone(), "abcd").await;
    }
    assert!(!memory.text().contains("budget"), "{}", memory.text());
}

#[tokio::test]
async fn a_skipped_exchange_keeps_its_id_and_leaves_no_record() {
    let memory = Memory::new();
    let layer = RequestLogLayer::new().sink(memory.clone()).skip(|request| request.uri.path() == "/");
    let response = echo(layer, "abc").await;
    assert_eq!(response.headers()["x-request-id"], "id");
    assert_eq!(response.body(), b"abc");
    assert_eq!(memory.text(), "");
}

#[tokio::test]
async fn keep_sees_the_whole_record_and_nothing_is_rendered_for_the_others() {
    let rendered = Arc::new(AtomicUsize::new(0));
    let counter = rendered.clone();
    let memory = Memory::new();
    let layer = RequestLogLayer::new()
        .sink(memory.clone())
        .format(move |record: &Record, out: &mut Vec<u8>| {
            counter.fetch_add(1, Ordering::Relaxed);
            out.extend_from_slice(record.id().as_bytes());
        })
        .keep(|record| {
            record.request_body().text().as_deref() == Some("keep") && record.status() == Some(StatusCode::OK)
        });
    echo(layer.clone(), "drop").await;
    assert_eq!((memory.text().as_str(), rendered.load(Ordering::Relaxed)), ("", 0));
    echo(layer, "keep").await;
    assert_eq!((memory.text().as_str(), rendered.load(Ordering::Relaxed)), ("id", 1));
}

#[tokio::test]
async fn a_logging_fault_fails_no_request() {
    fn boom<T>() -> T {
        panic!("a fault of the log's")
    }
    struct Broken;
    impl Sink for Broken {
        fn write(&self, _: &Record, _: &[u8]) {
            boom()
        }
        fn notice(&self, _: &[u8]) {
            boom()
        }
    }
    let memory = Memory::new();
    let layers = [
        RequestLogLayer::new().sink(memory.clone()).skip(|_| boom()),
        RequestLogLayer::new().sink(memory.clone()).keep(|_| boom()),
        RequestLogLayer::new().sink(memory.clone()).format(|_: &Record, _: &mut Vec<u8>| boom()),
        RequestLogLayer::new().sink(Broken),
    ];
    for layer in layers {
        assert_eq!(echo(layer, "abc").await.body(), b"abc");
    }
    assert_eq!(memory.records().len(), 2, "those whose filter failed are logged");
    assert_eq!(memory.text().matches("-   id: not logged: the format or sink panicked\n").count(), 1);
}

#[tokio::test]
async fn a_closure_is_a_sink_and_a_pair_is_two() {
    let blocks = Arc::new(Mutex::new(Vec::new()));
    let (first, memory) = (blocks.clone(), Memory::new());
    let sink = move |block: &[u8]| first.lock().unwrap().push(String::from_utf8(block.to_vec()).unwrap());
    echo(RequestLogLayer::new().sink((sink, memory.clone())), "abc").await;
    assert_eq!(*blocks.lock().unwrap(), [memory.text()]);
}

#[tokio::test]
async fn timings_are_named_among_the_facts() {
    let memory = Memory::new();
    echo(RequestLogLayer::new().sink(memory.clone()).format(Lines::new().timings(true)), "abc").await;
    let text = memory.text();
    let facts = without_times(text.lines().find(|line| line.starts_with("id   ")).unwrap());
    let route = if cfg!(feature = "axum") { ", route /" } else { "" };
    assert_eq!(facts, format!("id   began WHEN, request body Nms, first body byte Nms, end Nms{route}"));
}

#[tokio::test]
async fn an_exchange_that_stays_open_is_reported_and_comes_in_full_at_its_end() {
    let memory = Memory::new();
    let layer = RequestLogLayer::new().sink(memory.clone()).report_open_after(Duration::from_millis(20));
    let reported = memory.clone();
    let hang = move |body: String| async move {
        while reported.records().is_empty() {
            tokio::task::yield_now().await;
        }
        body
    };
    let app = Router::new().route("/", post(hang)).layer(layer);
    let request = Request::post("/").header("x-request-id", "id").body(Body::from("abc")).unwrap();
    app.oneshot(request).await.unwrap().into_body().collect().await.unwrap();

    let records = memory.records();
    assert_eq!(records.len(), 2);
    assert_eq!((records[0].outcome(), records[0].status()), (Outcome::Open, None));
    assert_eq!((records[1].outcome(), records[1].status()), (Outcome::Complete, Some(StatusCode::OK)));
    let mut block = Vec::new();
    Lines::new().render(&records[0], usize::MAX, &mut block);
    let block = String::from_utf8(block).unwrap();
    let (known, note) = block.split_once("id   still open after ").unwrap();
    assert_eq!(known, "id > POST / HTTP/1.1\nid > X-Request-Id: id\nid >\nid > abc\n");
    let (time, end) = note.split_once('\n').unwrap();
    assert!(time.trim_end_matches("ms").parse::<u64>().unwrap() >= 20, "{note}");
    assert_eq!(without_times(end), "id   began WHEN, end Nms\nid   no response\n");
}

/// What is due at once is reported too.
#[tokio::test]
async fn an_exchange_may_be_reported_as_soon_as_it_began() {
    for _ in 0..100 {
        let memory = Memory::new();
        let layer = RequestLogLayer::new().sink(memory.clone()).report_open_after(Duration::ZERO);
        let reported = memory.clone();
        let hang = move || async move {
            while reported.records().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        let app = Router::new().route("/", post(hang)).layer(layer);
        let request = Request::post("/").body(Body::empty()).unwrap();
        let answered = tokio::time::timeout(Duration::from_secs(20), app.oneshot(request)).await;
        assert!(answered.is_ok(), "nothing was reported");
    }
}
