//! Which places the exchanges hold that this thread is working on right now.
//!
//! An exchange holds its place until its record is written. One that runs inside of it must not wait for another of the
//! same kind: were there none, neither would ever end.

use super::{Place, Sink};
use std::{cell::RefCell, sync::Arc};

thread_local! {
    /// The sinks and accounts whose places are held, the outermost exchange's first.
    static HELD: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Marks that what this thread does is done inside of an exchange, until it is dropped.
#[must_use]
pub(crate) struct Inside {
    /// What was held before, where there is more now.
    before: Option<usize>,
}

impl Inside {
    /// Inside of an exchange that holds `place` of `sink`, if it does.
    pub(crate) fn enter(sink: &Arc<dyn Sink>, place: &Place) -> Self {
        if !place.is_kept() {
            return Self { before: None };
        }
        let before = HELD.try_with(|held| {
            let mut held = held.try_borrow_mut().ok()?;
            let before = held.len();
            held.push(address(sink));
            place.accounts(&mut |account| held.push(address(account)));
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

/// Whether this thread is inside of an exchange that holds a place of this sink or account.
pub(crate) fn is_inside<T: ?Sized>(of: &Arc<T>) -> bool {
    let inside = HELD.try_with(|held| held.try_borrow().is_ok_and(|held| held.contains(&address(of))));
    inside.unwrap_or(false)
}

fn address<T: ?Sized>(of: &Arc<T>) -> usize {
    Arc::as_ptr(of).cast::<()>() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn sink() -> Arc<dyn Sink> {
        Arc::new(|_: &[u8]| {})
    }

    #[test]
    fn a_place_is_held_for_as_long_as_its_exchange_is_worked_on() {
        let (a, b) = (sink(), sink());
        let outer = Inside::enter(&a, &Place::new(()));
        let inner = Inside::enter(&b, &Place::new(()));
        assert!(is_inside(&a) && is_inside(&b));
        drop(inner);
        assert!(is_inside(&a) && !is_inside(&b));
        let elsewhere = Arc::clone(&a);
        assert!(!std::thread::spawn(move || is_inside(&elsewhere)).join().unwrap());
        drop(outer);
        assert!(!is_inside(&a));
    }

    #[test]
    fn without_a_place_nothing_is_held() {
        let a = sink();
        let _inside = (Inside::enter(&a, &Place::default()), Inside::enter(&a, &Place::waiting(())));
        assert!(!is_inside(&a));
    }

    #[test]
    fn a_panic_leaves_nothing_behind() {
        let a = sink();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _inside = Inside::enter(&a, &Place::new(()));
            panic!("told to");
        }));
        assert!(panicked.is_err() && !is_inside(&a));
    }
}
