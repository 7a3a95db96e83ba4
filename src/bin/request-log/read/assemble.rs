//! Puts lines together to exchanges.

use super::{
    Entry, block, clock,
    exchange::{Exchange, Origin},
    object,
    recent::Recent,
    service,
    text::Text,
};
use jiff::Timestamp;
use std::{borrow::Cow, collections::HashMap, sync::Arc};
use tower_request_log::format::lines::parse::{self, LOG, Line, Mark, Shape};

/// The bytes that blocks waiting for their end may hold together.
const MAX_HELD: usize = 32 << 20;
/// The bytes that a block costs in the tables, about.
const OVERHEAD: usize = 256;
/// The number of other lines for which a block waits for its next one.
const PATIENCE: u64 = 100_000;
/// The number of lines between two searches for blocks that waited too long.
const SWEEP: u64 = 4_096;
/// The number of origins that are remembered.
const MAX_ORIGINS: usize = 1_024;

/// Puts the lines of one log to the exchanges that they belong to.
#[derive(Debug, Default)]
pub(crate) struct Assembler {
    /// The blocks that wait for lines; the free places among them are `None`.
    open: Vec<Option<Open>>,
    free: Vec<usize>,
    /// The places of the blocks that have an id.
    by_id: HashMap<Vec<u8>, Vec<usize>>,
    /// The place of the block that the last line went to.
    last: usize,
    held: usize,
    now: u64,
    shape: Shape,
    origin: Arc<Origin>,
    origins: HashMap<Vec<u8>, Arc<Origin>>,
    recent: Recent,
}

/// Holds a block whose end has not been seen.
#[derive(Debug)]
struct Open {
    id: Vec<u8>,
    origin: Arc<Origin>,
    /// The lines, without prefix and id.
    lines: Vec<u8>,
    /// The positions where the response and the notes begin.
    response: Option<usize>,
    notes: Option<usize>,
    /// Is set while the lines are headers.
    in_head: bool,
    /// The mark of the last line.
    mark: Mark,
    /// The number of the last line.
    at: u64,
    /// Is set once a line did not fit.
    damaged: bool,
    /// The text before the id of the first line, while that is the first piece of a request line that was cut.
    first_piece: Option<Vec<u8>>,
    /// The part of the same block that was read before it began again, as from a transport that lost its connection.
    before: Option<Box<Open>>,
}

/// Holds the time at which the last line of a block was written, as a transport tells it.
#[derive(Clone, Copy, Default)]
struct Written<'a> {
    time: Option<Timestamp>,
    prefix: &'a [u8],
}

impl Written<'_> {
    fn time(self) -> Option<Timestamp> {
        self.time.or_else(|| clock::of_prefix(&String::from_utf8_lossy(self.prefix)))
    }
}

/// A line that belongs to no block.
pub(super) struct Misfit;

impl Assembler {
    /// Takes a line, without its end. `time` is when a transport says that it was written.
    pub(crate) fn line(&mut self, line: &[u8], time: Option<Timestamp>, out: &mut impl FnMut(Entry)) {
        self.now += 1;
        if self.now.is_multiple_of(SWEEP) || self.held > MAX_HELD {
            self.sweep(out);
        }
        if let Some(split) = self.shape.split(line, self.last_id())
            && self.take(&split, time, out).is_some()
        {
            return;
        }
        // Colours are rare: only what is not known at once is looked at for them.
        let plain = parse::without_colors(line);
        if matches!(plain, Cow::Owned(_))
            && let Some(split) = self.shape.split(&plain, self.last_id())
            && self.take(&split, time, out).is_some()
        {
            return;
        }
        if !self.search(&plain, time, out) && !self.was_before(&plain) {
            out(Entry::Unread(line.to_vec()));
        }
    }

    /// Returns the id of the block that the last line went to, empty where that is over.
    fn last_id(&self) -> &[u8] {
        self.open.get(self.last).and_then(Option::as_ref).map_or(b"", |open| &open.id)
    }

    /// Takes a line that does not begin as the one before it.
    fn search(&mut self, line: &[u8], time: Option<Timestamp>, out: &mut impl FnMut(Entry)) -> bool {
        if line.first() == Some(&b'{') && self.object(line, 0, out) {
            return true;
        }
        for split in parse::splits(line) {
            if memchr::memmem::find(split.prefix, object::BEGIN).is_some() {
                break;
            }
            // Words of a prefix may be set apart by three spaces.
            if split.mark == Mark::Note && split.id != LOG && !self.by_id.contains_key(split.id) {
                continue;
            }
            self.learn(split.prefix);
            // Text follows the first mark, and must not be searched: it may be hostile.
            return self.take(&split, time, out).is_some();
        }
        memchr::memmem::find(line, object::BEGIN).is_some_and(|at| self.object(line, at, out))
    }

    /// Reads the object that begins at `at`.
    fn object(&mut self, line: &[u8], at: usize, out: &mut impl FnMut(Entry)) -> bool {
        match object::read(&line[at..]) {
            Some(object::Read::Exchange(mut exchange)) => {
                if at > 0 {
                    self.learn(&line[..at]);
                    exchange.origin = self.origin.clone();
                }
                out(Entry::Exchange(exchange));
            }
            Some(object::Read::Notices(notices)) => notices.into_iter().for_each(|text| out(Entry::Notice(text))),
            None => return false,
        }
        true
    }

    /// Remembers a prefix and whom it names.
    fn learn(&mut self, prefix: &[u8]) {
        self.shape.learn(prefix);
        let words = parse::origin(prefix);
        if *words == *self.origin.words {
            return;
        }
        if self.origins.len() >= MAX_ORIGINS {
            self.origins.clear();
        }
        let new =
            || Arc::new(Origin { service: service::of_prefix(&String::from_utf8_lossy(prefix)), words: words.clone() });
        self.origin = self.origins.entry(words.clone()).or_insert_with(new).clone();
    }

    /// Puts a line where it belongs. Returns `None` if it belongs nowhere.
    fn take(&mut self, line: &Line<'_>, time: Option<Timestamp>, out: &mut impl FnMut(Entry)) -> Option<()> {
        if line.id == LOG {
            return (line.mark == Mark::Note)
                .then(|| out(Entry::Notice(String::from_utf8_lossy(line.text).into_owned())));
        }
        let starts = match line.mark {
            Mark::Request => !line.goes_on && parse::request_line(line.text).is_some(),
            Mark::Response => !line.goes_on && parse::status(line.text).is_some(),
            Mark::Note => false,
        };
        let Some(at) = self.find(line, starts) else {
            let may_start = line.mark == Mark::Request && !line.goes_on && parse::begins_request_line(line.text);
            return (starts || may_start).then(|| self.begin(line, None));
        };
        let open = self.open.get_mut(at)?.as_mut()?;
        if open.first_piece.is_some() && !line.goes_on && !open.settle() {
            // It was no request line.
            let other = self.remove(at)?;
            self.hand_out(other, Written::default(), out);
            return self.take(line, time, out);
        }
        if open.is_over(line, starts) {
            if !starts {
                return None;
            }
            let before = self.remove(at)?;
            let before = self.again(before, line, out);
            self.begin(line, before);
            return Some(());
        }
        let held = open.lines.capacity();
        if open.add(line).is_err() {
            open.damaged = true;
            return None;
        }
        open.at = self.now;
        self.held += open.lines.capacity() - held;
        self.last = at;
        if line.mark == Mark::Note && !line.goes_on && parse::is_end(line.text) {
            let open = self.remove(at)?;
            self.hand_out(open, Written { time, prefix: line.prefix }, out);
        }
        Some(())
    }

    /// Hands out a block that ends because another begins, unless it may be the beginning of that one.
    fn again(&mut self, before: Open, line: &Line<'_>, out: &mut impl FnMut(Entry)) -> Option<Box<Open>> {
        let first = before.lines.split(|&b| b == b'\n').next().unwrap_or_default();
        if before.before.is_none() && first.get(2..) == Some(line.text) {
            return Some(Box::new(before));
        }
        self.hand_out(before, Written::default(), out);
        None
    }

    /// Finds the block that a line belongs to or, being another's first, ends.
    fn find(&self, line: &Line<'_>, starts: bool) -> Option<usize> {
        if let Some(Some(open)) = self.open.get(self.last)
            && open.id == line.id
            && Arc::ptr_eq(&open.origin, &self.origin)
        {
            return Some(self.last);
        }
        let places = self.by_id.get(line.id)?;
        let open = |place: &usize| self.open.get(*place).and_then(Option::as_ref);
        let same = |place: &&usize| open(place).is_some_and(|open| Arc::ptr_eq(&open.origin, &self.origin));
        places.iter().find(same).copied().or_else(|| {
            // The id of another process, or a prefix that varies: then it is the block that was at hand last.
            if starts && line.mark == Mark::Request {
                return None;
            }
            places.iter().max_by_key(|place| open(place).map(|open| open.at)).copied()
        })
    }

    fn begin(&mut self, line: &Line<'_>, before: Option<Box<Open>>) {
        let mut open = Open {
            id: line.id.to_vec(),
            origin: self.origin.clone(),
            lines: Vec::with_capacity(1_024),
            response: (line.mark == Mark::Response).then_some(0),
            notes: None,
            in_head: true,
            mark: line.mark,
            at: self.now,
            damaged: false,
            first_piece: (line.mark == Mark::Request && parse::request_line(line.text).is_none())
                .then(|| line.prefix.to_vec()),
            before,
        };
        open.push(line);
        self.held += open.held();
        let place = self.free.pop().unwrap_or(self.open.len());
        if place == self.open.len() {
            self.open.push(None);
        }
        self.open[place] = Some(open);
        self.by_id.entry(line.id.to_vec()).or_default().push(place);
        self.last = place;
    }

    fn remove(&mut self, place: usize) -> Option<Open> {
        let open = self.open.get_mut(place)?.take()?;
        self.free.push(place);
        self.held = self.held.saturating_sub(open.held());
        if let Some(places) = self.by_id.get_mut(&open.id) {
            places.retain(|&other| other != place);
            if places.is_empty() {
                self.by_id.remove(&open.id);
            }
        }
        Some(open)
    }

    /// Hands out what waited too long, and more where all hold too much.
    fn sweep(&mut self, out: &mut impl FnMut(Entry)) {
        let mut waiting: Vec<(u64, usize)> =
            self.open.iter().enumerate().filter_map(|(place, open)| Some((open.as_ref()?.at, place))).collect();
        waiting.sort_unstable();
        for (at, place) in waiting {
            if self.now - at < PATIENCE && self.held <= MAX_HELD / 2 {
                break;
            }
            if let Some(open) = self.remove(place) {
                self.hand_out(open, Written::default(), out);
            }
        }
    }

    /// Hands a block out as an exchange.
    fn hand_out(&mut self, mut open: Open, written: Written<'_>, out: &mut impl FnMut(Entry)) {
        match open.before.take() {
            Some(before) if open.lines.starts_with(&before.lines) => out(Entry::Repeated),
            Some(before) => self.hand_out(*before, Written::default(), out),
            None => {}
        }
        if let Some(prefix) = open.first_piece {
            if self.recent.has_line(&open.id, &open.lines) {
                return;
            }
            let line = [&prefix, &open.id[..], b" ", &open.lines].concat();
            return out(Entry::Unread(line.trim_ascii_end().to_vec()));
        }
        let has_request = open.response != Some(0);
        if !has_request && self.recent.has_end(&open.id, &open.lines) {
            return out(Entry::Repeated);
        }
        let id = String::from_utf8_lossy(&open.id).into_owned();
        let mut exchange = Exchange { id, origin: open.origin, ..Exchange::default() };
        let text = Text::with_parts(open.lines, open.response, open.notes);
        self.recent.push(&open.id, text.shared());
        block::read(&mut exchange, text);
        exchange.cut |= open.damaged;
        exchange.began = exchange.began.or_else(|| written.time());
        out(Entry::Exchange(Box::new(exchange)));
    }

    /// Tells whether a line that belongs nowhere is one of a block that ended, sent again.
    fn was_before(&self, line: &[u8]) -> bool {
        parse::splits(line).next().is_some_and(|split| {
            let space = if split.text.is_empty() { &b""[..] } else { b" " };
            self.recent.has_line(split.id, &[&[split.mark.byte()], space, split.text, b"\n"].concat())
        })
    }

    /// Hands out the blocks that are left, at the end of the log.
    pub(crate) fn finish(&mut self, out: &mut impl FnMut(Entry)) {
        let mut left: Vec<Open> = self.open.drain(..).flatten().collect();
        left.sort_unstable_by_key(|open| open.at);
        left.into_iter().for_each(|open| self.hand_out(open, Written::default(), out));
        self.free.clear();
        self.by_id.clear();
        self.held = 0;
    }
}

impl Open {
    /// Tells whether a line cannot belong to the block.
    fn is_over(&self, line: &Line<'_>, starts: bool) -> bool {
        match line.mark {
            // A request line is no header.
            Mark::Request => self.response.is_some() || self.notes.is_some() || (starts && self.in_head),
            Mark::Response => self.notes.is_some() || (starts && self.in_head && self.response.is_some()),
            Mark::Note => false,
        }
    }

    /// Adds a line that fits.
    fn add(&mut self, line: &Line<'_>) -> Result<(), Misfit> {
        if line.goes_on {
            if self.mark != line.mark {
                return Err(Misfit);
            }
            self.lines.pop();
            self.lines.extend_from_slice(line.text);
            self.lines.push(b'\n');
            return Ok(());
        }
        match line.mark {
            Mark::Note => {
                self.damaged |= self.notes.is_none() && self.in_head;
                self.notes.get_or_insert(self.lines.len());
            }
            Mark::Response if self.response.is_none() => {
                if parse::status(line.text).is_none() {
                    return Err(Misfit);
                }
                self.damaged |= self.in_head;
                self.response = Some(self.lines.len());
                self.in_head = true;
            }
            _ if !self.in_head => {}
            _ if line.text.is_empty() => self.in_head = false,
            _ if parse::header(line.text).is_none() => return Err(Misfit),
            _ => {}
        }
        self.mark = line.mark;
        self.push(line);
        Ok(())
    }

    /// Tells whether the pieces of the first line are a request line together.
    fn settle(&mut self) -> bool {
        let first = self.lines.strip_suffix(b"\n").and_then(|line| line.get(2..)).unwrap_or_default();
        let settled = parse::request_line(first).is_some();
        if settled {
            self.first_piece = None;
        }
        settled
    }

    fn push(&mut self, line: &Line<'_>) {
        self.lines.push(line.mark.byte());
        if !line.text.is_empty() {
            self.lines.push(b' ');
            self.lines.extend_from_slice(line.text);
        }
        self.lines.push(b'\n');
    }

    fn held(&self) -> usize {
        let before = self.before.as_ref().map_or(0, |open| open.held());
        self.lines.capacity() + 2 * self.id.len() + size_of::<Self>() + OVERHEAD + before
    }
}
