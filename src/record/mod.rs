//! Holds finished exchanges, already redacted.
//!
//! ```
//! use axum::{Router, body::{Body, to_bytes}, http::Request, routing::get};
//! use tower::ServiceExt;
//! use tower_request_log::{RequestLogLayer, sink::Memory};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let memory = Memory::new();
//! let app = Router::new()
//!     .route("/games/{id}", get(|| async { "password=hunter2" }))
//!     .layer(RequestLogLayer::new().sink(memory.clone()));
//! let request = Request::get("/games/7?token=s3cret").body(Body::empty()).unwrap();
//! let response = app.oneshot(request).await.unwrap();
//! to_bytes(response.into_body(), usize::MAX).await.unwrap();
//!
//! let record = &memory.records()[0];
//! assert_eq!(record.target(), "/games/7?token=REDACTED");
//! assert_eq!(record.response_body().text().as_deref(), Some("password=REDACTED"));
//! assert_eq!(record.outcome().to_string(), "complete");
//! # }
//! ```

mod body;
mod headers;
mod notes;
mod outcome;
#[cfg(feature = "serde")]
mod serialize;
mod timings;

pub use crate::kind::Kind;
pub use body::Body;
pub use headers::Headers;
pub use outcome::Outcome;
pub use timings::{Milliseconds, Timings};

pub(crate) use body::Shown;
#[cfg(feature = "serde")]
pub(crate) use serialize::milliseconds;

use crate::{
    captured::{Captured, End, Failure, Shows},
    escape,
    fields::{Fields, Value},
    header_cache::{HeaderCache, write_line, write_value},
    redact::Redactor,
    trace_context,
};
use http::{HeaderName, Method, StatusCode, Version};
use std::{
    fmt,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// A finished exchange, already redacted, as formats, sinks and [`keep`](crate::RequestLogLayer::keep) see it.
///
/// A record redacts while it is read, and never gives out anything raw. In all text that it returns, secrets are
/// replaced and hostile characters are escaped.
///
/// ```compile_fail
/// # fn f(record: tower_request_log::Record) {
/// let raw = record.exchange; // private
/// # }
/// ```
#[derive(Clone)]
pub struct Record {
    exchange: Captured,
    redactor: Arc<Redactor>,
    /// The bytes that any text of a body may have.
    limit: usize,
}

impl Record {
    pub(crate) fn new(exchange: Captured, redactor: Arc<Redactor>, limit: usize) -> Self {
        Self { exchange, redactor, limit }
    }

    /// Makes it a record of another exchange of the same layer, under the rules that hold now.
    pub(crate) fn renew(&mut self, redactor: &Arc<Redactor>, limit: usize) {
        if !Arc::ptr_eq(&self.redactor, redactor) {
            self.redactor = Arc::clone(redactor);
        }
        self.limit = limit;
    }

    /// Redacts the heads, once for all readers.
    pub(crate) fn settle(&mut self, cache: &mut HeaderCache) {
        let Self { exchange, redactor, .. } = self;
        let plain = cache.settle_target(redactor, &exchange.target, &mut exchange.shown_target);
        exchange.target_shows = if plain { Shows::Plain } else { Shows::Otherwise };
        for fields in [Arc::make_mut(&mut exchange.request_headers), &mut exchange.response_headers] {
            cache.settle(redactor, exchange.version, fields);
        }
    }

    pub(crate) fn exchange_mut(&mut self) -> &mut Captured {
        &mut self.exchange
    }

    /// Returns the request id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.exchange.id
    }

    /// Returns the side that was logged: a server's answer or a client's call.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.exchange.kind
    }

    /// Returns the request's method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.exchange.method
    }

    /// Returns the request's target: path and query, or under HTTP/1.x the absolute or authority form if that came.
    ///
    /// Under HTTP/2 and 3 it is `:path`, or the authority for CONNECT. `:scheme` is not in a record.
    #[must_use]
    pub fn target(&self) -> String {
        let mut target = Vec::new();
        self.write_target(&mut target);
        escape::string(target)
    }

    /// Returns the request's `:authority`, which takes the place of `Host` under HTTP/2 and 3. `None` under HTTP/1.x,
    /// on the client's side, and if none came.
    ///
    /// It is not a header: [`request_headers`](Self::request_headers) does not have it. A rule that hides the header
    /// `host` hides it too.
    #[must_use]
    pub fn authority(&self) -> Option<String> {
        let fields = &self.exchange.request_headers;
        let mut shown = Vec::new();
        (fields.pseudo() > 0).then(|| self.write_value(fields, 0, &mut shown))?;
        Some(escape::string(shown))
    }

    /// Returns the request's version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.exchange.version
    }

    /// Returns the route that axum matched, such as `/games/{id}/bet` (feature `axum`).
    ///
    /// [`RequestLogLayer`](crate::RequestLogLayer#where-it-stands) says where the layer must stand to see it.
    #[must_use]
    pub fn route(&self) -> Option<&str> {
        self.exchange.origin.route()
    }

    /// Returns the client's address (feature `axum`), if the router is served with
    /// `into_make_service_with_connect_info::<SocketAddr>()`.
    #[must_use]
    pub fn peer(&self) -> Option<SocketAddr> {
        self.exchange.origin.peer()
    }

    /// Returns the trace id of the `traceparent` that came with the request: 32 lower-case hex digits ([W3C Trace
    /// Context], section 3.2.2.3). `None` if none came, if it was not valid, or if the [`Redactor`] hides that header.
    ///
    /// [W3C Trace Context]: https://www.w3.org/TR/trace-context/#trace-id
    #[must_use]
    pub fn trace_id(&self) -> Option<&str> {
        let id = trace_context::trace_id(&self.exchange.request_headers)?;
        let mut shown = Vec::new();
        self.redactor.header_value(b"traceparent", id.into(), &mut shown);
        (shown == id.as_bytes()).then_some(id)
    }

    /// Returns the names and values that the program noted for the log, in the order in which it first noted them.
    ///
    /// A value is redacted like the value of a header with this name. Among the notes, spaces in a name show as `_`, so
    /// that no field looks like one of the log's own notes.
    pub fn fields(&self) -> impl Iterator<Item = (String, String)> {
        self.exchange.fields.iter().map(|(name, value)| {
            let (mut shown_name, mut shown) = (Vec::new(), Vec::new());
            escape::text(name.as_bytes(), &mut shown_name);
            self.redactor.header_value(name.to_ascii_lowercase().as_bytes(), value.as_str().into(), &mut shown);
            (escape::string(shown_name), escape::string(shown))
        })
    }

    /// Returns the request's headers as they came, in the header map's order, one entry a value.
    #[must_use]
    pub fn request_headers(&self) -> Headers<'_> {
        Headers::new(&self.redactor, &self.exchange.request_headers)
    }

    /// Returns the first value of a request header, as it is shown; `None` if there is none.
    #[must_use]
    pub fn request_header(&self, name: &HeaderName) -> Option<String> {
        self.request_headers().first(name)
    }

    /// Returns the request's body.
    #[must_use]
    pub fn request_body(&self) -> Body<'_> {
        Body::new(self, &self.exchange.request_headers, self.exchange.request_body.as_deref())
    }

    /// Returns the response's status; `None` if there was no response.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.exchange.status
    }

    /// Returns the response's headers as the service returned them, in the header map's order, one entry a value.
    #[must_use]
    pub fn response_headers(&self) -> Headers<'_> {
        Headers::new(&self.redactor, &self.exchange.response_headers)
    }

    /// Returns the first value of a response header, as it is shown; `None` if there is none.
    ///
    /// ```
    /// use http::header::RETRY_AFTER;
    /// use tower_request_log::RequestLogLayer;
    ///
    /// let layer = RequestLogLayer::new().keep(|record| record.response_header(&RETRY_AFTER).is_some());
    /// ```
    #[must_use]
    pub fn response_header(&self, name: &HeaderName) -> Option<String> {
        self.response_headers().first(name)
    }

    /// Returns the response's body.
    #[must_use]
    pub fn response_body(&self) -> Body<'_> {
        Body::new(self, &self.exchange.response_headers, self.exchange.response_body.as_deref())
    }

    /// Returns when the exchange began.
    #[must_use]
    pub fn began(&self) -> SystemTime {
        self.exchange.clock.began
    }

    /// Returns how long things took.
    #[must_use]
    pub fn timings(&self) -> Timings {
        let Captured { clock, request_body, response_body, .. } = &self.exchange;
        let since_start = |moment| clock.since_start(moment);
        Timings {
            head: self.time_to_head(),
            first_byte: response_body.as_ref().and_then(|body| body.first_byte).map(since_start),
            request_body: request_body
                .as_ref()
                .filter(|body| body.seen > 0 || body.end != End::Complete)
                .and_then(|body| body.ended)
                .map(since_start),
            end: clock.end.map(since_start).unwrap_or_default(),
        }
    }

    /// Returns [`Timings::end`] without computing the other times.
    pub(crate) fn time_to_end(&self) -> Duration {
        let clock = &self.exchange.clock;
        clock.end.map(|end| clock.since_start(end)).unwrap_or_default()
    }

    /// Returns [`Timings::head`] without computing the other times.
    pub(crate) fn time_to_head(&self) -> Option<Duration> {
        let clock = &self.exchange.clock;
        clock.head.map(|head| clock.since_start(head))
    }

    /// Returns how the exchange ended.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let exchange = &self.exchange;
        let response = exchange.response_body.as_ref().map(|body| &body.end);
        match (&exchange.failure, exchange.status, response) {
            _ if exchange.open => Outcome::Open,
            (Some(Failure::Panic), ..) | (.., Some(End::Panicked)) => Outcome::Panicked,
            (Some(Failure::Error(_)), ..) => Outcome::ServiceFailed,
            (_, None, _) => Outcome::Cancelled,
            (.., Some(End::Failed(_))) => Outcome::BodyFailed,
            (.., Some(End::Dropped | End::Untouched)) => Outcome::ClientGone,
            _ if self.switched_protocols().is_some() => Outcome::Switched,
            _ if self.rpc_failed() => Outcome::RpcFailed,
            _ => Outcome::Complete,
        }
    }

    /// Returns the `grpc-status` of a gRPC response, from its trailers or, in a trailers-only response, its headers.
    #[must_use]
    pub fn grpc_status(&self) -> Option<u32> {
        let name = b"grpc-status";
        let trailers = self.exchange.response_body.as_ref().and_then(|body| body.trailers.as_ref());
        let value = trailers
            .and_then(|trailers| trailers.field(name))
            .or_else(|| self.exchange.response_headers.field(name))?;
        std::str::from_utf8(value).ok()?.parse().ok()
    }

    /// Returns the notes, one line each: a body cut at its limit, a client that went away, trailers.
    ///
    /// This renders both bodies, since some notes depend on them.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let shown = [self.request_body().lines().1, self.response_body().lines().1];
        let mut notes = Vec::new();
        self.each_note(&shown, |note| notes.push(note.to_string()));
        notes
    }

    /// Appends the target.
    pub(crate) fn write_target(&self, out: &mut Vec<u8>) {
        let Captured { target, target_shows, shown_target, .. } = &self.exchange;
        match target_shows {
            Shows::Plain => out.extend_from_slice(target),
            Shows::Otherwise => out.extend_from_slice(shown_target),
            Shows::Unknown => self.redactor.target(target, out),
        }
    }

    /// Appends the value of the field at `at`.
    pub(crate) fn write_value(&self, fields: &Fields, at: usize, out: &mut Vec<u8>) {
        write_value(&self.redactor, fields, at, out);
    }

    /// Appends the lines of the fields between `prefix` and a line feed each, with names as a reader of the protocol
    /// writes them.
    pub(crate) fn write_lines(&self, fields: &Fields, prefix: &[u8], out: &mut Vec<u8>) {
        if let Some(lines) = fields.lines() {
            for line in lines {
                out.extend_from_slice(prefix);
                out.extend_from_slice(line);
            }
            return;
        }
        self.write_unsettled(fields, prefix, out);
    }

    /// Does what [`write_lines`](Self::write_lines) does, before it is settled what is shown.
    #[cold]
    fn write_unsettled(&self, fields: &Fields, prefix: &[u8], out: &mut Vec<u8>) {
        for at in 0..fields.len() {
            out.extend_from_slice(prefix);
            write_line(&self.redactor, self.version(), fields, at, out);
            out.push(b'\n');
        }
    }

    /// Returns how many bytes of the bodies are held, shown or not.
    pub(crate) fn captured(&self) -> usize {
        let bodies = [&self.exchange.request_body, &self.exchange.response_body];
        bodies.into_iter().flatten().map(|body| body.capture.bytes().len()).sum()
    }

    pub(crate) fn raw_request_headers(&self) -> &Fields {
        &self.exchange.request_headers
    }

    pub(crate) fn raw_response_headers(&self) -> &Fields {
        &self.exchange.response_headers
    }

    /// Returns the protocol that the connection is used for after the response.
    fn switched_protocols(&self) -> Option<String> {
        match self.status()? {
            StatusCode::SWITCHING_PROTOCOLS => {
                let upgrade = self.exchange.response_headers.value(b"upgrade")?;
                // The rule that hides the header hides it here too.
                let mut shown = Vec::new();
                self.redactor.header_value(b"upgrade", upgrade, &mut shown);
                Some(escape::string(shown))
            }
            status if status.is_success() && self.method() == Method::CONNECT => Some("CONNECT".to_owned()),
            _ => None,
        }
    }

    fn is_grpc(&self) -> bool {
        self.exchange
            .response_headers
            .content_type()
            .map(Value::as_bytes)
            .is_some_and(|value| value.starts_with(b"application/grpc") && !value.starts_with(b"application/grpc-web"))
    }

    /// Returns whether the call failed. A missing status is a failure. Which statuses are the server's fault is
    /// OpenTelemetry's choice (semantic conventions for gRPC): UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL,
    /// UNAVAILABLE, DATA_LOSS.
    fn rpc_failed(&self) -> bool {
        self.is_grpc() && matches!(self.grpc_status(), None | Some(2 | 4 | 12..=15))
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("id", &self.id())
            .field("method", self.method())
            .field("target", &self.target())
            .field("version", &self.version())
            .field("request_headers", &self.request_headers())
            .field("request_body", &self.request_body())
            .field("status", &self.status())
            .field("response_headers", &self.response_headers())
            .field("response_body", &self.response_body())
            .field("notes", &self.notes())
            .field("timings", &self.timings())
            .field("outcome", &self.outcome())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::captured::Clock;
    use http::HeaderValue;

    fn record(redactor: Redactor, tell: impl FnOnce(&mut Captured)) -> Record {
        let mut exchange = Captured::new(Clock::start());
        tell(&mut exchange);
        Record::new(exchange, Arc::new(redactor), 1 << 20)
    }

    #[test]
    fn fields_are_redacted_as_headers_are_and_stand_among_the_notes() {
        let record = record(Redactor::new(), |exchange| {
            let noted =
                [("user", "42"), ("password", "hunter2"), ("a\nb", "1\n2"), ("empty", ""), ("service failed", "no")];
            for (name, value) in noted {
                exchange.fields.push((name.to_owned(), value.to_owned()));
            }
            exchange.fields_lost = 3;
        });
        let fields =
            [("user", "42"), ("password", "REDACTED"), ("a\\nb", "1\\n2"), ("empty", ""), ("service failed", "no")];
        assert_eq!(record.fields().collect::<Vec<_>>(), fields.map(|(n, v)| (n.to_owned(), v.to_owned())));
        let notes = [
            "user: 42",
            "password: REDACTED",
            "a\\nb: 1\\n2",
            "empty:",
            "service_failed: no",
            "3 more fields, not logged",
        ];
        assert_eq!(record.notes().get(..6).unwrap(), notes);
    }

    #[test]
    fn a_trace_id_is_hidden_with_its_header() {
        let parent = HeaderValue::from_static("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        let headers = Arc::new([(HeaderName::from_static("traceparent"), parent)].into_iter().collect());
        let came = |exchange: &mut Captured| exchange.request_headers = Arc::clone(&headers);
        let shown = |redactor| record(redactor, came).trace_id().map(str::to_owned);
        assert_eq!(shown(Redactor::new()).as_deref(), Some("4bf92f3577b34da6a3ce929d0e0e4736"));
        assert_eq!(shown(Redactor::none()), shown(Redactor::new()));
        assert_eq!(shown(Redactor::new().header("traceparent")), None);
        assert_eq!(shown(Redactor::allow_only()), None);
        assert_eq!(record(Redactor::new(), |_| {}).trace_id(), None);
    }

    #[test]
    fn the_words_on_the_clients_side_are_the_clients() {
        let words = |kind, status: Option<u16>| {
            let record = record(Redactor::new(), |exchange| {
                exchange.kind = kind;
                exchange.clock.end = Some(exchange.clock.start);
                exchange.status = status.map(|status| StatusCode::from_u16(status).unwrap());
                exchange.response_body = status.map(|_| Box::default());
            });
            record.notes().remove(0)
        };
        let gone = "no response: the client went away or the call was cancelled, after 0.00ms";
        assert_eq!(words(Kind::Server, None), gone);
        assert_eq!(words(Kind::Client, None), "no response: we gave up after 0.00ms");
        assert_eq!(words(Kind::Server, Some(200)), "client went away after 0 bytes of the response body");
        assert_eq!(words(Kind::Client, Some(200)), "we gave up after 0 bytes of the response body");
    }
}
