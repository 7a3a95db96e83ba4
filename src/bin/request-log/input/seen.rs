//! Knows the exchanges that came before: a transport that delivers at least once delivers some twice.

use crate::read::{Entry, Exchange, Mark, exchange::Content};
use std::{
    collections::{HashSet, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
};

/// The number of exchanges that are remembered.
const REMEMBERED: usize = 1 << 16;

/// The exchanges that came last.
#[derive(Debug, Default)]
pub(super) struct Seen {
    keys: HashSet<u64>,
    order: VecDeque<u64>,
    pub(super) repeated: u64,
}

impl Seen {
    /// Tells whether an entry came before, and remembers it.
    pub(super) fn before(&mut self, entry: &Entry) -> bool {
        let exchange = match entry {
            Entry::Exchange(exchange) => exchange,
            Entry::Repeated => {
                self.repeated += 1;
                return true;
            }
            _ => return false,
        };
        let key = key(exchange);
        if !self.keys.insert(key) {
            self.repeated += 1;
            return true;
        }
        self.order.push_back(key);
        if self.order.len() > REMEMBERED {
            self.order.pop_front().map(|oldest| self.keys.remove(&oldest));
        }
        false
    }
}

fn key(exchange: &Exchange) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&exchange.id, &exchange.origin.words).hash(&mut hasher);
    match &exchange.content {
        // The moment to the millisecond and the times tell one exchange from another of its id.
        Content::Lines(text) if !exchange.cut && exchange.end.is_some() => {
            text.as_str().len().hash(&mut hasher);
            text.lines(Mark::Note).rev().take(2).for_each(|note| note.hash(&mut hasher));
        }
        Content::Lines(text) => (text.as_str(), exchange.began).hash(&mut hasher),
        Content::Object(object, _) => object.hash(&mut hasher),
    }
    hasher.finish()
}
