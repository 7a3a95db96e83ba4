//! Keeps those who wait for room in their order: first come, first served.

use super::super::budget::Budget;
use std::{collections::BTreeMap, sync::Arc, task::Waker};

/// Keeps those who wait, in one line for each sink.
///
/// Room that becomes free is kept for the first of a line before it is woken: nobody takes it meanwhile, and no more
/// are woken than there is room for. Wakers are handed out rather than woken or dropped here, since either may run
/// foreign code, and this runs under the queue's lock.
#[derive(Default)]
pub(crate) struct WaitList {
    /// The lines that have someone in them.
    lines: Vec<Line>,
    /// The next ticket, higher than all that were given.
    next: u64,
}

struct Line {
    budget: Arc<Budget>,
    /// The wakers by ticket, so in the order in which they came.
    waiting: BTreeMap<u64, Waker>,
    /// The bytes kept for those who were woken and have not come for them yet.
    granted: BTreeMap<u64, u64>,
}

impl WaitList {
    /// Returns whether nobody waits for any sink.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.iter().all(|line| line.waiting.is_empty())
    }

    /// Takes room for the holder of `ticket`, or for a newcomer, in bytes; a newcomer goes before nobody.
    pub(crate) fn take(&mut self, budget: &Budget, ticket: Option<u64>) -> Option<u64> {
        let Some(line) = self.line(budget) else { return budget.keep() };
        match ticket.and_then(|ticket| line.granted.remove(&ticket)) {
            Some(bytes) => {
                self.prune();
                Some(bytes)
            }
            None if line.waiting.is_empty() => budget.keep(),
            None => None,
        }
    }

    /// Registers `waker` to be woken once there is room. Returns the ticket for it, and a waker that is no longer
    /// needed.
    pub(crate) fn enter(&mut self, budget: &Arc<Budget>, ticket: Option<u64>, waker: Waker) -> (u64, Option<Waker>) {
        let next = self.next;
        let line = match self.lines.iter().position(|line| Arc::ptr_eq(&line.budget, budget)) {
            Some(at) => self.lines.get_mut(at),
            None => {
                let budget = Arc::clone(budget);
                self.lines.push(Line { budget, waiting: BTreeMap::new(), granted: BTreeMap::new() });
                self.lines.last_mut()
            }
        };
        let Some(line) = line else { return (next, Some(waker)) };
        match ticket.and_then(|ticket| Some((ticket, line.waiting.get_mut(&ticket)?))) {
            Some((ticket, held)) => (ticket, Some(std::mem::replace(held, waker))),
            None => {
                line.waiting.insert(next, waker);
                self.next += 1;
                (next, None)
            }
        }
    }

    /// Takes the holder of `ticket` out of the line. Returns its waker, and the bytes that were kept for it.
    pub(crate) fn leave(&mut self, budget: &Budget, ticket: u64) -> (Option<Waker>, Option<u64>) {
        let Some(line) = self.line(budget) else { return (None, None) };
        let left = (line.waiting.remove(&ticket), line.granted.remove(&ticket));
        self.prune();
        left
    }

    /// Keeps the room that there is for those who come first, and returns their wakers.
    ///
    /// If requests no longer wait for a sink, all are let go.
    pub(crate) fn grant(&mut self) -> Vec<Waker> {
        let mut wakers = Vec::new();
        for Line { budget, waiting, granted } in &mut self.lines {
            if !budget.waits() {
                wakers.extend(std::mem::take(waiting).into_values());
            }
            while let Some(first) = waiting.first_entry()
                && let Some(bytes) = budget.keep()
            {
                let (ticket, waker) = first.remove_entry();
                granted.insert(ticket, bytes);
                wakers.push(waker);
            }
        }
        self.prune();
        wakers
    }

    fn line(&mut self, budget: &Budget) -> Option<&mut Line> {
        self.lines.iter_mut().find(|line| std::ptr::eq(Arc::as_ptr(&line.budget), budget))
    }

    fn prune(&mut self) {
        self.lines.retain(|line| !line.waiting.is_empty() || !line.granted.is_empty());
    }
}
