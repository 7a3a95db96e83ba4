//! However an exchange ends, it leaves one record that says so.

mod common;

use axum::{
    Router,
    body::{Body, Bytes},
    http::{Request, Response},
    routing::get,
};
use common::{
    Log,
    app::{self, App, Plain, boxed},
    h1::{Step, send, talk},
    h2::{Reset, Upload, exchange},
    soon,
};
use futures_util::{FutureExt, StreamExt, future::poll_immediate, stream};
use http_body_util::{BodyExt, StreamBody};
use std::{
    convert::Infallible,
    future::pending,
    io,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, mpsc},
};
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt, service_fn};

/// A request of HTTP/1 with a literal id, on a connection of its own.
fn request(head: &str) -> Step {
    send(format!("{head}\r\nx-request-id: id\r\nconnection: close\r\n\r\n"))
}

/// What is logged of one exchange over HTTP/1 with an app under the layer.
async fn logged(app: impl FnOnce(&Log) -> App, steps: &[Step]) -> String {
    let log = Log::new();
    let app = app(&log);
    talk(&app, steps).await;
    drop(app);
    assert_eq!(log.records(), 1, "{}", log.text());
    log.text()
}

fn plain(log: &Log) -> App {
    boxed(log.layer().layer(Plain))
}

fn axum(log: &Log) -> App {
    boxed(app::router().layer(log.layer()))
}

#[tokio::test]
async fn a_normal_end() {
    let steps = [send(
        "POST /full HTTP/1.1\r\nx-request-id: id\r\nhost: a\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello",
    )];
    let text = logged(
        |log| {
            boxed(log.layer().layer(service_fn(async |request: Request<_>| {
                let body = BodyExt::collect(request.into_body()).await.unwrap().to_bytes();
                Ok::<_, Infallible>(Response::new(Body::from([b"you said ", &body[..]].concat())))
            })))
        },
        &steps,
    )
    .await;
    assert_eq!(
        text,
        "\
id > POST /full HTTP/1.1
id > X-Request-Id: id
id > Host: a
id > Content-Length: 5
id > Connection: close
id >
id > hello
id < HTTP/1.1 200 OK
id <
id < you said hello
id   Nms
"
    );
}

// Bodies of requests.

#[tokio::test]
async fn an_upload_that_is_not_read() {
    let steps =
        [send("POST /unread HTTP/1.1\r\nx-request-id: id\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello")];
    assert_eq!(
        logged(plain, &steps).await,
        "\
id > POST /unread HTTP/1.1
id > X-Request-Id: id
id > Content-Length: 5
id > Connection: close
id >
id < HTTP/1.1 200 OK
id <
id < not read
id   Nms
id   request body: not read by the service
"
    );
}

#[tokio::test]
async fn an_upload_that_is_half_read() {
    // Of known length: the rest never comes, for the service does not wait for it.
    let log = Log::new();
    let steps = [send("POST /half HTTP/1.1\r\ncontent-length: 10\r\n\r\nhello"), Step::Read("read 5"), Step::Leave];
    talk(&plain(&log), &steps).await;
    assert_eq!(log.notes(), ["Nms", "request body: 5 of 10 bytes read by the service"]);

    let log = Log::new();
    let steps = [
        send("POST /half HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"),
        Step::Read("read 5"),
        Step::Leave,
    ];
    talk(&plain(&log), &steps).await;
    assert_eq!(log.notes(), ["Nms", "request body: not read to its end by the service, 5 bytes read"]);
}

/// An upload all of which came is complete, though the service did not look for what follows.
#[tokio::test]
async fn an_upload_that_is_read_to_its_length() {
    let log = Log::new();
    let steps = [send("POST /half HTTP/1.1\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello")];
    talk(&plain(&log), &steps).await;
    assert_eq!(log.notes(), ["Nms"]);
}

/// The response is over before the request is: the record waits for both.
#[tokio::test]
async fn an_upload_that_outlives_the_response() {
    let log = Log::new();
    let (bodies, mut kept) = mpsc::unbounded_channel();
    let service = service_fn(move |request: Request<Body>| {
        bodies.send(request.into_body()).unwrap();
        async { Ok::<_, Infallible>(Response::new(Body::from("go on"))) }
    });
    let upload = Body::from_stream(stream::iter(["one", "two"]).map(Ok::<_, Infallible>));
    let request = Request::post("/").header("x-request-id", "id").body(upload).unwrap();
    let service = log.layer().layer(service.map_request(|request: Request<_>| request.map(Body::new)));
    let response = service.oneshot(request).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "go on");
    assert_eq!(log.records(), 0);
    let body = kept.recv().await.unwrap();
    assert_eq!(body.collect().await.unwrap().to_bytes(), "onetwo");
    assert_eq!(
        log.text(),
        "\
id > POST / HTTP/1.1
id > X-Request-Id: id
id >
id > onetwo
id < HTTP/1.1 200 OK
id <
id < go on
id   Nms
"
    );
}

/// The client goes away in mid-upload, and the service answers all the same.
#[tokio::test]
async fn an_upload_that_breaks_off() {
    let log = Log::new();
    talk(&axum(&log), &[send("POST /echo HTTP/1.1\r\ncontent-length: 10\r\n\r\nhello"), Step::HalfClose]).await;
    // Which errors of bodies have a text, axum knows.
    let text = if cfg!(feature = "axum") { ": error reading a body from connection" } else { "" };
    assert_eq!(log.notes(), ["Nms".to_owned(), format!("request body failed after 5 of 10 bytes{text}")]);
    let log = Log::new();
    talk(&plain(&log), &[send("POST /echo HTTP/1.1\r\ncontent-length: 10\r\n\r\nhello"), Step::HalfClose]).await;
    assert_eq!(log.notes(), ["Nms", "request body failed after 5 of 10 bytes"]);
    let log = Log::new();
    talk(&plain(&log), &[send("POST /echo HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nzz")]).await;
    assert_eq!(log.notes(), ["Nms", "request body failed after 5 bytes"]);
}

// Clients that go away.

/// Holds a client back until the service has done its part.
fn signalling(
    log: &Log,
    response: impl Fn() -> Option<Body> + Clone + Send + 'static,
) -> (App, mpsc::UnboundedReceiver<()>) {
    let (called, calls) = mpsc::unbounded_channel();
    let service = service_fn(move |request: Request<Body>| {
        let (called, response) = (called.clone(), response.clone());
        async move {
            let mut body = request.into_body();
            if !http_body::Body::is_end_stream(&body) {
                body.frame().await.unwrap().unwrap();
            }
            called.send(()).unwrap();
            match response() {
                Some(body) => Ok::<_, Infallible>(Response::new(body)),
                None => std::future::pending().await,
            }
        }
    });
    let service = service.map_request(|request: Request<_>| request.map(Body::new));
    (boxed(log.layer().layer(service)), calls)
}

/// Connects to `app`, sends `text`, waits for `until` and goes away; the server is done then.
async fn abandon(app: App, text: &str, until: impl AsyncFnOnce(&mut TcpStream)) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (socket, _) = listener.accept().await.unwrap();
    // As servers are by default: a client that sends no more has gone.
    let server = hyper::server::conn::http1::Builder::new()
        .serve_connection(hyper_util::rt::TokioIo::new(socket), hyper_util::service::TowerToHyperService::new(app));
    let server = tokio::spawn(server);
    client.write_all(text.as_bytes()).await.unwrap();
    soon("what the client waits for", until(&mut client)).await;
    drop(client);
    let _ = soon("the server", server).await;
}

#[tokio::test]
async fn the_client_goes_away_before_the_head() {
    let log = Log::new();
    let (app, mut calls) = signalling(&log, || None);
    abandon(app, "GET / HTTP/1.1\r\nx-request-id: id\r\n\r\n", async |_| calls.recv().await.unwrap()).await;
    assert_eq!(
        log.text(),
        "\
id > GET / HTTP/1.1
id > X-Request-Id: id
id >
id   no response: the client went away or the call was cancelled, after Nms
"
    );
}

#[tokio::test]
async fn the_client_goes_away_in_mid_upload() {
    let log = Log::new();
    let (reading, mut reads) = mpsc::unbounded_channel();
    let service = service_fn(move |request: Request<_>| {
        let reading = reading.clone();
        async move {
            let mut body = request.into_body();
            while let Some(frame) = BodyExt::frame(&mut body).await {
                frame?;
                reading.send(()).unwrap();
            }
            Ok::<_, BoxError>(Response::new(Body::empty()))
        }
    });
    let upload = "PUT / HTTP/1.1\r\nx-request-id: id\r\ncontent-length: 10\r\n\r\nhello";
    abandon(boxed(log.layer().layer(service)), upload, async |_| reads.recv().await.unwrap()).await;
    assert_eq!(
        log.text(),
        "\
id > PUT / HTTP/1.1
id > X-Request-Id: id
id > Content-Length: 10
id >
id > hello
id   request body failed after 5 of 10 bytes
id   service failed: error reading a body from connection
"
    );
}

#[tokio::test]
async fn the_client_goes_away_in_mid_body() {
    let endless = || Some(Body::from_stream(stream::iter([Ok::<_, io::Error>("one")]).chain(stream::pending())));
    let log = Log::new();
    let (app, _calls) = signalling(&log, endless);
    abandon(app, "GET / HTTP/1.1\r\nx-request-id: id\r\n\r\n", async |client| {
        let mut came = Vec::new();
        while !came.ends_with(b"one\r\n") {
            assert_ne!(client.read_buf(&mut came).await.unwrap(), 0);
        }
    })
    .await;
    assert_eq!(
        log.text(),
        "\
id > GET / HTTP/1.1
id > X-Request-Id: id
id >
id < HTTP/1.1 200 OK
id <
id < one
id   Nms
id   client went away after 3 bytes of the response body
"
    );
}

#[tokio::test]
async fn the_stream_is_reset() {
    let get = |path: &str| Request::get(format!("http://a{path}")).header("x-request-id", "id").body(()).unwrap();
    let log = Log::new();
    exchange(&plain(&log), get("/stalls"), Upload::Nothing, Reset::AfterData).await;
    assert_eq!(
        log.text(),
        "\
id > GET /stalls HTTP/2
id > x-request-id: id
id >
id < HTTP/2 200 OK
id <
id < one
id   Nms
id   client went away after 3 bytes of the response body
"
    );
    let log = Log::new();
    exchange(&plain(&log), get("/half-never"), Upload::Open(&["one"]), Reset::BeforeHead).await;
    let reset = "\
id > GET /half-never HTTP/2
id > x-request-id: id
id >
id > one
id   request body: not read to its end by the service, 3 bytes read
id   no response: the client went away or the call was cancelled, after Nms
";
    assert!(log.text().ends_with(reset), "{}", log.text());
}

// Services that fail.

/// A request that nobody sends.
fn call() -> Request<Body> {
    Request::get("/").header("x-request-id", "id").body(Body::empty()).unwrap()
}

#[tokio::test]
async fn the_service_fails() {
    let fails = |log: &Log| {
        let service =
            service_fn(|_: Request<_>| async { Err::<Response<Body>, _>(io::Error::other("no such table\nbets")) });
        boxed(log.layer().layer(service))
    };
    assert_eq!(
        logged(fails, &[request("GET / HTTP/1.1")]).await,
        "\
id > GET / HTTP/1.1
id > X-Request-Id: id
id > Connection: close
id >
id   service failed: no such table\\nbets
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

/// An error of a type that is known to have a text shows it.
#[tokio::test]
async fn the_body_fails() {
    fn body<E: Send + 'static>(error: E) -> impl http_body::Body<Data = Bytes, Error = E> {
        let frame = http_body::Frame::data(Bytes::from("one"));
        StreamBody::new(stream::iter([Ok(frame), Err(error)]))
    }
    async fn failed<E: Send + 'static>(error: E) -> (E, String) {
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
    assert_eq!(
        text,
        "\
id > GET / HTTP/1.1
id > X-Request-Id: id
id >
id < HTTP/1.1 200 OK
id <
id < one
id   Nms
id   response body failed after 3 bytes: disk on fire
"
    );
    let (_, text) = failed::<BoxError>("disk on fire".into()).await;
    assert!(text.ends_with("id   response body failed after 3 bytes: disk on fire\n"), "{text}");
    let (error, text) = failed(7_u8).await;
    assert_eq!(error, 7);
    assert!(text.ends_with("id   response body failed after 3 bytes\n"), "{text}");
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
    assert_eq!(log.notes(), ["service failed", "Nms", "response body failed after 0 bytes"]);
}

// Panics.

const PANICKED: &str = "\
id > GET / HTTP/1.1
id > X-Request-Id: id
id >
id   service panicked
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
    assert_eq!(
        log.text(),
        "\
id > GET / HTTP/1.1
id > X-Request-Id: id
id >
id < HTTP/1.1 200 OK
id <
id < one
id   Nms
id   response body panicked after 3 bytes
"
    );
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
"
    );
}

/// What is logged is code of the user's too: its panics fail no request, and the log says that a record is missing.
#[tokio::test]
async fn a_filter_panics() {
    let log = Log::new();
    let service = log.layer().keep(|_| panics()).layer(Plain);
    let response = service.oneshot(call().map(|_| Body::empty())).await.unwrap();
    assert!(response.into_body().collect().await.is_ok());
    assert_eq!(log.text(), "-   id: not logged: the filter, format or sink panicked\n");
}

// Calls that are given up.

const CANCELLED: &str = "\
id > GET / HTTP/1.1
id > X-Request-Id: id
id >
id   no response: the client went away or the call was cancelled, after Nms
";

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
    assert_eq!(log.notes(), ["Nms", "client went away after 0 bytes of the response body"]);
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
    assert_eq!((log.records(), inner.records()), (1, 0), "{}", log.text());
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
