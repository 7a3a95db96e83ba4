//! Holds the error for a rule that cannot be parsed.

use std::{error::Error, fmt};

/// The error returned when a text is no rule: by [`Redactor::try_path`](crate::Redactor::try_path) and
/// [`Redactor::try_json_path`](crate::Redactor::try_json_path).
///
/// Its text repeats the rule and gives the reason:
///
/// ```text
/// `/games/:game` is no path template: a hidden segment is written `{name}`, not `:name`
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleError {
    text: String,
    is_json_path: bool,
}

impl RuleError {
    pub(crate) fn path(template: &str, reason: &str) -> Self {
        Self { text: format!("`{template}` is no path template: {reason}"), is_json_path: false }
    }

    pub(crate) fn json_path(text: String) -> Self {
        Self { text, is_json_path: true }
    }

    /// Returns whether the rule was to be a path template.
    #[must_use]
    pub fn is_path(&self) -> bool {
        !self.is_json_path
    }

    /// Returns whether the rule was to be a JSONPath.
    #[must_use]
    pub fn is_json_path(&self) -> bool {
        self.is_json_path
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for RuleError {}
