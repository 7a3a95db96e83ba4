//! Decodes Brotli (RFC 7932).

use super::End;
use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

/// The bytes by which the output grows at a time.
const STEP: usize = 16 << 10;

/// Undoes Brotli.
///
/// The window is at most the 16 MiB of RFC 7932 (no "large window"), and takes memory only as output fills it.
pub(super) fn brotli(input: &[u8], limit: usize) -> (Vec<u8>, End) {
    let mut state =
        BrotliState::new_strict(StandardAlloc::default(), StandardAlloc::default(), StandardAlloc::default());
    let (mut unread, mut read) = (input.len(), 0);
    let (mut output, mut written, mut total) = (Vec::new(), 0, 0);
    let end = loop {
        if written > limit {
            break End::Full;
        }
        // One byte past the limit tells an end at the limit from one past it.
        output.resize(written.saturating_add(STEP).min(limit.saturating_add(1)), 0);
        let mut room = output.len() - written;
        match BrotliDecompressStream(
            &mut unread,
            &mut read,
            input,
            &mut room,
            &mut written,
            &mut output,
            &mut total,
            &mut state,
        ) {
            BrotliResult::NeedsMoreOutput => {}
            BrotliResult::ResultSuccess if written > limit => break End::Full,
            BrotliResult::ResultSuccess if unread == 0 => break End::Whole,
            BrotliResult::NeedsMoreInput => break End::Cut,
            BrotliResult::ResultSuccess | BrotliResult::ResultFailure => break End::Broken,
        }
    };
    output.truncate(written.min(limit));
    (output, end)
}
