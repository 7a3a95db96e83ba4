//! What is counted rather than timed: exchanges, JSON and ids, each in the ways to do it.

use crate::{
    by_hand,
    connection::Connection,
    documents::{self, Make},
    drive::{self, Exchange, Kind},
    ids,
    records::Rendering,
    stacks::Stack,
};
use serde::de::IgnoredAny;
use std::hint::black_box;

/// One way to do a thing.
pub(crate) struct Job {
    /// The thing; the first job of each is the one that others are compared with.
    pub(crate) group: &'static str,
    pub(crate) name: &'static str,
    /// How often it is done: more often where it is cheap.
    pub(crate) times: u64,
    /// Whether some of it is done on another thread.
    threads: bool,
    start: Box<dyn Fn() -> Box<dyn FnMut()>>,
}

impl Job {
    pub(crate) fn all() -> Vec<Self> {
        let mut jobs = Vec::new();
        for kind in Kind::ALL {
            let times = if matches!(kind, Kind::Post | Kind::New | Kind::Get) { 300 } else { 10 };
            for &stack in kind.stacks() {
                jobs.push(Self::new(kind.name(), stack.name(), times, move || Exchange::around(kind, stack)));
            }
        }
        for stack in [Stack::Bare, Stack::Log, Stack::Skip, Stack::Trace] {
            let group = "POST, by Router::layer";
            jobs.push(Self::new(group, stack.name(), 300, move || Exchange::inside(Kind::Post, stack)));
        }
        // Under valgrind the last of them, a megabyte, takes long and tells nothing more.
        for (name, make) in documents::ALL.into_iter().take(6) {
            jobs.extend(Self::json(name, make));
        }
        let id = |name, run: fn()| {
            let start = Box::new(move || -> Box<dyn FnMut()> { Box::new(run) });
            Self { group: "id", name, times: 2000, threads: false, start }
        };
        jobs.push(id("base62 and the clock", ids::base62));
        jobs.push(id("tower-request-log", ids::ours));
        for (kind, group, times) in [
            (Kind::Post, "POST of JSON, over TCP", 100),
            (Kind::Get, "GET of a few bytes, over TCP", 100),
            (Kind::Stream, "no text, over TCP", 5),
            (Kind::Text, "text, over TCP", 5),
        ] {
            for stack in [Stack::Bare, Stack::Log, Stack::Trace] {
                let start = Box::new(move || -> Box<dyn FnMut()> {
                    let mut connection = Connection::new(kind, stack);
                    Box::new(move || connection.run())
                });
                jobs.push(Self { group, name: stack.name(), times, threads: true, start });
            }
        }
        jobs
    }

    fn new(group: &'static str, name: &'static str, times: u64, make: impl Fn() -> Exchange + 'static) -> Self {
        let start = Box::new(move || -> Box<dyn FnMut()> {
            let mut exchange = make();
            let request = exchange.request();
            Box::new(move || exchange.run(request()))
        });
        Self { group, name, times, threads: false, start }
    }

    /// A document redacted, indented and prefixed. What this crate has to do for a block without the document comes last:
    /// its part of the block with the document is the heads'.
    fn json(group: &'static str, make: Make) -> [Self; 4] {
        let times = if matches!(group, "JSON, 244 B" | "JSON, 4 KiB") { 100 } else { 5 };
        let job = |name, start: fn(Vec<u8>) -> Box<dyn FnMut()>| Self {
            group,
            name,
            times,
            threads: false,
            start: Box::new(move || start(make())),
        };
        [
            job("by hand: serde_json + redact + pretty + prefix", |document| {
                let mut out = String::new();
                Box::new(move || {
                    out.clear();
                    by_hand::print(&document, documents::PREFIX, &mut out);
                    black_box(&out);
                })
            }),
            job("tower-request-log", |document| {
                let mut rendering = Rendering::new(&document, documents::redactor());
                Box::new(move || _ = black_box(rendering.with()))
            }),
            job("serde's IgnoredAny", |document| {
                Box::new(move || _ = black_box(serde_json::from_slice::<IgnoredAny>(&document)))
            }),
            job("tower-request-log, block without", |document| {
                let mut rendering = Rendering::new(&document, documents::redactor());
                Box::new(move || _ = black_box(rendering.without()))
            }),
        ]
    }

    /// What does it once each time it is called.
    pub(crate) fn start(&self) -> Box<dyn FnMut()> {
        (self.start)()
    }
}

/// Whether this is a smoke run: `cargo bench -- --test`, or `cargo test --benches`, which passes no `--bench`.
pub(crate) fn smoke() -> bool {
    let given = |flag| std::env::args().any(|arg| arg == flag);
    given("--test") || !given("--bench")
}

/// Prints what `count` says of each job, and how it stands to the first of its group. Unless `threads` are counted too,
/// those that have some are left out.
pub(crate) fn table(unit: &str, threads: bool, count: impl Fn(&Job, usize) -> f64) {
    drive::discard_tracing();
    println!("{:<28} {:<50} {unit:>14} {:>14} {:>8}", "", "", "over the first", "ratio");
    let (mut group, mut first) = ("", 0.0);
    for (number, job) in Job::all().iter().enumerate() {
        if job.threads && !threads {
            continue;
        }
        let counted = count(job, number);
        if job.group != group {
            println!();
            (group, first) = (job.group, counted);
        }
        let ratio = counted / first;
        println!("{:<28} {:<50} {counted:>14.0} {:>14.0} {ratio:>8.2}", job.group, job.name, counted - first);
    }
}
