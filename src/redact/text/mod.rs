//! Texts: what they are, what is to be replaced in them, and by what.

pub(crate) mod content;
pub(crate) mod context;
pub(crate) mod edits;
pub(crate) mod mask;
pub(crate) mod slice;
