//! JSON, redacted and laid out in one pass: no recursion, no tree, over cut, broken and hostile input.
//!
//! Numbers and strings are shown as they were written. What is hidden is replaced by a string, so that the output for
//! valid JSON is valid JSON. Input that is cut is shown as far as it goes, input that is broken up to the first byte
//! that is no JSON.

mod layout;
mod plain;
mod printer;
mod records;
mod scan;
mod text;

use super::{Mask, Style, body::Content, form, rules::Rules};
use crate::line_writer::LineWriter;
pub(super) use records::{Apart, resume};
use std::cell::Cell;
use text::has_member;
pub(crate) use text::undo;
pub(super) use text::{looks_like_json, may_be_json};

/// How deep strings that hold JSON (or forms that hold JSON) are looked into; what is deeper is hidden whole.
const MAX_NESTED: u8 = 8;

/// What printing found.
pub(super) struct Printed {
    /// How many documents were printed whole.
    pub(super) documents: usize,
    /// What was left out, in the words of [`super::Report::left_out`].
    pub(super) left_out: Option<String>,
    /// The document of which something was left out, or which ends in the middle.
    broken: Option<Broken>,
    /// Whether something was hidden.
    pub(super) hidden: bool,
    /// Whether all there is was understood and printed.
    pub(super) whole: bool,
}

/// A document that is no JSON.
#[derive(Clone, Copy, Default)]
struct Broken {
    /// Where it begins.
    start: usize,
    /// The length of the output before it.
    printed: usize,
    /// How many bytes were left out, to the end of what is shown.
    left: usize,
}

/// Prints the documents of `content`, each on its own lines.
///
/// White space and record separators (RFC 7464) may stand between documents, so this reads JSON, NDJSON and JSON text
/// sequences alike.
pub(super) fn print(rules: &Rules, content: &Content<'_>, style: Style, writer: &mut LineWriter<'_>) -> Printed {
    match style {
        Style::Pretty => printer::print::<true>(rules, content, false, writer),
        Style::Compact => printer::print::<false>(rules, content, false, writer),
    }
}

/// `text`, which is not escaped (no JSON string's inside), with what is in it hidden: JSON, a form, or shapes, patterns
/// and URLs; `None` where there is nothing to hide. What looks like JSON and is broken is hidden whole.
///
/// This is for text that stands inside of something: a JSON string, the value of a form or of a multipart part. Nothing of
/// it is missing where it is `whole`.
pub(super) fn hide_any(rules: &Rules, text: &[u8], whole: bool) -> Option<Vec<u8>> {
    if rules.hides_nothing() {
        return None;
    }
    if looks_like_json(text) || text.trim_ascii_start().starts_with(b"\"") {
        hide(rules, text)
    } else if form::looks_like_form(text) {
        nested(rules, text, || form::hide(rules, text, whole))
    } else {
        super::text::hide_part(rules, text, whole)
    }
}

/// `text`, which looks like JSON, with what is in it hidden: on one line without white space, or the mask where it is
/// broken or cut; `None` where there is nothing to hide.
pub(super) fn hide(rules: &Rules, text: &[u8]) -> Option<Vec<u8>> {
    nested(rules, text, || {
        let mut out = Vec::new();
        let content = Content { content_type: None, bytes: text, shown: text.len(), whole: true };
        let writer = &mut LineWriter::new(&mut out, b"", usize::MAX);
        let printed = printer::print::<false>(rules, &content, true, writer);
        if !printed.whole {
            // A bracket alone holds nothing.
            if text.trim_ascii().len() < 2 {
                return None;
            }
            // What is escaped twice may be anything, a name that is hidden too.
            let mut escapes = memchr::memchr_iter(b'\\', text);
            let plain = !escapes.any(|at| matches!(text.get(at + 1), Some(b'u' | b'/')));
            let quoted = text.trim_ascii_start().starts_with(b"\"") && !has_member(text);
            return if quoted && plain { super::text::hide(rules, text) } else { Some(masked(rules.mask(), text)) };
        }
        if out.ends_with(b"\n") {
            out.pop();
        }
        printed.hidden.then_some(out)
    })
}

/// Calls `look` unless that would be too deep, where all of `text` is hidden.
fn nested(rules: &Rules, text: &[u8], look: impl FnOnce() -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    thread_local!(static DEPTH: Cell<u8> = const { Cell::new(0) });
    struct Level;
    impl Drop for Level {
        fn drop(&mut self) {
            DEPTH.set(DEPTH.get() - 1);
        }
    }
    if DEPTH.get() == MAX_NESTED {
        return Some(masked(rules.mask(), text));
    }
    DEPTH.set(DEPTH.get() + 1);
    let _level = Level;
    look()
}

fn masked(mask: &Mask, secret: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    mask.apply(secret, &mut out);
    out
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
