//! Reads the input ahead of the loop, and writes the line. Both are known to be long enough for nearly all names and
//! values, so that nothing in between is checked.

use super::super::line_head::{LineHead, STEP};
use super::class::{NO_START, is};
use crate::redact::text::slice::Slice;

/// The most bytes in a line, long strings aside: its head and name, together less than 0x100, and its value.
pub(in super::super) const LINE: usize = 0x100 + STEP;
/// The bytes of input that must be there behind the beginning of a name or a value, so that a shorter one needs no
/// further checks. The end of a document is given with so many zeros behind it.
pub(in super::super) const AHEAD: usize = STEP;

/// Begins a line behind the first `len` bytes of `out`. Returns the room for it, of which `comma + indent` bytes are
/// written.
#[inline(always)]
pub(super) fn begin<'o>(
    head: &LineHead,
    out: &'o mut [u8],
    len: usize,
    comma: usize,
    indent: usize,
) -> Option<&'o mut [u8; LINE]> {
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

/// Returns the bytes from `at` on.
#[inline(always)]
pub(super) fn ahead(input: &[u8], at: usize) -> Option<&[u8; AHEAD]> {
    input.get(at..)?.first_chunk()
}

/// Returns the byte at `at`, which is less than [`AHEAD`].
#[inline(always)]
pub(super) fn byte_at(text: &[u8; AHEAD], at: usize) -> u8 {
    text[at % AHEAD]
}

/// Returns the offset of the next byte from `at` on that is no white space, and the byte.
#[inline(always)]
pub(super) fn token(input: &[u8], at: usize) -> Option<(usize, u8)> {
    let byte = *input.get(at)?;
    if byte > b' ' {
        return Some((at, byte));
    }
    let at = space(input, at);
    let byte = *input.get(at)?;
    (byte > b' ').then_some((at, byte))
}

/// Does what [`token`] does, from the byte at `at` of `text` on. `text` stands at `start` and is longer than `at` by
/// two bytes.
#[inline(always)]
pub(super) fn token_at(input: &[u8], start: usize, text: &[u8; AHEAD], at: usize) -> Option<(usize, u8)> {
    match (byte_at(text, at), byte_at(text, at + 1)) {
        (byte @ b'!'.., _) => Some((start + at, byte)),
        // A value stands so behind a colon.
        (b' ', byte @ b'!'..) => Some((start + at + 1, byte)),
        _ => token(input, start + at),
    }
}

/// Holds as many spaces as are tested at once.
const SPACES: u128 = u128::from_le_bytes([b' '; 16]);

/// Returns the offset behind the white space that begins at `at`, most of which is a line feed and indentation.
#[inline(never)]
fn space(input: &[u8], at: usize) -> usize {
    let mut rest = input.part(at..);
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
    input.len() - rest.len()
}

/// The number of bytes of a name or a string that are searched without a loop.
pub(super) const SOON: usize = 32;

/// Returns the offset of the first byte of this class behind the quote that `text` begins with, if it is near.
/// Otherwise returns the offset at which the search stopped.
#[inline(always)]
pub(super) fn until<const CLASS: u8>(text: &[u8; AHEAD]) -> usize {
    if is(CLASS | NO_START, text[1]) {
        return 1;
    }
    (2..SOON).find(|&at| is(CLASS, text[at])).unwrap_or(SOON)
}

/// Returns whether the byte at `at` begins a word with `b` that is not `Bearer`.
#[inline(always)]
pub(super) fn begins_word(text: &[u8; AHEAD], at: usize) -> bool {
    byte_at(text, at) | 0x20 == b'b' && byte_at(text, at + 1) | 0x20 != b'e'
}
