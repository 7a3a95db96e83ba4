use super::*;
use crate::redact::Redactor;

/// What is printed of `input`, its first `shown` bytes to be shown, under the prefix `> `.
fn print_cut(input: &[u8], shown: usize, whole: bool, style: Style) -> (String, Printed) {
    let mut out = Vec::new();
    let content = Content { content_type: None, bytes: input, shown, whole };
    let printed = print(&Redactor::default().rules, &content, style, &mut Page::new(&mut out, b"> ", usize::MAX));
    (String::from_utf8(out).unwrap(), printed)
}

fn pretty(input: &str) -> String {
    let (out, printed) = print_cut(input.as_bytes(), input.len(), true, Style::Pretty);
    assert_eq!(printed.left_out, None, "{input}");
    assert!(printed.documents > 0 && printed.whole);
    out
}

fn compact(input: &str) -> String {
    print_cut(input.as_bytes(), input.len(), true, Style::Compact).0
}

/// What is printed and left out of input that is broken or ends early.
fn broken(input: &str) -> (String, String) {
    let (out, printed) = print_cut(input.as_bytes(), input.len(), true, Style::Pretty);
    (out, printed.left_out.unwrap())
}

fn cut(input: &str, shown: usize) -> String {
    let (out, printed) = print_cut(input.as_bytes(), shown, true, Style::Pretty);
    assert_eq!(printed.left_out, None);
    assert_eq!(print_cut(&input.as_bytes()[..shown], shown, false, Style::Pretty).1.documents, printed.documents);
    out
}

#[test]
fn four_spaces_a_level_one_element_a_line() {
    assert_eq!(
        pretty(r#"{"currency":"GBP","paylines":[[1,1]],"credits":{},"none":[ ],"wager":"0.01"}"#),
        concat!(
            "> {\n",
            ">     \"currency\": \"GBP\",\n",
            ">     \"paylines\": [\n",
            ">         [\n",
            ">             1,\n",
            ">             1\n",
            ">         ]\n",
            ">     ],\n",
            ">     \"credits\": {},\n",
            ">     \"none\": [],\n",
            ">     \"wager\": \"0.01\"\n",
            "> }\n",
        )
    );
}

#[test]
fn compact_has_no_white_space_outside_strings() {
    assert_eq!(compact("{ \"a b\" : [ 1 ,\n{ } ] }\n"), "> {\"a b\":[1,{}]}\n");
}

#[test]
fn numbers_strings_and_duplicates_stay_as_written() {
    assert_eq!(
        compact(r#"[1.0,1e3,-0,1E+2,12345678901234567890.5,"\u00e9\/","é",true,false,null]"#),
        "> [1.0,1e3,-0,1E+2,12345678901234567890.5,\"\\u00e9\\/\",\"é\",true,false,null]\n"
    );
    assert_eq!(compact(r#"{"a":1,"a":2}"#), "> {\"a\":1,\"a\":2}\n");
}

#[test]
fn documents_follow_one_another() {
    assert_eq!(pretty("\u{feff}{}\n\u{1e}[1]\n\"a\" 2"), "> {}\n> [\n>     1\n> ]\n> \"a\"\n> 2\n");
    assert_eq!(print_cut(b"{}\n{}\n{", 7, true, Style::Compact).1.documents, 2);
}

#[test]
fn what_is_hostile_shows_as_escapes() {
    assert_eq!(
        compact("[\"a\u{1b}\u{7f}\u{85}\n\u{202e}z\",\"日本\u{2019}\"]"),
        "> [\"a\\u001b\\u007f\\u0085\\n\\u202ez\",\"日本\u{2019}\"]\n"
    );
    let (out, _) = print_cut(b"[\"caf\xe9\"]", 8, true, Style::Compact);
    assert_eq!(out, "> [\"caf\\\\xe9\"]\n");
    assert_eq!(compact("{\"a\nb\":1}"), "> {\"a\\nb\":1}\n");
}

#[test]
fn broken_input_is_shown_up_to_the_first_byte_that_is_no_json() {
    assert_eq!(
        broken("{\"a\":1,}"),
        ("> {\n>     \"a\": 1,\n".into(), "not JSON from byte 7 on, 1 bytes left out".into())
    );
    assert_eq!(broken("[1 2]"), ("> [\n>     1\n".into(), "not JSON from byte 3 on, 2 bytes left out".into()));
    assert_eq!(broken("[01]"), ("> [\n>     0\n".into(), "not JSON from byte 2 on, 2 bytes left out".into()));
    assert_eq!(broken("[trve]"), ("> [\n>     tr\n".into(), "not JSON from byte 3 on, 3 bytes left out".into()));
    assert_eq!(broken("{\"a\\x\":1}"), ("> {\n".into(), "not JSON from byte 1 on, 8 bytes left out".into()));
    assert_eq!(broken("{} x"), ("> {}\n".into(), "not JSON from byte 3 on, 1 bytes left out".into()));
    assert_eq!(broken("12x"), ("> 12\n".into(), "not JSON from byte 2 on, 1 bytes left out".into()));
    assert_eq!(broken("{password:1}"), ("> {\n".into(), "not JSON from byte 1 on, 11 bytes left out".into()));
    assert_eq!(broken("]"), ("".into(), "not JSON from byte 0 on, 1 bytes left out".into()));
}

#[test]
fn what_ends_early_is_said_to() {
    for (input, out) in [
        ("{", "> {\n"),
        ("{\"a\"", "> {\n>     \"a\"\n"),
        ("{\"a\":", "> {\n>     \"a\":\n"),
        ("{\"a\":\"b", "> {\n>     \"a\": \"b\n"),
        ("{\"a\":tr", "> {\n>     \"a\": tr\n"),
        ("{\"a\":-", "> {\n>     \"a\": -\n"),
        ("{\"a\":1,", "> {\n>     \"a\": 1,\n"),
        ("[\"a\\u00", "> [\n>     \"a\n"),
    ] {
        assert_eq!(broken(input), (out.into(), "JSON ends in the middle".into()), "{input}");
    }
}

#[test]
fn a_cut_shows_no_half_characters_and_nothing_past_it() {
    let input = "{\"a\\u00e9\":\"né\\n€\",\"b\":12345}";
    assert_eq!(cut(input, 1), "> {\n");
    assert_eq!(cut(input, 4), "> {\n>     \"a\n");
    assert_eq!(cut(input, 8), "> {\n>     \"a\n");
    assert_eq!(cut(input, 9), "> {\n>     \"a\\u00e9\n");
    assert_eq!(cut(input, 14), "> {\n>     \"a\\u00e9\": \"n\n");
    assert_eq!(cut(input, 15), "> {\n>     \"a\\u00e9\": \"né\n");
    assert_eq!(cut(input, 16), "> {\n>     \"a\\u00e9\": \"né\n");
    assert_eq!(cut(input, 19), "> {\n>     \"a\\u00e9\": \"né\\n\n");
    assert_eq!(cut(input, 26), "> {\n>     \"a\\u00e9\": \"né\\n€\",\n>     \"b\":\n");
    assert_eq!(cut(input, 28), "> {\n>     \"a\\u00e9\": \"né\\n€\",\n>     \"b\": 12\n");
}
