//! All that is looked for in a text, put together.

mod key_lines;
mod markup;
mod pairs;
mod prefilter;
#[cfg(test)]
mod tests;
mod tokens;
mod urls;

use super::{
    codec::entities,
    rules::Rules,
    text::{
        context::{First, How, Mode},
        edits::Hits,
    },
};
pub(crate) use key_lines::may_begin;
pub(crate) use pairs::{has_secret, looks_like_form};
pub(crate) use prefilter::{SIGNS, Signs, is_unescaped_sign, suspicious, text as signs};
pub(crate) use urls::{relative, user_info};

/// How many layers of percent-encoding and of escapes are taken off; what may hide something below is hidden whole.
pub(crate) const MAX_DEPTH: usize = 5;

/// `text` with everything hidden that the rules hide in it; `None` where that is nothing.
pub(crate) fn hide(rules: &Rules, text: &[u8], how: How) -> Option<Vec<u8>> {
    let signs = prefilter::text(rules, text);
    if !signs.any() {
        // A `=` would be a sign.
        if !rules.has_names() || memchr::memchr(b':', text).is_none() {
            return None;
        }
        let mut hits = Hits::new(how.whole);
        lines(rules, text, how, &mut hits);
        return hits.apply(text);
    }
    let mut hidden = once(rules, text, how, signs);
    if how.mode != Mode::Text || !(signs.of(Signs::ESCAPE) || hidden.is_some()) {
        return hidden;
    }
    // What was cut out of JSON or HTML is also read as it would be there, or in what it was cut out of itself.
    let mut plain = entities::undo(hidden.as_deref().unwrap_or(text));
    for depth in 0.. {
        let Some(text) = plain else { break };
        if depth == MAX_DEPTH {
            return Some(rules.masked());
        }
        let more = once(rules, &text, how, prefilter::text(rules, &text));
        plain = entities::undo(more.as_deref().unwrap_or(&text));
        hidden = more.or(hidden);
    }
    hidden
}

/// What is hidden in `text` that has its sign in `signs`.
fn once(rules: &Rules, text: &[u8], how: How, signs: Signs) -> Option<Vec<u8>> {
    let mut hits = Hits::new(how.whole);
    lines(rules, text, how, &mut hits);
    if how.mode != Mode::Url && rules.has_names() && signs.of(Signs::MARKUP) {
        markup::find(rules, text, how.whole, &mut hits);
    }
    if rules.defaults() && signs.of(Signs::SHAPE) {
        tokens::find(text, rules.mask(), &mut hits);
    }
    urls::find(rules, text, how.mode, signs, &mut hits);
    pairs::find(rules, text, how, signs, &mut hits);
    if signs.of(Signs::PATTERN) {
        rules.patterns.find(text, &mut hits);
    }
    hits.apply(text)
}

/// What lines bear that begin with a name: the one sign that the gate does not look for, since every text has colons.
pub(crate) fn lines<'r>(rules: &'r Rules, text: &[u8], how: How, hits: &mut Hits<'r>) {
    if rules.has_names()
        && let Some(first) = self::first(how, text)
        && (first != First::No || memchr::memchr(b'\n', text).is_some())
    {
        key_lines::find(rules, text, first, hits);
    }
}

/// What begins `text`; `None` where no line is one that may begin with a name.
fn first(how: How, text: &[u8]) -> Option<First> {
    match how.mode {
        Mode::Text => Some(how.first),
        Mode::Form if how.depth > 0 || !pairs::begins_as_form(text) => Some(First::Colon),
        Mode::Form => Some(First::No),
        Mode::Url if how.depth == 0 => None,
        // A scheme may be a name.
        Mode::Url => Some(First::Colon),
    }
}

/// [`hide`] for text that may be cut at its end. It is plain (JSON escapes decoded), and what comes back is not escaped yet.
pub(crate) fn hide_text(rules: &Rules, text: &[u8]) -> Option<Vec<u8>> {
    hide_part(rules, text, true)
}

/// [`hide_text`] for text of which nothing is missing where it is `whole`.
pub(crate) fn hide_part(rules: &Rules, text: &[u8], whole: bool) -> Option<Vec<u8>> {
    hide(rules, text, How { whole, ..How::new(Mode::Text) })
}

/// [`hide_text`] for a text of lines: a body, or an error's message. Nothing is missing of it where it is `whole`.
pub(crate) fn hide_lines(rules: &Rules, text: &[u8], whole: bool) -> Option<Vec<u8>> {
    hide(rules, text, How { whole, first: First::Line, ..How::new(Mode::Text) })
}

/// [`hide_text`] for text that begins no line: a host, behind whose name and a colon is a port, or the name of a member, whose
/// value stands elsewhere.
pub(crate) fn hide_words(rules: &Rules, text: &[u8]) -> Option<Vec<u8>> {
    hide(rules, text, How { first: First::No, ..How::new(Mode::Text) })
}

/// `form` (WHATWG URL, section 5) redacted, or `None` where there is nothing to hide; every pair that stays is left byte for byte.
///
/// The form may be cut at its end where it is not `whole`: a value that is cut is hidden too.
pub(crate) fn hide_form(rules: &Rules, form: &[u8], whole: bool) -> Option<Vec<u8>> {
    hide(rules, form, How { whole, ..How::new(Mode::Form) })
}
