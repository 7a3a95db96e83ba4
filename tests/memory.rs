//! What is held in memory, counted by the allocator: an exchange's own, that of all in flight, and the queue's.
//!
//! The allocator counts what the calling thread allocates, and all runs on it but a writer's own thread.

use allocation_counter::{AllocationInfo, measure};
use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response};
use http_body::{Body, Frame};
use std::{
    convert::Infallible,
    io::{self, Write},
    pin::Pin,
    sync::{Arc, Mutex, mpsc},
    task::{Context, Poll, Waker},
};
use tower::{Layer, ServiceExt, service_fn};
use tower_request_log::{
    LogBody, RequestLogLayer,
    format::Lines,
    sink::{Sink, Writer},
};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// Frames of `length` bytes cut from buffers of `buffer`, without end.
#[derive(Clone, Copy)]
struct Endless {
    length: usize,
    buffer: usize,
}

impl Endless {
    fn frame(self) -> Bytes {
        let mut buffer = Vec::with_capacity(self.buffer);
        buffer.resize(self.length, b'x');
        Bytes::from(buffer)
    }
}

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(Some(Ok(Frame::data(self.frame()))))
    }
}

/// Takes `count` frames off `body`.
fn pump<B: Body<Data = Bytes> + Unpin>(body: &mut B, count: usize) {
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..count {
        let Poll::Ready(Some(Ok(frame))) = Pin::new(&mut *body).poll_frame(&mut cx) else { panic!("it has no end") };
        drop(frame);
    }
}

fn text<B>(body: B) -> Response<B> {
    Response::builder().header("content-type", "text/plain").body(body).unwrap()
}

/// An exchange whose bodies are pumped at the same time, while both are open; gives what is held at most.
fn exchange(layer: &RequestLogLayer, endless: Endless, frames: usize) -> AllocationInfo {
    let service = layer.layer(service_fn(move |request: Request<LogBody<Endless>>| async move {
        Ok::<_, Infallible>(text(Held(endless, request.into_body())))
    }));
    let request = Request::post("/").header("content-type", "text/plain").body(endless).unwrap();
    let mut ended = None;
    let info = measure(|| {
        let mut body = service.oneshot(request).now_or_never().unwrap().unwrap().into_body();
        pump(&mut body, frames);
        ended = Some(body);
    });
    drop(ended);
    info
}

/// A response's body that reads a frame of the request's for each of its own.
struct Held(Endless, LogBody<Endless>);

impl Body for Held {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        pump(&mut self.1, 1);
        Pin::new(&mut self.0).poll_frame(cx)
    }
}

/// Two limits of 64 KiB, with the KiB that each looks ahead, and 4 KiB for all the rest.
const EXCHANGE: u64 = 2 * 65 * KIB + 4 * KIB;

fn discard() -> RequestLogLayer {
    RequestLogLayer::new().sink(|_: &[u8]| {})
}

#[test]
fn an_endless_stream_of_large_frames_holds_its_limits_and_no_more() {
    let endless = Endless { length: 16 << 10, buffer: 16 << 10 };
    let info = exchange(&discard(), endless, 4096);
    assert!(info.bytes_total > 128 * MIB, "64 MiB go by each way: {info:?}");
    assert!(info.bytes_current <= EXCHANGE as i64, "{info:?}");
    // A frame of each body, and a capture's old bytes while it grows.
    assert!(info.bytes_max <= EXCHANGE + (2 * 16 + 64) * KIB, "{info:?}");
}

#[test]
fn an_endless_stream_of_tiny_frames_pins_no_buffer() {
    let endless = Endless { length: 1, buffer: 64 << 10 };
    let info = exchange(&discard(), endless, 70_000);
    assert!(info.bytes_total > 8000 * MIB, "each frame has a buffer of its own: {info:?}");
    assert!(info.bytes_current <= EXCHANGE as i64, "{info:?}");
    assert!(info.bytes_max <= EXCHANGE + (2 * 64 + 64) * KIB, "{info:?}");
}

/// Bodies that are only counted hold nothing.
#[test]
fn a_stream_that_is_not_shown_holds_nothing() {
    let layer = discard().body_limit(0);
    let info = exchange(&layer, Endless { length: 16 << 10, buffer: 16 << 10 }, 4096);
    assert!(info.bytes_current <= 4 * KIB as i64, "{info:?}");
}

/// A frame, then nothing for ever.
struct Slow(Option<Bytes>);

impl Body for Slow {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.0.take() {
            Some(frame) => Poll::Ready(Some(Ok(Frame::data(frame)))),
            None => Poll::Pending,
        }
    }
}

/// Would hold 320 MiB with no budget.
#[test]
fn ten_thousand_slow_exchanges_stay_within_the_budget() {
    const COUNT: usize = 10_000;
    let log = Arc::new(Mutex::new(Some(String::new())));
    // Lines so long that a body is on one.
    let layer = discard().format(Lines::new().line_limit(64 << 10)).memory_budget(64 << 20).sink({
        let log = Arc::clone(&log);
        move |block: &[u8]| {
            if let Some(log) = &mut *log.lock().unwrap() {
                log.push_str(std::str::from_utf8(block).unwrap());
            }
        }
    });
    let frame = Bytes::from(vec![b'x'; 32 << 10]);
    let service = layer.layer(service_fn(|request: Request<LogBody<Slow>>| async move {
        let mut incoming = request.into_body();
        pump(&mut incoming, 1);
        Ok::<_, Infallible>(text(Slow(None)).map(|body| Idle(body, incoming)))
    }));
    let mut open = Vec::with_capacity(COUNT);
    let held = measure(|| {
        for _ in 0..COUNT {
            let body = Slow(Some(frame.clone()));
            let request = Request::post("/").header("content-type", "text/plain").body(body).unwrap();
            let mut response = service.clone().oneshot(request).now_or_never().unwrap().unwrap().into_body();
            assert!(Pin::new(&mut response).poll_frame(&mut Context::from_waker(Waker::noop())).is_pending());
            open.push(response);
        }
    });
    // 2 KiB for each exchange beside its captures.
    let (budget, own) = (64 * MIB as i64, 2 * KIB as i64 * COUNT as i64);
    assert!(held.bytes_current <= budget + own, "{held:?}");
    assert!(held.bytes_current >= budget, "the budget is there to be used: {held:?}");
    // The first had their share, the last are told of.
    drop(open.remove(0));
    drop(open.pop());
    let log = log.lock().unwrap().take().unwrap();
    let (first, last) = log.split_at(log.rfind("> POST /").unwrap());
    assert!(first.contains(&"x".repeat(32 << 10)), "the first body is shown");
    let told = "request body: 32768 bytes of text/plain, not logged: memory budget used up\n";
    assert!(!last.contains("xx") && last.contains(told), "{last}");
    // All is given back.
    let given = measure(|| drop(open));
    assert!(-given.bytes_current >= 60 * MIB as i64, "{given:?}");
}

/// A response's body that holds on to the request's.
struct Idle(Slow, #[expect(dead_code)] LogBody<Slow>);

impl Body for Idle {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.0).poll_frame(cx)
    }
}

/// A reader that stops.
struct Stuck(mpsc::Receiver<()>);

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.recv();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A queue of blocks of any size holds what it may, and what the last piece reserves.
#[test]
fn a_queue_holds_its_limit() {
    for size in [2, 100, 2000, 30_000] {
        let (open, shut) = mpsc::channel();
        let sink = Writer::new(Stuck(shut)).queue_limit(4 << 20);
        let block = "x".repeat(size - 1) + "\n";
        let info = measure(|| (0..(8 << 20) / (size + 40)).for_each(|_| sink.notice(block.as_bytes())));
        assert!(sink.dropped() > 0, "{size}");
        assert!(info.bytes_current <= 6 * MIB as i64 && info.bytes_max <= 7 * MIB, "{size}: {info:?}");
        drop(open);
    }
}
