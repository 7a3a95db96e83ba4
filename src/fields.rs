//! Copies the headers or trailers of a message, so that the connection's read buffer, from which they were cut, is not
//! kept with them.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use std::{ops::Range, slice, sync::OnceLock};

/// Holds the headers or trailers of a message in the header map's order, one entry a value.
#[derive(Clone, Default)]
pub(crate) struct Fields {
    entries: Vec<Entry>,
    /// The text of all fields: each name in lower case, a colon and the value, one after the other. A clone of a name
    /// that came over the wire would cost an allocation.
    text: Vec<u8>,
    /// The lines that are shown, once that is settled.
    shown: Vec<u8>,
    /// The position of the first of each: every message is asked for them.
    content_type: Option<u16>,
    content_length: Option<u16>,
    content_encoding: Option<u16>,
    /// The names once more, for those who ask for them.
    parsed: OnceLock<Box<[HeaderName]>>,
}

/// Holds the position of a field, and what is known of its value. It is small, since each exchange in flight has some
/// twenty.
#[derive(Clone)]
struct Entry {
    /// The positions where the name begins, where its colon stands, and where the value ends.
    start: u32,
    colon: u32,
    end: u32,
    sensitive: bool,
    settled: bool,
    shown: Line,
}

/// Holds the positions of a value in the lines that are shown: its beginning and its end. It follows the line before
/// it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Line {
    value: u32,
    end: u32,
}

impl Line {
    pub(crate) fn new(value: usize, end: usize) -> Self {
        Self { value: place(value), end: place(end) }
    }
}

impl Entry {
    fn name(&self) -> Range<usize> {
        self.start as usize..self.colon as usize
    }

    fn value(&self) -> Range<usize> {
        self.colon as usize + 1..self.end as usize
    }
}

/// Holds a position in a text of headers, which is far below 4 GiB: a map has at most 32,768 entries, and HTTP servers
/// limit a head to some hundred KiB.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Holds a field's value.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a> {
    bytes: &'a [u8],
    sensitive: bool,
}

impl<'a> Value<'a> {
    pub(crate) fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Returns whether the program marked it as sensitive: [`HeaderValue::is_sensitive`].
    pub(crate) fn is_sensitive(self) -> bool {
        self.sensitive
    }

    /// Returns another text, as sensitive as this one.
    pub(crate) fn with(self, bytes: &'a [u8]) -> Self {
        Self { bytes, ..self }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), sensitive: false }
    }
}

impl<'a> From<&'a HeaderValue> for Value<'a> {
    fn from(value: &'a HeaderValue) -> Self {
        Self { bytes: value.as_bytes(), sensitive: value.is_sensitive() }
    }
}

/// The name of the authority of a request under HTTP/2 and 3, which no header has (RFC 9113, section 8.3.1).
pub(crate) const AUTHORITY: &[u8] = b":authority";

/// The entries that a buffer may have to be kept for the next message: most need no more.
const ENTRIES_KEPT: usize = 32;
const TEXT_KEPT: usize = 2048;

impl Fields {
    /// Adds the entries of `headers`, repeated names included.
    pub(crate) fn copy(&mut self, headers: &HeaderMap) {
        self.entries.reserve_exact(headers.len());
        let length = headers.iter().map(|(name, value)| name.as_str().len() + 1 + value.len()).sum();
        self.text.reserve_exact(length);
        for (name, value) in headers {
            self.push(name, value);
        }
    }

    /// Adds the authority of a request under HTTP/2 or 3, as a field that is not a header. It goes before all others.
    pub(crate) fn copy_authority(&mut self, authority: &str) {
        self.add(AUTHORITY, authority.as_bytes(), false);
    }

    /// Returns how many fields at the beginning are not headers.
    pub(crate) fn pseudo(&self) -> usize {
        usize::from(self.get(0).is_some_and(|(name, _)| name == AUTHORITY))
    }

    fn push(&mut self, name: &HeaderName, value: &HeaderValue) {
        self.add(name.as_str().as_bytes(), value.as_bytes(), value.is_sensitive());
    }

    fn add(&mut self, name: &[u8], value: &[u8], sensitive: bool) {
        let first = match name {
            b"content-type" => Some(&mut self.content_type),
            b"content-length" => Some(&mut self.content_length),
            b"content-encoding" => Some(&mut self.content_encoding),
            _ => None,
        };
        if let Some(first) = first {
            // A map has 32,768 entries at most.
            *first = first.or(u16::try_from(self.entries.len()).ok());
        }
        let start = place(self.text.len());
        self.text.extend_from_slice(name);
        let colon = place(self.text.len());
        self.text.push(b':');
        self.text.extend_from_slice(value);
        let end = place(self.text.len());
        self.entries.push(Entry { start, colon, end, sensitive, settled: false, shown: Line::default() });
    }

    /// Forgets all entries, but keeps some room for others.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.entries.shrink_to(ENTRIES_KEPT);
        for text in [&mut self.text, &mut self.shown] {
            text.clear();
            text.shrink_to(TEXT_KEPT);
        }
        (self.content_type, self.content_length, self.content_encoding) = (None, None, None);
        self.parsed.take();
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn get(&self, at: usize) -> Option<(&[u8], Value<'_>)> {
        self.entries.get(at).map(|entry| self.seen(entry))
    }

    /// Returns the name of the field at `at`.
    pub(crate) fn name(&self, at: usize) -> Option<&HeaderName> {
        // The bytes were a name and are one again.
        let name = |(name, _): (&[u8], _)| HeaderName::from_bytes(name).unwrap_or(header::TE);
        self.parsed.get_or_init(|| self.iter().map(name).collect()).get(at)
    }

    pub(crate) fn iter(&self) -> Iter<'_> {
        self.before(self.len())
    }

    /// Returns those before the one at `at`.
    pub(crate) fn before(&self, at: usize) -> Iter<'_> {
        Iter(self.entries.get(..at).unwrap_or_default().iter(), self)
    }

    /// Returns the first `Content-Type`.
    pub(crate) fn content_type(&self) -> Option<Value<'_>> {
        self.get(self.content_type?.into()).map(|(_, value)| value)
    }

    /// Returns the bytes of the first `Content-Length`.
    pub(crate) fn content_length(&self) -> Option<&[u8]> {
        self.get(self.content_length?.into()).map(|(_, value)| value.as_bytes())
    }

    /// Returns the values of `Content-Encoding`, joined as RFC 9110, section 5.3 allows.
    pub(crate) fn content_encoding(&self) -> Vec<u8> {
        let Some(first) = self.content_encoding.map(usize::from) else { return Vec::new() };
        let rest = self.entries.get(first..).unwrap_or_default().iter().map(|entry| self.seen(entry));
        let values = rest.filter(|(name, _)| *name == b"content-encoding").map(|(_, value)| value.as_bytes());
        values.collect::<Vec<_>>().join(&b","[..])
    }

    /// Returns the first value of a name, which is in lower case.
    pub(crate) fn value(&self, name: &[u8]) -> Option<Value<'_>> {
        self.iter().find(|(n, _)| *n == name).map(|(_, value)| value)
    }

    /// Returns the bytes of the first value of a name, which is in lower case.
    pub(crate) fn field(&self, name: &[u8]) -> Option<&[u8]> {
        self.value(name).map(Value::as_bytes)
    }

    /// Returns the line that is shown of the field at `at`, once that is settled.
    pub(crate) fn line(&self, at: usize) -> Option<&[u8]> {
        let line = self.settled(at)?;
        let before = at.checked_sub(1).and_then(|before| self.settled(before));
        let start = before.map_or(0, |before| before.end as usize);
        self.shown.get(start..line.end as usize)
    }

    /// Returns the value that is shown of the field at `at`, once that is settled.
    pub(crate) fn shown(&self, at: usize) -> Option<&[u8]> {
        let line = self.settled(at)?;
        self.shown.get(line.value as usize..line.end as usize)
    }

    fn settled(&self, at: usize) -> Option<&Line> {
        self.entries.get(at).filter(|entry| entry.settled).map(|entry| &entry.shown)
    }

    /// Settles what is shown of each field. `write` gets the fields, the position of the field, the `name:value` that
    /// came, and the buffer to which it appends the line.
    pub(crate) fn settle(&mut self, mut write: impl FnMut(&Self, usize, &[u8], &mut Vec<u8>) -> Line) {
        let mut shown = std::mem::take(&mut self.shown);
        shown.clear();
        // A line has a space that its field has not.
        shown.reserve(self.text.len() + self.len());
        for at in 0..self.len() {
            let Some(entry) = self.entries.get(at) else { break };
            let raw = self.text.get(entry.start as usize..entry.end as usize).unwrap_or_default();
            let line = write(self, at, raw, &mut shown);
            if let Some(entry) = self.entries.get_mut(at) {
                (entry.shown, entry.settled) = (line, true);
            }
        }
        self.shown = shown;
    }

    fn seen(&self, entry: &Entry) -> (&[u8], Value<'_>) {
        let name = self.text.get(entry.name()).unwrap_or_default();
        let bytes = self.text.get(entry.value()).unwrap_or_default();
        (name, Value { bytes, sensitive: entry.sensitive })
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

/// Iterates over fields in their order.
#[derive(Clone)]
pub(crate) struct Iter<'a>(slice::Iter<'a, Entry>, &'a Fields);

impl Default for Iter<'_> {
    fn default() -> Self {
        static NONE: Fields = Fields {
            entries: Vec::new(),
            text: Vec::new(),
            shown: Vec::new(),
            content_type: None,
            content_length: None,
            content_encoding: None,
            parsed: OnceLock::new(),
        };
        NONE.iter()
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a [u8], Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|entry| self.1.seen(entry))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|entry| self.1.seen(entry))
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
        let seen: Vec<_> = fields.iter().map(|(name, value)| (name, value.as_bytes(), value.is_sensitive())).collect();
        let once: [(&[u8], &[u8], bool); 3] =
            [(b"host", b"h", false), (b"accept", b"", false), (b"accept", b"s3cret", true)];
        assert_eq!(seen, [once, once].concat());
        assert_eq!(fields.field(b"accept"), Some(&b""[..]));
        assert!(fields.get(2).is_some_and(|(_, value)| value.is_sensitive()) && fields.get(6).is_none());
        let back: Vec<_> = fields.before(2).rev().map(|(name, _)| name).collect();
        assert_eq!(back, [&b"accept"[..], b"host"]);
        assert_eq!(
            (fields.name(0), fields.name(5), fields.name(6)),
            (Some(&header::HOST), Some(&header::ACCEPT), None)
        );
        fields.clear();
        assert!(
            fields.name(0).is_none()
                && fields.len() == 0
                && fields.iter().next().is_none()
                && fields.value(b"host").is_none()
        );
    }

    #[test]
    fn the_first_of_those_that_all_ask_for() {
        let fields = [("content-type", "a"), ("content-encoding", "br"), ("content-length", "7"), ("x-a", "")];
        let fields =
            [&fields[..], &[("content-type", "b"), ("content-encoding", "gzip, zstd"), ("content-length", "8")]];
        let field = |&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
        let mut fields: Fields = fields.concat().iter().map(field).collect();
        assert_eq!(fields.content_type().map(Value::as_bytes), Some(&b"a"[..]));
        assert_eq!(fields.content_length(), Some(&b"7"[..]));
        assert_eq!(fields.content_encoding(), b"br,gzip, zstd");
        fields.clear();
        assert!(fields.content_type().is_none() && fields.content_length().is_none());
        assert_eq!(fields.content_encoding(), b"");
    }

    #[test]
    fn much_room_is_not_kept() {
        let mut fields: Fields = (0..1000).map(|_| (header::HOST, HeaderValue::from_static("0123456789"))).collect();
        fields.clear();
        assert!(fields.entries.capacity() <= ENTRIES_KEPT && fields.text.capacity() <= TEXT_KEPT);
    }
}
