//! Takes lines apart that begin as the line before them did.

use super::grammar::{LOG, Line, is_clock, is_id};
use memchr::memchr;

/// Remembers a prefix, so that the next line is taken apart without a search: within one transport and program only the
/// clock differs.
///
/// ```
/// use tower_request_log::format::lines::parse::{Shape, splits};
///
/// let lines = [&b"Feb 13 06:26:26 prod02 games: a > GET / HTTP/1.1"[..], b"Feb 13 06:26:27 prod02 games: a < HTTP/1.1 200 OK"];
/// let mut shape = Shape::default();
/// let first = splits(lines[0]).next().unwrap();
/// shape.learn(first.prefix);
/// assert_eq!(shape.split(lines[1], first.id).unwrap().text, b"HTTP/1.1 200 OK");
/// ```
#[derive(Debug, Default)]
pub struct Shape {
    prefix: Vec<u8>,
    /// Marks the bytes that are digits of a clock.
    clock: Vec<bool>,
}

impl Shape {
    /// Learns the shape of `prefix`.
    pub fn learn(&mut self, prefix: &[u8]) {
        self.prefix.clear();
        self.prefix.extend_from_slice(prefix);
        self.clock.clear();
        for word in prefix.split_inclusive(|&b| b == b' ') {
            let is_clock = is_clock(word);
            self.clock.extend(word.iter().map(|b| is_clock && b.is_ascii_digit()));
        }
    }

    /// Takes `line` apart if it begins as the prefix that was learnt, and a well-formed id or
    /// [`LOG`] and a mark follow. Otherwise a [search](super::parse::splits) may still find an id.
    ///
    /// `last` is the id that is expected, empty if there is none: it is not looked at again.
    #[inline]
    #[must_use]
    pub fn split<'a>(&self, line: &'a [u8], last: &[u8]) -> Option<Line<'a>> {
        let at = self.prefix.len();
        let (prefix, rest) = line.split_at_checked(at)?;
        if prefix != self.prefix {
            let same = |((new, old), clock): ((&u8, &u8), &bool)| new == old || (*clock && new.is_ascii_digit());
            if !prefix.iter().zip(&self.prefix).zip(&self.clock).all(same) {
                return None;
            }
        }
        if !last.is_empty() && rest.starts_with(last) && rest.get(last.len()) == Some(&b' ') {
            return Line::at(line, at, last.len());
        }
        let len = memchr(b' ', rest.get(..rest.len().min(129))?)?;
        Line::at(line, at, len).filter(|line| line.id == LOG || is_id(line.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_apart_that_differ_in_their_clock() {
        let mut shape = Shape::default();
        shape.learn(b"Feb 13 06:26:26 prod02 games[12]: ");
        let id =
            |line: &str| shape.split(line.as_bytes(), b"b").map(|line| String::from_utf8_lossy(line.id).into_owned());
        assert_eq!(id("Feb 13 06:26:27 prod02 games[12]: a > x").as_deref(), Some("a"));
        assert_eq!(id("Feb 13 06:26:27 prod02 games[12]: b > x").as_deref(), Some("b"));
        assert_eq!(id("Feb 13 06:26:27 prod02 games[12]: -   x").as_deref(), Some("-"));
        assert_eq!(id("Feb 13 06:26:27 prod03 games[12]: a > x"), None);
        assert_eq!(id("Feb 13 06:26:27 prod02 games[13]: a > x"), None);
        assert_eq!(id("Feb 13 06:26:2x prod02 games[12]: a > x"), None);
        assert_eq!(id("Feb 13 06:26:27 prod02 games[12]: a, > x"), None);
        assert_eq!(id("Feb 13"), None);
    }
}
