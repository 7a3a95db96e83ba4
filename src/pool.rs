//! What exchanges use one after the other.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many are kept.
const KEPT: usize = 64;

/// Things that are kept for use again, a few.
pub(crate) struct Pool<T>(Mutex<Vec<Arc<T>>>);

impl<T> Pool<T> {
    /// One that was kept. Whoever gave it may not have let go of it yet.
    pub(crate) fn take(&self) -> Option<Arc<T>> {
        self.lock().pop()
    }

    /// Keeps `used` where there is room for it.
    pub(crate) fn give(&self, used: Arc<T>) {
        let mut kept = self.lock();
        if kept.len() < KEPT {
            kept.push(used);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_are_kept_than_fit() {
        let pool = Pool::default();
        (0..2 * KEPT).for_each(|n| pool.give(Arc::new(n)));
        let kept: Vec<_> = std::iter::from_fn(|| pool.take()).map(|kept| *kept).collect();
        assert_eq!(kept, (0..KEPT).rev().collect::<Vec<_>>());
    }
}
