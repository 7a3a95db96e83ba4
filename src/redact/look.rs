//! All that is looked for in a text, put together.

use super::{gate, hits::Hits, pairs, rules::Rules, shape, url};
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
    pub(crate) fn ends_word(self, b: u8) -> bool {
        self == Self::Text && (b <= b' ' || matches!(b, b'"' | b'\'' | b'`' | b'<' | b'>'))
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

/// How many layers of percent-encoding are taken off; what may hide something below is hidden whole.
const MAX_DEPTH: usize = 5;

/// `text` with everything hidden that the rules hide in it; `None` where that is nothing.
pub(crate) fn hide(rules: &Rules, text: &[u8], mode: Mode) -> Option<Vec<u8>> {
    at_depth(rules, text, mode, 0)
}

/// [`hide`] for a text that was decoded out of another one.
pub(crate) fn deeper(rules: &Rules, text: &[u8], depth: usize) -> Option<Vec<u8>> {
    let whole = || {
        let mut out = Vec::new();
        rules.mask().apply(text, &mut out);
        Some(out)
    };
    if depth >= MAX_DEPTH {
        return if gate::text(rules, text) { whole() } else { None };
    }
    if holds_secret_json(rules, text) {
        return whole();
    }
    at_depth(rules, text, Mode::of(text), depth + 1)
}

fn at_depth(rules: &Rules, text: &[u8], mode: Mode, depth: usize) -> Option<Vec<u8>> {
    if !gate::text(rules, text) {
        return None;
    }
    let mut hits = Hits::new();
    if rules.defaults() {
        shape::find(text, rules.mask(), &mut hits);
    }
    url::find(rules, text, mode, &mut hits);
    pairs::find(rules, text, mode, depth, &mut hits);
    rules.patterns.find(text, &mut hits);
    hits.apply(text)
}

/// Whether `text` is JSON, or begins as such, and has a name in it that bears a secret, or may have one that is escaped.
pub(crate) fn holds_secret_json(rules: &Rules, text: &[u8]) -> bool {
    match text.trim_ascii_start().first() {
        Some(b'{' | b'[') => {}
        Some(b'"') => return memchr::memchr(b'\\', text).is_some(),
        _ => return false,
    }
    if rules.allow_only() || memmem::find(text, b"\\u").is_some() {
        return true;
    }
    let parts = |b: &u8| *b <= b' ' || matches!(b, b'"' | b'\'' | b'\\' | b':' | b',' | b'{' | b'}' | b'[' | b']');
    text.split(parts).any(|word| !word.is_empty() && rules.field(word).mask().is_some())
}
