//! Tells by a value whether it shows, though the lexicon hides what has its name.

use super::neighbours::{Elements, Member, Object, opening_quote};
use crate::redact::{
    codec::json_lexer as lexer,
    rules::{
        Hidden, Surety,
        siblings::{is_example, is_of_schema, tells},
        value::is_state,
    },
    text::slice::Slice,
};

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

/// Judges the value at `at`, which may be a sentence where `sentences` are said of fields, and may be in a schema. Its name is
/// surely, or not so surely, that of a secret.
pub(super) fn vote(input: &[u8], at: usize, surety: Option<Surety>, sentences: bool, in_schema: bool) -> Vote {
    let next = input.get(lexer::space(input, at + 1));
    let counts = surety == Some(Surety::Plural);
    let shows = match input.get(at) {
        Some(b't' | b'f' | b'n') => lexer::literal(input, at).is_ok(),
        Some(b'-' | b'0'..=b'9') => lexer::number(input, at).is_ok_and(|end| is_count(input, at, end, surety)),
        Some(b'"') if input.get(at + 1) == Some(&b'"') => true,
        Some(b'"') => lexer::string(input, at + 1).is_ok_and(|string| {
            let raw = input.part(at + 1..string.end);
            string.closed
                && (is_version(raw) || is_state(raw) || sentences && is_sentence(raw, 2) || is_label(input, at, raw))
        }),
        Some(b'[') if next == Some(&b']') => true,
        Some(b'[') if next == Some(&b'{') && !in_schema && is_description(input, at, IS_KIND) => {
            return Vote::Schema { members: 2, hides: hides(input, at) };
        }
        Some(b'[') if counts && Elements::new(input, at).all(|(start, end)| is_whole_number(input, start, end)) => true,
        Some(b'[') => are_sentences(input, at, if sentences { 2 } else { 3 }),
        Some(b'{') if next == Some(&b'}') => true,
        Some(b'{') if is_schema(input, at) && (!in_schema || !has_example(input, at)) => {
            return if in_schema { Vote::Show } else { Vote::Schema { members: 1, hides: is_example } };
        }
        // Its members are judged by their own names.
        Some(b'{') if sentences || is_path(input, at) => true,
        Some(b'{')
            if all_members(input, at, |member| counts && is_number(member.value) || is_statement(member.value)) =>
        {
            true
        }
        Some(b'{')
            if !(in_schema && surety == Some(Surety::Weak))
                && all_members(input, at, |member| {
                    (tells(member.name) || is_of_schema(member.name))
                        || matches!(member.value.first(), Some(b't' | b'f' | b'n'))
                }) =>
        {
            true
        }
        Some(b'{') if !in_schema && is_description(input, at, IS_KIND) => {
            return Vote::Schema { members: 1, hides: hides(input, at) };
        }
        _ => false,
    };
    if shows { Vote::Show } else { Vote::Hide }
}

/// Returns whether a number is a count or a measure: the name may be that of a count, or the number has a fraction and the
/// name is not only used for secrets. Where it may go on past the end of the input, that is not known.
fn is_count(input: &[u8], at: usize, end: usize, surety: Option<Surety>) -> bool {
    let measures = || surety == Some(Surety::Weak) && input.part(at..end).contains(&b'.');
    end < input.len() && (surety == Some(Surety::Plural) || measures())
}

fn is_whole_number(input: &[u8], start: usize, end: usize) -> bool {
    end < input.len() && is_number(input.part(start..end))
}

fn is_number(value: &[u8]) -> bool {
    matches!(value.first(), Some(b'-' | b'0'..=b'9'))
}

/// Returns whether a value is a sentence that ends as one.
fn is_statement(value: &[u8]) -> bool {
    matches!(value, [b'"', raw @ .., b'"'] if raw.ends_with(b".") && is_sentence(raw, 3))
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

/// Returns whether the name of the value at `at` is a path or a sentence, which is no name of what is in it: `"/token":
/// {"post": …}`.
fn is_path(input: &[u8], at: usize) -> bool {
    const MOST_WORDS: usize = 5;
    let is_sentence = |name: &[u8]| name.split(|b| matches!(b, b'-' | b' ')).count() > MOST_WORDS;
    name_before(input, at).is_some_and(|name| name.contains(&b'/') || is_sentence(name))
}

/// Returns the name of the value at `at`, as it is written.
fn name_before(input: &[u8], at: usize) -> Option<&[u8]> {
    let before = input.part(..at).trim_ascii_end().strip_suffix(b":")?.trim_ascii_end();
    let end = before.len().checked_sub(1).filter(|end| before.get(*end) == Some(&b'"'))?;
    Some(before.part(opening_quote(before, end)? + 1..end))
}

/// Returns whether the text at `at` is a label of its field: it says the field's name, alone or among other words, and has
/// no digits.
fn is_label(input: &[u8], at: usize, raw: &[u8]) -> bool {
    let is_word = |b: &u8| b.is_ascii_alphabetic();
    if !raw.first().is_some_and(u8::is_ascii_uppercase)
        || raw.strip_suffix(b":").unwrap_or(raw).iter().any(|b| b.is_ascii_digit() || b"_\\/=:".contains(b))
    {
        return false;
    }
    let Some(name) = name_before(input, at) else { return false };
    // Some translations have texts for names.
    if name.contains(&b' ') && name.ends_with(b"?") {
        return is_sentence(raw, 2);
    }
    let mut words = raw.split(|b| !is_word(b)).filter(|word| word.len() > 2);
    let mut says = |name: &[u8]| {
        words.any(|word| name.len() >= word.len() && name.after(name.len() - word.len()).eq_ignore_ascii_case(word))
    };
    let is_phrase = raw.contains(&b' ') || raw.eq_ignore_ascii_case(name);
    is_phrase && says(name.strip_suffix(b"s").unwrap_or(name))
}

/// Returns whether a value that begins with a brace is the schema of a value and not one itself:
/// `{"type": "string", "minLength": 8}`.
fn is_schema(input: &[u8], at: usize) -> bool {
    const TYPES: &[&[u8]] = &[
        b"\"string\"",
        b"\"object\"",
        b"\"array\"",
        b"\"structure\"",
        b"\"list\"",
        b"\"integer\"",
        b"\"number\"",
        b"\"boolean\"",
        b"\"http\"",
        b"\"apiKey\"",
        b"\"oauth2\"",
        b"\"openIdConnect\"",
    ];
    let mut says = false;
    let mut object = Object::new(input, at);
    for Member { name, value } in &mut object {
        says |= matches!(name, b"$ref" | b"shape" | b"http")
            || name.ends_with(b"Of")
            || name == b"type" && (TYPES.contains(&value) || value.starts_with(b"["));
        if !(is_of_schema(name) || is_example(name)) {
            return false;
        }
    }
    says && input.get(lexer::space(input, object.at)) == Some(&b'}')
}

/// Returns whether the object at `at` is whole and has a member that holds an example.
fn has_example(input: &[u8], at: usize) -> bool {
    !all_members(input, at, |member| !is_example(member.name))
}

/// The ends of the names of members that name a secret, and of those that at least tell its kind.
const IS_NAME: &[&[u8]] = &[b"name"];
const IS_KIND: &[&[u8]] = &[b"name", b"type", b"kind"];
/// The ends of the names of members that are the secret.
const IS_SECRET: &[&[u8]] = &[b"secret", b"password", b"token", b"value", b"key"];

/// Returns whether a value under the name of secrets tells of them, by members whose names have one of these `ends`: an object
/// or an array of such (`"secrets": [{"name": …, "created_at": …}]`).
fn is_description(input: &[u8], at: usize, ends: &[&[u8]]) -> bool {
    let is_such = |name: &[u8]| {
        let tail = |end: &[u8]| name.len().checked_sub(end.len()).map(|at| name.after(at));
        ends.iter().any(|end| tail(end).is_some_and(|tail| tail.eq_ignore_ascii_case(end)))
    };
    let tells_of = |at: usize| {
        let mut object = Object::new(input, at);
        let tells_of = input.get(at) == Some(&b'{')
            && object
                .by_ref()
                .fold(false, |any, member| any | (member.value.starts_with(b"\"") && is_such(member.name)));
        tells_of && input.get(lexer::space(input, object.at)) == Some(&b'}')
    };
    match input.get(at) {
        Some(b'[') => Elements::new(input, at).all(|(start, _)| tells_of(start)),
        _ => tells_of(at),
    }
}

/// Returns what hides the members of a description: an `id` may be the secret itself where nothing names it, and nothing else
/// is it.
fn hides(input: &[u8], at: usize) -> fn(&[u8]) -> bool {
    match is_description(input, at, IS_NAME) || is_description(input, at, IS_SECRET) {
        true => |name| !tells(name) && !name.eq_ignore_ascii_case(b"id"),
        false => |name| !tells(name),
    }
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

/// Returns whether the inside of a string is a version of a package or a range of them: `^4.0.0`, `>=1.0 <2 || 3.1.x`. A
/// bare one has two dots, which no PIN has.
fn is_version(raw: &[u8]) -> bool {
    let is_one = |part: &[u8]| {
        let number = part.after(part.iter().take_while(|b| b"^~<>=".contains(b)).count());
        let dots = number.iter().filter(|b| **b == b'.').count();
        let is_number = number.first().is_some_and(u8::is_ascii_digit)
            && number.iter().all(|b| b.is_ascii_digit() || b".x*".contains(b));
        is_number && (dots == 2 || number.len() < part.len())
    };
    let mut parts = raw.split(|b| b" |".contains(b)).filter(|part| !part.is_empty()).peekable();
    parts.peek().is_some() && parts.all(is_one)
}

/// Returns whether the inside of a string has at least so many words, and begins with a letter or a quote.
fn is_sentence(raw: &[u8], words: usize) -> bool {
    let is_word =
        |word: &&[u8]| word.first().is_some_and(|b| b.is_ascii_alphanumeric() || *b >= 0x80 || b"'(\\".contains(b));
    let begins = match raw {
        // Some programs escape the letters of other alphabets. What is ASCII needs no escape but to be disguised.
        [b'\\', b'u', code @ ..] => !code.starts_with(b"00") || code.get(2).is_some_and(|digit| *digit >= b'8'),
        [b'\\', b'"', ..] => true,
        [first, ..] => first.is_ascii_alphabetic() || *first >= 0x80,
        [] => false,
    };
    begins && raw.split(|&b| b == b' ').filter(is_word).count() >= words
}
