//! A stretch of the output that is written in one go: whole blocks, and whose they are.

use super::account::{Account, Lost};
use std::sync::Arc;

/// The bytes of a chunk, about what a pipe holds; a larger block has a chunk of its own.
pub(super) const CHUNK: usize = 64 << 10;

/// Blocks to be written together.
#[derive(Default)]
pub(super) struct Chunk {
    pub(super) bytes: Vec<u8>,
    /// What stands in `bytes`, in order and without gaps.
    pub(super) marks: Vec<Mark>,
    /// Whether this goes on in mid-block, where an earlier write stopped: nothing may come before it.
    pub(super) torn: bool,
    /// Whether that is in mid-line too.
    open: bool,
}

/// One piece of a chunk.
pub(super) struct Mark {
    /// Where it ends in the chunk.
    end: usize,
    account: Arc<Account>,
    kind: Kind,
}

enum Kind {
    /// A block, or what remains of it; `bytes` is its whole size.
    Block { records: u64, bytes: u64 },
    /// A line that tells of a loss.
    Loss(Lost),
    /// The rest of a line whose block is given up.
    Tail,
}

/// What became of a chunk.
#[derive(Default)]
pub(super) struct Settled {
    /// What must be tried again.
    pub(super) kept: Chunk,
    /// The blocks that are done with, written or not.
    pub(super) done: u64,
    /// The lines about losses that were tried.
    pub(super) told: u64,
    /// The blocks that were given up: records and bytes.
    pub(super) lost: Vec<(Arc<Account>, u64, u64)>,
    /// The losses that were not told after all.
    pub(super) untold: Vec<(Arc<Account>, Lost)>,
}

impl Chunk {
    /// Whether `more` bytes fit.
    pub(super) fn fits(&self, more: usize) -> bool {
        self.bytes.len().saturating_add(more) <= CHUNK
    }

    /// Adds a block, which counts as `records` records.
    pub(super) fn block(&mut self, account: &Arc<Account>, block: &[u8], records: u64) {
        self.add(Arc::clone(account), block, Kind::Block { records, bytes: block.len() as u64 });
    }

    /// Adds the line that tells of a loss.
    pub(super) fn loss(&mut self, account: Arc<Account>, line: &[u8], lost: Lost) {
        self.add(account, line, Kind::Loss(lost));
    }

    /// Adds all of `other`.
    pub(super) fn append(&mut self, other: Chunk) {
        if self.marks.is_empty() {
            *self = other;
            return;
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&other.bytes);
        self.marks.extend(other.marks.into_iter().map(|mark| Mark { end: start + mark.end, ..mark }));
    }

    /// The blocks that stand in it.
    pub(super) fn blocks(&self) -> u64 {
        self.marks.iter().filter(|mark| matches!(mark.kind, Kind::Block { .. })).count() as u64
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.marks.clear();
        (self.torn, self.open) = (false, false);
    }

    fn add(&mut self, account: Arc<Account>, bytes: &[u8], kind: Kind) {
        self.bytes.extend_from_slice(bytes);
        self.marks.push(Mark { end: self.bytes.len(), account, kind });
    }

    /// Takes note that the first `written` bytes are out and the rest failed.
    ///
    /// Of a block that was torn and is given up, the line that is open on the output is kept, so that it ends as it
    /// should when the output takes bytes again.
    pub(super) fn settle(&mut self, written: usize) -> Settled {
        let mut settled = Settled::default();
        let mut out = Sums::default();
        let open = match written.checked_sub(1) {
            Some(last) => self.bytes.get(last).is_some_and(|&b| b != b'\n'),
            None => self.open,
        };
        let mut start = 0;
        for Mark { end, account, kind } in self.marks.drain(..) {
            let rest = self.bytes.get(start.max(written)..end).unwrap_or_default();
            // A piece that follows the torn one is whole, whatever it belongs to.
            let begun = rest.len() < end - start || (start == 0 && self.torn);
            start = end;
            match kind {
                Kind::Block { records, bytes } if rest.is_empty() => {
                    settled.done += 1;
                    out.add(account, records, bytes);
                }
                Kind::Loss(_) if rest.is_empty() => settled.told += 1,
                Kind::Tail if rest.is_empty() => {}
                Kind::Block { .. } if account.retries() => {
                    settled.kept.keep(account, rest, kind, begun, open);
                }
                Kind::Block { records, bytes } => {
                    settled.done += 1;
                    account.queued.sub(records, bytes);
                    account.dropped.add(records, bytes);
                    if begun && open {
                        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |lf| lf + 1);
                        let tail = rest.get(..end).unwrap_or(rest);
                        settled.kept.keep(Arc::clone(&account), tail, Kind::Tail, true, true);
                    }
                    settled.lost.push((account, records, bytes));
                }
                Kind::Loss(_) if begun => {
                    settled.told += 1;
                    settled.kept.keep(account, rest, Kind::Tail, true, open);
                }
                Kind::Loss(lost) => {
                    settled.told += 1;
                    settled.untold.push((account, lost));
                }
                Kind::Tail => settled.kept.keep(account, rest, kind, begun, open),
            }
        }
        settled
    }

    /// Drops and counts every block.
    pub(super) fn give_up(&mut self) -> Vec<(Arc<Account>, u64, u64)> {
        let blocks = self.marks.drain(..).filter_map(|mark| match mark.kind {
            Kind::Block { records, bytes } => {
                mark.account.queued.sub(records, bytes);
                mark.account.dropped.add(records, bytes);
                Some((mark.account, records, bytes))
            }
            Kind::Loss(_) | Kind::Tail => None,
        });
        blocks.collect()
    }

    fn keep(&mut self, account: Arc<Account>, bytes: &[u8], kind: Kind, begun: bool, open: bool) {
        if self.marks.is_empty() {
            (self.torn, self.open) = (begun, begun && open);
        }
        self.add(account, bytes, kind);
    }
}

/// Adds up what was written, so that a run of one account's blocks costs one update of its counters.
#[derive(Default)]
struct Sums {
    account: Option<Arc<Account>>,
    records: u64,
    bytes: u64,
}

impl Sums {
    fn add(&mut self, account: Arc<Account>, records: u64, bytes: u64) {
        if self.account.as_ref().is_none_or(|a| !Arc::ptr_eq(a, &account)) {
            self.close();
            self.account = Some(account);
        }
        self.records += records;
        self.bytes += bytes;
    }

    fn close(&mut self) {
        if let Some(account) = self.account.take() {
            account.queued.sub(self.records, self.bytes);
            account.written.add(self.records, self.bytes);
        }
        (self.records, self.bytes) = (0, 0);
    }
}

impl Drop for Sums {
    fn drop(&mut self) {
        self.close();
    }
}
