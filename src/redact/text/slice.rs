//! Takes parts of a text by offsets, so that tests notice a wrong offset.

use std::{fmt::Debug, slice::SliceIndex};

/// Slices without a panic in a program, and with one in its tests.
///
/// Parts of a text are searched for secrets. With a wrong offset nothing would be found, and the secret would show.
pub(crate) trait Slice<T> {
    /// Returns what is in `range`, all of which must be there.
    fn part(&self, range: impl SliceIndex<[T], Output = [T]> + Clone + Debug) -> &[T];

    /// Returns what follows the first `at`; nothing where there are no more.
    fn after(&self, at: usize) -> &[T];
}

impl<T> Slice<T> for [T] {
    #[inline(always)]
    #[track_caller]
    fn part(&self, range: impl SliceIndex<[T], Output = [T]> + Clone + Debug) -> &[T] {
        debug_assert!(self.get(range.clone()).is_some(), "{range:?} of {}", self.len());
        self.get(range).unwrap_or_default()
    }

    #[inline(always)]
    fn after(&self, at: usize) -> &[T] {
        self.get(at..).unwrap_or_default()
    }
}
