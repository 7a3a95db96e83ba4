//! Prints server-sent events (`text/event-stream`, WHATWG HTML, section 9.2) in their own lines.
//!
//! The data of an event is JSON more often than not. Then it is shown on one line, compact. Data that is no JSON is
//! shown in its own lines.

use crate::redact::text::slice::Slice;
use crate::{
    line_writer::LineWriter,
    redact::{
        json,
        rules::Hidden,
        scan::scope::Scope,
        text::content::{Content, Style, whole_characters},
        work,
    },
};

/// Prints the events of `content`; what was left out, in the words of [`Report::left_out`](crate::redact::text::content::Report::left_out).
pub(in crate::redact) fn print(scope: Scope<'_>, content: &Content<'_>, writer: &mut LineWriter<'_>) -> Option<String> {
    let mut left_out = None;
    let mut rest = Lines { bytes: content.bytes, at: 0 };
    if content.bytes.starts_with(b"\xef\xbb\xbf") {
        rest.at = 3;
    }
    let mut event = Vec::new();
    while !writer.is_full() {
        let line = rest.next();
        if let Some(line) = line
            && !line.text.is_empty()
            && line.start < content.shown
        {
            event.push(line);
            continue;
        }
        // The data of an event that is cut is searched to its end.
        let mut data: Vec<Line<'_>> = event.iter().filter(|line| line.data().is_some()).copied().collect();
        let mut ended = line.is_some_and(|line| line.text.is_empty());
        let mut after = line;
        while let Some(line) = after
            && !line.text.is_empty()
        {
            data.extend(line.data().map(|_| line));
            after = rest.next();
            ended |= after.is_some();
        }
        let note = print_event(scope, &event, &data, content.shown, ended || content.whole, writer);
        left_out = left_out.or(note);
        event.clear();
        match line {
            Some(line) if line.start < content.shown => emit(b"", b"", writer),
            _ => break,
        }
    }
    left_out
}

fn print_event(
    scope: Scope<'_>,
    event: &[Line<'_>],
    data: &[Line<'_>],
    shown: usize,
    ended: bool,
    writer: &mut LineWriter<'_>,
) -> Option<String> {
    let mut joined = Vec::new();
    let mut joined_shown = 0;
    for (nth, line) in data.iter().enumerate() {
        let (start, text) = line.data().unwrap_or_default();
        if nth > 0 {
            joined.push(b'\n');
        }
        if start < shown {
            joined_shown = joined.len() + text.len().min(shown - start);
        }
        joined.extend_from_slice(text);
    }
    let content = Content { content_type: None, bytes: &joined, shown: joined_shown, whole: ended };
    let last = event.iter().rposition(|line| line.data().is_some());
    let (values, left_out) = match last {
        None => (Vec::new(), None),
        Some(_) if json::looks_like_json(&joined) => json_data(scope, &content),
        Some(_) => (text_data(scope, &content), None),
    };

    let mut values = values.split(|&byte| byte == b'\n');
    for (nth, line) in event.iter().enumerate() {
        if line.data().is_none() {
            emit(b"", &field(scope, line, shown), writer);
            continue;
        }
        // Each value stays in its place. Hiding may have given them more lines, or fewer.
        if let Some(value) = values.next() {
            emit(line.name(value, shown), value, writer);
        }
        if last == Some(nth) {
            values.by_ref().for_each(|value| emit(b"data: ", value, writer));
        }
    }
    left_out
}

/// Returns data that is JSON, with a line for each document, and what was left out.
fn json_data(scope: Scope<'_>, content: &Content<'_>) -> (Vec<u8>, Option<String>) {
    let mut out = Vec::new();
    let printed = json::print(scope, content, Style::Compact, &mut LineWriter::new(&mut out, b"", usize::MAX));
    if out.ends_with(b"\n") {
        out.pop();
    }
    (out, printed.left_out)
}

/// Returns data that is no JSON.
fn text_data(scope: Scope<'_>, content: &Content<'_>) -> Vec<u8> {
    let Scope { rules, .. } = scope;
    if rules.allow_only() {
        return rules.masked();
    }
    match scope.value(content.bytes, content.whole) {
        Some(_) if content.is_cut() => rules.masked(),
        Some(text) => text,
        None => whole_characters(content.bytes.part(..content.shown), !content.is_cut()).to_vec(),
    }
}

/// Returns any other line: a field that is no data, or a comment.
fn field(scope: Scope<'_>, line: &Line<'_>, shown: usize) -> Vec<u8> {
    let Scope { rules, .. } = scope;
    let colon = memchr::memchr(b':', line.text).map_or(line.text.len(), |at| at + 1);
    let (name, value) = line.text.split_at(colon);
    let known = matches!(name, b":" | b"event:" | b"retry:" | b"id:");
    if !known && !rules.hides_nothing() {
        return stray(scope, line, name, shown);
    }
    // The type of an event and the time to wait say how it is sent, and nothing of its content.
    let shows = !rules.allow_only() || matches!(name, b"event:" | b"retry:") || rules.field(name).is_none();
    let space = usize::from(value.starts_with(b" "));
    let (space, value) = value.split_at(space);
    let mut out = [name, space].concat();
    if !shows {
        rules.mask().apply(value, &mut out);
        return out;
    }
    match scope.value(value, true) {
        // The hidden part may go on past the cut.
        Some(_) if line.start + line.text.len() > shown => rules.mask().apply(b"", &mut out),
        Some(hidden) => out.extend_from_slice(&hidden),
        None => return until(line.text, shown - line.start.min(shown)).to_vec(),
    }
    out
}

/// Returns a line that no event has. It is searched as a whole, and hidden whole where it is neither a field nor JSON.
fn stray(scope: Scope<'_>, line: &Line<'_>, name: &[u8], shown: usize) -> Vec<u8> {
    let Scope { rules, .. } = scope;
    let is_token = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let (name, has_value) = name.strip_suffix(b":").map_or((name, false), |name| (name, true));
    let mut out = Vec::new();
    let is_field = !name.is_empty() && name.iter().all(is_token);
    let verdict = match is_field && has_value {
        true => rules.secret_header(name).or_else(|| rules.field(name)),
        false => None,
    };
    if let Some(Hidden { mask, .. }) = verdict {
        let value = line.text.part(name.len() + 1..);
        out.extend_from_slice(name);
        out.extend_from_slice(if value.starts_with(b" ") { b": " } else { b":" });
        mask.apply(b"", &mut out);
        return out;
    }
    let is_known = is_field || json::looks_like_json(line.text);
    if !is_known || rules.allow_only() || !work::allows(64 + name.len()) {
        rules.mask().apply(b"", &mut out);
        return out;
    }
    scope.value(line.text, true).unwrap_or_else(|| until(line.text, shown - line.start.min(shown)).to_vec())
}

/// Returns the first `len` bytes of a line, without a character that is cut.
fn until(text: &[u8], len: usize) -> &[u8] {
    whole_characters(text.get(..len).unwrap_or(text), len >= text.len())
}

fn emit(name: &[u8], text: &[u8], writer: &mut LineWriter<'_>) {
    writer.start();
    crate::escape::text(name, writer.buf());
    crate::escape::text(text, writer.buf());
    writer.end();
}

/// Returns the data of an event in this line, if it is a line of that field.
pub(crate) fn data(line: &[u8]) -> Option<&[u8]> {
    Line { start: 0, text: line }.data().map(|(_, data)| data)
}

#[derive(Clone, Copy)]
struct Line<'a> {
    /// The beginning of the line.
    start: usize,
    /// The text of the line, without its ending.
    text: &'a [u8],
}

impl<'a> Line<'a> {
    /// Returns the value of a `data` field and its offset. The name is read more leniently than a browser does.
    fn data(&self) -> Option<(usize, &'a [u8])> {
        let colon = memchr::memchr(b':', self.text).unwrap_or(self.text.len());
        let (name, value) = self.text.split_at(colon);
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        let start = self.start + self.text.len() - value.len();
        name.trim_ascii().eq_ignore_ascii_case(b"data").then_some((start, value))
    }

    /// Returns the bytes before the value that is shown of a `data` field: name, colon and space as they came.
    fn name(&self, value: &[u8], shown: usize) -> &'a [u8] {
        let len = self.data().map_or(0, |(start, _)| start - self.start);
        let name = self.text.part(..len);
        match value {
            [] => until(name, shown.saturating_sub(self.start)),
            // A name alone has no value.
            _ if !name.contains(&b':') => b"data: ",
            _ => name,
        }
    }
}

/// Lines that end with LF, CR LF or CR.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let start = self.at;
        let rest = self.bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let (text, after) = rest.split_at(end);
        let ending = if after.starts_with(b"\r\n") { 2 } else { after.len().min(1) };
        self.at = start + end + ending;
        Some(Line { start, text })
    }
}
