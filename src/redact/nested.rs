//! What a value within a value is, and what is hidden in it.

use super::{
    json,
    rules::Rules,
    scan::{self, MAX_DEPTH},
    text::{
        content::Content,
        context::{First, How, Mode},
        edits::Hits,
    },
};
use crate::line_writer::LineWriter;
use memchr::memmem;
use std::cell::Cell;

/// How deep strings that hold JSON (or forms that hold JSON) are looked into; what is deeper is hidden whole.
pub(crate) const MAX_NESTED: u8 = 8;

/// `text`, which is not escaped (no JSON string's inside), with what is in it hidden: JSON, a form, or shapes, patterns
/// and URLs; `None` where there is nothing to hide. What looks like JSON and is broken is hidden whole.
///
/// This is for text that stands inside of something: a JSON string, the value of a form or of a multipart part. Nothing of
/// it is missing where it is `whole`.
pub(crate) fn hide_any(rules: &Rules, text: &[u8], whole: bool) -> Option<Vec<u8>> {
    if rules.hides_nothing() {
        return None;
    }
    if json::looks_like_json(text) || text.trim_ascii_start().starts_with(b"\"") {
        hide(rules, text)
    } else if scan::looks_like_form(text) {
        nested(rules, text, || scan::hide_form(rules, text, whole))
    } else {
        scan::hide_part(rules, text, whole)
    }
}

/// `text`, which looks like JSON, with what is in it hidden: on one line without white space, or the mask where it is
/// broken or cut; `None` where there is nothing to hide.
pub(crate) fn hide(rules: &Rules, text: &[u8]) -> Option<Vec<u8>> {
    nested(rules, text, || {
        let mut out = Vec::new();
        let content = Content { content_type: None, bytes: text, shown: text.len(), whole: true };
        let writer = &mut LineWriter::new(&mut out, b"", usize::MAX);
        let printed = json::print_as::<false>(rules, &content, true, writer);
        if !printed.whole {
            // A bracket alone holds nothing.
            if text.trim_ascii().len() < 2 {
                return None;
            }
            // What is escaped twice may be anything, a name that is hidden too.
            let mut escapes = memchr::memchr_iter(b'\\', text);
            let plain = !escapes.any(|at| matches!(text.get(at + 1), Some(b'u' | b'/')));
            let quoted = text.trim_ascii_start().starts_with(b"\"") && !json::has_member(text);
            return if quoted && plain { scan::hide_text(rules, text) } else { Some(rules.mask().applied(text)) };
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
        return Some(rules.mask().applied(text));
    }
    DEPTH.set(DEPTH.get() + 1);
    let _level = Level;
    look()
}

/// [`hide`] for a text that was decoded out of another one; `how` is that of the other one.
pub(crate) fn deeper(rules: &Rules, text: &[u8], how: How) -> Option<Vec<u8>> {
    if how.depth >= MAX_DEPTH {
        let mut hits = Hits::new(how.whole);
        scan::lines(rules, text, How { first: First::Line, ..How::new(Mode::Text) }, &mut hits);
        return (scan::signs(rules, text).any() || hits.len() > 0).then(|| rules.masked());
    }
    if begins_as_json(text) {
        return json(rules, text);
    }
    scan::hide(rules, text, How { mode: Mode::of(text), depth: how.depth + 1, first: First::Inline, ..how })
}

/// What is hidden in a value that begins as JSON does; one that is broken or cut goes whole where it may have a name that
/// bears a secret.
pub(crate) fn json(rules: &Rules, text: &[u8]) -> Option<Vec<u8>> {
    if json::looks_like_json(text) {
        return hide(rules, text);
    }
    (rules.allow_only() || memmem::find(text, b"\\u").is_some() || has_secret_word(rules, text)).then(|| rules.masked())
}

/// Whether `text` begins as JSON does; so does a string with escapes, which may hold anything.
pub(crate) fn begins_as_json(text: &[u8]) -> bool {
    match text.trim_ascii_start().first() {
        Some(b'{' | b'[') => true,
        Some(b'"') => json::looks_like_json(text) || memmem::find(text, b"\\u").is_some(),
        _ => false,
    }
}

fn has_secret_word(rules: &Rules, text: &[u8]) -> bool {
    let parts = |b: &u8| *b <= b' ' || matches!(b, b'"' | b'\'' | b'\\' | b':' | b',' | b'{' | b'}' | b'[' | b']');
    text.split(parts).any(|word| !word.is_empty() && rules.field(word).mask().is_some())
}
