//! Header values.
use super::rules::Rules;
use http::{HeaderName, HeaderValue};

pub(crate) fn value(_rules: &Rules, _name: &HeaderName, value: &HeaderValue, out: &mut Vec<u8>) {
    crate::escape::text(value.as_bytes(), out);
}
