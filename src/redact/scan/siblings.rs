//! Finds names and values that stand apart in text: items of YAML, elements of XML.

use crate::redact::{
    rules::{
        Hidden, Rules,
        siblings::{Sign, gives_name, sign},
        value::is_placeholder,
    },
    text::{edits::Edits, slice::Slice},
    work,
};
use memchr::memmem;

/// Bounds the distance from a value to a name behind it that names the value.
const MOST_BEFORE: usize = 4096;

/// Finds the values of YAML whose names a neighbour gives (`- name: password` and `value: …`), and the data of a Kubernetes `Secret`.
pub(super) fn find_items<'r>(rules: &'r Rules, text: &[u8], edits: &mut Edits<'r>) {
    let is_secret = rules.defaults() && has_line(text, b"kind: Secret");
    // The keys of one mapping: their indentation, what one of them gives, and the values that wait for it.
    let (mut column, mut given, mut values) = (0, None, Vec::new());
    // Is set where the mapping is an item, and has no key yet that gives a name.
    let mut nameless = false;
    // The indentation of the data of a `Secret`.
    let mut data = None;
    let mut at = 0;
    while at < text.len() && work::allows(15) {
        let end = memchr::memchr(b'\n', text.after(at)).map_or(text.len(), |end| at + end);
        let line = text.part(at..end).trim_ascii_end();
        let start = at;
        at = end + 1;
        let indent = line.iter().take_while(|b| **b == b' ').count();
        let rest = line.after(indent);
        if rest.is_empty() || rest.starts_with(b"#") {
            continue;
        }
        let is_item = rest.starts_with(b"- ");
        let key_at =
            if is_item { indent + 2 + rest.after(2).iter().take_while(|b| **b == b' ').count() } else { indent };
        if data.is_some_and(|data| indent <= data) || rest == b"---" {
            data = None;
        }
        if is_item || key_at < column || rest == b"---" {
            settle(text, given.take(), &mut values, edits);
            column = key_at;
            nameless = is_item;
        }
        let Some(colon) = memmem::find(line, b":").filter(|colon| line.get(colon + 1).is_none_or(|b| *b == b' '))
        else {
            continue;
        };
        if colon < key_at {
            continue;
        }
        let key = line.part(key_at..colon);
        let value = line.after(colon + 1).trim_ascii();
        let value_at = start + line.len() - line.after(colon + 1).trim_ascii_start().len();
        let range = (value_at, value_at + value.len());
        if data.is_some() && !value.is_empty() {
            if !is_placeholder(value) {
                edits.mask(range.0, range.1, rules.mask());
            }
        } else if is_secret && sign(key) == Some(Sign::Data) {
            data = Some(indent);
        } else if key_at == column && gives_name(key) {
            nameless &= value.is_empty();
            given = given.or_else(|| name_of(rules, value));
        } else if key_at == column && sign(key) == Some(Sign::Value) && !value.is_empty() && !is_placeholder(value) {
            values.push(range);
        }
    }
    // Where the text breaks off before the name, that is not known.
    let unknown = || Hidden::by(rules.mask());
    settle(text, given.or_else(|| nameless.then(unknown)), &mut values, edits);
}

/// Hides the values that waited, if a name was given for them.
fn settle<'r>(text: &[u8], given: Option<Hidden<'r>>, values: &mut Vec<(usize, usize)>, edits: &mut Edits<'r>) {
    for (start, end) in values.drain(..) {
        if let Some(hidden) = given.filter(|hidden| !hidden.votes(text.part(start..end))) {
            edits.mask(start, end, hidden.mask);
        }
    }
}

/// Returns what hides a value of this name; a sentence is none.
fn name_of<'r>(rules: &'r Rules, name: &[u8]) -> Option<Hidden<'r>> {
    let name = name.trim_ascii();
    let name = name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")).unwrap_or(name);
    work::spend(32 + name.len().min(128));
    let is_name = name.len() <= 128 && name.iter().filter(|b| **b == b' ').count() <= 2;
    rules.secret_anywhere(name).filter(|_| is_name)
}

fn has_line(text: &[u8], line: &[u8]) -> bool {
    memmem::find_iter(text, line).any(|at| {
        let ends = text.get(at + line.len()).is_none_or(u8::is_ascii_whitespace);
        ends && (at == 0 || text.get(at - 1) == Some(&b'\n'))
    })
}

/// Finds the elements whose names the element before or behind them gives: `<name>password</name><value>…</value>`, `<key>Password</key>
/// <string>…</string>`.
pub(super) fn find_elements<'r>(rules: &'r Rules, text: &[u8], edits: &mut Edits<'r>) {
    // Where XML breaks off behind a value, its name may be missing.
    if text.trim_ascii_start().starts_with(b"<")
        && let Some(open) = memmem::rfind(text, b"<value>")
    {
        let rest = text.after(open + 7);
        let content = rest.part(..memchr::memchr(b'<', rest).unwrap_or(rest.len()));
        let next = rest.after(content.len());
        let next = next.strip_prefix(b"</value>").unwrap_or(next).trim_ascii();
        let in_name = next.strip_prefix(b"<name>").is_some_and(|name| !name.contains(&b'<'));
        let breaks_off = in_name || b"<name>".starts_with(next) || b"</value>".starts_with(next);
        if breaks_off && memmem::find(text.part(..open), b"<name>").is_none() {
            edits.mask(open + 7, open + 7 + content.len(), rules.mask());
        }
    }
    for at in memchr::memchr_iter(b'<', text) {
        if !work::allows(5) {
            return;
        }
        let tag = text.after(at);
        let open = [&b"<name>"[..], b"<Name>", b"<key>", b"<Key>", b"<td>", b"<th>", b"<dt>"]
            .into_iter()
            .find(|open| tag.starts_with(open) || open.len() == 4 && tag.starts_with(open.part(..3)));
        if let Some(open) = open {
            let Some(start) = content(text, at + open.len() - 1) else { continue };
            let Some(len) = memchr::memchr(b'<', text.after(start)) else { continue };
            let Some(hidden) = name_of(rules, text.part(start..start + len)) else { continue };
            let close = start + len + open.len() + 1;
            // Most tables and lists of pages describe, and do so in several words.
            let is_of_page = open.len() == 4;
            if let Some((start, end)) = element(text, close, is_of_page) {
                edits.mask(start, end, hidden.mask);
                if end == text.len() {
                    return;
                }
            }
            let before = text.part(..at).trim_ascii_end();
            if let Some(inside) = before.strip_suffix(b"</value>").or_else(|| before.strip_suffix(b"</Value>")) {
                // A longer value is hidden from there on.
                let least = inside.len().saturating_sub(MOST_BEFORE);
                let near = inside.after(least);
                let open = memmem::rfind(near, b"<value>").or_else(|| memmem::rfind(near, b"<Value>"));
                edits.mask(open.map_or(least, |open| least + open + 7), inside.len(), hidden.mask);
            }
        }
    }
}

/// Returns where the content begins of a tag whose name ends at `at`. It may have a few attributes.
fn content(text: &[u8], at: usize) -> Option<usize> {
    const LONGEST: usize = 128;
    let rest = text.part(at..text.len().min(at + LONGEST));
    let is_end = rest.first().is_some_and(|b| *b == b'>' || b.is_ascii_whitespace());
    memchr::memchr2(b'<', b'>', rest).filter(|end| is_end && rest.get(*end) == Some(&b'>')).map(|end| at + end + 1)
}

/// Returns where the content of the element is that follows `at`, up to its closing tag or the end of the text.
fn element(text: &[u8], at: usize, is_of_page: bool) -> Option<(usize, usize)> {
    let rest = text.after(at);
    let gap = rest.len() - rest.trim_ascii_start().len();
    let tag = rest.after(gap).strip_prefix(b"<").filter(|tag| tag.first().is_some_and(u8::is_ascii_alphabetic))?;
    let end = memchr::memchr(b'>', tag)?;
    let name = tag.part(..end);
    let name = name.part(..name.iter().position(u8::is_ascii_whitespace).unwrap_or(name.len()));
    let known: &[&[u8]] = if is_of_page { &[b"td", b"dd"] } else { &[b"value", b"string", b"data", b"integer"] };
    let is_value = known.iter().any(|known| name.eq_ignore_ascii_case(known));
    let start = at + gap + 1 + end + 1;
    let close = [b"</", name, b">"].concat();
    let closed = memmem::find(text.after(start), &close);
    let len = closed.unwrap_or(text.len() - start);
    work::spend(64 + len / 4);
    if is_value && is_of_page {
        // The text between the tags around it.
        let inside = text.part(start..start + len).trim_ascii_end();
        let mut word = inside.trim_ascii_start();
        while let Some(end) = word.strip_prefix(b"<").and_then(|tag| memchr::memchr(b'>', tag)) {
            word = word.after(end + 2).trim_ascii_start();
        }
        let at = start + inside.len() - word.len();
        let word = word.part(..memchr::memchr(b'<', word).unwrap_or(word.len())).trim_ascii_end();
        // Where the text breaks off, a digit may follow.
        let is_secret = word.iter().any(u8::is_ascii_digit) || closed.is_none() && !word.is_empty();
        // `48,120` is a count.
        let is_count = word.contains(&b',') && word.iter().all(|b| b.is_ascii_digit() || *b == b',');
        // `varchar(64)` is a type.
        let is_type = word.ends_with(b")");
        let is_word = !word.iter().any(|b| *b <= b' ') && is_secret && !is_count && !is_type;
        return is_word.then_some((at, at + word.len()));
    }
    is_value.then_some((start, start + len))
}
