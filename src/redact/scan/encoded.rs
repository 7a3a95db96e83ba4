//! Finds secrets in what is percent-encoded.

use super::{candidates::Candidates, lexeme::value_end, scope::Scope, sign::Sign};
use crate::redact::{
    codec::percent,
    rules::Rules,
    text::{
        context::{Context, Mode},
        edits::Edits,
        slice::Slice,
    },
    work,
};

/// The sign of what is percent-encoded is an escape.
pub(super) const SIGN: Sign =
    Sign { of: Candidates::ENCODED, bytes: b"%", is_at: |_, text, at| percent::is_escape(text.after(at)), is_in: None };

/// Searches every part of `text` that is percent-encoded. Where something was hidden, puts the part back encoded.
///
/// In the ranges that were `searched`, nothing is.
pub(super) fn find_encoded<'r>(
    scope: Scope<'r>,
    text: &[u8],
    context: Context,
    searched: &[(usize, usize)],
    edits: &mut Edits<'r>,
) {
    let Scope { rules, .. } = scope;
    if memchr::memchr2(b'%', b'+', text).is_none() {
        return;
    }
    let mode = context.mode;
    // Secrets in a URL's own authority and path were found in the text as it is written. If they were found again in
    // the whole path decoded, the rest of the path would be hidden with them.
    let head = match mode {
        Mode::Url if !context.decoded && text.contains(&b'%') => {
            memchr::memchr2(b'?', b'#', text).unwrap_or(text.len())
        }
        _ => 0,
    };
    let own = edits.in_url(if mode == Mode::Text { text.len() } else { head });
    let mut own = own.into_iter().peekable();
    let mut searched = searched.iter().peekable();
    let ends = |&b: &u8| matches!(b, b'&' | b';' | b'?' | b'#' | b'=') || mode.ends_word(b);
    let mut from = 0;
    // The next byte that may be encoded.
    let mut next = None;
    // The first byte that ends a part. It is searched for once, since many parts of the URL itself may come before it.
    let mut sign = None;
    while from < text.len() && work::allows(10) {
        // Nothing is encoded before the next of these, and nothing hidden before the next of those.
        if next.is_none_or(|next| next < from) {
            next = memchr::memchr2(b'%', b'+', text.part(from..)).map(|len| from + len);
        }
        let Some(next) = next else { return };
        let stop = own.peek().map_or(next, |(start, _)| next.min(*start));
        if stop > from {
            from += text.part(from..stop).iter().rposition(ends).map_or(0, |at| at + 1);
        }
        let mut end = match sign.filter(|sign| *sign >= from) {
            Some(sign) => sign,
            None => from + text.part(from..).iter().position(ends).unwrap_or(text.len() - from),
        };
        sign = Some(end);
        let mut next = end + 1;
        while let Some((start, stop)) = own.next_if(|&(start, _)| start < end) {
            if stop > from {
                (end, next) = (start.max(from), stop);
                break;
            }
        }
        while searched.next_if(|(start, _)| *start < from).is_some() {}
        if searched.next_if_eq(&&(from, end)).is_some() {
            from = next;
            continue;
        }
        work::spend((end - from) / 8);
        let part = text.part(from..end);
        let after = from.checked_sub(1).and_then(|at| text.get(at));
        let plus = mode != Mode::Text || after == Some(&b'=');
        let (decoded, _) = percent::decode(part, plus);
        if decoded != part
            && let Some(hidden) =
                scope.decoded(&decoded, Context { whole: context.whole || end < text.len(), ..context })
        {
            if end <= head
                && let Some(found) = segments(scope, part, context)
            {
                found.into_iter().for_each(|(start, stop, text)| edits.rewrite(from + start, from + stop, text));
                from = next;
                continue;
            }
            // Nothing shows where JSON that breaks off here ends: the rest of it may be encoded less often. A URL has no
            // line feed.
            if mode == Mode::Text && is_broken_json(rules, &decoded, &hidden) {
                let line = memchr::memchr(b'\n', text.part(end..)).map_or(text.len(), |len| end + len);
                edits.encoded(from, line, plus, rules.mask());
                from = line + 1;
                continue;
            }
            let mut encoded = Vec::with_capacity(hidden.len());
            percent::encode(&hidden, &mut encoded);
            edits.rewrite(from, end, encoded);
            // A hidden value may go on behind a sign that should have been encoded too.
            if !matches!(text.get(end), Some(b'=' | b'&') | None) {
                let close = value_end(text, end, mode, true);
                edits.mask(end, close, rules.mask());
                from = close.max(end) + 1;
                continue;
            }
        }
        from = next;
    }
}

/// Returns whether `decoded` begins as JSON does and was `hidden` whole, as JSON that breaks off is.
fn is_broken_json(rules: &Rules, decoded: &[u8], hidden: &[u8]) -> bool {
    matches!(decoded.trim_ascii_start().first(), Some(b'{' | b'[' | b'"')) && hidden == rules.mask().applied(decoded)
}

/// Returns the segments of a path that have something encoded to hide, and their redacted texts. Returns `None` if the
/// whole path, decoded, still has something to hide once these are redacted.
fn segments(scope: Scope<'_>, path: &[u8], context: Context) -> Option<Vec<(usize, usize, Vec<u8>)>> {
    let (mut found, mut all) = (Vec::new(), Vec::with_capacity(path.len()));
    let mut from = 0;
    for segment in path.split(|&b| b == b'/') {
        if !work::allows(20) {
            return None;
        }
        if from > 0 {
            all.push(b'/');
        }
        let (decoded, _) = percent::decode(segment, true);
        match scope.decoded(&decoded, context) {
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
    scope.decoded(&all, context).is_none().then_some(found)
}
