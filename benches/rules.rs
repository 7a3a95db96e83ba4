//! What more rules cost: the same record rendered under 10 names and 2 patterns, and under 200 names and 20 patterns.
//!
//! No rule meets what is in the record: what is timed is the looking, not the hiding.

#[path = "support/records.rs"]
mod records;

use criterion::{Criterion, criterion_group, criterion_main};
use records::Rendering;
use regex::Regex;
use std::hint::black_box;
use tower_request_log::Redactor;

const OUTCOME: &[u8] = include_bytes!("support/outcome.json");

fn rules(c: &mut Criterion) {
    let mut group = c.benchmark_group("rules");
    for (names, patterns) in [(10, 2), (200, 20)] {
        let mut rendering = Rendering::new(OUTCOME, redactor(names, patterns));
        group.bench_function(format!("{names} names, {patterns} patterns"), |b| {
            b.iter(|| _ = black_box(rendering.with()));
        });
    }
}

/// So many names, each a rule for headers, queries and fields alike.
fn redactor(names: usize, patterns: usize) -> Redactor {
    let redactor = (0..names).fold(Redactor::new(), |redactor, n| {
        let name = format!("{}-{n}", ["player", "ledger", "passport", "licence", "birthday"][n % 5]);
        redactor.header(&name).query(&name).field(&name)
    });
    (0..patterns)
        .fold(redactor, |redactor, n| redactor.pattern(Regex::new(&format!("acct{n}-(?<secret>[0-9]{{8}})")).unwrap()))
}

criterion_group!(benches, rules);
criterion_main!(benches);
