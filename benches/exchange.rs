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

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use drive::{Exchange, Kind};
use stacks::Stack;

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

fn id(c: &mut Criterion) {
    let mut group = c.benchmark_group("id");
    group.bench_function("tower-request-log", |b| b.iter(ids::ours));
    group.bench_function("base62 and the clock", |b| b.iter(ids::base62));
}

criterion_group!(benches, exchange, inside, id);
criterion_main!(benches);
