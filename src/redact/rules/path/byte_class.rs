//! Sorts the bytes in a path into classes.

use crate::redact::text::context::{ENDS_WORD, Mode};

/// The bytes that end a path before the text ends.
#[derive(Clone, Copy)]
pub(crate) struct Ends(u8);

impl Ends {
    /// Returns the ends of a path in a text of that mode, or in a query there.
    pub(crate) fn new(mode: Mode, in_query: bool) -> Self {
        let word = if mode == Mode::Text { WORD } else { 0 };
        Self(QUERY | word | if in_query { NEXT } else { 0 })
    }

    /// Adds the earlier ends of a path that other text was put behind.
    pub(super) fn sooner(self) -> Self {
        Self(self.0 | PARTS)
    }

    /// Returns whether this is a path in prose, which other text may be put behind.
    pub(super) fn in_prose(self) -> bool {
        self.0 & WORD != 0
    }

    #[inline]
    pub(crate) fn at(self, b: u8) -> bool {
        KINDS[usize::from(b)] & self.0 != 0
    }

    /// Returns whether a path, or a segment of it, ends at `b`.
    #[inline]
    pub(super) fn part(self, b: u8) -> bool {
        KINDS[usize::from(b)] & (self.0 | SLASH) != 0
    }
}

/// `/`, and what may be one.
pub(super) const SLASH: u8 = 1;
/// Bytes that end every path: `?` and `#`.
const QUERY: u8 = 2;
/// Bytes that end a path in a query: `&`.
pub(super) const NEXT: u8 = 4;
/// Bytes that end a path in prose.
const WORD: u8 = 8;
/// `\\` and what may stand for another byte.
pub(super) const CODE: u8 = 16;
/// The byte that begins a segment which leads elsewhere.
pub(super) const DOT: u8 = 32;
/// Bytes that may be in a path, or may separate it from other text in prose: punctuation, letters beyond ASCII and
/// escapes of JSON.
pub(super) const PARTS: u8 = 64;

/// The classes of each byte.
pub(super) const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut b = 0;
    while b < 256 {
        kinds[b] = match b as u8 {
            b'/' => SLASH,
            b'\\' => SLASH | CODE | PARTS,
            b'%' => SLASH | CODE,
            b'+' => CODE,
            b'?' | b'#' => QUERY,
            b'&' => NEXT,
            b'.' => DOT,
            b'!' | b'(' | b')' | b'*' | b',' | b':' | b';' | b'[' | b']' | b'{' | b'}' | b'|' | 0x80.. => PARTS,
            b if ENDS_WORD[b as usize] => WORD,
            _ => 0,
        };
        b += 1;
    }
    kinds
};

/// Returns whether `b` is a slash, or read as one by many programs (URL Standard, section 4.4).
pub(crate) fn is_slash(b: u8) -> bool {
    matches!(b, b'/' | b'\\')
}
