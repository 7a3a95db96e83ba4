//! Tells whether a text is JSON, or was meant to be.

use crate::redact::codec::json_lexer::{self, separator};
use crate::redact::text::slice::Slice;

/// Returns whether `text` is JSON or was meant to be. Such a text is shown as far as it is JSON, and not as text.
///
/// These count as JSON: an empty object; what begins like an object with a name in it (`{"`, and `{'` and `{name:` where
/// double quotes or escapes follow, which are no JSON but may be read as such); what begins like an array of those; and one or more arrays of anything
/// else, or of strings with escapes, which may hold anything. These do not: `{name}`, `{{name}}`, `{'name': 'ada'}`, `[draft] hello`, `[1]
/// See there`, `"a", "b"`.
pub(crate) fn looks_like_json(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let start = separator(text, 0);
    let mut at = start;
    while text.get(at) == Some(&b'[') {
        at = json_lexer::space(text, at + 1);
    }
    match text.get(at) {
        Some(b'{') => {
            let first = json_lexer::space(text, at + 1);
            begins_object(text, first) && !is_literal(text, first)
        }
        Some(b'"') if at == start => is_escaped_string(text, start),
        _ if at == start => false,
        None => true,
        Some(_) => match json_lexer::value(text, start) {
            Ok(end) => match text.get(separator(text, end)) {
                None | Some(b'{' | b'[') => true,
                Some(b'"') => is_escaped_string(text, separator(text, end)) || has_member(text),
                Some(_) => has_member(text),
            },
            Err(json_lexer::Stop::Cut) => true,
            // A line of a log, or a badge of Markdown: `[2021-09-03 …`, `[![…`.
            Err(json_lexer::Stop::Broken(at)) if !text.part(start..at).iter().any(|b| b"\"'{,".contains(b)) => false,
            Err(_) => has_member(text),
        },
    }
}

/// Returns whether there are escapes in the string at `start` or behind it, and it ends the text or only a value follows.
fn is_escaped_string(text: &[u8], start: usize) -> bool {
    // Three quotes are those of a program's text of several lines.
    let escaped = memchr::memchr(b'\\', text.part(start..)).is_some() && !text.part(start..).starts_with(b"\"\"\"");
    match json_lexer::string(text, start + 1) {
        Ok(string) if string.closed => {
            let at = separator(text, string.end + 1);
            // The quotes of comments in Vim's scripts are no strings.
            let is_comment = || text.part(start..string.end).contains(&b'\n') || text.after(start).starts_with(b"\" ");
            escaped
                && (matches!(text.get(at), None | Some(b'{' | b'[')) || text.get(at) == Some(&b'"') && !is_comment())
        }
        Ok(_) => escaped,
        Err(stop) => escaped && matches!(stop, json_lexer::Stop::Cut),
    }
}

/// Returns whether `text`, which is declared as JSON, is to be read only as JSON. Plain words are not, such as an error
/// that a proxy sent in place of JSON.
pub(crate) fn may_be_json(text: &[u8]) -> bool {
    let start = separator(text, 0);
    match text.get(start) {
        Some(b'{') => !is_literal(text, json_lexer::space(text, start + 1)),
        None | Some(b'[' | b'"') => true,
        Some(_) => {
            !matches!(json_lexer::value(text, start), Err(json_lexer::Stop::Broken(_)))
                || memchr::memchr2(b'{', b'[', text).is_some()
                || has_member(text)
        }
    }
}

/// Returns whether the text behind a brace can be the first name of an object.
fn begins_object(text: &[u8], at: usize) -> bool {
    match text.get(at) {
        None | Some(b'"' | b'\'' | b'/') => true,
        Some(b'}') => match text.get(separator(text, at + 1)) {
            None | Some(b'{' | b'[' | b',' | b']') => true,
            Some(_) => has_member(text),
        },
        Some(_) => {
            let rest = text.part(at..);
            let word = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'-')).count();
            word > 0 && matches!(rest.get(json_lexer::space(rest, word)), Some(b':'))
        }
    }
}

/// Returns whether this is an object of another language, whose first name begins at `at`: `{'name': 'ada'}`. It is read as
/// text, where no double quote and no escape makes it unclear what is in quotes.
fn is_literal(text: &[u8], at: usize) -> bool {
    text.get(at).is_some_and(|b| *b == b'\'' || b.is_ascii_alphabetic()) && memchr::memchr2(b'"', b'\\', text).is_none()
}

/// Returns whether `text` has what looks like the name of an object's member: a quote, then a colon.
fn has_member(text: &[u8]) -> bool {
    memchr::memchr2_iter(b'"', b'\'', text).any(|at| text.get(json_lexer::space(text, at + 1)) == Some(&b':'))
}
