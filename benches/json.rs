//! JSON, redacted, indented and prefixed: by this crate, by hand, and as a yardstick only skipped by `serde`'s
//! `IgnoredAny`.
//!
//! Throughput is in bytes of input. This crate's time is that of a block with the document less that of the same block
//! without.

#[path = "support/by_hand.rs"]
mod by_hand;
#[path = "support/documents.rs"]
mod documents;
#[path = "support/records.rs"]
mod records;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use records::Rendering;
use serde::de::IgnoredAny;
use std::{
    hint::black_box,
    time::{Duration, Instant},
};
use tower_request_log::Redactor;

/// An id, a space, a mark and a space, as in a block.
const PREFIX: &str = "ccbYQHB1xzwqWkjvyKV5i9 > ";

fn json(c: &mut Criterion) {
    bench(c, "244 B", &documents::bets(244));
    bench(c, "4 KiB", &documents::bets(4 << 10));
    bench(c, "64 KiB", &documents::bets(64 << 10));
    bench(c, "1 MiB", &documents::bets(1 << 20));
    bench(c, "like twitter", &documents::twitter());
    bench(c, "like citm", &documents::citm());
    bench(c, "like canada", &documents::canada());
}

fn bench(c: &mut Criterion, name: &str, document: &[u8]) {
    let mut group = c.benchmark_group(format!("json {name}"));
    group.throughput(Throughput::Bytes(document.len() as u64));

    let mut rendering = Rendering::new(document, redactor());
    group.bench_function("tower-request-log", |b| {
        b.iter_custom(|times| {
            let with = time(times, || _ = black_box(rendering.with()));
            let without = time(times, || _ = black_box(rendering.without()));
            with.saturating_sub(without)
        });
    });
    let mut out = String::new();
    group.bench_function("by hand", |b| {
        b.iter(|| {
            out.clear();
            by_hand::print(black_box(document), PREFIX, &mut out);
            black_box(out.len())
        });
    });
    group.bench_function("IgnoredAny", |b| {
        b.iter(|| serde_json::from_slice::<IgnoredAny>(black_box(document)).unwrap());
    });
    group.finish();
}

/// Hides what the one by hand hides.
fn redactor() -> Redactor {
    Redactor::new()
}

fn time(times: u64, mut run: impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..times {
        run();
    }
    start.elapsed()
}

criterion_group!(benches, json);
criterion_main!(benches);
