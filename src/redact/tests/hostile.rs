//! Bounds the work that text costs, and shows what is left of a message that costs too much.

#[path = "../../../benches/support/hostile.rs"]
mod pieces;

use crate::{
    line_writer::LineWriter,
    redact::{
        Mask, Redactor,
        text::content::{Content, Style},
        work,
    },
};
use std::fs;

/// Shows a text in one place, and returns the length of all that is shown.
type Show = fn(&Redactor, &str) -> usize;

const PLACES: [(&str, Show); 8] = [
    ("text", |redactor, text| body(redactor, "text/plain", text)),
    ("form", |redactor, text| body(redactor, "application/x-www-form-urlencoded", text)),
    ("json", |redactor, text| body(redactor, "application/json", text)),
    ("events", |redactor, text| body(redactor, "text/event-stream", text)),
    ("multipart", |redactor, text| {
        let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
        body(redactor, "multipart/form-data; boundary=b", &[part, text, "\r\n--b--\r\n"].concat())
    }),
    ("string", |redactor, text| body(redactor, "application/json", &format!("[{}]", serde_json::Value::from(text)))),
    ("target", |redactor, text| {
        redactor.show_target(text);
        text.len()
    }),
    ("header", |redactor, text| {
        redactor.show_header("x-note", text);
        text.len()
    }),
];

fn body(redactor: &Redactor, content_type: &str, text: &str) -> usize {
    redactor.show_body(content_type, text);
    text.len()
}

/// Returns the units of work for each byte.
fn cost(redactor: &Redactor, show: Show, text: &str) -> f64 {
    let mut len = 0;
    let units = work::measure(|| len = show(redactor, text));
    units as f64 / len as f64
}

/// Asserts that no hostile text costs more than `most` units for each byte in any place, however long it is.
#[track_caller]
fn assert_linear(redactor: &Redactor, most: f64) {
    let mut dear = Vec::new();
    for piece in pieces::PIECES {
        let [short, long] = [2 << 10, 8 << 10].map(|len| pieces::text(piece, len));
        for (place, show) in PLACES {
            let (short, long) = (cost(redactor, show, &short), cost(redactor, show, &long));
            // A short text costs little, and each has its first look.
            if long > 1.7 * short + 30.0 || long > most {
                dear.push(format!("{piece:?} in {place}: {short:.1}, then {long:.1} a byte"));
            }
        }
    }
    assert!(dear.is_empty(), "{dear:#?}");
}

#[test]
fn the_work_for_hostile_text_grows_with_its_length() {
    assert_linear(&Redactor::new(), 120.0);
}

#[test]
fn the_work_for_hostile_text_grows_with_its_length_with_all_rules() {
    assert_linear(&pieces::redactor(), 160.0);
}

#[test]
fn the_work_for_hostile_text_grows_with_its_length_where_little_is_allowed() {
    assert_linear(&Redactor::allow_only().allow_field("a"), 400.0);
}

#[test]
fn no_message_of_the_corpus_costs_a_quarter_of_its_allowance() {
    let redactor = Redactor::new();
    for file in fs::read_dir("tests/corpus").unwrap() {
        let Ok(text) = fs::read_to_string(file.unwrap().path()) else { continue };
        for case in text.split("\n=== ").skip(1) {
            let Some((title, (place, message))) =
                case.split_once('\n').and_then(|(title, rest)| Some((title, rest.split_once('\n')?)))
            else {
                continue;
            };
            let message = message.replace(['⟦', '⟧', '⟨', '⟩'], "");
            let units =
                work::measure(|| match place.split_once(' ') {
                    Some(("header", name)) => drop(redactor.show_header(name, &message)),
                    _ if place == "target" => drop(redactor.show_target(&message)),
                    _ => drop(redactor.show_body(
                        place.rsplit(' ').next().filter(|kind| *kind != "body").unwrap_or_default(),
                        &message,
                    )),
                });
            assert!(units < work::units(message.len()) / 4, "{title}: {units} units for {} bytes", message.len());
        }
    }
}

/// Text as it is sent, in any place, and with what a parser makes of it.
#[test]
fn ordinary_text_has_its_allowance_to_spare() {
    let sources =
        |folder: &str| fs::read_dir(folder).unwrap().filter_map(|file| fs::read_to_string(file.unwrap().path()).ok());
    let lines = [
        "12345\n",
        "2026-11-29T04:50:26.123Z INFO shop::cart: GET /carts/8812/items?page=2&size=50 200 in 12ms\n",
        "<li><a href=\"/docs/api.html?v=2&amp;lang=en\">The API of carts &mdash; &quot;v2&quot;</a></li>\n",
        "4711,ada@example.org,2026-11-29,12.50\n",
        "    - name: cart\n      image: registry.example.org/shop/cart:1.12.3\n      port: 8080\n",
        "{\"id\":4711,\"sku\":\"b-17\",\"at\":\"2026-11-29T04:50:26Z\",\"tags\":[\"new\",\"x=1\"]}\n",
    ];
    let long = lines.into_iter().map(|line| line.repeat(400)).chain(sources("src/redact/scan")).chain(sources("."));
    for text in long.filter(|text| text.len() > 8192) {
        for (place, show) in PLACES {
            let units = cost(&Redactor::new(), show, &text) / (work::units(1 << 20) >> 20) as f64;
            assert!(units < 0.8, "{units:.2} of the allowance in {place}: {:?}", text.get(..60));
        }
    }
}

#[test]
fn what_costs_too_much_is_hidden() {
    let redactor = Redactor::new().replacement("***");
    let [words, form] = ["token=<a", "a=%7B"].map(|piece| piece.repeat(8 << 10));
    assert_eq!(redactor.show_body("text/plain", &words).as_deref(), Some("***"));
    assert_eq!(redactor.show_body("application/x-www-form-urlencoded", &form).as_deref(), Some("***"));
    assert_eq!(redactor.show_header("x-note", &words), "***");
    assert_eq!(redactor.show_target(&format!("/?{form}")), "***");
    // What follows it and has no sign shows.
    let json = format!(r#"{{"a":"{words}","b":"plain","c":"see x=1","d":2}}"#);
    assert_eq!(
        redactor.show_body("application/json", json).as_deref(),
        Some("{\n    \"a\": \"***\",\n    \"b\": \"plain\",\n    \"c\": \"***\",\n    \"d\": 2\n}")
    );
    // The next message has an allowance of its own.
    assert_eq!(redactor.show_body("text/plain", "see x=1").as_deref(), Some("see x=1"));
}

#[test]
fn a_note_says_that_a_body_costs_too_much() {
    let report = |content_type: &str, bytes: &str, shown: usize| {
        let (mut out, redactor) = (Vec::new(), Redactor::new());
        let content =
            Content { content_type: Some(content_type.as_bytes()), bytes: bytes.as_bytes(), shown, whole: true };
        let report = redactor.body(&content, Style::Pretty, &mut LineWriter::new(&mut out, b"", usize::MAX));
        (String::from_utf8(out).unwrap(), report.left_out)
    };
    let text = "token=<a".repeat(2 << 10);
    let left_out = Some("too many signs of secrets, 16384 bytes left out".to_owned());
    assert_eq!(report("text/plain", &text, 16384), ("REDACTED\n".to_owned(), left_out));
    let left_out = Some("too many signs of secrets, 100 bytes left out".to_owned());
    assert_eq!(report("text/plain", &text, 100), ("REDACTED\n".to_owned(), left_out));
    let json = format!("[\"{text}\"]");
    let left_out = Some("too many signs of secrets, some of it hidden unread".to_owned());
    assert_eq!(report("application/json", &json, json.len()), ("[\n    \"REDACTED\"\n]\n".to_owned(), left_out));
    assert_eq!(report("text/plain", "token=<a", 8), ("token=REDACTED\n".to_owned(), None));
}

#[test]
fn a_mask_that_redacts_costs_its_own() {
    let (inner, words) = (Redactor::new(), "token=<a".repeat(8 << 10));
    let redactor = Redactor::new().mask(Mask::with(move |_| inner.show_header("x-note", &words))).field("pin");
    assert_eq!(redactor.show_body("", "pin: 1\nsee x=1\n").as_deref(), Some("pin: REDACTED\nsee x=1"));
}
