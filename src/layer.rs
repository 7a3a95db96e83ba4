//! Holds the layer and its settings.

use crate::{
    capture::Budget,
    config::{Config, Joined},
    error_text::as_error,
    format::{Format, Lines},
    kind::Kind,
    pool::Pool,
    record::Record,
    redact::Redactor,
    service::RequestLog,
    settings::Settings,
    sink::{Gates, Sink, Stdout},
    watch::Watch,
};
use http::{HeaderName, HeaderValue, request::Parts};
use std::{
    error::Error,
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tower_layer::Layer;

/// Logs every exchange of a service: the layer to put on a router, a server or a client.
///
/// ```
/// use axum::{Router, routing::get};
/// use tower_request_log::RequestLogLayer;
///
/// let app: Router = Router::new()
///     .route("/", get(|| async { "hello" }))
///     .layer(RequestLogLayer::new());
/// ```
///
/// The service inside gets requests with bodies of type [`LogBody`](crate::LogBody).
///
/// Clones share the settings, the sink and the memory budget.
///
/// # Where it stands
///
/// Add it as the last `.layer` on the outermost router: it then sees requests before all other middleware, and
/// responses after it. With the feature `axum`, the record then has the matched route, also that of a nested router. It
/// has the peer's address too, if the router is served with `into_make_service_with_connect_info::<SocketAddr>()`.
///
/// **Around a whole router**, the layer cannot see the matched route: axum sets it only further in. This is so with
/// `ServiceBuilder::new().layer(layer).service(router)`, and if the router is the `nest_service` or `fallback_service`
/// of another. Put a clone of the layer on the router too. The clone writes no second record. It passes the route to
/// the first one:
///
/// ```
/// use axum::{Router, routing::get};
/// use tower::ServiceBuilder;
/// use tower_request_log::RequestLogLayer;
///
/// let layer = RequestLogLayer::new();
/// let router: Router = Router::new().route("/games/{id}", get(|| async { "7" })).layer(layer.clone());
/// let service = ServiceBuilder::new().layer(layer).service(router);
/// ```
///
/// A handler that takes an [`Exchange`](crate::Exchange) as an argument passes the route on as well.
///
/// **In a router that is nested in another**, the request's target lacks the prefix, and a [`Redactor::path`] that has
/// the prefix does not match. With the feature `axum`, the layer uses the original target instead.
///
/// # With axum's middleware in one `ServiceBuilder`
///
/// Middleware made with `axum::middleware::from_fn` or a similar function takes only bodies of axum's own type. Inside
/// the layer, bodies are of type [`LogBody`](crate::LogBody). So this does not compile:
///
/// ```compile_fail
/// # use axum::{Router, extract::Request, middleware::{Next, from_fn}, response::Response};
/// # use tower::ServiceBuilder;
/// # use tower_request_log::RequestLogLayer;
/// # async fn auth(request: Request, next: Next) -> Response { next.run(request).await }
/// let app: Router = Router::new()
///     .layer(ServiceBuilder::new().layer(RequestLogLayer::new()).layer(from_fn(auth)));
/// ```
///
/// ```text
/// error[E0277]: the trait bound `FromFn<fn(Request<Body>, ...) -> ... {auth}, (), ..., _>: Service<...>` is not satisfied
///   = help: the trait `Service<axum::http::Request<LogBody<axum::body::Body>>>` is not implemented for `FromFn<...>`
/// ```
///
/// Two ways work. Either give each its own `.layer`, the outer one last:
///
/// ```
/// # use axum::{Router, extract::Request, middleware::{Next, from_fn}, response::Response};
/// # use tower_request_log::RequestLogLayer;
/// # async fn auth(request: Request, next: Next) -> Response { next.run(request).await }
/// let app: Router = Router::new()
///     .layer(from_fn(auth))
///     .layer(RequestLogLayer::new());
/// ```
///
/// Or turn the body into axum's between the two:
///
/// ```
/// # use axum::{Router, body::Body, extract::Request, middleware::{Next, from_fn}, response::Response};
/// # use tower::ServiceBuilder;
/// # use tower_request_log::{LogBody, RequestLogLayer};
/// # async fn auth(request: Request, next: Next) -> Response { next.run(request).await }
/// let app: Router = Router::new().layer(
///     ServiceBuilder::new()
///         .layer(RequestLogLayer::new())
///         .map_request(|request: Request<LogBody<Body>>| request.map(Body::new))
///         .layer(from_fn(auth)),
/// );
/// ```
///
/// # WebSockets and other upgrades
///
/// The record of an exchange that switches protocols is written at the 101 response, with the note `switched protocols:
/// websocket`. The connection itself is not watched: hyper hands it directly to the handler, past all layers. To stand
/// in between, the layer would have to touch every byte. **So the log does not say when such a connection ends, or how
/// long it lasted.** The handler knows, and can log it in an event that has the id:
///
/// ```
/// use axum::{extract::ws::WebSocketUpgrade, response::Response};
/// use std::time::Instant;
/// use tower_request_log::Exchange;
///
/// async fn chat(upgrade: WebSocketUpgrade, exchange: Exchange) -> Response {
///     upgrade.on_upgrade(async move |mut socket| {
///         let start = Instant::now();
///         while let Some(Ok(_message)) = socket.recv().await {}
///         tracing::info!(request_id = exchange.id(), seconds = start.elapsed().as_secs(), "websocket closed");
///     })
/// }
/// ```
///
/// # Requirements on the service
///
/// The service takes a `Request` with any body and returns a `Response` with any body. The data of both bodies is
/// `'static`. Their errors and the service's are `'static` and [`Display`](std::fmt::Display), for notes such as
/// `service failed: …`. None of these types need to be `Send`, `Sync` or `Clone`.
///
/// # Errors
///
/// A failure is logged with its causes, as [`Error::source`] gives them. The text is redacted, and has at most 8 KiB
/// and 32 causes. A cause is left out if the text before it already ends with it.
///
/// ```text
/// 03523nSUCMQXgtAuh1LPX8   service failed: client error (Connect): tcp connect error: Connection refused (os error 111)
/// ```
///
/// `Display` does not give causes. The layer asks for them if the error has one of these types:
///
/// - `Box<dyn Error>`, with `Send` and `Sync` or without, `Arc<dyn Error + Send + Sync>` and [`std::io::Error`];
/// - with the feature `axum`, `axum::Error`;
/// - with the feature `hyper`, which is on by default, `hyper::Error` and `hyper_util::client::legacy::Error`;
/// - with the feature `tonic`, `tonic::Status` and `tonic::transport::Error`;
/// - any type that is added with [`causes_of`](Self::causes_of).
///
/// The errors of `anyhow` and `eyre` give their causes themselves. For an error of any other type, the log shows only
/// the text of its `Display`.
///
/// [`Error::source`]: std::error::Error::source
///
/// # Layers that meet
///
/// A layer may be inside another that logs the same request, for example one on the whole router and one on a part of
/// it. Both then see the same exchange.
///
/// - A clone of a layer inside that layer changes nothing.
/// - There is one id, and the outer layer decides it. The inner layer's [`trust_request_id`](Self::trust_request_id)
///   and [`make_request_id`](Self::make_request_id) are not used. If the inner layer has another
///   [`request_id_header`](Self::request_id_header), the id is set in that header too.
/// - A value is hidden if either [`redactor`](Self::redactor) hides it. Bodies are shown only if the
///   [`bodies`](Self::bodies) of both layers allow it. The smaller [`body_limit`](Self::body_limit) applies.
/// - If both write to the same place ([`Sink::is_same`]), there is one record, in the outer layer's
///   [`format`](Self::format). It is written if neither layer skips it and both keep it. The smaller
///   [`record_limit`](Self::record_limit) applies. [`memory_budget`](Self::memory_budget),
///   [`report_open_after`](Self::report_open_after) and [`causes_of`](Self::causes_of) are those of the outer layer.
/// - An inner layer with its own sink writes its own record there, by its own settings.
/// - A header is handed on if either layer [`propagate`](Self::propagate)s it. Of two layers on a client, the outer one
///   decides on [`number_calls`](Self::number_calls) and [`propagate_to`](Self::propagate_to).
#[derive(Clone)]
pub struct RequestLogLayer {
    settings: Settings,
}

impl RequestLogLayer {
    /// Creates a layer that writes [`Lines`] to [`Stdout`] with the default [`Redactor`].
    pub fn new() -> Self {
        Self::of(Settings::Fixed(Arc::new(Config {
            kind: Kind::Server,
            redactor: Arc::new(Redactor::new()),
            format: Arc::new(Lines::new()),
            sink: Arc::new(Stdout::new()),
            gates: Gates::default(),
            body_limit: 64 * 1024,
            record_limit: 1024 * 1024,
            propagate_to: None,
            carried: Arc::default(),
            budget: process_budget(),
            skip: None,
            bodies: None,
            keep: None,
            watch: None,
            #[cfg(feature = "tracing")]
            span: false,
            errors: Vec::new(),
            joined: Joined::default(),
            recorders: Pool::default(),
            header_caches: Pool::default(),
        })))
    }

    /// Creates a layer for outgoing calls. Put it on a client.
    ///
    /// It has the settings and defaults of [`new`](Self::new), and logs each call as the client sees it:
    ///
    /// - **The id.** A call made in an [`Exchange`](crate::Exchange) gets the id of the exchange, a dot and the call's
    ///   number: the second call of `0355VueSYU64rempicHKhb` is `0355VueSYU64rempicHKhb.2`. The callee's layer trusts
    ///   it like any other id, so both records have it. The exchange is the one among the request's extensions, or else
    ///   [`Exchange::current`](crate::Exchange::current). A call outside all exchanges keeps the id that the program
    ///   gave it, and gets a new one if it has none. An id that would grow past 128 characters stays as it is.
    /// - **The trace context** that came with the exchange's request is handed on unchanged, if it is valid and the
    ///   call has none: `traceparent` and `tracestate`. The layer never starts a trace.
    /// - **The record** shows what was sent, including the id and the trace context, under the absolute target. Its
    ///   notes take the client's view: `we gave up after 14 bytes of the response body`.
    ///
    /// The layer sets headers before it calls the service inside, so a signer inside signs them. Put the layer *inside*
    /// middleware that retries or follows redirects: each attempt is then a call with its own number. Put it *outside*
    /// tower's `Buffer` and balancers: their tasks run in no exchange.
    ///
    /// [`system`](crate::system) shows how to use it with hyper's client, reqwest and tonic.
    ///
    /// ```
    /// use hyper_util::{client::legacy::Client, rt::TokioExecutor};
    /// use tower::ServiceBuilder;
    /// use tower_request_log::{LogBody, RequestLogLayer};
    ///
    /// # fn main() {
    /// let client = Client::builder(TokioExecutor::new()).build_http::<LogBody<String>>();
    /// let client = ServiceBuilder::new().layer(RequestLogLayer::client()).service(client);
    /// # }
    /// ```
    #[must_use]
    pub fn client() -> Self {
        Self::new().with(|config| config.kind = Kind::Client)
    }

    /// Sets the rules for what is hidden.
    ///
    /// By default, [`Redactor::new()`], which hides the common secrets.
    #[must_use]
    pub fn redactor(self, redactor: Redactor) -> Self {
        redactor.prepare();
        self.with(|config| config.redactor = Arc::new(redactor))
    }

    /// Sets the format, which renders records to bytes.
    ///
    /// By default, [`Lines`].
    #[must_use]
    pub fn format(self, format: impl Format) -> Self {
        self.with(|config| config.format = Arc::new(format))
    }

    /// Sets the sink, to which blocks go.
    ///
    /// By default, [`Stdout`].
    #[must_use]
    pub fn sink(self, sink: impl Sink) -> Self {
        self.with(|config| config.set_sink(Arc::new(sink)))
    }

    /// Sets how many bytes of each body are shown. The rest is only counted, and a note says so.
    ///
    /// For each body that is shown, this many bytes plus 1 KiB are held in memory while the exchange lasts. With 0,
    /// bodies are only counted.
    ///
    /// By default, 65,536 (64 KiB).
    #[must_use]
    pub fn body_limit(self, bytes: usize) -> Self {
        self.with(|config| config.body_limit = bytes)
    }

    /// Sets how many bytes one rendered block may have.
    ///
    /// If a block would be larger, its bodies are shortened first, then its headers, then the end of its target. The
    /// status line and the notes stay, and a note says what is missing. The parts that every block has stay whatever
    /// the limit is: up to 2,048 bytes.
    ///
    /// By default, 1,048,576 (1 MiB).
    #[must_use]
    pub fn record_limit(self, bytes: usize) -> Self {
        self.with(|config| config.record_limit = bytes)
    }

    /// Sets the header that carries the id, on the request to the service and on the response.
    ///
    /// If a response already has this header, its first value stays.
    ///
    /// By default, `x-request-id`.
    #[must_use]
    pub fn request_id_header(self, name: HeaderName) -> Self {
        self.with(|config| Arc::make_mut(&mut config.carried).ids.header = name)
    }

    /// Sets whether the id that came with a request is kept.
    ///
    /// A well-formed id is kept: one value of 1 to 128 characters of `A-Z a-z 0-9 . _ - : + / = @`, not `-` alone. Any
    /// other is replaced, and a note says so. An id is also replaced if the [`Redactor`] finds a secret in it, or if it
    /// is marked [`HeaderValue::is_sensitive`](http::HeaderValue::is_sensitive). With `false`, every request gets a new
    /// id.
    ///
    /// By default, `true`.
    #[must_use]
    pub fn trust_request_id(self, trust: bool) -> Self {
        self.with(|config| Arc::make_mut(&mut config.carried).ids.trust = trust)
    }

    /// Sets the function that makes an id for a request that came without one, from the request's head.
    ///
    /// The id must be well-formed, as [`trust_request_id`](Self::trust_request_id) says. If the function returns `None`
    /// or a malformed id, or panics, the layer makes a [`RequestId`](crate::RequestId) instead.
    ///
    /// ```
    /// use http::HeaderValue;
    /// use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    /// use tower_request_log::RequestLogLayer;
    ///
    /// let count = AtomicU64::new(0);
    /// let layer = RequestLogLayer::new().make_request_id(move |_| {
    ///     HeaderValue::try_from(format!("web-{}", count.fetch_add(1, Relaxed))).ok()
    /// });
    /// ```
    ///
    /// The layer also works with `tower_http::request_id` (0.7): it takes a `RequestId` among the request's extensions
    /// as the id that came, and puts its own id there for the layers and handlers inside.
    ///
    /// By default, each is a [`RequestId`](crate::RequestId).
    #[must_use]
    pub fn make_request_id(self, make: impl Fn(&Parts) -> Option<HeaderValue> + Send + Sync + 'static) -> Self {
        self.with(|config| Arc::make_mut(&mut config.carried).ids.make = Some(Arc::new(make)))
    }

    /// Sets how many bytes the captured bodies of all exchanges in flight may hold together, for this layer and its
    /// clones.
    ///
    /// Past this budget, bodies are only counted, and a note says so. For a body that was captured in part, the last
    /// KiB of that part is not shown. Headers do not count: a copy of them is held while the exchange lasts, and some
    /// room for the next ones after it.
    ///
    /// By default, 67,108,864 (64 MiB), shared by all layers of the process that do not set their own.
    #[must_use]
    pub fn memory_budget(self, bytes: usize) -> Self {
        self.with(|config| config.budget = Arc::new(Budget::new(bytes)))
    }

    /// Sets a filter for the exchanges that are not logged. It decides on the request's head, before any other work.
    ///
    /// A skipped exchange still has its id, on the request and on the response. If the filter panics, the exchange is
    /// not skipped.
    ///
    /// ```
    /// # use tower_request_log::RequestLogLayer;
    /// let layer = RequestLogLayer::new().skip(|request| request.uri.path() == "/health");
    /// ```
    ///
    /// By default, none is skipped.
    #[must_use]
    pub fn skip(self, skip: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.with(|config| config.skip = Some(Arc::new(skip)))
    }

    /// Sets a filter for the exchanges whose bodies are captured and shown. It decides on the request's head.
    ///
    /// The bodies of all other exchanges, in both directions, are only counted, and a note says so:
    ///
    /// ```text
    /// 03523nSUCMQXgtAuh1LPX8   request body: 53 bytes of application/json, not logged
    /// ```
    ///
    /// If the filter panics, the bodies are hidden. A handler can hide them with
    /// [`Exchange::hide_bodies`](crate::Exchange::hide_bodies).
    ///
    /// ```
    /// # use tower_request_log::RequestLogLayer;
    /// let layer = RequestLogLayer::new().bodies(|request| !request.uri.path().starts_with("/documents/"));
    /// ```
    ///
    /// By default, all bodies that are text are shown.
    #[must_use]
    pub fn bodies(self, filter: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.with(|config| config.bodies = Some(Arc::new(filter)))
    }

    /// Sets a filter for the records that are written: only errors, only slow exchanges, or a sample. It decides on the
    /// whole record when the exchange has ended.
    ///
    /// The other records are not rendered. If the filter panics, the record is written.
    ///
    /// ```
    /// # use tower_request_log::RequestLogLayer;
    /// let layer = RequestLogLayer::new().keep(|record| record.status().is_none_or(|status| status.is_server_error()));
    /// ```
    ///
    /// By default, all records are written.
    #[must_use]
    pub fn keep(self, keep: impl Fn(&Record) -> bool + Send + Sync + 'static) -> Self {
        self.with(|config| config.keep = Some(Arc::new(keep)))
    }

    /// Runs the service inside, and both bodies, in a `tracing` span with the field `request_id`, so that the events of
    /// the program's own code have it too (feature `tracing`).
    ///
    /// The span is named `request`, its target is `tower_request_log`, and its level is ERROR, so that it is there
    /// whatever level a subscriber takes. A filter by target must let it through: `info,tower_request_log=error` does.
    /// Skipped exchanges have the span as well. With `tracing_subscriber::fmt().json()` an event of a handler looks
    /// like this:
    ///
    /// ```json
    /// {"level":"INFO","fields":{"message":"bet placed","wager":"0.01"},"target":"shop","span":{"request_id":"03523nSUCMQXgtAuh1LPX8","name":"request"}}
    /// ```
    ///
    /// Code that [`Exchange::scope`](crate::Exchange::scope) runs elsewhere is in the span too. If layers are inside
    /// each other, the outermost decides.
    ///
    /// By default, there is no span.
    #[cfg(feature = "tracing")]
    #[must_use]
    pub fn span(self, span: bool) -> Self {
        self.with(|config| config.span = span)
    }

    /// Reports an exchange that is still open after this time, once.
    ///
    /// The report has what is known by then and a note `still open after 30s`. The full record follows at the end of
    /// the exchange. For a body that goes on, the report says only how many bytes went by so far.
    ///
    /// The report goes through [`keep`](Self::keep) like any record; its outcome is
    /// [`Open`](crate::record::Outcome::Open). One thread serves all exchanges of the layer and its clones.
    ///
    /// By default, an exchange is not reported before its end.
    #[must_use]
    pub fn report_open_after(self, after: Duration) -> Self {
        self.with(|config| config.watch = Some(Arc::new(Watch::new(after))))
    }

    /// Logs errors of the type `E` with their causes, both the service's errors and those of bodies. Each call adds a
    /// type.
    ///
    /// ```
    /// # use tower_request_log::RequestLogLayer;
    /// #[derive(Debug)]
    /// struct NoBet(std::io::Error);
    ///
    /// impl std::fmt::Display for NoBet {
    ///     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    ///         f.write_str("no bet")
    ///     }
    /// }
    ///
    /// impl std::error::Error for NoBet {
    ///     fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
    ///         Some(&self.0)
    ///     }
    /// }
    ///
    /// // service failed: no bet: connection reset
    /// let layer = RequestLogLayer::new().causes_of::<NoBet>();
    /// ```
    ///
    /// By default, the types listed [above](Self#errors).
    #[must_use]
    pub fn causes_of<E: Error + 'static>(self) -> Self {
        self.with(|config| config.errors.push(as_error::<E>))
    }

    /// Sets whether each outgoing call of a client's layer has its own id.
    ///
    /// With `false`, calls have the id of the exchange that makes them, unchanged. Use it for callees that accept only
    /// certain ids, such as UUIDs. The log then shows which calls belong to a request, but not which call made which.
    ///
    /// On a server's layer, this does nothing.
    ///
    /// By default, `true`.
    #[must_use]
    pub fn number_calls(self, number: bool) -> Self {
        self.with(|config| Arc::make_mut(&mut config.carried).ids.number_calls = number)
    }

    /// Sets a filter for the outgoing calls of a client's layer that get the id, the trace context and the
    /// [propagated](Self::propagate) headers. It decides on the call's head. **Use it to exclude calls to services that
    /// are not yours.**
    ///
    /// Other calls are logged too, under the id that they would have had. If the program itself put the id of this
    /// exchange on such a call, the layer removes it. If the filter panics, nothing is handed on.
    ///
    /// ```
    /// # use tower_request_log::RequestLogLayer;
    /// let layer = RequestLogLayer::client()
    ///     .propagate_to(|call| call.uri.host().is_some_and(|host| host.ends_with(".internal")));
    /// ```
    ///
    /// On a server's layer, this does nothing.
    ///
    /// By default, all calls get them.
    #[must_use]
    pub fn propagate_to(self, filter: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.with(|config| config.propagate_to = Some(Arc::new(filter)))
    }

    /// Hands a header of the request on to the calls made for it, in addition to the id and the trace context. Each use
    /// adds a name: `baggage`, `b3`, `x-amzn-trace-id`, `x-cloud-trace-context`.
    ///
    /// All values are handed on unchanged. A call that already has the header keeps its own.
    ///
    /// On a server's layer, this applies to all calls that the request's exchange makes, through any client's layer or
    /// with [`Exchange::outgoing`](crate::Exchange::outgoing). On a client's layer, it applies to the calls through
    /// that layer, if the server's layer did not [`skip`](Self::skip) the exchange.
    ///
    /// ```
    /// # use http::HeaderName;
    /// # use tower_request_log::RequestLogLayer;
    /// let layer = RequestLogLayer::new().propagate(HeaderName::from_static("baggage"));
    /// ```
    ///
    /// By default, only a valid trace context is handed on: `traceparent` and `tracestate`.
    #[must_use]
    pub fn propagate(self, name: HeaderName) -> Self {
        self.with(|config| Arc::make_mut(&mut config.carried).propagated.push(name))
    }

    pub(crate) fn of(settings: Settings) -> Self {
        Self { settings }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    fn with(mut self, set: impl FnOnce(&mut Config)) -> Self {
        self.settings.change(set);
        self
    }
}

impl Default for RequestLogLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for RequestLogLayer {
    type Service = RequestLog<S>;

    fn layer(&self, inner: S) -> RequestLog<S> {
        let config = self.settings.now();
        config.sink.attach(&config.format);
        RequestLog::new(inner, self.settings.clone())
    }
}

impl fmt::Debug for RequestLogLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let config = self.settings.now();
        f.debug_struct("RequestLogLayer")
            .field("redactor", &config.redactor)
            .field("body_limit", &config.body_limit)
            .field("record_limit", &config.record_limit)
            .field("request_id_header", &config.carried.ids.header)
            .field("trust_request_id", &config.carried.ids.trust)
            .finish_non_exhaustive()
    }
}

/// Returns the budget shared by all layers that set none of their own.
fn process_budget() -> Arc<Budget> {
    static BUDGET: OnceLock<Arc<Budget>> = OnceLock::new();
    BUDGET.get_or_init(|| Arc::new(Budget::new(64 * 1024 * 1024))).clone()
}
