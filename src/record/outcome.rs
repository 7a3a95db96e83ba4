//! Names the ways in which an exchange ends.

use std::fmt;

/// Tells how an exchange ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum Outcome {
    /// The response was sent whole.
    #[default]
    Complete,
    /// The connection is used for another protocol after the response: a 101, or a CONNECT that succeeded.
    Switched,
    /// There was no response: the client went away (on the client's side, we did), or a time limit cancelled the call.
    Cancelled,
    /// The response was not taken to its end: the client went away (on the client's side, we gave up).
    ClientGone,
    /// The service returned an error instead of a response.
    ServiceFailed,
    /// The response's body returned an error, or ended short of its length.
    BodyFailed,
    /// The gRPC status is missing, or is one that is the server's fault: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED,
    /// INTERNAL, UNAVAILABLE or DATA_LOSS.
    RpcFailed,
    /// The service or the response's body panicked.
    Panicked,
    /// The exchange is still open: this is a report ahead of its record.
    Open,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: &'static [Self] = &[
        Self::Complete,
        Self::Switched,
        Self::Cancelled,
        Self::ClientGone,
        Self::ServiceFailed,
        Self::BodyFailed,
        Self::RpcFailed,
        Self::Panicked,
        Self::Open,
    ];

    /// Returns `complete`, `switched`, `cancelled`, `client gone`, `service failed`, `body failed`, `rpc failed`,
    /// `panicked` or `open`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Switched => "switched",
            Self::Cancelled => "cancelled",
            Self::ClientGone => "client gone",
            Self::ServiceFailed => "service failed",
            Self::BodyFailed => "body failed",
            Self::RpcFailed => "rpc failed",
            Self::Panicked => "panicked",
            Self::Open => "open",
        }
    }

    /// Returns whether the service is to blame: it failed or panicked, its body failed, or its gRPC status says so.
    #[must_use]
    pub fn is_failure(self) -> bool {
        matches!(self, Self::ServiceFailed | Self::BodyFailed | Self::RpcFailed | Self::Panicked)
    }

    /// Returns whether the other side went away before the end, or a time limit cancelled the call.
    #[must_use]
    pub fn is_aborted(self) -> bool {
        matches!(self, Self::Cancelled | Self::ClientGone)
    }
}

/// Shows [`as_str`](Outcome::as_str).
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
