//! Holds what a pass over JSON found.

/// Reports what printing found.
pub(crate) struct Printed {
    /// The number of documents that were printed whole.
    pub(crate) documents: usize,
    /// Names what was left out, in the words of [`Report::left_out`](crate::redact::text::content::Report::left_out).
    pub(crate) left_out: Option<String>,
    /// The document of which something was left out, or which ends in the middle.
    pub(super) broken: Option<Broken>,
    /// The beginning of what is no JSON, if that is before the end of the shown part.
    pub(crate) breaks: Option<usize>,
    /// Is set where something was hidden.
    pub(crate) hidden: bool,
    /// Is set where the whole input was understood and printed.
    pub(crate) whole: bool,
}

/// A document that is no JSON.
#[derive(Clone, Copy, Default)]
pub(super) struct Broken {
    /// The beginning of the document.
    pub(super) start: usize,
    /// The length of the output before it.
    pub(super) printed: usize,
    /// The number of bytes left out, to the end of the shown part.
    pub(super) left: usize,
}
