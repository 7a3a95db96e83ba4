//! Holds requests back while the queues of their sink have no room for their records: [`OnFull::Wait`].
//!
//! A layer asks its sink once for its [`Gates`]: queues that may fill up. A service is ready for a request when the
//! request's [`Place`] has room in each of them.

mod nesting;
pub(super) mod wait_list;

use super::{budget::Budget, queue::Queue};
pub(crate) use nesting::Inside;
use std::{
    sync::Arc,
    task::{Context, Poll, ready},
};

/// Says what happens to a record when the queue is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnFull {
    /// The record is dropped and counted, and a line in the log says so.
    #[default]
    Drop,
    /// The service is not ready for a request until there is room for its record. Nothing is dropped.
    ///
    /// This is back-pressure through `poll_ready`: no thread is blocked, and a request that was let in always has its
    /// place. If the output fails for good (a closed pipe, a full disk), requests wait too, once the queue is full.
    ///
    /// Each request in flight takes 1 KiB of the queue: 8 MiB let in 8192 at once. A block that is larger is still
    /// taken in, and fewer requests are let in after it. So memory is bounded by the queue's limit, plus whatever the
    /// blocks of the requests then in flight have beyond 1 KiB each.
    ///
    /// It works if the sink is given to a layer: directly, in an [`Arc`] or in a pair. A [`Sink`](super::Sink) of your
    /// own that hands blocks on to one of these does not make requests wait, so there a full queue drops records.
    ///
    /// An exchange inside another that has its place in the same queue asks for none, since it would wait for itself: a
    /// client's call in a handler, or a layer that is applied twice. It is recognized by being polled from the other's
    /// future or bodies. A task that a handler spawns and then waits for is **not** recognized, nor is a call through a
    /// `tower::buffer::Buffer`. Give such a client a sink and a limit of its own. Otherwise it may wait forever once
    /// the queue is full.
    ///
    /// `poll_ready` is called before the layer sees the request. So requests that
    /// [`skip`](crate::RequestLogLayer::skip) leaves out wait too, and give their place back at once.
    Wait,
}

/// The queues that a layer's sink writes to.
#[derive(Clone, Default)]
pub struct Gates(Vec<Gate>);

/// Holds a queue, and what one sink may have in it.
#[derive(Clone)]
struct Gate {
    queue: Arc<Queue>,
    budget: Arc<Budget>,
}

impl Gates {
    /// Adds a queue. From now on its sink may make requests wait instead of dropping their records.
    pub(super) fn add(&mut self, queue: &Arc<Queue>, budget: &Arc<Budget>) {
        budget.set_gated();
        self.0.push(Gate { queue: Arc::clone(queue), budget: Arc::clone(budget) });
    }
}

/// Keeps the places of one request in the queues of its layer's sink, or in the lines for them.
///
/// Dropping it gives them back.
#[derive(Default)]
pub(crate) struct Place(Vec<Room>);

/// Holds the room for the record of one request, or the wish for it.
struct Room {
    gate: Gate,
    hold: Hold,
}

#[derive(Clone, Copy)]
enum Hold {
    /// Bytes that are kept.
    Kept(u64),
    /// A place in the line of those who wait.
    Ticket(u64),
}

impl Place {
    /// Waits for room behind each gate in turn. Room that is kept behind the first stays kept meanwhile.
    ///
    /// Two pairs of the same sinks in opposite order may therefore wait for each other.
    #[inline]
    pub(crate) fn poll(&mut self, gates: &Gates, cx: &mut Context<'_>) -> Poll<()> {
        for gate in &gates.0 {
            if gate.budget.waits() || !self.0.is_empty() {
                ready!(self.poll_gate(gate, cx));
            }
        }
        Poll::Ready(())
    }

    fn poll_gate(&mut self, gate: &Gate, cx: &mut Context<'_>) -> Poll<()> {
        let at = self.0.iter().position(|room| Arc::ptr_eq(&room.gate.budget, &gate.budget));
        let ticket = match at.and_then(|at| self.0.get(at)).map(|room| room.hold) {
            Some(Hold::Kept(_)) => return Poll::Ready(()),
            Some(Hold::Ticket(ticket)) => Some(ticket),
            None => None,
        };
        // A request inside an exchange that keeps a place must not wait for that exchange to end.
        let hold = if nesting::is_held(&gate.budget) { None } else { gate.enter(ticket, cx) };
        match (at.and_then(|at| self.0.get_mut(at)), hold) {
            (Some(room), Some(hold)) => room.hold = hold,
            (None, Some(hold)) => self.0.push(Room { gate: gate.clone(), hold }),
            (_, None) => self.0.retain(|room| !Arc::ptr_eq(&room.gate.budget, &gate.budget)),
        }
        match hold {
            Some(Hold::Ticket(_)) => Poll::Pending,
            Some(Hold::Kept(_)) | None => Poll::Ready(()),
        }
    }

    /// Returns whether any room is kept.
    pub(crate) fn is_kept(&self) -> bool {
        self.0.iter().any(Room::is_kept)
    }

    /// Gives up the places that are only waited for.
    #[must_use]
    pub(crate) fn if_kept(mut self) -> Self {
        self.0.retain(Room::is_kept);
        self
    }

    /// Returns the budgets in which there is room for this request.
    fn budgets(&self) -> impl Iterator<Item = &Arc<Budget>> {
        self.0.iter().filter(|room| room.is_kept()).map(|room| &room.gate.budget)
    }
}

impl Gate {
    /// Takes room, or a place in the line for it; neither if nobody needs to wait.
    fn enter(&self, ticket: Option<u64>, cx: &mut Context<'_>) -> Option<Hold> {
        if !self.budget.waits() {
            return None;
        }
        if let Some(bytes) = self.queue.waiting(|list| list.take(&self.budget, ticket)) {
            return Some(Hold::Kept(bytes));
        }
        // A waker's code is not ours, and neither runs nor is dropped under the lock.
        let waker = cx.waker().clone();
        let (hold, _stale) = self.queue.waiting(|list| match list.take(&self.budget, ticket) {
            Some(bytes) => (Some(Hold::Kept(bytes)), Some(waker)),
            // Looked at again: who enters after all were let go would never be woken.
            None if !self.budget.waits() => (None, Some(waker)),
            None => {
                let (ticket, stale) = list.enter(&self.budget, ticket, waker);
                (Some(Hold::Ticket(ticket)), stale)
            }
        });
        hold
    }
}

impl Room {
    fn is_kept(&self) -> bool {
        matches!(self.hold, Hold::Kept(_))
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let Gate { queue, budget } = &self.gate;
        let bytes = match self.hold {
            Hold::Kept(bytes) => Some(bytes),
            Hold::Ticket(ticket) => {
                let (waker, bytes) = queue.waiting(|list| list.leave(budget, ticket));
                drop(waker);
                bytes
            }
        };
        if let Some(bytes) = bytes {
            budget.give_back(bytes);
            queue.wake_waiting();
        }
    }
}
