use crate::redact::{
    head::cookie,
    nested::scope,
    rules::{Place, Rules},
    text::mask::Mask,
};

fn cookies(rules: &Rules, value: &str, set: bool) -> String {
    let all = rules.secret_header(if set { b"set-cookie" } else { b"cookie" });
    cookie::hide_cookies(scope(rules), value.as_bytes(), set, all.map(|hidden| hidden.mask))
        .map_or(value.into(), |hidden| String::from_utf8(hidden).unwrap())
}

#[test]
fn names_stay_and_values_go() {
    let rules = Rules::new();
    let cookie = |value| cookies(&rules, value, false);
    assert_eq!(cookie("a=1; b=2;c=3"), "a=REDACTED; b=REDACTED;c=REDACTED");
    assert_eq!(cookie("a=x=y; secret"), "a=REDACTED; REDACTED");
    assert_eq!(cookie("a=\"x;y\"; b="), "a=REDACTED;REDACTED; b=");
    assert_eq!(cookie("a=\"x\""), "a=\"REDACTED\"");
    assert_eq!(cookie("=x; a b=c"), "REDACTED; REDACTED");
    assert_eq!(cookie("eyJhbGciOi.eyJzdWIi.c2ln=; a=1"), "REDACTED; a=REDACTED");
}

#[test]
fn attributes_stay() {
    let rules = Rules::new();
    let set = |value| cookies(&rules, value, true);
    assert_eq!(
        set("id=a; Expires=Wed, 21 Oct 2015 07:28:00 GMT; Path=/; Max-Age=1; HttpOnly; SameSite=Lax"),
        "id=REDACTED; Expires=Wed, 21 Oct 2015 07:28:00 GMT; Path=/; Max-Age=1; HttpOnly; SameSite=Lax"
    );
    assert_eq!(set("id=a; mine=b; c"), "id=REDACTED; mine=REDACTED; REDACTED");
    assert_eq!(set("id=a; Path=/eyJhbGci.eyJz.c2ln"), "id=REDACTED; Path=/REDACTED");
    assert_eq!(set("Path=a"), "Path=REDACTED");
    assert_eq!(set("id=a; Path=/, id=b"), "id=REDACTED; Path=REDACTED");
}

#[test]
fn without_the_default_set_only_named_cookies_go() {
    let mut rules = Rules::none();
    assert_eq!(cookies(&rules, "sid=1; theme=dark", false), "sid=1; theme=dark");
    rules.add(Place::Cookie, "SID", false);
    assert_eq!(cookies(&rules, "sid=1; theme=dark", false), "sid=REDACTED; theme=dark");
}

#[test]
fn allowed_cookies_show() {
    let mut rules = Rules::allow_nothing();
    rules.add(Place::Cookie, "theme", true);
    assert_eq!(cookies(&rules, "sid=1; theme=dark", false), "sid=REDACTED; theme=dark");
    assert_eq!(cookies(&rules, "theme=a; Path=/; Secure", true), "theme=a; Path=REDACTED; Secure");
    rules.add(Place::Header, "set-cookie", true);
    assert_eq!(cookies(&rules, "theme=a; Path=/; Secure", true), "theme=a; Path=/; Secure");
    assert_eq!(cookies(&rules, "theme=eyJhbGci.eyJz.c2ln", false), "theme=REDACTED");
}

#[test]
fn a_cookie_has_its_own_mask() {
    let mut rules = Rules::new();
    rules.set_mask(Mask::text("*"));
    rules.add(Place::Cookie, "sid", false);
    rules.add(Place::Cookie, "token", false);
    assert_eq!(cookies(&rules, "sid=1; theme=dark; token=2", false), "sid=*; theme=REDACTED; token=*");
}
