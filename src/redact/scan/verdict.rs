//! Judges a pair by its name as it stands, and by the pairs beside it.

use super::lexeme;
use crate::redact::{
    codec::percent,
    rules::{
        Hidden, Rules,
        siblings::{self, gives_name},
    },
    text::{context::Mode, slice::Slice},
    work,
};
use std::cell::LazyCell;

/// Bounds the pairs of a form that are read for the name of another.
const MAX_BESIDE: usize = 64;

/// Returns what hides the value of a pair by another of its form: the `code` beside a `grant_type` (RFC 6749, section 4.1.3), the
/// `value` beside the `name` of a secret. The value stands at `at`.
pub(super) fn beside<'r>(
    rules: &'r Rules,
    name: &[u8],
    form: &[u8],
    at: usize,
    mode: Mode,
    (is_grant, has_person): (&LazyCell<bool, impl FnOnce() -> bool>, &LazyCell<bool, impl FnOnce() -> bool>),
) -> Option<Hidden<'r>> {
    if mode != Mode::Form {
        return None;
    }
    if name.eq_ignore_ascii_case(b"code") {
        // Where the form breaks off behind it, the others are not known. Codes of shops are capitals or short.
        let value = form.after(at);
        let value = value.part(..memchr::memchr(b'&', value).unwrap_or(value.len()));
        let is_random =
            value.len() >= 6 && value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_lowercase);
        let breaks_off = || is_random && memchr::memchr_iter(b'=', form).nth(1).is_none();
        // A browser sends it beside the state of the login (OAuth 2.0 Form Post Response Mode).
        let is_answer = || is_random && memchr::memmem::find(form, b"state=").is_some();
        let is_sent = || (4..=8).contains(&value.len()) && value.iter().all(u8::is_ascii_digit) && **has_person;
        return if **is_grant || breaks_off() || is_answer() || is_sent() { rules.query(name) } else { None };
    }
    let last = |name: &[u8]| name.iter().rposition(|b| matches!(b, b'[' | b'.')).map_or(0, |at| at + 1);
    let (group, own) = name.split_at_checked(last(name))?;
    match siblings::sign(own.strip_suffix(b"]").unwrap_or(own)) {
        Some(siblings::Sign::Value) if rules.has_names() => {}
        Some(siblings::Sign::Number) if rules.defaults() => {
            return is_card(form.after(at)).then(|| Hidden::by(rules.mask()));
        }
        _ => return None,
    }
    let mut pairs = form.split(|b| *b == b'&');
    work::spend(64);
    let given = pairs.by_ref().take(MAX_BESIDE).find_map(|pair| {
        work::spend(16 + pair.len());
        let (name, value) = pair.split_at_checked(memchr::memchr(b'=', pair)?)?;
        let (its_group, own) = name.split_at_checked(last(name))?;
        let gives = its_group == group && gives_name(own.strip_suffix(b"]").unwrap_or(own));
        gives.then(|| rules.secret_anywhere(&percent::decode(value.after(1), true).0)).flatten()
    });
    // What the others give is not known.
    given.or_else(|| pairs.next().map(|_| Hidden::by(rules.mask())))
}

/// Returns whether the pair beside one gives a user's name, in short: `u=ada&p=…`. The name of the pair is at `start`, its value at `from`.
pub(super) fn is_beside_user(text: &[u8], start: usize, from: usize) -> bool {
    /// The most bytes of a pair that are read.
    const NEAR: usize = 64;
    let gives = |pair: &[u8]| [&b"u="[..], b"user=", b"username="].iter().any(|name| pair.starts_with(name));
    let before = text.part(start.saturating_sub(NEAR)..start).strip_suffix(b"&").unwrap_or_default();
    let before = before.after(before.iter().rposition(|b| matches!(b, b'&' | b'?')).map_or(0, |at| at + 1));
    let behind = text.part(from..text.len().min(from + NEAR));
    gives(before) || memchr::memchr(b'&', behind).is_some_and(|at| gives(behind.after(at + 1)))
}

/// Returns whether the value that `form` begins with is as long as the number of a card, or breaks off.
fn is_card(form: &[u8]) -> bool {
    let len = form.iter().take_while(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+')).count();
    let digits = form.part(..len).iter().filter(|b| b.is_ascii_digit()).count();
    match form.get(len) {
        None => (6..=19).contains(&digits),
        Some(b) => *b == b'&' && (13..=19).contains(&digits),
    }
}

/// Returns what hides the value of a name that is in prose or in JSON there; one with escapes is not readable.
pub(super) fn in_prose<'r>(rules: &'r Rules, name: &[u8]) -> Option<Hidden<'r>> {
    let hidden = rules.secret_anywhere(name);
    let unreadable = || match lexeme::without_escapes(name)? {
        Some(plain) => rules.secret_anywhere(&plain),
        None => rules.has_names().then(|| Hidden::by(rules.mask())),
    };
    let encoded = || {
        let (decoded, _) = percent::decode(name, false);
        (percent::is_encoded(name) && decoded.is_ascii()).then(|| rules.secret(&decoded)).flatten()
    };
    hidden.or_else(unreadable).or_else(encoded)
}

/// Returns what hides the value of `name`, as it stands before a `=`. `either` asks for a name that the rules for
/// queries or those for fields know.
pub(super) fn judge<'r>(rules: &'r Rules, name: &[u8], mode: Mode, in_query: bool, either: bool) -> Option<Hidden<'r>> {
    let (mut decoded, good) = percent::decode(name, true);
    let strict = in_query || mode == Mode::Form;
    if !good && strict && rules.has_names() {
        return Some(Hidden::by(rules.mask()));
    }
    // This server does not read a name that is encoded more than once, but the next one may.
    for _ in 0..3 {
        if !percent::is_encoded(&decoded) {
            break;
        }
        decoded = percent::decode(&decoded, true).0.into_owned().into();
    }
    match mode {
        // `%cache` is a name of Perl's.
        _ if !strict && decoded.is_ascii() != name.is_ascii() => rules.secret(name),
        _ if !strict => rules.secret(&decoded),
        Mode::Form if !either => rules.field(&decoded),
        _ if either => rules.secret(&decoded).or_else(|| rules.query(&decoded)),
        _ => rules.query(&decoded),
    }
}
