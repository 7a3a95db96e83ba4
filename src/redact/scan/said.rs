//! Finds values that only a space parts from their names: settings (`requirepass x`, `set -x API_TOKEN x`), netrc
//! (`login ada password x`), and what mails and logs say (`your code is 482913`, `password -> x1`).
//!
//! Prose is full of such words. So the value must be the last word of its line, or follow `is` or `->`, and have digits.

use crate::redact::{
    rules::{Hidden, Rules, Surety},
    text::{edits::Edits, slice::Slice},
};
use memchr::memmem::Finder;
use std::sync::LazyLock;

/// Finds all of them in `text`.
pub(super) fn find<'r>(rules: &'r Rules, text: &[u8], edits: &mut Edits<'r>) {
    let mut at = 0;
    while at < text.len() {
        let end = memchr::memchr(b'\n', text.after(at)).map_or(text.len(), |len| at + len);
        let line = text.part(at..end).trim_ascii_end();
        let (before, value) = line.split_at_checked(last_word(line)).unwrap_or_default();
        if !before.is_empty()
            && is_mixed(value)
            && let Some(hidden) = name(rules, before, 1)
        {
            edits.mask(at + before.len(), at + line.len(), hidden.mask);
        }
        at = end + 1;
    }
    static IS: LazyLock<[Finder<'_>; 2]> = LazyLock::new(|| [Finder::new(" is"), Finder::new(" ->")]);
    for at in IS.iter().flat_map(|sign| sign.find_iter(text)) {
        let rest = text.after(at + 3);
        let rest = rest.strip_prefix(b":").unwrap_or(rest);
        let Some(value) = rest.strip_prefix(b" ") else { continue };
        let start = text.len() - value.len();
        let value =
            value.part(..value.iter().position(|b| *b <= b' ' || b"\"'<>,;)".contains(b)).unwrap_or(value.len()));
        let value = value.strip_suffix(b".").unwrap_or(value);
        if (is_mixed(value) || is_code(value, text.after(start + value.len())))
            && let Some(hidden) = name(rules, text.part(..at), 2)
        {
            edits.mask(start, start + value.len(), hidden.mask);
        }
    }
}

/// Returns where the last word of `line` begins.
fn last_word(line: &[u8]) -> usize {
    memchr::memrchr2(b' ', b'\t', line).map_or(0, |at| at + 1)
}

/// Returns what hides the value behind `before`, which ends with a name of up to so many words that is used for secrets
/// only.
fn name<'r>(rules: &'r Rules, before: &[u8], words: usize) -> Option<Hidden<'r>> {
    /// The most bytes that a name has.
    const MOST: usize = 64;
    let before = before.trim_ascii_end();
    let near = before.after(before.len().saturating_sub(MOST));
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let mut start = near.len();
    (0..words).find_map(|_| {
        let trimmed = near.part(..start).trim_ascii_end();
        start = trimmed.len() - trimmed.iter().rev().take_while(|b| is_name(b)).count();
        let hidden = rules.secret_line(near.after(start).trim_ascii())?;
        (start < trimmed.len() && hidden.surety.is_none_or(|surety| surety == Surety::Strong)).then_some(hidden)
    })
}

/// Returns whether a word has letters and digits, as few words of prose have, and is no path, position or call.
fn is_mixed(word: &[u8]) -> bool {
    const SHORTEST: usize = 6;
    word.len() >= SHORTEST
        && word.iter().any(u8::is_ascii_digit)
        && word.iter().any(u8::is_ascii_alphabetic)
        && word.iter().all(|b| b.is_ascii_graphic() && !b"\"'`()[]{}<>:,;/\\|*".contains(b))
        && word.iter().any(|b| !b.is_ascii_digit() && *b != b'.' && *b != b'v')
        && !is_told(word)
}

/// Returns whether a word is the number of an RFC, or the name of a constant: `TLS1_AD_UNKNOWN`.
fn is_told(word: &[u8]) -> bool {
    let is_constant = !word.iter().any(u8::is_ascii_lowercase) && word.iter().filter(|b| **b == b'_').count() > 1;
    word.starts_with(b"RFC") || is_constant
}

/// Returns whether a word, and what is behind it, are a code of digits and no number of something.
fn is_code(word: &[u8], behind: &[u8]) -> bool {
    (4..=10).contains(&word.len())
        && word.iter().all(u8::is_ascii_digit)
        && !behind.strip_prefix(b" ").is_some_and(|next| next.first().is_some_and(u8::is_ascii_lowercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let rules = Rules::new();
        let mut edits = Edits::new(true);
        find(&rules, text.as_bytes(), &mut edits);
        edits.apply(text.as_bytes()).map_or(text.into(), |hidden| String::from_utf8(hidden).unwrap())
    }

    #[test]
    fn what_a_name_says_goes() {
        assert_eq!(
            shown("machine h login ada password pw-123\nport 80"),
            "machine h login ada password REDACTED\nport 80"
        );
        assert_eq!(shown("set -x API_TOKEN abc-123  \n"), "set -x API_TOKEN REDACTED  \n");
        assert_eq!(shown("Your temporary password is Tmp-77. Hi"), "Your temporary password is REDACTED. Hi");
        assert_eq!(shown("the new password is: Tmp-77x\n"), "the new password is: REDACTED\n");
        assert_eq!(shown("Your verification code is 482913."), "Your verification code is REDACTED.");
    }

    #[test]
    fn prose_stays() {
        for text in [
            "the password is too short",
            "the token is 1024 bytes long",
            "no such secret\nin token.rs:12",
            "a token is a word",
            "using passport abc123",
            "the status code is 40412",
            "Failed password for root from 10.0.0.1 port 22 ssh2",
        ] {
            assert_eq!(shown(text), text);
        }
    }
}
