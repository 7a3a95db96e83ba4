//! Builds the tree of a request's calls from the logs of the services that it went through.
//!
//! ```
//! use tower_request_log::format::lines::{Entry, Reader, tree};
//!
//! let log = "\
//! shop: a < HTTP/1.1 200 OK
//! shop: a   began 2013-02-13T06:26:26.100Z, end 43ms
//! shop: a   42ms
//! shop: a.1 > POST http://wallet/hold HTTP/1.1
//! shop: a.1 < HTTP/1.1 201 Created
//! shop: a.1   began 2013-02-13T06:26:26.105Z, end 12ms, as client
//! shop: a.1   12ms
//! wallet: a.1 > POST /hold HTTP/1.1
//! wallet: a.1 < HTTP/1.1 201 Created
//! wallet: a.1   began 2013-02-13T06:26:26.090Z, end 10ms
//! wallet: a.1   10ms
//! ledger: a.2.1 > GET /entries HTTP/1.1
//! ledger: a.2.1   began 2013-02-13T06:26:26.110Z, end 3.00ms
//! ledger: a.2.1   no response
//! ";
//! let blocks = Reader::new(log.as_bytes()).filter_map(|entry| match entry {
//!     Ok(Entry::Exchange(block)) => Some(block),
//!     _ => None,
//! });
//! let calls = tree::trees(blocks);
//! assert_eq!(calls.len(), 1);
//! assert_eq!(calls[0].to_string(), "\
//! a ? 200 42ms
//! ├ a.1 POST /hold 201 10ms; its clock is 15ms or more behind
//! └ a.2 not in the log
//!   └ a.2.1 GET /entries no response
//! ");
//! ```
//!
//! A call's id is the id of the exchange that made it, a dot and a number: `a.2.1` is the first call that was made for
//! `a.2`. The caller's record and the callee's have the same id, and are one [`Call`].
//!
//! Nothing is corrected. A missing call is there as a call without records, and a difference between clocks is
//! [reported](Call::skew). If calls have the id of their exchange, as with
//! [`number_calls(false)`](crate::RequestLogLayer::number_calls), they are one `Call` with it.

use super::block::Block;
use crate::record::{Kind, Milliseconds, Outcome};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    time::{Duration, SystemTime},
};

/// What a tree needs of a record. A program that holds records in a way of its own makes trees of them too:
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use tower_request_log::{format::lines::tree::{CallRecord, trees}, record::Kind};
///
/// struct Row(&'static str);
///
/// impl CallRecord for Row {
///     fn id(&self) -> &str { self.0 }
///     fn kind(&self) -> Kind { Kind::Server }
///     fn began(&self) -> Option<SystemTime> { None }
///     fn time_to_first_byte(&self) -> Option<Duration> { None }
///     fn is_open(&self) -> bool { false }
/// }
///
/// let calls = trees([Row("a.2"), Row("a"), Row("a.10")]);
/// assert_eq!(calls[0].calls.iter().map(|call| call.id.as_str()).collect::<Vec<_>>(), ["a.2", "a.10"]);
/// ```
pub trait CallRecord {
    /// Returns the id of the call.
    fn id(&self) -> &str;
    /// Returns the side that was logged. Where the log does not tell, it is the callee's.
    fn kind(&self) -> Kind;
    /// Returns when the exchange began, if the log tells.
    fn began(&self) -> Option<SystemTime>;
    /// Returns the time to first byte, if there was a response.
    fn time_to_first_byte(&self) -> Option<Duration>;
    /// Returns whether it is a report of an exchange that is still [open](Outcome::Open).
    fn is_open(&self) -> bool;
}

impl CallRecord for Block {
    fn id(&self) -> &str {
        &self.id
    }

    fn kind(&self) -> Kind {
        self.kind().unwrap_or_default()
    }

    fn began(&self) -> Option<SystemTime> {
        self.began()
    }

    fn time_to_first_byte(&self) -> Option<Duration> {
        self.time_to_first_byte()
    }

    fn is_open(&self) -> bool {
        self.outcome() == Some(Outcome::Open)
    }
}

/// A call, and the calls that were made for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call<R = Block> {
    /// The id of its records.
    pub id: String,
    /// The caller's records, in the order in which the exchanges began.
    pub clients: Vec<R>,
    /// The callee's records, in the order in which the exchanges began. There is more than one if a balancer asked
    /// again. Records without facts, which don't say on which side they were made, are here.
    pub servers: Vec<R>,
    /// The calls that were made for it, by their numbers.
    pub calls: Vec<Call<R>>,
}

/// The least difference between the callee's clock and its caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Skew {
    /// The callee's clock is behind.
    Behind(Duration),
    /// The callee's clock is ahead.
    Ahead(Duration),
}

/// Returns the trees of calls that `records` make, in the order in which the first exchanges of each began.
///
/// The records may come in any order, from any number of logs. The report of an exchange that was [still
/// open](Outcome::Open) is replaced by its record.
#[must_use]
pub fn trees<R: CallRecord>(records: impl IntoIterator<Item = R>) -> Vec<Call<R>> {
    // By their numbers, so that each call stands behind the one that made it.
    let mut roots: HashMap<String, BTreeMap<Vec<u32>, Call<R>>> = HashMap::new();
    for record in records {
        let (root, numbers) = split(record.id());
        let calls = match roots.get_mut(root) {
            Some(calls) => calls,
            None => roots.entry(root.to_owned()).or_default(),
        };
        calls.entry(numbers).or_insert_with(|| Call::new(String::new())).add(record);
    }
    let mut trees: Vec<Call<R>> = roots.into_iter().map(|(root, calls)| grow(root, calls)).collect();
    trees.sort_by_cached_key(|call| (call.first_began(), call.id.clone()));
    trees
}

/// Returns the id of the exchange that made the call `id`: `a.2` of `a.2.1`. `None` for a request's own id.
///
/// ```
/// use tower_request_log::format::lines::tree::{parent, root};
///
/// assert_eq!((parent("a.2.10"), root("a.2.10")), (Some("a.2"), "a"));
/// assert_eq!((parent("a.b"), root("a.b")), (None, "a.b"));
/// ```
#[must_use]
pub fn parent(id: &str) -> Option<&str> {
    Some(call(id)?.0)
}

/// Returns the id of the request for which the call `id` was made: `a` of `a.2.1`.
#[must_use]
pub fn root(id: &str) -> &str {
    let mut root = id;
    while let Some(parent) = parent(root) {
        root = parent;
    }
    root
}

/// Takes the number of a call off its id.
fn call(id: &str) -> Option<(&str, u32)> {
    let (parent, number) = id.rsplit_once('.')?;
    let number = number.parse().ok().filter(|_| !parent.is_empty() && !number.starts_with(['0', '+']))?;
    Some((parent, number))
}

/// Takes the numbers of calls off an id.
fn split(id: &str) -> (&str, Vec<u32>) {
    let (mut root, mut numbers) = (id, Vec::new());
    while let Some((parent, number)) = call(root) {
        root = parent;
        numbers.push(number);
    }
    numbers.reverse();
    (root, numbers)
}

/// Puts each call below the one that made it. Calls between that are missing are there without records.
fn grow<R: CallRecord>(root: String, calls: BTreeMap<Vec<u32>, Call<R>>) -> Call<R> {
    let mut top = Call::new(root);
    for (numbers, mut call) in calls {
        let mut at = &mut top;
        for number in numbers {
            let id = format!("{}.{number}", at.id);
            if at.calls.last().is_none_or(|last| last.id != id) {
                at.calls.push(Call::new(id));
            }
            // It is there: it was pushed if it was not.
            let Some(last) = at.calls.last_mut() else { return top };
            at = last;
        }
        for records in [&mut call.clients, &mut call.servers] {
            records.sort_by_key(R::began);
        }
        (at.clients, at.servers) = (call.clients, call.servers);
    }
    top
}

impl<R> Call<R> {
    fn new(id: String) -> Self {
        Self { id, clients: Vec::new(), servers: Vec::new(), calls: Vec::new() }
    }

    /// Returns whether there is no record of this call: it is known only from the calls that were made for it.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.clients.is_empty() && self.servers.is_empty()
    }

    /// Returns the record that says most: the callee's last, or else the caller's.
    #[must_use]
    pub fn record(&self) -> Option<&R> {
        self.servers.last().or(self.clients.last())
    }

    /// Calls `visit` with this call and all below it, each with the call that made it, in the order of their ids.
    pub fn visit<'a>(&'a self, mut visit: impl FnMut(&'a Self, Option<&'a Self>)) {
        let mut left = vec![(self, None)];
        while let Some((call, parent)) = left.pop() {
            visit(call, parent);
            left.extend(call.calls.iter().rev().map(|child| (child, Some(call))));
        }
    }
}

impl<R: CallRecord> Call<R> {
    fn add(&mut self, record: R) {
        let records = if record.kind() == Kind::Client { &mut self.clients } else { &mut self.servers };
        let same = |other: &R| {
            other.began() == record.began() && record.began().is_some() && other.is_open() != record.is_open()
        };
        match records.iter_mut().find(|other| same(other)) {
            Some(other) if record.is_open() => drop((other, record)),
            Some(other) => *other = record,
            None => records.push(record),
        }
    }

    /// Returns the least difference between the callee's clock and the caller's. `parent` is the call that made this
    /// one. `None` if the clocks may agree to 2 ms.
    ///
    /// The callee's clock is behind if the callee began before the caller. It is ahead if the callee sent the head of
    /// its response after the caller got it.
    #[must_use]
    pub fn skew(&self, parent: Option<&Self>) -> Option<Skew> {
        let (first, last) = (self.servers.first()?, self.servers.last()?);
        let client = self.clients.first();
        // The caller's own record was made by the same clock.
        let caller = client.or_else(|| parent?.servers.first())?;
        let told = |earlier: SystemTime, later: SystemTime| {
            later.duration_since(earlier).ok().filter(|difference| *difference > ROUNDING)
        };
        if let Some(behind) = told(first.began()?, caller.began()?) {
            return Some(Skew::Behind(behind));
        }
        let head = |record: &R| record.began()?.checked_add(record.time_to_first_byte()?);
        told(head(client?)?, head(last)?).map(Skew::Ahead)
    }

    /// Returns when the first exchange of the tree began. Exchanges whose log does not say come last.
    fn first_began(&self) -> SystemTime {
        let mut first = None::<SystemTime>;
        self.visit(|call, _| {
            let begun = call.clients.iter().chain(&call.servers).filter_map(R::began).min();
            first = [first, begun].into_iter().flatten().min();
        });
        first.unwrap_or_else(|| SystemTime::UNIX_EPOCH + Duration::from_secs(u32::MAX.into()))
    }
}

impl Call {
    fn fmt_line(&self, parent: Option<&Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.id)?;
        let Some(record) = self.record() else { return writeln!(f, "not in the log") };
        match (record.method(), record.target()) {
            (Some(method), Some(target)) => write!(f, "{method} {target} ")?,
            _ => write!(f, "? ")?,
        }
        match record.status() {
            Some(status) => write!(f, "{status}")?,
            None => write!(f, "no response")?,
        }
        if let Some(time) = record.time_to_first_byte() {
            write!(f, " {}", Milliseconds(time))?;
        }
        for (records, did) in [(&self.servers, "answered"), (&self.clients, "called")] {
            if records.len() > 1 {
                write!(f, "; {did} {} times", records.len())?;
            }
        }
        match self.skew(parent) {
            Some(Skew::Behind(by)) => write!(f, "; its clock is {} or more behind", Milliseconds(by))?,
            Some(Skew::Ahead(by)) => write!(f, "; its clock is {} or more ahead", Milliseconds(by))?,
            None => {}
        }
        writeln!(f)
    }

    /// Shows the calls below it. An id has at most 128 characters, so it is 64 levels deep at most.
    fn fmt_calls(&self, indent: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, call) in self.calls.iter().enumerate() {
            let is_last = nth + 1 == self.calls.len();
            write!(f, "{indent}{} ", if is_last { '└' } else { '├' })?;
            call.fmt_line(Some(self), f)?;
            call.fmt_calls(&format!("{indent}{} ", if is_last { ' ' } else { '│' }), f)?;
        }
        Ok(())
    }
}

/// The difference that times may have because the log cuts them to milliseconds.
const ROUNDING: Duration = Duration::from_millis(2);

/// Shows the tree, a line for each call, as [here](self).
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_line(None, f)?;
        self.fmt_calls("", f)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Entry, Reader},
        *,
    };
    use proptest::{collection::vec, prelude::*};

    fn read(log: &str) -> Vec<Call> {
        let blocks = Reader::new(log.as_bytes()).patience(u64::MAX).map(|entry| match entry.unwrap() {
            Entry::Exchange(block) => block,
            other => panic!("{other:?} in {log}"),
        });
        trees(blocks)
    }

    #[test]
    fn ids_come_apart() {
        for (id, root, numbers) in [
            ("a", "a", &[][..]),
            ("a.1", "a", &[1]),
            ("a.2.10.3", "a", &[2, 10, 3]),
            ("a.b.1", "a.b", &[1]),
            ("a.1.b", "a.1.b", &[]),
            ("a.01", "a.01", &[]),
            ("a.+1", "a.+1", &[]),
            ("a.0", "a.0", &[]),
            (".1", ".1", &[]),
            ("a.99999999999", "a.99999999999", &[]),
            ("a.", "a.", &[]),
        ] {
            assert_eq!(split(id), (root, numbers.to_vec()), "{id}");
        }
    }

    #[test]
    fn a_call_that_was_tried_again_is_one() {
        let log = "\
p: a.1 > GET http://b/ HTTP/1.1
p: a.1 < HTTP/1.1 200 OK
p: a.1   began 2013-02-13T06:26:26.100Z, end 30ms, as client
p: a.1   30ms
q: a.1 > GET / HTTP/1.1
q: a.1 < HTTP/1.1 503 Service Unavailable
q: a.1   began 2013-02-13T06:26:26.101Z, end 2.00ms
q: a.1   2.00ms
r: a.1 > GET / HTTP/1.1
r: a.1 < HTTP/1.1 200 OK
r: a.1   began 2013-02-13T06:26:26.110Z, end 40ms
r: a.1   40ms
";
        let calls = read(log);
        let [root] = &calls[..] else { panic!("{calls:?}") };
        assert!(root.is_missing());
        assert_eq!((root.calls[0].clients.len(), root.calls[0].servers.len()), (1, 2));
        let shown = "a not in the log\n└ a.1 GET / 200 40ms; answered 2 times; its clock is 20ms or more ahead\n";
        assert_eq!(root.to_string(), shown);
    }

    #[test]
    fn a_report_gives_way_to_its_record() {
        let report = "\
a > GET / HTTP/1.1
a   still open after 30s
a   began 2013-02-13T06:26:26.100Z, end 30000ms
a   no response
";
        let record = "\
a > GET / HTTP/1.1
a < HTTP/1.1 200 OK
a   began 2013-02-13T06:26:26.100Z, end 40000ms
a   40000ms
";
        for log in [format!("{report}{record}"), format!("{record}{report}")] {
            let calls = read(&log);
            assert_eq!(calls[0].servers.len(), 1);
            assert_eq!(calls[0].record().unwrap().status(), Some(200));
        }
        assert_eq!(read(report)[0].record().unwrap().outcome(), Some(Outcome::Open));
        // Without facts nothing tells which is whose.
        let old = "a > GET / HTTP/1.1\na < HTTP/1.1 200 OK\na   1ms\n";
        assert_eq!(read(&format!("{old}{old}"))[0].servers.len(), 2);
    }

    /// Plans a tree of calls: which records each has, and how many calls below it.
    #[derive(Clone, Debug)]
    struct Plan {
        client: bool,
        servers: usize,
        calls: Vec<Plan>,
    }

    fn plan() -> impl Strategy<Value = Plan> {
        let leaf = (any::<bool>(), 0..3usize).prop_map(|(client, servers)| Plan { client, servers, calls: Vec::new() });
        leaf.prop_recursive(5, 40, 12, |inner| {
            (any::<bool>(), 0..3usize, vec(inner, 0..12)).prop_map(|(client, servers, calls)| Plan {
                client,
                servers,
                calls,
            })
        })
    }

    /// Carries the plan out: what the logs say, a text for each process, and the tree that they are to make.
    fn run(plan: &Plan, id: String, now: &mut u64, logs: &mut Vec<String>) -> Option<Call> {
        let mut records = |count, as_client: &str| -> Vec<Block> {
            (0..count)
                .map(|_| {
                    *now += 1;
                    let process = logs.len();
                    let text = format!(
                        "{id} > GET /{process} HTTP/1.1\n{id} >\n{id} < HTTP/1.1 200 OK\n{id} <\n{id} < x > GET /{id} HTTP/1.1\n\
                        {id}   began 2013-02-13T06:{:02}:{:02}.000Z, end 1ms{as_client}\n{id}   1.00ms\n",
                        *now / 60 % 60,
                        *now % 60,
                    );
                    let prefix = format!("host{} games: ", char::from(b'a' + (process % 26) as u8));
                    let text: String = text.lines().map(|line| format!("{prefix}{line}\n")).collect();
                    let Some(Ok(Entry::Exchange(block))) = Reader::new(text.as_bytes()).next() else { panic!("{text}") };
                    logs.push(text);
                    block
                })
                .collect()
        };
        let clients = records(usize::from(plan.client), ", as client");
        let servers = records(plan.servers, "");
        let mut calls = Vec::new();
        for (nth, call) in plan.calls.iter().enumerate() {
            calls.extend(run(call, format!("{id}.{}", nth + 1), now, logs));
        }
        // Of what left no record, and made no call that did, nobody knows.
        let is_known = !clients.is_empty() || !servers.is_empty() || !calls.is_empty();
        is_known.then_some(Call { id, clients, servers, calls })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_trees_mixed_are_those_trees(
            plans in vec(plan(), 1..4),
            picks in vec(any::<prop::sample::Index>(), 0..400),
        ) {
            let (mut now, mut logs, mut expected) = (0, Vec::new(), Vec::new());
            for (nth, plan) in plans.iter().enumerate() {
                expected.extend(run(plan, format!("root.{}", char::from(b'a' + nth as u8)), &mut now, &mut logs));
            }
            prop_assume!(now < 3_600);
            // Logs that are at hand together mix line by line; of one process, and of one id, blocks do not.
            let mut lines: Vec<_> = logs.iter().map(|text| text.lines()).collect();
            let mut mixed = String::new();
            let near = |pick: usize, at: usize| (at + pick % 3).min(logs.len().saturating_sub(1));
            let mut at = 0;
            for pick in picks.iter().map(|pick| pick.index(3)).chain(std::iter::repeat_n(0, 20 * logs.len())) {
                if let Some(line) = lines.get_mut(near(pick, at)).and_then(Iterator::next) {
                    mixed.push_str(line);
                    mixed.push('\n');
                } else if near(pick, at) == at {
                    at = (at + 1).min(logs.len());
                }
            }
            prop_assert_eq!(read(&mixed), expected);
        }
    }
}
