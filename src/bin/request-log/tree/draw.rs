//! Draws a tree for the eye.

use super::node::{Call, Record, notes, record, service};
use crate::output::{paint, style, tame};
use jiff::Timestamp;
use std::{
    fmt::{self, Write},
    time::Duration,
};
use tower_request_log::record::Milliseconds;

/// The width of a tree if no terminal gives one.
const WIDTH: usize = 120;
/// The least and the greatest width of the waterfall.
const BARS: std::ops::RangeInclusive<usize> = 12..=48;

/// A line of the tree.
struct Row<'a> {
    /// The branches that lead to it, the end of its id and its service.
    label: String,
    /// The branches that go on below it.
    below: String,
    record: Option<&'a Record>,
    notes: Vec<String>,
}

/// Draws the id and the moment, then a line a call, for so many columns.
pub(crate) fn draw(root: &Call, columns: Option<usize>, color: bool) -> String {
    let mut drawn = String::new();
    // A string takes everything.
    let _ = write(&mut drawn, root, columns.unwrap_or(WIDTH), color);
    drawn
}

fn write(out: &mut String, root: &Call, columns: usize, color: bool) -> fmt::Result {
    let mut rows = Vec::new();
    collect(root, None, [String::new(), String::new()], &mut rows);
    let records = || rows.iter().filter_map(|row| row.record);
    let first = records().filter_map(|record| record.began).min();
    let last = records().filter_map(Record::ended).max();
    let scale = Scale { first, all: first.zip(last).map(|(first, last)| last.duration_since(first).unsigned_abs()) };

    let id = paint(color, style::BOLD, tame(&root.id));
    let began = paint(color, style::DIM, first.map(|first| format!("  {first:.3}")).unwrap_or_default());
    writeln!(out, "{id}{began}")?;
    let width =
        |texts: &dyn Fn(&Row<'_>) -> String| rows.iter().map(|row| texts(row).chars().count()).max().unwrap_or(0);
    let label = width(&|row| row.label.clone());
    let call = width(&|row| row.record.map(asked).unwrap_or_default());
    // Status, start and time, and the gaps.
    let others = 3 + 8 + 8 + 5 * 2;
    // A terminal that has no room for the bars goes without.
    let is_narrow = columns < label + others + 12 + *BARS.start();
    let bars =
        if is_narrow { 0 } else { columns.saturating_sub(label + call + others).clamp(*BARS.start(), *BARS.end()) };
    let call_width = call.min(columns.saturating_sub(label + bars + others).max(12));
    for row in &rows {
        line(out, row, [label, call_width, bars], &scale, color)?;
    }
    Ok(())
}

/// Makes the rows of a call and of those below it.
fn collect<'a>(call: &'a Call, parent: Option<&'a Call>, [branch, below]: [String; 2], rows: &mut Vec<Row<'a>>) {
    let number = parent.map_or("", |parent| &call.id[parent.id.len()..]);
    let gap = if number.is_empty() { "" } else { " " };
    let label = format!("{branch}{number}{gap}{}", tame(service(call).unwrap_or("-")));
    let notes = notes(call, parent);
    rows.push(Row { label, below: below.clone(), record: record(call), notes });
    for again in call.servers.iter().skip(1) {
        let label = format!("{below}{} again", number);
        rows.push(Row { label, below: below.clone(), record: Some(again), notes: Vec::new() });
    }
    for (at, child) in call.calls.iter().enumerate() {
        let [turn, on] = if at + 1 == call.calls.len() { ["└─ ", "   "] } else { ["├─ ", "│  "] };
        collect(child, Some(call), [format!("{below}{turn}"), format!("{below}{on}")], rows);
    }
}

fn asked(record: &Record) -> String {
    tame(&format!("{} {}", record.method, record.short_target())).into_owned()
}

/// Draws a line, its parts in so many columns: the label, the call, the bar.
fn line(
    out: &mut String,
    row: &Row<'_>,
    [label, call_width, bars]: [usize; 3],
    scale: &Scale,
    color: bool,
) -> fmt::Result {
    let mut text = format!("{:label$}", row.label);
    if let Some(record) = row.record {
        let status = record.status.map_or_else(|| "---".to_owned(), |status| status.to_string());
        let style = if record.is_error { style::BAD } else { style::of_status(record.status) };
        let status = paint(color, style, status);
        let start = scale.start(record).map_or_else(|| "-".to_owned(), |start| format!("+{}ms", start.as_millis()));
        let time = record.time.map_or_else(|| "-".to_owned(), |time| Milliseconds(time).to_string());
        let call = fit(&asked(record), call_width);
        text += &format!("  {call}  {status}  {start:>8}  {time:>8}  ");
        let (offset, bar) = scale.bar(record, bars);
        text += &format!("{:offset$}{}", "", paint(color, style, bar));
    }
    writeln!(out, "{}", text.trim_end())?;
    for note in &row.notes {
        let note = paint(color, style::WARNING, format!("! {note}"));
        writeln!(out, "{}   {note}", row.below)?;
    }
    Ok(())
}

/// The time that the waterfall is over.
struct Scale {
    first: Option<Timestamp>,
    all: Option<Duration>,
}

impl Scale {
    /// Returns how long after the first call a call began.
    fn start(&self, record: &Record) -> Option<Duration> {
        Some(record.began?.duration_since(self.first?).unsigned_abs())
    }

    /// Returns where a call's bar begins, and the bar.
    fn bar(&self, record: &Record, width: usize) -> (usize, String) {
        let (Some(all), Some(start)) = (self.all, self.start(record)) else { return (0, String::new()) };
        if width == 0 {
            return (0, String::new());
        }
        let column = |time: Duration| {
            let share = if all.is_zero() { 0.0 } else { time.as_secs_f64() / all.as_secs_f64() };
            ((share * width as f64).round() as usize).min(width)
        };
        let end = record.end.unwrap_or_default();
        let begin = column(start).min(width - 1);
        let end = column(start + end).max(begin + 1);
        let first_byte = record.time.map_or(end, |time| column(start + time).clamp(begin + 1, end));
        (begin, "█".repeat(first_byte - begin) + &"░".repeat(end - first_byte))
    }
}

/// Returns `text` in just so many columns.
fn fit(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return format!("{text:width$}");
    }
    text.chars().take(width - 1).chain(['…']).collect()
}
