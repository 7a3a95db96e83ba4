//! Reads only the lines that hold an id: the others cost no more than a search.

use super::{Decoder, Entry, object};
use memchr::memmem::Finder;

impl Decoder {
    /// Reads the next bytes of the log as [`push`](Self::push) does, but only the lines in which `id` stands.
    pub(crate) fn push_only(&mut self, mut bytes: &[u8], id: &Finder<'_>, out: &mut impl FnMut(Entry)) {
        if !self.carry.is_empty() || self.too_long {
            let Some(end) = memchr::memchr(b'\n', bytes) else { return self.carry_on(bytes, out) };
            self.carry.extend_from_slice(&bytes[..end]);
            let line = std::mem::take(&mut self.carry);
            if id.find(&line).is_some() {
                self.whole(&line, out);
            }
            self.carry = line;
            self.carry.clear();
            bytes = &bytes[end + 1..];
        }
        let whole = memchr::memrchr(b'\n', bytes).map_or(0, |end| end + 1);
        let mut lines = &bytes[..whole];
        while let Some(hit) = id.find(lines) {
            let begin = memchr::memrchr(b'\n', &lines[..hit]).map_or(0, |end| end + 1);
            let end = memchr::memchr(b'\n', &lines[hit..]).map_or(lines.len(), |end| hit + end);
            self.line(&lines[begin..end], out);
            lines = lines.get(end + 1..).unwrap_or_default();
        }
        self.carry_on(&bytes[whole..], out);
    }
}

/// The bytes that tell what kind of log it is if they have no line's end.
const ENOUGH: usize = 64;

/// Tells from the log's beginning whether each line has its id as it is. Pieces of lines that a transport cut do not,
/// nor does a message given as an array of bytes.
pub(crate) fn has_ids_on_each_line(beginning: &[u8]) -> bool {
    if beginning.len() < ENOUGH && !beginning.contains(&b'\n') {
        return false;
    }
    let line = beginning.trim_ascii_start();
    let is_object = line.starts_with(b"{") && !line.starts_with(object::BEGIN);
    let is_cri = matches!(line, [_, _, _, _, b'-', _, _, b'-', _, _, b'T', ..])
        && [&b" stdout "[..], b" stderr "]
            .iter()
            .any(|s| memchr::memmem::find(&line[..line.len().min(48)], s).is_some());
    !is_object && !is_cri
}
