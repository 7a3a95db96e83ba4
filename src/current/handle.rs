//! The exchange as the program sees it while it runs.

use super::met::Met;
use crate::{
    config::{Carried, Config},
    fields::Fields,
    kind::Kind,
    origin::Route,
};
use http::{Extensions, Method, request::Parts};
use std::{
    fmt::{self, Write},
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU8, AtomicU32, Ordering::Relaxed},
    },
};

/// The exchange that this code runs in.
///
/// A handler gets it as an argument (feature `axum`), from the request's extensions, or from anywhere below it with
/// [`Exchange::current`]. It is cheap to clone, and may be kept for as long as needed: the record does not wait for it.
/// [`system`](crate::system) shows how the ids of a request's exchanges make a tree.
///
#[cfg_attr(feature = "axum", doc = "```")]
#[cfg_attr(not(feature = "axum"), doc = "```ignore")]
/// use axum::{Router, routing::get};
/// use tower_request_log::{Exchange, RequestLogLayer};
///
/// async fn hello(exchange: Exchange) -> String {
///     exchange.field("user", 42);
///     format!("hello, this is exchange {}", exchange.id())
/// }
///
/// let app: Router = Router::new().route("/", get(hello)).layer(RequestLogLayer::new());
/// ```
#[derive(Clone, Default)]
pub struct Exchange(Arc<State>);

/// Holds an exchange's own facts. The recorder that makes its record shares it with all handles.
///
/// It never holds the record. So a task that lives on delays no record, and one that asks late still gets its answer.
#[derive(Default)]
pub(crate) struct State {
    pub(super) id: String,
    kind: Kind,
    /// The request of the exchange, for a layer further in: its method, authority and path.
    method: Method,
    authority: String,
    path: String,
    pub(super) carried: Option<Arc<Carried>>,
    /// The settings of the layer where it began. A handle that lives on does not keep them alive.
    pub(super) config: Weak<Config>,
    /// The request's headers, of which some are handed on to the calls that are made for it.
    pub(super) headers: Option<Arc<Fields>>,
    /// The exchange that a client's call is made in.
    pub(super) caller: Option<Exchange>,
    /// The number of calls that it has made.
    pub(super) calls: AtomicU32,
    flags: AtomicU8,
    fields: Mutex<Noted>,
    /// The layers that met in it, the first one included; empty if there is only one.
    met: Mutex<Vec<Met>>,
    /// The route that was matched further in.
    route: Route,
    /// The span that its service runs in.
    #[cfg(feature = "tracing")]
    pub(super) span: Option<tracing::Span>,
}

/// Marks an exchange that is written whatever `keep` says.
const KEPT: u8 = 1;
/// Marks an exchange that is not written.
const SKIPPED: u8 = 1 << 1;
/// Marks an exchange whose bodies are only counted.
const HIDDEN: u8 = 1 << 2;
/// Marks an exchange that has fields.
const NOTED: u8 = 1 << 3;
/// Marks an exchange in which layers met.
const MET: u8 = 1 << 4;
/// Marks an exchange whose route was matched further in.
const ROUTED: u8 = 1 << 5;

/// The maximum number of fields of an exchange.
const MAX_FIELDS: usize = 64;
/// The maximum bytes of a field's name; the rest is cut off.
const MAX_NAME: usize = 128;
/// The maximum bytes of a field's value; a longer one is only counted.
const MAX_VALUE: usize = 4096;

/// Holds the fields that were noted for an exchange.
#[derive(Clone, Default)]
pub(crate) struct Noted {
    /// Names and values, in the order in which they were first noted.
    pub(crate) fields: Vec<(String, String)>,
    /// The number of fields past the maximum.
    pub(crate) lost: usize,
}

impl Exchange {
    /// Returns the request id, which begins each line of its block.
    ///
    /// A call that it makes through a [`RequestLogLayer::client`](crate::RequestLogLayer::client) has this id with a
    /// dot and the call's number.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// Adds a field to the log: the note `user: 42` in [`Lines`](crate::format::Lines), a member of `fields` in
    /// [`JsonLines`](crate::format::JsonLines).
    ///
    /// A name that is used again gets the new value. The value is **redacted like the value of a header with this
    /// name**: a field named `password` is hidden, and so is a value that looks like a token. But no redactor knows
    /// that a field named `note` holds a secret.
    ///
    /// An exchange has up to 64 fields, and a note counts the rest. A name is cut at 128 bytes. A value has up to 4,096
    /// bytes; of a longer one only the length is shown (`[48213 bytes]`). Once the record is written, this does
    /// nothing.
    ///
    /// ```
    /// # use tower_request_log::Exchange;
    /// # fn settle(exchange: Exchange) {
    /// exchange.field("user", 42);
    /// exchange.field("cart", format_args!("{} items", 3));
    /// # }
    /// ```
    pub fn field(&self, name: impl AsRef<str>, value: impl fmt::Display) {
        let name = name.as_ref();
        let name = name.get(..floor(name, MAX_NAME)).unwrap_or_default();
        let mut text = Bounded::default();
        // The text that a `Display` wrote before it failed is kept.
        let _ = write!(text, "{value}");
        self.0.noted().put(name, text.finish());
        self.0.flags.fetch_or(NOTED, Relaxed);
    }

    /// Writes this exchange to the log whatever [`RequestLogLayer::keep`](crate::RequestLogLayer::keep) says.
    ///
    /// If both this and [`skip`](Self::skip) are called, the last call holds. An exchange that
    /// [`RequestLogLayer::skip`](crate::RequestLogLayer::skip) left out was never recorded, and this does not bring it
    /// back.
    pub fn keep(&self) {
        self.0.set(KEPT, SKIPPED);
    }

    /// Leaves this exchange out of the log.
    ///
    /// If both this and [`keep`](Self::keep) are called, the last call holds. Calls that the exchange makes are still
    /// logged.
    pub fn skip(&self) {
        self.0.set(SKIPPED, KEPT);
    }

    /// Hides the bodies of the request and the response: the log shows only how many bytes they had.
    ///
    /// Bytes that were captured before are forgotten too.
    ///
    /// ```text
    /// 03523nSUCMQXgtAuh1LPX8   request body: 53 bytes of application/json, not logged
    /// ```
    pub fn hide_bodies(&self) {
        self.0.set(HIDDEN, 0);
    }

    /// Returns whether this is the exchange of the request with these parts, seen from a layer of this kind.
    ///
    /// A request that a proxy sends on with its extensions is another exchange: it goes to another authority, or has
    /// another method or path. A router may have taken a prefix off the path: `/bet` of `/games/bet`.
    pub(crate) fn is_of(&self, kind: Kind, parts: &Parts) -> bool {
        let State { kind: its, method, authority, path, .. } = &*self.0;
        let other = parts.uri.authority().map_or("", |authority| authority.as_str());
        *its == kind
            && *method == parts.method
            && authority.eq_ignore_ascii_case(other)
            && path.trim_end_matches('/').ends_with(parts.uri.path().trim_end_matches('/'))
    }

    /// Returns whether it is a client's call.
    #[cfg(feature = "tracing")]
    pub(super) fn is_client(&self) -> bool {
        self.0.kind == Kind::Client
    }

    /// Returns the exchange of a server that this one belongs to: itself, or the one that a client's call is made in.
    pub(crate) fn served(&self) -> Option<&Self> {
        match self.0.kind {
            Kind::Server => Some(self),
            Kind::Client => self.0.caller.as_ref(),
        }
    }

    /// Returns whether both are handles on one exchange.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(super) fn state(&self) -> &State {
        &self.0
    }

    /// Makes an exchange that is not recorded.
    #[cfg(test)]
    pub(crate) fn unrecorded(begin: impl FnOnce(&mut State)) -> Self {
        let mut exchange = Self::default();
        exchange.begin(begin);
        exchange
    }

    /// Begins another exchange, with a state of its own if somebody still has a handle on the last one.
    pub(crate) fn begin(&mut self, begin: impl FnOnce(&mut State)) {
        if let Some(state) = Arc::get_mut(&mut self.0) {
            return begin(state);
        }
        *self = Self::default();
        if let Some(state) = Arc::get_mut(&mut self.0) {
            begin(state);
        }
    }

    /// Drops all that need not outlive the exchange, unless somebody still has a handle on it.
    pub(crate) fn end(&mut self) {
        match Arc::get_mut(&mut self.0) {
            Some(state) => state.clear(),
            // Those with a handle keep the state, so it must not be used again.
            None => *self = Self::default(),
        }
    }

    /// Drops all that need not outlive the exchange, and returns it for use again; `None` if somebody else has a handle
    /// on it.
    #[inline]
    pub(super) fn end_alone(&mut self) -> Option<Self> {
        Arc::get_mut(&mut self.0)?.clear();
        Some(self.clone())
    }

    /// Drops the request's headers, so that only the record has them, unless somebody still has a handle.
    pub(crate) fn release_headers(&mut self) {
        if let Some(state) = Arc::get_mut(&mut self.0) {
            state.headers = None;
        }
    }

    /// Returns whether the program said anything about it while it ran: nearly always not.
    #[inline]
    pub(crate) fn is_told(&self) -> bool {
        self.0.flags.load(Relaxed) != 0
    }

    /// Returns whether it is written whatever `keep` says (`true`) or not at all (`false`); `None` if nobody said.
    #[inline]
    pub(crate) fn wanted(&self) -> Option<bool> {
        match self.0.flags.load(Relaxed) & (KEPT | SKIPPED) {
            0 => None,
            told => Some(told == KEPT),
        }
    }

    /// Notes the route that this exchange's request has matched by now.
    pub(crate) fn note_route(&self, request: &Extensions) {
        if self.0.route.note(request) {
            self.0.set(ROUTED, 0);
        }
    }

    /// Returns the route that was matched further in.
    pub(crate) fn route(&self) -> &Route {
        &self.0.route
    }

    /// Returns whether bodies are only counted.
    #[inline]
    pub(crate) fn hides_bodies(&self) -> bool {
        self.0.flags.load(Relaxed) & HIDDEN != 0
    }

    /// Returns the fields that were noted so far.
    pub(crate) fn noted(&self) -> Option<Noted> {
        (self.0.flags.load(Relaxed) & NOTED != 0).then(|| self.0.noted().clone())
    }
}

impl State {
    /// Notes all that is known of a request from the start.
    pub(crate) fn tell(&mut self, config: &Arc<Config>, id: &str, parts: &Parts) {
        self.id.push_str(id);
        self.kind = config.kind;
        self.method.clone_from(&parts.method);
        if let Some(authority) = parts.uri.authority() {
            self.authority.push_str(authority.as_str());
        }
        self.path.push_str(parts.uri.path());
        #[cfg(feature = "tracing")]
        if config.span {
            self.span = Some(crate::sink::request_span(id));
        }
        // They are nearly always those of the exchange before.
        if !self.carried.as_ref().is_some_and(|carried| Arc::ptr_eq(carried, &config.carried)) {
            self.carried = Some(Arc::clone(&config.carried));
        }
        if Weak::as_ptr(&self.config) != Arc::as_ptr(config) {
            self.config = Arc::downgrade(config);
        }
    }

    /// Notes the headers that its calls may hand on, and the exchange in which it is a call itself.
    pub(crate) fn belong(&mut self, headers: Option<Arc<Fields>>, caller: Option<Exchange>) {
        self.headers = headers;
        self.caller = caller;
    }

    pub(super) fn met(&self) -> MutexGuard<'_, Vec<Met>> {
        self.met.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_met(&self) {
        self.set(MET, 0);
    }

    pub(super) fn has_met(&self) -> bool {
        self.flags.load(Relaxed) & MET != 0
    }

    /// Hides the bodies from the start: they are only counted.
    pub(crate) fn hide_bodies(&mut self) {
        *self.flags.get_mut() |= HIDDEN;
    }

    fn set(&self, flags: u8, unset: u8) {
        let _ = self.flags.fetch_update(Relaxed, Relaxed, |before| Some((before | flags) & !unset));
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.fields.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn clear(&mut self) {
        /// The bytes that the buffer of a path or an authority may have to be kept for the next exchange.
        const TEXT_KEPT: usize = 512;

        // All fields are named, so that none is left uncleared by mistake. `carried` and `config` stay: the next
        // exchange checks them.
        let Self {
            id,
            kind,
            method,
            authority,
            path,
            carried: _,
            config: _,
            headers,
            caller,
            calls,
            flags,
            fields,
            met,
            route,
            #[cfg(feature = "tracing")]
            span,
        } = self;
        id.clear();
        #[cfg(feature = "tracing")]
        drop(span.take());
        *kind = Kind::default();
        *method = Method::GET;
        for text in [authority, path] {
            text.clear();
            text.shrink_to(TEXT_KEPT);
        }
        (*headers, *caller) = (None, None);
        *calls.get_mut() = 0;
        let flags = mem::take(flags.get_mut());
        if flags & MET != 0 {
            met.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
        }
        if flags & ROUTED != 0 {
            route.clear();
        }
        if flags & NOTED != 0 {
            *fields.get_mut().unwrap_or_else(PoisonError::into_inner) = Noted::default();
        }
    }
}

impl Noted {
    fn put(&mut self, name: &str, value: String) {
        if let Some((_, old)) = self.fields.iter_mut().find(|(noted, _)| noted == name) {
            *old = value;
        } else if self.fields.len() < MAX_FIELDS {
            self.fields.push((name.to_owned(), value));
        } else {
            self.lost += 1;
        }
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("id", &self.id()).finish_non_exhaustive()
    }
}

/// Holds a text up to a limit, and the number of all its bytes.
#[derive(Default)]
struct Bounded {
    text: String,
    length: usize,
}

impl Bounded {
    /// Returns the text, or only its length if it is too long: a cut could part a secret from the words that show it is
    /// one.
    fn finish(self) -> String {
        if self.length > MAX_VALUE { format!("[{} bytes]", self.length) } else { self.text }
    }
}

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.length = self.length.saturating_add(text.len());
        if self.length <= MAX_VALUE {
            self.text.push_str(text);
        }
        Ok(())
    }
}

/// Returns the last boundary of a character that is not past `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(tell: impl FnOnce(&Exchange)) -> Noted {
        let exchange = Exchange::unrecorded(|_| {});
        tell(&exchange);
        exchange.noted().unwrap_or_default()
    }

    #[test]
    fn a_name_that_is_noted_again_has_the_new_value_in_the_old_place() {
        let noted = noted(|exchange| {
            exchange.field("user", 41);
            exchange.field("cart", "empty");
            exchange.field("user", 42);
        });
        let fields = [("user", "42"), ("cart", "empty")];
        assert_eq!(noted.fields, fields.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn fields_are_bounded() {
        let many = noted(|exchange| (0..70).for_each(|n| exchange.field(n.to_string(), n)));
        assert_eq!((many.fields.len(), many.lost), (64, 6));
        let long = noted(|exchange| {
            exchange.field("é".repeat(100), "x".repeat(4096));
            exchange.field("b", format_args!("{}{}", "x".repeat(4000), "y".repeat(97)));
        });
        let fields = [("é".repeat(64), "x".repeat(4096)), ("b".to_owned(), "[4097 bytes]".to_owned())];
        assert_eq!(long.fields, fields);
    }

    #[test]
    fn of_keep_and_skip_the_last_one_holds() {
        let exchange = Exchange::unrecorded(|_| {});
        assert_eq!(exchange.wanted(), None);
        exchange.keep();
        assert_eq!(exchange.wanted(), Some(true));
        exchange.skip();
        assert_eq!(exchange.wanted(), Some(false));
        exchange.keep();
        assert_eq!((exchange.wanted(), exchange.hides_bodies()), (Some(true), false));
        exchange.hide_bodies();
        assert_eq!((exchange.wanted(), exchange.hides_bodies()), (Some(true), true));
    }

    #[test]
    fn a_handle_that_lives_on_is_of_its_own_exchange_for_good() {
        let mut pooled = Exchange::default();
        pooled.begin(|state| state.id.push_str("first"));
        let first = pooled.clone();
        pooled.end();
        pooled.begin(|state| state.id.push_str("second"));
        first.skip();
        first.field("late", 1);
        assert_eq!((first.id(), pooled.id()), ("first", "second"));
        assert!(pooled.wanted().is_none() && pooled.noted().is_none());
        let address = Arc::as_ptr(&pooled.0);
        pooled.field("a", 1);
        pooled.hide_bodies();
        pooled.end();
        pooled.begin(|state| state.id.push_str("third"));
        assert_eq!((Arc::as_ptr(&pooled.0), pooled.id(), pooled.hides_bodies()), (address, "third", false));
        assert!(pooled.noted().is_none());
    }
}
