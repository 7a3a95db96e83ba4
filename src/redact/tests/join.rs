//! Redactors that are joined: what either hides is hidden.

use crate::redact::{Detector, Mask, Redactor};

fn pattern(regex: &str) -> Redactor {
    Redactor::none().pattern(regex::Regex::new(regex).unwrap())
}

/// Returns how a redactor shows things that others hide.
fn shown(redactor: &Redactor) -> [String; 6] {
    let json = r#"{"iban":"GB33","user":{"pan":"4111"},"password":"hunter2","n":"acct-7","mail":"ada@h.example"}"#;
    [
        redactor.show_header("x-pin", "GB33 acct-7"),
        redactor.show_header("cookie", "theme=dark; sid=5c0b"),
        redactor.show_header("authorization", "Basic YWRhOnB3"),
        redactor.show_target("/games/g1/bet?iban=GB33&page=2"),
        redactor.show_body("application/json", json).unwrap_or_default(),
        redactor.show_body("text/plain", "password=hunter2 for acct-7").unwrap_or_default(),
    ]
}

const SECRETS: [&str; 11] =
    ["GB33", "acct-7", "dark", "5c0b", "YWRhOnB3", "g1", "page=2", "4111", "hunter2", "ada@h.example", "=2"];

#[test]
fn what_either_hides_is_hidden() {
    let redactors = [
        Redactor::none(),
        Redactor::new(),
        Redactor::allow_only(),
        Redactor::allow_only().allow_header("x-pin").allow_field("n").allow_query("page").allow_cookie("theme"),
        Redactor::none().header("x-pin").query("iban").field("iban").cookie("sid"),
        Redactor::new().allow_field("password").allow_cookie("theme").allow_header("authorization"),
        Redactor::none().path("/games/{game}/bet").json_path("$.user.pan"),
        Redactor::none().path("/games/g1/{what}").json_path("$.iban"),
        pattern(r"acct-\d"),
        pattern("^GB").detect(Detector::Email),
        Redactor::none().mask(Mask::last(1)).field("password"),
    ];
    for one in &redactors {
        for other in &redactors {
            let joined = shown(&one.join(other));
            for (of_each, shown) in shown(one).iter().zip(shown(other)).zip(joined) {
                for secret in SECRETS {
                    let hidden = !of_each.0.contains(secret) || !of_each.1.contains(secret);
                    assert!(!hidden || !shown.contains(secret), "{one:?}\n{other:?}\n{secret} in {shown}");
                }
            }
        }
    }
}

#[test]
fn what_neither_hides_shows() {
    let one = Redactor::new().field("iban");
    let other = Redactor::none().field("pan").path("/games/{game}");
    for joined in [one.join(&other), other.join(&one), one.join(&other).join(&one)] {
        assert_eq!(
            joined.show_body("application/json", r#"{"iban":"1","pan":"2","user":"ada","n":1.0}"#).unwrap(),
            "{\n    \"iban\": \"REDACTED\",\n    \"pan\": \"REDACTED\",\n    \"user\": \"ada\",\n    \"n\": 1.0\n}"
        );
        assert_eq!(joined.show_target("/games/7?page=2&token=x"), "/games/REDACTED?page=2&token=REDACTED");
        assert_eq!(joined.show_header("accept", "text/html"), "text/html");
    }
}

#[test]
fn a_rule_hides_where_words_let_values_vote() {
    let joined = Redactor::new().join(&Redactor::none().field("password"));
    assert_eq!(
        joined.show_body("application/json", r#"{"password":true}"#),
        Redactor::none().field("password").show_body("application/json", r#"{"password":true}"#)
    );
}
