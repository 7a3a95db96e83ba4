//! Shows a body.

use super::Record;
use crate::{
    captured::{self, End},
    decode, escape,
    fields::{Fields, Value},
    line_writer::LineWriter,
    redact::{Content, Kind, Style},
};
use std::{borrow::Cow, fmt, io::Write};

/// A body that is redacted while it is read.
#[derive(Clone, Copy)]
pub struct Body<'a> {
    record: &'a Record,
    headers: &'a Fields,
    seen: Option<&'a captured::Body>,
}

impl<'a> Body<'a> {
    pub(super) fn new(record: &'a Record, headers: &'a Fields, seen: Option<&'a captured::Body>) -> Self {
        Self { record, headers, seen }
    }

    /// Returns how many bytes went by, shown or not.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.seen.map_or(0, |body| body.seen)
    }

    /// Returns whether no byte went by.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether the body went by to its end.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.seen.is_some_and(|body| body.end == End::Complete)
    }

    /// Returns the body as the log shows it, with lines separated by LF. `None` if none of it is text, or if it is
    /// empty.
    ///
    /// It is at most as long as the [record limit](crate::RequestLogLayer::record_limit). Lines past it are left out.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let (mut lines, shown) = self.lines();
        lines.pop();
        (shown.kind != Kind::Binary).then(|| escape::string(lines))
    }

    /// Returns the body's lines up to the record limit, and what rendering them found.
    pub(super) fn lines(&self) -> (Vec<u8>, Shown) {
        let mut lines = Vec::new();
        let shown = self.render(Style::Pretty, &mut LineWriter::new(&mut lines, b"", self.record.limit));
        (lines, shown)
    }

    /// Renders the body's lines.
    pub(crate) fn render(&self, style: Style, writer: &mut LineWriter<'_>) -> Shown {
        let Some(body) = self.seen.filter(|body| body.seen > 0 && body.end != End::Open) else {
            return Shown::nothing();
        };
        let mut shown = Shown::nothing();
        let content_type = self.headers.content_type().map(Value::as_bytes);
        let captured = body.capture.bytes();
        let starved = if body.capture.is_starved() { ": memory budget used up" } else { "" };
        if captured.is_empty() {
            shown.notes.push(self.not_logged(starved));
            return shown;
        }
        let mut raw_shown = captured.len().min(body.shown);
        let mut whole = captured.len() as u64 == body.seen && body.end == End::Complete;
        let encodings = self.headers.content_encoding();
        let limit = body.shown.saturating_add(crate::capture::LOOK_AHEAD);
        let decoded = decode::content(&encodings, captured, body.seen, whole, limit);
        if decoded.bytes.is_empty() {
            shown.notes.extend(decoded.note);
            return shown;
        }
        let encoded = matches!(decoded.bytes, Cow::Owned(_));
        if encoded {
            // The text that a cut capture decodes to may have had its look-ahead cut off.
            let beyond = if captured.len() as u64 == body.seen { 0 } else { crate::capture::LOOK_AHEAD };
            raw_shown = decoded.bytes.len().saturating_sub(beyond).min(body.shown);
            whole &= decoded.whole;
        }
        let (bytes, visible) = decode::charset_at(content_type, &decoded.bytes, raw_shown);
        let content = Content { content_type, bytes: &bytes, shown: visible, whole };
        let report = self.record.redactor.body(&content, style, writer);
        shown.kind = report.kind;
        shown.documents = report.documents;
        shown.whole = whole && visible == bytes.len() && report.left_out.is_none();
        shown.notes.extend(decoded.note);
        if report.kind == Kind::Binary && report.left_out.is_none() {
            shown.notes.push(self.not_logged(""));
        } else if !encoded && (raw_shown as u64) < body.seen {
            shown.notes.push(format!("{raw_shown} of {} bytes logged{starved}", body.seen));
        } else if encoded && !(decoded.whole && raw_shown == decoded.bytes.len()) {
            shown.notes.push(format!("{raw_shown} decoded bytes logged{starved}"));
        }
        shown.notes.extend(report.left_out);
        shown
    }

    fn not_logged(&self, why: &str) -> String {
        let mut note = Vec::with_capacity(64);
        // A vector takes everything.
        let _ = write!(note, "{} bytes of ", self.len());
        let of = note.len();
        if let Some(content_type) = self.headers.content_type() {
            self.record.redactor.header_value(b"content-type", essence(content_type), &mut note);
        }
        if note.len() == of {
            note.truncate(of - " of ".len());
        }
        let _ = write!(note, ", not logged{why}");
        escape::string(note)
    }
}

impl fmt::Debug for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("len", &self.len()).field("text", &self.text()).finish()
    }
}

/// Tells what rendering a body found.
pub(crate) struct Shown {
    pub(crate) kind: Kind,
    /// Counts the JSON documents that were rendered whole.
    pub(crate) documents: usize,
    /// Is set if all of the body was shown.
    pub(crate) whole: bool,
    /// The texts that follow `request body: ` or `response body: ` in a note.
    pub(crate) notes: Vec<String>,
}

impl Shown {
    pub(crate) fn nothing() -> Self {
        Self { kind: Kind::Binary, documents: 0, whole: false, notes: Vec::new() }
    }
}

/// Returns a media type without its parameters (RFC 9110, section 8.3.1), as sensitive as with them.
fn essence(content_type: Value<'_>) -> Value<'_> {
    let end = memchr::memchr(b';', content_type.as_bytes()).unwrap_or(content_type.as_bytes().len());
    content_type.with(content_type.as_bytes().get(..end).unwrap_or_default().trim_ascii())
}
