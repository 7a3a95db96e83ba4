//! Prints multipart bodies (RFC 2046, section 5.1; RFC 7578) in their own lines: boundary, part headers, blank, value.
//!
//! A part's name may hide its value. Otherwise text is searched, and only the length of a file is shown. A value is
//! hidden whole if the name of its part can't be read, or can be read in two ways. In other kinds of multipart, parts
//! have no names: their types decide.

use super::{
    lines::{line, lines},
    media_type::is_text,
    sniff::is_binary,
};
use crate::redact::text::slice::Slice;
use crate::{
    fields::Iter,
    line_writer::LineWriter,
    redact::{
        codec::percent,
        head::header,
        rules::{Hidden, Rules},
        scan::{self, scope::Scope},
        text::content::{Content, whole_characters},
    },
};
use http::{HeaderName, HeaderValue};
use std::borrow::Cow;

/// Prints the parts of `content`; what was left out, in the words of [`Report::left_out`](crate::redact::text::content::Report::left_out).
pub(in crate::redact) fn print(scope: Scope<'_>, content: &Content<'_>, writer: &mut LineWriter<'_>) -> Option<String> {
    let declared = content.content_type.filter(|media| media.to_ascii_lowercase().starts_with(b"multipart/"));
    let found = match declared {
        Some(content_type) => boundary(content_type),
        None => sniff(content.bytes),
    };
    let Some(boundary) = found else {
        return (content.shown > 0).then(|| format!("multipart without a boundary, {} bytes left out", content.shown));
    };
    // Fields of a form have names. The type decides for parts of any other kind.
    let form = declared.is_none_or(|media| media.to_ascii_lowercase().starts_with(b"multipart/form-data"));
    let delimiters = Delimiters::new(content.bytes, &boundary);
    let Some(mut open) = delimiters.after(0) else {
        return (content.shown > 0).then(|| format!("no part found, {} bytes left out", content.shown));
    };
    let preamble = content.bytes.part(..open.start).trim_ascii().len();
    let mut left_out = (preamble > 0).then(|| format!("{preamble} bytes before the first part left out"));
    while open.start < content.shown && !writer.is_full() {
        line(content.bytes.part(open.start..open.text_end.min(content.shown)), writer);
        let next = delimiters.after(open.end);
        if open.closes {
            let rest = content.bytes.part(open.end.min(content.shown)..content.shown).trim_ascii().len();
            return left_out.or((rest > 0).then(|| format!("{rest} bytes after the last part left out")));
        }
        let part = Part {
            bytes: content
                .bytes
                .get(open.end..next.map_or(content.bytes.len(), |next| next.value_end))
                .unwrap_or_default(),
            shown: content.shown.saturating_sub(open.end),
            whole: next.is_some() || content.whole,
        };
        part.print(scope, &boundary, form, writer);
        match next {
            Some(next) => open = next,
            None => {
                if content.whole && content.shown == content.bytes.len() {
                    left_out = left_out.or(Some("multipart ends in the middle".to_owned()));
                }
                break;
            }
        }
    }
    left_out
}

/// Returns the boundary of a body that is multipart whatever its type says: its first line is a delimiter, and the next
/// one is the header of a part.
pub(super) fn sniff(bytes: &[u8]) -> Option<Vec<u8>> {
    let rest = bytes.trim_ascii_start().strip_prefix(b"--")?;
    let (line, rest) = rest.split_at(memchr::memchr(b'\n', rest)?);
    let (line, rest) = (line.trim_ascii_end(), rest.trim_ascii_start());
    let is_header = rest.get(..8).is_some_and(|begin| begin.eq_ignore_ascii_case(b"content-"));
    (is_header && !line.is_empty() && line.len() <= 200).then(|| line.to_vec())
}

/// Holds one part, from its headers to the end of its value.
struct Part<'a> {
    bytes: &'a [u8],
    /// The number of `bytes` that may be shown; may be more than there are.
    shown: usize,
    /// Is set where `bytes` goes to the part's end.
    whole: bool,
}

impl Part<'_> {
    fn print(&self, scope: Scope<'_>, boundary: &[u8], form: bool, writer: &mut LineWriter<'_>) {
        let Scope { rules, .. } = scope;
        let mut head = Head { plain: true, ..Head::default() };
        let mut printed = Vec::new();
        let mut at = 0;
        let value = loop {
            let rest = self.bytes.part(at..);
            let Some(end) = memchr::memchr(b'\n', rest) else {
                break None;
            };
            let text = rest.part(..end);
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            at += end + 1;
            if text.is_empty() {
                break Some(at);
            }
            if at > self.shown {
                break None;
            }
            head.read(text);
            printed.push(text);
        };
        let verdict = head.verdict(rules, form);
        for text in printed {
            let shown = header_line(scope, text, verdict.is_none());
            writer.start();
            writer.push(&shown);
            writer.end();
        }
        let Some(value) = value.filter(|&value| value <= self.shown) else {
            return;
        };
        line(b"", writer);
        let bytes = self.bytes.part(value..);
        let shown = (self.shown - value).min(bytes.len());
        let cut = shown < bytes.len() || !self.whole;
        match verdict {
            Some(Hidden { mask, .. }) => {
                if cut && shown == 0 {
                    return;
                }
                let secret = if cut { &b""[..] } else { bytes };
                let mut masked = Vec::new();
                mask.apply(secret, &mut masked);
                line(&masked, writer);
            }
            None if head.file || !is_text(head.content_type.as_deref()) || is_binary(bytes, false) => {
                let so_far = if cut { " so far" } else { "" };
                line(format!("[{shown} bytes{so_far}]").as_bytes(), writer);
            }
            None => {
                let delimiter = [b"--", boundary].concat();
                let hidden = match memchr::memmem::find(bytes, &delimiter) {
                    // Some programs read this as the next part.
                    Some(_) if !rules.hides_nothing() => Some(rules.masked()),
                    _ => {
                        let is_json = head
                            .content_type
                            .as_deref()
                            .is_some_and(|media| memchr::memmem::find(media, b"json").is_some());
                        let hidden = match form || is_json {
                            true => scope.value(bytes, !cut),
                            false => scan::hide_lines(scope, bytes, !cut),
                        };
                        hidden.map(|hidden| if cut { rules.masked() } else { hidden })
                    }
                };
                match hidden {
                    Some(hidden) => lines(&hidden, writer),
                    None if bytes.is_empty() && !cut => line(b"", writer),
                    None => lines(whole_characters(bytes.part(..shown), !cut), writer),
                }
            }
        }
    }
}

/// Holds what the headers of a part say.
#[derive(Default)]
struct Head {
    name: Option<Vec<u8>>,
    file: bool,
    content_type: Option<Vec<u8>>,
    dispositions: usize,
    /// Is set where the whole head was understood.
    plain: bool,
}

impl Head {
    fn read(&mut self, line: &[u8]) {
        let Some((name, value)) = split(line) else {
            self.plain = false;
            return;
        };
        if name.eq_ignore_ascii_case(b"content-disposition") {
            self.dispositions += 1;
            match disposition(value) {
                Some((name, file)) => (self.name, self.file) = (name, file),
                None => self.plain = false,
            }
        } else if name.eq_ignore_ascii_case(b"content-type") {
            self.plain &= self.content_type.is_none() && !value.to_ascii_lowercase().starts_with(b"multipart/");
            self.content_type = Some(value.to_vec());
        } else if name.eq_ignore_ascii_case(b"content-transfer-encoding") {
            let plain = [&b"7bit"[..], b"8bit", b"binary"];
            self.plain &= plain.iter().any(|plain| value.eq_ignore_ascii_case(plain));
        }
    }

    /// Returns what hides the value, if anything does. In a `form`, the value is that of a field.
    fn verdict<'a>(&self, rules: &'a Rules, form: bool) -> Option<Hidden<'a>> {
        match &self.name {
            // Browsers write some characters of a name percent-encoded (HTML, section 4.10.22.8).
            Some(name) if self.plain && self.dispositions == 1 => rules.field(&percent::decode(name, false).0),
            _ if rules.hides_nothing() => None,
            None if !form && self.plain && !rules.allow_only() => None,
            _ => Some(Hidden::by(rules.mask())),
        }
    }
}

/// Returns a header line as it is shown.
fn header_line(scope: Scope<'_>, line: &[u8], shows: bool) -> Vec<u8> {
    let Scope { rules, .. } = scope;
    let mut out = Vec::new();
    let Some((name, value)) = split(line) else {
        match rules.hides_nothing() {
            true => crate::escape::text(line, &mut out),
            false => rules.mask().apply(line, &mut out),
        }
        return out;
    };
    crate::escape::text(name, &mut out);
    out.push(b':');
    if value.is_empty() {
        return out;
    }
    out.push(b' ');
    let disposition = name.eq_ignore_ascii_case(b"content-disposition");
    if disposition && rules.allow_only() && !shows {
        match self::disposition(value) {
            Some((Some(name), file)) => {
                out.extend_from_slice(b"form-data; name=\"");
                crate::escape::text(&name, &mut out);
                out.extend_from_slice(if file { b"\"; filename=\"" } else { b"\"" });
                if file {
                    rules.mask().apply(b"", &mut out);
                    out.push(b'"');
                }
            }
            _ => rules.mask().apply(value, &mut out),
        }
    } else if disposition || name.eq_ignore_ascii_case(b"content-type") && rules.allows_header(name) {
        let value = scan::hide_text(scope, value).map_or(Cow::Borrowed(value), Cow::Owned);
        crate::escape::text(&value, &mut out);
    } else if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
        header::value(scope, Iter::default(), name.as_str().as_bytes(), (&value).into(), &mut out);
    } else {
        rules.mask().apply(value, &mut out);
    }
    out
}

/// Splits a header line into name and value; `None` for anything else, a folded line too.
fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, value) = line.split_at(memchr::memchr(b':', line)?);
    let is_name = !name.is_empty() && name.iter().all(|&byte| is_token(byte));
    is_name.then(|| (name, value.part(1..).trim_ascii()))
}

/// Returns the name that a `Content-Disposition` gives, and whether it gives a file's; `None` where it can be read in
/// several ways, or in none.
fn disposition(value: &[u8]) -> Option<(Option<Vec<u8>>, bool)> {
    let mut name = None;
    let mut file = false;
    for (param, value, quoted) in parameters(value)? {
        if param.eq_ignore_ascii_case(b"name") {
            let plain = !value.iter().any(|&byte| byte == b'\\' || byte < 0x20 || byte == 0x7f)
                && (quoted || !value.contains(&b'\''))
                && std::str::from_utf8(value).is_ok();
            if name.is_some() || !plain {
                return None;
            }
            name = Some(value.to_vec());
        } else if param.eq_ignore_ascii_case(b"filename") || param.eq_ignore_ascii_case(b"filename*") {
            file = true;
        } else if param.to_ascii_lowercase().starts_with(b"name*") {
            return None;
        }
    }
    Some((name, file))
}

/// Returns the boundary that a `Content-Type` gives, if it gives only one.
fn boundary(content_type: &[u8]) -> Option<Vec<u8>> {
    let mut found = None;
    for (param, value, _) in parameters(content_type)? {
        if param.eq_ignore_ascii_case(b"boundary") {
            let fits = !value.is_empty() && value.len() <= 200 && !value.contains(&b'\\');
            if !fits || found.is_some() {
                return None;
            }
            found = Some(value.to_vec());
        }
    }
    found
}

/// A name, a value, and whether it is quoted.
type Parameter<'a> = (&'a [u8], &'a [u8], bool);

/// Returns the parameters behind the first `;` (RFC 9110, section 5.6.6), each with whether it is quoted. The inside of
/// quotes stays as it is. Returns `None` where a quote is escaped in it, or where it is no list of parameters.
fn parameters(value: &[u8]) -> Option<Vec<Parameter<'_>>> {
    let mut params = Vec::new();
    let mut rest = value.part(memchr::memchr(b';', value).unwrap_or(value.len())..);
    loop {
        rest = rest.trim_ascii_start();
        if rest.is_empty() {
            return Some(params);
        }
        rest = rest.strip_prefix(b";")?.trim_ascii_start();
        if rest.is_empty() {
            return Some(params);
        }
        let (name, after) = rest.split_at(rest.iter().position(|&byte| !is_token(byte))?);
        let after = after.strip_prefix(b"=").filter(|_| !name.is_empty())?;
        if let Some(inside) = after.strip_prefix(b"\"") {
            let (text, after) = inside.split_at(memchr::memchr(b'"', inside)?);
            if text.ends_with(b"\\") {
                return None;
            }
            params.push((name, text, true));
            rest = after.part(1..);
        } else {
            // Boundaries are sent unquoted with characters that no token has.
            let end = after.iter().position(|&byte| matches!(byte, b';' | b'"') || byte.is_ascii_whitespace());
            let (text, after) = after.split_at(end.unwrap_or(after.len()));
            params.push((name, text, false));
            rest = after;
        }
    }
}

/// Returns whether `byte` may stand in a token (RFC 9110, section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// A line that separates parts.
#[derive(Clone, Copy)]
struct Delimiter {
    /// The end of the value before it: ahead of the line ending that belongs to the delimiter.
    value_end: usize,
    /// The beginning of the line.
    start: usize,
    /// The end of its text.
    text_end: usize,
    /// The beginning of the next line.
    end: usize,
    /// Is set where it is the last one.
    closes: bool,
}

struct Delimiters<'a> {
    bytes: &'a [u8],
    finder: memchr::memmem::Finder<'static>,
    len: usize,
}

impl<'a> Delimiters<'a> {
    fn new(bytes: &'a [u8], boundary: &[u8]) -> Self {
        let delimiter = [b"--", boundary].concat();
        Self { bytes, finder: memchr::memmem::Finder::new(&delimiter).into_owned(), len: delimiter.len() }
    }

    /// Returns the first delimiter whose line begins at `from` or later. Line endings may be bare LF.
    fn after(&self, from: usize) -> Option<Delimiter> {
        let rest = self.bytes.get(from..)?;
        self.finder.find_iter(rest).find_map(|at| {
            let start = from + at;
            let before = self.bytes.part(..start);
            if start > 0 && !before.ends_with(b"\n") {
                return None;
            }
            let after = self.bytes.part(start + self.len..);
            let closes = after.starts_with(b"--");
            let dashes = if closes { 2 } else { 0 };
            let line = after.part(dashes..);
            let end = memchr::memchr(b'\n', line);
            let padding = line.part(..end.unwrap_or(line.len()));
            if !padding.trim_ascii().is_empty() {
                return None;
            }
            let text_end = start + self.len + dashes;
            let value_end =
                before.strip_suffix(b"\n").map_or(start, |before| before.strip_suffix(b"\r").unwrap_or(before).len());
            let end = text_end + end.map_or(line.len(), |end| end + 1);
            // An empty value shares its line ending with the blank line before it.
            Some(Delimiter { value_end: value_end.max(from), start, text_end, end, closes })
        })
    }
}
