use super::*;

fn part(text: &str, whole: bool) -> String {
    let rules = Rules::new();
    let mut edits = Edits::new(whole);
    find_content(&rules, text.as_bytes(), whole, &mut edits);
    edits
        .apply(text.as_bytes(), const { &Mask::redacted() })
        .map_or(text.into(), |hidden| String::from_utf8(hidden).unwrap())
}

fn shown(text: &str) -> String {
    part(text, true)
}

#[test]
fn the_content_of_elements_goes() {
    assert_eq!(shown("<a><password>x</password><b>1</b></a>"), "<a><password>REDACTED</password><b>1</b></a>");
    assert_eq!(shown("<Token type=\"a>b\">x</Token>y"), "<Token type=\"a>REDACTED</Token>y");
    assert_eq!(shown("<Token type=\"a/>b\">x</Token>y"), "<Token type=\"a/>REDACTED</Token>y");
    assert_eq!(shown("<token a=it's>x</token> it's>"), "<token a=it's>REDACTED</token> it's>");
    assert_eq!(
        shown("<wsse:Password Type='#PasswordText'>x</wsse:Password>"),
        "<wsse:Password Type='#PasswordText'>REDACTED</wsse:Password>"
    );
    assert_eq!(shown("<secret>\n  <a>x</a>\n</secret >\n"), "<secret>\n  <a>REDACTED</a>\n</secret >\n");
    assert_eq!(shown("<api-key>a<api-key>b</api-key>c</api-key>d"), "<api-key>REDACTED</api-key>d");
    assert_eq!(shown("<api-key>a<api-key/>b</API-KEY>c"), "<api-key>REDACTED</API-KEY>c");
    assert_eq!(shown("<token></token><token/>a"), "<token></token><token/>a");
}

#[test]
fn what_is_no_closing_tag_closes_nothing() {
    assert_eq!(shown("<password><![CDATA[a</password>b]]></password>c"), "<password>REDACTED</password>c");
    assert_eq!(shown("<password>a<!--</password>-->b</password>c"), "<password>REDACTED</password>c");
    assert_eq!(shown("<password>a</passwords>b</password>c"), "<password>REDACTED</password>c");
}

#[test]
fn what_is_not_closed_goes_to_the_end() {
    assert_eq!(shown("<password>a</b> c"), "<password>REDACTED</b> c");
    assert_eq!(shown("<a><password>b\nc<d>e</a>"), "<a><password>REDACTED<d>e</a>");
    assert_eq!(shown("<a><b>1</b><password>x\ny"), "<a><b>1</b><password>REDACTED");
    assert_eq!(shown("Usage: a --token <token> [-v]\nb <token>."), "Usage: a --token <token> [-v]\nb <token>.");
    assert_eq!(shown("x <token>y z\na"), "x <token>REDACTED\na");
    assert_eq!(part("x<password>a", false), "x<password>REDACTED");
    assert_eq!(part("x<password>a</passw", false), "x<password>REDACTED");
    assert_eq!(shown("expected Option<Token>, got Vec<Secret>"), "expected Option<Token>, got Vec<Secret>");
    assert_eq!(shown("x<password>a</password>"), "x<password>REDACTED</password>");
}

#[test]
fn the_values_of_fields_with_a_label_go() {
    assert_eq!(
        shown("<label>Webhook secret</label><input readonly value=\"x\"><input value=\"y\">"),
        "<label>Webhook secret</label><input readonly value=\"REDACTED\"><input value=\"y\">"
    );
    assert_eq!(shown("<label>Name</label><input value=\"x\">"), "<label>Name</label><input value=\"x\">");
    assert_eq!(shown("<code id=\"secret\">srbvqb7fi</code>"), "<code id=\"secret\">REDACTED</code>");
    assert_eq!(shown("<a id=\"secret\">Show it</a>"), "<a id=\"secret\">Show it</a>");
}

#[test]
fn the_values_of_elements_that_are_named_go() {
    assert_eq!(
        shown("<input type=hidden name=\"csrf_token\" value=\"abc\"><p>a"),
        "<input type=hidden name=\"csrf_token\" value=\"REDACTED\"><p>a"
    );
    assert_eq!(shown("<meta name='csrf-token' content='abc'/>"), "<meta name='csrf-token' content='REDACTED'/>");
    assert_eq!(shown("<add value=\"x\" key=\"password\" />"), "<add value=\"REDACTED\" key=\"password\" />");
    assert_eq!(shown("<entry key=\"password\">x</entry>"), "<entry key=\"password\">REDACTED</entry>");
    assert_eq!(shown("<entry key='password'>\n<![CDATA[x<y]]></entry>z"), "<entry key='password'>REDACTED]]></entry>z");
    assert_eq!(
        shown("<property name=\"password\"><value>x</value></property><value>y</value>"),
        "<property name=\"password\"><value>REDACTED</value></property><value>y</value>"
    );
    assert_eq!(
        shown("<data name=\"password\" xml:space=\"preserve\">\n  <!-- a -->\n  <value>x<i>y</i></value>\n</data>"),
        "<data name=\"password\" xml:space=\"preserve\">\n  <!-- a -->\n  <value>REDACTED</value>\n</data>"
    );
    assert_eq!(shown("<entry key='token'><value><![CDATA[x]]></value>"), "<entry key='token'><value>REDACTED</value>");
    assert_eq!(shown("<entry key='token'><a/><value>x"), "<entry key='token'><a/><value>REDACTED");
    assert_eq!(
        shown("<data name=\"user\"><value>x</value></data><form name='token'><p>a</p></form>"),
        "<data name=\"user\"><value>x</value></data><form name='token'><p>a</p></form>"
    );
    assert_eq!(shown("<password value=\"x\"/>"), "<password value=\"REDACTED\"/>");
    assert_eq!(
        shown("<input name=token value=x><meta name=token content=x><value>3</value>"),
        "<input name=token value=REDACTED><meta name=token content=REDACTED><value>3</value>"
    );
    assert_eq!(shown("<input name=password value=abc>"), "<input name=password value=REDACTED>");
    assert_eq!(shown("<input id=token value=x><p id=secret>y"), "<input id=token value=REDACTED><p id=secret>y");
    // Quotes that are escaped, as in a string of JSON, as often as it is one in another.
    assert_eq!(
        shown(r#"<a name=\"token\" value=\"x y\" b=\"c\">"#),
        r#"<a name=\"token\" value=\"REDACTED\" b=\"c\">"#
    );
    assert_eq!(shown(r#"<a name=\"token\" value=\"x \\\"y\" b>"#), r#"<a name=\"token\" value=\"REDACTED\" b>"#);
    assert_eq!(
        shown(r#"<a name=\\\"token\\\" value=\\\"x y\\\">"#),
        r#"<a name=\\\"token\\\" value=\\\"REDACTED\\\">"#
    );
    assert_eq!(shown(r#"<a name=""token"" value=""x y"" b>"#), r#"<a name=""token"" value=""REDACTED"" b>"#);
    assert_eq!(shown(r#"<a name=\""token\"" value=\""x y\"">"#), r#"<a name=\""token\"" value=\""REDACTED\"">"#);
    assert_eq!(shown(r#"<a name="token" value="" b=""/>"#), r#"<a name="token" value="" b=""/>"#);
    assert_eq!(shown(r#"<password value="x y\" a="b">c"#), r#"<password value="REDACTED" a="b">REDACTED"#);
    assert_eq!(shown("<form id=\"token\">\n<p>a</p>"), "<form id=\"token\">\n<p>a</p>");
    assert_eq!(shown("<input name=\"user\" value=\"jane\">"), "<input name=\"user\" value=\"jane\">");
}

#[test]
fn elements_that_are_never_closed_are_not_looked_for_again_and_again() {
    let text = "<a name=token><value>1</a>".repeat(99);
    let hidden = shown(&text);
    assert!(!hidden.contains('1') && hidden.ends_with("<value>REDACTED</a>"), "{hidden}");
    // There is an end, but for one of them only.
    let hidden = shown(&(text + "</value>"));
    assert!(!hidden.contains('1') && hidden.ends_with("<value>REDACTED"), "{hidden}");
}

#[test]
fn other_text_stays() {
    for text in [
        "a < b",
        "<p>password</p>",
        "1<2>3",
        "<",
        "<>",
        "</password>x",
        "<!-- a -->",
        "<a b=c",
        "<next_token>1</next_token>",
        "<a?token>1",
    ] {
        assert_eq!(shown(text), text);
    }
}
