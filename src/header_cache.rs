//! Settles what heads show, once for all who read them, and remembers it: most requests of a client have the same headers.
//!
//! No secret is kept: a value is remembered if it was printed as it is. Of a value that is masked, only its field's name
//! and the mask are remembered, and of one that is hidden in part, as credentials, cookies and some targets are, what is
//! shown and a digest with a key that is made for each cache.

mod known;

use crate::{
    fields::{AUTHORITY, Came, Fields},
    header_case::write_name,
    redact::{Redactor, Shows},
};
use http::Version;
use known::{Known, hash};
use std::{
    hash::{BuildHasher, RandomState},
    ops::Range,
    sync::Arc,
};

/// Remembers the lines of some fields, by `name:value`, by `name` where every value shows the same, or by `name` and a
/// digest.
///
/// Most heads have the fields of the one before in the same order, so a line knows which one followed it last, and that
/// one is looked at first. Else it is a cache of four ways: the key chooses the set that is searched, and in a full set
/// one line gives way. Keys are compared whole, so that no other is ever taken for one. Digests have 64 bits: of two fields
/// with one digest, which nobody can make without the key, one would show what the other does.
///
/// Of the lines that show as they came and are not known, one in [`EVERY`] is remembered: many values never come again, and
/// one that does has its turn before long.
#[derive(Default)]
pub(crate) struct HeaderCache {
    /// The sets, one after the other; none before a line is added.
    lines: Box<[Line]>,
    /// The hashes of their keys, which stand together, so that a search that finds nothing reads little.
    hashes: Box<[u64]>,
    /// The position of the line that was found last.
    last: usize,
    /// The redactor that made the lines.
    redactor: Option<Arc<Redactor>>,
    /// The key of the digests.
    digests: RandomState,
    /// The number of lines ever added.
    added: usize,
    /// The names that hide nothing, under which a value shows unless something is found in it, with what stands before it in
    /// its line.
    names: Known,
    /// Targets that show as they are.
    targets: Known,
    /// What shows of targets that are hidden in part, by their lengths and digests.
    hidden: Known,
    /// The number of new targets that are still to be looked for among those.
    looks: u8,
    /// The number of lines and targets that were not known and showed as they came.
    new: u32,
}

/// The number of new lines and targets of which one is remembered.
const EVERY: u32 = 8;
/// The number of new targets, one after the other, after which only one in [`EVERY`] is looked for by its digest: many never
/// come again.
const LOOKS: u8 = 64;
const SETS: usize = 32;
const WAYS: usize = 4;

/// The length up to which lines are remembered. A browser's `Accept` and `User-Agent` are shorter.
const LONGEST: usize = 192;

#[derive(Clone, Default)]
struct Line {
    /// The key, and what is shown, with a line feed: one buffer, so that few cache lines are read.
    text: Vec<u8>,
    /// The length of the key.
    key: u16,
    /// The position where the value begins in what is shown.
    value: u16,
    /// The position of the line that followed this one last.
    next: u8,
    /// Is set if it was found since it had to give way last.
    used: bool,
    /// Is set if the name is shown with capitals.
    capitals: bool,
    of: Of,
    /// The length and the digest of the value, where that is what it is of.
    value_is: (u32, u64),
}

/// Says of which fields a line is.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
enum Of {
    /// Its key is the name and the value.
    #[default]
    Field,
    /// Its key is the name, whose values all show the same.
    Name,
    /// Its key is the name, and its value has the digest.
    Digest,
}

impl Line {
    /// Returns whether this is what is shown of a field.
    #[inline(always)]
    fn is_of(&self, came: &Came<'_>, capitals: bool, digests: &RandomState) -> bool {
        if self.capitals != capitals || came.value.is_sensitive() {
            return false;
        }
        let key = self.text.get(..self.key.into());
        match self.of {
            Of::Field => key == Some(came.text),
            Of::Name | Of::Digest => key == Some(came.name) && self.has_value(came.value.as_bytes(), digests),
        }
    }

    #[inline(always)]
    fn shown(&self) -> &[u8] {
        self.text.get(self.key.into()..).unwrap_or_default()
    }

    /// Returns whether a value shows as this one does, where names are the keys.
    fn has_value(&self, value: &[u8], digests: &RandomState) -> bool {
        match self.of {
            // Such a value may show whatever its name is.
            Of::Field | Of::Name => !matches!(value, b"" | b"true" | b"false"),
            Of::Digest => {
                let (length, digest) = self.value_is;
                length as usize == value.len() && digest == digests.hash_one(value)
            }
        }
    }
}

impl HeaderCache {
    /// Settles what is shown of each field, so that from then on it is only copied.
    pub(crate) fn settle(&mut self, redactor: &Arc<Redactor>, version: Version, fields: &mut Fields) {
        self.serve(redactor);
        let capitals = version < Version::HTTP_2;
        let mut shown = fields.take_shown();
        let mut next = self.next();
        for (at, came) in fields.came().enumerate() {
            let start = shown.text.len();
            let value = match self.lines.get_mut(next) {
                // It is the one that followed the last one before.
                Some(line) if line.is_of(&came, capitals, &self.digests) => {
                    self.last = next;
                    next = line.next.into();
                    line.used = true;
                    shown.text.extend_from_slice(line.shown());
                    start + usize::from(line.value)
                }
                _ => {
                    let value = self.settle_other(redactor, version, fields, at, &mut shown.text);
                    next = self.next();
                    value
                }
            };
            shown.end(value);
        }
        fields.settle(shown);
    }

    /// Returns the position of the line that followed the last one before.
    fn next(&self) -> usize {
        self.lines.get(self.last).map_or(0, |last| last.next.into())
    }

    /// Appends the line of the field at `at`, which was not expected here. Returns where its value begins in `out`.
    #[cold]
    #[inline(never)]
    fn settle_other(
        &mut self,
        redactor: &Redactor,
        version: Version,
        fields: &Fields,
        at: usize,
        out: &mut Vec<u8>,
    ) -> usize {
        let start = out.len();
        let Some(came) = &fields.came_from(at).next() else { return start };
        let capitals = version < Version::HTTP_2;
        if let Some(at) = self.search(came.text, came, capitals) {
            return start + self.found(at, out);
        }
        let bytes = came.value.as_bytes();
        if !bytes.is_empty()
            && !came.value.is_sensitive()
            && let Some(name) = self.names.find(came.name, capitals)
            && redactor.shows_value(came.name, bytes)
        {
            out.extend_from_slice(name);
            let value = out.len();
            out.extend_from_slice(bytes);
            out.push(b'\n');
            self.add_some(came.text, out.get(start..).unwrap_or_default(), value - start, capitals);
            return value;
        }
        match self.search(came.name, came, capitals) {
            Some(at) => start + self.found(at, out),
            None => self.write(redactor, version, fields, at, came, out),
        }
    }

    /// Appends the line of a field, and remembers what others show the same. Returns where its value begins.
    fn write(
        &mut self,
        redactor: &Redactor,
        version: Version,
        fields: &Fields,
        at: usize,
        came: &Came<'_>,
        out: &mut Vec<u8>,
    ) -> usize {
        let start = out.len();
        let (value, shows) = write_line(redactor, version, fields, at, out);
        out.push(b'\n');
        if came.value.is_sensitive() {
            return value;
        }
        let line = out.get(start..).unwrap_or_default();
        let (bytes, capitals) = (came.value.as_bytes(), version < Version::HTTP_2);
        let (key, of) = match shows {
            Shows::Plain => {
                if !bytes.is_empty() && came.name != AUTHORITY {
                    self.names.add(came.name, line.get(..value - start).unwrap_or_default(), capitals);
                }
                self.add_some(came.text, line, value - start, capitals);
                return value;
            }
            Shows::Masked => (came.name, Of::Name),
            Shows::Same => (came.name, Of::Digest),
            Shows::Else => return value,
        };
        let at = self.add(key, line, value - start, capitals);
        if let Some(line) = at.and_then(|at| self.lines.get_mut(at)) {
            line.of = of;
            if of == Of::Digest {
                line.value_is = (bytes.len() as u32, self.digests.hash_one(bytes));
            }
        }
        value
    }

    /// Forgets what another redactor showed.
    #[inline]
    fn serve(&mut self, redactor: &Arc<Redactor>) {
        if !self.redactor.as_ref().is_some_and(|served| Arc::ptr_eq(served, redactor)) {
            self.forget(redactor);
        }
    }

    #[cold]
    #[inline(never)]
    fn forget(&mut self, redactor: &Arc<Redactor>) {
        *self = Self { redactor: Some(Arc::clone(redactor)), ..Self::default() };
    }

    /// Returns the position of a field's line with this key, if it is not forgotten.
    fn search(&self, key: &[u8], came: &Came<'_>, capitals: bool) -> Option<usize> {
        let hash = hash(key);
        set(hash).find(|at| {
            self.hashes.get(*at) == Some(&hash)
                && self.lines.get(*at).is_some_and(|line| line.is_of(came, capitals, &self.digests))
        })
    }

    /// Appends the line at `at`, and notes that it came after the last one. Returns where its value begins.
    fn found(&mut self, at: usize, out: &mut Vec<u8>) -> usize {
        if let Some(last) = self.lines.get_mut(self.last) {
            last.next = at as u8;
        }
        self.last = at;
        let Some(line) = self.lines.get_mut(at) else { return 0 };
        line.used = true;
        out.extend_from_slice(line.shown());
        line.value.into()
    }

    /// Returns the position in a set of the line that gives way: one that was not found since the last time, so that
    /// values that never come again do not drive out those that always do.
    fn gives_way(&mut self, set: Range<usize>) -> usize {
        let first = set.start + self.added % WAYS;
        let mut ways = (first..set.end).chain(set.start..first);
        let unused = ways.find(|at| self.lines.get(*at).is_some_and(|line| !line.used));
        if unused.is_none() {
            self.lines.get_mut(set).unwrap_or_default().iter_mut().for_each(|line| line.used = false);
        }
        unused.unwrap_or(first)
    }

    /// Settles what is shown of a target. Returns whether it shows as it came; if not, `shown` becomes what shows.
    pub(crate) fn settle_target(&mut self, redactor: &Arc<Redactor>, target: &[u8], shown: &mut Vec<u8>) -> bool {
        self.serve(redactor);
        if self.targets.find(target, false).is_some() {
            return true;
        }
        shown.clear();
        let is_turn = !target.is_empty() && self.is_turn();
        let key = if is_turn || self.looks > 0 { Some(self.digest(target)) } else { None };
        if let Some(key) = key
            && let Some(known) = self.hidden.find(&key, false)
        {
            shown.extend_from_slice(known);
            self.looks = LOOKS;
            return false;
        }
        self.looks = self.looks.saturating_sub(1);
        redactor.target(target, shown);
        let plain = shown == target;
        if is_turn && plain {
            self.targets.add(target, b"", false);
        } else if is_turn
            && shown.len() <= LONGEST
            && redactor.is_pure()
            && let Some(key) = key
        {
            self.hidden.add(&key, shown, false);
        }
        plain
    }

    /// Returns the length and the digest of a target.
    fn digest(&self, target: &[u8]) -> [u8; 16] {
        let [length, digest] = [target.len() as u64, self.digests.hash_one(target)];
        (u128::from(digest) << 64 | u128::from(length)).to_ne_bytes()
    }

    /// Remembers some of the lines that show as they came.
    fn add_some(&mut self, key: &[u8], shown: &[u8], value: usize, capitals: bool) {
        if self.is_turn() {
            self.add(key, shown, value, capitals);
        }
    }

    /// Returns whether what is new is to be remembered: one time in [`EVERY`].
    fn is_turn(&mut self) -> bool {
        self.new = self.new.wrapping_add(1);
        // Multiples of the golden ratio are spread evenly, and with any step, so that none of a head's lines is always
        // passed over (Knuth, TAOCP 6.4).
        self.new.wrapping_mul(0x9e37_79b9) < u32::MAX / EVERY
    }

    /// Remembers a line of a field, unless it is long, and returns its position. Its value begins at `value`, and it is
    /// not shorter than its key.
    fn add(&mut self, key: &[u8], shown: &[u8], value: usize, capitals: bool) -> Option<usize> {
        if shown.len() > LONGEST {
            return None;
        }
        if self.lines.is_empty() {
            self.lines = vec![Line::default(); SETS * WAYS].into();
            self.hashes = vec![0; SETS * WAYS].into();
        }
        let hash = hash(key);
        let at = self.gives_way(set(hash));
        if let (Some(line), Some(known)) = (self.lines.get_mut(at), self.hashes.get_mut(at)) {
            *known = hash;
            line.text.clear();
            line.text.extend_from_slice(key);
            line.text.extend_from_slice(shown);
            (line.key, line.value, line.next, line.used) = (key.len() as u16, value as u16, 0, false);
            (line.capitals, line.of) = (capitals, Of::Field);
        }
        self.added += 1;
        Some(at)
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

/// Returns the positions of the lines that a key with this hash may have.
fn set(hash: u64) -> Range<usize> {
    // The highest bits depend on all bytes of the key that were mixed.
    let start = (hash >> (u64::BITS - SETS.ilog2())) as usize * WAYS;
    start..start + WAYS
}

#[cfg(test)]
mod tests;
