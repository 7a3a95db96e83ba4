//! Renders the bodies of an object.

use super::value::string;
use crate::{
    line_writer::LineWriter,
    record::{Body, Record, Shown},
    redact::{Kind, Style},
};

/// The depth past which JSON is given as text: `jq` reads 256 levels, `serde_json` 128.
const MAX_DEPTH: usize = 64;

/// Stands for a body that is not shown.
pub(super) const NULL: &[u8] = b"null";

/// Holds the request's body and the response's.
pub(super) struct Bodies {
    pub(super) contents: [Content; 2],
    pub(super) shown: [Shown; 2],
}

impl Bodies {
    /// Renders each into its room.
    pub(super) fn new(record: &Record, [request, response]: [usize; 2], limit: usize) -> Self {
        let (request, request_shown) = content(record.request_body(), request, limit);
        let (response, response_shown) = content(record.response_body(), response, limit);
        Self { contents: [request, response], shown: [request_shown, response_shown] }
    }

    pub(super) fn leave_out(&mut self) {
        for content in self.contents.iter_mut().filter(|content| content.is != Is::None) {
            *content = Content { is: Is::None, value: NULL.to_vec(), cut: true };
        }
    }
}

/// Holds a body as it is printed.
pub(super) struct Content {
    pub(super) is: Is,
    /// A JSON value.
    pub(super) value: Vec<u8>,
    /// Is set if the record limit cut it.
    pub(super) cut: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    None,
    Json,
    Text,
}

/// Renders a body into `room` bytes.
fn content(body: Body<'_>, room: usize, limit: usize) -> (Content, Shown) {
    let mut lines = Vec::new();
    // Text that is not indented is at most a few times as long as what was captured.
    let mut shown = body.render(Style::Compact, &mut LineWriter::new(&mut lines, b"", usize::MAX));
    let mut cut = false;
    let json = lines.trim_ascii_end();
    if shown.kind == Kind::Json && shown.documents == 1 && shown.whole && json.len() <= room && is_tame(json) {
        let value = json.to_vec();
        return (Content { is: Is::Json, value, cut }, shown);
    }
    if shown.kind == Kind::Json {
        lines.clear();
        let mut writer = LineWriter::new(&mut lines, b"", limit);
        shown = body.render(Style::Pretty, &mut writer);
        cut = writer.is_full();
    }
    let mut content = Content { is: Is::None, value: NULL.to_vec(), cut };
    let text = lines.strip_suffix(b"\n").unwrap_or(&lines);
    if !lines.is_empty() {
        let mut value = Vec::new();
        content.cut |= !string(&String::from_utf8_lossy(text), room, &mut value);
        if value.len() <= room {
            (content.is, content.value) = (Is::Text, value);
        }
    }
    (content, shown)
}

/// Returns whether every program can read this well-formed JSON: not nested too deep, and no half of a surrogate pair
/// among its escapes (RFC 8259, section 8.2).
fn is_tame(json: &[u8]) -> bool {
    let (mut depth, mut in_string, mut high) = (0usize, false, false);
    let mut rest = json;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let mut unit = None;
        match byte {
            b'"' => in_string = !in_string,
            b'\\' if in_string => {
                let escape = rest.first().copied();
                if escape == Some(b'u') {
                    let digits = rest.get(1..5).and_then(|digits| str::from_utf8(digits).ok());
                    unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
                }
                rest = rest.get(if escape == Some(b'u') { 5 } else { 1 }..).unwrap_or_default();
            }
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        let low = unit.is_some_and(|unit| (0xdc00..=0xdfff).contains(&unit));
        if high != low || depth > MAX_DEPTH {
            return false;
        }
        high = unit.is_some_and(|unit| (0xd800..=0xdbff).contains(&unit));
    }
    true
}
