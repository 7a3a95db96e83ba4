//! Renders lines for people and programs: the default format.
//!
//! ```
//! use tower_request_log::{RequestLogLayer, format::{Lines, lines::{Entry, Reader}}};
//!
//! let layer = RequestLogLayer::new().format(Lines::new().timings(true));
//!
//! let log = "id > GET /games/7 HTTP/1.1\nid >\nid < HTTP/1.1 200 OK\nid <\nid < seven\nid   began 2013-02-13T06:26:26.123Z, end 165ms\nid   164ms\n";
//! let Some(Ok(Entry::Exchange(block))) = Reader::new(log.as_bytes()).next() else { panic!("no exchange") };
//! assert_eq!((block.target(), block.status()), (Some("/games/7"), Some(200)));
//! assert_eq!(block.end().unwrap().as_millis(), 165);
//! assert_eq!(block.to_string(), log);
//! ```
//!
//! One exchange is one block:
//!
//! ```text
//! ccbYQHB1xzwqWkjvyKV5i9 > POST /games/REDACTED/bet?access_token=REDACTED HTTP/1.1
//! ccbYQHB1xzwqWkjvyKV5i9 > Host: games.internal.betable.com
//! ccbYQHB1xzwqWkjvyKV5i9 > Content-Type: application/json; charset=utf8
//! ccbYQHB1xzwqWkjvyKV5i9 > Content-Length: 53
//! ccbYQHB1xzwqWkjvyKV5i9 >
//! ccbYQHB1xzwqWkjvyKV5i9 > {
//! ccbYQHB1xzwqWkjvyKV5i9 >     "wager": "0.01",
//! ccbYQHB1xzwqWkjvyKV5i9 >     "player_ledger": "REDACTED"
//! ccbYQHB1xzwqWkjvyKV5i9 > }
//! ccbYQHB1xzwqWkjvyKV5i9 < HTTP/1.1 201 Created
//! ccbYQHB1xzwqWkjvyKV5i9 <
//! ccbYQHB1xzwqWkjvyKV5i9 < {
//! ccbYQHB1xzwqWkjvyKV5i9 <     "payout": "0.00"
//! ccbYQHB1xzwqWkjvyKV5i9 < }
//! ccbYQHB1xzwqWkjvyKV5i9   began 2013-02-13T06:26:26.123Z, end 165ms, peer 10.47.108.9:50112, route /games/{game}/bet
//! ccbYQHB1xzwqWkjvyKV5i9   164ms
//! ```
//!
//! A line is `ID SP MARK [SP TEXT] LF`. The mark is `>` for the request, `<` for the response and a space for a note
//! about the exchange. A line without text ends at its mark.
//!
//! A line is no longer than [`Lines::line_limit`], 8,000 bytes by default. A longer text goes on in lines with the same
//! id and a `+` after the mark: `ID >+ TEXT`, `ID <+ TEXT`, `ID  + TEXT`. This keeps lines whole in transports that cut
//! long lines: syslog at 8 KiB, Docker at 16 KiB, journald at 48 KiB, and `logger`(1) at 1 KiB, for which the limit
//! must be set lower. A cut would make a line without an id, which a body could forge.
//!
//! # The end of a block
//!
//! The last two lines of a block are notes of a fixed form. Other notes stand before them.
//!
//! The first of the two has the facts: `began` and the moment when the exchange began, in UTC with milliseconds. These
//! follow in this order, each after a comma and a space:
//!
//! | fact | when it is there |
//! | --- | --- |
//! | `request body 0.31ms` | with [`Lines::timings(true)`](Lines::timings), if the request had a body: the time to its end |
//! | `first body byte 164ms` | with `Lines::timings(true)`, if the response had a body: the time to its first byte |
//! | `end 165ms` | always: the time to the end of the exchange, when the last holder of a body let go |
//! | `as client` | if the layer stands on the client's side |
//! | `peer 10.47.108.9:50112` | if the other end's address is known |
//! | `route /games/{game}/bet` | if the matched route is known; it takes the rest of the line |
//!
//! [`Lines::facts(false)`](Lines::facts) leaves this line out.
//!
//! The last line has only the time to first byte: `164ms`, or `no response` if no response head came. It ends the
//! block. All times count from the moment the request reached the layer. Times of 10 ms and more are whole
//! milliseconds; shorter ones have two decimals.
//!
//! # The target
//!
//! The target is shown as it came: path and query, or under HTTP/1.x the absolute or authority form if that came. Under
//! HTTP/2 and 3 it is `:path`, or the authority for CONNECT. There, `:authority` takes the place of `Host`. It is the
//! first line of the head, as if it were a header. `:scheme` is not shown:
//!
//! ```text
//! 03523nSUCMQXgtAuh1LPX8 > GET /full?a=b HTTP/2
//! 03523nSUCMQXgtAuh1LPX8 > :authority: shop.example
//! 03523nSUCMQXgtAuh1LPX8 > accept: */*
//! 03523nSUCMQXgtAuh1LPX8 >
//! ```

mod block;
mod color;
mod facts;
mod fold;
mod grammar;
mod open;
mod outcome;
pub mod parse;
mod prefix;
mod printed;
mod printer;
mod reader;
#[cfg(test)]
mod samples;
#[cfg(feature = "serde")]
mod serialize;
mod shape;
pub mod tree;

pub(crate) use grammar::text;
pub(super) use printed::write;
pub(super) use printer::share;

pub use block::{Block, Entry, Message};
pub use color::Color;
pub use printer::Lines;
pub use reader::Reader;
