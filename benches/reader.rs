//! How fast `request-log` reads: bytes of log a second, on one core.
//!
//! `cargo bench --features cli --bench reader`

// The program has more uses for it.
#[allow(dead_code, unused_imports)]
#[path = "../src/bin/request-log/read/mod.rs"]
mod read;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use memchr::memmem::Finder;
use read::{Decoder, Entry};
use std::{fmt::Write, hint::black_box};

/// How many exchanges the log has.
const EXCHANGES: usize = 2_000;

/// A log of POSTs with bodies of JSON, each line behind `prefix`.
fn log(prefix: &str) -> String {
    let mut log = String::new();
    for at in 0..EXCHANGES {
        let lines = format!(
            "\
> POST /games/7/bet HTTP/1.1
> Host: games.internal.betable.com
> User-Agent: curl/8.14.1
> Content-Type: application/json; charset=utf8
> Authorization: Basic REDACTED (client_id: betable)
> Content-Length: 129
>
> {{
>     \"currency\": \"GBP\",
>     \"paylines\": [
>         1,
>         1
>     ],
>     \"wager\": \"0.01\"
> }}
< HTTP/1.1 201 Created
< Content-Type: application/json
<
< {{
<     \"payout\": \"0.00\"
< }}
  began 2026-11-28T16:00:{:02}.123Z, end 165ms, peer 10.47.108.9:50112, route /games/{{game}}/bet
  164ms",
            at % 60
        );
        for line in lines.lines() {
            let _ = writeln!(log, "{prefix}ccbYQHB1xzwqWkjvy{at:05} {line}");
        }
    }
    log
}

fn count(log: &str, mut push: impl FnMut(&mut Decoder, &[u8], &mut dyn FnMut(Entry))) -> usize {
    let (mut decoder, mut exchanges) = (Decoder::default(), 0);
    for piece in log.as_bytes().chunks(256 << 10) {
        push(&mut decoder, piece, &mut |entry| exchanges += usize::from(matches!(entry, Entry::Exchange(_))));
    }
    exchanges
}

fn reader(c: &mut Criterion) {
    let mut group = c.benchmark_group("reader");
    for (name, prefix) in [("bare", ""), ("syslog", "Feb 13 06:26:26 prod02 betable-games[123]: ")] {
        let log = log(prefix);
        group.throughput(Throughput::Bytes(log.len() as u64));
        group.bench_function(name, |b| {
            b.iter(|| {
                let exchanges = count(black_box(&log), |decoder, piece, mut out| decoder.push(piece, &mut out));
                assert_eq!(exchanges, EXCHANGES);
            });
        });
        let id = Finder::new("ccbYQHB1xzwqWkjvy01234");
        group.bench_function(format!("{name}, one id"), |b| {
            b.iter(|| {
                let exchanges =
                    count(black_box(&log), |decoder, piece, mut out| decoder.push_only(piece, &id, &mut out));
                assert_eq!(exchanges, 1);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, reader);
criterion_main!(benches);
