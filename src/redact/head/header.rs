//! Redacts header values.

use super::{cookie, target};
use crate::redact::text::slice::Slice;
use crate::{
    escape,
    fields::{Iter, Value},
    redact::{
        codec::base64,
        rules::{Hidden, Rules},
        scan::{self, scope::Scope, urls},
        text::{context::Mode, edits::Edits, mask::Mask},
    },
};

const SEC_WEBSOCKET_PROTOCOL: &[u8] = b"sec-websocket-protocol";

/// Says how a value shows that is not marked sensitive, whatever precedes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shows {
    /// The value shows as it is.
    Plain,
    /// Each value of this name that is not empty shows as the same text.
    Masked,
    /// The value shows the same each time that it comes under this name.
    Same,
    /// The value has to be searched each time.
    Else,
}

/// Appends the redacted, escaped value of a header, whose name is in lower case; `before` is the fields that precede it.
pub(crate) fn value(scope: Scope<'_>, before: Iter<'_>, name: &[u8], value: Value<'_>, out: &mut Vec<u8>) -> Shows {
    let Scope { rules, .. } = scope;
    let bytes = value.as_bytes();
    if bytes.is_empty() {
        return Shows::Plain;
    }
    let begin = out.len();
    // In a list of protocols, the line before tells what a value is.
    let same = if rules.are_pure() && name != SEC_WEBSOCKET_PROTOCOL { Shows::Same } else { Shows::Else };
    let shows = match hidden(rules, name, value) {
        Some(Hidden { surety: Some(_), .. }) if matches!(bytes, b"true" | b"false") => {
            out.extend_from_slice(bytes);
            return Shows::Else;
        }
        Some(Hidden { mask, .. }) if is_credentials(rules, name, value) => {
            authorization(scope, mask, bytes, out);
            same
        }
        Some(Hidden { mask, .. }) => {
            mask.apply(bytes, out);
            if mask.plain().is_some() { Shows::Masked } else { same }
        }
        None => match hide_value(scope, before, name, bytes) {
            Some(hidden) => {
                out.extend_from_slice(&hidden);
                same
            }
            None => {
                escape::text(bytes, out);
                let plain = name != SEC_WEBSOCKET_PROTOCOL && out.get(begin..) == Some(bytes);
                return if plain { Shows::Plain } else { same };
            }
        },
    };
    escape::tail(out, begin);
    shows
}

/// Returns whether [`value`] appends this value as it is, under a name that hides nothing whatever its value is. The value
/// is not empty, and not sensitive.
pub(crate) fn shows(scope: Scope<'_>, name: &[u8], value: &[u8]) -> bool {
    name != SEC_WEBSOCKET_PROTOCOL
        && escape::is_plain(value)
        && hide_value(scope, Iter::default(), name, value).is_none()
}

/// Returns what hides all of a value. Of a cookie something always shows.
fn hidden<'r>(rules: &'r Rules, name: &[u8], value: Value<'_>) -> Option<Hidden<'r>> {
    if value.is_sensitive() && rules.defaults() {
        return Some(Hidden::by(rules.mask()));
    }
    if is_cookie(name) {
        return None;
    }
    // An allowed header has its scheme allowed.
    let credentials = || (is_authorization(name) && rules.defaults()).then(|| Hidden::by(rules.mask()));
    rules.header(name).or_else(credentials)
}

fn is_cookie(name: &[u8]) -> bool {
    name == b"cookie" || name == b"set-cookie"
}

/// Returns whether a hidden value has parts that show.
fn is_credentials(rules: &Rules, name: &[u8], value: Value<'_>) -> bool {
    let whole = value.is_sensitive() && rules.defaults();
    !whole && is_authorization(name) && rules.allows_header(name)
}

/// Returns a value with its secrets hidden; `None` where there are none.
fn hide_value(scope: Scope<'_>, before: Iter<'_>, name: &[u8], value: &[u8]) -> Option<Vec<u8>> {
    let Scope { rules, .. } = scope;
    if is_cookie(name) {
        let set = name == b"set-cookie";
        return cookie::hide_cookies(scope, value, set, rules.secret_header(name).map(|hidden| hidden.mask));
    }
    if name == SEC_WEBSOCKET_PROTOCOL && rules.defaults() {
        return protocols(scope, last_item(before), value);
    }
    if name.ends_with(b"key")
        && let Some(mask) = rules.key(name, value)
    {
        return Some(mask.applied(value));
    }
    let relative = hide_relative(rules, name, value);
    hide_any(scope, name, relative.as_deref().unwrap_or(value)).or(relative)
}

/// Does what [`hide_value`] does, for a value that is any text or has URLs in it.
fn hide_any(scope: Scope<'_>, name: &[u8], value: &[u8]) -> Option<Vec<u8>> {
    let Scope { rules, .. } = scope;
    if is_url(name)
        && let Some(hidden) = target::redact(scope, value)
    {
        return Some(hidden);
    }
    // Nearly every message has one, and its `=` would start a search for all that may follow a name.
    if name == b"content-type" && is_media_type(value) {
        let parameter = value.contains(&b';').then_some(&b"charset"[..]);
        if rules.allows_plain(parameter) {
            return None;
        }
    }
    if is_host(name) { scan::hide_words(scope, value) } else { scan::hide_text(scope, value) }
}

/// Returns whether this header's value is a host, which may be called `token:80`.
fn is_host(name: &[u8]) -> bool {
    matches!(name, b"host" | b"x-forwarded-host" | b"x-original-host" | b"x-forwarded-server")
}

/// Returns whether this is a media type without parameters other than `charset`. Nothing can hide in one: lower case,
/// one slash that begins no path, nothing long.
pub(in crate::redact) fn is_media_type(value: &[u8]) -> bool {
    let end = memchr::memchr(b';', value).unwrap_or(value.len());
    let (media, parameter) = value.split_at_checked(end).unwrap_or_default();
    let (kind, sub) = media.split_at_checked(memchr::memchr(b'/', media).unwrap_or(0)).unwrap_or_default();
    let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'+' | b'.' | b'-');
    let charset = parameter.after(1).trim_ascii_start().strip_prefix(b"charset=");
    let named = |charset: &[u8]| charset.len() <= 16 && charset.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-');
    media.len() <= 64
        && kind.last().is_some_and(u8::is_ascii_alphanumeric)
        && kind.iter().chain(sub.iter().skip(1)).all(plain)
        && (parameter.is_empty() || charset.is_some_and(named))
}

/// Returns whether this header's value is one URL.
fn is_url(name: &[u8]) -> bool {
    matches!(name, b"referer" | b"location" | b"content-location")
}

/// Applies the path templates to relative references in headers that are made of URLs.
fn hide_relative(rules: &Rules, name: &[u8], value: &[u8]) -> Option<Vec<u8>> {
    if rules.templates.is_empty() {
        return None;
    }
    let mut edits = Edits::new(true);
    // The reference at `start`, up to `end`, if that is there.
    let mut find = |start: usize, end: Option<u8>| {
        let rest = value.part(start..);
        let len = end.and_then(|end| memchr::memchr(end, rest)).unwrap_or(rest.len());
        urls::relative(rules, value.part(..start + len), start, Mode::Url, &mut edits);
    };
    match name {
        // RFC 8288, section 3.
        b"link" => memchr::memchr_iter(b'<', value).for_each(|at| find(at + 1, Some(b'>'))),
        // `5; url=…`, in quotes or not.
        b"refresh" => {
            let url = value.windows(4).position(|at| at.eq_ignore_ascii_case(b"url="))? + 4;
            match value.get(url) {
                Some(&quote @ (b'"' | b'\'')) => find(url + 1, Some(quote)),
                _ => find(url, None),
            }
        }
        name if is_url(name) => find(0, None),
        _ => return None,
    }
    edits.apply(value, rules.mask())
}

fn is_authorization(name: &[u8]) -> bool {
    name.ends_with(b"authorization")
}

/// Appends credentials (RFC 9110, section 11.4): the scheme stays, and the user of Basic (RFC 7617, section 2). A value
/// that is no scheme and credentials is hidden whole. So is a scheme that something else hides.
fn authorization(scope: Scope<'_>, mask: &Mask, value: &[u8], out: &mut Vec<u8>) {
    let begin = out.len();
    let value = value.trim_ascii();
    let space = memchr::memchr2(b' ', b'\t', value).unwrap_or(value.len());
    let (scheme, credentials) = value.split_at_checked(space).unwrap_or_default();
    let credentials = credentials.trim_ascii();
    if credentials.is_empty() || !is_scheme(scheme) || hides_scheme(scope, value, scheme) {
        return mask.apply(value, out);
    }
    out.extend_from_slice(scheme);
    out.push(b' ');
    mask.apply(credentials, out);
    if scheme.eq_ignore_ascii_case(b"basic") && !client(scope, credentials, out) {
        out.truncate(begin);
        mask.apply(value, out);
    }
}

/// Appends the user in credentials of Basic, if it may be shown. Returns `false` where these are no such credentials.
fn client(scope: Scope<'_>, credentials: &[u8], out: &mut Vec<u8>) -> bool {
    let begin = out.len();
    out.extend_from_slice(b" (client_id: ");
    let from = out.len();
    if !base64::decode(credentials, out) {
        return false;
    }
    let decoded = out.part(from..);
    let Some(colon) = memchr::memchr(b':', decoded).filter(|_| std::str::from_utf8(decoded).is_ok()) else {
        return false;
    };
    let has_password = colon + 1 < decoded.len();
    let user = decoded.part(..colon);
    // API keys come as a user without a password. A user that looks like a secret is one.
    if has_password && !user.is_empty() && scan::hide_text(scope, user).is_none() {
        out.truncate(from + colon);
        out.push(b')');
    } else {
        out.truncate(begin);
    }
    true
}

/// Returns whether anything is hidden in the scheme that `value` begins with, alone or together with what follows it.
fn hides_scheme(scope: Scope<'_>, value: &[u8], scheme: &[u8]) -> bool {
    let Scope { rules, .. } = scope;
    if !rules.patterns.suspect(value) && !rules.patterns.may_have_key(value) {
        return false;
    }
    let mut edits = Edits::new(true);
    rules.patterns.find_keys(value, false, &mut edits);
    rules.patterns.find(value, &mut edits);
    edits.reaches(scheme.len()) || scan::hide_text(scope, scheme).is_some()
}

/// Returns whether this is written like a scheme, and is not the first word of a secret, such as the head of a JWT.
fn is_scheme(word: &[u8]) -> bool {
    word.len() <= 24
        && !word.starts_with(b"eyJ")
        && word.first().is_some_and(u8::is_ascii_alphabetic)
        && word.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Returns the last item of the `Sec-WebSocket-Protocol` before this one: lines of one name are one list (RFC 9110,
/// section 5.2).
fn last_item(before: Iter<'_>) -> Option<&[u8]> {
    let lines = before.rev().take_while(|(name, _)| *name == SEC_WEBSOCKET_PROTOCOL);
    let items = lines.flat_map(|(_, value)| value.as_bytes().rsplit(|&b| b == b','));
    items.map(<[u8]>::trim_ascii).find(|item| !item.is_empty())
}

/// Hides tokens in `Sec-WebSocket-Protocol`. Browsers can send a token only here, as the item after one that names it,
/// or within one.
fn protocols(scope: Scope<'_>, before: Option<&[u8]>, value: &[u8]) -> Option<Vec<u8>> {
    let Scope { rules, .. } = scope;
    // Returns the mask of a name that hides the item after it.
    let names =
        |name: &[u8]| rules.secret(name).map(|hidden| hidden.mask).or_else(|| is_bearer(name).then_some(rules.mask()));
    let mut out = Vec::with_capacity(value.len());
    let mut secret = before.and_then(names);
    for (nth, item) in value.split(|&b| b == b',').enumerate() {
        if nth > 0 {
            out.push(b',');
        }
        let name = item.trim_ascii();
        if name.is_empty() {
            out.extend_from_slice(item);
            continue;
        }
        let mask = names(name);
        // `base64url.bearer.authorization.k8s.io.…` has name and token in one.
        let within = mask.filter(|_| !name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')));
        match secret.or(within) {
            Some(mask) => {
                let lead = item.len() - item.trim_ascii_start().len();
                out.extend_from_slice(item.part(..lead));
                mask.apply(name, &mut out);
            }
            None => match scan::hide_text(scope, item) {
                Some(hidden) => out.extend_from_slice(&hidden),
                None => out.extend_from_slice(item),
            },
        }
        // One that has name and token names nothing.
        secret = mask.filter(|_| within.is_none() || !has_token(name));
    }
    (out != value).then_some(out)
}

/// Returns whether the last part of a name is rather a token than a word.
fn has_token(name: &[u8]) -> bool {
    const SHORTEST: usize = 12;
    let last = name.rsplit(|b| *b == b'.').next().unwrap_or_default();
    last.len() >= SHORTEST && !last.iter().all(u8::is_ascii_lowercase)
}

fn is_bearer(name: &[u8]) -> bool {
    name.split(|b| *b == b'.')
        .any(|part| ["bearer", "jwt", "auth"].iter().any(|word| part.eq_ignore_ascii_case(word.as_bytes())))
}
