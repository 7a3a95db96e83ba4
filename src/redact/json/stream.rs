//! Prints documents that are separated by more than their brackets: one a line (NDJSON), or a record separator before
//! each (RFC 7464). A broken document leaves the others whole.

use super::{printed::Printed, printer::print};
use crate::redact::text::slice::Slice;
use crate::{
    line_writer::LineWriter,
    redact::{
        codec::json_string::undo,
        scan::{
            self,
            scope::{MAX_DEPTH, Scope},
        },
        text::content::{Content, Style},
    },
};

/// Says how documents are separated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::redact) enum Apart {
    /// Each begins on a line of its own.
    Lines,
    /// Each has a record separator before it.
    Separators,
}

impl Apart {
    fn separator(self) -> u8 {
        match self {
            Self::Lines => b'\n',
            Self::Separators => 0x1e,
        }
    }

    /// Returns whether a document begins behind the separator before `at`.
    fn begins(self, bytes: &[u8], at: usize) -> bool {
        self == Self::Separators || matches!(bytes.get(at), Some(b'{' | b'['))
    }
}

/// Goes on behind a broken document of `content`, if no part of it that is to be hidden can follow. `printed` is what
/// [`print`](print()) found. It is returned if nothing more is to be shown.
///
/// To its writer, the text behind the break may be something else: lines of a document that was laid out, or parts of a
/// string. So nothing more is shown if the broken document, or the one behind it, has the name or the sign of a secret
/// in it. With rules that depend on a value's position nothing more is shown either.
pub(in crate::redact) fn resume(
    scope: Scope<'_>,
    content: &Content<'_>,
    apart: Apart,
    style: Style,
    writer: &mut LineWriter<'_>,
    printed: Printed,
) -> Printed {
    let Scope { rules, .. } = scope;
    let Some(broken) = printed.broken else { return printed };
    let end = end(content.bytes, broken.start, apart);
    // JSON that ended before it, such as a string, may have been a name.
    let begin = begin(content.bytes, broken.start, apart);
    let unsure = rules.allow_only() || !rules.json_paths.is_empty() || writer.is_full();
    if end >= content.shown || unsure || has_sign(scope, with_next(content.bytes, begin, end, apart)) {
        return printed;
    }
    writer.buf().truncate(broken.printed);
    let mut all =
        Printed { documents: 0, left_out: None, broken: None, breaks: None, hidden: printed.hidden, whole: false };
    let (mut at, mut bad, mut left) = (broken.start, 0, 0);
    while at < content.shown && !writer.is_full() {
        let end = self::end(content.bytes, at, apart);
        let record = trimmed(content.bytes.part(at..end));
        let shown = record.len().min(content.shown - at);
        let whole = content.whole || end < content.bytes.len();
        let printed = print(scope, &Content { bytes: record, shown, whole, ..*content }, style, writer);
        all.documents += printed.documents;
        all.hidden |= printed.hidden;
        if let Some(broken) = printed.broken {
            bad += 1;
            left += broken.left;
            if has_sign(scope, with_next(content.bytes, at, end, apart)) {
                left += content.shown.saturating_sub(end);
                break;
            }
        }
        at = end;
    }
    all.documents += printed.documents;
    // A full writer is only said to be cut: there may be no room for another note.
    if !writer.is_full() {
        let s = if bad == 1 { "" } else { "s" };
        all.left_out = Some(format!("{bad} document{s} not JSON, {left} bytes left out"));
    }
    all
}

/// Returns `start..end` and the document behind it, since a secret that began in the broken part may go on there.
fn with_next(bytes: &[u8], start: usize, end: usize, apart: Apart) -> &[u8] {
    bytes.part(start..self::end(bytes, end, apart))
}

/// Returns the end of the document that begins at `start`: the beginning of another one.
fn end(bytes: &[u8], start: usize, apart: Apart) -> usize {
    let rest = bytes.after(start + 1);
    let mut begins = memchr::memchr_iter(apart.separator(), rest).map(|found| start + found + 2);
    begins.find(|begin| apart.begins(bytes, *begin)).unwrap_or(bytes.len())
}

/// Returns an offset where the document at `at`, or one before it on the same line, surely begins.
fn begin(bytes: &[u8], at: usize, apart: Apart) -> usize {
    let before = bytes.part(..at);
    let mut begins = memchr::memrchr_iter(apart.separator(), before).map(|found| found + 1);
    begins.find(|begin| apart.begins(bytes, *begin)).unwrap_or(0)
}

/// Returns a document without the separator between it and the next one.
fn trimmed(record: &[u8]) -> &[u8] {
    let end = record.iter().rposition(|b| !matches!(b, b'\n' | b'\r' | b' ' | b'\t' | 0x1e));
    record.get(..end.map_or(0, |end| end + 1)).unwrap_or_default()
}

/// Returns whether a broken document may have the name of a secret in it, or a secret that is known by its shape.
fn has_sign(scope: Scope<'_>, record: &[u8]) -> bool {
    let Scope { rules, .. } = scope;
    // More words than a name has parts, and fewer than are searched in one.
    const WORDS: usize = 8;
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | 0x80..);
    let mut text = record.to_vec();
    // There may be strings in strings.
    for _ in 0..MAX_DEPTH {
        let words: Vec<_> = text.split(|b| !is_word(b)).filter(|word| !word.is_empty()).collect();
        let is_secret = |words: &[&[u8]]| rules.field(&words.join(&b'.')).is_some();
        let mut runs = (0..words.len()).step_by(WORDS).filter_map(|at| words.get(at..words.len().min(at + 2 * WORDS)));
        if scan::hide_text(scope, &text).is_some() || runs.any(is_secret) {
            return true;
        }
        let undone = undo(&text);
        if undone == text {
            return false;
        }
        text = undone;
    }
    true
}
