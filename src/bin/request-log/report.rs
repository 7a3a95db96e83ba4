//! Implements `request-log report`: makes one page to look at.

mod charts;
mod page;
mod shown;
mod ticks;
mod timeline;

use crate::{
    Done,
    args::{Input, Output},
    filter::Filter,
    groups::Groups,
    input::Visit,
    output::Out,
    read::{Entry, Exchange, Outcome},
};
use shown::Shown;
use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
};
use timeline::{Class, Timeline};

/// Writes a page to look at: requests and errors over time, a heat map of the times, percentiles by route, and the slowest
/// and the failed exchanges with their blocks and calls
///
/// The page is one file. It needs no network and no server, and has a search of its own.
#[derive(clap::Args, Debug)]
pub(crate) struct Report {
    #[command(flatten)]
    input: Input,
    /// The file to write; `-` is standard output.
    #[arg(short = 'o', long = "output", value_name = "FILE", default_value = "report.html")]
    file: PathBuf,
    #[command(flatten)]
    output: Output,
}

impl Report {
    pub(crate) fn run(&self) -> Result<Done, crate::Error> {
        let selected = self.input.read()?;
        let mut figures = Figures::new(&selected.filter);
        let summary = selected.logs(false).read(&mut figures)?;
        let page = page::render(&figures).map_err(|error| format!("the page cannot be drawn: {error}"))?;
        let mut out = Out::new(self.output.color, false);
        if self.file.as_os_str() == "-" {
            out.write_all(page.as_bytes())?;
        } else {
            fs::write(&self.file, &page).map_err(|error| format!("{}: {error}", self.file.display()))?;
            let (_, total) = figures.routes.rows(1);
            let (exchanges, errors) = (total.count, total.errors);
            if self.output.json {
                let file = self.file.to_string_lossy();
                let object =
                    serde_json::json!({ "file": file, "bytes": page.len(), "exchanges": exchanges, "errors": errors });
                writeln!(out, "{object}")?;
            } else {
                writeln!(out, "{}: {exchanges} exchanges, {errors} errors", self.file.display())?;
            }
        }
        out.flush()?;
        Ok(Done::read(summary))
    }
}

/// Holds all that the page shows. Its size has a bound, however long the log is.
struct Figures<'a> {
    filter: &'a Filter,
    unread: u64,
    /// Exchanges of which the log does not tell when they began.
    undated: u64,
    notices: u64,
    timeline: Timeline,
    routes: Groups,
    shown: Shown,
}

impl<'a> Figures<'a> {
    fn new(filter: &'a Filter) -> Self {
        Self {
            filter,
            unread: 0,
            undated: 0,
            notices: 0,
            timeline: Timeline::new(),
            routes: Groups::default(),
            shown: Shown::default(),
        }
    }

    fn exchange(&mut self, exchange: Exchange) {
        let is_error = exchange.is_error();
        match exchange.began {
            Some(began) => {
                let time = exchange.time.map(|time| time.as_secs_f64() * 1e3);
                self.timeline.add(began.as_millisecond(), Class::of(&exchange), time);
            }
            None => self.undated += 1,
        }
        self.routes.add(&route(&exchange), &exchange);
        self.shown.add(exchange, is_error);
    }
}

/// Returns the route that matched, else the path; each behind its method.
fn route(exchange: &Exchange) -> String {
    format!("{} {}", exchange.method, exchange.route.as_deref().unwrap_or_else(|| exchange.path()))
}

impl Visit for Figures<'_> {
    fn entry(&mut self, entry: Entry) -> io::Result<()> {
        match entry {
            // A report of an exchange that is still open comes again when it ends.
            Entry::Exchange(exchange) if exchange.outcome != Outcome::Open && self.filter.keeps(&exchange) => {
                self.exchange(*exchange);
            }
            Entry::Notice(_) => self.notices += 1,
            Entry::Unread(_) => self.unread += 1,
            _ => {}
        }
        Ok(())
    }
}
