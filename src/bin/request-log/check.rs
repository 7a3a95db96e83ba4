//! Implements `request-log check`: tells whether the log is whole.

use crate::{
    Done,
    args::{Input, Output},
    filter::Filter,
    input::Visit,
    output::{Out, style},
    read::{Entry, Exchange, Outcome},
};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, Write},
};
use tower_request_log::format::lines::tree::parent;

/// Tells whether the log is whole: counts exchanges, lines that are no part of one, blocks that are cut, records that the
/// log says were dropped, and calls without a parent
///
/// The exit status is 1 where any but the first is not 0. Blocks that a transport delivered twice count once.
#[derive(clap::Args, Debug)]
pub(crate) struct Check {
    #[command(flatten)]
    input: Input,
    /// Accept lines that are not part of an exchange, as those of another program.
    #[arg(long)]
    allow_unread: bool,
    #[command(flatten)]
    output: Output,
}

impl Check {
    pub(crate) fn run(&self) -> Result<Done, crate::Error> {
        let selected = self.input.read()?;
        let mut counts = Counts::new(&selected.filter);
        let summary = selected.logs(false).read(&mut counts)?;
        let mut out = Out::new(self.output.color, false);
        let wrong = counts.print(self, summary.repeated, &mut out)?;
        out.flush()?;
        Ok(match Done::read(summary) {
            Done::Well if wrong => Done::FoundWrong,
            done => done,
        })
    }
}

/// Counts what `check` reports.
struct Counts<'a> {
    filter: &'a Filter,
    exchanges: u64,
    unread: u64,
    cut: u64,
    dropped: u64,
    calls: Calls,
}

impl<'a> Counts<'a> {
    fn new(filter: &'a Filter) -> Self {
        Self { filter, exchanges: 0, unread: 0, cut: 0, dropped: 0, calls: Calls::default() }
    }

    fn print(&self, check: &Check, repeated: u64, out: &mut Out) -> io::Result<bool> {
        let orphans = self.calls.orphans();
        let wrong = [
            (self.unread, "unread", "lines that are no part of an exchange", !check.allow_unread),
            (self.cut, "cut", "exchanges of which lines are missing", true),
            (self.dropped, "dropped", "records that the log says were lost", true),
            (orphans, "orphans", "calls whose parent is not in the log", true),
        ];
        if check.output.json {
            let mut object = serde_json::Map::new();
            object.insert("exchanges".to_owned(), self.exchanges.into());
            wrong.iter().for_each(|(count, name, ..)| _ = object.insert((*name).to_owned(), (*count).into()));
            crate::json::write_line(out, &object)?;
        } else {
            writeln!(out, "{:>10}  exchanges", self.exchanges)?;
            for (count, name, what, counts) in wrong {
                let style = if count > 0 && counts { style::BAD } else { style::PLAIN };
                let line = out.paint(style, format_args!("{count:>10}  {name}: {what}")).to_string();
                writeln!(out, "{line}")?;
            }
            if repeated > 0 {
                writeln!(out, "{repeated:>10}  repeated: exchanges that came twice and count once")?;
            }
        }
        Ok(wrong.iter().any(|(count, _, _, counts)| *count > 0 && *counts))
    }
}

impl Visit for Counts<'_> {
    fn entry(&mut self, entry: Entry) -> io::Result<()> {
        match entry {
            Entry::Exchange(exchange) => {
                self.calls.add(&exchange);
                if self.filter.keeps(&exchange) && exchange.outcome != Outcome::Open {
                    self.exchanges += 1;
                    self.cut += u64::from(exchange.cut);
                }
            }
            Entry::Notice(text) => self.dropped += dropped(&text),
            Entry::Unread(_) => self.unread += 1,
            Entry::Repeated => {}
        }
        Ok(())
    }
}

/// Returns how many records a line about the log says were dropped: `1234 records dropped (8.1 MB): …`.
fn dropped(notice: &str) -> u64 {
    let mut words = notice.split(' ');
    let count = words.next().and_then(|count| count.parse().ok());
    count
        .filter(|_| words.next().is_some_and(|word| word.starts_with("record")) && words.next() == Some("dropped"))
        .unwrap_or(0)
}

/// The number of ids that are remembered, and of calls that wait for their parent.
const REMEMBERED: usize = 1 << 20;

/// Looks for the parents of calls. A parent ends after its calls, except for those that were spawned.
#[derive(Default)]
struct Calls {
    /// Hashes of the ids that came last.
    ids: HashSet<u64>,
    order: VecDeque<u64>,
    /// The calls of a parent that has not come, by its hash.
    waiting: HashMap<u64, u64>,
    /// Calls that wait no longer.
    given_up: u64,
}

impl Calls {
    fn add(&mut self, exchange: &Exchange) {
        let id = hash(&exchange.id);
        self.waiting.remove(&id);
        if self.ids.insert(id) {
            self.order.push_back(id);
            if self.order.len() > REMEMBERED {
                self.order.pop_front().map(|oldest| self.ids.remove(&oldest));
            }
            if let Some(parent) = parent(&exchange.id).map(hash).filter(|parent| !self.ids.contains(parent)) {
                if self.waiting.len() >= REMEMBERED {
                    self.given_up += self.waiting.drain().map(|(_, calls)| calls).sum::<u64>();
                }
                *self.waiting.entry(parent).or_default() += 1;
            }
        }
    }

    fn orphans(&self) -> u64 {
        self.given_up + self.waiting.values().sum::<u64>()
    }
}

fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}
