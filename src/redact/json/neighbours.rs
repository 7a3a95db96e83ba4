//! Finds what the members of an object say about each other: `{"name": "password", "value": …}`, in any order.
//!
//! Only a member whose name has a [`Sign`] is worth the search: its object is read once, without a tree.

use crate::redact::{
    codec::{json_lexer as lexer, json_string},
    rules::{
        Hidden, Rules, Surety,
        siblings::{Sign, gives_name},
    },
    text::slice::Slice,
};
use memchr::memmem;

/// Bounds the bytes that may be read for each byte of input. Past that, the rest is hidden unread.
const LOOKS: usize = 8;

/// Holds what is known of the objects of an input.
pub(super) struct Neighbours<'a> {
    rules: &'a Rules,
    input: &'a [u8],
    /// The number of bytes that may still be read.
    left: usize,
}

impl<'a> Neighbours<'a> {
    pub(super) fn new(rules: &'a Rules, input: &'a [u8]) -> Self {
        Self { rules, input, left: LOOKS * input.len() }
    }

    /// Returns what hides the value of the member whose name, which has this sign, begins at `at`.
    #[cold]
    pub(super) fn hidden(&mut self, sign: Sign, at: usize) -> Option<Hidden<'a>> {
        let rules = self.rules;
        let by_kind = Some(Hidden { mask: rules.mask(), surety: Some(Surety::Strong) }).filter(|_| rules.defaults());
        let given: &dyn Fn(Member<'a>) -> Option<Hidden<'a>> = match sign {
            Sign::Value if rules.has_names() => &|member| self.rules.given(member),
            Sign::Code if self.has(b"grant_type") => &|member| by_kind.filter(|_| member.name == b"grant_type"),
            Sign::Jwk if self.has(b"\"kty\"") => &|member| by_kind.filter(|_| member.name == b"kty"),
            Sign::Data if self.has(b"\"Secret\"") => {
                &|member| by_kind.filter(|_| member.name == b"kind" && member.value == b"\"Secret\"")
            }
            _ => return None,
        };
        let found = Object::around(self.input, at, self.left).map(|mut object| (object.find_map(given), object.at));
        match found {
            Some((hidden, end)) if end.abs_diff(at) <= self.left => {
                self.left -= end.abs_diff(at);
                hidden
            }
            _ => {
                self.left = 0;
                Some(Hidden::by(rules.mask())).filter(|_| rules.has_names())
            }
        }
    }

    fn has(&self, sign: &[u8]) -> bool {
        self.rules.defaults() && memmem::find(self.input, sign).is_some()
    }
}

impl Rules {
    /// Returns what hides the value beside a member, where that gives its name.
    fn given(&self, member: Member<'_>) -> Option<Hidden<'_>> {
        /// More spaces than a name has. A text with more is a sentence about it.
        const MOST_SPACES: usize = 2;
        if !gives_name(member.name) {
            return None;
        }
        let is_type = member.name.eq_ignore_ascii_case(b"type");
        let judge = |raw: &[u8]| {
            let name = json_string::decode(raw);
            let is_name = name.len() <= 256 && name.iter().filter(|b| **b == b' ').count() <= MOST_SPACES;
            let hidden = self.secret_anywhere(&name).filter(|_| is_name)?;
            (!is_type || hidden.surety == Some(Surety::Strong)).then_some(hidden)
        };
        match member.value {
            [b'"', name @ .., b'"'] => judge(name),
            // A path to the field.
            [b'[', ..] => member.value.split(|&b| b == b'"').skip(1).step_by(2).find_map(judge),
            _ => None,
        }
    }
}

/// A member of an object, both as written, the quotes of the name aside.
#[derive(Clone, Copy)]
pub(super) struct Member<'a> {
    pub(super) name: &'a [u8],
    pub(super) value: &'a [u8],
}

/// The members of an object, as far as they can be read.
pub(super) struct Object<'a> {
    input: &'a [u8],
    at: usize,
}

impl<'a> Object<'a> {
    /// Returns the members of the object that begins with the brace at `at`.
    pub(super) fn new(input: &'a [u8], at: usize) -> Self {
        Self { input, at: at + 1 }
    }

    /// Returns the members of the object in which the name at `at` stands; `None` where its beginning is further back than
    /// `most` bytes.
    fn around(input: &'a [u8], at: usize, most: usize) -> Option<Self> {
        let least = at.saturating_sub(most);
        let (mut at, mut depth) = (at, 0usize);
        // All text before a name was read already, and so is well-formed: read backwards, a quote ends a string.
        loop {
            at = at.checked_sub(1).filter(|at| *at >= least)?;
            match *input.get(at)? {
                b'"' => at = opening_quote(input, at)?,
                b'}' | b']' => depth += 1,
                b'{' | b'[' => match depth.checked_sub(1) {
                    Some(outer) => depth = outer,
                    None => return Some(Self::new(input, at)),
                },
                _ => {}
            }
        }
    }
}

/// Returns the beginning of the string that ends with the quote at `at`.
fn opening_quote(input: &[u8], at: usize) -> Option<usize> {
    let mut end = at;
    loop {
        let quote = memchr::memrchr(b'"', input.part(..end))?;
        let slashes = input.part(..quote).iter().rev().take_while(|b| **b == b'\\').count();
        if slashes.is_multiple_of(2) {
            return Some(quote);
        }
        end = quote;
    }
}

impl<'a> Iterator for Object<'a> {
    type Item = Member<'a>;

    fn next(&mut self) -> Option<Member<'a>> {
        let input = self.input;
        let mut at = lexer::space(input, self.at);
        if input.get(at) == Some(&b',') {
            at = lexer::space(input, at + 1);
        }
        if input.get(at) != Some(&b'"') {
            return None;
        }
        let name = lexer::string(input, at + 1).ok().filter(|name| name.closed)?;
        let colon = lexer::space(input, name.end + 1);
        if input.get(colon) != Some(&b':') {
            return None;
        }
        let value = lexer::space(input, colon + 1);
        let end = lexer::value(input, value).ok()?;
        self.at = end;
        Some(Member { name: input.part(at + 1..name.end), value: input.part(value..end) })
    }
}

/// Returns whether a value that begins with a brace is the schema of a value and not one itself:
/// `{"type": "string", "minLength": 8}`.
pub(super) fn is_schema(input: &[u8], at: usize) -> bool {
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

/// Returns whether a member of a schema with this name holds a value after all.
pub(super) fn is_example(name: &[u8]) -> bool {
    [&b"default"[..], b"example", b"examples", b"const", b"enum"].contains(&name)
}

/// Returns whether the array at `at` holds only sentences: they speak about a field and are not its value.
pub(super) fn are_sentences(input: &[u8], at: usize, words: usize) -> bool {
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

/// Returns whether the inside of a string has at least so many words, and begins with a letter.
pub(super) fn is_sentence(raw: &[u8], words: usize) -> bool {
    let is_word =
        |word: &&[u8]| word.first().is_some_and(|b| b.is_ascii_alphanumeric() || *b >= 0x80 || b"'(\\".contains(b));
    raw.first().is_some_and(|b| b.is_ascii_alphabetic() || *b >= 0x80 || *b == b'\\')
        && raw.split(|&b| b == b' ').filter(is_word).count() >= words
}
