//! Redacts JSON and lays it out in one pass: no recursion, no tree, over cut, broken and hostile input.
//!
//! Numbers and strings are shown as they were written. What is hidden is replaced by a string, so that the output for
//! valid JSON is valid JSON. Input that is cut is shown as far as it goes, input that is broken up to the first byte
//! that is no JSON.

pub(in crate::redact) mod fast;
mod layout;
mod line_head;
mod neighbours;
pub(in crate::redact) mod printed;
pub(in crate::redact) mod printer;
mod sniff;
mod stream;
mod vote;

pub(super) use printer::{print, print_inside};
pub(super) use sniff::{looks_like_json, may_be_json};
pub(super) use stream::{Apart, resume};
