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
//! `Printer::plain` set to `false`: an exchange with a POST of JSON 57,000 and 99,200, JSON of 4 KiB 77,000 and 254,000, of
//! 64 KiB 1.2 and 4.1 million, like twitter's 4.9 and 13.9 million.

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
use scalar::scalar;
use string::path;
use window::{begin, byte_at, name, plain_end, put, put_all, put_short, token, token_at};

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
    let Place { at, mut len, mut stack, mut first, mut hidden } = *place;
    let mut rest = input.after(at);
    // The length of the beginning of a line: LF, the prefix and the indentation.
    let mut indent = head.prefix + 1 + 4 * (63 - stack.leading_zeros() as usize);
    while stack > 1 {
        let Some((mut line, mut text)) = token(rest) else { break };
        if !first {
            if text[0] == lexer::close(stack & 1 == 1) {
                let Some(room) = begin(head, out, len, true, indent - 4) else { break };
                put(room, indent - 4, &[text[0]]);
                indent -= 4;
                len += indent + 1;
                rest = line.after(1);
                stack >>= 1;
                continue;
            }
            if text[0] != b',' {
                break;
            }
            let Some(token) = token(line.after(1)) else { break };
            (line, text) = token;
        }
        let Some(room) = begin(head, out, len, first, indent) else { break };
        let mut used = indent + usize::from(!first);

        if stack & 1 == 1 {
            if text[0] != b'"' {
                break;
            }
            let (end, by_name) = match name(text) {
                Some((key, end)) if rules.known().is_plain(key) => (end, None),
                _ => match last.name(rules, line, text) {
                    Some(name) => name,
                    None => break,
                },
            };
            if end > STEP - 4 || byte_at(text, end + 1) != b':' {
                break;
            }
            if let Some(by_name) = by_name {
                let Some((size, after)) = hidden_member(room, used, line, text, end + 2, by_name) else { break };
                len += size;
                rest = after;
                first = false;
                hidden = true;
                continue;
            }
            put_short(room, used, text, end + 2);
            used += end + 2;
            put(room, used, b" ");
            used += 1;
            let Some(token) = token_at(line, text, end + 2) else { break };
            (line, text) = token;
        }

        let byte = text[0];
        let size = match byte {
            b'"' => {
                let end = plain_end(text);
                if byte_at(text, end) == b'"' {
                    if rules.patterns.may_have_key(text.part(1..end)) {
                        break;
                    }
                    end + 1
                } else if text[1] == b'/'
                    && !rules.templates.is_empty()
                    && let Some(path) = path(rules, line, 0)
                {
                    if let Some(part) = path.hidden {
                        let before = line.part(..1 + part.start);
                        let after = line.part(1 + part.end..path.end);
                        let Some(end) = put_all(room, used, [before, part.mask, after]) else { break };
                        len += end;
                        rest = line.after(path.end);
                        first = false;
                        hidden = true;
                        continue;
                    }
                    path.end
                } else {
                    let Some(end) = last.string(rules, line, end - 1) else { break };
                    end
                }
            }
            b'{' | b'[' => {
                let Some((after, inner)) = token_at(line, text, 1) else { break };
                let object = byte == b'{';
                let empty = inner[0] == lexer::close(object);
                put(room, used, &[byte, inner[0]]);
                len += used + 1 + usize::from(empty);
                first = !empty;
                rest = after.after(usize::from(empty));
                if !empty {
                    stack = stack << 1 | u64::from(object);
                    indent += 4;
                }
                continue;
            }
            _ => match scalar(text, byte) {
                Some(size) => size,
                None => break,
            },
        };
        if size <= STEP {
            put_short(room, used, text, size);
        } else {
            let start = len + used;
            let (Some(room), Some(text)) = (out.get_mut(start..start + size), line.get(..size)) else { break };
            room.copy_from_slice(text);
        }
        let Some(after) = line.get(size..) else { break };
        rest = after;
        len += used + size;
        first = false;
    }
    *place = Place { at: input.len() - rest.len(), len, stack, first, hidden };
}

/// Holds what was looked up and may come again. Many objects often have the same names, and the same odd bytes in their
/// strings.
pub(super) struct Last<'a> {
    /// The mask of names that the lexicon hides, where it is a text.
    mask: Option<&'a str>,
    name: &'a [u8],
    /// What hides the value of the member with that name, if something does; `Some(None)` where that depends on the value
    /// or what is beside it.
    hidden: Option<Option<HiddenMember<'a>>>,
    strings: &'a Strings<'a>,
}

impl<'a> Last<'a> {
    pub(super) fn new(rules: &'a Rules, strings: &'a Strings<'a>) -> Self {
        Self { mask: rules.plain_mask(), name: b"", hidden: None, strings }
    }

    /// Does what [`string()`] does for the string that `text` begins with, also if it was searched closely before.
    #[inline(never)]
    fn string(&self, rules: &Rules, text: &[u8], known: usize) -> Option<usize> {
        string(rules, text, 0, known, !rules.patterns.has_own()).or_else(|| self.strings.find(text, 0))
    }

    /// Returns the end of the name that `line` and `text` begin with, quotes and all, and what hides the value. Returns `None`
    /// where the name is not plain, or that depends on the value or what is beside it.
    #[inline(never)]
    fn name(
        &mut self,
        rules: &'a Rules,
        line: &'a [u8],
        text: &[u8; AHEAD],
    ) -> Option<(usize, Option<HiddenMember<'a>>)> {
        let known = name(text).and_then(|(key, end)| Some((rules.known().get(key)?, end)));
        match known.zip(self.mask) {
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
            *self = Self { name, hidden, ..*self };
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

/// Writes at `at` the name and the colon of a member, the first `size` bytes of `text`, which `line` begins with, and
/// `mask` in the place of its value. Returns the end of that in `room`, and what follows the member.
#[inline(never)]
fn hidden_member<'i>(
    room: &mut [u8; LINE],
    at: usize,
    line: &'i [u8],
    text: &[u8; AHEAD],
    size: usize,
    hidden: HiddenMember<'_>,
) -> Option<(usize, &'i [u8])> {
    let (line, value) = token_at(line, text, size)?;
    let HiddenMember { mask, votes } = hidden;
    if votes && may_show(value) {
        return None;
    }
    // A value that is broken, cut or a container needs a closer look.
    let len = match value[0] {
        b'"' => lexer::string(line, 1).ok().filter(|text| text.closed)?.end + 1,
        byte => scalar(value, byte)?,
    };
    put_short(room, at, text, size);
    Some((put_all(room, at + size, [b" \"", mask.as_bytes(), b"\""])?, line.after(len)))
}

/// Returns whether a value may be one that shows (see [`super::vote`]). This is a quick check.
#[inline(always)]
fn may_show(value: &[u8; AHEAD]) -> bool {
    match *value {
        [
            b'"',
            b'"' | b'0'..=b'9' | b'^' | b'~' | b'<' | b'>' | b'=' | b'$' | b'%' | b'{' | b'!' | b'(' | b'@' | 0x80..,
            ..,
        ]
        | [b'"', b'A'..=b'Z', b'a'..=b'z' | b' ' | b'\'', ..] => true,
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
