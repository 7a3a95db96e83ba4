//! Finds the kind of a value within a value, and hides the secrets in it.

use super::{
    codec::json_string,
    json,
    rules::Rules,
    scan::{
        self,
        scope::{Nested, Scope},
    },
    text::{
        content::Content,
        context::{Context, LineStart, Mode},
        edits::Edits,
        slice::Slice,
    },
    work,
};
use crate::line_writer::LineWriter;
use memchr::memmem;

/// Returns the scope of a text that is in no other.
pub(crate) fn scope(rules: &Rules) -> Scope<'_> {
    Scope::new(rules, hide_nested)
}

/// Redacts a text within one of `scope`; `None` where there is nothing to hide.
fn hide_nested(scope: Scope<'_>, nested: Nested<'_>) -> Option<Vec<u8>> {
    match nested {
        Nested::Value { text, whole } => value(scope, text, whole),
        Nested::Json(text) if begins_as_json(text) => any_json(scope, text),
        Nested::Json(_) => None,
        Nested::Decoded(text, context) => decoded(scope, text, context),
    }
}

/// Redacts JSON, a form or any other text. Broken JSON is hidden whole.
fn value(scope: Scope<'_>, text: &[u8], whole: bool) -> Option<Vec<u8>> {
    let Scope { rules, .. } = scope;
    if rules.hides_nothing() {
        return None;
    }
    if json::looks_like_json(text) || text.trim_ascii_start().starts_with(b"\"") {
        return json(scope, text);
    }
    if scan::looks_like_form(text) {
        let Some(scope) = scope.deeper() else { return Some(rules.mask().applied(text)) };
        return scan::hide_form(scope, text, whole);
    }
    scan::hide_inside(scope, text, whole)
}

/// Redacts what looks like JSON. The result is on one line without white space. It is the mask alone where the JSON is
/// broken, cut or too deep.
fn json(scope: Scope<'_>, text: &[u8]) -> Option<Vec<u8>> {
    let Scope { rules, .. } = scope;
    let Some(scope) = scope.deeper() else { return Some(rules.mask().applied(text)) };
    work::spend(150 + text.len());
    let mut out = Vec::new();
    let content = Content { content_type: None, bytes: text, shown: text.len(), whole: true };
    let printed = json::print_inside(scope, &content, &mut LineWriter::new(&mut out, b"", usize::MAX));
    if !printed.whole {
        return broken(scope, text, printed.hidden);
    }
    if out.ends_with(b"\n") {
        out.pop();
    }
    printed.hidden.then_some(out)
}

/// Redacts a text that was decoded out of another one, whose context is `context`.
fn decoded(scope: Scope<'_>, text: &[u8], context: Context) -> Option<Vec<u8>> {
    work::spend(32);
    let Scope { rules, .. } = scope;
    let Some(deeper) = scope.deeper() else {
        let mut edits = Edits::new(context.whole);
        scan::lines(rules, text, Context { first: LineStart::Line, ..Context::new(Mode::Text) }, &mut edits);
        return (scan::candidates(rules, text).any() || edits.len() > 0).then(|| rules.masked());
    };
    if begins_as_json(text) {
        return any_json(scope, text);
    }
    scan::hide_secrets(
        deeper,
        text,
        Context { mode: Mode::of(text), decoded: true, first: LineStart::Inline, ..context },
    )
}

/// Redacts a value that begins as JSON does.
fn any_json(scope: Scope<'_>, text: &[u8]) -> Option<Vec<u8>> {
    if json::looks_like_json(text) { json(scope, text) } else { broken(scope, text, false) }
}

/// Redacts what begins as JSON does and is broken or cut. It is treated as text. If the part that was meant as JSON has
/// a sign of a secret, or one was `hidden` in it already, all of it is hidden, for nothing shows where the secret ends.
fn broken(scope: Scope<'_>, text: &[u8], hidden: bool) -> Option<Vec<u8>> {
    let Scope { rules, .. } = scope;
    // A string that breaks off may hold what it holds in escapes of any letter.
    let is_escaped = |inside: &&[u8]| memmem::find(inside, b"\\u").is_some();
    if let Some(inside) = text.trim_ascii_start().strip_prefix(b"\"").filter(is_escaped) {
        let hides = |scope: Scope<'_>| value(scope, &json_string::decode(inside), false).is_some();
        if scope.deeper().is_none_or(hides) {
            return Some(rules.mask().applied(text));
        }
    }
    // Python and JavaScript write names in other quotes, or in none.
    work::spend(32 + text.len() / 4);
    let is_member = |at: usize| text.after(at + 1).trim_ascii_start().first() == Some(&b':');
    let meant = memchr::memchr_iter(b'"', text).any(is_member);
    if !meant && !rules.allow_only() {
        return scan::hide_text(scope, text);
    }
    // Where there is no sign, there is nothing to hide in text either.
    let whole = rules.allow_only() || !rules.json_paths.is_empty() || hidden || scan::has_sign(scope, text);
    (whole && text.trim_ascii().len() > 1).then(|| rules.mask().applied(text))
}

/// Returns whether `text` begins as JSON does. A string with escapes does too, for it may hold anything.
fn begins_as_json(text: &[u8]) -> bool {
    match text.trim_ascii_start().first() {
        Some(b'{' | b'[') => true,
        Some(b'"') => json::looks_like_json(text) || memmem::find(text, b"\\u").is_some(),
        _ => false,
    }
}
