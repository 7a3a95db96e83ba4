//! The lines that need no second look, which nearly all do not: members with plain names and arrays' elements that are
//! numbers, literals, brackets or strings with nothing hostile in them, no sign of a secret (see [`crate::redact::gate`])
//! and no escape that may stand for one; and members that are hidden by their names.
//!
//! This is the printer's loop once more, for those lines only, with all of its state in registers. What it does not take
//! it leaves untouched, for [`super::printer`] to go on with: so nothing is ever shown from here that needs to be looked
//! at.

use super::{
    layout::{Head, STEP},
    scan::{self, word},
};
use crate::redact::{
    gate,
    path::Hidden,
    rules::{Rules, Verdict},
};

/// What a line may take, long strings aside: its head and its name, with which it is shorter than 0x100, and its value.
pub(super) const LINE: usize = 0x100 + STEP;
/// How much of the input must be there behind the beginning of a name or a value: what is shorter needs no further
/// checks. The end of a document is given with so many zeros behind it.
pub(super) const AHEAD: usize = STEP;

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
/// The rules neither go by path nor show only what they allow, and no pattern of theirs is anywhere in `input`.
pub(super) fn lines<'a>(
    rules: &'a Rules,
    input: &'a [u8],
    head: &Head,
    out: &mut [u8],
    place: Place,
    last: &mut Last<'a>,
) -> Place {
    let Place { mut at, mut len, mut stack, mut first, mut hidden } = place;
    // The length of what begins a line: LF, the prefix and the indentation.
    let mut indent = head.prefix + 1 + 4 * (63 - stack.leading_zeros() as usize);
    while stack > 1 {
        let Some((mut next, mut byte)) = token(input, at) else { break };
        let mut comma = 0;
        if !first {
            if byte == scan::close(stack & 1 == 1) {
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
            let lacks = if byte_at(text, end) == b'"' {
                let surely_lacks = |before: usize| {
                    rules.field_names().surely_lacks_plain(text[1], byte_at(text, before), byte_at(text, before + 1))
                };
                end.checked_sub(2).is_some_and(|before| before > 0 && surely_lacks(before))
            } else {
                let Some(stop) = string(rules, input, next, 0, false) else { break };
                end = stop - next - 1;
                false
            };
            if end > STEP - 4 || byte_at(text, end + 1) != b':' {
                break;
            }
            if !lacks && let Some(mask) = last.mask(rules, input.get(next + 1..next + end).unwrap_or_default()) {
                let member = mask.and_then(|mask| hidden_member(room, used, text, end + 2, input, next, mask));
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
                    next + end + 1
                } else if text[1] == b'/'
                    && !rules.templates.is_empty()
                    && let Some(path) = path(rules, input, next)
                {
                    if let Some((from, mask, to)) = path.hidden {
                        let before = input.get(next..from).unwrap_or_default();
                        let after = input.get(to..path.end).unwrap_or_default();
                        let Some(end) = put_all(room, used, [before, mask, after]) else { break };
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
                let empty = inner == scan::close(object);
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
    Place { at, len, stack, first, hidden }
}

/// What was looked up and may come again: where there are many objects, they have the same names, and what is odd in their
/// strings often is the same too.
pub(super) struct Last<'a> {
    name: &'a [u8],
    mask: Option<Option<&'a str>>,
    strings: &'a Strings<'a>,
}

impl<'a> Last<'a> {
    pub(super) fn new(strings: &'a Strings<'a>) -> Self {
        Self { name: b"", mask: None, strings }
    }

    /// [`string`] for a value, also where that was looked at closely before.
    #[inline(never)]
    fn string(&self, rules: &Rules, input: &[u8], start: usize, known: usize) -> Option<usize> {
        string(rules, input, start, known, rules.patterns.is_empty()).or_else(|| self.strings.find(input, start))
    }

    /// What hides the value of the member with this name, if something does; `Some(None)` where that depends on the value.
    fn mask(&mut self, rules: &'a Rules, name: &'a [u8]) -> Option<Option<&'a str>> {
        if self.name != name || name.is_empty() {
            let mask = match rules.field(name) {
                Verdict::Show => None,
                Verdict::Hide(mask) => Some(mask.plain()),
            };
            *self = Self { name, mask, ..*self };
        }
        self.mask
    }
}

/// The last strings that were looked at closely, with nothing found in them.
#[derive(Default)]
pub(super) struct Strings<'a> {
    /// With their quotes, so that one that begins with another is not it.
    each: [&'a [u8]; 4],
    next: usize,
}

impl<'a> Strings<'a> {
    /// Adds a string, its quotes included, in the place of the one that was added first.
    pub(super) fn add(&mut self, string: &'a [u8]) {
        if let Some(place) = self.each.get_mut(self.next) {
            *place = string;
        }
        self.next = (self.next + 1) % self.each.len();
    }

    /// Where the string at `start` ends, if it is one of these.
    fn find(&self, input: &[u8], start: usize) -> Option<usize> {
        let rest = input.get(start..)?;
        let string = self.each.iter().find(|string| !string.is_empty() && rest.starts_with(string))?;
        Some(start + string.len())
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

/// Writes `text` at `at`, which is less than 0x100.
#[inline(always)]
fn put<const N: usize>(room: &mut [u8; LINE], at: usize, text: &[u8; N]) {
    if let Some(place) = room.get_mut(at & 0xff..).and_then(|room| room.first_chunk_mut()) {
        *place = *text;
    }
}

/// Writes `size` bytes of `text` at `at`; may overrun.
#[inline(always)]
fn put_short(room: &mut [u8; LINE], at: usize, text: &[u8; STEP], size: usize) {
    const FEW: usize = STEP / 4;
    const HALF: usize = STEP / 2;
    if let Some((few, rest)) = text.split_first_chunk::<FEW>() {
        put(room, at, few);
        if size > FEW
            && let Some((more, rest)) = rest.split_first_chunk::<FEW>()
        {
            put(room, at + FEW, more);
            if size > HALF
                && let Some(rest) = rest.first_chunk::<HALF>()
            {
                put(room, at + HALF, rest);
            }
        }
    }
}

/// Writes `parts` one after the other at `at`; says where they end, if there is room for them.
fn put_all(room: &mut [u8; LINE], mut at: usize, parts: [&[u8]; 3]) -> Option<usize> {
    for part in parts {
        room.get_mut(at..at + part.len())?.copy_from_slice(part);
        at += part.len();
    }
    Some(at)
}

/// What is there from `at` on.
#[inline(always)]
fn ahead(input: &[u8], at: usize) -> Option<&[u8; AHEAD]> {
    input.get(at..)?.first_chunk()
}

/// The byte at `at`, which is less than [`AHEAD`].
#[inline(always)]
fn byte_at(text: &[u8; AHEAD], at: usize) -> u8 {
    text[at % AHEAD]
}

/// The next byte from `at` on that is no white space, and where it is.
#[inline(always)]
fn token(input: &[u8], at: usize) -> Option<(usize, u8)> {
    let byte = *input.get(at)?;
    if byte > b' ' {
        return Some((at, byte));
    }
    let at = space(input, at);
    let byte = *input.get(at)?;
    (byte > b' ').then_some((at, byte))
}

/// [`token`] from the byte at `at` of `text` on, which stands at `start` and is longer than that by two bytes.
#[inline(always)]
fn token_at(input: &[u8], start: usize, text: &[u8; AHEAD], at: usize) -> Option<(usize, u8)> {
    match (byte_at(text, at), byte_at(text, at + 1)) {
        (byte @ b'!'.., _) => Some((start + at, byte)),
        // As behind a colon.
        (b' ', byte @ b'!'..) => Some((start + at + 1, byte)),
        _ => token(input, start + at),
    }
}

/// The offset behind the white space that begins at `at`, most of which is a line feed and indentation.
#[inline(never)]
fn space(input: &[u8], at: usize) -> usize {
    let mut rest = input.get(at..).unwrap_or_default();
    while let Some((b' ' | b'\n' | b'\r' | b'\t', tail)) = rest.split_first() {
        rest = tail;
        while let Some((bytes, tail)) = rest.split_first_chunk() {
            let other = u128::from_le_bytes(*bytes) ^ SPACES;
            if other != 0 {
                rest = rest.get((other.trailing_zeros() / 8) as usize..).unwrap_or_default();
                break;
            }
            rest = tail;
        }
    }
    input.len() - rest.len()
}

/// What may be no part of a plain name, which is of ASCII letters, digits and `_`, and no sign of a secret.
const NO_NAME: u8 = 1;
/// What may end a plain string, or be a sign of a secret in one.
const NO_TEXT: u8 = 2;
/// What may begin a string that is JSON itself, also behind white space or a byte order mark.
const NO_START: u8 = 4;
/// What may be no part of a segment of a plain path, in which nothing but that a template hides it is a sign of a secret.
const NO_PART: u8 = 8;
/// What may follow a number.
const END: u8 = 16;
/// What may be no part of a host's name.
const NO_HOST: u8 = 32;

const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut b = 0;
    while b < 256 {
        let byte = b as u8;
        // A JWT may be all letters, and has a `J` in it.
        if !byte.is_ascii_alphanumeric() && byte != b'_' || byte == b'J' {
            classes[b] |= NO_NAME;
        }
        if classes[b] & NO_NAME != 0 && byte != b'-' {
            classes[b] |= NO_PART;
        }
        // Within a string, a colon is beside no quote but a single one.
        if !matches!(byte, b' '..0x7f) || gate::SIGNS[b] && byte != b':' || matches!(byte, b'"' | b'\'') {
            classes[b] |= NO_TEXT;
        }
        if !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'.') {
            classes[b] |= NO_HOST;
        }
        if matches!(byte, b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t') {
            classes[b] |= END;
        }
        if matches!(byte, b'{' | b'[' | b' ' | 0xef) {
            classes[b] |= NO_START;
        }
        b += 1;
    }
    classes
};

#[inline(always)]
fn is(class: u8, byte: u8) -> bool {
    CLASSES[usize::from(byte)] & class != 0
}

/// As many spaces as are looked at at once.
const SPACES: u128 = u128::from_le_bytes([b' '; 16]);

/// How far a name or a string is looked at without a loop.
const SOON: usize = 32;

/// Where the first byte of this class is behind the quote that `text` begins with, if that is soon; where it was not found
/// any more else.
#[inline(always)]
fn until<const CLASS: u8>(text: &[u8; AHEAD]) -> usize {
    if is(CLASS | NO_START, text[1]) {
        return 1;
    }
    (2..SOON).find(|&at| is(CLASS, text[at])).unwrap_or(SOON)
}

/// Whether the byte at `at` begins a word with `b` that is not `Bearer`.
#[inline(always)]
fn begins_word(text: &[u8; AHEAD], at: usize) -> bool {
    byte_at(text, at) | 0x20 == b'b' && byte_at(text, at + 1) | 0x20 != b'e'
}

/// Where the string ends, its closing quote included; `None` where it is not plain. It is known to be for so many bytes
/// behind its opening quote. Without `escapes`, none is plain.
#[inline(never)]
pub(super) fn string(rules: &Rules, input: &[u8], start: usize, known: usize, escapes: bool) -> Option<usize> {
    if is(NO_START, *input.get(start + 1)?) {
        return None;
    }
    let is_sign = |at: usize| Some(gate::is_unescaped_sign(rules, input.get(start + 1..)?, at - start - 1));
    let (mut at, mut doubt) = (start + 1 + known, false);
    loop {
        let (stop, byte) = stop(input, at)?;
        at = match byte {
            b'"' if doubt && has_colon(input.get(start + 1..stop)?) => return None,
            b'"' => return Some(stop + 1),
            // A path may begin with the third.
            b'/' if !rules.templates.is_empty() && (is_sign(stop)? || input.get(stop + 1..stop + 3)? == b"//") => {
                return None;
            }
            b'/' if !matches!(input.get(stop + 1)?, b'/' | b'\\') => stop + 1,
            b'/' => slashes(input, stop, escapes)?,
            b'\\' if escapes => match input.get(stop + 1)? {
                b'/' if rules.templates.is_empty() => slashes(input, stop, escapes)?,
                b'u' => unicode(input, stop, stop == start + 1)?,
                _ => {
                    doubt = true;
                    escape(rules, input, stop, stop == start + 1)?
                }
            },
            b'\\' | ..0x20 | 0x7f => return None,
            0x80.. => beyond_ascii(input, stop)?,
            b'b' | b'B' if !matches!(input.get(stop + 1)?, b'e' | b'E') => stop + 1,
            // What is behind it may be a letter.
            b'<' if input.get(stop + 1)? == &b'\\' => return None,
            _ if is_sign(stop)? => return None,
            _ => stop + 1,
        };
    }
}

/// A string that is a path and nothing else.
struct Path<'r> {
    /// Where it ends, its closing quote included.
    end: usize,
    /// From where to where something is hidden, and what stands in for it.
    hidden: Option<(usize, &'r [u8], usize)>,
}

/// The path, plain and from its first slash on, that the string at `start` is; `None` where it is anything else or more than
/// one part of it is hidden.
#[inline(never)]
fn path<'r>(rules: &'r Rules, input: &[u8], start: usize) -> Option<Path<'r>> {
    /// More segments than most paths have.
    const MOST: usize = 8;
    let path = input.get(start + 1..)?;
    let (mut segments, mut count, mut at) = ([(0, 0); MOST], 0, 0);
    loop {
        let begin = at + 1;
        at = begin + path.get(begin..)?.iter().position(|&b| is(NO_PART, b))?;
        if at == begin {
            return None;
        }
        *segments.get_mut(count)? = (begin, at);
        count += 1;
        match path.get(at)? {
            b'/' => {}
            b'"' => break,
            _ => return None,
        }
    }
    let end = start + at + 2;
    let hidden = match rules.templates.find_plain(path.get(..at)?, segments.get(..count)?).ok()? {
        None => None,
        Some(Hidden { start: from, end: to, mask }) => {
            let mask = mask.plain()?.as_bytes();
            // Others are percent-encoded in a path.
            if !mask.iter().all(u8::is_ascii_alphanumeric) {
                return None;
            }
            // What is hidden already is no change.
            (path.get(from..to) != Some(mask)).then_some((start + 1 + from, mask, start + 1 + to))
        }
    };
    Some(Path { end, hidden })
}

/// The first byte from `at` on that may end a plain string.
#[inline(always)]
fn stop(input: &[u8], at: usize) -> Option<(usize, u8)> {
    let mut rest = input.get(at..)?;
    let found = |rest: &[u8], n: usize, byte| Some((input.len() - rest.len() + n, byte));
    while let Some((bytes, tail)) = rest.split_first_chunk::<16>() {
        for (n, &byte) in bytes.iter().enumerate() {
            if is(NO_TEXT, byte) {
                return found(rest, n, byte);
            }
        }
        rest = tail;
    }
    let (n, &byte) = rest.iter().enumerate().find(|(_, byte)| is(NO_TEXT, **byte))?;
    found(rest, n, byte)
}

/// Whether what is `inside` of a string may have a name in it whose value stands behind it on its line or one of both in
/// quotes, where the line ends and quotes may be escaped.
#[cold]
fn has_colon(inside: &[u8]) -> bool {
    memchr::memchr2(b'\'', b':', inside).is_some()
}

/// The offset behind the escape of white space, a quote or a backslash at `at`; `None` where what it stands for may begin
/// JSON, or escape what follows once more.
fn escape(rules: &Rules, input: &[u8], at: usize, begins: bool) -> Option<usize> {
    match input.get(at + 1)? {
        b'n' | b'r' | b't' | b'b' | b'f' | b'"' if !begins => Some(at + 2),
        b'\\' if rules.templates.is_empty() && !matches!(input.get(at + 2)?, b'u' | b'x' | b'/' | b'\\') => {
            Some(at + 2)
        }
        _ => None,
    }
}

/// The offset behind the escape of a character beyond ASCII at `at`; `None` where it is any other, or a byte order mark
/// that begins the string.
fn unicode(input: &[u8], at: usize, begins: bool) -> Option<usize> {
    let digits = input.get(at + 2..at + 6)?;
    let ascii = matches!(digits, [b'0', b'0', b'0'..=b'7', _]);
    let mark = begins && digits.eq_ignore_ascii_case(b"feff");
    (!ascii && !mark && digits.iter().all(u8::is_ascii_hexdigit)).then_some(at + 6)
}

/// The offset behind the slashes at `at`, of which more than two are read as two; `None` where they begin an authority
/// with anything in it but a host's name, such as user info. With `escapes`, a backslash may be before each.
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

/// The offset behind the characters beyond ASCII at `at`; `None` where there is a hostile one (see [`crate::escape`]), or
/// bytes that are no UTF-8.
fn beyond_ascii(input: &[u8], at: usize) -> Option<usize> {
    // Whether both leads are of E3 to EC, which any two bytes may follow, and none of them hostile: at least 3 and at most 12
    // in their lower halves.
    let are_plain = |leads: u64| (leads + 0x0d00_000d) & !(leads + 0x0300_0003) & 0x1000_0010 == 0x1000_0010;
    let mut rest = input.get(at..)?;
    loop {
        // Two at once, as most scripts have them that are written without spaces.
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

/// Writes at `at` the name and the colon of a member, the first `size` bytes of `text`, which stands at `start`, and `mask` in
/// the place of its value; says where that ends in `room` and where the member ends in `input`.
#[inline(never)]
fn hidden_member(
    room: &mut [u8; LINE],
    at: usize,
    text: &[u8; AHEAD],
    size: usize,
    input: &[u8],
    start: usize,
    mask: &str,
) -> Option<(usize, usize)> {
    let (value, byte) = token(input, start + size)?;
    let after = hidden_value(input, value, byte)?;
    put_short(room, at, text, size);
    put(room, at + size, b" \"");
    let (at, end) = (at + size + 2, at + size + 2 + mask.len());
    room.get_mut(at..end)?.copy_from_slice(mask.as_bytes());
    *room.get_mut(end)? = b'"';
    Some((end + 1, after))
}

/// Where the value ends that begins with `byte` at `at` and is to be hidden; `None` where it is broken, cut or a container.
#[inline(always)]
fn hidden_value(input: &[u8], at: usize, byte: u8) -> Option<usize> {
    match byte {
        b'"' => scan::string(input, at + 1).ok().filter(|text| text.closed).map(|text| text.end + 1),
        _ => scalar(ahead(input, at)?, byte).map(|len| at + len),
    }
}

/// The length of the number or literal that `text` begins with, `byte` first; `None` where it is neither, has an exponent,
/// is long or may go on past the end of the input, where the zeros are.
#[inline(always)]
fn scalar(text: &[u8; AHEAD], byte: u8) -> Option<usize> {
    let len = match byte {
        // As most have it that count something.
        b'0'..=b'9' if is(END, text[1]) => return Some(1),
        b'-' | b'0'..=b'9' => number(text)?,
        b't' if text.starts_with(b"true") => 4,
        b'f' if text.starts_with(b"false") => 5,
        b'n' if text.starts_with(b"null") => 4,
        _ => return None,
    };
    (byte_at(text, len) != 0).then_some(len)
}

#[inline(always)]
fn number(text: &[u8; AHEAD]) -> Option<usize> {
    let integer = usize::from(text[0] == b'-');
    let mut at = digits(text, integer)?;
    if at > integer + 1 && byte_at(text, integer) == b'0' {
        return None;
    }
    if byte_at(text, at) == b'.' {
        at = digits(text, at + 1)?;
    }
    (!matches!(byte_at(text, at), b'e' | b'E')).then_some(at)
}

/// Where the digits end that begin at `start`.
#[inline(always)]
fn digits(text: &[u8; AHEAD], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        let other = scan::no_digits(word(text, at)?);
        if other != 0 {
            at += (other.trailing_zeros() / 8) as usize;
            return (at > start).then_some(at);
        }
        at += 8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::Redactor;

    fn is_plain(rules: &Rules, inside: &str) -> bool {
        let json = format!("\"{inside}\",");
        let end = string(rules, json.as_bytes(), 0, 0, true);
        assert!(end.is_none_or(|end| end == json.len() - 1), "{inside}");
        end.is_some()
    }

    #[test]
    fn characters_beyond_ascii_are_plain_unless_hostile() {
        for c in '\u{80}'..=char::MAX {
            for text in [format!("{c}\""), format!("あ{c}\""), format!("{c}あ{c}\"")] {
                match beyond_ascii(format!("{text}     ").as_bytes(), 0) {
                    Some(end) => assert!(end == text.len() - 1 && !crate::escape::is_hostile(c), "{c:?}"),
                    // What is not common may be looked at once more.
                    None => assert!(crate::escape::is_hostile(c) || !('\u{3000}'..'\u{d000}').contains(&c), "{c:?}"),
                }
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn bytes_that_are_no_characters_are_not_plain(
            text in "[あ日가é😀]{0,4}", damage in proptest::collection::vec((0..12_usize, 0x80..=255_u8), 1..3),
        ) {
            let mut bytes = text.into_bytes();
            for (at, byte) in damage {
                bytes.insert(at.min(bytes.len()), byte);
            }
            let all = [&bytes[..], b"\"     "].concat();
            let plain = std::str::from_utf8(&bytes).is_ok_and(|text| !text.chars().any(crate::escape::is_hostile));
            proptest::prop_assert!(plain || beyond_ascii(&all, 0).is_none());
        }
    }

    #[test]
    fn strings_without_signs_are_plain() {
        let rules = Redactor::default().rules;
        for inside in [
            "",
            "GBP",
            "2026-11-22T15:00:00Z",
            "it's 50% of $1 # 2 < 3 & 4",
            "Jörg 日本語、テスト",
            "a/b/c",
            "beer, Jean, Vera",
            "https://example.org/a",
            "https:\\/\\/example.org\\/a",
            "one\\ntwo\\t3",
            "say \\\"hello\\\"",
            "C\\\\d",
            "caf\\u00e9 \\ud83d\\ude00",
            "https://h/a?lang=en&page=2",
            "see /a?b_1=c too",
            "\\/a",
            "\\u3042",
            "////h/",
        ] {
            assert!(is_plain(&rules, inside), "{inside}");
        }
    }

    #[test]
    fn strings_with_signs_are_not() {
        let rules = Redactor::default().rules;
        for inside in [
            "{",
            " {",
            "\\n{",
            "\\\"{",
            "\u{feff}{",
            "\\uFEFF{",
            "a=b",
            "%41",
            "<a",
            "<\\u00e9",
            "&lt;",
            "'a': 1",
            "a: 'b'",
            "a\\n'b",
            "a\\nb: c",
            "\\\"a\\\": 1",
            "\\\\u0041",
            "\\\\\\/",
            "\\\\x41",
            "\\u0041",
            "bearer x",
            "see eyJ",
            "PRIVATE KEY",
            "lang=en",
            "/a?lang=en&token=x",
            "?sig=1",
            "?a={b:1}",
            "?a=%7b",
            "?a=+",
            "?a=b&c=PRIVATE+KEY",
            "?a=b;token=c",
            "?a=1\\n2",
            "?user[password]=x",
            "?=x",
            "?a==b",
            "?a =b",
            "#token=x",
            "?a=b+c",
            "?-token=x",
            "https://u:p@h",
            "//u@h/",
            "\\/\\/u@h",
            "/\\/u@h",
            "\\//u@h",
            "///u@h",
            "https://eyJ/",
            "\u{202e}",
            "\u{85}",
            "\u{7f}",
            "\t",
            "\\x",
            "\\u00",
            "\\u00g0",
        ] {
            assert!(!is_plain(&rules, inside), "{inside}");
        }
        let templates = Redactor::default().path("/games/{game}").rules;
        for inside in ["/games/1", "\\/games\\/1", "/\\/games", "a\\\\b"] {
            assert!(!is_plain(&templates, inside), "{inside}");
        }
        assert!(is_plain(&templates, "https://games/games") && !is_plain(&templates, "https://games/games/1"));
        assert!(!is_plain(&templates, "https:///games/1") && !is_plain(&templates, "//games/1"));
        assert!(is_plain(&templates, "/other/bets") && is_plain(&templates, "a\\nb"));
        let patterns = Redactor::default().pattern(regex::Regex::new("x").unwrap()).rules;
        assert!(string(&patterns, b"\"a\\nb\"", 0, 0, false).is_none());
    }
}
