//! Connects the search of a text with the search of values within it.

use crate::redact::{rules::Rules, text::context::Context};

/// Bounds the layers of encoding that are taken off a value, of all kinds: percent-encoding, escapes, JSON and forms
/// within strings. If something may be hidden below them, the value is hidden whole.
pub(crate) const MAX_DEPTH: u8 = 8;

/// Holds the rules, the depth of a text within others, and the function for a text within it.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'r> {
    pub(crate) rules: &'r Rules,
    depth: u8,
    nested: HideNested,
}

/// Redacts a text within one of a scope; `None` where there is nothing to hide.
type HideNested = fn(Scope<'_>, Nested<'_>) -> Option<Vec<u8>>;

/// A text that was taken out of another one.
pub(crate) enum Nested<'t> {
    /// The inside of a JSON string, the data of an event or the value of a part. It goes to its end where it is
    /// `whole`.
    Value { text: &'t [u8], whole: bool },
    /// The value of a parameter, which is JSON or is not searched here.
    Json(&'t [u8]),
    /// A percent-encoded part of a text that was searched in this context.
    Decoded(&'t [u8], Context),
}

impl<'r> Scope<'r> {
    /// Returns the scope of the outermost text. `nested` hides the secrets in the texts within it.
    pub(crate) fn new(rules: &'r Rules, nested: HideNested) -> Self {
        Self { rules, depth: 0, nested }
    }

    /// Returns the scope of a text within one of this scope; `None` where that is too deep.
    pub(crate) fn deeper(self) -> Option<Self> {
        (self.depth < MAX_DEPTH).then_some(Self { depth: self.depth + 1, ..self })
    }

    /// Redacts a value of any kind; `None` where there is nothing to hide.
    pub(crate) fn value(self, text: &[u8], whole: bool) -> Option<Vec<u8>> {
        (self.nested)(self, Nested::Value { text, whole })
    }

    /// Redacts a value that begins as JSON does; `None` for any other too.
    pub(crate) fn json(self, text: &[u8]) -> Option<Vec<u8>> {
        (self.nested)(self, Nested::Json(text))
    }

    /// Redacts a text that was percent-encoded; `context` is that of the text that it was found in.
    pub(crate) fn decoded(self, text: &[u8], context: Context) -> Option<Vec<u8>> {
        (self.nested)(self, Nested::Decoded(text, context))
    }
}
