//! The blocks that are not handed out yet.

use super::{
    block::{Block, Message},
    grammar::{Line, Mark, header, is_request_line, is_status_line},
};
use std::collections::{BTreeMap, HashMap};

/// How many bytes of text the blocks may hold together.
const MAX_HELD: usize = 64 << 20;

/// Puts lines to the blocks that they belong to.
#[derive(Debug, Default)]
pub(super) struct OpenBlocks {
    /// By the number of each one's last line: the first has waited longest.
    blocks: BTreeMap<u64, Open>,
    /// The numbers of the blocks that bear an id and may get more lines.
    by_id: HashMap<String, Vec<u64>>,
    held: usize,
}

/// A line belongs to no block.
pub(super) struct Misfit;

#[derive(Debug)]
struct Open {
    block: Block,
    /// What of the prefix tells processes apart.
    origin: String,
    /// The bytes that it holds, about.
    held: usize,
}

impl OpenBlocks {
    pub(super) fn has(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// Puts line number `now` where it belongs, and hands out the block that it ends.
    pub(super) fn add(&mut self, line: &Line<'_>, now: u64) -> Result<Option<Block>, Misfit> {
        let origin = origin(line.prefix);
        let starts = match line.mark {
            Mark::Request => is_request_line(line.text),
            Mark::Response => is_status_line(line.text),
            Mark::Note => false,
        };
        let Some(last) = self.find(line, &origin, starts) else {
            return starts.then(|| self.begin(line, origin, now)).map(|()| None).ok_or(Misfit);
        };
        let open = self.blocks.get_mut(&last).ok_or(Misfit)?;
        if open.is_over(line.mark) {
            if !starts {
                return Err(Misfit);
            }
            // It gets no more lines, and keeps its place among those that wait.
            self.unlink(line.id, last);
            self.begin(line, origin, now);
            return Ok(None);
        }
        if !open.add(line) {
            return Err(Misfit);
        }
        if open.block.end.is_some() {
            return Ok(self.remove(last));
        }
        let held = line.text.len() + size_of::<String>();
        open.held += held;
        self.held += held;
        self.renumber(line.id, last, now);
        Ok(None)
    }

    /// Hands out the block that has waited longest, if that is more than `patience` lines or all hold too much.
    pub(super) fn pop(&mut self, now: u64, patience: u64) -> Option<Block> {
        let (&last, _) = self.blocks.first_key_value()?;
        (now.saturating_sub(last) > patience || self.held > MAX_HELD).then(|| self.remove(last))?
    }

    /// Hands out the block that has waited longest.
    pub(super) fn pop_any(&mut self) -> Option<Block> {
        let (&last, _) = self.blocks.first_key_value()?;
        self.remove(last)
    }

    /// The number of the block that a line belongs to or, being another's first, ends.
    fn find(&self, line: &Line<'_>, origin: &str, starts: bool) -> Option<u64> {
        let numbers = self.by_id.get(line.id)?;
        let same = |number: &&u64| self.blocks.get(number).is_some_and(|open| open.origin == origin);
        numbers.iter().find(same).copied().or_else(|| {
            // The id of another process, or a prefix that varies: then it is the block that was at hand last.
            if starts && line.mark == Mark::Request { None } else { numbers.iter().max().copied() }
        })
    }

    fn begin(&mut self, line: &Line<'_>, origin: String, now: u64) {
        let message = Some(Message { start: line.text.to_owned(), ..Message::default() });
        let mut block = Block { id: line.id.to_owned(), prefix: line.prefix.to_owned(), ..Block::default() };
        match line.mark {
            Mark::Request => block.request = message,
            _ => block.response = message,
        }
        let held = 2 * (line.id.len() + line.prefix.len()) + line.text.len() + size_of::<Open>();
        self.held += held;
        self.by_id.entry(block.id.clone()).or_default().push(now);
        self.blocks.insert(now, Open { block, origin, held });
    }

    fn remove(&mut self, last: u64) -> Option<Block> {
        let open = self.blocks.remove(&last)?;
        self.held = self.held.saturating_sub(open.held);
        self.unlink(&open.block.id, last);
        Some(open.block)
    }

    fn unlink(&mut self, id: &str, last: u64) {
        if let Some(numbers) = self.by_id.get_mut(id) {
            numbers.retain(|&number| number != last);
            if numbers.is_empty() {
                self.by_id.remove(id);
            }
        }
    }

    fn renumber(&mut self, id: &str, last: u64, now: u64) {
        if let Some(open) = self.blocks.remove(&last) {
            self.blocks.insert(now, open);
        }
        let numbers = self.by_id.get_mut(id).into_iter().flatten();
        numbers.filter(|number| **number == last).for_each(|number| *number = now);
    }
}

impl Open {
    /// Whether a line of this mark cannot belong to the block any more.
    fn is_over(&self, mark: Mark) -> bool {
        match mark {
            Mark::Request => self.block.response.is_some() || self.block.has_notes(),
            Mark::Response => self.block.has_notes(),
            Mark::Note => false,
        }
    }

    /// Adds a line. `false` where it does not fit.
    fn add(&mut self, line: &Line<'_>) -> bool {
        let message = match line.mark {
            Mark::Note => {
                self.block.note(line.text);
                return true;
            }
            Mark::Request => &mut self.block.request,
            Mark::Response => &mut self.block.response,
        };
        match message {
            None if line.mark == Mark::Response && is_status_line(line.text) => {
                *message = Some(Message { start: line.text.to_owned(), ..Message::default() });
            }
            None => return false,
            Some(Message { body: Some(body), .. }) => body.push(line.text.to_owned()),
            Some(Message { body, .. }) if line.text.is_empty() => *body = Some(Vec::new()),
            Some(Message { headers, .. }) => match header(line.text) {
                Some((name, value)) => headers.push((name.to_owned(), value.to_owned())),
                None => return false,
            },
        }
        true
    }
}

/// The words of a prefix that have letters: host and program, but no clock.
fn origin(prefix: &str) -> String {
    let is_clock = |word: &&str| word.bytes().all(|b| !b.is_ascii_alphabetic() || matches!(b, b'T' | b'Z'));
    prefix.split(' ').filter(|word| !is_clock(word)).collect::<Vec<_>>().join(" ")
}
