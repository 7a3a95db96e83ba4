//! A finished exchange, already redacted.

/// A finished exchange, already redacted.
#[derive(Clone, Debug)]
pub struct Record {}
