//! What was captured of an exchange, raw: nothing outside the crate sees it, a [`Record`](crate::Record) is its only way
//! out.

use crate::{capture::Capture, error_text::ErrorText, origin::Origin};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version};
use std::time::{Duration, Instant, SystemTime};

/// The headers or trailers of a message in the header map's order, one entry a value.
pub(crate) type Fields = Vec<(HeaderName, HeaderValue)>;

/// One exchange.
#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) id: HeaderValue,
    /// Why the id that came with the request was not kept.
    pub(crate) id_replaced: Option<&'static str>,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) version: Version,
    pub(crate) origin: Origin,
    pub(crate) request_headers: Fields,
    /// `None` while the request body is still held by somebody, or where the service never saw it.
    pub(crate) request_body: Option<Body>,
    pub(crate) status: Option<StatusCode>,
    pub(crate) response_headers: Fields,
    pub(crate) response_body: Option<Body>,
    pub(crate) failure: Option<Failure>,
    /// Whether this is a report of an exchange that is still open.
    pub(crate) open: bool,
    pub(crate) clock: Clock,
}

impl Exchange {
    /// Whether the response has no body, whatever its headers say (RFC 9112, section 6.3): the answer to a HEAD, an
    /// informational one, a 204 or 304, a CONNECT that succeeded.
    pub(crate) fn is_bodiless(&self) -> bool {
        self.method == Method::HEAD
            || self.status.is_some_and(|status| {
                status.is_informational()
                    || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
                    || (self.method == Method::CONNECT && status.is_success())
            })
    }
}

/// Why there was no response head, other than that the future was dropped.
#[derive(Clone)]
pub(crate) enum Failure {
    /// The service returned an error; its text.
    Error(ErrorText),
    /// The service panicked, in `call` or in its future.
    Panic,
}

/// When things happened.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    pub(crate) began: SystemTime,
    pub(crate) start: Instant,
    pub(crate) head: Option<Instant>,
    pub(crate) end: Option<Instant>,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { began: SystemTime::now(), start: Instant::now(), head: None, end: None }
    }

    /// From the start to `moment`.
    pub(crate) fn since_start(&self, moment: Instant) -> Duration {
        moment.saturating_duration_since(self.start)
    }
}

/// What was seen of one body.
#[derive(Clone, Default)]
pub(crate) struct Body {
    pub(crate) capture: Capture,
    /// How many bytes may be shown of those captured.
    pub(crate) shown: usize,
    /// How many bytes went by.
    pub(crate) seen: u64,
    /// How many bytes the sender announced.
    pub(crate) announced: Option<u64>,
    pub(crate) trailers: Option<Fields>,
    pub(crate) end: End,
    pub(crate) first_byte: Option<Instant>,
    pub(crate) ended: Option<Instant>,
}

/// How a body ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum End {
    /// It goes on: this is what is known of it in a report of an exchange that is still open.
    Open,
    /// Nobody asked for it.
    #[default]
    Untouched,
    /// It was dropped before its end.
    Dropped,
    /// It went by whole.
    Complete,
    /// It returned an error, or ended short of its length; its text, if it has one.
    Failed(ErrorText),
    /// It panicked.
    Panicked,
}

/// The entries of `headers`, repeated names included.
pub(crate) fn fields(headers: &HeaderMap) -> Fields {
    let mut fields = Vec::with_capacity(headers.len());
    fields.extend(headers.iter().map(|(name, value)| (name.clone(), value.clone())));
    fields
}

/// The first value of a header.
pub(crate) fn value<'a>(fields: &'a Fields, name: &HeaderName) -> Option<&'a HeaderValue> {
    fields.iter().find(|(n, _)| n == name).map(|(_, value)| value)
}

/// The bytes of the first value of a header.
pub(crate) fn field<'a>(fields: &'a Fields, name: &HeaderName) -> Option<&'a [u8]> {
    value(fields, name).map(HeaderValue::as_bytes)
}
