//! JSON, redacted and laid out in one pass: no recursion, no tree, over cut, broken and hostile input.
//!
//! Numbers and strings are shown as they were written. What is hidden is replaced by a string, so that the output for
//! valid JSON is valid JSON. Input that is cut is shown as far as it goes, input that is broken up to the first byte
//! that is no JSON.

mod fast;
mod layout;
mod printer;
mod sniff;
mod stream;

use super::{
    rules::Rules,
    text::content::{Content, Style},
};
use crate::line_writer::LineWriter;
pub(super) use printer::{Printed, print as print_as};
pub(super) use sniff::{has_member, looks_like_json, may_be_json};
pub(super) use stream::{Apart, resume};

/// Prints the documents of `content`, each on its own lines.
///
/// White space and record separators (RFC 7464) may stand between documents, so this reads JSON, NDJSON and JSON text
/// sequences alike.
pub(super) fn print(rules: &Rules, content: &Content<'_>, style: Style, writer: &mut LineWriter<'_>) -> Printed {
    match style {
        Style::Pretty => printer::print::<true>(rules, content, false, writer),
        Style::Compact => printer::print::<false>(rules, content, false, writer),
    }
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
