//! Tells by a value, and by its name, that it is none: a sentence or a label of a catalogue, a reference to what is
//! elsewhere, a package with its version, a count, or a rule of a grammar.

use super::{lexeme, literal, program::same_letters};
use crate::redact::{
    rules::{Hidden, Rules, Surety, told, value},
    text::slice::Slice,
};
use memchr::memmem;

/// Returns whether the value that `line` begins with, behind `head` and a sign, is none. The value ends where the line does, or
/// its quotes.
pub(super) fn is_none(rules: &Rules, hidden: Hidden<'_>, head: &[u8], is_colon: bool, line: &[u8]) -> bool {
    let end = head.iter().rposition(is_name).map_or(0, |end| end + 1);
    let head = head.part(..end);
    let start = head.iter().rposition(|b| !is_name(b)).map_or(0, |at| at + 1);
    let (before, name) = head.split_at_checked(start).unwrap_or_default();
    let value = line.trim_ascii();
    let quoted = inside(value);
    // What follows a name in mid-line goes on with other things.
    let begins = !before.iter().any(|b| b.is_ascii_alphanumeric());
    let word = value.part(..value.iter().position(|b| *b <= b' ' || b",;|".contains(b)).unwrap_or(value.len()));
    let told = match quoted {
        Some(text) => told::is_none(name, text, false),
        None => {
            begins && told::is_none(name, trimmed(value), false) || is_reference(trimmed(value)) || is_reference(word)
        }
    };
    let value = trimmed(value);
    let is_variable = is_colon
        && (name.starts_with(b"--") && line.contains(&b';')
            || before.ends_with(b"$") && matches!(line.last(), Some(b';' | b'(')));
    told || is_variable
        || is_colon && is_declared(value)
        || is_colon && is_scope(line)
        || is_colon && begins && line.starts_with(b" ") && is_remark(value)
        || is_pattern(word)
        // Of SQL.
        || word == b"DEFAULT"
        || is_colon && begins && told::names_key(name, value)
        || is_colon && quoted.is_some_and(|text| is_keyword(name, text, value))
        || is_filled(quoted.unwrap_or(value))
        || is_count(hidden, quoted.unwrap_or(word))
        || is_package(value)
        || begins && is_definition(value)
        || is_other(rules, before, name)
}

/// Returns whether the value of a member says something, in quotes or without.
pub(super) fn says_of(name: &[u8], value: &[u8]) -> bool {
    told::is_none(name, inside(value).unwrap_or(value), false) || is_reference(value) || told::names_key(name, value)
}

/// Returns whether an item of a list is the name of something that is elsewhere.
pub(super) fn is_listed(item: &[u8]) -> bool {
    item.iter().all(|b| b.is_ascii_lowercase() || b"_-.".contains(b)) && item.iter().any(|b| matches!(b, b'_' | b'-'))
}

/// Returns whether a text is what people note of something: at least three words, one of them a small one.
fn is_remark(text: &[u8]) -> bool {
    let words = || text.split(|b| *b == b' ');
    words().count() > 2
        && words().all(|word| {
            let number = word.strip_prefix(b"#").filter(|number| !number.is_empty());
            number.is_some_and(|number| number.iter().all(u8::is_ascii_digit))
                || word.iter().all(|b| b.is_ascii_alphabetic() || b"-'`(),.#/*_".contains(b))
                    && !lexeme::is_scheme(word)
        })
        && words().any(told::is_small)
}

/// Returns whether a line goes on behind a colon with what may be done, and then with what that is: the rest of a scope, `tokens:write:
/// Create tokens`.
fn is_scope(line: &[u8]) -> bool {
    let verb = line.iter().take_while(|b| b.is_ascii_lowercase()).count();
    line.after(verb).starts_with(b": ") && value::is_state(line.part(..verb))
}

/// Returns whether a value is a type, as it is declared: `String!`, `Option<String>`.
fn is_declared(value: &[u8]) -> bool {
    let is_marked =
        matches!(value.first(), Some(b'A'..=b'Z' | b'[')) || matches!(value.last(), Some(b'!' | b'?' | b']' | b'>'));
    let is_word = value.get(..6).is_some_and(|begin| begin.eq_ignore_ascii_case(b"secret"));
    is_marked && !is_word && !value.iter().any(u8::is_ascii_digit) && lexeme::is_type(value) || is_generic(value)
}

/// Returns whether a value is a type that holds others, or one of several: `NotRequired[str]`, `str | None`, `SecretStr`.
fn is_generic(value: &[u8]) -> bool {
    const TYPES: [&[u8]; 12] = [
        b"str",
        b"string",
        b"bytes",
        b"none",
        b"null",
        b"undefined",
        b"int",
        b"bool",
        b"any",
        b"text",
        b"secretstr",
        b"uuid",
    ];
    let is_known = |word: &[u8]| TYPES.iter().any(|known| word.eq_ignore_ascii_case(known));
    let is_name = |b: &u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.');
    // A default may follow.
    let value = memmem::find(value, b" = ").map_or(value, |at| value.part(..at));
    let head = value.iter().take_while(|b| is_name(b)).count();
    let inside = value.after(head + 1);
    let first = inside.part(..inside.iter().take_while(|b| b.is_ascii_alphabetic()).count());
    let holds = matches!((value.get(head), value.last()), (Some(b'['), Some(b']')) | (Some(b'<'), Some(b'>')))
        && value.first().is_some_and(u8::is_ascii_uppercase)
        && is_known(first);
    let alternatives = || value.split(|b| *b == b'|').map(<[u8]>::trim_ascii);
    holds || value == b"SecretStr" || alternatives().count() > 1 && alternatives().all(is_known)
}

/// Returns whether a value is a regular expression between its marks.
fn is_pattern(value: &[u8]) -> bool {
    let begins = [&b"/"[..], b"r\"", b"r'"].iter().any(|mark| value.starts_with(mark));
    begins
        && (literal::is_pattern(value)
            || [&b"\\b"[..], b"[a-", b"[A-"].iter().any(|sign| memmem::find(value, sign).is_some()))
}

/// Returns whether a literal says the name of its own rule again, as the keywords of a grammar do: `PASSWORD : 'password' ;`.
fn is_keyword(name: &[u8], text: &[u8], value: &[u8]) -> bool {
    let rest = value.after(text.len() + 2).trim_ascii();
    let is_constant = !name.iter().any(u8::is_ascii_lowercase);
    is_constant && (rest.is_empty() || rest.starts_with(b"|")) && same_letters(name, text)
}

/// Returns whether a value is filled in by a template, and no literal of it may be a secret.
fn is_filled(value: &[u8]) -> bool {
    let Some(inside) = value.strip_prefix(b"{{").and_then(|value| value.strip_suffix(b"}}")) else { return false };
    let inside = inside.trim_ascii();
    let is_empty = |at: usize| matches!((inside.get(at), inside.get(at + 1)), (Some(a), Some(b)) if a == b);
    // A key is looked up, or nothing is the default.
    let is_key = |at: usize| {
        let before = inside.part(..at);
        let calls =
            [&b"get("[..], b"lookup(", b"env(", b"pillar[", b"vault("].iter().any(|call| before.ends_with(call));
        calls
            || before.ends_with(b"[")
                && before.iter().rev().nth(1).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b']' | b'_'))
    };
    let mut quotes = memchr::memchr2_iter(b'"', b'\'', inside);
    inside.starts_with(b"lookup(") || quotes.by_ref().step_by(2).all(|at| is_empty(at) || is_key(at))
}

/// Returns whether an unquoted value stands for one that is elsewhere: `${TOKEN:-}`, `random_password.db.result`,
/// `db_password:/etc/app/db`.
fn is_reference(value: &[u8]) -> bool {
    let is_word = |b: &u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-');
    if let [b'$', b'{', rest @ .., b'}'] = value {
        let name = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        return matches!(rest.after(name), [b'?', ..] | [b':', b'?', ..] | [b':', b'-' | b'+'] | [b'-' | b'+']);
    }
    let mut parts = value.split(|b| *b == b'.');
    let is_path = value.contains(&b'_')
        && parts.clone().count() > 2
        && parts.all(|part| part.len() > 1 && part.iter().all(is_word));
    is_path
        || value::is_reference(value)
        || memmem::find(value, b":/")
            .is_some_and(|at| value.part(..at).iter().all(is_word) && value::is_file(value.after(at + 1)))
}

/// Returns whether a value is a package: a table with its version or its source.
fn is_package(value: &[u8]) -> bool {
    const VALUES: [&[u8]; 5] = [b"value", b"default", b"data", b"plain", b"text"];
    let table = value.strip_prefix(b"{").unwrap_or_default().trim_ascii_start();
    let key = table.part(..table.iter().position(|b| !b.is_ascii_lowercase() && *b != b'_').unwrap_or(table.len()));
    // The members of a table are judged by their own names.
    !key.is_empty() && table.after(key.len()).starts_with(b" = ") && !VALUES.contains(&key)
}

/// Returns whether a value under a name that counts too is a number.
pub(super) fn is_count(hidden: Hidden<'_>, value: &[u8]) -> bool {
    hidden.surety == Some(Surety::Plural)
        && value.first().is_some_and(u8::is_ascii_digit)
        && value.iter().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'_'))
}

/// Returns whether the word before the name makes another one of it: `EOS token`, `next page token`.
fn is_other(rules: &Rules, before: &[u8], name: &[u8]) -> bool {
    let Some(before) = before.strip_suffix(b" ") else { return false };
    let word = lexeme::last_word(before);
    !word.is_empty()
        && word.iter().all(u8::is_ascii_alphabetic)
        && rules.secret_anywhere(name).is_some()
        && rules.secret_anywhere(&[word, b" ", name].concat()).is_none()
}

/// Returns whether `value` is what a rule of a grammar says: of names, marks between them and literals, with a mark that only
/// grammars have: `auth-scheme [ 1*SP ]`, `ID ':' ID ;`.
fn is_definition(value: &[u8]) -> bool {
    let words = || value.split(|b| *b == b' ').filter(|word| !word.is_empty());
    let is_literal = |word: &[u8]| {
        matches!(word, [open @ (b'\'' | b'"'), sign @ .., close]
            if open == close && !sign.is_empty() && sign.iter().all(u8::is_ascii_punctuation))
    };
    let is_repeated =
        |word: &[u8]| word.starts_with(b"*(") || word.starts_with(b"1*") || matches!(word, b")*" | b")+" | b")?");
    let is_mark = |word: &[u8]| is_literal(word) || is_repeated(word);
    let is_word = |word: &[u8]| {
        is_mark(word)
            || word.iter().all(|b| b"|/[](){};~*?+$".contains(b))
            || matches!(word, [b'"', .., b'"'] | [b'\'', .., b'\''])
            || word
                .part(..word.len() - word.iter().rev().take_while(|b| b.is_ascii_digit()).count().min(3))
                .iter()
                .all(|b| b.is_ascii_alphabetic() || b"_-?*+~;,()<>".contains(b))
    };
    let mut told = 0;
    // What a rule does stands behind it, in braces.
    let is_told = words().take_while(|word| *word != b"{").all(|word| {
        told += usize::from(is_mark(word) || matches!(word, b"[" | b"|" | b"/" | b";"));
        is_word(word)
    });
    told += usize::from(memmem::find(value, b" { $$").is_some());
    // `pest` writes rules in braces.
    let inside = value.strip_prefix(b"@").or_else(|| value.strip_prefix(b"_")).unwrap_or(value);
    let is_braced = inside.starts_with(b"{ ") && inside.ends_with(b" }") && {
        let joined = [&b" | "[..], b" ~ "].iter().any(|mark| memmem::find(inside, mark).is_some());
        joined && !inside.iter().any(u8::is_ascii_digit)
    };
    is_braced || (told > 1 || words().count() > 2) && is_told && words().any(is_mark)
}

/// Returns whether a line is a rule of a grammar, tells the type of a name, or gives it what a call returns.
pub(super) fn is_rule(line: &[u8]) -> bool {
    let name = line.iter().take_while(|b| is_name(b)).count();
    let rest = line.after(name).trim_ascii_start();
    let is_called = |value: &[u8]| {
        let path = value.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.')).count();
        // What makes a value has a capital in most languages; no setting is a call of such.
        value.first().is_some_and(u8::is_ascii_uppercase)
            && value.get(path) == Some(&b'(')
            && matches!(line.last(), Some(b')' | b';'))
    };
    name > 0
        && match rest {
            [b'=', b' ', value @ ..] if is_called(value) => true,
            [b':', b':', b' ', ..] => name < line.len() && line.get(name) == Some(&b' '),
            [b'=' | b':', value @ ..] => is_definition(value),
            _ => false,
        }
        || line == b"%%"
}

fn is_name(b: &u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')
}

/// Returns a value without what ends a statement or an element.
fn trimmed(value: &[u8]) -> &[u8] {
    let end = value.iter().rposition(|b| !matches!(b, b',' | b';' | b' '));
    value.part(..end.map_or(0, |end| end + 1))
}

/// Returns the inside of the quotes that a value begins with; `None` where it begins with none or they are not closed.
fn inside(value: &[u8]) -> Option<&[u8]> {
    let quote = value.first().filter(|b| matches!(b, b'"' | b'\'' | b'`'))?;
    let (start, end) = lexeme::prose_value(value, 0, false, false);
    (start == 1 && value.get(end) == Some(quote)).then(|| value.part(start..end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shows(line: &str) -> bool {
        let rules = Rules::new();
        let (head, value) = line.split_once(['=', ':']).unwrap();
        let mask = crate::redact::text::mask::Mask::redacted();
        let counts = head.contains("tokens").then_some(Surety::Plural);
        let hidden = Hidden { mask: &mask, surety: counts.or(Some(Surety::Strong)) };
        is_none(
            &rules,
            hidden,
            head.trim().as_bytes(),
            line.contains(':') && !line.contains('='),
            value.trim_start_matches('>').as_bytes(),
        )
    }

    #[test]
    fn what_is_said_or_stands_for_a_secret_shows() {
        for line in [
            "login.password=Forgot your password?",
            "Secrets: read `*_FILE` variables in #1938",
            "tokens:write: Create API tokens",
            "'token' => 'The token of this link is no longer valid.',",
            "password: Repeat password",
            "\"login.password\" = \"Password\";",
            "password-hash = { version = \"0.5\" }",
            "jwt_token: ^1.0.3",
            "tokens: 1,048,576",
            "secret: ${SECRET:?missing}",
            "password: !secret http_password",
            "password = (sensitive value)",
            "password = random_password.db.result",
            "credential=db_password:/etc/app/db",
            "credentials = auth-scheme [ 1*SP auth-param ]",
            "token : ID | '(' expr ')' ;",
            "token = { ident | number }",
            "credentials = name \"=\" value",
            "token: String!",
            "hash-token = { path = \"../token\" }",
        ] {
            assert!(shows(line), "{line}");
        }
    }

    #[test]
    fn what_may_be_a_secret_is_hidden() {
        for line in [
            "password=Correct horse",
            "password: correct horse battery staple",
            "password=Hunter2 is good for you.",
            "token: 1048576",
            "secret: ${SECRET:-hunter}",
            "password: !hunter",
            "password = (hunter)",
            "password: secret!77",
            "password: secret!",
            "password = a.b.c",
            "token: abc | user | 'x'",
            "password = { value = \"x\" }",
        ] {
            assert!(!shows(line), "{line}");
        }
    }
}
