use crate::{
    line_writer::LineWriter,
    redact::{Redactor, body::sse::print, nested::scope, text::content::Content},
};

fn print_cut(bytes: &[u8], shown: usize, whole: bool) -> (String, Option<String>) {
    let mut out = Vec::new();
    let content = Content { content_type: None, bytes, shown, whole };
    let left_out =
        print(scope(&Redactor::default().rules), &content, &mut LineWriter::new(&mut out, b"< ", usize::MAX));
    (String::from_utf8(out).unwrap(), left_out)
}

fn all(text: &str) -> String {
    let (out, left_out) = print_cut(text.as_bytes(), text.len(), true);
    assert_eq!(left_out, None);
    out
}

#[test]
fn json_data_is_compact_and_redacted() {
    assert_eq!(
        all(": hi\nevent: user\r\nid: 7\rdata: { \"a\": 1, \"password\": \"x\" }\nretry: 10\n\ndata:[DONE]\n\n"),
        "< : hi\n< event: user\n< id: 7\n< data: {\"a\":1,\"password\":\"REDACTED\"}\n< retry: 10\n<\n< data:[DONE]\n<\n"
    );
}

#[test]
fn json_over_several_lines_is_joined() {
    assert_eq!(
        all("data: {\ndata: \"password\"\nid: 1\ndata: : \"x\" }\n\n"),
        "< data: {\"password\":\"REDACTED\"}\n< id: 1\n<\n"
    );
}

#[test]
fn other_data_is_text() {
    assert_eq!(all("data: one\ndata:  two\ndata\n\nnonsense\n"), "< data: one\n< data:  two\n< data\n<\n< nonsense\n");
    assert_eq!(all("data: see {\"password\": \"x\"}\n\n"), "< data: see {\"password\": \"REDACTED\"}\n<\n");
    assert_eq!(
        all("data: see {\ndata: \"password\": \"x\"}\n\n"),
        "< data: see {\n< data: \"password\": \"REDACTED\"}\n<\n"
    );
    assert_eq!(all(": {\"password\": \"x\"}\n"), "< : {\"password\":\"REDACTED\"}\n");
    assert_eq!(all("\u{feff}data: \u{1b}[1m\n"), "< data: \\x1b[1m\n");
}

#[test]
fn fields_show_as_they_came() {
    assert_eq!(
        all("data:one\nDATA: two\nid:7\nEvent: x\ndata:\ndata: \ndata :three\nretry:  10\ndata\n:\n\n"),
        "< data:one\n< DATA: two\n< id:7\n< Event: x\n< data:\n< data: \n< data :three\n< retry:  10\n< data\n< :\n<\n"
    );
    assert_eq!(all("data:{ \"password\": 1 }\nid:1\n\n"), "< data:{\"password\":\"REDACTED\"}\n< id:1\n<\n");
    assert_eq!(
        all("Data:token=x\nid:token=x\npassword:x\ntoken: x\n\n"),
        "< Data:token=REDACTED\n< id:token=REDACTED\n< password:REDACTED\n< token: REDACTED\n<\n"
    );
    // The hidden part may have more lines or fewer: the private key had three.
    let key =
        "data:see\nDATA:-----BEGIN PRIVATE KEY-----\nid: 1\ndata: x\ndata:-----END PRIVATE KEY-----\ndata:end\n\n";
    assert_eq!(all(key), "< data:see\n< DATA:REDACTED\n< id: 1\n< data: end\n<\n");
    assert_eq!(all("data\ndata:{\"a\":1}{\"b\":2}\n\n"), "< data: {\"a\":1}\n< data:{\"b\":2}\n<\n");
    assert_eq!(all("DATA:{\"a\":1}{\"b\":2}\n\n"), "< DATA:{\"a\":1}\n< data: {\"b\":2}\n<\n");
    for (cut, shown) in
        [(2, "< da\n"), (5, "< data:\n"), (7, "< data:on\n"), (11, "< data:one\n"), (16, "< data:one\n< DATA: t\n")]
    {
        assert_eq!(print_cut(b"data:one\nDATA: two\n\n", cut, true).0, shown, "{cut}");
    }
}

#[test]
fn lines_that_no_event_has_are_looked_at_whole() {
    assert_eq!(
        all("id: 1\n{\"password\":\"x\"}\npassword: x\nretry-after: 1\n{\"a\":1}\n\n"),
        "< id: 1\n< {\"password\":\"REDACTED\"}\n< password: REDACTED\n< retry-after: 1\n< {\"a\":1}\n<\n"
    );
    // Broken over lines, which cannot be put together again.
    assert_eq!(all("id: 1\n{\"password\":\n\"x\"}\n\n"), "< id: 1\n< REDACTED\n< REDACTED\n<\n");
}

#[test]
fn no_cut_shows_a_secret() {
    let text = "id: 1\ndata: {\"a\":\"bc\",\ndata: \"password\": \"hunter2\"}\n\ndata: f({\"token\":\"hunter2\"})\ndata: x\n\n";
    for shown in 0..=text.len() {
        for (bytes, whole) in [(text, true), (&text[..shown], false), (&text[..shown], true)] {
            let (out, _) = print_cut(bytes.as_bytes(), shown, whole);
            assert!(!out.contains("hun"), "{shown}: {out}");
        }
    }
    assert_eq!(print_cut(text.as_bytes(), 19, true).0, "< id: 1\n< data: {\"a\":\"b\n");
    assert_eq!(print_cut(b"data: {\"a\":1", 12, true).1.unwrap(), "JSON ends in the middle");
}
