//! The lines that need no second look, which nearly all do not: members with plain names and arrays' elements that are
//! numbers, literals, brackets or strings with nothing hostile in them and no escapes but those of line ends and such.
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
    /// The open containers, the innermost in the lowest bit: set for an object. Above them is a bit that is set.
    pub(super) stack: u64,
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
    place: Place,
) -> Place {
    let Place { mut at, mut len, mut stack, mut first } = place;
    let names = rules.field_names();
    // An escape that stands for a control hides nothing but from a pattern.
    let escapes = rules.patterns.is_empty();
    // The length of what begins a line: LF, the prefix and the indentation.
    let mut indent = head.prefix + 1 + 4 * (63 - stack.leading_zeros() as usize);
    while stack > 1 {
        let Some((mut next, mut byte)) = token(input, at) else { break };
        let mut comma = 0;
        if !first {
            if byte == scan::close(stack & 1 == 1) {
                let Some(room) = begin(head, out, len, 0, indent - 4) else { break };
                let Some(slot) = room.get_mut(indent - 4) else { break };
                *slot = byte;
                indent -= 4;
                len += indent + 1;
                at = next + 1;
                stack >>= 1;
                continue;
            }
            if byte != b',' {
                break;
            }
            let Some(token) = token(input, next + 1) else { break };
            (next, byte) = token;
            comma = 1;
        }
        let Some(room) = begin(head, out, len, comma, indent) else { break };
        let mut used = comma + indent;

        if stack & 1 == 1 {
            let Some(end) = name(input, next).filter(|_| byte == b'"') else { break };
            let Some(raw) = input.get(next + 1..end) else { break };
            if raw.len() > NAME - 4 || input.get(end + 1) != Some(&b':') {
                break;
            }
            if !names.surely_lacks_plain(raw) && !matches!(rules.field(raw), Verdict::Show) {
                break;
            }
            if !copy(input, next, end + 2, room, used) {
                break;
            }
            used += end + 2 - next;
            let Some(slot) = room.get_mut(used) else { break };
            *slot = b' ';
            used += 1;
            let Some(token) = token(input, end + 2) else { break };
            (next, byte) = token;
        }

        let end = match byte {
            b'"' => string::<SIGNED>(rules, input, next, escapes),
            b'-' | b'0'..=b'9' => number(input, next),
            b't' => literal(input, next, b"true"),
            b'f' => literal(input, next, b"false"),
            b'n' => literal(input, next, b"null"),
            b'{' | b'[' => {
                let Some((after, inner)) = token(input, next + 1) else { break };
                let object = byte == b'{';
                let empty = inner == scan::close(object);
                let Some(slot) = room.get_mut(used..used + 2) else { break };
                slot.copy_from_slice(&[byte, inner]);
                len += used + 1 + usize::from(empty);
                first = !empty;
                if empty {
                    at = after + 1;
                } else {
                    at = next + 1;
                    stack = stack << 1 | u64::from(object);
                    indent += 4;
                }
                continue;
            }
            _ => break,
        };
        let Some(end) = end else { break };
        if end - next <= VALUE {
            if !copy(input, next, end, room, used) {
                break;
            }
        } else {
            let start = len + used;
            let (Some(room), Some(text)) = (out.get_mut(start..start + (end - next)), input.get(next..end)) else {
                break;
            };
            room.copy_from_slice(text);
        }
        len += used + (end - next);
        at = end;
        first = false;
    }
    Place { at, len, stack, first }
}

/// Begins a line behind the first `len` bytes of `out`: where to write it, `comma + indent` of which is written.
#[inline(always)]
fn begin<'o>(head: &Head, out: &'o mut [u8], len: usize, comma: usize, indent: usize) -> Option<&'o mut [u8; LINE]> {
    let room = out.get_mut(len..)?.first_chunk_mut::<LINE>()?;
    let text = head.text.get(1 - comma..)?;
    *room.first_chunk_mut::<STEP>()? = *text.first_chunk()?;
    if indent >= STEP {
        if indent >= 2 * STEP {
            return None;
        }
        *room.get_mut(STEP..)?.first_chunk_mut::<STEP>()? = *text.get(STEP..)?.first_chunk()?;
    }
    Some(room)
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
fn string<const SIGNED: bool>(rules: &Rules, input: &[u8], start: usize, escapes: bool) -> Option<usize> {
    let (mut at, mut escaped) = (start + 1, false);
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
            b'"' if escaped && is_doubtful(input, start, at) => return None,
            b'"' => return Some(at + 1),
            b'/' if SIGNED && gate::begins_template(rules, input, at + 1, true) => return None,
            b'/' if SIGNED => slash(input, at)?,
            b'\\' if escapes && matches!(input.get(at + 1)?, b'n' | b'r' | b't' | b'b' | b'f') => {
                escaped = true;
                at + 2
            }
            b'=' | b'%' if SIGNED => return None,
            b'\\' | ..0x20 | 0x7f => return None,
            0x80.. => beyond_ascii(input, at)?,
            _ => at + 1,
        };
    }
}

/// Whether the string from `start` to `end`, which has escapes of white space in it, may be JSON once they are decoded, or
/// have a name in it whose value stands in quotes or behind it on its line.
#[cold]
fn is_doubtful(input: &[u8], start: usize, end: usize) -> bool {
    let inside = input.get(start + 1..end).unwrap_or_default();
    matches!(inside.first(), None | Some(b'\\' | 0x80..)) || memchr::memchr2(b'\'', b':', inside).is_some()
}

/// The offset behind the slashes at `at`, and behind the authority that they may begin; `None` where there may be anything
/// but a host's name in that, such as user info. More slashes than two begin an authority too.
fn slash(input: &[u8], at: usize) -> Option<usize> {
    if input.get(at + 1)? != &b'/' {
        return Some(at + 1);
    }
    let mut at = at + 2;
    while input.get(at)? == &b'/' {
        at += 1;
    }
    loop {
        match input.get(at)? {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => at += 1,
            b'/' | b'"' => return Some(at),
            _ => return None,
        }
    }
}

/// The offset behind the characters beyond ASCII at `at`; `None` where there is a hostile one (see [`crate::escape`]), or
/// bytes that are no UTF-8.
fn beyond_ascii(input: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let rest = input.get(at..)?;
        let character = u32::from_le_bytes(*rest.first_chunk()?);
        at += match rest.first()? {
            ..0x80 => return Some(at),
            0xe1 | 0xe3..=0xec | 0xee | 0xef if character & 0xc0_c000 == 0x80_8000 => 3,
            _ => character_len(rest)?,
        };
    }
}

/// The length of the character beyond ASCII that `text` begins with (RFC 3629, section 4), itself not hostile.
fn character_len(text: &[u8]) -> Option<usize> {
    match text {
        // The C1 controls begin with C2, the bidi controls with D8 and E2.
        [0xc2, 0xa0..=0xbf, ..] | [0xc3..=0xd7 | 0xd9..=0xdf, 0x80..=0xbf, ..] => Some(2),
        [0xe1 | 0xe3..=0xec | 0xee | 0xef, 0x80..=0xbf, 0x80..=0xbf, ..] => Some(3),
        [0xe0, 0xa0..=0xbf, 0x80..=0xbf, ..] | [0xed, 0x80..=0x9f, 0x80..=0xbf, ..] => Some(3),
        [0xe2, 0x82..=0xbf, 0x80..=0xbf, ..] | [0xe2, 0x80, 0x90..=0xa7 | 0xb0..=0xbf, ..] => Some(3),
        [0xf0, 0x90..=0xbf, 0x80..=0xbf, 0x80..=0xbf, ..] => Some(4),
        [0xf1..=0xf3, 0x80..=0xbf, 0x80..=0xbf, 0x80..=0xbf, ..] => Some(4),
        _ => None,
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
