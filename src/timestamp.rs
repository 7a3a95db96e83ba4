//! Writes and reads moments in UTC as text (RFC 3339): `2013-02-13T06:26:26.123Z`.

use std::{
    cell::Cell,
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Shows a moment in UTC with milliseconds, cut rather than rounded.
///
/// A moment before 1970 shows as the first one of 1970, and one after 9999 as the last one of 9999: RFC 3339 has only
/// four digits for a year.
pub(crate) struct Timestamp(pub(crate) SystemTime);

/// The last moment that has a year of four digits, in milliseconds since 1970.
const LAST: u64 = 253_402_300_799_999;

impl Timestamp {
    /// Appends what `Display` shows.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.text());
    }

    /// Reads what `Display` shows. Returns `None` if the text is anything else.
    pub(crate) fn parse(text: &str) -> Option<SystemTime> {
        let bytes: &[u8; 24] = text.as_bytes().try_into().ok()?;
        let number = |from: usize, to: usize| {
            let digits = bytes.get(from..to)?;
            digits.iter().try_fold(0u64, |n, b| b.is_ascii_digit().then(|| 10 * n + u64::from(b - b'0')))
        };
        let [year, month, day] = [number(0, 4)?, number(5, 7)?, number(8, 10)?];
        let [hour, minute, second] = [number(11, 13)?, number(14, 16)?, number(17, 19)?];
        let days = days(year, month, day)?;
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
        let moment = UNIX_EPOCH.checked_add(Duration::from_millis(1000 * seconds + number(20, 23)?))?;
        // A day that the month does not have, and other signs between the numbers, come out as another text.
        (Self(moment).text() == *bytes).then_some(moment)
    }

    fn text(&self) -> [u8; 24] {
        let since = self.0.duration_since(UNIX_EPOCH).unwrap_or_default();
        let (second, millis) = match since.as_secs() {
            second if second > LAST / 1000 => (LAST / 1000, 999),
            second => (second, since.subsec_millis()),
        };
        let (cached, mut text) = SECOND.get();
        if cached != second {
            text = of_second(second);
            SECOND.set((second, text));
        }
        let [tens, ones] = digits(millis % 100);
        text[20..23].copy_from_slice(&[b'0' + (millis / 100) as u8, tens, ones]);
        text
    }
}

thread_local! {
    /// The second that was shown last: many exchanges begin in the same one.
    static SECOND: Cell<(u64, [u8; 24])> = const { Cell::new((u64::MAX, [0; 24])) };
}

/// Shows the beginning of a second since 1970.
fn of_second(second: u64) -> [u8; 24] {
    let (year, month, day) = date((second / 86_400) as u32);
    let second = (second % 86_400) as u32;
    let [[a, b], [c, d]] = [year / 100, year % 100].map(digits);
    let [[e, f], [g, h], [i, j]] = [month, day, second / 3600].map(digits);
    let [[k, l], [m, n]] = [second / 60 % 60, second % 60].map(digits);
    [a, b, c, d, b'-', e, f, b'-', g, h, b'T', i, j, b':', k, l, b':', m, n, b'.', b'0', b'0', b'0', b'Z']
}

/// Returns the two decimal digits of a number below 100.
fn digits(number: u32) -> [u8; 2] {
    [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text().iter().try_for_each(|&byte| fmt::Write::write_char(f, char::from(byte)))
    }
}

/// Returns year, month and day of the day that is this many days after 1970-01-01, in the Gregorian calendar.
///
/// Years are counted from March on, so that a leap day ends one (Howard Hinnant, `chrono`-Compatible Low-Level Date
/// Algorithms, `civil_from_days`).
fn date(days: u32) -> (u32, u32, u32) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let january = month >= 10;
    (era * 400 + year + u32::from(january), if january { month - 9 } else { month + 3 }, day)
}

/// Returns the days from 1970-01-01 to that day: the other way of [`date`].
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    if year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = year - u64::from(month <= 2);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let of_era = year % 400 * 365 + year % 400 / 4 - year % 400 / 100 + of_year;
    (year / 400 * 146_097 + of_era).checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(millis)
    }

    #[test]
    fn moments_show_as_rfc_3339_has_them() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_360_736_786_123, "2013-02-13T06:26:26.123Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (1_735_689_599_999, "2024-12-31T23:59:59.999Z"),
            (LAST, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Timestamp(at(millis)).to_string(), text);
            assert_eq!(Timestamp::parse(text), Some(at(millis)));
        }
        let cut = UNIX_EPOCH + Duration::from_micros(1_999);
        assert_eq!(Timestamp(cut).to_string(), "1970-01-01T00:00:00.001Z");
        assert_eq!(Timestamp(UNIX_EPOCH - Duration::from_secs(9)).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Timestamp(at(LAST + 1)).to_string(), "9999-12-31T23:59:59.999Z");
    }

    #[test]
    fn every_day_is_read_as_it_was_shown() {
        for day in (0..LAST / 86_400_000).step_by(3) {
            let moment = at(day * 86_400_000 + 86_399_001);
            let mut text = Vec::new();
            Timestamp(moment).write(&mut text);
            assert_eq!(Timestamp::parse(str::from_utf8(&text).unwrap()), Some(moment));
        }
    }

    #[test]
    fn what_is_no_moment_is_not_read() {
        for text in [
            "",
            "2013-02-13T06:26:26Z",
            "2013-02-13T06:26:26.1234Z",
            "2013-02-13 06:26:26.123Z",
            "2013-02-13T06:26:26.123+",
            "2013-02-29T06:26:26.123Z",
            "2013-13-13T06:26:26.123Z",
            "2013-00-13T06:26:26.123Z",
            "2013-02-00T06:26:26.123Z",
            "2013-02-13T24:00:00.000Z",
            "2013-02-13T06:60:26.123Z",
            "2013-02-13T06:26:60.123Z",
            "1969-12-31T23:59:59.999Z",
            "+013-02-13T06:26:26.123Z",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
