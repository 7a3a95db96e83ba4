//! The exchanges that the page shows whole, and the calls of their requests.

use crate::read::{Exchange, root};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap, VecDeque},
};

/// How many of the slowest are shown.
const SLOWEST: usize = 50;
/// How many of the failed are shown: the last ones.
const FAILED: usize = 100;
/// How many calls are remembered for the trees.
const CALLS: usize = 200_000;
/// How many calls of one request are shown.
const TREE: usize = 200;

/// The exchanges that the page shows whole.
#[derive(Default)]
pub(super) struct Shown {
    exchanges: HashMap<u64, Exchange>,
    next: u64,
    /// By their time, the quickest of them first.
    slowest: BinaryHeap<Reverse<(u128, u64)>>,
    failed: VecDeque<u64>,
    calls: VecDeque<Call>,
}

/// What a tree tells of one call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) text: String,
}

impl Shown {
    /// Looks whether an exchange is one to show.
    pub(super) fn add(&mut self, exchange: Exchange, failed: bool) {
        self.remember(&exchange);
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

    /// Returns the calls of the requests that are shown, by the id of the request.
    pub(super) fn trees(&self) -> HashMap<&str, Vec<&Call>> {
        let mut trees: HashMap<&str, BTreeMap<Vec<Step<'_>>, Vec<&Call>>> =
            self.exchanges.values().map(|exchange| (root(&exchange.id), BTreeMap::new())).collect();
        for call in &self.calls {
            if let Some(tree) = trees.get_mut(root(&call.id)) {
                tree.entry(steps(&call.id)).or_default().push(call);
            }
        }
        trees.into_iter().map(|(id, tree)| (id, tree.into_values().flatten().take(TREE).collect())).collect()
    }

    fn remember(&mut self, exchange: &Exchange) {
        let status = exchange.status.map_or_else(|| "no response".to_owned(), |status| status.to_string());
        let who = exchange.service().map(|service| format!(" {service}")).unwrap_or_default();
        let time = exchange.time.map(|time| format!(" {:.2}ms", time.as_secs_f64() * 1e3)).unwrap_or_default();
        let target: String = exchange.target.chars().take(160).collect();
        let text = format!("{}{who} {} {target} {status}{time}", exchange.kind.name(), exchange.method);
        self.calls.push_back(Call { id: exchange.id.clone(), text });
        if self.calls.len() > CALLS {
            self.calls.pop_front();
        }
    }
}

/// A part of an id between dots; numbers are in the order of numbers.
type Step<'a> = (Option<u64>, &'a str);

/// Returns the parts of an id: in their order, calls follow those that made them.
fn steps(id: &str) -> Vec<Step<'_>> {
    id.split('.').map(|part| (part.parse().ok(), part)).collect()
}

/// Returns how many calls lie between a call and its request.
pub(super) fn depth(id: &str) -> usize {
    id.strip_prefix(root(id)).map_or(0, |calls| calls.matches('.').count())
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
    fn calls_follow_those_that_made_them() {
        let mut shown = Shown::default();
        for id in ["a.10", "a.2.1", "b", "a", "a.2"] {
            shown.add(exchange(id, 1), false);
        }
        let trees = shown.trees();
        let tree: Vec<_> = trees["a"].iter().map(|call| call.id.as_str()).collect();
        assert_eq!(tree, ["a", "a.2", "a.2.1", "a.10"]);
        assert_eq!(["a", "a.2", "a.2.1", "v1.x.3"].map(depth), [0, 1, 2, 1]);
    }
}
