//! Counts exchanges together.

use crate::read::Exchange;
use hdrhistogram::Histogram;
use jiff::Timestamp;
use std::{collections::HashMap, time::Duration};

/// The maximum number of groups told apart; the rest go to one named `(others)`.
const MAX_GROUPS: usize = 1_000;
/// The number of times that a group holds exactly; past it they go to a histogram of three digits.
const EXACT: usize = 1_024;

/// Counts exchanges by a key.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    groups: HashMap<String, Group>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

/// Counts the exchanges of a key.
#[derive(Debug, Default, Clone)]
pub(crate) struct Group {
    pub(crate) count: u64,
    pub(crate) errors: u64,
    pub(crate) times: Times,
}

/// The values of a row's keys, and what was counted.
pub(crate) type Row<'a> = (Vec<&'a str>, &'a Group);

impl Groups {
    pub(crate) fn add(&mut self, key: &str, exchange: &Exchange) {
        if let Some(began) = exchange.began {
            self.first = Some(self.first.map_or(began, |first| first.min(began)));
            self.last = self.last.max(exchange.ended());
        }
        if let Some(group) = self.groups.get_mut(key) {
            return group.add(exchange);
        }
        let others = || key.split('\n').map(|_| "(others)").collect::<Vec<_>>().join("\n");
        let key = if self.groups.len() < MAX_GROUPS { key.to_owned() } else { others() };
        self.groups.entry(key).or_default().add(exchange);
    }

    /// Returns how long it was from the first exchange to the end of the last, a second at least.
    pub(crate) fn seconds(&self) -> Option<f64> {
        Some(self.last?.duration_since(self.first?).as_secs_f64().max(1.0))
    }

    /// Returns the groups, those of most exchanges first, and all together.
    pub(crate) fn rows(&self, keys: usize) -> (Vec<Row<'_>>, Group) {
        let mut rows: Vec<Row<'_>> =
            self.groups.iter().map(|(key, group)| (key.split('\n').take(keys).collect(), group)).collect();
        rows.sort_by(|(a, x), (b, y)| y.count.cmp(&x.count).then_with(|| a.cmp(b)));
        let mut total = Group::default();
        self.groups.values().for_each(|group| total.merge(group));
        (rows, total)
    }
}

impl Group {
    fn add(&mut self, exchange: &Exchange) {
        self.count += 1;
        self.errors += u64::from(exchange.is_error());
        if let Some(time) = exchange.time {
            self.times.add(time);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.errors += other.errors;
        self.times.merge(&other.times);
    }
}

/// Holds times whose percentiles are asked for: exact while there are few, within a thousandth then.
#[derive(Debug, Clone)]
pub(crate) enum Times {
    /// The times as they are, in microseconds.
    Few(Vec<u32>),
    Many(Box<Histogram<u32>>),
}

impl Default for Times {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Times {
    /// Adds a time.
    pub(crate) fn add(&mut self, time: Duration) {
        let micros = u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
        match self {
            Self::Few(few) if few.len() < EXACT => few.push(micros),
            Self::Few(_) => {
                self.spread();
                self.add(time);
            }
            // It grows as it must.
            Self::Many(histogram) => _ = histogram.record(u64::from(micros)),
        }
    }

    /// Moves the times to a histogram.
    fn spread(&mut self) {
        let Self::Few(few) = self else { return };
        let Ok(mut histogram) = Histogram::new(3) else { return };
        histogram.auto(true);
        few.iter().for_each(|&micros| _ = histogram.record(u64::from(micros)));
        *self = Self::Many(Box::new(histogram));
    }

    fn merge(&mut self, other: &Self) {
        match other {
            Self::Few(few) => few.iter().for_each(|&micros| self.add(Duration::from_micros(micros.into()))),
            Self::Many(other) => {
                self.spread();
                if let Self::Many(histogram) = self {
                    // A histogram that resizes itself takes any other of its digits.
                    let _ = histogram.add(&**other);
                }
            }
        }
    }

    /// Returns the time that this share of all do not pass: the nearest rank.
    pub(crate) fn at(&self, share: f64) -> Option<Duration> {
        let micros = match self {
            Self::Few(few) => {
                let mut sorted = few.clone();
                sorted.sort_unstable();
                let rank = (share * sorted.len() as f64).ceil() as usize;
                u64::from(*sorted.get(rank.max(1) - 1)?)
            }
            Self::Many(histogram) => histogram.value_at_quantile(share),
        };
        Some(Duration::from_micros(micros))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_the_nearest_ranks() {
        let mut times = Times::default();
        assert_eq!(times.at(0.5), None);
        (1..=10).for_each(|ms| times.add(Duration::from_millis(ms)));
        let at = |times: &Times, share| times.at(share).unwrap().as_micros();
        assert_eq!([0.5, 0.9, 0.99, 1.0].map(|share| at(&times, share)), [5_000, 9_000, 10_000, 10_000]);

        (11..=10_000).for_each(|ms| times.add(Duration::from_millis(ms)));
        let near = |share: f64, ms: u128| at(&times, share).abs_diff(ms * 1_000) <= ms;
        assert!(near(0.5, 5_000) && near(0.9, 9_000) && near(0.99, 9_900) && near(1.0, 10_000));

        let mut sum = Times::default();
        sum.add(Duration::from_millis(1));
        sum.merge(&times);
        assert!(at(&sum, 0.5).abs_diff(5_000_000) <= 5_000);
    }
}
