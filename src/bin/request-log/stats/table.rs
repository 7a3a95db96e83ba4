//! The table of `stats` for the eye.

use crate::{
    groups::{Group, Row},
    output::{Out, style, tame},
};
use std::io::{self, Write};
use tower_request_log::record::Milliseconds;

/// Prints a row a group, and one for all of them.
pub(super) fn print(
    out: &mut Out,
    names: &[&str],
    rows: &[Row<'_>],
    total: &Group,
    seconds: Option<f64>,
) -> io::Result<()> {
    let figures = ["count", "rate", "errors", "p50", "p90", "p99", "max"];
    let mut lines: Vec<Vec<String>> = Vec::with_capacity(rows.len() + 2);
    lines.push(names.iter().chain(&figures).map(|&name| name.to_owned()).collect());
    for (values, group) in rows.iter().filter(|_| !names.is_empty()) {
        lines.push(values.iter().map(|&value| tame(value).into_owned()).chain(cells(group, seconds)).collect());
    }
    let all = names.iter().enumerate().map(|(at, _)| if at == 0 { "all" } else { "" }.to_owned());
    lines.push(all.chain(cells(total, seconds)).collect());

    let columns = names.len() + figures.len();
    let mut widths: Vec<usize> =
        (0..columns).map(|at| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0)).collect();
    if let Some(terminal) = out.width {
        shrink(&mut widths, names.len(), terminal);
        // A table that still does not fit leaves out the rate, then p90.
        for name in ["rate", "p90"] {
            let at = lines[0].iter().position(|cell| cell == name).filter(|_| width(&widths) > terminal);
            if let Some(at) = at {
                lines.iter_mut().for_each(|line| _ = line.remove(at));
                widths.remove(at);
            }
        }
    }
    let failed = rows.iter().filter(|_| !names.is_empty()).map(|(_, group)| group.errors > 0);
    let failed: Vec<bool> = [false].into_iter().chain(failed).chain([total.errors > 0]).collect();
    for (row, line) in lines.iter().enumerate() {
        let is_head = row == 0;
        let mut text = String::new();
        for (at, (cell, &width)) in line.iter().zip(&widths).enumerate() {
            let gap = if at == 0 { "" } else { "  " };
            let cell = cut(cell, width);
            text += &if at < names.len() { format!("{gap}{cell:width$}") } else { format!("{gap}{cell:>width$}") };
        }
        let style = match () {
            () if is_head => style::DIM,
            () if failed[row] => style::BAD,
            () if row + 1 == lines.len() => style::BOLD,
            () => style::PLAIN,
        };
        let painted = out.paint(style, text.trim_end()).to_string();
        writeln!(out, "{painted}")?;
    }
    Ok(())
}

fn cells(group: &Group, seconds: Option<f64>) -> [String; 7] {
    let time = |share| group.times.at(share).map_or_else(|| "-".to_owned(), |time| Milliseconds(time).to_string());
    let errors = match group.errors {
        0 => "0".to_owned(),
        errors => format!("{errors} ({:.1}%)", 100.0 * errors as f64 / group.count as f64),
    };
    let rate = seconds.map_or_else(|| "-".to_owned(), |seconds| format!("{:.1}/s", group.count as f64 / seconds));
    [group.count.to_string(), rate, errors, time(0.5), time(0.9), time(0.99), time(1.0)]
}

/// Makes the widest of the first columns narrower until the table fits the terminal.
fn shrink(widths: &mut [usize], keys: usize, terminal: usize) {
    let all = width(widths);
    if let Some(widest) = widths[..keys].iter_mut().max() {
        *widest = widest.saturating_sub(all.saturating_sub(terminal)).max((*widest).min(8));
    }
}

/// Returns how wide a line is, its gaps included.
fn width(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + 2 * (widths.len() - 1)
}

fn cut(cell: &str, width: usize) -> String {
    if cell.chars().count() <= width {
        return cell.to_owned();
    }
    cell.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}
