//! Makes the beginning of every line of a block.

/// The mark of a request line.
pub(crate) const REQUEST: u8 = b'>';
/// The mark of a response line.
pub(crate) const RESPONSE: u8 = b'<';
/// The mark of a note.
pub(crate) const NOTE: u8 = b' ';

/// Holds an id, a space, a mark and a space, on the stack.
pub(crate) struct Prefix {
    /// The bytes: there is room for an id of 128 characters, the longest that is kept.
    bytes: [u8; 131],
    len: usize,
}

impl Prefix {
    pub(crate) fn new(id: &str, mark: u8) -> Self {
        let id = id.as_bytes().get(..id.len().min(128)).unwrap_or_default();
        let mut bytes = [b' '; 131];
        bytes[..id.len()].copy_from_slice(id);
        bytes[id.len() + 1] = mark;
        Self { bytes, len: id.len() + 3 }
    }

    /// Changes the mark.
    pub(crate) fn set_mark(&mut self, mark: u8) {
        if let Some(place) = self.bytes.get_mut(self.len - 2) {
            *place = mark;
        }
    }

    /// The prefix of a line with text.
    pub(crate) fn text(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Appends a line with no text, which ends at its mark.
    pub(crate) fn bare(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.bytes[..self.len - 1]);
        out.push(b'\n');
    }
}
