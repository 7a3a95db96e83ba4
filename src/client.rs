//! Prepares a call for a client's layer before it is sent.

use crate::{config::Config, current::Exchange, kind::Kind, request_id};
use http::{HeaderValue, request::Parts};
use tower_http::request_id::RequestId as TowerRequestId;

/// Returns the exchange that makes a call: the one that the program put among the request's extensions, or that a proxy
/// left there, or else the one that is running. On a server's side there is none.
pub(crate) fn caller(config: &Config, parts: &Parts) -> Option<Exchange> {
    if config.kind == Kind::Server {
        return None;
    }
    let given = parts.extensions.get::<Exchange>().and_then(Exchange::served).cloned();
    given.or_else(|| Exchange::current()?.served().cloned())
}

/// Returns the id of a call, and why it differs from the one that the program gave it.
///
/// If the call has its caller's own id, as a proxy forwards it, that id is replaced by the call's. An id that is a
/// call's already, made by [`Exchange::outgoing`], stays.
pub(crate) fn number(config: &Config, parts: &Parts, caller: &Exchange) -> (HeaderValue, Option<&'static str>) {
    let mut given = parts.headers.get_all(&config.carried.id_header).iter();
    let replaced = match (given.next(), given.next()) {
        (None, _) => None,
        (Some(id), None) if request_id::is_call(id.as_bytes(), caller.id().as_bytes()) => return (id.clone(), None),
        (Some(id), None) if id == caller.id() => None,
        _ => Some("the call is part of another exchange"),
    };
    let id = if config.number_calls { caller.next_call() } else { caller.same_call() };
    (id, replaced)
}

/// Puts on a call what came with its caller's request.
pub(crate) fn hand_on(config: &Config, caller: Option<&Exchange>, parts: &mut Parts) {
    if let Some(caller) = caller {
        caller.hand_on(&config.carried.propagated, &mut parts.headers);
    }
}

/// Removes from a call to a stranger what reveals this exchange: its own id or a call's.
pub(crate) fn withhold(config: &Config, caller: Option<&Exchange>, parts: &mut Parts) {
    let Some(caller) = caller.map(|caller| caller.id().as_bytes()) else { return };
    let is_ours = |id: &HeaderValue| id.as_bytes() == caller || request_id::is_call(id.as_bytes(), caller);
    if parts.headers.get_all(&config.carried.id_header).iter().any(is_ours) {
        parts.headers.remove(&config.carried.id_header);
    }
    parts.extensions.remove::<TowerRequestId>();
}
