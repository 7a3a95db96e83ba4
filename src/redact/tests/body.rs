use crate::{
    line_writer::LineWriter,
    redact::{
        Redactor,
        body::{is_text, render},
        nested::scope,
        text::content::{Content, Kind, Report, Style, whole_characters},
    },
};
use proptest::prelude::Strategy;

fn print(content_type: &str, bytes: &[u8]) -> (String, Report) {
    let mut out = Vec::new();
    let content_type = (!content_type.is_empty()).then_some(content_type.as_bytes());
    let content = Content { content_type, bytes, shown: bytes.len(), whole: true };
    let report = render(
        scope(&Redactor::default().rules),
        &content,
        Style::Pretty,
        &mut LineWriter::new(&mut out, b"> ", usize::MAX),
    );
    (String::from_utf8(out).unwrap(), report)
}

fn kind(content_type: &str, bytes: impl AsRef<[u8]>) -> Kind {
    print(content_type, bytes.as_ref()).1.kind
}

proptest::proptest! {
    #[test]
    fn what_is_plainly_json_is_so_when_looked_at(
        content_type in "application/json(;| |x)?",
        bytes in "[\\[{]{0,2}[-\\[{}\\]\":,a1 \n]{0,8}(--a\nContent-)?",
    ) {
        // White space in front takes the careful way.
        let careful = format!(" {content_type}");
        proptest::prop_assert_eq!(kind(&content_type, &bytes), kind(&careful, &bytes));
    }

}

#[test]
fn text_is_printed_line_by_line() {
    let (out, report) = print("text/plain", b"one\r\n\ntw\ro\tx\n< HTTP/1.1 200 OK\n\n");
    assert_eq!(out, "> one\n>\n> tw\\ro\\tx\n> < HTTP/1.1 200 OK\n>\n");
    assert_eq!((report.kind, report.documents, report.left_out), (Kind::Text, 0, None));
    assert_eq!(print("text/plain", b"").0, "");
    assert_eq!(print("text/plain", b"\n").0, ">\n");
    assert_eq!(print("text/plain", b"caf\xe9, as it was").0, "> caf\\xe9, as it was\n");
}

#[test]
fn json_that_is_sent_as_a_form_may_be_one() {
    let form = |body: &str| print("application/x-www-form-urlencoded; charset=utf-8", body.as_bytes());
    assert_eq!(form("{\"u\":\"?a=1&token=x\"}").0, "> {\n>     \"u\": \"?a=1&token=REDACTED\"\n> }\n");
    assert_eq!(form("{\"u\":\"?a=1&b=x").0, "> {\n>     \"u\": \"?a=1&b=x\n");
    for body in ["{\"a&token=b c\nhunter2", "{\"a\":1}&password=b hunter2", "[{\"a&%74oken=b hunter2"] {
        let (out, report) = form(body);
        assert_eq!((out.as_str(), report.documents), ("", 0), "{body}");
        assert_eq!(report.left_out, Some(format!("JSON or a form, {} bytes left out", body.len())));
    }
}

#[test]
fn lines_and_elements_that_bear_secrets_are_hidden_in_text() {
    assert_eq!(print("", b"password: hunter2").0, "> password: REDACTED\n");
    assert_eq!(
        print("message/http", b"GET / HTTP/1.1\r\nCookie: a=b\r\nAuthorization: Basic abc\r\n\r\nok").0,
        "> GET / HTTP/1.1\n> Cookie: REDACTED\n> Authorization: REDACTED\n>\n> ok\n"
    );
    assert_eq!(
        print("application/xml", b"<a>\n  <password>hunter2</password>\n</a>").0,
        "> <a>\n>   <password>REDACTED</password>\n> </a>\n"
    );
    assert_eq!(
        print("application/json", br#"{"a":"<token>x</token>","b":"note\npassword: x y","c":"\u003csecret>x"}"#).0,
        "> {\n>     \"a\": \"<token>REDACTED</token>\",\n>     \"b\": \"note\\npassword: REDACTED\",\n>     \"c\": \"<secret>REDACTED\"\n> }\n"
    );
}

#[test]
fn no_cut_uncovers_a_secret() {
    let redactor = Redactor::default().field("pin").mask(crate::Mask::last(4)).field("card").header("x-card");
    for (content_type, body) in [
        ("", "a: b\npassword: hunter2\n  hunter2\nc: d\n"),
        ("", "> Cookie: hunter2=hunter2; hunter2\r\n> X-Card: xhunter2hunter2hunter2x\r\n"),
        ("", "export API_KEY=\"hunter2\"\nb=c\n"),
        ("text/xml", "<a>b<Password t=\"u\">hunter2<b>hunter2</b></Password>c</a>"),
        ("text/xml", "<a><card><![CDATA[xxhunter2hunter2</card>hunter2]]></card></a>"),
        ("text/html", "<p>a<input name=\"csrf_token\" value=\"hunter2\"><meta content='hunter2' name=token></p>"),
        ("text/plain", r#"got {"\u0070assword": "hunter2", "u": "https:\/\/a:hunter2@b\/"} \u0074oken=hunter2 c"#),
        ("text/plain", "a {&quot;token&quot;:&quot;hunter2&quot;} &lt;secret&gt;hunter2&lt;/secret&gt; b"),
        ("application/x-www-form-urlencoded", "a={\"password\":\"hunter2\",\"b\":1}&card=xxhunter2hunter2hunter2&c=d"),
        ("application/x-www-form-urlencoded", "a=%7B%22card%22%3A%22xxhunter2hunter2hunter2%22%7D&pin=hunter2"),
        (
            "text/event-stream",
            "token: hunter2\ndata: {\"pin\":\"hunter2\"}\ndata: x\n\nid: token=hunter2\ndata: <pin>hunter2</pin>\n\n",
        ),
        (
            "multipart/form-data; boundary=B",
            "--B\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\npassword: hunter2\r\n<pin>hunter2</pin>\r\n--B--",
        ),
        (
            "application/json",
            r#"{"a":"b\npassword: hunter2\nc","x":"<pin>hunter2</pin>","f":"a={\"pin\":\"hunter2\"}"}"#,
        ),
    ] {
        let bytes = body.as_bytes();
        for shown in 0..=bytes.len() {
            for (captured, whole) in
                [(bytes.len(), true), (bytes.len(), false), (shown, false), (bytes.len().min(shown + 5), false)]
            {
                let mut out = Vec::new();
                let content =
                    Content { content_type: Some(content_type.as_bytes()), bytes: &bytes[..captured], shown, whole };
                render(
                    scope(&redactor.rules),
                    &content,
                    Style::Pretty,
                    &mut LineWriter::new(&mut out, b"", usize::MAX),
                );
                let out = String::from_utf8(out).unwrap();
                assert!(!out.contains("hun"), "{content_type}: {:?}, {captured} captured\n{out}", &body[..shown]);
            }
        }
    }
}

#[test]
fn json_is_found_behind_any_type() {
    for content_type in [
        "",
        "application/json",
        "Application/Problem+JSON; charset=utf-8",
        "text/plain",
        "text/html",
        "application/octet-stream",
        "application/x-www-form-urlencoded",
        "application/x-ndjson",
    ] {
        let (out, report) = print(content_type, b"\xef\xbb\xbf {\"password\":1}");
        assert_eq!(out, "> {\n>     \"password\": \"REDACTED\"\n> }\n", "{content_type}");
        assert_eq!((report.kind, report.documents), (Kind::Json, 1));
    }
    assert_eq!(kind("application/json", "12"), Kind::Json);
    assert_eq!(kind("application/json", ""), Kind::Json);
    assert_eq!(kind("text/plain", "12"), Kind::Text);
    assert_eq!(kind("text/plain", "[draft] hello"), Kind::Text);
    assert_eq!(kind("text/plain", "[1] See there"), Kind::Text);
    assert_eq!(kind("text/plain", "{{name}}"), Kind::Text);
}

#[test]
fn what_is_said_to_be_json_and_is_not_shows_only_where_it_is_plain_words() {
    assert_eq!(print("application/json", b"upstream error").0, "> upstream error\n");
    let (out, report) = print("application/json", b")]}',\n{\"password\":\"hunter2\"}");
    assert_eq!(out, "");
    assert_eq!(report.left_out.unwrap(), "not JSON from byte 0 on, 28 bytes left out");
    assert_eq!(print("text/javascript", b"f({\"password\":\"hunter2\"})").0, "> f({\"password\":\"REDACTED\"})\n");
}

#[test]
fn events_and_multipart_are_found_where_nothing_says_so() {
    assert_eq!(print("", b"data: {\"password\": 1}\n\n").0, "> data: {\"password\":\"REDACTED\"}\n>\n");
    let body = b"--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2\r\n--B--\r\n";
    let out = "> --B\n> Content-Disposition: form-data; name=\"password\"\n>\n> REDACTED\n> --B--\n";
    for content_type in ["", "text/plain", "application/json", "application/x-www-form-urlencoded"] {
        assert_eq!(print(content_type, body).0, out);
    }
    assert_eq!(kind("multipart/form-data; boundary=B", "{\"a\":1}"), Kind::Json);
    assert_eq!(kind("text/event-stream", "{\"a\":1}"), Kind::Json);
    assert_eq!(kind("", "\"{\\u0022a\\u0022:1}\"\n\"b\""), Kind::Json);
    assert_eq!(kind("", "\"a\\u0062"), Kind::Json);
    assert_eq!(kind("", "\"a\",\"b\"\n"), Kind::Text);
    assert_eq!(kind("", "\"C:\\\\a\" is a path"), Kind::Text);
    assert_eq!(kind("text/plain", "-- \nregards"), Kind::Text);
}

#[test]
fn binary_is_told_from_text_by_all_of_it() {
    assert_eq!(kind("", b"GIF89a, looks like text\0"), Kind::Binary);
    assert_eq!(kind("text/plain", b"text first\0"), Kind::Binary);
    assert_eq!(kind("application/octet-stream", b"\x08\x96\x01"), Kind::Binary);
    assert_eq!(kind("application/octet-stream", "plain enough"), Kind::Text);
    assert_eq!(kind("", "日本語"), Kind::Text);
    assert_eq!(kind("text/plain", "\x1b[31mred\x1b[0m"), Kind::Text);
    let (out, report) = print("image/png", b"{\"a\":1}");
    assert_eq!((out.as_str(), report.kind, report.left_out), ("", Kind::Binary, None));
}

#[test]
fn types_that_are_never_text_are_known() {
    for content_type in [
        "image/png",
        "IMAGE/PNG; q=1",
        "audio/ogg",
        "video/mp4",
        "font/woff2",
        "application/pdf",
        "application/zip",
        "application/grpc",
        "application/grpc+json",
        "application/grpc-web-text",
        "application/x-protobuf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/epub+zip",
        "application/wasm",
    ] {
        assert!(!is_text(Some(content_type.as_bytes())), "{content_type}");
    }
    for content_type in [
        "",
        "text/plain",
        "image/svg+xml",
        "application/json",
        "application/octet-stream",
        "multipart/form-data",
        "weird",
        "application/xhtml+xml",
    ] {
        assert!(is_text(Some(content_type.as_bytes())), "{content_type}");
    }
    assert!(is_text(None));
}

#[test]
fn a_cut_leaves_no_half_of_a_character() {
    let mut out = Vec::new();
    let content = Content { content_type: None, bytes: "aé€".as_bytes(), shown: 5, whole: true };
    render(scope(&Redactor::default().rules), &content, Style::Pretty, &mut LineWriter::new(&mut out, b"", usize::MAX));
    assert_eq!(out, "aé\n".as_bytes());
    assert_eq!(whole_characters(b"a\xe2\x82", true), b"a\xe2\x82");
    assert_eq!(whole_characters(b"a\xe2\x82", false), b"a");
    assert_eq!(whole_characters(b"a\xff", false), b"a\xff");
}

/// Documents in which nothing shows of `s3cr3t`, and the types they come under.
const CANARIES: &[(&str, &str)] = &[
    ("application/json", r#"{"a":[{"pass-word":"s3cr3t"}],"b":{"ACCESS_TOKEN":{"x":["s3cr3t","}"]}},"c":1}"#),
    ("application/json", r#"{"a":"{\"b\":\"{\\\"secret\\\":\\\"s3cr3t\\\"}\"}","c":"x=1&password=s3cr3t"}"#),
    ("application/json", r#"["see https://user:s3cr3t@host/?a=b&token=s3cr3t#c", "Bearer s3cr3t", "a"]"#),
    ("application/json", r#"["a\nlogin {\"password\": \"s3cr3t\"}", "password=s3cr3t", "\u0042earer s3cr3t"]"#),
    ("application/json", r#"["-----BEGIN PRIVATE KEY-----\nMIIs3cr3t\n-----END PRIVATE KEY-----", 1]"#),
    ("application/x-ndjson", "{\"token\":\"s3cr3t\"}\n{\"a\":\"b\",\"token\":[\"s3cr3t\"]}\n"),
    ("application/x-ndjson", "{\"a\":1\n{\"token\":\"s3cr3t\"}\n{\"b\":x,\"token\":[\n{\"c\":\"s3cr3t\"}\n]}\n"),
    (
        "application/json-seq",
        "\u{1e}{\"a\":1\n\u{1e}{\"token\":\"s3cr3t\"}\n\u{1e}{\"token\":[\n\u{1e}{\"c\":\"s3cr3t\"}\n",
    ),
    ("text/plain", " {\"token\":\"s3cr3t\"} "),
    ("text/plain", "one\ntwo Bearer s3cr3t\nhttps://user:s3cr3t@host/?token=s3cr3t x\n"),
    ("text/plain", "key\n-----BEGIN RSA PRIVATE KEY-----\nMIIs3cr3t\ns3cr3t\n-----END RSA PRIVATE KEY-----\nend"),
    ("text/html", "<a href=\"/x?token=s3cr3t&a=b\">x</a> <script>f({\"password\":\"s3cr3t\"})</script>"),
    ("application/javascript", "f({'password': 's3cr3t', 'a': 1})"),
    ("application/x-www-form-urlencoded", "a=1&password=s3cr3t&user%5Btoken%5D=s3cr3t&u=https://h/?token%3Ds3cr3t&z=2"),
    ("", "a=1&password=s3cr3t"),
    ("application/json", "a=1&password=s3cr3t&b=3"),
    (
        "text/event-stream",
        "id: 1\ndata: {\"a\":1,\ndata: \"token\":\"s3cr3t\"}\n\n: Bearer s3cr3t\ndata: password=s3cr3t\n\n",
    ),
    ("text/event-stream", "data: -----BEGIN PRIVATE KEY-----\ndata: s3cr3t\ndata: -----END PRIVATE KEY-----\n\n"),
    (
        "multipart/form-data; boundary=B",
        "--B\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\ns3cr3t\r\n--B\r\nContent-Disposition: form-data; name=\"a\"\r\nAuthorization: Bearer s3cr3t\r\n\r\nx=1&password=s3cr3t\r\n--B--",
    ),
    ("multipart/mixed; boundary=B", "--B\r\nContent-Type: application/json\r\n\r\n{\"password\":\"s3cr3t\"}\r\n--B--"),
];

#[test]
fn no_cut_shows_a_secret() {
    for (content_type, document) in CANARIES {
        for shown in 0..=document.len() {
            for (bytes, whole) in [(*document, true), (&document[..shown], false), (&document[..shown], true)] {
                for style in [Style::Pretty, Style::Compact] {
                    let mut out = Vec::new();
                    let content_type = (!content_type.is_empty()).then_some(content_type.as_bytes());
                    let content = Content { content_type, bytes: bytes.as_bytes(), shown, whole };
                    render(
                        scope(&Redactor::new().rules),
                        &content,
                        style,
                        &mut LineWriter::new(&mut out, b"", usize::MAX),
                    );
                    let out = String::from_utf8(out).unwrap();
                    assert!(!out.contains("s3c"), "{document}\ncut at {shown} of {}:\n{out}", bytes.len());
                }
            }
        }
    }
}

#[test]
fn a_cut_through_a_secret_keeps_what_is_before_it() {
    let part = |content_type: &str, bytes: &str, shown| {
        let mut out = Vec::new();
        let content =
            Content { content_type: Some(content_type.as_bytes()), bytes: bytes.as_bytes(), shown, whole: true };
        render(scope(&Redactor::new().rules), &content, Style::Pretty, &mut LineWriter::new(&mut out, b"", usize::MAX));
        String::from_utf8(out).unwrap()
    };
    let text = "see eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl and more";
    assert_eq!(part("text/plain", text, 6), "see REDACTED\n");
    assert_eq!(part("text/plain", text, 30), "see REDACTED\n");
    assert_eq!(part("text/plain", text, 57), "see REDACTED and\n");
    assert_eq!(part("application/x-www-form-urlencoded", "a=b&token=hunter2&c=d", 13), "a=b&token=REDACTED\n");
    assert_eq!(part("application/x-www-form-urlencoded", "a=b&token=hunter2&c=d", 19), "a=b&token=REDACTED&c\n");
    assert_eq!(part("application/json", "[1,\"see Bearer hunter2 there\"]", 18), "[\n    1,\n    \"REDACTED\"\n");
}

fn under(redactor: &Redactor, content_type: &str, body: &str) -> String {
    let mut out = Vec::new();
    let content =
        Content { content_type: Some(content_type.as_bytes()), bytes: body.as_bytes(), shown: body.len(), whole: true };
    render(scope(&redactor.rules), &content, Style::Compact, &mut LineWriter::new(&mut out, b"", usize::MAX));
    String::from_utf8(out).unwrap()
}

#[test]
fn only_what_is_allowed_shows() {
    let redactor = Redactor::allow_only().allow_field("user").allow_field("name").allow_field("tags");
    let json = |body| under(&redactor, "application/json", body);
    assert_eq!(
        json(r#"{"user":{"name":"n","age":3,"tags":[1,"a"]},"pets":[{"name":"m"}],"password":"x"}"#),
        "{\"user\":{\"name\":\"n\",\"age\":\"REDACTED\",\"tags\":[1,\"a\"]},\"pets\":\"REDACTED\",\"password\":\"REDACTED\"}\n"
    );
    assert_eq!(
        json(r#"[1,"a",true,null,{"name":"n"},[2,[]]]"#),
        "[\"REDACTED\",\"REDACTED\",\"REDACTED\",\"REDACTED\",{\"name\":\"n\"},[\"REDACTED\",[]]]\n"
    );
    assert_eq!(json("\"a\""), "\"REDACTED\"\n");
    assert_eq!(json("12"), "\"REDACTED\"\n");
    assert_eq!(
        json(r#"{"name":"{\"name\":\"n\",\"age\":3}","user":"[1]"}"#),
        "{\"name\":\"{\\\"name\\\":\\\"n\\\",\\\"age\\\":\\\"REDACTED\\\"}\",\"user\":\"[1]\"}\n"
    );
    assert_eq!(under(&redactor, "application/x-www-form-urlencoded", "name=n&age=3"), "name=n&age=REDACTED\n");
    assert_eq!(under(&redactor, "text/plain", "some words"), "");
    assert_eq!(
        under(&redactor, "text/event-stream", ": c\nevent: e\nid: 7\ndata: {\"name\":1,\"age\":3}\n\ndata: text\n\n"),
        ": REDACTED\nevent: e\nid: REDACTED\ndata: {\"name\":1,\"age\":\"REDACTED\"}\n\ndata: REDACTED\n\n"
    );
    let part = |name: &str| format!("--B\r\nContent-Disposition: form-data; {name}\r\n\r\nvalue\r\n");
    let body = part("name=name") + &part("name=age") + &part("name=pic; filename=me.png") + "--B--";
    assert_eq!(
        under(&redactor, "multipart/form-data; boundary=B", &body),
        concat!(
            "--B\nContent-Disposition: form-data; name=name\n\nvalue\n",
            "--B\nContent-Disposition: form-data; name=\"age\"\n\nREDACTED\n",
            "--B\nContent-Disposition: form-data; name=\"pic\"; filename=\"REDACTED\"\n\nREDACTED\n--B--\n",
        )
    );
}

#[test]
fn without_rules_all_shows() {
    let redactor = Redactor::none();
    for (content_type, body) in [
        ("application/json", r#"{"password":"x","a":"{\"broken","b":"Bearer x"}"#),
        ("application/x-www-form-urlencoded", "password=x"),
        ("text/plain", "Bearer x"),
        ("text/event-stream", "data: password=x\ndata: {'a"),
    ] {
        assert_eq!(under(&redactor, content_type, body), format!("{body}\n"));
    }
    let body = "--B\r\nContent-Type: text/plain\r\n\r\nBearer x\r\n--B--";
    assert_eq!(under(&redactor, "multipart/mixed; boundary=B", body), body.replace("\r\n", "\n") + "\n");
}

#[test]
fn masks_stand_in_for_decoded_secrets() {
    let redactor = Redactor::new().mask(crate::Mask::last(4)).field("pan").json_path("$.card[1]");
    assert_eq!(
        under(&redactor, "application/json", r#"{"pan":"41111111111\u00311234","card":[1,4111111111115678]}"#),
        "{\"pan\":\"REDACTED…1234\",\"card\":[1,\"REDACTED…5678\"]}\n"
    );
    let redactor = Redactor::new().replacement("a \"quote\"\n");
    assert_eq!(under(&redactor, "application/json", r#"{"token":1}"#), "{\"token\":\"a \\\"quote\\\"\\n\"}\n");
}

#[test]
fn patterns_reach_numbers_and_names() {
    let redactor = Redactor::new().pattern(regex::Regex::new(r"4\d{3}").unwrap());
    assert_eq!(
        under(&redactor, "application/json", r#"{"a":4111,"b4222":["4333",14,"\u0034444"]}"#),
        "{\"a\":\"REDACTED\",\"bREDACTED\":[\"REDACTED\",14,\"REDACTED\"]}\n"
    );
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic_or_print_what_is_hostile(
        content_type in proptest::sample::select(vec![
            "", "application/json", "text/plain", "text/event-stream", "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=B", "application/octet-stream",
        ]),
        pieces in proptest::collection::vec(proptest::prop_oneof![
            4 => proptest::sample::select(vec![
                "--B", "\r\n", "\n", "\r", "--", "Content-Disposition: form-data; name=", "a", "\"", "data:", " ", "id: ",
                "{\"password\":", "\"x\"", "}", "[", "]", ",", "=", "&", "%", "token=", "https://a:b@c?d=", "Bearer ", "\\",
                "\\u00", "eyJ", "\u{202e}", "\u{1b}", "é", "-----BEGIN PRIVATE KEY-----", "filename=", ";", ":", "'",
            ]).prop_map(|piece| piece.as_bytes().to_vec()),
            1 => proptest::collection::vec(proptest::prelude::any::<u8>(), 0..4),
        ], 0..40),
        cut: proptest::sample::Index,
        whole: bool,
        pretty: bool,
        limit in 0..2000_usize,
    ) {
        let bytes = pieces.concat();
        let shown = cut.index(bytes.len() + 1);
        let content_type = (!content_type.is_empty()).then_some(content_type.as_bytes());
        let content = Content { content_type, bytes: &bytes, shown, whole };
        let style = if pretty { Style::Pretty } else { Style::Compact };
        for redactor in [Redactor::new(), Redactor::allow_only().allow_field("a")] {
            let mut out = Vec::new();
            render(scope(&redactor.rules), &content, style, &mut LineWriter::new(&mut out, b"ID > ", limit));
            let text = std::str::from_utf8(&out).unwrap();
            assert!(out.len() <= limit);
            assert!(!text.chars().any(|c| c != '\n' && crate::escape::is_hostile(c)), "{text}");
            assert!(text.is_empty() || text.ends_with('\n'));
            assert!(text.lines().all(|line| line == "ID >" || line.starts_with("ID > ")), "{text}");
        }
    }
}
