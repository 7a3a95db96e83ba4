//! Writes and reads the last two lines of a block: the facts, and the time that ends it.

use super::grammar::milliseconds;
use crate::{
    decimal, escape,
    record::{Kind, Milliseconds, Record, Timings},
    timestamp::Timestamp,
};
use std::{
    fmt::Write as _,
    net::SocketAddr,
    time::{Duration, SystemTime},
};

/// Ends a block that has no response head, in place of the time.
const NO_RESPONSE: &str = "no response";

/// Appends the line that ends a block: the time to first byte, or `no response`.
pub(super) fn write_end(record: &Record, out: &mut Vec<u8>) {
    match record.time_to_head() {
        Some(head) => Milliseconds(head).write(out),
        None => out.extend_from_slice(NO_RESPONSE.as_bytes()),
    }
}

/// Returns whether a note with this text ends its block. No other note is a time alone, or `no response` alone.
#[must_use]
pub fn is_end(note: &[u8]) -> bool {
    match note {
        [b'0'..=b'9', .., b'm', b's'] => milliseconds(note).is_some(),
        _ => note == NO_RESPONSE.as_bytes(),
    }
}

const REQUEST_BODY: &str = ", request body ";
const FIRST_BODY_BYTE: &str = ", first body byte ";
const END: &str = ", end ";
const AS_CLIENT: &str = ", as client";
const PEER: &str = ", peer ";
const ROUTE: &str = ", route ";

/// Holds the facts of a block, read back from the line before its last.
///
/// Times count from the moment the request reached the layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Facts<'a> {
    /// When the exchange began, to the millisecond.
    pub began: SystemTime,
    /// The time to the end of the request's body, with [`Lines::timings`](super::Lines::timings).
    pub request_body: Option<Duration>,
    /// The time to the first byte of the response's body, with [`Lines::timings`](super::Lines::timings).
    pub first_byte: Option<Duration>,
    /// The time to the end of the exchange, when its last holder let go.
    pub end: Duration,
    /// The side that was logged.
    pub kind: Kind,
    /// The other end's address, if it is known.
    pub peer: Option<SocketAddr>,
    /// The matched route, if it is known.
    pub route: Option<&'a str>,
}

impl<'a> Facts<'a> {
    /// Takes the facts from `record`. The times to the end of the request's body and to the first byte of the
    /// response's are taken only if `all_times` is set.
    pub(super) fn of(record: &'a Record, all_times: bool) -> Self {
        let timings = all_times.then(|| record.timings());
        Self {
            began: record.began(),
            request_body: timings.and_then(|timings| timings.request_body()),
            first_byte: timings.and_then(|timings| timings.first_byte()),
            end: record.time_to_end(),
            kind: record.kind(),
            peer: record.peer(),
            route: record.route(),
        }
    }

    /// Appends the facts as text: `began 2013-02-13T06:26:26.123Z, end 165ms, peer 10.47.108.9:50112, route
    /// /games/{game}/bet`.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"began ");
        Timestamp(self.began).write(out);
        for (name, time) in
            [(REQUEST_BODY, self.request_body), (FIRST_BODY_BYTE, self.first_byte), (END, Some(self.end))]
        {
            if let Some(time) = time {
                out.extend_from_slice(name.as_bytes());
                Milliseconds(time).write(out);
            }
        }
        if self.kind == Kind::Client {
            out.extend_from_slice(AS_CLIENT.as_bytes());
        }
        if let Some(peer) = self.peer {
            out.extend_from_slice(PEER.as_bytes());
            write_address(peer, out);
        }
        if let Some(route) = self.route {
            out.extend_from_slice(ROUTE.as_bytes());
            escape::text(route.as_bytes(), out);
        }
    }

    /// Reads the text of a note. Returns `None` if it does not have the form of the facts.
    #[must_use]
    pub fn parse(note: &'a str) -> Option<Self> {
        let (began, mut rest) = note.strip_prefix("began ")?.split_at_checked("2013-02-13T06:26:26.123Z".len())?;
        // Takes the text after `name`, up to the next comma.
        let mut take = |name| {
            let after = rest.strip_prefix(name)?;
            let (value, left) = after.split_at(after.find(", ").unwrap_or(after.len()));
            rest = left;
            Some(value)
        };
        let time = |text: &str| milliseconds(text.as_bytes());
        let request_body = optional(take(REQUEST_BODY), time)?;
        let first_byte = optional(take(FIRST_BODY_BYTE), time)?;
        let end = time(take(END)?)?;
        let client = optional(take(AS_CLIENT), |after| after.is_empty().then_some(Kind::Client))?;
        let peer = optional(take(PEER), |peer| peer.parse().ok())?;
        let route = optional(Some(rest).filter(|rest| !rest.is_empty()), |rest| rest.strip_prefix(ROUTE))?;
        let (began, kind) = (Timestamp::parse(began)?, client.unwrap_or_default());
        Some(Self { began, request_body, first_byte, end, kind, peer, route })
    }

    /// Returns the times, with that to the response head.
    pub(super) fn timings(&self, head: Option<Duration>) -> Timings {
        Timings { head, first_byte: self.first_byte, request_body: self.request_body, end: self.end }
    }
}

/// Reads a fact that may be there. Returns `None` if it is there and cannot be read.
fn optional<'a, T>(text: Option<&'a str>, read: impl FnOnce(&'a str) -> Option<T>) -> Option<Option<T>> {
    match text {
        Some(text) => read(text).map(Some),
        None => Some(None),
    }
}

/// Appends an address as it is displayed. Those of IPv4, which most are, go without the machinery of `fmt`.
fn write_address(address: SocketAddr, out: &mut Vec<u8>) {
    let SocketAddr::V4(v4) = address else {
        let mut text = String::new();
        let _ = write!(text, "{address}");
        return out.extend_from_slice(text.as_bytes());
    };
    let [first, rest @ ..] = v4.ip().octets();
    decimal::write(first.into(), out);
    for octet in rest {
        out.push(b'.');
        decimal::write(octet.into(), out);
    }
    out.push(b':');
    decimal::write(v4.port().into(), out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_as_they_are_displayed() {
        for address in ["10.47.108.9:50112", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:80", "[fe80::1%3]:80"] {
            let address: SocketAddr = address.parse().unwrap();
            let mut out = Vec::new();
            write_address(address, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), address.to_string());
        }
    }

    #[test]
    fn facts_are_written_and_read() {
        let began = Timestamp::parse("2013-02-13T06:26:26.123Z").unwrap();
        let [ms, us] = [Duration::from_millis, Duration::from_micros];
        let least = Facts {
            began,
            request_body: None,
            first_byte: None,
            end: ms(165),
            kind: Kind::Server,
            peer: None,
            route: None,
        };
        let written = |facts: Facts<'_>| {
            let mut out = Vec::new();
            facts.write(&mut out);
            String::from_utf8(out).unwrap()
        };
        let text = "began 2013-02-13T06:26:26.123Z, end 165ms";
        assert_eq!(Facts::parse(text), Some(least));
        assert_eq!(written(least), text);
        // This is the sample of the docs.
        let peer = Some("10.47.108.9:50112".parse().unwrap());
        let sample = Facts { peer, route: Some("/games/{game}/bet"), ..least };
        let text = "began 2013-02-13T06:26:26.123Z, end 165ms, peer 10.47.108.9:50112, route /games/{game}/bet";
        assert_eq!(Facts::parse(text), Some(sample));
        assert_eq!(written(sample), text);
        let all = Facts {
            request_body: Some(us(310)),
            first_byte: Some(ms(164)),
            kind: Kind::Client,
            peer: Some("[::1]:80".parse().unwrap()),
            route: Some("/a, route /b"),
            ..least
        };
        let text = "began 2013-02-13T06:26:26.123Z, request body 0.31ms, first body byte 164ms, end 165ms, as client, \
            peer [::1]:80, route /a, route /b";
        assert_eq!(Facts::parse(text), Some(all));
        assert_eq!(written(all), text);
        let hostile = Facts { route: Some("/\n\u{202e}"), ..least };
        assert_eq!(written(hostile), "began 2013-02-13T06:26:26.123Z, end 165ms, route /\\n\\u{202e}");
        for bad in [
            "",
            "began ",
            "began 2013-02-13T06:26:26.123Z",
            "began 2013-02-13T06:26:26.123, end 165ms",
            "began 2013-02-13T06:26:26.123Z, end 165",
            "began 2013-02-13T06:26:26.123Z, end 165ms, ",
            "began 2013-02-13T06:26:26.123Z, end 165ms, as clients",
            "began 2013-02-13T06:26:26.123Z, end 165ms, peer here",
            "began 2013-02-13T06:26:26.123Z, peer [::1]:80, end 165ms",
            "began 2013-02-13T06:26:26.123Z, request body x, end 165ms",
            "began 2013-02-13T06:26:26.12\u{e9}, end 165ms",
        ] {
            assert_eq!(Facts::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_block_ends_with_a_time_alone() {
        assert!(is_end(b"164ms") && is_end(b"0.42ms") && is_end(b"no response"));
        for note in ["164ms, end 165ms", "no response: the client went away", "user: 42ms", "", "164 ms", "ms", "1"] {
            assert!(!is_end(note.as_bytes()), "{note}");
        }
    }
}
