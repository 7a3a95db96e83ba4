//! `name=value` in URLs, forms and prose, and what is percent-encoded there.

use super::{
    hits::Hits,
    look::{self, Mode},
    percent,
    rules::{Rules, Verdict},
};

/// Finds the values whose names bear secrets, and what the encoded parts of `text` hide.
pub(crate) fn find<'r>(rules: &'r Rules, text: &[u8], mode: Mode, depth: usize, hits: &mut Hits<'r>) {
    values(rules, text, mode, hits);
    encoded(rules, text, mode, depth, hits);
    if rules.allow_only() {
        bare(rules, text, mode, hits);
    }
}

/// Whether `text` has a quoted name, as JSON and its likes do.
pub(crate) fn has_quoted_name(text: &[u8]) -> bool {
    memchr::memchr_iter(b':', text).any(|at| quoted_name(text, 0, at).is_some())
}

fn values<'r>(rules: &'r Rules, text: &[u8], mode: Mode, hits: &mut Hits<'r>) {
    let (mut from, mut in_query) = (0, mode == Mode::Form);
    while let Some(sign) = next_sign(text, mode, from) {
        let (start, end, quoted) = match text.get(sign) {
            Some(b':') => match quoted_name(text, from, sign) {
                Some((start, end)) => (start, end, true),
                None => {
                    in_query = is_in_query(text.get(from..sign).unwrap_or_default(), mode, in_query);
                    from = sign + 1;
                    continue;
                }
            },
            _ => match quoted_name(text, from, sign).filter(|_| mode == Mode::Text) {
                Some((start, end)) => (start, end, true),
                None => {
                    let (start, end) = plain_name(text, from, sign, mode);
                    (start, end, false)
                }
            },
        };
        in_query = is_in_query(text.get(from..start).unwrap_or_default(), mode, in_query);
        let name = text.get(start..end).unwrap_or_default();
        from = sign + 1;
        let mask = match judge(rules, name, mode, in_query && !quoted) {
            Verdict::Hide(mask) => mask,
            Verdict::Show => {
                if mode != Mode::Text {
                    let end = value_end(text, from, mode, in_query);
                    let (value, _) = percent::decode(text.get(from..end).unwrap_or_default(), true);
                    if look::holds_secret_json(rules, &value) {
                        hits.encoded(from, end, true, rules.mask());
                        from = end;
                    }
                }
                continue;
            }
        };
        if mode == Mode::Text {
            let (start, end) = prose_value(text, from, sign);
            match in_query {
                true => hits.encoded(start, end, true, mask),
                false => hits.mask(start, end, mask),
            }
            from = end.max(from);
        } else {
            let end = value_end(text, from, mode, in_query);
            hits.encoded(from, end, true, mask);
            from = end;
        }
    }
}

/// The next `=`, or in prose the next `:` too, from `from` on.
fn next_sign(text: &[u8], mode: Mode, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let at = match mode {
        Mode::Text => memchr::memchr2(b'=', b':', rest),
        _ => memchr::memchr(b'=', rest),
    }?;
    Some(from + at)
}

/// What the rules say of the value of `name`, as it stands in the text.
fn judge<'r>(rules: &'r Rules, name: &[u8], mode: Mode, in_query: bool) -> Verdict<'r> {
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
    match mode {
        Mode::Form => rules.field(&decoded),
        _ if in_query => rules.query(&decoded),
        _ => rules.secret(&decoded).map_or(Verdict::Show, Verdict::Hide),
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
    let start = memchr::memrchr(quote, name)?;
    let name = name.get(start + 1..)?;
    let len = name.iter().rposition(|&b| b != b'\\').map_or(0, |at| at + 1);
    Some((from + start + 1, from + start + 1 + len))
}

/// Where the value at `start` in a URL or form ends.
///
/// A `;` ends it only where another pair follows, since not every server parts at it; in a form none does.
fn value_end(text: &[u8], start: usize, mode: Mode, in_query: bool) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let hard =
        |&b: &u8| b == b'&' || (mode == Mode::Url && (b == b'#' || (b == b'?' && !in_query))) || mode.ends_word(b);
    let end = rest.iter().position(hard).unwrap_or(rest.len());
    if mode == Mode::Form {
        return start + end;
    }
    let value = rest.get(..end).unwrap_or_default();
    let soft = memchr::memchr_iter(b';', value).find(|&at| {
        let next = value.get(at + 1..).unwrap_or_default();
        let piece = memchr::memchr(b';', next).and_then(|len| next.get(..len)).unwrap_or(next);
        piece.is_empty() || piece.contains(&b'=')
    });
    start + soft.unwrap_or(end)
}

/// The value after the sign at `sign` in prose: in quotes, or to what ends a word. JSON goes to the end of the text.
fn prose_value(text: &[u8], from: usize, sign: usize) -> (usize, usize) {
    let is_json = text.get(sign) == Some(&b':');
    let rest = text.get(from..).unwrap_or_default();
    let gap = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'=' | b'>') || (is_json && **b <= b' ')).count();
    let slashes = rest.iter().skip(gap).take_while(|&&b| b == b'\\').count();
    let start = gap + slashes;
    match rest.get(start) {
        Some(&quote @ (b'"' | b'\'')) => {
            let value = rest.get(start + 1..).unwrap_or_default();
            let mut escaped = 0;
            let len = value.iter().position(|&b| {
                let ends = b == quote && escaped <= slashes;
                escaped = if b == b'\\' { escaped + 1 } else { 0 };
                ends && (slashes > 0 || escaped == 0)
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
                    piece.is_empty() || piece.contains(&b'=')
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

/// Looks into every part of `text` that is percent-encoded, and puts it back encoded where something was hidden there.
fn encoded<'r>(rules: &'r Rules, text: &[u8], mode: Mode, depth: usize, hits: &mut Hits<'r>) {
    let mut from = 0;
    while from < text.len() {
        let rest = text.get(from..).unwrap_or_default();
        let ends = |&b: &u8| matches!(b, b'&' | b';' | b'?' | b'#' | b'=') || mode.ends_word(b);
        let len = rest.iter().position(ends).unwrap_or(rest.len());
        let part = rest.get(..len).unwrap_or_default();
        let after = from.checked_sub(1).and_then(|at| text.get(at));
        let plus = mode != Mode::Text || after == Some(&b'=');
        let end = from + len;
        let (decoded, _) = percent::decode(part, plus);
        if decoded != part
            && let Some(hidden) = look::deeper(rules, &decoded, depth)
        {
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
        from = end + 1;
    }
}

/// Hides the parts of a query that have no name, where only what is allowed may be shown.
fn bare<'r>(rules: &'r Rules, text: &[u8], mode: Mode, hits: &mut Hits<'r>) {
    let (mut from, mut in_query) = (0, mode == Mode::Form);
    while from <= text.len() {
        let rest = text.get(from..).unwrap_or_default();
        let ends = |&b: &u8| matches!(b, b'&' | b';' | b'?' | b'#') || mode.ends_word(b);
        let len = rest.iter().position(ends).unwrap_or(rest.len());
        let part = rest.get(..len).unwrap_or_default();
        if in_query && !part.contains(&b'=') && judge(rules, part, mode, true).mask().is_some() {
            hits.mask(from, from + len, rules.mask());
        }
        in_query = is_in_query(rest.get(len..len + 1).unwrap_or_default(), mode, in_query);
        from += len + 1;
    }
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
