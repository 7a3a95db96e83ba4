//! Hands on what an exchange gives to the calls that are made in it.

use super::{Exchange, State};
use crate::{
    fields::Value,
    kind::Kind,
    request_id::{self, RequestId},
    trace_context,
};
use http::{HeaderMap, HeaderName, HeaderValue, request::Parts};
use std::sync::atomic::Ordering::Relaxed;

impl Exchange {
    /// Returns the headers for one more outgoing call, for clients that are not Tower services: the id with the next
    /// number, the trace context, and the headers that
    /// [`RequestLogLayer::propagate`](crate::RequestLogLayer::propagate) names.
    ///
    /// Each use counts one more call, so ask again for each retry. Such a call has no record on this side. If the
    /// client can be a Tower service, use [`RequestLogLayer::client`](crate::RequestLogLayer::client), which does all
    /// this by itself.
    ///
    /// ```
    /// # use tower_request_log::Exchange;
    /// async fn balance(exchange: &Exchange) -> reqwest::Result<String> {
    ///     let client = reqwest::Client::new();
    ///     client.get("http://wallet.internal/balance").headers(exchange.outgoing()).send().await?.text().await
    /// }
    /// ```
    #[must_use]
    pub fn outgoing(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let id = match self.served() {
            Some(served) => served.next_call(),
            // A client's call that is made in no exchange: its own id is its callee's.
            None => RequestId::new().into(),
        };
        if let Some(carried) = &self.state().carried {
            let _ = headers.try_insert(carried.ids.header.clone(), id);
        }
        if let Some(served) = self.served() {
            served.hand_on(&[], &mut headers);
        }
        headers
    }

    /// Returns the exchange that makes a call: the one that the program put among the request's extensions, or that a
    /// proxy left there, or else the one that is running. On a server's side there is none.
    pub(crate) fn caller(kind: Kind, call: &Parts) -> Option<Self> {
        if kind == Kind::Server {
            return None;
        }
        let given = call.extensions.get::<Self>().and_then(Self::served).cloned();
        given.or_else(|| Self::current()?.served().cloned())
    }

    /// Returns the id of one more call.
    pub(crate) fn next_call(&self) -> HeaderValue {
        let State { id, calls, .. } = self.state();
        request_id::call(id, calls.fetch_add(1, Relaxed) + 1)
    }

    /// Adds to a call's headers what came with this exchange's request: the trace context, the headers that its layer
    /// propagates, and `others`. A header that the call has already stays as it is.
    pub(crate) fn hand_on(&self, others: &[HeaderName], headers: &mut HeaderMap) {
        let State { headers: Some(came), carried, .. } = self.state() else { return };
        const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
        const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
        if !headers.contains_key(TRACEPARENT)
            && let Some((parent, states)) = trace_context::of(came)
        {
            add(headers, &TRACEPARENT, [parent].into_iter());
            // One without the parent that it belongs to tells nothing.
            headers.remove(TRACESTATE);
            add(headers, &TRACESTATE, states);
        }
        let mut hand_on = |name: &HeaderName| {
            if !headers.contains_key(name) && !trace_context::is_part(name) {
                let values = came.iter().filter(|(other, _)| *other == name.as_str().as_bytes());
                add(headers, name, values.map(|(_, value)| value));
            }
        };
        let propagated = carried.iter().flat_map(|carried| &carried.propagated);
        propagated.chain(others).for_each(&mut hand_on);
        self.propagated_further_in(hand_on);
    }
}

/// Adds the values of a header, as sensitive as they came. A map that is full takes no more.
fn add<'a>(headers: &mut HeaderMap, name: &HeaderName, values: impl Iterator<Item = Value<'a>>) {
    for value in values {
        if let Ok(mut copy) = HeaderValue::from_bytes(value.as_bytes()) {
            copy.set_sensitive(value.is_sensitive());
            let _ = headers.try_append(name, copy);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Carried;
    use std::sync::Arc;

    fn exchange(id: &str, came: &[(&'static str, &'static str)], propagated: &[&'static str]) -> Exchange {
        let came = came.iter().map(|&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let came = Arc::new(came.collect());
        Exchange::unrecorded(|state| {
            state.id.push_str(id);
            state.belong(Some(came), None);
            let propagated = propagated.iter().copied().map(HeaderName::from_static).collect();
            state.carried = Some(Arc::new(Carried { propagated, ..Carried::default() }));
        })
    }

    fn shown(headers: &HeaderMap) -> Vec<String> {
        headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect()
    }

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn each_call_has_a_number_of_its_own() {
        let exchange = exchange("id", &[], &[]);
        assert_eq!(shown(&exchange.outgoing()), ["x-request-id: id.1"]);
        assert_eq!(shown(&exchange.outgoing()), ["x-request-id: id.2"]);
    }

    #[test]
    fn what_came_is_handed_on() {
        let came =
            [("traceparent", PARENT), ("tracestate", "a=1"), ("tracestate", "b=2"), ("b3", "0"), ("baggage", "k=v")];
        let exchange = exchange("id", &came, &["baggage", "traceparent", "x-none"]);
        let context = [&format!("traceparent: {PARENT}"), "tracestate: a=1", "tracestate: b=2", "baggage: k=v"];
        assert_eq!(shown(&exchange.outgoing())[1..], context);

        let mut headers = HeaderMap::new();
        headers.insert("traceparent", HeaderValue::from_static("own"));
        headers.insert("baggage", HeaderValue::from_static("own"));
        exchange.hand_on(&[HeaderName::from_static("b3")], &mut headers);
        assert_eq!(shown(&headers), ["traceparent: own", "baggage: own", "b3: 0"]);
    }

    #[test]
    fn what_cannot_be_read_is_not_handed_on() {
        let exchange = exchange("id", &[("traceparent", "00-x"), ("tracestate", "a=1")], &[]);
        assert_eq!(shown(&exchange.outgoing()), ["x-request-id: id.1"]);
    }
}
