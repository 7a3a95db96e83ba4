use crate::{
    line_writer::LineWriter,
    redact::{
        Redactor,
        body::render,
        nested::scope,
        text::content::{Content, Style},
    },
};

fn shown_cut(redactor: &Redactor, content_type: &str, body: &str, shown: usize) -> (String, Option<String>) {
    let mut out = Vec::new();
    let content = Content { content_type: Some(content_type.as_bytes()), bytes: body.as_bytes(), shown, whole: true };
    let writer = &mut LineWriter::new(&mut out, b"", usize::MAX);
    let report = render(scope(&redactor.rules), &content, Style::Compact, writer);
    (String::from_utf8(out).unwrap(), report.left_out)
}

#[track_caller]
fn check(content_type: &str, body: &str, shown: &str, left_out: &str) {
    let (out, note) = shown_cut(&Redactor::new(), content_type, body, body.len());
    assert_eq!((out.as_str(), note.as_deref()), (shown, Some(left_out)));
}

#[test]
fn a_line_that_is_broken_leaves_the_others_whole() {
    for content_type in [
        "application/ndjson",
        "application/x-ndjson; charset=utf-8",
        "application/jsonl",
        "Application/X-JSONLines",
        "application/json-lines",
        "application/jsonlines",
    ] {
        check(content_type, "{\"a\":1\n{\"b\":2}\n", "{\"a\":1\n{\"b\":2}\n", "1 document not JSON, 0 bytes left out");
    }
    let body = "{\"a\":1}\r\n{\"b\":nope}\r\n\r\n{\"c\":\"\n[1,\noops\n{\"d\":\"x\"}\n{\"password\":\"x\"}\n";
    check(
        "application/x-ndjson",
        body,
        "{\"a\":1}\n{\"b\":n\n{\"c\":\"\n[1,\n{\"d\":\"x\"}\n{\"password\":\"REDACTED\"}\n",
        "3 documents not JSON, 8 bytes left out",
    );
    check("application/jsonl", "oops\n{\"b\":2}", "{\"b\":2}\n", "1 document not JSON, 4 bytes left out");
    check(
        "application/json-seq",
        "\u{1e}{\"a\":tru\n\u{1e}{\n\"b\":2}\n\u{1e}3\n",
        "{\"a\":tru\n{\"b\":2}\n3\n",
        "1 document not JSON, 0 bytes left out",
    );
}

#[test]
fn elsewhere_what_follows_may_be_anything() {
    for content_type in ["application/json", "text/plain", "application/problem+json", ""] {
        let left_out = "not JSON from byte 7 on, shown as text";
        check(content_type, "{\"a\":1\n{\"b\":2}\n", "{\"a\":1\n{\"b\":2}\n", left_out);
        let left_out = "not JSON from byte 7 on, 14 bytes left out";
        check(content_type, "{\"a\":1\n{\"password\":2}\n", "{\"a\":1\n", &left_out.replace("14", "15"));
    }
}

#[test]
fn nothing_is_shown_behind_a_broken_line_with_a_secrets_name() {
    let ndjson = "application/x-ndjson";
    for name in ["password", "pass\\u0077ord", "user password", "a.b.sessionToken", "x\":\"\\\"pass\\\\u0077ord\\\""] {
        let body = format!("{{\"a\":1}}\n{{\"{name}\":[oops,\n{{\"x\":\"hunter2\"}}\n{{\"x\":\"hunter2\"}}\n");
        let (out, left_out) = shown_cut(&Redactor::new(), ndjson, &body, body.len());
        assert!(out.starts_with("{\"a\":1}\n{") && !out.contains("hunter2"), "{out}");
        assert!(left_out.unwrap().starts_with("not JSON from byte "));
    }
    // The second one that is broken, too.
    check(
        ndjson,
        "{\"a\":x}\n{\"b\":1}\n{\"token\":[\n{\"x\":\"hunter2\"}\n]}\n{\"c\":x\n",
        "{\"a\":\n{\"b\":1}\n{\"token\":\"REDACTED\"\n",
        "2 documents not JSON, 28 bytes left out",
    );
    // It may go on into the next one.
    for body in ["{\"a\":{\"pass\\\nword\":\n{\"x\":\"hunter2\"}}\n", "{\"a\":\"b\n{\"password\":\"hunter2\"}\n"] {
        assert!(!shown_cut(&Redactor::new(), ndjson, body, body.len()).0.contains("hunter2"), "{body}");
    }
    for begin in ["-----BEGIN PRIVATE KEY-----", "<secret>", "see Bearer abc", "to https://u:p@h/"] {
        let body = format!("{{\"a\":\"{begin}\n{{\"x\":\"hunter2\"}}\n");
        assert!(!shown_cut(&Redactor::new(), ndjson, &body, body.len()).0.contains("hunter2"), "{body}");
    }
    for begin in ["\"password\" : [\n", "\"password\"\n: [\n", "{\"a\":1}\n\"password\"\n:\n[\n"] {
        let body = format!("{begin}{{\"x\":\"hunter2\"}}\n");
        assert!(!shown_cut(&Redactor::new(), ndjson, &body, body.len()).0.contains("hunter2"), "{body}");
    }
}

#[test]
fn rules_of_place_let_nothing_go_on() {
    let body = "{\"cards\":[x,\n{\"pan\":\"hunter2\"}\n";
    let first = "{\"cards\":[\n".to_owned();
    let left_out = Some("not JSON from byte 10 on, 21 bytes left out".to_owned());
    for redactor in
        [Redactor::new().json_path("$.cards[*].pan"), Redactor::allow_only().allow_field("cards").allow_field("pan")]
    {
        assert_eq!(shown_cut(&redactor, "application/jsonl", body, body.len()), (first.clone(), left_out.clone()));
    }
    let by_name = Redactor::new().field("Cards");
    assert!(!shown_cut(&by_name, "application/jsonl", body, body.len()).0.contains("hunter2"));
    assert!(shown_cut(&Redactor::none(), "application/jsonl", body, body.len()).0.contains("hunter2"));
}

#[test]
fn no_cut_shows_more() {
    let body = "{\"a\":1\n{\"b\":\"hunter\"}\n{\"token\":\"hunter2\"\n{\"c\":\"hunter2\"}\n";
    for shown in 0..body.len() {
        let (out, _) = shown_cut(&Redactor::new(), "application/jsonl", body, shown);
        assert!(!out.contains("hunter2") && out.len() <= shown + 10, "{shown}: {out}");
    }
    let (out, left_out) = shown_cut(&Redactor::new(), "application/jsonl", body, 14);
    assert_eq!(
        (out.as_str(), left_out.as_deref()),
        ("{\"a\":1\n{\"b\":\"h\n", Some("1 document not JSON, 0 bytes left out"))
    );
}
