//! Parses lines as the reader sees them: where a line's id is, and what its text may be.

use super::prefix::{NOTE, REQUEST, RESPONSE};
use crate::request_id::is_well_formed;
use std::time::Duration;

/// The id of lines about the log itself.
pub(super) const LOG: &str = "-";

/// Names the part of the exchange that a line belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mark {
    Request,
    Response,
    Note,
}

/// Holds the parts of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Line<'a> {
    /// The text that a transport put before the id, the space before the id included.
    pub(super) prefix: &'a str,
    pub(super) id: &'a str,
    pub(super) mark: Mark,
    /// Is set if it goes on the line before it (`>+`).
    pub(super) goes_on: bool,
    pub(super) text: &'a str,
}

/// Returns the ways to take `line` apart, from the left to the right: each well-formed id, or `-`, that a mark follows.
pub(super) fn splits(line: &str) -> impl Iterator<Item = Line<'_>> {
    let mut begin = 0;
    std::iter::from_fn(move || {
        loop {
            let (word, after) = line.get(begin..)?.split_once(' ')?;
            let id = after_controls(word);
            let prefix = line.get(..begin + word.len() - id.len())?;
            begin += word.len() + 1;
            if let Some((mark, goes_on, text)) = mark(after).filter(|_| id == LOG || is_well_formed(id.as_bytes())) {
                return Some(Line { prefix, id, mark, goes_on, text });
            }
        }
    })
}

/// Returns the text of a line without the id and the mark, or all of it if it has none.
pub(crate) fn text(line: &str) -> &str {
    splits(line).next().filter(|split| split.prefix.is_empty()).map_or(line, |split| split.text)
}

/// Returns what follows a tab or the end of a colour: controls are a transport's, since no line is printed with any.
fn after_controls(word: &str) -> &str {
    let Some((at, control)) = word.char_indices().rfind(|(_, c)| c.is_control()) else { return word };
    let rest = word.get(at + control.len_utf8()..).unwrap_or_default();
    match rest.strip_prefix('[') {
        Some(color) if control == '\u{1b}' => color.split_once('m').map_or("", |(_, rest)| rest),
        _ => rest,
    }
}

/// Returns the mark, whether a `+` follows it, and the text that a space parts from it.
fn mark(after: &str) -> Option<(Mark, bool, &str)> {
    let mark = match *after.as_bytes().first()? {
        REQUEST => Mark::Request,
        RESPONSE => Mark::Response,
        NOTE => Mark::Note,
        _ => return None,
    };
    let text = after.get(1..)?;
    if text.is_empty() {
        return Some((mark, false, text));
    }
    match text.strip_prefix("+ ") {
        Some(text) => Some((mark, true, text)),
        None => Some((mark, false, text.strip_prefix(' ')?)),
    }
}

/// Returns whether this is `METHOD request-target VERSION`.
pub(super) fn is_request_line(text: &str) -> bool {
    request_line(text).is_some_and(|(method, target, version)| {
        // A line within a line is not one.
        let is_line = mark(target).is_some();
        is_token(method) && !is_line && version.starts_with("HTTP/")
    })
}

/// Returns whether this may be the beginning of a request line whose end is in the next lines.
pub(super) fn begins_request_line(text: &str) -> bool {
    let (method, target) = text.split_once(' ').unwrap_or((text, "/"));
    is_token(method) && mark(target).is_none()
}

/// Returns method, target and version. The target is all that is between, since what stands in for a secret may have spaces.
pub(super) fn request_line(text: &str) -> Option<(&str, &str, &str)> {
    let (method, rest) = text.split_once(' ')?;
    let (target, version) = rest.rsplit_once(' ')?;
    Some((method, target, version))
}

/// Returns whether this is `VERSION CODE Reason`, `Reason` being left out where there is none.
pub(super) fn is_status_line(text: &str) -> bool {
    text.starts_with("HTTP/") && status(text).is_some()
}

/// Returns the code of a status line: three digits (RFC 9110, section 15).
pub(super) fn status(text: &str) -> Option<u16> {
    let code = text.split(' ').nth(1).filter(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit()))?;
    code.parse().ok()
}

/// Reads `Name: value`, or `Name:` if the value is empty.
pub(super) fn header(text: &str) -> Option<(&str, &str)> {
    // The names of pseudo-headers (RFC 9113, section 8.3) begin with a colon.
    let pseudo = usize::from(text.starts_with(':'));
    let (name, value) = text.split_at(pseudo + text.get(pseudo..)?.find(':')?);
    let value = value.strip_prefix(':')?;
    let value = if value.is_empty() { value } else { value.strip_prefix(' ')? };
    is_token(name.get(pseudo..)?).then_some((name, value))
}

/// Returns whether this is a token (RFC 9110, section 5.6.2).
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// Reads a duration: `164ms`, `0.42ms`.
pub(super) fn milliseconds(text: &str) -> Option<Duration> {
    let number = text.strip_suffix("ms")?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 6 {
        return None;
    }
    let nanos = fraction.parse::<u64>().ok()? * 10u64.pow(6 - fraction.len() as u32);
    Duration::from_millis(whole.parse().ok()?).checked_add(Duration::from_nanos(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Vec<(&str, &str, Mark, &str)> {
        splits(line).map(|line| (line.prefix, line.id, line.mark, line.text)).collect()
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
        let goes_on = |line| splits(line).next().map(|line| (line.id, line.mark, line.goes_on, line.text));
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
            assert!(is_request_line(good), "{good}");
        }
        for bad in ["", "GET", "GET /", "GET / HTP/1.1", "{ / HTTP/1.1", " GET / HTTP/1.1", "id > GET / HTTP/1.1"] {
            assert!(!is_request_line(bad), "{bad}");
        }
        assert!(is_status_line("HTTP/1.1 200 OK") && is_status_line("HTTP/2 599"));
        assert!(!is_status_line("HTTP/1.1 20 OK") && !is_status_line("HTTP/1.1") && !is_status_line("a 200"));
        assert!(!is_status_line("HTTP/1.1 +20"));
    }

    #[test]
    fn headers() {
        assert_eq!(header("Host: a: b"), Some(("Host", "a: b")));
        assert_eq!(header("X-Empty:"), Some(("X-Empty", "")));
        assert_eq!(header(":authority: a:1"), Some((":authority", "a:1")));
        assert_eq!(header("X-Space:  "), Some(("X-Space", " ")));
        for bad in ["", ":", "::", ": a", ":: a", ":a", "a", "a:b", "{\"a\": 1}", "a b: c"] {
            assert_eq!(header(bad), None, "{bad}");
        }
    }

    #[test]
    fn times() {
        assert_eq!(milliseconds("164ms"), Some(Duration::from_millis(164)));
        assert_eq!(milliseconds("0.42ms"), Some(Duration::from_micros(420)));
        assert_eq!(milliseconds("9.99ms"), Some(Duration::from_micros(9_990)));
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
            assert_eq!(milliseconds(bad), None, "{bad}");
        }
        assert_eq!(milliseconds("18446744073709551615.999999ms").map(|time| time.as_millis()), Some(u64::MAX.into()));
    }
}
