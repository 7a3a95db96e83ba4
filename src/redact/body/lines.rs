//! Prints text line by line.

use crate::line_writer::LineWriter;
use crate::redact::text::slice::Slice;

/// Prints text line by line: LF and CR LF end a line, a final one adds no empty line.
pub(super) fn lines(text: &[u8], writer: &mut LineWriter<'_>) {
    let mut rest = text;
    while !rest.is_empty() && !writer.is_full() {
        let end = memchr::memchr(b'\n', rest);
        let text = rest.part(..end.unwrap_or(rest.len()));
        line(if end.is_some() { text.strip_suffix(b"\r").unwrap_or(text) } else { text }, writer);
        rest = end.and_then(|end| rest.get(end + 1..)).unwrap_or_default();
    }
}

/// Prints one line, escaped.
pub(super) fn line(text: &[u8], writer: &mut LineWriter<'_>) {
    writer.start();
    crate::escape::text(text, writer.buf());
    writer.end();
}
