//! Implements the service that logs.

use crate::{
    body::{LogBody, Tap},
    captured::{self, Captured},
    config::Config,
    current::{Exchange, Meeting, Unrecorded},
    extensions,
    fields::Fields,
    future::{Call, ResponseFuture},
    kind::Kind,
    origin::{self, Origin},
    recorder::{Direction, Held},
    request_id::Settled,
    settings::Settings,
    sink::{Inside, Place},
    trace_context,
};
use http::{HeaderValue, Request, Response, request::Parts};
use http_body::Body;
use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll, ready},
    time::SystemTime,
};
use tower_service::Service;

/// Logs the exchanges of the service inside. Made by [`RequestLogLayer`](crate::RequestLogLayer).
pub struct RequestLog<S> {
    inner: S,
    settings: Settings,
    /// The place in the sink's queue that `poll_ready` got, or waits for, for the next request.
    place: Place,
}

impl<S> RequestLog<S> {
    pub(crate) fn new(inner: S, settings: Settings) -> Self {
        Self { inner, settings, place: Place::default() }
    }

    /// Returns a reference to the service inside.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// Returns a mutable reference to the service inside.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// Returns the service inside, without the layer.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S: Clone> Clone for RequestLog<S> {
    fn clone(&self) -> Self {
        // A place belongs to the service that was polled ready.
        Self { inner: self.inner.clone(), settings: self.settings.clone(), place: Place::default() }
    }
}

impl<S: fmt::Debug> fmt::Debug for RequestLog<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestLog").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S, B, R> Service<Request<B>> for RequestLog<S>
where
    S: Service<Request<LogBody<B>>, Response = Response<R>, Error: fmt::Display + 'static>,
    B: Body,
    R: Body,
{
    type Response = Response<LogBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        ready!(self.place.poll(&self.settings.now().gates, cx));
        // A layer like this one further in needs no place of its own.
        let _inside = Inside::enter(&self.place);
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let place = std::mem::take(&mut self.place).if_kept();
        let (mut parts, body) = request.into_parts();
        let config = Arc::clone(&self.settings.now());
        if let Some(outer) = parts.extensions.get::<Exchange>().filter(|outer| outer.is_of(config.kind, &parts)) {
            let outer = outer.clone();
            return self.call_inside(outer, config, place, parts, body);
        }
        extensions::make_room(&mut parts.extensions);
        let caller = Exchange::caller(config.kind, &parts);
        if config.skips(&parts) {
            drop(place);
            let headers = handed_on(&config, &parts);
            let settled = identify(&config, &mut parts, caller.as_ref(), SystemTime::now());
            let exchange = Unrecorded::begin(|state| {
                state.tell(&config, settled.text(), &parts);
                state.belong(headers, caller);
            });
            parts.extensions.insert(exchange.handle().clone());
            let request = Request::from_parts(parts, LogBody::silent(body, Some(exchange.clone())));
            let mut call = Call::silent(config, settled.id, exchange);
            let inside = call.run();
            let inner = self.inner.call(request);
            drop(inside);
            return ResponseFuture::new(inner, call);
        }

        let mut id = HeaderValue::from_static("-");
        let (recorder, seen) = Held::begin(&config, place, |exchange, handle| {
            describe(&config, &parts, exchange);
            let shows_bodies = config.shows_bodies(&parts);
            if config.kind == Kind::Server {
                // Before the id is put among them: the log shows what came.
                copy(&mut exchange.request_headers, config.kind, &parts);
            }
            let settled = identify(&config, &mut parts, caller.as_ref(), exchange.clock.began);
            exchange.id_replaced = settled.replaced;
            exchange.id.push_str(settled.text());
            id = settled.id;
            if config.kind == Kind::Client {
                // With the id and all that is handed on: the log shows what was sent.
                copy(&mut exchange.request_headers, config.kind, &parts);
            }
            handle.begin(|state| {
                state.tell(&config, &exchange.id, &parts);
                state.belong(Some(Arc::clone(&exchange.request_headers)), caller);
                if !shows_bodies {
                    state.hide_bodies();
                }
            });
        });
        parts.extensions.insert(recorder.handle().clone());
        self.call_logged(Call::logged(config, id, recorder.clone()), recorder, seen, parts, body)
    }
}

impl<S> RequestLog<S> {
    /// Calls the service inside, and records the result.
    fn call_logged<B, R>(
        &mut self,
        mut call: Call,
        recorder: Held,
        seen: Box<captured::Body>,
        parts: Parts,
        body: B,
    ) -> ResponseFuture<S::Future>
    where
        S: Service<Request<LogBody<B>>, Response = Response<R>>,
        B: Body,
    {
        let tap = Tap::new(recorder, Direction::Request, seen, false);
        let inside = call.run();
        let inner = self.inner.call(Request::from_parts(parts, LogBody::tapped(body, tap)));
        drop(inside);
        call.ran();
        ResponseFuture::new(inner, call)
    }

    /// Calls the service inside for an exchange that began at a layer further out, which has settled the id.
    #[cold]
    fn call_inside<B, R>(
        &mut self,
        outer: Exchange,
        config: Arc<Config>,
        place: Place,
        mut parts: Parts,
        body: B,
    ) -> ResponseFuture<S::Future>
    where
        S: Service<Request<LogBody<B>>, Response = Response<R>>,
        B: Body,
    {
        let meeting = outer.meet(&config, &parts);
        let id = match meeting {
            Meeting::Clone => None,
            Meeting::Joined | Meeting::Own => HeaderValue::try_from(outer.id()).ok(),
        };
        if config.kind == Kind::Server
            && let Some(id) = &id
        {
            // Its header may be another.
            config.carried.ids.put(id, &mut parts);
        }
        if let (Meeting::Own, Some(id)) = (meeting, id.clone()) {
            let (recorder, seen) = Held::begin(&config, place, |exchange, handle| {
                describe(&config, &parts, exchange);
                copy(&mut exchange.request_headers, config.kind, &parts);
                exchange.id.push_str(outer.id());
                *handle = outer;
            });
            return self.call_logged(Call::logged(config, id, recorder.clone()), recorder, seen, parts, body);
        }
        drop(place);
        let request = Request::from_parts(parts, LogBody::untapped(body));
        ResponseFuture::new(self.inner.call(request), Call::inner(config, id))
    }
}

/// Notes what is known of a request, except its headers and id.
fn describe(config: &Config, parts: &Parts, exchange: &mut Captured) {
    exchange.method.clone_from(&parts.method);
    exchange.version = parts.version;
    origin::write_target(config.kind, parts, &mut exchange.target);
    if config.kind == Kind::Server {
        exchange.origin = Origin::of(&parts.extensions);
    }
}

/// Returns the headers that an exchange which is not recorded hands on to its calls; nearly always there are none.
fn handed_on(config: &Config, parts: &Parts) -> Option<Arc<Fields>> {
    let (headers, propagated) = (&parts.headers, &config.carried.propagated);
    if !trace_context::is_in(headers) && !propagated.iter().any(|name| headers.contains_key(name)) {
        return None;
    }
    let is_handed_on = |name| trace_context::is_part(name) || propagated.contains(name);
    let headers = headers.iter().filter(|(name, _)| is_handed_on(name));
    Some(Arc::new(headers.map(|(name, value)| (name.clone(), value.clone())).collect()))
}

fn copy(headers: &mut Arc<Fields>, kind: Kind, parts: &Parts) {
    // A new exchange shares them with nobody.
    if let Some(headers) = Arc::get_mut(headers) {
        if let Some(authority) = origin::authority(kind, parts) {
            headers.copy_authority(authority);
        }
        headers.copy(&parts.headers);
    }
}

/// Settles the request's id, and puts it on the request. A client's call gets what is handed on too.
fn identify(config: &Config, parts: &mut Parts, caller: Option<&Exchange>, now: SystemTime) -> Settled {
    let (ids, hides) = (&config.carried.ids, |id: &[u8]| config.redactor.hides(id));
    if config.kind == Kind::Server {
        return ids.receive(parts, now, hides);
    }
    let settled = match caller {
        Some(caller) => ids.number(parts, caller.id(), || caller.next_call()),
        None => ids.choose(parts, now, hides),
    };
    if config.propagates_to(parts) {
        ids.put(&settled.id, parts);
        if let Some(caller) = caller {
            caller.hand_on(&config.carried.propagated, &mut parts.headers);
        }
    } else if let Some(caller) = caller {
        ids.withhold(caller.id(), parts);
    }
    settled
}
