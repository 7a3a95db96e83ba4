//! Finds the ends of the tokens of JSON (RFC 8259), without reading their content.
//!
//! The grammar is RFC 8259's, except that control characters may stand unescaped in strings: the output escapes them.

use crate::redact::text::slice::Slice;

/// Says why a value could not be read to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stop {
    /// The input ends before the value does.
    Cut,
    /// The text at this offset is no JSON.
    Broken(usize),
    /// The writer takes no more.
    Full,
}

/// A string, from behind its opening quote.
#[derive(Clone, Copy)]
pub(crate) struct Text {
    /// The end of its content: the offset of the closing quote, or the end of the input.
    pub(crate) end: usize,
    /// Is set where the closing quote is there.
    pub(crate) closed: bool,
    /// Is set where there may be anything but printable ASCII in it.
    pub(crate) odd: bool,
}

pub(crate) const ONES: u64 = 0x0101_0101_0101_0101;
pub(crate) const HIGH: u64 = 0x8080_8080_8080_8080;

#[inline(always)]
pub(crate) fn word(input: &[u8], at: usize) -> Option<u64> {
    input.get(at..).and_then(|rest| rest.first_chunk()).map(|bytes| u64::from_le_bytes(*bytes))
}

/// Returns the string whose opening quote stands right before `start`.
///
/// An escape that JSON does not know breaks the string at its opening quote. Nothing of the string may be shown then,
/// since each reader may read it in another way.
#[inline]
pub(crate) fn string(input: &[u8], start: usize) -> Result<Text, Stop> {
    let mut at = start;
    let mut odd = 0;
    loop {
        while let Some(word) = word(input, at) {
            // Once 0x22 and 0x20 have changed places, a quote and the controls are the bytes below 0x21.
            let low = (word ^ (0x02 * ONES)).wrapping_sub(0x21 * ONES);
            let backslash = (word ^ (0x5c * ONES)).wrapping_sub(ONES);
            let hit = (low | backslash) & !word & HIGH;
            // DEL gets its high bit from the addition. Bytes beyond it have one already.
            let high = word | word.wrapping_add(ONES);
            if hit != 0 {
                odd |= high & hit.wrapping_sub(1) & !hit;
                at += (hit.trailing_zeros() / 8) as usize;
                break;
            }
            odd |= high;
            at += 8;
        }
        match input.get(at) {
            Some(b'"') => return Ok(Text { end: at, closed: true, odd: odd & HIGH != 0 }),
            Some(b'\\') => {
                at = match escape(input, at) {
                    Ok(end) => end,
                    Err(Stop::Cut) => input.len(),
                    Err(_) => return Err(Stop::Broken(start - 1)),
                };
            }
            Some(&byte) => {
                if !(0x20..0x7f).contains(&byte) {
                    odd = HIGH;
                }
                at += 1;
            }
            None => return Ok(Text { end: input.len(), closed: false, odd: odd & HIGH != 0 }),
        }
    }
}

/// Returns the end of the escape that begins with the backslash at `at`.
pub(crate) fn escape(input: &[u8], at: usize) -> Result<usize, Stop> {
    match input.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
        Some(b'u') => {
            let digits = input.part(at + 2..);
            match digits.iter().take(4).take_while(|digit| digit.is_ascii_hexdigit()).count() {
                4 => Ok(at + 6),
                n if n == digits.len() => Err(Stop::Cut),
                _ => Err(Stop::Broken(at)),
            }
        }
        Some(_) => Err(Stop::Broken(at)),
        None => Err(Stop::Cut),
    }
}

/// Returns the end of the number that begins at `at`. A number that reaches the end of the input ends there.
#[inline]
pub(crate) fn number(input: &[u8], start: usize) -> Result<usize, Stop> {
    let mut at = start;
    if input.get(at) == Some(&b'-') {
        at += 1;
    }
    at = match input.get(at) {
        Some(b'0') => at + 1,
        _ => digits(input, at)?,
    };
    if input.get(at) == Some(&b'.') {
        at = digits(input, at + 1)?;
    }
    if let Some(b'e' | b'E') = input.get(at) {
        at += 1;
        if let Some(b'+' | b'-') = input.get(at) {
            at += 1;
        }
        at = digits(input, at)?;
    }
    Ok(at)
}

/// Returns a word that is zero before the first byte of `word` that is no digit, and not zero in that byte.
#[inline(always)]
pub(crate) fn no_digits(word: u64) -> u64 {
    // A digit has the high half 3, also once 6 is added.
    (word & (0xf0 * ONES)) ^ (0x30 * ONES) | (word.wrapping_add(6 * ONES) & (0xf0 * ONES)) ^ (0x30 * ONES)
}

/// Returns the end of the digits that begin at `at`, at least one.
#[inline(always)]
fn digits(input: &[u8], start: usize) -> Result<usize, Stop> {
    let mut at = start;
    while let Some(word) = word(input, at) {
        let other = no_digits(word);
        if other != 0 {
            at += (other.trailing_zeros() / 8) as usize;
            return if at > start { Ok(at) } else { Err(Stop::Broken(at)) };
        }
        at += 8;
    }
    while input.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    match at {
        _ if at > start => Ok(at),
        _ if at >= input.len() => Err(Stop::Cut),
        _ => Err(Stop::Broken(at)),
    }
}

/// Returns the end of the literal that begins at `at`.
#[inline]
pub(crate) fn literal(input: &[u8], at: usize) -> Result<usize, Stop> {
    let rest = input.part(at..);
    let word: &[u8] = match rest.first() {
        Some(b't') => b"true",
        Some(b'f') => b"false",
        _ => b"null",
    };
    if rest.starts_with(word) {
        Ok(at + word.len())
    } else if word.starts_with(rest) {
        Err(Stop::Cut)
    } else {
        let same = word.iter().zip(rest).take_while(|(a, b)| a == b).count();
        Err(Stop::Broken(at + same))
    }
}

/// Returns the first offset from `at` on that holds no white space.
#[inline(always)]
pub(crate) fn space(input: &[u8], mut at: usize) -> usize {
    loop {
        match input.get(at) {
            Some(&byte) if byte > b' ' => return at,
            Some(b' ' | b'\n' | b'\r' | b'\t') => at += 1,
            _ => return at,
        }
        while word(input, at) == Some(0x20 * ONES) {
            at += 8;
        }
    }
}

/// Returns the first offset from `at` on that holds neither white space nor a record separator (RFC 7464).
pub(crate) fn separator(input: &[u8], at: usize) -> usize {
    let mut at = space(input, at);
    while input.get(at) == Some(&0x1e) {
        at = space(input, at + 1);
    }
    at
}

/// Returns the end of the value that begins at `at`, itself no white space.
pub(crate) fn value(input: &[u8], mut at: usize) -> Result<usize, Stop> {
    let mut stack = Stack::default();
    loop {
        match input.get(at) {
            Some(b'"') => at = closed(input, at)?,
            Some(b'-' | b'0'..=b'9') => at = number(input, at)?,
            Some(b't' | b'f' | b'n') => at = literal(input, at)?,
            Some(&open @ (b'{' | b'[')) => {
                let object = open == b'{';
                at = space(input, at + 1);
                if input.get(at) == Some(&close(object)) {
                    at += 1;
                } else {
                    stack.push(object);
                    if object {
                        at = name(input, at)?;
                    }
                    continue;
                }
            }
            Some(_) => return Err(Stop::Broken(at)),
            None => return Err(Stop::Cut),
        }
        loop {
            let Some(object) = stack.top() else {
                return Ok(at);
            };
            at = space(input, at);
            match input.get(at) {
                Some(b',') => {
                    at = space(input, at + 1);
                    if object {
                        at = name(input, at)?;
                    }
                    break;
                }
                Some(&byte) if byte == close(object) => {
                    stack.pop();
                    at += 1;
                }
                Some(_) => return Err(Stop::Broken(at)),
                None => return Err(Stop::Cut),
            }
        }
    }
}

/// Returns the beginning of the value whose name begins at `at`.
fn name(input: &[u8], at: usize) -> Result<usize, Stop> {
    let at = match input.get(at) {
        Some(b'"') => space(input, closed(input, at)?),
        Some(_) => return Err(Stop::Broken(at)),
        None => return Err(Stop::Cut),
    };
    match input.get(at) {
        Some(b':') => Ok(space(input, at + 1)),
        Some(_) => Err(Stop::Broken(at)),
        None => Err(Stop::Cut),
    }
}

fn closed(input: &[u8], at: usize) -> Result<usize, Stop> {
    let text = string(input, at + 1)?;
    if text.closed { Ok(text.end + 1) } else { Err(Stop::Cut) }
}

/// Returns the byte that closes an object or an array.
#[inline(always)]
pub(crate) fn close(object: bool) -> u8 {
    if object { b'}' } else { b']' }
}

/// The open containers, a bit each: set for an object, clear for an array.
#[derive(Default)]
pub(crate) struct Stack {
    /// The innermost containers, the innermost in the lowest bit.
    bits: u64,
    /// The outer ones, 64 a word.
    outer: Vec<u64>,
    depth: usize,
}

impl Stack {
    #[inline(always)]
    pub(crate) fn push(&mut self, object: bool) {
        if self.depth.is_multiple_of(64) && self.depth > 0 {
            self.outer.push(self.bits);
        }
        self.bits = self.bits << 1 | u64::from(object);
        self.depth += 1;
    }

    #[inline(always)]
    pub(crate) fn pop(&mut self) {
        self.bits >>= 1;
        self.depth -= 1;
        if self.depth.is_multiple_of(64) {
            self.bits = self.outer.pop().unwrap_or_default();
        }
    }

    /// Returns whether the innermost container is an object.
    #[inline(always)]
    pub(crate) fn top(&self) -> Option<bool> {
        (self.depth > 0).then_some(self.bits & 1 == 1)
    }

    #[inline(always)]
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// Returns the open containers as bits, if there are fewer than 64: the innermost in the lowest bit, and a bit that
    /// is set above them.
    #[inline(always)]
    pub(crate) fn shallow(&self) -> Option<u64> {
        (self.depth < 64).then(|| self.bits | 1 << self.depth)
    }

    /// Puts what [`Stack::shallow`] says in the place of fewer than 64 containers.
    #[inline(always)]
    pub(crate) fn set_shallow(&mut self, levels: u64) {
        self.depth = 63 - levels.leading_zeros() as usize;
        self.bits = levels & !(1 << self.depth);
    }

    /// Returns whether there is an object among the open containers.
    pub(crate) fn in_object(&self) -> bool {
        self.bits != 0 || self.outer.iter().any(|&bits| bits != 0)
    }
}
