//! The printer against `serde_json`: a tree, redacted by recursion, printed by another printer.

use crate::{
    line_writer::LineWriter,
    redact::{
        Mask, Redactor,
        codec::{
            json_lexer::{self as lexer, Stop},
            json_string,
        },
        json::{printed::Printed, printer::print},
        nested::scope,
        rules::{Rules, siblings, told, value},
        text::content::{Content, Style},
    },
};
use proptest::prelude::*;
use serde_json::{Map, Value};

const PREFIX: &[u8] = b"ccbYQHB1xzwqWkjvyKV5i9 > ";

fn printed(input: &[u8], style: Style) -> (Vec<u8>, Printed) {
    let mut out = Vec::new();
    let content = Content { content_type: None, bytes: input, shown: input.len(), whole: true };
    let printed =
        print(scope(&Redactor::default().rules), &content, style, &mut LineWriter::new(&mut out, PREFIX, usize::MAX));
    (out, printed)
}

/// Makes the rules search everything: they get a pattern that is nowhere, but could be at either end of any text.
fn be_careful(rules: &mut Rules) {
    rules.patterns.add(regex::Regex::new("x^").unwrap(), Mask::default());
}

/// Returns the output without its prefixes. Fails where a line has none.
fn unprefixed(out: &[u8]) -> String {
    let text = std::str::from_utf8(out).unwrap();
    let prefix = std::str::from_utf8(PREFIX).unwrap();
    text.lines().map(|line| line.strip_prefix(prefix).unwrap().to_owned() + "\n").collect()
}

fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase().replace(['-', '_'], "");
    // The other names of the default set that are short enough to be drawn by chance.
    let is_short = |word: &str| {
        ["sig", "pwd", "pin", "otp", "ssn", "cvc", "pass", "jwt", "jwts", "tokens", "pw", "pwds", "psk", "creds", "mdp"]
            .contains(&word)
            || ["pw", "pwd", "pass"].iter().any(|end| word.ends_with(end))
    };
    name.split(|c: char| !c.is_ascii_alphabetic()).any(is_short)
        || ["token", "secret", "password", "passphrase"].iter().any(|end| name.ends_with(end))
}

fn redact(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| {
                    (name.clone(), if is_secret(name) { redact_secret(name, value) } else { redact(value) })
                })
                .collect(),
        ),
        Value::Array(elements) => elements.iter().map(redact).collect(),
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_) | Value::String(_))) if redact(&inner) != inner => {
                Value::String(redact(&inner).to_string())
            }
            _ => value.clone(),
        },
        _ => value.clone(),
    }
}

/// Returns the value of a secret's name as it shows: as it is where it tells nothing, or where it holds sentences about
/// the field.
fn redact_secret(name: &str, value: &Value) -> Value {
    let is_sentence = |value: &Value| {
        // What is not ASCII counts as a letter, and the escape of a control has one.
        let is_letter = |c: char| c.is_ascii_alphanumeric() || !c.is_ascii() || c < ' ';
        let begins = |word: &str| word.starts_with(|c: char| is_letter(c) || "'(\"\\".contains(c));
        let words = |text: &str| text.split(' ').filter(|word| begins(word) && word.contains(is_letter)).count();
        let quoted = |text: &str| {
            text.strip_prefix('\'').is_some_and(|text| text.starts_with(|c: char| c.is_ascii_alphabetic()))
        };
        let is_begin = |c: char| c.is_ascii_alphabetic() || !c.is_ascii() || c == '"';
        value.as_str().is_some_and(|text| (text.starts_with(is_begin) || quoted(text)) && words(text) >= 3)
    };
    let in_secret = |(name, value): (&String, &Value)| {
        let is_container = value.is_array() || value.is_object();
        let is_told = !is_secret(name)
            && (siblings::describes(name.as_bytes()) || !is_container && siblings::tells(name.as_bytes()));
        (name.clone(), if is_told { redact(value) } else { redact_secret(name, value) })
    };
    let in_list = |value: &Value| redact_secret("", value);
    // What has no secret's name is in a container that has.
    let is_small = |number: &serde_json::Number| {
        let text = number.to_string();
        text.contains('.') || !is_secret(name) && text.len() <= 3
    };
    let is_piece = |value: &Value| {
        value.as_str().is_some_and(|text| {
            let written = value.to_string();
            written.len() <= 26 && !value::is_chosen(text.as_bytes().trim_ascii())
        })
    };
    let is_spaced = |value: &Value| value.as_str().is_some_and(|text| text.starts_with(' '));
    match value {
        Value::Null | Value::Bool(_) => value.clone(),
        Value::String(text) if text.is_empty() || told::is_none(name.as_bytes(), text.as_bytes(), !is_secret(name)) => {
            value.clone()
        }
        Value::Number(number) if name == "tokens" || is_small(number) => value.clone(),
        Value::Array(elements) if elements.iter().all(is_sentence) => redact(value),
        Value::Array(_) if name.len() > 1 && name.starts_with('/') => redact(value),
        Value::Array(elements)
            if name == "tokens" && elements.iter().all(is_piece) && elements.iter().any(is_spaced) =>
        {
            redact(value)
        }
        Value::Array(elements) if name == "tokens" && elements.iter().all(Value::is_number) => value.clone(),
        Value::Array(elements) if elements[0].is_array() || elements[0].is_object() => {
            elements.iter().map(in_list).collect()
        }
        Value::Object(_) if name.rfind('/').is_some_and(|at| at + 1 < name.len()) => redact(value),
        Value::Object(members) if name == "tokens" && members.values().all(Value::is_number) => redact(value),
        Value::Object(members) => members.iter().map(in_secret).collect(),
        _ => Value::from("REDACTED"),
    }
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z]{0,12}",
        1 => prop::sample::select(vec!["password", "Access_Token", "X-SECRET", "user password", "tokens", "keyPassphrase", "purchase", "pwd"]).prop_map(String::from),
        1 => "[a-zé日\"\\\\/\u{1}\u{85}\u{2028}\u{202e} ]{0,6}",
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-zA-Z0-9 ,.]{0,40}".prop_filter("that of a JWT", |text| !text.contains("eyJ")),
        // A text that begins with a quote, is no JSON and may have an escaped name in it is hidden whole: not drawn
        // here.
        1 => "[a-zé日\u{2019}\u{10ffff}\\\\/\t\n\r\u{1}\u{7f}\u{85}\u{2028}\u{202e}\u{2066}]{0,12}",
        1 => "[a-tv-zé日\u{2019}\u{10ffff}\"\\\\\t\n\r\u{1}\u{7f}\u{85}\u{2028}\u{202e}\u{2066}]{0,12}",
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?"
            .prop_map(|number| serde_json::from_str(&number).unwrap()),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name(), inner.clone()), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
            // `null` and its like show under any name, but not where they are escaped.
            inner
                .prop_filter("a state", |inner| !(inner.is_null() || inner.is_boolean()))
                .prop_map(|inner| Value::String(inner.to_string())),
        ]
    })
}

/// Returns `value` with a canary in everything that is to be hidden.
fn planted(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .iter()
                // The name of an object may be a path.
                .map(|(name, value)| match (is_secret(name) && !name.contains('/'), value) {
                    (false, value) => (name.clone(), planted(value)),
                    (true, Value::Array(_)) => (name.clone(), Value::from(vec!["~canary~", "]}\\\"~canary~"])),
                    (true, Value::Bool(_)) => {
                        let lists =
                            serde_json::json!([{"a": "~canary~", "b": {"c": ["~canary~"]}}, "~canary~", ["~canary~"]]);
                        (name.clone(), serde_json::json!({"a": lists, "b": {"a": "~canary~"}}))
                    }
                    (true, Value::Null) => (name.clone(), serde_json::json!({"a}": ["~canary~"]})),
                    (true, _) => (name.clone(), Value::from("\"~canary~\\")),
                })
                .collect(),
        ),
        Value::Array(elements) => elements.iter().map(planted).collect(),
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_) | Value::String(_))) => planted(&inner).to_string().into(),
            _ if text.len() % 5 == 1 => Value::from(format!("{text} Bearer ~canary~")),
            _ if text.len() % 5 == 2 => Value::from("https://user:~canary~@host/?a=b&token=~canary~"),
            _ => value.clone(),
        },
        _ => value.clone(),
    }
}

/// Returns `serde_json`'s pretty-printing, with four spaces a level in place of its two.
fn four_spaces(value: &Value) -> String {
    let two = serde_json::to_string_pretty(value).unwrap();
    two.lines().map(|line| " ".repeat(line.len() - line.trim_start().len()) + line + "\n").collect()
}

/// Writes the same JSON in another way: with other white space and other escapes, as `bits` have it.
fn disguise(json: &str, bits: &[u8]) -> String {
    let mut bits = bits.iter().cycle().copied();
    let mut bit = |n: u8| bits.next().is_some_and(|bits| bits % n == 0);
    let mut out = String::new();
    let (mut inside, mut escaped, mut digits) = (false, false, 0);
    for c in json.chars() {
        digits = if escaped && c == 'u' { 6 } else { digits.max(1) } - 1;
        if inside && !escaped && digits == 0 && c != '"' && c != '\\' && bit(4) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04X}"));
            }
            continue;
        }
        let structural = !inside && matches!(c, '{' | '}' | '[' | ']' | ',' | ':');
        for _ in 0..2 {
            if structural && bit(3) {
                out.push_str([" ", "\n", "\t \r\n", "          "][usize::from(bit(2)) + 2 * usize::from(bit(2))]);
            }
        }
        out.push(c);
        (inside, escaped) = match c {
            '"' if !escaped => (!inside, false),
            '\\' => (inside, inside && !escaped),
            _ => (inside, false),
        };
    }
    out
}

/// Returns the offsets that are not within a string.
fn outside(json: &str) -> Vec<usize> {
    let (mut inside, mut escaped) = (false, false);
    let each = json.char_indices().filter_map(|(at, c)| {
        let was_inside = inside;
        (inside, escaped) = match c {
            '"' if !escaped => (!inside, false),
            '\\' => (inside, inside && !escaped),
            _ => (inside, false),
        };
        (!was_inside).then_some(at)
    });
    each.collect()
}

proptest! {
    #[test]
    fn valid_json_prints_as_the_redacted_tree_does(value in value()) {
        let (out, found) = printed(value.to_string().as_bytes(), Style::Pretty);
        let mut shown = unprefixed(&out);
        let expected = four_spaces(&redact(&value));
        for hostile in ["\u{7f}", "\u{85}", "\u{2028}", "\u{202e}", "\u{2066}"] {
            // Serde leaves some characters raw that we escape.
            shown = shown.replace(&format!("\\u{:04x}", hostile.chars().next().map_or(0, u32::from)), hostile);
        }
        prop_assert_eq!(shown, expected);
        prop_assert_eq!((found.documents, found.left_out, found.whole), (1, None, true));
        prop_assert_eq!(found.hidden, redact(&value) != value);
    }

    #[test]
    fn no_cut_shows_a_canary(value in value(), ahead in 0..40_usize, whole: bool, pretty: bool) {
        let json = planted(&value).to_string();
        let style = if pretty { Style::Pretty } else { Style::Compact };
        for shown in 0..=json.len() {
            let bytes = &json.as_bytes()[..(shown + ahead).min(json.len())];
            let mut out = Vec::new();
            let content = Content { content_type: None, bytes, shown, whole };
            print(scope(&Redactor::default().rules), &content, style, &mut LineWriter::new(&mut out, PREFIX, usize::MAX));
            let out = String::from_utf8(out).unwrap();
            prop_assert!(!out.contains("~cana"), "{} of {}: {}", shown, json, out);
        }
    }

    #[test]
    fn no_document_shows_a_canary_behind_one_that_is_broken(
        values in prop::collection::vec(value(), 1..4), bits: [u8; 16], at: prop::sample::Index, separators: bool,
        junk in prop::sample::select(vec![" x ", ",", ":", "\"", "{", "[", "\n{\"a\":1}\n", "\n\u{1e}[1]\n", "\\"]),
        ahead in 0..200_usize, whole: bool,
    ) {
        // Line feeds between any two tokens: what begins a line may be within a value that is hidden.
        let lines = |value: &Value| {
            let mut json = disguise(&planted(value).to_string(), &bits).into_bytes();
            for at in outside(std::str::from_utf8(&json).unwrap()) {
                json[at] = if json[at].is_ascii_whitespace() { b'\n' } else { json[at] };
            }
            String::from_utf8(json).unwrap() + "\n"
        };
        let mut body = values.iter().map(lines).collect::<String>();
        // The junk must be no part of a name, which would be another one then. Nor may it close what is hidden.
        let places = outside(&body);
        body.insert_str(places[at.index(places.len())], junk);
        let content_type: &[u8] = if separators { b"application/json-seq" } else { b"application/x-ndjson" };
        for shown in [body.len(), body.len().saturating_sub(ahead)] {
            let mut out = Vec::new();
            let content = Content { content_type: Some(content_type), bytes: body.as_bytes(), shown, whole };
            let writer = &mut LineWriter::new(&mut out, PREFIX, usize::MAX);
            crate::redact::body::render(scope(&Redactor::default().rules), &content, Style::Pretty, writer);
            let out = String::from_utf8(out).unwrap();
            prop_assert!(!out.contains("~cana"), "{}: {}", body, out);
        }
    }

    #[test]
    fn however_it_is_written_it_parses_to_the_redacted_tree(value in value(), bits: [u8; 16], pretty: bool) {
        let json = disguise(&value.to_string(), &bits);
        prop_assert_eq!(&serde_json::from_str::<Value>(&json).unwrap(), &value);
        let (out, found) = printed(json.as_bytes(), if pretty { Style::Pretty } else { Style::Compact });
        prop_assert_eq!(serde_json::from_str::<Value>(&unprefixed(&out)).unwrap(), redact(&value));
        prop_assert_eq!(found.documents, 1);
    }

    #[test]
    fn no_bytes_make_it_panic_or_print_what_is_hostile(
        input in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "[\\[\\]{}\",:0-9truefalsn\\\\ \u{1}é\u{2029}\u{202e}.eE-]{0,80}".prop_map(String::into_bytes),
            (value(), any::<[u8; 16]>(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(value, bits, at, byte)| {
                let mut json = disguise(&value.to_string(), &bits).into_bytes();
                let at = at.index(json.len());
                json[at] = byte;
                json
            }),
        ],
        shown: prop::sample::Index,
        whole: bool,
        pretty: bool,
    ) {
        let mut out = Vec::new();
        let shown = shown.index(input.len() + 1);
        let content = Content { content_type: None, bytes: &input, shown, whole };
        let style = if pretty { Style::Pretty } else { Style::Compact };
        let found =
            print(scope(&Redactor::default().rules), &content, style, &mut LineWriter::new(&mut out, PREFIX, usize::MAX));
        let text = std::str::from_utf8(&out).unwrap();
        prop_assert!(!text.chars().any(|c| c != '\n' && crate::escape::is_hostile(c)), "{}", text);
        prop_assert!(out.is_empty() || out.ends_with(b"\n"));
        prop_assert!(out.split_inclusive(|&b| b == b'\n').all(|line| line.starts_with(PREFIX)));
        if found.whole && whole && shown == input.len() {
            // The text that is printed whole is JSON.
            let shown = unprefixed(&out);
            let documents = serde_json::Deserializer::from_str(&shown).into_iter::<serde_json::value::Value>();
            let parsed: Vec<_> = documents.collect();
            prop_assert!(parsed.iter().all(|document| document.is_ok() || document.as_ref().is_err_and(|error| {
                let error = error.to_string();
                error.contains("surrogate") || error.contains("hex escape") || error.contains("recursion")
            })), "{}", shown);
        }
    }

    #[test]
    fn what_serde_reads_is_read(input in "[\\[\\]{}\",:0-2truefalsn\\\\ .eE-]{0,12}") {
        if serde_json::from_str::<Value>(&input).is_ok() {
            prop_assert!(printed(input.as_bytes(), Style::Compact).1.whole, "{}", input);
        } else if !input.trim().is_empty() && !input.contains('\\') {
            let mut documents = serde_json::Deserializer::from_str(&input).into_iter::<Value>();
            if documents.any(|document| document.is_err()) {
                prop_assert!(!printed(input.as_bytes(), Style::Compact).1.whole, "{}", input);
            }
        }
    }

    #[test]
    fn the_scan_of_a_string_is_the_naive_one(input in "[ab\"\\\\u0é\u{7f}\u{1}]{0,40}") {
        let naive = {
            let bytes = input.as_bytes();
            let mut at = 0;
            loop {
                match bytes.get(at) {
                    None => break Some((bytes.len(), false)),
                    Some(b'"') => break Some((at, true)),
                    Some(b'\\') => match lexer::escape(bytes, at) {
                        Ok(end) => at = end,
                        Err(Stop::Cut) => break Some((bytes.len(), false)),
                        Err(_) => break None,
                    },
                    Some(_) => at += 1,
                }
            }
        };
        let quoted = format!("\"{input}");
        let scanned = lexer::string(quoted.as_bytes(), 1).ok();
        prop_assert_eq!(scanned.map(|text| (text.end - 1, text.closed)), naive);
        if let Some(text) = scanned {
            let raw = &quoted.as_bytes()[1..text.end];
            prop_assert!(text.odd || raw.iter().all(|byte| (0x20..0x7f).contains(byte)));
            prop_assert_eq!(json_string::is_clean(raw), !input[..raw.len()].chars().any(crate::escape::is_hostile));
        }
    }

    #[test]
    fn plain_lines_are_what_the_printer_makes_of_them(
        value in value(),
        urls in "(password|cookie|set sig|a.token[.0-9]?|https?|12|- secret|mysql --password|@tcp.|x VALUES .'|oracle:thin:)?[ :]{0,2}[a-z\\]\\[:@/?#.,&=%é日\u{feff} \n'{}\"-]{0,12}(//[a-z.:@-]{0,6}/?|password:\n?[a'\"]b?)?",
        bits: [u8; 16],
        damage in prop::option::weighted(0.5, (any::<prop::sample::Index>(), any::<u8>())),
        shown: prop::sample::Index,
        limit in prop_oneof![Just(usize::MAX), 0..4000_usize],
        more in 0..3_usize,
    ) {
        let value = serde_json::json!({ "a_1": [value, urls], "description": { urls.clone(): 1.5 }, "e": [[], {}, -0.25] });
        let mut json = disguise(&value.to_string(), &bits).into_bytes();
        if let Some((at, byte)) = damage {
            let at = at.index(json.len());
            json[at] = byte;
        }
        let json = json.repeat(more + 1);
        let shown = if more == 0 { shown.index(json.len() + 1) } else { json.len() };
        let content = Content { content_type: None, bytes: &json, shown, whole: true };
        let rules = Redactor::default().rules;
        let mut careful = rules.clone();
        be_careful(&mut careful);
        let printed = |rules: &Rules| {
            let mut out = b"before\n".to_vec();
            let mut writer = LineWriter::new(&mut out, PREFIX, limit);
            let printed = print(scope(rules), &content, Style::Pretty, &mut writer);
            let full = writer.is_full();
            (String::from_utf8_lossy(&out).into_owned(), printed.documents, printed.left_out, printed.hidden, full)
        };
        prop_assert_eq!(printed(&rules), printed(&careful));
    }

    /// Draws the signs of all that is hidden, in any company, written in any way and under every kind of rule.
    #[test]
    fn no_sign_makes_a_plain_line(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "password: x", "Cookie: a=b", "token=x", "X-Api-Key: x", "\n", "\r\n", "\t", " ", "a", "é", "<pin>x</pin>",
            "<password>x", "&quot;", "&lt;token&gt;x", "/games/1/bet", "/games/", "https://h/games/1/bet", "//u:x@h",
            "https://h:80/a", "https://token@h", "?token=x", "?lang=en", "&page=2", "?next=", "/games/1/bets", "&x", "#", "+", "%3Ftoken%3Dx", "eyJhbGciOi.eyJzdWIi.c2ln", "Bearer x",
            "-----BEGIN PRIVATE KEY-----", "'password': 'x'", "\"password\":\"x\"", "{\"token\":1}", "\\u0070assword", "acct-7",
            "4111 1111 1111 1111", "me@h.org", "export API_KEY=x", "- secret: x", "  x", "user[password]=x", ":", "=", "\\", "\"", "'", "/", "//", "<", "\u{feff}", "{", "[", "\u{ff50}",
            "x", "\u{8}", "b", "ear", "er", "u0041", "x41", "ey", "J", "PRI", "VATE KEY", "\u{85}", "\u{1f600}", "joe:pw@h",
            "token", "%3", "D", "&", "lt;", "@", "quot;", "games", "bet",
            "https://h/a?lang=en", "&page=2", "?q=", "?q=a+", "+", "PRIVATE+KEY-----", "-----BEGIN+", "?a={", "user[", "?tok", "en=x",
            "note: ", "12:30", "set ", "- ", "x.", "[0]", "_", "-", "pin", "secret", "Cookie", "x-secret", "\u{200b}", "$", "{password: x",
            "?sig=1", "&pin=1", "https://games/1/bet", "https://", "x://", "1/bet", ";", "?", "password", ":+'x'", "?a=Bearer+", "%", "#", "}", ",",
        ]), 0..7),
        secret_name in any::<bool>(),
        slashes in any::<bool>(),
        beyond_ascii in any::<bool>(),
    ) {
        let text = pieces.concat();
        let name = if secret_name { "x-secret" } else { "a" };
        let json = serde_json::json!({ name: text.clone(), "b": [text.clone(), 1, text], text: {} }).to_string();
        let json = if slashes { json.replace('/', "\\/") } else { json };
        let escape = |c: char| c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
        let written = |c: char| if beyond_ascii && !c.is_ascii() { escape(c) } else { c.to_string() };
        let json: String = json.chars().map(written).collect();
        let content = Content { content_type: None, bytes: json.as_bytes(), shown: json.len(), whole: true };
        for redactor in [
            Redactor::default(),
            Redactor::default().path("/games/{game}/bet"),
            Redactor::default().pattern(regex::Regex::new("acct-[0-9]+").unwrap()),
            Redactor::default().detect(crate::Detector::CardNumber).detect(crate::Detector::Email),
            Redactor::none().field("pin").query("token").header("x-secret"),
            Redactor::default().field("x.pin").field("é").header("note"),
            Redactor::none().path("/games/{game}/bet"),
        ] {
            let rules = redactor.rules;
            let mut careful = rules.clone();
            be_careful(&mut careful);
            let printed = |rules: &Rules| {
                [Style::Pretty, Style::Compact].map(|style| {
                    let mut out = Vec::new();
                    print(scope(rules), &content, style, &mut LineWriter::new(&mut out, PREFIX, usize::MAX));
                    String::from_utf8_lossy(&out).into_owned()
                })
            };
            prop_assert_eq!(printed(&rules), printed(&careful));
        }
    }

    /// Draws strings that are paths, under templates of every kind, in any company.
    #[test]
    fn plain_paths_are_what_the_printer_makes_of_them(
        path in "(/(games|GAMES|g|bets?|b|REDACTED|eyJ|eyA[.]a|games[.]|bet[.~,:]|[.]{1,2}|%2F|[0-9a-z_.~,”-]{0,3})){1,10}[/.;\"?,|-]?",
        before in "(a|-|https://h|/|//h|\n|“|x,)?",
    ) {
        let text = if before == "/" { path.clone() } else { before + &path };
        let json = serde_json::json!({ "a": text.clone(), "b": [text.clone(), path, 1], "c": null }).to_string();
        // A body that ends in its last string has nothing behind that string.
        let cut = json.split(',').next().unwrap_or_default().to_owned() + "}";
        for redactor in [
            Redactor::default().path("/games/{game}/bet"),
            Redactor::none().path("/games/{game}/bet"),
            Redactor::default().path("/games/{game}/bet").path("/{tenant}/bets"),
            Redactor::default().path("/games/{*rest}").path("/*/b-{id}/{bet}"),
            Redactor::default().mask(crate::Mask::last(2)).path("/{a}/*"),
            Redactor::default().mask(crate::Mask::text("a b")).path("/{a}").mask(crate::Mask::text("x")).path("/g/{b}"),
        ] {
            let rules = redactor.rules;
            let mut careful = rules.clone();
            be_careful(&mut careful);
            for json in [&json, &cut] {
                let content = Content { content_type: None, bytes: json.as_bytes(), shown: json.len(), whole: true };
                let printed = |rules: &Rules| {
                    let mut out = Vec::new();
                    let printed = print(scope(rules), &content, Style::Pretty, &mut LineWriter::new(&mut out, PREFIX, usize::MAX));
                    (String::from_utf8_lossy(&out).into_owned(), printed.hidden)
                };
                prop_assert_eq!(printed(&rules), printed(&careful));
            }
        }
    }
}
