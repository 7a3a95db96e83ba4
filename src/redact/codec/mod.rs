//! Undoes the encodings that hide the content of a text.

pub(crate) mod base64;
pub(crate) mod entities;
pub(crate) mod json_lexer;
pub(crate) mod json_string;
pub(crate) mod percent;
