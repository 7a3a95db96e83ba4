//! Which kind of body it is, and who renders it.

use super::rules::Rules;
use crate::page::Page;

/// What is known of a body when it is rendered.
pub(crate) struct Content<'a> {
    /// `Content-Type` as sent.
    pub(crate) content_type: Option<&'a [u8]>,
    /// The captured bytes, content encoding and charset undone: UTF-8 as far as it is text.
    pub(crate) bytes: &'a [u8],
    /// How many of `bytes` may be shown; what follows is only looked at, so that a secret that begins in the shown part
    /// and ends past it is still seen.
    pub(crate) shown: usize,
    /// Whether `bytes` goes to the end of the body.
    pub(crate) whole: bool,
}

/// How JSON is laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Style {
    /// Four spaces a level, one element a line.
    Pretty,
    /// No white space outside strings, one line a document.
    Compact,
}

/// What a body turned out to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// One or more JSON documents (JSON, `+json`, NDJSON).
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/*`.
    Multipart,
    /// `text/event-stream`.
    Events,
    /// Any other text.
    Text,
    /// No text: nothing was printed.
    Binary,
}

/// What rendering found.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) kind: Kind,
    /// How many JSON documents were printed whole and well-formed: 1 for a JSON body that a program can parse.
    pub(crate) documents: usize,
    /// What was left out because it could not be understood, in words that follow `request body: ` in a note:
    /// `not JSON from byte 120 on, 34 bytes left out`.
    pub(crate) left_out: Option<String>,
}

/// Renders a body as redacted, escaped lines.
pub(crate) fn render(_rules: &Rules, content: &Content<'_>, _style: Style, page: &mut Page<'_>) -> Report {
    page.start();
    crate::escape::text(&content.bytes[..content.shown], page.buf());
    page.end();
    Report { kind: Kind::Text, documents: 0, left_out: None }
}

pub(crate) fn is_text(_content_type: Option<&[u8]>) -> bool {
    !_content_type.is_some_and(|c| c.starts_with(b"image/"))
}
