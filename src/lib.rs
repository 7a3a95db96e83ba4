//! Logs every HTTP exchange, headers and bodies, with the secrets taken out: a [Tower] layer that is `curl -v` for
//! production.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use tower_request_log::{Redactor, RequestLogLayer};
//!
//! # #[tokio::main]
//! # async fn main() -> std::io::Result<()> {
//! let app = Router::new()
//!     .route("/players/{player}", get(|| async { "hello" }))
//!     .layer(RequestLogLayer::new().redactor(Redactor::new().path("/players/{player}").query("promo")));
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//! axum::serve(listener, app).await
//! # }
//! ```
//!
//! `curl 'http://127.0.0.1:3000/players/ada?promo=x7&lang=en'` leaves this on standard output:
//!
//! ```text
//! 03523nSUCMQXgtAuh1LPX8 > GET /players/REDACTED?promo=REDACTED&lang=en HTTP/1.1
//! 03523nSUCMQXgtAuh1LPX8 > Host: 127.0.0.1:3000
//! 03523nSUCMQXgtAuh1LPX8 > User-Agent: curl/8.14.1
//! 03523nSUCMQXgtAuh1LPX8 > Accept: */*
//! 03523nSUCMQXgtAuh1LPX8 >
//! 03523nSUCMQXgtAuh1LPX8 < HTTP/1.1 200 OK
//! 03523nSUCMQXgtAuh1LPX8 < Content-Type: text/plain; charset=utf-8
//! 03523nSUCMQXgtAuh1LPX8 <
//! 03523nSUCMQXgtAuh1LPX8 < hello
//! 03523nSUCMQXgtAuh1LPX8   began 2026-11-22T14:45:51.003Z, end 0.10ms
//! 03523nSUCMQXgtAuh1LPX8   0.08ms
//! ```
//!
//! - [`RequestLogLayer`] has the settings. [`Redactor`] has the rules for what is hidden.
//! - [`format::lines`] describes the grammar of the lines, and [`format::lines::Reader`] reads them back.
//!   [`format::JsonLines`] is for programs only.
//! - [`sink`] describes where blocks go, what happens when the reader of the log stalls, and how to test for secrets.
//! - [`Record`] is a finished exchange as formats, sinks and filters see it: already redacted.
//!
//! # Limits
//!
//! | what | unless set |
//! | --- | --- |
//! | shown of each body | 64 KiB |
//! | one rendered block | 1 MiB |
//! | captured bytes of all exchanges in flight | 64 MiB |
//! | bytes queued for standard output | 8 MiB |
//!
//! The search of a body, a target or a header for secrets has a limit too: about 40 times the time that clean JSON of its
//! length takes. A text of nothing but signs of secrets is past it. It is hidden whole, and for a body a note says so
//! (`request body: too many signs of secrets, 16384 bytes left out`).
//!
//! The log says how much was left out past a limit. Nothing here fails a request. Only two things panic: a [`Redactor`]
//! that is given an invalid template or path, and, in tests, [`sink::Memory::assert_lacks`].
//!
//! [Tower]: https://docs.rs/tower

#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used))]

// What benchmarks and tests share uses the crate by its name.
#[cfg(test)]
extern crate self as tower_request_log;

mod body;
mod capture;
mod captured;
mod config;
pub mod current;
mod decimal;
mod decode;
mod error_text;
mod escape;
mod extensions;
mod fields;
pub mod format;
pub mod future;
mod header_cache;
mod header_case;
mod kind;
mod layer;
mod line_writer;
mod origin;
mod pool;
pub mod record;
mod recorder;
mod redact;
pub mod reload;
mod request_id;
mod service;
mod settings;
pub mod sink;
pub mod system;
mod timestamp;
mod trace_context;
mod watch;

pub use body::LogBody;
pub use current::Exchange;
pub use layer::RequestLogLayer;
pub use record::Record;
pub use redact::{Detector, Mask, ParseDetectorError, Redactor, RuleError};
pub use request_id::{ParseRequestIdError, RequestId};
pub use service::RequestLog;

/// The README's examples, run as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
