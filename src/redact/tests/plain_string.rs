use crate::redact::{
    Redactor,
    json::fast::string::{beyond_ascii, string},
    rules::Rules,
};

fn is_plain(rules: &Rules, inside: &str) -> bool {
    let json = format!("\"{inside}\",");
    let end = string(rules, json.as_bytes(), 0, 0, true);
    assert!(end.is_none_or(|end| end == json.len() - 1), "{inside}");
    end.is_some()
}

#[test]
fn characters_beyond_ascii_are_plain_unless_hostile() {
    for c in '\u{80}'..=char::MAX {
        for text in [format!("{c}\""), format!("あ{c}\""), format!("{c}あ{c}\"")] {
            match beyond_ascii(format!("{text}     ").as_bytes(), 0) {
                Some(end) => assert!(end == text.len() - 1 && !crate::escape::is_hostile(c), "{c:?}"),
                // An uncommon character may be searched once more.
                None => assert!(crate::escape::is_hostile(c) || !('\u{3000}'..'\u{d000}').contains(&c), "{c:?}"),
            }
        }
    }
}

proptest::proptest! {
    #[test]
    fn bytes_that_are_no_characters_are_not_plain(
        text in "[あ日가é😀]{0,4}", damage in proptest::collection::vec((0..12_usize, 0x80..=255_u8), 1..3),
    ) {
        let mut bytes = text.into_bytes();
        for (at, byte) in damage {
            bytes.insert(at.min(bytes.len()), byte);
        }
        let all = [&bytes[..], b"\"     "].concat();
        let plain = std::str::from_utf8(&bytes).is_ok_and(|text| !text.chars().any(crate::escape::is_hostile));
        proptest::prop_assert!(plain || beyond_ascii(&all, 0).is_none());
    }
}

#[test]
fn strings_without_signs_are_plain() {
    let rules = Redactor::default().rules;
    for inside in [
        "",
        "GBP",
        "2026-11-22T15:00:00Z",
        "it's 50% of $1 # 2 < 3 & 4",
        "Jörg 日本語、テスト",
        "a/b/c",
        "beer, Jean, Vera",
        "https://example.org/a",
        "https:\\/\\/example.org\\/a",
        "one\\ntwo\\t3",
        "say \\\"hello\\\"",
        "C\\\\d",
        "caf\\u00e9 \\ud83d\\ude00",
        "https://h/a?lang=en&page=2",
        "see /a?b_1=c too",
        "\\/a",
        "\\u3042",
        "////h/",
    ] {
        assert!(is_plain(&rules, inside), "{inside}");
    }
}

#[test]
fn strings_with_signs_are_not() {
    let rules = Redactor::default().rules;
    for inside in [
        "{",
        " {",
        "\\n{",
        "\\\"{",
        "\u{feff}{",
        "\\uFEFF{",
        "a=b",
        "%41",
        "<a",
        "<\\u00e9",
        "&lt;",
        "'a': 1",
        "a: 'b'",
        "a\\n'b",
        "a\\nb: c",
        "\\\"a\\\": 1",
        "\\\\u0041",
        "\\\\\\/",
        "\\\\x41",
        "\\u0041",
        "bearer x",
        "see eyJ",
        "PRIVATE KEY",
        "lang=en",
        "/a?lang=en&token=x",
        "?sig=1",
        "?a={b:1}",
        "?a=%7b",
        "?a=+",
        "?a=b&c=PRIVATE+KEY",
        "?a=b;token=c",
        "?a=1\\n2",
        "?user[password]=x",
        "?=x",
        "?a==b",
        "?a =b",
        "#token=x",
        "?a=b+c",
        "?-token=x",
        "https://u:p@h",
        "//u@h/",
        "\\/\\/u@h",
        "/\\/u@h",
        "\\//u@h",
        "///u@h",
        "https://eyJ/",
        "\u{202e}",
        "\u{85}",
        "\u{7f}",
        "\t",
        "\\x",
        "\\u00",
        "\\u00g0",
        "AKIAIOSFODNN7EXAMPLE",
        "a long text with a key in it: ghp_Q7Z2Q7Z2Q7Z2Q7Z2",
        "https:\\/\\/hooks.slack.com\\/services\\/T0\\/B0\\/x",
        "a\\nxoxb-Q7Z2Q7Z2",
    ] {
        assert!(!is_plain(&rules, inside), "{inside}");
    }
    let templates = Redactor::default().path("/games/{game}").rules;
    for inside in ["/games/1", "\\/games\\/1", "/\\/games", "a\\\\b", "https://\\/games/1"] {
        assert!(!is_plain(&templates, inside), "{inside}");
    }
    assert!(is_plain(&templates, "https://games/games") && !is_plain(&templates, "https://games/games/1"));
    assert!(!is_plain(&templates, "https:///games/1") && !is_plain(&templates, "//games/1"));
    assert!(is_plain(&templates, "/other/bets") && is_plain(&templates, "a\\nb"));
    let patterns = Redactor::default().pattern(regex::Regex::new("x").unwrap()).rules;
    assert!(string(&patterns, b"\"a\\nb\"", 0, 0, false).is_none());
}
