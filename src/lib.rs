//! `curl -v` for production.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used))]

mod body;
mod capture;
mod config;
mod decode;
mod escape;
mod exchange;
pub mod format;
mod future;
mod layer;
mod origin;
mod page;
pub mod record;
mod recorder;
mod redact;
mod request_id;
mod service;
pub mod sink;
mod watch;

pub use body::LogBody;
pub use future::ResponseFuture;
pub use layer::RequestLogLayer;
pub use record::Record;
pub use redact::{Mask, Redactor};
pub use request_id::{MakeBase62RequestId, ParseRequestIdError, RequestId};
pub use service::RequestLog;
