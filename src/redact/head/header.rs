//! Header values.

use super::{cookie, target};
use crate::{
    escape,
    fields::{Iter, Value},
    redact::{
        codec::base64,
        rules::{Rules, Verdict},
        scan,
        text::{context::Mode, edits::Hits, mask::Mask},
    },
};

const SEC_WEBSOCKET_PROTOCOL: &[u8] = b"sec-websocket-protocol";

/// How a value is shown that is not marked sensitive, whatever precedes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shows {
    /// This one as it is.
    Plain,
    /// Each that the name has and that is not empty, as the same text.
    Masked,
    /// It has to be looked at each time.
    Else,
}

/// Appends the redacted, escaped value of a header, whose name is in lower case; `before` is the fields that precede it.
pub(crate) fn value(rules: &Rules, before: Iter<'_>, name: &[u8], value: Value<'_>, out: &mut Vec<u8>) -> Shows {
    let bytes = value.as_bytes();
    if bytes.is_empty() {
        return Shows::Plain;
    }
    let begin = out.len();
    let shows = match verdict(rules, name, value) {
        Verdict::Hide(mask) if is_credentials(rules, name, value) => {
            authorization(rules, mask, bytes, out);
            Shows::Else
        }
        Verdict::Hide(mask) => {
            mask.apply(bytes, out);
            if mask.plain().is_some() { Shows::Masked } else { Shows::Else }
        }
        Verdict::Show => match hide(rules, before, name, bytes) {
            Some(hidden) => {
                out.extend_from_slice(&hidden);
                Shows::Else
            }
            None => {
                escape::text(bytes, out);
                let plain = name != SEC_WEBSOCKET_PROTOCOL && out.get(begin..) == Some(bytes);
                return if plain { Shows::Plain } else { Shows::Else };
            }
        },
    };
    escape::tail(out, begin);
    shows
}

/// What is to be done with all of a value. Of a cookie something always shows.
fn verdict<'r>(rules: &'r Rules, name: &[u8], value: Value<'_>) -> Verdict<'r> {
    if value.is_sensitive() && rules.defaults() {
        return Verdict::Hide(rules.mask());
    }
    if is_cookie(name) { Verdict::Show } else { rules.header(name) }
}

fn is_cookie(name: &[u8]) -> bool {
    name == b"cookie" || name == b"set-cookie"
}

/// Whether a hidden value has parts that show.
fn is_credentials(rules: &Rules, name: &[u8], value: Value<'_>) -> bool {
    let whole = value.is_sensitive() && rules.defaults();
    !whole && is_authorization(name) && rules.allows_header(name)
}

/// A value without what is hidden in it; `None` where that is nothing.
fn hide(rules: &Rules, before: Iter<'_>, name: &[u8], value: &[u8]) -> Option<Vec<u8>> {
    if is_cookie(name) {
        let set = name == b"set-cookie";
        return cookie::hide(rules, value, set, rules.secret_header(name));
    }
    if name == SEC_WEBSOCKET_PROTOCOL && rules.defaults() {
        return protocols(rules, last_item(before), value);
    }
    let relative = hide_relative(rules, name, value);
    hide_any(rules, name, relative.as_deref().unwrap_or(value)).or(relative)
}

/// [`hide`] for what has URLs in it or any text.
fn hide_any(rules: &Rules, name: &[u8], value: &[u8]) -> Option<Vec<u8>> {
    if is_url(name)
        && let Some(hidden) = target::redact(rules, value)
    {
        return Some(hidden);
    }
    // Nearly every message has one, and its `=` would have all that may follow a name looked for.
    if name == b"content-type" && is_media_type(value) {
        let parameter = value.contains(&b';').then_some(&b"charset"[..]);
        if rules.allows_plain(parameter) {
            return None;
        }
    }
    if is_host(name) { scan::hide_words(rules, value) } else { scan::hide_text(rules, value) }
}

/// Headers whose value is a host, which may be called `token:80`.
fn is_host(name: &[u8]) -> bool {
    matches!(name, b"host" | b"x-forwarded-host" | b"x-original-host" | b"x-forwarded-server")
}

/// Whether this is a media type without parameters other than `charset`, in which nothing can hide: lower case, one
/// slash that begins no path, nothing long.
fn is_media_type(value: &[u8]) -> bool {
    let end = memchr::memchr(b';', value).unwrap_or(value.len());
    let (media, parameter) = value.split_at_checked(end).unwrap_or_default();
    let (kind, sub) = media.split_at_checked(memchr::memchr(b'/', media).unwrap_or(0)).unwrap_or_default();
    let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'+' | b'.' | b'-');
    let charset = parameter.get(1..).unwrap_or_default().trim_ascii_start().strip_prefix(b"charset=");
    let named = |charset: &[u8]| charset.len() <= 16 && charset.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-');
    media.len() <= 64
        && kind.last().is_some_and(u8::is_ascii_alphanumeric)
        && kind.iter().chain(sub.iter().skip(1)).all(plain)
        && (parameter.is_empty() || charset.is_some_and(named))
}

/// Headers whose value is one URL.
fn is_url(name: &[u8]) -> bool {
    matches!(name, b"referer" | b"location" | b"content-location")
}

/// What templates hide of the relative references in headers that are made of URLs.
fn hide_relative(rules: &Rules, name: &[u8], value: &[u8]) -> Option<Vec<u8>> {
    if rules.templates.is_empty() {
        return None;
    }
    let mut hits = Hits::new(true);
    // The reference at `start`, up to `end`, if that is there.
    let mut find = |start: usize, end: Option<u8>| {
        let rest = value.get(start..).unwrap_or_default();
        let len = end.and_then(|end| memchr::memchr(end, rest)).unwrap_or(rest.len());
        scan::relative(rules, value.get(..start + len).unwrap_or_default(), start, Mode::Url, &mut hits);
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
    hits.apply(value)
}

fn is_authorization(name: &[u8]) -> bool {
    name.ends_with(b"authorization")
}

/// Appends credentials (RFC 9110, section 11.4): the scheme stays, and the user of Basic (RFC 7617, section 2). What is no
/// scheme and credentials goes whole, and so does a scheme that something else hides.
fn authorization(rules: &Rules, mask: &Mask, value: &[u8], out: &mut Vec<u8>) {
    let begin = out.len();
    let value = value.trim_ascii();
    let space = memchr::memchr2(b' ', b'\t', value).unwrap_or(value.len());
    let (scheme, credentials) = value.split_at_checked(space).unwrap_or_default();
    let credentials = credentials.trim_ascii();
    if credentials.is_empty() || !is_scheme(scheme) || hides_scheme(rules, value, scheme) {
        return mask.apply(value, out);
    }
    out.extend_from_slice(scheme);
    out.push(b' ');
    mask.apply(credentials, out);
    if scheme.eq_ignore_ascii_case(b"basic") && !client(rules, credentials, out) {
        out.truncate(begin);
        mask.apply(value, out);
    }
}

/// Appends the user in credentials of Basic, where it may be shown; `false` where these are no such credentials.
fn client(rules: &Rules, credentials: &[u8], out: &mut Vec<u8>) -> bool {
    let begin = out.len();
    out.extend_from_slice(b" (client_id: ");
    let from = out.len();
    if !base64::decode(credentials, out) {
        return false;
    }
    let decoded = out.get(from..).unwrap_or_default();
    let Some(colon) = memchr::memchr(b':', decoded).filter(|_| std::str::from_utf8(decoded).is_ok()) else {
        return false;
    };
    let has_password = colon + 1 < decoded.len();
    let user = decoded.get(..colon).unwrap_or_default();
    // A user without a password is how API keys come; a user that looks like a secret is one.
    if has_password && !user.is_empty() && scan::hide_text(rules, user).is_none() {
        out.truncate(from + colon);
        out.push(b')');
    } else {
        out.truncate(begin);
    }
    true
}

/// Whether anything is hidden in the scheme that `value` begins with, alone or together with what follows it.
fn hides_scheme(rules: &Rules, value: &[u8], scheme: &[u8]) -> bool {
    if rules.patterns.is_empty() {
        return false;
    }
    let mut hits = Hits::new(true);
    rules.patterns.find(value, &mut hits);
    hits.reaches(scheme.len()) || scan::hide_text(rules, scheme).is_some()
}

/// Whether this is how a scheme is written, and not the first word of a secret.
fn is_scheme(word: &[u8]) -> bool {
    word.len() <= 24
        && word.first().is_some_and(u8::is_ascii_alphabetic)
        && word.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// The last item of the `Sec-WebSocket-Protocol` that precedes a further one: lines of one name are one list (RFC 9110,
/// section 5.2).
fn last_item(before: Iter<'_>) -> Option<&[u8]> {
    let lines = before.rev().take_while(|(name, _)| *name == SEC_WEBSOCKET_PROTOCOL);
    let items = lines.flat_map(|(_, value)| value.as_bytes().rsplit(|&b| b == b','));
    items.map(<[u8]>::trim_ascii).find(|item| !item.is_empty())
}

/// `Sec-WebSocket-Protocol`: browsers can send a token only here, as the item after one that names it, or within one.
fn protocols(rules: &Rules, before: Option<&[u8]>, value: &[u8]) -> Option<Vec<u8>> {
    // What hides the item after one of this name.
    let names = |name: &[u8]| rules.secret(name).or_else(|| is_bearer(name).then_some(rules.mask()));
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
        // `base64url.bearer.authorization.k8s.io.…` bears name and token in one.
        let within = mask.filter(|_| !name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')));
        match secret.or(within) {
            Some(mask) => {
                let lead = item.len() - item.trim_ascii_start().len();
                out.extend_from_slice(item.get(..lead).unwrap_or_default());
                mask.apply(name, &mut out);
            }
            None => match scan::hide_text(rules, item) {
                Some(hidden) => out.extend_from_slice(&hidden),
                None => out.extend_from_slice(item),
            },
        }
        secret = mask;
    }
    (out != value).then_some(out)
}

fn is_bearer(name: &[u8]) -> bool {
    name.split(|b| *b == b'.')
        .any(|part| ["bearer", "jwt", "auth"].iter().any(|word| part.eq_ignore_ascii_case(word.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::Fields;
    use http::{HeaderName, HeaderValue};

    fn shown(rules: &Rules, name: &'static str, text: &str) -> String {
        let mut out = Vec::new();
        let text = HeaderValue::from_bytes(text.as_bytes()).unwrap();
        value(rules, Iter::default(), name.as_bytes(), (&text).into(), &mut out);
        String::from_utf8(out).unwrap()
    }

    fn default(name: &'static str, text: &str) -> String {
        shown(&Rules::new(), name, text)
    }

    #[test]
    fn the_scheme_stays() {
        assert_eq!(default("authorization", "Bearer abc"), "Bearer REDACTED");
        assert_eq!(default("proxy-authorization", "Digest username=\"a\", response=\"b\""), "Digest REDACTED");
        assert_eq!(default("authorization", "AWS4-HMAC-SHA256 Credential=a, Signature=b"), "AWS4-HMAC-SHA256 REDACTED");
        assert_eq!(default("authorization", "abcdef"), "REDACTED");
        assert_eq!(default("authorization", "eyJhbGci.eyJz.c2ln x"), "REDACTED");
        assert_eq!(default("authorization", "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4 x"), "REDACTED");
        assert_eq!(default("x-forwarded-authorization", "Bearer abc"), "Bearer REDACTED");
    }

    #[test]
    fn a_scheme_that_is_hidden_takes_all_with_it() {
        use crate::redact::{Detector, Redactor};

        let sk = Redactor::new().pattern(regex::Regex::new("sk-\\w+").unwrap()).rules;
        assert_eq!(shown(&sk, "authorization", "sk-abc123 x"), "REDACTED");
        assert_eq!(shown(&sk, "proxy-authorization", "sk-abc123 x"), "REDACTED");
        assert_eq!(shown(&sk, "authorization", "Token sk-abc123"), "Token REDACTED");
        let keys = Redactor::new().detect(Detector::CloudKey).rules;
        assert_eq!(shown(&keys, "authorization", "AKIAIOSFODNN7EXAMPLE sig"), "REDACTED");
        let both = Redactor::new().pattern(regex::Regex::new("acct [0-9]+").unwrap()).rules;
        assert_eq!(shown(&both, "authorization", "acct 42"), "REDACTED");
        let group = Redactor::new().pattern(regex::Regex::new("acct (?<secret>[0-9]+)").unwrap()).rules;
        assert_eq!(shown(&group, "authorization", "acct 42"), "acct REDACTED");
    }

    #[test]
    fn the_user_of_basic_stays() {
        // betable:secret, jane:, :key, jane, a\x1b[m:b, \xff:b
        assert_eq!(default("authorization", "Basic YmV0YWJsZTpzZWNyZXQ="), "Basic REDACTED (client_id: betable)");
        assert_eq!(default("authorization", "basic  YmV0YWJsZTpzZWNyZXQ"), "basic REDACTED (client_id: betable)");
        assert_eq!(default("authorization", "Basic amFuZTo="), "Basic REDACTED");
        assert_eq!(default("authorization", "Basic OmtleQ=="), "Basic REDACTED");
        assert_eq!(default("authorization", "Basic amFuZQ=="), "REDACTED");
        assert_eq!(default("authorization", "Basic ****"), "REDACTED");
        assert_eq!(default("authorization", "Basic YmV0 YWJsZTpzZWNyZXQ="), "REDACTED");
        assert_eq!(default("authorization", "Basic YRtbbTpi"), "Basic REDACTED (client_id: a\\x1b[m)");
        assert_eq!(default("authorization", "Basic /zpi"), "REDACTED");
    }

    #[test]
    fn headers_of_the_default_set_go_whole() {
        for name in
            ["x-api-key", "x-auth-token", "x-access-token", "x-csrf-token", "x-xsrf-token", "x-amz-security-token"]
        {
            assert_eq!(default(name, "abc def"), "REDACTED");
        }
        assert_eq!(default("x-api-key", ""), "");
        assert_eq!(default("content-type", "text/html; charset=utf-8"), "text/html; charset=utf-8");
    }

    #[test]
    fn cookies_keep_their_names() {
        assert_eq!(default("cookie", "a=1; b=2"), "a=REDACTED; b=REDACTED");
        assert_eq!(default("set-cookie", "a=1; Path=/; Secure"), "a=REDACTED; Path=/; Secure");
    }

    #[test]
    fn sensitive_values_go() {
        let mut value = HeaderValue::from_static("abc");
        value.set_sensitive(true);
        let show = |rules: &Rules| {
            let mut out = Vec::new();
            super::value(rules, Iter::default(), b"x-thing", (&value).into(), &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(show(&Rules::new()), "REDACTED");
        assert_eq!(show(&Rules::allow_nothing()), "REDACTED");
        assert_eq!(show(&Rules::none()), "abc");
    }

    #[test]
    fn tokens_of_web_sockets_go() {
        let protocols = |text| default("sec-websocket-protocol", text);
        assert_eq!(protocols("access_token, abc, chat"), "access_token, REDACTED, chat");
        assert_eq!(protocols("chat, Bearer,abc"), "chat, Bearer,REDACTED");
        assert_eq!(
            protocols("v4.channel.k8s.io, base64url.bearer.authorization.k8s.io.abc"),
            "v4.channel.k8s.io, REDACTED"
        );
        assert_eq!(
            protocols("token:abc, token=abc, chat, eyJhbGci.eyJz.c2ln"),
            "REDACTED, REDACTED, REDACTED, REDACTED"
        );
        assert_eq!(protocols("chat, superchat"), "chat, superchat");
        assert_eq!(protocols("access_token,, ,abc,chat"), "access_token,, ,REDACTED,chat");
    }

    #[test]
    fn tokens_of_web_sockets_go_on_a_line_of_their_own() {
        let show = |lines: &[(&'static str, &'static str)]| {
            let field = |&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
            let fields: Fields = lines.iter().map(field).collect();
            let last = fields.len() - 1;
            let (name, value) = fields.get(last).unwrap();
            let mut out = Vec::new();
            super::value(&Rules::new(), fields.before(last), name, value, &mut out);
            String::from_utf8(out).unwrap()
        };
        let name = "sec-websocket-protocol";
        assert_eq!(show(&[(name, "chat, access_token"), (name, "abc, chat")]), "REDACTED, chat");
        assert_eq!(show(&[(name, "access_token"), (name, " ,"), (name, "abc")]), "REDACTED");
        assert_eq!(show(&[(name, "access_token, abc"), (name, "chat")]), "chat");
        assert_eq!(show(&[(name, "access_token"), ("x-a", "b"), (name, "chat")]), "chat");
        assert_eq!(show(&[("x-a", "access_token"), (name, "chat")]), "chat");
    }

    #[test]
    fn urls_in_headers_are_redacted() {
        assert_eq!(default("referer", "https://h/a?token=x&b=1"), "https://h/a?token=REDACTED&b=1");
        assert_eq!(default("location", "/login?code=x y#access_token=z"), "/login?code=REDACTED#access_token=REDACTED");
        assert_eq!(
            default("link", "<https://h/?token=x>; rel=\"next\", </b?sig=y>; rel=prev"),
            "<https://h/?token=REDACTED>; rel=\"next\", </b?sig=REDACTED>; rel=prev"
        );
        assert_eq!(default("refresh", "5; url=https://a:b@h/?token=x"), "5; url=https://a:REDACTED@h/?token=REDACTED");
        assert_eq!(default("x-debug", "{\"password\": \"a b\", \"c\": 1}"), "{\"password\": \"REDACTED\", \"c\": 1}");
    }

    #[test]
    fn a_media_type_is_shown_without_a_look_only_if_nothing_can_hide_in_it() {
        for plain in ["text/plain", "application/vnd.api+json", "text/html; charset=utf-8", "a/b;charset=ISO-8859-1"] {
            assert!(is_media_type(plain.as_bytes()), "{plain}");
        }
        for odd in [
            "",
            "text",
            "/text",
            "a//b",
            "a/b/c",
            "a+/games",
            "a/eyJhbGci.eyJz.c2ln",
            "a/b; token=x",
            "a/b; charset=x; token=y",
            "a/b; charset=\"x\"",
            "a/b; charset=abcdefghijklmnopq",
            "a/b, Bearer x",
        ] {
            assert!(!is_media_type(odd.as_bytes()), "{odd}");
        }
        let mut rules = Rules::new();
        rules.add_field("charset");
        assert_eq!(shown(&rules, "content-type", "a/b; charset=x"), "a/b; charset=REDACTED");
        assert_eq!(default("content-type", "a/b; charset=x; token=y"), "a/b; charset=x; token=REDACTED");
    }

    #[test]
    fn shapes_in_headers_go() {
        assert_eq!(default("x-debug", "got Bearer abc"), "got Bearer REDACTED");
        assert_eq!(default("etag", "\"eyJhbGci.eyJzdWIi.c2ln\""), "\"REDACTED\"");
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_escaped() {
        let mut out = Vec::new();
        let value = HeaderValue::from_bytes(b"caf\xe9 Bearer a\xffb").unwrap();
        super::value(&Rules::new(), Iter::default(), b"x-a", (&value).into(), &mut out);
        assert_eq!(out, b"caf\\xe9 Bearer REDACTED");
    }

    #[test]
    fn rules_of_the_user() {
        let mut rules = Rules::new();
        rules.add_header("X-Client-Id");
        assert_eq!(shown(&rules, "x-client-id", "abc"), "REDACTED");
        rules.set_mask(Mask::last(2));
        rules.add_header("x-card");
        rules.add_header("authorization");
        assert_eq!(shown(&rules, "x-card", "12345678"), "REDACTED…78");
        assert_eq!(shown(&rules, "authorization", "Bearer 12345678"), "Bearer REDACTED…78");
    }

    #[test]
    fn only_what_is_allowed_shows() {
        let mut rules = Rules::allow_nothing();
        rules.add_header("content-type");
        rules.add_header("referer");
        rules.add_header("authorization");
        assert_eq!(shown(&rules, "content-type", "text/html"), "text/html");
        assert_eq!(shown(&rules, "host", "h"), "REDACTED");
        assert_eq!(shown(&rules, "authorization", "Bearer abc"), "Bearer REDACTED");
        assert_eq!(shown(&rules, "proxy-authorization", "Bearer abc"), "REDACTED");
        assert_eq!(shown(&rules, "referer", "https://h/?page=1"), "https://h/?page=REDACTED");
    }
}
