//! Remembers the names that hide nothing, since bodies have the same few names again and again.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

/// The longest name that is remembered.
pub(crate) const MAX_NAME: usize = 24;

/// The number of sets. Each has [`WAYS`] places.
const SETS: usize = 512;
const WAYS: usize = 2;

/// Packs a name of up to [`MAX_NAME`] bytes, none of them NUL, into three numbers. No other name has the same numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key([u64; 3]);

impl Key {
    /// Returns the key of the name that `window` begins with, which has `len` bytes.
    #[inline(always)]
    pub(crate) fn new(window: &[u8; MAX_NAME], len: usize) -> Self {
        let (words, _) = window.as_chunks::<8>();
        let word = |at: usize| u64::from_le_bytes(words[at]) & MASKS[len % (MAX_NAME + 1)][at];
        Self([word(0), word(1), word(2)])
    }

    /// Returns the key of a name; `None` where it is too long or has a NUL.
    pub(crate) fn of(name: &[u8]) -> Option<Self> {
        let mut window = [0; MAX_NAME];
        window.get_mut(..name.len())?.copy_from_slice(name);
        (!name.is_empty() && !name.contains(&0)).then(|| Self::new(&window, name.len()))
    }

    #[inline(always)]
    fn set(self) -> usize {
        let Self([a, b, c]) = self;
        let mixed = (a ^ b.rotate_left(21) ^ c.rotate_left(42)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 55) as usize
    }

    /// Returns what is stored beside a key, so that halves of two keys, written at once, are seen to be none.
    #[inline(always)]
    fn check(self) -> u64 {
        let Self([a, b, c]) = self;
        !(a ^ b.rotate_left(7) ^ c.rotate_left(13))
    }
}

/// The bytes of each word that belong to a name of each length.
const MASKS: [[u64; 3]; MAX_NAME + 1] = {
    let mut masks = [[0; 3]; MAX_NAME + 1];
    let mut len = 0;
    while len <= MAX_NAME {
        let mut word = 0;
        while word < 3 {
            masks[len][word] = match len {
                _ if len >= 8 * (word + 1) => u64::MAX,
                _ if len <= 8 * word => 0,
                _ => (1 << (8 * (len - 8 * word))) - 1,
            };
            word += 1;
        }
        len += 1;
    }
    masks
};

/// Holds names in a table, each in one of the two places that it may have. Of three names for the same places, the last
/// two stay.
pub(crate) struct Harmless(Box<[[[AtomicU64; 4]; WAYS]; SETS]>);

impl Harmless {
    /// Returns whether the name was added, and no other name took its place since.
    #[inline(always)]
    pub(crate) fn has(&self, key: Key) -> bool {
        let [first, second] = &self.0[key.set()];
        holds(first, key) || holds(second, key)
    }

    /// Adds a name.
    #[cold]
    pub(crate) fn add(&self, key: Key) {
        let [first, second] = &self.0[key.set()];
        // Two threads that add two names at once may leave parts of both. No check fits those.
        for (from, to) in first.iter().zip(second) {
            to.store(from.load(Relaxed), Relaxed);
        }
        let Key([a, b, c]) = key;
        for (place, word) in first.iter().zip([a, b, c, key.check()]) {
            place.store(word, Relaxed);
        }
    }
}

/// Returns whether a place holds this name.
#[inline(always)]
fn holds([a, b, c, check]: &[AtomicU64; 4], key: Key) -> bool {
    [a, b, c].map(|word| word.load(Relaxed)) == key.0 && check.load(Relaxed) == key.check()
}

impl Default for Harmless {
    fn default() -> Self {
        Self(Box::new([const { [const { [const { AtomicU64::new(0) }; 4] }; WAYS] }; SETS]))
    }
}

/// Begins empty, since the rules of the clone may become others.
impl Clone for Harmless {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl fmt::Debug for Harmless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Harmless")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart() {
        let names = [
            "a",
            "b",
            "aa",
            "abcdefgh",
            "abcdefghi",
            "abcdefgha",
            "a_name_of_24_bytes_there",
            "a_name_of_24_bytes_here_",
        ];
        let table = Harmless::default();
        for (at, name) in names.iter().enumerate() {
            let has = |name: &str| table.has(Key::of(name.as_bytes()).unwrap());
            assert!(!has(name), "{name}");
            table.add(Key::of(name.as_bytes()).unwrap());
            assert!(names[..=at].iter().all(|name| has(name)), "{name}");
        }
        assert!(Key::of(b"a_name_of_more_than_24_by").is_none() && Key::of(b"").is_none() && Key::of(b"a\0").is_none());
    }
}
