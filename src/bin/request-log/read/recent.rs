//! Remembers the blocks that ended last, to recognize late lines that a transport sent again.

use std::{collections::VecDeque, sync::Arc};

/// The bytes of blocks that are remembered.
const MAX_HELD: usize = 4 << 20;
/// The number of blocks that are remembered.
const MAX_BLOCKS: usize = 256;

/// The blocks that ended last, with their ids.
#[derive(Debug, Default)]
pub(super) struct Recent {
    blocks: VecDeque<(Vec<u8>, Arc<String>)>,
    held: usize,
}

impl Recent {
    /// Remembers a block by its lines, each with its mark.
    pub(super) fn push(&mut self, id: &[u8], lines: Arc<String>) {
        self.held += lines.len();
        self.blocks.push_back((id.to_vec(), lines));
        while self.held > MAX_HELD || self.blocks.len() > MAX_BLOCKS {
            let Some((_, oldest)) = self.blocks.pop_front() else { break };
            self.held -= oldest.len();
        }
    }

    /// Tells whether a line, with its mark and its end, is one of a block of that id.
    pub(super) fn has_line(&self, id: &[u8], line: &[u8]) -> bool {
        let inside = || memchr::memmem::Finder::new(&[b"\n", line].concat()).into_owned();
        self.of(id).any(|lines| lines.starts_with(line) || inside().find(lines).is_some())
    }

    /// Tells whether a block of that id ends with these lines.
    pub(super) fn has_end(&self, id: &[u8], end: &[u8]) -> bool {
        self.of(id).any(|lines| lines.ends_with(end))
    }

    fn of(&self, id: &[u8]) -> impl Iterator<Item = &[u8]> {
        self.blocks.iter().rev().filter(move |(known, _)| known == id).map(|(_, lines)| lines.as_bytes())
    }
}
