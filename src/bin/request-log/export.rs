//! Implements `request-log export`: prints exchanges in the forms of other programs.

mod curl;
mod har;
mod otlp;
mod span;
mod zipkin;

use crate::{
    Done,
    args::{Input, Output},
    filter::Filter,
    input::Visit,
    json,
    output::Out,
    read::{Entry, Exchange, Mark, Outcome},
};
use clap::ValueEnum;
use std::io::{self, Write};

/// Prints exchanges in the form of another program
///
/// Secrets stay as they are in the log: hidden. What came from a log without dates is left out of `otlp` and `zipkin`, which
/// ask for them, and counted on standard error.
#[derive(clap::Args, Debug)]
pub(crate) struct Export {
    /// The form.
    #[arg(long, value_name = "FORM")]
    to: Form,
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    output: Output,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// JSON, one object a line, as `JsonLines` writes it.
    Json,
    /// A HAR 1.2 archive, for a browser's viewer.
    Har,
    /// Commands for `curl`, to try a request again.
    Curl,
    /// OTLP as JSON, a request of at most 512 spans a line, for a collector's `/v1/traces`.
    Otlp,
    /// Zipkin's spans, version 2, for `/api/v2/spans`.
    Zipkin,
}

/// Writes one form.
trait Writer {
    fn begin(&mut self, _out: &mut Out) -> io::Result<()> {
        Ok(())
    }

    /// Prints an exchange. Returns `false` if the form has no place for it.
    fn exchange(&mut self, exchange: &Exchange, out: &mut Out) -> io::Result<bool>;

    fn end(&mut self, _out: &mut Out) -> io::Result<()> {
        Ok(())
    }
}

impl Export {
    pub(crate) fn run(&self) -> Result<Done, crate::Error> {
        if self.output.json && self.to == Form::Curl {
            return Err("commands for curl are no JSON: leave --json out".to_owned().into());
        }
        let selected = self.input.read()?;
        let writer: Box<dyn Writer> = match self.to {
            Form::Json => Box::new(Json),
            Form::Har => Box::new(har::Har::default()),
            Form::Curl => Box::new(curl::Curl),
            Form::Otlp => Box::new(otlp::Otlp::default()),
            Form::Zipkin => Box::new(zipkin::Zipkin::default()),
        };
        let mut printer =
            Printer { filter: &selected.filter, writer, out: Out::new(self.output.color, false), left_out: 0 };
        printer.writer.begin(&mut printer.out)?;
        let summary = selected.logs(false).read(&mut printer)?;
        printer.writer.end(&mut printer.out)?;
        printer.out.flush()?;
        if printer.left_out > 0 {
            eprintln!("request-log: {} exchanges without a date are left out", printer.left_out);
        }
        Ok(Done::read(summary))
    }
}

struct Printer<'a> {
    filter: &'a Filter,
    writer: Box<dyn Writer>,
    out: Out,
    left_out: u64,
}

impl Visit for Printer<'_> {
    fn entry(&mut self, entry: Entry) -> io::Result<()> {
        if let Entry::Exchange(exchange) = entry
            // A report of an exchange that is still open comes again when it ends.
            && exchange.outcome != Outcome::Open
            && self.filter.keeps(&exchange)
            && !self.writer.exchange(&exchange, &mut self.out)?
        {
            self.left_out += 1;
        }
        Ok(())
    }
}

struct Json;

impl Writer for Json {
    fn exchange(&mut self, exchange: &Exchange, out: &mut Out) -> io::Result<bool> {
        json::write_line(out, &json::object(exchange))?;
        Ok(true)
    }
}

/// Returns the whole URL of a request: that of the target, else of the host that was asked. The log does not tell the scheme
/// of a server's target: it is taken for `http`, as is any other than `https`.
fn url(exchange: &Exchange) -> String {
    let target = &exchange.target;
    let is_http = ["http://", "https://"]
        .iter()
        .any(|begin| target.get(..begin.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(begin)));
    if is_http {
        return target.clone();
    }
    // `*`, and the authority of a CONNECT, are no path.
    let path = if target.starts_with('/') { target } else { "/" };
    format!("http://{}{path}", authority(exchange).unwrap_or("localhost"))
}

/// Returns the host that was asked, and its port.
fn authority(exchange: &Exchange) -> Option<&str> {
    exchange.header(Mark::Request, ":authority").or_else(|| exchange.header(Mark::Request, "host"))
}

/// Returns the text of a body as the log shows it.
fn body(exchange: &Exchange, mark: Mark) -> String {
    exchange.body(mark).collect::<Vec<_>>().join("\n")
}
