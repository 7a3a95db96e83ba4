//! The requests that are read, in bounded memory.

use super::node::{Call, Record};
use std::collections::HashMap;
use tower_request_log::format::lines::tree::{root, trees};

/// The maximum number of records held; past it, the requests that got nothing new for longest are shown.
const MAX_RECORDS: usize = 50_000;

/// The records of each request.
#[derive(Debug, Default)]
pub(super) struct Forest {
    /// The only id that is asked for.
    id: Option<String>,
    requests: HashMap<String, Request>,
    records: usize,
    now: u64,
}

#[derive(Debug, Default)]
struct Request {
    records: Vec<Record>,
    /// Is set once one of its exchanges passed the filter.
    kept: bool,
    last: u64,
}

impl Forest {
    pub(super) fn new(id: Option<String>) -> Self {
        Self { id, ..Self::default() }
    }

    /// Adds a record to its request.
    pub(super) fn add(&mut self, record: Record, kept: bool) {
        let root = match &self.id {
            Some(id) if is_within(&record.id, id) => id,
            Some(_) => return,
            None => root(&record.id),
        };
        let root = root.to_owned();
        self.now += 1;
        self.records += 1;
        let request = self.requests.entry(root).or_default();
        request.last = self.now;
        request.kept |= kept;
        request.records.push(record);
    }

    pub(super) fn is_full(&self) -> bool {
        self.records > MAX_RECORDS
    }

    /// Takes out the requests that got nothing new for longest, or all, and returns the trees of those that are kept, the
    /// first first.
    pub(super) fn take(&mut self, all: bool) -> Vec<Call> {
        let mut lasts: Vec<u64> = self.requests.values().map(|request| request.last).collect();
        lasts.sort_unstable();
        let until = if all { u64::MAX } else { lasts.get(lasts.len() / 2).copied().unwrap_or(u64::MAX) };
        let taken = self.requests.extract_if(|_, request| request.last <= until);
        let mut requests: Vec<(String, Request)> = taken.collect();
        self.records -= requests.iter().map(|(_, request)| request.records.len()).sum::<usize>();
        requests.retain(|(_, request)| request.kept);
        requests.sort_by_cached_key(|(id, request)| (request.records.iter().filter_map(|r| r.began).min(), id.clone()));
        requests.into_iter().filter_map(|(id, request)| grow(&id, request.records)).collect()
    }
}

/// Tells whether an exchange is the one of `id`, or a call made for it.
fn is_within(exchange: &str, id: &str) -> bool {
    exchange.strip_prefix(id).is_some_and(|rest| rest.is_empty() || rest.starts_with('.') && root(exchange) == root(id))
}

/// Builds the tree of a request's exchanges, or what is below the call `id` of it. What is missing between a call and the
/// request is there without a record.
pub(crate) fn grow(id: &str, records: Vec<Record>) -> Option<Call> {
    let mut call = trees(records).pop()?;
    // Nothing but `id` and what is below it has records then.
    while call.id != id {
        call = call.calls.pop()?;
    }
    Some(call)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_tell_whose_call_it_is() {
        assert!(is_within("a.2.1", "a.2") && is_within("a", "a"));
        assert!(!is_within("a.21", "a.2") && !is_within("a.b", "a") && !is_within("ab", "a"));
    }
}
