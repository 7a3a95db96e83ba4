//! Finds secrets and hides them.

mod body;
mod codec;
mod head;
mod json;
mod name_lists;
mod nested;
mod redactor;
mod rules;
mod scan;
#[cfg(test)]
mod tests;
mod text;
mod work;

pub(crate) use body::{data, is_text};
pub(crate) use codec::{
    entities::undo as undo_entities, json_string::undo as undo_json, percent::decode as undo_percent,
};
pub(crate) use head::header::Shows;
pub use redactor::Redactor;
pub use rules::{Detector, ParseDetectorError, RuleError};
pub(crate) use text::content::{Content, Kind, Style};
pub use text::mask::Mask;
