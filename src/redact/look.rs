//! All that is looked for in a text, put together.

use super::{escapes, gate, hits::Hits, json, markup, pairs, rules::Rules, settings, shape, url};
use memchr::memmem;

/// What a text is, which decides where a value in it ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// Anything, with URLs and `name=value` in it.
    Text,
    /// One URL, to its end.
    Url,
    /// `name=value&…`
    Form,
}

impl Mode {
    /// Whether a URL or a value in prose ends before `b`.
    #[inline]
    pub(crate) fn ends_word(self, b: u8) -> bool {
        self == Self::Text && ENDS_WORD[usize::from(b)]
    }

    /// What a text that was decoded out of another one is.
    fn of(text: &[u8]) -> Self {
        let end = text.iter().position(|&b| b <= b' ' || matches!(b, b'?' | b'/' | b'=')).unwrap_or(text.len());
        match text.get(end) {
            Some(b'?' | b'/') if end == 0 => Self::Url,
            Some(b'/') if text.get(..end).is_some_and(|head| head.ends_with(b":")) => Self::Url,
            Some(b'=') if end > 0 => Self::Form,
            _ => Self::Text,
        }
    }
}

/// The bytes that end a word in prose.
const ENDS_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 256 {
        table[b] = b <= b' ' as usize || matches!(b as u8, b'"' | b'\'' | b'`' | b'<' | b'>');
        b += 1;
    }
    table
};

/// How many layers of percent-encoding are taken off; what may hide something below is hidden whole.
const MAX_DEPTH: usize = 5;

/// How a text is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct How {
    pub(crate) mode: Mode,
    /// Whether the text goes to its end: what a cut goes through is hidden without being looked at, for it is not what it
    /// would be whole.
    pub(crate) whole: bool,
    /// How many layers of percent-encoding were taken off.
    pub(crate) depth: usize,
    /// Whether what begins the text begins a line of it. In text of many lines, each does.
    pub(crate) lines: bool,
}

impl How {
    /// A whole text that is not encoded.
    pub(crate) fn new(mode: Mode) -> Self {
        Self { mode, whole: true, depth: 0, lines: false }
    }
}

/// `text` with everything hidden that the rules hide in it; `None` where that is nothing.
pub(crate) fn hide(rules: &Rules, text: &[u8], how: How) -> Option<Vec<u8>> {
    if !gate::text(rules, text) {
        if !has_lines(rules, text, how) {
            return None;
        }
        let mut hits = Hits::new(how.whole);
        lines(rules, text, how, &mut hits);
        return hits.apply(text);
    }
    let hidden = once(rules, text, how);
    // What was cut out of JSON or HTML is also read as it would be there.
    if how.mode == Mode::Text
        && !rules.is_empty()
        && let Some(plain) = escapes::undo(hidden.as_deref().unwrap_or(text))
        && let Some(more) = once(rules, &plain, how)
    {
        return Some(more);
    }
    hidden
}

fn once(rules: &Rules, text: &[u8], how: How) -> Option<Vec<u8>> {
    let mut hits = Hits::new(how.whole);
    lines(rules, text, how, &mut hits);
    if how.mode == Mode::Text && rules.has_names() {
        markup::find(rules, text, how.whole, &mut hits);
    }
    if rules.defaults() {
        shape::find(text, rules.mask(), &mut hits);
    }
    url::find(rules, text, how.mode, &mut hits);
    pairs::find(rules, text, how, &mut hits);
    rules.patterns.find(text, &mut hits);
    hits.apply(text)
}

/// What lines bear that begin with a name: the one sign that the gate does not look for, since every text has colons.
fn lines<'r>(rules: &'r Rules, text: &[u8], how: How, hits: &mut Hits<'r>) {
    if has_lines(rules, text, how) {
        settings::find(rules, text, hits);
    }
}

/// Whether there are lines that [`lines`] would look at.
fn has_lines(rules: &Rules, text: &[u8], how: How) -> bool {
    how.mode == Mode::Text && rules.has_names() && (how.lines || memchr::memchr(b'\n', text).is_some())
}

/// [`hide`] for a text that was decoded out of another one; `how` is that of the other one.
pub(crate) fn deeper(rules: &Rules, text: &[u8], how: How) -> Option<Vec<u8>> {
    if how.depth >= MAX_DEPTH {
        return if gate::text(rules, text) { Some(rules.masked()) } else { None };
    }
    if begins_as_json(text) {
        return json(rules, text);
    }
    hide(rules, text, How { mode: Mode::of(text), depth: how.depth + 1, ..how })
}

/// What is hidden in a value that begins as JSON does; one that is broken or cut goes whole where it may have a name that
/// bears a secret.
pub(crate) fn json(rules: &Rules, text: &[u8]) -> Option<Vec<u8>> {
    if json::looks_like_json(text) {
        return json::hide(rules, text);
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
