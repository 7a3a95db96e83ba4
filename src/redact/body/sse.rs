//! Server-sent events (`text/event-stream`, WHATWG HTML, section 9.2), in their own lines.
//!
//! The data of an event is JSON more often than not: then it is shown on one line, compact. Data that is no JSON is
//! shown in its own lines.

use crate::{
    line_writer::LineWriter,
    redact::{
        json, nested,
        rules::{Rules, Verdict},
        text::content::{Content, Style, whole_characters},
    },
};

/// Prints the events of `content`; what was left out, in the words of [`Report::left_out`](crate::redact::text::content::Report::left_out).
pub(super) fn print(rules: &Rules, content: &Content<'_>, writer: &mut LineWriter<'_>) -> Option<String> {
    let mut left_out = None;
    let mut rest = Lines { bytes: content.bytes, at: 0 };
    if content.bytes.starts_with(b"\xef\xbb\xbf") {
        rest.at = 3;
    }
    let mut event = Vec::new();
    while !writer.is_full() {
        let line = rest.next();
        if let Some(line) = line
            && !line.text.is_empty()
            && line.start < content.shown
        {
            event.push(line);
            continue;
        }
        // The data of an event that the cut goes through is looked at to its end.
        let mut data: Vec<Line<'_>> = event.iter().filter(|line| line.data().is_some()).copied().collect();
        let mut ended = line.is_some_and(|line| line.text.is_empty());
        let mut after = line;
        while let Some(line) = after
            && !line.text.is_empty()
        {
            data.extend(line.data().map(|_| line));
            after = rest.next();
            ended |= after.is_some();
        }
        let note = print_event(rules, &event, &data, content.shown, ended || content.whole, writer);
        left_out = left_out.or(note);
        event.clear();
        match line {
            Some(line) if line.start < content.shown => emit(b"", b"", writer),
            _ => break,
        }
    }
    left_out
}

fn print_event(
    rules: &Rules,
    event: &[Line<'_>],
    data: &[Line<'_>],
    shown: usize,
    ended: bool,
    writer: &mut LineWriter<'_>,
) -> Option<String> {
    let mut joined = Vec::new();
    let mut joined_shown = 0;
    for (nth, line) in data.iter().enumerate() {
        let (start, text) = line.data().unwrap_or_default();
        if nth > 0 {
            joined.push(b'\n');
        }
        if start < shown {
            joined_shown = joined.len() + text.len().min(shown - start);
        }
        joined.extend_from_slice(text);
    }
    let content = Content { content_type: None, bytes: &joined, shown: joined_shown, whole: ended };
    let last = event.iter().rposition(|line| line.data().is_some());
    let (values, left_out) = match last {
        None => (Vec::new(), None),
        Some(_) if json::looks_like_json(&joined) => json_data(rules, &content),
        Some(_) => (text_data(rules, &content), None),
    };

    let mut values = values.split(|&byte| byte == b'\n');
    for (nth, line) in event.iter().enumerate() {
        if line.data().is_none() {
            emit(b"", &field(rules, line, shown), writer);
            continue;
        }
        // Each in its place; what is hidden may have made more lines of them, or less.
        if let Some(value) = values.next() {
            emit(line.name(value, shown), value, writer);
        }
        if last == Some(nth) {
            values.by_ref().for_each(|value| emit(b"data: ", value, writer));
        }
    }
    left_out
}

/// Data that is JSON, a line for each document; what was left out.
fn json_data(rules: &Rules, content: &Content<'_>) -> (Vec<u8>, Option<String>) {
    let mut out = Vec::new();
    let printed = json::print(rules, content, Style::Compact, &mut LineWriter::new(&mut out, b"", usize::MAX));
    if out.ends_with(b"\n") {
        out.pop();
    }
    (out, printed.left_out)
}

/// Data that is no JSON.
fn text_data(rules: &Rules, content: &Content<'_>) -> Vec<u8> {
    if rules.allow_only() {
        return rules.masked();
    }
    match nested::hide_any(rules, content.bytes, content.whole) {
        Some(_) if content.is_cut() => rules.masked(),
        Some(text) => text,
        None => whole_characters(content.bytes.get(..content.shown).unwrap_or_default(), !content.is_cut()).to_vec(),
    }
}

/// Any other line: a field that is no data, or a comment.
fn field(rules: &Rules, line: &Line<'_>, shown: usize) -> Vec<u8> {
    let colon = memchr::memchr(b':', line.text).map_or(line.text.len(), |at| at + 1);
    let (name, value) = line.text.split_at(colon);
    let known = matches!(name, b":" | b"event:" | b"retry:" | b"id:");
    if !known && !rules.hides_nothing() {
        return stray(rules, line, name, shown);
    }
    // The type of an event and the time to wait are how it is sent, not what it says.
    let shows =
        !rules.allow_only() || matches!(name, b"event:" | b"retry:") || matches!(rules.field(name), Verdict::Show);
    let space = usize::from(value.starts_with(b" "));
    let (space, value) = value.split_at(space);
    let mut out = [name, space].concat();
    if !shows {
        rules.mask().apply(value, &mut out);
        return out;
    }
    match nested::hide_any(rules, value, true) {
        // What is hidden may go on past the cut.
        Some(_) if line.start + line.text.len() > shown => rules.mask().apply(b"", &mut out),
        Some(hidden) => out.extend_from_slice(&hidden),
        None => return until(line.text, shown - line.start.min(shown)).to_vec(),
    }
    out
}

/// A line that no event has: it is looked at as a whole, and goes whole where it is neither a field nor JSON.
fn stray(rules: &Rules, line: &Line<'_>, name: &[u8], shown: usize) -> Vec<u8> {
    let is_token = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let (name, has_value) = name.strip_suffix(b":").map_or((name, false), |name| (name, true));
    let mut out = Vec::new();
    let is_field = !name.is_empty() && name.iter().all(is_token);
    let verdict = match rules.secret_header(name) {
        _ if !is_field || !has_value => Verdict::Show,
        Some(mask) => Verdict::Hide(mask),
        None => rules.field(name),
    };
    if let Verdict::Hide(mask) = verdict {
        let value = line.text.get(name.len() + 1..).unwrap_or_default();
        out.extend_from_slice(name);
        out.extend_from_slice(if value.starts_with(b" ") { b": " } else { b":" });
        mask.apply(b"", &mut out);
        return out;
    }
    if (!is_field && !json::looks_like_json(line.text)) || rules.allow_only() {
        rules.mask().apply(b"", &mut out);
        return out;
    }
    nested::hide_any(rules, line.text, true).unwrap_or_else(|| until(line.text, shown - line.start.min(shown)).to_vec())
}

/// The first `len` bytes of a line, without a character that is cut.
fn until(text: &[u8], len: usize) -> &[u8] {
    whole_characters(text.get(..len).unwrap_or(text), len >= text.len())
}

fn emit(name: &[u8], text: &[u8], writer: &mut LineWriter<'_>) {
    writer.start();
    crate::escape::text(name, writer.buf());
    crate::escape::text(text, writer.buf());
    writer.end();
}

/// What a line has of the data of an event, if it is of that field.
pub(crate) fn data(line: &[u8]) -> Option<&[u8]> {
    Line { start: 0, text: line }.data().map(|(_, data)| data)
}

#[derive(Clone, Copy)]
struct Line<'a> {
    /// Where it begins.
    start: usize,
    /// Without what ends it.
    text: &'a [u8],
}

impl<'a> Line<'a> {
    /// The value of a `data` field and where it begins. The name is read more leniently than a browser does.
    fn data(&self) -> Option<(usize, &'a [u8])> {
        let colon = memchr::memchr(b':', self.text).unwrap_or(self.text.len());
        let (name, value) = self.text.split_at(colon);
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        let start = self.start + self.text.len() - value.len();
        name.trim_ascii().eq_ignore_ascii_case(b"data").then_some((start, value))
    }

    /// What stands before the value that is shown of a `data` field: name, colon and space as they came.
    fn name(&self, value: &[u8], shown: usize) -> &'a [u8] {
        let len = self.data().map_or(0, |(start, _)| start - self.start);
        let name = self.text.get(..len).unwrap_or_default();
        match value {
            [] => until(name, shown.saturating_sub(self.start)),
            // A name alone has no value.
            _ if !name.contains(&b':') => b"data: ",
            _ => name,
        }
    }
}

/// Lines that end with LF, CR LF or CR.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let start = self.at;
        let rest = self.bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let (text, after) = rest.split_at(end);
        let ending = if after.starts_with(b"\r\n") { 2 } else { after.len().min(1) };
        self.at = start + end + ending;
        Some(Line { start, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::Redactor;

    fn print_cut(bytes: &[u8], shown: usize, whole: bool) -> (String, Option<String>) {
        let mut out = Vec::new();
        let content = Content { content_type: None, bytes, shown, whole };
        let left_out = print(&Redactor::default().rules, &content, &mut LineWriter::new(&mut out, b"< ", usize::MAX));
        (String::from_utf8(out).unwrap(), left_out)
    }

    fn all(text: &str) -> String {
        let (out, left_out) = print_cut(text.as_bytes(), text.len(), true);
        assert_eq!(left_out, None);
        out
    }

    #[test]
    fn json_data_is_compact_and_redacted() {
        assert_eq!(
            all(": hi\nevent: user\r\nid: 7\rdata: { \"a\": 1, \"password\": \"x\" }\nretry: 10\n\ndata:[DONE]\n\n"),
            "< : hi\n< event: user\n< id: 7\n< data: {\"a\":1,\"password\":\"REDACTED\"}\n< retry: 10\n<\n< data:[DONE]\n<\n"
        );
    }

    #[test]
    fn json_over_several_lines_is_joined() {
        assert_eq!(
            all("data: {\ndata: \"password\"\nid: 1\ndata: : \"x\" }\n\n"),
            "< data: {\"password\":\"REDACTED\"}\n< id: 1\n<\n"
        );
    }

    #[test]
    fn other_data_is_text() {
        assert_eq!(
            all("data: one\ndata:  two\ndata\n\nnonsense\n"),
            "< data: one\n< data:  two\n< data\n<\n< nonsense\n"
        );
        assert_eq!(all("data: see {\"password\": \"x\"}\n\n"), "< data: see {\"password\": \"REDACTED\"}\n<\n");
        assert_eq!(
            all("data: see {\ndata: \"password\": \"x\"}\n\n"),
            "< data: see {\n< data: \"password\": \"REDACTED\"}\n<\n"
        );
        assert_eq!(all(": {\"password\": \"x\"}\n"), "< : {\"password\":\"REDACTED\"}\n");
        assert_eq!(all("\u{feff}data: \u{1b}[1m\n"), "< data: \\x1b[1m\n");
    }

    #[test]
    fn fields_show_as_they_came() {
        assert_eq!(
            all("data:one\nDATA: two\nid:7\nEvent: x\ndata:\ndata: \ndata :three\nretry:  10\ndata\n:\n\n"),
            "< data:one\n< DATA: two\n< id:7\n< Event: x\n< data:\n< data: \n< data :three\n< retry:  10\n< data\n< :\n<\n"
        );
        assert_eq!(all("data:{ \"password\": 1 }\nid:1\n\n"), "< data:{\"password\":\"REDACTED\"}\n< id:1\n<\n");
        assert_eq!(
            all("Data:token=x\nid:token=x\npassword:x\ntoken: x\n\n"),
            "< Data:token=REDACTED\n< id:token=REDACTED\n< password:REDACTED\n< token: REDACTED\n<\n"
        );
        // What is hidden may be more lines or less: the private key was three.
        let key =
            "data:see\nDATA:-----BEGIN PRIVATE KEY-----\nid: 1\ndata: x\ndata:-----END PRIVATE KEY-----\ndata:end\n\n";
        assert_eq!(all(key), "< data:see\n< DATA:REDACTED\n< id: 1\n< data: end\n<\n");
        assert_eq!(all("data\ndata:{\"a\":1}{\"b\":2}\n\n"), "< data: {\"a\":1}\n< data:{\"b\":2}\n<\n");
        assert_eq!(all("DATA:{\"a\":1}{\"b\":2}\n\n"), "< DATA:{\"a\":1}\n< data: {\"b\":2}\n<\n");
        for (cut, shown) in
            [(2, "< da\n"), (5, "< data:\n"), (7, "< data:on\n"), (11, "< data:one\n"), (16, "< data:one\n< DATA: t\n")]
        {
            assert_eq!(print_cut(b"data:one\nDATA: two\n\n", cut, true).0, shown, "{cut}");
        }
    }

    #[test]
    fn lines_that_no_event_has_are_looked_at_whole() {
        assert_eq!(
            all("id: 1\n{\"password\":\"x\"}\npassword: x\nretry-after: 1\n{\"a\":1}\n\n"),
            "< id: 1\n< {\"password\":\"REDACTED\"}\n< password: REDACTED\n< retry-after: 1\n< {\"a\":1}\n<\n"
        );
        // Broken over lines, which cannot be put together again.
        assert_eq!(all("id: 1\n{\"password\":\n\"x\"}\n\n"), "< id: 1\n< REDACTED\n< REDACTED\n<\n");
    }

    #[test]
    fn no_cut_shows_a_secret() {
        let text = "id: 1\ndata: {\"a\":\"bc\",\ndata: \"password\": \"hunter2\"}\n\ndata: f({\"token\":\"hunter2\"})\ndata: x\n\n";
        for shown in 0..=text.len() {
            for (bytes, whole) in [(text, true), (&text[..shown], false), (&text[..shown], true)] {
                let (out, _) = print_cut(bytes.as_bytes(), shown, whole);
                assert!(!out.contains("hun"), "{shown}: {out}");
            }
        }
        assert_eq!(print_cut(text.as_bytes(), 19, true).0, "< id: 1\n< data: {\"a\":\"b\n");
        assert_eq!(print_cut(b"data: {\"a\":1", 12, true).1.unwrap(), "JSON ends in the middle");
    }
}
