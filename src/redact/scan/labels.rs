//! Finds `Name: value` in the middle of a line: `Invalid token: x`, `curl -H 'X-Api-Key: x'`, `Config { password: x }`.
//!
//! Prose is full of colons. So the name must be a secret's by itself, and the text behind it must not read like a
//! sentence.

use super::{
    blocks::schema_in_line,
    candidates::Candidates,
    expression::Source,
    lexeme::{self, Quotes},
    sign::Sign,
};
use crate::redact::{
    rules::{
        Hidden, Rules,
        value::{is_placeholder, is_template},
    },
    text::{edits::Edits, slice::Slice},
    work,
};

/// The sign of a label is its colon, with the name of a secret before it.
pub(super) const SIGN: Sign = Sign {
    of: Candidates::PAIR,
    bytes: b":",
    is_at: |rules, text, at| {
        let (before, after) = text.split_at_checked(at).unwrap_or_default();
        is_sign(rules, before, after.after(1))
    },
    is_in: None,
};

/// The most bytes that a name may have.
const MAX_NAME: usize = 64;

/// Finds the values behind such names.
pub(super) fn find_labels<'r>(rules: &'r Rules, source: &Source<'_>, edits: &mut Edits<'r>) {
    let text = source.text();
    let (mut from, mut quotes) = (0, Quotes::new(text));
    for sign in memchr::memchr_iter(b':', text) {
        if sign < from {
            continue;
        }
        if !work::allows(3) {
            break;
        }
        let Some((start, hidden)) = name(rules, text.part(..sign), text.after(sign + 1)) else { continue };
        let name = text.part(start..sign);
        let next = sign + 1 + text.after(sign + 1).iter().take_while(|b| **b == b' ').count();
        // Or the element ends.
        let is_compared = match text.after(next) {
            [b'<', b'/', ..] => next > sign + 1,
            rest => matches!(rest, [b'>' | b'<', b' ', ..]),
        };
        let is_kind = sign == name.len() && lexeme::is_kind(text.after(sign + 1));
        if is_compared
            || is_kind
            || matches!(text.get(next), Some(b'"' | b'\'')) && quotes.closes(next)
            || source.shows(rules, hidden, (sign, sign + 1), edits)
        {
            continue;
        }
        let (start, end) = value(text, start, sign + 1);
        // A template of JavaScript.
        if let Some(inside) = text.after(start).strip_prefix(b"`")
            && let Some(len) = inside.iter().take(MAX_NAME).position(|b| *b == b'`')
            && is_template(inside.part(..len))
        {
            from = start + len + 2;
            continue;
        }
        let outer = lexeme::outer(text, start, end);
        if let Some(examples) = schema_in_line(hidden, outer) {
            let outer_at = start - usize::from(outer.len() > end - start);
            examples.into_iter().for_each(|(from, to)| edits.mask(outer_at + from, outer_at + to, hidden.mask));
            from = end;
            continue;
        }
        if !(hidden.votes(outer) || lexeme::echoes(name, outer) || lexeme::reads_on(text, start, end)) {
            edits.mask(start, end, hidden.mask);
            from = end;
        }
    }
}

/// Returns whether the colon between `before` and `after` stands behind the name of a secret.
#[inline]
pub(crate) fn is_sign(rules: &Rules, before: &[u8], after: &[u8]) -> bool {
    rules.has_names() && name(rules, before, after).is_some()
}

/// Returns where the name of a secret begins that `before` ends with, where a value follows.
fn name<'r>(rules: &'r Rules, before: &[u8], after: &[u8]) -> Option<(usize, Hidden<'r>)> {
    // Skips times, ports and doubled colons (`a::b`, `https://`).
    let next = after.iter().find(|b| !matches!(b, b' ' | b'\t'))?;
    if before.last().is_some_and(u8::is_ascii_digit) && next.is_ascii_digit() && after.first() == Some(next)
        || *next < b' '
        || after.first() == Some(&b':')
        || after.starts_with(b"//")
    {
        return None;
    }
    let before = without_note(before);
    before.last().filter(|b| b.is_ascii_alphanumeric())?;
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let reach = before.after(before.len().saturating_sub(MAX_NAME));
    let len = reach.iter().rev().take_while(|b| is_name(b)).count();
    let (rest, word) = before.split_at_checked(before.len() - len)?;
    // An escape ends before it: `\r\nAuthorization: x`, `\ufefftoken: x`.
    let escape = match word {
        _ if rest.last() != Some(&b'\\') => 0,
        [b'n' | b'r' | b't', ..] => 1,
        [b'u', digits @ ..] if digits.first_chunk::<4>().is_some_and(|d| d.iter().all(u8::is_ascii_hexdigit)) => 5,
        _ => 0,
    };
    work::spend(10 + len / 2);
    let (word, escaped) = (word.after(escape), escape > 0);
    // `${NAME:?missing}`
    if rest.ends_with(b"${") {
        return None;
    }
    let opens = |b: &u8| *b <= b' ' || *b >= 0x80 || b"'\"`([{,;<>|*#+".contains(b);
    // An option of Windows.
    let is_option = rest.ends_with(b" /");
    // `.. _CookieCutter: https://…` is a reference of reStructuredText.
    let is_target = rest.ends_with(b".. ");
    if len == MAX_NAME || is_target || !(escaped || is_option || rest.last().is_none_or(opens)) {
        return None;
    }
    // Skips a position in a source file (`token.rs:12`), and what is said of one (`token.patch: fix`).
    if word.contains(&b'.') && (after.first().is_some_and(u8::is_ascii_digit) || lexeme::is_file_name(word)) {
        return None;
    }
    // `${TOKEN:?missing}`
    if rest.ends_with(b"${") && matches!(after.first(), Some(b'?' | b'+')) {
        return None;
    }
    // `token-service:1.2` is an image.
    let number = after.iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
    if after.part(..number).contains(&b'.') && !after.get(number).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    if let Some(hidden) = rules.secret_line(word) {
        return Some((before.len() - word.len(), hidden));
    }
    // `API key: x`, `verification code: x`
    let first = rest
        .strip_suffix(b" ")
        .filter(|_| [&b"key"[..], b"code", b"phrase", b"answer"].iter().any(|last| word.eq_ignore_ascii_case(last)))?;
    let first = first.after(first.iter().rposition(|b| !b.is_ascii_alphanumeric()).map_or(0, |at| at + 1));
    work::spend(64);
    Some((before.len() - word.len(), rules.secret_line(&[first, b"-", word].concat())?))
}

/// Returns a text without what is noted behind the name that it ends with: `Unseal Key 1`, `Password #2`, `API key (primary)`.
fn without_note(text: &[u8]) -> &[u8] {
    /// The longest word in parentheses.
    const LONGEST: usize = 16;
    let digits = text.iter().rev().take(3).take_while(|b| b.is_ascii_digit()).count();
    let name = match text {
        [before @ .., b')'] => {
            let word = before.iter().rev().take(LONGEST).take_while(|b| b.is_ascii_lowercase()).count();
            before.part(..before.len() - word).strip_suffix(b"(").filter(|_| word > 0)
        }
        _ if (1..3).contains(&digits) => {
            let before = text.part(..text.len() - digits);
            Some(before.strip_suffix(b"#").unwrap_or(before))
        }
        _ => None,
    };
    name.and_then(|name| name.strip_suffix(b" ")).unwrap_or(text)
}

/// Returns where the value behind the colon before `from` begins and ends, whose name begins at `name`.
fn value(text: &[u8], name: usize, from: usize) -> (usize, usize) {
    let before = name.checked_sub(1).and_then(|at| text.get(at));
    // A header in quotes goes on to the closing quote.
    if let Some(quote @ (b'"' | b'\'')) = before
        && let Some(len) = memchr::memchr2(*quote, b'\n', text.after(from))
        && text.get(from + len) == Some(quote)
    {
        let gap = text.after(from).iter().take_while(|b| **b == b' ').count().min(len);
        let (start, end) = (from + gap, from + len);
        // `"pwd: expected bytes, got %s"` is a sentence.
        let mut words = text.part(start..end).split(|b| *b == b' ').map(|word| word.strip_suffix(b",").unwrap_or(word));
        let mut is_word = || words.next().is_some_and(|word| word.len() > 1 && word.iter().all(u8::is_ascii_lowercase));
        let is_sentence = is_word() && is_word() && is_word();
        let is_scheme = |value: &[u8]| lexeme::is_scheme(value.strip_suffix(b"...").unwrap_or(value).trim_ascii());
        // `Bearer $TOKEN`
        let credentials = memchr::memchr(b' ', text.part(start..end)).map(|space| start + space);
        let stands_for = credentials
            .is_some_and(|space| is_scheme(text.part(start..space)) && is_placeholder(text.part(space + 1..end)));
        let is_none = is_sentence || stands_for || is_scheme(text.part(start..end));
        return if is_none { (end, end) } else { (start, end) };
    }
    // In HTML, the label's own element ends first.
    let mut from = from;
    while let Some(len) = text.after(from).strip_prefix(b"<").and_then(|tag| memchr::memchr2(b'>', b'\n', tag)) {
        from += len + 2;
    }
    let (start, end) = lexeme::prose_value(text, from, false, false);
    // The field of a form.
    if text.part(..start).ends_with(b"<") && text.part(start..end).contains(&b'=') {
        return (end, end);
    }
    // The first word of credentials is only the scheme.
    if lexeme::is_scheme(text.part(start..end)) && text.get(end) == Some(&b' ') {
        let (next, end) = lexeme::prose_value(text, end, false, false);
        // `Bearer <token>` is a placeholder.
        let is_escaped = text.part(..next).ends_with(b" ") && text.after(next).starts_with(b"&lt;");
        return if is_escaped || is_placeholder(lexeme::outer(text, next, end)) { (end, end) } else { (start, end) };
    }
    (start, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let rules = Rules::new();
        Edits::shown(text, |text, edits| find_labels(&rules, &Source::new(text), edits))
    }

    #[test]
    fn what_follows_a_name_goes() {
        assert_eq!(shown("Invalid token: x"), "Invalid token: REDACTED");
        assert_eq!(shown("Invalid token: 4f-a (from h)"), "Invalid token: REDACTED (from h)");
        assert_eq!(shown("curl -H 'X-Api-Key: a b' h"), "curl -H 'X-Api-Key: REDACTED' h");
        assert_eq!(shown("sent Authorization: Basic YTpi to h"), "sent Authorization: REDACTED to h");
        assert_eq!(shown("{Host:db Password:go-1 Port:1}"), "{Host:db Password:REDACTED Port:1}");
        assert_eq!(shown("Login { token: Some(\"a b\"), n: 1 }"), "Login { token: Some(\"REDACTED\"), n: 1 }");
        assert_eq!(shown(r"GET /\r\nX-Api-Key: k1"), r"GET /\r\nX-Api-Key: REDACTED");
        assert_eq!(shown(r"x\ufefftoken: k1"), r"x\ufefftoken: REDACTED");
        assert_eq!(shown("your API key: k1"), "your API key: REDACTED");
        assert_eq!(shown("Unseal Key 1: aj/0Ph"), "Unseal Key 1: REDACTED");
        assert_eq!(shown("Backup code #2: 8841-2210"), "Backup code #2: REDACTED");
        assert_eq!(shown("the password (temporary): Tmp-1"), "the password (temporary): REDACTED");
    }

    #[test]
    fn prose_stays() {
        for text in [
            "the password: see the wiki",
            "unexpected token: `}` at 3",
            "std::token::parse, https://token:80/ and 12:30",
            "fn f(token: &str, password: String)",
            "{ password: string; token: string | null }",
            "the monkey: x",
            "at a.b.check(Token.java:42)",
            "send `Authorization: Bearer <token>` first",
            "token:",
        ] {
            assert_eq!(shown(text), text);
        }
    }
}
