//! Finds secrets in XML and HTML in text: the content of elements with the name of a secret.

use super::{candidates::Candidates, sign::Sign};
use crate::redact::text::slice::Slice;
use crate::redact::{
    rules::{
        Rules,
        siblings::{names_secret, tells},
        told::is_none,
        value::{self, is_harmless},
    },
    text::{edits::Edits, mask::Mask},
    work,
};
use memchr::memmem;

/// The sign of an element is its tag.
pub(super) const SIGN: Sign = Sign {
    of: Candidates::MARKUP,
    bytes: b"<",
    is_at: |rules, text, at| {
        let begins_name = |b: &u8| b.is_ascii_alphabetic() || *b == b'_' || *b >= 0x80;
        rules.has_names() && text.get(at + 1).is_some_and(begins_name)
    },
    is_in: None,
};

/// Bounds the elements without an end that are searched for to the end of a text, names that no closing tag has aside. After
/// so many, the rest is hidden unread.
const MAX_SEARCHES: usize = 8;

/// The names that are remembered with where they are closed last.
const MAX_NAMES: usize = 8;

/// Bounds the quotes before a value that are read as one: in CSV within CSV they are doubled twice.
const MAX_QUOTES: usize = 16;

/// The attributes that name the value which an element holds.
const NAMES: [&str; 4] = ["name", "key", "property", "id"];

/// A word that breaks off may be a secret from this length on.
const SHORTEST_CUT: usize = 4;

/// The elements of HTML that a label stands before.
const FIELDS: [&[u8]; 3] = [b"input", b"textarea", b"output"];

/// The elements of HTML that have names and no content. Their `/>` is mostly left out.
const VOID: [&[u8]; 2] = [b"input", b"meta"];

/// Finds the content of elements whose local name bears a secret (`<password>…</password>`, `<wsse:Password>`), and the
/// value of those that give such a name (`<input name="csrf_token" value="…">`, `<entry key="password">…</entry>`), also
/// where that is an element in them (`<property name="password"><value>…</value></property>`).
pub(crate) fn find_content<'r>(rules: &'r Rules, text: &[u8], whole: bool, edits: &mut Edits<'r>) {
    let mut from = 0;
    let mut closings = Closings::new(text);
    let begins = text.trim_ascii_start().starts_with(b"<");
    let is_markup = closings.last > 0 || begins || memmem::find(text, b"/>").is_some();
    // The end and the mask of the outermost element that has the name of a secret.
    let mut within: Option<(usize, &Mask)> = None;
    // What hides the value of the next field of a form, by its label.
    let mut label = None;
    while let Some(at) = memchr::memchr(b'<', text.part(from..)).map(|at| from + at) {
        if !work::allows(6) {
            return;
        }
        from = at + 1;
        let Some(tag) = Tag::read(text, at) else { continue };
        from = tag.name.1;
        let name = text.part(tag.name.0..tag.name.1);
        if name.eq_ignore_ascii_case(b"label") {
            label = secret(rules, word(text, &tag, None).trim_ascii());
        } else if FIELDS.iter().any(|known| name.eq_ignore_ascii_case(known))
            && let Some(mask) = label.take()
        {
            attributes(text, &tag, |key, start, end| {
                if holds_value(key) && !value::is_placeholder(text.part(start..end)) {
                    edits.mask(start, end, mask);
                }
            });
        }
        if let Some((start, end)) = key(rules, text, &tag) {
            edits.mask(start, end, rules.mask());
            from = end;
        } else if let Some(mask) = secret(rules, local(name)) {
            attributes(text, &tag, |key, start, end| {
                if holds_value(key) && !value::is_placeholder(text.part(start..end)) {
                    edits.mask(start, end, mask);
                }
            });
            // If quotes don't pair, not every reader finds the same end of a tag.
            let first = text.get(from..tag.end).and_then(|rest| memchr::memchr(b'>', rest));
            let start = first.map_or(tag.end, |at| from + at + 1);
            if tag.empty && start == tag.end {
                continue;
            }
            match closings.close(start, name) {
                Some((end, next)) => {
                    match told(text, start, end) {
                        _ if shows(rules, local(name), text.part(start..end)) => {}
                        Some(secret) => secret.into_iter().for_each(|(start, end)| edits.mask(start, end, mask)),
                        None => edits.mask(start, end, mask),
                    }
                    from = next;
                }
                None if !whole || closings.are_spent() => return edits.mask(start, text.len(), mask),
                // `Option<Token>` is no tag, unless its other half was cut off. `<token>` in a text without elements is
                // a placeholder.
                None if follows_word(text, at)
                    || text.part(..at).ends_with(b"=") && text.get(start).is_none_or(u8::is_ascii_whitespace)
                    || !is_markup && is_placeholder(text.after(start))
                    || !begins
                        && matches!(text.get(start), Some(b' ' | b',' | b')' | b']' | b'[' | b'|' | b'`' | b'\\')) => {}
                None => {
                    let end = start + unclosed(text.after(start), is_markup);
                    edits.mask(start, end, mask);
                    from = end;
                }
            }
        } else if let Some((end, mask)) = within.filter(|(end, _)| at < *end && holds_value(local(name)) && !tag.empty)
        {
            if closings.are_spent() {
                return edits.mask(tag.end, text.len(), mask);
            }
            let (end, next) = closings.close(tag.end, name).unwrap_or((end, end.max(tag.end)));
            edits.mask(tag.end, end, mask);
            from = next;
        } else if let Some(mask) = named(rules, text, &tag, &NAMES).or((tag.cut && !whole).then_some(rules.mask())) {
            attributes(text, &tag, |key, start, end| {
                if holds_value(key) && !value::is_placeholder(text.part(start..end)) {
                    edits.mask(start, end, mask);
                }
            });
            // An `id` names the element, and its content only where that is a word as secrets are.
            let own = word(text, &tag, Some(b' '));
            let breaks_off = own.len() >= SHORTEST_CUT && tag.end + own.len() == text.len();
            if !tag.empty && (is_mixed(own) || breaks_off) {
                edits.mask(tag.end, tag.end + own.len(), mask);
            } else if !tag.empty && named(rules, text, &tag, &NAMES[..3]).is_some() {
                let content = text.part(tag.end..);
                let lead = content.len() - content.trim_ascii_start().len();
                let len = match content.get(lead..).and_then(|content| content.strip_prefix(b"<![CDATA[")) {
                    Some(_) => memmem::find(content, b"]]>"),
                    None => memchr::memchr(b'<', content),
                };
                let len = len.unwrap_or(content.len());
                let given = attribute(text, &tag, &NAMES[..3]);
                if given.is_some_and(|name| tag.end + len < text.len() && shows(rules, name, content.part(..len))) {
                    continue;
                }
                if !content.part(..len).trim_ascii().is_empty() {
                    edits.mask(tag.end, tag.end + len, mask);
                }
                let is_void = VOID.iter().any(|known| name.eq_ignore_ascii_case(known));
                if !is_void && within.is_none_or(|(end, _)| end <= at) {
                    let end = closings.close(tag.end, name);
                    within = Some((end.map_or(text.len(), |(end, _)| end), mask));
                }
            }
        }
    }
}

/// The closing tags of a text.
struct Closings<'t> {
    text: &'t [u8],
    /// Where the last one is. Elements behind it have no end to search for.
    last: usize,
    /// Names, and where each is closed last.
    known: Vec<(&'t [u8], usize)>,
    /// The number of searches that found no end.
    searches: usize,
}

impl<'t> Closings<'t> {
    fn new(text: &'t [u8]) -> Self {
        Self {
            text,
            last: memchr::memrchr_iter(b'<', text).find(|at| text.get(at + 1) == Some(&b'/')).unwrap_or(0),
            known: Vec::new(),
            searches: 0,
        }
    }

    /// Returns whether no end is searched for any more.
    fn are_spent(&self) -> bool {
        self.searches >= MAX_SEARCHES
    }

    /// Returns the end of the content of the element `name` that begins at `from`, and the text behind its closing tag.
    fn close(&mut self, from: usize, name: &'t [u8]) -> Option<(usize, usize)> {
        if from >= self.last || self.are_spent() || from > self.last_of(name) {
            return None;
        }
        let found = close(self.text, from, name);
        self.searches += usize::from(found.is_none());
        found
    }

    /// Returns where `name` is closed last, or an offset behind that.
    fn last_of(&mut self, name: &'t [u8]) -> usize {
        if let Some((_, last)) = self.known.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            return *last;
        }
        if self.known.len() >= MAX_NAMES {
            return self.last;
        }
        work::spend(self.text.len() / 2);
        let is_close = |at: &usize| self.text.get(at + 1) == Some(&b'/') && is_named(self.text.after(at + 2), name);
        let last = memchr::memrchr_iter(b'<', self.text).find(is_close).unwrap_or(0);
        self.known.push((name, last));
        last
    }
}

/// A tag that opens an element.
struct Tag {
    name: (usize, usize),
    /// The end of the tag, its `>` included; the end of the text where it has none.
    end: usize,
    /// Is set where it closes its element too (`/>`).
    empty: bool,
    /// Is set where the text ends before the tag does, so that its name may be yet to come.
    cut: bool,
}

impl Tag {
    /// Reads the tag whose `<` is at `at`.
    fn read(text: &[u8], at: usize) -> Option<Self> {
        let start = at + 1;
        let rest = text.get(start..)?;
        if !rest.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_' || *b >= 0x80) {
            return None;
        }
        let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':' | 0x80..);
        let name = start + rest.iter().position(|b| !is_name(b)).unwrap_or(rest.len());
        if !text.get(name).is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/')) {
            return None;
        }
        work::spend(6 + (name - start) / 2);
        let mut quote = None;
        for (end, &b) in (name..).zip(text.get(name..)?) {
            work::spend(1);
            match (quote, b) {
                // `<pw at example.org>` is an address.
                (None, b'>')
                    if memchr::memchr2(b'=', b'"', text.part(name..end)).is_none()
                        && memchr::memchr(b'.', text.part(name..end)).is_some() =>
                {
                    return None;
                }
                // An arrow of a program that has elements (JSX): `render={() => (`.
                (None, b'>') if text.part(name..end).ends_with(b" =") && text.get(end + 1) == Some(&b' ') => {}
                (None, b'>') => {
                    return Some(Self {
                        name: (start, name),
                        end: end + 1,
                        empty: text.get(end - 1) == Some(&b'/'),
                        cut: false,
                    });
                }
                // Another tag begins: this one was none, or lost its end.
                (None, b'<') => return Some(Self { name: (start, name), end, empty: false, cut: false }),
                (None, b'"' | b'\'') => quote = Some(b),
                (Some(open), b) if open == b => quote = None,
                _ => {}
            }
        }
        Some(Self { name: (start, name), end: text.len(), empty: false, cut: true })
    }
}

/// Returns the parts to hide of the elements at `start..end`, which are the content of one with the name of a secret: the
/// texts and the attributes that have no name which tells of it. Returns `None` where there is more than elements.
fn told(text: &[u8], start: usize, end: usize) -> Option<Vec<(usize, usize)>> {
    let mut secret = Vec::new();
    let (mut from, mut name) = (start, &b""[..]);
    // An `id` beside what names the secret, or is it, is none.
    let (mut ids, mut has_name, mut any) = (Vec::new(), false, false);
    while let Some(at) = memchr::memchr(b'<', text.part(from..end)).map(|at| from + at) {
        let run = text.part(from..at).trim_ascii();
        if !run.is_empty() {
            match local(name) {
                b"" => return None,
                own if tells(own) || is_harmless(run) || run.len() <= 2 && run.iter().all(u8::is_ascii_digit) => {
                    has_name |= names_secret(own);
                }
                b"id" => ids.push((from, at)),
                own => {
                    has_name |= names_secret(own);
                    secret.push((from, at));
                }
            }
        }
        if text.get(at + 1) == Some(&b'/') {
            from = at + memchr::memchr(b'>', text.part(at..end))? + 1;
            name = b"";
            continue;
        }
        let tag = Tag::read(text, at).filter(|tag| !tag.cut && tag.end <= end)?;
        any = true;
        // `key="Username"` names the value beside it.
        let given = attribute(text, &tag, &NAMES[..3]).filter(|_| attribute(text, &tag, &["value"]).is_some());
        attributes(text, &tag, |key, start, end| {
            let shows = match given {
                Some(given) if holds_value(key) => tells(given),
                Some(given) => text.part(start..end) == given && !value::is_chosen(given),
                None => false,
            };
            if !(shows || tells(local(key)) || key.starts_with(b"xmlns")) {
                secret.push((start, end));
            }
        });
        name = text.part(tag.name.0..tag.name.1);
        from = tag.end;
    }
    if !has_name {
        secret.append(&mut ids);
    }
    (any && text.part(from..end).trim_ascii().is_empty()).then_some(secret)
}

/// Calls `each` with the name of every attribute of `tag` and the range of its value, quotes aside.
fn attributes(text: &[u8], tag: &Tag, mut each: impl FnMut(&[u8], usize, usize)) {
    let mut from = tag.name.1;
    work::spend(4 + (tag.end - tag.name.0) / 4);
    while let Some(sign) = text.get(from..tag.end).and_then(|rest| memchr::memchr(b'=', rest)).map(|at| from + at) {
        let before = text.part(from..sign).trim_ascii_end();
        let ends = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'');
        let key = before.get(before.iter().rposition(ends).map_or(0, |at| at + 1)..).unwrap_or_default();
        let rest = text.part(sign + 1..tag.end);
        let gap = rest.len() - rest.trim_ascii_start().len();
        let value = rest.part(gap..);
        // In a string of JSON or JavaScript, the quotes are escaped.
        let slashes = value.iter().take_while(|&&b| b == b'\\').count();
        let (lead, len) = match value.get(slashes) {
            Some(&quote @ (b'"' | b'\'')) => {
                let inside = value.part(slashes..);
                // In CSV, quotes are doubled.
                let run = inside.iter().take(MAX_QUOTES).take_while(|&&b| b == quote).count();
                let empty = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'>' | b'/' | b'\\');
                let quotes = if inside.get(run).is_none_or(empty) { 1 } else { run };
                (slashes + quotes, quoted(inside.part(quotes..), quote, quotes, slashes))
            }
            _ => (0, value.iter().position(|b| b.is_ascii_whitespace() || *b == b'>').unwrap_or(value.len())),
        };
        let start = sign + 1 + gap + lead;
        each(key, start, start + len);
        from = start + len;
    }
}

/// Returns the length of the value that `inside` begins with. It ends before up to so many times `quote`, with no more
/// than `slashes` backslashes before them, which are no part of the value. If there are none before the first, none
/// escapes a quote.
fn quoted(inside: &[u8], quote: u8, quotes: usize, slashes: usize) -> usize {
    let mut run = 0;
    for (at, &b) in inside.iter().enumerate() {
        let closes = || inside.get(at..at + quotes).is_some_and(|end| end.iter().all(|&b| b == quote));
        if b == quote && (slashes == 0 || run <= slashes) && closes() {
            return at - run.min(slashes);
        }
        run = if b == b'\\' { run + 1 } else { 0 };
    }
    inside.len()
}

/// Returns the text that an element begins with, up to the next tag; nothing where `end` comes before.
fn word<'t>(text: &'t [u8], tag: &Tag, end: Option<u8>) -> &'t [u8] {
    const LONGEST: usize = 1024;
    let content = text.after(tag.end);
    let content = content.get(..LONGEST).unwrap_or(content);
    let len = content.iter().position(|b| *b == b'<' || end == Some(*b)).unwrap_or(content.len());
    let ends = matches!(text.get(tag.end + len), None | Some(b'<'));
    content.part(..if ends { len } else { 0 })
}

/// Returns whether a word has letters and digits, as secrets have.
fn is_mixed(word: &[u8]) -> bool {
    const SHORTEST: usize = 8;
    word.len() >= SHORTEST && word.iter().any(u8::is_ascii_digit) && word.iter().any(u8::is_ascii_alphabetic)
}

/// Returns whether an attribute of this name holds the value of the element.
fn holds_value(key: &[u8]) -> bool {
    [&b"value"[..], b"content"].iter().any(|known| key.eq_ignore_ascii_case(known))
}

/// Returns the mask of an element to which an attribute gives the name of a secret.
fn named<'r>(rules: &'r Rules, text: &[u8], tag: &Tag, by: &[&str]) -> Option<&'r Mask> {
    let mut mask = None;
    attributes(text, tag, |key, start, end| {
        if by.iter().any(|known| key.eq_ignore_ascii_case(known.as_bytes())) {
            mask = mask.or_else(|| secret(rules, text.part(start..end)));
        }
    });
    mask
}

/// Returns the value of the first of these attributes that a tag has.
fn attribute<'t>(text: &'t [u8], tag: &Tag, by: &[&str]) -> Option<&'t [u8]> {
    let mut found = None;
    attributes(text, tag, |key, start, end| {
        if by.iter().any(|known| key.eq_ignore_ascii_case(known.as_bytes())) {
            found = found.or(Some(text.part(start..end)));
        }
    });
    found
}

/// Returns whether the content of an element, which has the name of a secret or is given one, tells that it is none.
fn shows(rules: &Rules, name: &[u8], content: &[u8]) -> bool {
    let content = content.trim_ascii();
    let is_by_lexicon = rules.secret_line(name).is_some_and(|hidden| hidden.surety.is_some());
    is_by_lexicon
        && !content.is_empty()
        && !content.contains(&b'<')
        && (is_none(name, content, false) || value::is_placeholder(content))
}

fn secret<'r>(rules: &'r Rules, name: &[u8]) -> Option<&'r Mask> {
    rules.secret_line(name).map(|hidden| hidden.mask)
}

/// Returns where the content of an element is that looks like a key, and whose name may be that of one.
fn key(rules: &Rules, text: &[u8], tag: &Tag) -> Option<(usize, usize)> {
    let name = local(text.part(tag.name.0..tag.name.1));
    let content = text.after(tag.end);
    let len = content.iter().position(|b| *b == b'<' || *b <= b' ').filter(|len| content.get(*len) == Some(&b'<'))?;
    rules.key(name, content.part(..len)).map(|_| (tag.end, tag.end + len))
}

/// Returns whether the text behind a tag is no content of it: it ends a word.
fn is_placeholder(rest: &[u8]) -> bool {
    rest.first().is_none_or(|b| !b.is_ascii_alphanumeric() && *b < 0x80)
}

/// Returns the length of the content of an element that is never closed: to the next tag, or to the end of its line in a text
/// without other elements. Where it is the last tag of markup, all of the rest may be cut content.
fn unclosed(rest: &[u8], is_markup: bool) -> usize {
    let mut done = 0;
    let tag = memchr::memchr_iter(b'<', rest).find(|&at| {
        work::spend(16);
        let after = rest.after(at + 1);
        // Tags within these are not tags. If one is not closed, no other tag follows.
        let close = if after.starts_with(b"!--") {
            Some(&b"-->"[..])
        } else if after.starts_with(b"![CDATA[") {
            Some(&b"]]>"[..])
        } else {
            None
        };
        if let Some(close) = close.filter(|_| at >= done) {
            done = memmem::find(after, close).map_or(rest.len(), |len| at + len);
        }
        at >= done && after.first().is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'?' | b'_' | 0x80..))
    });
    let line = || if is_markup { None } else { memchr::memchr(b'\n', rest) };
    tag.or_else(line).unwrap_or(rest.len())
}

/// Returns a name without its prefix.
fn local(name: &[u8]) -> &[u8] {
    name.get(memchr::memrchr(b':', name).map_or(0, |at| at + 1)..).unwrap_or(name)
}

fn follows_word(text: &[u8], at: usize) -> bool {
    at.checked_sub(1).and_then(|at| text.get(at)).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':'))
}

/// Returns the end of the content of the element `name` that begins at `from`, and the text behind its closing tag.
fn close(text: &[u8], from: usize, name: &[u8]) -> Option<(usize, usize)> {
    let mut depth = 0usize;
    let mut from = from;
    loop {
        let at = from + memchr::memchr(b'<', text.get(from..)?)?;
        work::spend(24 + (at - from) / 8);
        let rest = text.get(at + 1..)?;
        from = at + 1;
        // A closing tag within one of these is not a closing tag.
        if let Some(inside) = rest.strip_prefix(b"![CDATA[") {
            from = text.len() - inside.len() + memmem::find(inside, b"]]>")?;
        } else if let Some(inside) = rest.strip_prefix(b"!--") {
            from = text.len() - inside.len() + memmem::find(inside, b"-->")?;
        } else if rest.strip_prefix(b"/").is_some_and(|rest| is_named(rest, name)) {
            let Some(left) = depth.checked_sub(1) else {
                return Some((at, at + 2 + name.len()));
            };
            depth = left;
        } else if is_named(rest, name) && Tag::read(text, at).is_some_and(|tag| !tag.empty) {
            depth += 1;
        }
    }
}

/// Returns whether `text` begins with the name of a tag.
fn is_named(text: &[u8], name: &[u8]) -> bool {
    text.split_at_checked(name.len()).is_some_and(|(head, rest)| {
        head.eq_ignore_ascii_case(name)
            && rest.first().is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'))
    })
}

#[cfg(test)]
mod tests;
