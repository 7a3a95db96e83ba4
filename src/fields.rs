//! Copies the headers or trailers of a message, so that the connection's read buffer, from which they were cut, is not
//! kept with them.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use std::{mem, sync::OnceLock};

/// Holds the headers or trailers of a message in the header map's order, one entry a value.
#[derive(Clone, Default)]
pub(crate) struct Fields {
    entries: Vec<Entry>,
    /// The text of all fields: each name in lower case, a colon and the value, one after the other. A clone of a name
    /// that came over the wire would cost an allocation.
    text: Vec<u8>,
    shown: Shown,
    /// The position of the first of each: every message is asked for them.
    content_type: Option<u16>,
    content_length: Option<u16>,
    content_encoding: Option<u16>,
    /// The names once more, for those who ask for them.
    parsed: OnceLock<Box<[HeaderName]>>,
}

/// Holds the position of a field, which follows the one before it. It is small, since each exchange in flight has some
/// twenty.
#[derive(Clone)]
struct Entry {
    /// The position of its end.
    end: u32,
    /// The length of its name: at most 65,535 bytes, as in [`HeaderName`].
    name: u16,
    sensitive: bool,
}

/// Holds what is shown of fields: one line each, once that is settled.
#[derive(Clone, Default)]
pub(crate) struct Shown {
    /// The lines, each with a line feed.
    pub(crate) text: Vec<u8>,
    lines: Vec<Line>,
}

/// Holds the positions of the value and of the end of a line, its line feed included, which follows the one before it.
#[derive(Clone, Copy)]
struct Line {
    value: u32,
    end: u32,
}

impl Shown {
    /// Ends the line of one more field. Its value began at `value`.
    pub(crate) fn end(&mut self, value: usize) {
        self.lines.push(Line { value: place(value), end: place(self.text.len()) });
    }

    fn clear(&mut self) {
        self.text.clear();
        self.text.shrink_to(TEXT_KEPT);
        self.lines.clear();
        self.lines.shrink_to(ENTRIES_KEPT);
    }
}

/// Holds a position in a text of headers, which is far below 4 GiB: a map has at most 32,768 entries, and HTTP servers
/// limit a head to some hundred KiB.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Holds a field as it came.
#[derive(Clone, Copy)]
pub(crate) struct Came<'a> {
    /// The name, a colon and the value.
    pub(crate) text: &'a [u8],
    pub(crate) name: &'a [u8],
    pub(crate) value: Value<'a>,
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
        // A buffer that was used before nearly always has the room.
        if self.text.capacity() == 0 {
            let length = headers.iter().map(|(name, value)| name.as_str().len() + 1 + value.len()).sum();
            self.text.reserve_exact(length);
        }
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

    #[inline(always)]
    fn push(&mut self, name: &HeaderName, value: &HeaderValue) {
        self.add(name.as_str().as_bytes(), value.as_bytes(), value.is_sensitive());
    }

    #[inline(always)]
    fn add(&mut self, name: &[u8], value: &[u8], sensitive: bool) {
        if matches!(name.len(), 12 | 14 | 16) {
            self.note_first(name);
        }
        self.text.extend_from_slice(name);
        self.text.push(b':');
        self.text.extend_from_slice(value);
        self.entries.push(Entry { end: place(self.text.len()), name: name.len() as u16, sensitive });
    }

    /// Notes that the next field has this name, if it is the first of those that every message is asked for.
    #[inline(never)]
    fn note_first(&mut self, name: &[u8]) {
        let first = match name {
            b"content-type" => &mut self.content_type,
            b"content-length" => &mut self.content_length,
            b"content-encoding" => &mut self.content_encoding,
            _ => return,
        };
        // A map has 32,768 entries at most.
        *first = first.or(u16::try_from(self.entries.len()).ok());
    }

    /// Forgets all entries, but keeps some room for others.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.entries.shrink_to(ENTRIES_KEPT);
        self.text.clear();
        self.text.shrink_to(TEXT_KEPT);
        self.shown.clear();
        (self.content_type, self.content_length, self.content_encoding) = (None, None, None);
        self.parsed.take();
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn get(&self, at: usize) -> Option<(&[u8], Value<'_>)> {
        self.after(at).next()
    }

    /// Returns the name of the field at `at`.
    pub(crate) fn name(&self, at: usize) -> Option<&HeaderName> {
        // The bytes were a name and are one again.
        let name = |(name, _): (&[u8], _)| HeaderName::from_bytes(name).unwrap_or(header::TE);
        self.parsed.get_or_init(|| self.iter().map(name).collect()).get(at)
    }

    pub(crate) fn iter(&self) -> Iter<'_> {
        Iter(self.came())
    }

    /// Returns those before the one at `at`.
    pub(crate) fn before(&self, at: usize) -> Iter<'_> {
        Iter(CameIter { entries: self.entries.get(..at).unwrap_or_default(), rest: &self.text, start: 0 })
    }

    /// Returns those from the one at `at` on.
    fn after(&self, at: usize) -> Iter<'_> {
        Iter(self.came_from(at))
    }

    /// Returns the fields as they came.
    pub(crate) fn came(&self) -> CameIter<'_> {
        CameIter { entries: &self.entries, rest: &self.text, start: 0 }
    }

    /// Returns the fields from the one at `at` on as they came.
    pub(crate) fn came_from(&self, at: usize) -> CameIter<'_> {
        let (before, entries) = self.entries.split_at_checked(at).unwrap_or_default();
        let start = before.last().map_or(0, |last| last.end as usize);
        CameIter { entries, rest: self.text.get(start..).unwrap_or_default(), start }
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
        let values =
            self.after(first).filter(|(name, _)| *name == b"content-encoding").map(|(_, value)| value.as_bytes());
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

    /// Returns the lines that are shown, each with its line feed, once that is settled.
    #[inline]
    pub(crate) fn lines(&self) -> Option<impl Iterator<Item = &[u8]>> {
        let (mut rest, mut start) = (&self.shown.text[..], 0);
        let line = move |line: &Line| {
            let length = line.end.checked_sub(mem::replace(&mut start, line.end))?;
            let (line, after) = rest.split_at_checked(length as usize)?;
            rest = after;
            Some(line)
        };
        (self.shown.lines.len() == self.len()).then(|| self.shown.lines.iter().map_while(line))
    }

    /// Returns the value that is shown of the field at `at`, once that is settled.
    pub(crate) fn shown(&self, at: usize) -> Option<&[u8]> {
        let Line { value, end } = *self.shown.lines.get(at)?;
        self.shown.text.get(value as usize..(end as usize).checked_sub(1)?)
    }

    /// Takes the room for what is shown, to settle it.
    pub(crate) fn take_shown(&mut self) -> Shown {
        let mut shown = mem::take(&mut self.shown);
        shown.text.clear();
        shown.lines.clear();
        // A line has a space and a line feed that its field has not.
        shown.text.reserve(self.text.len() + 2 * self.len());
        shown.lines.reserve(self.len());
        shown
    }

    /// Settles what is shown, a line for each field.
    pub(crate) fn settle(&mut self, shown: Shown) {
        self.shown = shown;
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

/// Iterates over fields as they came.
#[derive(Clone, Default)]
pub(crate) struct CameIter<'a> {
    entries: &'a [Entry],
    /// The text from the first of `entries` on.
    rest: &'a [u8],
    /// The position where it begins.
    start: usize,
}

impl<'a> CameIter<'a> {
    /// Returns the field with this text.
    #[inline(always)]
    fn of(text: &'a [u8], entry: &Entry) -> Option<Came<'a>> {
        let (name, value) = text.split_at_checked(entry.name.into())?;
        let (_colon, bytes) = value.split_first()?;
        Some(Came { text, name, value: Value { bytes, sensitive: entry.sensitive } })
    }
}

impl<'a> Iterator for CameIter<'a> {
    type Item = Came<'a>;

    #[inline(always)]
    fn next(&mut self) -> Option<Came<'a>> {
        let (entry, entries) = self.entries.split_first()?;
        let end = entry.end as usize;
        let (text, rest) = self.rest.split_at_checked(end.checked_sub(self.start)?)?;
        (self.entries, self.rest, self.start) = (entries, rest, end);
        Self::of(text, entry)
    }
}

/// Iterates over the names and values of fields in their order.
#[derive(Clone, Default)]
pub(crate) struct Iter<'a>(CameIter<'a>);

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a [u8], Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|came| (came.name, came.value))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let CameIter { entries, rest, start } = &mut self.0;
        let (entry, before) = entries.split_last()?;
        *entries = before;
        let from = before.last().map_or(0, |last| (last.end as usize).saturating_sub(*start));
        let text = rest.get(from..(entry.end as usize).checked_sub(*start)?)?;
        CameIter::of(text, entry).map(|came| (came.name, came.value))
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
