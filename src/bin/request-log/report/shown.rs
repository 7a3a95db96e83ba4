//! Chooses the exchanges that the page shows whole, and the calls of their requests.

use crate::{
    read::Exchange,
    tree::{Record, draw, grow},
};
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, VecDeque},
};
use tower_request_log::format::lines::tree::root;

/// The number of the slowest that are shown.
const SLOWEST: usize = 50;
/// The number of the failed that are shown: the last ones.
const FAILED: usize = 100;
/// The number of calls that are remembered for the trees.
const CALLS: usize = 100_000;
/// The number of calls of one request that are shown.
const TREE: usize = 200;

/// The exchanges that the page shows whole.
#[derive(Default)]
pub(super) struct Shown {
    exchanges: HashMap<u64, Exchange>,
    next: u64,
    /// The slowest by their time, the quickest of them first.
    slowest: BinaryHeap<Reverse<(u128, u64)>>,
    failed: VecDeque<u64>,
    calls: VecDeque<Record>,
}

impl Shown {
    /// Looks whether an exchange is one to show.
    pub(super) fn add(&mut self, exchange: Exchange, failed: bool) {
        self.calls.push_back(Record::new(&exchange));
        if self.calls.len() > CALLS {
            self.calls.pop_front();
        }
        let key = self.next;
        self.next += 1;
        let time = exchange.time.or(exchange.end).unwrap_or_default().as_micros();
        let is_slow =
            self.slowest.len() < SLOWEST || self.slowest.peek().is_some_and(|Reverse((least, _))| time > *least);
        if !is_slow && !failed {
            return;
        }
        self.exchanges.insert(key, exchange);
        if is_slow {
            self.slowest.push(Reverse((time, key)));
            if self.slowest.len() > SLOWEST
                && let Some(Reverse((_, key))) = self.slowest.pop()
                && !self.failed.contains(&key)
            {
                self.exchanges.remove(&key);
            }
        }
        if failed {
            self.failed.push_back(key);
            if self.failed.len() > FAILED
                && let Some(key) = self.failed.pop_front()
                && !self.slowest.iter().any(|Reverse((_, slow))| *slow == key)
            {
                self.exchanges.remove(&key);
            }
        }
    }

    /// Returns the slowest, the slowest of all first.
    pub(super) fn slowest(&self) -> Vec<&Exchange> {
        let mut slowest: Vec<_> = self.slowest.iter().collect();
        slowest.sort_unstable();
        slowest.into_iter().filter_map(|Reverse((_, key))| self.exchanges.get(key)).collect()
    }

    /// Returns the failed ones, the last of all first.
    pub(super) fn failed(&self) -> Vec<&Exchange> {
        self.failed.iter().rev().filter_map(|key| self.exchanges.get(key)).collect()
    }

    /// Returns the trees of the requests that are shown and made calls, drawn, by the id of the request.
    pub(super) fn trees(&self) -> HashMap<&str, String> {
        let mut requests: HashMap<&str, Vec<Record>> =
            self.exchanges.values().map(|exchange| (root(&exchange.id), Vec::new())).collect();
        for call in &self.calls {
            if let Some(calls) = requests.get_mut(root(&call.id)).filter(|calls| calls.len() < TREE) {
                calls.push(call.clone());
            }
        }
        requests.retain(|id, calls| calls.iter().any(|call| call.id != *id));
        let drawn = |(id, calls)| Some((id, draw(&grow(id, calls)?, None, false)));
        requests.into_iter().filter_map(drawn).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn exchange(id: &str, milliseconds: u64) -> Exchange {
        Exchange { id: id.to_owned(), time: Some(Duration::from_millis(milliseconds)), ..Exchange::default() }
    }

    #[test]
    fn the_slowest_and_the_last_that_failed_are_kept() {
        let mut shown = Shown::default();
        for number in 0..1_000 {
            shown.add(exchange(&number.to_string(), number), number % 2 == 0);
        }
        let ids = |exchanges: Vec<&Exchange>| exchanges.iter().map(|exchange| exchange.id.clone()).collect::<Vec<_>>();
        let slowest = ids(shown.slowest());
        assert_eq!((slowest.len(), slowest[0].as_str(), slowest[49].as_str()), (50, "999", "950"));
        let failed = ids(shown.failed());
        assert_eq!((failed.len(), failed[0].as_str(), failed[99].as_str()), (100, "998", "800"));
        assert_eq!(shown.exchanges.len(), 125, "no other is held");
    }

    #[test]
    fn a_request_that_made_calls_has_a_tree() {
        let mut shown = Shown::default();
        for id in ["a.10", "a.2", "b", "a"] {
            shown.add(exchange(id, 1), false);
        }
        let trees = shown.trees();
        assert_eq!(trees.keys().collect::<Vec<_>>(), [&"a"]);
        let lines: Vec<_> = trees["a"].lines().map(|line| line.split("  ").next().unwrap()).collect();
        assert_eq!(lines, ["a", "-", "├─ .2 -", "└─ .10 -"], "{}", trees["a"]);
    }
}
