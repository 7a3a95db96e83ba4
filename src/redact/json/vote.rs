//! Tells by a value whether it shows, though the lexicon hides what has its name.

use super::neighbours::{Elements, Member, Object, opening_quote};
use crate::redact::{
    codec::json_lexer as lexer,
    rules::{
        Hidden, Surety, told,
        value::{self, is_date, is_sign},
    },
    text::slice::Slice,
};

/// A container under the name of secrets. It is printed, and in it everything is hidden that does not tell of them.
#[derive(Clone, Copy)]
pub(super) struct Within<'a> {
    /// The depth of the container's inside.
    pub(super) depth: usize,
    /// The depth of the inside of the container in it whose name tells of the secrets; 0 where there is none.
    pub(super) told: usize,
    /// The rule that hides the rest.
    pub(super) by: Hidden<'a>,
}

/// Says what is done with a value.
pub(super) enum Vote {
    /// The value is a secret.
    Hide,
    /// The value is none.
    Show,
    /// The value is a container in which secrets are.
    Within,
}

/// Judges the value at `at`, which may be a sentence where `sentences` are said of fields. Its name is surely, or not so surely,
/// that of a secret; or that of the container is which it is in.
pub(super) fn vote(input: &[u8], at: usize, surety: Option<Surety>, sentences: Option<usize>) -> Vote {
    let next = input.get(lexer::space(input, at + 1));
    let counts = surety == Some(Surety::Plural);
    let inside = surety == Some(Surety::Inside);
    let shows = match input.get(at) {
        Some(b't' | b'f' | b'n') => lexer::literal(input, at).is_ok(),
        Some(b'-' | b'0'..=b'9') => lexer::number(input, at).is_ok_and(|end| is_count(input, at, end, surety)),
        Some(b'"') if input.get(at + 1) == Some(&b'"') => true,
        Some(b'"') => lexer::string(input, at + 1).is_ok_and(|string| {
            let raw = input.part(at + 1..string.end);
            string.closed
                && (told::is_none(name_before(input, at).unwrap_or_default(), raw, inside)
                    || sentences.is_some_and(|least| is_said(raw, least))
                    || is_date(raw) && (inside || raw.len() > 10)
                    || inside && (is_sign(raw) || value::is_measure(raw)))
        }),
        Some(b'[') if next == Some(&b']') => true,
        Some(b'[') if matches!(next, Some(b'{' | b'[')) => return Vote::Within,
        Some(b'[') if counts && Elements::new(input, at).all(|(start, end)| is_whole_number(input, start, end)) => true,
        Some(b'[') if inside && Elements::new(input, at).all(|(start, end)| is_small_number(input, start, end)) => true,
        Some(b'[') if is_route(input, at) || counts && are_pieces(input, at) => true,
        Some(b'[') => are_sentences(input, at, if sentences.is_some() { 2 } else { 3 }),
        Some(b'{') if next == Some(&b'}') => true,
        // Its members are judged by their own names.
        Some(b'{') if sentences.is_some() || is_path(input, at) || is_thing(input, at) => true,
        Some(b'{') if counts && all_members(input, at, |member| is_number(member.value)) => true,
        Some(b'{') => return Vote::Within,
        _ => false,
    };
    if shows { Vote::Show } else { Vote::Hide }
}

/// Returns whether a number is a count or a measure: the name may be that of a count, or the number has a fraction, or is too
/// short for a secret and has no secret's name. Where it may go on past the end of the input, that is not known.
fn is_count(input: &[u8], at: usize, end: usize, surety: Option<Surety>) -> bool {
    let number = input.part(at..end);
    let counts = match surety {
        Some(Surety::Plural) => true,
        Some(Surety::Inside) => number.contains(&b'.') || number.len() <= 3,
        Some(Surety::Weak | Surety::Strong) => number.contains(&b'.'),
        None => false,
    };
    end < input.len() && counts
}

fn is_small_number(input: &[u8], start: usize, end: usize) -> bool {
    is_whole_number(input, start, end) && end - start <= 2
}

fn is_whole_number(input: &[u8], start: usize, end: usize) -> bool {
    end < input.len() && is_number(input.part(start..end))
}

fn is_number(value: &[u8]) -> bool {
    matches!(value.first(), Some(b'-' | b'0'..=b'9'))
}

/// Returns whether the object at `at` is whole, is not empty, and each of its members is such.
fn all_members(input: &[u8], at: usize, is: impl Fn(Member<'_>) -> bool) -> bool {
    let mut object = Object::new(input, at);
    let mut any = false;
    let all = object.by_ref().all(|member| {
        any = true;
        is(member)
    });
    all && any && input.get(lexer::space(input, object.at)) == Some(&b'}')
}

/// Returns whether the object at `at` is a thing with a name like that of a secret, as packages are: it says that name again, or its
/// version and where that comes from, before anything but strings.
fn is_thing(input: &[u8], at: usize) -> bool {
    let Some(name) = name_before(input, at) else { return false };
    let (mut version, mut source) = (false, false);
    let mut strings = Object::new(input, at).take_while(|member| member.value.starts_with(b"\""));
    strings.any(|member| {
        let text = member.value.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or_default();
        version |= member.name == b"version" && value::is_version(text);
        source |= [&b"resolved"[..], b"integrity", b"license"].contains(&member.name);
        version && source || member.name == b"name" && text == name
    })
}

/// Returns whether the name of the value at `at` is a path or a sentence, which is no name of what is in it: `"/token":
/// {"post": …}`.
fn is_path(input: &[u8], at: usize) -> bool {
    const MOST_WORDS: usize = 5;
    let is_sentence = |name: &[u8]| name.split(|b| matches!(b, b'-' | b' ')).count() > MOST_WORDS;
    let is_path = |name: &[u8]| memchr::memrchr(b'/', name).is_some_and(|at| at + 1 < name.len());
    name_before(input, at).is_some_and(|name| is_path(name) || is_sentence(name))
}

/// Returns whether the name of the value at `at` is the route of a page: `"/reset-password": ["a.js"]`.
fn is_route(input: &[u8], at: usize) -> bool {
    name_before(input, at).is_some_and(|name| name.len() > 1 && name.starts_with(b"/"))
}

/// Returns whether the array at `at` holds the pieces that a model of language reads a text in: `["The", " sky", " is"]`. None is long,
/// some begin with a space, as no secret does, and none looks like a password.
fn are_pieces(input: &[u8], at: usize) -> bool {
    const LONGEST: usize = 24;
    let mut spaced = false;
    let all = Elements::new(input, at).all(|(start, end)| {
        let piece = input.part(start..end).strip_prefix(b"\"").and_then(|piece| piece.strip_suffix(b"\""));
        spaced |= piece.is_some_and(|piece| piece.starts_with(b" "));
        piece.is_some_and(|piece| piece.len() <= LONGEST && !value::is_chosen(piece.trim_ascii()))
    });
    all && spaced
}

/// Returns the name of the value at `at`, as it is written.
fn name_before(input: &[u8], at: usize) -> Option<&[u8]> {
    let before = input.part(..at).trim_ascii_end().strip_suffix(b":")?.trim_ascii_end();
    let end = before.len().checked_sub(1).filter(|end| before.get(*end) == Some(&b'"'))?;
    Some(before.part(opening_quote(before, end)? + 1..end))
}

/// Returns whether the array at `at` holds only sentences: they speak about a field and are not its value.
fn are_sentences(input: &[u8], at: usize, words: usize) -> bool {
    let mut at = lexer::space(input, at + 1);
    loop {
        if input.get(at) != Some(&b'"') {
            return false;
        }
        let Ok(string) = lexer::string(input, at + 1) else { return false };
        if !string.closed || !is_sentence(input.part(at + 1..string.end), words) {
            return false;
        }
        at = lexer::space(input, string.end + 1);
        match input.get(at) {
            Some(b',') => at = lexer::space(input, at + 1),
            Some(b']') => return true,
            _ => return false,
        }
    }
}

/// Returns whether the inside of a string, where such stand, is said of a field in so many words: one is a label, which begins with no
/// small letter, and goes on in small ones.
fn is_said(raw: &[u8], least: usize) -> bool {
    let is_label = || {
        let (first, rest) = raw.split_first().unwrap_or((&b' ', b""));
        !first.is_ascii_lowercase()
            && rest.iter().all(|b| b.is_ascii_lowercase() || *b >= 0x80 || b"-'.:!?".contains(b))
    };
    is_sentence(raw, least) && (least > 1 || raw.contains(&b' ') || is_label())
}

/// Returns whether the inside of a string has at least so many words, and begins with a letter or a quote.
fn is_sentence(raw: &[u8], words: usize) -> bool {
    let is_letter = |b: &u8| b.is_ascii_alphanumeric() || *b >= 0x80;
    let is_word =
        |word: &&[u8]| word.first().is_some_and(|b| is_letter(b) || b"'(\\".contains(b)) && word.iter().any(is_letter);
    let begins = match raw {
        // Some programs escape the letters of other alphabets. What is ASCII needs no escape but to be disguised.
        [b'\\', b'u', code @ ..] => !code.starts_with(b"00") || code.get(2).is_some_and(|digit| *digit >= b'8'),
        [b'\\', b'"', ..] | [b'\'', b'A'..=b'Z' | b'a'..=b'z', ..] => true,
        [first, ..] => first.is_ascii_alphabetic() || *first >= 0x80,
        [] => false,
    };
    begins && raw.split(|&b| b == b' ').filter(is_word).count() >= words
}
