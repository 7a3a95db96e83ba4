//! Finds credentials that no sign precedes: in SQL (`PASSWORD 'x'`, `IDENTIFIED BY 'x'`), calls (`define('DB_PASSWORD', 'x')`), the
//! arguments of curl, and data sources of Go and Oracle.

use super::lexeme;
use crate::redact::{
    rules::Rules,
    text::{edits::Edits, slice::Slice},
};
use memchr::memmem::{self, Finder};
use std::sync::LazyLock;

/// Bounds the bytes of a data source that are read.
const MAX_WORD: usize = 512;

/// Made once, since every text is searched for them.
static CURL: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("curl "));
static TCP: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("@tcp("));
static UNIX: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("@unix("));
static ORACLE: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("oracle:thin:"));

/// Finds all of them in `text`.
pub(super) fn find<'r>(rules: &'r Rules, text: &[u8], edits: &mut Edits<'r>) {
    let mut from = 0;
    for quote in memchr::memchr2_iter(b'\'', b'"', text) {
        if quote >= from && is_value(rules, text.part(..quote)) && !lexeme::closes(text, quote) {
            let (start, end) = lexeme::prose_value(text, quote, false, false);
            edits.mask(start, end, rules.mask());
            from = end + 1;
        }
    }
    let mut line = 0;
    for at in CURL.find_iter(text) {
        // One line may have many.
        if at >= line {
            line = curl(rules, text, at, edits);
        }
    }
    for network in [&TCP, &UNIX] {
        for at in network.find_iter(text) {
            let least = at.saturating_sub(MAX_WORD);
            let ends = |b: &u8| *b <= b' ' || b"\"'=".contains(b);
            let start = text.part(least..at).iter().rposition(ends).map_or(least, |at| least + at + 1);
            if let Some(colon) = memchr::memchr(b':', text.part(start..at)) {
                edits.mask(start + colon + 1, at, rules.mask());
            }
        }
    }
    for at in ORACLE.find_iter(text) {
        let rest = text.after(at + ORACLE.needle().len());
        let rest = rest.part(..rest.len().min(MAX_WORD));
        let word = rest.part(..rest.iter().position(|b| *b <= b' ' || *b == b'"').unwrap_or(rest.len()));
        let start = at + ORACLE.needle().len();
        // One that ends the text may lack its `@`.
        let ends = || (start + word.len() == text.len()).then_some(word.len());
        let end = memchr::memchr(b'@', word).or_else(ends);
        if let Some((slash, end)) = memchr::memchr(b'/', word).zip(end).filter(|(a, b)| a < b) {
            edits.mask(start + slash + 1, start + end, rules.mask());
        }
    }
}

/// Returns whether a quote behind `before` begins the value of a secret.
fn is_value(rules: &Rules, before: &[u8]) -> bool {
    /// The longest name that is read, with what is around it.
    const REACH: usize = 96;
    let before = before.after(before.len().saturating_sub(REACH));
    let text = before.trim_ascii_end();
    // The first argument of a call.
    if let Some(list) = text.strip_suffix(b",") {
        let Some((start, end)) = lexeme::quoted_name(list, 0, list.len()) else { return false };
        let call = list.part(..start.saturating_sub(1)).trim_ascii_end();
        let Some(call) = call.strip_suffix(b"(") else { return false };
        let is_call = call.last().is_some_and(u8::is_ascii_alphanumeric);
        // A log's first argument says where it comes from.
        let logs =
            [&b"log"[..], b"info", b"debug", b"warn", b"error", b"trace"].iter().any(|known| call.ends_with(known));
        return is_call && !logs && rules.secret_anywhere(list.part(start..end)).is_some();
    }
    if text.len() == before.len() {
        return false;
    }
    let ends = |with: &[u8]| {
        let at = text.len().checked_sub(with.len());
        let word = |at: usize| at.checked_sub(1).and_then(|at| text.get(at)).is_none_or(|b| *b <= b' ');
        at.is_some_and(|at| word(at) && text.after(at).eq_ignore_ascii_case(with))
    };
    let of_user =
        || [&b"user"[..], b"USER", b"grant", b"GRANT", b"@"].iter().any(|word| memmem::find(text, word).is_some());
    ends(b"identified by") && of_user() || (ends(b"password") && rules.secret_anywhere(b"password").is_some())
}

/// Finds the passwords and cookies among the arguments of the curl at `at`, to the end of its line, which it
/// returns.
fn curl<'r>(rules: &'r Rules, text: &[u8], at: usize, edits: &mut Edits<'r>) -> usize {
    let rest = text.after(at);
    let line = rest.part(..memchr::memchr(b'\n', rest).unwrap_or(rest.len()));
    for (option, sign) in [(&b" -u "[..], b':'), (b" --user ", b':'), (b" -b ", b'='), (b" --cookie ", b'=')] {
        for found in memmem::find_iter(line, option) {
            let start = at + found + option.len();
            let (start, end) = lexeme::prose_value(text, start, false, false);
            if let Some(len) = memchr::memchr(sign, text.part(start..end)) {
                edits.mask(start + len + 1, end, rules.mask());
            }
        }
    }
    at + line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let rules = Rules::new();
        Edits::shown(text, |text, edits| find(&rules, text, edits))
    }

    #[test]
    fn credentials_go() {
        for (text, hidden) in [
            ("CREATE ROLE a LOGIN PASSWORD 'x''y' VALID", "CREATE ROLE a LOGIN PASSWORD 'REDACTED' VALID"),
            ("USER 'j'@'h' IDENTIFIED BY 'x'", "USER 'j'@'h' IDENTIFIED BY 'REDACTED'"),
            ("define( 'DB_PASSWORD', 'x' );", "define( 'DB_PASSWORD', 'REDACTED' );"),
            ("setenv(\"API_KEY\", \"x\")", "setenv(\"API_KEY\", \"REDACTED\")"),
            ("curl -u ada:x https://h/", "curl -u ada:REDACTED https://h/"),
            ("curl --cookie 'sid=x; a=y' h", "curl --cookie 'sid=REDACTED' h"),
            ("open app:x@y@tcp(db:3306)/shop", "open app:REDACTED@tcp(db:3306)/shop"),
            ("jdbc:oracle:thin:scott/x@//db:1521/o", "jdbc:oracle:thin:scott/REDACTED@//db:1521/o"),
        ] {
            assert_eq!(shown(text), hidden);
        }
    }

    #[test]
    fn prose_stays() {
        for text in [
            "unexpected token 'x'",
            "('password', 'user')",
            "['password', 'user']",
            "define('DB_NAME', 'x')",
            "curl -u ada h",
            "jdbc:oracle:thin:@//db:1521/o",
            "the passwords 'x'",
        ] {
            assert_eq!(shown(text), text);
        }
    }
}
