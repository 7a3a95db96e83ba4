//! Names the ways in which an exchange ends.

use std::fmt;

/// Tells how an exchange ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// The response was sent whole.
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
    /// Returns whether the service is to blame: it failed or panicked, its body failed, or its gRPC status says so.
    #[must_use]
    pub fn is_failure(self) -> bool {
        matches!(self, Self::ServiceFailed | Self::BodyFailed | Self::RpcFailed | Self::Panicked)
    }
}

/// Shows `complete`, `switched`, `cancelled`, `client gone`, `service failed`, `body failed`, `rpc failed`, `panicked`
/// or `open`.
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
