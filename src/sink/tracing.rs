//! A sink that makes events of exchanges.

use super::Sink;
use crate::record::Record;
use tracing::Level;

/// The target of the events, for filters.
const TARGET: &str = "tower_request_log";

/// Makes one [`tracing`](https://docs.rs/tracing) event of each exchange, its block being the message.
///
/// The target is `tower_request_log`, the level ERROR for a status of 5xx and for failures, WARN for 4xx, else INFO.
/// Where no subscriber is interested in an exchange, it is not rendered. Lines about the log itself are WARN.
///
/// | field | what it is |
/// | --- | --- |
/// | `request_id` | the request id |
/// | `method`, `target` | of the request line, redacted |
/// | `status` | the code, left out where there was no response |
/// | `ttfb_ms` | milliseconds to the response's head, left out where there was none |
/// | `request_bytes`, `response_bytes` | bytes of the bodies |
/// | `outcome` | how the exchange ended: the text of an [`Outcome`](crate::record::Outcome) |
///
/// ```
/// use tower_request_log::{RequestLogLayer, sink::Tracing};
///
/// let layer = RequestLogLayer::new().sink(Tracing::new());
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Tracing {}

impl Tracing {
    /// A sink to the subscriber that is current where an exchange ends.
    #[must_use]
    pub fn new() -> Self {
        Self {}
    }
}

/// The level of an exchange.
fn level(record: &Record) -> Level {
    match record.status() {
        _ if record.outcome().is_failure() => Level::ERROR,
        Some(status) if status.is_server_error() => Level::ERROR,
        Some(status) if status.is_client_error() => Level::WARN,
        _ => Level::INFO,
    }
}

/// Calls a macro of `tracing` with a level that is known only at run time: each level has a call site of its own.
macro_rules! at_level {
    ($level:expr, $macro:ident, $($args:tt)*) => {
        match $level {
            Level::ERROR => tracing::$macro!(target: TARGET, Level::ERROR, $($args)*),
            Level::WARN => tracing::$macro!(target: TARGET, Level::WARN, $($args)*),
            _ => tracing::$macro!(target: TARGET, Level::INFO, $($args)*),
        }
    };
}

/// `block` as the text of a message: without the line end that the subscriber adds.
fn message(block: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(block.strip_suffix(b"\n").unwrap_or(block))
}

impl Sink for Tracing {
    fn enabled(&self, record: &Record) -> bool {
        at_level!(level(record), enabled, request_id, method, target, status, outcome)
    }

    fn write(&self, record: &Record, block: &[u8]) {
        at_level!(
            level(record),
            event,
            request_id = record.id(),
            method = record.method().as_str(),
            target = record.target(),
            status = record.status().map(|status| status.as_u16()),
            ttfb_ms = record.timings().head().map(|head| head.as_secs_f64() * 1e3),
            request_bytes = record.request_body().len(),
            response_bytes = record.response_body().len(),
            outcome = %record.outcome(),
            "{}",
            message(block)
        );
    }

    fn is_same(&self, other: &dyn Sink) -> bool {
        (other as &dyn std::any::Any).is::<Self>()
    }

    fn notice(&self, block: &[u8]) {
        tracing::warn!(target: TARGET, "{}", message(block));
    }
}
