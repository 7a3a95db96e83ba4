//! What axum's own examples do, with the layer and without, inside and outside of the layers that they use: the bytes on
//! the wire are the same, and there is one record for each exchange.

use crate::common::{
    Log,
    app::{App, boxed},
    h1::{Step, send, talk},
    shown,
};
use axum::{
    Router,
    body::Body,
    extract::{Multipart, State, ws::WebSocketUpgrade},
    http::{Request, Response, StatusCode},
    response::{
        IntoResponse,
        sse::{Event, Sse},
    },
    routing::{any, get, post},
};
use futures_util::stream;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use std::{convert::Infallible, path::Path};
use tower::{Layer, ServiceBuilder, ServiceExt};
use tower_http::{compression::CompressionLayer, limit::RequestBodyLimitLayer, services::ServeDir};
use tower_request_log::{LogBody, RequestLogLayer};

/// Multipart forms, server-sent events, WebSockets, static files and the rest.
fn examples(files: &Path) -> Router {
    let form = async |mut form: Multipart| {
        let mut fields = String::new();
        while let Some(field) = form.next_field().await.unwrap() {
            fields += &format!("{:?} {:?} ", field.name(), field.file_name());
            fields += &format!("{}\n", field.bytes().await.unwrap().len());
        }
        fields
    };
    let events = || stream::iter((0..5).map(|i| Ok::<_, Infallible>(Event::default().data(i.to_string()))));
    let echo = async |upgrade: WebSocketUpgrade| {
        upgrade.on_upgrade(async |mut socket| {
            while let Some(Ok(message)) = socket.recv().await {
                if socket.send(message).await.is_err() {
                    return;
                }
            }
        })
    };
    Router::new()
        .route("/form", post(form))
        .route("/events", get(async move || Sse::new(events())))
        .route("/socket", any(echo))
        .route("/text", get(async || "hello ".repeat(20)))
        .route("/echo", post(async |body: String| body))
        .fallback_service(ServeDir::new(files))
}

fn files() -> tempfile::TempDir {
    let files = tempfile::tempdir().unwrap();
    std::fs::write(files.path().join("big.txt"), "0123456789".repeat(20_000)).unwrap();
    std::fs::write(files.path().join("dot.png"), b"\x89PNG\0\xff").unwrap();
    std::fs::create_dir(files.path().join("docs")).unwrap();
    std::fs::write(files.path().join("docs/index.html"), "<p>hi").unwrap();
    files
}

const FORM: &str = "--X\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\nvalue\r\n--X\r\n\
    content-disposition: form-data; name=\"f\"; filename=\"x.bin\"\r\ncontent-type: application/octet-stream\r\n\r\n\
    \x01\x02\x03\r\n--X--\r\n";

/// What clients do, and how the answers begin without compression.
fn cases() -> Vec<(&'static str, Vec<Step>)> {
    let asked = |head: &str| vec![send(format!("{head}\r\nhost: a\r\nconnection: close\r\n\r\n"))];
    let form =
        "POST /form HTTP/1.1\r\nhost: a\r\ncontent-type: multipart/form-data; boundary=X\r\nconnection: close\r\n";
    vec![
        ("200 OK", vec![send(format!("{form}content-length: {}\r\n\r\n{FORM}", FORM.len()))]),
        (
            "200 OK",
            vec![send(format!("{form}transfer-encoding: chunked\r\n\r\n{:x}\r\n{FORM}\r\n0\r\n\r\n", FORM.len()))],
        ),
        ("200 OK", asked("GET /big.txt HTTP/1.1")),
        ("200 OK", asked("HEAD /big.txt HTTP/1.1")),
        ("206 Partial Content", asked("GET /big.txt HTTP/1.1\r\nrange: bytes=10-19")),
        ("206 Partial Content", asked("GET /big.txt HTTP/1.1\r\nrange: bytes=-5")),
        ("416 Range Not Satisfiable", asked("GET /big.txt HTTP/1.1\r\nrange: bytes=900000-")),
        ("304 Not Modified", asked("GET /big.txt HTTP/1.1\r\nif-modified-since: Fri, 01 Jan 2100 00:00:00 GMT")),
        ("404 Not Found", asked("GET /none.txt HTTP/1.1")),
        ("307 Temporary Redirect", asked("GET /docs HTTP/1.1")),
        ("200 OK", asked("GET /docs/ HTTP/1.1")),
        ("200 OK", asked("GET /dot.png HTTP/1.1")),
        ("200 OK", asked("GET /events HTTP/1.1")),
        ("200 OK", asked("GET /events HTTP/1.1\r\naccept-encoding: gzip")),
        ("200 OK", asked("GET /text HTTP/1.1")),
        ("200 OK", asked("GET /text HTTP/1.1\r\naccept-encoding: gzip")),
        ("200 OK", asked("GET /text HTTP/1.1\r\naccept-encoding: br")),
        ("200 OK", asked("HEAD /text HTTP/1.1\r\naccept-encoding: zstd")),
        ("200 OK", asked("POST /echo HTTP/1.1\r\ncontent-length: 0")),
        ("405 Method Not Allowed", asked("GET /echo HTTP/1.1")),
    ]
}

/// A WebSocket, which a proxy would have to know about.
fn socket() -> (&'static str, Vec<Step>) {
    let steps = vec![
        send(
            "GET /socket HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        ),
        Step::Read("\r\n\r\n"),
        // Frames that are masked with zeros (RFC 6455, section 5.2): text, then close.
        send(b"\x81\x84\0\0\0\0ping".to_vec()),
        Step::Read("ping"),
        send(b"\x88\x80\0\0\0\0".to_vec()),
    ];
    ("101 Switching Protocols", steps)
}

/// Asserts that `layered` does as `bare` does, with so many records for each exchange.
async fn assert_same(
    name: &str,
    bare: App,
    layered: App,
    cases: &[(&'static str, Vec<Step>)],
    log: &Log,
    records: usize,
) {
    for (status, steps) in cases {
        let expected = shown(&talk(&bare, steps).await);
        assert!(expected.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{name}: {expected}");
        let before = log.records();
        assert_eq!(shown(&talk(&layered, steps).await), expected, "{name}");
        // A client's connection may be done with a response a moment after the server is.
        log.wait(before + records).await;
        assert_eq!(log.records(), before + records, "{name}: {status}");
    }
    for note in log.notes() {
        assert!(!note.contains("client went away") && !note.contains("failed"), "{name}: {note}");
    }
}

#[tokio::test]
async fn the_layer_goes_anywhere() {
    let files = files();
    let examples = || examples(files.path());
    let cases = [cases(), vec![socket()]].concat();
    let log = Log::new();
    let layer = log.layer();
    assert_same("inside", boxed(examples()), boxed(examples().layer(layer.clone())), &cases, &log, 1).await;
    assert_same("outside", boxed(examples()), boxed(layer.layer(examples())), &cases, &log, 1).await;

    let compressed = || boxed(examples().layer(CompressionLayer::new()));
    let inside = boxed(examples().layer(layer.clone()).layer(CompressionLayer::new()));
    assert_same("inside of the compression", compressed(), inside, &cases, &log, 1).await;
    let outside = boxed(examples().layer(CompressionLayer::new()).layer(layer.clone()));
    assert_same("outside of the compression", compressed(), outside, &cases, &log, 1).await;

    let limited = || boxed(examples().layer(RequestBodyLimitLayer::new(1000)));
    let inside = boxed(examples().layer(layer.clone()).layer(RequestBodyLimitLayer::new(1000)));
    assert_same("inside of a limit", limited(), inside, &cases, &log, 1).await;
    let outside = boxed(examples().layer(RequestBodyLimitLayer::new(1000)).layer(layer));
    assert_same("outside of a limit", limited(), outside, &cases, &log, 1).await;
}

/// Where a proxy sends requests, and how.
#[derive(Clone)]
struct Upstream {
    client: Client<HttpConnector, Body>,
    origin: String,
    layer: Option<RequestLogLayer>,
}

/// axum's example of a reverse proxy, which sends on what it got, extensions and all.
async fn proxy(State(upstream): State<Upstream>, mut request: Request<Body>) -> Response<Body> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = format!("{}{path}", upstream.origin).parse().unwrap();
    let answered = match upstream.layer {
        None => upstream.client.request(request).await.map(|response| response.map(Body::new)),
        Some(layer) => {
            let client = ServiceBuilder::new()
                .layer(layer)
                .map_request(|request: Request<LogBody<Body>>| request.map(Body::new))
                .service(upstream.client);
            client.oneshot(request).await.map(|response| response.map(Body::new))
        }
    };
    answered.unwrap_or_else(|error| (StatusCode::BAD_GATEWAY, error.to_string()).into_response())
}

/// The layer around the proxy and around its client: two exchanges, under one id.
#[tokio::test]
async fn on_both_sides_of_a_proxy() {
    let files = files();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let app = examples(files.path());
    tokio::spawn(async { axum::serve(listener, app).await });
    let client = Client::builder(TokioExecutor::new()).build_http();
    let log = Log::new();
    let upstream = Upstream { client, origin: origin.clone(), layer: None };
    let bare = boxed(Router::new().fallback(proxy).with_state(upstream.clone()));
    let upstream = Upstream { layer: Some(log.layer()), ..upstream };
    let layered = boxed(Router::new().fallback(proxy).with_state(upstream).layer(log.layer()));
    assert_same("a proxy", bare, layered.clone(), &cases(), &log, 2).await;

    let before = log.raw().len();
    let steps = [send("GET /docs/ HTTP/1.1\r\nhost: a\r\nx-request-id: id\r\nconnection: close\r\n\r\n")];
    talk(&layered, &steps).await;
    let text = log.raw().split_off(before);
    let requests: Vec<_> = text.lines().filter(|line| line.contains(" > GET ")).collect();
    let sent = format!("id > GET {origin}/docs/ HTTP/1.1");
    assert_eq!(requests, [sent.as_str(), "id > GET /docs/ HTTP/1.1"]);
}
