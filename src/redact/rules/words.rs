//! Splits a name into words: `newPassword2`, `SECRET_KEY_BASE`, `user[pin]`, `X-Api-Key`.

use crate::redact::text::slice::Slice;

/// The length of the longest word that is kept whole. Of a longer one, the end is kept.
pub(crate) const MAX_WORD: usize = 16;

/// Yields the words of a name in lower case, their letters packed into a number, the last in its lowest byte.
///
/// Any byte that is no ASCII letter separates words, a digit too. A word also begins with a capital behind a small
/// letter, and with a capital before a small letter if capitals precede it (`APIKey`).
pub(crate) struct Words<'n> {
    name: &'n [u8],
    /// The last word that was yielded, as it is written.
    raw: &'n [u8],
}

impl<'n> Words<'n> {
    pub(crate) fn of(name: &'n [u8]) -> Self {
        Self { name, raw: &[] }
    }

    /// Returns the word that was yielded last, as it is written.
    pub(crate) fn raw(&self) -> &'n [u8] {
        self.raw
    }
}

impl Iterator for Words<'_> {
    type Item = u128;

    #[inline]
    fn next(&mut self) -> Option<u128> {
        let mut name = self.name;
        while let Some((b, rest)) = name.split_first()
            && !b.is_ascii_alphabetic()
        {
            name = rest;
        }
        let whole = name;
        let mut word = 0;
        let mut small = false;
        while let Some((&b, rest)) = name.split_first() {
            if b.is_ascii_lowercase() {
                small = true;
            } else if !b.is_ascii_uppercase()
                || small
                || (word != 0 && rest.first().is_some_and(u8::is_ascii_lowercase) && !is_plural(rest))
            {
                break;
            }
            word = word << 8 | u128::from(b | 0x20);
            name = rest;
        }
        self.name = name;
        self.raw = whole.part(..whole.len() - name.len());
        (word != 0).then_some(word)
    }
}

/// Returns whether `rest` is the end of a plural of capitals: `IDs`, `JWTs`.
fn is_plural(rest: &[u8]) -> bool {
    matches!(rest, [b's'] | [b's', b'A'..=b'Z' | b'-' | b'_' | b'.' | b'[', ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(name: &str) -> Vec<String> {
        let text =
            |word: u128| String::from_utf8(word.to_be_bytes().into_iter().filter(|b| *b != 0).collect()).unwrap();
        Words::of(name.as_bytes()).map(text).collect()
    }

    #[test]
    fn names_are_split_as_people_write_them() {
        for (name, split) in [
            ("newPassword2", "new password"),
            ("SECRET_KEY_BASE", "secret key base"),
            ("card[number]", "card number"),
            ("user.pin", "user pin"),
            ("X-Api-Key", "x api key"),
            ("SAMLResponse", "saml response"),
            ("APIKey", "api key"),
            ("userID", "user id"),
            ("sessionIDs", "session ids"),
            ("JWTs", "jwts"),
            ("ClientIPAddress", "client ip address"),
            ("oauth2_token", "oauth token"),
            ("aVeryVeryLong_internationalization", "a very very long rnationalization"),
            ("", ""),
            ("_1_", ""),
        ] {
            assert_eq!(words(name).join(" "), split, "{name}");
        }
    }
}
