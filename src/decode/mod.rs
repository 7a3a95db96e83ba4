//! Undoes content encodings and charsets, for the log's view.
//!
//! Bytes on the wire are never touched: this works on captured copies, which may be cut, broken or hostile.

#[cfg(feature = "br")]
mod brotli;
mod charset;
mod content;
#[cfg(any(feature = "gzip", feature = "deflate"))]
mod flate;
#[cfg(any(test, not(feature = "charset")))]
#[cfg_attr(feature = "charset", allow(dead_code, reason = "tests hold it against encoding_rs"))]
mod utf16;
#[cfg(feature = "zstd")]
mod zstd;

pub(crate) use charset::charset_at;
pub(crate) use content::content;

/// Says how far a decoder came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(
    not(any(feature = "gzip", feature = "deflate", feature = "br", feature = "zstd")),
    expect(dead_code, reason = "nothing is undone in this build")
)]
enum End {
    /// It came to the end of its stream, which is the end of the input.
    Whole,
    /// It came to the limit of its output.
    Full,
    /// It came to the end of the input, in mid-stream.
    Cut,
    /// It came to something that cannot be.
    Broken,
}

/// Returns whether these bytes are text as they stand, which compressed ones hardly ever are.
fn is_plain(bytes: &[u8]) -> bool {
    let text = match str::from_utf8(bytes) {
        Ok(text) => text,
        // A character that is cut at the end.
        Err(error) if error.error_len().is_none() => {
            str::from_utf8(bytes.get(..error.valid_up_to()).unwrap_or_default()).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.bytes().any(|b| (b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r')) || b == 0x7f)
}
