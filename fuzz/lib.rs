//! What the fuzz targets share: the canary, the rules, and what must hold of everything that is shown.
//!
//! With `cargo install cargo-fuzz`, on a stable toolchain:
//!
//! ```text
//! RUSTC_BOOTSTRAP=1 cargo fuzz run -s none body -- -dict=fuzz/dictionary -max_len=2048 -max_total_time=600
//! ```
//!
//! Likewise `head`, `reader`, `exchange` and `program`.

use std::sync::LazyLock;
use tower_request_log::{Detector, Redactor};

/// Stands where an input has a byte [`MARK`].
pub const CANARY: &str = "C4n4ryZq7Xw9KdVbT5m";
/// The byte in an input that the canary is put in place of; it is in no UTF-8.
pub const MARK: u8 = 0xfe;
/// How many characters in a row of the canary are a leak.
const WINDOW: usize = 6;
/// Names that bear secrets by default, in lower case.
const NAMES: [&str; 6] = ["password", "token", "secret", "apikey", "passwd", "signature"];

/// `data` with the canary in it.
pub fn plant(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() + CANARY.len());
    for &b in data {
        match b {
            MARK => out.extend_from_slice(CANARY.as_bytes()),
            b => out.push(b),
        }
    }
    out
}

/// One of several sets of rules, and whether the default set is in it.
pub fn redactor(choice: u8) -> (&'static Redactor, bool) {
    static ALL: LazyLock<[Redactor; 4]> = LazyLock::new(|| {
        [
            Redactor::new(),
            Redactor::new()
                .path("/a/{b}/c")
                .path("/f/{*rest}")
                .json_path("$.user.cards[*].pan")
                .pattern(regex::Regex::new("acct-(?<secret>[0-9a-z]+)").unwrap())
                .detect(Detector::CardNumber)
                .detect(Detector::CloudKey)
                .detect(Detector::Email)
                .detect(Detector::Iban),
            Redactor::allow_only().allow_field("a").allow_query("a").allow_header("x-a").allow_header("content-type"),
            Redactor::none().field("a"),
        ]
    });
    let nth = usize::from(choice % 4);
    (&ALL[nth], nth != 3)
}

/// Whether the canary, or a part of it, shows in `shown`.
pub fn leaks(shown: &str) -> bool {
    let shown = shown.as_bytes();
    CANARY.as_bytes().windows(WINDOW).any(|window| shown.windows(WINDOW).any(|part| part == window))
}

/// Fails where `shown` has a character that a terminal may act on, other than LF.
pub fn assert_tame(shown: &str) {
    let hostile = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!shown.contains(hostile), "{shown:?}");
}

/// Whether `text` has the canary once, and no part of it anywhere else, where it may be shown.
pub fn has_one(text: &[u8]) -> bool {
    let Some(at) = text.windows(CANARY.len()).position(|part| part == CANARY.as_bytes()) else { return false };
    let shows = |text: &[u8]| leaks(&String::from_utf8_lossy(text).replace(|c: char| !c.is_ascii_alphanumeric(), ""));
    !shows(&text[..at]) && !shows(&text[at + CANARY.len()..])
}

fn is_secret(name: &str) -> bool {
    NAMES.contains(&name.to_ascii_lowercase().replace(['-', '_'], "").as_str())
}

/// Whether the one canary in a JSON document is below a member whose name bears a secret.
pub fn is_secret_in_json(text: &[u8]) -> bool {
    let mut stack = match serde_json::from_slice::<serde_json::Value>(text) {
        Ok(value) => vec![(value, false)],
        Err(_) => return false,
    };
    while let Some((value, secret)) = stack.pop() {
        match value {
            serde_json::Value::Object(members) => {
                for (name, value) in members {
                    if name.contains(CANARY) && secret {
                        return true;
                    }
                    let secret = secret || is_secret(&name);
                    stack.push((value, secret));
                }
            }
            serde_json::Value::Array(values) => stack.extend(values.into_iter().map(|value| (value, secret))),
            serde_json::Value::String(text) if text.contains(CANARY) => return secret,
            _ => {}
        }
    }
    false
}

/// Whether the one canary in a form or query is in the value of a name that bears a secret, whether `;` parts pairs or
/// not.
pub fn is_secret_in_form(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    text.split('&').any(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        value.contains(CANARY) && !value.contains(';') && decode(name).is_some_and(|name| is_secret(&name))
    })
}

/// A name, percent-decoded; `None` where it cannot be.
fn decode(name: &str) -> Option<String> {
    let (mut out, mut rest) = (Vec::new(), name.as_bytes());
    while let Some((&b, tail)) = rest.split_first() {
        rest = tail;
        if b == b'%' {
            let hex = std::str::from_utf8(rest.get(..2)?).ok()?;
            out.push(u8::from_str_radix(hex, 16).ok()?);
            rest = &rest[2..];
        } else {
            out.push(b);
        }
    }
    String::from_utf8(out).ok()
}
