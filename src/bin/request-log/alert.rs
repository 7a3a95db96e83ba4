//! Implements `request-log alert`: calls attention to exchanges.

use crate::{
    Done,
    args::{Input, Output, duration},
    filter::Filter,
    input::Visit,
    json,
    output::Out,
    read::{Entry, Exchange, Mark, Outcome},
    show::line,
};
use std::{
    collections::VecDeque,
    io::{self, Write},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// The maximum number of commands that run at once.
const RUNNING: usize = 8;

/// Prints each exchange that a filter keeps, or runs a command for it, within a second of its last line
///
/// A shell runs the command; its standard input is the block, and its
/// environment tells
///
///   REQUEST_LOG_ID        the exchange's id
///   REQUEST_LOG_METHOD    POST
///   REQUEST_LOG_TARGET    /games/REDACTED/bet
///   REQUEST_LOG_STATUS    503; empty where there was no response
///   REQUEST_LOG_ROUTE     /games/{game}/bet; empty where the log does not tell it
///   REQUEST_LOG_SERVICE   the service; empty where the log does not tell it
///   REQUEST_LOG_MS        the time to first byte, in milliseconds; empty where there was no response
///   REQUEST_LOG_OMITTED   how many that matched were passed over since the last alert
///
/// All of it is text that came from outside: quote it ("$REQUEST_LOG_TARGET").
/// Reading goes on while commands run; past eight at once, and past --at-most,
/// exchanges are passed over and counted. With --follow, files are read from
/// their end.
#[derive(clap::Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Alert {
    #[command(flatten)]
    input: Input,
    /// Run this for each exchange, instead of printing it.
    #[arg(long, value_name = "COMMAND")]
    exec: Option<String>,
    /// Let so many alerts out in any such time; the others are counted.
    #[arg(long, value_name = "N/TIME", value_parser = limit)]
    at_most: Option<Limit>,
    /// Go on as the files grow.
    #[arg(short, long)]
    follow: bool,
    #[command(flatten)]
    output: Output,
}

/// Limits alerts to so many in a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Limit {
    count: usize,
    time: Duration,
}

/// Reads `5/60s`.
fn limit(text: &str) -> Result<Limit, String> {
    let (count, time) = text.split_once('/').ok_or("a number, `/` and a time, such as 5/60s")?;
    let count = count.parse().ok().filter(|count| *count > 0).ok_or("the number is 1 or more, as in 5/60s")?;
    Ok(Limit { count, time: duration(time)? })
}

impl Alert {
    pub(crate) fn run(&self) -> Result<Done, crate::Error> {
        let selected = self.input.read()?;
        if selected.filter.is_empty() {
            return Err("alert: a filter is needed, such as 'status>=500'".to_owned().into());
        }
        let mut logs = selected.logs(self.follow);
        logs.from_end = self.follow;
        let mut alerts = Alerts {
            alert: self,
            filter: &selected.filter,
            out: Out::new(self.output.color, false),
            recent: VecDeque::new(),
            omitted: 0,
            running: Arc::default(),
            threads: Vec::new(),
        };
        let summary = logs.read(&mut alerts)?;
        alerts.tell_omitted();
        alerts.threads.into_iter().for_each(|thread| _ = thread.join());
        Ok(Done::read(summary))
    }
}

/// Lets alerts out.
struct Alerts<'a> {
    alert: &'a Alert,
    filter: &'a Filter,
    out: Out,
    /// The times of the last alerts, as far as the limit needs them.
    recent: VecDeque<Instant>,
    /// The number of alerts left out since the last.
    omitted: u64,
    running: Arc<AtomicUsize>,
    threads: Vec<JoinHandle<()>>,
}

impl Visit for Alerts<'_> {
    fn entry(&mut self, entry: Entry) -> io::Result<()> {
        let Entry::Exchange(exchange) = entry else { return Ok(()) };
        if exchange.outcome == Outcome::Open || !self.filter.keeps(&exchange) {
            return Ok(());
        }
        if !self.may() {
            self.omitted += 1;
            return Ok(());
        }
        match &self.alert.exec {
            Some(command) => self.exec(command, &exchange),
            None => self.print(&exchange)?,
        }
        self.omitted = 0;
        Ok(())
    }

    fn idle(&mut self) -> io::Result<()> {
        self.threads.retain(|thread| !thread.is_finished());
        // Reports what was passed over after the last alert, since nothing else would.
        if self.omitted > 0 && self.recent.back().is_none_or(|last| self.alert.is_over(*last)) {
            self.tell_omitted();
        }
        self.out.flush()
    }
}

impl Alert {
    /// Tells whether an alert of then counts no more.
    fn is_over(&self, then: Instant) -> bool {
        self.at_most.is_none_or(|limit| then.elapsed() >= limit.time)
    }
}

impl Alerts<'_> {
    /// Tells whether one more may go out now, and counts it.
    fn may(&mut self) -> bool {
        if self.running.load(Relaxed) >= RUNNING {
            return false;
        }
        let Some(limit) = self.alert.at_most else { return true };
        while self.recent.front().is_some_and(|oldest| self.alert.is_over(*oldest)) {
            self.recent.pop_front();
        }
        let may = self.recent.len() < limit.count;
        if may {
            self.recent.push_back(Instant::now());
        }
        may
    }

    fn print(&mut self, exchange: &Exchange) -> io::Result<()> {
        if self.alert.output.json {
            let mut object = json::object(exchange);
            object["omitted"] = self.omitted.into();
            return crate::json::write_line(&mut self.out, &object);
        }
        line::print(&mut self.out, exchange)?;
        if self.omitted > 0 {
            writeln!(self.out, "  {} more before it", self.omitted)?;
        }
        Ok(())
    }

    /// Runs the command on a thread of its own, which waits for it.
    fn exec(&mut self, command: &str, exchange: &Exchange) {
        let mut shell = Command::new("sh");
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let values = [
            ("ID", exchange.id.clone()),
            ("METHOD", exchange.method.clone()),
            ("TARGET", exchange.target.clone()),
            ("STATUS", exchange.status.map(|status| status.to_string()).unwrap_or_default()),
            ("ROUTE", text(exchange.route.as_deref())),
            ("SERVICE", text(exchange.service())),
            ("MS", exchange.time.map(|time| (time.as_secs_f64() * 1e3).to_string()).unwrap_or_default()),
            ("OMITTED", self.omitted.to_string()),
        ];
        shell.arg("-c").arg(command).stdin(Stdio::piped());
        for (name, value) in values {
            // An environment can't hold a NUL, which the log shows escaped; of a log that something else wrote it is cut.
            let value = value.split('\0').next().unwrap_or_default();
            shell.env(format!("REQUEST_LOG_{name}"), value);
        }
        let block = block(exchange);
        let running = Arc::clone(&self.running);
        running.fetch_add(1, Relaxed);
        self.threads.push(thread::spawn(move || {
            if let Err(error) = feed(&mut shell, &block) {
                eprintln!("request-log: alert's command: {error}");
            }
            running.fetch_sub(1, Relaxed);
        }));
    }

    fn tell_omitted(&mut self) {
        if self.omitted > 0 {
            eprintln!("request-log: {} more matched, and were not alerted of", self.omitted);
            self.omitted = 0;
        }
    }
}

/// Runs a command with a standard input.
fn feed(command: &mut Command, input: &str) -> io::Result<()> {
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command need not read it.
        let _ = stdin.write_all(input.as_bytes());
    }
    let status = child.wait()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(status.to_string())) }
}

/// Returns the exchange's lines, or its object where that was read.
fn block(exchange: &Exchange) -> String {
    if let crate::read::exchange::Content::Object(..) = exchange.content {
        return format!("{}\n", json::object(exchange));
    }
    let mut lines = String::new();
    for (mark, text) in exchange.text().all() {
        let mark = match mark {
            Mark::Request => '>',
            Mark::Response => '<',
            Mark::Note => ' ',
        };
        let space = if text.is_empty() { "" } else { " " };
        lines.push_str(&format!("{} {mark}{space}{text}\n", exchange.id));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_in_a_time() {
        assert_eq!(limit("5/60s"), Ok(Limit { count: 5, time: Duration::from_secs(60) }));
        for wrong in ["5", "0/60s", "x/60s", "5/", "5/60"] {
            assert!(limit(wrong).is_err(), "{wrong}");
        }
    }
}
