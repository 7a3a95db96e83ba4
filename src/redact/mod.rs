//! What is hidden.

mod body;
mod events;
mod form;
mod header;
mod json;
mod mask;
mod multipart;
mod rules;
mod text;
mod uri;

use crate::page::Page;
pub(crate) use body::{Content, Kind, Report, Style, is_text};
use http::{HeaderName, HeaderValue};
pub use mask::Mask;
use rules::Rules;

/// The rules of what is hidden.
#[derive(Clone, Debug)]
pub struct Redactor {
    rules: Rules,
}

impl Redactor {
    pub fn new() -> Self {
        Self { rules: Rules }
    }
    /// Whether something in this line of text would be hidden.
    pub(crate) fn hides(&self, text: &[u8]) -> bool {
        text::hide(&self.rules, text).is_some()
    }

    /// Appends the redacted, escaped value of a header or trailer.
    pub(crate) fn header_value(&self, name: &HeaderName, value: &HeaderValue, out: &mut Vec<u8>) {
        header::value(&self.rules, name, value, out);
    }

    /// Appends the redacted, escaped request target: origin-form, absolute-form, authority-form or `*`.
    pub(crate) fn target(&self, target: &[u8], out: &mut Vec<u8>) {
        uri::target(&self.rules, target, out);
    }

    /// Appends redacted, escaped text of one line: an error's message.
    pub(crate) fn line(&self, text: &[u8], out: &mut Vec<u8>) {
        match text::hide(&self.rules, text) {
            Some(hidden) => crate::escape::text(&hidden, out),
            None => crate::escape::text(text, out),
        }
    }

    /// Renders a body as redacted, escaped lines.
    pub(crate) fn body(&self, content: &Content<'_>, style: Style, page: &mut Page<'_>) -> Report {
        body::render(&self.rules, content, style, page)
    }
}

impl Default for Redactor {
    fn default() -> Self {
        Self { rules: Rules }
    }
}
