//! `Redactor::show_target` and `show_header`. The first byte of an input chooses the rules, the second what it is.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tower_request_log_fuzz::*;

const HEADERS: [&str; 10] = [
    "authorization",
    "cookie",
    "set-cookie",
    "referer",
    "location",
    "link",
    "refresh",
    "sec-websocket-protocol",
    "x-a",
    "x-api-key",
];

fuzz_target!(|data: &[u8]| {
    let [choice, kind, data @ ..] = data else { return };
    let (redactor, defaults) = redactor(*choice);
    let planted = plant(data);
    let Ok(text) = std::str::from_utf8(&planted) else { return };
    let kind = usize::from(*kind) % (HEADERS.len() + 1);
    let name = HEADERS.get(kind).copied();
    let shown = match name {
        Some(name) => redactor.show_header(name, text),
        None => redactor.show_target(text),
    };
    assert_tame(&shown);
    assert!(shown.len() <= 256 + text.len() * 16, "{} bytes of {}", shown.len(), text.len());
    if !defaults || !has_one(text.as_bytes()) {
        return;
    }
    let secret = match name {
        Some("x-api-key") => true,
        Some("cookie") => text.split(';').all(|pair| {
            let (name, _) = pair.split_once('=').unwrap_or(("", pair));
            !name.contains(CANARY)
        }),
        // The fragment is one's own affair here.
        None | Some("referer" | "location") => {
            let query = text.split_once('?').map(|(_, query)| query.split('#').next().unwrap_or(query));
            query.is_some_and(|query| is_secret_in_form(query.as_bytes()))
        }
        _ => false,
    };
    assert!(!(secret && leaks(&shown)), "{name:?}: {shown}\n{text}");
});
