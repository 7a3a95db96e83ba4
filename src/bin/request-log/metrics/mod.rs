//! Implements `request-log metrics`: sends counts and times to StatsD or Graphite.

mod carbon;
mod graphite;
mod name;
mod statsd;

use crate::{
    Done,
    args::{Input, Output, duration},
    filter::Filter,
    input::Visit,
    output::Out,
    read::{Entry, Exchange, Outcome},
};
use graphite::Graphite;
use statsd::Statsd;
use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// The time that the end waits for a receiver that is away.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends counts by status class and times by route to StatsD or Graphite
///
/// To StatsD, over UDP, each exchange goes at once, its time in milliseconds:
///
///   games.status.2xx:1|c
///   games.route.games_game_bet:164|ms
///
/// To Graphite's carbon, over TCP, goes what was read in each interval, under
/// the moment at which the interval began:
///
///   games.status.2xx 37 1764354000
///   games.route.games_game_bet.count 37 1764354000
///   games.route.games_game_bet.p50_ms 12 1764354000
///   (p90_ms, p99_ms and max_ms too)
///
/// A status class that was seen once is sent for every interval, as 0 where
/// there was none. A route is its letters and digits, others becoming one `_`;
/// `unknown` where the log does not tell it, `others` past a thousand. What the
/// services' own calls got stands under `games.calls.` in the same way. Times
/// are those to first byte.
///
/// While the receiver is away, what could not be sent is kept up to --keep
/// bytes; what is past them is dropped, the oldest first, and told on standard
/// error. What carbon got in the minute before a connection broke is sent
/// again: the same point twice is one. UDP does not tell what is lost on the
/// way; a closed port is noticed.
///
/// With --follow, files are read from their end. SIGTERM and Ctrl-C send what
/// was counted, then end.
#[derive(clap::Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Metrics {
    #[command(flatten)]
    input: Input,
    /// The address where StatsD listens.
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "graphite", required_unless_present = "graphite")]
    statsd: Option<String>,
    /// The address where Graphite's carbon listens for its plaintext protocol.
    #[arg(long, value_name = "HOST:PORT")]
    graphite: Option<String>,
    /// The prefix that each name begins with.
    #[arg(long, value_name = "P", default_value = "request_log")]
    prefix: String,
    /// Graphite's interval, whole seconds: as long as a point of carbon's storage schema, or longer.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    every: Duration,
    /// The bytes that are kept of what could not be sent.
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20)]
    keep: usize,
    /// Go on as the files grow.
    #[arg(short, long)]
    follow: bool,
    #[command(flatten)]
    output: Output,
}

impl Metrics {
    pub(crate) fn run(&self) -> Result<Done, crate::Error> {
        if self.every.subsec_nanos() != 0 || self.every.is_zero() {
            return Err("--every: whole seconds, and one at least".to_owned().into());
        }
        let selected = self.input.read()?;
        let mut logs = selected.logs(self.follow);
        logs.from_end = self.follow;
        let receiver: Box<dyn Receiver> = match (&self.statsd, &self.graphite) {
            (Some(address), _) => Box::new(Statsd::new(address, &self.prefix, self.keep)),
            (_, Some(address)) => Box::new(Graphite::new(address, &self.prefix, self.every, self.keep)),
            // clap sees to it that there is one.
            _ => return Err("--statsd or --graphite: one is needed".to_owned().into()),
        };
        let out = self.output.json.then(|| Out::new(self.output.color, false));
        let mut counter = Counter { filter: &selected.filter, receiver, out, stopped: stopped(self.follow)? };
        let summary = logs.read(&mut counter)?;
        Ok(if counter.end()? { Done::read(summary) } else { Done::NotAllRead })
    }
}

/// Receives metrics.
trait Receiver {
    /// Counts an exchange.
    fn count(&mut self, exchange: &Exchange, told: &mut Told<'_>) -> io::Result<()>;

    /// Sends what is due.
    fn send(&mut self, told: &mut Told<'_>) -> io::Result<()>;

    /// Sends all that is left, whether due or not; tries until then. Tells whether all is sent.
    fn end(&mut self, until: Instant, told: &mut Told<'_>) -> io::Result<bool>;
}

/// Prints each metric as JSON, where that is asked for.
struct Told<'a>(Option<&'a mut Out>);

impl Told<'_> {
    fn metric(&mut self, object: impl FnOnce() -> serde_json::Value) -> io::Result<()> {
        self.0.as_mut().map_or(Ok(()), |out| crate::json::write_line(*out, &object()))
    }
}

/// Counts exchanges as they come.
struct Counter<'a> {
    filter: &'a Filter,
    receiver: Box<dyn Receiver>,
    out: Option<Out>,
    stopped: Arc<AtomicBool>,
}

impl Visit for Counter<'_> {
    fn entry(&mut self, entry: Entry) -> io::Result<()> {
        match entry {
            Entry::Exchange(exchange) if exchange.outcome != Outcome::Open && self.filter.keeps(&exchange) => {
                self.receiver.count(&exchange, &mut Told(self.out.as_mut()))
            }
            _ => Ok(()),
        }
    }

    fn idle(&mut self) -> io::Result<()> {
        self.receiver.send(&mut Told(self.out.as_mut()))?;
        if self.stopped.load(Relaxed) {
            let sent = self.end()?;
            std::process::exit(if sent { 0 } else { 2 });
        }
        self.out.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Counter<'_> {
    fn end(&mut self) -> io::Result<bool> {
        let sent = self.receiver.end(Instant::now() + PATIENCE, &mut Told(self.out.as_mut()))?;
        self.out.as_mut().map_or(Ok(()), Write::flush)?;
        Ok(sent)
    }
}

/// Returns a flag that becomes true when the program is asked to end, if it is to do more then than to end.
fn stopped(follow: bool) -> io::Result<Arc<AtomicBool>> {
    let stopped = Arc::default();
    if follow {
        for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
            // A second signal ends it at once.
            signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&stopped))?;
            signal_hook::flag::register(signal, Arc::clone(&stopped))?;
        }
    }
    Ok(stopped)
}
