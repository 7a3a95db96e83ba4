use crate::{
    line_writer::LineWriter,
    redact::{Redactor, body::multipart::print, nested::scope, text::content::Content},
};

fn print_cut(content_type: &str, bytes: &[u8], shown: usize, whole: bool) -> (String, Option<String>) {
    let mut out = Vec::new();
    let content = Content { content_type: Some(content_type.as_bytes()), bytes, shown, whole };
    let left_out =
        print(scope(&Redactor::default().rules), &content, &mut LineWriter::new(&mut out, b"> ", usize::MAX));
    (String::from_utf8(out).unwrap(), left_out)
}

const TYPE: &str = "multipart/form-data; boundary=XX";

/// Prints one part of these headers and this value.
fn part(headers: &str, value: &str) -> String {
    let body = format!("--XX\r\n{headers}\r\n\r\n{value}\r\n--XX--\r\n");
    let (out, left_out) = print_cut(TYPE, body.as_bytes(), body.len(), true);
    assert_eq!(left_out, None);
    out
}

fn value(headers: &str, value: &str) -> String {
    let out = part(headers, value);
    out.split_once(">\n").unwrap().1.strip_suffix("> --XX--\n").unwrap().to_owned()
}

fn named(name: &str) -> String {
    format!("Content-Disposition: form-data; {name}")
}

#[test]
fn parts_show_in_their_own_lines() {
    let body = concat!(
        "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\ntwo\r\n",
        "--XX\r\nContent-Disposition: form-data; name=password\r\n\r\nhunter2\r\n",
        "--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a b.png\"\r\nContent-Type: image/png\r\n\r\n",
        "\u{0}PNG\r\n--XX--\r\n",
    );
    let out = concat!(
        "> --XX\n> Content-Disposition: form-data; name=\"a\"\n>\n> one\n> two\n",
        "> --XX\n> Content-Disposition: form-data; name=password\n>\n> REDACTED\n",
        "> --XX\n> Content-Disposition: form-data; name=\"f\"; filename=\"a b.png\"\n> Content-Type: image/png\n>\n",
        "> [4 bytes]\n> --XX--\n",
    );
    assert_eq!(print_cut(TYPE, body.as_bytes(), body.len(), true), (out.into(), None));
    let bare = body.replace("\r\n", "\n");
    assert_eq!(print_cut(TYPE, bare.as_bytes(), bare.len(), true), (out.into(), None));
}

#[test]
fn values_are_looked_into() {
    let json = format!("{}\r\nContent-Type: application/json", named("name=\"a\""));
    assert_eq!(value(&json, "{ \"password\": 1 }"), "> {\"password\":\"REDACTED\"}\n");
    assert_eq!(value(&json, "{ \"a\": 1 }"), "> { \"a\": 1 }\n");
    assert_eq!(value(&named("name=a"), "{\"password\": hunter2"), "> REDACTED\n");
    assert_eq!(value(&named("name=a"), ""), ">\n");
    assert_eq!(value(&named("name=a"), "\u{1b}[1m"), "> \\x1b[1m\n");
    assert_eq!(value(&named("name=a; filename=x.txt"), "text"), "> [4 bytes]\n");
    assert_eq!(value(&named("name=a; filename*=UTF-8''x.txt"), "text"), "> [4 bytes]\n");
    assert_eq!(value(&named("name=a"), "a\u{0}b"), "> [3 bytes]\n");
}

#[test]
fn what_has_no_name_that_can_be_read_goes_whole() {
    for headers in [
        "Content-Type: text/plain",
        "Content-Disposition: form-data",
        "Content-Disposition: attachment; filename=\"a\"",
        &named("name*=UTF-8''a"),
        &named("name*0=a"),
        &named("name=\"pass%77ord\""),
        &named("name=\"a\\\"b\""),
        &named("name=\"a\\b\""),
        &named("name=\"a"),
        &named("name='a'"),
        &named("name=a; name=b"),
        &named("name=a b"),
        &named("x; name=a"),
        &named("name=a\r\n name=b"),
        &named("name=a\r\nContent-Disposition: form-data; name=b"),
        &named("name=a\r\nContent-Transfer-Encoding: base64"),
        &named("name=a\r\nContent-Type: multipart/mixed; boundary=YY"),
        "Content-Disposition : form-data; name=a",
    ] {
        assert_eq!(value(headers, "hunter2"), "> REDACTED\n", "{headers}");
    }
}

#[test]
fn what_some_read_as_the_next_part_goes_whole() {
    let inner = "--XXY\r\nContent-Disposition: form-data; name=password\r\n\r\nhunter2";
    assert_eq!(value(&named("name=a"), &format!("x\r\n{inner}")), "> REDACTED\n");
    assert_eq!(value(&named("name=a"), &format!("x{inner}")), "> REDACTED\n");
}

#[test]
fn what_is_around_the_parts_is_left_out() {
    let body = "before\r\n--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--XX--\r\nafter";
    let (out, left_out) = print_cut(TYPE, body.as_bytes(), body.len(), true);
    assert_eq!(out, "> --XX\n> Content-Disposition: form-data; name=a\n>\n> 1\n> --XX--\n");
    assert_eq!(left_out.unwrap(), "6 bytes before the first part left out");
    let (_, left_out) = print_cut(TYPE, &body.as_bytes()[8..], body.len() - 8, true);
    assert_eq!(left_out.unwrap(), "5 bytes after the last part left out");
    for content_type in
        ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=a; boundary=b"]
    {
        assert_eq!(
            print_cut(content_type, body.as_bytes(), body.len(), true),
            ("".into(), Some(format!("multipart without a boundary, {} bytes left out", body.len())))
        );
    }
    let (out, left_out) = print_cut("multipart/form-data; boundary=\"Y Y\"", body.as_bytes(), body.len(), true);
    assert_eq!((out.as_str(), left_out.unwrap().as_str()), ("", "no part found, 72 bytes left out"));
}

#[test]
fn a_cut_file_is_counted_so_far() {
    let body = "--XX\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\n12345678\r\n--XX--\r\n";
    let at = body.find("5678").unwrap();
    let lines = "> --XX\n> Content-Disposition: form-data; name=a; filename=b\n>\n> [4 bytes so far]\n";
    assert_eq!(print_cut(TYPE, body.as_bytes(), at, true), (lines.into(), None));
    assert_eq!(print_cut(TYPE, &body.as_bytes()[..at], at, false), (lines.into(), None));
}

#[test]
fn no_cut_shows_a_secret() {
    let body = concat!(
        "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{\"password\":\"hunter2\"}\r\n",
        "--XX\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2\r\n",
        "--XX\r\nX: y\r\n\r\nhunter2\r\n",
        "--XX\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\nf({'password':'hunter2'})\r\n--XX--\r\n",
    );
    for shown in 0..=body.len() {
        for (bytes, whole) in [(body, true), (&body[..shown], false), (&body[..shown], true)] {
            let (out, _) = print_cut(TYPE, bytes.as_bytes(), shown, whole);
            assert!(!out.contains("hun"), "{shown}: {out}");
        }
    }
}
