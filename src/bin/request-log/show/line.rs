//! Prints an exchange on one line.

use crate::{
    output::{Out, style, tame},
    read::Exchange,
};
use std::io::{self, Write};
use tower_request_log::record::Milliseconds;

/// The least width of the target if it need not fit a terminal.
const TARGET: usize = 40;

/// The width of an id with the numbers of two calls.
const ID: usize = 26;

/// Prints when, status, method, target, time to first byte, size and id. On a terminal the line fits its width.
pub(crate) fn print(out: &mut Out, exchange: &Exchange) -> io::Result<()> {
    let began = exchange.began.map(|began| format!("{began:.3}")).unwrap_or_else(|| format!("{:24}", "-"));
    let status = exchange.status.map_or_else(|| "---".to_owned(), |status| status.to_string());
    let time = exchange.time.map_or_else(|| "-".to_owned(), |time| Milliseconds(time).to_string());
    let size = exchange.size().map_or_else(|| "-".to_owned(), bytes);
    // A narrow terminal needs no date, and a narrower one no fractions, no size, and of the id the beginning.
    let width = out.width.unwrap_or(usize::MAX);
    let began = match width {
        ..100 => &began[11..19],
        100..140 => &began[11..23],
        _ => &began[..],
    };
    let size = if width < 90 { String::new() } else { format!(" {size:>8}") };
    let [id, target, method] = [&exchange.id, &exchange.target, &exchange.method].map(|text| tame(text));
    let id = if width < 72 { fit(&id, 12) } else { id.into_owned() };
    let others = began.len() + 3 + 7 + 8 + size.len() + id.len().max(if width < 72 { 0 } else { ID }) + 5;
    let target = match out.width {
        Some(width) => fit(&target, width.saturating_sub(others).max(12)),
        None => format!("{target:TARGET$}"),
    };
    let [began, id] = [began, &id].map(|text| out.paint(style::DIM, text).to_string());
    let status = out.paint(style::of_status(exchange.status), status).to_string();
    let method = out.paint(style::BOLD, format_args!("{method:7}")).to_string();
    writeln!(out, "{began} {status} {method} {target} {time:>8}{size} {id}")
}

/// Returns `text` in just so many columns.
fn fit(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return format!("{text:width$}");
    }
    text.chars().take(width - 1).chain(['…']).collect()
}

/// Returns a number of bytes as people say it: `830 B`, `1.2 kB`.
fn bytes(count: u64) -> String {
    match count {
        0..1_000 => format!("{count} B"),
        1_000..1_000_000 => format!("{:.1} kB", count as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", count as f64 / 1e6),
        _ => format!("{:.1} GB", count as f64 / 1e9),
    }
}
