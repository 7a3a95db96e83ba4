//! Holds the lines of an exchange.

use std::sync::Arc;
use tower_request_log::format::lines::parse::{Facts, Mark, header, is_end};

/// The lines of a block without their ids: each is its mark, a space where there is text, and the text.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    text: Arc<String>,
    /// The positions where the response's lines and the notes begin.
    response: usize,
    notes: usize,
}

impl Text {
    /// Takes over lines that stand in their order: request, response, notes.
    pub(crate) fn new(lines: Vec<u8>) -> Self {
        let text = String::from_utf8(lines).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
        let first = |from: usize, marks: &[u8]| {
            let mut at = from;
            while let Some(rest) = text.as_bytes().get(at..).filter(|rest| !rest.is_empty()) {
                if marks.contains(&rest[0]) {
                    break;
                }
                at += memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            }
            at
        };
        let response = first(0, b"< ");
        let notes = first(response, b" ");
        Self { text: text.into(), response, notes }
    }

    /// Takes over lines whose parts are known to begin there.
    pub(crate) fn with_parts(lines: Vec<u8>, response: Option<usize>, notes: Option<usize>) -> Self {
        match String::from_utf8(lines) {
            Ok(text) => {
                let notes = notes.unwrap_or(text.len());
                Self { response: response.unwrap_or(notes), notes, text: text.into() }
            }
            Err(error) => Self::new(error.into_bytes()),
        }
    }

    /// Returns all lines, each with its mark.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Mark, &str)> {
        [Mark::Request, Mark::Response, Mark::Note]
            .into_iter()
            .flat_map(|mark| self.lines(mark).map(move |t| (mark, t)))
    }

    /// Returns the texts of the lines with a mark.
    pub(crate) fn lines(&self, mark: Mark) -> impl DoubleEndedIterator<Item = &str> {
        let part = match mark {
            Mark::Request => &self.text[..self.response],
            Mark::Response => &self.text[self.response..self.notes],
            Mark::Note => &self.text[self.notes..],
        };
        part.split_terminator('\n').map(|line| line.get(2..).unwrap_or_default())
    }

    /// Returns the headers of a message, with their names and values.
    pub(crate) fn headers(&self, mark: Mark) -> impl Iterator<Item = (&str, &str)> {
        let head = self.lines(mark).skip(1).take_while(|line| !line.is_empty());
        head.filter_map(|line| {
            let (name, value) = header(line.as_bytes())?;
            Some((line.get(..name.len())?, line.get(line.len() - value.len()..)?))
        })
    }

    /// Returns the notes without the two lines that end the block, and those two.
    pub(crate) fn notes(&self) -> (impl Iterator<Item = &str>, Option<Facts<'_>>, Option<&str>) {
        let mut notes = self.lines(Mark::Note);
        let mut last = notes.next_back();
        let end = last.take_if(|last| is_end(last.as_bytes()));
        if end.is_some() {
            last = notes.next_back();
        }
        let facts = last.and_then(Facts::parse);
        (notes.chain(last.filter(|_| facts.is_none())), facts, end)
    }

    /// Returns the lines, shared.
    pub(super) fn shared(&self) -> Arc<String> {
        self.text.clone()
    }

    /// Returns the lines as they are held.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}
