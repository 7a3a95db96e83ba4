//! Keeps things that exchanges use one after the other.

use std::sync::Mutex;

/// The number of things that are kept.
const KEPT: usize = 64;

/// Keeps a few things for use again; a clone has none.
///
/// Nobody waits for it: while another thread uses it, `take` finds nothing and `give` keeps nothing.
pub(crate) struct Pool<T>(Mutex<Vec<T>>);

impl<T> Pool<T> {
    /// Returns one that was kept.
    pub(crate) fn take(&self) -> Option<T> {
        self.0.try_lock().ok()?.pop()
    }

    /// Keeps `used` if there is room for it.
    pub(crate) fn give(&self, used: T) {
        if let Ok(mut kept) = self.0.try_lock()
            && kept.len() < KEPT
        {
            kept.push(used);
        }
    }
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Clone for Pool<T> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_are_kept_than_fit() {
        let pool = Pool::default();
        (0..2 * KEPT).for_each(|n| pool.give(n));
        assert!(pool.clone().take().is_none());
        let kept: Vec<_> = std::iter::from_fn(|| pool.take()).collect();
        assert_eq!(kept, (0..KEPT).rev().collect::<Vec<_>>());
    }
}
