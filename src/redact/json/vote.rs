//! Tells by a value whether it shows, though the lexicon hides what has its name.

use super::neighbours::{Elements, Member, Object};
use crate::redact::{codec::json_lexer as lexer, rules::Hidden, text::slice::Slice};

/// A value under the name of secrets that describes them, and shows but for some of its members.
#[derive(Clone, Copy)]
pub(super) struct Schema<'a> {
    /// The depth of the value's inside.
    pub(super) depth: usize,
    /// The depth of the members that may be hidden.
    pub(super) members: usize,
    /// Returns whether a member of this name is hidden.
    pub(super) hides: fn(&[u8]) -> bool,
    /// The rule that hides them.
    pub(super) by: Hidden<'a>,
}

/// Says what is done with a value.
pub(super) enum Vote {
    /// The value is a secret.
    Hide,
    /// The value is none.
    Show,
    /// The value describes secrets: so many levels deeper, members of these names are secrets.
    Schema { members: usize, hides: fn(&[u8]) -> bool },
}

/// Judges the value at `at`, which may be a sentence where `sentences` are said of fields, and may be in a schema.
pub(super) fn vote(input: &[u8], at: usize, sentences: bool, in_schema: bool) -> Vote {
    let next = input.get(lexer::space(input, at + 1));
    let shows = match input.get(at) {
        Some(b't' | b'f' | b'n') => lexer::literal(input, at).is_ok(),
        Some(b'"') if input.get(at + 1) == Some(&b'"') => true,
        Some(b'"') => match lexer::string(input, at + 1) {
            Ok(string) if is_range(input.part(at + 1..string.end)) => string.closed,
            Ok(string) => sentences && string.closed && is_sentence(input.part(at + 1..string.end), 2),
            Err(_) => false,
        },
        Some(b'[') if next == Some(&b']') => true,
        Some(b'[') if next == Some(&b'{') && !in_schema && is_description(input, at) => {
            return Vote::Schema { members: 2, hides: |name| !tells(name) };
        }
        Some(b'[') => are_sentences(input, at, if sentences { 2 } else { 3 }),
        Some(b'{') if next == Some(&b'}') => true,
        Some(b'{') if !in_schema && is_schema(input, at) => return Vote::Schema { members: 1, hides: is_example },
        // Its members are judged by their own names.
        Some(b'{') if sentences => true,
        Some(b'{') if !in_schema && is_description(input, at) => {
            return Vote::Schema { members: 1, hides: |name| !tells(name) };
        }
        _ => false,
    };
    if shows { Vote::Show } else { Vote::Hide }
}

/// Returns whether a value that begins with a brace is the schema of a value and not one itself:
/// `{"type": "string", "minLength": 8}`.
fn is_schema(input: &[u8], at: usize) -> bool {
    const WORDS: &[&[u8]] = &[
        b"$ref",
        b"allOf",
        b"anyOf",
        b"oneOf",
        b"not",
        b"type",
        b"format",
        b"title",
        b"description",
        b"minLength",
        b"maxLength",
        b"pattern",
        b"minimum",
        b"maximum",
        b"nullable",
        b"readOnly",
        b"writeOnly",
        b"deprecated",
        b"items",
        b"properties",
        b"required",
        b"additionalProperties",
        b"minItems",
        b"maxItems",
        b"externalDocs",
        b"xml",
        b"label",
        b"help_text",
        b"read_only",
        b"write_only",
        b"min_length",
        b"max_length",
    ];
    const TYPES: &[&[u8]] =
        &[b"\"string\"", b"\"object\"", b"\"array\"", b"\"integer\"", b"\"number\"", b"\"boolean\""];
    let mut says = false;
    let mut object = Object::new(input, at);
    for Member { name, value } in &mut object {
        says |= name == b"$ref"
            || name.ends_with(b"Of")
            || name == b"type" && (TYPES.contains(&value) || value.starts_with(b"["));
        if !(WORDS.contains(&name) || is_example(name) || name.starts_with(b"x-")) {
            return false;
        }
    }
    says && input.get(lexer::space(input, object.at)) == Some(&b'}')
}

/// Returns whether a value under the name of secrets gives names, and so tells of them: an object with one or an array of such
/// (`"secrets": [{"name": …, "created_at": …}]`).
fn is_description(input: &[u8], at: usize) -> bool {
    let gives_name = |at: usize| {
        let is_name = |name: &[u8]| {
            name.len() >= 4 && name.get(name.len() - 4..).is_some_and(|end| end.eq_ignore_ascii_case(b"name"))
        };
        let mut object = Object::new(input, at);
        let is_named = input.get(at) == Some(&b'{')
            && object
                .by_ref()
                .fold(false, |named, member| named | (is_name(member.name) && member.value.starts_with(b"\"")));
        is_named && input.get(lexer::space(input, object.at)) == Some(&b'}')
    };
    match input.get(at) {
        Some(b'[') => Elements::new(input, at).all(|(start, _)| gives_name(start)),
        _ => gives_name(at),
    }
}

/// Returns whether a member of this name, beside the name of a secret, tells of the secret and is none.
fn tells(name: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[
        b"name",
        b"id",
        b"type",
        b"kind",
        b"description",
        b"title",
        b"label",
        b"created",
        b"updated",
        b"url",
        b"href",
        b"path",
        b"domain",
        b"expires",
        b"visibility",
        b"namespace",
        b"status",
        b"state",
        b"version",
        b"optional",
        b"enabled",
        b"httponly",
        b"secure",
        b"samesite",
        b"scope",
        b"scopes",
    ];
    WORDS.iter().any(|word| name.eq_ignore_ascii_case(word))
        || [&b"Name"[..], b"_name", b"_at", b"At", b"_url", b"Url"].iter().any(|end| name.ends_with(end))
}

/// Returns whether a member of a schema with this name holds a value after all.
fn is_example(name: &[u8]) -> bool {
    [&b"default"[..], b"example", b"examples", b"const", b"enum"].contains(&name)
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

/// Returns whether the inside of a string is a range of versions, as packages have them: `^4.0.0`.
fn is_range(raw: &[u8]) -> bool {
    matches!(raw, [b'^' | b'~', rest @ ..] if !rest.is_empty() && rest.iter().all(|b| b.is_ascii_digit() || *b == b'.'))
}

/// Returns whether the inside of a string has at least so many words, and begins with a letter.
fn is_sentence(raw: &[u8], words: usize) -> bool {
    let is_word =
        |word: &&[u8]| word.first().is_some_and(|b| b.is_ascii_alphanumeric() || *b >= 0x80 || b"'(\\".contains(b));
    raw.first().is_some_and(|b| b.is_ascii_alphabetic() || *b >= 0x80 || *b == b'\\')
        && raw.split(|&b| b == b' ').filter(is_word).count() >= words
}
