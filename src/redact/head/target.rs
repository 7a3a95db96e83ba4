//! Redacts request targets and URLs (RFC 9112, section 3.2).

use crate::{
    escape,
    redact::{
        rules::{
            Rules,
            path::{Hidden, Segments},
        },
        scan::{self, scope::Scope, urls},
        text::{
            context::{Context, Mode},
            edits::Edits,
            slice::Slice,
        },
    },
};
use memchr::memmem;

/// Appends a redacted, escaped request target: origin-form, absolute-form, authority-form or `*`.
///
/// The rest is hidden from the first byte on that no target has (white space, a control, no UTF-8).
pub(crate) fn target(scope: Scope<'_>, target: &[u8], out: &mut Vec<u8>) {
    let Scope { rules, .. } = scope;
    if !plain_path(rules, target, out) {
        careful(scope, target, out);
    }
}

/// Appends a target that is a plain path in which templates hide one part or none. Returns `false` for any other.
fn plain_path(rules: &Rules, target: &[u8], out: &mut Vec<u8>) -> bool {
    let [b'/', after @ ..] = target else { return false };
    if rules.allow_only() || !rules.templates.may_follow(after) {
        return false;
    }
    let Some((segments, end)) = Segments::plain(target) else { return false };
    if end < target.len() || rules.patterns.may_match(target) || rules.patterns.may_have_key(target) {
        return false;
    }
    let Ok(hidden) = rules.templates.find_plain(target, &segments) else { return false };
    match hidden {
        None => out.extend_from_slice(target),
        Some(Hidden { start, end, mask }) => {
            for part in [target.get(..start), Some(mask), target.get(end..)] {
                out.extend_from_slice(part.unwrap_or_default());
            }
        }
    }
    true
}

/// Does what [`target`] does, for any target.
pub(in crate::redact) fn careful(scope: Scope<'_>, target: &[u8], out: &mut Vec<u8>) {
    let Scope { rules, .. } = scope;
    let good = if rules.defaults() { good_prefix(target) } else { target.len() };
    let (head, rest) = target.split_at_checked(good).unwrap_or((target, &[]));
    match redact(scope, head) {
        Some(hidden) => escape::text(&hidden, out),
        None => escape::text(head, out),
    }
    if !rest.is_empty() {
        let mut masked = Vec::new();
        rules.mask().apply(rest, &mut masked);
        escape::text(&masked, out);
    }
}

/// Redacts a URL; `None` where there is nothing to hide.
pub(crate) fn redact(scope: Scope<'_>, target: &[u8]) -> Option<Vec<u8>> {
    let Scope { rules, .. } = scope;
    // CONNECT has authority-form, which is all host and port, but may come with user info.
    if rules.defaults() && !target.contains(&b'/') && !target.contains(&b'?') && target.contains(&b'@') {
        let mut edits = Edits::new(true);
        urls::user_info(rules, &mut urls::Words::new(target, Mode::Url), 0, false, &mut edits);
        if let Some(hidden) = edits.apply(target, rules.mask()) {
            return Some(scan::hide_secrets(scope, &hidden, Context::new(Mode::Url)).unwrap_or(hidden));
        }
    }
    let hidden = if rules.defaults() { hide_bot(rules, target) } else { None };
    scan::hide_secrets(scope, hidden.as_deref().unwrap_or(target), Context::new(Mode::Url)).or(hidden)
}

/// Hides the token of a bot in a path, as Telegram's API and servers like it have them: `/bot110201543:…/sendMessage`.
fn hide_bot(rules: &Rules, target: &[u8]) -> Option<Vec<u8>> {
    memchr::memchr2(b':', b'%', target)?;
    let start = memmem::find(target, b"/bot")? + 4;
    let rest = target.after(start);
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let sign = rest.after(digits);
    let is_token = digits > 0 && (sign.starts_with(b":") || sign.get(..3)?.eq_ignore_ascii_case(b"%3a"));
    if !is_token {
        return None;
    }
    let len = rest.iter().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let mut edits = Edits::new(true);
    edits.mask(start, start + len, rules.mask());
    edits.apply(target, rules.mask())
}

fn good_prefix(target: &[u8]) -> usize {
    // No branch for each byte lets many be tested at once. Nearly all targets pass.
    if target.iter().fold(true, |good, b| good & matches!(b, b'!'..=b'~')) {
        return target.len();
    }
    let good = target.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len());
    let is_bad = |c: char| c <= ' ' || c.is_control();
    let valid = target.get(..good).and_then(|valid| std::str::from_utf8(valid).ok()).unwrap_or_default();
    valid.find(is_bad).unwrap_or(good)
}
