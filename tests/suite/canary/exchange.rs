//! One exchange through the layer, with an echo behind it: what is in the request is in the response too.

use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};
use tower::{Layer, Service, service_fn};
use tower_request_log::{
    LogBody, Record, Redactor, RequestLogLayer,
    format::{Format, JsonLines, Lines},
    sink::Memory,
};

/// What is sent and comes back.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: HeaderMap,
    pub(crate) status: StatusCode,
    /// With what the body ends instead of its end.
    pub(crate) error: Option<String>,
    /// With what the service fails once it has read the body.
    pub(crate) failure: Option<String>,
}

impl Default for Message {
    fn default() -> Self {
        Self {
            method: Method::POST,
            target: "/".to_owned(),
            version: Version::HTTP_11,
            headers: HeaderMap::new(),
            body: Vec::new(),
            trailers: HeaderMap::new(),
            status: StatusCode::OK,
            error: None,
            failure: None,
        }
    }
}

impl Message {
    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.headers.append(name, HeaderValue::from_bytes(value.as_ref()).unwrap());
        self
    }

    pub(crate) fn content_type(self, value: &str) -> Self {
        if value.is_empty() { self } else { self.header("content-type", value) }
    }

    pub(crate) fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }
}

/// The body's frames, and how it ends.
pub(crate) struct Frames {
    frames: VecDeque<Frame<Bytes>>,
    error: Option<String>,
}

impl Frames {
    /// The message's body, a frame for each of the pieces that end at `ends` and one for what remains.
    fn new(message: &Message, ends: &[usize]) -> Self {
        let bytes = Bytes::copy_from_slice(&message.body);
        let mut frames = VecDeque::new();
        let mut from = 0;
        for &end in ends.iter().chain([&bytes.len()]) {
            if end > from {
                frames.push_back(Frame::data(bytes.slice(from..end)));
                from = end;
            }
        }
        if !message.trailers.is_empty() {
            frames.push_back(Frame::trailers(message.trailers.clone()));
        }
        Self { frames, error: message.error.clone() }
    }
}

#[derive(Debug)]
pub(crate) struct Failed(String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

impl Body for Frames {
    type Data = Bytes;
    type Error = Failed;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Failed>>> {
        let this = &mut *self;
        Poll::Ready(match this.frames.pop_front() {
            Some(frame) => Some(Ok(frame)),
            None => this.error.take().map(|error| Err(Failed(error))),
        })
    }
}

/// `Lines`, then `JsonLines`.
pub(crate) struct Both;

impl Format for Both {
    fn render(&self, record: &Record, limit: usize, out: &mut Vec<u8>) {
        Lines::new().render(record, limit, out);
        JsonLines::new().render(record, limit, out);
    }
}

/// A layer for tests; what it logs is in the sink.
pub(crate) fn layer(redactor: &Redactor) -> (RequestLogLayer, Memory) {
    let memory = Memory::new();
    let layer = RequestLogLayer::new()
        .make_request_id(|_| Some(HeaderValue::from_static("id")))
        .redactor(redactor.clone())
        .sink(memory.clone());
    (layer.format(Both), memory)
}

/// Sends `message` through `layer`, its body in pieces that end at `ends`, to a service that sends it back.
pub(crate) fn send(layer: &RequestLogLayer, message: &Message, ends: &[usize]) {
    let echo = service_fn(|request: Request<LogBody<Frames>>| async move {
        let mut body = request.into_body();
        while let Some(Ok(_)) = body.frame().await {}
        if let Some(failure) = &message.failure {
            return Err(Failed(failure.clone()));
        }
        let mut response = Response::new(Frames::new(message, ends));
        *response.headers_mut() = message.headers.clone();
        *response.status_mut() = message.status;
        Ok(response)
    });
    let mut request = Request::new(Frames::new(message, ends));
    *request.method_mut() = message.method.clone();
    *request.uri_mut() = message.target.parse().unwrap_or_else(|e| panic!("{}: {e}", message.target));
    *request.version_mut() = message.version;
    *request.headers_mut() = message.headers.clone();
    let exchange = async {
        let Ok(response) = layer.layer(echo).call(request).await else { return };
        let mut body = response.into_body();
        while let Some(Ok(_)) = body.frame().await {}
    };
    exchange.now_or_never().expect("nothing to wait for");
}

/// What [`Both`] wrote, without its times.
pub(crate) fn timeless(text: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let is_time = |text: &str| text.strip_suffix("ms\n").is_some_and(|text| text.parse::<f32>().is_ok());
        if line.strip_prefix("id   ").is_some_and(|note| is_time(note) || note.starts_with("began ")) {
            continue;
        }
        let between = |line: &str, from: &str, to: &str| -> Option<(usize, usize)> {
            let start = line.find(from)?;
            Some((start, start + line[start..].find(to)?))
        };
        let mut line = line.to_owned();
        if line.starts_with("{\"request_id\"") {
            for (from, to) in [("\"timestamp\"", ",\"kind\""), ("\"ttfb_ms\"", ",\"request\"")] {
                if let Some((start, end)) = between(&line, from, to) {
                    line.replace_range(start..end, "");
                }
            }
        }
        out.push_str(&line);
    }
    out
}
