//! Chooses the moments that an axis of time tells: round ones, as far from each other everywhere.

use jiff::Timestamp;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Milliseconds between ticks.
const STEPS: [i64; 29] = [
    10,
    20,
    50,
    100,
    200,
    500,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    91 * DAY,
];

/// Holds the ticks of an axis, in milliseconds since 1970.
pub(crate) struct Ticks {
    step: i64,
    pub(crate) at: Vec<i64>,
}

impl Ticks {
    /// Chooses the ticks of an axis from `begin` to `end`: as many as there are, but at most `most` steps.
    pub(crate) fn new(begin: i64, end: i64, most: i64) -> Self {
        let span = end.saturating_sub(begin);
        // Past the last, years of 364 days.
        let years = || 364 * DAY * (span / (364 * DAY * most) + 1);
        let step = STEPS.into_iter().find(|step| span / step <= most).unwrap_or_else(years);
        let first = begin.div_euclid(step) + i64::from(begin.rem_euclid(step) > 0);
        let at = (first..=end.div_euclid(step)).map(|nth| nth * step).collect();
        Self { step, at }
    }

    /// Shows a tick as precisely as the steps ask for, in UTC. Midnight shows as the day that it begins.
    pub(crate) fn label(&self, at: i64) -> String {
        let form = match self.step {
            ..100 => "%H:%M:%S%.2f",
            100..SECOND => "%H:%M:%S%.1f",
            SECOND..MINUTE => "%H:%M:%S",
            MINUTE..DAY if at.rem_euclid(DAY) > 0 => "%H:%M",
            MINUTE..DAY => "%m-%d",
            _ => "%Y-%m-%d",
        };
        Timestamp::from_millisecond(at).map_or_else(|_| String::new(), |at| at.strftime(form).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_even() {
        let labels = |begin: &str, end: &str, most| {
            let [begin, end] = [begin, end].map(|at| at.parse::<Timestamp>().unwrap().as_millisecond());
            let ticks = Ticks::new(begin, end, most);
            ticks.at.iter().map(|at| ticks.label(*at)).collect::<Vec<_>>()
        };
        assert_eq!(
            labels("2026-11-28T19:09:07.6Z", "2026-11-28T19:09:07.7Z", 4),
            ["19:09:07.60", "19:09:07.65", "19:09:07.70"]
        );
        assert_eq!(labels("2026-11-28T19:09:07Z", "2026-11-28T19:12:01Z", 4), ["19:10", "19:11", "19:12"]);
        assert_eq!(
            labels("2026-11-28T16:30:00Z", "2026-11-29T13:00:00Z", 9),
            ["18:00", "21:00", "11-29", "03:00", "06:00", "09:00", "12:00"]
        );
        assert_eq!(
            labels("2026-11-01T00:00:00Z", "2026-11-29T00:00:00Z", 4),
            ["2026-11-05", "2026-11-12", "2026-11-19", "2026-11-26"]
        );
        assert!((1..6).contains(&labels("1970-01-01T00:00:00Z", "2026-11-29T00:00:00Z", 4).len()));
        assert!(Ticks::new(0, i64::MAX, 4).at.len() < 6);
    }
}
