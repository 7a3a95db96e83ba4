//! What a record tells a filter, a format and a sink of its exchange.

use crate::common::soon;
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Request, Response, StatusCode, header},
};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use std::{convert::Infallible, time::Duration};
use tower::{Layer, ServiceExt, service_fn};
use tower_request_log::{
    Record, RequestLogLayer,
    format::{Format, Lines},
    sink::Memory,
};

/// The record of an exchange with this response, which is read to its end.
async fn record(set: impl FnOnce(RequestLogLayer) -> RequestLogLayer, response: Response<Body>) -> Record {
    let memory = Memory::new();
    let layer = set(RequestLogLayer::new().sink(memory.clone()));
    let mut response = Some(response);
    let service = layer.layer(service_fn(move |_: Request<_>| {
        let response = response.take().unwrap();
        async { Ok::<_, Infallible>(response) }
    }));
    let answered = service.oneshot(Request::new(Body::empty())).await.unwrap();
    let _ = answered.into_body().collect().await;
    memory.records().remove(0)
}

fn response(content_type: &[u8], body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_bytes(content_type).unwrap());
    response
}

/// Indentation makes JSON a hundred times as long: what a record gives has an end as what is logged has.
#[tokio::test]
async fn texts_are_no_longer_than_the_record_limit() {
    let json = format!("{}{}", "[".repeat(60), "1,".repeat(20_000));
    let record = record(|layer| layer.record_limit(3000), response(b"application/json", json)).await;
    let text = record.response_body().text().unwrap();
    assert!(text.len() <= 3000 && text.starts_with("[\n    [\n        ["), "{}", text.len());
    assert_eq!(record.notes(), [""; 0]);
    let debug = format!("{record:?}");
    assert!(debug.len() < 6000, "{}", debug.len());
}

#[tokio::test]
async fn headers_by_name() {
    let name = HeaderName::from_static("x-two");
    let mut response = Response::new(Body::empty());
    response.headers_mut().append(&name, HeaderValue::from_static("Bearer s3cret"));
    response.headers_mut().append(&name, HeaderValue::from_static("second"));
    response.headers_mut().append("x-three", HeaderValue::from_static("3"));
    let record = record(|layer| layer, response).await;
    assert_eq!(record.response_header(&name).as_deref(), Some("Bearer REDACTED"));
    assert_eq!(record.response_header(&header::HOST), None);
    assert_eq!(record.request_header(&name), None);
    let mut headers = record.response_headers();
    assert_eq!((headers.len(), headers.next().unwrap().1.as_str(), headers.len()), (3, "Bearer REDACTED", 2));
    assert_eq!(headers.by_ref().count(), 2);
    assert!(headers.next().is_none() && headers.len() == 0);
}

/// What hides a header hides it in a note as well, and what is no text shows as bytes.
#[tokio::test]
async fn headers_in_notes() {
    let binary = response(b"caf\xe9/png; q=1", &b"\0\xff\0"[..]);
    assert_eq!(record(|layer| layer, binary).await.notes(), ["response body: 3 bytes of caf\\xe9/png, not logged"]);
    let mut secret = response(b"image/png; q=1", &b"\0\xff\0"[..]);
    secret.headers_mut().get_mut(header::CONTENT_TYPE).unwrap().set_sensitive(true);
    assert_eq!(record(|layer| layer, secret).await.notes(), ["response body: 3 bytes of REDACTED, not logged"]);
    for (value, sensitive, note) in
        [(&b"we\xe9b"[..], false, "switched protocols: we\\xe9b"), (b"web", true, "switched protocols: REDACTED")]
    {
        let mut switch = Response::new(Body::empty());
        *switch.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let mut value = HeaderValue::from_bytes(value).unwrap();
        value.set_sensitive(sensitive);
        switch.headers_mut().insert(header::UPGRADE, value);
        assert_eq!(record(|layer| layer, switch).await.notes(), [note]);
    }
}

/// A report of an exchange that is open tells how far its bodies have come.
#[tokio::test]
async fn bodies_so_far() {
    let memory = Memory::new();
    let layer = RequestLogLayer::new().sink(memory.clone()).report_open_after(Duration::from_millis(500));
    let service = layer.layer(service_fn(|request: Request<_>| async {
        let mut upload: tower_request_log::LogBody<Body> = request.into_body();
        let frame = upload.frame().await.unwrap().unwrap();
        let chunks = stream::iter([frame.into_data().unwrap(), Bytes::from_static(b"efghij")]);
        // Holds the upload, and never ends.
        let frames = chunks.chain(stream::once(async move {
            let _upload = upload;
            std::future::pending().await
        }));
        let frames = frames.map(|data| Ok::<_, Infallible>(Frame::data(data)));
        Ok::<_, Infallible>(Response::new(StreamBody::new(Box::pin(frames))))
    }));
    let upload = stream::once(async { Ok::<_, Infallible>("abcd") }).chain(stream::pending());
    let request = Request::post("/").header("x-request-id", "id").body(Body::from_stream(upload)).unwrap();
    let mut download = service.oneshot(request).await.unwrap().into_body();
    for _ in 0..2 {
        download.frame().await.unwrap().unwrap();
    }
    soon("a report", async {
        while memory.records().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;

    let record = &memory.records()[0];
    assert_eq!((record.request_body().len(), record.response_body().len()), (4, 10));
    assert!(!record.request_body().is_complete() && !record.response_body().is_complete());
    let mut block = Vec::new();
    Lines::new().render(record, usize::MAX, &mut block);
    let block = String::from_utf8(block).unwrap();
    let lines: Vec<_> = block.lines().filter(|line| !line.ends_with("ms")).collect();
    assert_eq!(
        lines,
        [
            "id > POST / HTTP/1.1",
            "id > X-Request-Id: id",
            "id >",
            "id < HTTP/1.1 200 OK",
            "id <",
            "id   request body: 4 bytes so far",
            "id   response body: 10 bytes so far",
        ]
    );
}

/// A body that is taken out of its wrapper has ended for the log.
#[tokio::test]
async fn a_body_that_is_taken_out() {
    let memory = Memory::new();
    let service = RequestLogLayer::new().sink(memory.clone()).layer(service_fn(|request: Request<_>| async {
        let mut body: tower_request_log::LogBody<Body> = request.into_body();
        let hint = http_body::Body::size_hint(body.get_ref()).exact();
        body.get_mut().frame().await.unwrap().unwrap();
        let rest = body.into_inner().collect().await.unwrap().to_bytes();
        Ok::<_, Infallible>(Response::new(Body::from(format!("{hint:?} {}", rest.len()))))
    }));
    let answered = service.oneshot(Request::new(Body::from("abcd"))).await.unwrap();
    assert_eq!(answered.into_body().collect().await.unwrap().to_bytes(), "Some(4) 0");
    assert_eq!(memory.records()[0].notes(), ["request body: not read by the service"]);
}

#[cfg(feature = "serde")]
#[tokio::test]
async fn serialized() {
    let record = record(|layer| layer, response(b"application/json", "{\"token\":\"s3cret\",\"a\":1}")).await;
    let mut value = serde_json::to_value(&record).unwrap();
    for unsteady in ["request_id", "timestamp", "timings"] {
        assert!(!value.as_object_mut().unwrap().remove(unsteady).unwrap().is_null());
    }
    let expected: serde_json::Value = serde_json::from_str(concat!(
        r#"{"kind":"server","trace_id":null,"outcome":"complete","method":"GET","target":"/","version":"HTTP/1.1","#,
        r#""route":null,"peer":null,"status":200,"grpc_status":null,"#,
        r#""request":{"headers":{},"body":{"bytes":0,"complete":true,"text":null}},"#,
        r#""response":{"headers":{"content-type":["application/json"]},"body":{"bytes":24,"complete":true,"#,
        r#""text":"{\n    \"token\": \"REDACTED\",\n    \"a\": 1\n}"}},"#,
        r#""fields":{},"notes":[]}"#,
    ))
    .unwrap();
    assert_eq!(value, expected);
}
