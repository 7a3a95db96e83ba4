//! Holds what was captured of an exchange, raw. Nothing outside the crate sees it: a [`Record`](crate::Record) is its
//! only way out.

use crate::{capture::Capture, error_text::ErrorText, fields::Fields, kind::Kind, origin::Origin};
use http::{Method, StatusCode, Version};
use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

/// Holds one exchange.
///
/// Data that came with the message is copied, so that the connection's read buffer, from which it was cut, is not kept.
#[derive(Clone)]
pub(crate) struct Captured {
    pub(crate) kind: Kind,
    pub(crate) id: String,
    /// The reason why the id that came with the request was not kept.
    pub(crate) id_replaced: Option<&'static str>,
    pub(crate) method: Method,
    pub(crate) target: Vec<u8>,
    /// What is known of how the target shows.
    pub(crate) target_shows: Shows,
    /// What shows of it, if that is settled and is not the target itself.
    pub(crate) shown_target: Vec<u8>,
    pub(crate) version: Version,
    pub(crate) origin: Origin,
    /// Names and values that the program noted, as they were given.
    pub(crate) fields: Vec<(String, String)>,
    /// The number of fields that it noted past the maximum.
    pub(crate) fields_lost: usize,
    /// The request's headers, shared with those who have a handle on the exchange while it runs.
    pub(crate) request_headers: Arc<Fields>,
    /// The request's body; `None` while somebody still holds it, or if the service never saw it.
    pub(crate) request_body: Option<Box<Body>>,
    pub(crate) status: Option<StatusCode>,
    pub(crate) response_headers: Fields,
    pub(crate) response_body: Option<Box<Body>>,
    pub(crate) failure: Option<Failure>,
    /// Is set if this is a report of an exchange that is still open.
    pub(crate) open: bool,
    pub(crate) clock: Clock,
    /// The room for the bodies that are not seen yet.
    pub(crate) spare: [Option<Box<Body>>; 2],
}

/// The bytes that a target's buffer may have to be kept for the next exchange.
const TARGET_KEPT: usize = 512;
/// The entries that the buffer of `fields` may have to be kept for the next exchange.
const FIELDS_KEPT: usize = 16;

impl Captured {
    /// Makes an exchange of which nothing is known but when it began.
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            kind: Kind::default(),
            id: String::new(),
            id_replaced: None,
            method: Method::GET,
            target: Vec::new(),
            target_shows: Shows::default(),
            shown_target: Vec::new(),
            version: Version::HTTP_11,
            origin: Origin::default(),
            fields: Vec::new(),
            fields_lost: 0,
            request_headers: Arc::default(),
            request_body: None,
            status: None,
            response_headers: Fields::default(),
            response_body: None,
            failure: None,
            open: false,
            clock,
            spare: [None, None],
        }
    }

    /// Forgets all, but keeps some room for another.
    pub(crate) fn clear(&mut self) {
        // All fields are named, so that none is left uncleared by mistake. Every exchange has a version and a clock.
        let Self {
            kind,
            id,
            id_replaced,
            method,
            target,
            target_shows,
            shown_target,
            version: _,
            origin,
            fields,
            fields_lost,
            request_headers,
            request_body,
            status,
            response_headers,
            response_body,
            failure,
            open,
            clock: _,
            spare,
        } = self;
        *kind = Kind::default();
        id.clear();
        *id_replaced = None;
        *method = Method::GET;
        *target_shows = Shows::default();
        for target in [target, shown_target] {
            target.clear();
            target.shrink_to(TARGET_KEPT);
        }
        *origin = Origin::default();
        fields.clear();
        fields.shrink_to(FIELDS_KEPT);
        *fields_lost = 0;
        match Arc::get_mut(request_headers) {
            Some(headers) => headers.clear(),
            // Somebody holds a copy of the record, or a handle on the exchange.
            None => *request_headers = Arc::default(),
        }
        *status = None;
        response_headers.clear();
        *failure = None;
        *open = false;
        for (spare, body) in spare.iter_mut().zip([request_body.take(), response_body.take()]) {
            if let Some(mut body) = body {
                body.clear();
                *spare = Some(body);
            }
        }
    }

    /// Returns whether the response has no body, whatever its headers say (RFC 9112, section 6.3): the answer to a
    /// HEAD, an informational one, a 204 or 304, a CONNECT that succeeded.
    pub(crate) fn is_bodiless(&self) -> bool {
        self.method == Method::HEAD
            || self.status.is_some_and(|status| {
                status.is_informational()
                    || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
                    || (self.method == Method::CONNECT && status.is_success())
            })
    }
}

/// Says how a target shows.
#[derive(Clone, Copy, Default)]
pub(crate) enum Shows {
    /// That is not settled.
    #[default]
    Unknown,
    /// It shows as it came.
    Plain,
    /// It shows as another text.
    Otherwise,
}

/// Says why there was no response head, other than that the future was dropped.
#[derive(Clone)]
pub(crate) enum Failure {
    /// The service returned an error; its text.
    Error(ErrorText),
    /// The service panicked, in `call` or in its future.
    Panic,
}

/// Holds the times at which things happened.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    pub(crate) began: SystemTime,
    pub(crate) start: Instant,
    pub(crate) head: Option<Instant>,
    /// The time when the last holder of the exchange let go, so far.
    pub(crate) end: Option<Instant>,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { began: SystemTime::now(), start: Instant::now(), head: None, end: None }
    }

    /// Returns the time from the start to `moment`.
    pub(crate) fn since_start(&self, moment: Instant) -> Duration {
        moment.saturating_duration_since(self.start)
    }
}

/// Holds what was seen of one body.
#[derive(Clone, Default)]
pub(crate) struct Body {
    pub(crate) capture: Capture,
    /// The number of captured bytes that may be shown.
    pub(crate) shown: usize,
    /// The number of bytes that went by.
    pub(crate) seen: u64,
    /// The number of bytes that the sender announced.
    pub(crate) announced: Option<u64>,
    pub(crate) trailers: Option<Box<Fields>>,
    pub(crate) end: End,
    pub(crate) first_byte: Option<Instant>,
    pub(crate) ended: Option<Instant>,
}

impl Body {
    /// Forgets all, but keeps some room for another.
    pub(crate) fn clear(&mut self) {
        let Self { capture, shown, seen, announced, trailers, end, first_byte, ended } = self;
        capture.clear();
        (*shown, *seen, *announced) = (0, 0, None);
        (*trailers, *end) = (None, End::default());
        (*first_byte, *ended) = (None, None);
    }
}

/// Says how a body ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum End {
    /// It goes on: this is a report of an exchange that is still open.
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
