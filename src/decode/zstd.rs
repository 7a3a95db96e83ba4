//! Decodes Zstandard (RFC 8878).

use super::End;
use ruzstd::decoding::{
    BlockDecodingStrategy, FrameDecoder,
    errors::{FrameDecoderError, ReadFrameHeaderError},
};
use std::io::Read;

/// The largest window of a content encoding, in bytes (RFC 9659, section 3).
const MAX_WINDOW: u64 = 8 << 20;
/// The length of a block's header, in bytes.
const BLOCK_HEADER: usize = 3;

/// Undoes Zstandard, all frames of it.
pub(super) fn zstd(mut input: &[u8], limit: usize) -> (Vec<u8>, End) {
    let mut output = Vec::new();
    while !input.is_empty() {
        let end = frame(&mut input, limit, &mut output);
        if end != End::Whole {
            return (output, end);
        }
    }
    (output, End::Whole)
}

/// Undoes one frame, or skips it if it is a skippable one.
fn frame(input: &mut &[u8], limit: usize, output: &mut Vec<u8>) -> End {
    let start = *input;
    // Each frame has its own decoder: one that is used again sets its whole window aside.
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(MAX_WINDOW);
    match decoder.init(&mut *input) {
        Ok(()) => {}
        Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
            let rest = usize::try_from(length).ok().and_then(|length| input.get(length..));
            *input = rest.unwrap_or_default();
            return if rest.is_some() { End::Whole } else { End::Cut };
        }
        Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::BadMagicNumber(_))) => return End::Broken,
        Err(FrameDecoderError::ReadFrameHeaderError(_)) if input.is_empty() => return End::Cut,
        Err(_) => return End::Broken,
    }

    // One byte past the limit tells an end at the limit from one past it.
    let room = limit.saturating_sub(output.len()).saturating_add(1);
    let mut end = End::Whole;
    let mut cut_off = Vec::new();
    if let Err(error) = decoder.decode_blocks(&mut *input, BlockDecodingStrategy::UptoBytes(room)) {
        let at = usize::try_from(decoder.bytes_read_from_source()).unwrap_or(usize::MAX);
        (end, cut_off) = match error {
            FrameDecoderError::FailedToReadBlockHeader(_) if start.len() < at.saturating_add(BLOCK_HEADER) => {
                (End::Cut, Vec::new())
            }
            FrameDecoderError::FailedToReadBlockBody(_) => broken_block(start, at),
            FrameDecoderError::FailedToReadChecksum(_) => (End::Cut, Vec::new()),
            _ => (End::Broken, Vec::new()),
        };
    }
    // The decoder keeps a window's worth back until it has seen the last block, so it is shown one.
    if !decoder.is_finished() {
        let last = last_block(&cut_off);
        let _ = decoder.decode_blocks(last.as_slice(), BlockDecodingStrategy::All);
    }
    let _ = decoder.by_ref().take(room as u64).read_to_end(output);

    if output.len() > limit {
        output.truncate(limit);
        return End::Full;
    }
    if end == End::Whole
        && decoder.get_checksum_from_data().is_some_and(|sum| Some(sum) != decoder.get_calculated_checksum())
    {
        return End::Broken;
    }
    end
}

/// Returns why a block whose header ends at `at` could not be decoded, and as much of it as can be shown all the same:
/// the bytes of a raw block that is cut.
fn broken_block(frame: &[u8], at: usize) -> (End, Vec<u8>) {
    let header = at.checked_sub(BLOCK_HEADER).and_then(|start| frame.get(start..at));
    let (Some(&[a, b, c]), Some(body)) = (header, frame.get(at..)) else {
        return (End::Broken, Vec::new());
    };
    // RFC 8878, section 3.1.1.2: one bit that says whether it is the last, two of type, the size.
    let (kind, size) = ((a >> 1) & 0b11, u32::from_le_bytes([a, b, c, 0]) >> 3);
    let length = if kind == 1 { 1 } else { size as usize };
    match (body.len() < length, kind) {
        (true, 0) => (End::Cut, body.to_vec()),
        (true, _) => (End::Cut, Vec::new()),
        (false, _) => (End::Broken, Vec::new()),
    }
}

/// Makes a raw block that is the last of its frame, and zeros if a check sum is awaited.
fn last_block(bytes: &[u8]) -> Vec<u8> {
    let header = ((bytes.len() as u32) << 3 | 1).to_le_bytes();
    [&header[..BLOCK_HEADER], bytes, &[0; 4]].concat()
}
