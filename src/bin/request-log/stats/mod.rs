//! Implements `request-log stats`: prints counts, rates and percentiles.

mod table;

use crate::{
    Done,
    args::{Input, Output},
    filter::Filter,
    groups::{Group, Groups},
    input::Visit,
    output::Out,
    read::{Entry, Exchange, Outcome},
};
use clap::ValueEnum;
use std::{
    io::{self, Write},
    time::{Duration, Instant},
};

/// Counts exchanges: how many, how many a second, the share of errors, and the time to first byte at p50, p90, p99 and
/// at most
///
/// An error is a 5xx, a service or a body that failed or panicked, and a gRPC status that is the server's fault. The rate
/// is over the time from the first exchange's beginning to the last one's end, a second at least. Reports of exchanges
/// that are still open are not counted, since their record follows.
#[derive(clap::Args, Debug)]
pub(crate) struct Stats {
    #[command(flatten)]
    input: Input,
    /// The keys to count by; `none` counts all together.
    #[arg(long, value_name = "KEY,…", value_delimiter = ',', default_value = "route")]
    by: Vec<Key>,
    /// Go on as the files grow, and print again every two seconds.
    #[arg(short, long)]
    follow: bool,
    #[command(flatten)]
    output: Output,
}

/// Names what exchanges are counted by.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Route,
    Status,
    Method,
    Service,
    Path,
    Kind,
    Outcome,
    None,
}

impl Key {
    fn name(self) -> &'static str {
        match self {
            Self::Route => "route",
            Self::Status => "status",
            Self::Method => "method",
            Self::Service => "service",
            Self::Path => "path",
            Self::Kind => "kind",
            Self::Outcome => "outcome",
            Self::None => "",
        }
    }

    /// Appends the exchange's value; `-` where it has none.
    fn write(self, exchange: &Exchange, to: &mut String) {
        let value = match self {
            Self::Route => exchange.route.as_deref(),
            Self::Method => Some(exchange.method.as_str()),
            Self::Service => exchange.service(),
            Self::Path => Some(exchange.path()),
            Self::Kind => Some(exchange.kind.as_str()),
            Self::Outcome => Some(exchange.outcome.as_str()),
            Self::None => Some(""),
            Self::Status => {
                match exchange.status {
                    Some(status) => to.push_str(&status.to_string()),
                    None => to.push('-'),
                }
                return;
            }
        };
        to.push_str(value.filter(|value| !value.is_empty() || self == Self::None).unwrap_or("-"));
    }
}

/// The time after which the table is printed again while a log is followed.
const EVERY: Duration = Duration::from_secs(2);

impl Stats {
    pub(crate) fn run(&self) -> Result<Done, crate::Error> {
        let selected = self.input.read()?;
        let mut counter = Counter {
            stats: self,
            filter: &selected.filter,
            groups: Groups::default(),
            key: String::new(),
            out: Out::new(self.output.color, false),
            printed: None,
            changed: false,
        };
        let summary = selected.logs(self.follow).read(&mut counter)?;
        counter.print()?;
        counter.out.flush()?;
        Ok(Done::read(summary))
    }

    fn keys(&self) -> impl Iterator<Item = Key> {
        self.by.iter().copied().filter(|key| *key != Key::None)
    }
}

/// Counts exchanges as they come.
struct Counter<'a> {
    stats: &'a Stats,
    filter: &'a Filter,
    groups: Groups,
    /// The key at hand, its parts set apart by line feeds, which none has.
    key: String,
    out: Out,
    printed: Option<Instant>,
    changed: bool,
}

impl Visit for Counter<'_> {
    fn entry(&mut self, entry: Entry) -> io::Result<()> {
        let Entry::Exchange(exchange) = entry else { return Ok(()) };
        if exchange.outcome == Outcome::Open || !self.filter.keeps(&exchange) {
            return Ok(());
        }
        self.key.clear();
        for (at, key) in self.stats.keys().enumerate() {
            if at > 0 {
                self.key.push('\n');
            }
            key.write(&exchange, &mut self.key);
        }
        self.groups.add(&self.key, &exchange);
        self.changed = true;
        Ok(())
    }

    fn idle(&mut self) -> io::Result<()> {
        let due = self.printed.is_none_or(|printed| printed.elapsed() >= EVERY);
        if self.stats.follow && self.changed && due {
            (self.printed, self.changed) = (Some(Instant::now()), false);
            if self.out.width.is_some() {
                // The cursor goes home, and what is below is cleared.
                self.out.write_all(b"\x1b[H\x1b[2J")?;
            }
            self.print()?;
            self.out.flush()?;
        }
        Ok(())
    }
}

impl Counter<'_> {
    fn print(&mut self) -> io::Result<()> {
        let names: Vec<&str> = self.stats.keys().map(Key::name).collect();
        let (rows, total) = self.groups.rows(names.len());
        let seconds = self.groups.seconds();
        if self.stats.output.json {
            return rows.iter().try_for_each(|(values, group)| json(&mut self.out, &names, values, group, seconds));
        }
        table::print(&mut self.out, &names, &rows, &total, seconds)
    }
}

/// Prints `{"status": "500", "count": 2, …}` on one line.
fn json(out: &mut Out, names: &[&str], values: &[&str], group: &Group, seconds: Option<f64>) -> io::Result<()> {
    let mut object = serde_json::Map::new();
    for (name, value) in names.iter().zip(values) {
        object.insert((*name).to_owned(), (*value).into());
    }
    object.insert("count".to_owned(), group.count.into());
    object.insert("errors".to_owned(), group.errors.into());
    let rate = seconds.and_then(|seconds| format!("{:.3}", group.count as f64 / seconds).parse().ok());
    object.insert("rate".to_owned(), rate.map_or(serde_json::Value::Null, serde_json::Value::Number));
    for (name, share) in [("p50_ms", 0.5), ("p90_ms", 0.9), ("p99_ms", 0.99), ("max_ms", 1.0)] {
        object.insert(name.to_owned(), crate::json::ms(group.times.at(share)));
    }
    crate::json::write_line(out, &object)
}
