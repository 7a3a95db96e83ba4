//! Counts the blocks that one sink may queue, and what became of them.

use crate::format::{Format, Lines};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

/// The bytes that may be queued unless set.
const QUEUE_LIMIT: u64 = 8 << 20;
/// The time that a flush waits, unless set.
const DEADLINE: Duration = Duration::from_secs(5);
/// The room that is kept for a request that was let in. It is small, since it bounds how many can be in flight,
/// including streams that last for hours. The part of a block beyond it is charged when it comes.
const PLACE: u64 = 1 << 10;

/// The bytes that a block costs in the queue besides its own, for the mark that says whose it is.
pub(super) const MARK: u64 = 40;

/// Keeps the settings and the counters of one sink and its clones.
///
/// The bytes queued and kept only grow under the queue's lock, so that a check made there holds until it is acted on.
pub(super) struct Budget {
    limit: AtomicU64,
    wait: AtomicBool,
    /// Is set once a layer holds requests back for this sink. If none does, only drops bound what comes in.
    gated: AtomicBool,
    deadline_ns: AtomicU64,
    /// Is set when the last handle is gone: blocks that can't be written then are dropped.
    closed: AtomicBool,
    pub(super) written: Tally,
    pub(super) dropped: Tally,
    pub(super) queued: Tally,
    /// The blocks that are queued, lines about the log itself included.
    blocks: AtomicU64,
    /// The bytes kept for requests that were let in.
    kept: AtomicU64,
    /// The records that were dropped and that no line on the output reports yet.
    untold: AtomicU64,
    /// The format of the blocks, for the lines that report losses.
    format: Mutex<Option<Arc<dyn Format>>>,
}

/// Counts records and their bytes.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) records: AtomicU64,
    pub(super) bytes: AtomicU64,
}

impl Tally {
    pub(super) fn add(&self, records: u64, bytes: u64) {
        self.records.fetch_add(records, Relaxed);
        self.bytes.fetch_add(bytes, Relaxed);
    }

    pub(super) fn sub(&self, records: u64, bytes: u64) {
        self.records.fetch_sub(records, Relaxed);
        self.bytes.fetch_sub(bytes, Relaxed);
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            limit: AtomicU64::new(QUEUE_LIMIT),
            wait: AtomicBool::new(false),
            gated: AtomicBool::new(false),
            deadline_ns: AtomicU64::new(nanos(DEADLINE)),
            closed: AtomicBool::new(false),
            written: Tally::default(),
            dropped: Tally::default(),
            queued: Tally::default(),
            blocks: AtomicU64::new(0),
            kept: AtomicU64::new(0),
            untold: AtomicU64::new(0),
            format: Mutex::new(None),
        }
    }
}

impl Budget {
    pub(super) fn attach(&self, format: &Arc<dyn Format>) {
        let before = self.format.lock().unwrap_or_else(PoisonError::into_inner).replace(Arc::clone(format));
        // Its end may be the user's code, and comes after the lock's.
        drop(before);
    }

    /// Makes the line that says `text`, in the format of the blocks.
    pub(super) fn notice(&self, text: &str) -> Vec<u8> {
        let format = self.format.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // The format may be the user's, and may panic.
        let made = catch_unwind(AssertUnwindSafe(|| {
            let mut line = Vec::new();
            format.map(|format| format.notice(text, &mut line)).map(|()| line)
        }));
        made.ok().flatten().unwrap_or_else(|| {
            let mut line = Vec::new();
            Lines::new().notice(text, &mut line);
            line
        })
    }

    pub(super) fn set_limit(&self, bytes: usize) {
        self.limit.store(bytes as u64, Relaxed);
    }

    pub(super) fn limit(&self) -> u64 {
        self.limit.load(Relaxed)
    }

    pub(super) fn set_wait(&self, wait: bool) {
        self.wait.store(wait, Relaxed);
    }

    pub(super) fn is_set_to_wait(&self) -> bool {
        self.wait.load(Relaxed)
    }

    pub(super) fn set_gated(&self) {
        self.gated.store(true, Relaxed);
    }

    /// Returns whether requests wait for room, in which case nothing is dropped.
    pub(super) fn waits(&self) -> bool {
        self.is_set_to_wait() && self.gated.load(Relaxed)
    }

    pub(super) fn set_deadline(&self, deadline: Duration) {
        self.deadline_ns.store(nanos(deadline), Relaxed);
    }

    pub(super) fn deadline(&self) -> Duration {
        Duration::from_nanos(self.deadline_ns.load(Relaxed))
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Relaxed);
    }

    /// Returns whether a block that could not be written is kept and tried again.
    pub(super) fn retries(&self) -> bool {
        self.waits() && !self.closed.load(Relaxed)
    }

    /// Counts a block that was dropped, and returns the number of records to report: a line about the log counts as one
    /// then.
    pub(super) fn count_dropped(&self, records: u64, bytes: u64) -> u64 {
        let records = records.max(1);
        self.dropped.add(records, bytes);
        self.untold.fetch_add(records, Relaxed);
        records
    }

    /// Counts lost records that a line on the output reports.
    pub(super) fn count_told(&self, records: u64) {
        self.untold.fetch_sub(records, Relaxed);
    }

    /// Counts a block that is queued.
    pub(super) fn enqueue(&self, records: u64, bytes: u64) {
        self.blocks.fetch_add(1, Relaxed);
        self.queued.add(records, bytes);
    }

    /// Counts blocks that are queued no longer.
    pub(super) fn dequeue(&self, blocks: u64, records: u64, bytes: u64) {
        self.blocks.fetch_sub(blocks, Relaxed);
        self.queued.sub(records, bytes);
    }

    /// Returns whether `block` bytes may be queued. An empty queue takes whatever its limit holds.
    pub(super) fn admits(&self, block: u64) -> bool {
        let charged = self.charged();
        let mark = if charged == 0 { 0 } else { MARK };
        self.waits() || charged.saturating_add(block).saturating_add(mark) <= self.limit()
    }

    /// Keeps room for one more block, in bytes, if there is any.
    ///
    /// If nothing is queued or kept there is room, whatever the limit.
    pub(super) fn keep(&self) -> Option<u64> {
        let used = self.charged().saturating_add(self.kept.load(Relaxed));
        let place = PLACE.min(self.limit() / 4).max(1);
        let room = used == 0 || used.saturating_add(place) <= self.limit();
        room.then(|| {
            self.kept.fetch_add(place, Relaxed);
            place
        })
    }

    /// Gives back what [`Budget::keep`] kept.
    pub(super) fn give_back(&self, place: u64) {
        self.kept.fetch_sub(place, Relaxed);
    }

    /// Returns whether nothing is queued, and no loss is unreported.
    pub(super) fn is_idle(&self) -> bool {
        self.queued.bytes.load(Relaxed) == 0 && self.is_told()
    }

    /// Returns whether the output has a line for each loss.
    pub(super) fn is_told(&self) -> bool {
        self.untold.load(Relaxed) == 0
    }

    /// Returns whether so much is queued that the writer should not wait for more.
    pub(super) fn is_crowded(&self) -> bool {
        self.charged() >= self.limit() / 2
    }

    /// Adds up what the queued blocks hold in memory.
    fn charged(&self) -> u64 {
        let marks = self.blocks.load(Relaxed).saturating_mul(MARK);
        self.queued.bytes.load(Relaxed).saturating_add(marks)
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_given_while_there_is_room() {
        let budget = Budget::default();
        let places: Vec<_> = std::iter::from_fn(|| budget.keep()).collect();
        assert_eq!(places, [1024; 8192]);
        budget.give_back(1024);
        budget.enqueue(1, 1024 - MARK);
        assert_eq!(budget.keep(), None);
        budget.queued.sub(1, 1);
        assert_eq!(budget.keep(), None);
        budget.dequeue(1, 0, 1023 - MARK);
        assert_eq!(budget.keep(), Some(1024));
    }

    #[test]
    fn what_a_mark_holds_is_charged() {
        let budget = Budget::default();
        budget.set_limit(100);
        assert!(budget.admits(100) && !budget.admits(101));
        budget.enqueue(1, 10);
        assert!(budget.admits(10) && !budget.admits(11));
        budget.enqueue(0, 10);
        assert!(!budget.admits(1));
        budget.dequeue(2, 1, 20);
        assert!(budget.admits(100));
    }

    #[test]
    fn an_empty_queue_has_room_whatever_its_limit() {
        let budget = Budget::default();
        budget.set_limit(8);
        let places: Vec<_> = std::iter::from_fn(|| budget.keep()).collect();
        assert_eq!(places, [2, 2, 2, 2]);
        budget.give_back(2);
        assert_eq!(budget.keep(), Some(2));
    }

    #[test]
    fn where_no_request_is_held_back_records_are_dropped() {
        let budget = Budget::default();
        budget.set_limit(10);
        budget.set_wait(true);
        assert!(!budget.admits(11) && !budget.retries());
        budget.set_gated();
        assert!(budget.admits(11) && budget.retries());
    }
}
