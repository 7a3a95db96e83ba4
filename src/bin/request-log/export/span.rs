//! Makes what the spans of OTLP and Zipkin have in common: ids, times, attributes.

use super::{authority, url};
use crate::read::{Exchange, Kind, Mark, exchange::split_target};
use std::collections::HashMap;
use tower_request_log::{RequestId, format::lines::tree};

/// The number of servers' span ids that are remembered, to tell a balancer's retry from the first try.
const REMEMBERED: usize = 1 << 20;

/// Holds an exchange as a span.
///
/// The trace is that of a `traceparent` that came with the request, or else made from the request's id. A server's span
/// is the child of the client's span of the same call. A client's span is the child of the span of the server that made
/// the call. Their ids follow from the id in the log, so that logs exported one by one fit together.
pub(super) struct Span<'a> {
    pub(super) exchange: &'a Exchange,
    /// The trace's id, 16 bytes in hexadecimal digits.
    pub(super) trace: String,
    /// The span's id, 8 bytes in hexadecimal digits.
    pub(super) id: String,
    pub(super) parent: Option<String>,
    /// Nanoseconds since 1970.
    pub(super) begin: i128,
    pub(super) end: i128,
    pub(super) name: String,
    pub(super) service: &'a str,
    pub(super) is_error: bool,
}

/// Makes spans.
#[derive(Default)]
pub(super) struct Spans {
    /// Counts the exchanges of a server by their id.
    servers: HashMap<u64, u64>,
}

/// The value of an attribute.
pub(super) enum Value {
    Text(String),
    Number(i64),
}

impl Spans {
    /// Returns the span of an exchange, or `None` if the log does not tell when it began.
    pub(super) fn span<'a>(&mut self, exchange: &'a Exchange) -> Option<Span<'a>> {
        let begin = exchange.began?.as_nanosecond();
        let took = exchange.end.or(exchange.time).unwrap_or_default();
        let is_client = exchange.kind == Kind::Client;
        let (root, caller) = (tree::root(&exchange.id), tree::parent(&exchange.id));
        let came = traceparent(exchange);
        let own = hash(if is_client { "client" } else { "server" }, &exchange.id);
        let parent = match (is_client, caller) {
            (true, Some(caller)) => Some(format!("{:016x}", hash("server", caller))),
            (false, Some(_)) => Some(format!("{:016x}", hash("client", &exchange.id))),
            (false, None) => came.map(|(_, parent)| parent.to_owned()),
            (true, None) => None,
        };
        Some(Span {
            exchange,
            trace: came.map_or_else(|| trace(root), |(trace, _)| trace.to_owned()),
            id: format!("{:016x}", if is_client { own } else { self.nth(own) }),
            parent,
            begin,
            end: begin.saturating_add(i128::try_from(took.as_nanos()).unwrap_or(i128::MAX)),
            name: format!("{} {}", exchange.method, exchange.route.as_deref().unwrap_or_default())
                .trim_end()
                .to_owned(),
            service: exchange.service().unwrap_or("unknown_service"),
            is_error: exchange.is_error() || (is_client && exchange.status.is_none_or(|status| status >= 400)),
        })
    }

    /// Returns an id of its own for each server's exchange of one call: a balancer may have tried again.
    fn nth(&mut self, id: u64) -> u64 {
        if self.servers.len() >= REMEMBERED {
            self.servers.clear();
        }
        let count = self.servers.entry(id).or_default();
        let nth = *count;
        *count += 1;
        if nth == 0 { id } else { hash("again", &format!("{id:x} {nth}")) }
    }
}

impl Span<'_> {
    /// Returns attributes under OpenTelemetry's names for HTTP spans.
    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        let exchange = self.exchange;
        let is_client = exchange.kind == Kind::Client;
        let mut attributes = Vec::new();
        let mut text = |name, value: Option<&str>| {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                attributes.push((name, Value::Text(value.to_owned())));
            }
        };
        text("request.id", Some(&exchange.id));
        text("http.request.method", Some(&exchange.method));
        text("http.route", exchange.route.as_deref());
        text("network.protocol.version", exchange.version.strip_prefix("HTTP/"));
        text("user_agent.original", exchange.header(Mark::Request, "user-agent"));
        if is_client {
            text("url.full", Some(&url(exchange)));
        } else {
            text("url.path", Some(exchange.path()));
            text("url.query", exchange.target.split_once('?').map(|(_, query)| query));
            text("client.address", exchange.peer.map(|peer| peer.ip().to_string()).as_deref());
        }
        let url = url(exchange);
        let asked = split_target(&url).0;
        text("server.address", authority(exchange).or(asked).map(address));
        let failure = exchange.status.map_or_else(|| exchange.outcome.as_str().to_owned(), |status| status.to_string());
        text("error.type", self.is_error.then_some(failure.as_str()));
        if let Some(status) = exchange.status {
            attributes.push(("http.response.status_code", Value::Number(status.into())));
        }
        attributes
    }
}

/// Returns an address without its port.
pub(super) fn address(authority: &str) -> &str {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// Returns the ids of the trace and the parent that a request came with (W3C Trace Context, section 3.2). The layer hands on
/// none but valid ones; a log may have others.
fn traceparent(exchange: &Exchange) -> Option<(&str, &str)> {
    let mut parts = exchange.header(Mark::Request, "traceparent")?.split('-');
    let (version, trace, parent) = (parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |text: &str, length| {
        text.len() == length
            && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            && text.bytes().any(|b| b != b'0')
    };
    (version.len() == 2 && version != "ff" && is_hex(trace, 32) && is_hex(parent, 16)).then_some((trace, parent))
}

/// Returns the id of the trace that belongs to a request's id: the same 128 bits where it is one of ours.
fn trace(root: &str) -> String {
    match root.parse::<RequestId>() {
        Ok(id) => format!("{:032x}", id.to_u128()),
        Err(_) => format!("{:016x}{:016x}", hash("trace", root), hash("trace again", root)),
    }
}

/// Returns a hash that never changes (FNV-1a, 64 bits) and is never 0, which no span's id may be.
fn hash(what: &str, id: &str) -> u64 {
    let bytes = what.bytes().chain([0]).chain(id.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (authority, expected) in [("a.b:80", "a.b"), ("[::1]:80", "::1"), ("u:p@h:1", "h"), ("h", "h")] {
            assert_eq!(address(authority), expected);
        }
    }

    #[test]
    fn calls_of_one_request_are_one_trace() {
        let exchange = |id: &str, kind| Exchange {
            id: id.to_owned(),
            kind,
            began: Some(jiff::Timestamp::UNIX_EPOCH),
            ..Exchange::default()
        };
        let (server, call, callee) =
            (exchange("a", Kind::Server), exchange("a.1", Kind::Client), exchange("a.1", Kind::Server));
        let mut spans = Spans::default();
        let [server, call, callee, again] =
            [&server, &call, &callee, &callee].map(|exchange| spans.span(exchange).unwrap());
        assert_eq!(server.parent, None);
        assert_eq!(call.parent.as_ref(), Some(&server.id));
        assert_eq!(callee.parent.as_ref(), Some(&call.id));
        assert_eq!(again.parent, callee.parent);
        assert_ne!(again.id, callee.id, "a retry is a span of its own");
        assert!([&call, &callee].iter().all(|span| span.trace == server.trace));
    }
}
