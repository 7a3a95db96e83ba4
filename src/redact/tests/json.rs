use crate::{
    line_writer::LineWriter,
    redact::{
        Mask, Redactor,
        codec::json_lexer::Stack,
        json::{printed::Printed, printer::print},
        nested::scope,
        text::content::{Content, Style},
    },
};

/// Prints `input`, its first `shown` bytes to be shown, under the prefix `> `.
fn print_cut(input: &[u8], shown: usize, whole: bool, style: Style) -> (String, Printed) {
    let mut out = Vec::new();
    let content = Content { content_type: None, bytes: input, shown, whole };
    let printed =
        print(scope(&Redactor::default().rules), &content, style, &mut LineWriter::new(&mut out, b"> ", usize::MAX));
    (String::from_utf8(out).unwrap(), printed)
}

pub(super) fn pretty(input: &str) -> String {
    let (out, printed) = print_cut(input.as_bytes(), input.len(), true, Style::Pretty);
    assert_eq!(printed.left_out, None, "{input}");
    assert!(printed.documents > 0 && printed.whole);
    out
}

pub(super) fn compact(input: &str) -> String {
    print_cut(input.as_bytes(), input.len(), true, Style::Compact).0
}

/// Returns what is printed and what is left out of input that is broken or ends early.
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
        compact("[\"a\u{1b}\u{7f}\u{85}\n\u{202e}\u{2028}\u{2029}z\",\"日本\u{2019}\"]"),
        "> [\"a\\u001b\\u007f\\u0085\\n\\u202e\\u2028\\u2029z\",\"日本\u{2019}\"]\n"
    );
    // These are alone in their strings: nothing else makes the printer take a closer look.
    for style in [Style::Compact, Style::Pretty] {
        let (out, _) = print_cut("[\"a\u{2028}b\",\"c\u{2029}\"]".as_bytes(), 16, true, style);
        assert_eq!(out.replace("\n>     ", "").replace("\n> ]", "]"), "> [\"a\\u2028b\",\"c\\u2029\"]\n");
    }
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
    assert_eq!(
        broken("{\"a\":NaN}"),
        ("> {\n>     \"a\":\n".into(), "not JSON from byte 5 on, 4 bytes left out".into())
    );
    assert_eq!(
        broken("{\"a: \":\"\\x\"}"),
        ("> {\n>     \"a: \":\n".into(), "not JSON from byte 7 on, 5 bytes left out".into())
    );
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

fn cut_all(input: &str, secret: &str) {
    for style in [Style::Pretty, Style::Compact] {
        for shown in 0..=input.len() {
            let (all, _) = print_cut(input.as_bytes(), shown, true, style);
            let (part, _) = print_cut(&input.as_bytes()[..shown], shown, false, style);
            let (early, _) = print_cut(&input.as_bytes()[..shown], shown, true, style);
            for out in [all, part, early] {
                assert!(!out.contains(secret), "{input} cut at {shown}: {out}");
            }
        }
    }
}

#[test]
fn no_cut_shows_what_is_escaped_twice() {
    for input in [
        r#"{"a":"\"{\\u0022password\\u0022: \\u0022hunter2\\u0022}\""}"#,
        r#""\u007b\u0022pass\\u0077ord\u0022:\u0022hunter2\u0022}""#,
        r#"["\"\\/?token\\u003dhunter2\""]"#,
        r#"["\"https:\\/\\/a:hunter2@h\""]"#,
    ] {
        cut_all(input, "unter");
    }
}

#[test]
fn lists_are_not_gone_through_for_ever() {
    let deep = format!("{}1{}", r#"{"headers":[["#.repeat(5_000), "]]}".repeat(5_000));
    let shown = print_cut(deep.as_bytes(), deep.len(), true, Style::Compact).0;
    assert!(shown.contains("REDACTED") && shown.len() < deep.len());
}

#[test]
fn objects_are_not_gone_through_for_ever() {
    let deep = format!("{}1{}", "{\"value\":".repeat(20_000), "}".repeat(20_000));
    let shown = compact(&deep);
    assert!(shown.contains("REDACTED") && shown.len() < deep.len());
}

#[test]
fn values_of_any_kind_are_hidden_by_name() {
    const R: &str = "\"REDACTED\"";
    for (value, shown) in [
        (r#""hunter2""#, R),
        (r#""hun\"ter2""#, R),
        ("12", R),
        (r#"["x",{"a":"x"}]"#, R),
        (r#"{"a":["x","}"]}"#, r#"{"a":"REDACTED"}"#),
        (r#"[["x"],"]"]"#, r#"["REDACTED","REDACTED"]"#),
        (
            r#"[{"name":"n","a":{"b":"x","type":"t"}},"x"]"#,
            r#"[{"name":"n","a":{"b":"REDACTED","type":"t"}},"REDACTED"]"#,
        ),
        (
            r#"{"policy":{"a":"x","token":{"b":"y"}},"c":"x"}"#,
            r#"{"policy":{"a":"x","token":{"b":"REDACTED"}},"c":"REDACTED"}"#,
        ),
        (r#"{"7a19d7233aa3b8ee7cef05a3":{"username":"ada"}}"#, r#"{"REDACTED":{"username":"ada"}}"#),
        (r#"{"id":"x7"}"#, r#"{"id":"REDACTED"}"#),
        (r#"{"id":"x7","token":"y"}"#, r#"{"id":"x7","token":"REDACTED"}"#),
    ] {
        let input = format!("{{\"a\":1,\"password\":{value},\"b\":[2]}}");
        assert_eq!(compact(&input), format!("> {{\"a\":1,\"password\":{shown},\"b\":[2]}}\n"));
        let ruled = Redactor::new().field("password").show_body("application/json", &input).unwrap();
        assert!(ruled.contains("\"password\": \"REDACTED\""), "{ruled}");
    }
    assert_eq!(compact(r#"{"\u0070assword":"hunter2"}"#), "> {\"\\u0070assword\":\"REDACTED\"}\n");
    assert_eq!(
        compact(r#"[[{"a":{"password":1}}],{"password":[1]}]"#),
        "> [[{\"a\":{\"password\":\"REDACTED\"}}],{\"password\":\"REDACTED\"}]\n"
    );
}

#[test]
fn hidden_values_that_are_broken_or_cut_stay_hidden() {
    assert_eq!(
        broken(r#"{"password":{"a":hunter2},"b":1}"#),
        ("> {\n>     \"password\": {\n>         \"a\":\n".into(), "not JSON from byte 17 on, 15 bytes left out".into())
    );
    assert_eq!(
        broken(r#"{"password":'hunter2',"b":1}"#),
        ("> {\n>     \"password\":\n".into(), "not JSON from byte 12 on, 16 bytes left out".into())
    );
    assert_eq!(
        broken(r#"{"password":[1,"hunter2"#),
        ("> {\n>     \"password\": \"REDACTED\"\n".into(), "JSON ends in the middle".into())
    );
    cut_all(r#"{"a":{"password":"hunter2 \"hunter2\" "},"b":[{"token":["hunter2",{"c":"hunter2"}]}]}"#, "hun");
    cut_all(r#"{"\u0070assword":1234567,"b":"{\"password\":\"1234567\"}"}"#, "123");
}

#[test]
fn json_in_strings_is_looked_into() {
    assert_eq!(
        compact(r#"{"a":"{\"password\": \"hunter2\", \"b\": 1.0}","c":"{ \"b\": 1.0 }"}"#),
        "> {\"a\":\"{\\\"password\\\":\\\"REDACTED\\\",\\\"b\\\":1.0}\",\"c\":\"{ \\\"b\\\": 1.0 }\"}\n"
    );
    // A string in a string in a string.
    let mut text = r#"{"password":"hunter2"}"#.to_owned();
    for _ in 0..3 {
        text = serde_json::to_string(&text).unwrap();
    }
    let out = compact(&text);
    assert!(out.contains("REDACTED") && out.contains("password") && !out.contains("hunter2"), "{out}");
    for _ in 0..12 {
        text = serde_json::to_string(&text).unwrap();
        if text.len() > 20_000 {
            break;
        }
        let out = compact(&text);
        assert!(out.contains("REDACTED") && !out.contains("hunter2"), "{out}");
    }
}

#[test]
fn json_in_strings_that_is_broken_goes_whole() {
    for inner in [
        r#"{\"password\":\"hunter2"#,
        r#"{\"password\":\"hunter2\",}"#,
        r#"[{\"password\":\"hunter2\"}"#,
        r#" [1,{\"password\":\"hunter2\"}"#,
        r#"[1, oops, {\"password\":\"hunter2\"}]"#,
        r#"\"{\\\"password\\\":\\\"hunter2\\\"} oops"#,
    ] {
        assert_eq!(compact(&format!("[\"{inner}\"]")), "> [\"REDACTED\"]\n", "{inner}");
        cut_all(&format!("[\"{inner}\"]"), "hun");
    }
    // A value that does not begin as JSON does is text.
    for (inner, shown) in [
        ("{'password':'hunter2'}", "{'password':'REDACTED'}"),
        ("{password: hunter2}", "{password: REDACTED"),
        ("[INFO] login password=hunter2 ok", "[INFO] login password=REDACTED ok"),
    ] {
        assert_eq!(compact(&format!("[\"{inner}\"]")), format!("> [\"{shown}\"]\n"));
        cut_all(&format!("[\"{inner}\"]"), "hun");
    }
    for inner in [
        "[not json",
        "{neither",
        "[1, 2, 3 - what next?",
        "\\\"\\\\\\/",
        "{name}",
        "{{name}}",
        "[draft] hello",
        "[1] See there",
        "{} and [] and {",
        "\\\"quoted\\\" words",
        "[",
    ] {
        assert_eq!(compact(&format!("[\"{inner}\"]")), format!("> [\"{inner}\"]\n"));
    }
}

#[test]
fn members_in_the_middle_of_text_are_hidden() {
    assert_eq!(
        compact(r#"["got {\"password\": \"hunter2\", \"a\": 1} from 10.0.0.1"]"#),
        "> [\"got {\\\"password\\\": \\\"REDACTED\\\", \\\"a\\\": 1} from 10.0.0.1\"]\n"
    );
    assert_eq!(compact(r#"["got {'password': 'hunter2', 'a': 1}"]"#), "> [\"got {'password': 'REDACTED', 'a': 1}\"]\n");
    assert_eq!(compact(r#"["got {\"password\": hunter2, ..."]"#), "> [\"got {\\\"password\\\": REDACTED, ...\"]\n");
}

#[test]
fn escapes_of_white_space_hide_no_secret() {
    for (inside, shown) in [
        (r"password:\n'hunter2'", r"password:\n'REDACTED'"),
        (r"one\ntwo, password=hunter2", r"one\ntwo, password=REDACTED"),
        (r"see\nhttps://a:hunter2@host/", r"see\nhttps://a:REDACTED@host/"),
        (r"one\ntwo: three/four, 日本", r"one\ntwo: three/four, 日本"),
    ] {
        assert_eq!(pretty(&format!("[\"{inside}\"]")), format!("> [\n>     \"{shown}\"\n> ]\n"));
    }
    assert_eq!(pretty(r#"["\n{'password':'hunter2'}"]"#), "> [\n>     \"\\n{'password':'REDACTED'}\"\n> ]\n");
}

#[test]
fn paths_hide_what_they_select() {
    let show = |path: &str, input: &str| {
        let mut rules = Redactor::default().rules;
        rules.json_paths.add("$.other.path", &Mask::default()).unwrap();
        rules.json_paths.add(path, &Mask::default()).unwrap();
        let mut out = Vec::new();
        let content = Content { content_type: None, bytes: input.as_bytes(), shown: input.len(), whole: true };
        print(scope(&rules), &content, Style::Compact, &mut LineWriter::new(&mut out, b"", usize::MAX));
        String::from_utf8(out).unwrap()
    };
    let input = r#"{"user":{"cards":[{"pan":1,"x":2},{"pan":{"a":[3]}}],"pan":4},"pan":5}"#;
    for (path, out) in [
        ("$.user.cards[*].pan", r#"{"user":{"cards":[{"pan":"REDACTED","x":2},{"pan":"REDACTED"}],"pan":4},"pan":5}"#),
        ("$.user.cards[1]", r#"{"user":{"cards":[{"pan":1,"x":2},"REDACTED"],"pan":4},"pan":5}"#),
        (
            "$.user.cards[0]['pan']",
            r#"{"user":{"cards":[{"pan":"REDACTED","x":2},{"pan":{"a":[3]}}],"pan":4},"pan":5}"#,
        ),
        (
            "$..pan",
            r#"{"user":{"cards":[{"pan":"REDACTED","x":2},{"pan":"REDACTED"}],"pan":"REDACTED"},"pan":"REDACTED"}"#,
        ),
        ("$..pan..[0]", r#"{"user":{"cards":[{"pan":1,"x":2},{"pan":{"a":["REDACTED"]}}],"pan":4},"pan":5}"#),
        ("$.*.P-an", r#"{"user":{"cards":[{"pan":1,"x":2},{"pan":{"a":[3]}}],"pan":"REDACTED"},"pan":5}"#),
        ("$..cards..pan", r#"{"user":{"cards":[{"pan":"REDACTED","x":2},{"pan":"REDACTED"}],"pan":4},"pan":5}"#),
        ("$.user", r#"{"user":"REDACTED","pan":5}"#),
        ("$.*", r#"{"user":"REDACTED","pan":"REDACTED"}"#),
        ("$.user[0]", input),
    ] {
        assert_eq!(show(path, input), format!("{out}\n"), "{path}");
    }
    assert_eq!(show("$[1]", "[1,2,3]\n[[4],{\"a\":5}]"), "[1,\"REDACTED\",3]\n[[4],\"REDACTED\"]\n");
}

#[test]
fn deep_nesting_stays_within_the_limit() {
    for input in ["[".repeat(65536), "{\"a\":".repeat(13107), "[1,".repeat(21845), format!("[{}1]", "1,".repeat(32767))]
    {
        for limit in [0, 100, 1 << 20] {
            let mut out = b"before\n".to_vec();
            let content = Content { content_type: None, bytes: input.as_bytes(), shown: input.len(), whole: true };
            let mut writer = LineWriter::new(&mut out, b"ccbYQHB1xzwqWkjvyKV5i9 > ", 7 + limit);
            print(scope(&Redactor::default().rules), &content, Style::Pretty, &mut writer);
            assert!(writer.is_full() || input.ends_with(']'));
            assert!(out.len() <= 7 + limit && out.ends_with(b"\n"));
        }
    }
    let deep = format!("{}1{}", "[".repeat(1000), "]".repeat(1000));
    assert_eq!(compact(&deep), format!("> {deep}\n"));
    assert!(pretty(&deep).lines().any(|line| line == format!("> {}1", " ".repeat(256))));
    let mixed = format!("{}1{}", "[{\"a\":".repeat(100), "}]".repeat(100));
    assert_eq!(compact(&mixed), format!("> {mixed}\n"));
}

#[test]
fn long_prefixes_begin_lines_too() {
    let prefix = "p".repeat(131) + " > ";
    let mut out = Vec::new();
    let input = format!("{}{{\"a\":1,\"b\":[]}}{}", "[".repeat(70), "]".repeat(70));
    let content = Content { content_type: None, bytes: input.as_bytes(), shown: input.len(), whole: true };
    let mut writer = LineWriter::new(&mut out, prefix.as_bytes(), usize::MAX);
    print(scope(&Redactor::default().rules), &content, Style::Pretty, &mut writer);
    let out = String::from_utf8(out).unwrap();
    let unprefixed: String = out.lines().map(|line| line.strip_prefix(&prefix).unwrap().to_owned() + "\n").collect();
    assert_eq!(unprefixed, pretty(&input).replace("> ", ""));
    assert!(unprefixed.contains(&format!("{}\"a\": 1,\n", " ".repeat(256))));
}

#[test]
fn a_mask_is_told_nothing_of_a_secret_that_is_cut() {
    let redactor = Redactor::new().mask(Mask::last(4)).field("pan");
    for (input, out) in [
        (r#"{"pan":4111111111111234}"#, r#"{"pan":"REDACTED…1234"}"#),
        (r#"{"pan":4111111111111234"#, r#"{"pan":"REDACTED""#),
        (r#"{"pan":"4111111111111234"#, r#"{"pan":"REDACTED""#),
        (r#"{"pan":["4111111111111234""#, r#"{"pan":"REDACTED""#),
    ] {
        let mut buf = Vec::new();
        let content = Content { content_type: None, bytes: input.as_bytes(), shown: input.len(), whole: false };
        print(scope(&redactor.rules), &content, Style::Compact, &mut LineWriter::new(&mut buf, b"", usize::MAX));
        assert_eq!(String::from_utf8(buf).unwrap(), format!("{out}\n"));
    }
}

#[test]
fn an_object_is_seen_from_any_depth() {
    let mut stack = Stack::default();
    stack.push(true);
    for _ in 0..200 {
        stack.push(false);
        assert!(stack.in_object());
    }
    for _ in 0..200 {
        stack.pop();
        assert!(stack.in_object());
    }
    stack.pop();
    assert!(!stack.in_object() && stack.depth() == 0);
    (0..200).for_each(|_| stack.push(false));
    assert!(!stack.in_object());
}

#[test]
fn a_token_that_is_a_name_is_hidden() {
    assert_eq!(pretty(r#"{"eyJhbGciOi":1,"Jeyx":2}"#), "> {\n>     \"REDACTED\": 1,\n>     \"Jeyx\": 2\n> }\n");
}

#[test]
fn a_string_like_one_that_was_shown_is_looked_at_where_it_goes_on() {
    let shown = "<a href='b'>c</a>";
    let hidden = format!("{shown}<password>x</password>");
    assert_eq!(
        pretty(&format!(r#"["{shown}","{shown}","{hidden}","{shown}","<b","<c","<d","<e","{hidden}"]"#)),
        [
            "> [",
            "    \"<a href='b'>c</a>\",",
            "    \"<a href='b'>c</a>\",",
            "    \"<a href='b'>c</a><password>REDACTED</password>\",",
            "    \"<a href='b'>c</a>\",",
            "    \"<b\",",
            "    \"<c\",",
            "    \"<d\",",
            "    \"<e\",",
            "    \"<a href='b'>c</a><password>REDACTED</password>\"",
            "]\n",
        ]
        .join("\n> ")
    );
}

#[test]
fn look_alikes_of_names_hide() {
    for name in ["ｐassword", "\\uff50assword", "to\u{212a}en", "pass\u{200b}word"] {
        let input = format!("{{\"a\":1,\"{name}\":\"x\"}}");
        assert!(compact(&input).contains("REDACTED"), "{name}");
        assert!(pretty(&input).contains("REDACTED"), "{name}");
    }
}
