//! Counts requests over time, in columns that widen as the log gets longer.

use crate::read::Exchange;
use std::collections::BTreeMap;

/// Columns that a chart has at the most.
const COLUMNS: i64 = 120;

/// Widths of a column in milliseconds. Each is a multiple of the one before, so that columns can be joined.
const WIDTHS: [i64; 16] = [
    100,
    500,
    1_000,
    5_000,
    15_000,
    30_000,
    60_000,
    300_000,
    900_000,
    1_800_000,
    3_600_000,
    10_800_000,
    21_600_000,
    43_200_000,
    86_400_000,
    604_800_000,
];

/// Bins of the heat map, four to a power of ten: the first begins at 0.1 ms, the last takes all from about 56 s on.
pub(crate) const BINS: usize = 24;

/// Counts what a log had in each span of time. Its size has a bound, however long the log is.
#[derive(Debug)]
pub(crate) struct Timeline {
    /// Milliseconds of a column.
    width: i64,
    columns: BTreeMap<i64, Column>,
}

/// Counts what began within one column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) fine: u64,
    /// Answers of 400 to 499, and calls that were given up.
    pub(crate) refused: u64,
    /// Those for which the service is to blame.
    pub(crate) failed: u64,
    pub(crate) times: [u32; BINS],
}

/// Says as what an exchange counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    Fine,
    Refused,
    Failed,
}

impl Class {
    /// Returns how an exchange counts.
    pub(crate) fn of(exchange: &Exchange) -> Self {
        match exchange.status {
            _ if exchange.is_error() => Self::Failed,
            Some(..=399) => Self::Fine,
            _ => Self::Refused,
        }
    }
}

impl Timeline {
    pub(crate) fn new() -> Self {
        Self { width: WIDTHS[0], columns: BTreeMap::new() }
    }

    /// Counts an exchange that began at this moment, in milliseconds since 1970.
    pub(crate) fn add(&mut self, began: i64, class: Class, milliseconds: Option<f64>) {
        let column = self.columns.entry(began.div_euclid(self.width)).or_default();
        match class {
            Class::Fine => column.fine += 1,
            Class::Refused => column.refused += 1,
            Class::Failed => column.failed += 1,
        }
        if let Some(count) = milliseconds.and_then(|time| column.times.get_mut(bin(time))) {
            *count += 1;
        }
        while self.span() > COLUMNS {
            self.widen();
        }
    }

    /// Returns milliseconds of a column.
    pub(crate) fn width(&self) -> i64 {
        self.width
    }

    /// Returns the columns that have anything, by the moment at which each begins.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (i64, &Column)> {
        self.columns.iter().map(|(at, column)| (at * self.width, column))
    }

    /// Returns the moment at which the first column begins and the one at which the last ends.
    pub(crate) fn range(&self) -> Option<(i64, i64)> {
        let (first, last) = (self.columns.first_key_value()?.0, self.columns.last_key_value()?.0);
        Some((first * self.width, (last + 1) * self.width))
    }

    fn span(&self) -> i64 {
        self.range().map_or(0, |(first, end)| (end - first) / self.width)
    }

    fn widen(&mut self) {
        let wider = WIDTHS.into_iter().find(|width| *width > self.width).unwrap_or(self.width.saturating_mul(2));
        let factor = wider / self.width;
        let mut joined: BTreeMap<i64, Column> = BTreeMap::new();
        for (at, column) in std::mem::take(&mut self.columns) {
            let into = joined.entry(at.div_euclid(factor)).or_default();
            into.fine += column.fine;
            into.refused += column.refused;
            into.failed += column.failed;
            for (sum, count) in into.times.iter_mut().zip(column.times) {
                *sum += count;
            }
        }
        self.width = wider;
        self.columns = joined;
    }
}

/// Returns the bin of a time in milliseconds.
pub(crate) fn bin(milliseconds: f64) -> usize {
    // A negative or missing logarithm becomes 0: the cast saturates.
    ((((milliseconds.max(0.0)) * 10.0).log10() * 4.0) as usize).min(BINS - 1)
}

/// Returns the milliseconds at which a bin begins.
pub(crate) fn bin_begin(bin: usize) -> f64 {
    10f64.powf(bin as f64 / 4.0 - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Outcome;

    #[test]
    fn columns_are_joined_as_the_log_gets_longer() {
        let mut timeline = Timeline::new();
        for second in 0..3_600 {
            timeline.add(second * 1_000, Class::Fine, Some(1.0));
        }
        timeline.add(0, Class::Failed, None);
        assert_eq!(timeline.width(), 30_000);
        let columns: Vec<_> = timeline.columns().collect();
        assert_eq!(columns.len(), 120);
        assert_eq!((columns[0].1.fine, columns[0].1.failed, columns[0].1.times[4]), (30, 1, 30));
        assert_eq!(timeline.range(), Some((0, 3_600_000)));
    }

    #[test]
    fn moments_far_apart_are_no_fault() {
        let mut timeline = Timeline::new();
        for began in [i64::MIN / 1_000_000, 0, i64::MAX / 1_000_000] {
            timeline.add(began, Class::Refused, Some(f64::NAN));
        }
        assert_eq!(timeline.columns().map(|(_, column)| column.refused).sum::<u64>(), 3);
    }

    #[test]
    fn bins() {
        for (time, expected) in
            [(-1.0, 0), (0.0, 0), (0.1, 0), (0.99, 3), (1.0, 4), (10.0, 8), (99_999.0, 23), (1e12, 23)]
        {
            assert_eq!(bin(time), expected, "{time}");
        }
        assert!((bin_begin(4) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn classes() {
        let class = |status, outcome| Class::of(&Exchange { status, outcome, ..Exchange::default() });
        assert_eq!([101, 204, 302].map(|status| class(Some(status), Outcome::Complete)), [Class::Fine; 3]);
        assert_eq!([404, 499].map(|status| class(Some(status), Outcome::Complete)), [Class::Refused; 2]);
        assert_eq!(class(None, Outcome::Cancelled), Class::Refused);
        assert_eq!([500, 599].map(|status| class(Some(status), Outcome::Complete)), [Class::Failed; 2]);
        assert_eq!(class(None, Outcome::ServiceFailed), Class::Failed);
        assert_eq!(class(Some(200), Outcome::BodyFailed), Class::Failed);
    }
}
