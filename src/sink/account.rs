//! What one handle may queue, what became of it, and how its losses are told.

use crate::format::{Format, Lines};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// The bytes that may be queued unless set.
const QUEUE_LIMIT: u64 = 8 << 20;
/// How long a flush waits unless set.
const DEADLINE: Duration = Duration::from_secs(5);
/// The room that is kept for a request that was let in. Small, since it bounds how many can be in flight, streams that
/// last for hours among them; what a block has beyond it is charged when it comes.
const PLACE: u64 = 1 << 10;

/// What a block costs in the queue beside its bytes: the mark that says whose it is.
pub(super) const MARK: u64 = 40;

/// The settings and the counters of one handle and its clones.
///
/// The bytes queued and kept only grow under the queue's lock, so that a check made there holds until it is acted on.
pub(super) struct Account {
    /// What messages call the output: `standard output`.
    pub(super) name: &'static str,
    limit: AtomicU64,
    wait: AtomicBool,
    deadline_ns: AtomicU64,
    /// Set when the last handle is gone: what can't be written then is dropped.
    closed: AtomicBool,
    pub(super) written: Tally,
    pub(super) dropped: Tally,
    pub(super) queued: Tally,
    /// The blocks that are queued, lines about the log itself included.
    blocks: AtomicU64,
    /// The bytes kept for requests that were let in.
    kept: AtomicU64,
    /// The records that were dropped and that no line on the output tells of yet.
    pub(super) untold: AtomicU64,
    /// The format of the blocks, for the lines that tell of losses.
    format: Mutex<Option<Arc<dyn Format>>>,
}

/// A count of records and of their bytes.
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

impl Account {
    pub(super) fn new(name: &'static str) -> Self {
        Self {
            name,
            limit: AtomicU64::new(QUEUE_LIMIT),
            wait: AtomicBool::new(false),
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

    pub(super) fn attach(&self, format: &Arc<dyn Format>) {
        let before = self.format.lock().unwrap_or_else(PoisonError::into_inner).replace(Arc::clone(format));
        // Its end may be the user's code, and comes after the lock's.
        drop(before);
    }

    pub(super) fn format(&self) -> Option<Arc<dyn Format>> {
        self.format.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The line that says `text`, in the format of the blocks.
    pub(super) fn notice(&self, text: &str) -> Vec<u8> {
        let format = self.format();
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

    pub(super) fn set_waits(&self, wait: bool) {
        self.wait.store(wait, Relaxed);
    }

    /// Whether requests wait for room, in which case nothing is dropped.
    pub(super) fn waits(&self) -> bool {
        self.wait.load(Relaxed)
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

    /// Whether a block that could not be written is kept and tried again.
    pub(super) fn retries(&self) -> bool {
        self.waits() && !self.closed.load(Relaxed)
    }

    /// Counts a block that was dropped, and gives the records to tell of: a line about the log is one too then.
    pub(super) fn dropped(&self, records: u64, bytes: u64) -> u64 {
        let records = records.max(1);
        self.dropped.add(records, bytes);
        self.untold.fetch_add(records, Relaxed);
        records
    }

    /// Counts a loss that a line on the output tells of.
    pub(super) fn told(&self, lost: &Lost) {
        self.untold.fetch_sub(lost.records, Relaxed);
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

    /// Whether `block` bytes may be queued.
    ///
    /// An empty queue takes whatever its limit holds.
    pub(super) fn admits(&self, block: u64) -> bool {
        let charged = self.charged();
        let mark = if charged == 0 { 0 } else { MARK };
        self.waits() || charged.saturating_add(block).saturating_add(mark) <= self.limit()
    }

    /// Keeps room for one more block, in bytes, where there is any.
    ///
    /// An account with nothing queued or kept has room, whatever its limit.
    pub(super) fn keep(&self) -> Option<u64> {
        let (used, place) = (self.used(), self.place());
        let room = used == 0 || used.saturating_add(place) <= self.limit();
        room.then(|| {
            self.kept.fetch_add(place, Relaxed);
            place
        })
    }

    /// Gives back what [`Account::keep`] kept.
    pub(super) fn give_back(&self, place: u64) {
        self.kept.fetch_sub(place, Relaxed);
    }

    /// Whether nothing is queued, and no loss untold.
    pub(super) fn is_idle(&self) -> bool {
        self.queued.bytes.load(Relaxed) == 0 && self.untold.load(Relaxed) == 0
    }

    /// Whether so much is queued that the writer should not wait for more.
    pub(super) fn is_crowded(&self) -> bool {
        self.charged() >= self.limit() / 2
    }

    fn used(&self) -> u64 {
        self.charged().saturating_add(self.kept.load(Relaxed))
    }

    /// What the queued blocks hold in memory.
    fn charged(&self) -> u64 {
        let marks = self.blocks.load(Relaxed).saturating_mul(MARK);
        self.queued.bytes.load(Relaxed).saturating_add(marks)
    }

    fn place(&self) -> u64 {
        PLACE.min(self.limit() / 4).max(1)
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// A loss, whose it is, and where the log shall tell of it.
pub(super) struct Loss {
    pub(super) account: Arc<Account>,
    /// The blocks that were queued before it, and are written before it is told.
    pub(super) after: u64,
    pub(super) lost: Lost,
}

/// Records that were dropped and not told yet.
pub(super) struct Lost {
    pub(super) records: u64,
    pub(super) bytes: u64,
    /// When the output last took something, as far as is known.
    pub(super) since: Instant,
    /// When it took something again.
    pub(super) until: Option<Instant>,
    pub(super) cause: Cause,
}

/// Why records were dropped, the least telling first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// A block is larger than the whole queue.
    TooLarge { limit: u64 },
    /// The queue is full: the output takes nothing, or less than there is.
    Stalled,
    /// The output failed, with this message.
    Failed(String),
}

impl Lost {
    /// Adds later losses to these.
    pub(super) fn add(&mut self, records: u64, bytes: u64, cause: Cause) {
        self.records += records;
        self.bytes += bytes;
        self.until = None;
        if cause >= self.cause {
            self.cause = cause;
        }
    }

    /// What tells of the loss at the output `name`.
    pub(super) fn text(&self, name: &str, now: Instant) -> String {
        let records = if self.records == 1 { "record" } else { "records" };
        let cause = match &self.cause {
            Cause::TooLarge { limit } => format!("larger than the queue of {}", size(*limit)),
            Cause::Stalled => {
                let stalled = self.until.unwrap_or(now).saturating_duration_since(self.since);
                format!("{name} stalled for {}", span(stalled))
            }
            Cause::Failed(error) => format!("write to {name} failed: {error}"),
        };
        format!("{} {records} dropped ({}): {cause}", self.records, size(self.bytes))
    }
}

/// Bytes as a reader likes them, in decimal units: `512 B`, `8.1 MB`.
fn size(bytes: u64) -> String {
    let value = bytes as f64;
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..999_950 => format!("{:.1} kB", value / 1e3),
        999_950..999_950_000 => format!("{:.1} MB", value / 1e6),
        _ => format!("{:.1} GB", value / 1e9),
    }
}

/// A duration in whole seconds, or in whole milliseconds where it is below one second.
pub(super) fn span(duration: Duration) -> String {
    match duration.as_secs() {
        0 => format!("{}ms", duration.as_millis()),
        seconds => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(records: u64, bytes: u64, cause: Cause) -> String {
        let since = Instant::now();
        let lost = Lost { records, bytes, since, until: None, cause };
        lost.text("standard output", since + Duration::from_millis(12_345))
    }

    #[test]
    fn a_stall_is_told() {
        assert_eq!(
            lost(1234, 8_123_456, Cause::Stalled),
            "1234 records dropped (8.1 MB): standard output stalled for 12s"
        );
        assert_eq!(lost(1, 999, Cause::Stalled), "1 record dropped (999 B): standard output stalled for 12s");
    }

    #[test]
    fn a_stall_ends_when_the_output_took_something() {
        let since = Instant::now();
        let until = Some(since + Duration::from_millis(340));
        let lost = Lost { records: 2, bytes: 1000, since, until, cause: Cause::Stalled };
        let line = lost.text("output", since + Duration::from_secs(60));
        assert_eq!(line, "2 records dropped (1.0 kB): output stalled for 340ms");
    }

    #[test]
    fn a_failure_is_told() {
        assert_eq!(
            lost(3, 4100, Cause::Failed("Broken pipe".into())),
            "3 records dropped (4.1 kB): write to standard output failed: Broken pipe"
        );
    }

    #[test]
    fn a_block_that_no_queue_holds_is_told() {
        assert_eq!(
            lost(1, 2_000_000, Cause::TooLarge { limit: 1 << 20 }),
            "1 record dropped (2.0 MB): larger than the queue of 1.0 MB"
        );
    }

    #[test]
    fn the_most_telling_cause_is_kept() {
        let mut lost =
            Lost { records: 1, bytes: 10, since: Instant::now(), until: Some(Instant::now()), cause: Cause::Stalled };
        lost.add(1, 10, Cause::TooLarge { limit: 5 });
        assert_eq!(lost.cause, Cause::Stalled);
        assert!(lost.until.is_none());
        lost.add(1, 10, Cause::Failed("x".into()));
        assert_eq!((lost.records, lost.bytes, lost.cause), (3, 30, Cause::Failed("x".into())));
    }

    #[test]
    fn sizes_round_up_into_the_next_unit() {
        assert_eq!(size(0), "0 B");
        assert_eq!(size(999_949), "999.9 kB");
        assert_eq!(size(999_950), "1.0 MB");
        assert_eq!(size(1_500_000_000), "1.5 GB");
    }

    #[test]
    fn places_are_given_while_there_is_room() {
        let account = Account::new("output");
        let places: Vec<_> = std::iter::from_fn(|| account.keep()).collect();
        assert_eq!(places, [1024; 8192]);
        account.give_back(1024);
        account.enqueue(1, 1024 - MARK);
        assert_eq!(account.keep(), None);
        account.queued.sub(1, 1);
        assert_eq!(account.keep(), None);
        account.dequeue(1, 0, 1023 - MARK);
        assert_eq!(account.keep(), Some(1024));
    }

    #[test]
    fn what_a_mark_holds_is_charged() {
        let account = Account::new("output");
        account.set_limit(100);
        assert!(account.admits(100) && !account.admits(101));
        account.enqueue(1, 10);
        assert!(account.admits(10) && !account.admits(11));
        account.enqueue(0, 10);
        assert!(!account.admits(1));
        account.dequeue(2, 1, 20);
        assert!(account.admits(100));
    }

    #[test]
    fn an_empty_account_has_room_whatever_its_limit() {
        let account = Account::new("output");
        account.set_limit(8);
        let places: Vec<_> = std::iter::from_fn(|| account.keep()).collect();
        assert_eq!(places, [2, 2, 2, 2]);
        account.give_back(2);
        assert_eq!(account.keep(), Some(2));
    }
}
