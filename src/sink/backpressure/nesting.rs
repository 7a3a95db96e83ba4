//! Knows the places held by the exchanges that are polled on this thread. Waiting for a parent's place would be a
//! deadlock.
//!
//! An exchange holds its places until its record is written. One that runs inside it must not wait for another in the
//! same queue: if there were none, neither would ever end.

use super::{super::budget::Budget, Place};
use std::{cell::RefCell, sync::Arc};

thread_local! {
    /// The budgets in which places are held, the outermost exchange's first.
    static HELD: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Marks work of this thread as done inside an exchange, until it is dropped.
#[must_use]
pub(crate) struct Inside {
    /// The number held before, if there is more now.
    before: Option<usize>,
}

impl Inside {
    /// Enters an exchange that holds `place`.
    pub(crate) fn enter(place: &Place) -> Self {
        if !place.is_kept() {
            return Self { before: None };
        }
        let before = HELD.try_with(|held| {
            let mut held = held.try_borrow_mut().ok()?;
            let before = held.len();
            held.extend(place.budgets().map(address));
            Some(before)
        });
        Self { before: before.ok().flatten() }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        if let Some(before) = self.before {
            let _ = HELD.try_with(|held| held.try_borrow_mut().map(|mut held| held.truncate(before)));
        }
    }
}

/// Returns whether this thread is inside an exchange that holds a place in this budget.
pub(super) fn is_held(budget: &Arc<Budget>) -> bool {
    HELD.try_with(|held| held.try_borrow().is_ok_and(|held| held.contains(&address(budget)))).unwrap_or(false)
}

fn address(budget: &Arc<Budget>) -> usize {
    Arc::as_ptr(budget) as usize
}

#[cfg(test)]
mod tests {
    use super::{
        super::{super::Sink, Gates, OnFull},
        *,
    };
    use crate::sink::Writer;
    use std::{
        panic::{AssertUnwindSafe, catch_unwind},
        task::{Context, Waker},
    };

    /// Makes a place in a queue of its own.
    fn place() -> (Arc<Budget>, Place) {
        let (mut gates, mut place) = (Gates::default(), Place::default());
        Writer::new(std::io::sink()).on_full(OnFull::Wait).gates(&mut gates);
        assert!(place.poll(&gates, &mut Context::from_waker(Waker::noop())).is_ready());
        let budget = place.budgets().next().cloned().unwrap();
        (budget, place)
    }

    #[test]
    fn a_place_is_held_for_as_long_as_its_exchange_is_worked_on() {
        let ((a, in_a), (b, in_b)) = (place(), place());
        let outer = Inside::enter(&in_a);
        let inner = Inside::enter(&in_b);
        assert!(is_held(&a) && is_held(&b));
        drop(inner);
        assert!(is_held(&a) && !is_held(&b));
        let elsewhere = Arc::clone(&a);
        assert!(!std::thread::spawn(move || is_held(&elsewhere)).join().unwrap());
        drop(outer);
        assert!(!is_held(&a));
    }

    #[test]
    fn without_a_place_nothing_is_held() {
        assert!(Inside::enter(&Place::default()).before.is_none());
    }

    #[test]
    fn a_panic_leaves_nothing_behind() {
        let (a, in_a) = place();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _inside = Inside::enter(&in_a);
            panic!("told to");
        }));
        assert!(panicked.is_err() && !is_held(&a));
    }
}
