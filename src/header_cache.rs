//! Settles what headers show, once for all who read them, and remembers it: most requests of a client have the same ones.
//!
//! No secret is kept: a value is remembered if it was printed as it is. For a masked value, only its field's name and
//! the mask are remembered.

use crate::{
    fields::{Fields, Line as Shown},
    header_case::write_name,
    redact::{Redactor, Shows},
};
use http::Version;
use std::{array, sync::Arc};

/// Remembers the lines of some fields, by `name:value` or, where every value shows the same, by `name`.
///
/// It is a cache of four ways: the key chooses the set that is searched, and in a full set one entry gives way. Keys
/// are compared whole, so that no other is ever taken for one.
#[derive(Default)]
pub(crate) struct HeaderCache {
    sets: Box<[Set]>,
    /// The redactor that made the lines.
    redactor: Option<Arc<Redactor>>,
    /// The number of entries ever added.
    added: usize,
}

type Set = [Line; WAYS];

const SETS: usize = 32;
const WAYS: usize = 4;

/// The length up to which lines are remembered. A browser's `Accept` and `User-Agent` are shorter.
const LONGEST: usize = 192;

#[derive(Default)]
struct Line {
    hash: u64,
    key: Vec<u8>,
    /// Is set if the name is shown with capitals.
    capitals: bool,
    shown: Vec<u8>,
    /// The position where the value begins in `shown`.
    value: usize,
}

impl HeaderCache {
    /// Settles what is shown of each field, so that from then on it is only copied.
    pub(crate) fn settle(&mut self, redactor: &Arc<Redactor>, version: Version, fields: &mut Fields) {
        self.serve(redactor);
        let capitals = version < Version::HTTP_2;
        fields.settle(|fields, at, raw, out| {
            let Some((name, value)) = fields.get(at) else { return Shown::default() };
            let (start, remember) = (out.len(), !value.is_sensitive());
            let masked = || self.get(name, capitals).filter(|_| !value.as_bytes().is_empty());
            if remember && let Some((line, value)) = self.get(raw, capitals).or_else(masked) {
                out.extend_from_slice(line);
                return Shown::new(start + value, out.len());
            }
            let (value, shows) = write_line(redactor, version, fields, at, out);
            let mut add = |key| self.add(key, capitals, out.get(start..).unwrap_or_default(), value - start);
            match shows {
                Shows::Plain if remember => add(raw),
                Shows::Masked if remember => add(name),
                _ => {}
            }
            Shown::new(value, out.len())
        });
    }

    /// Forgets what another redactor showed.
    fn serve(&mut self, redactor: &Arc<Redactor>) {
        if !self.redactor.as_ref().is_some_and(|served| Arc::ptr_eq(served, redactor)) {
            *self = Self { redactor: Some(Arc::clone(redactor)), ..Self::default() };
        }
    }

    /// Returns the line that was added for this key, and where its value begins, if it is not forgotten.
    fn get(&self, key: &[u8], capitals: bool) -> Option<(&[u8], usize)> {
        let hash = hash(key);
        let mut ways = self.sets.get(set(hash))?.iter();
        let line = ways.find(|way| way.hash == hash && way.capitals == capitals && way.key == key)?;
        Some((&line.shown, line.value))
    }

    /// Remembers a line, unless it is long. Its value begins at `value`, and it is not shorter than its key.
    fn add(&mut self, key: &[u8], capitals: bool, shown: &[u8], value: usize) {
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

/// Appends what is shown of the value of the field at `at`.
pub(crate) fn write_value(redactor: &Redactor, fields: &Fields, at: usize, out: &mut Vec<u8>) {
    match fields.shown(at) {
        Some(shown) => out.extend_from_slice(shown),
        None => _ = redactor.field_value(fields, at, out),
    }
}

/// Appends the line of the field at `at`. Returns where its value begins in `out`, and how such values are shown.
pub(crate) fn write_line(
    redactor: &Redactor,
    version: Version,
    fields: &Fields,
    at: usize,
    out: &mut Vec<u8>,
) -> (usize, Shows) {
    let name = fields.get(at).map_or(&b""[..], |(name, _)| name);
    write_name(name, version, out);
    out.extend_from_slice(b": ");
    let value = out.len();
    let shows = redactor.field_value(fields, at, out);
    if out.len() > value {
        return (value, shows);
    }
    // Nothing trails if there is no value, or if nothing stands in for it.
    out.pop();
    (out.len(), shows)
}

/// Mixes the length of a key and eight bytes of its beginning, middle and end. Keys that share a hash are only as slow
/// as new ones.
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
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    fn add(cache: &mut HeaderCache, key: &str) {
        cache.add(key.as_bytes(), true, key.to_uppercase().as_bytes(), 3);
    }

    #[test]
    fn only_what_was_added_is_found() {
        let mut cache = HeaderCache::default();
        assert!(cache.get(b"", true).is_none() && cache.get(b"accept:*/*", true).is_none());
        for key in ["accept:*/*", "te:", "x:1234567812345678"] {
            add(&mut cache, key);
            assert_eq!(cache.get(key.as_bytes(), true), Some((key.to_uppercase().as_bytes(), 3)));
            assert!(cache.get(key.as_bytes(), false).is_none());
        }
        for other in ["accept:*/", "accept:*/*1", "te", "", "x:1234567812345679", "x:1234567812345 78"] {
            assert!(cache.get(other.as_bytes(), true).is_none());
        }
        let redactor = Arc::new(Redactor::new());
        cache.serve(&redactor);
        assert!(cache.get(b"te:", true).is_none());
        add(&mut cache, "te:");
        cache.serve(&redactor);
        assert!(cache.get(b"te:", true).is_some());
        cache.serve(&Arc::new(Redactor::new()));
        assert!(cache.get(b"te:", true).is_none());
    }

    #[test]
    fn fields_that_look_alike_are_told_apart() {
        // The bytes between those that the hash is made of.
        let key = |middle: char| format!("12345678{middle}{}", "-".repeat(40));
        let mut cache = HeaderCache::default();
        add(&mut cache, &key('a'));
        assert_eq!(hash(key('a').as_bytes()), hash(key('b').as_bytes()));
        assert!(cache.get(key('a').as_bytes(), true).is_some() && cache.get(key('b').as_bytes(), true).is_none());
    }

    #[test]
    fn no_more_is_kept_than_fits() {
        let mut cache = HeaderCache::default();
        let key = |n: usize| format!("x-{n}:{}", "v".repeat(n % LONGEST));
        (0..10_000).for_each(|n| add(&mut cache, &key(n)));
        let kept: Vec<usize> = cache.sets.iter().flatten().map(|line| line.key.len()).collect();
        assert_eq!(kept.len(), SETS * WAYS);
        assert!(kept.iter().all(|len| *len <= LONGEST));
        let found = (0..10_000).filter(|n| cache.get(key(*n).as_bytes(), true).is_some()).count();
        assert!((1..=SETS * WAYS).contains(&found));
        add(&mut cache, &"-".repeat(LONGEST));
        add(&mut cache, &"-".repeat(LONGEST + 1));
        assert!(cache.get(&[b'-'; LONGEST], true).is_some());
        assert!(cache.get(&[b'-'; LONGEST + 1], true).is_none());
    }

    #[test]
    fn what_depends_on_the_field_before_it_is_never_remembered() {
        let redactor = Arc::new(Redactor::new());
        let mut cache = HeaderCache::default();
        let mut lines = |values: &[&'static str]| {
            let field = |value| (http::header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(value));
            let mut fields: Fields = values.iter().copied().map(field).collect();
            cache.settle(&redactor, Version::HTTP_11, &mut fields);
            let line = |at| String::from_utf8(fields.line(at).unwrap().to_vec()).unwrap();
            (0..values.len()).map(line).collect::<Vec<_>>()
        };
        assert_eq!(lines(&["chat"]), ["Sec-WebSocket-Protocol: chat"]);
        assert_eq!(lines(&["bearer", "chat"]), ["Sec-WebSocket-Protocol: bearer", "Sec-WebSocket-Protocol: REDACTED"]);
    }

    proptest! {
        #[test]
        fn what_is_remembered_shows_as_it_would_at_first(
            heads in prop::collection::vec(prop::collection::vec((
                prop::sample::select(vec![
                    "host", "accept", "etag", "x-a", "x-pin", "authorization", "cookie", "set-cookie", "referer", "location",
                    "content-type", "sec-websocket-protocol", "a", "ab",
                ]),
                prop::sample::select(vec![
                    "", "h", "*/*", "h ", "b", "bearer", "access_token", "token", "s3cret", "a=b", "a=b; Path=/", "Basic YTpi",
                    "Basic", "/games/1/bet", "https://h/?token=x", "https://u:p@h", "text/plain; charset=utf-8", "\u{e9}",
                    "eyJhbGciOi.eyJzdWIi.c2ln", "acct-7", "a\tb", "0123456789012345678901234567890123456789",
                ]),
                any::<bool>(),
            ), 0..6), 1..8),
            http_2: bool,
            none: bool,
        ) {
            let redactor = Arc::new(if none { Redactor::none().header("x-pin") } else { Redactor::new().header("x-pin").path("/games/{game}") });
            let mut cache = HeaderCache::default();
            for (nth, head) in heads.iter().enumerate() {
                // Of the same connection, and of another version in between.
                let version = if http_2 && nth % 3 == 1 { Version::HTTP_2 } else { Version::HTTP_11 };
                let field = |(name, text, sensitive): &(&'static str, &str, bool)| {
                    let mut value = HeaderValue::from_bytes(text.as_bytes()).unwrap();
                    value.set_sensitive(*sensitive);
                    (HeaderName::from_static(name), value)
                };
                let mut fields: Fields = head.iter().map(field).collect();
                let shown = |fields: &Fields| {
                    let each = (0..fields.len()).map(|at| {
                        let (mut line, mut value) = (Vec::new(), Vec::new());
                        match fields.line(at) {
                            Some(settled) => line.extend_from_slice(settled),
                            None => _ = write_line(&redactor, version, fields, at, &mut line),
                        }
                        write_value(&redactor, fields, at, &mut value);
                        [line, value].map(|text| String::from_utf8(text).unwrap())
                    });
                    each.collect::<Vec<_>>()
                };
                let naive = shown(&fields);
                cache.settle(&redactor, version, &mut fields);
                prop_assert_eq!(shown(&fields), naive);
            }
        }
    }
}
