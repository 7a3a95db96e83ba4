//! Prints the lines that need no second look. Nearly all lines are such.
//!
//! They are members with plain names, and elements of arrays, that are numbers, literals, brackets or plain strings. A
//! plain string has nothing hostile, no sign of a secret (see [`crate::redact::scan::candidates`]) and no escape that may
//! stand for one. Members that are hidden by their names are printed here too.
//!
//! This is the printer's loop once more, for those lines only, with all of its state in registers. It leaves all other
//! lines untouched, and [`printer`](super::printer) goes on with them. So nothing is shown from here that needs a
//! closer look.
//!
//! It is kept for what it saves. Instructions by callgrind (`cargo bench --bench instructions`), with it and with
//! `Printer::plain` set to `false`: an exchange with a POST of JSON 54,300 and 99,200, JSON of 4 KiB 70,000 and 254,000, of
//! 64 KiB 1.0 and 4.1 million, like twitter's 4.6 and 13.9 million.

mod class;
mod scalar;
pub(in crate::redact) mod string;
mod window;

pub(super) use string::{Strings, string};
pub(super) use window::{AHEAD, LINE};

use super::line_head::{LineHead, STEP};
use crate::redact::text::slice::Slice;
use crate::redact::{
    codec::json_lexer as lexer,
    rules::{Rules, known::Verdict, siblings},
};
use class::{END, is};
use scalar::scalar;
use string::path;
use window::{
    INSIDE, ahead, begin, behind, byte_at, inside, long_name, name, plain_end, put, put_all, put_short, short_name,
    space,
};

/// The printer's position: within a container, before its first line or after one of its lines.
pub(super) struct Place {
    /// The offset in the input.
    pub(super) at: usize,
    /// The length of the output.
    pub(super) len: usize,
    /// The open containers, the innermost in the lowest bit: set for an object. Above them is a bit that is set.
    pub(super) stack: u64,
    /// Is set where a line comes next: the bracket that was just opened or the comma before it is read and written.
    pub(super) first: bool,
    /// Is set where something was hidden.
    pub(super) hidden: bool,
}

/// Prints lines from `place` on, up to the first that needs a closer look, does not fit into `out` or ends the document.
///
/// The rules neither go by path nor show only what they allow, and no pattern of theirs is anywhere in `input`. What was
/// written before is in `out`.
// Inlined, it would share the registers with its caller.
#[inline(never)]
pub(super) fn lines<'a>(
    rules: &'a Rules,
    input: &'a [u8],
    head: &LineHead,
    out: &mut [u8],
    place: &mut Place,
    last: &mut Last<'a>,
    strings: &Strings<'_>,
) {
    let Place { at, len, mut stack, mut first, .. } = *place;
    let known = rules.known().table();
    // What is left of these in the end is taken away from the offsets.
    (place.at, place.len) = (input.len(), out.len());
    let (mut rest, mut out) = (input.after(at), behind(out, len));
    // The length of the beginning of a line: LF, the prefix and the indentation.
    let mut indent = head.prefix + 1 + 4 * (63 - stack.leading_zeros() as usize);
    // The bracket that closes the innermost container.
    let mut close = lexer::close(stack & 1 == 1);
    if !first && stack > 1 {
        first = behind_value(head, &mut rest, &mut out, &mut indent, &mut stack, &mut close);
    }
    'lines: while first {
        let (Some(mut text), Some(room)) = (rest.first_chunk::<AHEAD>(), out.first_chunk_mut::<LINE>()) else {
            break 'lines;
        };
        if !begin(head, room, indent) {
            break 'lines;
        }
        let Some(line) = inside(room, indent) else { break 'lines };
        // The offsets of the value in `text` and `line`.
        let (mut at, mut used) = (0, 0);
        'value: {
            if close == b'}' {
                if text[0] != b'"' {
                    rest = space(rest);
                    text = match rest.first_chunk() {
                        Some(ahead) if ahead[0] == b'"' => ahead,
                        _ => break 'lines,
                    };
                }
                if let Some(len) = short_name(known, text) {
                    put(line, 0, ahead::<{ STEP / 2 }>(text, 0));
                    put(line, len + 3, b" ");
                    (at, used) = (len + 3, len + 4);
                } else {
                    let plain = long_name(known, text).map(|end| (end, None));
                    let Some((end, by_name)) = plain.or_else(|| last.name(rules, rest)) else { break 'lines };
                    if end > STEP - 5 || byte_at(text, end + 1) != b':' {
                        break 'lines;
                    }
                    if let Some(by_name) = by_name {
                        let Some((size, after)) = hidden_member(line, rest, end + 2, by_name) else { break 'lines };
                        (rest, out) = (after, behind(out, indent + size));
                        place.hidden = true;
                        break 'value;
                    }
                    put_short(line, 0, ahead(text, 0), end + 2);
                    put(line, end + 2, b" ");
                    (at, used) = (end + 2, end + 3);
                }
                // A value often stands so behind a colon.
                if byte_at(text, at) == b' ' {
                    at += 1;
                }
            } else {
                if text[0].is_ascii_digit() && is(END, text[1]) {
                    put(line, 0, &[text[0], text[1]]);
                    if text[1] == b',' {
                        (rest, out) = (rest.after(2), behind(out, indent + 2));
                        continue 'lines;
                    }
                    (rest, out) = (rest.after(1), behind(out, indent + 1));
                    break 'value;
                }
                if text[0] <= b' ' {
                    rest = space(rest);
                    text = match rest.first_chunk() {
                        Some(ahead) => ahead,
                        _ => break 'lines,
                    };
                }
            }

            let value: &[u8; STEP] = ahead(text, at);
            let byte = value[0];
            let size = match byte {
                b'"' => {
                    let end = plain_end(value);
                    if byte_at(value, end) != b'"' {
                        let Some((end, after)) =
                            long_string(rules, strings, rest.after(at), end - 1, out, indent + used, place)
                        else {
                            break 'lines;
                        };
                        (rest, out) = (after, behind(out, end));
                        break 'value;
                    }
                    if rules.patterns.may_have_key(value.part(1..end)) {
                        break 'lines;
                    }
                    end + 1
                }
                b'{' | b'[' => {
                    let closes = byte + (b'}' - b'{');
                    put(line, used, &[byte, closes]);
                    let mut inner = rest.after(at + 1);
                    if value[1] <= b' ' {
                        inner = space(inner);
                    }
                    (rest, out) = (inner, behind(out, indent + used + 1));
                    if rest.first() == Some(&closes) {
                        (rest, out) = (rest.after(1), behind(out, 1));
                        break 'value;
                    }
                    stack = stack << 1 | u64::from(byte == b'{');
                    indent += 4;
                    close = closes;
                    continue 'lines;
                }
                _ => match scalar(value, byte) {
                    Some(size) => size,
                    None => break 'lines,
                },
            };
            // A comma is copied along.
            put_short(line, used, value, size + 1);
            let comma = usize::from(byte_at(value, size) == b',');
            let (read, written) = (at + size + comma, indent + used + size + comma);
            if read > rest.len() || written > out.len() {
                break 'lines;
            }
            (rest, out) = (rest.after(read), behind(out, written));
            if comma == 1 {
                continue 'lines;
            }
        }
        first = behind_value(head, &mut rest, &mut out, &mut indent, &mut stack, &mut close);
    }
    (place.stack, place.first) = (stack, first);
    (place.at, place.len) = (place.at - rest.len(), place.len - out.len());
}

/// Prints what follows a value: lines with brackets that close, and a comma. Returns whether a line comes next.
#[inline(always)]
fn behind_value(
    head: &LineHead,
    rest: &mut &[u8],
    out: &mut &mut [u8],
    indent: &mut usize,
    stack: &mut u64,
    close: &mut u8,
) -> bool {
    loop {
        let Some((&byte, after)) = rest.split_first() else { return false };
        if byte == b',' {
            let Some(end) = out.first_mut() else { return false };
            *end = byte;
            (*rest, *out) = (after, behind(std::mem::take(out), 1));
            return true;
        }
        if byte != *close {
            let next = space(rest);
            if next.len() == rest.len() {
                return false;
            }
            *rest = next;
            continue;
        }
        let Some(room) = out.first_chunk_mut() else { return false };
        let outer = *indent - 4;
        if !begin(head, room, outer) {
            return false;
        }
        let Some(line) = inside(room, outer) else { return false };
        put(line, 0, &[byte]);
        (*rest, *out) = (after, behind(std::mem::take(out), outer + 1));
        *indent = outer;
        *stack >>= 1;
        if *stack == 1 {
            return false;
        }
        *close = lexer::close(*stack & 1 == 1);
    }
}

/// Writes at `used` of `out` the string that `text` begins with, of which `known` bytes are plain. Returns the end of that in
/// `out`, and what follows the string; `None` where the string needs a closer look or does not fit.
#[inline(never)]
fn long_string<'i>(
    rules: &Rules,
    strings: &Strings<'_>,
    text: &'i [u8],
    known: usize,
    out: &mut [u8],
    used: usize,
    place: &mut Place,
) -> Option<(usize, &'i [u8])> {
    let room = out.get_mut(used..)?;
    if text.get(1) == Some(&b'/')
        && !rules.templates.is_empty()
        && let Some(path) = path(rules, text, 0)
    {
        let size = match path.hidden {
            Some(part) => {
                place.hidden = true;
                put_all(room, [text.part(..1 + part.start), part.mask, text.part(1 + part.end..path.end)])?
            }
            None => put_all(room, [text.part(..path.end), b"", b""])?,
        };
        return Some((used + size, text.after(path.end)));
    }
    let own = !rules.patterns.has_own();
    let end = string(rules, text, 0, known, own).or_else(|| strings.find(text, 0))?;
    Some((used + put_all(room, [text.part(..end), b"", b""])?, text.after(end)))
}

/// Holds the last name that was judged though it can't be remembered, since it is long: many objects often have the same.
#[derive(Default)]
pub(super) struct Last<'a> {
    name: &'a [u8],
    /// What hides the value of the member with that name, if something does; `Some(None)` where that depends on the value
    /// or what is beside it.
    hidden: Option<Option<HiddenMember<'a>>>,
}

impl<'a> Last<'a> {
    /// Returns the end of the name that `line` begins with, quotes and all, and what hides the value. Returns `None`
    /// where the name is not plain, or that depends on the value or what is beside it.
    #[inline(never)]
    fn name(&mut self, rules: &'a Rules, line: &'a [u8]) -> Option<(usize, Option<HiddenMember<'a>>)> {
        let known = name(line.first_chunk()?).and_then(|(key, end)| Some((rules.known().get(key)?, end)));
        match known.zip(rules.plain_mask()) {
            Some(((Verdict::Secret(_), end), mask)) => return Some((end, Some(HiddenMember { mask, votes: true }))),
            Some(((Verdict::Field, end), mask)) => return Some((end, Some(HiddenMember { mask, votes: false }))),
            Some(((Verdict::Beside, _), _)) => return None,
            _ => {}
        }
        let end = string(rules, line, 0, 0, false)? - 1;
        let name = line.part(1..end);
        if self.name != name || name.is_empty() {
            let hidden = match rules.field(name) {
                Some(hidden) => {
                    Some(hidden.mask.plain().map(|mask| HiddenMember { mask, votes: hidden.surety.is_some() }))
                }
                None if rules.is_harmless(name) => None,
                None => (siblings::sign(name).is_some() || rules.may_be_key(name)).then_some(None),
            };
            *self = Self { name, hidden };
        }
        match self.hidden {
            Some(by_name) => Some((end, Some(by_name?))),
            None => Some((end, None)),
        }
    }
}

/// Holds the mask for the value of a member.
#[derive(Clone, Copy)]
struct HiddenMember<'a> {
    mask: &'a str,
    /// Is set where the content of the value may let it show.
    votes: bool,
}

/// Writes the name and the colon of a member, the first `size` bytes of `text`, and `mask` in the place of its value. Returns
/// the length of that, and what follows the member.
#[inline(never)]
fn hidden_member<'i>(
    line: &mut [u8; INSIDE],
    text: &'i [u8],
    size: usize,
    hidden: HiddenMember<'_>,
) -> Option<(usize, &'i [u8])> {
    let name = text.first_chunk()?;
    let text = space(text.get(size..)?);
    let value = text.first_chunk()?;
    let HiddenMember { mask, votes } = hidden;
    if votes && may_show(value) {
        return None;
    }
    // A value that is broken, cut or a container needs a closer look.
    let len = match value[0] {
        b'"' => lexer::string(text, 1).ok().filter(|text| text.closed)?.end + 1,
        byte => scalar(value, byte)?,
    };
    put_short(line, 0, name, size);
    let masked = put_all(line.get_mut(size..)?, [b" \"", mask.as_bytes(), b"\""])?;
    Some((size + masked, text.after(len)))
}

/// Returns whether a value may be one that shows (see [`super::vote`]). This is a quick check.
#[inline(always)]
fn may_show(value: &[u8; STEP]) -> bool {
    match *value {
        [
            b'"',
            b'"'
            | b'0'..=b'9'
            | b'^'
            | b'~'
            | b'<'
            | b'>'
            | b'='
            | b'$'
            | b'%'
            | b'{'
            | b'!'
            | b'('
            | b'@'
            | b'/'
            | b'.'
            | 0x80..,
            ..,
        ]
        | [b'"', b'A'..=b'Z', b'A'..=b'Z' | b'a'..=b'z' | b' ' | b'\'' | 0x80.., ..] => true,
        // The schemes of references.
        [b'"', b'a' | b'g' | b'o' | b'p' | b's' | b'v', _, _, _, rest @ ..]
            if rest[..5].iter().any(|b| matches!(b, b':' | b'/')) =>
        {
            true
        }
        // The first letters of states, which are short.
        [b'"', b'd' | b'e' | b'f' | b'i' | b'n' | b'o' | b'r' | b't' | b'u' | b'v' | b'w' | b'y', ..] => {
            value[2..11].contains(&b'"')
        }
        [byte, ..] => byte != b'"',
    }
}
