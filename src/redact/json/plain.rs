//! The lines that need no second look, which nearly all do not: members with plain names and arrays' elements that are
//! numbers, literals, brackets or strings without escapes and with nothing hostile in them.
//!
//! This is the printer's loop once more, for those lines only, with all of its state in registers. What it does not take
//! it leaves untouched, for [`super::printer`] to go on with: so nothing is ever decided here but that a line can be
//! shown as it is.

use super::{
    layout::{Head, STEP},
    scan::{self, HIGH, ONES, word},
};
#[cfg(doc)]
use crate::redact::gate::Strings;
use crate::redact::{
    gate,
    rules::{Rules, Verdict},
};

/// What a line may take, long strings aside: its head, its name and its value.
pub(super) const LINE: usize = 2 * STEP + NAME + 3 + VALUE;
const NAME: usize = STEP;
const VALUE: usize = STEP;

/// Where the printer stands: within a container, before its first line or after one of its lines.
pub(super) struct Place {
    /// The offset in the input.
    pub(super) at: usize,
    /// The length of the output.
    pub(super) len: usize,
    /// Where the open line began in the output.
    pub(super) line: usize,
    /// The open containers, the innermost in the lowest bit: set for an object.
    pub(super) bits: u64,
    /// How many there are.
    pub(super) depth: usize,
    /// Whether the innermost container was just opened, so that no comma comes next.
    pub(super) first: bool,
}

/// Prints lines from `place` on, to the first that needs to be looked at, does not fit into `out` or ends the document.
///
/// With `SIGNED`, strings need to be with `=` or `%` in them, a path that may be that of a template, or a URL with more
/// than a host's name in its authority: what is hidden for any other sign is known not to be anywhere (see
/// [`Strings::Signed`]).
pub(super) fn lines<const SIGNED: bool>(
    rules: &Rules,
    input: &[u8],
    head: &Head,
    out: &mut [u8],
    mut place: Place,
) -> Place {
    while place.depth > 0 {
        let Some((mut at, mut byte)) = token(input, place.at) else { break };
        let mut comma = 0;
        if !place.first {
            if byte == scan::close(place.bits & 1 == 1) {
                let Some((room, len)) = begin(head, out, place.len, 0, place.depth - 1) else { break };
                let Some(slot) = room.get_mut(len) else { break };
                *slot = byte;
                place.line = place.len + 1;
                place.len += len + 1;
                place.at = at + 1;
                place.bits >>= 1;
                place.depth -= 1;
                continue;
            }
            if byte != b',' {
                break;
            }
            let Some(next) = token(input, at + 1) else { break };
            (at, byte) = next;
            comma = 1;
        }
        let Some((room, mut len)) = begin(head, out, place.len, comma, place.depth) else { break };

        if place.bits & 1 == 1 {
            let Some(end) = name(input, at).filter(|_| byte == b'"') else { break };
            let Some(raw) = input.get(at + 1..end) else { break };
            if raw.len() > NAME - 4 || input.get(end + 1) != Some(&b':') {
                break;
            }
            if !matches!(rules.plain_field(raw), Verdict::Show) {
                break;
            }
            if !copy(input, at, end + 2, room, len) {
                break;
            }
            len += end + 2 - at;
            let Some(slot) = room.get_mut(len) else { break };
            *slot = b' ';
            len += 1;
            let Some(next) = token(input, end + 2) else { break };
            (at, byte) = next;
        }

        let end = match byte {
            b'"' => string::<SIGNED>(rules, input, at),
            b'-' | b'0'..=b'9' => number(input, at),
            b't' => literal(input, at, b"true"),
            b'f' => literal(input, at, b"false"),
            b'n' => literal(input, at, b"null"),
            b'{' | b'[' => {
                let Some((next, inner)) = token(input, at + 1) else { break };
                let object = byte == b'{';
                let empty = inner == scan::close(object);
                let Some(slot) = room.get_mut(len..len + 2) else { break };
                slot.copy_from_slice(&[byte, inner]);
                place.line = place.len + 1 + comma;
                place.len += len + 1 + usize::from(empty);
                place.first = !empty;
                if empty {
                    place.at = next + 1;
                } else {
                    place.at = at + 1;
                    place.bits = place.bits << 1 | u64::from(object);
                    place.depth += 1;
                }
                continue;
            }
            _ => break,
        };
        let Some(end) = end else { break };
        if end - at <= VALUE {
            if !copy(input, at, end, room, len) {
                break;
            }
        } else {
            let start = place.len + len;
            let (Some(room), Some(text)) = (out.get_mut(start..start + (end - at)), input.get(at..end)) else { break };
            room.copy_from_slice(text);
        }
        place.line = place.len + 1 + comma;
        place.len += len + (end - at);
        place.at = end;
        place.first = false;
    }
    place
}

/// Begins a line `depth` levels deep behind the first `len` bytes of `out`: where to write it, and how much of that is
/// written.
#[inline(always)]
fn begin<'o>(
    head: &Head,
    out: &'o mut [u8],
    len: usize,
    comma: usize,
    depth: usize,
) -> Option<(&'o mut [u8; LINE], usize)> {
    let room = out.get_mut(len..)?.first_chunk_mut::<LINE>()?;
    let head_len = head.prefix + 1 + comma + 4 * depth;
    if head_len > 2 * STEP {
        return None;
    }
    let text = head.text.get(1 - comma..)?;
    *room.first_chunk_mut::<STEP>()? = *text.first_chunk()?;
    if head_len > STEP {
        *room.get_mut(STEP..)?.first_chunk_mut::<STEP>()? = *text.get(STEP..)?.first_chunk()?;
    }
    Some((room, head_len))
}

/// Copies `input[from..to]`, at most [`STEP`] bytes, to `room[at..]`; may overrun there. `false` where there is no room.
#[inline(always)]
fn copy(input: &[u8], from: usize, to: usize, room: &mut [u8; LINE], at: usize) -> bool {
    const HALF: usize = STEP / 2;
    let Some(room) = room.get_mut(at..) else { return false };
    let Some(text) = input.get(from..) else { return false };
    if to - from <= HALF
        && let (Some(room), Some(text)) = (room.first_chunk_mut::<HALF>(), text.first_chunk())
    {
        *room = *text;
        return true;
    }
    if let (Some(room), Some(text)) = (room.first_chunk_mut::<STEP>(), text.first_chunk()) {
        *room = *text;
        return true;
    }
    // Within the last bytes of the input.
    let (Some(room), Some(text)) = (room.get_mut(..to - from), text.get(..to - from)) else { return false };
    room.copy_from_slice(text);
    true
}

/// The next byte from `at` on that is no white space, and where it is.
#[inline(always)]
fn token(input: &[u8], at: usize) -> Option<(usize, u8)> {
    let byte = *input.get(at)?;
    if byte > b' ' { Some((at, byte)) } else { far_token(input, at) }
}

#[inline]
fn far_token(input: &[u8], mut at: usize) -> Option<(usize, u8)> {
    loop {
        match *input.get(at)? {
            byte if byte > b' ' => return Some((at, byte)),
            b' ' | b'\n' | b'\r' | b'\t' => at += 1,
            _ => return None,
        }
        while let Some(word) = word(input, at) {
            let other = word ^ (0x20 * ONES);
            if other != 0 {
                at += (other.trailing_zeros() / 8) as usize;
                break;
            }
            at += 8;
        }
    }
}

/// Where the name's closing quote stands; `None` where there is anything but ASCII letters, digits and `_` in it.
#[inline(always)]
fn name(input: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    while let Some(word) = word(input, at) {
        let low = word & !HIGH;
        let folded = low | (0x20 * ONES);
        let letter = (folded + 0x1f * ONES) & !(folded + 0x05 * ONES);
        let digit = (low + 0x50 * ONES) & !(low + 0x46 * ONES);
        let underscore = HIGH - (low ^ (0x5f * ONES));
        let other = !((letter | digit | underscore) & !word) & HIGH;
        if other != 0 {
            at += (other.trailing_zeros() / 8) as usize;
            return (input.get(at) == Some(&b'"')).then_some(at);
        }
        at += 8;
    }
    loop {
        match *input.get(at)? {
            b'"' => return Some(at),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => at += 1,
            _ => return None,
        }
    }
}

/// Where the string ends, its closing quote included; `None` where it is not plain.
#[inline(always)]
fn string<const SIGNED: bool>(rules: &Rules, input: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    if matches!(input.get(at)?, b'{' | b'[' | b' ') {
        return None;
    }
    loop {
        while let Some(word) = word(input, at) {
            // A quote and the controls are what is below 0x21 once 0x22 and 0x20 have changed places. What is beyond
            // ASCII has its high bit, DEL gets it from the addition. A carry only ever spoils what is past a byte that
            // ends this.
            let low = (word ^ (0x02 * ONES)).wrapping_sub(0x21 * ONES);
            let is = |byte: u64| (word ^ (byte * ONES)).wrapping_sub(ONES);
            let mut stop = low | is(0x5c) | word | word.wrapping_add(ONES);
            if SIGNED {
                stop |= is(0x3d) | is(0x25) | is(0x2f);
            }
            stop &= HIGH;
            if stop != 0 {
                at += (stop.trailing_zeros() / 8) as usize;
                break;
            }
            at += 8;
        }
        at = match *input.get(at)? {
            b'"' => return Some(at + 1),
            b'/' if SIGNED && gate::begins_template(rules, input, at + 1) => return None,
            b'/' if SIGNED => slash(input, at)?,
            b'=' | b'%' if SIGNED => return None,
            b'\\' | ..0x20 | 0x7f => return None,
            0x80.. => beyond_ascii(input, at)?,
            _ => at + 1,
        };
    }
}

/// The offset behind the slash at `at`, and behind the authority that it may begin; `None` where there may be anything
/// but a host's name in that, such as user info.
fn slash(input: &[u8], at: usize) -> Option<usize> {
    if input.get(at + 1)? != &b'/' {
        return Some(at + 1);
    }
    let mut at = at + 2;
    loop {
        match input.get(at)? {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => at += 1,
            b'/' | b'"' => return Some(at),
            _ => return None,
        }
    }
}

/// The offset behind the characters beyond ASCII at `at`; `None` where there is a hostile one (see [`crate::escape`]), or
/// bytes that are no UTF-8 (RFC 3629, section 4).
fn beyond_ascii(input: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += match *input.get(at..)? {
            [..0x80, ..] => return Some(at),
            // The C1 controls begin with C2, the bidi controls with D8 and E2.
            [0xc2, 0xa0..=0xbf, ..] | [0xc3..=0xd7 | 0xd9..=0xdf, 0x80..=0xbf, ..] => 2,
            [0xe1 | 0xe3..=0xec | 0xee | 0xef, 0x80..=0xbf, 0x80..=0xbf, ..] => 3,
            [0xe0, 0xa0..=0xbf, 0x80..=0xbf, ..] | [0xed, 0x80..=0x9f, 0x80..=0xbf, ..] => 3,
            [0xe2, 0x82..=0xbf, 0x80..=0xbf, ..] => 3,
            [0xe2, 0x80, 0x90..=0xa7 | 0xb0..=0xbf, ..] => 3,
            [0xf0, 0x90..=0xbf, 0x80..=0xbf, 0x80..=0xbf, ..] => 4,
            [0xf1..=0xf3, 0x80..=0xbf, 0x80..=0xbf, 0x80..=0xbf, ..] => 4,
            _ => return None,
        };
    }
}

/// Where the number ends, which is before the end of the input; `None` where it has an exponent or is none.
#[inline(always)]
fn number(input: &[u8], start: usize) -> Option<usize> {
    let integer = start + usize::from(input.get(start) == Some(&b'-'));
    let mut at = digits(input, integer)?;
    if at > integer + 1 && input.get(integer) == Some(&b'0') {
        return None;
    }
    if input.get(at)? == &b'.' {
        at = digits(input, at + 1)?;
    }
    (!matches!(input.get(at)?, b'e' | b'E')).then_some(at)
}

#[inline(always)]
fn digits(input: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    while let Some(word) = word(input, at) {
        let other = scan::no_digits(word);
        if other != 0 {
            at += (other.trailing_zeros() / 8) as usize;
            return (at > start).then_some(at);
        }
        at += 8;
    }
    while input.get(at)?.is_ascii_digit() {
        at += 1;
    }
    (at > start).then_some(at)
}

/// Where the literal ends, which is before the end of the input.
#[inline(always)]
fn literal<const N: usize>(input: &[u8], at: usize, literal: &[u8; N]) -> Option<usize> {
    let rest = input.get(at..)?;
    (rest.len() > N && rest.first_chunk() == Some(literal)).then_some(at + N)
}
