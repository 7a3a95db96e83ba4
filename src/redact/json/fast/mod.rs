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
//! `Printer::plain` set to `false`: an exchange with a POST of JSON 74,300 and 109,000, JSON of 4 KiB 137,000 and 280,000, of
//! 64 KiB 2.1 and 4.5 million, like twitter's 6.0 and 12.9 million.

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
    rules::{
        Rules,
        harmless::{Key, MAX_NAME},
        siblings,
    },
};
use class::{NO_NAME, NO_TEXT, is};
use scalar::scalar;
use string::path;
use window::{SOON, ahead, begin, begins_word, byte_at, put, put_all, put_short, token, token_at, until};

/// The printer's position: within a container, before its first line or after one of its lines.
pub(super) struct Place {
    /// The offset in the input.
    pub(super) at: usize,
    /// The length of the output.
    pub(super) len: usize,
    /// The open containers, the innermost in the lowest bit: set for an object. Above them is a bit that is set.
    pub(super) stack: u64,
    /// Is set where the innermost container was just opened, so that no comma comes next.
    pub(super) first: bool,
    /// Is set where something was hidden.
    pub(super) hidden: bool,
}

/// Prints lines from `place` on, up to the first that needs a closer look, does not fit into `out` or ends the document.
///
/// The rules neither go by path nor show only what they allow, and no pattern of theirs is anywhere in `input`.
// Inlined, it would share the registers with its caller.
#[inline(never)]
pub(super) fn lines<'a>(
    rules: &'a Rules,
    input: &'a [u8],
    head: &LineHead,
    out: &mut [u8],
    place: &mut Place,
    last: &mut Last<'a>,
) {
    let Place { mut at, mut len, mut stack, mut first, mut hidden } = *place;
    // The length of the beginning of a line: LF, the prefix and the indentation.
    let mut indent = head.prefix + 1 + 4 * (63 - stack.leading_zeros() as usize);
    while stack > 1 {
        let Some((mut next, mut byte)) = token(input, at) else { break };
        let mut comma = 0;
        if !first {
            if byte == lexer::close(stack & 1 == 1) {
                let Some(room) = begin(head, out, len, 0, indent - 4) else { break };
                put(room, indent - 4, &[byte]);
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
            let Some(text) = ahead(input, next).filter(|_| byte == b'"') else { break };
            let mut end = until::<NO_NAME>(text);
            let harmless = if byte_at(text, end) == b'"' {
                let key = (1 < end && end <= MAX_NAME + 1)
                    .then(|| text.split_first()?.1.first_chunk())
                    .flatten()
                    .map(|name| Key::new(name, end - 1));
                key.is_some_and(|key| rules.harmless().has(key))
            } else {
                let Some(stop) = string(rules, input, next, 0, false) else { break };
                end = stop - next - 1;
                false
            };
            if end > STEP - 4 || byte_at(text, end + 1) != b':' {
                break;
            }
            if !harmless && let Some(by_name) = last.hidden(rules, input.part(next + 1..next + end)) {
                let member = by_name.and_then(|by_name| hidden_member(room, used, text, end + 2, input, next, by_name));
                let Some((size, after)) = member else { break };
                len += size;
                at = after;
                first = false;
                hidden = true;
                continue;
            }
            put_short(room, used, text, end + 2);
            used += end + 2;
            put(room, used, b" ");
            used += 1;
            let Some(token) = token_at(input, next, text, end + 2) else { break };
            (next, byte) = token;
        }

        let Some(text) = ahead(input, next) else { break };
        let end = match byte {
            b'"' => {
                let mut end = until::<NO_TEXT>(text);
                while end < SOON && begins_word(text, end) {
                    end = (end + 1..SOON).find(|at| is(NO_TEXT, byte_at(text, *at))).unwrap_or(SOON);
                }
                if byte_at(text, end) == b'"' {
                    if rules.patterns.may_have_key(text.part(1..end)) {
                        break;
                    }
                    next + end + 1
                } else if text[1] == b'/'
                    && !rules.templates.is_empty()
                    && let Some(path) = path(rules, input, next)
                {
                    if let Some(part) = path.hidden {
                        let before = input.part(next..next + 1 + part.start);
                        let after = input.part(next + 1 + part.end..path.end);
                        let Some(end) = put_all(room, used, [before, part.mask, after]) else { break };
                        len += end;
                        at = path.end;
                        first = false;
                        hidden = true;
                        continue;
                    }
                    path.end
                } else {
                    let Some(end) = last.string(rules, input, next, end - 1) else { break };
                    end
                }
            }
            b'{' | b'[' => {
                let Some((after, inner)) = token_at(input, next, text, 1) else { break };
                let object = byte == b'{';
                let empty = inner == lexer::close(object);
                put(room, used, &[byte, inner]);
                len += used + 1 + usize::from(empty);
                first = !empty;
                at = after + usize::from(empty);
                if !empty {
                    stack = stack << 1 | u64::from(object);
                    indent += 4;
                }
                continue;
            }
            _ => match scalar(text, byte) {
                Some(end) => next + end,
                None => break,
            },
        };
        let size = end - next;
        if size <= STEP {
            put_short(room, used, text, size);
        } else {
            let start = len + used;
            let (Some(room), Some(text)) = (out.get_mut(start..start + size), input.get(next..end)) else { break };
            room.copy_from_slice(text);
        }
        len += used + size;
        at = end;
        first = false;
    }
    *place = Place { at, len, stack, first, hidden };
}

/// Holds what was looked up and may come again. Many objects often have the same names, and the same odd bytes in their
/// strings.
pub(super) struct Last<'a> {
    name: &'a [u8],
    hidden: Option<Option<HiddenMember<'a>>>,
    strings: &'a Strings<'a>,
}

impl<'a> Last<'a> {
    pub(super) fn new(strings: &'a Strings<'a>) -> Self {
        Self { name: b"", hidden: None, strings }
    }

    /// Does what [`string()`] does, also for a string that was searched closely before.
    #[inline(never)]
    fn string(&self, rules: &Rules, input: &[u8], start: usize, known: usize) -> Option<usize> {
        string(rules, input, start, known, !rules.patterns.has_own()).or_else(|| self.strings.find(input, start))
    }

    /// Returns what hides the value of the member with this name, if something does; `Some(None)` where that depends on the
    /// value or what is beside it.
    fn hidden(&mut self, rules: &'a Rules, name: &'a [u8]) -> Option<Option<HiddenMember<'a>>> {
        if self.name != name || name.is_empty() {
            let hidden = match rules.field(name) {
                _ if rules.patterns.may_have_key(name) => Some(None),
                Some(hidden) => {
                    Some(hidden.mask.plain().map(|mask| HiddenMember { mask, votes: hidden.surety.is_some() }))
                }
                None if rules.is_harmless(name) => None,
                None => siblings::sign(name).map(|_| None),
            };
            *self = Self { name, hidden, ..*self };
        }
        self.hidden
    }
}

/// Holds the mask for the value of a member.
#[derive(Clone, Copy)]
struct HiddenMember<'a> {
    mask: &'a str,
    /// Is set where the content of the value may let it show.
    votes: bool,
}

/// Writes at `at` the name and the colon of a member, the first `size` bytes of `text`, which stands at `start`, and
/// `mask` in the place of its value. Returns the end of that in `room`, and the end of the member in `input`.
#[inline(never)]
fn hidden_member(
    room: &mut [u8; LINE],
    at: usize,
    text: &[u8; AHEAD],
    size: usize,
    input: &[u8],
    start: usize,
    hidden: HiddenMember<'_>,
) -> Option<(usize, usize)> {
    let (value, byte) = token(input, start + size)?;
    let HiddenMember { mask, votes } = hidden;
    if votes && (matches!(byte, b't' | b'f' | b'n') || byte == b'"' && input.get(value + 1) == Some(&b'"')) {
        return None;
    }
    let after = hidden_value(input, value, byte)?;
    put_short(room, at, text, size);
    Some((put_all(room, at + size, [b" \"", mask.as_bytes(), b"\""])?, after))
}

/// Returns the end of the value that begins with `byte` at `at` and is to be hidden; `None` where it is broken, cut or
/// a container.
#[inline(always)]
fn hidden_value(input: &[u8], at: usize, byte: u8) -> Option<usize> {
    match byte {
        b'"' => lexer::string(input, at + 1).ok().filter(|text| text.closed).map(|text| text.end + 1),
        _ => scalar(ahead(input, at)?, byte).map(|len| at + len),
    }
}
