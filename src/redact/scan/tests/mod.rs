mod form;
mod text;

use super::{prefilter::Signs, *};
use crate::redact::{Detector, Redactor};
use proptest::prelude::*;
use std::sync::LazyLock;

static REDACTORS: LazyLock<Vec<Redactor>> = LazyLock::new(|| {
    vec![
        Redactor::default(),
        Redactor::default().path("/games/{game}/bet"),
        Redactor::default().pattern(regex::Regex::new("acct-[0-9]+").unwrap()),
        Redactor::default().detect(Detector::CardNumber).detect(Detector::Email).header("x-secret"),
        Redactor::none().field("pin").query("token"),
        Redactor::none().path("/games/{game}/bet"),
        Redactor::default().path("/games/*/{bet}").path("/{tenant}/a-{id}").path("/games/x/{*rest}"),
        Redactor::none().header("x-secret").pattern(regex::Regex::new("acct-[0-9]+").unwrap()),
    ]
});

/// [`hide`] that looks for everything, whatever the signs.
fn naive(rules: &Rules, text: &[u8], how: How) -> Option<Vec<u8>> {
    // What may be broken JSON is hidden only where there is a sign of something.
    if !prefilter::text(rules, text).any() {
        let mut hits = Hits::new(how.whole);
        lines(rules, text, how, &mut hits);
        return hits.apply(text);
    }
    let hidden = once(rules, text, how, Signs::ALL);
    undone(rules, hidden.clone().unwrap_or_else(|| text.into()), how, MAX_DEPTH).or(hidden)
}

/// What is hidden in `text` without its escapes, or without theirs.
fn undone(rules: &Rules, text: Vec<u8>, how: How, left: usize) -> Option<Vec<u8>> {
    let plain = entities::undo(&text).filter(|_| how.mode == Mode::Text)?;
    if left == 0 {
        return Some(rules.masked());
    }
    let hidden = once(rules, &plain, how, Signs::ALL);
    undone(rules, hidden.clone().unwrap_or(plain), how, left - 1).or(hidden)
}

proptest! {
    #[test]
    fn what_has_no_sign_is_not_there(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "password: x", "Cookie: a=b", "{password: x", "- ", "\u{e9}: ", "token: \"x\", ", "?m=", "%3A", "token=x", "a=b", "\n", " ", "é", "a", "%", "+", "&", ";", "?", "#", ",", "--", "]", "{", "<",
            "/", "\\", "'", "\"", ":", "=", "@", ".", "..", "<password>x", "<pin>x</pin>", "&quot;", "&amp;", "quot;", "lt;", "&lt;token&gt;x",
            "/games/1/bet", "/games/", "://", "//", "//h", "%2F", "\\n", "”", "games/1/bet", "%2Fgames%2F", "\\games\\1\\bet", "https://h/games/1/bet", "//u:x@h", "https://h:80/a",
            "https://token@h", "?token=x", "%3Ftoken%3Dx", "%22", "eyJhbGciOi.eyJzdWIi.c2ln", "Bearer x", "Bearer+x",
            "-----BEGIN PRIVATE KEY-----", "'password': 'x'", "\"password\":\"x\"", "{\"token\":1}", "?f={\"token\":1}",
            "\\u0070assword=x", "\\/games\\/1\\/bet", "acct-7", "4111 1111 1111 1111", "me@h.org", "x-secret: 1",
        ]), 0..7),
        long: bool,
        whole: bool,
        first in prop::sample::select(vec![First::Line, First::Inline, First::No]),
        mode in prop::sample::select(vec![Mode::Text, Mode::Url, Mode::Form]),
        depth in 0..2_usize,
    ) {
        let text = pieces.concat() + if long { LONG } else { "" };
        let how = How { mode, whole, depth, first };
        for redactor in REDACTORS.iter() {
            let rules = &redactor.rules;
            prop_assert_eq!(
                hide(rules, text.as_bytes(), how).map(|text| String::from_utf8_lossy(&text).into_owned()),
                naive(rules, text.as_bytes(), how).map(|text| String::from_utf8_lossy(&text).into_owned())
            );
        }
    }
}

/// More than what is scanned byte by byte.
const LONG: &str = " ................................................................................................\
    .................................................................................................";
