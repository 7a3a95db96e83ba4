//! Holds one exchange, however it was logged.

use super::text::Text;
use jiff::Timestamp;
use std::{cell::OnceCell, net::SocketAddr, sync::Arc, time::Duration};
use tower_request_log::record::{Kind, Outcome};

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
    pub(crate) peer: Option<SocketAddr>,
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

impl Exchange {
    /// Returns the target without its query, and without scheme and authority.
    pub(crate) fn path(&self) -> &str {
        split_target(&self.target).1.split(['?', '#']).next().filter(|path| !path.is_empty()).unwrap_or("/")
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

/// Returns the authority of a target in absolute form (RFC 9112, section 3.2.2), and the rest of the target. A URL within a
/// path or a query is not one.
pub(crate) fn split_target(target: &str) -> (Option<&str>, &str) {
    let is_scheme = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    match target.split_once("://") {
        Some((scheme, rest)) if scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && is_scheme(scheme) => {
            let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
            (Some(authority), rest)
        }
        _ => (None, target),
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
        assert_eq!(path("/login?next=http://a.b/c"), "/login");
        assert_eq!(path("/to/http://a.b/c"), "/to/http://a.b/c");
    }

    #[test]
    fn a_url_within_a_target_names_no_host() {
        assert_eq!(split_target("http://a.b:80?d=1"), (Some("a.b:80"), "?d=1"));
        assert_eq!(split_target("http://a.b"), (Some("a.b"), ""));
        for target in ["/login?next=http://a.b/c", "*", "a:443", "://a/b", "-o/tmp/x://a/b"] {
            assert_eq!(split_target(target), (None, target));
        }
    }
}
