//! Counts the work that a message costs, and ends it.
//!
//! Each rule looks at little for each sign of a secret, but a text may be nothing but signs. What looks at text says here how much it
//! looked at: decoders, the functions that find the ends of names and values, and every loop over signs, lines or names. Once a
//! message has had its allowance, the loops stop and what was being searched is hidden whole. So no rule makes a message cost
//! more than so many times its length, however often it looks at the same bytes.
//!
//! The count is the thread's, for a message is redacted on one, and a counter that each function had to be handed would not reach
//! those that cost most.

use std::cell::Cell;

/// The units of work that a message may cost, for each of its bytes. A unit takes about a nanosecond.
const UNITS: usize = 20;
/// The units that any message may cost, however short it is: a fifth of a millisecond at most.
const LEAST: usize = 160_000;

thread_local! {
    /// The units that are left to the message at hand.
    static LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
}

#[cfg(test)]
thread_local! {
    /// The most units that a message cost, where messages are measured: they have no end then.
    static MOST: Cell<Option<usize>> = const { Cell::new(None) };
}

/// The allowance of one message: a body, a target, or the value of a header. When it is dropped, that of a message around it
/// holds again: a mask of the user's may redact something itself.
pub(super) struct Allowance {
    outer: usize,
}

impl Allowance {
    /// Begins to count for a message of `len` bytes.
    #[inline]
    pub(super) fn of(len: usize) -> Self {
        let units = units(len);
        #[cfg(test)]
        let units = MOST.get().map_or(units, |_| usize::MAX);
        Self { outer: LEFT.replace(units) }
    }
}

impl Drop for Allowance {
    #[inline]
    fn drop(&mut self) {
        #[cfg(test)]
        MOST.set(MOST.get().map(|most| most.max(usize::MAX - LEFT.get())));
        LEFT.set(self.outer);
    }
}

/// Returns the units of work that a message of `len` bytes may cost.
#[inline]
pub(super) fn units(len: usize) -> usize {
    UNITS.saturating_mul(len).max(LEAST)
}

/// Counts work that was done, in units.
#[inline]
pub(super) fn spend(units: usize) {
    LEFT.set(LEFT.get().saturating_sub(units));
}

/// Returns whether the message at hand has had its allowance, so that the rest of it is to be hidden unread.
#[inline]
pub(super) fn is_spent() -> bool {
    LEFT.get() == 0
}

/// Ends the search of the message at hand.
#[cold]
pub(super) fn spend_all() {
    LEFT.set(0);
}

/// Counts work, and returns whether there is any left.
#[inline]
pub(super) fn allows(units: usize) -> bool {
    spend(units);
    !is_spent()
}

/// Returns the most units that a message costs of those that `redact` redacts, however many that are.
#[cfg(test)]
pub(super) fn measure(redact: impl FnOnce()) -> usize {
    MOST.set(Some(0));
    redact();
    MOST.replace(None).unwrap_or_default()
}
