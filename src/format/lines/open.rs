//! Holds the blocks that are not handed out yet.

use super::{
    block::{Block, Entry, Message},
    fold::SHORTEST_CUT,
    grammar::{Line, Mark, begins_request_line, header, origin, request_line, status},
};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// Limits the bytes of text that the blocks hold together.
const MAX_HELD: usize = 64 << 20;

/// Puts lines to the blocks that they belong to.
#[derive(Debug, Default)]
pub(super) struct OpenBlocks {
    /// The open blocks, by the number of each one's first line.
    blocks: HashMap<u64, Open>,
    /// The blocks that have an id and may get more lines.
    by_id: HashMap<Vec<u8>, Vec<u64>>,
    /// All blocks, by the number of a line of each. The first has waited longest, unless it got more lines since.
    waiting: BTreeMap<u64, u64>,
    held: usize,
    /// Holds what is to be handed out, in its order.
    pub(super) ready: VecDeque<Entry>,
}

#[derive(Debug, Default)]
struct Open {
    block: Block,
    /// The words of the prefix that tell processes apart.
    origin: Vec<u8>,
    /// The number of its last line, and the one under which it waits.
    last: u64,
    waits: u64,
    /// Its last line, where that may go on.
    pending: Option<Pending>,
    /// The bytes that it holds, about.
    held: usize,
}

/// A line that may go on in the next one.
#[derive(Debug)]
struct Pending {
    mark: Mark,
    text: Vec<u8>,
    /// The lines as they came, where it may turn out that they do not fit.
    raw: Vec<Vec<u8>>,
}

impl OpenBlocks {
    /// Returns whether a block of this id may get more lines.
    pub(super) fn has(&self, id: &[u8]) -> bool {
        self.by_id.contains_key(id)
    }

    /// Puts line number `now`, which came as `raw`, where it belongs. `false` where it belongs nowhere.
    pub(super) fn add(&mut self, line: &Line<'_>, raw: &[u8], now: u64) -> bool {
        let origin = origin(line.prefix);
        if line.goes_on {
            return self.go_on(line, raw, &origin, now);
        }
        let may_go_on = line.id.len() + line.text.len() + 3 >= SHORTEST_CUT;
        let starts = match line.mark {
            Mark::Request => request_line(line.text).is_some() || (may_go_on && begins_request_line(line.text)),
            Mark::Response => status(line.text).is_some(),
            Mark::Note => false,
        };
        let mut found = self.find(line, &origin, starts);
        // Its last line did not go on.
        if let Some(at) = found
            && !self.settle(at)
        {
            found = self.find(line, &origin, starts);
        }
        let Some((at, open)) = found.and_then(|at| Some((at, self.blocks.get_mut(&at)?))) else {
            if starts {
                self.begin(line, raw, origin, may_go_on, now);
            }
            return starts;
        };
        if open.is_over(line.mark) {
            if starts {
                // It gets no more lines, and keeps its place among those that wait.
                self.unlink(line.id, at);
                self.begin(line, raw, origin, may_go_on, now);
            }
            return starts;
        }
        if may_go_on {
            open.pending = Some(Pending::new(line, raw, open.is_in_head(line.mark)));
        } else if !open.add(line.mark, line.text) {
            return false;
        }
        open.last = now;
        let held = line.text.len() + size_of::<String>();
        open.held += held;
        self.held += held;
        if open.block.end.is_some() {
            self.hand_out(at);
        }
        true
    }

    /// Hands out the blocks that have waited for more than `patience` lines, or while all hold too much.
    pub(super) fn hand_out_late(&mut self, now: u64, patience: u64) {
        while let Some((at, last)) = self.longest()
            && (now.saturating_sub(last) > patience || self.held > MAX_HELD)
        {
            self.hand_out(at);
        }
    }

    /// Hands out all blocks, the one that has waited longest first.
    pub(super) fn hand_out_all(&mut self) {
        while let Some((at, _)) = self.longest() {
            self.hand_out(at);
        }
    }

    /// Returns the block that has waited longest, and the number of its last line.
    fn longest(&mut self) -> Option<(u64, u64)> {
        loop {
            let (&waits, &at) = self.waiting.first_key_value()?;
            match self.blocks.get_mut(&at) {
                Some(open) if open.last == waits => return Some((at, waits)),
                Some(open) => {
                    open.waits = open.last;
                    self.waiting.insert(open.last, at);
                }
                None => {}
            }
            self.waiting.remove(&waits);
        }
    }

    /// Joins a line to the one before it.
    fn go_on(&mut self, line: &Line<'_>, raw: &[u8], origin: &[u8], now: u64) -> bool {
        let found = self.find(line, origin, false).and_then(|at| self.blocks.get_mut(&at));
        let Some(open) = found else { return false };
        let Some(pending) = open.pending.as_mut().filter(|pending| pending.mark == line.mark) else { return false };
        pending.text.extend_from_slice(line.text);
        let mut held = line.text.len();
        if !pending.raw.is_empty() {
            pending.raw.push(raw.to_owned());
            held += raw.len();
        }
        open.last = now;
        open.held += held;
        self.held += held;
        true
    }

    /// Finds the block that a line belongs to or, being another's first, ends.
    fn find(&self, line: &Line<'_>, origin: &[u8], starts: bool) -> Option<u64> {
        let numbers = self.by_id.get(line.id)?;
        let same = |at: &&u64| self.blocks.get(at).is_some_and(|open| open.origin == origin);
        numbers.iter().find(same).copied().or_else(|| {
            // The id of another process, or a prefix that varies: then it is the block that was at hand last.
            if starts && line.mark == Mark::Request {
                None
            } else {
                numbers.iter().max_by_key(|at| self.blocks.get(at).map(|open| open.last)).copied()
            }
        })
    }

    fn begin(&mut self, line: &Line<'_>, raw: &[u8], origin: Vec<u8>, may_go_on: bool, now: u64) {
        let block = Block { id: text(line.id), prefix: text(line.prefix), ..Block::default() };
        let held = 2 * (line.id.len() + line.prefix.len()) + line.text.len() + size_of::<Open>();
        let mut open = Open { block, origin, last: now, waits: now, pending: None, held };
        if may_go_on {
            open.pending = Some(Pending::new(line, raw, true));
        } else {
            open.start(line.mark, line.text);
        }
        self.held += held;
        self.by_id.entry(line.id.to_vec()).or_default().push(now);
        self.waiting.insert(now, now);
        self.blocks.insert(now, open);
    }

    /// Puts the pending line of a block where it belongs. `false` where it was to be its first, and is none: then there is
    /// no such block.
    fn settle(&mut self, at: u64) -> bool {
        let Some(open) = self.blocks.get_mut(&at) else { return false };
        let Some(Pending { mark, text, raw }) = open.pending.take() else { return true };
        let is_begun = open.block.request.is_some() || open.block.response.is_some();
        let fits = match mark {
            _ if is_begun => open.add(mark, &text),
            Mark::Request if request_line(&text).is_some() => {
                open.start(mark, &text);
                true
            }
            _ => false,
        };
        if !fits {
            self.ready.extend(raw.iter().map(|line| Entry::Unread(self::text(line))));
            if !is_begun {
                self.remove(at);
                return false;
            }
        }
        true
    }

    fn hand_out(&mut self, at: u64) {
        if self.settle(at)
            && let Some(block) = self.remove(at)
        {
            self.ready.push_back(Entry::Exchange(block));
        }
    }

    fn remove(&mut self, at: u64) -> Option<Block> {
        let open = self.blocks.remove(&at)?;
        self.waiting.remove(&open.waits);
        self.held = self.held.saturating_sub(open.held);
        self.unlink(open.block.id.as_bytes(), at);
        Some(open.block)
    }

    fn unlink(&mut self, id: &[u8], at: u64) {
        if let Some(numbers) = self.by_id.get_mut(id) {
            numbers.retain(|&number| number != at);
            if numbers.is_empty() {
                self.by_id.remove(id);
            }
        }
    }
}

impl Pending {
    fn new(line: &Line<'_>, raw: &[u8], may_not_fit: bool) -> Self {
        let raw = if may_not_fit { vec![raw.to_owned()] } else { Vec::new() };
        Self { mark: line.mark, text: line.text.to_owned(), raw }
    }
}

impl Open {
    /// Returns whether a line of this mark cannot belong to the block any more.
    fn is_over(&self, mark: Mark) -> bool {
        match mark {
            Mark::Request => self.block.response.is_some() || self.block.has_notes(),
            Mark::Response => self.block.has_notes(),
            Mark::Note => false,
        }
    }

    /// Returns whether a line with this mark must have a certain form: it is neither part of a body nor a note.
    fn is_in_head(&self, mark: Mark) -> bool {
        let message = match mark {
            Mark::Note => return false,
            Mark::Request => &self.block.request,
            Mark::Response => &self.block.response,
        };
        message.as_ref().is_none_or(|message| message.body.is_none())
    }

    /// Begins the request or the response.
    fn start(&mut self, mark: Mark, start: &[u8]) {
        let message = match mark {
            Mark::Request => &mut self.block.request,
            Mark::Response | Mark::Note => &mut self.block.response,
        };
        *message = Some(Message { start: text(start), ..Message::default() });
    }

    /// Adds a line. `false` where it does not fit.
    fn add(&mut self, mark: Mark, line: &[u8]) -> bool {
        let message = match mark {
            Mark::Note => {
                self.block.note(text(line));
                return true;
            }
            Mark::Request => &mut self.block.request,
            Mark::Response => &mut self.block.response,
        };
        match message {
            None if mark == Mark::Response && status(line).is_some() => self.start(mark, line),
            None => return false,
            Some(Message { body: Some(body), .. }) => body.push(text(line)),
            Some(Message { body, .. }) if line.is_empty() => *body = Some(Vec::new()),
            Some(Message { headers, .. }) => match header(line) {
                Some((name, value)) => headers.push((text(name), text(value))),
                None => return false,
            },
        }
        true
    }
}

/// Returns `bytes` as text. Bytes that are not UTF-8 are replaced.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
