use crate::redact::{nested::scope, rules::Rules, scan::*};

fn default(text: &str) -> String {
    let rules = Rules::new();
    let hidden = hide_text(scope(&rules), text.as_bytes());
    if let Some(hidden) = &hidden {
        assert!(candidates(&rules, text.as_bytes()).any() || text.contains(':'), "ruled out: {text}");
        assert_eq!(hide_text(scope(&rules), hidden), None, "hidden again: {}", String::from_utf8_lossy(hidden));
    }
    hidden.map_or(text.into(), |hidden| String::from_utf8(hidden).unwrap())
}

#[test]
fn plain_text_stays() {
    for text in [
        "",
        "Hello, world",
        "a=b",
        "1 + 1 = 2",
        "100% = all",
        "x == y",
        "https://example.org:80/a?b=c#d",
        "12:30:45",
        "the token is gone",
        "monkey=1",
        "token_count=5 max_tokens=7",
        "{\"a\": 1}",
        "user@example.org",
        "a // b",
    ] {
        assert_eq!(default(text), text);
    }
}

#[test]
fn pairs_in_prose() {
    assert_eq!(default("login password=hunter2 user=jane"), "login password=REDACTED user=jane");
    assert_eq!(default("a password = it's, ok"), "a password = REDACTED, ok");
    assert_eq!(default("a password=\"a b\" c"), "a password=\"REDACTED\" c");
    assert_eq!(default("a password='a b' c"), "a password='REDACTED' c");
    assert_eq!(default("User{name=a, password=x}"), "User{name=a, password=REDACTED}");
    assert_eq!(default("href='/a?token=x' b"), "href='/a?token=REDACTED' b");
    assert_eq!(default("'password' => 'x'"), "'password' => 'REDACTED'");
    assert_eq!(default("a password=\"cut of"), "a password=\"REDACTED");
    assert_eq!(default("a&amp;token=x b"), "a&amp;token=REDACTED b");
}

#[test]
fn the_first_line_is_a_line() {
    assert_eq!(default("password: hunter2, too"), "password: REDACTED");
    assert_eq!(default("Cookie: sid=hunter2; a=b"), "Cookie: REDACTED");
    assert_eq!(default("- 'token': \"a b\" # c"), "- 'token': REDACTED");
    assert_eq!(default("export API_KEY=a b"), "export API_KEY=REDACTED");
    assert_eq!(default("password=a b&c=d"), "password=REDACTED");
    assert_eq!(default("// secret: a b"), "// secret: REDACTED");
    assert_eq!(default("{password: a, b: c}"), "{password: REDACTED");
    assert_eq!(default("{\"password\": a b, \"c\": d}"), "{\"password\": REDACTED");
    assert_eq!(default("{password\": \"a\", b: c}"), "{password\": REDACTED");
    assert_eq!(default("\"token\": a b"), "\"token\": REDACTED");
    assert_eq!(default("authorization:\n  Basic abc\nb: c"), "authorization:REDACTED\nb: c");
    // A form, a path and JSON keep what they show.
    assert_eq!(default("token=x&page=2"), "token=REDACTED&page=2");
    assert_eq!(default("/token:revoke"), "/token:revoke");
    assert_eq!(default("/token: hunter2"), "/token: REDACTED");
    assert_eq!(default("{\"password\": \"a b\", \"c\": 1}"), "{\"password\": \"REDACTED\", \"c\": 1}");
    assert_eq!(default("{\"password\":12, \"c\": 1}"), "{\"password\":REDACTED, \"c\": 1}");
    assert_eq!(default("'password': 'a', 'c': 1"), "'password': 'REDACTED', 'c': 1");
    assert_eq!(default("{password: \"a b\", user: \"c\"}"), "{password: \"REDACTED\", user: \"c\"}");
    for text in ["note: a", "12:30", "https://h/", "Set your password: click here", "see: token"] {
        assert_eq!(default(text), text);
    }
}

#[test]
fn json_in_prose() {
    assert_eq!(default("got {\"password\": \"a\\\"b\", \"c\": 1}"), "got {\"password\": \"REDACTED\", \"c\": 1}");
    assert_eq!(default("got {\"password\":12,\"c\":1}"), "got {\"password\":REDACTED,\"c\":1}");
    assert_eq!(default("got {'password': 'x'}"), "got {'password': 'REDACTED'}");
    assert_eq!(default(r#"got {\"password\":\"x\",\"c\":1}"#), r#"got {\"password\":\"REDACTED\",\"c\":1}"#);
    assert_eq!(default(r#"{"\u0070assword": "x", "c": 1}"#), r#"{"\u0070assword": "REDACTED", "c": 1}"#);
    assert_eq!(default("{ login(password: \"a b\", user: \"c\") }"), "{ login(password: \"REDACTED\", user: \"c\") }");
    assert_eq!(
        default(r#"7,"{""password"":""x y"",""a"":""b""}",c"#),
        r#"7,"{""password"":""REDACTED"",""a"":""b""}",c"#
    );
    assert_eq!(
        default(r#"f(password="""x y""", a="") or token="", b"#),
        r#"f(password="""REDACTED""", a="") or token="", b"#
    );
    assert_eq!(default("a password = 'it''s x' b = 'c'"), "a password = 'REDACTED' b = 'c'");
    assert_eq!(default(r#"a password=""x y b=""#), r#"a password=""REDACTED y b=""#);
    assert_eq!(default("{\"authorization\": \"Basic abc\"}"), "{\"authorization\": \"REDACTED\"}");
    assert_eq!(default("{\"cookie\": \"sid=1\"}"), "{\"cookie\": \"REDACTED\"}");
    assert_eq!(default("got {\"secret\": {\"a\": \"}\"}, \"c\": 2}"), "got {\"secret\": REDACTED, \"c\": 2}");
    assert_eq!(default("got {\"secret\": {\"a\": 1, \"c\": 2"), "got {\"secret\": REDACTED");
}

#[test]
fn what_stands_for_a_secret_elsewhere_is_none() {
    for text in ["password=${DB_PASSWORD}", "export TOKEN=${TOKEN}"] {
        assert_eq!(default(text), text);
    }
    assert_eq!(default("password: ${x y}"), "password: REDACTED");
    assert_eq!(default("Key (email, token)=(a@b.c, t1) exists"), "Key (email, token)=(REDACTED) exists");
}

#[test]
fn names_have_colons() {
    assert_eq!(default("got {\"ns:password\": \"x y\", \"c\": 1}"), "got {\"ns:password\": \"REDACTED\", \"c\": 1}");
    assert_eq!(default("{\"a\":\"b:c\",\"x:token\":12}"), "{\"a\":\"b:c\",\"x:token\":REDACTED}");
    assert_eq!(default("got token:x=hunter2 b"), "got token:REDACTED b");
    assert_eq!(default("a 12:30 b=c d:e=f {\"g:h\": \"i\"}"), "a 12:30 b=c d:e=f {\"g:h\": \"i\"}");
}

#[test]
fn escapes_in_prose() {
    assert_eq!(default(r#"got {"\u0070assword": "x", "c": 1}"#), r#"got {"\u0070assword": "REDACTED", "c": 1}"#);
    assert_eq!(default(r"got \u0070assword=x y"), "got password=REDACTED y");
    assert_eq!(default(r#"got {\u0070assword: "x"}"#), r#"got {password: "REDACTED"}"#);
    assert_eq!(default(r"/?a=1\u0026sig=x b"), r"/?a=1\u0026sig=REDACTED b");
    assert_eq!(default(r"{\u0022password\u0022:\u0022x\u0022}"), r#"{\"password\":\"REDACTED\"}"#);
    assert_eq!(default(r#"{"password":"a\u0022b"} c"#), r#"{"password":"REDACTED"} c"#);
    assert_eq!(default(r#"{"u":"https:\/\/a:b@h\/"} c"#), r#"{"u":"https://a:REDACTED@h/"} c"#);
    assert_eq!(default(r"got \u0042earer x"), "got Bearer REDACTED");
    assert_eq!(default("{&quot;token&quot;:&quot;x&quot;} y"), r#"{\"token\":\"REDACTED\"} y"#);
    assert_eq!(default("&lt;password&gt;x&lt;/password&gt; y"), "<password>REDACTED</password> y");
    assert_eq!(default(r"a\/b \u0041 &amp; c"), r"a\/b \u0041 &amp; c");
    assert_eq!(default("{&amp;quot;password&amp;quot;:&amp;quot;x y&amp;quot;} z"), r#"{\"password\":\"REDACTED\"} z"#);
    assert_eq!(
        default("&amp;amp;lt;password&amp;amp;gt;x&amp;amp;lt;/password&amp;amp;gt; y"),
        "<password>REDACTED</password> y"
    );
    assert_eq!(default(r"got \u005cu0070assword=x y"), r"got \password=REDACTED y");
    let slashes = r"http:\\\\\\\\\\\\\\\/\\\\\\\\\\\\\\\/h b";
    assert_eq!(default(slashes), slashes);
    assert_eq!(default(r"http:\\\\\\\/\\\\\\\/u:p@h b"), "http://u:REDACTED@h b");
    assert_eq!(default("a &amp;amp;amp;lt; b"), "a &amp;amp;amp;lt; b");
    let amps = "&".to_owned() + &"amp;".repeat(9);
    assert_eq!(default(&format!("a {amps}lt;password&gt;x")), "a <password>REDACTED");
    assert_eq!(default(&format!("Tom {amps} Jerry")), format!("Tom {amps} Jerry"));
    assert_eq!(default(&format!(r"got \{}u0070assword=x", "u005c".repeat(9))), "REDACTED");
}

#[test]
fn urls_in_prose() {
    assert_eq!(
        default("see https://a:b@h/?token=x, or /b?sig=y."),
        "see https://a:REDACTED@h/?token=REDACTED, or /b?sig=REDACTED"
    );
    assert_eq!(default("see https%3A%2F%2Fh%2F%3Ftoken%3Dx ok"), "see https%3A%2F%2Fh%2F%3Ftoken%3DREDACTED ok");
    assert_eq!(default("/?code=x code=y"), "/?code=REDACTED code=y");
    // JSON that breaks off hides the rest of its line.
    assert_eq!(default("/?d=%7B%22token%22:%20 \"x\", y\nz"), "/?d=REDACTED\nz");
    assert_eq!(default("/?d=%7B%22token%22%3A%22x=y z"), "/?d=REDACTED");
}

#[test]
fn shapes_in_prose() {
    assert_eq!(default("got Bearer abc, eyJhbGci.eyJzdWIi.c2ln"), "got Bearer REDACTED, REDACTED");
    assert_eq!(default("-----BEGIN PRIVATE KEY-----\nMII"), "REDACTED");
}
