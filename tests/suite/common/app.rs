//! A service that answers in every way that HTTP allows, once in axum and once without.

use super::Log;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::DefaultBodyLimit,
    http::{HeaderMap, HeaderValue, Method, Request, Response, Version},
    routing::{get, post},
};
use futures_util::{StreamExt, stream};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use hyper::{body::Incoming, ext::ReasonPhrase};
use hyper_util::rt::TokioIo;
use std::{
    convert::Infallible,
    io,
    panic::resume_unwind,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::{BoxError, Layer, Service, ServiceExt, util::BoxCloneService};
use tower_request_log::RequestLogLayer;

/// A service as a server takes it.
pub(crate) type App = BoxCloneService<Request<Incoming>, Response<Body>, io::Error>;

pub(crate) fn boxed<S, B>(service: S) -> App
where
    S: Service<Request<Incoming>, Response = Response<B>, Future: Send, Error: Into<BoxError>> + Clone + Send + 'static,
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    service.map_response(|response| response.map(Body::new)).map_err(io::Error::other).boxed_clone()
}

/// A service without a layer, and the ways to put one on it, with their names.
pub(crate) struct Pair {
    pub(crate) bare: App,
    pub(crate) layered: Vec<(&'static str, App)>,
}

pub(crate) fn pairs(layer: &RequestLogLayer) -> [Pair; 2] {
    let axum = Pair {
        bare: boxed(router()),
        layered: vec![
            ("axum, layer inside", boxed(router().layer(layer.clone()))),
            ("axum, layer outside", boxed(layer.layer(router()))),
            ("axum, layer on both sides", boxed(layer.layer(router().layer(layer.clone())))),
        ],
    };
    let plain = Pair { bare: boxed(Plain), layered: vec![("no axum", boxed(layer.layer(Plain)))] };
    [axum, plain]
}

/// The service under a layer, without axum.
pub(crate) fn plain(log: &Log) -> App {
    boxed(log.layer().layer(Plain))
}

/// The service under a layer of axum's.
pub(crate) fn in_axum(log: &Log) -> App {
    boxed(router().layer(log.layer()))
}

pub(crate) fn router() -> Router {
    Router::new()
        .route("/get", get(|| async { "got" }))
        .route("/limited", post(|body: Bytes| async move { body.len().to_string() }))
        .layer(DefaultBodyLimit::max(1024))
        .fallback(|request: Request<Body>| respond(request))
}

/// The service without axum.
#[derive(Clone)]
pub(crate) struct Plain;

impl<B> Service<Request<B>> for Plain
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // hyper's HTTP/2 server leaves it to the service to answer a HEAD without a body.
        let bodiless = request.method() == Method::HEAD && request.version() == Version::HTTP_2;
        Box::pin(async move {
            let response = respond(request.map(Body::new)).await;
            Ok(if bodiless { response.map(|_| Body::empty()) } else { response })
        })
    }
}

async fn respond(request: Request<Body>) -> Response<Body> {
    if request.method() == Method::CONNECT {
        return switch(request, Response::new(Body::empty()));
    }
    let new = Response::builder();
    let response = match request.uri().path() {
        "/empty" => new.body(Body::empty()),
        "/204" => new.status(204).body(Body::empty()),
        "/204-with-a-body" => new.status(204).body(Body::from("none of this is sent")),
        "/205" => new.status(205).body(Body::empty()),
        "/304" => new.status(304).header("etag", "\"1\"").body(Body::empty()),
        "/304-with-a-length" => new.status(304).header("content-length", "1234").body(Body::empty()),
        "/299" => new.status(299).body(Body::empty()),
        "/reason" => new.status(200).extension(ReasonPhrase::from_static(b"Fine By Me")).body(Body::from("fine")),
        "/full" => new.header("content-type", "text/plain").body(Body::from("a body of known length")),
        "/length" => new.header("content-length", "9").body(stream_of(&["one", "two", "six"])),
        "/length-too-long" => new.header("content-length", "30").body(stream_of(&["one", "two", "six"])),
        "/length-too-short" => new.header("content-length", "4").body(stream_of(&["one", "two", "six"])),
        "/unknown" => new.body(stream_of(&["one", "two", "six"])),
        "/unknown-empty" => new.body(stream_of(&[])),
        "/empty-frames" => new.body(stream_of(&["", "one", "", "two", ""])),
        "/big" => new.body(Body::from(pattern(300_000))),
        "/big-unknown" => {
            new.body(Body::from_stream(stream::iter((0..30).map(|_| Ok::<_, io::Error>(pattern(10_000))))))
        }
        "/trailers" => new.header("trailer", "x-sum, x-more").body(trailers(&["one", "two"])),
        "/trailers-only" => new.header("trailer", "x-sum, x-more").body(trailers(&[])),
        "/trailers-unannounced" => new.body(trailers(&["one"])),
        "/cookies" => new
            .header("set-cookie", "a=1; Path=/")
            .header("x-first", "1")
            .header("set-cookie", "b=2; Path=/")
            .header("x-obs", HeaderValue::from_bytes(b"caf\xe9").unwrap())
            .body(Body::from("cookies")),
        "/close" => new.header("connection", "close").body(Body::from("bye")),
        "/body-fails" => new.body(failing(&["one", "two"])),
        "/body-fails-with-a-length" => new.header("content-length", "100").body(failing(&["one", "two"])),
        "/stalls" => new.body(Body::from_stream(stream::iter([Ok::<_, io::Error>("one")]).chain(stream::pending()))),
        "/never" => std::future::pending().await,
        "/grpc-trailers-only" => {
            new.header("content-type", "application/grpc").header("grpc-status", "12").body(Body::empty())
        }
        "/panics" => resume_unwind(Box::new("as asked")),
        "/unread" => new.body(Body::from("not read")),
        "/half" => {
            let mut body = request.into_body();
            let frame = body.frame().await.expect("a frame").expect("data");
            new.body(Body::from(format!("read {}", frame.into_data().unwrap().len())))
        }
        "/half-never" => {
            let mut body = request.into_body();
            body.frame().await.expect("a frame").expect("data");
            std::future::pending().await
        }
        "/late" => {
            // Reads the request only once the head of the response is out.
            let read = stream::once(async { Ok::<_, io::Error>(describe(request).await) });
            new.header("x-late", "1").body(Body::from_stream(read))
        }
        "/switch" => {
            let response = new.status(101).header("connection", "upgrade").header("upgrade", "echo");
            return switch(request, response.body(Body::empty()).unwrap());
        }
        _ => new.header("content-type", "text/plain").body(Body::from(describe(request).await)),
    };
    response.unwrap()
}

/// What the service saw of a request, but for the id.
async fn describe(request: Request<Body>) -> String {
    let (parts, body) = request.into_parts();
    let mut text = format!("{} {} {:?}\n", parts.method, parts.uri, parts.version);
    let mut add = |headers: &HeaderMap| {
        for (name, value) in headers.iter().filter(|(name, _)| *name != "x-request-id") {
            text += &format!("{name}: {}\n", value.as_bytes().escape_ascii());
        }
    };
    add(&parts.headers);
    let body = body.collect().await;
    match body {
        Ok(body) => {
            if let Some(trailers) = body.trailers() {
                add(trailers);
            }
            let bytes = body.to_bytes();
            // Long bodies by their sum: the answer to a long upload need not be one.
            let sum = bytes.iter().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
            text += &format!("\n{} bytes, {sum:x}\n{}", bytes.len(), bytes[..bytes.len().min(200)].escape_ascii());
        }
        Err(error) => text += &format!("\n{error}"),
    }
    text
}

pub(crate) fn stream_of(frames: &'static [&'static str]) -> Body {
    Body::from_stream(stream::iter(frames.iter().map(|frame| Ok::<_, io::Error>(Bytes::from_static(frame.as_bytes())))))
}

fn trailers(frames: &'static [&'static str]) -> Body {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-sum", HeaderValue::from_static("6"));
    trailers.insert("x-more", HeaderValue::from_static("yes"));
    let data = stream::iter(frames).map(|frame| Ok::<_, Infallible>(Frame::data(Bytes::from_static(frame.as_bytes()))));
    Body::new(StreamBody::new(data.chain(stream::iter([Ok(Frame::trailers(trailers))]))))
}

fn failing(frames: &'static [&'static str]) -> Body {
    let data = stream::iter(frames).map(|frame| Ok(Bytes::from_static(frame.as_bytes())));
    // The frames go out first, as they would where the failure took a while.
    let failure = stream::once(async {
        tokio::task::yield_now().await;
        Err(io::Error::other("the disk is on fire"))
    });
    Body::from_stream(data.chain(failure))
}

/// Bytes of which none is like its neighbour.
pub(crate) fn pattern(len: usize) -> Bytes {
    (0..len).map(|i| b'a' + (i % 23) as u8).collect::<Vec<u8>>().into()
}

/// Answers with `response` and echoes what comes then.
fn switch(request: Request<Body>, response: Response<Body>) -> Response<Body> {
    tokio::spawn(async move {
        let Ok(upgraded) = hyper::upgrade::on(request).await else { return };
        let mut io = TokioIo::new(upgraded);
        let mut buffer = [0; 1024];
        while let Ok(len @ 1..) = io.read(&mut buffer).await {
            if io.write_all(&buffer[..len]).await.is_err() {
                return;
            }
        }
        let _ = io.shutdown().await;
    });
    response
}
