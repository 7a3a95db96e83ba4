//! Tells the strings of a program that are no secret from literal values.

use super::{
    lexeme,
    operand::close,
    program::{MAX_LINE, same_letters},
};
use crate::redact::{
    rules::value::{is_placeholder, is_shouted, is_template},
    text::slice::Slice,
};
use memchr::memmem;

/// Returns whether a string in quotes, behind so many letters, begins an expression: it is a method's, or filled in. The inner result is
/// set where all of it is a template or a pattern. `None` says that it is a literal like any other.
pub(super) fn literal(text: &[u8], prefix: usize, name: &[u8], compared: bool) -> Option<bool> {
    let quote = *text.get(prefix)?;
    if text.after(prefix + 1).starts_with(&[quote, quote]) {
        let inside = text.part(prefix + 3..text.len().min(MAX_LINE));
        let inside = inside.strip_prefix(b"\\\n").unwrap_or(inside);
        let line = inside.part(..memchr::memchr(b'\n', inside).unwrap_or(inside.len()));
        return (is_pattern(inside) || lexeme::is_sentence(line)).then_some(true);
    }
    let end = close(text, prefix + 1, quote);
    let inside = text.part(prefix + 1..end);
    // What a function takes: `(typename, fields=None)`.
    let is_list = inside.starts_with(b"(") && memmem::find(inside, b", ").is_some();
    if inside.len() < 3
        || is_list
        || lexeme::is_escapes(inside)
        || is_template(inside)
        || is_pattern(inside)
        || is_name_of_code(inside)
        || is_encoding(inside)
        || is_file_or_path(inside)
        || is_placeholder(inside.strip_suffix(b", ").unwrap_or(inside))
        || compared && (is_shouted(inside) || !inside.iter().any(u8::is_ascii_alphanumeric))
        || is_part_of(name, inside)
        || quote == b'`' && lexeme::is_sentence(inside)
    {
        return Some(true);
    }
    let rest = text.after(end + 1);
    let goes_on = matches!(rest, [b'.', b, ..] if b.is_ascii_alphabetic())
        || [&b" % "[..], b" + ", b" . ", b".$"].iter().any(|sign| rest.starts_with(sign));
    goes_on.then_some(false)
}

/// Returns whether a value is a name of the program itself, as only names are written: a constant of several words, or a path (`STR_DQ`,
/// `crate::private::Number`).
pub(super) fn is_name_of_code(value: &[u8]) -> bool {
    let is_path = |b: &u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b':' | b'$');
    is_shouted(value) && value.contains(&b'_') || memmem::find(value, b"::").is_some() && value.iter().all(is_path)
}

/// Returns whether a string has variables only, and signs between them: `$user:$pass`.
pub(super) fn is_interpolated(value: &[u8]) -> bool {
    let mut words = value.split(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$')));
    value.contains(&b'$') && words.all(|word| word.is_empty() || word.len() > 1 && word.starts_with(b"$"))
}

/// Returns whether a string is a file of keys or settings (`server.pem`), or a path of a server (`/v2/tokens`).
pub(super) fn is_file_or_path(value: &[u8]) -> bool {
    const ENDINGS: [&[u8]; 8] = [b".pem", b".key", b".crt", b".p12", b".jks", b".json", b".yaml", b".toml"];
    let is_letter = |b: &u8| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_' | b'.' | b'/');
    let is_version = |part: &[u8]| part.len() == 2 && part.first() == Some(&b'v');
    let parts = || value.split(|b| matches!(b, b'/' | b'.'));
    let is_path = value.starts_with(b"/") && parts().count() > 2;
    (is_path || ENDINGS.iter().any(|ending| value.ends_with(ending)))
        && parts().all(|part| is_version(part) || part.iter().all(is_letter))
}

/// Returns whether a value says several words of its own name again: `refresh_token_key = 'refresh_token'`.
fn is_part_of(name: &[u8], value: &[u8]) -> bool {
    let name = lexeme::last_word(name);
    value.contains(&b'_')
        && (same_letters(name, value) || name.windows(value.len()).any(|part| part.eq_ignore_ascii_case(value)))
}

/// Returns whether this is a regular expression.
pub(super) fn is_pattern(value: &[u8]) -> bool {
    [&b"(?"[..], b"[^", b"\\s", b"\\d", b"\\w", b"[A-Z", b"[a-z", b"[0-9", b"[name=", b"[data-"]
        .iter()
        .any(|sign| memmem::find(value, sign).is_some())
}

/// Returns whether this is the name of an encoding or of an algorithm.
pub(super) fn is_encoding(value: &[u8]) -> bool {
    const NAMES: [&[u8]; 17] = [
        b"system",
        b"utf-8",
        b"utf8",
        b"ascii",
        b"latin1",
        b"hex",
        b"base64",
        b"base64url",
        b"binary",
        b"sha1",
        b"sha256",
        b"sha384",
        b"sha512",
        b"md5",
        b"hs256",
        b"rs256",
        b"string",
    ];
    const FAMILIES: [&[u8]; 8] = [b"RSA", b"SHA", b"HMAC", b"AES", b"ECDSA", b"ECDH", b"Ed25519", b"PBKDF2"];
    let is_letter = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'/');
    NAMES.iter().any(|known| value.eq_ignore_ascii_case(known))
        || value.len() <= 24 && FAMILIES.iter().any(|family| value.starts_with(family)) && value.iter().all(is_letter)
}
