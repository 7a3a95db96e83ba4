use crate::redact::{
    Detector, Redactor,
    codec::entities,
    nested::scope,
    scan::{candidates, candidates::Candidates, hide_secrets, lines, once, scope::Scope},
    text::{
        context::{Context, LineStart, Mode},
        edits::Edits,
    },
};
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

/// Does what [`hide`] does, but searches for everything, whatever the signs.
fn naive(scope: Scope<'_>, text: &[u8], context: Context) -> Option<Vec<u8>> {
    // A text that may be broken JSON is hidden only where there is a sign of something.
    if !candidates(scope.rules, text).any() {
        let mut edits = Edits::new(context.whole);
        lines(scope.rules, text, context, &mut edits);
        if !context.whole || context.first == LineStart::Line && (6..12).contains(&text.len()) {
            scope.rules.patterns.find_keys(text, true, &mut edits);
        }
        return edits.apply(text, scope.rules.mask());
    }
    let hidden = once(scope, text, context, Candidates::ALL);
    undone(scope, hidden.clone().unwrap_or_else(|| text.into()), context).or(hidden)
}

/// Hides the secrets in `text` without its escapes, or without theirs.
fn undone(scope: Scope<'_>, text: Vec<u8>, context: Context) -> Option<Vec<u8>> {
    let plain = entities::undo(&text).filter(|_| context.mode == Mode::Text)?;
    let Some(scope) = scope.deeper() else { return Some(scope.rules.masked()) };
    let hidden = once(scope, &plain, context, Candidates::ALL);
    undone(scope, hidden.clone().unwrap_or(plain), context).or(hidden)
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
        first in prop::sample::select(vec![LineStart::Line, LineStart::Inline, LineStart::No]),
        mode in prop::sample::select(vec![Mode::Text, Mode::Url, Mode::Form]),
        decoded: bool,
    ) {
        let text = pieces.concat() + if long { LONG } else { "" };
        let context = Context { mode, whole, decoded, first };
        for redactor in REDACTORS.iter() {
            let scope = scope(&redactor.rules);
            prop_assert_eq!(
                hide_secrets(scope, text.as_bytes(), context).map(|text| String::from_utf8_lossy(&text).into_owned()),
                naive(scope, text.as_bytes(), context).map(|text| String::from_utf8_lossy(&text).into_owned())
            );
        }
    }
}

/// More than what is scanned byte by byte.
const LONG: &str = " ................................................................................................\
    .................................................................................................";
