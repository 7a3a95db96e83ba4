//! Makes masks, the texts that replace secrets in the log.

use crate::redact::text::slice::Slice;
#[cfg(feature = "fingerprint")]
use hmac::{Hmac, KeyInit, Mac};
#[cfg(feature = "fingerprint")]
use sha2::Sha256;
use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

/// The word that replaces a secret unless [`Redactor::replacement`](crate::Redactor::replacement) sets another.
const WORD: &str = "REDACTED";

/// Replaces a secret in the log: by `REDACTED`, its last characters, a keyed fingerprint, or what a function returns.
///
/// A mask that is set with [`Redactor::mask`](crate::Redactor::mask) applies to the rules that are added after it. For
/// a secret that is empty, or cut by the limit of a body, every mask except [`Mask::text`] shows the word alone.
/// Otherwise part of a secret would pass for the whole.
///
/// By default, it is [`Mask::redacted`].
///
/// ```
/// use tower_request_log::{Mask, Redactor};
///
/// let redactor = Redactor::new()
///     .mask(Mask::last(4))
///     .field("card_number") // 4111111111111111 shows as REDACTED…1111
///     .mask(Mask::text("***"))
///     .header("x-session")
///     .mask(Mask::redacted())
///     .field("pin");
/// ```
#[derive(Clone)]
pub struct Mask {
    /// `None` is [`WORD`].
    word: Option<Arc<str>>,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Word,
    Text(Arc<str>),
    Last(usize),
    /// Holds the state with the key already in it, so that a secret costs one hash and the key itself is not kept.
    #[cfg(feature = "fingerprint")]
    Fingerprint(Arc<Hmac<Sha256>>),
    With(Arc<dyn Fn(&str) -> String + Send + Sync>),
}

impl Mask {
    /// Returns the mask that shows the word alone: `REDACTED`, or what
    /// [`Redactor::replacement`](crate::Redactor::replacement) set in its place.
    pub const fn redacted() -> Self {
        Self { word: None, kind: Kind::Word }
    }

    /// Returns the mask that shows `text`, which [`Redactor::replacement`](crate::Redactor::replacement) does not
    /// change.
    ///
    /// ```
    /// use tower_request_log::{Mask, Redactor};
    ///
    /// let redactor = Redactor::new().mask(Mask::text("***")).query("pin").replacement("HIDDEN");
    /// assert_eq!(redactor.show_target("/?pin=1&token=2"), "/?pin=***&token=HIDDEN");
    /// ```
    pub fn text(text: impl AsRef<str>) -> Self {
        Self { word: None, kind: Kind::Text(text.as_ref().into()) }
    }

    /// Returns the mask that shows the word and the secret's last `n` characters: `REDACTED…1111`.
    ///
    /// Characters are Unicode scalar values. At most a quarter of a secret shows: four of 16 characters, none of three.
    /// A secret that is not UTF-8 shows as the word alone.
    ///
    /// ```
    /// use tower_request_log::{Mask, Redactor};
    ///
    /// let redactor = Redactor::new().mask(Mask::last(4)).header("x-card");
    /// assert_eq!(redactor.show_header("x-card", "4111111111111111"), "REDACTED…1111");
    /// assert_eq!(redactor.show_header("x-card", "41111111"), "REDACTED…11");
    /// ```
    pub const fn last(n: usize) -> Self {
        Self { word: None, kind: Kind::Last(n) }
    }

    /// Returns the mask that shows the word and six hexadecimal digits: `REDACTED (3fa9c1)` (feature `fingerprint`).
    ///
    /// The digits are the first 24 bits of HMAC-SHA-256 (RFC 2104) over the secret, under `key`. Lines with the same
    /// digits very likely had the same secret.
    ///
    /// **Anyone who has the key can test guesses against the digits.** Keep the key as safe as the secrets. Do not use
    /// this mask for secrets with few possible values, such as a PIN.
    ///
    /// ```
    /// use tower_request_log::{Mask, Redactor};
    ///
    /// let redactor = Redactor::new().mask(Mask::fingerprint("a key that only we know")).header("x-session");
    /// assert_eq!(redactor.show_header("x-session", "5c0b7f1e"), "REDACTED (cf44ae)");
    /// ```
    #[cfg(feature = "fingerprint")]
    pub fn fingerprint(key: impl AsRef<[u8]>) -> Self {
        let kind = match Hmac::<Sha256>::new_from_slice(key.as_ref()) {
            Ok(keyed) => Kind::Fingerprint(Arc::new(keyed)),
            // HMAC takes a key of any length. If it did not, the word alone would be the safe choice.
            Err(_) => Kind::Word,
        };
        Self { word: None, kind }
    }

    /// Returns the mask that shows what `f` returns for the secret.
    ///
    /// Bytes that are not UTF-8 reach `f` as U+FFFD. Its result is escaped and shown, so **it must not return the
    /// secret**. `f` runs while a record is rendered, on the task that ended the exchange, and may be called more than
    /// once for a secret. If it panics, the word shows.
    ///
    /// ```
    /// use tower_request_log::{Mask, Redactor};
    ///
    /// let redactor = Redactor::new().mask(Mask::with(|secret| format!("({} characters)", secret.chars().count()))).field("pin");
    /// assert_eq!(redactor.show_body("", "pin=1234&a=1").as_deref(), Some("pin=(4%20characters)&a=1"));
    /// ```
    pub fn with(f: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self { word: None, kind: Kind::With(Arc::new(f)) }
    }

    /// Returns the word, if one was set.
    pub(crate) fn word(&self) -> Option<Arc<str>> {
        self.word.clone()
    }

    /// Sets the word.
    pub(crate) fn reword(&mut self, word: &Arc<str>) {
        self.word = Some(word.clone());
    }

    /// Returns whether it asks a function of the user's.
    pub(crate) fn is_function(&self) -> bool {
        matches!(self.kind, Kind::With(_))
    }

    /// Returns the text that replaces any secret, if it is the same for all and can stand in a JSON string as it is.
    pub(crate) fn plain(&self) -> Option<&str> {
        let text = match &self.kind {
            Kind::Word if self.word.is_none() => return Some(WORD),
            Kind::Word => self.word.as_deref().unwrap_or(WORD),
            Kind::Text(text) => text,
            _ => return None,
        };
        crate::escape::is_plain_json(text.as_bytes()).then_some(text)
    }

    /// Returns the plain text that replaces `secret`.
    pub(crate) fn applied(&self, secret: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        self.apply(secret, &mut out);
        out
    }

    /// Appends the plain text that replaces `secret`, neither quoted nor escaped.
    ///
    /// The word stays the word. An empty secret becomes the word too, since it stands for one that is not known.
    pub(crate) fn apply(&self, secret: &[u8], out: &mut Vec<u8>) {
        let word = self.word.as_deref().unwrap_or(WORD);
        match &self.kind {
            Kind::Text(text) => return out.extend_from_slice(text.as_bytes()),
            _ if secret.is_empty() || secret == word.as_bytes() => {}
            Kind::Word => {}
            Kind::Last(n) => {
                let tail = tail(secret, *n);
                if !tail.is_empty() {
                    out.extend_from_slice(word.as_bytes());
                    out.extend_from_slice("…".as_bytes());
                    return out.extend_from_slice(tail);
                }
            }
            #[cfg(feature = "fingerprint")]
            Kind::Fingerprint(keyed) => {
                let mut mac = Hmac::clone(keyed);
                mac.update(secret);
                let digest = mac.finalize().into_bytes();
                out.extend_from_slice(word.as_bytes());
                out.extend_from_slice(b" (");
                for byte in digest.iter().take(3) {
                    out.extend_from_slice(format!("{byte:02x}").as_bytes());
                }
                return out.push(b')');
            }
            Kind::With(f) => {
                let secret = String::from_utf8_lossy(secret);
                if let Ok(text) = catch_unwind(AssertUnwindSafe(|| f(&secret))) {
                    return out.extend_from_slice(text.as_bytes());
                }
            }
        }
        out.extend_from_slice(word.as_bytes());
    }
}

/// Returns the last `n` characters of `secret`, at most a quarter of them.
fn tail(secret: &[u8], n: usize) -> &[u8] {
    let Ok(text) = std::str::from_utf8(secret) else { return &[] };
    let n = n.min(text.chars().count() / 4);
    match n.checked_sub(1).and_then(|back| text.char_indices().rev().nth(back)) {
        Some((at, _)) => secret.part(at..),
        None => &[],
    }
}

impl Default for Mask {
    fn default() -> Self {
        Self::redacted()
    }
}

/// Shows the kind, never a key.
impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Word => "Mask::redacted",
            Kind::Text(_) => "Mask::text",
            Kind::Last(_) => "Mask::last",
            #[cfg(feature = "fingerprint")]
            Kind::Fingerprint(_) => "Mask::fingerprint",
            Kind::With(_) => "Mask::with",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(mask: &Mask, secret: &str) -> String {
        let mut out = Vec::new();
        mask.apply(secret.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_word_says_nothing_of_the_secret() {
        assert_eq!(masked(&Mask::redacted(), "hunter2"), "REDACTED");
        assert_eq!(masked(&Mask::default(), ""), "REDACTED");
        assert_eq!(masked(&Mask::text("***"), "hunter2"), "***");
    }

    #[test]
    fn at_most_a_quarter_shows() {
        let mask = Mask::last(4);
        assert_eq!(masked(&mask, "4111111111111234"), "REDACTED…1234");
        assert_eq!(masked(&mask, "12345678"), "REDACTED…78");
        assert_eq!(masked(&mask, "1234"), "REDACTED…4");
        assert_eq!(masked(&mask, "123"), "REDACTED");
        assert_eq!(masked(&mask, ""), "REDACTED");
        assert_eq!(masked(&Mask::last(0), "4111111111111234"), "REDACTED");
        assert_eq!(masked(&Mask::last(usize::MAX), "12345678"), "REDACTED…78");
    }

    #[test]
    fn characters_are_counted_not_bytes() {
        assert_eq!(masked(&Mask::last(2), "日本語日本語日本"), "REDACTED…日本");
        let mut out = Vec::new();
        Mask::last(2).apply(b"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8", &mut out);
        assert_eq!(out, b"REDACTED");
    }

    #[cfg(feature = "fingerprint")]
    #[test]
    fn a_fingerprint_tells_the_same_from_another() {
        // `printf 'hunter2' | openssl dgst -sha256 -hmac 'key'`
        let mask = Mask::fingerprint("key");
        assert_eq!(masked(&mask, "hunter2"), "REDACTED (05d210)");
        assert_ne!(masked(&mask, "hunter3"), "REDACTED (05d210)");
        assert_ne!(masked(&Mask::fingerprint("other"), "hunter2"), "REDACTED (05d210)");
        assert!(masked(&Mask::fingerprint([]), "hunter2").starts_with("REDACTED ("));
    }

    #[test]
    fn a_function_that_panics_shows_the_word() {
        assert_eq!(masked(&Mask::with(|s| format!("<{}>", s.len())), "hunter2"), "<7>");
        assert_eq!(masked(&Mask::with(|_| panic!("no")), "hunter2"), "REDACTED");
    }

    #[test]
    fn the_word_can_be_another() {
        for (mut mask, shown) in [
            (Mask::redacted(), "XXX"),
            (Mask::text("***"), "***"),
            (Mask::last(4), "XXX…1234"),
            (Mask::with(|_| panic!("no")), "XXX"),
        ] {
            mask.reword(&"XXX".into());
            assert_eq!(masked(&mask, "4111111111111234"), shown);
        }
    }

    #[test]
    fn what_is_hidden_already_stays() {
        assert_eq!(masked(&Mask::last(4), "REDACTED"), "REDACTED");
        #[cfg(feature = "fingerprint")]
        assert_eq!(masked(&Mask::fingerprint("key"), "REDACTED"), "REDACTED");
    }

    #[cfg(feature = "fingerprint")]
    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", Mask::fingerprint("key")), "Mask::fingerprint");
    }
}
