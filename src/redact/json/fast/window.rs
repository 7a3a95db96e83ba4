//! Reads the input ahead of the loop, and writes the line. Both are known to be long enough for nearly all names and
//! values, so that nothing in between is checked.

use super::super::line_head::{LineHead, STEP};
use super::class::{NO_START, is, stops};
use crate::redact::{
    rules::known::{Key, MAX_NAME, Table},
    text::{
        block::{BLOCK, Block},
        slice::Slice,
    },
};

/// The beginning of a line has fewer bytes.
const INDENT: usize = 2 * STEP;
/// The most bytes in a line behind its beginning, long strings aside: its name and its value.
pub(super) const INSIDE: usize = 3 * STEP;
/// The most bytes in a line, long strings aside.
pub(in super::super) const LINE: usize = INDENT + INSIDE;
/// The bytes of input that must be there at the beginning of a line, so that one with a shorter name and value needs no
/// further checks. The end of a document is given with so many zeros behind it.
pub(in super::super) const AHEAD: usize = 2 * STEP;

/// Writes the beginning of a line, which has `indent` bytes. Returns `false` where it is too long.
#[inline(always)]
pub(super) fn begin(head: &LineHead, room: &mut [u8; LINE], indent: usize) -> bool {
    let Some((near, far)) = head.text[1..].split_first_chunk::<STEP>() else { return false };
    let (room, more) = room.split_at_mut(STEP);
    room.copy_from_slice(near);
    indent < STEP || {
        if let (Some(more), Some(far)) = (more.first_chunk_mut::<STEP>(), far.first_chunk()) {
            *more = *far;
        }
        indent < INDENT
    }
}

/// Returns the room behind the beginning of a line.
#[inline(always)]
pub(super) fn inside(room: &mut [u8; LINE], indent: usize) -> Option<&mut [u8; INSIDE]> {
    room[indent % INDENT..].first_chunk_mut()
}

/// Returns `out` from `at` on.
#[inline(always)]
pub(super) fn behind(out: &mut [u8], at: usize) -> &mut [u8] {
    out.get_mut(at..).unwrap_or_default()
}

/// Returns the bytes from `at` on, which is less than [`STEP`].
#[inline(always)]
pub(super) fn ahead<const N: usize>(text: &[u8; AHEAD], at: usize) -> &[u8; N] {
    const { assert!(N <= STEP) };
    match text[at % STEP..].first_chunk() {
        Some(bytes) => bytes,
        // There are more than [`STEP`].
        None => &[0; N],
    }
}

/// Writes `text` at `at`, which is less than two [`STEP`]s.
#[inline(always)]
pub(super) fn put<const N: usize>(line: &mut [u8; INSIDE], at: usize, text: &[u8; N]) {
    if let Some(place) = line[at % (2 * STEP)..].first_chunk_mut() {
        *place = *text;
    }
}

/// Writes `size` bytes of `text` at `at`; may overrun.
#[inline(always)]
pub(super) fn put_short(line: &mut [u8; INSIDE], at: usize, text: &[u8; STEP], size: usize) {
    const FEW: usize = STEP / 4;
    const HALF: usize = STEP / 2;
    if let Some((few, rest)) = text.split_first_chunk::<FEW>() {
        put(line, at, few);
        if size > FEW
            && let Some((more, rest)) = rest.split_first_chunk::<FEW>()
        {
            put(line, at + FEW, more);
            if size > HALF
                && let Some(rest) = rest.first_chunk::<HALF>()
            {
                put(line, at + HALF, rest);
            }
        }
    }
}

/// Writes `parts` one after the other. Returns their length, if there is room for them.
pub(super) fn put_all(room: &mut [u8], parts: [&[u8]; 3]) -> Option<usize> {
    let mut at = 0;
    for part in parts {
        room.get_mut(at..at + part.len())?.copy_from_slice(part);
        at += part.len();
    }
    Some(at)
}

/// Returns the byte at `at`, which is less than `N`, a power of two.
#[inline(always)]
pub(super) fn byte_at<const N: usize>(text: &[u8; N], at: usize) -> u8 {
    text[at % N]
}

/// Holds as many spaces as are tested at once.
const SPACES: u128 = u128::from_le_bytes([b' '; 16]);

/// Returns `rest` without the white space that it begins with, most of which is a line feed and indentation.
#[inline(never)]
pub(super) fn space(mut rest: &[u8]) -> &[u8] {
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
fn block(text: &[u8; STEP], at: usize) -> Block {
    Block::first(text.get(at..).unwrap_or_default())
}

/// Returns the length of the name in the quotes that `text` begins with, if it is plain and short and a colon follows.
#[inline(always)]
pub(super) fn short_name(known: Table<'_>, text: &[u8; AHEAD]) -> Option<usize> {
    let bytes: &[u8; BLOCK] = ahead(text, 1);
    let quotes = Block::new(bytes).is(b'"').bits();
    if quotes == 0 {
        return None;
    }
    let len = quotes.trailing_zeros() as usize % BLOCK;
    (known.is_plain_and_short(bytes, len) && byte_at(text, len + 2) == b':').then_some(len)
}

/// Returns the offset of the second quote of the name that `text` begins with, if the name is plain and not very long.
#[inline(always)]
pub(super) fn long_name(known: Table<'_>, text: &[u8; AHEAD]) -> Option<usize> {
    name(ahead(text, 0)).filter(|(key, _)| known.is_plain(*key)).map(|(_, end)| end)
}

/// Returns the name in the quotes that `text` begins with, and the offset of the second quote, if it is near.
#[inline(always)]
pub(super) fn name(text: &[u8; STEP]) -> Option<(Key, usize)> {
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
pub(super) fn plain_end(text: &[u8; STEP]) -> usize {
    if is(NO_START, text[1]) {
        return 1;
    }
    match end_in_block(text, 1) {
        end if end < 1 + BLOCK => end,
        _ => far_end(text),
    }
}

/// Does what [`plain_end`] does, behind the first block.
// Inlined, it would take registers of the loop over the lines.
#[inline(never)]
fn far_end(text: &[u8; STEP]) -> usize {
    end_in_block(text, 1 + BLOCK)
}

/// Returns the offset of the first byte of the block at `from` that may end a plain string, or the end of the block.
#[inline(always)]
fn end_in_block(text: &[u8; STEP], from: usize) -> usize {
    let mut stops = stops(block(text, from - 1), block(text, from));
    while stops != 0 {
        let at = from + stops.trailing_zeros() as usize;
        let byte = byte_at(text, at);
        if !matches!(byte, b'b' | b'B') || begins_scheme(text, at) {
            return at;
        }
        stops &= stops - 1;
    }
    from + BLOCK
}

/// Returns whether the `b` at `at` may begin `Bearer` or `Basic`.
#[inline(always)]
fn begins_scheme(text: &[u8; STEP], at: usize) -> bool {
    let behind = u16::from_le_bytes([1, 2].map(|more| byte_at(text, at + more) | 0x20));
    behind == u16::from_le_bytes(*b"ea") || behind == u16::from_le_bytes(*b"as")
}
