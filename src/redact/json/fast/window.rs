//! Reads the input ahead of the loop, and writes the line. Both are known to be long enough for nearly all names and
//! values, so that nothing in between is checked.

use super::super::line_head::{LineHead, STEP};
use super::class::{NO_START, is, stops};
use crate::redact::{
    rules::known::{Key, MAX_NAME},
    text::{
        block::{BLOCK, Block},
        slice::Slice,
    },
};

/// The most bytes in a line, long strings aside: its head and name, together less than 0x100, and its value.
pub(in super::super) const LINE: usize = 0x100 + STEP;
/// The bytes of input that must be there behind the beginning of a name or a value, so that a shorter one needs no
/// further checks. The end of a document is given with so many zeros behind it.
pub(in super::super) const AHEAD: usize = STEP;

/// Begins a line behind the first `len` bytes of `out`, with a comma if it is not the `first`. Returns the room for it, of
/// which the comma and `indent` bytes are written.
#[inline(always)]
pub(super) fn begin<'o>(
    head: &LineHead,
    out: &'o mut [u8],
    len: usize,
    first: bool,
    indent: usize,
) -> Option<&'o mut [u8; LINE]> {
    let room = out.get_mut(len..)?.first_chunk_mut::<LINE>()?;
    let text = head.text.get(usize::from(first)..)?;
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
pub(super) fn put<const N: usize>(room: &mut [u8; LINE], at: usize, text: &[u8; N]) {
    if let Some(place) = room.get_mut(at & 0xff..).and_then(|room| room.first_chunk_mut()) {
        *place = *text;
    }
}

/// Writes `size` bytes of `text` at `at`; may overrun.
#[inline(always)]
pub(super) fn put_short(room: &mut [u8; LINE], at: usize, text: &[u8; STEP], size: usize) {
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

/// Writes `parts` one after the other at `at`. Returns their end, if there is room for them.
pub(super) fn put_all(room: &mut [u8; LINE], mut at: usize, parts: [&[u8]; 3]) -> Option<usize> {
    for part in parts {
        room.get_mut(at..at + part.len())?.copy_from_slice(part);
        at += part.len();
    }
    Some(at)
}

/// Returns the byte at `at`, which is less than [`AHEAD`].
#[inline(always)]
pub(super) fn byte_at(text: &[u8; AHEAD], at: usize) -> u8 {
    text[at % AHEAD]
}

/// Returns `rest` from its first byte on that is no white space, and the bytes ahead from there.
#[inline(always)]
pub(super) fn token(rest: &[u8]) -> Option<(&[u8], &[u8; AHEAD])> {
    let text = rest.first_chunk()?;
    if text[0] > b' ' {
        return Some((rest, text));
    }
    let rest = space(rest);
    rest.first_chunk().filter(|text: &&[u8; AHEAD]| text[0] > b' ').map(|text| (rest, text))
}

/// Does what [`token`] does, from the byte at `at` of `text` on. `rest` begins with `text`, which is longer than `at` by
/// two bytes.
#[inline(always)]
pub(super) fn token_at<'i>(rest: &'i [u8], text: &[u8; AHEAD], at: usize) -> Option<(&'i [u8], &'i [u8; AHEAD])> {
    // A value often stands so behind a colon.
    let gap = byte_at(text, at) == b' ' && byte_at(text, at + 1) > b' ';
    token(rest.get(at + usize::from(gap)..)?)
}

/// Holds as many spaces as are tested at once.
const SPACES: u128 = u128::from_le_bytes([b' '; 16]);

/// Returns `rest` without the white space that it begins with, most of which is a line feed and indentation.
#[inline(never)]
fn space(mut rest: &[u8]) -> &[u8] {
    while let Some((b' ' | b'\n' | b'\r' | b'\t', tail)) = rest.split_first() {
        rest = tail;
        while let Some((bytes, tail)) = rest.split_first_chunk() {
            let other = u128::from_le_bytes(*bytes) ^ SPACES;
            if other != 0 {
                rest = rest.part((other.trailing_zeros() / 8) as usize..);
                break;
            }
            rest = tail;
        }
    }
    rest
}

/// Returns the block of the bytes from `at` on.
#[inline(always)]
fn block(text: &[u8; AHEAD], at: usize) -> Block {
    Block::first(text.get(at..).unwrap_or_default())
}

/// Returns the name in the quotes that `text` begins with, and the offset of the second quote, if it is near.
#[inline(always)]
pub(super) fn name(text: &[u8; AHEAD]) -> Option<(Key, usize)> {
    let mut quotes = block(text, 1).is(b'"').bits();
    if quotes == 0 {
        quotes = block(text, 1 + BLOCK).is(b'"').bits() << BLOCK;
    }
    let len = quotes.trailing_zeros() as usize;
    let name = text.split_first()?.1.first_chunk()?;
    (1..=MAX_NAME).contains(&len).then(|| (Key::new(name, len), len + 1))
}

/// Returns the offset of the first byte behind the quote that `text` begins with that may end a plain string, if it is
/// near. Otherwise returns the offset at which the search stopped.
#[inline(always)]
pub(super) fn plain_end(text: &[u8; AHEAD]) -> usize {
    if is(NO_START, text[1]) {
        return 1;
    }
    let mut from = 1;
    while from < 1 + 2 * BLOCK {
        let mut stops = stops(block(text, from));
        while stops != 0 {
            let at = from + stops.trailing_zeros() as usize;
            if !begins_word(text, at) {
                return at;
            }
            stops &= stops - 1;
        }
        from += BLOCK;
    }
    from
}

/// Returns whether the byte at `at` begins a word with `b` that is not `Bearer`.
#[inline(always)]
fn begins_word(text: &[u8; AHEAD], at: usize) -> bool {
    let [second, third] = [1, 2].map(|more| byte_at(text, at + more) | 0x20);
    byte_at(text, at) | 0x20 == b'b' && (second != b'e' || third != b'a')
}
