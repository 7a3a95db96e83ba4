//! Names the side of an exchange on which a layer stands.

use std::fmt;

/// The side of the exchange that was logged.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum Kind {
    /// The layer stood before a service that answered the request.
    #[default]
    Server,
    /// The layer stood before a client that sent the request.
    Client,
}

impl Kind {
    /// Returns `server` or `client`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
        }
    }
}

/// Shows `server` or `client`.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
