//! `curl -v` for production.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used))]

mod decode;
mod escape;
pub mod format;
mod page;
mod record;
mod redact;
pub mod sink;

pub use record::Record;
pub use redact::{Detector, Mask, Redactor};
