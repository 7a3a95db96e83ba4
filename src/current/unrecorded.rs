//! Keeps the exchanges that are not recorded for use again.

use super::{Exchange, Running, State};
use std::cell::RefCell;

/// Holds an exchange that is not recorded open.
///
/// The request's body, the call and the response's body hold it. The last of them leaves it to its thread, so that the
/// next one costs no allocation.
#[derive(Clone)]
pub(crate) struct Unrecorded(Exchange);

/// The number of exchanges that a thread keeps.
const KEPT: usize = 16;

thread_local! {
    static SPARE: RefCell<Vec<Exchange>> = const { RefCell::new(Vec::new()) };
}

impl Unrecorded {
    /// Begins an exchange. `tell` notes what is known from the start.
    pub(crate) fn begin(tell: impl FnOnce(&mut State)) -> Self {
        let spare = SPARE.try_with(|spare| spare.try_borrow_mut().ok()?.pop());
        let mut exchange = spare.ok().flatten().unwrap_or_default();
        exchange.begin(tell);
        Self(exchange)
    }

    /// Returns the exchange as the program sees it.
    pub(crate) fn handle(&self) -> &Exchange {
        &self.0
    }

    /// Marks that this thread works on the exchange, so that what begins meanwhile is inside it.
    #[inline]
    pub(crate) fn run(&self) -> Running {
        Running::enter(self.0.served()).within(&self.0)
    }
}

impl Drop for Unrecorded {
    fn drop(&mut self) {
        // Others may still hold it open, or have a handle on it.
        if let Some(ended) = self.0.end_alone() {
            let _ = SPARE.try_with(|spare| {
                if let Ok(mut spare) = spare.try_borrow_mut()
                    && spare.len() < KEPT
                {
                    spare.push(ended);
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(id: &str) -> Unrecorded {
        Unrecorded::begin(|state| state.id.push_str(id))
    }

    #[test]
    fn one_that_ended_is_used_again_unless_somebody_has_a_handle() {
        let first = begin("first");
        let handle = first.handle().clone();
        drop((first.clone(), first));
        let second = begin("second");
        assert_eq!((handle.id(), second.handle().id()), ("first", "second"));
        let held = second.clone();
        drop(second);
        assert_eq!(held.handle().id(), "second");
        let address = std::ptr::from_ref(held.handle().state());
        drop(held);
        let third = begin("third");
        assert_eq!((std::ptr::from_ref(third.handle().state()), third.handle().id()), (address, "third"));
    }

    #[test]
    fn no_more_are_kept_than_fit() {
        let many: Vec<_> = (0..2 * KEPT).map(|_| begin("")).collect();
        drop(many);
        assert_eq!(SPARE.with(|spare| spare.borrow().len()), KEPT);
    }
}
