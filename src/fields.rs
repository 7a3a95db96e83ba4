//! The headers or trailers of a message, copied: what they were cut from, a connection's read buffer, is not kept with
//! them.

use http::{HeaderMap, HeaderName, HeaderValue};
use std::slice;

/// The headers or trailers of a message in the header map's order, one entry a value.
#[derive(Clone, Default)]
pub(crate) struct Fields {
    entries: Vec<Entry>,
    /// All values, one after the other.
    values: Vec<u8>,
}

#[derive(Clone)]
struct Entry {
    name: HeaderName,
    /// Where its value stands in `values`.
    start: usize,
    end: usize,
    sensitive: bool,
}

/// A field's value.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a> {
    bytes: &'a [u8],
    sensitive: bool,
}

impl<'a> Value<'a> {
    pub(crate) fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    pub(crate) fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether the program marked it so: [`HeaderValue::is_sensitive`].
    pub(crate) fn is_sensitive(self) -> bool {
        self.sensitive
    }

    /// Another text, as sensitive as this one.
    pub(crate) fn with(self, bytes: &'a [u8]) -> Self {
        Self { bytes, ..self }
    }
}

impl<'a> From<&'a HeaderValue> for Value<'a> {
    fn from(value: &'a HeaderValue) -> Self {
        Self { bytes: value.as_bytes(), sensitive: value.is_sensitive() }
    }
}

/// What a vector that is kept for the next exchange may have: most messages need no more.
const ENTRIES_KEPT: usize = 32;
const VALUES_KEPT: usize = 2048;

impl Fields {
    /// Adds the entries of `headers`, repeated names included.
    pub(crate) fn copy(&mut self, headers: &HeaderMap) {
        self.entries.reserve(headers.len());
        for (name, value) in headers {
            self.push(name, value);
        }
    }

    fn push(&mut self, name: &HeaderName, value: &HeaderValue) {
        let start = self.values.len();
        self.values.extend_from_slice(value.as_bytes());
        let (end, sensitive) = (self.values.len(), value.is_sensitive());
        self.entries.push(Entry { name: name.clone(), start, end, sensitive });
    }

    /// Forgets all entries, but keeps some room for others.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.entries.shrink_to(ENTRIES_KEPT);
        self.values.clear();
        self.values.shrink_to(VALUES_KEPT);
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn get(&self, at: usize) -> Option<(&HeaderName, Value<'_>)> {
        self.entries.get(at).map(|entry| entry.seen(&self.values))
    }

    pub(crate) fn iter(&self) -> Iter<'_> {
        Iter { entries: self.entries.iter(), values: &self.values }
    }

    /// Those before the one at `at`.
    pub(crate) fn before(&self, at: usize) -> Iter<'_> {
        Iter { entries: self.entries.get(..at).unwrap_or_default().iter(), values: &self.values }
    }

    /// The first value of a name.
    pub(crate) fn value(&self, name: &HeaderName) -> Option<Value<'_>> {
        self.iter().find(|(n, _)| *n == name).map(|(_, value)| value)
    }

    /// The bytes of the first value of a name.
    pub(crate) fn field(&self, name: &HeaderName) -> Option<&[u8]> {
        self.value(name).map(Value::as_bytes)
    }
}

impl From<&HeaderMap> for Fields {
    fn from(headers: &HeaderMap) -> Self {
        let mut fields = Self::default();
        fields.copy(headers);
        fields
    }
}

impl FromIterator<(HeaderName, HeaderValue)> for Fields {
    fn from_iter<T: IntoIterator<Item = (HeaderName, HeaderValue)>>(entries: T) -> Self {
        let mut fields = Self::default();
        entries.into_iter().for_each(|(name, value)| fields.push(&name, &value));
        fields
    }
}

impl Entry {
    fn seen<'a>(&'a self, values: &'a [u8]) -> (&'a HeaderName, Value<'a>) {
        let bytes = values.get(self.start..self.end).unwrap_or_default();
        (&self.name, Value { bytes, sensitive: self.sensitive })
    }
}

/// Fields in their order.
#[derive(Clone, Default)]
pub(crate) struct Iter<'a> {
    entries: slice::Iter<'a, Entry>,
    values: &'a [u8],
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a HeaderName, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.entries.next().map(|entry| entry.seen(self.values))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.entries.next_back().map(|entry| entry.seen(self.values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header;

    #[test]
    fn fields_are_those_of_the_map() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("h"));
        headers.append(header::ACCEPT, HeaderValue::from_static(""));
        let mut secret = HeaderValue::from_static("s3cret");
        secret.set_sensitive(true);
        headers.append(header::ACCEPT, secret);
        let mut fields = Fields::from(&headers);
        fields.copy(&headers);
        let seen: Vec<_> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), str::from_utf8(value.as_bytes()).unwrap(), value.is_sensitive()))
            .collect();
        let once = [("host", "h", false), ("accept", "", false), ("accept", "s3cret", true)];
        assert_eq!(seen, [once, once].concat());
        assert_eq!(fields.field(&header::ACCEPT), Some(&b""[..]));
        assert!(fields.get(2).is_some_and(|(_, value)| value.is_sensitive()) && fields.get(6).is_none());
        let back: Vec<_> = fields.before(2).rev().map(|(name, _)| name.as_str()).collect();
        assert_eq!(back, ["accept", "host"]);
        fields.clear();
        assert!(fields.len() == 0 && fields.iter().next().is_none() && fields.value(&header::HOST).is_none());
    }

    #[test]
    fn much_room_is_not_kept() {
        let mut fields: Fields = (0..1000).map(|_| (header::HOST, HeaderValue::from_static("0123456789"))).collect();
        fields.clear();
        assert!(fields.entries.capacity() <= ENTRIES_KEPT && fields.values.capacity() <= VALUES_KEPT);
    }
}
