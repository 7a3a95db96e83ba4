//! Passes a body through untouched while keeping its first bytes: the tee.

use crate::{
    captured::{self, End},
    current::Unrecorded,
    fields::Fields,
    recorder::{Direction, Held},
};
use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::{
    any::Any,
    fmt, mem,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Instant,
};

pin_project! {
    /// A request or response body on its way through [`RequestLog`](crate::RequestLog).
    ///
    /// Frames, trailers, errors, `size_hint` and `is_end_stream` are those of the body inside. Data comes as [`Bytes`],
    /// without a copy if it was `Bytes` before. Dropping this body drops the body inside at once.
    ///
    /// The body's data may be of any `'static` type, and its error of any type that is `'static` and
    /// [`Display`](fmt::Display). The error is handed on unchanged. The log shows its text, and its causes as
    /// [`RequestLogLayer`](crate::RequestLogLayer#errors) says.
    ///
    /// [`From`] makes a body that belongs to no exchange, for tests of services inside the layer:
    ///
    /// ```
    /// use tower_request_log::LogBody;
    ///
    /// let body = LogBody::from("hello".to_owned());
    /// assert_eq!(body.get_ref(), "hello");
    /// assert_eq!(body.into_inner(), "hello");
    /// ```
    pub struct LogBody<B> {
        #[pin]
        inner: B,
        // Is gone once the exchange has seen all of this body. Is never there if nothing is logged.
        tap: Option<Tap>,
        // The exchange that it belongs to, if nothing is logged.
        exchange: Option<Unrecorded>,
        // Is set once the inner body has returned `None`. It is not polled again, since it need not be fused.
        done: bool,
    }
}

impl<B> LogBody<B> {
    /// Returns a reference to the body inside.
    #[must_use]
    pub fn get_ref(&self) -> &B {
        &self.inner
    }

    /// Returns a mutable reference to the body inside. Data that is taken from it this way is not logged.
    #[must_use]
    pub fn get_mut(&mut self) -> &mut B {
        &mut self.inner
    }

    /// Returns the body inside. For the log the body ends here, as if it were dropped.
    #[must_use]
    pub fn into_inner(self) -> B {
        self.inner
    }

    /// Makes a body of an exchange that is not logged.
    pub(crate) fn untapped(inner: B) -> Self {
        Self::silent(inner, None)
    }

    /// Makes a body of an exchange that is not logged, but known to the code that runs in it.
    pub(crate) fn silent(inner: B, exchange: Option<Unrecorded>) -> Self {
        Self { inner, tap: None, exchange, done: false }
    }
}

impl<B: Body> LogBody<B> {
    /// Makes a body of an exchange that is logged.
    pub(crate) fn tapped(inner: B, mut tap: Tap) -> Self {
        if inner.is_end_stream() {
            // Nothing will come and nobody needs to poll: the exchange knows all of this body.
            tap.complete = true;
            return Self::untapped(inner);
        }
        if let Some(body) = &mut tap.body
            && body.announced.is_none()
        {
            body.announced = inner.size_hint().exact();
        }
        Self { inner, tap: Some(tap), exchange: None, done: false }
    }
}

impl<B: Body<Data: 'static, Error: fmt::Display + 'static>> Body for LogBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let mut this = self.project();
        let Some(tap) = this.tap else {
            if *this.done {
                return Poll::Ready(None);
            }
            let running = this.exchange.as_ref().map(Unrecorded::run);
            let mut polled = this.inner.poll_frame(cx);
            drop(running);
            *this.done = matches!(polled, Poll::Ready(None));
            return match as_bytes(&mut polled) {
                Some(polled) => mem::replace(polled, Poll::Pending),
                None => into_bytes(polled),
            };
        };
        tap.polling = true;
        let inside = tap.recorder.inside();
        let mut polled = this.inner.as_mut().poll_frame(cx);
        drop(inside);
        (tap.polling, tap.touched) = (false, true);
        let mut other;
        let polled = match as_bytes(&mut polled) {
            Some(polled) => polled,
            None => {
                other = into_bytes(polled);
                &mut other
            }
        };
        let data = match polled {
            Poll::Ready(Some(Ok(frame))) => frame.data_ref(),
            _ => None,
        };
        // Nearly every frame has data, so it goes by without a detour. After data with `is_end_stream()` something may
        // still come, from bodies that say so before their trailers.
        if let Some(data) = data {
            tap.data(data);
            tap.complete |= this.inner.is_end_stream();
            return mem::replace(polled, Poll::Pending);
        }
        let frame = ready!(mem::replace(polled, Poll::Pending));
        *this.done = frame.is_none();
        // After `None` or trailers nothing can come, and the exchange need not wait until the body is dropped.
        if tap.no_data(&frame) {
            *this.tap = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl<B: Default> Default for LogBody<B> {
    /// Makes a body that belongs to no exchange.
    fn default() -> Self {
        Self::untapped(B::default())
    }
}

impl<B> From<B> for LogBody<B> {
    /// Makes a body that belongs to no exchange.
    fn from(inner: B) -> Self {
        Self::untapped(inner)
    }
}

impl<B> fmt::Debug for LogBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogBody").field("logged", &self.tap.is_some()).finish_non_exhaustive()
    }
}

/// Watches one body for its exchange, and reports when it is dropped.
pub(crate) struct Tap {
    recorder: Held,
    direction: Direction,
    /// The part that was seen, until it is reported.
    body: Option<Box<captured::Body>>,
    /// Is set if there is no body, whatever the headers say: the answer to a HEAD, a 204 or 304, a switch of protocols.
    bodiless: bool,
    /// Is set once the end is known to have been reached.
    complete: bool,
    /// Is set once the body was polled.
    touched: bool,
    /// Set while the inner body is polled: still set in `drop` only if it panicked.
    polling: bool,
}

impl Tap {
    /// Makes a tap that notes in `body` what it sees.
    pub(crate) fn new(recorder: Held, direction: Direction, body: Box<captured::Body>, bodiless: bool) -> Self {
        let body = Some(body);
        Self { recorder, direction, body, bodiless, complete: false, touched: false, polling: false }
    }

    #[inline]
    fn data(&mut self, data: &Bytes) {
        let Some(body) = &mut self.body else { return };
        if body.seen == 0 && self.direction == Direction::Response && !data.is_empty() {
            body.first_byte = Some(Instant::now());
        }
        body.seen += data.len() as u64;
        if !self.recorder.handle().hides_bodies() {
            body.capture.push(data);
        }
        self.recorder.progress(self.direction, body.seen);
    }

    /// Takes a frame without data, an error or the end. Returns whether nothing can follow.
    #[cold]
    fn no_data<E: fmt::Display + 'static>(&mut self, frame: &Option<Result<Frame<Bytes>, E>>) -> bool {
        match frame {
            Some(Ok(frame)) => {
                let trailers = frame.trailers_ref().map(|trailers| Box::new(Fields::from(trailers)));
                self.complete |= trailers.is_some();
                if let Some(body) = &mut self.body {
                    body.trailers = trailers;
                }
                self.complete
            }
            Some(Err(error)) => {
                if let Some(body) = &mut self.body {
                    body.end = End::Failed(self.recorder.error_text(error));
                }
                false
            }
            None => {
                self.complete = true;
                true
            }
        }
    }

    /// Returns how the body ended that is dropped now.
    fn end(&self, body: &mut captured::Body) -> End {
        let whole = body.announced.map(|announced| body.seen >= announced);
        if self.polling {
            End::Panicked
        } else if let End::Failed(_) = body.end {
            mem::take(&mut body.end)
        } else if self.bodiless || whole == Some(true) {
            // A server stops polling once it has sent what Content-Length announced; that is no abort.
            End::Complete
        } else if !self.complete {
            if self.touched { End::Dropped } else { End::Untouched }
        } else if whole == Some(false) && self.direction == Direction::Response {
            // A server that cannot send all that was announced breaks the connection off, however well the body ended.
            // A short request does not count: its server checked its length, and whoever rewrote it may have left the
            // header.
            End::Failed("it ended short of its length".into())
        } else {
            End::Complete
        }
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        if let Some(mut body) = self.body.take() {
            body.end = self.end(&mut body);
            // A body that was over from the start ended with its head.
            body.ended = (self.touched || !self.complete).then(Instant::now);
            self.recorder.body(self.direction, body);
        }
    }
}

/// Returns a body's output in place if its data is [`Bytes`], as it nearly always is. Then it need not be moved.
fn as_bytes<D: 'static, E: 'static>(polled: &mut Polled<D, E>) -> Option<&mut Polled<Bytes, E>> {
    let any: &mut dyn Any = polled;
    any.downcast_mut()
}

fn into_bytes<D: Buf, E>(polled: Polled<D, E>) -> Polled<Bytes, E> {
    let bytes = |mut data: D| data.copy_to_bytes(data.remaining());
    polled.map(|frame| frame.map(|frame| frame.map(|frame| frame.map_data(bytes))))
}

type Polled<D, E> = Poll<Option<Result<Frame<D>, E>>>;
