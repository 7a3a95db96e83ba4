//! stub
use super::rules::Rules;
pub(crate) fn hide(_rules: &Rules, _form: &[u8]) -> Option<Vec<u8>> {
    None
}
pub(crate) fn looks_like_form(_text: &[u8]) -> bool {
    false
}
