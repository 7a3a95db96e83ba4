//! What hostile text costs: 64 KiB of one piece after the other, as text, as a form and as a target.
//!
//! All should take about as long: where one takes far longer, something is quadratic.

#[path = "support/hostile.rs"]
mod hostile;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::{hint::black_box, time::Duration};

const LEN: usize = 64 << 10;

fn hostile(c: &mut Criterion) {
    let redactor = hostile::redactor();
    let mut group = c.benchmark_group("hostile");
    group.throughput(Throughput::Bytes(LEN as u64));
    group.sample_size(10).warm_up_time(Duration::from_millis(50)).measurement_time(Duration::from_millis(200));
    for piece in hostile::PIECES {
        let text = piece.repeat(LEN / piece.len());
        group.bench_function(format!("text {piece:?}"), |b| {
            b.iter(|| redactor.show_body("text/plain", black_box(&text)));
        });
        group.bench_function(format!("form {piece:?}"), |b| {
            b.iter(|| redactor.show_body("application/x-www-form-urlencoded", black_box(&text)));
        });
        group.bench_function(format!("target {piece:?}"), |b| b.iter(|| redactor.show_target(black_box(&text))));
    }
    group.finish();
}

criterion_group!(benches, hostile);
criterion_main!(benches);
