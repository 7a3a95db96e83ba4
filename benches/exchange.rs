//! Whole exchanges in process: an axum router is called and its answer drained, under each way to log; what is logged is
//! discarded. And what an id costs.

#[path = "support/by_hand.rs"]
mod by_hand;
#[path = "support/drive.rs"]
mod drive;
#[path = "support/ids.rs"]
mod ids;
#[path = "support/stacks.rs"]
mod stacks;

use axum::{
    body::{Body, Bytes},
    http::{Request, Response},
};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use drive::{Exchange, Kind};
use futures_util::FutureExt;
use http_body_util::BodyExt;
use stacks::Stack;
use std::{any::Any, convert::Infallible, fmt, hint::black_box, sync::Arc};
use tower::{Layer, Service, ServiceExt};

fn exchange(c: &mut Criterion) {
    drive::discard_tracing();
    for kind in Kind::ALL {
        let mut group = c.benchmark_group(kind.name());
        for &stack in kind.stacks() {
            let mut exchange = Exchange::around(kind, stack);
            let request = exchange.request();
            group.bench_function(stack.name(), |b| {
                b.iter_batched(&request, |request| exchange.run(request), BatchSize::SmallInput);
            });
        }
    }
}

/// The same with the stack inside the router.
fn inside(c: &mut Criterion) {
    let mut group = c.benchmark_group("POST, by Router::layer");
    for stack in [Stack::Bare, Stack::Log, Stack::Skip, Stack::Trace] {
        let mut exchange = Exchange::inside(Kind::Post, stack);
        let request = exchange.request();
        group.bench_function(stack.name(), |b| {
            b.iter_batched(&request, |request| exchange.run(request), BatchSize::SmallInput);
        });
    }
}

/// A stream up to its first byte: what comes behind it is not waited for, and how it ends is not timed.
fn first_byte(c: &mut Criterion) {
    let mut group = c.benchmark_group("first byte of a stream");
    for &stack in Kind::Stream.stacks() {
        let mut first =
            stacks::layered!(stack, drive::discard, Arc::new(drive::discard), first_frame(stacks::app()), |layer| {
                first_frame(layer.layer(stacks::app()))
            });
        let request = Exchange::around(Kind::Stream, stack).request();
        group.bench_function(stack.name(), |b| b.iter_batched(&request, &mut first, BatchSize::SmallInput));
    }
}

/// What calls `service` and takes the first frame of its answer; returns the rest.
fn first_frame<S, B>(mut service: S) -> Box<dyn FnMut(Request<Body>) -> Box<dyn Any>>
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible> + 'static,
    B: http_body::Body<Data = Bytes, Error: fmt::Debug> + Unpin + 'static,
{
    Box::new(move |request| {
        let answer = async { service.ready().await?.call(request).await };
        let mut body = answer.now_or_never().unwrap().unwrap().into_body();
        black_box(body.frame().now_or_never().unwrap().unwrap().unwrap());
        Box::new(body)
    })
}

fn id(c: &mut Criterion) {
    let mut group = c.benchmark_group("id");
    group.bench_function("tower-request-log", |b| b.iter(ids::ours));
    group.bench_function("base62 and the clock", |b| b.iter(ids::base62));
}

criterion_group!(benches, exchange, inside, first_byte, id);
criterion_main!(benches);
