//! Searches a log in all the ways to read it: a secret may be there as it is, or encoded in a way that readers undo.

use crate::{escape, format::lines, redact};
use std::collections::{HashSet, VecDeque};

type Undo = (&'static str, fn(&[u8]) -> Vec<u8>);

/// The encodings that a text may be behind, each with the function that undoes it.
static UNDO: [Undo; 6] = [
    ("JSON escapes", redact::undo_json),
    ("the log's escapes", escape::undo),
    ("percent-encoding", |text| redact::undo_percent(text, false).0.into_owned()),
    ("form encoding", |text| redact::undo_percent(text, true).0.into_owned()),
    ("escapes of HTML and JavaScript", |text| redact::undo_entities(text).unwrap_or_else(|| text.to_vec())),
    ("fields of events", undo_events),
];
/// The number of encodings that are undone, one behind the other: JSON in a string in JSON that a line in JSON has as
/// text, and one within.
const DEPTH: usize = 4;

/// Holds a text with some of its encodings undone.
struct Reading {
    text: Vec<u8>,
    /// The encodings that were undone, the first one first.
    undone: Vec<&'static Undo>,
}

/// Looks for `secret` in all the ways to read `log`. Returns the encodings that hid it and the line.
pub(super) fn find(log: &[u8], secret: &str) -> Option<String> {
    let log = String::from_utf8_lossy(log);
    let in_line =
        |line: &str| Some(format!("{}: {line}", readings(line.as_bytes()).find_map(|read| read.find(secret))?.0));
    let over_lines = || {
        let said = log.lines().map(lines::text).collect::<Vec<_>>().join("\n");
        // A body's lines end with LF in the log, however they did in the body.
        let secret = secret.replace("\r\n", "\n");
        let (behind, lines) = readings(said.as_bytes()).find_map(|read| read.find(&secret))?;
        Some(format!(", over several lines{behind}: {lines}"))
    };
    log.lines().find_map(in_line).or_else(|| secret.contains('\n').then(over_lines)?)
}

impl Reading {
    /// Returns the encodings that hide it, and the lines that have `secret` in them.
    fn find(&self, secret: &str) -> Option<(String, String)> {
        let from = memchr::memmem::find(&self.text, secret.as_bytes())?;
        let to = from + secret.len();
        let start = self.text.get(..from).and_then(|before| memchr::memrchr(b'\n', before)).map_or(0, |lf| lf + 1);
        let end = self.text.get(to..).and_then(|after| memchr::memchr(b'\n', after)).map(|lf| to + lf);
        let lines = self.text.get(start..end.unwrap_or(self.text.len())).unwrap_or_default();
        let behind = self.undone.iter().map(|(name, _)| format!(", behind {name}")).collect();
        Some((behind, String::from_utf8_lossy(lines).into_owned()))
    }
}

/// Returns all the ways to read `text`, those with less undone first.
fn readings(text: &[u8]) -> impl Iterator<Item = Reading> {
    let first = Reading { text: text.to_vec(), undone: Vec::new() };
    let mut seen = HashSet::from([first.text.clone()]);
    let mut next = VecDeque::from([first]);
    std::iter::from_fn(move || {
        let reading = next.pop_front()?;
        for step in UNDO.iter().filter(|_| reading.undone.len() < DEPTH) {
            let text = step.1(&reading.text);
            if seen.insert(text.clone()) {
                next.push_back(Reading { text, undone: [&reading.undone[..], &[step]].concat() });
            }
        }
        Some(reading)
    })
}

/// Puts the data of events in place of the lines that they are in.
fn undo_events(text: &[u8]) -> Vec<u8> {
    let lines = text.split(|b| *b == b'\n').map(|line| redact::data(line).unwrap_or(line));
    lines.collect::<Vec<_>>().join(&b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_behind_several_is_found() {
        let log = r#"{"body":"{\n    \"x\": \"{\\\"y\\\":\\\"https:\\\\/\\\\/h?z=pa%26ss\\\"}\""}"#;
        assert_eq!(find(log.as_bytes(), "z=pa&ss"), Some(format!(", behind percent-encoding: {log}")));
        let json = ", behind JSON escapes".repeat(3);
        assert_eq!(find(log.as_bytes(), "//h?z=pa&ss\"}"), Some(format!("{json}, behind percent-encoding: {log}")));
        assert_eq!(find(log.as_bytes(), "//h?z=pa ss"), None);
    }

    #[test]
    fn lines_are_read_without_their_ids() {
        let log = b"id > one\nid > two\r\nid >\nid < three\nno line\n-   four\n";
        assert_eq!(find(log, "one\ntwo").unwrap(), ", over several lines: one\ntwo");
        assert_eq!(find(log, "\n\nthree\nno line\nfour").unwrap(), ", over several lines: two\n\nthree\nno line\nfour");
        assert_eq!(find(log, "d > o").unwrap(), ": id > one");
        assert_eq!(find(b"", "x"), None);
    }
}
