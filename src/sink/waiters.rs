//! Those who wait for room: first come, first served.

use super::account::Account;
use std::{collections::BTreeMap, sync::Arc, task::Waker};

/// The lines of those who wait, one for each account.
///
/// Room that comes free is kept for the first of a line before it is woken: nobody takes it away meanwhile, and no more
/// are woken than there is room for. Wakers are handed out rather than woken or dropped here, since either may run code
/// of others, and this stands under the queue's lock.
#[derive(Default)]
pub(super) struct Waiters {
    /// Only those with someone in them.
    lines: Vec<Line>,
    /// The next ticket, higher than all that were given.
    next: u64,
}

struct Line {
    account: Arc<Account>,
    /// By ticket, so in the order in which they came.
    waiting: BTreeMap<u64, Waker>,
    /// The bytes kept for those who were woken and have not come for them yet.
    granted: BTreeMap<u64, u64>,
}

impl Waiters {
    /// Whether nobody waits for any account.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.iter().all(|line| line.waiting.is_empty())
    }

    /// Room for the holder of `ticket`, or for a newcomer, in bytes; a newcomer goes before nobody.
    pub(super) fn take(&mut self, account: &Account, ticket: Option<u64>) -> Option<u64> {
        let Some(line) = self.line(account) else { return account.keep() };
        match ticket.and_then(|ticket| line.granted.remove(&ticket)) {
            Some(bytes) => {
                self.prune();
                Some(bytes)
            }
            None if line.waiting.is_empty() => account.keep(),
            None => None,
        }
    }

    /// Has `waker` woken once there is room; gives the ticket for it, and a waker that is no longer needed.
    pub(super) fn enter(&mut self, account: &Arc<Account>, ticket: Option<u64>, waker: Waker) -> (u64, Option<Waker>) {
        let next = self.next;
        let line = match self.lines.iter().position(|line| Arc::ptr_eq(&line.account, account)) {
            Some(at) => self.lines.get_mut(at),
            None => {
                let account = Arc::clone(account);
                self.lines.push(Line { account, waiting: BTreeMap::new(), granted: BTreeMap::new() });
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

    /// Takes the holder of `ticket` out of the line; gives its waker, and the bytes that were kept for it.
    pub(super) fn leave(&mut self, account: &Account, ticket: u64) -> (Option<Waker>, Option<u64>) {
        let Some(line) = self.line(account) else { return (None, None) };
        let left = (line.waiting.remove(&ticket), line.granted.remove(&ticket));
        self.prune();
        left
    }

    /// Keeps the room that there is for those who come first, and gives their wakers.
    ///
    /// Where requests no longer wait for an account, all are let go.
    pub(super) fn grant(&mut self) -> Vec<Waker> {
        let mut wakers = Vec::new();
        for Line { account, waiting, granted } in &mut self.lines {
            if !account.waits() {
                wakers.extend(std::mem::take(waiting).into_values());
            }
            while let Some(first) = waiting.first_entry()
                && let Some(bytes) = account.keep()
            {
                let (ticket, waker) = first.remove_entry();
                granted.insert(ticket, bytes);
                wakers.push(waker);
            }
        }
        self.prune();
        wakers
    }

    fn line(&mut self, account: &Account) -> Option<&mut Line> {
        self.lines.iter_mut().find(|line| std::ptr::eq(Arc::as_ptr(&line.account), account))
    }

    fn prune(&mut self) {
        self.lines.retain(|line| !line.waiting.is_empty() || !line.granted.is_empty());
    }
}
