//! The canary: how it is planted, and how it is found in whatever guise it shows.

use std::{borrow::Cow, sync::LazyLock};

/// One unbroken token that is in no other word of the tests.
pub(crate) const SECRET: &str = "C4n4ryZq7Xw9KdVbT5m";
/// One with what forms, URLs and JSON write in other ways.
pub(crate) const SPACED: &str = "C4n4ry Zq7+Xw9/Kd=V&bT";

/// How many characters in a row of a secret are a leak.
const WINDOW: usize = 6;

/// `template` with the canary in it:
///
/// | | |
/// | --- | --- |
/// | `{c}` | as it is |
/// | `{c%}` `{c%%}` | percent-encoded, once and twice |
/// | `{cu}` `{cuu}` | as JSON escapes, once and twice |
/// | `{c64}` `{u64}` `{k64}` | base64 of it, of `user:` and it, of it and `:` |
/// | `{jwt}` `{jwt=}` | a JWT that is signed with it, and one with padding that is not JOSE's |
/// | `{s}` `{s%}` `{s+}` | the one with spaces: as it is, percent-encoded, as a form has it |
pub(crate) fn plant(template: &str) -> String {
    let jwt = format!("{}.{}.{SECRET}", base64(br#"{"alg":"HS256"}"#), base64(br#"{"sub":"1"}"#));
    assert!(jwt.contains("=."), "padded");
    let escaped = SECRET.bytes().map(|b| format!("\\u{b:04x}")).collect::<String>();
    [
        ("{c}", SECRET.to_owned()),
        ("{c%}", percent(SECRET)),
        ("{c%%}", percent(SECRET).replace('%', "%25")),
        ("{cuu}", escaped.replace('\\', "\\\\")),
        ("{cu}", escaped),
        ("{c64}", base64(SECRET.as_bytes())),
        ("{u64}", base64(format!("user:{SECRET}").as_bytes())),
        ("{k64}", base64(format!("{SECRET}:").as_bytes())),
        ("{jwt}", jwt.replace('=', "")),
        ("{jwt=}", jwt),
        ("{s}", SPACED.to_owned()),
        ("{s%}", percent(SPACED)),
        ("{s+}", percent(SPACED).replace("%20", "+")),
    ]
    .iter()
    .fold(template.to_owned(), |text, (word, secret)| text.replace(word, secret))
}

pub(crate) fn percent(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0, |bits, &b| bits << 8 | u32::from(b)) << (8 * (3 - chunk.len()));
        for nth in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * nth)) as usize & 63];
            out.push(if nth > chunk.len() { '=' } else { char::from(digit) });
        }
    }
    out
}

/// Finds secrets in what was logged: any six characters in a row of one, whatever their case, as they are, or percent or
/// JSON escaped, UTF-16 or base64.
pub(crate) struct Finder {
    windows: Vec<Vec<u8>>,
    /// Which pairs of bytes a window begins with.
    begins: Vec<bool>,
}

impl Finder {
    /// A finder of the canaries.
    pub(crate) fn canary() -> &'static Self {
        static FINDER: LazyLock<Finder> = LazyLock::new(|| {
            let mut needles = vec![SECRET.to_owned(), SPACED.to_owned()];
            // The digits that do not depend on what is encoded before or behind.
            for lead in ["", "x", "xx"] {
                let digits = base64(format!("{lead}{SECRET}").as_bytes());
                let inner = digits.trim_end_matches('=');
                needles.push(inner[if lead.is_empty() { 0 } else { 4 }..inner.len() - 2].to_owned());
            }
            Finder::of(&needles)
        });
        &FINDER
    }

    pub(crate) fn of(secrets: &[impl AsRef<str>]) -> Self {
        let mut windows = Vec::new();
        for secret in secrets {
            let lower = secret.as_ref().to_ascii_lowercase().into_bytes();
            windows.extend(lower.windows(WINDOW.min(lower.len())).map(<[u8]>::to_vec));
        }
        let mut begins = vec![false; 1 << 16];
        windows.iter().for_each(|window| begins[usize::from(window[0]) << 8 | usize::from(window[1])] = true);
        Self { windows, begins }
    }

    /// What shows of a secret in `text`.
    pub(crate) fn find(&self, text: &str) -> Option<String> {
        let lower = text.to_ascii_lowercase();
        let mut view = Cow::Borrowed(lower.as_bytes());
        for _ in 0..4 {
            if let Some(at) = self.find_plain(&view) {
                let around = &view[at.saturating_sub(40)..view.len().min(at + 40)];
                return Some(String::from_utf8_lossy(around).into_owned());
            }
            match undo(&view) {
                Some(undone) => view = Cow::Owned(undone),
                None => break,
            }
        }
        None
    }

    fn find_plain(&self, text: &[u8]) -> Option<usize> {
        let pairs = text.iter().zip(text.iter().skip(1)).enumerate();
        let begins = pairs.filter(|(_, (a, b))| self.begins[usize::from(**a) << 8 | usize::from(**b)]);
        begins.map(|(at, _)| at).find(|&at| self.windows.iter().any(|window| text[at..].starts_with(window)))
    }
}

/// `text`, which is in lower case, with one layer of every escape taken off; `None` where there is none.
fn undo(text: &[u8]) -> Option<Vec<u8>> {
    if !text.iter().any(|b| matches!(b, b'%' | b'\\' | b'+')) {
        return None;
    }
    let hex = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&b, tail)) = rest.split_first() {
        let escape = match rest {
            [b'%', high, low, ..] => hex(&[*high, *low]).map(|b| (b, 3)),
            [b'\\', b'u', b'0', b'0', high, low, ..] => hex(&[*high, *low]).map(|b| (b, 6)),
            [b'\\', b'x', high, low, ..] => hex(&[*high, *low]).map(|b| (b, 4)),
            [b'\\', b'\\', ..] => Some((b'\\', 2)),
            [b'+', ..] => Some((b' ', 1)),
            _ => None,
        };
        match escape {
            // The other half of a character of UTF-16.
            Some((0, len)) => rest = &rest[len..],
            Some((byte, len)) => {
                out.push(byte.to_ascii_lowercase());
                rest = &rest[len..];
            }
            None => {
                out.push(b);
                rest = tail;
            }
        }
    }
    (out != text).then_some(out)
}

#[test]
fn every_guise_is_found() {
    for template in
        ["{c}", "{c%}", "{c%%}", "{cu}", "{cuu}", "{c64}", "{u64}", "{k64}", "{jwt}", "{s}", "{s%}", "{s+}", "{s+}"]
    {
        assert!(Finder::canary().find(&plant(template)).is_some(), "{template}");
    }
    let utf16: String = SECRET.chars().map(|c| format!("{c}\\x00")).collect();
    assert!(Finder::canary().find(&utf16).is_some());
    for at in 0..=SECRET.len() - WINDOW {
        let shown = format!("a {} b", &SECRET[at..at + WINDOW]);
        assert!(Finder::canary().find(&shown).is_some(), "{shown}");
        assert!(Finder::canary().find(&shown.replace(&SECRET[at + 2..at + 3], "")).is_none());
    }
    assert_eq!(base64(b"user:pass"), "dXNlcjpwYXNz");
    assert_eq!(base64(b"a"), "YQ==");
}
