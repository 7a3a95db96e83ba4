//! Says what a finder's sign is: what a text has wherever there is something for that finder to find.

use super::candidates::Candidates;
use crate::redact::rules::Rules;
use crate::redact::work;

/// The sign of one finder. It may stand where there is nothing to find, and never lacks where there is something.
pub(super) struct Sign {
    /// The kind of secret that may be there.
    pub(super) of: Candidates,
    /// The bytes that [`is_at`](Self::is_at) is worth asking about.
    pub(super) bytes: &'static [u8],
    /// Returns whether the sign stands where `text` has one of these bytes.
    pub(super) is_at: fn(&Rules, text: &[u8], at: usize) -> bool,
    /// Returns what [`is_at`](Self::is_at) returns of any offset of a long text, if there is a faster way to know.
    pub(super) is_in: Option<fn(&Rules, text: &[u8]) -> bool>,
}

impl Sign {
    /// Returns whether the sign stands anywhere in a long text.
    pub(super) fn is_in(&self, rules: &Rules, text: &[u8]) -> bool {
        // Where too much was looked at, there may be one.
        let is_at = |at| !work::allows(2) || (self.is_at)(rules, text, at);
        match (self.is_in, self.bytes) {
            (Some(is_in), _) => is_in(rules, text),
            (_, [a]) => memchr::memchr_iter(*a, text).any(is_at),
            (_, [a, b]) => memchr::memchr2_iter(*a, *b, text).any(is_at),
            (_, [a, b, c]) => memchr::memchr3_iter(*a, *b, *c, text).any(is_at),
            (_, bytes) => (0..text.len()).any(|at| text.get(at).is_some_and(|b| bytes.contains(b)) && is_at(at)),
        }
    }
}
