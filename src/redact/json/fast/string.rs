//! Finds the ends of strings with nothing hostile and no sign of a secret in them.

use super::class::{NO_HOST, NO_START, is, stops};
use crate::redact::{
    rules::{
        Rules,
        path::{Hidden, Segments},
    },
    scan::{key_lines, labels, prefilter, statements, table},
    text::{
        block::{BLOCK, Block},
        slice::Slice,
    },
};

/// Returns the end of the string, its closing quote included; `None` where it is not plain. The first `known`
/// bytes behind the opening quote are known to be plain, with no colon among them. Without `escapes`, no string with an
/// escape is plain.
#[inline(never)]
pub(in crate::redact) fn string(
    rules: &Rules,
    input: &[u8],
    start: usize,
    known: usize,
    escapes: bool,
) -> Option<usize> {
    if is(NO_START, *input.get(start + 1)?) {
        return None;
    }
    let is_sign = |at: usize| Some(prefilter::is_unescaped_sign(rules, input.get(start + 1..)?, at - start - 1));
    let (mut at, mut doubt, mut colon) = (start + 1 + known, false, false);
    let mut stops = Stops { input, end: at, bits: 0 };
    loop {
        let (stop, byte) = stops.next(at)?;
        at = match byte {
            b'"' if doubt && has_colon(input.get(start + 1..stop)?) => return None,
            b'"' if rules.patterns.may_have_key(input.get(start + 1..stop)?) => return None,
            b'"' => return Some(stop + 1),
            // A path may begin with the third.
            b'/' if !rules.templates.is_empty()
                && (is_sign(stop)? || matches!(input.get(stop + 1..stop + 3)?, [b'/', b'/' | b'\\'])) =>
            {
                return None;
            }
            b'/' if !matches!(input.get(stop + 1)?, b'/' | b'\\') => stop + 1,
            b'/' => slashes(input, stop, escapes)?,
            b'\\' if escapes => match input.get(stop + 1)? {
                b'/' if rules.templates.is_empty() => slashes(input, stop, escapes)?,
                b'u' => unicode(input, stop, stop == start + 1)?,
                next => {
                    // The first line may name the columns of a table.
                    if !doubt
                        && *next == b'n'
                        && rules.has_names()
                        && table::may_begin(rules, input.get(start + 1..stop)?)
                    {
                        return None;
                    }
                    if *next == b'"' && rules.has_names() && statements::is_value(rules, input.get(start + 1..stop)?) {
                        return None;
                    }
                    // An option at the beginning of a line.
                    if input.get(stop + 2)? == &b'-' && rules.has_names() {
                        return None;
                    }
                    doubt = true;
                    escape(rules, input, stop, stop == start + 1)?
                }
            },
            b'\\' | ..0x20 | 0x7f => return None,
            0x80.. => beyond_ascii(input, stop)?,
            // Within a string, the only quote beside a colon can be a single one.
            b':' => {
                if !colon && begins_line(rules, input.get(start + 1..stop)?) {
                    return None;
                }
                let (before, after) = input.get(start + 1..)?.split_at_checked(stop - start - 1)?;
                let after = after.get(1..)?;
                if labels::is_sign(rules, before, after)
                    || rules.has_names() && statements::is_sign(before, byte, after)
                {
                    return None;
                }
                colon = true;
                stop + 1
            }
            b'(' | b'-' if rules.has_names() => {
                let (before, after) = input.get(start + 1..)?.split_at_checked(stop - start - 1)?;
                if statements::is_sign(before, byte, after.get(1..)?) {
                    return None;
                }
                stop + 1
            }
            b'b' | b'B' if !matches!(input.get(stop + 1)?, b'e' | b'E' | b'a' | b'A') => stop + 1,
            // The byte behind it may be a letter.
            b'<' if input.get(stop + 1)? == &b'\\' => return None,
            _ if is_sign(stop)? => return None,
            _ => stop + 1,
        };
    }
}

/// A string that is a path and nothing else.
pub(super) struct Path<'r> {
    /// The end of the string, its closing quote included.
    pub(super) end: usize,
    /// The hidden part, by offsets behind the opening quote.
    pub(super) hidden: Option<Hidden<'r>>,
}

/// Returns the path that the string at `start` is, plain and from its first slash on; `None` where it is anything else
/// or it is unclear what is hidden in it.
#[inline(never)]
pub(super) fn path<'r>(rules: &'r Rules, input: &[u8], start: usize) -> Option<Path<'r>> {
    let path = input.get(start + 1..)?;
    let (segments, end) = Segments::plain(path).filter(|(_, end)| path.get(*end) == Some(&b'"'))?;
    let hidden = rules.templates.find_plain(path.get(..end)?, &segments).ok()?;
    Some(Path { end: start + end + 2, hidden })
}

/// Finds the bytes of `input` that may end a plain string, a block at a time.
struct Stops<'i> {
    input: &'i [u8],
    /// The end of the block.
    end: usize,
    /// The bytes of the block that are still to be looked at, the first in the lowest bit.
    bits: u32,
}

impl Stops<'_> {
    /// Returns the first of them from `at` on, which is not 0 and never goes back, and its offset.
    #[inline(always)]
    fn next(&mut self, at: usize) -> Option<(usize, u8)> {
        loop {
            while self.bits != 0 {
                let stop = (self.end + self.bits.trailing_zeros() as usize).wrapping_sub(BLOCK);
                self.bits &= self.bits - 1;
                if stop >= at {
                    return Some((stop, *self.input.get(stop)?));
                }
            }
            let start = self.end.max(at);
            let before = self.input.get(start.checked_sub(1)?..)?;
            self.bits = match before.first_chunk() {
                Some(bytes) => stops_behind(bytes),
                None => last_stops(before),
            };
            self.end = start + BLOCK;
        }
    }
}

/// Returns the stops behind the first byte.
#[inline(always)]
fn stops_behind(bytes: &[u8; BLOCK + 1]) -> u32 {
    stops(Block::first(bytes), Block::first(bytes.after(1)))
}

/// Does what [`stops_behind`] does where there are fewer bytes. One past the last is a stop.
#[cold]
fn last_stops(bytes: &[u8]) -> u32 {
    let mut padded = [0; BLOCK + 1];
    padded.iter_mut().zip(bytes).for_each(|(to, byte)| *to = *byte);
    stops_behind(&padded)
}

/// Returns whether the colon behind `head`, which begins a string, may be that of a name that hides its value.
#[inline(never)]
fn begins_line(rules: &Rules, head: &[u8]) -> bool {
    rules.has_names() && key_lines::may_begin(rules, head)
}

/// Returns whether the `inside` of a string may have a name with its value behind it on its line, or a name or value in
/// quotes. Line ends and quotes may be escaped.
#[cold]
fn has_colon(inside: &[u8]) -> bool {
    memchr::memchr2(b'\'', b':', inside).is_some()
}

/// Returns the offset behind the escape of white space, a quote or a backslash at `at`; `None` where the decoded byte
/// may begin JSON, or escape the next one once more.
fn escape(rules: &Rules, input: &[u8], at: usize, begins: bool) -> Option<usize> {
    match input.get(at + 1)? {
        b'n' | b'r' | b't' | b'b' | b'f' | b'"' if !begins => Some(at + 2),
        b'\\' if rules.templates.is_empty() && !matches!(input.get(at + 2)?, b'u' | b'x' | b'/' | b'\\') => {
            Some(at + 2)
        }
        _ => None,
    }
}

/// Returns the offset behind the escape of a character beyond ASCII at `at`; `None` where it is any other, or a byte
/// order mark that begins the string.
fn unicode(input: &[u8], at: usize, begins: bool) -> Option<usize> {
    let digits = input.get(at + 2..at + 6)?;
    let ascii = matches!(digits, [b'0', b'0', b'0'..=b'7', _]);
    let mark = begins && digits.eq_ignore_ascii_case(b"feff");
    (!ascii && !mark && digits.iter().all(u8::is_ascii_hexdigit)).then_some(at + 6)
}

/// Returns the offset behind the slashes at `at`, of which more than two are read as two. Returns `None` where they
/// begin an authority with anything in it but a host's name, such as user info. With `escapes`, a backslash may be
/// before each.
fn slashes(text: &[u8], mut at: usize, escapes: bool) -> Option<usize> {
    let slash = |at: usize| match text.get(at..) {
        Some([b'/', ..]) => 1,
        Some([b'\\', b'/', ..]) if escapes => 2,
        _ => 0,
    };
    at += slash(at);
    if slash(at) == 0 {
        return Some(at);
    }
    while slash(at) > 0 {
        at += slash(at);
    }
    let end = at + text.get(at..)?.iter().position(|&b| is(NO_HOST, b))?;
    (text.get(end)? == &b'"' || slash(end) > 0).then_some(at)
}

/// Returns the offset behind the characters beyond ASCII at `at`; `None` where there is a hostile one (see
/// [`crate::escape`]), or bytes that are no UTF-8.
pub(in crate::redact) fn beyond_ascii(input: &[u8], at: usize) -> Option<usize> {
    // Checks that both leads are of E3 to EC: any two bytes may follow those, and none of them is hostile. Their lower
    // halves are at least 3 and at most 12.
    let are_plain = |leads: u64| (leads + 0x0d00_000d) & !(leads + 0x0300_0003) & 0x1000_0010 == 0x1000_0010;
    let mut rest = input.get(at..)?;
    loop {
        // Reads two at once, since most scripts without spaces have such characters.
        while let Some(bytes) = rest.first_chunk()
            && let word = u64::from_le_bytes(*bytes)
            && word & 0xc0c0_f0c0_c0f0 == 0x8080_e080_80e0
            && are_plain(word & 0x0f00_000f)
        {
            rest = rest.get(6..)?;
        }
        rest = match rest.first()? {
            ..0x80 => return Some(input.len() - rest.len()),
            _ => rest.get(character_len(rest)?..)?,
        };
    }
}

/// Returns the length of the character beyond ASCII that `text` begins with (RFC 3629, section 4), if it is not
/// hostile.
fn character_len(text: &[u8]) -> Option<usize> {
    match text {
        // The C1 controls begin with C2, the bidi controls with D8 and E2, the separators of lines with E2, the Mongolian
        // vowel separator with E1 A0, the tags with F3 A0.
        [0xc2, 0xa0..=0xbf, ..] | [0xc3..=0xd7 | 0xd9..=0xdf, 0x80..=0xbf, ..] => Some(2),
        [0xe3..=0xec | 0xee | 0xef, 0x80..=0xbf, 0x80..=0xbf, ..] => Some(3),
        [0xe1, 0x80..=0x9f | 0xa1..=0xbf, 0x80..=0xbf, ..] => Some(3),
        [0xe0, 0xa0..=0xbf, 0x80..=0xbf, ..] | [0xed, 0x80..=0x9f, 0x80..=0xbf, ..] => Some(3),
        [0xe2, 0x82..=0xbf, 0x80..=0xbf, ..] | [0xe2, 0x80, 0x90..=0xa7 | 0xb0..=0xbf, ..] => Some(3),
        [0xf0, 0x90..=0xbf, 0x80..=0xbf, 0x80..=0xbf, ..] => Some(4),
        [0xf1 | 0xf2, 0x80..=0xbf, 0x80..=0xbf, 0x80..=0xbf, ..] => Some(4),
        [0xf3, 0x80..=0x9f | 0xa1..=0xbf, 0x80..=0xbf, 0x80..=0xbf, ..] => Some(4),
        _ => None,
    }
}

/// Holds the last strings that were searched closely, with nothing found in them.
#[derive(Default)]
pub(in super::super) struct Strings<'a> {
    /// The strings with their quotes, so that one that begins with another is not taken for it.
    each: [&'a [u8]; 4],
    next: usize,
}

impl<'a> Strings<'a> {
    /// Adds a string, its quotes included. It replaces the oldest one.
    pub(in super::super) fn add(&mut self, string: &'a [u8]) {
        if let Some(place) = self.each.get_mut(self.next) {
            *place = string;
        }
        self.next = (self.next + 1) % self.each.len();
    }

    /// Returns the end of the string at `start`, if it is one of these.
    pub(super) fn find(&self, input: &[u8], start: usize) -> Option<usize> {
        let rest = input.get(start..)?;
        let string = self.each.iter().find(|string| !string.is_empty() && rest.starts_with(string))?;
        Some(start + string.len())
    }
}
