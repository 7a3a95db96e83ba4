//! Fields that came before: most requests of a client have the same ones.
//!
//! No secret is kept: a value is remembered where it was printed as it is; of one that is masked, only its field's name
//! and the mask.

use crate::redact::Redactor;
use std::{array, sync::Arc};

/// Remembers the lines of some fields, by `name:value` or, where every value shows the same, by `name`.
///
/// It is a cache of four ways: the key tells the set in which it is looked for, and in a set that is full one gives way.
/// Keys are compared whole, so that no other is ever taken for one.
#[derive(Default)]
pub(crate) struct HeaderCache {
    sets: Box<[Set]>,
    /// Whose lines they are.
    redactor: Option<Arc<Redactor>>,
    /// How many were ever added.
    added: usize,
}

type Set = [Line; WAYS];

const SETS: usize = 32;
const WAYS: usize = 4;

/// Longer lines are not remembered. A browser's `Accept` and `User-Agent` are shorter.
const LONGEST: usize = 192;

#[derive(Default)]
struct Line {
    hash: u64,
    key: Vec<u8>,
    /// Whether the name is shown with capitals.
    capitals: bool,
    shown: Vec<u8>,
    /// Where the value begins in `shown`.
    value: usize,
}

impl HeaderCache {
    /// Forgets what another redactor showed.
    pub(crate) fn serve(&mut self, redactor: &Arc<Redactor>) {
        if !self.redactor.as_ref().is_some_and(|served| Arc::ptr_eq(served, redactor)) {
            *self = Self { redactor: Some(Arc::clone(redactor)), ..Self::default() };
        }
    }

    /// The line that was added for this key, and where its value begins, if it is not forgotten.
    pub(crate) fn get(&self, key: &[u8], capitals: bool) -> Option<(&[u8], usize)> {
        let hash = hash(key);
        let mut ways = self.sets.get(set(hash))?.iter();
        let line = ways.find(|way| way.hash == hash && way.capitals == capitals && way.key == key)?;
        Some((&line.shown, line.value))
    }

    /// Remembers a line, unless it is long; its value begins at `value`, and it is no shorter than its key.
    pub(crate) fn add(&mut self, key: &[u8], capitals: bool, shown: &[u8], value: usize) {
        if shown.len() > LONGEST {
            return;
        }
        if self.sets.is_empty() {
            self.sets = (0..SETS).map(|_| array::from_fn(|_| Line::default())).collect();
        }
        let hash = hash(key);
        if let Some(way) = self.sets.get_mut(set(hash)).and_then(|set| set.get_mut(self.added % WAYS)) {
            (way.hash, way.capitals, way.value) = (hash, capitals, value);
            for (kept, text) in [(&mut way.key, key), (&mut way.shown, shown)] {
                kept.clear();
                kept.extend_from_slice(text);
            }
        }
        self.added += 1;
    }
}

/// The length of a key and eight bytes of its beginning, middle and end, mixed: keys that share it are as slow as new ones,
/// no more.
fn hash(key: &[u8]) -> u64 {
    let word =
        |at: usize| key.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |word| u64::from_le_bytes(*word));
    let last = key.len().saturating_sub(8);
    // The fraction of the golden ratio, as a multiplier that spreads low bits to high ones (Knuth, TAOCP 6.4).
    let mix = |hash: u64, word: u64| (hash.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    [word(0), word(last / 2), word(last)].into_iter().fold(key.len() as u64, mix)
}

fn set(hash: u64) -> usize {
    (hash >> 32) as usize % SETS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(familiar: &mut HeaderCache, key: &str) {
        familiar.add(key.as_bytes(), true, key.to_uppercase().as_bytes(), 3);
    }

    #[test]
    fn only_what_was_added_is_familiar() {
        let mut familiar = HeaderCache::default();
        assert!(familiar.get(b"", true).is_none() && familiar.get(b"accept:*/*", true).is_none());
        for key in ["accept:*/*", "te:", "x:1234567812345678"] {
            add(&mut familiar, key);
            assert_eq!(familiar.get(key.as_bytes(), true), Some((key.to_uppercase().as_bytes(), 3)));
            assert!(familiar.get(key.as_bytes(), false).is_none());
        }
        for other in ["accept:*/", "accept:*/*1", "te", "", "x:1234567812345679", "x:1234567812345 78"] {
            assert!(familiar.get(other.as_bytes(), true).is_none());
        }
        let redactor = Arc::new(Redactor::new());
        familiar.serve(&redactor);
        assert!(familiar.get(b"te:", true).is_none());
        add(&mut familiar, "te:");
        familiar.serve(&redactor);
        assert!(familiar.get(b"te:", true).is_some());
        familiar.serve(&Arc::new(Redactor::new()));
        assert!(familiar.get(b"te:", true).is_none());
    }

    #[test]
    fn fields_that_look_alike_are_told_apart() {
        // The bytes between those that the hash is made of.
        let key = |middle: char| format!("12345678{middle}{}", "-".repeat(40));
        let mut familiar = HeaderCache::default();
        add(&mut familiar, &key('a'));
        assert_eq!(hash(key('a').as_bytes()), hash(key('b').as_bytes()));
        assert!(familiar.get(key('a').as_bytes(), true).is_some() && familiar.get(key('b').as_bytes(), true).is_none());
    }

    #[test]
    fn no_more_is_kept_than_fits() {
        let mut familiar = HeaderCache::default();
        let key = |n: usize| format!("x-{n}:{}", "v".repeat(n % LONGEST));
        (0..10_000).for_each(|n| add(&mut familiar, &key(n)));
        let kept: Vec<usize> = familiar.sets.iter().flatten().map(|line| line.key.len()).collect();
        assert_eq!(kept.len(), SETS * WAYS);
        assert!(kept.iter().all(|len| *len <= LONGEST));
        let found = (0..10_000).filter(|n| familiar.get(key(*n).as_bytes(), true).is_some()).count();
        assert!((1..=SETS * WAYS).contains(&found));
        add(&mut familiar, &"-".repeat(LONGEST));
        add(&mut familiar, &"-".repeat(LONGEST + 1));
        assert!(familiar.get(&[b'-'; LONGEST], true).is_some());
        assert!(familiar.get(&[b'-'; LONGEST + 1], true).is_none());
    }
}
