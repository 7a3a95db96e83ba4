//! The names that were found to be of nothing that is hidden: bodies have the same few names again and again.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

/// The longest name that is remembered.
pub(crate) const MAX_NAME: usize = 24;

const SLOTS: usize = 256;

/// A name of up to [`MAX_NAME`] bytes, none of them NUL, in three numbers, which are no other name's.
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
    fn slot(self) -> usize {
        let Self([a, b, c]) = self;
        let mixed = (a ^ b.rotate_left(21) ^ c.rotate_left(42)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 56) as usize
    }

    /// Returns what is stored beside a key, so that halves of two keys, written at once, are seen to be none.
    #[inline(always)]
    fn check(self) -> u64 {
        let Self([a, b, c]) = self;
        !(a ^ b.rotate_left(7) ^ c.rotate_left(13))
    }
}

/// What of each word belongs to a name of each length.
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

/// A table of names, each in the one place that it may have; a later name takes the place of an earlier one.
pub(crate) struct Harmless(Box<[[AtomicU64; 4]; SLOTS]>);

impl Harmless {
    /// Whether the name was added, and no other since in its place.
    #[inline(always)]
    pub(crate) fn has(&self, key: Key) -> bool {
        let [a, b, c, check] = &self.0[key.slot()];
        [a, b, c].map(|word| word.load(Relaxed)) == key.0 && check.load(Relaxed) == key.check()
    }

    /// Adds a name.
    #[cold]
    pub(crate) fn add(&self, key: Key) {
        let [a, b, c, check] = &self.0[key.slot()];
        // Two threads that add two names at once may leave parts of both, which no check then fits.
        for (place, word) in [a, b, c].into_iter().zip(key.0) {
            place.store(word, Relaxed);
        }
        check.store(key.check(), Relaxed);
    }
}

impl Default for Harmless {
    fn default() -> Self {
        Self(Box::new([const { [const { AtomicU64::new(0) }; 4] }; SLOTS]))
    }
}

/// A clone begins empty: its rules may come to be others.
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
