//! Every case with a body, cut everywhere and in pieces of every size.

use super::{
    cases::{self, Case, Rules},
    exchange::{Message, layer, send, timeless},
    secret::{Finder, SECRET},
};

/// The cases with bodies, by thirds, so that tests share them.
fn third(nth: usize) -> impl Iterator<Item = &'static Case> {
    cases::all().iter().filter(|case| !case.message.body.is_empty()).skip(nth).step_by(3)
}

fn cut(nth: usize) {
    let mut leaks = Vec::new();
    for case in third(nth) {
        leaks.extend(first_leak(case));
    }
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n"));
}

fn first_leak(case: &Case) -> Option<String> {
    let (layer, memory) = layer(case.rules.redactor());
    let leak = |at: usize, by: &str| {
        let text = memory.text();
        assert!(!text.is_empty());
        memory.clear();
        let found = case.finder().find(&text)?;
        Some(format!("{:?} {}\n    cut at {at} by {by}: {found}", case.rules, case.name))
    };
    (0..case.message.body.len()).find_map(|at| {
        // More was sent than is shown.
        send(&layer.clone().body_limit(at), &case.message, &[]);
        if let Some(leak) = leak(at, "the limit") {
            return Some(leak);
        }
        if !case.cut_by_sender {
            return None;
        }
        let mut message = case.message.clone();
        message.body.truncate(at);
        // The sender says that this is all. A path or an account of which half was sent is another one.
        if case.rules != Rules::Template {
            send(&layer, &message, &[]);
            if let Some(leak) = leak(at, "its sender") {
                return Some(leak);
            }
        }
        // The sender breaks off.
        message.error = Some("gone".to_owned());
        send(&layer, &message, &[]);
        leak(at, "its sender, who breaks off")
    })
}

fn split(nth: usize) {
    for case in third(nth) {
        let len = case.message.body.len();
        let (layer, memory) = layer(case.rules.redactor());
        let log = |ends: &[usize]| {
            send(&layer, &case.message, ends);
            let text = timeless(&memory.text());
            memory.clear();
            text
        };
        let whole = log(&[]);
        let each: Vec<usize> = (1..len).collect();
        assert_eq!(log(&each), whole, "{} in single bytes", case.name);
        for at in 1..len {
            assert_eq!(log(&[at]), whole, "{} in frames that part at {at}", case.name);
        }
    }
}

/// Secrets that are longer than what is looked at past the cut.
#[test]
fn no_cut_shows_a_part_of_a_long_secret() {
    const BODIES: [(Rules, &str, &str); 17] = [
        (Rules::Default, "application/json", "{\"a\":1,\"password\":\"@\",\"b\":2}"),
        (Rules::Default, "application/json", "{\"a\":1,\"password\":[{\"b\":\"@\"}],\"b\":2}"),
        (Rules::Default, "application/json", "{\"a\":1,\"b\":\"Bearer @\"}"),
        (Rules::Default, "application/json", "{\"a\":1,\"b\":\"eyJhbGciOi.e30.@\"}"),
        (Rules::Default, "application/json", "{\"a\":1,\"b\":\"{\\\"password\\\":\\\"@\\\"}\"}"),
        (Rules::Default, "application/json", "{\"a\":1,\"b\":\"https://user:@@h/\"}"),
        (Rules::Default, "application/x-www-form-urlencoded", "a=1&password=@&b=2"),
        (Rules::Default, "application/x-www-form-urlencoded", "a=1&b=%7B%22password%22%3A%22@%22%7D&c=2"),
        (Rules::Default, "text/event-stream", "data: {\"a\":1,\"password\":\"@\"}\n\n"),
        (
            Rules::Default,
            "multipart/form-data; boundary=b",
            "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n@\r\n--b--\r\n",
        ),
        (Rules::Default, "text/plain", "see -----BEGIN PRIVATE KEY-----\n@\n-----END PRIVATE KEY-----\n"),
        (Rules::Default, "text/plain", "see eyJhbGciOi.e30.@ and more"),
        (Rules::Default, "text/plain", "see https://user:@@h/ and more"),
        (Rules::Pattern, "text/plain", "see acct-@ and more"),
        (Rules::Template, "application/json", "{\"a\":1,\"b\":\"/games/@/bet\"}"),
        (Rules::Template, "application/x-www-form-urlencoded", "a=1&b=/games/@/bet&c=2"),
        (Rules::Template, "text/plain", "see https://h/games/@/bet and more"),
    ];
    let long = SECRET.repeat(160);
    for (rules, content_type, body) in BODIES {
        let (layer, memory) = layer(rules.redactor());
        let body = body.replacen('@', &long, 1);
        let message = Message::default().content_type(content_type).body(body);
        let len = message.body.len();
        for at in (0..120).chain((120..len - 100).step_by(171)).chain(len - 100..len) {
            send(&layer.clone().body_limit(at), &message, &[]);
            let text = memory.text();
            memory.clear();
            if let Some(found) = Finder::canary().find(&text) {
                panic!("{content_type} {}… cut at {at}: {found}", &String::from_utf8_lossy(&message.body)[..60]);
            }
        }
    }
}

#[test]
fn no_cut_shows_a_secret_1() {
    cut(0);
}

#[test]
fn no_cut_shows_a_secret_2() {
    cut(1);
}

#[test]
fn no_cut_shows_a_secret_3() {
    cut(2);
}

#[test]
fn all_splits_print_the_same_1() {
    split(0);
}

#[test]
fn all_splits_print_the_same_2() {
    split(1);
}

#[test]
fn all_splits_print_the_same_3() {
    split(2);
}
