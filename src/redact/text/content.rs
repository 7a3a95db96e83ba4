//! Describes a body to be shown, and what was found in it.

/// Holds what is known of a body when it is rendered.
pub(crate) struct Content<'a> {
    /// `Content-Type` as sent.
    pub(crate) content_type: Option<&'a [u8]>,
    /// The captured bytes, content encoding and charset undone: UTF-8 as far as it is text.
    pub(crate) bytes: &'a [u8],
    /// The number of `bytes` that may be shown. The rest is only searched, so that a secret is found that begins in the
    /// shown part and ends behind it.
    pub(crate) shown: usize,
    /// Is set where `bytes` goes to the end of the body.
    pub(crate) whole: bool,
}

impl Content<'_> {
    /// Returns whether the part that may be shown ends before the body does.
    pub(crate) fn is_cut(&self) -> bool {
        !self.whole || self.shown < self.bytes.len()
    }
}

/// The layout of JSON.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Style {
    /// Four spaces a level, one element a line.
    Pretty,
    /// No white space outside strings, one line a document.
    Compact,
}

/// The kind of a body, as found by reading it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// One or more JSON documents (JSON, `+json`, NDJSON).
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/*`.
    Multipart,
    /// `text/event-stream`.
    Events,
    /// Any other text.
    Text,
    /// No text: nothing was printed.
    Binary,
}

/// Reports what rendering found.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) kind: Kind,
    /// The number of JSON documents that were printed whole and well-formed: 1 for a JSON body that a program can
    /// parse.
    pub(crate) documents: usize,
    /// Names what was left out because it could not be understood. It follows `request body: ` in a note: `not JSON
    /// from byte 120 on, 34 bytes left out`.
    pub(crate) left_out: Option<String>,
}

/// Returns `text` without a character that is cut at its end, if more was to follow.
pub(crate) fn whole_characters(text: &[u8], whole: bool) -> &[u8] {
    if whole {
        return text;
    }
    // The last byte that begins a character, if it is near enough to lack some.
    let first = text.iter().rev().take(3).position(|b| *b >= 0xc0).map(|back| text.len() - back - 1);
    match first.and_then(|first| text.split_at_checked(first)) {
        Some((before, last)) if is_begun(last) => before,
        _ => text,
    }
}

/// Returns whether `bytes`, which are no UTF-8, are the beginning of a character.
fn is_begun(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_character_that_is_begun_is_found_from_the_end(
            text in "[a\u{e9}\u{20ac}\u{1f600}]{0,4}", cut in 0..5usize, odd in proptest::collection::vec(0x70..=255u8, 0..4),
        ) {
            let mut text = text.into_bytes();
            text.truncate(text.len().saturating_sub(cut));
            for text in [text.clone(), [&text[..], &odd].concat()] {
                let naive = match text.utf8_chunks().last() {
                    Some(last) if is_begun(last.invalid()) => &text[..text.len() - last.invalid().len()],
                    _ => &text,
                };
                proptest::prop_assert_eq!(whole_characters(&text, false), naive);
                proptest::prop_assert_eq!(whole_characters(&text, true), &text);
            }
        }
    }
}
