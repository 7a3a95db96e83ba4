//! The response on its way.

use crate::{
    body::{LogBody, Tap},
    capture::Capture,
    config::Config,
    error_text::ErrorText,
    exchange::{self, Failure},
    recorder::{Direction, Recorder},
    redact,
    sink::Inside,
};
use http::{HeaderValue, Response, header};
use http_body::Body;
use pin_project_lite::pin_project;
use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

pin_project! {
    /// The future of [`RequestLog`](crate::RequestLog).
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        call: Call,
    }
}

impl<F> ResponseFuture<F> {
    pub(crate) fn new(inner: F, call: Call) -> Self {
        Self { inner, call }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
    E: fmt::Display,
{
    type Output = Result<Response<LogBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let inside = this.call.run();
        let polled = this.inner.poll(cx);
        drop(inside);
        this.call.ran();
        Poll::Ready(this.call.end(ready!(polled)))
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").field("logged", &self.call.pending.is_some()).finish_non_exhaustive()
    }
}

/// What is to be done with the response: it bears the id, and is recorded where the exchange is logged.
pub(crate) struct Call {
    config: Arc<Config>,
    id: Option<HeaderValue>,
    pending: Option<Pending>,
}

/// An exchange that has no response yet. Dropped before there is one, it says why.
struct Pending {
    recorder: Arc<Recorder>,
    /// Set while the service runs: still set in `drop` only if it panicked.
    running: bool,
}

impl Call {
    /// A call of an exchange that is logged.
    pub(crate) fn logged(config: Arc<Config>, id: HeaderValue, recorder: Arc<Recorder>) -> Self {
        Self { config, id: Some(id), pending: Some(Pending { recorder, running: false }) }
    }

    /// A call of an exchange that is not logged; `id` is for the response.
    pub(crate) fn silent(config: Arc<Config>, id: Option<HeaderValue>) -> Self {
        Self { config, id, pending: None }
    }

    /// The service runs, in `call` or in its future: what it begins meanwhile is inside of the exchange.
    pub(crate) fn run(&mut self) -> Option<Inside> {
        self.pending.as_mut().map(|pending| {
            pending.running = true;
            pending.recorder.inside()
        })
    }

    /// The service came back.
    pub(crate) fn ran(&mut self) {
        if let Some(pending) = &mut self.pending {
            pending.running = false;
        }
    }

    fn end<B: Body, E: fmt::Display>(&mut self, result: Result<Response<B>, E>) -> Result<Response<LogBody<B>>, E> {
        let pending = self.pending.take();
        let response = match result {
            Ok(response) => response,
            Err(error) => {
                if let Some(pending) = pending {
                    pending.recorder.fail(Failure::Error(ErrorText::of(&error)));
                }
                return Err(error);
            }
        };
        let (mut parts, body) = response.into_parts();
        let body = match pending {
            Some(pending) => LogBody::tapped(body, pending.respond(&self.config, &parts)),
            None => LogBody::untapped(body),
        };
        if let Some(id) = self.id.take() {
            carry(&self.config, id, &mut parts.headers);
        }
        Ok(Response::from_parts(parts, body))
    }
}

/// Puts the id on the response, exactly once; the service's own goes first.
fn carry(config: &Config, id: HeaderValue, headers: &mut http::HeaderMap) {
    match headers.try_entry(&config.id_header) {
        Ok(header::Entry::Vacant(entry)) => {
            let _ = entry.try_insert(id);
        }
        Ok(header::Entry::Occupied(mut entry)) => {
            if entry.iter().nth(1).is_some() {
                let first = entry.get().clone();
                entry.insert(first);
            }
        }
        // A header map that is full takes no more: the response goes out as it is.
        Err(_) => {}
    }
}

impl Pending {
    fn respond(self, config: &Config, parts: &http::response::Parts) -> Tap {
        let bodiless = self.recorder.head(parts.status, exchange::fields(&parts.headers));
        tap(self.recorder.clone(), config, Direction::Response, &parts.headers, bodiless)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if self.running {
            self.recorder.fail(Failure::Panic);
        }
    }
}

/// The tap of a message with these headers: a body that won't be shown is only counted.
pub(crate) fn tap(
    recorder: Arc<Recorder>,
    config: &Config,
    direction: Direction,
    headers: &http::HeaderMap,
    bodiless: bool,
) -> Tap {
    let content_type = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let capture = if bodiless || config.body_limit == 0 || !redact::is_text(content_type) {
        Capture::none()
    } else {
        Capture::new(config.body_limit, config.budget.clone())
    };
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    Tap::new(recorder, direction, (capture, config.body_limit), announced, bodiless)
}
