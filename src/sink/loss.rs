//! Counts records that were dropped, and writes the line that reports them.

use super::budget::Budget;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Holds the records of one sink that were dropped and not reported yet.
pub(super) struct Loss {
    pub(super) budget: Arc<Budget>,
    pub(super) records: u64,
    pub(super) bytes: u64,
    /// The time when the output last took something, as far as is known.
    pub(super) since: Instant,
    /// The time when it took something again.
    pub(super) until: Option<Instant>,
    pub(super) cause: Cause,
}

/// Says why records were dropped, the least telling first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// A block is larger than the whole queue.
    TooLarge { limit: u64 },
    /// The queue is full: the output takes nothing, or less than there is.
    Stalled,
    /// The output failed, with this message.
    Failed(String),
}

impl Loss {
    /// Adds another loss of the same sink to this one.
    fn add(&mut self, other: Self) {
        self.records += other.records;
        self.bytes += other.bytes;
        self.since = self.since.min(other.since);
        self.until = None;
        self.cause = self.cause.clone().max(other.cause);
    }

    /// Adds this loss to those in `losses`, of which each is another sink's.
    pub(super) fn add_to(self, losses: &mut Vec<Self>) {
        match losses.iter_mut().find(|loss| loss.is_of(&self.budget)) {
            Some(known) => known.add(self),
            None => losses.push(self),
        }
    }

    pub(super) fn is_of(&self, budget: &Arc<Budget>) -> bool {
        Arc::ptr_eq(&self.budget, budget)
    }

    /// Says what was lost at the output `name`.
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

/// Writes bytes as a reader likes them, in decimal units: `512 B`, `8.1 MB`.
fn size(bytes: u64) -> String {
    let value = bytes as f64;
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..999_950 => format!("{:.1} kB", value / 1e3),
        999_950..999_950_000 => format!("{:.1} MB", value / 1e6),
        _ => format!("{:.1} GB", value / 1e9),
    }
}

/// Writes a duration in whole seconds, or in whole milliseconds where it is below one second.
pub(super) fn span(duration: Duration) -> String {
    match duration.as_secs() {
        0 => format!("{}ms", duration.as_millis()),
        seconds => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(records: u64, bytes: u64, cause: Cause) -> Loss {
        Loss { budget: Arc::default(), records, bytes, since: Instant::now(), until: None, cause }
    }

    fn told(loss: &Loss) -> String {
        loss.text("standard output", loss.since + Duration::from_millis(12_345))
    }

    #[test]
    fn a_stall_is_told() {
        assert_eq!(
            told(&loss(1234, 8_123_456, Cause::Stalled)),
            "1234 records dropped (8.1 MB): standard output stalled for 12s"
        );
        assert_eq!(told(&loss(1, 999, Cause::Stalled)), "1 record dropped (999 B): standard output stalled for 12s");
    }

    #[test]
    fn a_stall_ends_when_the_output_took_something() {
        let mut loss = loss(2, 1000, Cause::Stalled);
        loss.until = Some(loss.since + Duration::from_millis(340));
        assert_eq!(told(&loss), "2 records dropped (1.0 kB): standard output stalled for 340ms");
    }

    #[test]
    fn a_failure_is_told() {
        assert_eq!(
            told(&loss(3, 4100, Cause::Failed("Broken pipe".into()))),
            "3 records dropped (4.1 kB): write to standard output failed: Broken pipe"
        );
    }

    #[test]
    fn a_block_that_no_queue_holds_is_told() {
        assert_eq!(
            told(&loss(1, 2_000_000, Cause::TooLarge { limit: 1 << 20 })),
            "1 record dropped (2.0 MB): larger than the queue of 1.0 MB"
        );
    }

    #[test]
    fn the_most_telling_cause_is_kept() {
        let of = |budget: &Arc<Budget>, cause| Loss { budget: Arc::clone(budget), ..loss(1, 10, cause) };
        let (a, b) = (Arc::default(), Arc::default());
        let mut losses = vec![Loss { until: Some(Instant::now()), ..of(&a, Cause::Stalled) }];
        of(&a, Cause::TooLarge { limit: 5 }).add_to(&mut losses);
        assert_eq!(losses[0].cause, Cause::Stalled);
        assert!(losses[0].until.is_none());
        of(&b, Cause::Stalled).add_to(&mut losses);
        of(&a, Cause::Failed("x".into())).add_to(&mut losses);
        let [first, second] = losses.as_slice() else { panic!("one for each sink") };
        assert_eq!((first.records, first.bytes, &first.cause), (3, 30, &Cause::Failed("x".into())));
        assert_eq!((second.records, second.bytes), (1, 10));
    }

    #[test]
    fn sizes_round_up_into_the_next_unit() {
        assert_eq!(size(0), "0 B");
        assert_eq!(size(999_949), "999.9 kB");
        assert_eq!(size(999_950), "1.0 MB");
        assert_eq!(size(1_500_000_000), "1.5 GB");
    }
}
