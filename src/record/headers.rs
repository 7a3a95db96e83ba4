//! Shows headers.

use crate::{escape, fields::Fields, header_cache::write_value, redact::Redactor};
use http::HeaderName;
use std::{fmt, iter::FusedIterator};

/// Headers that are redacted while they are read: an iterator over names and values.
#[derive(Clone)]
pub struct Headers<'a> {
    redactor: &'a Redactor,
    fields: &'a Fields,
    /// The position of the next header.
    at: usize,
}

impl<'a> Headers<'a> {
    pub(super) fn new(redactor: &'a Redactor, fields: &'a Fields) -> Self {
        Self { redactor, fields, at: fields.pseudo() }
    }

    /// Returns the first value of the header with this name.
    pub(super) fn first(mut self, name: &HeaderName) -> Option<String> {
        self.at = self.fields.iter().position(|(n, _)| n == name.as_str().as_bytes())?;
        Some(self.next()?.1)
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = (&'a HeaderName, String);

    fn next(&mut self) -> Option<Self::Item> {
        let name = self.fields.name(self.at)?;
        let mut shown = Vec::new();
        write_value(self.redactor, self.fields, self.at, &mut shown);
        self.at += 1;
        Some((name, escape::string(shown)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.fields.len().saturating_sub(self.at);
        (left, Some(left))
    }
}

impl ExactSizeIterator for Headers<'_> {}

impl FusedIterator for Headers<'_> {}

impl fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
