//! Implements `request-log` without a command: shows exchanges.

mod block;
pub(crate) mod line;

use crate::{
    Done,
    args::{Input, Output},
    filter::Filter,
    input::Visit,
    json,
    output::{self, Out},
    read::{Entry, Exchange},
};
use std::io::{self, Write};

#[derive(clap::Args, Debug)]
pub(crate) struct Show {
    #[command(flatten)]
    input: Input,
    /// Show each exchange on one line: when, status, method, target, time to first byte, size, id.
    #[arg(short = '1', long)]
    one_line: bool,
    /// Go on as the files grow, are rotated or truncated, or come into being.
    #[arg(short, long)]
    follow: bool,
    /// Use no pager on a terminal.
    #[arg(long)]
    no_pager: bool,
    #[command(flatten)]
    output: Output,
}

impl Show {
    pub(crate) fn run(&self) -> Result<Done, crate::Error> {
        let selected = self.input.read()?;
        let mut logs = selected.logs(self.follow);
        logs.progress &= output::is_file();
        let out = Out::new(self.output.color, !self.follow && !self.no_pager);
        let mut printer = Printer { show: self, filter: &selected.filter, out };
        let summary = logs.read(&mut printer)?;
        printer.out.flush()?;
        Ok(Done::read(summary))
    }
}

/// Prints exchanges as they come.
struct Printer<'a> {
    show: &'a Show,
    filter: &'a Filter,
    out: Out,
}

impl Visit for Printer<'_> {
    fn entry(&mut self, entry: Entry) -> io::Result<()> {
        let json = self.show.output.json;
        let whole = self.filter.is_empty() && !self.show.one_line;
        match entry {
            Entry::Exchange(exchange) if self.filter.keeps(&exchange) => self.exchange(&exchange),
            Entry::Notice(text) if whole && json => {
                crate::json::write_line(&mut self.out, &serde_json::json!({ "request_id": "-", "notes": [text] }))
            }
            Entry::Notice(text) if whole => block::notice(&mut self.out, &text),
            Entry::Unread(line) if whole && !json => {
                self.out.write_all(&line)?;
                self.out.write_all(b"\n")
            }
            _ => Ok(()),
        }
    }

    fn idle(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Printer<'_> {
    fn exchange(&mut self, exchange: &Exchange) -> io::Result<()> {
        if self.show.output.json {
            json::write_line(&mut self.out, &json::object(exchange))
        } else if self.show.one_line {
            line::print(&mut self.out, exchange)
        } else {
            block::print(&mut self.out, exchange)
        }
    }
}
