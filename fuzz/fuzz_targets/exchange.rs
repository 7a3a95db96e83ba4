//! A whole exchange: one record, tame lines under one id, one block for the reader, however the body is encoded or cut.
//!
//! An input is: rules, limit, content type, encoding, a flag byte; then the target up to a zero byte; then the body.

#![no_main]

use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use libfuzzer_sys::fuzz_target;
use std::convert::Infallible;
use tower::{Layer, Service, service_fn};
use tower_request_log::{
    LogBody, RequestLogLayer,
    format::lines::{Entry, Reader},
    sink::Memory,
};
use tower_request_log_fuzz::*;

const TYPES: [&str; 9] = [
    "application/json",
    "",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "text/event-stream",
    "text/plain; charset=shift_jis",
    "application/json; charset=utf-16",
    "text/html; charset=iso-2022-jp",
    "text/plain",
];
const ENCODINGS: [&str; 7] = ["", "gzip", "deflate", "br", "zstd", "gzip, br", "x-unknown"];

fuzz_target!(|data: &[u8]| {
    let [choice, limit, kind, encoding, data @ ..] = data else { return };
    let (redactor, defaults) = redactor(*choice);
    let (target, body) = data.split_at(data.iter().position(|&b| b == 0).unwrap_or(data.len().min(16)));
    let body = plant(body);
    let mut request = Request::post("/");
    if let Ok(uri) = http::Uri::try_from(plant(target)) {
        request = request.uri(uri);
    }
    let content_type = TYPES[usize::from(*kind) % TYPES.len()];
    let encoding = ENCODINGS[usize::from(*encoding) % ENCODINGS.len()];
    for (name, value) in [("x-request-id", "id"), ("content-type", content_type), ("content-encoding", encoding)] {
        if !value.is_empty() {
            request = request.header(name, value);
        }
    }
    let echo = service_fn(|request: Request<LogBody<Full<Bytes>>>| async {
        let (parts, body) = request.into_parts();
        let mut response = Response::new(Full::new(body.collect().await.unwrap().to_bytes()));
        *response.headers_mut() = parts.headers;
        Ok::<_, Infallible>(response)
    });
    let memory = Memory::new();
    let layer = RequestLogLayer::new()
        .redactor(redactor.clone())
        .sink(memory.clone())
        .body_limit(usize::from(*limit) * 8)
        .record_limit(1 << 16);
    let request = request.body(Full::new(Bytes::from(body.clone()))).unwrap();
    let exchange = async {
        let response = layer.layer(echo).call(request).await.unwrap();
        response.into_body().collect().await.unwrap().to_bytes()
    };
    let sent = exchange.now_or_never().expect("nothing to wait for");
    assert_eq!(sent, body, "transparent");

    let text = memory.text();
    assert_eq!(memory.records().len(), 1);
    assert_tame(&text);
    assert!(text.lines().all(|line| ["id >", "id <", "id  "].iter().any(|start| line.starts_with(start))), "{text}");
    let entries: Vec<_> = Reader::new(text.as_bytes()).collect();
    let [Ok(Entry::Exchange(block))] = &entries[..] else { panic!("{entries:?}") };
    assert_eq!(block.to_string(), text);
    let records = memory.records();
    assert_eq!(block.target(), Some(&*records[0].target()));
    assert_eq!(block.status(), Some(200));
    if defaults && encoding.is_empty() && has_one(&body) && !leaks(&String::from_utf8_lossy(&plant(target))) {
        let secret = content_type == TYPES[2] && is_secret_in_form(&body) || is_secret_in_json(&body);
        assert!(!(secret && leaks(&text)), "{text}");
    }
});
