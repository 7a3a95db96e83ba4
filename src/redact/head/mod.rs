//! Targets and header values.

mod cookie;
pub(crate) mod header;
pub(crate) mod target;
