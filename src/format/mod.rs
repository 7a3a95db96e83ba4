//! Renders records to bytes.
//!
//! ```
//! use tower_request_log::{RequestLogLayer, format::JsonLines};
//!
//! let layer = RequestLogLayer::new().format(JsonLines::new());
//! ```
//!
//! [`Lines`] prints a block of lines for people and programs, [`JsonLines`] an object on one line:
//!
//! ```text
//! 03523nSUCMQXgtAuh1LPX8 > GET /games/7?token=REDACTED HTTP/1.1
//! 03523nSUCMQXgtAuh1LPX8 >
//! 03523nSUCMQXgtAuh1LPX8 < HTTP/1.1 200 OK
//! 03523nSUCMQXgtAuh1LPX8 < Content-Type: text/plain
//! 03523nSUCMQXgtAuh1LPX8 <
//! 03523nSUCMQXgtAuh1LPX8 < seven
//! 03523nSUCMQXgtAuh1LPX8   began 2013-02-13T06:26:26.123Z, end 181ms
//! 03523nSUCMQXgtAuh1LPX8   164ms
//! ```

mod json_lines;
pub mod lines;

pub use crate::escape::is_hostile;
pub use json_lines::JsonLines;
pub use lines::Lines;

use crate::record::Record;
use std::sync::Arc;

/// Renders a [`Record`] to bytes.
///
/// A closure `Fn(&Record, &mut Vec<u8>) + Send + Sync` is a format. The types of its arguments must be written out:
///
/// ```
/// use std::io::Write;
/// use tower_request_log::{Record, RequestLogLayer};
///
/// let layer = RequestLogLayer::new().format(|record: &Record, out: &mut Vec<u8>| {
///     let _ = writeln!(out, "{} {} {}", record.id(), record.method(), record.target());
/// });
/// ```
pub trait Format: Send + Sync + 'static {
    /// Appends the block of `record` to `out`, in whole lines.
    ///
    /// It should add at most `limit` bytes, the layer's [record limit](crate::RequestLogLayer::record_limit). Nothing
    /// else enforces this limit.
    ///
    /// A panic fails no request: the log then has a notice of it instead of the block.
    fn render(&self, record: &Record, limit: usize, out: &mut Vec<u8>);

    /// Appends a line about the log itself, such as `1234 records dropped (8.1 MB): standard output stalled for 12s`.
    ///
    /// By default, appends a note with the id `-`: `-   1234 records dropped (8.1 MB): standard output stalled for
    /// 12s`.
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

impl<T: Format + ?Sized> Format for Arc<T> {
    fn render(&self, record: &Record, limit: usize, out: &mut Vec<u8>) {
        (**self).render(record, limit, out);
    }

    fn notice(&self, text: &str, out: &mut Vec<u8>) {
        (**self).notice(text, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_format_speaks_for_itself() {
        let shared: Arc<dyn Format> = Arc::new(Arc::new(JsonLines::new()));
        let mut notice = Vec::new();
        shared.notice("told", &mut notice);
        assert_eq!(notice, b"{\"request_id\":\"-\",\"notes\":[\"told\"]}\n");
    }
}
