//! What exchanges use one after the other.

use std::{
    any::Any,
    sync::{Arc, Mutex},
};

/// How many things are kept.
const KEPT: usize = 64;

/// A few things that are kept for use again; a clone has none.
///
/// Nobody waits for it: where another thread is at it there is nothing in it, and no room.
///
/// It does not name their type: they hold what holds the pool, and rustc's incremental compilation has failed on such a
/// circle (1.95).
#[derive(Default)]
pub(crate) struct Pool(Mutex<Vec<Arc<dyn Any + Send + Sync>>>);

impl Pool {
    /// One that was kept. Whoever gave it may not have let go of it yet.
    pub(crate) fn take<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let kept = self.0.try_lock().ok()?.pop();
        kept?.downcast().ok()
    }

    /// Keeps `used` where there is room for it.
    pub(crate) fn give(&self, used: Arc<dyn Any + Send + Sync>) {
        if let Ok(mut kept) = self.0.try_lock()
            && kept.len() < KEPT
        {
            kept.push(used);
        }
    }
}

impl Clone for Pool {
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
        (0..2 * KEPT).for_each(|n| pool.give(Arc::new(n)));
        assert!(pool.clone().take::<usize>().is_none());
        let kept: Vec<_> = std::iter::from_fn(|| pool.take::<usize>()).map(|kept| *kept).collect();
        assert_eq!(kept, (0..KEPT).rev().collect::<Vec<_>>());
    }
}
