//! Makes events of exchanges.

use super::Sink;
use crate::{header_case, record::Record};
use std::time::Duration;
use tracing::Level;

/// The target of the events, for filters.
const TARGET: &str = "tower_request_log";

/// Makes one [`tracing`](https://docs.rs/tracing) event of each exchange, with the block as its message.
///
/// The target is `tower_request_log`. The level is ERROR for a status of 5xx and for failures, WARN for 4xx, and
/// otherwise INFO. If no subscriber is interested in an exchange, it is not rendered. Lines about the log itself are
/// WARN.
///
/// Fields have the names of OpenTelemetry's [semantic conventions] where it has one. All values are redacted as in the
/// block. A field is left out if its value is not known.
///
/// | field | what it is |
/// | --- | --- |
/// | `request_id` | the request id |
/// | `kind` | `server` or `client` |
/// | `http.request.method` | the method |
/// | `url.path`, `url.query` | the target's path, and what follows its `?` |
/// | `url.full` | the target, if it is not a path: on the client's side, to a proxy, of a CONNECT |
/// | `http.route` | the matched route |
/// | `client.address`, `client.port` | the peer's address and port |
/// | `network.protocol.version` | `1.0`, `1.1`, `2`, `3` |
/// | `http.response.status_code` | the status code, a number |
/// | `http.request.body.size`, `http.response.body.size` | bytes of the bodies |
/// | `ttfb_ms` | milliseconds to the response's head |
/// | `end_ms` | milliseconds to the end of the exchange |
/// | `outcome` | how the exchange ended: the text of an [`Outcome`](crate::record::Outcome) |
///
/// [`RequestLogLayer::span`](crate::RequestLogLayer::span) adds the id to the events of handlers too.
///
/// [semantic conventions]: https://opentelemetry.io/docs/specs/semconv/http/http-spans/
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
    /// Creates a sink. Its events go to the subscriber that is current on the thread where an exchange ends.
    #[must_use]
    pub fn new() -> Self {
        Self {}
    }
}

/// Returns the level of an exchange.
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

/// Returns `block` as the text of a message, without the line end that the subscriber adds.
fn message(block: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(block.strip_suffix(b"\n").unwrap_or(block))
}

/// Makes the span that a service runs in.
pub(crate) fn request_span(id: &str) -> tracing::Span {
    tracing::error_span!(target: TARGET, "request", request_id = id)
}

impl Sink for Tracing {
    fn enabled(&self, record: &Record) -> bool {
        at_level!(level(record), enabled, request_id, outcome)
    }

    fn write(&self, record: &Record, block: &[u8]) {
        let target = record.target();
        let (path, full) = if target.starts_with('/') { (Some(&*target), None) } else { (None, Some(&*target)) };
        let (path, query) = match path.and_then(|path| path.split_once('?')) {
            Some((path, query)) => (Some(path), Some(query)),
            None => (path, None),
        };
        let peer = record.peer();
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        at_level!(
            level(record),
            event,
            request_id = record.id(),
            kind = record.kind().as_str(),
            http.request.method = record.method().as_str(),
            url.path = path,
            url.query = query,
            url.full = full,
            http.route = record.route(),
            client.address = peer.map(|peer| peer.ip().to_string()),
            client.port = peer.map(|peer| peer.port()),
            network.protocol.version = header_case::version(record.version()).trim_start_matches("HTTP/"),
            http.response.status_code = record.status().map(|status| status.as_u16()),
            http.request.body.size = record.request_body().len(),
            http.response.body.size = record.response_body().len(),
            ttfb_ms = record.timings().head().map(milliseconds),
            end_ms = milliseconds(record.timings().end()),
            outcome = %record.outcome(),
            "{}",
            message(block)
        );
    }

    fn notice(&self, block: &[u8]) {
        tracing::warn!(target: TARGET, "{}", message(block));
    }
}
