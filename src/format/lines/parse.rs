//! Parses lines, notes and ids, for programs that read logs in a way of their own.
//!
//! [`Reader`](super::Reader) gives whole exchanges, with a string for each line. These functions borrow from the line
//! that they are given, and allocate nothing:
//!
//! ```
//! use tower_request_log::format::lines::parse::{self, Line, Mark};
//!
//! let log: &[u8] = b"\
//! web-1 | 0355VueSYU64rempicHKhb > GET /games/7 HTTP/1.1
//! web-1 | 0355VueSYU64rempicHKhb >
//! web-1 | 0355VueSYU64rempicHKhb < HTTP/1.1 200 OK
//! web-1 | 0355VueSYU64rempicHKhb <
//! web-1 | 0355VueSYU64rempicHKhb < seven
//! web-1 | 0355VueSYU64rempicHKhb   began 2013-02-13T06:26:26.123Z, end 165ms, route /games/{id}
//! web-1 | 0355VueSYU64rempicHKhb   164ms
//! ";
//! let lines: Vec<Line> = log.split(|&b| b == b'\n').filter_map(|line| parse::splits(line).next()).collect();
//! assert_eq!((lines[0].prefix, lines[0].id), (&b"web-1 | "[..], &b"0355VueSYU64rempicHKhb"[..]));
//! assert_eq!(parse::request_line(lines[0].text), Some((&b"GET"[..], &b"/games/7"[..], &b"HTTP/1.1"[..])));
//! assert_eq!((lines[2].mark, parse::status(lines[2].text)), (Mark::Response, Some(200)));
//!
//! let facts = parse::Facts::parse("began 2013-02-13T06:26:26.123Z, end 165ms, route /games/{id}").unwrap();
//! assert_eq!((facts.end.as_millis(), facts.route), (165, Some("/games/{id}")));
//! assert!(parse::is_end(lines[6].text));
//! ```
//!
//! Which line belongs to which exchange is told [there](super::Reader#what-belongs-together). Lines are bytes, since a
//! log may hold anything.

pub use super::{
    color::strip as without_colors,
    facts::{Facts, is_end},
    grammar::{
        LOG, Line, Mark, begins_request_line, header, is_id, milliseconds, origin, request_line, splits, status,
    },
    outcome::outcome,
    shape::Shape,
};
