//! Holds a call and the calls that it made.

use crate::read::{Exchange, Kind, Mark, exchange::split_target};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

/// The difference that times may have because the log rounds them to milliseconds.
const ROUNDING: Duration = Duration::from_millis(2);

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

/// A call: its records, and the calls that were made for it.
#[derive(Debug, Default)]
pub(crate) struct Node {
    pub(super) id: String,
    /// The callee's records: more than one where it was asked again.
    pub(super) servers: Vec<Record>,
    /// The caller's.
    pub(super) clients: Vec<Record>,
    pub(super) children: Vec<Node>,
}

impl Node {
    /// Returns the record that says most: the callee's first, else the caller's.
    pub(super) fn record(&self) -> Option<&Record> {
        self.servers.first().or(self.clients.first())
    }

    /// Returns the name of the program that was called: as a transport told it, else its authority, else the address.
    pub(super) fn service(&self) -> Option<&str> {
        let named = self.servers.iter().find_map(|record| record.service.as_deref());
        // A transport's name on the caller's record is the caller's.
        let called = || self.clients.iter().find_map(|record| record.authority.as_deref());
        let authority = || self.servers.iter().find_map(|record| record.authority.as_deref());
        let client_peer = || self.clients.iter().find_map(|record| record.peer.as_deref());
        let peer = || self.servers.iter().find_map(|record| record.peer.as_deref());
        named.or_else(called).or_else(authority).or_else(client_peer).or_else(peer)
    }

    /// Tells what is odd about the call, and which one of its parent's it tries again.
    pub(super) fn all_notes(&self, parent: Option<&Self>) -> Vec<String> {
        let mut notes = self.notes(parent);
        if let Some(failed) = parent.and_then(|parent| self.tries_again(parent)) {
            let number = failed.id.strip_prefix(parent.map_or("", |parent| &parent.id)).unwrap_or(&failed.id);
            let status = failed.record().and_then(|record| record.status);
            let got = status.map_or_else(|| "no response".to_owned(), |status| status.to_string());
            notes.insert(0, format!("tries {number} again, which got {got}"));
        }
        notes
    }

    /// Finds the last call before this one that was the same and failed.
    fn tries_again<'a>(&self, parent: &'a Self) -> Option<&'a Self> {
        let call = |node: &Self| node.record().map(|record| (record.method.clone(), record.short_target().to_owned()));
        let this = call(self)?;
        // Of a call whose moment is not known it can't be told what came before.
        let began = self.record()?.began?;
        let before = parent.children.iter().take_while(|child| child.id != self.id);
        let is_same = |child: &&Self| child.service() == self.service() && call(child).as_ref() == Some(&this);
        let failed = |child: &&Self| {
            child.record().is_some_and(|record| record.failed() && record.ended().is_some_and(|ended| ended <= began))
        };
        before.filter(is_same).filter(failed).last()
    }

    /// Tells what is odd about the call. `parent` is the one that made it.
    fn notes(&self, parent: Option<&Self>) -> Vec<String> {
        let mut notes = Vec::new();
        if self.record().is_none() {
            notes.push("not in the log".to_owned());
        }
        for (records, what) in [(&self.servers, "answered"), (&self.clients, "called")] {
            if records.len() > 1 {
                notes.push(format!("{what} {} times under one id", records.len()));
            }
        }
        if let (Some(client), Some(server)) = (self.clients.first(), self.servers.last())
            && client.status != server.status
        {
            let said = |status: Option<u16>| status.map_or("no response".to_owned(), |status| status.to_string());
            notes.push(format!("the caller saw {}, the callee says {}", said(client.status), said(server.status)));
        }
        notes.extend(self.skew(parent));
        notes
    }

    /// Tells by how much the callee's clock is off, at least.
    fn skew(&self, parent: Option<&Self>) -> Option<String> {
        let callee = self.servers.first()?;
        let caller = self.clients.first().or_else(|| parent?.servers.first())?;
        let behind = caller.began?.duration_since(callee.began?).unsigned_abs();
        if callee.began? < caller.began? && behind > ROUNDING {
            return Some(format!("its clock is {} ms or more behind its caller's", behind.as_millis()));
        }
        // A spawned call may end after the request that it is of, but not after its own call.
        let caller = self.clients.first().filter(|client| client.status.is_some())?;
        let ahead = callee.began?.duration_since(caller.ended()?);
        (ahead.is_positive() && ahead.unsigned_abs() > ROUNDING)
            .then(|| format!("its clock is {} ms or more ahead of its caller's", ahead.as_millis()))
    }

    /// Returns `{"id", "kind", "service", "method", "target", "status", "began", "ms", "children"}`, and `notes` where
    /// there are any.
    pub(super) fn json(&self) -> Value {
        self.json_below(None)
    }

    fn json_below(&self, parent: Option<&Self>) -> Value {
        let record = self.record();
        let children: Vec<Value> = self.children.iter().map(|child| child.json_below(Some(self))).collect();
        let mut object = json!({
            "id": self.id,
            "kind": record.map(|record| record.kind.as_str()),
            "service": self.service(),
            "method": record.map(|record| &record.method),
            "target": record.map(|record| &record.target),
            "status": record.and_then(|record| record.status),
            "began": record.and_then(|record| record.began).map(|began| format!("{began:.3}")),
            "ms": crate::json::ms(record.and_then(|record| record.time)),
        });
        let notes = self.all_notes(parent);
        if let Value::Object(object) = &mut object {
            if !notes.is_empty() {
                object.insert("notes".to_owned(), notes.into());
            }
            object.insert("children".to_owned(), children.into());
        }
        object
    }
}
