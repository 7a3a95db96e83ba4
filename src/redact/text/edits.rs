//! Collects the ranges to hide in a text, and builds the text without them.

use super::mask::Mask;
use crate::redact::{codec::percent, text::slice::Slice, work};

/// The ranges of a text that are to be replaced, in any order; they may overlap.
pub(crate) struct Edits<'r> {
    /// The first edit that was found. Most texts have no other, and so need no memory for them.
    first: Option<Edit<'r>>,
    more: Vec<Edit<'r>>,
    /// Is set where the text goes to its end.
    whole: bool,
}

struct Edit<'r> {
    start: usize,
    end: usize,
    with: With<'r>,
}

enum With<'r> {
    Mask(&'r Mask),
    /// The range is percent-encoded, and so is what replaces it; `plus` is how a space may be written.
    Encoded(&'r Mask, bool),
    /// A rewritten text.
    Text(Vec<u8>),
}

impl<'r> Edits<'r> {
    /// Returns no edits yet. If the text is not `whole`, a secret at its end is not shown to its mask, which could pass
    /// off the middle of the secret as its end.
    pub(crate) fn new(whole: bool) -> Self {
        Self { first: None, more: Vec::new(), whole }
    }

    /// Hides `start..end`.
    pub(crate) fn mask(&mut self, start: usize, end: usize, mask: &'r Mask) {
        self.push(start, end, With::Mask(mask));
    }

    /// Hides `start..end` of a URL: the mask gets the decoded text, and its result is encoded.
    pub(crate) fn encoded(&mut self, start: usize, end: usize, plus: bool, mask: &'r Mask) {
        self.push(start, end, With::Encoded(mask, plus));
    }

    /// Puts `text` in the place of `start..end`.
    pub(crate) fn rewrite(&mut self, start: usize, end: usize, text: Vec<u8>) {
        self.push(start, end, With::Text(text));
    }

    /// Returns the ranges of user info and path segments that are hidden before `end`, in their order.
    pub(crate) fn in_url(&self, end: usize) -> Vec<(usize, usize)> {
        let in_url = |edit: &&Edit<'r>| matches!(edit.with, With::Encoded(_, false)) && edit.start < end;
        let mut found: Vec<_> =
            self.first.iter().chain(&self.more).filter(in_url).map(|edit| (edit.start, edit.end)).collect();
        found.sort_unstable();
        found
    }

    /// Returns whether there is an edit that begins before `end`.
    pub(crate) fn reaches(&self, end: usize) -> bool {
        self.first.iter().chain(&self.more).any(|edit| edit.start < end)
    }

    fn push(&mut self, start: usize, end: usize, with: With<'r>) {
        if start < end {
            work::spend(12);
            let edit = Edit { start, end, with };
            match self.first {
                None => self.first = Some(edit),
                Some(_) => self.more.push(edit),
            }
        }
    }

    /// Returns whether the text goes to its end.
    pub(crate) fn is_whole(&self) -> bool {
        self.whole
    }

    /// Returns the number of edits.
    pub(crate) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.more.len()
    }

    /// Forgets all but the `len` that were found first.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.more.truncate(len.saturating_sub(1));
        if len == 0 {
            self.first = None;
        }
    }

    /// Returns `text` with every edit replaced, in one pass; `None` where that changes nothing.
    ///
    /// Edits that overlap become one, hidden by the mask of the first that has one, so that no rule undoes another. Where the search
    /// was ended before the end of the text, all of it is hidden, by `mask`.
    pub(crate) fn apply(mut self, text: &[u8], mask: &Mask) -> Option<Vec<u8>> {
        if work::is_spent() {
            return Some(mask.applied(b""));
        }
        let mut last = self.first.take()?;
        let mut more = std::mem::take(&mut self.more).into_iter();
        if more.len() > 0 {
            let mut edits: Vec<_> = std::iter::once(last).chain(more).collect();
            edits.sort_by_key(|edit| edit.start);
            more = edits.into_iter();
            last = more.next()?;
        }
        // Between a cut secret and the cut, there may only be bytes that separate words.
        let cut = match self.whole {
            true => usize::MAX,
            false => text.iter().rposition(u8::is_ascii_alphanumeric).map_or(0, |at| at + 1),
        };
        let mut out = Vec::with_capacity(text.len() + 16);
        let mut shown = 0;
        for edit in more {
            match last.with {
                // A text within another one was decoded out of it, and so was searched there too.
                With::Text(_) if edit.end <= last.end && matches!(edit.with, With::Text(_)) => {}
                _ if edit.start < last.end => {
                    last.end = last.end.max(edit.end);
                    if matches!(last.with, With::Text(_)) {
                        last.with = match edit.with {
                            With::Text(_) => With::Mask(const { &Mask::redacted() }),
                            with => with,
                        };
                    }
                }
                _ => {
                    let done = std::mem::replace(&mut last, edit);
                    shown = done.replace(text, shown, cut, &mut out);
                }
            }
        }
        shown = last.replace(text, shown, cut, &mut out);
        out.extend_from_slice(text.part(shown..));
        (out != text).then_some(out)
    }
}

impl Edit<'_> {
    /// Appends the text from `shown` on up to the edit, and what replaces the edit. Returns the end of the edit. An
    /// edit that ends at `cut` or behind it may be cut.
    fn replace(self, text: &[u8], shown: usize, cut: usize, out: &mut Vec<u8>) -> usize {
        out.extend_from_slice(text.part(shown..self.start));
        let secret = if self.end >= cut { &[] } else { text.part(self.start..self.end) };
        match self.with {
            With::Mask(mask) => mask.apply(secret, out),
            With::Encoded(mask, plus) => {
                let begin = out.len();
                mask.apply(&percent::decode(secret, plus).0, out);
                percent::encode_mask(out, begin);
            }
            With::Text(text) => out.extend_from_slice(&text),
        }
        self.end
    }
}

#[cfg(test)]
impl<'r> Edits<'r> {
    /// Returns what is shown of a whole text in which `find` looks for secrets.
    pub(crate) fn shown(text: &str, find: impl FnOnce(&[u8], &mut Self)) -> String {
        let mut edits = Self::new(true);
        find(text.as_bytes(), &mut edits);
        edits
            .apply(text.as_bytes(), const { &Mask::redacted() })
            .map_or(text.into(), |shown| String::from_utf8(shown).unwrap())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASK: &Mask = &Mask::redacted();

    #[test]
    fn hits_are_replaced_in_order() {
        let mut edits = Edits::new(true);
        edits.mask(8, 11, MASK);
        edits.mask(0, 3, MASK);
        edits.rewrite(4, 7, b"2".to_vec());
        assert_eq!(edits.apply(b"one two six!", MASK).as_deref(), Some(&b"REDACTED 2 REDACTED!"[..]));
    }

    #[test]
    fn overlapping_hits_become_one() {
        let mut edits = Edits::new(true);
        edits.rewrite(0, 5, b"seen".to_vec());
        edits.mask(3, 8, MASK);
        edits.mask(7, 9, MASK);
        assert_eq!(edits.apply(b"0123456789", MASK).as_deref(), Some(&b"REDACTED9"[..]));
        let mut edits = Edits::new(true);
        edits.rewrite(0, 5, b"seen".to_vec());
        edits.rewrite(2, 5, b"also".to_vec());
        assert_eq!(edits.apply(b"0123456789", MASK).as_deref(), Some(&b"seen56789"[..]));
        let mut edits = Edits::new(true);
        edits.mask(0, 3, MASK);
        edits.mask(3, 6, MASK);
        assert_eq!(edits.apply(b"abcdef", MASK).as_deref(), Some(&b"REDACTEDREDACTED"[..]));
    }

    #[test]
    fn a_mask_is_told_nothing_of_what_is_cut() {
        let mask = Mask::last(2);
        let hide = |whole, text: &[u8]| {
            let mut edits = Edits::new(whole);
            edits.mask(0, 8, &mask);
            edits.encoded(9, 17, true, &mask);
            String::from_utf8(edits.apply(text, MASK).unwrap()).unwrap()
        };
        assert_eq!(hide(true, b"12345678 12345678"), "REDACTED…78 REDACTED…78");
        assert_eq!(hide(false, b"12345678 12345678"), "REDACTED…78 REDACTED");
        assert_eq!(hide(false, b"12345678 12345678)\""), "REDACTED…78 REDACTED)\"");
        assert_eq!(hide(false, b"12345678 12345678 a"), "REDACTED…78 REDACTED…78 a");
    }

    #[test]
    fn what_is_hidden_already_is_no_change() {
        let mut edits = Edits::new(true);
        edits.mask(2, 10, MASK);
        assert_eq!(edits.apply(b"a=REDACTED", MASK), None);
        assert_eq!(Edits::new(true).apply(b"a", MASK), None);
    }

    #[test]
    fn an_encoded_hit_is_decoded_for_its_mask() {
        let mask = Mask::with(|secret| format!("<{secret}>"));
        let mut edits = Edits::new(true);
        edits.encoded(2, 7, true, &mask);
        assert_eq!(edits.apply(b"a=x%20+y", MASK).as_deref(), Some(&b"a=%3Cx%20%20%3Ey"[..]));
    }
}
