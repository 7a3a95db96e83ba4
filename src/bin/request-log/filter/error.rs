//! Says why a filter cannot be read, and at which place.

use std::{fmt, ops::Range};

/// The error of a filter that cannot be read; it shows the filter and points at the place.
#[derive(Debug)]
pub(crate) struct FilterError {
    pub(super) filter: String,
    /// The bytes that are wrong.
    pub(super) at: Range<usize>,
    pub(super) message: String,
    /// A hint at what would be right; may be empty.
    pub(super) help: String,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chars = |range: Range<usize>| self.filter.get(range).map_or(0, |text| text.chars().count());
        let (before, width) = (chars(0..self.at.start), chars(self.at.clone()).max(1));
        writeln!(f, "the filter can't be read: {}", self.message)?;
        writeln!(f, "  {}", self.filter)?;
        write!(f, "  {:before$}{}", "", "^".repeat(width))?;
        if self.help.is_empty() { Ok(()) } else { write!(f, " {}", self.help) }
    }
}

impl std::error::Error for FilterError {}
