//! Takes a line apart: what a transport put before it, the id, the mark and the text.

/// The id of lines about the log itself.
pub(crate) const LOG: &[u8] = b"-";

/// Tells which part of an exchange a line belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mark {
    Request,
    Response,
    Note,
}

impl Mark {
    /// Returns the character that stands for it.
    pub(crate) fn byte(self) -> u8 {
        match self {
            Self::Request => b'>',
            Self::Response => b'<',
            Self::Note => b' ',
        }
    }
}

/// Holds the parts of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Line<'a> {
    /// The text that a transport put before the id.
    pub(crate) prefix: &'a [u8],
    pub(crate) id: &'a [u8],
    pub(crate) mark: Mark,
    /// Is set if it goes on the line before it (`>+`).
    pub(crate) goes_on: bool,
    pub(crate) text: &'a [u8],
}

/// Returns the ways to take `line` apart, from the left to the right: each well-formed id, or `-`, that a mark follows.
pub(crate) fn splits(line: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut begin = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = line.get(begins_within(begin, line)?..)?;
            let space = memchr::memchr(b' ', rest)?;
            let id = after_controls(&rest[..space]);
            let at = begin + space - id.len();
            begin += space + 1;
            if let Some(split) = at_id(line, at, id.len()) {
                return Some(split);
            }
        }
    })
}

fn begins_within(begin: usize, line: &[u8]) -> Option<usize> {
    (begin < line.len()).then_some(begin)
}

/// Takes `line` apart whose id, of `len` bytes, begins at `at`.
fn at_id(line: &[u8], at: usize, len: usize) -> Option<Line<'_>> {
    let split = at_word(line, at, len)?;
    (split.id == LOG || is_id(split.id)).then_some(split)
}

/// Takes `line` apart whose word of `len` bytes at `at` is an id.
fn at_word(line: &[u8], at: usize, len: usize) -> Option<Line<'_>> {
    let id = line.get(at..at + len)?;
    let after = line.get(at + len + 1..)?;
    let mark = match *after.first()? {
        b'>' => Mark::Request,
        b'<' => Mark::Response,
        b' ' => Mark::Note,
        _ => return None,
    };
    let (goes_on, text) = match after.get(1..)? {
        [] => (false, &after[1..]),
        [b' ', text @ ..] => (false, text),
        [b'+', b' ', text @ ..] => (true, text),
        _ => return None,
    };
    Some(Line { prefix: &line[..at], id, mark, goes_on, text })
}

/// Tells whether `id` is a well-formed request id.
pub(crate) fn is_id(id: &[u8]) -> bool {
    (1..=128).contains(&id.len()) && id != LOG && id.iter().all(|&b| ID_BYTES[usize::from(b)])
}

/// The bytes that an id is made of.
const ID_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        table[at] =
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b':' | b'+' | b'/' | b'=' | b'@');
        at += 1;
    }
    table
};

/// Returns what follows a tab or the end of a colour: controls are a transport's, since no line is printed with any.
fn after_controls(word: &[u8]) -> &[u8] {
    let Some(at) = word.iter().rposition(u8::is_ascii_control) else { return word };
    let rest = &word[at + 1..];
    match rest.strip_prefix(b"[") {
        Some(color) if word[at] == 0x1b => memchr::memchr(b'm', color).map_or(b"", |m| &color[m + 1..]),
        _ => rest,
    }
}

/// Tells whether `text` is `METHOD request-target VERSION`.
pub(crate) fn is_request_line(text: &[u8]) -> bool {
    request_line(text).is_some()
}

/// Tells whether `text` may be the first piece of a request line: a method and more.
pub(crate) fn begins_as_request_line(text: &[u8]) -> bool {
    memchr::memchr(b' ', text).is_some_and(|space| {
        let rest = &text[space + 1..];
        is_token(&text[..space]) && !rest.is_empty() && !matches!(rest[0], b'>' | b'<' | b' ')
    })
}

/// Returns method, target and version. The target is all that is between, since what stands in for a secret may have
/// spaces.
pub(crate) fn request_line(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let first = memchr::memchr(b' ', text)?;
    let last = memchr::memrchr(b' ', text).filter(|&last| last > first)?;
    let (method, target, version) = (&text[..first], &text[first + 1..last], &text[last + 1..]);
    // A line within a line is none.
    let is_line = matches!(target, [b'>' | b'<' | b' ', b' ', ..] | [b'>' | b'<' | b' ']);
    (is_token(method) && !is_line && version.starts_with(b"HTTP/")).then_some((method, target, version))
}

/// Returns the code of a status line: three digits (RFC 9110, section 15).
pub(crate) fn status(text: &[u8]) -> Option<u16> {
    let rest = text.strip_prefix(b"HTTP/")?;
    let rest = &rest[memchr::memchr(b' ', rest)? + 1..];
    let code = match rest {
        [a, b, c] | [a, b, c, b' ', ..] => [a, b, c],
        _ => return None,
    };
    code.iter().all(|b| b.is_ascii_digit()).then(|| code.iter().fold(0, |sum, &&b| sum * 10 + u16::from(b - b'0')))
}

/// Tells whether `text` is `Name: value`, or `Name:` where the value is empty.
pub(crate) fn is_header(text: &[u8]) -> bool {
    // HTTP/2's pseudo-headers begin with a colon.
    let name_from = usize::from(text.first() == Some(&b':'));
    let Some(colon) = text.get(name_from..).and_then(|rest| memchr::memchr(b':', rest)) else { return false };
    let value = &text[name_from + colon + 1..];
    is_token(&text[name_from..name_from + colon]) && (value.is_empty() || value[0] == b' ')
}

/// Tells whether `text` is a token (RFC 9110, section 5.6.2).
fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&b| TOKEN_BYTES[usize::from(b)])
}

/// The bytes that a token is made of.
const TOKEN_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        let is_sign = matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~');
        table[at] = byte.is_ascii_alphanumeric() || is_sign;
        at += 1;
    }
    table
};

/// Tells whether a note ends its block: the time to first byte alone, or `no response`.
pub(crate) fn is_end(note: &[u8]) -> bool {
    match note {
        [b'0'..=b'9', .., b'm', b's'] => milliseconds(note).is_some(),
        _ => note == b"no response",
    }
}

/// Returns the duration that a note is: `164ms`, `0.42ms`.
pub(crate) fn milliseconds(text: &[u8]) -> Option<std::time::Duration> {
    let number = text.strip_suffix(b"ms")?;
    let (whole, fraction) = match memchr::memchr(b'.', number) {
        Some(dot) => (&number[..dot], &number[dot + 1..]),
        None => (number, &b"0"[..]),
    };
    let value = |digits: &[u8]| {
        let fits = (1..=15).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
        fits.then(|| digits.iter().fold(0u64, |sum, b| sum * 10 + u64::from(b - b'0')))
    };
    let (whole, decimals) = (value(whole)?, u32::try_from(fraction.len()).ok().filter(|&n| n <= 6)?);
    let nanos = value(fraction)? * 10u64.pow(6 - decimals);
    Some(std::time::Duration::from_millis(whole) + std::time::Duration::from_nanos(nanos))
}

/// Remembers a prefix, so that the next line is taken apart without a search: within one transport and program only the
/// clock differs.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    prefix: Vec<u8>,
    /// Marks the bytes that are digits of a clock.
    clock: Vec<bool>,
}

impl Shape {
    /// Learns the shape of `prefix`.
    pub(crate) fn learn(&mut self, prefix: &[u8]) {
        self.prefix.clear();
        self.prefix.extend_from_slice(prefix);
        self.clock.clear();
        for word in prefix.split_inclusive(|&b| b == b' ') {
            let is_clock = is_clock(word);
            self.clock.extend(word.iter().map(|b| is_clock && b.is_ascii_digit()));
        }
    }

    /// Takes `line` apart where it begins as the line before it did. `last` is that line's id, which spares a look at it.
    pub(crate) fn split<'a>(&self, line: &'a [u8], last: &[u8]) -> Option<Line<'a>> {
        let at = self.prefix.len();
        let (prefix, rest) = (line.get(..at)?, line.get(at..)?);
        if prefix != self.prefix {
            let same = |((new, old), clock): ((&u8, &u8), &bool)| new == old || (*clock && new.is_ascii_digit());
            if !prefix.iter().zip(&self.prefix).zip(&self.clock).all(same) {
                return None;
            }
        }
        if rest.starts_with(last) && rest.get(last.len()) == Some(&b' ') && !last.is_empty() {
            return at_word(line, at, last.len());
        }
        let len = memchr::memchr(b' ', rest.get(..rest.len().min(129))?)?;
        at_id(line, at, len)
    }
}

/// Tells whether a word of a prefix is a time or a date: it has no letters but `T` and `Z`.
fn is_clock(word: &[u8]) -> bool {
    word.iter().all(|&b| !b.is_ascii_alphabetic() || matches!(b, b'T' | b'Z'))
}

/// Returns the words of a prefix that name a host and a program, those of a clock left out.
pub(crate) fn origin(prefix: &[u8]) -> Vec<u8> {
    let words: Vec<&[u8]> = prefix.split(|&b| b == b' ').filter(|word| !is_clock(word)).collect();
    words.join(&b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Vec<(&str, &str, Mark, bool, &str)> {
        let text = |bytes| str::from_utf8(bytes).unwrap();
        splits(line.as_bytes()).map(|l| (text(l.prefix), text(l.id), l.mark, l.goes_on, text(l.text))).collect()
    }

    #[test]
    fn lines_come_apart() {
        assert_eq!(split("id > GET / HTTP/1.1"), [("", "id", Mark::Request, false, "GET / HTTP/1.1")]);
        assert_eq!(split("id <     indented "), [("", "id", Mark::Response, false, "    indented ")]);
        assert_eq!(split("id   164ms"), [("", "id", Mark::Note, false, "164ms")]);
        assert_eq!(split("-   1 record dropped"), [("", "-", Mark::Note, false, "1 record dropped")]);
        assert_eq!(split("id >"), [("", "id", Mark::Request, false, "")]);
        assert_eq!(split("id >+ more"), [("", "id", Mark::Request, true, "more")]);
        assert_eq!(split("id  + more"), [("", "id", Mark::Note, true, "more")]);
        assert_eq!(split("a b: id >"), [("a b: ", "id", Mark::Request, false, "")]);
        assert_eq!(split("a\tid > x"), [("a\t", "id", Mark::Request, false, "x")]);
        let colored = "\u{1b}[36mweb | \u{1b}[0mid > x";
        assert_eq!(split(colored), [("\u{1b}[36mweb | \u{1b}[0m", "id", Mark::Request, false, "x")]);
        for none in ["", " ", "id", "id ", "id  a", "id >x", "id >> x", "é > x", " > x", "a\t > x", "\u{1b}[3 > x"] {
            assert_eq!(split(none), [], "{none:?}");
        }
    }

    #[test]
    fn a_shape_takes_lines_apart_that_differ_in_their_clock() {
        let mut shape = Shape::default();
        shape.learn(b"Feb 13 06:26:26 prod02 games[12]: ");
        let id =
            |line: &str| shape.split(line.as_bytes(), b"b").map(|line| String::from_utf8_lossy(line.id).into_owned());
        assert_eq!(id("Feb 13 06:26:27 prod02 games[12]: a > x").as_deref(), Some("a"));
        assert_eq!(id("Feb 13 06:26:27 prod03 games[12]: a > x"), None);
        assert_eq!(id("Feb 13 06:26:27 prod02 games[13]: a > x"), None);
        assert_eq!(id("Feb 13 06:26:2x prod02 games[12]: a > x"), None);
        assert_eq!(id("Feb 13"), None);
    }

    #[test]
    fn ends_are_told() {
        for end in ["164ms", "0.42ms", "no response"] {
            assert!(is_end(end.as_bytes()), "{end}");
        }
        for none in ["", "ms", "1", ".5ms", "1.ms", "1msx", "164ms, end 165ms", "user: 1ms", "no response: gone"] {
            assert!(!is_end(none.as_bytes()), "{none}");
        }
    }

    #[test]
    fn statuses_and_headers() {
        assert_eq!(status(b"HTTP/1.1 200 OK"), Some(200));
        assert_eq!(status(b"HTTP/2 599"), Some(599));
        for none in [&b"HTTP/1.1 20 OK"[..], b"HTTP/1.1", b"a 200", b"HTTP/1.1 2000"] {
            assert_eq!(status(none), None);
        }
        for good in [&b"Host: a: b"[..], b"X-Empty:", b":authority: a"] {
            assert!(is_header(good));
        }
        for bad in [&b""[..], b":", b"a", b"a:b", b"{\"a\": 1}", b"a b: c"] {
            assert!(!is_header(bad));
        }
    }
}
