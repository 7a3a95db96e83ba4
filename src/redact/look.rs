//! All that is looked for in a text, put together.

use super::{
    escapes,
    gate::{self, Signs},
    hits::Hits,
    json, markup, pairs,
    rules::Rules,
    settings::{self, First},
    shape, url,
};
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
pub(crate) const ENDS_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 256 {
        table[b] = b <= b' ' as usize || matches!(b as u8, b'"' | b'\'' | b'`' | b'<' | b'>');
        b += 1;
    }
    table
};

/// How many layers of percent-encoding and of escapes are taken off; what may hide something below is hidden whole.
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
    /// What begins a text of [`Mode::Text`].
    pub(crate) first: First,
}

impl How {
    /// A whole text that is not encoded.
    pub(crate) fn new(mode: Mode) -> Self {
        Self { mode, whole: true, depth: 0, first: First::Inline }
    }

    /// What begins `text`; `None` where no line is one that may begin with a name.
    fn first(self, text: &[u8]) -> Option<First> {
        match self.mode {
            Mode::Text => Some(self.first),
            Mode::Form if self.depth > 0 || !pairs::begins_as_form(text) => Some(First::Colon),
            Mode::Form => Some(First::No),
            Mode::Url if self.depth == 0 => None,
            // A scheme may be a name.
            Mode::Url => Some(First::Colon),
        }
    }
}

/// `text` with everything hidden that the rules hide in it; `None` where that is nothing.
pub(crate) fn hide(rules: &Rules, text: &[u8], how: How) -> Option<Vec<u8>> {
    let signs = gate::text(rules, text);
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
    let mut plain = escapes::undo(hidden.as_deref().unwrap_or(text));
    for depth in 0.. {
        let Some(text) = plain else { break };
        if depth == MAX_DEPTH {
            return Some(rules.masked());
        }
        let more = once(rules, &text, how, gate::text(rules, &text));
        plain = escapes::undo(more.as_deref().unwrap_or(&text));
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
        shape::find(text, rules.mask(), &mut hits);
    }
    url::find(rules, text, how.mode, signs, &mut hits);
    pairs::find(rules, text, how, signs, &mut hits);
    if signs.of(Signs::PATTERN) {
        rules.patterns.find(text, &mut hits);
    }
    hits.apply(text)
}

/// What lines bear that begin with a name: the one sign that the gate does not look for, since every text has colons.
fn lines<'r>(rules: &'r Rules, text: &[u8], how: How, hits: &mut Hits<'r>) {
    if rules.has_names()
        && let Some(first) = how.first(text)
        && (first != First::No || memchr::memchr(b'\n', text).is_some())
    {
        settings::find(rules, text, first, hits);
    }
}

/// [`hide`] for a text that was decoded out of another one; `how` is that of the other one.
pub(crate) fn deeper(rules: &Rules, text: &[u8], how: How) -> Option<Vec<u8>> {
    if how.depth >= MAX_DEPTH {
        let mut hits = Hits::new(how.whole);
        lines(rules, text, How { first: First::Line, ..How::new(Mode::Text) }, &mut hits);
        return (gate::text(rules, text).any() || hits.len() > 0).then(|| rules.masked());
    }
    if begins_as_json(text) {
        return json(rules, text);
    }
    hide(rules, text, How { mode: Mode::of(text), depth: how.depth + 1, first: First::Inline, ..how })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Detector, Redactor};
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static REDACTORS: LazyLock<Vec<Redactor>> = LazyLock::new(|| {
        vec![
            Redactor::default(),
            Redactor::default().path("/games/{game}/bet"),
            Redactor::default().pattern(regex::Regex::new("acct-[0-9]+").unwrap()),
            Redactor::default().detect(Detector::CardNumber).detect(Detector::Email).header("x-secret"),
            Redactor::none().field("pin").query("token"),
            Redactor::none().path("/games/{game}/bet"),
            Redactor::default().path("/games/*/{bet}").path("/{tenant}/a-{id}").path("/games/x/{*rest}"),
            Redactor::none().header("x-secret").pattern(regex::Regex::new("acct-[0-9]+").unwrap()),
        ]
    });

    /// [`hide`] that looks for everything, whatever the signs.
    fn naive(rules: &Rules, text: &[u8], how: How) -> Option<Vec<u8>> {
        // What may be broken JSON is hidden only where there is a sign of something.
        if !gate::text(rules, text).any() {
            let mut hits = Hits::new(how.whole);
            lines(rules, text, how, &mut hits);
            return hits.apply(text);
        }
        let hidden = once(rules, text, how, Signs::ALL);
        undone(rules, hidden.clone().unwrap_or_else(|| text.into()), how, MAX_DEPTH).or(hidden)
    }

    /// What is hidden in `text` without its escapes, or without theirs.
    fn undone(rules: &Rules, text: Vec<u8>, how: How, left: usize) -> Option<Vec<u8>> {
        let plain = escapes::undo(&text).filter(|_| how.mode == Mode::Text)?;
        if left == 0 {
            return Some(rules.masked());
        }
        let hidden = once(rules, &plain, how, Signs::ALL);
        undone(rules, hidden.clone().unwrap_or(plain), how, left - 1).or(hidden)
    }

    proptest! {
        #[test]
        fn what_has_no_sign_is_not_there(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "password: x", "Cookie: a=b", "{password: x", "- ", "\u{e9}: ", "token: \"x\", ", "?m=", "%3A", "token=x", "a=b", "\n", " ", "é", "a", "%", "+", "&", ";", "?", "#", ",", "--", "]", "{", "<",
                "/", "\\", "'", "\"", ":", "=", "@", ".", "..", "<password>x", "<pin>x</pin>", "&quot;", "&amp;", "quot;", "lt;", "&lt;token&gt;x",
                "/games/1/bet", "/games/", "://", "//", "//h", "%2F", "\\n", "”", "games/1/bet", "%2Fgames%2F", "\\games\\1\\bet", "https://h/games/1/bet", "//u:x@h", "https://h:80/a",
                "https://token@h", "?token=x", "%3Ftoken%3Dx", "%22", "eyJhbGciOi.eyJzdWIi.c2ln", "Bearer x", "Bearer+x",
                "-----BEGIN PRIVATE KEY-----", "'password': 'x'", "\"password\":\"x\"", "{\"token\":1}", "?f={\"token\":1}",
                "\\u0070assword=x", "\\/games\\/1\\/bet", "acct-7", "4111 1111 1111 1111", "me@h.org", "x-secret: 1",
            ]), 0..7),
            long: bool,
            whole: bool,
            first in prop::sample::select(vec![First::Line, First::Inline, First::No]),
            mode in prop::sample::select(vec![Mode::Text, Mode::Url, Mode::Form]),
            depth in 0..2_usize,
        ) {
            let text = pieces.concat() + if long { LONG } else { "" };
            let how = How { mode, whole, depth, first };
            for redactor in REDACTORS.iter() {
                let rules = &redactor.rules;
                prop_assert_eq!(
                    hide(rules, text.as_bytes(), how).map(|text| String::from_utf8_lossy(&text).into_owned()),
                    naive(rules, text.as_bytes(), how).map(|text| String::from_utf8_lossy(&text).into_owned())
                );
            }
        }
    }

    /// More than what is scanned byte by byte.
    const LONG: &str = " ................................................................................................\
        .................................................................................................";
}
