//! Sets up the format, and keeps a block to its limit.

use super::{
    color::{Color, paint},
    fold,
    printed::{Detail, Room, Settings, print, write},
};
use crate::{format::Format, record::Record};
use std::{fmt, sync::Arc};

/// Prints a block of lines for each exchange; the format is shown [beside it](crate::format::lines).
#[derive(Clone)]
pub struct Lines {
    settings: Settings,
    brief: Option<Arc<Brief>>,
    color: bool,
}

/// Decides whether an exchange is printed in brief.
type Brief = dyn Fn(&Record) -> bool + Send + Sync;

impl Lines {
    /// Creates the default format.
    #[must_use]
    pub fn new() -> Self {
        let settings = Settings { timings: false, facts: true, line_limit: 8000, body_lines: usize::MAX };
        Self { settings, brief: None, color: false }
    }

    /// Sets whether the facts include the other times as well:
    ///
    /// ```text
    /// ccbYQHB1xzwqWkjvyKV5i9   began 2013-02-13T06:26:26.123Z, request body 0.31ms, first body byte 164ms, end 165ms
    /// ccbYQHB1xzwqWkjvyKV5i9   164ms
    /// ```
    ///
    /// All times count from the moment the request reached the layer. A time is left out if its event did not happen.
    ///
    /// By default, `false`.
    #[must_use]
    pub fn timings(mut self, timings: bool) -> Self {
        self.settings.timings = timings;
        self
    }

    /// Sets whether the line with the facts is printed, the last but one of each block.
    ///
    /// Without it, a reader of the log does not know when the exchange began, or on which side it was logged.
    ///
    /// By default, `true`.
    #[must_use]
    pub fn facts(mut self, facts: bool) -> Self {
        self.settings.facts = facts;
        self
    }

    /// Sets how many bytes a line may have, including the id before its text and its line feed. A longer text goes on
    /// in the next lines, each with a `+` after its mark. The [`Reader`](super::Reader) joins them again:
    ///
    /// ```text
    /// ccbYQHB1xzwqWkjvyKV5i9 > GET /search?q=all+the+words+of+a+request+line+that+is
    /// ccbYQHB1xzwqWkjvyKV5i9 >+ +longer+than+the+limit HTTP/1.1
    /// ```
    ///
    /// Lines are cut between characters. Set the limit below the length at which the log's transport cuts lines. The
    /// part that a transport cuts off has no id, so **a body could forge lines** there. `logger`(1) cuts at 1 KiB by
    /// default; a limit of 900 leaves room for its own prefix. Syslog daemons cut at 8 KiB, Docker at 16 KiB, journald
    /// at 48 KiB.
    ///
    /// A limit of less than 256 counts as 256.
    ///
    /// By default, 8,000.
    #[must_use]
    pub fn line_limit(mut self, bytes: usize) -> Self {
        self.settings.line_limit = bytes.max(fold::LEAST);
        self
    }

    /// Sets a filter for the exchanges that are printed in brief: only their request line, status line and notes. With
    /// it, errors can be shown in full and the rest at a glance:
    ///
    /// ```
    /// # use tower_request_log::format::Lines;
    /// let lines = Lines::new().brief(|record| record.status().is_some_and(|status| !status.is_server_error()));
    /// ```
    ///
    /// ```text
    /// ccbYQHB1xzwqWkjvyKV5i9 > GET /games/7 HTTP/1.1
    /// ccbYQHB1xzwqWkjvyKV5i9 < HTTP/1.1 200 OK
    /// ccbYQHB1xzwqWkjvyKV5i9   began 2013-02-13T06:26:26.123Z, end 165ms
    /// ccbYQHB1xzwqWkjvyKV5i9   164ms
    /// ```
    ///
    /// Notes about how much of a body is shown are left out with the body. The trailers of a gRPC response that has
    /// nothing else stand among its headers; they are noted. If `brief` panics, the exchange is not logged, and a
    /// notice says so.
    ///
    /// By default, no exchange is printed in brief.
    #[must_use]
    pub fn brief(mut self, brief: impl Fn(&Record) -> bool + Send + Sync + 'static) -> Self {
        self.brief = Some(Arc::new(brief));
        self
    }

    /// Sets how many lines of each body are printed. A note says how many there were:
    ///
    /// ```text
    /// ccbYQHB1xzwqWkjvyKV5i9   response body: 40 of 9052 lines logged
    /// ```
    ///
    /// By default, all lines that [`body_limit`](crate::RequestLogLayer::body_limit) leaves.
    #[must_use]
    pub fn body_lines(mut self, lines: usize) -> Self {
        self.settings.body_lines = lines;
        self
    }

    /// Sets whether lines are in colours: the id and the mark dim, the request line bold, the status line by its class.
    ///
    /// [`Color::Auto`] asks standard output once, when this is called, whatever the sink is. The bytes of the colours
    /// do not count for [`line_limit`](Self::line_limit) and [`record_limit`](crate::RequestLogLayer::record_limit).
    /// The [`Reader`](super::Reader) removes the colours.
    ///
    /// By default, [`Color::Never`], since the log may go to a file.
    #[must_use]
    pub fn color(mut self, color: Color) -> Self {
        self.color = color.is_on();
        self
    }

    /// Prints `record` in at most `limit` bytes.
    fn print_within(&self, record: &Record, limit: usize, out: &mut Vec<u8>) {
        let begin = out.len();
        let brief = self.brief.as_ref().is_some_and(|brief| brief(record));
        let detail = if brief { Detail::Brief } else { Detail::Full };
        let all = Room { limit, detail, bodies: [limit; 2], target: usize::MAX, notes: usize::MAX };
        let printed = print(&self.settings, record, &all, out);
        if out.len() - begin > limit || printed.cut != [false, false] {
            out.truncate(begin);
            self.print_less(record, &all, printed.lengths, out);
        }
    }

    /// Prints again a block that did not fit, with less and less. This is rare.
    #[cold]
    fn print_less(&self, record: &Record, all: &Room, lengths: [usize; 2], out: &mut Vec<u8>) {
        let begin = out.len();
        // Counts the bytes that it has too many.
        let mut try_with = |room: &Room| {
            out.truncate(begin);
            let printed = print(&self.settings, record, room, out);
            ((out.len() - begin).checked_sub(all.limit).filter(|over| *over > 0), out.len() - begin, printed.target)
        };
        // Without bodies, to see what they may have; then with what is left.
        let mut room = Room { bodies: [0; 2], ..*all };
        let (over, bare, _) = try_with(&room);
        if over.is_none() {
            let mut left = all.limit - bare;
            for _ in 0..2 {
                let (over, ..) = try_with(&Room { bodies: share(left, lengths), ..room });
                let Some(over) = over else { return };
                // The notes about the bodies take some of it.
                left = left.saturating_sub(over);
            }
            try_with(&room);
            return;
        }
        if room.detail == Detail::Full {
            room.detail = Detail::NoHeaders;
            if try_with(&room).0.is_none() {
                return;
            }
        }
        for _ in 0..3 {
            let (over, _, target) = try_with(&room);
            let Some(over) = over else { return };
            // The note about it takes some of it.
            room.target = target.saturating_sub(over + NOTE_LENGTH).max(LEAST_TARGET);
        }
        let (over, length, _) = try_with(&room);
        if let Some(over) = over {
            room.notes = length.saturating_sub(over).saturating_sub(FIXED).max(LEAST_NOTES);
            try_with(&room);
        }
    }
}

/// The notes that stay, whatever the limit.
const LEAST_NOTES: usize = 448;
/// The shortest that a target is cut to.
const LEAST_TARGET: usize = 64;
/// The room for a note about what is missing, under the longest id: more than it needs.
const NOTE_LENGTH: usize = 200;
/// The room for the lines that every block has besides notes: more than they need.
const FIXED: usize = 1600;

impl Default for Lines {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines")
            .field("timings", &self.settings.timings)
            .field("facts", &self.settings.facts)
            .field("line_limit", &self.settings.line_limit)
            .field("body_lines", &self.settings.body_lines)
            .field("brief", &self.brief.is_some())
            .field("color", &self.color)
            .finish()
    }
}

impl Format for Lines {
    fn render(&self, record: &Record, limit: usize, out: &mut Vec<u8>) {
        let begin = out.len();
        self.print_within(record, limit, out);
        if self.color {
            paint(out, begin, record.id().len() + 3);
        }
    }

    fn notice(&self, text: &str, out: &mut Vec<u8>) {
        let begin = out.len();
        write(out, format_args!("-   {text}\n"));
        fold::fold(out, begin, "-   ".len(), self.settings.line_limit);
        if self.color {
            paint(out, begin, "-   ".len());
        }
    }
}

/// Shares `room` between two bodies: half each, and what one does not need goes to the other.
pub(in crate::format) fn share(room: usize, [request, response]: [usize; 2]) -> [usize; 2] {
    let half = room / 2;
    if request <= half {
        [request, room - request]
    } else if response <= half {
        [room - response, response]
    } else {
        [half, room - half]
    }
}
