//! Calls that are given up, calls that pass several layers, and servers that stop: one record for each.

use crate::common::{CANCELLED, Log, app, call, soon};
use axum::{
    Router,
    body::Body,
    http::{Request, Response},
    routing::get,
};
use futures_util::future::poll_immediate;
use http_body_util::BodyExt;
use std::{convert::Infallible, future::pending, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, mpsc},
};
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt, service_fn};

#[tokio::test]
async fn the_future_is_dropped() {
    let log = Log::new();
    let service = log.layer().layer(service_fn(|_: Request<_>| pending::<Result<Response<Body>, Infallible>>()));
    assert!(poll_immediate(service.oneshot(call())).await.is_none());
    assert_eq!(log.text(), CANCELLED);
}

#[tokio::test]
async fn the_future_is_never_polled() {
    let log = Log::new();
    let mut service = log.layer().layer(service_fn(|_: Request<_>| pending::<Result<Response<Body>, Infallible>>()));
    drop(service.call(call()));
    assert_eq!(log.text(), CANCELLED);
}

#[tokio::test]
async fn the_body_is_never_polled() {
    let log = Log::new();
    let service =
        log.layer().layer(service_fn(async |_: Request<_>| Ok::<_, Infallible>(Response::new(Body::from("one")))));
    drop(service.oneshot(call()).await.unwrap());
    assert_eq!(log.notes(), ["client went away after 0 bytes of the response body"]);
}

#[tokio::test]
async fn a_time_limit_cancels() {
    let log = Log::new();
    let service = ServiceBuilder::new()
        .timeout(Duration::from_millis(1))
        .layer(log.layer())
        .service(service_fn(|_: Request<_>| pending::<Result<Response<Body>, BoxError>>()));
    assert!(service.oneshot(call()).await.unwrap_err().is::<tower::timeout::error::Elapsed>());
    assert_eq!(log.text(), CANCELLED);
}

/// A time limit inside the layer is an answer like any other.
#[tokio::test]
async fn a_time_limit_inside_answers() {
    let log = Log::new();
    let service = ServiceBuilder::new()
        .layer(log.layer())
        .timeout(Duration::from_millis(1))
        .service(service_fn(|_: Request<_>| pending::<Result<Response<Body>, BoxError>>()));
    assert!(service.oneshot(call()).await.is_err());
    assert_eq!(log.notes(), ["service failed: request timed out"]);
}

// Several layers.

/// One record in each place that they write to.
#[tokio::test]
async fn the_layer_twice() {
    let log = Log::new();
    let inner = Log::new();
    let app = Router::new()
        .route("/", get(async || "hello").layer(inner.layer()))
        .route_layer(log.layer())
        .layer(log.layer());
    let response =
        ServiceBuilder::new().layer(log.layer()).layer(log.layer()).service(app).oneshot(call()).await.unwrap();
    assert_eq!(response.headers().get_all("x-request-id").iter().collect::<Vec<_>>(), ["id"]);
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "hello");
    assert_eq!((log.records(), inner.records()), (1, 1), "{}", log.text());
}

/// The outer layer lets it pass, so the inner one logs it, under the same id.
#[tokio::test]
async fn skipped_by_the_outer_layer() {
    let (outer, inner) = (Log::new(), Log::new());
    let app = ServiceBuilder::new().layer(outer.layer().skip(|_| true)).layer(inner.layer()).service(app::router());
    let request = Request::get("/get").body(Body::empty()).unwrap();
    let response = app.oneshot(request).await.unwrap();
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "got");
    assert_eq!((outer.records(), inner.records()), (0, 1));
    assert!(inner.text().starts_with(&format!("{id} > GET /get HTTP/1.1\n")), "{}", inner.text());
}

// Servers that stop.

/// A handler that waits to be let go on, and says when it is called.
fn waiting(log: &Log) -> (Router, mpsc::UnboundedReceiver<()>, Arc<Notify>) {
    let go = Arc::new(Notify::new());
    let (called, calls) = mpsc::unbounded_channel();
    let wait = go.clone();
    let handler = move || async move {
        called.send(()).unwrap();
        wait.notified().await;
        "done"
    };
    (Router::new().route("/", get(handler)).layer(log.layer()), calls, go)
}

#[tokio::test]
async fn a_graceful_shutdown_in_mid_exchange() {
    let log = Log::new();
    let (app, mut calls, go) = waiting(&log);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let stop = Arc::new(Notify::new());
    let stopped = stop.clone();
    let server = tokio::spawn(async {
        axum::serve(listener, app).with_graceful_shutdown(async move { stopped.notified().await }).await
    });
    client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nx-request-id: id\r\n\r\n").await.unwrap();
    soon("a call", calls.recv()).await.unwrap();
    stop.notify_one();
    go.notify_one();
    let mut came = String::new();
    soon("an answer", client.read_to_string(&mut came)).await.unwrap();
    assert!(came.starts_with("HTTP/1.1 200 OK\r\n") && came.ends_with("\r\n\r\ndone"), "{came}");
    soon("the server", server).await.unwrap().unwrap();
    assert_eq!(
        log.text(),
        "\
id > GET / HTTP/1.1
id > Host: a
id > X-Request-Id: id
id >
id < HTTP/1.1 200 OK
id < Content-Type: text/plain; charset=utf-8
id <
id < done
id   began WHEN, end Nms
id   Nms
"
    );
}

/// No task outlives the runtime, and neither does an exchange.
#[test]
fn the_runtime_stops_in_mid_exchange() {
    let log = Log::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (app, mut calls, _go) = waiting(&log);
    let _client = runtime.block_on(async move {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        tokio::spawn(async { axum::serve(listener, app).await });
        client.write_all(b"GET / HTTP/1.1\r\nx-request-id: id\r\n\r\n").await.unwrap();
        soon("a call", calls.recv()).await.unwrap();
        client
    });
    assert_eq!(log.records(), 0);
    drop(runtime);
    assert_eq!(log.text(), CANCELLED);
}
