use crate::redact::{
    nested::scope,
    rules::{Place, Rules},
    scan::*,
    text::mask::Mask,
};

fn shown(rules: &Rules, form: &str) -> String {
    hide_form(scope(rules), form.as_bytes(), true).map_or(form.into(), |hidden| String::from_utf8(hidden).unwrap())
}

fn default(form: &str) -> String {
    shown(&Rules::new(), form)
}

#[test]
fn fields_go_by_name() {
    assert_eq!(default("user=jane&password=hunter2&x=1"), "user=jane&password=REDACTED&x=1");
    assert_eq!(default("user%5Bpassword%5D%5B0%5D=a+b&c=%20"), "user%5Bpassword%5D%5B0%5D=REDACTED&c=%20");
    assert_eq!(default("password=a;b=c#d?e&f=g"), "password=REDACTED&f=g");
    assert_eq!(default("password=a b \"c\"\nd"), "password=REDACTED");
    assert_eq!(default("code=1&a=1;token=x"), "code=1&a=1;token=REDACTED");
    assert_eq!(default("token:x=a&b=c&form:password=d&e:f=g"), "token:x=REDACTED&b=c&form:password=REDACTED&e:f=g");
    assert_eq!(default("%zz=x&a=b"), "%zz=REDACTED&a=b");
    assert_eq!(default("a=1&passwor"), "a=1&passwor");
    assert_eq!(default("a=1&password=h"), "a=1&password=REDACTED");
}

#[test]
fn values_are_looked_into() {
    assert_eq!(
        default("j=%7B%22secret%22%3A1%2C%22b%22%3A%5B1%5D%7D&a=1"),
        "j=%7B%22secret%22%3A%22REDACTED%22%2C%22b%22%3A%5B1%5D%7D&a=1"
    );
    assert_eq!(default("a={\"password\":\"x\",\"b\":1}"), "a={\"password\":\"REDACTED\",\"b\":1}");
    assert_eq!(default("a={\"b\":1, \"c\": 2}&password=x"), "a={\"b\":1, \"c\": 2}&password=REDACTED");
    assert_eq!(default("a=[{\"b+%26\":1,\"token\":2}]&c=1"), "a=[{\"b%20%26\":1,\"token\":\"REDACTED\"}]&c=1");
    assert_eq!(default("a={\"password\":\"x\",\"b\":&c=1"), "a=REDACTED&c=1");
    assert_eq!(default("a=[draft]&b={id}&c={password=x}"), "a=[draft]&b={id}&c=%7Bpassword%3DREDACTED");
    assert_eq!(default("f=a%3D1%26password%3Dx"), "f=a%3D1%26password%3DREDACTED");
    assert_eq!(default("u=https://a:b@h/?token=x&c=d"), "u=https://a:REDACTED@h/?token=REDACTED&c=d");
    assert_eq!(default("k=-----BEGIN+PRIVATE+KEY-----%0AMII%0A-----END+PRIVATE+KEY-----&a=1"), "k=REDACTED&a=1");
}

#[test]
fn values_are_lines() {
    assert_eq!(default("m=password: a=b&c=d"), "m=password:%20REDACTED&c=d");
    assert_eq!(default("u=/login?m=Cookie:%20sid=x&c=d"), "u=/login?m=Cookie%3A%20REDACTED&c=d");
    assert_eq!(default(&format!("m=token%{}3Ax&c=d", "25".repeat(10))), "m=REDACTED&c=d");
    assert_eq!(default("m=a=b:c&u=/x?y=z:12"), "m=a=b:c&u=/x?y=z:12");
    // Looks that find nothing are not taken for ever.
    let path = |times| format!("m{}&c=d", "=/token:x?".repeat(times));
    assert_eq!(default(&path(33)), path(33));
    assert_eq!(default(&path(99)), path(33).replace("&c", "=REDACTED&c"));
}

#[test]
fn markup_is_looked_into() {
    // As `curl -d` says of any text that it is a form.
    assert_eq!(default("<a><password>x</password></a>"), "<a><password>REDACTED</password></a>");
    assert_eq!(default("m=%3Cpassword%3Ex%3D%3C/password%3E&c=d"), "m=%3Cpassword%3EREDACTEDREDACTED&c=d");
    assert_eq!(default("a=1&b=<c>2</c>"), "a=1&b=<c>2</c>");
}

#[test]
fn a_mask_is_told_nothing_of_a_value_that_is_cut() {
    let mut rules = Rules::new();
    rules.set_mask(Mask::last(2));
    rules.add(Place::Field, "pin", false);
    let form = b"pin=12345678&pin=12345678";
    assert_eq!(hide_form(scope(&rules), form, true).unwrap(), "pin=REDACTED…78&pin=REDACTED…78".as_bytes());
    assert_eq!(hide_form(scope(&rules), form, false).unwrap(), "pin=REDACTED…78&pin=REDACTED".as_bytes());
    let form = b"u=%3Fpin%3D12345678&u=%3Fpin%3D12345678";
    let shown = "u=%3Fpin%3DREDACTED%E2%80%A678&u=%3Fpin%3DREDACTED";
    assert_eq!(hide_form(scope(&rules), form, false).unwrap(), shown.as_bytes());
}

#[test]
fn only_what_is_allowed_shows() {
    let mut rules = Rules::allow_nothing();
    rules.add(Place::Field, "currency", true);
    assert_eq!(shown(&rules, "currency=GBP&wager=1&bare"), "currency=GBP&wager=REDACTED&REDACTED");
}

#[test]
fn a_form_is_told_from_other_text() {
    for form in ["a=1", "a=1&b=2", "user[x]=1&c=d e", "a%5B%5D=1", "a=\n"] {
        assert!(looks_like_form(form.as_bytes()), "{form}");
    }
    for text in ["", "=", "a", "a b=c", "a = b", "a=b c", "<a href=x>", "{\"a\":\"b=c\"}", "a=1\nb=2", "a=\"b\""] {
        assert!(!looks_like_form(text.as_bytes()), "{text}");
    }
}

#[test]
fn pairs_give_names() {
    for (form, shown) in [
        ("name=password&value=x", "name=password&value=REDACTED"),
        ("value=x&key=api-key&a=b", "value=REDACTED&key=api-key&a=b"),
        (
            "env[0][name]=MODE&env[0][value]=a&env[1][name]=DB_PASSWORD&env[1][value]=x",
            "env[0][name]=MODE&env[0][value]=a&env[1][name]=DB_PASSWORD&env[1][value]=REDACTED",
        ),
        ("name=color&value=red", "name=color&value=red"),
    ] {
        let redactor = crate::redact::Redactor::new();
        assert_eq!(redactor.show_body("application/x-www-form-urlencoded", form).as_deref(), Some(shown));
    }
}

#[test]
fn a_text_whose_layers_are_undone_within_each_other_is_hidden_whole() {
    // JSON in a query or form, in a string, in a form; the string has escapes within those of the query.
    for form in [
        "a=1&data=%22q=1%26data=%257B%252%5Cu0032pas%2573word%252%5Cu0032%253A%2520%2522h%2575nter",
        "a=1&data=%22%5Cu0071=1%26data=%257B%252%5Cu0032pas%255C%5Cu002575%2530073word%252%5Cu0032%253A%2520%2522h%2575nter",
        "a=1&data=%22https:%5C/%5Cu002fh/a?data=%257B%252%5Cu0032pas%255Cu0073word%252%5Cu0032%253A%2520%2522h%2575nter%255%5Cu0%253",
        "a=1&data=%22%5C%22q=1%26data=%257B%2522token%25%5C%5Cu00322:%20%2522h%2575nter%5C%22",
    ] {
        assert_eq!(default(form), "a=1&data=REDACTED", "{form}");
    }
    let plain = "a=1&data=%22q=1%26data=%257B%252%5Cu0032user%2522%253A%2520%2522h%2575nter";
    assert_eq!(default(plain), plain);
}

#[test]
fn json_in_a_string_that_breaks_off_in_an_escape_goes_whole() {
    // `{"": {"x.signature.0": "…`, with escapes of escapes, the last of them begun.
    let form = concat!(
        "a=1&data=%22%7B%5C%75%30%30%32%32%5C%22%5C%75%30%30%33%61%20%5C%75%30%30%37%62%5C%22%5C%75%30%30%35%",
        "63%75%5C%75%30%30%33%30%30%5C%75%30%30%33%37%38%5C%75%30%30%32%65%5C%5C%5C%75%30%30%37%35%30%5C%75%3",
        "0%30%33%30%37%5C%75%30%30%33%33%69%5C%75%30%30%35%63%75%5C%75%30%30%33%30%30%5C%75%30%30%33%36%37%5C",
        "%75%30%30%36%65%5C%5C%5C%75%30%30%37%35%30%5C%75%30%30%33%30%36%5C%75%30%30%33%31%74%5C%75%30%30%35%",
        "63%75%5C%75%30%30%33%30%30%5C%75%30%30%33%37%35%5C%75%30%30%37%32%5C%5C%5C%75%30%30%37%35%30%5C%75%3",
        "0%30%33%30%36%5C%75%30%30%33%35%2E%5C%75%30%30%35%63%75%5C%75%30%30%33%30%30%5C%75%30%30%33%33%30%5C",
        "%75%30%30%32%32%3A%5C%75%30%30%32%30%5C%22%5C%75%30%30%34%33%5C%5C%5C%75%30%30%37%35%30%5C%75%30%30%",
        "33%30%33%5C%75%30%30%33%34%6E%5C%75%30%30%35%63%75%5C%75%30%30%33%30%30%5C%75%30%30%33%33%34%5C%75%3",
        "0%30%37%32%5C%5C%5C%75%30%30%37%35%30%5C%75%30%30%33%30%37%5C%75%30%30%33%39%5A%5C%75%30%30%35%63%75",
        "%5C%75%30%30%33%30%30%5C%75%30%30%33%37%31%5C%75%30%30%33%37%5C%5C%5C%75%30%30%37%35%30%5C%75",
    );
    assert_eq!(default(form), "a=1&data=REDACTED");
}
