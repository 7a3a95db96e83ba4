//! Secrets that are known by their shape, anywhere in text.

use super::rules::Rules;

/// `text` with the shapes, patterns and URLs in it redacted, or `None` where there is nothing to hide.
///
/// The text is plain (JSON escapes decoded) and what comes back is not escaped yet.
pub(crate) fn hide(_rules: &Rules, _text: &[u8]) -> Option<Vec<u8>> {
    None
}

/// Whether [`hide`] could find anything in any part of `body`: one quick scan over a whole body that lets its parts go
/// unlooked at. May say yes too often, never no where there is something.
pub(crate) fn suspicious(_rules: &Rules, _body: &[u8]) -> bool {
    true
}
