//! Holds how long things took.

use crate::decimal;
use std::{fmt, time::Duration};

/// Tells how long things took, from the moment the request reached the layer, on a monotonic clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timings {
    pub(crate) head: Option<Duration>,
    pub(crate) first_byte: Option<Duration>,
    pub(crate) request_body: Option<Duration>,
    pub(crate) end: Duration,
}

impl Timings {
    /// The time to the response head: the time to first byte that the log shows. `None` if there was no response.
    #[must_use]
    pub fn head(&self) -> Option<Duration> {
        self.head
    }

    /// The time to the first byte of the response's body. `None` if there was none.
    #[must_use]
    pub fn first_byte(&self) -> Option<Duration> {
        self.first_byte
    }

    /// The time to the end of the request's body, or to the moment it was dropped. `None` if there was none, or if it
    /// goes on.
    #[must_use]
    pub fn request_body(&self) -> Option<Duration> {
        self.request_body
    }

    /// The time to the end of the exchange, taken before anything is rendered. For an exchange that is still open, the
    /// time to the report.
    #[must_use]
    pub fn end(&self) -> Duration {
        self.end
    }
}

/// Shows milliseconds as the log does: whole ones from 10 ms up (`164ms`), two decimals below (`0.42ms`), cut rather
/// than rounded.
///
/// ```
/// use std::time::Duration;
/// use tower_request_log::record::Milliseconds;
///
/// assert_eq!(Milliseconds(Duration::from_micros(429)).to_string(), "0.42ms");
/// assert_eq!(Milliseconds(Duration::from_micros(164_900)).to_string(), "164ms");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Milliseconds(pub Duration);

impl Milliseconds {
    /// Appends what `Display` shows, without the machinery of `fmt`: every block has it.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        if self.0 >= Duration::from_millis(10) {
            decimal::write(u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX), out);
        } else {
            let hundredths = self.0.subsec_micros() / 10;
            let digit = |of: u32| b'0' + (of % 10) as u8;
            out.extend_from_slice(&[digit(hundredths / 100), b'.', digit(hundredths / 10), digit(hundredths)]);
        }
        out.extend_from_slice(b"ms");
    }
}

impl fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 >= Duration::from_millis(10) {
            write!(f, "{}ms", self.0.as_millis())
        } else {
            let hundredths = self.0.as_micros() / 10;
            write!(f, "{}.{:02}ms", hundredths / 100, hundredths % 100)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_are_written_as_they_are_displayed() {
        for nanos in [0, 9_999, 10_000, 420_000, 1_000_000, 9_999_999, 10_000_000, 164_900_000, 86_400_000_000_000] {
            let time = Milliseconds(Duration::from_nanos(nanos));
            let mut written = b"in ".to_vec();
            time.write(&mut written);
            assert_eq!(String::from_utf8(written).unwrap(), format!("in {time}"));
        }
        assert_eq!(Milliseconds(Duration::from_micros(429)).to_string(), "0.42ms");
        assert_eq!(Milliseconds(Duration::from_millis(164)).to_string(), "164ms");
    }
}
