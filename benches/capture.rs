//! What a frame of a body costs: bare, through this crate, through `TraceLayer`.
//!
//! Throughput is in frames, so the time of an element is that of a frame of 16 KiB.

#[path = "support/frames.rs"]
mod frames;

use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use frames::{FRAMES, Frames, take};
use http_body::Body;

fn capture(c: &mut Criterion) {
    // `TraceLayer` only watches bodies while its span is enabled.
    tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_writer(std::io::sink).init();
    bench(c, "bare", Frames::new);
    bench(c, "tower-request-log, response, counted", || frames::logged_response("image/png"));
    bench(c, "tower-request-log, response, captured", || frames::logged_response("text/plain"));
    bench(c, "tower-request-log, request, counted", || frames::logged_request("image/png"));
    bench(c, "tower-request-log, request, captured", || frames::logged_request("text/plain"));
    bench(c, "TraceLayer, response", frames::traced_response);
}

/// Times the frames alone: not how the body is made, nor the end, at which an exchange is logged.
fn bench<B: Body<Data = Bytes> + Unpin>(c: &mut Criterion, name: &str, make: impl Fn() -> B) {
    c.benchmark_group("capture").throughput(Throughput::Elements(FRAMES as u64)).bench_function(name, |b| {
        b.iter_batched_ref(&make, take, BatchSize::SmallInput);
    });
}

criterion_group!(benches, capture);
criterion_main!(benches);
