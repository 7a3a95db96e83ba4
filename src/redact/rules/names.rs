//! Names, folded, and sets of them.

use crate::redact::text::mask::Mask;
use crate::redact::text::slice::Slice;
use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
};

/// What a byte of a name folds to: `DROP`, `SPLIT`, `OTHER`, or its lower-case self.
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
/// How many bytes of a folded name a byte makes; of what is no part of a plain name the highest bit is set too.
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
/// Any other ASCII that is neither letter nor digit parts a name: `user[password]`, `user.password`, `password `.
const SPLIT: u8 = b'.';
const OTHER: u8 = 0xff;

/// More parts than any name has.
const MAX_PARTS: usize = 32;

/// A name without case, `-` and `_`.
pub(crate) struct Folded {
    short: [u8; Self::SHORT],
    len: usize,
    /// Holds the name where it is long, has parts or is not ASCII: the parts, none empty, joined by `.`.
    long: Option<Vec<u8>>,
    /// Whether the name could be read: it is UTF-8 and has no absurd number of parts.
    clear: bool,
    /// Whether `long` has more than one part.
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
            None => folded.fold_long(name),
        }
        folded
    }

    #[cold]
    fn fold_long(&mut self, name: &[u8]) {
        let mut long = Vec::with_capacity(name.len());
        let mut parts = 0;
        for chunk in name.utf8_chunks() {
            self.clear &= chunk.invalid().is_empty();
            for c in chunk.valid().chars() {
                match c {
                    c if c.is_ascii() => match FOLD[usize::from(c as u8)] {
                        DROP => {}
                        SPLIT => {
                            if long.last().is_some_and(|&b| b != SPLIT) {
                                long.push(SPLIT);
                                parts += 1;
                            }
                        }
                        c => long.push(c),
                    },
                    // What is not seen makes no other name of it.
                    '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' => {}
                    // Full-width forms of ASCII.
                    '\u{ff01}'..='\u{ff5e}' => {
                        let ascii = char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c);
                        if ascii.is_ascii_alphanumeric() {
                            long.push(ascii.to_ascii_lowercase() as u8);
                        }
                    }
                    // By way of upper case, since the long s and the Kelvin sign are letters of ASCII only there.
                    c => {
                        for c in c.to_uppercase().flat_map(char::to_lowercase) {
                            long.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                        }
                    }
                }
            }
        }
        if long.last() == Some(&SPLIT) {
            long.pop();
        }
        self.parted = memchr::memchr(SPLIT, &long).is_some();
        if long.is_empty() {
            // A name of separators only is itself, and has no parts, however many points are in it.
            long.extend_from_slice(name);
        }
        self.clear &= parts < MAX_PARTS;
        self.long = Some(long);
    }

    /// Whether the name could be read at all.
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

    /// The parts from the last on, where there is more than one.
    fn parts(&self) -> Option<impl Iterator<Item = &[u8]>> {
        let long = self.long.as_deref().filter(|_| self.parted)?;
        Some(long.rsplit(|&b| b == SPLIT))
    }
}

/// A set of names, each with its mask. A look-up costs the same for ten names as for hundreds.
#[derive(Clone)]
pub(crate) struct Names {
    masks: HashMap<Box<[u8]>, Mask, BuildHasherDefault<Words>>,
    /// One bit for each name in `masks`, by its ends and its length: turns nearly every other name away unhashed.
    bits: [u64; 64],
    /// One bit for each name in `masks`, and for those that `suffix` is for, by its first and its last two letters or
    /// digits, case folded away: turns nearly all other names away before they are folded. Those of all that has a `_`
    /// there are set.
    corners: Box<[u64; 512]>,
    /// The same by the last two alone, the bit of the last in the word of the one before: what nearly all other names need.
    ends: [u32; 32],
    /// The mask of the names that end in `token`, `secret`, `password`, … (see [`ends_secret`]).
    suffix: Option<Mask>,
    /// Whether a name in `masks` has parts.
    parted: bool,
}

impl Names {
    pub(crate) fn new() -> Self {
        Self {
            masks: HashMap::default(),
            bits: [0; 64],
            corners: Box::new(CORNERS),
            ends: ENDS,
            suffix: None,
            parted: false,
        }
    }

    /// The names of the default set: `exact`, and those that end as a secret does.
    pub(crate) fn secrets(exact: &[&str]) -> Self {
        let mut names = Self { suffix: Some(Mask::redacted()), ..Self::new() };
        for [before, last] in SECRET_ENDS {
            (0..32).for_each(|first| names.mark(first, before, last));
        }
        for name in exact {
            names.insert(name, Mask::redacted());
        }
        names
    }

    pub(crate) fn insert(&mut self, name: &str, mask: Mask) {
        let folded = Folded::new(name.as_bytes());
        let text = folded.text();
        self.parted |= folded.parts().is_some();
        let (word, bit) = place(text);
        if let Some(word) = self.bits.get_mut(word) {
            *word |= bit;
        }
        if let [first, .., before, last] | [first @ before, last] = *text {
            self.mark(first, before, last);
        }
        self.masks.insert(text.into(), mask);
    }

    fn mark(&mut self, first: u8, before: u8, last: u8) {
        self.ends[usize::from(before & 31)] |= 1 << (last & 31);
        let (word, bit) = corner(first, before, last);
        if let Some(word) = self.corners.get_mut(word) {
            *word |= bit;
        }
    }

    /// Whether `name`, not folded, is surely not in the set: a quick look that says no where it would take longer.
    #[inline]
    pub(crate) fn surely_lacks(&self, name: &[u8]) -> bool {
        let ([first, .., before, last] | [first @ before, last]) = *name else { return false };
        ![first, before, last].contains(&b'-')
            && self.surely_lacks_plain(first, before, last)
            && name.iter().fold(0, |all, &b| all | KEPT[usize::from(b)]) & PART == 0
    }

    /// [`Names::surely_lacks`] for a name of ASCII letters, digits and `_`, of which these are the first and the last two;
    /// of a name of two, the first is both.
    #[inline]
    pub(crate) fn surely_lacks_plain(&self, first: u8, before: u8, last: u8) -> bool {
        let (word, bit) = corner(first, before, last);
        self.ends[usize::from(before & 31)] >> (last & 31) & 1 == 0
            || self.corners.get(word).is_some_and(|word| word & bit == 0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.masks.is_empty() && self.suffix.is_none()
    }

    pub(crate) fn reword(&mut self, word: &Arc<str>) {
        self.masks.values_mut().chain(&mut self.suffix).for_each(|mask| mask.reword(word));
    }

    /// The mask of a name that is in the set, or one of whose parts is.
    #[inline]
    pub(crate) fn find(&self, name: &Folded) -> Option<&Mask> {
        let text = name.text();
        if name.long.is_some() {
            return self.find_parts(name);
        }
        self.get(text)
    }

    #[cold]
    fn find_parts(&self, name: &Folded) -> Option<&Mask> {
        let text = name.text();
        let Some(mut parts) = name.parts() else { return self.get(text) };
        if let Some(mask) = parts.find_map(|part| self.get(part)) {
            return Some(mask);
        }
        if !self.parted || !name.clear {
            return None;
        }
        // `user.name` is in `account[user][name][0]`: any run of parts that the set may have.
        let starts = || std::iter::once(0).chain(memchr::memchr_iter(SPLIT, text).map(|at| at + 1));
        let ends = || memchr::memchr_iter(SPLIT, text).chain(std::iter::once(text.len()));
        starts().find_map(|start| ends().filter_map(|end| text.get(start..end)).find_map(|run| self.masks.get(run)))
    }

    /// Whether the set has this name, or its last part that is no index.
    pub(crate) fn allows(&self, name: &Folded) -> bool {
        let is_index = |part: &&[u8]| part.iter().all(u8::is_ascii_digit);
        name.clear
            && (self.get(name.text()).is_some()
                || name
                    .parts()
                    .and_then(|mut parts| parts.find(|part| !is_index(part)))
                    .is_some_and(|part| self.get(part).is_some()))
    }

    /// The mask of a name that is folded and has no parts.
    #[inline]
    pub(crate) fn get(&self, text: &[u8]) -> Option<&Mask> {
        let (word, bit) = place(text);
        if self.bits.get(word).is_some_and(|word| word & bit != 0)
            && let Some(mask) = self.masks.get(text)
        {
            return Some(mask);
        }
        self.suffix.as_ref().filter(|_| ends_secret(text))
    }
}

/// Shows the names, sorted.
impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<_> = self.masks.keys().map(|name| String::from_utf8_lossy(name)).collect();
        names.sort_unstable();
        f.debug_set().entries(names).finish()
    }
}

/// A multiplication for every eight bytes: names are short, and those in a set come from the program, not from its peers.
#[derive(Default)]
struct Words(u64);

impl Hasher for Words {
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
        // The table takes both ends, of which the lower has seen little.
        self.0 ^ self.0 >> 32
    }
}

/// Where in [`Names::bits`] a name has its bit.
#[inline]
fn place(text: &[u8]) -> (usize, u64) {
    let byte = |b: Option<&u8>| u32::from(b.copied().unwrap_or(0));
    let mut back = text.iter().rev();
    let key = byte(text.first()) | byte(back.next()) << 8 | byte(back.next()) << 16 | (text.len() as u32) << 24;
    let hash = key.wrapping_mul(0x9e37_79b1) >> 20;
    ((hash >> 6) as usize, 1 << (hash & 63))
}

/// Where in [`Names::corners`] a name has its bit; that of capitals is the same.
#[inline]
fn corner(first: u8, before: u8, last: u8) -> (usize, u64) {
    let key = usize::from(first & 31) << 10 | usize::from(before & 31) << 5 | usize::from(last & 31);
    (key >> 6, 1 << (key & 63))
}

/// [`Names::corners`] of no names: the bits of `_`, which no letter and no digit shares.
const CORNERS: [u64; 512] = {
    let mut corners = [1 << 31 | 1 << 63; 512];
    let mut word = 0;
    while word < 512 {
        if word & 15 == 15 {
            corners[word] |= !0 << 32;
        }
        if word >> 4 == 31 {
            corners[word] = !0;
        }
        word += 1;
    }
    corners
};

/// [`Names::ends`] of no names: the bits of `_`.
const ENDS: [u32; 32] = {
    let mut ends = [1 << 31; 32];
    ends[31] = !0;
    ends
};

/// The last letters of the names that [`ends_secret`] knows.
const SECRET_ENDS: [[u8; 2]; 5] = [*b"en", *b"et", *b"rd", *b"se", *b"ey"];

/// Whether a folded name ends as the name of a secret does.
#[inline]
fn ends_secret(text: &[u8]) -> bool {
    match text.last() {
        Some(b'n') => text.ends_with(b"token"),
        Some(b't') => text.ends_with(b"secret"),
        Some(b'd') => text.ends_with(b"password"),
        Some(b'e') => text.ends_with(b"passphrase"),
        Some(b'y') => {
            let Some(stem) = text.strip_suffix(b"key") else { return false };
            [&b"secret"[..], b"access", b"private", b"api"].iter().any(|end| stem.ends_with(end))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_secret(name: &str) -> bool {
        Names::secrets(&["passwd", "sig", "user.pin"]).find(&Folded::new(name.as_bytes())).is_some()
    }

    #[test]
    fn case_and_separators_make_no_difference() {
        for name in ["passwd", "PASSWD", "pass-wd", "_Pass__Wd-", "sig", "S-I-G", "access_token", "accessToken"] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["passwds", "pass", "sign", "design", "", "_", "si"] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn names_that_end_as_a_secret_does() {
        for name in [
            "token",
            "sessionToken",
            "client_secret",
            "new-password",
            "passphrase",
            "sshKeyPassphrase",
            "aws_secret_access_key",
            "x-api-key",
            "private_key",
            "a_very_long_name_that_goes_on_and_on_for_more_than_forty_bytes_token",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "monkey",
            "key",
            "phrase",
            "pass_phrases",
            "purchase",
            "tokens",
            "token_type",
            "secretary",
            "password_hint",
            "keyapi",
            "tokenx",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn parts_of_a_name_count() {
        for name in [
            "password[]",
            "password[0]",
            "user[password]",
            "user.password",
            "a[b][password][0]",
            "password[value]",
            "a.password.b",
            "password ",
            "\"password\"",
            "user/password",
            "user[pin]",
            "x.user.pin[0]",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["user[name]", "a.b.c", "[]", ".", "pin", "user[0][pin]x"] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn a_name_of_separators_has_no_parts() {
        for name in ["...", "-._.", "[.]", "\u{200b}.\u{200b}."] {
            assert!(Folded::new(name.as_bytes()).parts().is_none(), "{name}");
        }
        let mut names = Names::secrets(&["user.pin"]);
        names.insert("...", Mask::redacted());
        assert!(names.find(&Folded::new(b"...")).is_some());
        assert!(names.find(&Folded::new(&[b'.'; 1 << 16])).is_none());
    }

    #[test]
    fn look_alikes_are_the_name() {
        for name in ["paſſwd", "to\u{212a}en", "ｐａｓｓｗｄ", "pass\u{200b}wd", "pass\u{ad}wd"] {
            assert!(is_secret(name), "{name}");
        }
        let mut names = Names::new();
        names.insert("Пароль", Mask::redacted());
        assert!(names.find(&Folded::new("ПАРОЛЬ".as_bytes())).is_some());
    }

    #[test]
    fn what_cannot_be_read_is_not_clear() {
        assert!(!Folded::new(b"pass\xffwd").is_clear());
        assert!(!Folded::new("a.".repeat(1000).as_bytes()).is_clear());
        assert!(Folded::new("naïve".as_bytes()).is_clear());
    }

    #[test]
    fn the_last_part_is_what_is_allowed() {
        let mut names = Names::new();
        names.insert("currency", Mask::redacted());
        let allows = |name: &str| names.allows(&Folded::new(name.as_bytes()));
        assert!(allows("currency") && allows("Currency") && allows("bet[currency][0]") && allows("bet.currency"));
        assert!(!allows("currency[amount]") && !allows("") && !allows("currencies"));
    }

    #[test]
    fn every_one_of_many_names_is_found() {
        let mut names = Names::new();
        let all: Vec<String> = (0..500).map(|n| format!("field_{}_{n}", n * 7919 % 101)).collect();
        all.iter().for_each(|name| names.insert(name, Mask::redacted()));
        assert!(all.iter().all(|name| names.find(&Folded::new(name.as_bytes())).is_some()));
    }

    proptest::proptest! {
        #[test]
        fn what_is_turned_away_is_not_in_the_set(name in "[a-zA-Z0-9_.\\[\\]é-]{0,6}(token|Secret|PassPhrase|se|KEY|sig|pin|user.pin|x1|é)?[_-]?") {
            let mut names = Names::secrets(&["passwd", "sig", "user.pin", "p-i_n", "x1", "é", "y"]);
            names.insert("Z_9", Mask::redacted());
            for name in [name.as_str(), "Z9", "z-9", "y", "Y_", "x_1", "apiKey"] {
                let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
                let lacks_plain = match *name.as_bytes() {
                    [first, .., before, last] | [first @ before, last] => names.surely_lacks_plain(first, before, last),
                    _ => false,
                };
                if names.surely_lacks(name.as_bytes()) || plain && lacks_plain {
                    assert!(names.find(&Folded::new(name.as_bytes())).is_none(), "{name}");
                }
            }
        }
    }
}
