//! How a record becomes bytes.

mod json_lines;
pub mod lines;

pub use json_lines::JsonLines;
pub use lines::Lines;

use crate::record::Record;

/// Renders a [`Record`] to bytes.
///
/// A closure `Fn(&Record, &mut Vec<u8>) + Send + Sync` is a format.
pub trait Format: Send + Sync + 'static {
    /// Appends the block of `record` to `out`, whole lines, and aims to add no more than `limit` bytes.
    fn render(&self, record: &Record, limit: usize, out: &mut Vec<u8>);

    /// Appends a line about the log itself, such as `1234 records dropped (8.1 MB): standard output stalled for 12s`.
    ///
    /// By default, it is a note of the id `-`: `-   1234 records dropped (8.1 MB): standard output stalled for 12s`.
    fn notice(&self, text: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(b"-   ");
        out.extend_from_slice(text.as_bytes());
        out.push(b'\n');
    }
}

impl<F: Fn(&Record, &mut Vec<u8>) + Send + Sync + 'static> Format for F {
    fn render(&self, record: &Record, _limit: usize, out: &mut Vec<u8>) {
        self(record, out);
    }
}
