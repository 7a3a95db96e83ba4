//! Takes a filter apart into tests, words and parentheses.

use super::error::FilterError;
use std::ops::Range;

/// The signs between a field and a value; of two that fit the longer stands first.
pub(super) const OPERATORS: [&str; 9] = [">=", "<=", "!=", "!~", ":", "=", ">", "<", "~"];

/// A part of a filter, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Open(usize),
    Close(usize),
    And,
    Or,
    Not,
    Test(Parts<'a>),
    /// A word that is not a test.
    Word(&'a str, Range<usize>),
}

/// A test taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    pub(super) field: &'a str,
    pub(super) operator: &'a str,
    pub(super) value: &'a str,
    pub(super) field_at: Range<usize>,
    pub(super) operator_at: Range<usize>,
    pub(super) value_at: Range<usize>,
}

/// Tells whether a word has an operator behind what may be a field.
pub(super) fn has_operator(word: &str) -> bool {
    let field = field_len(word);
    field > 0 && operator(&word[field..]).is_some()
}

fn field_len(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))).unwrap_or(text.len())
}

fn operator(text: &str) -> Option<&'static str> {
    OPERATORS.into_iter().find(|operator| text.starts_with(operator))
}

/// Takes `filter` apart.
pub(super) fn tokens(filter: &str) -> Result<Vec<Token<'_>>, FilterError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = filter[at..].chars().next() {
        match c {
            '(' => tokens.push(Token::Open(at)),
            ')' => tokens.push(Token::Close(at)),
            c if c.is_whitespace() => {}
            _ => {
                let (token, end) = word(filter, at)?;
                tokens.push(token);
                at = end;
                continue;
            }
        }
        at += c.len_utf8();
    }
    Ok(tokens)
}

/// Takes the test or word that begins at `at`, and tells where it ends.
fn word(filter: &str, at: usize) -> Result<(Token<'_>, usize), FilterError> {
    let field_at = at..at + field_len(&filter[at..]);
    let field = &filter[field_at.clone()];
    let Some(operator) = operator(&filter[field_at.end..]).filter(|_| !field.is_empty()) else {
        let end = end_of_value(filter, at).max(at + filter[at..].chars().next().map_or(1, char::len_utf8));
        let token = match &filter[at..end] {
            "and" => Token::And,
            "or" => Token::Or,
            "not" => Token::Not,
            word => Token::Word(word, at..end),
        };
        return Ok((token, end));
    };
    let operator_at = field_at.end..field_at.end + operator.len();
    let begin = operator_at.end;
    let (value_at, end) = if filter[begin..].starts_with('"') {
        let Some(len) = filter[begin + 1..].find('"') else {
            let message = "the quote is not closed".to_owned();
            return Err(FilterError { filter: filter.to_owned(), at: begin..begin + 1, message, help: String::new() });
        };
        (begin + 1..begin + 1 + len, begin + len + 2)
    } else {
        let end = end_of_value(filter, begin);
        (begin..end, end)
    };
    let value = &filter[value_at.clone()];
    Ok((Token::Test(Parts { field, operator, value, field_at, operator_at, value_at }), end))
}

/// Finds white space, or a parenthesis that closes what was not opened in the value.
fn end_of_value(filter: &str, begin: usize) -> usize {
    let mut depth = 0;
    for (at, c) in filter[begin..].char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return begin + at,
            ')' => depth -= 1,
            c if c.is_whitespace() => return begin + at,
            _ => {}
        }
    }
    filter.len()
}
