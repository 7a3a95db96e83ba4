//! A finished exchange, already redacted.

use crate::{
    decode,
    exchange::{self, End, Exchange, Failure, Fields, field},
    page::Page,
    redact::{Content, Kind, Redactor, Style},
};
use http::{HeaderName, Method, StatusCode, Version, header};
use std::{
    borrow::Cow,
    fmt,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// A finished exchange, already redacted: what formats, sinks and
/// [`keep`](crate::RequestLogLayer::keep) see.
///
/// It redacts while it is read, and nothing raw can be had from it. Everything that it gives as text has its secrets
/// replaced and its hostile characters escaped.
///
/// ```compile_fail
/// # fn f(record: tower_request_log::Record) {
/// let raw = record.exchange; // private
/// # }
/// ```
#[derive(Clone)]
pub struct Record {
    exchange: Exchange,
    redactor: Arc<Redactor>,
}

impl Record {
    pub(crate) fn new(exchange: Exchange, redactor: Arc<Redactor>) -> Self {
        Self { exchange, redactor }
    }

    pub(crate) fn exchange_mut(&mut self) -> &mut Exchange {
        &mut self.exchange
    }

    /// The request id.
    pub fn id(&self) -> &str {
        // Only well-formed ids become an exchange's.
        self.exchange.id.to_str().unwrap_or("-")
    }

    /// The request's method.
    pub fn method(&self) -> &Method {
        &self.exchange.method
    }

    /// The request's target: path and query, or the absolute or authority form where that is what came.
    pub fn target(&self) -> String {
        let mut target = Vec::new();
        self.write_target(&mut target);
        text(target)
    }

    /// The request's version.
    pub fn version(&self) -> Version {
        self.exchange.version
    }

    /// The route that axum matched, such as `/games/{id}/bet`, with the feature `axum` and where the layer is inside of
    /// the router.
    pub fn route(&self) -> Option<&str> {
        self.exchange.origin.route()
    }

    /// The client's address, with the feature `axum` and where the router is served with
    /// `into_make_service_with_connect_info::<SocketAddr>()`.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.exchange.origin.peer()
    }

    /// The request's headers as they came, in the header map's order, one entry a value.
    pub fn request_headers(&self) -> Headers<'_> {
        self.headers(&self.exchange.request_headers)
    }

    /// The request's body.
    pub fn request_body(&self) -> Body<'_> {
        Body { record: self, headers: &self.exchange.request_headers, seen: self.exchange.request_body.as_ref() }
    }

    /// The response's status; `None` where there was no response.
    pub fn status(&self) -> Option<StatusCode> {
        self.exchange.status
    }

    /// The response's headers as the service returned them, in the header map's order, one entry a value.
    pub fn response_headers(&self) -> Headers<'_> {
        self.headers(&self.exchange.response_headers)
    }

    /// The response's body.
    pub fn response_body(&self) -> Body<'_> {
        Body { record: self, headers: &self.exchange.response_headers, seen: self.exchange.response_body.as_ref() }
    }

    /// When the exchange began.
    pub fn began(&self) -> SystemTime {
        self.exchange.clock.began
    }

    /// How long things took.
    pub fn timings(&self) -> Timings {
        let Exchange { clock, request_body, response_body, .. } = &self.exchange;
        let since_start = |moment| clock.since_start(moment);
        Timings {
            head: clock.head.map(since_start),
            first_byte: response_body.as_ref().and_then(|body| body.first_byte).map(since_start),
            request_body: request_body.as_ref().and_then(|body| body.ended).map(since_start),
            end: clock.end.map(since_start).unwrap_or_default(),
        }
    }

    /// How the exchange ended.
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

    /// The `grpc-status` of a gRPC response, from its trailers or, in a trailers-only response, its headers.
    pub fn grpc_status(&self) -> Option<u32> {
        let name = HeaderName::from_static("grpc-status");
        let trailers = self.exchange.response_body.as_ref().and_then(|body| body.trailers.as_ref());
        let value = trailers
            .and_then(|trailers| field(trailers, &name))
            .or_else(|| field(&self.exchange.response_headers, &name))?;
        std::str::from_utf8(value).ok()?.parse().ok()
    }

    /// What a reader must know besides, a line each: a body cut at its limit, a client that went away, trailers.
    pub fn notes(&self) -> Vec<String> {
        let mut scratch = Vec::new();
        let mut render = |body: Body<'_>| body.render(Style::Pretty, &mut Page::new(&mut scratch, b"", usize::MAX));
        let shown = [render(self.request_body()), render(self.response_body())];
        let mut notes = Vec::new();
        self.each_note(&shown, |note| notes.push(note.to_string()));
        notes
    }

    /// Appends the target.
    pub(crate) fn write_target(&self, out: &mut Vec<u8>) {
        let uri = &self.exchange.uri;
        // HTTP/2 and 3 carry scheme and authority beside the path: what came as `:path` is the target there.
        let origin =
            uri.authority().is_none() || (self.version() >= Version::HTTP_2 && self.method() != Method::CONNECT);
        match uri.path_and_query() {
            Some(target) if origin => self.redactor.target(target.as_str().as_bytes(), out),
            _ => self.redactor.target(uri.to_string().as_bytes(), out),
        }
    }

    /// Appends the value of `fields[at]`; `fields` are a message's, or all those of a name.
    pub(crate) fn write_value(&self, fields: &[(HeaderName, http::HeaderValue)], at: usize, out: &mut Vec<u8>) {
        self.redactor.field_value(fields, at, out);
    }

    pub(crate) fn raw_request_headers(&self) -> &Fields {
        &self.exchange.request_headers
    }

    pub(crate) fn raw_response_headers(&self) -> &Fields {
        &self.exchange.response_headers
    }

    /// Calls `note` with each note but the timings. `shown` is what rendering the two bodies found.
    pub(crate) fn each_note(&self, shown: &[Shown; 2], mut note: impl FnMut(fmt::Arguments<'_>)) {
        let exchange = &self.exchange;
        if let Some(reason) = exchange.id_replaced {
            note(format_args!("request id replaced: {reason}"));
        }
        if let Some(body) = &exchange.request_body {
            match &body.end {
                End::Untouched => note(format_args!("request body: not read by the service")),
                End::Dropped => match body.announced {
                    Some(all) => note(format_args!("request body: {} of {all} bytes read by the service", body.seen)),
                    None => {
                        note(format_args!("request body: not read to its end by the service, {} bytes read", body.seen))
                    }
                },
                End::Failed(error) => self.failed("request body failed", body, error, &mut note),
                End::Panicked => note(format_args!("request body panicked after {}", Seen(body))),
                End::Complete => {}
            }
        } else if exchange.open {
            note(format_args!("request body: not read to its end yet"));
        }
        for line in &shown[0].notes {
            note(format_args!("request body: {line}"));
        }
        for line in &shown[1].notes {
            note(format_args!("response body: {line}"));
        }
        self.trailers("request", exchange.request_body.as_ref(), &mut note);
        self.trailers("response", exchange.response_body.as_ref(), &mut note);
        self.ending(&mut note);
    }

    fn trailers(&self, message: &str, body: Option<&exchange::Body>, note: &mut impl FnMut(fmt::Arguments<'_>)) {
        let trailers = body.and_then(|body| body.trailers.as_deref()).unwrap_or_default();
        for (at, (name, _)) in trailers.iter().enumerate() {
            let mut shown = Vec::new();
            self.redactor.field_value(trailers, at, &mut shown);
            note(format_args!("{message} trailer {name}: {}", text(shown)));
        }
    }

    fn ending(&self, note: &mut impl FnMut(fmt::Arguments<'_>)) {
        let exchange = &self.exchange;
        if exchange.open {
            let open = self.timings().end;
            return match open.as_secs() {
                0 => note(format_args!("still open after {}", Milliseconds(open))),
                seconds => note(format_args!("still open after {seconds}s")),
            };
        }
        match &exchange.failure {
            Some(Failure::Error(error)) if error.is_empty() => note(format_args!("service failed")),
            Some(Failure::Error(error)) => note(format_args!("service failed: {}", self.line(error))),
            Some(Failure::Panic) => note(format_args!("service panicked")),
            None if exchange.status.is_none() => {
                let end = Milliseconds(self.timings().end);
                note(format_args!("no response: the client went away or the call was cancelled, after {end}"));
            }
            None => {}
        }
        if let Some(body) = &exchange.response_body {
            match &body.end {
                End::Untouched | End::Dropped => {
                    note(format_args!("client went away after {} bytes of the response body", body.seen));
                }
                End::Failed(error) => self.failed("response body failed", body, error, note),
                End::Panicked => note(format_args!("response body panicked after {}", Seen(body))),
                End::Complete => {}
            }
        }
        if let Some(protocol) = self.switched_protocols() {
            note(format_args!("switched protocols: {protocol}"));
        }
        if self.is_grpc() && self.outcome() == Outcome::RpcFailed && self.grpc_status().is_none() {
            note(format_args!("grpc-status missing"));
        }
    }

    fn failed(
        &self,
        what: &str,
        body: &exchange::Body,
        error: &Option<String>,
        note: &mut impl FnMut(fmt::Arguments<'_>),
    ) {
        let seen = Seen(body);
        match error {
            Some(error) if !error.is_empty() => note(format_args!("{what} after {seen}: {}", self.line(error))),
            _ => note(format_args!("{what} after {seen}")),
        }
    }

    /// A line of text from outside, redacted and escaped.
    fn line(&self, line: &str) -> String {
        let mut shown = Vec::new();
        self.redactor.line(line.as_bytes(), &mut shown);
        text(shown)
    }

    /// What a header says, in a note: what hides the header hides it there too.
    fn header_line(&self, name: &HeaderName, value: &[u8]) -> String {
        let mut shown = Vec::new();
        if let Ok(value) = http::HeaderValue::from_bytes(value) {
            self.redactor.header_value(name, &value, &mut shown);
        }
        text(shown)
    }

    /// What the connection is used for from the response on.
    fn switched_protocols(&self) -> Option<String> {
        match self.status()? {
            StatusCode::SWITCHING_PROTOCOLS => {
                let upgrade = field(&self.exchange.response_headers, &header::UPGRADE)?;
                Some(self.header_line(&header::UPGRADE, upgrade))
            }
            status if status.is_success() && self.method() == Method::CONNECT => Some("CONNECT".to_owned()),
            _ => None,
        }
    }

    fn is_grpc(&self) -> bool {
        field(&self.exchange.response_headers, &header::CONTENT_TYPE)
            .is_some_and(|value| value.starts_with(b"application/grpc") && !value.starts_with(b"application/grpc-web"))
    }

    /// No status is no success; which statuses are the server's fault is OpenTelemetry's choice (semantic conventions for
    /// gRPC): UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS.
    fn rpc_failed(&self) -> bool {
        self.is_grpc() && matches!(self.grpc_status(), None | Some(2 | 4 | 12..=15))
    }

    fn headers<'a>(&'a self, fields: &'a Fields) -> Headers<'a> {
        Headers { redactor: &self.redactor, fields, at: 0 }
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

/// How an exchange ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// The response was sent whole.
    Complete,
    /// The connection is used for another protocol from the response on: a 101, or a CONNECT that succeeded.
    Switched,
    /// There was no response: the client went away, or a time limit cancelled the call.
    Cancelled,
    /// The response was not taken to its end.
    ClientGone,
    /// The service returned an error instead of a response.
    ServiceFailed,
    /// The response's body returned an error, or ended short of its length.
    BodyFailed,
    /// The gRPC status is missing, or one that is the server's fault: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED,
    /// INTERNAL, UNAVAILABLE or DATA_LOSS.
    RpcFailed,
    /// The service or the response's body panicked.
    Panicked,
    /// The exchange is still open: this is a report ahead of its record.
    Open,
}

impl Outcome {
    /// Whether the service is to blame: it failed or panicked, its body failed, or its gRPC status says so.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::ServiceFailed | Self::BodyFailed | Self::RpcFailed | Self::Panicked)
    }
}

/// `complete`, `switched`, `cancelled`, `client gone`, `service failed`, `body failed`, `rpc failed`, `panicked`, `open`.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Complete => "complete",
            Self::Switched => "switched",
            Self::Cancelled => "cancelled",
            Self::ClientGone => "client gone",
            Self::ServiceFailed => "service failed",
            Self::BodyFailed => "body failed",
            Self::RpcFailed => "rpc failed",
            Self::Panicked => "panicked",
            Self::Open => "open",
        })
    }
}

/// How long things took, from the moment the request reached the layer, on a monotonic clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Timings {
    head: Option<Duration>,
    first_byte: Option<Duration>,
    request_body: Option<Duration>,
    end: Duration,
}

impl Timings {
    /// To the response head: the time to first byte that the log shows. `None` where there was no response.
    pub fn head(&self) -> Option<Duration> {
        self.head
    }

    /// To the first byte of the response's body. `None` where there was none.
    pub fn first_byte(&self) -> Option<Duration> {
        self.first_byte
    }

    /// To the end of the request's body, or to the moment it was dropped.
    pub fn request_body(&self) -> Option<Duration> {
        self.request_body
    }

    /// To the end of the exchange, taken before anything is rendered.
    pub fn end(&self) -> Duration {
        self.end
    }
}

/// Milliseconds as the log shows them: whole ones from 10 ms up (`164ms`), two decimals below (`0.42ms`), cut rather than
/// rounded.
pub(crate) struct Milliseconds(pub(crate) Duration);

impl Milliseconds {
    /// Appends what `Display` shows, without the machinery of `fmt`: every block has it.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        if self.0 >= Duration::from_millis(10) {
            let mut digits = [b'0'; 20];
            let (mut left, mut first) = (u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX), digits.len());
            while left > 0 {
                first -= 1;
                digits[first] = b'0' + (left % 10) as u8;
                left /= 10;
            }
            out.extend_from_slice(&digits[first..]);
        } else {
            let hundredths = self.0.subsec_micros() / 10;
            let digit = |of: u32| b'0' + (of % 10) as u8;
            out.extend_from_slice(&[digit(hundredths / 100), b'.', digit(hundredths / 10), digit(hundredths)]);
        }
        out.extend_from_slice(b"ms");
    }
}

impl fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 >= Duration::from_millis(10) {
            write!(f, "{}ms", self.0.as_millis())
        } else {
            let hundredths = self.0.as_micros() / 10;
            write!(f, "{}.{:02}ms", hundredths / 100, hundredths % 100)
        }
    }
}

/// Headers, redacted while they are read: an iterator over names and values.
#[derive(Clone)]
pub struct Headers<'a> {
    redactor: &'a Redactor,
    fields: &'a Fields,
    /// The next one.
    at: usize,
}

impl<'a> Iterator for Headers<'a> {
    type Item = (&'a HeaderName, String);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, _) = self.fields.get(self.at)?;
        let mut shown = Vec::new();
        self.redactor.field_value(self.fields, self.at, &mut shown);
        self.at += 1;
        Some((name, text(shown)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.fields.len() - self.at;
        (left, Some(left))
    }
}

impl fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// A body, redacted while it is read.
#[derive(Clone, Copy)]
pub struct Body<'a> {
    record: &'a Record,
    headers: &'a Fields,
    seen: Option<&'a exchange::Body>,
}

impl<'a> Body<'a> {
    /// How many bytes went by, shown or not.
    pub fn len(&self) -> u64 {
        self.seen.map_or(0, |body| body.seen)
    }

    /// Whether no byte went by.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it went by to its end.
    pub fn is_complete(&self) -> bool {
        self.seen.is_some_and(|body| body.end == End::Complete)
    }

    /// The body as the log shows it, lines separated by LF; `None` where none of it is text.
    pub fn text(&self) -> Option<String> {
        let mut lines = Vec::new();
        let shown = self.render(Style::Pretty, &mut Page::new(&mut lines, b"", usize::MAX));
        lines.pop();
        (shown.kind != Kind::Binary).then(|| text(lines))
    }

    /// Renders the body's lines.
    pub(crate) fn render(&self, style: Style, page: &mut Page<'_>) -> Shown {
        let mut shown = Shown { kind: Kind::Binary, documents: 0, whole: false, notes: Vec::new() };
        let Some(body) = self.seen.filter(|body| body.seen > 0) else {
            return shown;
        };
        let content_type = field(self.headers, &header::CONTENT_TYPE);
        let captured = body.capture.bytes();
        let starved = if body.capture.is_starved() { ": memory budget used up" } else { "" };
        if captured.is_empty() {
            shown.notes.push(self.not_logged(content_type, starved));
            return shown;
        }
        let mut raw_shown = captured.len().min(body.shown);
        let mut whole = captured.len() as u64 == body.seen && body.end == End::Complete;
        let encodings = self.joined(&header::CONTENT_ENCODING);
        let decoded = decode::content(&encodings, captured, body.shown.saturating_add(crate::capture::LOOK_AHEAD));
        if decoded.bytes.is_empty() {
            shown.notes.extend(decoded.note);
            return shown;
        }
        let encoded = matches!(decoded.bytes, Cow::Owned(_));
        if encoded {
            // What a cut capture decodes to may have had its look-ahead cut off.
            let beyond = if captured.len() as u64 == body.seen { 0 } else { crate::capture::LOOK_AHEAD };
            raw_shown = decoded.bytes.len().saturating_sub(beyond).min(body.shown);
            whole &= decoded.whole;
        }
        let (bytes, visible) = decode::charset_at(content_type, &decoded.bytes, raw_shown);
        let content = Content { content_type, bytes: &bytes, shown: visible, whole };
        let report = self.record.redactor.body(&content, style, page);
        shown.kind = report.kind;
        shown.documents = report.documents;
        shown.whole = whole && visible == bytes.len() && report.left_out.is_none();
        shown.notes.extend(decoded.note);
        if report.kind == Kind::Binary && report.left_out.is_none() {
            shown.notes.push(self.not_logged(content_type, ""));
        } else if !encoded && (raw_shown as u64) < body.seen {
            shown.notes.push(format!("{raw_shown} of {} bytes logged{starved}", body.seen));
        } else if encoded && !(decoded.whole && raw_shown == decoded.bytes.len()) {
            shown.notes.push(format!("{raw_shown} decoded bytes logged{starved}"));
        }
        shown.notes.extend(report.left_out);
        shown
    }

    fn not_logged(&self, content_type: Option<&[u8]>, why: &str) -> String {
        let of = match content_type.map(essence).filter(|essence| !essence.is_empty()) {
            Some(essence) => format!(" of {}", self.record.header_line(&header::CONTENT_TYPE, essence)),
            None => String::new(),
        };
        format!("{} bytes{of}, not logged{why}", self.len())
    }

    /// The values of a header that is a list, joined as RFC 9110, section 5.3 allows.
    fn joined(&self, name: &HeaderName) -> Vec<u8> {
        let values = self.headers.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_bytes());
        let mut joined = Vec::new();
        for value in values {
            if !joined.is_empty() {
                joined.push(b',');
            }
            joined.extend_from_slice(value);
        }
        joined
    }
}

impl fmt::Debug for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("len", &self.len()).field("text", &self.text()).finish()
    }
}

/// How far a body went: `5 bytes`, or `5 of 10 bytes` where more was announced.
struct Seen<'a>(&'a exchange::Body);

impl fmt::Display for Seen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.announced.filter(|announced| *announced > self.0.seen) {
            Some(announced) => write!(f, "{} of {announced} bytes", self.0.seen),
            None => write!(f, "{} bytes", self.0.seen),
        }
    }
}

/// What rendering a body found.
pub(crate) struct Shown {
    pub(crate) kind: Kind,
    /// How many JSON documents were rendered whole.
    pub(crate) documents: usize,
    /// Whether all of the body was shown.
    pub(crate) whole: bool,
    /// Texts that follow `request body: ` or `response body: ` in a note.
    pub(crate) notes: Vec<String>,
}

/// A media type without its parameters (RFC 9110, section 8.3.1).
fn essence(content_type: &[u8]) -> &[u8] {
    content_type.split(|&b| b == b';').next().unwrap_or_default().trim_ascii()
}

/// Text that was escaped is UTF-8.
fn text(escaped: Vec<u8>) -> String {
    String::from_utf8(escaped).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_are_written_as_they_are_displayed() {
        for nanos in [0, 9_999, 10_000, 420_000, 1_000_000, 9_999_999, 10_000_000, 164_900_000, 86_400_000_000_000] {
            let time = Milliseconds(Duration::from_nanos(nanos));
            let mut written = b"in ".to_vec();
            time.write(&mut written);
            assert_eq!(String::from_utf8(written).unwrap(), format!("in {time}"));
        }
        assert_eq!(Milliseconds(Duration::from_micros(429)).to_string(), "0.42ms");
        assert_eq!(Milliseconds(Duration::from_millis(164)).to_string(), "164ms");
    }
}
