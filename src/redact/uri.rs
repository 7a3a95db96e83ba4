//! Targets and URLs.
use super::rules::Rules;

pub(crate) fn target(_rules: &Rules, target: &[u8], out: &mut Vec<u8>) {
    crate::escape::text(target, out);
}
