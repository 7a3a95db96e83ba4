//! Tells what the lines below a name are: the rest of its value, its schema, or what is said of it.

use super::told;
use crate::redact::{
    rules::{
        Hidden, Surety,
        siblings::{describes, is_example, tells},
    },
    text::{edits::Edits, slice::Slice},
    work,
};
use memchr::memmem;

/// Bounds the bytes of schemas that are read again for each byte of text.
pub(super) const AGAIN: usize = 4;

/// Returns whether a block that ends at `to` may tell of the secret it stands under: a user's name hides it whole, and what breaks off
/// may go on with the secret.
fn may_tell(hidden: Hidden<'_>, text: &[u8], to: usize, edits: &Edits<'_>) -> bool {
    hidden.surety.is_some() && (to < text.len() || edits.is_whole())
}

/// Returns the parts to hide of the block at `from..to`, which stands under the name of a secret, in `line`, and tells about
/// it: those that have no name which tells. Returns `None` where nothing tells, and where the text may go on.
pub(super) fn told(
    hidden: Hidden<'_>,
    line: &[u8],
    text: &[u8],
    (from, to): (usize, usize),
    edits: &Edits<'_>,
) -> Option<Vec<(usize, usize)>> {
    if !may_tell(hidden, text, to, edits) {
        return None;
    }
    let name = line.trim_ascii_end();
    // `secrets:` lists the names of those that are elsewhere.
    let names = [&b"ecrets:"[..], b"redentials:"].iter().any(|end| name.ends_with(end));
    let owner = name.strip_suffix(b":").unwrap_or(name);
    let (mut secret, mut any) = (Vec::new(), false);
    let mut lines = Lines { text: text.part(..to), at: from };
    while let Some((start, end)) = lines.next() {
        let line = text.part(start..end);
        if line.trim_ascii().is_empty() {
            continue;
        }
        let Some((name, value)) = member(line) else {
            let lead = line.iter().position(|b| !matches!(b, b' ' | b'\t' | b'-')).unwrap_or(line.len());
            let item = line.after(lead);
            // A comment that names nothing, or what a template does.
            if !(item.starts_with(b"#") || item.starts_with(b"{{") || names && told::is_listed(item.trim_ascii())) {
                secret.push((start + lead, end));
            }
            continue;
        };
        let content = line.after(value);
        if content.is_empty() {
            continue;
        }
        if matches!(content, [b'|' | b'>', ..]) {
            secret.push((start + value, to));
            break;
        }
        if tells(name) || hidden.votes(content) || told::says_of(name, content) || told::says_of(owner, content) {
            any = true;
        } else {
            secret.push((start + value, end));
        }
    }
    (any || secret.is_empty()).then_some(secret)
}

/// Returns the parts to hide of the block at `from..to` if it is the schema of a secret, in YAML or JSON: what its members hold as an
/// example. What is deeper in it is judged by its own names.
pub(super) fn schema(
    hidden: Hidden<'_>,
    text: &[u8],
    (from, to): (usize, usize),
    edits: &Edits<'_>,
) -> Option<Vec<(usize, usize)>> {
    if !may_tell(hidden, text, to, edits) {
        return None;
    }
    let (mut examples, mut says, mut own) = (Vec::new(), false, None);
    let mut example = None;
    let mut lines = Lines { text: text.part(..to), at: from };
    while let Some((start, end)) = lines.next() {
        let line = text.part(start..end);
        // What goes on with an item is no deeper than its first member.
        let depth = line.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'-')).count();
        if line.is_empty() || *own.get_or_insert(depth) < depth {
            continue;
        }
        examples.extend(example.take().map(|value| (value, start)));
        let closes = matches!(line.after(depth), [b'}' | b']' | b'#', ..] | [b'{', b'{', ..]);
        let Some((name, value)) = member(line).filter(|_| own == Some(depth)) else {
            if closes {
                continue;
            }
            return None;
        };
        if is_example(name) {
            let is_word = |b: &u8| b.is_ascii_alphabetic() || b"[]\"', -_".contains(b);
            // The words that may stand there.
            let is_choice = name == b"enum" && line.after(value).iter().all(is_word);
            let shows = is_choice && value < line.len() || hidden.votes(line.after(value));
            example = (!shows).then_some(start + value);
        } else if !(tells(name) || describes(name)) {
            return None;
        }
        says |= !is_example(name) && !matches!(name, b"name" | b"label" | b"title");
    }
    examples.extend(example.map(|value| (value, to)));
    says.then_some(examples)
}

/// Does what [`schema`] does, for one in braces on a line: `{type: string, minLength: 8}`.
pub(super) fn schema_in_line(hidden: Hidden<'_>, value: &[u8]) -> Option<Vec<(usize, usize)>> {
    let inside = value.strip_prefix(b"{")?.strip_suffix(b"}").filter(|_| hidden.surety.is_some())?;
    let (mut examples, mut says, mut start) = (Vec::new(), false, 1);
    let (mut quote, mut depth, mut before) = (None, 0usize, &b'{');
    for (at, b) in (1..).zip(inside.iter().chain(b",")) {
        let begins = b":,{[".contains(before);
        if *b != b' ' {
            before = b;
        }
        match (quote, b) {
            (Some(open), b) if open == b => quote = None,
            (None, b'"' | b'\'') if begins => quote = Some(b),
            (None, b'{' | b'[') => depth += 1,
            (None, b'}' | b']') => depth = depth.checked_sub(1)?,
            (None, b',') if depth == 0 => {
                let part = value.part(start..at);
                let (name, from) = member(part)?;
                let content = part.after(from).trim_ascii();
                if is_example(name) {
                    if !hidden.votes(content) && !content.is_empty() {
                        examples.push((start + from, start + from + part.after(from).trim_ascii_end().len()));
                    }
                } else if tells(name) || describes(name) {
                    says |= !matches!(name, b"name" | b"label" | b"title");
                } else {
                    return None;
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    (says && quote.is_none() && depth == 0).then_some(examples)
}

/// Returns the name of the member that a line of YAML or JSON begins with, and where its value begins.
fn member(line: &[u8]) -> Option<(&[u8], usize)> {
    let key = line.iter().position(|b| !matches!(b, b' ' | b'\t' | b'-' | b'"'))?;
    let colon = key + memchr::memchr(b':', line.after(key))?;
    if !matches!(line.get(colon + 1), None | Some(b' ')) {
        return None;
    }
    let name = line.part(key..colon);
    let gap = line.after(colon + 1).iter().take_while(|b| **b == b' ').count();
    Some((name.strip_suffix(b"\"").unwrap_or(name), colon + 1 + gap))
}

/// Returns whether each line of the block behind `end`, which is indented by more than `indent`, has a value that shows for what it is; or,
/// for a name that is used for other things too, is an item of several words.
pub(super) fn is_told_in_block(hidden: Hidden<'_>, text: &[u8], end: usize, indent: usize) -> bool {
    let mut lines = Lines { text, at: end + usize::from(end < text.len()) };
    let mut any = false;
    while let Some((start, end)) = lines.next() {
        let line = text.part(start..end);
        if line.is_empty() || self::indent(line) <= indent {
            break;
        }
        any = true;
        let line = line.trim_ascii_start();
        let value = memchr::memmem::find(line, b": ").map(|colon| line.after(colon + 2).trim_ascii());
        let is_item = hidden.surety == Some(Surety::Weak)
            && line.strip_prefix(b"- ").is_some_and(|item| item.split(|b| *b == b' ').count() > 2);
        if !(value.is_some_and(|value| hidden.votes(value)) || is_item) {
            return false;
        }
    }
    any && text.part(..end).len() < text.len()
}

/// Returns whether the line behind `end` is an instruction, as one is behind the label of a program or the target of make: a tab
/// indents it, which YAML never does.
pub(super) fn labels_code(text: &[u8], end: usize) -> bool {
    let next = Lines { text, at: end + usize::from(end < text.len()) }.after_blank();
    let line = text.part(next.0..next.1);
    line.starts_with(b"\t") && line.trim_ascii().iter().any(u8::is_ascii_whitespace)
}

/// Returns the range to hide of the value at `from`, whose first line ends at `end`, if it is in three quotes. `lines`
/// goes on behind it.
pub(super) fn multiline(
    text: &[u8],
    lines: &mut Lines<'_>,
    from: usize,
    end: usize,
    setting: bool,
) -> Option<(usize, usize)> {
    let delimiter = text.get(from..end.min(from + 3)).filter(|quotes| matches!(*quotes, b"\"\"\"" | b"'''"))?;
    let inside = from + delimiter.len();
    let close = text.get(inside..).and_then(|rest| memmem::find(rest, delimiter)).map(|at| inside + at);
    work::spend(64 + (close.unwrap_or(text.len()) - inside) / 4);
    // In YAML, three quotes are a quote in quotes.
    if close.is_none() && !setting {
        return None;
    }
    let (mut to, until) = (end, close.unwrap_or(text.len()));
    while let Some((_, end)) = lines.peek().filter(|(next, _)| *next <= until) {
        to = end;
        lines.next();
    }
    let ends = |close: &usize| text.part(close + delimiter.len()..to).iter().all(is_end);
    Some(close.filter(ends).map_or((from, to), |close| (inside, close)))
}

/// Returns the end of the value at `from`, whose first line ends at `end` and is indented by `indent`: the last of the
/// lines that are indented further. `lines` goes on behind them.
pub(super) fn last(text: &[u8], lines: &mut Lines<'_>, from: usize, end: usize, indent: usize) -> usize {
    let first = text.part(from..end);
    let opens = first.is_empty();
    let is_block = matches!(first.first(), Some(b'|' | b'>'));
    let mut to = end;
    while let Some((mut next, mut end)) = lines.peek() {
        let continued = text.part(from..to).ends_with(b"\\");
        // A blank line ends only a value that began and ended on one line.
        let blank = next == end && (opens || is_block || to > from + first.len());
        if blank {
            (next, end) = lines.after_blank();
        }
        let line = text.part(next..end);
        // What follows a target of make is a recipe.
        if opens && matches!(line, [b'\t', b'@' | b'$' | b'#' | b'-', ..]) {
            break;
        }
        let goes_on = self::indent(line) > indent || (opens && line.trim_ascii_start().starts_with(b"- "));
        if line.is_empty() || !(goes_on || continued && !blank) {
            break;
        }
        to = end;
        lines.at = next;
        lines.next();
    }
    to
}

/// Returns whether this may end a statement or an element.
pub(super) fn is_end(b: &u8) -> bool {
    matches!(b, b',' | b';' | b')' | b']' | b'}' | b' ' | b'\t')
}

/// Yields lines without their line endings and the white space there.
pub(super) struct Lines<'a> {
    pub(super) text: &'a [u8],
    pub(super) at: usize,
}

impl Lines<'_> {
    pub(super) fn next(&mut self) -> Option<(usize, usize)> {
        let line = self.peek()?;
        work::spend(4 + (line.1 - line.0) / 32);
        let end = self.text.get(line.1..).and_then(|rest| memchr::memchr(b'\n', rest)).map(|at| line.1 + at + 1);
        self.at = end.unwrap_or(self.text.len());
        Some(line)
    }

    pub(super) fn peek(&self) -> Option<(usize, usize)> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let line = rest.get(..memchr::memchr(b'\n', rest).unwrap_or(rest.len()))?;
        Some((self.at, self.at + line.trim_ascii_end().len()))
    }

    /// Returns the next line that is not blank; an empty one at the end where there is none.
    pub(super) fn after_blank(&self) -> (usize, usize) {
        let mut lines = Lines { ..*self };
        while let Some((start, end)) = lines.next() {
            if start < end {
                return (start, end);
            }
        }
        (self.text.len(), self.text.len())
    }
}

/// Returns the length of the white space that a line begins with.
pub(super) fn indent(line: &[u8]) -> usize {
    line.len() - line.trim_ascii_start().len()
}
