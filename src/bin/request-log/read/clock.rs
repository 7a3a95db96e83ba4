//! Reads the times that transports put before lines.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// Returns the time in a prefix: RFC 3339's form, or syslog's (`Feb 13 06:26:26`), which is local time of the year that
/// makes it lie in the past.
pub(crate) fn of_prefix(prefix: &str) -> Option<Timestamp> {
    let is_space = |c: char| c == ' ' || c == '[' || c == ']';
    let exact = |word: &str| word.as_bytes().get(10) == Some(&b'T') && word.as_bytes()[4] == b'-';
    if let Some(word) = prefix.split(is_space).find(|word| exact(word)) {
        return word.parse().ok();
    }
    let at = MONTHS.iter().find_map(|month| prefix.find(month))?;
    syslog(prefix.get(at..at + 15)?, Timestamp::now(), TimeZone::system())
}

const MONTHS: [&str; 12] =
    ["Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ", "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec "];

/// Reads `Feb  3 06:26:26` (RFC 3164, section 4.1.2).
fn syslog(text: &str, now: Timestamp, zone: TimeZone) -> Option<Timestamp> {
    let month = MONTHS.iter().position(|month| text.starts_with(month))? + 1;
    let number = |range: std::ops::Range<usize>| text.get(range)?.trim_start().parse::<i8>().ok();
    let (day, hour, minute, second) = (number(4..6)?, number(7..9)?, number(10..12)?, number(13..15)?);
    let year = now.to_zoned_datetime(zone.clone()).year();
    let in_year = |year: i16| {
        let time = DateTime::new(year, i8::try_from(month).ok()?, day, hour, minute, second, 0).ok()?;
        zone.to_ambiguous_timestamp(time).compatible().ok()
    };
    let day_ahead = now.as_second() + 86_400;
    in_year(year).filter(|time| time.as_second() <= day_ahead).or_else(|| in_year(year - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_bear_times() {
        let time = |prefix| of_prefix(prefix).map(|time| time.to_string());
        let exact = Some("2026-11-22T14:45:51.003Z".to_owned());
        assert_eq!(time("<134>1 2026-11-22T14:45:51.003Z prod02 betable-games 123 - - "), exact);
        assert_eq!(time("2026-11-22T15:45:51.003+01:00 prod02 games: "), exact);
        assert_eq!(time("db           | "), None);
        assert_eq!(time(""), None);
    }

    #[test]
    fn syslog_knows_no_year() {
        let now = "2026-01-02T00:00:00Z".parse().unwrap();
        let time = |text| syslog(text, now, TimeZone::UTC).map(|time| time.to_string());
        assert_eq!(time("Feb 13 06:26:26").as_deref(), Some("2025-02-13T06:26:26Z"));
        assert_eq!(time("Jan  2 06:26:26").as_deref(), Some("2026-01-02T06:26:26Z"));
        assert_eq!(time("Feb 31 06:26:26"), None);
    }
}
