//! Folds names, and holds sets of them.

use crate::redact::text::mask::Mask;
use crate::redact::text::slice::Slice;
use crate::redact::work;
use std::{
    borrow::Cow,
    collections::HashMap,
    fmt,
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
};

/// Maps a byte of a name to what it folds to: `DROP`, `SPLIT`, `OTHER`, or its lower-case self.
const FOLD: [u8; 256] = {
    let mut table = [SPLIT; 256];
    let mut b = 0;
    while b < 256 {
        let c = b as u8;
        if c.is_ascii_alphanumeric() {
            table[b] = c.to_ascii_lowercase();
        } else if c == b'-' || c == b'_' {
            table[b] = DROP;
        } else if !c.is_ascii() {
            table[b] = OTHER;
        }
        b += 1;
    }
    table
};
/// The number of bytes of a folded name that a byte makes. For a byte that is no part of a plain name the highest bit
/// is set too.
const KEPT: [u8; 256] = {
    let mut table = [1; 256];
    let mut b = 0;
    while b < 256 {
        match FOLD[b] {
            DROP => table[b] = 0,
            SPLIT | OTHER => table[b] |= PART,
            _ => {}
        }
        b += 1;
    }
    table
};
const PART: u8 = 0x80;
/// `-` and `_` make no difference.
const DROP: u8 = 0;
/// Any other ASCII that is neither letter nor digit separates the parts of a name: `user[password]`, `user.password`,
/// `password `.
const SPLIT: u8 = b'.';
const OTHER: u8 = 0xff;

/// More parts than any name has.
const MAX_PARTS: usize = 32;

/// Returns a name as people read it, and whether it is UTF-8: what is not seen is left out, what looks like ASCII is ASCII.
pub(crate) fn readable(name: &[u8]) -> (Cow<'_, [u8]>, bool) {
    if name.is_ascii() {
        return (name.into(), true);
    }
    let mut text = String::with_capacity(name.len());
    let mut clear = true;
    for chunk in name.utf8_chunks() {
        clear &= chunk.invalid().is_empty();
        for c in chunk.valid().chars() {
            match c {
                c if c.is_ascii() => text.push(c),
                // Characters that are invisible make no other name of it.
                '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' => {}
                // Full-width forms of ASCII.
                '\u{ff01}'..='\u{ff5e}' => text.extend(char::from_u32(u32::from(c) - 0xfee0)),
                // The long s and the Kelvin sign are letters of ASCII only in upper case.
                c => text.extend(c.to_uppercase().flat_map(char::to_lowercase)),
            }
        }
    }
    (text.into_bytes().into(), clear)
}

/// A name without case, `-` and `_`.
pub(crate) struct Folded {
    short: [u8; Self::SHORT],
    len: usize,
    /// Holds the name where it is long, has parts or is not ASCII: the parts, none empty, joined by `.`.
    long: Option<Vec<u8>>,
    /// Is set where the name could be read: it is UTF-8, and has no absurd length or number of parts.
    clear: bool,
    /// Is set where `long` has more than one part.
    parted: bool,
}

impl Folded {
    pub(crate) const SHORT: usize = 40;

    /// Folds a short name of ASCII without parts, which nearly all are, into `short`; `None` for any other.
    #[inline]
    pub(crate) fn plain<'b>(name: &[u8], short: &'b mut [u8; Self::SHORT]) -> Option<&'b [u8]> {
        let (mut len, mut all) = (0, 0);
        for &b in name {
            let kept = KEPT[usize::from(b)];
            *short.get_mut(len)? = FOLD[usize::from(b)];
            len += usize::from(kept & 1);
            all |= kept;
        }
        short.get(..len).filter(|_| all & PART == 0 && len > 0)
    }

    /// Folds a name that has no escapes left.
    #[inline]
    pub(crate) fn new(name: &[u8]) -> Self {
        let mut folded = Self { short: [0; Self::SHORT], len: 0, long: None, clear: true, parted: false };
        match Self::plain(name, &mut folded.short).map(<[u8]>::len) {
            Some(len) => folded.len = len,
            None if name.is_empty() => {}
            None => folded.fold_long(name),
        }
        folded
    }

    #[cold]
    fn fold_long(&mut self, name: &[u8]) {
        /// No name is longer.
        const LONGEST: usize = 1024;
        let near = name.get(..LONGEST).unwrap_or(name);
        work::spend(32 + 2 * near.len());
        let is_name = near.len() == name.len();
        let (name, clear) = readable(near);
        let mut long = Vec::with_capacity(name.len());
        let mut parts = 0;
        for &b in &*name {
            match FOLD[usize::from(b)] {
                DROP => {}
                SPLIT if long.last().is_none_or(|&b| b == SPLIT) => {}
                SPLIT => {
                    long.push(SPLIT);
                    parts += 1;
                }
                OTHER => long.push(b),
                folded => long.push(folded),
            }
        }
        if long.last() == Some(&SPLIT) {
            long.pop();
        }
        self.parted = memchr::memchr(SPLIT, &long).is_some();
        if long.is_empty() {
            // A name of separators only is itself, and has no parts, however many points are in it.
            long.extend_from_slice(&name);
        }
        self.clear = clear && is_name && parts < MAX_PARTS;
        self.long = Some(long);
    }

    /// Returns whether the name could be read at all.
    #[inline]
    pub(crate) fn is_clear(&self) -> bool {
        self.clear
    }

    #[inline]
    fn text(&self) -> &[u8] {
        match &self.long {
            Some(long) => long,
            None => self.short.part(..self.len),
        }
    }

    /// Returns the parts from the last on, if there is more than one.
    fn parts(&self) -> Option<impl Iterator<Item = &[u8]>> {
        let long = self.long.as_deref().filter(|_| self.parted)?;
        Some(long.rsplit(|&b| b == SPLIT))
    }
}

/// Says what a rule of the user does with a name.
#[derive(Clone, Debug)]
pub(crate) enum Rule {
    Hide(Mask),
    Show,
}

/// Holds the names that the user gave in one place, each with its last rule. A look-up costs the same for ten names as
/// for hundreds.
#[derive(Clone, Default)]
pub(crate) struct Names {
    rules: HashMap<Box<[u8]>, (usize, Rule), BuildHasherDefault<Chunks>>,
    /// The number of rules that were added: of two for one name, the later holds.
    added: usize,
    /// Is set where a name has parts.
    parted: bool,
    /// Is set where a rule hides.
    hides: bool,
}

impl Names {
    /// Adds a rule for a name. It replaces an earlier one.
    pub(crate) fn insert(&mut self, name: &str, rule: Rule) {
        let folded = Folded::new(name.as_bytes());
        self.parted |= folded.parts().is_some();
        self.hides |= matches!(rule, Rule::Hide(_));
        self.added += 1;
        self.rules.insert(folded.text().into(), (self.added, rule));
    }

    /// Returns whether there is no rule.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Returns whether a rule hides.
    pub(crate) fn hides(&self) -> bool {
        self.hides
    }

    /// Sets the word of every mask.
    pub(crate) fn reword(&mut self, word: &Arc<str>) {
        for (_, rule) in self.rules.values_mut() {
            if let Rule::Hide(mask) = rule {
                mask.reword(word);
            }
        }
    }

    /// Returns the last of the rules for a name: those for it, those that hide one of its parts, and those that show its
    /// last part which is no index.
    pub(crate) fn find(&self, name: &Folded) -> Option<&Rule> {
        if self.rules.is_empty() {
            return None;
        }
        work::spend(40 + name.text().len() / 2);
        let whole = self.rules.get(name.text());
        let Some(parts) = name.parts() else { return whole.map(|(_, rule)| rule) };
        let is_index = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
        let mut last = true;
        let parts = parts.filter_map(|part| {
            let is_last = last && !is_index(part);
            last &= !is_last;
            self.rules.get(part).filter(|(_, rule)| is_last || matches!(rule, Rule::Hide(_)))
        });
        let found = parts.chain(whole).max_by_key(|(added, _)| *added);
        let found = if self.parted && name.clear {
            found.into_iter().chain(self.find_runs(name)).max_by_key(|(added, _)| *added)
        } else {
            found
        };
        found.map(|(_, rule)| rule)
    }

    /// Returns the last of the rules that hide a run of a name's parts: `user.name` is in `account[user][name][0]`.
    #[cold]
    fn find_runs(&self, name: &Folded) -> Option<&(usize, Rule)> {
        let text = name.text();
        let starts = std::iter::once(0).chain(memchr::memchr_iter(SPLIT, text).map(|at| at + 1));
        let ends = || memchr::memchr_iter(SPLIT, text).chain(std::iter::once(text.len()));
        let runs = starts.flat_map(|start| ends().filter_map(move |end| text.get(start..end)));
        let runs = runs.inspect(|_| work::spend(16));
        let hidden = runs.filter_map(|run| self.rules.get(run)).filter(|(_, rule)| matches!(rule, Rule::Hide(_)));
        hidden.max_by_key(|(added, _)| *added)
    }
}

/// Shows the names, sorted.
impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_hidden = |rule: &Rule| if matches!(rule, Rule::Hide(_)) { "" } else { "!" };
        let mut names: Vec<_> = self
            .rules
            .iter()
            .map(|(name, (_, rule))| format!("{}{}", is_hidden(rule), String::from_utf8_lossy(name)))
            .collect();
        names.sort_unstable();
        f.debug_set().entries(names).finish()
    }
}

/// Hashes eight bytes by one multiplication. Names are short, and those in a set come from the program, not from its
/// peers, so no one can choose them to collide.
#[derive(Default)]
struct Chunks(u64);

impl Hasher for Chunks {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        words.iter().for_each(|word| self.write_u64(u64::from_le_bytes(*word)));
        self.write_u64(rest.iter().fold(0, |word, &b| word << 8 | u64::from(b)));
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_usize(&mut self, len: usize) {
        self.write_u64(len as u64);
    }

    fn finish(&self) -> u64 {
        // The table uses both ends. The lower end has taken in few of the bits.
        self.0 ^ self.0 >> 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what the rules for `hidden` and, later, for `!shown` say about a name.
    fn says(rules: &[&str], name: &str) -> Option<bool> {
        let mut names = Names::default();
        for rule in rules {
            match rule.strip_prefix('!') {
                Some(name) => names.insert(name, Rule::Show),
                None => names.insert(rule, Rule::Hide(Mask::redacted())),
            }
        }
        names.find(&Folded::new(name.as_bytes())).map(|rule| matches!(rule, Rule::Hide(_)))
    }

    #[test]
    fn case_and_separators_make_no_difference() {
        for name in ["passwd", "PASSWD", "pass-wd", "_Pass__Wd-", "S-I-G", "sig"] {
            assert_eq!(says(&["passwd", "sig"], name), Some(true), "{name}");
        }
        for name in ["passwds", "pass", "sign", "design", "", "_", "si"] {
            assert_eq!(says(&["passwd", "sig"], name), None, "{name}");
        }
    }

    #[test]
    fn parts_of_a_name_count() {
        for name in [
            "pw[]",
            "pw[0]",
            "user[pw]",
            "user.pw",
            "a[b][pw][0]",
            "pw[value]",
            "a.pw.b",
            "pw ",
            "\"pw\"",
            "user/pw",
            "x.user.pin[0]",
        ] {
            assert_eq!(says(&["pw", "user.pin"], name), Some(true), "{name}");
        }
        for name in ["user[name]", "a.b.c", "[]", ".", "pin", "user[0][pin]x"] {
            assert_eq!(says(&["pw", "user.pin"], name), None, "{name}");
        }
    }

    #[test]
    fn the_later_rule_holds() {
        assert_eq!(says(&["a", "!a"], "a"), Some(false));
        assert_eq!(says(&["!a", "a"], "a"), Some(true));
        assert_eq!(says(&["a", "!b"], "a.b"), Some(false));
        assert_eq!(says(&["!b", "a"], "a.b"), Some(true));
        assert_eq!(says(&["a.b", "!b"], "x[a][b]"), Some(false));
    }

    #[test]
    fn the_last_part_is_what_is_allowed() {
        let allows = |name: &str| says(&["!currency"], name) == Some(false);
        assert!(allows("currency") && allows("Currency") && allows("bet[currency][0]") && allows("bet.currency"));
        assert!(!allows("currency[amount]") && !allows("") && !allows("currencies"));
    }

    #[test]
    fn a_name_of_separators_has_no_parts() {
        for name in ["...", "-._.", "[.]", "\u{200b}.\u{200b}."] {
            assert!(Folded::new(name.as_bytes()).parts().is_none(), "{name}");
        }
        assert_eq!(says(&["user.pin", "..."], "..."), Some(true));
        assert_eq!(says(&["user.pin", "..."], &".".repeat(1 << 16)), None);
    }

    #[test]
    fn look_alikes_are_the_name() {
        for name in ["paſſwd", "ｐａｓｓｗｄ", "pass\u{200b}wd", "pass\u{ad}wd"] {
            assert_eq!(says(&["passwd"], name), Some(true), "{name}");
        }
        assert_eq!(says(&["Пароль"], "ПАРОЛЬ"), Some(true));
    }

    #[test]
    fn what_cannot_be_read_is_not_clear() {
        assert!(!Folded::new(b"pass\xffwd").is_clear());
        assert!(!Folded::new("a.".repeat(1000).as_bytes()).is_clear());
        assert!(!Folded::new(&[b'a'; 2000]).is_clear());
        assert!(Folded::new("naïve".as_bytes()).is_clear());
    }
}
