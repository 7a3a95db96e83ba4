//! Implements the future of [`RequestLog`](crate::RequestLog).

use crate::{
    body::{LogBody, Tap},
    captured::Failure,
    config::Config,
    current::{Running, Unrecorded},
    recorder::{Direction, Held},
    sink::Inside,
};
use http::{HeaderValue, Response, response};
use http_body::Body;
use pin_project_lite::pin_project;
use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

pin_project! {
    /// The response on its way: the future that [`RequestLog`](crate::RequestLog) returns.
    ///
    /// `F` is the future of the service inside. If this future is dropped before it is ready, the exchange ends, and a
    /// note says so.
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
    E: fmt::Display + 'static,
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

/// Holds what is to be done with the response: it gets the id, and is recorded if the exchange is logged.
pub(crate) struct Call {
    config: Arc<Config>,
    id: Option<HeaderValue>,
    pending: Option<Pending>,
    /// The exchange, if it is not logged.
    exchange: Option<Unrecorded>,
}

/// Holds an exchange that has no response yet. If it is dropped before there is one, it says why.
struct Pending {
    recorder: Held,
    is: Is,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Is {
    Waiting,
    /// The service runs. It is still so in `drop` only if it panicked.
    Running,
    /// The result of the call is known.
    Over,
}

impl Call {
    /// Makes a call of an exchange that is logged.
    pub(crate) fn logged(config: Arc<Config>, id: HeaderValue, recorder: Held) -> Self {
        Self { config, id: Some(id), pending: Some(Pending { recorder, is: Is::Waiting }), exchange: None }
    }

    /// Makes a call of an exchange that is not logged; `id` is for the response.
    pub(crate) fn silent(config: Arc<Config>, id: HeaderValue, exchange: Unrecorded) -> Self {
        Self { config, id: Some(id), pending: None, exchange: Some(exchange) }
    }

    /// Makes a call of an exchange that a layer further out handles; `id` is for the response.
    pub(crate) fn inner(config: Arc<Config>, id: Option<HeaderValue>) -> Self {
        Self { config, id, pending: None, exchange: None }
    }

    /// Runs the service, in `call` or in its future: whatever begins meanwhile is inside the exchange.
    pub(crate) fn run(&mut self) -> (Option<Inside>, Running) {
        let Some(pending) = &mut self.pending else {
            return (None, self.exchange.as_ref().map(Unrecorded::run).unwrap_or_default());
        };
        pending.is = Is::Running;
        pending.recorder.inside()
    }

    /// Takes the result of the service.
    pub(crate) fn ran(&mut self) {
        if let Some(pending) = &mut self.pending {
            pending.is = Is::Waiting;
        }
    }

    fn end<B: Body, E: fmt::Display + 'static>(
        &mut self,
        result: Result<Response<B>, E>,
    ) -> Result<Response<LogBody<B>>, E> {
        let pending = self.pending.take();
        let response = match result {
            Ok(response) => response,
            Err(error) => {
                if let Some(pending) = pending {
                    let text = pending.recorder.error_text(&error);
                    pending.fail(Failure::Error(text));
                }
                return Err(error);
            }
        };
        let (mut parts, body) = response.into_parts();
        let body = match pending {
            Some(pending) => LogBody::tapped(body, pending.respond(&self.config, &parts)),
            None => LogBody::silent(body, self.exchange.take()),
        };
        if let Some(id) = self.id.take() {
            self.config.carried.ids.answer(id, &mut parts.headers);
        }
        Ok(Response::from_parts(parts, body))
    }
}

impl Pending {
    fn respond(mut self, config: &Config, parts: &response::Parts) -> Tap {
        self.is = Is::Over;
        let (bodiless, body) = self.recorder.head(config, parts.status, &parts.headers);
        Tap::new(self.recorder.clone(), Direction::Response, body, bodiless)
    }

    fn fail(mut self, failure: Failure) {
        self.is = Is::Over;
        self.recorder.no_head(Some(failure));
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        match self.is {
            Is::Waiting => self.recorder.no_head(None),
            Is::Running => self.recorder.no_head(Some(Failure::Panic)),
            Is::Over => {}
        }
    }
}
