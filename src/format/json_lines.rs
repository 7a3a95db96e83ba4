//! Renders one JSON object for each exchange.

mod content;
mod object;
#[cfg(test)]
mod tests;
mod value;

use super::{Format, lines::share};
use crate::record::Record;
use content::{Bodies, NULL};
use object::{Room, print};
use value::string;

/// Prints one JSON object for each exchange, on one line.
///
/// This is the exchange that [`Lines`](super::Lines) shows [in its docs](crate::format::lines). It is broken into lines
/// here:
///
/// ```json
/// {"request_id":"ccbYQHB1xzwqWkjvyKV5i9","timestamp":"2013-02-13T06:26:26.123Z","began_ms":1360736786123.456,
/// "kind":"server","trace_id":null,"outcome":"complete",
/// "method":"POST","target":"/games/REDACTED/bet?access_token=REDACTED","version":"HTTP/1.1",
/// "route":null,"peer":null,"status":201,"grpc_status":null,
/// "ttfb_ms":164.203,"request_body_ms":0.310,"first_byte_ms":164.250,"end_ms":164.300,
/// "request":{"headers":{"host":["games.internal.betable.com"],"accept":["text/html","*/*"],
/// "content-type":["application/json; charset=utf8"]},
/// "bytes":37,"body_is":"json","body":{"wager":"0.01","paylines":[1,1,1]}},
/// "response":{"headers":{"content-type":["text/plain"]},"bytes":14,"body_is":"text","body":"\"won\"\n0.00 GBP"},
/// "fields":{"user":"42"},"notes":["user: 42","response trailer x-took: 3"]}
/// ```
///
/// | field | what it is |
/// | --- | --- |
/// | `request_id` | the id, a string |
/// | `timestamp` | when the exchange began, in UTC with milliseconds (RFC 3339), a string |
/// | `began_ms` | when the exchange began, in milliseconds of Unix time: `.began_ms / 1000 \| todate` |
/// | `kind` | `"server"` or `"client"`, the side that was logged |
/// | `trace_id` | the [trace id](Record::trace_id) that came with the request, 32 hex digits, else `null` |
/// | `outcome` | how it ended, in the words of [`Outcome`](crate::record::Outcome) |
/// | `method`, `target`, `version` | the request line; under HTTP/2 and 3 the target is `:path` |
/// | `route` | the route that took the request, if the framework gave it, else `null` |
/// | `peer` | the peer's address, if the framework gave it, else `null` |
/// | `status` | the status code, a number; `null` if there was no response |
/// | `grpc_status` | the status of a gRPC call, a number, else `null` |
/// | `ttfb_ms` | milliseconds to the response head; `null` if there was none |
/// | `request_body_ms` | milliseconds to the end of the request's body; `null` if it had none |
/// | `first_byte_ms` | milliseconds to the first byte of the response's body; `null` if it had none |
/// | `end_ms` | milliseconds to the end of the exchange |
/// | `request`, `response` | see below; `response` is `null` if there was none |
/// | `….headers` | an object, names in lower case, each value an array of strings: `.request.headers.host[0]`; under HTTP/2 and 3 `:authority` is the first |
/// | `….bytes` | how many bytes of the body went by, shown or not |
/// | `….body_is` | `"json"` if `body` is the body's JSON; `"text"` if it is a string, the lines that `Lines` would print; `"none"` if it is `null` |
/// | `….body` | the body: as JSON if it is one JSON document, whole and at most 64 levels deep, as text otherwise, `null` if it is empty or not shown |
/// | `fields` | the fields that the program added, an object with a string for each name |
/// | `notes` | the notes that `Lines` prints, the fields among them, without the facts and the time |
///
/// Every field is always there. All times count from the moment the request reached the layer, on a monotonic clock, in
/// milliseconds with three decimals. Texts are shown as `Lines` shows them: redacted, with hostile characters as
/// visible escapes.
///
/// If an object would be larger than the record limit, its bodies are cut first, as text, then its headers, then the
/// end of its target, then fields and notes. A note says so. A limit of less than 2,048 bytes counts as 2,048.
///
/// A line about the log itself, which a sink adds when it had to drop records, is an object with the id `-` and only a
/// note:
///
/// ```json
/// {"request_id":"-","notes":["1234 records dropped (8.1 MB): standard output stalled for 12s"]}
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonLines;

impl JsonLines {
    /// Creates the format. It has no settings.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl Format for JsonLines {
    fn notice(&self, text: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"request_id\":\"-\",\"notes\":[");
        string(text, usize::MAX, out);
        out.extend_from_slice(b"]}\n");
    }

    fn render(&self, record: &Record, limit: usize, out: &mut Vec<u8>) {
        let limit = limit.max(LEAST);
        let begin = out.len();
        let mut bodies = Bodies::new(record, [limit; 2], limit);
        let mut room = Room { limit, heads: true, target: usize::MAX, notes: usize::MAX };
        let mut print_with = |bodies: &Bodies, room: &Room| {
            out.truncate(begin);
            let target = print(record, bodies, room, out);
            (out.len() - begin, target)
        };
        if print_with(&bodies, &room).0 <= limit {
            return;
        }
        // Rare, so it is printed again: once without bodies to see what they may have, then with what is left.
        let lengths = bodies.contents.each_ref().map(|content| content.value.len().saturating_sub(NULL.len()));
        bodies.leave_out();
        let (heads, _) = print_with(&bodies, &room);
        if let Some(left) = limit.checked_sub(heads) {
            let rooms = share(left, lengths).map(|room| room.saturating_add(NULL.len()));
            print_with(&Bodies::new(record, rooms, limit), &room);
            return;
        }
        room.heads = false;
        let (length, target) = print_with(&bodies, &room);
        if length > limit {
            // The note about it takes some of it.
            room.target = target.saturating_sub(length - limit + NOTE_LENGTH).max(LEAST_TARGET);
            let (length, _) = print_with(&bodies, &room);
            if length > limit {
                room.notes = 0;
                let (least, _) = print_with(&bodies, &room);
                room.notes = limit.saturating_sub(least);
                print_with(&bodies, &room);
            }
        }
    }
}

/// The smallest record limit that is kept: what every object has, under the longest id.
const LEAST: usize = 2048;
/// The shortest that a target is cut to.
const LEAST_TARGET: usize = 64;
/// The room for a note about what is missing: more than it needs.
const NOTE_LENGTH: usize = 80;
