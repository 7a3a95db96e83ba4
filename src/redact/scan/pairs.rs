//! `name=value` in URLs, forms and prose, and what is percent-encoded there.

use super::{
    key_lines::{self, MAX_HEAD},
    prefilter::Signs,
};
use crate::redact::{
    codec::percent,
    nested,
    rules::{Rules, Verdict},
    text::{
        context::{First, How, Mode},
        edits::Hits,
    },
};
use memchr::memmem;

/// How often the rest of a value is looked into once more that looks as if a line began in it; what comes after so many is
/// hidden, unlooked at.
const MAX_AGAIN: usize = 32;

/// Finds the values whose names bear secrets, and what the encoded parts of `text` hide.
pub(crate) fn find<'r>(rules: &'r Rules, text: &[u8], how: How, signs: Signs, hits: &mut Hits<'r>) {
    // Without names, no `=` is a sign, but what follows one may be JSON with something else in it.
    if signs.of(Signs::PAIR) || !rules.has_names() {
        values(rules, text, how, hits);
    }
    encoded(rules, text, how, hits);
    if rules.allow_only() {
        bare(rules, text, how.mode, hits);
    }
}

/// Whether the `=` at `sign` stands in a query of a URL in prose, between the name of no secret and a value that is a word.
pub(crate) fn is_plain_parameter(rules: &Rules, text: &[u8], sign: usize) -> bool {
    let (before, value) = text.split_at_checked(sign).unwrap_or_default();
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let name = before.iter().rposition(|b| !is_word(b)).map_or(0, |at| at + 1);
    let in_query = matches!(name.checked_sub(1).and_then(|at| before.get(at)), Some(b'?' | b'&'));
    let name = before.get(name..).unwrap_or_default();
    let mut value = value.iter().skip(1);
    let end = value.find(|b| !is_word(b) && !matches!(b, b'.' | b'-' | b'~'));
    in_query && !name.is_empty() && matches!(end, Some(b'"' | b'&' | b'#' | b' ')) && rules.secret(name).is_none()
}

/// Whether `form` has a pair whose name bears a secret.
pub(crate) fn has_secret(rules: &Rules, form: &[u8]) -> bool {
    let mut from = 0;
    memchr::memchr_iter(b'=', form).any(|sign| {
        let (start, end) = plain_name(form, from, sign, Mode::Form);
        from = sign + 1;
        judge(rules, form.get(start..end).unwrap_or_default(), Mode::Form, true, true).mask().is_some()
    })
}

/// A name that was found before a sign.
struct Name {
    start: usize,
    end: usize,
    quoted: bool,
}

fn values<'r>(rules: &'r Rules, text: &[u8], how: How, hits: &mut Hits<'r>) {
    let How { mode, depth, .. } = how;
    let (mut from, mut in_query) = (0, mode == Mode::Form);
    // Where the next name may begin: one may have colons in it.
    let mut begin = 0;
    // How far values were looked into as JSON and as lines, so that none is twice.
    let (mut json, mut seen) = (0, 0);
    // How often part of such a value was looked into once more, for nothing.
    let mut again = 0;
    while let Some(sign) = memchr::memchr2(b'=', b':', text.get(from..).unwrap_or_default()).map(|at| from + at) {
        let is_colon = text.get(sign) == Some(&b':');
        let name = name(text, begin, sign, is_colon, mode);
        let until = name.as_ref().map_or(sign, |name| name.start);
        in_query = is_in_query(text.get(from..until).unwrap_or_default(), mode, in_query);
        from = sign + 1;
        let Some(Name { start, end, quoted }) = name else { continue };
        let name = text.get(start..end).unwrap_or_default();
        let verdict = match quoted || is_colon {
            true => in_prose(rules, name),
            false => {
                let in_url = matches!(start.checked_sub(1).and_then(|at| text.get(at)), Some(b'?' | b'#'));
                judge(rules, name, mode, in_query, depth > 0 || in_url)
            }
        };
        match verdict {
            Verdict::Hide(mask) if mode == Mode::Text || quoted || is_colon => {
                let in_query = in_query && !quoted && !is_colon;
                let (start, end) = prose_value(text, from, is_colon, in_query);
                match in_query {
                    true => hits.encoded(start, end, true, mask),
                    false => hits.mask(start, end, mask),
                }
                from = end.max(from);
            }
            Verdict::Hide(mask) => {
                let end = value_end(text, from, mode, in_query);
                hits.encoded(from, end, true, mask);
                from = end;
            }
            Verdict::Show if mode != Mode::Text && from >= json && begins_as_json(text, from) => {
                json = value_end(text, from, mode, in_query);
                let raw = text.get(from..json).unwrap_or_default();
                let (value, _) = percent::decode(raw, true);
                if nested::begins_as_json(&value)
                    && let Some(hidden) = nested::json(rules, &value)
                {
                    let mut encoded = Vec::with_capacity(hidden.len());
                    // As it came: encoded, or with quotes in the midst of a URL.
                    match raw.contains(&b'"') {
                        true => percent::encode_value(&hidden, &mut encoded),
                        false => percent::encode(&hidden, &mut encoded),
                    }
                    hits.rewrite(from, json, encoded);
                    from = json;
                }
            }
            Verdict::Show => {}
        }
        let is_parameter = (mode != Mode::Text || in_query) && !quoted && !is_colon && from == sign + 1;
        if is_parameter && (from >= seen || begins_line(rules, text, from)) {
            let within = from < seen;
            seen = value_end(text, from, mode, in_query);
            let raw = text.get(from..seen).unwrap_or_default();
            if let Some(hidden) = lines(rules, raw, How { whole: how.whole || seen < text.len(), ..how }) {
                hits.rewrite(from, seen, hidden);
                from = seen;
            } else if within {
                again += 1;
                if again > MAX_AGAIN {
                    hits.mask(from, seen, rules.mask());
                    from = seen;
                }
            }
        }
        begin = from;
    }
}

/// Whether a line begins with the value at `from`, which is part of one that was looked into.
fn begins_line(rules: &Rules, text: &[u8], from: usize) -> bool {
    let rest = text.get(from..).unwrap_or_default();
    let head = rest.get(..3 * MAX_HEAD).unwrap_or(rest);
    // A quick look: a `=` comes first.
    if matches!(head.iter().find(|b| matches!(b, b':' | b'=' | b'%')), None | Some(b'=')) {
        return false;
    }
    let (head, _) = percent::decode(head, true);
    rules.has_names() && key_lines::begins_by_colon(rules, &head)
}

/// The value of a parameter, encoded as it came, where a line in it begins with a name and so shows no more.
fn lines(rules: &Rules, raw: &[u8], how: How) -> Option<Vec<u8>> {
    if !rules.has_names() || memchr::memchr2(b':', b'%', raw).is_none() {
        return None;
    }
    let (value, _) = percent::decode(raw, true);
    let mut found = Hits::new(how.whole);
    key_lines::find(rules, &value, First::Colon, &mut found);
    if found.len() == 0 {
        return None;
    }
    let hidden = nested::deeper(rules, &value, how)?;
    let mut encoded = Vec::with_capacity(hidden.len());
    match value == raw {
        true => percent::encode_value(&hidden, &mut encoded),
        false => percent::encode(&hidden, &mut encoded),
    }
    Some(encoded)
}

/// The name before the `=` or `:` at `sign`. A `:` has one only where it or its value is in quotes, for prose and URLs
/// are full of colons.
fn name(text: &[u8], from: usize, sign: usize, is_colon: bool, mode: Mode) -> Option<Name> {
    if (is_colon || mode == Mode::Text)
        && let Some((start, end)) = quoted_name(text, from, sign)
    {
        return Some(Name { start, end, quoted: true });
    }
    if is_colon {
        let value = text.get(sign + 1..).unwrap_or_default().trim_ascii_start();
        let slashes = value.iter().take_while(|&&b| b == b'\\').count();
        if mode != Mode::Text || !matches!(value.get(slashes), Some(b'"' | b'\'')) {
            return None;
        }
    }
    let (start, end) = plain_name(text, from, sign, mode);
    Some(Name { start, end, quoted: false })
}

/// What the rules say of the value of a name that is in prose or in JSON there; one with escapes is not readable.
fn in_prose<'r>(rules: &'r Rules, name: &[u8]) -> Verdict<'r> {
    match rules.secret(name).or_else(|| rules.secret_header(name)) {
        Some(mask) => Verdict::Hide(mask),
        None if name.contains(&b'\\') && rules.has_names() => Verdict::Hide(rules.mask()),
        None if percent::is_encoded(name) => match rules.secret(&percent::decode(name, false).0) {
            Some(mask) => Verdict::Hide(mask),
            None => Verdict::Show,
        },
        None => Verdict::Show,
    }
}

/// Whether the value at `from` begins as JSON does, encoded or not.
fn begins_as_json(text: &[u8], from: usize) -> bool {
    let value = text.get(from..).unwrap_or_default();
    let value = value.iter().position(|&b| b != b'+' && b > b' ').and_then(|at| value.get(at..)).unwrap_or_default();
    match value {
        [b'{' | b'[', ..] => true,
        [b'%', b'7', b'b' | b'B', ..] | [b'%', b'5', b'b' | b'B', ..] => true,
        // White space before it, or another layer of encoding.
        [b'%', b'0' | b'2', ..] => true,
        _ => false,
    }
}

/// What the rules say of the value of `name`, as it stands before a `=`. `either` asks for a name that the rules for
/// queries or those for fields know.
fn judge<'r>(rules: &'r Rules, name: &[u8], mode: Mode, in_query: bool, either: bool) -> Verdict<'r> {
    let (mut decoded, good) = percent::decode(name, true);
    let strict = in_query || mode == Mode::Form;
    if !good && strict && rules.has_names() {
        return Verdict::Hide(rules.mask());
    }
    // A name that is encoded more than once is no name of this server's, but may be one of the next.
    for _ in 0..3 {
        if !percent::is_encoded(&decoded) {
            break;
        }
        decoded = percent::decode(&decoded, true).0.into_owned().into();
    }
    match rules.secret(&decoded) {
        Some(mask) if either || !strict => return Verdict::Hide(mask),
        _ if !strict => return Verdict::Show,
        _ => {}
    }
    match mode {
        Mode::Form => rules.field(&decoded),
        _ => rules.query(&decoded),
    }
}

/// Whether what follows `text` is in a query or fragment, given whether its beginning is.
fn is_in_query(text: &[u8], mode: Mode, before: bool) -> bool {
    text.iter().fold(before, |inside, &b| match b {
        b'?' | b'#' => true,
        b if mode.ends_word(b) => false,
        _ => inside,
    })
}

/// The name before the `=` at `sign`.
fn plain_name(text: &[u8], from: usize, sign: usize, mode: Mode) -> (usize, usize) {
    let before = text.get(from..sign).unwrap_or_default();
    let len = match mode {
        Mode::Text => before.trim_ascii_end().len(),
        _ => before.len(),
    };
    let ends = |&b: &u8| {
        matches!(b, b'&' | b';' | b'?' | b'#')
            || mode.ends_word(b)
            || (mode == Mode::Text && matches!(b, b'(' | b')' | b'{' | b'}' | b',' | b'|' | b'\\'))
    };
    let name = before.get(..len).unwrap_or_default();
    (from + name.iter().rposition(ends).map_or(0, |at| at + 1), from + len)
}

/// The name in quotes before the sign at `sign`; the quotes may be escaped.
fn quoted_name(text: &[u8], from: usize, sign: usize) -> Option<(usize, usize)> {
    let before = text.get(from..sign)?.trim_ascii_end();
    let (&quote, name) = before.split_last().filter(|(quote, _)| matches!(quote, b'"' | b'\''))?;
    // In CSV, they are doubled.
    let name = name.strip_suffix(&[quote]).filter(|name| name.last().is_some_and(|b| *b != quote)).unwrap_or(name);
    let start = memchr::memrchr(quote, name)?;
    let name = name.get(start + 1..)?;
    let len = name.iter().rposition(|&b| b != b'\\').map_or(0, |at| at + 1);
    Some((from + start + 1, from + start + 1 + len))
}

/// Where the value at `start` in a URL or form ends.
///
/// A `;` ends it only before a query, where another pair follows: in a query and a form it is part of the value (URL
/// Standard, section 5.1), though some servers part there.
fn value_end(text: &[u8], start: usize, mode: Mode, in_query: bool) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let hard = |b: u8| b == b'&' || (mode == Mode::Url && (b == b'#' || (b == b'?' && !in_query))) || mode.ends_word(b);
    let ends = |&b: &u8| hard(b) || (b == b';' && mode != Mode::Form && !in_query);
    let mut end = 0;
    loop {
        let piece = rest.get(end..).unwrap_or_default();
        end += piece.iter().position(ends).unwrap_or(piece.len());
        if rest.get(end) != Some(&b';') {
            return start + end;
        }
        let next = rest.get(end + 1..).unwrap_or_default();
        let len = next.iter().position(|b| ends(b) || *b == b'=').unwrap_or(next.len());
        if len == 0 || next.get(len) == Some(&b'=') {
            return start + end;
        }
        end += 1;
    }
}

/// The value after a sign in prose, which is at `from`: in quotes, or to what ends a word. An object or array in JSON goes
/// to the end of the text, and in a query a `;` is part of the value.
fn prose_value(text: &[u8], from: usize, is_json: bool, in_query: bool) -> (usize, usize) {
    let rest = text.get(from..).unwrap_or_default();
    let gap = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'=' | b'>') || (is_json && **b <= b' ')).count();
    let slashes = rest.iter().skip(gap).take_while(|&&b| b == b'\\').count();
    let start = gap + slashes;
    match rest.get(start) {
        Some(&quote @ (b'"' | b'\'')) if slashes == 0 && is_doubled(rest.get(start..).unwrap_or_default(), quote) => {
            let value = rest.get(start..).unwrap_or_default();
            let quotes = value.iter().take_while(|b| **b == quote).count().min(3);
            let inside = value.get(quotes..).unwrap_or_default();
            let delimiter = value.get(..quotes).unwrap_or_default();
            let len = memmem::find(inside, delimiter)
                .unwrap_or_else(|| inside.iter().position(|&b| b <= b' ').unwrap_or(inside.len()));
            (from + start + quotes, from + start + quotes + len)
        }
        Some(&quote @ (b'"' | b'\'')) => {
            let value = rest.get(start + 1..).unwrap_or_default();
            let mut escaped = 0;
            let len = value.iter().enumerate().position(|(at, &b)| {
                // SQL writes a quote as two.
                let doubled = slashes == 0 && escaped % 2 == 0 && b == quote && value.get(at + 1) == Some(&quote);
                // Where the quotes are escaped themselves, so is what is escaped within them, once more.
                let ends = b == quote && if slashes == 0 { escaped % 2 == 0 } else { escaped <= slashes };
                escaped = if b == b'\\' || doubled { escaped + 1 } else { 0 };
                ends && !doubled
            });
            let len = len.map_or(value.len(), |len| {
                let slashed = value.get(..len).unwrap_or_default().iter().rev().take_while(|&&b| b == b'\\').count();
                len - slashed.min(slashes)
            });
            (from + start + 1, from + start + 1 + len)
        }
        Some(b'{' | b'[') if is_json => (from + start, text.len()),
        _ => {
            let value = rest.get(gap..).unwrap_or_default();
            let closes = |b: Option<&u8>| !b.is_some_and(|b| b.is_ascii_alphanumeric());
            let ends = |(at, &b): (usize, &u8)| match b {
                b'"' | b'\'' | b'`' => closes(value.get(at + 1)),
                b'&' | b'<' | b'>' => true,
                b';' => {
                    let piece = value.get(at + 1..).unwrap_or_default();
                    let end = piece.iter().position(|&b| b <= b' ' || matches!(b, b'&' | b';' | b'"' | b'\''));
                    let piece = piece.get(..end.unwrap_or(piece.len())).unwrap_or_default();
                    piece.is_empty() || (!in_query && piece.contains(&b'='))
                }
                b',' | b'}' | b']' => is_json,
                b => b <= b' ',
            };
            let len = value.iter().enumerate().position(ends).unwrap_or(value.len());
            let value = value.get(..len).unwrap_or_default();
            let tail = value.iter().rev().take_while(|b| matches!(b, b',' | b')' | b']' | b'}')).count();
            (from + gap, from + gap + len - tail)
        }
    }
}

/// Whether what is at the beginning of `line`, with a colon at `sign`, is a member of JSON or of what looks like it, whose
/// value [`find`] tells the end of.
pub(crate) fn is_member(line: &[u8], sign: usize, mode: Mode) -> bool {
    let is_quote = |b: Option<&u8>| matches!(b, Some(b'"' | b'\''));
    let head = line.get(..sign).unwrap_or_default().trim_ascii();
    let name = head.strip_prefix(b"{").unwrap_or(head).trim_ascii_start();
    let quoted = name.len() > 2 && is_quote(name.first()) && name.first() == name.last();
    let bare =
        mode == Mode::Text && name.len() < head.len() && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let (start, end) = prose_value(line, sign + 1, true, false);
    let in_quotes = is_quote(start.checked_sub(1).and_then(|at| line.get(at)));
    let rest = line.get(end + usize::from(in_quotes)..).unwrap_or_default().trim_ascii_start();
    let ends = match rest.split_first() {
        None | Some((b'}' | b']', _)) => true,
        Some((b',', rest)) => in_quotes || is_quote(rest.trim_ascii_start().first()),
        _ => false,
    };
    ends && (quoted || bare && in_quotes)
}

/// Whether `value` begins with two quotes or three that are no empty value: CSV has two for one in a field that is in quotes
/// itself, some languages three around a text of more lines.
fn is_doubled(value: &[u8], quote: u8) -> bool {
    match value {
        [_, second, third, ..] if *second == quote => {
            !(*third <= b' ' || matches!(third, b',' | b';' | b')' | b']' | b'}' | b'&' | b'<' | b'>' | b'\\'))
        }
        _ => false,
    }
}

/// Looks into every part of `text` that is percent-encoded, and puts it back encoded where something was hidden there.
fn encoded<'r>(rules: &'r Rules, text: &[u8], how: How, hits: &mut Hits<'r>) {
    if memchr::memchr2(b'%', b'+', text).is_none() {
        return;
    }
    let mode = how.mode;
    // What is hidden in a URL's own authority and path was found as it is written there: found again in all of the path
    // decoded, it would take the rest of the path with it.
    let head = match mode {
        Mode::Url if how.depth == 0 && text.contains(&b'%') => memchr::memchr2(b'?', b'#', text).unwrap_or(text.len()),
        _ => 0,
    };
    let own = hits.in_url(head);
    let mut own = own.into_iter().peekable();
    let ends = |&b: &u8| matches!(b, b'&' | b';' | b'?' | b'#' | b'=') || mode.ends_word(b);
    let mut from = 0;
    // The first byte that ends a part, looked for once: before it there may be many parts of the URL's own.
    let mut sign = None;
    while from < text.len() {
        let mut end = match sign.filter(|sign| *sign >= from) {
            Some(sign) => sign,
            None => from + text.get(from..).unwrap_or_default().iter().position(ends).unwrap_or(text.len() - from),
        };
        sign = Some(end);
        let mut next = end + 1;
        while let Some((start, stop)) = own.next_if(|&(start, _)| start < end) {
            if stop > from {
                (end, next) = (start.max(from), stop);
                break;
            }
        }
        let part = text.get(from..end).unwrap_or_default();
        let after = from.checked_sub(1).and_then(|at| text.get(at));
        let plus = mode != Mode::Text || after == Some(&b'=');
        let (decoded, _) = percent::decode(part, plus);
        if decoded != part
            && let Some(hidden) = nested::deeper(rules, &decoded, How { whole: how.whole || end < text.len(), ..how })
        {
            if end <= head
                && let Some(found) = segments(rules, part, how)
            {
                found.into_iter().for_each(|(start, stop, text)| hits.rewrite(from + start, from + stop, text));
                from = next;
                continue;
            }
            let mut encoded = Vec::with_capacity(hidden.len());
            percent::encode(&hidden, &mut encoded);
            hits.rewrite(from, end, encoded);
            // What was hidden may go on behind a sign that should have been encoded too.
            if !matches!(text.get(end), Some(b'=' | b'&') | None) {
                let close = value_end(text, end, mode, true);
                hits.mask(end, close, rules.mask());
                from = close.max(end) + 1;
                continue;
            }
        }
        from = next;
    }
}

/// The segments of a path that have something encoded to hide, and what they are without; `None` where not all that is to
/// hide in the path, decoded, is in one segment or another.
fn segments(rules: &Rules, path: &[u8], how: How) -> Option<Vec<(usize, usize, Vec<u8>)>> {
    let (mut found, mut all) = (Vec::new(), Vec::with_capacity(path.len()));
    let mut from = 0;
    for segment in path.split(|&b| b == b'/') {
        if from > 0 {
            all.push(b'/');
        }
        let (decoded, _) = percent::decode(segment, true);
        match nested::deeper(rules, &decoded, how) {
            Some(hidden) => {
                let mut encoded = Vec::with_capacity(hidden.len());
                percent::encode(&hidden, &mut encoded);
                all.extend_from_slice(&hidden);
                if decoded != segment {
                    found.push((from, from + segment.len(), encoded));
                }
            }
            None => all.extend_from_slice(&decoded),
        }
        from += segment.len() + 1;
    }
    nested::deeper(rules, &all, how).is_none().then_some(found)
}

/// Hides the parts of a query that have no name, where only what is allowed may be shown.
fn bare<'r>(rules: &'r Rules, text: &[u8], mode: Mode, hits: &mut Hits<'r>) {
    let (mut from, mut in_query) = (0, mode == Mode::Form);
    while from <= text.len() {
        let rest = text.get(from..).unwrap_or_default();
        let ends = |&b: &u8| matches!(b, b'&' | b';' | b'?' | b'#') || mode.ends_word(b);
        let len = rest.iter().position(ends).unwrap_or(rest.len());
        let part = rest.get(..len).unwrap_or_default();
        if in_query && !part.contains(&b'=') && judge(rules, part, mode, true, false).mask().is_some() {
            hits.mask(from, from + len, rules.mask());
        }
        in_query = is_in_query(rest.get(len..len + 1).unwrap_or_default(), mode, in_query);
        from += len + 1;
    }
}

/// Whether `text`, which is said to be a form, begins as one: with a pair that has no white space in it.
pub(crate) fn begins_as_form(text: &[u8]) -> bool {
    let first = memchr::memchr2(b'&', b'\n', text).and_then(|at| text.get(..at)).unwrap_or(text);
    first.contains(&b'=') && !first.iter().any(|b| *b <= b' ')
}

/// Whether `text` may be a form: it begins with a name and `=`, and has no white space before its first `&`.
pub(crate) fn looks_like_form(text: &[u8]) -> bool {
    let text = text.trim_ascii_end();
    let head = memchr::memchr(b'=', text).and_then(|at| text.get(..at)).unwrap_or_default();
    let is_name =
        |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'[' | b']' | b'%' | b'+' | b'$');
    let first = memchr::memchr(b'&', text).and_then(|at| text.get(..at)).unwrap_or(text);
    !head.is_empty()
        && head.iter().all(is_name)
        && !first.iter().any(|b| *b <= b' ' || matches!(b, b'"' | b'<' | b'>'))
        && memchr::memchr(b'\n', text).is_none()
}
