//! Parses lines as readers see them: where a line's id is, and what its text may be.

use super::prefix::{NOTE, REQUEST, RESPONSE};
use crate::request_id::is_well_formed;
use memchr::{memchr, memrchr};
use std::time::Duration;

/// The id of lines about the log itself, which are always notes.
pub const LOG: &[u8] = b"-";

/// Names the part of the exchange that a line belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Mark {
    /// The request: `>`.
    Request,
    /// The response: `<`.
    Response,
    /// A note about the exchange: a space.
    Note,
}

impl Mark {
    /// Returns `>`, `<` or a space.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Request => REQUEST,
            Self::Response => RESPONSE,
            Self::Note => NOTE,
        }
    }
}

/// Holds the parts of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Line<'a> {
    /// The text that a transport put before the id, the space before the id included.
    pub prefix: &'a [u8],
    /// The id, or [`LOG`].
    pub id: &'a [u8],
    /// The mark behind the id.
    pub mark: Mark,
    /// Is set if the text goes on that of the line before it (`>+`).
    pub goes_on: bool,
    /// The text, empty if the line ends at its mark.
    pub text: &'a [u8],
}

impl<'a> Line<'a> {
    /// Takes `line` apart whose id is the word of `len` bytes at `at`. Returns `None` if no mark follows it.
    ///
    /// The id itself is not looked at: [`is_id`] does that.
    #[inline]
    #[must_use]
    pub fn at(line: &'a [u8], at: usize, len: usize) -> Option<Self> {
        let id = line.get(at..at + len)?;
        let (mark, goes_on, text) = mark(line.get(at + len + 1..)?)?;
        Some(Self { prefix: line.get(..at)?, id, mark, goes_on, text })
    }
}

/// Returns the ways to take `line` apart, from the left to the right: each well-formed id, or [`LOG`], that a mark
/// follows.
///
/// Where an id is known to the caller, only that way holds, and else the first: text follows the first mark, and text
/// may be hostile.
pub fn splits(line: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut begin = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = line.get(begin..)?;
            let word = rest.get(..memchr(b' ', rest)?)?;
            let id = after_controls(word);
            let at = begin + word.len() - id.len();
            begin += word.len() + 1;
            if let Some(split) = Line::at(line, at, id.len()).filter(|split| split.id == LOG || is_id(split.id)) {
                return Some(split);
            }
        }
    })
}

/// Returns the text of a line without the id and the mark, or all of it if it has none.
pub(crate) fn text(line: &str) -> &str {
    let text = splits(line.as_bytes()).next().filter(|split| split.prefix.is_empty()).map(|split| split.text);
    text.and_then(|text| line.get(line.len() - text.len()..)).unwrap_or(line)
}

/// Returns whether `id` may stand at the head of a line: 1 to 128 of `A-Z a-z 0-9 . _ - : + / = @`, and not [`LOG`].
#[inline]
#[must_use]
pub fn is_id(id: &[u8]) -> bool {
    is_well_formed(id)
}

/// Returns what follows a tab or the end of a colour: controls are a transport's, since no line is printed with any.
fn after_controls(word: &[u8]) -> &[u8] {
    let Some(at) = word.iter().rposition(u8::is_ascii_control) else { return word };
    let (before, rest) = word.split_at(at + 1);
    match rest.strip_prefix(b"[") {
        Some(color) if before.ends_with(b"\x1b") => {
            memchr(b'm', color).and_then(|m| color.get(m + 1..)).unwrap_or_default()
        }
        _ => rest,
    }
}

/// Returns the mark, whether a `+` follows it, and the text that a space parts from it.
#[inline]
fn mark(after: &[u8]) -> Option<(Mark, bool, &[u8])> {
    let (mark, rest) = after.split_first()?;
    let mark = match *mark {
        REQUEST => Mark::Request,
        RESPONSE => Mark::Response,
        NOTE => Mark::Note,
        _ => return None,
    };
    match rest {
        [] => Some((mark, false, rest)),
        [b' ', text @ ..] => Some((mark, false, text)),
        [b'+', b' ', text @ ..] => Some((mark, true, text)),
        _ => None,
    }
}

/// Returns method, target and version of a request line. Returns `None` if the text is none.
///
/// The target is all that is between, since what stands in for a secret may have spaces.
#[must_use]
pub fn request_line(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (method, rest) = split_once(text, memchr(b' ', text)?)?;
    let (target, version) = split_once(rest, memrchr(b' ', rest)?)?;
    // A line within a line is not one.
    (is_token(method) && mark(target).is_none() && version.starts_with(b"HTTP/")).then_some((method, target, version))
}

/// Returns whether this may be the beginning of a request line whose end is in the next lines.
#[must_use]
pub fn begins_request_line(text: &[u8]) -> bool {
    let (method, target) = memchr(b' ', text).and_then(|space| split_once(text, space)).unwrap_or((text, b"/"));
    is_token(method) && mark(target).is_none()
}

/// Returns the code of a status line, `VERSION CODE Reason`, or `VERSION CODE` where there is no reason. Returns `None`
/// if the text is none.
#[must_use]
pub fn status(text: &[u8]) -> Option<u16> {
    let rest = text.strip_prefix(b"HTTP/")?;
    let (_, rest) = split_once(rest, memchr(b' ', rest)?)?;
    // Three digits (RFC 9110, section 15).
    let code = match rest {
        [a, b, c] | [a, b, c, b' ', ..] => [a, b, c],
        _ => return None,
    };
    code.iter().try_fold(0, |code, b| b.is_ascii_digit().then(|| code * 10 + u16::from(**b - b'0')))
}

/// Returns name and value of a header, `Name: value`, or `Name:` if the value is empty. Returns `None` if the text is
/// none.
#[inline]
#[must_use]
pub fn header(text: &[u8]) -> Option<(&[u8], &[u8])> {
    // The names of pseudo-headers (RFC 9113, section 8.3) begin with a colon.
    let pseudo = usize::from(text.starts_with(b":"));
    let colon = pseudo + memchr(b':', text.get(pseudo..)?)?;
    let (name, value) = split_once(text, colon)?;
    let value = if value.is_empty() { value } else { value.strip_prefix(b" ")? };
    is_token(name.get(pseudo..)?).then_some((name, value))
}

/// Returns what stands before the byte at `at`, and what stands after it.
fn split_once(text: &[u8], at: usize) -> Option<(&[u8], &[u8])> {
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Returns whether this is a token (RFC 9110, section 5.6.2).
fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&b| TOKEN_BYTES[usize::from(b)])
}

/// Has `true` for each byte that a token is made of.
const TOKEN_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0u8;
    while byte < 128 {
        let is_sign = matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~');
        table[byte as usize] = byte.is_ascii_alphanumeric() || is_sign;
        byte += 1;
    }
    table
};

/// Reads a duration as the log shows it: `164ms`, `0.42ms`. At most six decimals are read.
#[must_use]
pub fn milliseconds(text: &[u8]) -> Option<Duration> {
    let number = text.strip_suffix(b"ms")?;
    let (whole, fraction) = match memchr(b'.', number) {
        Some(dot) => split_once(number, dot)?,
        None => (number, &b"0"[..]),
    };
    let decimals = u32::try_from(fraction.len()).ok().filter(|&decimals| decimals <= 6)?;
    let nanos = digits(fraction)? * 10u64.pow(6 - decimals);
    Duration::from_millis(digits(whole)?).checked_add(Duration::from_nanos(nanos))
}

/// Reads a number of digits alone.
fn digits(text: &[u8]) -> Option<u64> {
    let (first, rest) = text.split_first()?;
    let digit = |b: &u8| b.is_ascii_digit().then(|| u64::from(b - b'0'));
    rest.iter().try_fold(digit(first)?, |number, b| number.checked_mul(10)?.checked_add(digit(b)?))
}

/// Returns the words of a prefix that name a host and a program. Words that have no letters but `T` and `Z` are left
/// out: they are a clock's.
///
/// Lines with the same id of which the words differ come from different processes.
#[must_use]
pub fn origin(prefix: &[u8]) -> Vec<u8> {
    let words: Vec<&[u8]> = prefix.split(|&b| b == b' ').filter(|word| !is_clock(word)).collect();
    words.join(&b' ')
}

/// Returns whether a word of a prefix is a time or a date.
pub(super) fn is_clock(word: &[u8]) -> bool {
    word.iter().all(|b| !b.is_ascii_alphabetic() || matches!(b, b'T' | b'Z'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Vec<(&str, &str, Mark, &str)> {
        let text = |bytes| str::from_utf8(bytes).unwrap();
        splits(line.as_bytes()).map(|line| (text(line.prefix), text(line.id), line.mark, text(line.text))).collect()
    }

    #[test]
    fn lines_come_apart() {
        assert_eq!(split("id > GET / HTTP/1.1"), [("", "id", Mark::Request, "GET / HTTP/1.1")]);
        assert_eq!(split("id <     indented "), [("", "id", Mark::Response, "    indented ")]);
        assert_eq!(split("id   164ms"), [("", "id", Mark::Note, "164ms")]);
        assert_eq!(split("-   1 record dropped"), [("", "-", Mark::Note, "1 record dropped")]);
        assert_eq!(split("id >"), [("", "id", Mark::Request, "")]);
        assert_eq!(split("id > "), [("", "id", Mark::Request, "")]);
        assert_eq!(split("a b: id >"), [("a b: ", "id", Mark::Request, "")]);
        assert_eq!(split("a > b < c").len(), 2);
        assert_eq!(split("a\tid > x"), [("a\t", "id", Mark::Request, "x")]);
        assert_eq!(split("\u{1b}[36mweb | \u{1b}[0mid > x"), [("\u{1b}[36mweb | \u{1b}[0m", "id", Mark::Request, "x")]);
        let goes_on = |line: &'static str| {
            let line = splits(line.as_bytes()).next()?;
            Some((str::from_utf8(line.id).unwrap(), line.mark, line.goes_on, str::from_utf8(line.text).unwrap()))
        };
        assert_eq!(goes_on("id >+  x"), Some(("id", Mark::Request, true, " x")));
        assert_eq!(goes_on("p: id <+ x"), Some(("id", Mark::Response, true, "x")));
        assert_eq!(goes_on("-  + x"), Some(("-", Mark::Note, true, "x")));
        assert_eq!(goes_on("id > + x"), Some(("id", Mark::Request, false, "+ x")));
        for none in [
            "id >+",
            "id >+x",
            "id  +x",
            "",
            " ",
            "id",
            "id ",
            "id  a",
            "id >x",
            "id >> x",
            "é > x",
            " > x",
            "a\t > x",
            "\u{1b}[3 > x",
        ] {
            assert_eq!(split(none), [], "{none:?}");
        }
    }

    #[test]
    fn start_lines() {
        for good in [
            "GET / HTTP/1.1",
            "OPTIONS * HTTP/2",
            "CONNECT a:1 HTTP/1.1",
            "m-search /a b HTTP/1.0",
            "GET <gone> HTTP/1.1",
        ] {
            assert!(request_line(good.as_bytes()).is_some(), "{good}");
        }
        for bad in ["", "GET", "GET /", "GET / HTP/1.1", "{ / HTTP/1.1", " GET / HTTP/1.1", "id > GET / HTTP/1.1"] {
            assert!(request_line(bad.as_bytes()).is_none(), "{bad}");
        }
        for (text, code) in [
            ("HTTP/1.1 200 OK", Some(200)),
            ("HTTP/2 599", Some(599)),
            ("HTTP/1.1 20 OK", None),
            ("HTTP/1.1 2000", None),
            ("HTTP/1.1 +20", None),
            ("HTTP/1.1", None),
            ("a 200", None),
        ] {
            assert_eq!(status(text.as_bytes()), code, "{text}");
        }
        assert!(begins_request_line(b"GET /a") && begins_request_line(b"GET") && !begins_request_line(b"a > GET /a"));
    }

    #[test]
    fn headers() {
        for (text, name, value) in [
            ("Host: a: b", "Host", "a: b"),
            ("X-Empty:", "X-Empty", ""),
            (":authority: a:1", ":authority", "a:1"),
            ("X-Space:  ", "X-Space", " "),
        ] {
            assert_eq!(header(text.as_bytes()), Some((name.as_bytes(), value.as_bytes())));
        }
        for bad in ["", ":", "::", ": a", ":: a", ":a", "a", "a:b", "{\"a\": 1}", "a b: c"] {
            assert_eq!(header(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn times() {
        assert_eq!(milliseconds(b"164ms"), Some(Duration::from_millis(164)));
        assert_eq!(milliseconds(b"0.42ms"), Some(Duration::from_micros(420)));
        assert_eq!(milliseconds(b"9.99ms"), Some(Duration::from_micros(9_990)));
        for bad in [
            "164ms, end 12ms",
            "",
            "ms",
            "1",
            ".5ms",
            "1.ms",
            "-1ms",
            "1msx",
            "a 1ms",
            "99999999999999999999ms",
            "1e3ms",
        ] {
            assert_eq!(milliseconds(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(milliseconds(b"18446744073709551615.999999ms").map(|time| time.as_millis()), Some(u64::MAX.into()));
    }

    #[test]
    fn origins_have_no_clock() {
        for (prefix, words) in [
            ("Feb 13 06:26:26 prod02 games: ", "Feb prod02 games:"),
            ("2026-11-22T14:45:51.123456789Z stdout F ", "stdout F"),
            ("06:26:26 ", ""),
            ("", ""),
        ] {
            assert_eq!(origin(prefix.as_bytes()), words.as_bytes(), "{prefix}");
        }
    }
}
