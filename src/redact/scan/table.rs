//! Reads tables in text: CSV (RFC 4180) and its kin, whose first line names the columns.

use super::told;
use crate::redact::{
    rules::{Hidden, Rules},
    text::{edits::Edits, slice::Slice},
    work,
};

/// The most columns of a table that is read.
const MAX_COLUMNS: usize = 256;

/// Finds the cells of the columns that have the names of secrets.
pub(super) fn find_cells<'r>(rules: &'r Rules, text: &[u8], edits: &mut Edits<'r>) {
    let Some(head) = memchr::memchr(b'\n', text).map(|end| text.part(..end)) else { return };
    let Some(&delimiter) = b"\t;,|".iter().find(|delimiter| head.contains(delimiter)) else { return };
    let mut columns: [Option<Hidden<'r>>; MAX_COLUMNS] = [None; MAX_COLUMNS];
    let (mut count, mut at) = (0, 0);
    while at <= head.len() {
        let cell = Cell::read(head, at, delimiter);
        let raw = head.part(cell.start..cell.end);
        let name = raw.trim_ascii();
        // Words behind a comma and a space are prose.
        let is_prose = raw.starts_with(b" ") && name.contains(&b' ');
        let Some(column) = columns.get_mut(count).filter(|_| is_name(name) && !is_prose) else { return };
        *column = rules.secret_line(name);
        count += 1;
        at = cell.next;
    }
    if count < 2 || columns.iter().all(Option::is_none) {
        return;
    }
    let (mut at, mut column) = (head.len() + 1, 0);
    while at < text.len() && work::allows(8) {
        let cell = Cell::read(text, at, delimiter);
        let value = text.part(cell.start..cell.end);
        if let Some(hidden) = columns.get(column).copied().flatten()
            && !(hidden.votes(value) || told::is_count(hidden, value))
        {
            edits.mask(cell.start, cell.end, hidden.mask);
        }
        column = if cell.ends_row { 0 } else { column + 1 };
        at = cell.next;
    }
}

/// Returns whether `head`, the beginning of a string of JSON up to an escaped line feed, may name the columns of a table
/// with secrets. This is a quick check.
#[cold]
pub(crate) fn may_begin(rules: &Rules, head: &[u8]) -> bool {
    let is_quote = |b: &u8| matches!(b, b'\\' | b'"' | b' ');
    let trim = |cell: &[u8]| {
        let start = cell.iter().position(|b| !is_quote(b)).unwrap_or(cell.len());
        let end = cell.iter().rposition(|b| !is_quote(b)).map_or(start, |at| at + 1);
        (start, end)
    };
    let mut cells = head.split(|b| matches!(b, b',' | b';' | b'|')).take(MAX_COLUMNS);
    cells.any(|cell| {
        let (start, end) = trim(cell);
        is_name(cell.part(start..end)) && rules.secret_line(cell.part(start..end)).is_some()
    })
}

/// Returns whether this can be the name of a column, and is no sentence.
fn is_name(cell: &[u8]) -> bool {
    const MOST_SPACES: usize = 2;
    let is_part = |b: &u8| {
        b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b' ' | b'/' | b'#' | b'(' | b')' | 0x80..)
    };
    cell.iter().any(u8::is_ascii_alphanumeric)
        && cell.iter().all(is_part)
        && cell.len() <= 64
        && cell.iter().filter(|b| **b == b' ').count() <= MOST_SPACES
}

/// The range of the content of a cell, quotes aside.
struct Cell {
    start: usize,
    end: usize,
    /// The beginning of the next cell.
    next: usize,
    ends_row: bool,
}

impl Cell {
    fn read(text: &[u8], at: usize, delimiter: u8) -> Self {
        let (mut start, mut end, mut after) = (at, None, at);
        if text.get(at) == Some(&b'"') {
            start = at + 1;
            let mut from = start;
            // A quote within the cell is written as two.
            let close = loop {
                match memchr::memchr(b'"', text.after(from)).map(|quote| from + quote) {
                    Some(quote) if text.get(quote + 1) == Some(&b'"') => from = quote + 2,
                    Some(quote) => break quote,
                    None => break text.len(),
                }
            };
            end = Some(close);
            after = close;
        }
        let sign = memchr::memchr2(delimiter, b'\n', text.after(after)).map_or(text.len(), |sign| after + sign);
        let bare = text.part(start..sign.max(start));
        let bare = bare.strip_suffix(b"\r").unwrap_or(bare);
        Self {
            start,
            end: end.unwrap_or(start + bare.len()),
            next: sign + 1,
            ends_row: text.get(sign).is_none_or(|b| *b == b'\n'),
        }
    }
}
