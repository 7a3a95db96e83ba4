use crate::redact::{Detector, Mask, Redactor, nested::scope, scan};
use http::HeaderValue;
use proptest::prelude::*;
use std::sync::LazyLock;

fn line(redactor: &Redactor, text: &str) -> String {
    let mut out = Vec::new();
    redactor.message(text.as_bytes(), &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn a_mask_holds_for_the_rules_after_it() {
    let redactor = Redactor::new()
        .query("a")
        .mask(Mask::last(2))
        .query("b")
        .pattern(regex::Regex::new("key-[0-9]+").unwrap())
        .path("/u/{id}")
        .mask(Mask::text("*"))
        .query("c")
        .query("token");
    assert_eq!(
        line(&redactor, "/u/12345678?a=12345678&b=12345678&c=12345678&token=x&sig=y key-56781234"),
        "/u/REDACTED…78?a=REDACTED&b=REDACTED…78&c=*&token=*&sig=REDACTED REDACTED…34",
    );
}

#[test]
fn the_replacement_holds_for_all_rules() {
    let redactor = Redactor::new().mask(Mask::last(2)).query("a").replacement("XXX").query("b");
    let redactor = redactor.mask(Mask::redacted()).query("c").path("/u/{id}").detect(Detector::Email);
    assert_eq!(
        line(&redactor, "/u/7?a=12345678&b=12345678&c=1&token=x Bearer y me@example.org"),
        "/u/XXX?a=XXX…78&b=XXX…78&c=XXX&token=XXX Bearer XXX XXX",
    );
}

#[test]
#[should_panic(expected = "`/games/:game` is no path template: a hidden segment is written `{name}`, not `:name`")]
fn a_template_that_cannot_be_panics() {
    let _ = Redactor::new().path("/games/:game");
}

#[test]
fn one_rule_disables_no_other() {
    let redactor = Redactor::new()
        .mask(Mask::with(|_| panic!("a fault of the user's")))
        .field("pin")
        .mask(Mask::redacted())
        .pattern(regex::Regex::new("acct-[0-9]+").unwrap())
        .detect(Detector::CardNumber);
    assert_eq!(
        line(&redactor, "a pin=1 acct-2 4111 1111 1111 1111 token=x"),
        "a pin=REDACTED REDACTED REDACTED token=REDACTED"
    );
}

#[test]
fn the_one_line_of_an_error_is_a_line() {
    let redactor = Redactor::new();
    assert_eq!(line(&redactor, "Cookie: sid=hunter2"), "Cookie: REDACTED");
    assert_eq!(line(&redactor, "API_KEY=hunter2 hunter2"), "API_KEY=REDACTED");
    assert_eq!(line(&redactor, "the Cookie: sid=1 ok"), "the Cookie: REDACTED ok");
    assert!(redactor.hides(b"token:abc") && !redactor.hides(b"trace:abc"));
}

#[test]
fn debug_shows_rules_and_no_keys() {
    let redactor = Redactor::none().query("sig").path("/a/{b}").mask(Mask::last(4)).header("x-a");
    let shown = format!("{redactor:?}");
    assert!(shown.contains("\"sig\"") && shown.contains("/a/{b}") && shown.contains("Mask::last"));
}

#[test]
fn hostile_text_is_escaped_wherever_it_stands() {
    let redactor = Redactor::new();
    assert_eq!(line(&redactor, "a\n< HTTP/1.1 200 \x1b[m token=x"), "a\\n< HTTP/1.1 200 \\x1b[m token=REDACTED");
    assert_eq!(line(&redactor.replacement("\n"), "token=x"), "token=\\n");
}

/// A rule of every kind.
static FULL: LazyLock<Redactor> = LazyLock::new(|| {
    Redactor::new()
        .header("x-client-id")
        .query("q")
        .field("pin")
        .path("/games/{game}/bet")
        .path("/files/{*rest}")
        .pattern(regex::Regex::new(r"acct-(?<secret>\d+)").unwrap())
        .detect(Detector::CardNumber)
        .detect(Detector::CloudKey)
        .detect(Detector::Email)
        .detect(Detector::Iban)
});

proptest! {
    #[test]
    fn no_text_panics_or_shows_a_control(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let redactor = &*FULL;
        let mut out = Vec::new();
        redactor.message(&bytes, &mut out);
        redactor.target(&bytes, &mut out);
        if let Ok(value) = HeaderValue::from_bytes(&bytes) {
            for name in ["cookie", "set-cookie", "authorization", "referer", "sec-websocket-protocol", "x-a"] {
                redactor.header_value(name.as_bytes(), (&value).into(), &mut out);
            }
        }
        let out = String::from_utf8(out).unwrap();
        prop_assert!(!out.contains(crate::escape::is_hostile));
        scan::hide_form(scope(&redactor.rules), &bytes, false);
    }

    #[test]
    fn no_body_panics_or_shows_a_control(
        body in "([a-z<>/=:&;\"'\\\\ \n{}\\[\\]!,.%-]|password|<token|</token|<!--|<!\\[CDATA\\[|\\]\\]>|&lt;|\\\\u00|name=|value=|export |data: |--B){0,24}",
        kind in 0..5usize,
    ) {
        let kinds = ["", "text/html", "application/x-www-form-urlencoded", "text/event-stream", "multipart/form-data; boundary=B"];
        let shown = FULL.show_body(kinds[kind], &body).unwrap_or_default();
        prop_assert!(shown.lines().all(|line| !line.contains(crate::escape::is_hostile)));
        let shown = Redactor::allow_only().show_body(kinds[kind], &body).unwrap_or_default();
        prop_assert!(shown.lines().all(|line| !line.contains(crate::escape::is_hostile)));
    }

    #[test]
    fn no_neighbour_uncovers_a_secret(
        before in "([a-z/?&=;#%+:\"' {}\\[\\].,<>@-]|%2[0-9A-F]|https://|Bearer |token=|/games/){0,8}",
        after in "([a-z/?&=;#%+:\"' {}\\[\\].,<>@-]|%2[0-9A-F]|https://|Bearer |token=|/games/){0,8}",
        secret in "[&?](token|password|user\\[secret\\]|%74oken)=CANARY",
    ) {
        let text = format!("{before}{secret}{after}");
        let redactor = &*FULL;
        let mut out = Vec::new();
        redactor.message(text.as_bytes(), &mut out);
        redactor.target(text.as_bytes(), &mut out);
        let hidden = scan::hide_form(scope(&redactor.rules), text.as_bytes(), true);
        out.extend(hidden.unwrap_or(text.clone().into_bytes()));
        let out = String::from_utf8_lossy(&out);
        prop_assert!(!out.contains("CANARY"), "{}: {}", text, out);
    }
}
