//! Collects whole blocks that are written in one go, and notes whose they are.

use super::{
    budget::{Budget, MARK},
    loss::{Cause, Loss},
};
use std::{sync::Arc, time::Instant};

/// Bounds the bytes of a batch by what a pipe holds unless it was widened. A larger block has a batch of its own.
const BATCH: usize = 64 << 10;

/// The marks for which memory is kept, more than usual blocks need.
const MARKS: usize = 1 << 10;

/// Holds blocks to be written together.
#[derive(Default)]
pub(super) struct Batch {
    /// The losses that are reported before the blocks, each of another sink; none if `torn`.
    pub(super) losses: Vec<Loss>,
    pub(super) bytes: Vec<u8>,
    /// The marks of what stands in `bytes`, in order and without gaps.
    marks: Vec<Mark>,
    /// Is set if this goes on in mid-block, where an earlier write stopped: nothing may come before it.
    pub(super) torn: bool,
    /// Is set if that is in mid-line too.
    open: bool,
}

/// Marks one piece of a batch.
struct Mark {
    /// The position where it ends in the batch.
    end: usize,
    budget: Arc<Budget>,
    kind: Kind,
}

const _: () = assert!(size_of::<Mark>() as u64 <= MARK);

enum Kind {
    /// A block, or what remains of it; `bytes` is its whole size.
    Block { records: u64, bytes: u64 },
    /// A line that reports a loss.
    Notice(Box<Loss>),
    /// The rest of a line whose block is given up.
    Tail,
}

/// Tells what became of a batch.
#[derive(Default)]
pub(super) struct Settled {
    /// The part that must be tried again.
    pub(super) kept: Batch,
    /// The number of blocks that are done with, written or not.
    pub(super) done: u64,
    /// The blocks that were given up, and the losses that were not reported after all.
    pub(super) losses: Vec<Loss>,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Returns whether a block of this many bytes fits.
    pub(super) fn fits(&self, more: usize) -> bool {
        self.bytes.len().saturating_add(more) <= BATCH
    }

    /// Adds a block, which counts as `records` records.
    pub(super) fn push(&mut self, budget: &Arc<Budget>, block: &[u8], records: u64) {
        if self.bytes.capacity() == 0 {
            self.bytes.reserve_exact(block.len().max(BATCH));
        }
        self.add(Arc::clone(budget), block, Kind::Block { records, bytes: block.len() as u64 });
    }

    /// Puts the lines that report the losses before the blocks. The user's format makes them, so no lock may be held.
    pub(super) fn tell_losses(mut self, name: &str, now: Instant) -> Self {
        if self.losses.is_empty() {
            return self;
        }
        let mut told = Self::default();
        for loss in self.losses.drain(..) {
            let line = loss.budget.notice(&loss.text(name, now));
            told.add(Arc::clone(&loss.budget), &line, Kind::Notice(Box::new(loss)));
        }
        let start = told.bytes.len();
        told.bytes.extend_from_slice(&self.bytes);
        told.marks.extend(self.marks.into_iter().map(|mark| Mark { end: start + mark.end, ..mark }));
        told
    }

    /// Empties it for use again, if its memory is of the usual size.
    pub(super) fn recycled(mut self) -> Option<Self> {
        self.bytes.clear();
        self.marks.clear();
        self.marks.shrink_to(MARKS);
        (self.bytes.capacity() == BATCH).then(|| Self { bytes: self.bytes, marks: self.marks, ..Self::default() })
    }

    /// Shrinks to the memory that it needs, since nothing more comes in.
    pub(super) fn seal(&mut self) {
        if self.marks.len() > MARKS {
            self.marks.shrink_to_fit();
        }
    }

    fn add(&mut self, budget: Arc<Budget>, bytes: &[u8], kind: Kind) {
        self.bytes.extend_from_slice(bytes);
        self.marks.push(Mark { end: self.bytes.len(), budget, kind });
    }

    /// Takes note that the first `written` bytes are out, and why the rest, if any, failed.
    ///
    /// If a torn block is given up, the line of it that is open on the output is kept, so that it ends properly when
    /// the output takes bytes again.
    pub(super) fn settle(&mut self, written: usize, error: &str, now: Instant) -> Settled {
        let mut settled = Settled::default();
        let mut out = Sums::default();
        let open = match written.checked_sub(1) {
            Some(last) => self.bytes.get(last).is_some_and(|&b| b != b'\n'),
            None => self.open,
        };
        let mut start = 0;
        for Mark { end, budget, kind } in self.marks.drain(..) {
            let rest = self.bytes.get(start.max(written)..end).unwrap_or_default();
            // A piece that follows the torn one is whole, whatever it belongs to.
            let begun = rest.len() < end - start || (start == 0 && self.torn);
            start = end;
            match kind {
                Kind::Block { records, bytes } if rest.is_empty() => {
                    settled.done += 1;
                    out.add(budget, records, bytes);
                }
                Kind::Notice(loss) if rest.is_empty() => budget.count_told(loss.records),
                Kind::Tail if rest.is_empty() => {}
                Kind::Block { .. } if budget.retries() => {
                    settled.kept.keep(budget, rest, kind, begun, open);
                }
                Kind::Block { records, bytes } => {
                    settled.done += 1;
                    budget.dequeue(1, records, bytes);
                    let records = budget.count_dropped(records, bytes);
                    if begun && open {
                        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |lf| lf + 1);
                        let tail = rest.get(..end).unwrap_or(rest);
                        settled.kept.keep(Arc::clone(&budget), tail, Kind::Tail, true, true);
                    }
                    let cause = Cause::Failed(error.to_owned());
                    Loss { budget, records, bytes, since: now, until: None, cause }.add_to(&mut settled.losses);
                }
                Kind::Notice(loss) if begun => {
                    budget.count_told(loss.records);
                    settled.kept.keep(budget, rest, Kind::Tail, true, open);
                }
                Kind::Notice(loss) => loss.add_to(&mut settled.losses),
                Kind::Tail => settled.kept.keep(budget, rest, kind, begun, open),
            }
        }
        settled
    }

    fn keep(&mut self, budget: Arc<Budget>, bytes: &[u8], kind: Kind, begun: bool, open: bool) {
        if self.marks.is_empty() {
            (self.torn, self.open) = (begun, begun && open);
        }
        self.add(budget, bytes, kind);
    }
}

/// Adds up what was written, so that a run of one sink's blocks costs one update of its counters.
#[derive(Default)]
struct Sums {
    budget: Option<Arc<Budget>>,
    blocks: u64,
    records: u64,
    bytes: u64,
}

impl Sums {
    fn add(&mut self, budget: Arc<Budget>, records: u64, bytes: u64) {
        if self.budget.as_ref().is_none_or(|b| !Arc::ptr_eq(b, &budget)) {
            self.close();
            self.budget = Some(budget);
        }
        self.blocks += 1;
        self.records += records;
        self.bytes += bytes;
    }

    fn close(&mut self) {
        if let Some(budget) = self.budget.take() {
            budget.dequeue(self.blocks, self.records, self.bytes);
            budget.written.add(self.records, self.bytes);
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

    fn budget(waits: bool) -> Arc<Budget> {
        let budget = Budget::default();
        budget.set_gated();
        budget.set_wait(waits);
        Arc::new(budget)
    }

    fn settle(batch: &mut Batch, written: usize) -> Settled {
        batch.settle(written, "it broke", Instant::now())
    }

    fn batch(blocks: &[(&Arc<Budget>, &str)]) -> Batch {
        let mut batch = Batch::default();
        for (budget, block) in blocks {
            budget.enqueue(1, block.len() as u64);
            batch.push(budget, block.as_bytes(), 1);
        }
        batch
    }

    /// Records written, dropped, queued.
    fn counts(budget: &Budget) -> [u64; 3] {
        [&budget.written, &budget.dropped, &budget.queued].map(|tally| tally.records.load(Relaxed))
    }

    fn kept(settled: &Settled) -> (&str, bool) {
        (std::str::from_utf8(&settled.kept.bytes).unwrap(), settled.kept.torn)
    }

    #[test]
    fn what_is_out_is_written() {
        let (a, b) = (budget(false), budget(true));
        let mut batch = batch(&[(&a, "1\n"), (&b, "22\n"), (&a, "3\n")]);
        let settled = settle(&mut batch, 7);
        assert_eq!((settled.done, kept(&settled)), (3, ("", false)));
        assert_eq!((counts(&a), counts(&b)), ([2, 0, 0], [1, 0, 0]));
        assert_eq!((a.written.bytes.load(Relaxed), b.written.bytes.load(Relaxed)), (4, 3));
    }

    #[test]
    fn the_rest_is_dropped_or_kept_as_its_sink_says() {
        let (a, b) = (budget(false), budget(true));
        let mut batch = batch(&[(&a, "1\n"), (&b, "22\n"), (&a, "3\n"), (&b, "4\n")]);
        let settled = settle(&mut batch, 2);
        assert_eq!((settled.done, kept(&settled)), (2, ("22\n4\n", false)));
        assert_eq!((counts(&a), counts(&b)), ([1, 1, 0], [0, 0, 2]));
    }

    #[test]
    fn a_torn_block_that_is_dropped_leaves_the_end_of_its_line() {
        let a = budget(false);
        for (written, left) in [(1, ("a\n", true)), (2, ("\n", true)), (3, ("", false)), (4, ("b\n", true))] {
            let mut batch = batch(&[(&a, "aa\nbb\n"), (&a, "c\n")]);
            let settled = settle(&mut batch, written);
            assert_eq!((settled.done, kept(&settled)), (2, left));
            let [lost] = settled.losses.as_slice() else { panic!("one loss") };
            assert_eq!((lost.records, lost.bytes), (2, 8));
            assert_eq!(lost.cause, Cause::Failed("it broke".into()));
        }
    }

    #[test]
    fn what_is_left_of_a_line_stays_until_it_is_out() {
        let a = budget(false);
        let mut torn = settle(&mut batch(&[(&a, "aaaa\nbb\n")]), 1).kept;
        let mut torn = settle(&mut torn, 0).kept;
        let mut torn = settle(&mut torn, 1).kept;
        assert_eq!((torn.bytes.as_slice(), torn.torn), (b"aa\n".as_slice(), true));
        assert!(settle(&mut torn, 3).kept.marks.is_empty());
        assert_eq!(counts(&a), [0, 1, 0]);
    }

    #[test]
    fn a_torn_block_that_is_kept_goes_on_where_it_stopped_and_counts_whole() {
        let b = budget(true);
        let mut torn = settle(&mut batch(&[(&b, "aa\nbb\n")]), 3).kept;
        assert_eq!((torn.bytes.as_slice(), torn.torn), (b"bb\n".as_slice(), true));
        let mut torn = settle(&mut torn, 0).kept;
        assert!(torn.torn);
        assert_eq!(counts(&b), [0, 0, 1]);
        settle(&mut torn, 3);
        assert_eq!((counts(&b), b.written.bytes.load(Relaxed)), ([1, 0, 0], 6));
    }

    /// Checks that at its sink's end a block is given up even if it was kept before, but not in mid-line.
    #[test]
    fn a_kept_block_that_is_given_up_ends_its_line() {
        let b = budget(true);
        let mut torn = settle(&mut batch(&[(&b, "aa\nbb\n")]), 4).kept;
        b.close();
        let settled = settle(&mut torn, 0);
        assert_eq!(kept(&settled), ("b\n", true));
        assert_eq!(counts(&b), [0, 1, 0]);
        let mut at_line_start = settle(&mut batch(&[(&budget(true), "aa\nbb\n")]), 3).kept;
        at_line_start.marks.iter().for_each(|mark| mark.budget.close());
        assert_eq!(kept(&settle(&mut at_line_start, 0)), ("", false));
    }

    #[test]
    fn a_loss_that_was_not_told_is_given_back() {
        let a = budget(false);
        let lost = || Loss {
            budget: Arc::clone(&a),
            records: a.count_dropped(2, 20),
            bytes: 20,
            since: Instant::now(),
            until: None,
            cause: Cause::Stalled,
        };
        for (written, untold, torn) in [(0, 1, false), (3, 0, true), (99, 0, false)] {
            let mut batch = Batch { losses: vec![lost()], ..Batch::default() }.tell_losses("output", Instant::now());
            assert!(batch.bytes.starts_with(b"-   2 records dropped (20 B): output stalled for "));
            let end = batch.bytes.len();
            let settled = settle(&mut batch, written.min(end));
            assert_eq!((settled.losses.len(), settled.kept.torn), (untold, torn));
            assert_eq!(a.is_told(), untold == 0);
            settled.losses.iter().for_each(|loss| a.count_told(loss.records));
        }
    }
}
