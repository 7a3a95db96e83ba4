//! Holds a call and the calls that it made.

use crate::read::{Exchange, Kind, Mark, exchange::split_target};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};
use tower_request_log::format::lines::tree::{self, CallRecord, Skew};

/// Holds what a tree needs of an exchange.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(super) kind: Kind,
    service: Option<String>,
    authority: Option<String>,
    peer: Option<String>,
    pub(super) method: String,
    pub(super) target: String,
    pub(super) status: Option<u16>,
    pub(super) began: Option<Timestamp>,
    pub(super) time: Option<Duration>,
    pub(super) end: Option<Duration>,
    pub(super) is_error: bool,
}

impl Record {
    pub(crate) fn new(exchange: &Exchange) -> Self {
        let host = || exchange.header(Mark::Request, ":authority").or_else(|| exchange.header(Mark::Request, "host"));
        Self {
            id: exchange.id.clone(),
            kind: exchange.kind,
            service: exchange.service().map(str::to_owned),
            authority: split_target(&exchange.target).0.or_else(host).map(str::to_owned),
            peer: exchange.peer.map(|peer| peer.to_string()),
            method: exchange.method.clone(),
            target: exchange.target.clone(),
            status: exchange.status,
            began: exchange.began,
            time: exchange.time,
            end: exchange.end.or(exchange.time),
            is_error: exchange.is_error(),
        }
    }

    /// Returns the moment when it ended.
    pub(super) fn ended(&self) -> Option<Timestamp> {
        self.began?.checked_add(self.end.unwrap_or_default()).ok()
    }

    /// Tells whether a caller would try again.
    fn failed(&self) -> bool {
        self.is_error || self.status.is_none()
    }

    /// Returns the target without scheme and authority.
    pub(super) fn short_target(&self) -> &str {
        match split_target(&self.target) {
            (Some(_), "") => "/",
            (_, rest) => rest,
        }
    }
}

impl CallRecord for Record {
    fn id(&self) -> &str {
        &self.id
    }

    fn kind(&self) -> Kind {
        self.kind
    }

    fn began(&self) -> Option<SystemTime> {
        self.began?.try_into().ok()
    }

    fn time_to_first_byte(&self) -> Option<Duration> {
        self.time
    }

    fn is_open(&self) -> bool {
        false
    }
}

/// A call: its records, and the calls that were made for it.
pub(crate) type Call = tree::Call<Record>;

/// Returns the record that a line shows: the callee's first, else the caller's.
pub(super) fn record(call: &Call) -> Option<&Record> {
    call.servers.first().or(call.clients.first())
}

/// Returns the name of the program that was called: as a transport told it, else its authority, else the address.
pub(super) fn service(call: &Call) -> Option<&str> {
    let named = call.servers.iter().find_map(|record| record.service.as_deref());
    // A transport's name on the caller's record is the caller's.
    let called = || call.clients.iter().find_map(|record| record.authority.as_deref());
    let authority = || call.servers.iter().find_map(|record| record.authority.as_deref());
    let client_peer = || call.clients.iter().find_map(|record| record.peer.as_deref());
    let peer = || call.servers.iter().find_map(|record| record.peer.as_deref());
    named.or_else(called).or_else(authority).or_else(client_peer).or_else(peer)
}

/// Tells what is odd about a call, and which one of its parent's it tries again.
pub(super) fn notes(call: &Call, parent: Option<&Call>) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(failed) = parent.and_then(|parent| tried_again(call, parent)) {
        let number = failed.id.strip_prefix(parent.map_or("", |parent| &parent.id)).unwrap_or(&failed.id);
        notes.push(format!("tries {number} again, which got {}", said(record(failed))));
    }
    if call.is_missing() {
        notes.push("not in the log".to_owned());
    }
    for (records, what) in [(&call.servers, "answered"), (&call.clients, "called")] {
        if records.len() > 1 {
            notes.push(format!("{what} {} times under one id", records.len()));
        }
    }
    let (client, server) = (call.clients.first(), call.servers.last());
    if client.zip(server).is_some_and(|(client, server)| client.status != server.status) {
        notes.push(format!("the caller saw {}, the callee says {}", said(client), said(server)));
    }
    let clock = |by: Duration, is: &str| format!("its clock is {} ms or more {is} its caller's", by.as_millis());
    notes.extend(match call.skew(parent) {
        Some(Skew::Behind(by)) => Some(clock(by, "behind")),
        Some(Skew::Ahead(by)) => Some(clock(by, "ahead of")),
        _ => None,
    });
    notes
}

fn said(record: Option<&Record>) -> String {
    let status = record.and_then(|record| record.status);
    status.map_or_else(|| "no response".to_owned(), |status| status.to_string())
}

/// Finds the last call before this one that was the same and failed.
fn tried_again<'a>(call: &Call, parent: &'a Call) -> Option<&'a Call> {
    let asked = |call: &Call| record(call).map(|record| (record.method.clone(), record.short_target().to_owned()));
    let this = asked(call)?;
    // Of a call whose moment is not known it can't be told what came before.
    let began = record(call)?.began?;
    let before = parent.calls.iter().take_while(|other| other.id != call.id);
    let is_same = |other: &&Call| service(other) == service(call) && asked(other).as_ref() == Some(&this);
    let failed = |other: &&Call| {
        record(other).is_some_and(|record| record.failed() && record.ended().is_some_and(|ended| ended <= began))
    };
    before.filter(is_same).filter(failed).last()
}

/// Returns `{"id", "kind", "service", "method", "target", "status", "began", "ms", "children"}`, and `notes` where there are
/// any.
pub(super) fn json(call: &Call, parent: Option<&Call>) -> Value {
    let record = record(call);
    let children: Vec<Value> = call.calls.iter().map(|child| json(child, Some(call))).collect();
    let mut object = json!({
        "id": call.id,
        "kind": record.map(|record| record.kind.as_str()),
        "service": service(call),
        "method": record.map(|record| &record.method),
        "target": record.map(|record| &record.target),
        "status": record.and_then(|record| record.status),
        "began": record.and_then(|record| record.began).map(|began| format!("{began:.3}")),
        "ms": crate::json::ms(record.and_then(|record| record.time)),
    });
    let notes = notes(call, parent);
    if let Value::Object(object) = &mut object {
        if !notes.is_empty() {
            object.insert("notes".to_owned(), notes.into());
        }
        object.insert("children".to_owned(), children.into());
    }
    object
}
