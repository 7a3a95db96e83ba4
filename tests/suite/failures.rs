//! Services and bodies that fail or panic: the failure goes on as it was, and the one record says what it was.

use crate::common::{
    Log,
    app::{Plain, boxed},
    broken_off, call,
    h1::{send, talk},
};
use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, Request, Response},
    routing::get,
};
use futures_util::{FutureExt, stream};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use std::{
    convert::Infallible,
    io,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
};
use tower::{BoxError, Layer, Service, ServiceExt, service_fn};
use tower_request_log::{Redactor, format::Lines};

#[tokio::test]
async fn the_service_fails() {
    let log = Log::new();
    let fails = service_fn(async |_: Request<_>| Err::<Response<Body>, _>(io::Error::other("no such table\nbets")));
    let steps = [send("GET / HTTP/1.1\r\nx-request-id: id\r\nconnection: close\r\n\r\n")];
    assert_eq!(talk(&boxed(log.layer().layer(fails)), &steps).await, b"");
    assert_eq!(
        log.text(),
        "\
id > GET / HTTP/1.1
id > X-Request-Id: id
id > Connection: close
id >
id   service failed: no such table\\nbets
id   began WHEN, end Nms
id   no response
"
    );
}

/// The error goes out as the service made it.
#[tokio::test]
async fn the_error_is_the_services_own() {
    let log = Log::new();
    let failing = service_fn(async |_: Request<_>| Err::<Response<Body>, _>(io::Error::from(io::ErrorKind::NotFound)));
    let error = log.layer().layer(failing).oneshot(call()).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert_eq!(log.notes(), ["service failed: entity not found"]);
}

/// An error shows its text.
#[tokio::test]
async fn the_body_fails() {
    fn body<E: std::fmt::Display + Send + 'static>(error: E) -> impl http_body::Body<Data = Bytes, Error = E> {
        let frame = http_body::Frame::data(Bytes::from("one"));
        StreamBody::new(stream::iter([Ok(frame), Err(error)]))
    }
    async fn failed<E: std::fmt::Display + Send + 'static>(error: E) -> (E, String) {
        let log = Log::new();
        let mut error = Some(error);
        let service = service_fn(move |_: Request<_>| {
            let error = error.take().unwrap();
            async { Ok::<_, Infallible>(Response::new(body(error))) }
        });
        let mut body = log.layer().layer(service).oneshot(call()).await.unwrap().into_body();
        assert!(body.frame().await.unwrap().is_ok());
        let Some(Err(error)) = body.frame().await else { panic!("no error") };
        drop(body);
        (error, log.text())
    }
    let (error, text) = failed(io::Error::other("disk on fire")).await;
    assert_eq!(error.to_string(), "disk on fire");
    assert_eq!(text, broken_off("response body failed after 3 bytes: disk on fire"));
    let (_, text) = failed::<BoxError>("disk on fire".into()).await;
    assert!(
        text.ends_with("id   response body failed after 3 bytes: disk on fire\nid   began WHEN, end Nms\nid   Nms\n"),
        "{text}"
    );
    let (error, text) = failed(7_u8).await;
    assert_eq!(error, 7);
    assert!(
        text.ends_with("id   response body failed after 3 bytes: 7\nid   began WHEN, end Nms\nid   Nms\n"),
        "{text}"
    );
}

/// Errors whose text panics are returned all the same.
#[tokio::test]
async fn an_error_that_cannot_be_shown() {
    #[derive(Debug)]
    struct Mean;
    impl std::fmt::Display for Mean {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panics()
        }
    }
    impl std::error::Error for Mean {}
    let log = Log::new();
    let service = service_fn(async |_: Request<_>| Err::<Response<Body>, _>(Mean));
    let Mean = log.layer().layer(service).oneshot(call()).await.unwrap_err();
    let service = service_fn(async |_: Request<_>| {
        let frames = stream::iter([Err::<http_body::Frame<Bytes>, BoxError>(Box::new(Mean))]);
        Ok::<_, Infallible>(Response::new(StreamBody::new(frames)))
    });
    let mut body = log.layer().layer(service).oneshot(call()).await.unwrap().into_body();
    assert!(body.frame().await.unwrap().unwrap_err().is::<Mean>());
    drop(body);
    assert_eq!(log.notes(), ["service failed", "response body failed after 0 bytes"]);
}

// Panics.

const PANICKED: &str = "\
id > GET / HTTP/1.1
id > X-Request-Id: id
id >
id   service panicked
id   began WHEN, end Nms
id   no response
";

fn panics<T>() -> T {
    resume_unwind(Box::new("as asked"))
}

fn is_as_asked<T>(result: std::thread::Result<T>) -> bool {
    result.is_err_and(|payload| *payload.downcast_ref::<&str>().unwrap() == "as asked")
}

#[tokio::test]
async fn the_handler_panics() {
    let log = Log::new();
    let service = log.layer().layer(service_fn(async |_: Request<_>| panics::<Result<Response<Body>, Infallible>>()));
    assert!(is_as_asked(AssertUnwindSafe(service.oneshot(call())).catch_unwind().await));
    assert_eq!(log.text(), PANICKED);
}

#[tokio::test]
async fn call_panics() {
    let log = Log::new();
    type Never = std::future::Ready<Result<Response<Body>, Infallible>>;
    let mut service = log.layer().layer(service_fn(|_: Request<_>| panics::<Never>()));
    assert!(is_as_asked(catch_unwind(AssertUnwindSafe(|| drop(service.call(call()))))));
    assert_eq!(log.text(), PANICKED);
}

/// In a server, and caught by a layer outside.
#[tokio::test]
async fn a_panic_that_is_caught() {
    let log = Log::new();
    let app = Router::new()
        .route("/", get(async || panics::<()>()))
        .layer(log.layer())
        .layer(tower_http::catch_panic::CatchPanicLayer::new());
    assert_eq!(app.oneshot(call()).await.unwrap().status(), 500);
    assert_eq!(log.text(), PANICKED);
}

/// Yields a frame, then panics.
struct Panicking(bool);

impl http_body::Body for Panicking {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        if std::mem::replace(&mut self.0, true) {
            panics()
        }
        std::task::Poll::Ready(Some(Ok(http_body::Frame::data(Bytes::from("one")))))
    }
}

#[tokio::test]
async fn a_response_body_panics() {
    let log = Log::new();
    let service = service_fn(async |_: Request<_>| Ok::<_, Infallible>(Response::new(Panicking(false))));
    let body = log.layer().layer(service).oneshot(call()).await.unwrap().into_body();
    assert!(is_as_asked(AssertUnwindSafe(body.collect()).catch_unwind().await));
    assert_eq!(log.text(), broken_off("response body panicked after 3 bytes"));
}

#[tokio::test]
async fn a_request_body_panics() {
    let log = Log::new();
    let service = service_fn(async |request: Request<_>| {
        let _ = BodyExt::collect(request.into_body()).await;
        Ok::<_, Infallible>(Response::new(Body::empty()))
    });
    let response = log.layer().layer(service).oneshot(call().map(|_| Panicking(false)));
    assert!(is_as_asked(AssertUnwindSafe(response).catch_unwind().await));
    assert_eq!(
        log.text(),
        "\
id > GET / HTTP/1.1
id > X-Request-Id: id
id >
id > one
id   request body panicked after 3 bytes
id   service panicked
id   began WHEN, end Nms
id   no response
"
    );
}

/// A filter is code of the user's too: its panics fail no request, and lose no record.
#[tokio::test]
async fn a_filter_panics() {
    let log = Log::new();
    let service = log.layer().keep(|_| panics()).layer(Plain);
    let response = service.oneshot(call().map(|_| Body::empty())).await.unwrap();
    assert!(response.into_body().collect().await.is_ok());
    let text = log.text();
    assert!(
        text.starts_with("id > GET / HTTP/1.1\n")
            && text.ends_with("id < 0 bytes, 0\nid   began WHEN, end Nms\nid   Nms\n"),
        "{text}"
    );
}

/// However much an error says.
#[tokio::test]
async fn an_error_that_says_too_much() {
    let long = || "x".repeat(1 << 20);
    let shown = format!("{} … (error text cut)", "x".repeat(8192));
    // Each on one line.
    let whole = || Lines::new().line_limit(usize::MAX);
    let log = Log::new();
    let service =
        log.layer().format(whole()).layer(service_fn(|_: Request<_>| async { Err::<Response<Body>, _>(long()) }));
    assert_eq!(service.oneshot(call()).await.unwrap_err(), long());
    assert_eq!(log.notes(), [format!("service failed: {shown}")]);
    let log = Log::new();
    let service = log.layer().format(whole()).layer(service_fn(|_: Request<_>| async {
        let frames = stream::once(async { Err::<Frame<Bytes>, _>(io::Error::other(long())) });
        Ok::<_, Infallible>(Response::new(StreamBody::new(frames)))
    }));
    let _ = service.oneshot(call()).await.unwrap().into_body().collect().await;
    assert_eq!(log.notes(), [format!("response body failed after 0 bytes: {shown}")]);
}

/// Nothing trails where there is nothing to say.
#[tokio::test]
async fn what_is_hidden_without_a_trace() {
    let log = Log::new();
    let redactor = Redactor::allow_only().replacement("");
    let service =
        log.layer().redactor(redactor).layer(service_fn(|_: Request<_>| async { Err::<Response<Body>, _>("told") }));
    assert!(service.oneshot(call()).await.is_err());
    let failed = "id   service failed\nid   began WHEN, end Nms\nid   no response\n";
    assert_eq!(log.text(), format!("id > GET / HTTP/1.1\nid > X-Request-Id:\nid >\n{failed}"));
    let log = Log::new();
    let redactor = Redactor::allow_only().replacement("");
    let service = log.layer().redactor(redactor).layer(service_fn(|_: Request<_>| async {
        let trailers = HeaderMap::from_iter([
            (HeaderName::from_static("x-sum"), HeaderValue::from_static("6")),
            (HeaderName::from_static("x-empty"), HeaderValue::from_static("")),
        ]);
        let frames = stream::once(async { Ok::<_, Infallible>(Frame::<Bytes>::trailers(trailers)) });
        Ok::<_, Infallible>(Response::new(StreamBody::new(frames)))
    }));
    let _ = service.oneshot(call()).await.unwrap().into_body().collect().await;
    assert_eq!(log.notes(), ["response trailer x-sum:", "response trailer x-empty:"]);
}
