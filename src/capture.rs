//! Captures part of a body: a copy, capped, and paid for from a budget that exchanges share.

use std::{
    mem,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// The bytes that a capture reaches past what may be shown, so that a secret which begins in the shown part is seen to
/// its end.
pub(crate) const LOOK_AHEAD: usize = 1024;

/// The bytes that the captures of all exchanges in flight may hold together.
#[derive(Debug)]
pub(crate) struct Budget {
    left: AtomicUsize,
}

impl Budget {
    pub(crate) const fn new(bytes: usize) -> Self {
        Self { left: AtomicUsize::new(bytes) }
    }

    fn take(&self, bytes: usize) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes)).is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.left.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// The largest buffer that is kept for the next exchange, in bytes.
const KEPT: usize = 4096;

/// Holds the first bytes of a body.
///
/// Frames are copied, never held on to: a slice of a few bytes would pin the whole buffer that it was cut from, and
/// nobody can tell how big that is.
#[derive(Default)]
pub(crate) struct Capture {
    bytes: Vec<u8>,
    /// The bytes that may be captured, the look-ahead included; 0 if the body is only counted.
    limit: usize,
    /// Is set once the budget was used up before the limit was reached.
    starved: bool,
    /// The budget that pays. A copy has none: it belongs to whoever keeps records and not to an exchange in flight.
    budget: Option<Arc<Budget>>,
    /// The bytes that are paid for. They double as the capture grows, whatever room a kept buffer has.
    paid: usize,
}

impl Capture {
    /// Makes a capture of the `shown` bytes that may be shown, and the look-ahead.
    #[cfg(test)]
    pub(crate) fn new(shown: usize, budget: Arc<Budget>) -> Self {
        let mut capture = Self::default();
        capture.open(shown, budget);
        capture
    }

    /// Starts capturing the `shown` bytes that may be shown, and the look-ahead. A capture that is not opened captures
    /// nothing.
    pub(crate) fn open(&mut self, shown: usize, budget: Arc<Budget>) {
        self.limit = shown.saturating_add(LOOK_AHEAD);
        self.budget = Some(budget);
    }

    /// Forgets what was captured and gives back what was paid for it, but keeps some room for another.
    pub(crate) fn clear(&mut self) {
        self.give_back();
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
        (self.limit, self.starved) = (0, false);
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn is_starved(&self) -> bool {
        self.starved
    }

    /// Adds a frame's bytes, as far as they fit.
    #[inline]
    pub(crate) fn push(&mut self, data: &[u8]) {
        if self.bytes.len() < self.limit && !self.starved && !data.is_empty() {
            self.copy(data);
        }
    }

    fn copy(&mut self, data: &[u8]) {
        let data = &data[..data.len().min(self.limit - self.bytes.len())];
        if self.make_room(data.len()) {
            self.bytes.extend_from_slice(data);
        } else {
            // Bytes after a gap would look like another body, so the capture ends here.
            self.starved = true;
        }
    }

    /// Grows by doubling, never from what a header announced and never past the limit.
    fn make_room(&mut self, more: usize) -> bool {
        let needed = self.bytes.len() + more;
        if needed <= self.paid {
            return true;
        }
        let grown = needed.max(self.paid * 2).min(self.limit);
        if !self.take(grown - self.paid) {
            return false;
        }
        self.paid = grown;
        self.bytes.reserve_exact(grown - self.bytes.len());
        true
    }

    fn give_back(&mut self) {
        if let Some(budget) = self.budget.take() {
            budget.give_back(mem::take(&mut self.paid));
        }
    }

    fn take(&self, bytes: usize) -> bool {
        self.budget.as_ref().is_none_or(|budget| budget.take(bytes))
    }
}

impl Clone for Capture {
    fn clone(&self) -> Self {
        Self { bytes: self.bytes.clone(), budget: None, paid: 0, ..*self }
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        self.give_back();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(bytes: usize) -> Arc<Budget> {
        Arc::new(Budget::new(bytes))
    }

    #[test]
    fn keeps_the_first_bytes_and_the_look_ahead() {
        let mut capture = Capture::new(4, budget(1 << 20));
        for _ in 0..1000 {
            capture.push(b"abcd");
        }
        assert_eq!(capture.bytes().len(), 4 + LOOK_AHEAD);
        assert!(!capture.is_starved());
    }

    #[test]
    fn one_that_is_not_opened_keeps_nothing() {
        let mut capture = Capture::default();
        capture.push(b"abcd");
        assert_eq!(capture.bytes(), b"");
    }

    #[test]
    fn what_is_cleared_is_as_new() {
        let shared = budget(5000);
        let mut capture = Capture::new(1 << 20, shared.clone());
        capture.push(&[b'x'; 4999]);
        capture.push(b"yy");
        assert!(capture.is_starved());
        capture.clear();
        capture.push(b"z");
        assert!(capture.bytes().is_empty() && !capture.is_starved() && capture.bytes.capacity() <= KEPT);
        assert_eq!(shared.left.load(Ordering::Relaxed), 5000);
        // The room that is there is paid for as if it were not.
        let short = budget(10);
        capture.open(1 << 20, short.clone());
        capture.push(b"123456");
        capture.push(b"7");
        assert!(capture.is_starved());
        assert_eq!((capture.bytes(), short.left.load(Ordering::Relaxed)), (&b"123456"[..], 4));
    }

    #[test]
    fn stops_where_the_budget_ends_and_gives_it_back() {
        let shared = budget(100);
        let mut first = Capture::new(1000, shared.clone());
        first.push(&[b'x'; 80]);
        let mut second = Capture::new(1000, shared.clone());
        second.push(&[b'y'; 80]);
        second.push(b"y");
        assert_eq!((first.bytes().len(), first.is_starved()), (80, false));
        assert_eq!((second.bytes().len(), second.is_starved()), (0, true));
        drop((first, second));
        assert_eq!(shared.left.load(Ordering::Relaxed), 100);
    }
}
