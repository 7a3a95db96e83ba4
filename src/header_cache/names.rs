//! Remembers names of headers, so that only their values have to be looked at.

use super::hash;

/// Remembers the names under which a value shows as it is, unless something is found in it: no rule hides it for its name.
#[derive(Default)]
pub(super) struct Names {
    /// Each name has one place, by its hash, and gives way to another there; none before a name is added.
    names: Box<[Name]>,
}

/// The number of names that are remembered. A power of two.
const NAMES: usize = 64;

/// The length up to which names are remembered.
const LONGEST: usize = 64;

#[derive(Clone, Default)]
struct Name {
    /// The name, and what stands before the value in its line.
    text: Vec<u8>,
    /// The length of the name.
    length: usize,
    /// Is set if it is shown with capitals.
    capitals: bool,
}

impl Names {
    /// Returns what stands before the value in the line of a field with this name, if that is remembered.
    pub(super) fn find(&self, name: &[u8], capitals: bool) -> Option<&[u8]> {
        let known = self.names.get(place(name))?;
        let (same, shown) = known.text.split_at_checked(known.length)?;
        (same == name && known.capitals == capitals).then_some(shown)
    }

    /// Remembers a name, and what stands before the value.
    pub(super) fn add(&mut self, name: &[u8], shown: &[u8], capitals: bool) {
        if name.len() > LONGEST {
            return;
        }
        if self.names.is_empty() {
            self.names = vec![Name::default(); NAMES].into();
        }
        if let Some(known) = self.names.get_mut(place(name)) {
            known.text.clear();
            known.text.extend_from_slice(name);
            known.text.extend_from_slice(shown);
            (known.length, known.capitals) = (name.len(), capitals);
        }
    }
}

fn place(name: &[u8]) -> usize {
    (hash(name) >> (u64::BITS - NAMES.ilog2())) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_added_is_found() {
        let mut names = Names::default();
        assert_eq!((names.find(b"", false), names.find(b"accept", true)), (None, None));
        names.add(b"accept", b"Accept: ", true);
        assert_eq!(names.find(b"accept", true), Some(&b"Accept: "[..]));
        assert_eq!(
            (names.find(b"accept", false), names.find(b"accep", true), names.find(b"", true)),
            (None, None, None)
        );
        names.add(&[b'x'; LONGEST + 1], b"X: ", true);
        assert_eq!(names.find(&[b'x'; LONGEST + 1], true), None);
    }

    #[test]
    fn names_give_way_to_others() {
        let mut names = Names::default();
        let name = |n: usize| format!("x-{n}");
        (0..1000).for_each(|n| names.add(name(n).as_bytes(), b"X: ", true));
        let known = (0..1000).filter(|n| names.find(name(*n).as_bytes(), true).is_some()).count();
        assert!((NAMES / 2..=NAMES).contains(&known), "{known}");
    }
}
