//! Documents that are told apart by more than their brackets: a line each (NDJSON), or a record separator before each
//! (RFC 7464). One that is broken leaves the others whole.

use super::{Printed, print};
use crate::{
    line_writer::LineWriter,
    redact::{
        codec::json_string::undo,
        nested::MAX_NESTED,
        rules::Rules,
        scan,
        text::content::{Content, Style},
    },
};

/// What tells documents apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::redact) enum Apart {
    /// Each begins on a line of its own.
    Lines,
    /// Each has a record separator before it.
    Separators,
}

impl Apart {
    fn separator(self) -> u8 {
        match self {
            Self::Lines => b'\n',
            Self::Separators => 0x1e,
        }
    }

    /// Whether a document begins behind the separator before `at`.
    fn begins(self, bytes: &[u8], at: usize) -> bool {
        self == Self::Separators || matches!(bytes.get(at), Some(b'{' | b'['))
    }
}

/// Goes on behind the document of `content` that is broken, where it is sure that what follows is no part of it that is
/// to be hidden: `printed` is what [`print()`] found, and what is returned if nothing more is to be shown.
///
/// What follows may be something else to those who wrote it: lines of a document that was laid out, parts of a string. So
/// a document that is broken and has the name or the sign of a secret in it, or in the one behind it, ends what is shown,
/// and rules that go by where a value stands let nothing go on.
pub(in crate::redact) fn resume(
    rules: &Rules,
    content: &Content<'_>,
    apart: Apart,
    style: Style,
    writer: &mut LineWriter<'_>,
    printed: Printed,
) -> Printed {
    let Some(broken) = printed.broken else { return printed };
    let end = end(content.bytes, broken.start, apart);
    // What JSON ended before it, such as a string, may have been a name.
    let begin = begin(content.bytes, broken.start, apart);
    let unsure = rules.allow_only() || !rules.json_paths.is_empty() || writer.is_full();
    if end >= content.shown || unsure || has_sign(rules, with_next(content.bytes, begin, end, apart)) {
        return printed;
    }
    writer.buf().truncate(broken.printed);
    let mut all = Printed { documents: 0, left_out: None, broken: None, hidden: printed.hidden, whole: false };
    let (mut at, mut bad, mut left) = (broken.start, 0, 0);
    while at < content.shown && !writer.is_full() {
        let end = self::end(content.bytes, at, apart);
        let record = trimmed(content.bytes.get(at..end).unwrap_or_default());
        let shown = record.len().min(content.shown - at);
        let whole = content.whole || end < content.bytes.len();
        let printed = print(rules, &Content { bytes: record, shown, whole, ..*content }, style, writer);
        all.documents += printed.documents;
        all.hidden |= printed.hidden;
        if let Some(broken) = printed.broken {
            bad += 1;
            left += broken.left;
            if has_sign(rules, with_next(content.bytes, at, end, apart)) {
                left += content.shown.saturating_sub(end);
                break;
            }
        }
        at = end;
    }
    all.documents += printed.documents;
    // Of a writer that is full it is said that it is cut, and no more: there may be no room for another note.
    if !writer.is_full() {
        let s = if bad == 1 { "" } else { "s" };
        all.left_out = Some(format!("{bad} document{s} not JSON, {left} bytes left out"));
    }
    all
}

/// What stands at `start..end` and the document behind it, into which a secret may go on that began in what is broken.
fn with_next(bytes: &[u8], start: usize, end: usize, apart: Apart) -> &[u8] {
    bytes.get(start..self::end(bytes, end, apart)).unwrap_or_default()
}

/// Where the document ends that begins at `start`: where another one begins.
fn end(bytes: &[u8], start: usize, apart: Apart) -> usize {
    let rest = bytes.get(start + 1..).unwrap_or_default();
    let mut begins = memchr::memchr_iter(apart.separator(), rest).map(|found| start + found + 2);
    begins.find(|begin| apart.begins(bytes, *begin)).unwrap_or(bytes.len())
}

/// Where the document at `at`, or one before it on the same line, surely begins.
fn begin(bytes: &[u8], at: usize, apart: Apart) -> usize {
    let before = bytes.get(..at).unwrap_or_default();
    let mut begins = memchr::memrchr_iter(apart.separator(), before).map(|found| found + 1);
    begins.find(|begin| apart.begins(bytes, *begin)).unwrap_or(0)
}

/// A document without what parts it from the next one.
fn trimmed(record: &[u8]) -> &[u8] {
    let end = record.iter().rposition(|b| !matches!(b, b'\n' | b'\r' | b' ' | b'\t' | 0x1e));
    record.get(..end.map_or(0, |end| end + 1)).unwrap_or_default()
}

/// Whether there may be the name of a secret in a document that is broken, or a secret that is known by its shape.
fn has_sign(rules: &Rules, record: &[u8]) -> bool {
    // More words than a name has parts, and fewer than are looked at in one.
    const WORDS: usize = 8;
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | 0x80..);
    let mut text = record.to_vec();
    // There may be strings in strings.
    for _ in 0..MAX_NESTED {
        let words: Vec<_> = text.split(|b| !is_word(b)).filter(|word| !word.is_empty()).collect();
        let is_secret = |words: &[&[u8]]| rules.field(&words.join(&b'.')).mask().is_some();
        let mut runs = (0..words.len()).step_by(WORDS).filter_map(|at| words.get(at..words.len().min(at + 2 * WORDS)));
        if scan::hide_text(rules, &text).is_some() || runs.any(is_secret) {
            return true;
        }
        let undone = undo(&text);
        if undone == text {
            return false;
        }
        text = undone;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Redactor, body};

    fn shown_cut(redactor: &Redactor, content_type: &str, body: &str, shown: usize) -> (String, Option<String>) {
        let mut out = Vec::new();
        let content =
            Content { content_type: Some(content_type.as_bytes()), bytes: body.as_bytes(), shown, whole: true };
        let writer = &mut LineWriter::new(&mut out, b"", usize::MAX);
        let report = body::render(&redactor.rules, &content, Style::Compact, writer);
        (String::from_utf8(out).unwrap(), report.left_out)
    }

    #[track_caller]
    fn check(content_type: &str, body: &str, shown: &str, left_out: &str) {
        let (out, note) = shown_cut(&Redactor::new(), content_type, body, body.len());
        assert_eq!((out.as_str(), note.as_deref()), (shown, Some(left_out)));
    }

    #[test]
    fn a_line_that_is_broken_leaves_the_others_whole() {
        for content_type in [
            "application/ndjson",
            "application/x-ndjson; charset=utf-8",
            "application/jsonl",
            "Application/X-JSONLines",
            "application/json-lines",
            "application/jsonlines",
        ] {
            check(
                content_type,
                "{\"a\":1\n{\"b\":2}\n",
                "{\"a\":1\n{\"b\":2}\n",
                "1 document not JSON, 0 bytes left out",
            );
        }
        let body = "{\"a\":1}\r\n{\"b\":nope}\r\n\r\n{\"c\":\"\n[1,\noops\n{\"d\":\"x\"}\n{\"password\":\"x\"}\n";
        check(
            "application/x-ndjson",
            body,
            "{\"a\":1}\n{\"b\":n\n{\"c\":\"\n[1,\n{\"d\":\"x\"}\n{\"password\":\"REDACTED\"}\n",
            "3 documents not JSON, 8 bytes left out",
        );
        check("application/jsonl", "oops\n{\"b\":2}", "{\"b\":2}\n", "1 document not JSON, 4 bytes left out");
        check(
            "application/json-seq",
            "\u{1e}{\"a\":tru\n\u{1e}{\n\"b\":2}\n\u{1e}3\n",
            "{\"a\":tru\n{\"b\":2}\n3\n",
            "1 document not JSON, 0 bytes left out",
        );
    }

    #[test]
    fn elsewhere_what_follows_may_be_anything() {
        for content_type in ["application/json", "text/plain", "application/problem+json", ""] {
            let left_out = "not JSON from byte 7 on, 8 bytes left out";
            check(content_type, "{\"a\":1\n{\"b\":2}\n", "{\"a\":1\n", left_out);
        }
    }

    #[test]
    fn nothing_is_shown_behind_a_broken_line_with_a_secrets_name() {
        let ndjson = "application/x-ndjson";
        for name in
            ["password", "pass\\u0077ord", "user password", "a.b.sessionToken", "x\":\"\\\"pass\\\\u0077ord\\\""]
        {
            let body = format!("{{\"a\":1}}\n{{\"{name}\":[oops,\n{{\"x\":\"hunter2\"}}\n{{\"x\":\"hunter2\"}}\n");
            let (out, left_out) = shown_cut(&Redactor::new(), ndjson, &body, body.len());
            assert!(out.starts_with("{\"a\":1}\n{") && !out.contains("hunter2"), "{out}");
            assert!(left_out.unwrap().starts_with("not JSON from byte "));
        }
        // The second one that is broken, too.
        check(
            ndjson,
            "{\"a\":x}\n{\"b\":1}\n{\"token\":[\n{\"x\":\"hunter2\"}\n]}\n{\"c\":x\n",
            "{\"a\":\n{\"b\":1}\n{\"token\":\"REDACTED\"\n",
            "2 documents not JSON, 28 bytes left out",
        );
        // It may go on into the next one.
        for body in ["{\"a\":{\"pass\\\nword\":\n{\"x\":\"hunter2\"}}\n", "{\"a\":\"b\n{\"password\":\"hunter2\"}\n"] {
            assert!(!shown_cut(&Redactor::new(), ndjson, body, body.len()).0.contains("hunter2"), "{body}");
        }
        for begin in ["-----BEGIN PRIVATE KEY-----", "<secret>", "see Bearer abc", "to https://u:p@h/"] {
            let body = format!("{{\"a\":\"{begin}\n{{\"x\":\"hunter2\"}}\n");
            assert!(!shown_cut(&Redactor::new(), ndjson, &body, body.len()).0.contains("hunter2"), "{body}");
        }
        for begin in ["\"password\" : [\n", "\"password\"\n: [\n", "{\"a\":1}\n\"password\"\n:\n[\n"] {
            let body = format!("{begin}{{\"x\":\"hunter2\"}}\n");
            assert!(!shown_cut(&Redactor::new(), ndjson, &body, body.len()).0.contains("hunter2"), "{body}");
        }
    }

    #[test]
    fn rules_of_place_let_nothing_go_on() {
        let body = "{\"cards\":[x,\n{\"pan\":\"hunter2\"}\n";
        let first = "{\"cards\":[\n".to_owned();
        let left_out = Some("not JSON from byte 10 on, 21 bytes left out".to_owned());
        for redactor in
            [Redactor::new().json_path("$.cards[*].pan"), Redactor::allow_only().field("cards").field("pan")]
        {
            assert_eq!(shown_cut(&redactor, "application/jsonl", body, body.len()), (first.clone(), left_out.clone()));
        }
        let by_name = Redactor::new().field("Cards");
        assert!(!shown_cut(&by_name, "application/jsonl", body, body.len()).0.contains("hunter2"));
        assert!(shown_cut(&Redactor::none(), "application/jsonl", body, body.len()).0.contains("hunter2"));
    }

    #[test]
    fn no_cut_shows_more() {
        let body = "{\"a\":1\n{\"b\":\"hunter\"}\n{\"token\":\"hunter2\"\n{\"c\":\"hunter2\"}\n";
        for shown in 0..body.len() {
            let (out, _) = shown_cut(&Redactor::new(), "application/jsonl", body, shown);
            assert!(!out.contains("hunter2") && out.len() <= shown + 10, "{shown}: {out}");
        }
        let (out, left_out) = shown_cut(&Redactor::new(), "application/jsonl", body, 14);
        assert_eq!(
            (out.as_str(), left_out.as_deref()),
            ("{\"a\":1\n{\"b\":\"h\n", Some("1 document not JSON, 0 bytes left out"))
        );
    }
}
