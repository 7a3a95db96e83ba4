//! What each byte is in a path.

use crate::redact::text::context::{ENDS_WORD, Mode};

/// What ends a path, its own end aside.
#[derive(Clone, Copy)]
pub(crate) struct Ends(u8);

impl Ends {
    /// What ends a path in a text of that mode, or in a query there.
    pub(crate) fn new(mode: Mode, in_query: bool) -> Self {
        let word = if mode == Mode::Text { WORD } else { 0 };
        Self(QUERY | word | if in_query { NEXT } else { 0 })
    }

    /// Where a path may end as well that other text was put behind.
    pub(super) fn sooner(self) -> Self {
        Self(self.0 | PARTS)
    }

    /// Whether this is a path in prose, which other text may be put behind.
    pub(super) fn in_prose(self) -> bool {
        self.0 & WORD != 0
    }

    #[inline]
    pub(crate) fn at(self, b: u8) -> bool {
        KINDS[usize::from(b)] & self.0 != 0
    }

    /// Whether a path ends at `b`, or a segment of it.
    #[inline]
    pub(super) fn part(self, b: u8) -> bool {
        KINDS[usize::from(b)] & (self.0 | SLASH) != 0
    }
}

/// `/`, and what may be one.
pub(super) const SLASH: u8 = 1;
/// What ends every path: `?` and `#`.
const QUERY: u8 = 2;
/// What ends a path in a query: `&`.
pub(super) const NEXT: u8 = 4;
/// What ends a path in prose.
const WORD: u8 = 8;
/// `\\` and what may stand for another byte.
pub(super) const CODE: u8 = 16;
/// What a segment that leads elsewhere begins with.
pub(super) const DOT: u8 = 32;
/// What may be in a path, and may part it from other text in prose: punctuation, letters beyond ASCII and escapes of JSON.
pub(super) const PARTS: u8 = 64;

/// What each byte is of these.
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

/// Whether `b` is a slash, or what many read as one (URL Standard, section 4.4).
pub(crate) fn is_slash(b: u8) -> bool {
    matches!(b, b'/' | b'\\')
}
