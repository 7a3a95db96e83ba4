//! All integration tests that need no process of their own, in one binary: it links once.
//!
//! `cargo test --test suite grpc::` runs one topic.

mod canary;
mod cancelled;
mod causes;
mod client;
mod client_kinds;
mod common;
mod completion;
mod corpus;
mod curl;
mod encodings;
mod endings;
#[cfg(feature = "axum")]
mod exchange;
#[cfg(feature = "cli")]
mod export;
mod failures;
mod grpc;
mod hostile_size;
mod ids;
mod meeting;
#[cfg(feature = "axum")]
mod origin;
mod other_layers;
#[cfg(feature = "cli")]
mod program;
#[cfg(feature = "cli")]
mod program_journald;
#[cfg(all(unix, feature = "cli"))]
mod program_receivers;
mod reader;
mod record;
mod redaction;
mod reload;
#[cfg(feature = "cli")]
mod report;
mod reuse;
mod sample;
mod scripted_body;
mod settings;
mod sink_memory;
mod sink_nested;
#[cfg(feature = "tracing")]
mod sink_tracing;
mod timings;
mod tree;
mod types;
mod upgrades;
mod wire_http1;
mod wire_http2;
