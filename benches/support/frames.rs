//! A body of 640 frames of 16 KiB, and each way to watch it.

use bytes::Bytes;
use http::{Request, Response, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Empty;
use std::{
    convert::Infallible,
    future::{Ready, ready},
    hint::black_box,
    pin::{Pin, pin},
    sync::mpsc,
    task::{Context, Poll, Waker},
};
use tower::{Layer, Service, service_fn};
use tower_http::trace::TraceLayer;
use tower_request_log::RequestLogLayer;

pub(crate) const FRAMES: usize = 640;

/// The same frame again and again.
pub(crate) struct Frames {
    frame: Bytes,
    left: usize,
}

impl Frames {
    pub(crate) fn new() -> Self {
        Self { frame: Bytes::from(vec![b'x'; 16 * 1024]), left: FRAMES }
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        Poll::Ready(Some(Ok(Frame::data(self.frame.clone()))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact((self.left * self.frame.len()) as u64)
    }
}

/// As this crate's layer wraps it: a response of `content_type`.
pub(crate) fn logged_response(content_type: &'static str) -> impl Body<Data = Bytes> + Unpin {
    let mut service = log().layer(service_fn(move |_| answer(content_type)));
    finish(service.call(Request::new(Empty::<Bytes>::new()))).into_body()
}

/// As this crate's layer wraps it: a request of `content_type`.
pub(crate) fn logged_request(content_type: &'static str) -> impl Body<Data = Bytes> + Unpin {
    let (send, bodies) = mpsc::channel();
    let mut service = log().layer(service_fn(move |request: Request<_>| {
        let _ = send.send(request.into_body());
        ready(Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new())))
    }));
    let request = Request::builder().header(header::CONTENT_TYPE, content_type).body(Frames::new()).unwrap();
    drop(finish(service.call(request)));
    bodies.recv().unwrap()
}

/// As `TraceLayer` wraps it.
pub(crate) fn traced_response() -> impl Body<Data = Bytes> + Unpin {
    let layer = TraceLayer::new_for_http();
    let mut service = layer.layer(service_fn(|_| answer("image/png")));
    finish(service.call(Request::new(Empty::<Bytes>::new()))).into_body()
}

/// Polls all frames, but not the end.
pub(crate) fn take(body: &mut (impl Body<Data = Bytes> + Unpin)) {
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..FRAMES {
        match Pin::new(&mut *body).poll_frame(&mut cx) {
            Poll::Ready(Some(frame)) => drop(black_box(frame.ok())),
            _ => unreachable!("frames are always there"),
        }
    }
}

fn log() -> RequestLogLayer {
    RequestLogLayer::new().sink(|block: &[u8]| {
        black_box(block);
    })
}

fn answer(content_type: &'static str) -> Ready<Result<Response<Frames>, Infallible>> {
    let response = Response::builder().header(header::CONTENT_TYPE, content_type).body(Frames::new());
    ready(Ok(response.unwrap()))
}

fn finish<T, E: std::fmt::Debug>(future: impl Future<Output = Result<T, E>>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result.unwrap(),
        Poll::Pending => unreachable!("nothing here waits"),
    }
}
