//! Remembers short texts of which something is known, such as names of headers, so that they need not be looked at again.

/// Remembers texts, each with what is known of it.
#[derive(Default)]
pub(super) struct Known {
    /// Each text has one place, by its hash, and gives way to another there; none before a text is added.
    texts: Box<[Text]>,
}

/// The number of texts that are remembered. A power of two.
const TEXTS: usize = 64;

/// The length up to which texts are remembered.
const LONGEST: usize = 128;

#[derive(Clone, Default)]
struct Text {
    /// The text, and what is known.
    both: Vec<u8>,
    /// The length of the text.
    length: usize,
    /// Is set if it is known for a version of HTTP whose names have capitals.
    capitals: bool,
}

impl Known {
    /// Returns what is known of a text, if it is remembered. It is not empty.
    pub(super) fn find(&self, text: &[u8], capitals: bool) -> Option<&[u8]> {
        let known = self.texts.get(place(text))?;
        let (same, known_of_it) = known.both.split_at_checked(known.length)?;
        (same == text && known.capitals == capitals).then_some(known_of_it)
    }

    /// Remembers a text, and what is known of it.
    pub(super) fn add(&mut self, text: &[u8], known_of_it: &[u8], capitals: bool) {
        if text.len() > LONGEST {
            return;
        }
        if self.texts.is_empty() {
            self.texts = vec![Text::default(); TEXTS].into();
        }
        if let Some(known) = self.texts.get_mut(place(text)) {
            known.both.clear();
            known.both.extend_from_slice(text);
            known.both.extend_from_slice(known_of_it);
            (known.length, known.capitals) = (text.len(), capitals);
        }
    }
}

fn place(text: &[u8]) -> usize {
    (hash(text) >> (u64::BITS - TEXTS.ilog2())) as usize
}

/// Mixes the length of a key and eight bytes of its beginning, middle and end. Keys that share a hash are only as slow
/// as new ones.
pub(super) fn hash(key: &[u8]) -> u64 {
    let word =
        |at: usize| key.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |word| u64::from_le_bytes(*word));
    // The fraction of the golden ratio, as a multiplier that spreads low bits to high ones (Knuth, TAOCP 6.4).
    let mix = |hash: u64, word: u64| (hash.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let length = key.len() as u64;
    let Some(last) = key.len().checked_sub(8) else {
        return mix(length, key.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    };
    [word(0), word(last / 2), word(last)].into_iter().fold(length, mix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_added_is_found() {
        let mut known = Known::default();
        assert_eq!((known.find(b"", false), known.find(b"accept", true)), (None, None));
        known.add(b"accept", b"Accept: ", true);
        assert_eq!(known.find(b"accept", true), Some(&b"Accept: "[..]));
        assert_eq!(
            (known.find(b"accept", false), known.find(b"accep", true), known.find(b"", true)),
            (None, None, None)
        );
        known.add(&[b'x'; LONGEST + 1], b"X: ", true);
        assert_eq!(known.find(&[b'x'; LONGEST + 1], true), None);
    }

    #[test]
    fn texts_give_way_to_others() {
        let mut known = Known::default();
        let name = |n: usize| format!("x-{n}");
        (0..1000).for_each(|n| known.add(name(n).as_bytes(), b"X: ", true));
        let found = (0..1000).filter(|n| known.find(name(*n).as_bytes(), true).is_some()).count();
        assert!((TEXTS / 2..=TEXTS).contains(&found), "{found}");
    }
}
