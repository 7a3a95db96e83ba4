//! Prepares the beginning of a line so that it can be copied at once.

/// The number of bytes copied at once. A copy may run so far past the end of the text.
pub(super) const STEP: usize = 64;
/// The prefixes that are copied together with the indentation; longer ones take two copies.
pub(super) const PREFIX: usize = 64;
const HEAD: usize = 2 + 2 * STEP;

/// Holds the beginning of a line.
pub(super) struct LineHead {
    /// A comma, LF, the prefix (where it is short) and as much indentation as there is room for.
    pub(super) text: [u8; HEAD],
    /// The length of the prefix.
    pub(super) prefix: usize,
}

impl LineHead {
    pub(super) fn new(prefix: &[u8]) -> Self {
        let mut text = [b' '; HEAD];
        text[..2].copy_from_slice(b",\n");
        if let Some(place) = text.get_mut(2..2 + prefix.len().min(PREFIX + 1)).filter(|_| prefix.len() <= PREFIX) {
            place.copy_from_slice(prefix);
        }
        Self { text, prefix: prefix.len() }
    }
}
