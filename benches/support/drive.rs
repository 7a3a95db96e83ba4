//! Exchanges in process: a router is called, its answer drained.

use crate::stacks::{self, Stack};
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri, header},
};
use futures_util::FutureExt;
use http_body_util::BodyExt;
use std::{cell::Cell, convert::Infallible, fmt, hint::black_box, sync::Arc};
use tower::{Layer, Service, ServiceExt};

/// 244 bytes.
const BET: &str = include_str!("bet.json");

/// An exchange.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A POST of 244 bytes of JSON with 11 headers, answered with 913 bytes of JSON.
    Post,
    /// The same with values of headers that never come again.
    New,
    /// A GET with 3 headers, answered with a few bytes of text.
    Get,
    /// A GET answered with 10 MiB that are no text.
    Stream,
    /// A GET answered with 10 MiB of text.
    Text,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] = [Self::Post, Self::New, Self::Get, Self::Stream, Self::Text];

    /// The stacks that it is run under: those that collect bodies are no match for a stream.
    pub(crate) fn stacks(self) -> &'static [Stack] {
        match self {
            Self::Post | Self::Get => &Stack::ALL,
            Self::New | Self::Stream | Self::Text => &[Stack::Bare, Stack::Log, Stack::Trace, Stack::Usual],
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Post => "POST of JSON",
            Self::New => "POST, its headers all new",
            Self::Get => "GET of a few bytes",
            Self::Stream => "stream of 10 MiB, no text",
            Self::Text => "stream of 10 MiB of text",
        }
    }

    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::Post | Self::New => 913,
            Self::Get => 5,
            Self::Stream | Self::Text => 10 << 20,
        }
    }

    /// Method, target, headers and body.
    pub(crate) fn request(self) -> (Method, &'static str, &'static [(&'static str, &'static str)], &'static str) {
        match self {
            Self::Post | Self::New => (Method::POST, "/games/slots-of-gold/bet", &POST, BET),
            Self::Get => (Method::GET, "/hello", &GET, ""),
            Self::Stream => (Method::GET, "/stream", &GET, ""),
            Self::Text => (Method::GET, "/text", &GET, ""),
        }
    }
}

/// A service under one stack, its log discarded, and what its requests are.
pub(crate) struct Exchange {
    kind: Kind,
    run: Box<dyn FnMut(Request<Body>) -> usize>,
}

impl Exchange {
    /// With the stack around the router, so that what is counted is the stack's and not axum's.
    pub(crate) fn around(kind: Kind, stack: Stack) -> Self {
        let run = stacks::layered!(stack, discard, Arc::new(discard), runner(stacks::app()), |layer| runner(
            layer.layer(stacks::app())
        ));
        Self { kind, run }
    }

    /// With the stack inside, by `Router::layer`, for which axum boxes the service and the bodies once more.
    pub(crate) fn inside(kind: Kind, stack: Stack) -> Self {
        let app =
            stacks::layered!(stack, discard, Arc::new(discard), stacks::app(), |layer| stacks::app().layer(layer));
        Self { kind, run: runner(app) }
    }

    /// Makes requests as hyper does on a connection that is kept: it uses the header map of the response before, which
    /// has room for six headers at the least, and reserves room for what came.
    pub(crate) fn request(&self) -> impl Fn() -> Request<Body> + use<> {
        let (method, uri, headers, body) = self.kind.request();
        let name = |&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
        let headers: HeaderMap = headers.iter().map(name).collect();
        let uri = Uri::from_static(uri);
        let (new, count) = (self.kind == Kind::New, Cell::new(0_u64));
        move || {
            let mut request = Request::new(Body::from(body));
            *request.method_mut() = method.clone();
            *request.uri_mut() = uri.clone();
            *request.headers_mut() = HeaderMap::with_capacity(headers.len().max(6));
            request.headers_mut().extend(headers.clone());
            if new {
                count.set(count.get() + 1);
                make_new(request.headers_mut(), count.get());
            }
            request
        }
    }

    /// Runs one exchange to its end.
    pub(crate) fn run(&mut self, request: Request<Body>) {
        assert_eq!((self.run)(request), self.kind.bytes());
    }
}

/// Puts a number behind the values, but for those that would mean something else then.
fn make_new(headers: &mut HeaderMap, count: u64) {
    for (name, value) in headers {
        if !name.as_str().starts_with("content-") && name != header::AUTHORIZATION {
            let new = [value.as_bytes(), b" ", format!("{count:x}").as_bytes()].concat();
            *value = HeaderValue::try_from(new).unwrap();
        }
    }
}

/// What calls `service` and drains its answer; returns how many bytes there were.
fn runner<S, B>(mut service: S) -> Box<dyn FnMut(Request<Body>) -> usize>
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible> + 'static,
    B: http_body::Body<Data = Bytes, Error: fmt::Debug> + Unpin,
{
    Box::new(move |request| {
        let answer = async { service.ready().await?.call(request).await };
        // Nothing in these services waits.
        let mut body = answer.now_or_never().unwrap().unwrap().into_body();
        let mut bytes = 0;
        while let Some(frame) = body.frame().now_or_never().unwrap() {
            bytes += black_box(frame.unwrap()).data_ref().map_or(0, Bytes::len);
        }
        bytes
    })
}

pub(crate) fn discard(block: &[u8]) {
    black_box(block);
}

/// Sends what `tracing` is given to nowhere, printed as `tracing_subscriber::fmt` does unless told otherwise.
pub(crate) fn discard_tracing() {
    tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_writer(std::io::sink).init();
}

const POST: [(&str, &str); 11] = [
    ("host", "games.internal.betable.com"),
    ("connection", "close"),
    ("user-agent", "betable-ios/4.12.0 (iPhone; iOS 18.1)"),
    ("x-betable-client-id", "Qd8mYw3tK1nLx0Rz"),
    ("x-betable-request-id", "ccbYQHB1xzwqWkjvyKV5i9"),
    ("authorization", "Basic YmV0YWJsZTpodW50ZXIy"),
    ("content-type", "application/json; charset=utf8"),
    ("x-betable-access-token", "s.hJ3kP9vTq2Lw8Zx5"),
    ("x-betable-user-id", "u_58213377"),
    ("x-forwarded-for", "31.222.179.165"),
    ("content-length", "244"),
];

const GET: [(&str, &str); 3] =
    [("host", "games.internal.betable.com"), ("user-agent", "curl/8.5.0"), ("accept", "*/*")];
