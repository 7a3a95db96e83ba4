//! Reads the values that filters compare with.

use jiff::{Timestamp, civil, tz::TimeZone};
use std::time::Duration;

/// A pattern in which `*` is anything.
#[derive(Debug)]
pub(super) struct Glob {
    parts: Vec<String>,
    ignore_case: bool,
}

impl Glob {
    pub(super) fn new(pattern: &str, ignore_case: bool) -> Self {
        let pattern = if ignore_case { pattern.to_ascii_lowercase() } else { pattern.to_owned() };
        Self { parts: pattern.split('*').map(str::to_owned).collect(), ignore_case }
    }

    pub(super) fn fits(&self, text: &str) -> bool {
        if self.ignore_case {
            return self.fits_case(&text.to_ascii_lowercase());
        }
        self.fits_case(text)
    }

    fn fits_case(&self, text: &str) -> bool {
        let [first, middle @ .., last] = &self.parts[..] else { return self.parts.first().is_some_and(|p| p == text) };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
        for part in middle {
            let Some(at) = rest.find(part.as_str()) else { return false };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(last.as_str())
    }

    /// Returns the longest text that is in all that fits.
    pub(super) fn literal(&self) -> Option<&str> {
        self.parts.iter().map(String::as_str).max_by_key(|part| part.len()).filter(|part| !part.is_empty())
    }
}

/// Reads `100ms`, `1.5s`, `2m`.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit() && c != '.')?);
    let seconds = match unit {
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    // Rounded, so that what is written compares as equal with what was measured.
    let nanos = (number.parse::<f64>().ok()? * seconds * 1e9).round();
    (nanos < 1e18).then(|| Duration::from_nanos(nanos as u64))
}

/// Reads `5`, `10kB`, `1.5MB`.
pub(super) fn size(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len()));
    let times = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        _ => return None,
    };
    Some((number.parse::<f64>().ok()? * times) as u64)
}

/// Reads `-15m`, a time of RFC 3339, or one or a date without a zone, which is UTC as all times in the log.
pub(super) fn time(text: &str, now: Timestamp) -> Option<Timestamp> {
    if let Some(ago) = text.strip_prefix('-') {
        return now.checked_sub(duration(ago)?).ok();
    }
    let utc = |time| TimeZone::UTC.to_timestamp(time).ok();
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    if let Ok(time) = text.parse::<civil::DateTime>() {
        return utc(time);
    }
    let time: civil::Time = text.parse().ok()?;
    utc(now.to_zoned_datetime(TimeZone::UTC).date().to_datetime(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        let fits = |pattern, text| Glob::new(pattern, false).fits(text);
        for (pattern, text) in
            [("a", "a"), ("*", ""), ("*", "ab"), ("a*", "ab"), ("*b", "ab"), ("a*c*e", "abcde"), ("a*b*b", "abb")]
        {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a", "ab"), ("a*", "ba"), ("*a", "ab"), ("a*a", "a"), ("a*c", "acb"), ("", "a")] {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
        assert!(Glob::new("POST", true).fits("post"));
    }

    #[test]
    fn values() {
        assert_eq!(duration("100ms"), Some(Duration::from_millis(100)));
        assert_eq!(duration("1.5s"), Some(Duration::from_millis(1_500)));
        assert_eq!(duration("0.42ms"), Some(Duration::from_micros(420)));
        for none in ["", "1", "ms", "1x", "-1s", "1.2.3s", "1e400s"] {
            assert_eq!(duration(none), None, "{none}");
        }
        assert_eq!(size("1.5kB"), Some(1_500));
        assert_eq!(size("7"), Some(7));
        assert_eq!(size("7x"), None);
        let now = "2026-11-28T16:00:00Z".parse().unwrap();
        let time = |text| time(text, now).map(|time| time.to_string());
        assert_eq!(time("-15m").as_deref(), Some("2026-11-28T15:45:00Z"));
        assert_eq!(time("2026-11-28T17:00:00+01:00").as_deref(), Some("2026-11-28T16:00:00Z"));
        assert_eq!(time("2026-11-28T17:00").as_deref(), Some("2026-11-28T17:00:00Z"));
        assert_eq!(time("2026-11-28").as_deref(), Some("2026-11-28T00:00:00Z"));
        assert_eq!(time("15:30").as_deref(), Some("2026-11-28T15:30:00Z"));
        assert_eq!(time("yesterday"), None);
    }
}
