//! The lines that need no second look, which nearly all do not: members with plain names and arrays' elements that are
//! numbers, literals, brackets or strings with nothing hostile in them, no sign of a secret (see [`crate::redact::gate`])
//! and no escapes but those of line ends and such; and members that are hidden by their names.
//!
//! This is the printer's loop once more, for those lines only, with all of its state in registers. What it does not take
//! it leaves untouched, for [`super::printer`] to go on with: so nothing is ever shown from here that needs to be looked
//! at.

use super::{
    layout::{Head, STEP},
    scan::{self, ONES, word},
};
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
    /// Whether something was hidden.
    pub(super) hidden: bool,
}

/// Prints lines from `place` on, to the first that needs to be looked at, does not fit into `out` or ends the document.
///
/// The rules hide more than what they allow, and no pattern of theirs is anywhere in `input`.
pub(super) fn lines(rules: &Rules, input: &[u8], head: &Head, out: &mut [u8], place: Place) -> Place {
    let Place { mut at, mut len, mut stack, mut first, mut hidden } = place;
    let names = rules.field_names();
    let mut last = Last { name: &[], mask: None };
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
            if byte != b'"' {
                break;
            }
            let (end, plain) = match name(input, next) {
                Some(end) => (end, true),
                None => match string(rules, input, next, false) {
                    Some(end) => (end - 1, false),
                    None => break,
                },
            };
            let Some(raw) = input.get(next + 1..end) else { break };
            if raw.len() > NAME - 4 || input.get(end + 1) != Some(&b':') {
                break;
            }
            let mask = if plain && names.surely_lacks_plain(raw) { None } else { last.mask(rules, raw) };
            if !copy(input, next, end + 2, room, used) {
                break;
            }
            used += end + 2 - next;
            let Some(slot) = room.get_mut(used) else { break };
            *slot = b' ';
            used += 1;
            let Some(token) = token(input, end + 2) else { break };
            (next, byte) = token;
            if let Some(mask) = mask {
                let (Some(mask), Some(end)) = (mask, hidden_value(input, next, byte)) else { break };
                let Some(room) = room.get_mut(used..used + mask.len() + 2) else { break };
                let [open, inside @ .., close] = room else { break };
                inside.copy_from_slice(mask.as_bytes());
                (*open, *close) = (b'"', b'"');
                len += used + mask.len() + 2;
                at = end;
                first = false;
                hidden = true;
                continue;
            }
        }

        let end = match byte {
            b'"' => string(rules, input, next, rules.patterns.is_empty()),
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
            _ => scalar(input, next, byte),
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
    Place { at, len, stack, first, hidden }
}

/// The last name that was looked up: where there are many objects, they have the same names.
struct Last<'a> {
    name: &'a [u8],
    mask: Option<Option<&'a str>>,
}

impl<'a> Last<'a> {
    /// What hides the value of the member with this name, if something does; `Some(None)` where that depends on the value.
    fn mask(&mut self, rules: &'a Rules, name: &'a [u8]) -> Option<Option<&'a str>> {
        if self.name != name || name.is_empty() {
            let mask = match rules.field(name) {
                Verdict::Show => None,
                Verdict::Hide(mask) => Some(mask.plain()),
            };
            *self = Self { name, mask };
        }
        self.mask
    }
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

/// What may be no part of a plain name, which is of ASCII letters, digits and `_`.
const NO_NAME: u8 = 1;
/// What may end a plain string, or be a sign of a secret in one.
const NO_TEXT: u8 = 2;
/// What may end any string.
const NO_STRING: u8 = 4;

const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut b = 0;
    while b < 256 {
        let byte = b as u8;
        if !byte.is_ascii_alphanumeric() && byte != b'_' {
            classes[b] |= NO_NAME;
        }
        // Within a string, a colon is beside no quote but a single one.
        if !matches!(byte, b' '..0x7f) || gate::SIGNS[b] && byte != b':' || matches!(byte, b'"' | b'\'') {
            classes[b] |= NO_TEXT;
        }
        if matches!(byte, b'"' | b'\\') {
            classes[b] |= NO_STRING;
        }
        b += 1;
    }
    classes
};

/// The first byte from `at` on that is of this class.
#[inline(always)]
fn until<const CLASS: u8>(input: &[u8], mut at: usize) -> Option<(usize, u8)> {
    let is = |byte: u8| CLASSES[usize::from(byte)] & CLASS != 0;
    while let Some(bytes) = input.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        for (n, &byte) in bytes.iter().enumerate() {
            if is(byte) {
                return Some((at + n, byte));
            }
        }
        at += 8;
    }
    loop {
        match *input.get(at)? {
            byte if is(byte) => return Some((at, byte)),
            _ => at += 1,
        }
    }
}

/// Where the name's closing quote stands; `None` where there is anything but ASCII letters, digits and `_` in it.
#[inline(always)]
fn name(input: &[u8], start: usize) -> Option<usize> {
    let (end, byte) = until::<NO_NAME>(input, start + 1)?;
    (byte == b'"').then_some(end)
}

/// Where the string ends, its closing quote included; `None` where it is not plain. With `escapes`, those of white space
/// are: they hide nothing but from a pattern.
#[inline(always)]
pub(super) fn string(rules: &Rules, input: &[u8], start: usize, escapes: bool) -> Option<usize> {
    // What is JSON itself, also behind white space or a byte order mark.
    if matches!(input.get(start + 1)?, b'{' | b'[' | b' ' | 0xef) {
        return None;
    }
    let (mut at, mut escaped) = (start + 1, false);
    loop {
        let (stop, byte) = until::<NO_TEXT>(input, at)?;
        at = match byte {
            b'"' if escaped && is_doubtful(input.get(start + 1..stop)?) => return None,
            b'"' => return Some(stop + 1),
            b'/' if gate::begins_template(rules, input, stop + 1) => return None,
            b'/' if input.get(stop + 1)? == &b'/' => authority(input, stop + 2)?,
            b'\\' if escapes && matches!(input.get(stop + 1)?, b'n' | b'r' | b't' | b'b' | b'f') => {
                escaped = true;
                stop + 2
            }
            b'\\' | ..0x20 | 0x7f => return None,
            0x80.. => beyond_ascii(input, stop)?,
            b'b' | b'B' if !matches!(input.get(stop + 1)?, b'e' | b'E') => stop + 1,
            _ if gate::is_unescaped_sign(rules, input.get(start + 1..)?, stop - start - 1) => return None,
            _ => stop + 1,
        };
    }
}

/// Whether what is `inside` of a string, which has escapes of white space in it, may be JSON once they are decoded, or have
/// a name in it whose value stands in quotes or behind it on its line.
#[cold]
fn is_doubtful(inside: &[u8]) -> bool {
    inside.first() == Some(&b'\\') || memchr::memchr2(b'\'', b':', inside).is_some()
}

/// Where the authority begins whose slashes end at `at` or behind it, since more of them than two are read as two; `None`
/// where there may be anything but a host's name in it, such as user info.
fn authority(text: &[u8], mut at: usize) -> Option<usize> {
    while text.get(at)? == &b'/' {
        at += 1;
    }
    let end = |b: &u8| !(b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
    let rest = text.get(at..)?;
    matches!(rest.get(rest.iter().position(end)?)?, b'/' | b'"').then_some(at)
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

/// Where the value ends that begins with `byte` at `at` and is to be hidden; `None` where it is broken, cut or a container.
#[inline(always)]
fn hidden_value(input: &[u8], at: usize, byte: u8) -> Option<usize> {
    if byte != b'"' {
        return scalar(input, at, byte);
    }
    let (end, byte) = until::<NO_STRING>(input, at + 1)?;
    (byte == b'"').then_some(end + 1)
}

/// Where the number or the literal ends that begins with `byte` at `at`, which is before the end of the input.
#[inline(always)]
fn scalar(input: &[u8], at: usize, byte: u8) -> Option<usize> {
    match byte {
        b'-' | b'0'..=b'9' => number(input, at),
        b't' => literal(input, at, b"true"),
        b'f' => literal(input, at, b"false"),
        b'n' => literal(input, at, b"null"),
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
