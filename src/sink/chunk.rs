//! A stretch of the output that is written in one go: whole blocks, and whose they are.

use super::account::{Account, Loss, Lost, MARK};
use std::{sync::Arc, time::Instant};

/// The bytes of a chunk, about what a pipe holds; a larger block has a chunk of its own.
pub(super) const CHUNK: usize = 64 << 10;

/// The marks for which memory is kept, more than usual blocks need.
const MARKS: usize = 1 << 10;

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

const _: () = assert!(size_of::<Mark>() as u64 <= MARK);

enum Kind {
    /// A block, or what remains of it; `bytes` is its whole size.
    Block { records: u64, bytes: u64 },
    /// A line that tells of a loss.
    Loss(Box<Lost>),
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
    fn loss(&mut self, account: Arc<Account>, line: &[u8], lost: Lost) {
        self.add(account, line, Kind::Loss(Box::new(lost)));
    }

    /// Puts the lines that tell of `losses` before this chunk; the user's format makes them, so no lock may be held.
    pub(super) fn after(self, losses: Vec<Loss>, now: Instant) -> Self {
        if losses.is_empty() {
            return self;
        }
        let mut lines = Self::default();
        for Loss { account, lost, .. } in losses {
            let line = account.notice(&lost.text(account.name, now));
            lines.loss(account, &line, lost);
        }
        lines.append(self);
        lines
    }

    /// Adds all of `other`.
    fn append(&mut self, other: Chunk) {
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

    /// Makes do with the memory that it needs, since nothing more comes in.
    pub(super) fn seal(&mut self) {
        if self.marks.len() > MARKS {
            self.marks.shrink_to_fit();
        }
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.marks.clear();
        self.marks.shrink_to(MARKS);
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
                Kind::Loss(lost) if rest.is_empty() => account.told(&lost),
                Kind::Tail if rest.is_empty() => {}
                Kind::Block { .. } if account.retries() => {
                    settled.kept.keep(account, rest, kind, begun, open);
                }
                Kind::Block { records, bytes } => {
                    settled.done += 1;
                    account.dequeue(1, records, bytes);
                    let records = account.dropped(records, bytes);
                    if begun && open {
                        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |lf| lf + 1);
                        let tail = rest.get(..end).unwrap_or(rest);
                        settled.kept.keep(Arc::clone(&account), tail, Kind::Tail, true, true);
                    }
                    settled.lost.push((account, records, bytes));
                }
                Kind::Loss(lost) if begun => {
                    account.told(&lost);
                    settled.kept.keep(account, rest, Kind::Tail, true, open);
                }
                Kind::Loss(lost) => settled.untold.push((account, *lost)),
                Kind::Tail => settled.kept.keep(account, rest, kind, begun, open),
            }
        }
        settled
    }

    /// Drops and counts every block.
    pub(super) fn give_up(&mut self) -> Vec<(Arc<Account>, u64, u64)> {
        let blocks = self.marks.drain(..).filter_map(|mark| match mark.kind {
            Kind::Block { records, bytes } => {
                mark.account.dequeue(1, records, bytes);
                let records = mark.account.dropped(records, bytes);
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
    blocks: u64,
    records: u64,
    bytes: u64,
}

impl Sums {
    fn add(&mut self, account: Arc<Account>, records: u64, bytes: u64) {
        if self.account.as_ref().is_none_or(|a| !Arc::ptr_eq(a, &account)) {
            self.close();
            self.account = Some(account);
        }
        self.blocks += 1;
        self.records += records;
        self.bytes += bytes;
    }

    fn close(&mut self) {
        if let Some(account) = self.account.take() {
            account.dequeue(self.blocks, self.records, self.bytes);
            account.written.add(self.records, self.bytes);
        }
        (self.blocks, self.records, self.bytes) = (0, 0, 0);
    }
}

impl Drop for Sums {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::Ordering::Relaxed;

    fn account(waits: bool) -> Arc<Account> {
        let account = Account::new("output");
        account.set_waits(waits);
        Arc::new(account)
    }

    fn chunk(blocks: &[(&Arc<Account>, &str)]) -> Chunk {
        let mut chunk = Chunk::default();
        for (account, block) in blocks {
            account.enqueue(1, block.len() as u64);
            chunk.block(account, block.as_bytes(), 1);
        }
        chunk
    }

    /// Records written, dropped, queued.
    fn counts(account: &Account) -> [u64; 3] {
        [&account.written, &account.dropped, &account.queued].map(|tally| tally.records.load(Relaxed))
    }

    fn kept(settled: &Settled) -> (&str, bool) {
        (std::str::from_utf8(&settled.kept.bytes).unwrap(), settled.kept.torn)
    }

    #[test]
    fn what_is_out_is_written() {
        let (a, b) = (account(false), account(true));
        let mut chunk = chunk(&[(&a, "1\n"), (&b, "22\n"), (&a, "3\n")]);
        let settled = chunk.settle(7);
        assert_eq!((settled.done, kept(&settled)), (3, ("", false)));
        assert_eq!((counts(&a), counts(&b)), ([2, 0, 0], [1, 0, 0]));
        assert_eq!((a.written.bytes.load(Relaxed), b.written.bytes.load(Relaxed)), (4, 3));
    }

    #[test]
    fn the_rest_is_dropped_or_kept_as_its_account_says() {
        let (a, b) = (account(false), account(true));
        let mut chunk = chunk(&[(&a, "1\n"), (&b, "22\n"), (&a, "3\n"), (&b, "4\n")]);
        let settled = chunk.settle(2);
        assert_eq!((settled.done, kept(&settled)), (2, ("22\n4\n", false)));
        assert_eq!((counts(&a), counts(&b)), ([1, 1, 0], [0, 0, 2]));
    }

    #[test]
    fn a_torn_block_that_is_dropped_leaves_the_end_of_its_line() {
        let a = account(false);
        for (written, left) in [(1, ("a\n", true)), (2, ("\n", true)), (3, ("", false)), (4, ("b\n", true))] {
            let mut chunk = chunk(&[(&a, "aa\nbb\n"), (&a, "c\n")]);
            let settled = chunk.settle(written);
            assert_eq!((settled.done, kept(&settled)), (2, left));
            assert_eq!(settled.lost.len(), 2);
        }
    }

    #[test]
    fn what_is_left_of_a_line_stays_until_it_is_out() {
        let a = account(false);
        let mut torn = chunk(&[(&a, "aaaa\nbb\n")]).settle(1).kept;
        let mut torn = torn.settle(0).kept;
        let mut torn = torn.settle(1).kept;
        assert_eq!((torn.bytes.as_slice(), torn.torn), (b"aa\n".as_slice(), true));
        assert!(torn.settle(3).kept.marks.is_empty());
        assert_eq!(counts(&a), [0, 1, 0]);
    }

    #[test]
    fn a_torn_block_that_is_kept_goes_on_where_it_stopped_and_counts_whole() {
        let b = account(true);
        let mut torn = chunk(&[(&b, "aa\nbb\n")]).settle(3).kept;
        assert_eq!((torn.bytes.as_slice(), torn.torn), (b"bb\n".as_slice(), true));
        let mut torn = torn.settle(0).kept;
        assert!(torn.torn);
        assert_eq!(counts(&b), [0, 0, 1]);
        torn.settle(3);
        assert_eq!((counts(&b), b.written.bytes.load(Relaxed)), ([1, 0, 0], 6));
    }

    /// At its account's end a block is given up even where it was kept before, but not in mid-line.
    #[test]
    fn a_kept_block_that_is_given_up_ends_its_line() {
        let b = account(true);
        let mut torn = chunk(&[(&b, "aa\nbb\n")]).settle(4).kept;
        b.close();
        let settled = torn.settle(0);
        assert_eq!(kept(&settled), ("b\n", true));
        assert_eq!(counts(&b), [0, 1, 0]);
        let mut at_line_start = chunk(&[(&account(true), "aa\nbb\n")]).settle(3).kept;
        at_line_start.marks.iter().for_each(|mark| mark.account.close());
        assert_eq!(kept(&at_line_start.settle(0)), ("", false));
    }

    #[test]
    fn a_loss_that_was_not_told_is_given_back() {
        let a = account(false);
        let lost = || Lost {
            records: 2,
            bytes: 20,
            since: std::time::Instant::now(),
            until: None,
            cause: super::super::account::Cause::Stalled,
        };
        for (written, untold, left) in [(0, 1, ("", false)), (3, 0, ("told\n", true)), (8, 0, ("", false))] {
            a.untold.store(2, Relaxed);
            let mut chunk = Chunk::default();
            chunk.loss(Arc::clone(&a), b"is told\n", lost());
            let settled = chunk.settle(written);
            assert_eq!((settled.untold.len(), kept(&settled)), (untold, left));
            assert_eq!(a.untold.load(Relaxed), if untold == 1 { 2 } else { 0 });
        }
    }
}
