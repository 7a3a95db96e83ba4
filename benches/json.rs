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

fn json(c: &mut Criterion) {
    for (name, make) in documents::ALL {
        bench(c, name, &make());
    }
}

fn bench(c: &mut Criterion, name: &str, document: &[u8]) {
    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Bytes(document.len() as u64));

    let mut rendering = Rendering::new(document, documents::redactor());
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
            by_hand::print(black_box(document), documents::PREFIX, &mut out);
            black_box(out.len())
        });
    });
    group.bench_function("IgnoredAny", |b| {
        b.iter(|| serde_json::from_slice::<IgnoredAny>(black_box(document)).unwrap());
    });
    group.finish();
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
