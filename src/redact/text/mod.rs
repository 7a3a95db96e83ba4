//! Describes texts, the ranges to replace in them, and the masks.

pub(crate) mod block;
pub(crate) mod content;
pub(crate) mod context;
pub(crate) mod edits;
pub(crate) mod mask;
pub(crate) mod slice;
