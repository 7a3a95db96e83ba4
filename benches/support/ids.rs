//! Ids as text on the stack.

use std::{hint::black_box, time::SystemTime};
use tower_request_log::RequestId;

/// An id of this crate.
pub(crate) fn ours() {
    black_box(RequestId::new().encode());
}

/// As much with `base62` alone: 128 bits, some of them the clock's.
pub(crate) fn base62() {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let bits = (now.as_nanos() << 64) | u128::from(fastrand::u64(..));
    let mut text = [0; 22];
    base62::encode_bytes(bits, &mut text).unwrap();
    black_box(text);
}
