//! Reads from the lines of a block how its exchange ended.

use super::block::Block;
use crate::record::Outcome;

impl Block {
    /// Returns how the exchange ended, as the notes tell it. `None` where the end of the block is missing.
    ///
    /// It is what [`Record::outcome`](crate::Record::outcome) said, with one exception: an RPC that failed in a
    /// response without trailers, whose headers are not shown, is [`Outcome::Complete`].
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        self.end.as_ref()?;
        let headers = self.response.iter().flat_map(|response| &response.headers);
        let headers = headers.map(|(name, value)| (name.as_str(), value.as_str()));
        Some(outcome(self.status(), headers, self.notes.iter().map(String::as_str)))
    }
}

/// Lists how notes begin that tell an end. The first that is found holds.
const ENDS: [(&str, Outcome); 8] = [
    ("still open after ", Outcome::Open),
    ("service panicked", Outcome::Panicked),
    ("response body panicked after ", Outcome::Panicked),
    ("service failed", Outcome::ServiceFailed),
    ("response body failed after ", Outcome::BodyFailed),
    ("client went away after ", Outcome::ClientGone),
    ("we gave up after ", Outcome::ClientGone),
    ("switched protocols", Outcome::Switched),
];

/// Returns how an exchange ended, as the notes of its block tell it. `headers` are the names and values of the
/// response's; they and the status are missing where there was no response.
///
/// ```
/// use tower_request_log::{format::lines::parse::outcome, record::Outcome};
///
/// let headers = [("Content-Length", "9")];
/// assert_eq!(outcome(Some(200), headers, ["user: 42"]), Outcome::Complete);
/// let note = "client went away after 4 bytes of the response body";
/// assert_eq!(outcome(Some(200), headers, [note]), Outcome::ClientGone);
/// ```
#[must_use]
pub fn outcome<'a>(
    status: Option<u16>,
    headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    notes: impl IntoIterator<Item = &'a str>,
) -> Outcome {
    let (mut first, mut grpc_status, mut grpc_status_missing) = (ENDS.len(), None, false);
    for note in notes {
        let nth = ENDS.iter().take(first).position(|(begin, _)| note.starts_with(begin));
        first = nth.unwrap_or(first);
        grpc_status = grpc_status.or(note.strip_prefix("response trailer grpc-status: "));
        grpc_status_missing |= note == "grpc-status missing";
    }
    match ENDS.get(first).map(|(_, outcome)| *outcome) {
        Some(outcome @ (Outcome::Open | Outcome::Panicked | Outcome::ServiceFailed)) => outcome,
        _ if status.is_none() => Outcome::Cancelled,
        Some(outcome) => outcome,
        None if rpc_failed(grpc_status, grpc_status_missing, headers) => Outcome::RpcFailed,
        None => Outcome::Complete,
    }
}

/// Returns whether an RPC failed by its status: a trailer, or one of the headers where there is no body.
fn rpc_failed<'a>(
    mut status: Option<&'a str>,
    is_missing: bool,
    headers: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> bool {
    let (mut content_type, mut has_headers) = (None, false);
    for (name, value) in headers {
        has_headers = true;
        if name.eq_ignore_ascii_case("content-type") {
            content_type = content_type.or(Some(value));
        } else if name.eq_ignore_ascii_case("grpc-status") {
            status = status.or(Some(value));
        }
    }
    let is_grpc = match content_type {
        Some(value) => value.starts_with("application/grpc") && !value.starts_with("application/grpc-web"),
        // If headers are not shown, only gRPC has such a trailer.
        None => !has_headers,
    };
    is_grpc && (is_missing || matches!(status.and_then(|status| status.parse().ok()), Some(2u32 | 4 | 12..=15)))
}
