//! Implements the filter language, which selects the exchanges that a command is about.
//!
//! ```text
//! status>=500 or time>1s
//! (path:/games/*/bet and not status:2xx) header.content-type:json since:-15m
//! ```

mod error;
mod parse;
mod scan;
mod test;
pub(crate) mod value;

pub(crate) use error::FilterError;

use crate::read::Exchange;
use test::Test;

/// Selects the exchanges that a command is about; by default all.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    root: Option<Node>,
}

/// A part of a filter.
#[derive(Debug)]
enum Node {
    Test(Test),
    Not(Box<Node>),
    All(Vec<Node>),
    Any(Vec<Node>),
}

impl Filter {
    /// Reads a filter; an empty one keeps all.
    ///
    /// # Errors
    ///
    /// Returns an error with the place if it cannot be read.
    pub(crate) fn parse(text: &str) -> Result<Self, FilterError> {
        Ok(Self { root: parse::parse(text)? })
    }

    /// Tells whether an exchange is kept.
    pub(crate) fn keeps(&self, exchange: &Exchange) -> bool {
        self.root.as_ref().is_none_or(|root| root.keeps(exchange))
    }

    /// Tells whether all exchanges are kept.
    pub(crate) fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// Returns what must stand in the id of each exchange that is kept.
    pub(crate) fn id(&self) -> Option<String> {
        self.root.as_ref()?.id()
    }
}

/// Tells whether a word on the command line is a part of a filter, well-formed or not, rather than a file.
pub(crate) fn is_filter(word: &str) -> bool {
    let word = word.trim_start();
    word.starts_with(['(', ')']) || matches!(word, "or" | "and" | "not") || {
        let first = word.split_ascii_whitespace().next().unwrap_or_default();
        matches!(first, "not") || scan::has_operator(first)
    }
}

impl Node {
    fn keeps(&self, exchange: &Exchange) -> bool {
        match self {
            Self::Test(test) => test.keeps(exchange),
            Self::Not(node) => !node.keeps(exchange),
            Self::All(nodes) => nodes.iter().all(|node| node.keeps(exchange)),
            Self::Any(nodes) => nodes.iter().any(|node| node.keeps(exchange)),
        }
    }

    fn id(&self) -> Option<String> {
        match self {
            Self::Test(test) => test.id(),
            Self::All(nodes) => nodes.iter().find_map(Self::id),
            Self::Not(_) | Self::Any(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{Decoder, Entry};

    const LOG: &str = "\
games: a > POST /games/7/bet?x=1 HTTP/1.1
games: a > Content-Type: application/json
games: a >
games: a > {\"voucher\": 1}
games: a < HTTP/1.1 503 Service Unavailable
games: a < Content-Length: 5
games: a <
games: a < sorry
games: a   user: 42
games: a   began 2026-11-28T16:00:00.123Z, end 1200ms, peer 10.0.0.1:5, route /games/{game}/bet
games: a   150ms
";

    fn exchange() -> Exchange {
        let mut found = None;
        Decoder::default().push(LOG.as_bytes(), &mut |entry| {
            let Entry::Exchange(exchange) = entry else { panic!("{entry:?}") };
            found = Some(*exchange);
        });
        found.unwrap()
    }

    #[test]
    fn every_field_is_asked() {
        let exchange = exchange();
        for kept in [
            "",
            "status>=500",
            "status:5xx",
            "status=503",
            "status:503",
            "not status:4xx",
            "method:post",
            "path:/games/*/bet",
            "path~^/games/\\d+/bet$",
            "target:/games/7/bet?x=1",
            "route:/games/{game}/bet",
            "id:a",
            "id:*",
            "service:games",
            "time>100ms",
            "time>=150ms",
            "time<0.2s",
            "end>1s",
            "header.content-type:json",
            "header.Content-Type=application/json",
            "header.content-type:*",
            "body~voucher",
            "body:sorry",
            "body~\"vou.her\"",
            "note:user",
            "peer:10.0.0.1:*",
            "kind:server",
            "outcome:complete",
            "size:5",
            "size<1kB",
            "version:HTTP/1.1",
            "since:2026-11-28T16:00:00Z",
            "since:2026-11-28T16:00",
            "until:2026-11-28T16:01:00Z",
            "since:2026-11-28 until:2026-11-29",
            "status:200 or method:POST",
            "status:200 or (method:POST and time>100ms)",
            "not (status:200 or method:GET)",
            "method!=GET",
            "path!~bets",
            "body~(vou|sou)cher",
        ] {
            assert!(Filter::parse(kept).unwrap().keeps(&exchange), "{kept}");
        }
        for left_out in [
            "status<500",
            "status:4xx",
            "status:none",
            "not status:5xx",
            "method:GET",
            "path:/games",
            "path:/games/*/bets",
            "id:b",
            "service:purse",
            "time>150ms",
            "end>1.2s",
            "header.content-type:html",
            "header.x-none:*",
            "body~vouchers",
            "kind:client",
            "outcome:aborted",
            "outcome:failed",
            "since:-15m",
            "until:2026-11-28",
            "status:5xx method:GET",
            "status:5xx not method:POST",
        ] {
            assert!(!Filter::parse(left_out).unwrap().keeps(&exchange), "{left_out}");
        }
    }

    #[test]
    fn errors_point_at_the_place() {
        let error = |text: &str| Filter::parse(text).unwrap_err().to_string();
        assert_eq!(
            error("staus>=500"),
            "the filter can't be read: no field is named `staus`\n  staus>=500\n  ^^^^^ did you mean `status`?"
        );
        assert_eq!(
            error("status>=500 or time>1x"),
            "the filter can't be read: `1x` is no duration\n  status>=500 or time>1x\n                      ^^ such as `100ms`, `1.5s` or `2m`"
        );
        assert_eq!(error("(status:500"), "the filter can't be read: the parenthesis is not closed\n  (status:500\n  ^");
        assert_eq!(
            error("status:500)"),
            "the filter can't be read: nothing opens this parenthesis\n  status:500)\n            ^"
        );
        assert_eq!(
            error("status:500 or"),
            "the filter can't be read: it ends where a test should be\n  status:500 or\n               ^ such as `status>=500`"
        );
        assert_eq!(error("body~(a"), "the filter can't be read: unclosed group\n  body~(a\n       ^^");
        assert_eq!(
            error("time:5ms"),
            "the filter can't be read: `time` can't be asked with `:`\n  time:5ms\n      ^ but with `>`, `>=`, `<`, `<=`"
        );
        assert_eq!(
            error("status:6x"),
            "the filter can't be read: `6x` is no status\n  status:6x\n         ^^ such as `500`, `4xx` or `none`"
        );
        assert_eq!(
            error("outcome:gone"),
            "the filter can't be read: no outcome is named `gone`\n  outcome:gone\n          ^^^^ complete, switched, cancelled, client-gone, service-failed, body-failed, rpc-failed, panicked, open, aborted, failed"
        );
        assert_eq!(
            error("status"),
            "the filter can't be read: `status` is no test\n  status\n  ^^^^^^ such as `status>=500`"
        );
        assert_eq!(error("body~\"a"), "the filter can't be read: the quote is not closed\n  body~\"a\n       ^");
        assert_eq!(
            error("status:"),
            "the filter can't be read: nothing to compare `status` with\n  status:\n         ^ such as `500`, `4xx` or `none`"
        );
    }

    #[test]
    fn words_are_told_from_files() {
        for filter in [
            "status>=500",
            "staus:5",
            "not",
            "or",
            "(",
            "body~x",
            "status:500 or time>1s",
            "not status:5xx",
            "header.a-b:c",
        ] {
            assert!(is_filter(filter), "{filter}");
        }
        for file in ["games.log", "./a:b", "/var/log/a=b", "-", "games-1.log.gz", "c"] {
            assert!(!is_filter(file), "{file}");
        }
    }

    #[test]
    fn ids_are_known_beforehand() {
        let id = |text: &str| Filter::parse(text).unwrap().id();
        assert_eq!(id("id:abc status:500").as_deref(), Some("abc"));
        assert_eq!(id("(id:abc*)").as_deref(), Some("abc"));
        assert_eq!(id("id:*"), None);
        assert_eq!(id("id:abc or status:500"), None);
        assert_eq!(id("not id:abc"), None);
        assert_eq!(id("id!=abc"), None);
    }
}
