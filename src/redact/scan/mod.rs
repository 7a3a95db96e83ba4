//! Searches a text for all kinds of secrets.

mod arguments;
mod blocks;
pub(crate) mod candidates;
mod encoded;
mod expression;
pub(crate) mod key_lines;
pub(crate) mod labels;
mod lexeme;
mod literal;
mod markup;
mod message;
mod operand;
mod pairs;
pub(crate) mod prefilter;
mod program;
mod said;
pub(crate) mod scope;
mod siblings;
mod sign;
pub(crate) mod statements;
pub(crate) mod table;
mod tokens;
mod told;
pub(crate) mod urls;
mod verdict;

use super::{
    codec::{entities, percent},
    rules::Rules,
    text::{
        context::{Context, LineStart, Mode},
        edits::Edits,
        slice::Slice,
    },
    work,
};
use candidates::Candidates;
use expression::Source;
pub(crate) use lexeme::looks_like_form;
pub(crate) use pairs::has_secret;
pub(crate) use prefilter::candidates;
use scope::Scope;

/// No key of a vendor is shorter, and nothing shorter tells that a body breaks off in one.
const SHORTEST_KEY: usize = 12;
const SHORTEST_CUT: usize = 6;

/// Hides everything in `text` that the rules hide; `None` where that is nothing.
pub(crate) fn hide_secrets(scope: Scope<'_>, text: &[u8], context: Context) -> Option<Vec<u8>> {
    let Scope { rules, .. } = scope;
    // A form hides what has no name too.
    let all = rules.allow_only() && context.mode == Mode::Form;
    let found = if all { Candidates::ALL } else { candidates(rules, text) };
    // The beginning of a key is too short to be a sign of one.
    let is_short = || context.first == LineStart::Line && (SHORTEST_CUT..SHORTEST_KEY).contains(&text.len());
    let cut = Candidates::KEY.when(!context.whole || is_short());
    if !found.any() {
        // A `=` would be a candidate, so only a `:` is left to search for.
        if !cut.any() && (!rules.has_names() || memchr::memchr(b':', text).is_none()) {
            return None;
        }
        if !work::allows(64 + text.len() / 2) {
            return Some(rules.masked());
        }
        let mut edits = Edits::new(context.whole);
        lines(rules, text, context, &mut edits);
        if cut.any() {
            rules.patterns.find_keys(text, true, &mut edits);
        }
        return edits.apply(text, rules.mask());
    }
    if work::is_spent() {
        return Some(rules.masked());
    }
    let mut hidden = once(scope, text, context, found.and(cut));
    if context.mode != Mode::Text || !(found.of(Candidates::ESCAPE) || hidden.is_some()) {
        return hidden;
    }
    if found.of(Candidates::ESCAPE) && percent::is_split(text) {
        // One layer was undone within the other, so that names and quotes are encoded by halves: nothing is where it
        // seems to be.
        return (hidden.is_some() || has_split_sign(scope, text, context)).then(|| rules.masked());
    }
    // A text that was cut out of JSON or HTML is also read as it would be there, or in the text that this was cut out
    // of.
    let mut plain = entities::undo(hidden.as_deref().unwrap_or(text));
    let mut scope = scope;
    while let Some(text) = plain {
        if work::is_spent() {
            return Some(rules.masked());
        }
        let Some(deeper) = scope.deeper() else { return Some(rules.masked()) };
        scope = deeper;
        let more = once(scope, &text, context, candidates(rules, &text));
        plain = entities::undo(more.as_deref().unwrap_or(&text));
        hidden = more.or(hidden);
    }
    hidden
}

/// Returns whether there is something to hide in `text` once the escapes within its percent-encoding are undone. One
/// that has more layers than are read does too.
#[cold]
fn has_split_sign(scope: Scope<'_>, text: &[u8], context: Context) -> bool {
    /// Bounds the layers of escapes that are undone.
    const LAYERS: usize = 4;
    let mut plain = text.to_vec();
    for _ in 0..LAYERS {
        let Some(undone) = entities::undo(&plain) else {
            plain.retain(|b| *b != b'\\');
            return once(scope, &plain, context, candidates(scope.rules, &plain)).is_some();
        };
        plain = undone;
    }
    true
}

/// Hides the secrets in `text` of the kinds that have a sign in `found`.
pub(in crate::redact) fn once(scope: Scope<'_>, text: &[u8], context: Context, found: Candidates) -> Option<Vec<u8>> {
    let Scope { rules, .. } = scope;
    // Whether a sender stopped before the end of a body is not known. A value within one was read to its end.
    let may_break_off = !context.whole || context.first == LineStart::Line;
    work::spend(100 + text.len() / 8);
    let mut edits = Edits::new(context.whole);
    let source = Source::new(text);
    source_lines(rules, &source, context, &mut edits);
    if context.mode != Mode::Url && rules.has_names() && found.of(Candidates::MARKUP) {
        markup::find_content(rules, text, context.whole, &mut edits);
    }
    if rules.defaults() && found.of(Candidates::SHAPE) {
        tokens::find_shapes(scope, text, may_break_off, &mut edits);
    }
    urls::find_parts(rules, text, context.mode, found, may_break_off, &mut edits);
    pairs::find_values(scope, &source, context, found, &mut edits);
    if context.mode == Mode::Text && context.first != LineStart::No && rules.has_names() && found.of(Candidates::PAIR) {
        labels::find_labels(rules, &source, &mut edits);
    }
    if found.of(Candidates::KEY) {
        rules.patterns.find_keys(text, may_break_off, &mut edits);
    }
    if found.of(Candidates::PATTERN) {
        rules.patterns.find(text, &mut edits);
    }
    edits.apply(text, rules.mask())
}

/// Hides the secrets in lines that begin with a name. The prefilter does not search for this one sign, since every text
/// has colons.
pub(crate) fn lines<'r>(rules: &'r Rules, text: &[u8], context: Context, edits: &mut Edits<'r>) {
    source_lines(rules, &Source::new(text), context, edits);
}

/// Does what [`lines`] does, for a text of which more is known.
fn source_lines<'r>(rules: &'r Rules, source: &Source<'_>, context: Context, edits: &mut Edits<'r>) {
    let text = source.text();
    if rules.has_names()
        && let Some(first) = self::first(context, text)
        && (first != LineStart::No || memchr::memchr(b'\n', text).is_some())
    {
        key_lines::find_key_lines(rules, source, first, edits);
    }
}

/// Returns the beginning of `text`; `None` where no line may begin with a name.
fn first(context: Context, text: &[u8]) -> Option<LineStart> {
    match context.mode {
        Mode::Text => Some(context.first),
        Mode::Form if context.decoded || !lexeme::begins_as_form(text) => Some(LineStart::Colon),
        Mode::Form => Some(LineStart::No),
        Mode::Url if !context.decoded => None,
        // A scheme may be a name.
        Mode::Url => Some(LineStart::Colon),
    }
}

/// Returns whether there is a sign of a secret in `text`, which begins as JSON does and is broken: something that would
/// be hidden in text, or the name of a secret in quotes.
pub(crate) fn has_sign(scope: Scope<'_>, text: &[u8]) -> bool {
    let Scope { rules, .. } = scope;
    // The ends of the last quotes of both kinds. What is between two of a kind may be a name.
    let mut ends = [0; 2];
    let own = rules.has_own_names();
    let is_part = |b: &u8| own || b.is_ascii_alphabetic() || *b >= 0x80 || *b == b'\\';
    let is_name = |at: usize| {
        if !work::allows(24) {
            return true;
        }
        let [double, single] = &mut ends;
        let end = if text.get(at) == Some(&b'"') { double } else { single };
        let inside = text.part(std::mem::replace(end, at + 1)..at);
        if inside.len() > key_lines::MAX_HEAD || !inside.iter().any(is_part) {
            return false;
        }
        let Some((start, end)) = lexeme::quoted_name(text, at.saturating_sub(key_lines::MAX_HEAD), at + 1) else {
            return false;
        };
        work::spend(40);
        rules.secret(text.part(start..end)).is_some() || text.part(start..end).contains(&b'\\')
    };
    hide_lines(scope, text, true).is_some() || rules.has_names() && memchr::memchr2_iter(b'"', b'\'', text).any(is_name)
}

/// Does what [`hide_secrets`] does, for text that may be cut at its end. The text is plain (JSON escapes decoded), and the
/// result is not escaped yet.
pub(crate) fn hide_text(scope: Scope<'_>, text: &[u8]) -> Option<Vec<u8>> {
    hide_part(scope, text, true)
}

/// Does what [`hide_text`] does, for text that goes to its end where it is `whole`.
pub(crate) fn hide_part(scope: Scope<'_>, text: &[u8], whole: bool) -> Option<Vec<u8>> {
    hide_secrets(scope, text, Context { whole, ..Context::new(Mode::Text) })
}

/// Does what [`hide_part`] does, for the inside of a value, which may be lines too: a file, or the output of a program.
pub(crate) fn hide_inside(scope: Scope<'_>, text: &[u8], whole: bool) -> Option<Vec<u8>> {
    let apart = hide_apart(scope.rules, text, whole, false);
    hide_part(scope, apart.as_deref().unwrap_or(text), whole).or(apart)
}

/// Does what [`hide_text`] does, for a text of lines: a body, or an error's message. It goes to its end where it is
/// `whole`.
pub(crate) fn hide_lines(scope: Scope<'_>, text: &[u8], whole: bool) -> Option<Vec<u8>> {
    let apart = hide_apart(scope.rules, text, whole, true);
    let context = Context { whole, first: LineStart::Line, ..Context::new(Mode::Text) };
    hide_secrets(scope, apart.as_deref().unwrap_or(text), context).or(apart)
}

/// Redacts the values whose names stand elsewhere: at the head of a column, or in a member beside them. What only a space
/// parts from its name is searched for in a text of `lines` alone: it has no sign by which the inside of a JSON string would be
/// looked into.
fn hide_apart(rules: &Rules, text: &[u8], whole: bool, lines: bool) -> Option<Vec<u8>> {
    /// No text with a name and its value apart is shorter.
    const SHORTEST: usize = 8;
    if !rules.has_names() || text.len() < SHORTEST {
        return None;
    }
    work::spend(64 + text.len() / 3);
    let mut edits = Edits::new(whole);
    if rules.defaults() {
        statements::find_credentials(rules, text, &mut edits);
        arguments::find_options(rules, text, &mut edits);
        said::find_phrases(rules, text, &mut edits);
        if lines {
            said::find_said(rules, text, &mut edits);
            arguments::find_operands(rules, text, &mut edits);
        }
    }
    if memchr::memchr2(b'\n', b'<', text).is_none() {
        return edits.apply(text, rules.mask());
    }
    table::find_cells(rules, text, &mut edits);
    if memchr::memmem::find(text, b"alue").is_some() || memchr::memmem::find(text, b"ata:").is_some() {
        siblings::find_items(rules, text, &mut edits);
    }
    if memchr::memchr(b'<', text).is_some() {
        siblings::find_elements(rules, text, &mut edits);
    }
    edits.apply(text, rules.mask())
}

/// Redacts what only words name in a text that is said to a person; `None` where there is nothing.
pub(crate) fn hide_said(rules: &Rules, text: &[u8], whole: bool) -> Option<Vec<u8>> {
    let mut edits = Edits::new(whole);
    if rules.defaults() && text.iter().any(u8::is_ascii_digit) {
        said::find_said(rules, text, &mut edits);
        message::find_codes(rules, text, &mut edits);
    }
    edits.apply(text, rules.mask())
}

/// Does what [`hide_text`] does, for text that begins no line. It may be a host, whose name has a colon and a port
/// behind it, or the name of a member, whose value stands elsewhere.
pub(crate) fn hide_words(scope: Scope<'_>, text: &[u8]) -> Option<Vec<u8>> {
    hide_secrets(scope, text, Context { first: LineStart::No, ..Context::new(Mode::Text) })
}

/// Redacts `form` (WHATWG URL, section 5); `None` where there is nothing to hide. Every pair that stays is left byte
/// for byte.
///
/// The form may be cut at its end where it is not `whole`. A value that is cut is hidden too.
pub(crate) fn hide_form(scope: Scope<'_>, form: &[u8], whole: bool) -> Option<Vec<u8>> {
    hide_secrets(scope, form, Context { whole, ..Context::new(Mode::Form) })
}
