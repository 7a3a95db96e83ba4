//! Redacts targets and header values.

pub(in crate::redact) mod cookie;
pub(crate) mod header;
pub(crate) mod target;
