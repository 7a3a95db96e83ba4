//! How bytes are written: the encodings that hide what a text says.

pub(crate) mod base64;
pub(crate) mod entities;
pub(crate) mod json_lexer;
pub(crate) mod json_string;
pub(crate) mod percent;
