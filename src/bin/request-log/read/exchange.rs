//! Holds one exchange, however it was logged.

use super::text::Text;
use jiff::Timestamp;
use std::{cell::OnceCell, sync::Arc, time::Duration};

/// One exchange, as every command sees it, whether `Lines` or `JsonLines` printed it.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    pub(crate) id: String,
    /// The origin of the lines.
    pub(crate) origin: Arc<Origin>,
    pub(crate) kind: Kind,
    /// The request line's parts; empty where it is missing.
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) version: String,
    pub(crate) status: Option<u16>,
    /// The time when it began, or when its last line was written if the log does not tell.
    pub(crate) began: Option<Timestamp>,
    /// The time to first byte.
    pub(crate) time: Option<Duration>,
    /// The time to the end of the exchange.
    pub(crate) end: Option<Duration>,
    pub(crate) outcome: Outcome,
    pub(crate) peer: Option<String>,
    pub(crate) route: Option<String>,
    /// The bytes of the response's body, if `JsonLines` told; see [`size`](Self::size).
    pub(crate) bytes: Option<u64>,
    /// Is set if lines of it are missing.
    pub(crate) cut: bool,
    pub(crate) content: Content,
}

/// Holds what an exchange was read from.
#[derive(Debug)]
pub(crate) enum Content {
    /// The lines of `Lines`.
    Lines(Text),
    /// The object of `JsonLines`, and its lines once they were asked for.
    Object(String, OnceCell<Text>),
}

impl Default for Content {
    fn default() -> Self {
        Self::Lines(Text::default())
    }
}

/// Names the origin of lines, as their prefix tells.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The words of the prefix that name a host and a program.
    pub(crate) words: Vec<u8>,
    /// The program that printed the lines.
    pub(crate) service: Option<String>,
}

/// The side of an exchange that was logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    #[default]
    Server,
    Client,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
        }
    }
}

/// Says how an exchange ended, in the words of the library's `Outcome`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Outcome {
    #[default]
    Complete,
    Switched,
    Cancelled,
    ClientGone,
    ServiceFailed,
    BodyFailed,
    RpcFailed,
    Panicked,
    Open,
}

impl Outcome {
    pub(crate) const ALL: [Self; 9] = [
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

    pub(crate) fn name(self) -> &'static str {
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

    /// Tells whether the service is to blame.
    pub(crate) fn is_failure(self) -> bool {
        matches!(self, Self::ServiceFailed | Self::BodyFailed | Self::RpcFailed | Self::Panicked)
    }

    /// Tells whether the other side went away before the end.
    pub(crate) fn is_aborted(self) -> bool {
        matches!(self, Self::Cancelled | Self::ClientGone)
    }
}

impl Exchange {
    /// Returns the target without its query, and without scheme and authority.
    pub(crate) fn path(&self) -> &str {
        let target = self.target.split(['?', '#']).next().unwrap_or_default();
        match target.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
            None => target,
        }
    }

    /// Returns the program that printed it, as the prefix tells.
    pub(crate) fn service(&self) -> Option<&str> {
        self.origin.service.as_deref()
    }

    /// Tells whether it counts as an error: a 5xx, or an outcome for which the service is to blame.
    pub(crate) fn is_error(&self) -> bool {
        self.status.is_some_and(|status| status >= 500) || self.outcome.is_failure()
    }

    /// Returns when it ended: by this, exchanges of several logs are merged.
    pub(crate) fn ended(&self) -> Option<Timestamp> {
        let took = self.end.or(self.time).unwrap_or_default();
        self.began?.checked_add(took).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_without_query_and_authority() {
        let path = |target: &str| Exchange { target: target.to_owned(), ..Exchange::default() }.path().to_owned();
        assert_eq!(path("/a/b?c=/d"), "/a/b");
        assert_eq!(path("http://a.b:80/c?d"), "/c");
        assert_eq!(path("http://a.b?d"), "/");
        assert_eq!(path("*"), "*");
        assert_eq!(path("a:443"), "a:443");
    }
}
