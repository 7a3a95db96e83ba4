//! `Redactor::show_body`. The first byte of an input chooses the rules, the second the type, the rest is the body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tower_request_log_fuzz::*;

const TYPES: [&str; 12] = [
    "application/json",
    "",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "text/event-stream",
    "application/x-ndjson",
    "text/plain",
    "application/problem+json; charset=utf-16",
    "text/html; charset=iso-2022-jp",
    "application/octet-stream",
    "multipart/mixed; boundary=\"b\"",
    "application/json-seq",
];

fuzz_target!(|data: &[u8]| {
    let [choice, kind, data @ ..] = data else { return };
    let (redactor, defaults) = redactor(*choice);
    let content_type = TYPES[usize::from(*kind) % TYPES.len()];
    let body = plant(data);
    let Some(shown) = redactor.show_body(content_type, &body) else { return };
    assert_tame(&shown);
    // 64 levels of indentation a byte are the most there can be.
    assert!(shown.len() <= 4096 + body.len() * 300, "{} bytes of {}", shown.len(), body.len());
    if !defaults || !has_one(&body) {
        return;
    }
    let secret = match content_type {
        "application/x-www-form-urlencoded" => is_secret_in_form(&body) || is_secret_in_json(&body),
        _ => is_secret_in_json(&body),
    };
    assert!(!(secret && leaks(&shown)), "{content_type}: {shown}\n{}", String::from_utf8_lossy(&body));
    if content_type == "application/json" && is_secret_in_json(&body) {
        serde_json::from_str::<serde_json::Value>(&shown).unwrap_or_else(|error| panic!("{error}: {shown}"));
    }
});
