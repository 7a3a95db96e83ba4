//! `curl -v` for production.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used))]

mod decode;
mod escape;
pub mod format;
mod page;
mod record;
mod redact;
mod request_id;
pub mod sink;

pub use record::Record;
pub use redact::{Mask, Redactor};
pub use request_id::{MakeBase62RequestId, ParseRequestIdError, RequestId};
