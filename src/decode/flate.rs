//! Decodes gzip (RFC 1952) and deflate (RFC 1950, and bare RFC 1951, as some peers send it).

use super::End;
use std::io::{ErrorKind, Read};

/// Undoes gzip, all members of it.
#[cfg(feature = "gzip")]
pub(super) fn gzip(input: &[u8], limit: usize) -> (Vec<u8>, End) {
    read(flate2::bufread::MultiGzDecoder::new(input), limit)
}

/// Undoes deflate: zlib if the header is zlib's, or else the bare stream.
#[cfg(feature = "deflate")]
pub(super) fn deflate(input: &[u8], limit: usize) -> (Vec<u8>, End) {
    if is_zlib(input) {
        let mut decoder = flate2::bufread::ZlibDecoder::new(input);
        let (output, end) = read(&mut decoder, limit);
        if end != End::Broken || !output.is_empty() {
            return (output, nothing_after(decoder.into_inner(), end));
        }
    }
    let mut decoder = flate2::bufread::DeflateDecoder::new(input);
    let (output, end) = read(&mut decoder, limit);
    (output, nothing_after(decoder.into_inner(), end))
}

/// Returns whether a zlib header (RFC 1950, section 2.2) stands here: method 8, no dictionary, its check sum right.
#[cfg(feature = "deflate")]
fn is_zlib(input: &[u8]) -> bool {
    matches!(input, &[cmf, flg, ..] if cmf & 0x0f == 8 && flg & 0x20 == 0 && u16::from_be_bytes([cmf, flg]) % 31 == 0)
}

#[cfg(feature = "deflate")]
fn nothing_after(rest: &[u8], end: End) -> End {
    if end == End::Whole && !rest.is_empty() { End::Broken } else { end }
}

fn read(decoder: impl Read, limit: usize) -> (Vec<u8>, End) {
    let mut output = Vec::new();
    // One byte past the limit tells an end at the limit from one past it.
    let past = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let end = match decoder.take(past).read_to_end(&mut output) {
        Ok(_) if output.len() > limit => End::Full,
        Ok(_) => End::Whole,
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => End::Cut,
        Err(_) => End::Broken,
    };
    output.truncate(limit);
    (output, end)
}
