//! Remembers what names hide, since bodies and heads have the same few names again and again.

use super::Surety;
use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

/// The longest name that is remembered.
pub(crate) const MAX_NAME: usize = 24;

/// The number of sets. Each has [`WAYS`] places.
const SETS: usize = 512;
/// The number of bits below those that tell a set.
const SHIFT: u32 = u64::BITS - SETS.ilog2();
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

    /// Mixes the numbers. The highest bits say which set the name belongs to.
    #[inline(always)]
    fn mixed(self) -> u64 {
        let Self([a, b, c]) = self;
        (a ^ b.rotate_left(21) ^ c.rotate_left(42)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// Says what a name hides, wherever it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// It hides nothing, and nothing beside it, and has only letters, digits and marks that are no sign of anything.
    Plain,
    /// It hides nothing, and nothing beside it.
    Harmless,
    /// It hides nothing by itself, and says something about what is beside it.
    Beside,
    /// A rule of the user hides its value where it is that of a field, as the lexicon would.
    Field,
    /// The lexicon hides its value, and no rule of the user is about it. It has only letters, digits and such marks.
    Secret(Surety),
}

impl Verdict {
    /// All of them, each where its number is.
    const ALL: [Self; 7] = [
        Self::Plain,
        Self::Harmless,
        Self::Beside,
        Self::Field,
        Self::Secret(Surety::Weak),
        Self::Secret(Surety::Plural),
        Self::Secret(Surety::Strong),
    ];
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
pub(crate) struct Known(Box<[[[AtomicU64; 4]; WAYS]; SETS]>);

impl Known {
    /// Returns what was added for a name, if no other name took its place since.
    #[inline(always)]
    pub(crate) fn get(&self, key: Key) -> Option<Verdict> {
        let mixed = key.mixed();
        let [first, second] = &self.0[(mixed >> SHIFT) as usize];
        held(first, key, mixed).or_else(|| held(second, key, mixed))
    }

    /// Returns what is asked for many names at once.
    #[inline(always)]
    pub(crate) fn table(&self) -> Table<'_> {
        Table(&self.0)
    }

    /// Adds a name.
    #[cold]
    pub(crate) fn add(&self, key: Key, verdict: Verdict) {
        let mixed = key.mixed();
        let [first, second] = &self.0[(mixed >> SHIFT) as usize];
        // Two threads that add two names at once may leave parts of both. The last word fits none of those: it is made of
        // the whole key.
        for (from, to) in first.iter().zip(second) {
            to.store(from.load(Relaxed), Relaxed);
        }
        let Key([a, b, c]) = key;
        let number = Verdict::ALL.iter().position(|known| *known == verdict).unwrap_or_default() as u64;
        for (place, word) in first.iter().zip([a, b, c, mixed ^ number]) {
            place.store(word, Relaxed);
        }
    }
}

/// Tells which names hide nothing.
#[derive(Clone, Copy)]
pub(crate) struct Table<'k>(&'k [[[AtomicU64; 4]; WAYS]; SETS]);

impl Table<'_> {
    /// Returns whether [`Verdict::Plain`] was added for a name, and no other name took its place since.
    #[inline(always)]
    pub(crate) fn is_plain(self, key: Key) -> bool {
        let (mixed, Key([a, b, c])) = (key.mixed(), key);
        // The number of that verdict is zero.
        let others = |place: &[AtomicU64; 4]| {
            let [first, second, third, check] = place.each_ref().map(|word| word.load(Relaxed));
            (first ^ a) | (second ^ b) | (third ^ c) | (check ^ mixed)
        };
        let [first, second] = &self.0[(mixed >> SHIFT) as usize];
        others(first) == 0 || others(second) == 0
    }

    /// Does what [`Table::is_plain`] does for the first `len` bytes of `window`, fewer than all.
    #[inline(always)]
    pub(crate) fn is_plain_and_short(self, window: &[u8; 16], len: usize) -> bool {
        let (words, _) = window.as_chunks::<8>();
        let word = |at: usize| u64::from_le_bytes(words[at]) & MASKS[len % 16][at];
        let key = Key([word(0), word(1), 0]);
        let (mixed, Key([a, b, _])) = (key.mixed(), key);
        // The third number need not be looked at: it is zero where the last byte of the second is.
        let is_it = |[first, second, _, check]: &[AtomicU64; 4]| {
            first.load(Relaxed) == a && second.load(Relaxed) == b && check.load(Relaxed) == mixed
        };
        let [first, second] = &self.0[(mixed >> SHIFT) as usize];
        is_it(first) || is_it(second)
    }
}

/// Returns what a place holds for this name.
#[inline(always)]
fn held([a, b, c, check]: &[AtomicU64; 4], key: Key, mixed: u64) -> Option<Verdict> {
    let verdict = *Verdict::ALL.get(usize::try_from(check.load(Relaxed) ^ mixed).ok()?)?;
    let Key([first, second, third]) = key;
    let other = (a.load(Relaxed) ^ first) | (b.load(Relaxed) ^ second) | (c.load(Relaxed) ^ third);
    (other == 0).then_some(verdict)
}

impl Default for Known {
    fn default() -> Self {
        // These numbers are those of no verdict, not even on a name without a byte.
        Self(Box::new([const { [const { [const { AtomicU64::new(u64::MAX) }; 4] }; WAYS] }; SETS]))
    }
}

/// Begins empty, since the rules of the clone may become others.
impl Clone for Known {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Known")
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
        let table = Known::default();
        for (at, name) in names.iter().enumerate() {
            let get = |at: usize| table.get(Key::of(names[at].as_bytes()).unwrap());
            assert_eq!(get(at), None, "{name}");
            let verdict = |at: usize| Verdict::ALL[at % Verdict::ALL.len()];
            table.add(Key::of(name.as_bytes()).unwrap(), verdict(at));
            let plain = |at: usize| table.table().is_plain(Key::of(names[at].as_bytes()).unwrap());
            assert!((0..=at).all(|at| plain(at) == (verdict(at) == Verdict::Plain)), "{name}");
            assert!((0..=at).all(|at| get(at) == Some(verdict(at))), "{name}");
        }
        assert!(Key::of(b"a_name_of_more_than_24_by").is_none() && Key::of(b"").is_none() && Key::of(b"a\0").is_none());
    }
}
