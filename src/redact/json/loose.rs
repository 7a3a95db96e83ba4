//! Members of JSON in the middle of other text: a log line with an object in it, JSON behind a guard such as `)]}'`,
//! what a program printed of its dictionaries.

use super::{scan, scan::Stop};
use crate::redact::rules::{Rules, Verdict};

/// Names longer than this are not looked for.
const NAME: usize = 256;

/// `text` with the values hidden that follow a quoted name and a colon, where the rules hide the name; `None` where
/// there are none. A value that can't be read to its end is hidden to the end of the text.
pub(super) fn hide(rules: &Rules, text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut done = 0;
    // The last two quotes of each sort: a name stands between them.
    let mut before = [0; 2];
    for at in memchr::memchr2_iter(b'"', b'\'', text) {
        let quote = text.get(at).copied().unwrap_or_default();
        let start = std::mem::replace(&mut before[usize::from(quote == b'"')], at + 1);
        let colon = scan::space(text, at + 1);
        if at < done || text.get(colon) != Some(&b':') || at.saturating_sub(start) > NAME {
            continue;
        }
        let name = text.get(start..at).unwrap_or_default();
        // The quotes of JSON in a JSON string bear backslashes.
        let slashes = name.iter().rev().take_while(|&&byte| byte == b'\\').count();
        let name = name.get(..name.len() - slashes).unwrap_or_default();
        if let Verdict::Hide(mask) = rules.field(&super::text::decode(name)) {
            let value = scan::space(text, colon + 1);
            let end = end(text, value, slashes).unwrap_or(text.len());
            out.extend_from_slice(text.get(done..value).unwrap_or_default());
            let quote = [&name_slashes(slashes)[..], &[quote]].concat();
            out.extend_from_slice(&quote);
            mask.apply(
                if slashes == 0 { text.get(value..end).unwrap_or_default().trim_ascii() } else { b"" },
                &mut out,
            );
            out.extend_from_slice(&quote);
            done = end;
        }
    }
    if done == 0 {
        return None;
    }
    out.extend_from_slice(text.get(done..).unwrap_or_default());
    Some(out)
}

fn name_slashes(slashes: usize) -> Vec<u8> {
    vec![b'\\'; slashes]
}

/// Where the value ends that begins at `at`, in JSON whose quotes bear so many backslashes.
fn end(text: &[u8], at: usize, slashes: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    if slashes == 0 {
        return match rest.first()? {
            b'\'' => {
                let mut end = 1;
                loop {
                    match rest.get(end)? {
                        b'\\' => end += 2,
                        b'\'' => return Some(at + end + 1),
                        _ => end += 1,
                    }
                }
            }
            _ => match scan::value(text, at) {
                Ok(end) => Some(end),
                Err(Stop::Cut | Stop::Broken(_) | Stop::Full) => None,
            },
        };
    }
    // A string between quotes of the same depth, or a number or literal; of anything else the end is not known.
    if rest.iter().take_while(|&&byte| byte == b'\\').count() == slashes && rest.get(slashes) == Some(&b'"') {
        let inside = slashes + 1;
        return memchr::memchr_iter(b'"', rest.get(inside..)?).find_map(|quote| {
            let escapes = rest[..inside + quote].iter().rev().take_while(|&&byte| byte == b'\\').count();
            (escapes == slashes).then_some(at + inside + quote + 1)
        });
    }
    let plain = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.')).count();
    (plain > 0).then_some(at + plain)
}
