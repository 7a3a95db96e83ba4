//! However an exchange ends, it leaves one record that says so: normal ends, requests that are not read, and clients that
//! go away. What services do to it stands in `failures.rs`, what becomes of calls in `cancelled.rs`.

use crate::common::{
    CANCELLED, Log,
    app::{App, boxed, in_axum, plain},
    broken_off,
    h1::{Step, send, talk},
    h2::{Reset, Upload, exchange},
    soon,
};
use axum::{
    body::Body,
    http::{Request, Response},
};
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;
use std::{convert::Infallible, io};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tower::{BoxError, Layer, ServiceExt, service_fn};

/// What is logged of one exchange over HTTP/1 with an app under the layer.
async fn logged(app: impl FnOnce(&Log) -> App, steps: &[Step]) -> String {
    let log = Log::new();
    let app = app(&log);
    talk(&app, steps).await;
    drop(app);
    assert_eq!(log.records(), 1, "{}", log.text());
    log.text()
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
id   began WHEN, end Nms
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
id   request body: not read by the service
id   began WHEN, end Nms
id   Nms
"
    );
}

#[tokio::test]
async fn an_upload_that_is_half_read() {
    // Of known length: the rest never comes, for the service does not wait for it.
    let log = Log::new();
    let steps = [send("POST /half HTTP/1.1\r\ncontent-length: 10\r\n\r\nhello"), Step::Read("read 5"), Step::Leave];
    talk(&plain(&log), &steps).await;
    assert_eq!(log.notes(), ["request body: 5 of 10 bytes read by the service"]);

    let log = Log::new();
    let steps = [
        send("POST /half HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"),
        Step::Read("read 5"),
        Step::Leave,
    ];
    talk(&plain(&log), &steps).await;
    assert_eq!(log.notes(), ["request body: not read to its end by the service, 5 bytes read"]);
}

/// An upload all of which came is complete, though the service did not look for what follows.
#[tokio::test]
async fn an_upload_that_is_read_to_its_length() {
    let log = Log::new();
    let steps = [send("POST /half HTTP/1.1\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello")];
    talk(&plain(&log), &steps).await;
    assert_eq!(log.notes(), [""; 0]);
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
id   began WHEN, end Nms
id   Nms
"
    );
}

/// Of a request's body that broke off, with the cause where the error's type is known.
fn broke_off(caused: bool) -> String {
    let cause = if caused { ": end of file before message length reached" } else { "" };
    format!("request body failed after 5 of 10 bytes: error reading a body from connection{cause}")
}

/// The client goes away in mid-upload, and the service answers all the same.
#[tokio::test]
async fn an_upload_that_breaks_off() {
    let log = Log::new();
    talk(&in_axum(&log), &[send("POST /echo HTTP/1.1\r\ncontent-length: 10\r\n\r\nhello"), Step::HalfClose]).await;
    assert_eq!(log.notes(), [broke_off(cfg!(feature = "axum"))]);
    let log = Log::new();
    talk(&plain(&log), &[send("POST /echo HTTP/1.1\r\ncontent-length: 10\r\n\r\nhello"), Step::HalfClose]).await;
    assert_eq!(log.notes(), [broke_off(cfg!(feature = "hyper"))]);
    let log = Log::new();
    talk(&plain(&log), &[send("POST /echo HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nzz")]).await;
    let cause = if cfg!(feature = "hyper") { ": Invalid chunk size line: missing size digit" } else { "" };
    let note = format!("request body failed after 5 bytes: error reading a body from connection{cause}");
    assert_eq!(log.notes(), [note]);
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
    assert_eq!(log.text(), CANCELLED);
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
        format!(
            "\
id > PUT / HTTP/1.1
id > X-Request-Id: id
id > Content-Length: 10
id >
id > hello
id   {}
id   service failed: error reading a body from connection: end of file before message length reached
id   began WHEN, end Nms
id   no response
",
            broke_off(cfg!(feature = "hyper"))
        )
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
    assert_eq!(log.text(), broken_off("client went away after 3 bytes of the response body"));
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
id > :authority: a
id > x-request-id: id
id >
id < HTTP/2 200 OK
id <
id < one
id   client went away after 3 bytes of the response body
id   began WHEN, end Nms
id   Nms
"
    );
    let log = Log::new();
    exchange(&plain(&log), get("/half-never"), Upload::Open(&["one"]), Reset::BeforeHead).await;
    let reset = "\
id > GET /half-never HTTP/2
id > :authority: a
id > x-request-id: id
id >
id > one
id   request body: not read to its end by the service, 3 bytes read
id   no response: the client went away or the call was cancelled, after Nms
id   began WHEN, end Nms
id   no response
";
    assert!(log.text().ends_with(reset), "{}", log.text());
}
