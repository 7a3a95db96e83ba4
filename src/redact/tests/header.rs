use crate::{
    fields::{Fields, Iter},
    redact::{
        head::header::{is_media_type, value},
        nested::scope,
        rules::{Place, Rules},
        text::mask::Mask,
    },
};
use http::{HeaderName, HeaderValue};

fn shown(rules: &Rules, name: &'static str, text: &str) -> String {
    let mut out = Vec::new();
    let text = HeaderValue::from_bytes(text.as_bytes()).unwrap();
    value(scope(rules), Iter::default(), name.as_bytes(), (&text).into(), &mut out);
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
    assert_eq!(default("authorization", "eyJhbGciOiJIUzI1NiJ9 x"), "REDACTED");
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
    for name in ["x-api-key", "x-auth-token", "x-access-token", "x-csrf-token", "x-xsrf-token", "x-amz-security-token"]
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
    let mut sensitive = HeaderValue::from_static("abc");
    sensitive.set_sensitive(true);
    let show = |rules: &Rules| {
        let mut out = Vec::new();
        value(scope(rules), Iter::default(), b"x-thing", (&sensitive).into(), &mut out);
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
    assert_eq!(protocols("token:abc, token=abc, chat, eyJhbGci.eyJz.c2ln"), "REDACTED, REDACTED, REDACTED, REDACTED");
    assert_eq!(protocols("chat, superchat"), "chat, superchat");
    assert_eq!(protocols("access_token,, ,abc,chat"), "access_token,, ,REDACTED,chat");
}

#[test]
fn tokens_of_web_sockets_go_on_a_line_of_their_own() {
    let show = |lines: &[(&'static str, &'static str)]| {
        let field = |&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
        let fields: Fields = lines.iter().map(field).collect();
        let last = fields.len() - 1;
        let (name, last_value) = fields.get(last).unwrap();
        let mut out = Vec::new();
        value(scope(&Rules::new()), fields.before(last), name, last_value, &mut out);
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
    rules.add(Place::Field, "charset", false);
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
    let bytes = HeaderValue::from_bytes(b"caf\xe9 Bearer a\xffb").unwrap();
    value(scope(&Rules::new()), Iter::default(), b"x-a", (&bytes).into(), &mut out);
    assert_eq!(out, b"caf\\xe9 Bearer REDACTED");
}

#[test]
fn rules_of_the_user() {
    let mut rules = Rules::new();
    rules.add(Place::Header, "X-Client-Id", false);
    assert_eq!(shown(&rules, "x-client-id", "abc"), "REDACTED");
    rules.set_mask(Mask::last(2));
    rules.add(Place::Header, "x-card", false);
    rules.add(Place::Header, "authorization", false);
    assert_eq!(shown(&rules, "x-card", "12345678"), "REDACTED…78");
    assert_eq!(shown(&rules, "authorization", "Bearer 12345678"), "Bearer REDACTED…78");
}

#[test]
fn only_what_is_allowed_shows() {
    let mut rules = Rules::allow_nothing();
    rules.add(Place::Header, "content-type", true);
    rules.add(Place::Header, "referer", true);
    rules.add(Place::Header, "authorization", true);
    assert_eq!(shown(&rules, "content-type", "text/html"), "text/html");
    assert_eq!(shown(&rules, "host", "h"), "REDACTED");
    assert_eq!(shown(&rules, "authorization", "Bearer abc"), "Bearer REDACTED");
    assert_eq!(shown(&rules, "proxy-authorization", "Bearer abc"), "REDACTED");
    assert_eq!(shown(&rules, "referer", "https://h/?page=1"), "https://h/?page=REDACTED");
}
