//! Makes the notes that a reader must know besides.

use super::{Kind, Milliseconds, Outcome, Record, Shown};
use crate::{
    captured::{self, End, Failure},
    error_text::ErrorText,
    escape,
};
use std::fmt;

impl Record {
    /// Calls `note` with each note except the timings. `shown` is what rendering the two bodies found.
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
                End::Open => note(format_args!("request body: {} bytes so far", body.seen)),
                End::Complete => {}
            }
        }
        for line in &shown[0].notes {
            note(format_args!("request body: {line}"));
        }
        for line in &shown[1].notes {
            note(format_args!("response body: {line}"));
        }
        if !exchange.fields.is_empty() {
            for (name, value) in self.fields() {
                let space = if value.is_empty() { "" } else { " " };
                // The log's own notes begin with words that spaces part, so no field looks like one of them.
                let name = name.replace(' ', "_");
                note(format_args!("{name}:{space}{value}"));
            }
        }
        match exchange.fields_lost {
            0 => {}
            1 => note(format_args!("1 more field, not logged")),
            lost => note(format_args!("{lost} more fields, not logged")),
        }
        self.trailers("request", exchange.request_body.as_deref(), &mut note);
        self.trailers("response", exchange.response_body.as_deref(), &mut note);
        self.ending(&mut note);
    }

    fn trailers(&self, message: &str, body: Option<&captured::Body>, note: &mut impl FnMut(fmt::Arguments<'_>)) {
        let Some(trailers) = body.and_then(|body| body.trailers.as_ref()) else { return };
        for (at, (name, _)) in trailers.iter().enumerate() {
            let mut shown = Vec::new();
            self.redactor.field_value(trailers, at, &mut shown);
            let space = if shown.is_empty() { "" } else { " " };
            let name = String::from_utf8_lossy(name);
            note(format_args!("{message} trailer {name}:{space}{}", escape::string(shown)));
        }
    }

    /// Calls `note` with the status of a gRPC response that has it among its headers, as one of its trailers: a response
    /// without a body has no others (gRPC over HTTP/2, Trailers-Only).
    pub(crate) fn each_grpc_header(&self, mut note: impl FnMut(fmt::Arguments<'_>)) {
        if !self.is_grpc() {
            return;
        }
        let is_trailer = |name: &str| matches!(name, "grpc-status" | "grpc-message");
        for (name, value) in self.response_headers().filter(|(name, _)| is_trailer(name.as_str())) {
            let space = if value.is_empty() { "" } else { " " };
            note(format_args!("response trailer {name}:{space}{value}"));
        }
    }

    fn ending(&self, note: &mut impl FnMut(fmt::Arguments<'_>)) {
        let exchange = &self.exchange;
        if exchange.open {
            if let Some(body) = exchange.response_body.as_ref().filter(|body| body.end == End::Open) {
                note(format_args!("response body: {} bytes so far", body.seen));
            }
            let open = self.timings().end;
            return match open.as_secs() {
                0 => note(format_args!("still open after {}", Milliseconds(open))),
                seconds => note(format_args!("still open after {seconds}s")),
            };
        }
        match &exchange.failure {
            Some(Failure::Error(error)) => note(format_args!("service failed{}", self.said(error))),
            Some(Failure::Panic) => note(format_args!("service panicked")),
            None if exchange.status.is_none() => {
                let end = Milliseconds(self.timings().end);
                match self.kind() {
                    Kind::Client => note(format_args!("no response: we gave up after {end}")),
                    Kind::Server => {
                        note(format_args!("no response: the client went away or the call was cancelled, after {end}"));
                    }
                }
            }
            None => {}
        }
        if let Some(body) = &exchange.response_body {
            match &body.end {
                End::Untouched | End::Dropped => {
                    let who = match self.kind() {
                        Kind::Client => "we gave up",
                        Kind::Server => "client went away",
                    };
                    note(format_args!("{who} after {} bytes of the response body", body.seen));
                }
                End::Failed(error) => self.failed("response body failed", body, error, note),
                End::Panicked => note(format_args!("response body panicked after {}", Seen(body))),
                End::Open | End::Complete => {}
            }
        }
        if let Some(protocol) = self.switched_protocols() {
            note(format_args!("switched protocols{}", Said(protocol)));
        }
        if self.is_grpc() && self.outcome() == Outcome::RpcFailed && self.grpc_status().is_none() {
            note(format_args!("grpc-status missing"));
        }
    }

    fn failed(&self, what: &str, body: &captured::Body, error: &ErrorText, note: &mut impl FnMut(fmt::Arguments<'_>)) {
        note(format_args!("{what} after {}{}", Seen(body), self.said(error)));
    }

    fn said(&self, error: &ErrorText) -> Said {
        Said(error.shown(&self.redactor))
    }
}

/// Shows a colon and a text, or nothing at all if the text is empty.
struct Said(String);

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, ": {}", self.0) }
    }
}

/// Shows how far a body went: `5 bytes`, or `5 of 10 bytes` if more was announced.
struct Seen<'a>(&'a captured::Body);

impl fmt::Display for Seen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.announced.filter(|announced| *announced > self.0.seen) {
            Some(announced) => write!(f, "{} of {announced} bytes", self.0.seen),
            None => write!(f, "{} bytes", self.0.seen),
        }
    }
}
