//! The layer and its settings.

use crate::{
    capture::Budget,
    config::{Carried, Config, Joined},
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
/// What stands inside sees bodies of type [`LogBody`](crate::LogBody).
///
/// Clones share the settings, the sink and the memory budget.
///
/// # Where it stands
///
/// Add it as the last `.layer` on the outermost router: it then sees requests before all other middleware, and responses
/// after it. With the feature `axum` it knows there the matched route, that of a nested router included, and, where the
/// router is served with `into_make_service_with_connect_info::<SocketAddr>()`, the peer's address.
///
/// **Around a router** as a whole, no route is matched yet: axum tells it only to what is inside. So it is where the service
/// is `ServiceBuilder::new().layer(layer).service(router)`, or the router is in the `nest_service` or `fallback_service` of
/// another. Put a clone of the layer on the router too. It makes no second record, and tells the first one the route:
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
/// A handler that takes an [`Exchange`](crate::Exchange) tells the route as well.
///
/// **In a router that another nests**, the target lacks the prefix of the nest, and a [`Redactor::path`] that has the prefix
/// does not match. With the feature `axum` the target is the one that came.
///
/// # With axum's middleware in one `ServiceBuilder`
///
/// Middleware of `axum::middleware::from_fn` and its like takes bodies of axum's own type only, and inside of the layer
/// they are of type [`LogBody`](crate::LogBody). So this does not compile:
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
/// The record of an exchange that switches protocols is written at its 101, with the note `switched protocols: websocket`.
/// The connection itself is not watched: hyper hands it to the handler alone, past all layers, and to stand in between the
/// layer would have to touch every byte. **So when such a connection ends, and how long it lasted, is not in the log.** The
/// handler knows. It can say so in an event that bears the id:
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
/// # What it asks of a service
///
/// It takes a `Request` with any body and returns a `Response` with any body. The data of both bodies is `'static`; their
/// errors and the service's are `'static` and [`Display`](std::fmt::Display), for notes such as `service failed: …`. None of
/// them need be `Send`, `Sync` or `Clone`.
///
/// # Errors
///
/// A failure is told with its causes, as [`Error::source`] gives them, redacted, up to 8 KiB and 32 causes. A cause that the
/// text before it ends with already is not told again.
///
/// ```text
/// 03523nSUCMQXgtAuh1LPX8   service failed: client error (Connect): tcp connect error: Connection refused (os error 111)
/// ```
///
/// `Display` does not give causes. The layer asks for them where the error is one of these types:
///
/// - `Box<dyn Error>`, with `Send` and `Sync` or without, `Arc<dyn Error + Send + Sync>` and [`std::io::Error`];
/// - with the feature `axum`, `axum::Error`;
/// - with the feature `hyper`, which is on by default, `hyper::Error` and `hyper_util::client::legacy::Error`;
/// - with the feature `tonic`, `tonic::Status` and `tonic::transport::Error`;
/// - any that is named to [`causes_of`](Self::causes_of).
///
/// The errors of `anyhow` and `eyre` tell their causes themselves. Of any other type the log shows what its `Display` says.
///
/// [`Error::source`]: std::error::Error::source
///
/// # Layers that meet
///
/// A layer may be inside of another that logs the same request: one on the whole router and one on a part of it, say. Both
/// then see one exchange.
///
/// - A clone inside of a layer changes nothing.
/// - There is one id, which the outer layer settles. Where the inner one has another
///   [`request_id_header`](Self::request_id_header), the id goes in that header too. Its
///   [`trust_request_id`](Self::trust_request_id) and [`make_request_id`](Self::make_request_id) are not asked.
/// - What either [`redactor`](Self::redactor) hides is hidden, and the smaller [`body_limit`](Self::body_limit) holds.
/// - Where both write to the same place ([`Sink::is_same`]), there is one record. It is written if neither layer skips it and
///   both keep it, in the outer layer's [`format`](Self::format), up to the smaller [`record_limit`](Self::record_limit).
///   [`memory_budget`](Self::memory_budget), [`report_open_after`](Self::report_open_after) and
///   [`causes_of`](Self::causes_of) are those of the outer layer.
/// - An inner layer with a sink of its own writes a record of its own there, by its own settings.
/// - Headers that either [`propagate`](Self::propagate)s are handed on. Of two layers on a client, the outer one decides on
///   [`number_calls`](Self::number_calls) and [`propagate_to`](Self::propagate_to).
#[derive(Clone)]
pub struct RequestLogLayer {
    settings: Settings,
}

impl RequestLogLayer {
    /// A layer that writes [`Lines`] to [`Stdout`] with the default [`Redactor`].
    pub fn new() -> Self {
        Self::of(Settings::Fixed(Arc::new(Config {
            kind: Kind::Server,
            redactor: Arc::new(Redactor::new()),
            format: Arc::new(Lines::new()),
            sink: Arc::new(Stdout::new()),
            gates: Gates::default(),
            body_limit: 64 * 1024,
            record_limit: 1024 * 1024,
            trust_id: true,
            make_id: None,
            number_calls: true,
            propagate_to: None,
            carried: Arc::new(Carried { id_header: HeaderName::from_static("x-request-id"), propagated: Vec::new() }),
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

    /// A layer for outgoing calls: to be put on a client.
    ///
    /// It has the settings and defaults of [`new`](Self::new), and logs each call as the client sees it:
    ///
    /// - **The id.** A call that an [`Exchange`](crate::Exchange) makes gets its id with a dot and the call's number: the
    ///   second call of `0355VueSYU64rempicHKhb` is `0355VueSYU64rempicHKhb.2`. The callee's layer trusts it as any other
    ///   id, so both records bear it. The exchange is the one among the request's extensions, else
    ///   [`Exchange::current`](crate::Exchange::current). A call outside of all exchanges keeps the id that the program
    ///   gave it, and gets a new one where it has none. An id that would grow past 128 characters stays as it is.
    /// - **The trace context** that came with the exchange's request goes along, if it is valid and the call has none:
    ///   `traceparent` and `tracestate`, unchanged. None is ever started.
    /// - **The record** shows what was sent, the id and the trace context included, under the absolute target. Its words
    ///   are the client's: `we gave up after 14 bytes of the response body`.
    ///
    /// Headers are set before the request reaches what stands inside of the layer, so a signer there signs them. Put the
    /// layer *inside* of one that tries again or follows redirects, so that each attempt is a call with a number of its
    /// own, and *outside* of tower's `Buffer` and balancers, whose tasks run in no exchange.
    ///
    /// [`system`](crate::system) shows it with hyper's client, reqwest and tonic.
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

    /// Sets what is hidden.
    ///
    /// By default, [`Redactor::new()`], which hides the common secrets.
    #[must_use]
    pub fn redactor(self, redactor: Redactor) -> Self {
        redactor.prepare();
        self.with(|config| config.redactor = Arc::new(redactor))
    }

    /// Sets how a record becomes bytes.
    ///
    /// By default, [`Lines`].
    #[must_use]
    pub fn format(self, format: impl Format) -> Self {
        self.with(|config| config.format = Arc::new(format))
    }

    /// Sets where blocks go.
    ///
    /// By default, [`Stdout`].
    #[must_use]
    pub fn sink(self, sink: impl Sink) -> Self {
        self.with(|config| config.set_sink(Arc::new(sink)))
    }

    /// Sets how many bytes of each body are shown; the rest is counted and a note says so.
    ///
    /// For each body that is shown, that many bytes and one KiB more are held in memory while the exchange lasts. With 0,
    /// bodies are only counted.
    ///
    /// By default, 65,536 (64 KiB).
    #[must_use]
    pub fn body_limit(self, bytes: usize) -> Self {
        self.with(|config| config.body_limit = bytes)
    }

    /// Sets how many bytes one rendered block may have.
    ///
    /// Past it the bodies give way first, then the headers, then the end of the target; the status line and the notes stay, and
    /// a note says what is missing. What every block has stays, whatever the limit: up to 2,048 bytes.
    ///
    /// By default, 1,048,576 (1 MiB).
    #[must_use]
    pub fn record_limit(self, bytes: usize) -> Self {
        self.with(|config| config.record_limit = bytes)
    }

    /// Sets the header that carries the id, on the request for the service and on the response. A response that has it
    /// already keeps the first value that it has.
    ///
    /// By default, `x-request-id`.
    #[must_use]
    pub fn request_id_header(self, name: HeaderName) -> Self {
        self.with(|config| Arc::make_mut(&mut config.carried).id_header = name)
    }

    /// Sets whether the id that a request comes with is kept.
    ///
    /// It is if it is well-formed: one value of 1 to 128 characters of `A-Z a-z 0-9 . _ - : + / = @`, not `-` alone. Any
    /// other is replaced and a note says so, and so is one in which the [`Redactor`] finds a secret, or that is marked
    /// [`HeaderValue::is_sensitive`](http::HeaderValue::is_sensitive). With `false`, every request gets a new id.
    ///
    /// By default, `true`.
    #[must_use]
    pub fn trust_request_id(self, trust: bool) -> Self {
        self.with(|config| config.trust_id = trust)
    }

    /// Sets what makes ids for the requests that come without one, from the request's head.
    ///
    /// An id that it makes has to be well-formed, as [`trust_request_id`](Self::trust_request_id) says. Where it returns
    /// `None` or a malformed one, or panics, a [`RequestId`](crate::RequestId) is made as if it were not set.
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
    /// The layer also gets along with `tower_http::request_id` (0.7): a `RequestId` that stands in the request's extensions
    /// is taken for the id that came, and the layer's own id is put there for the layers and handlers inside.
    ///
    /// By default, each is a [`RequestId`](crate::RequestId).
    #[must_use]
    pub fn make_request_id(self, make: impl Fn(&Parts) -> Option<HeaderValue> + Send + Sync + 'static) -> Self {
        self.with(|config| config.make_id = Some(Arc::new(make)))
    }

    /// Sets how many bytes the captures of this layer's exchanges in flight may hold together, over all its clones.
    ///
    /// Past it bodies are only counted, and a note says so; of what was captured of one until then, the last KiB is not
    /// shown. Headers are not counted: a copy of them is held for as long as the exchange lasts, and some room for the next
    /// ones after it.
    ///
    /// By default, 67,108,864 (64 MiB), shared by all layers of the process that don't set their own.
    #[must_use]
    pub fn memory_budget(self, bytes: usize) -> Self {
        self.with(|config| config.budget = Arc::new(Budget::new(bytes)))
    }

    /// Sets which exchanges are not logged, decided on the request's head before any work.
    ///
    /// A skipped exchange still has its id, on the request and on the response. A filter that panics skips nothing.
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

    /// Sets which exchanges have their bodies captured and shown, decided on the request's head.
    ///
    /// The bodies of the others, in both directions, are only counted, and a note says so:
    ///
    /// ```text
    /// 03523nSUCMQXgtAuh1LPX8   request body: 53 bytes of application/json, not logged
    /// ```
    ///
    /// A filter that panics hides the bodies. A handler hides them with
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

    /// Sets which records are written, decided on the whole record when the exchange has ended: only errors, only slow
    /// ones, a sample. Nothing is rendered for the others. A filter that panics keeps the record.
    ///
    /// ```
    /// # use tower_request_log::RequestLogLayer;
    /// let layer = RequestLogLayer::new().keep(|record| record.status().is_none_or(|status| status.is_server_error()));
    /// ```
    ///
    /// By default, all are.
    #[must_use]
    pub fn keep(self, keep: impl Fn(&Record) -> bool + Send + Sync + 'static) -> Self {
        self.with(|config| config.keep = Some(Arc::new(keep)))
    }

    /// Runs the service inside, and both bodies, in a `tracing` span that has the field `request_id`, so that the events of
    /// the program's own code bear it too (feature `tracing`).
    ///
    /// The span is named `request`, its target is `tower_request_log`, and its level is ERROR, so that it is there whatever
    /// the level that a subscriber takes. A filter by target has to let it through: `info,tower_request_log=error` does.
    /// Skipped exchanges have it as well. With `tracing_subscriber::fmt().json()` an event of a handler looks like this:
    ///
    /// ```json
    /// {"level":"INFO","fields":{"message":"bet placed","wager":"0.01"},"target":"shop","span":{"request_id":"03523nSUCMQXgtAuh1LPX8","name":"request"}}
    /// ```
    ///
    /// What [`Exchange::scope`](crate::Exchange::scope) runs elsewhere is in the span too. Of layers that are inside of each
    /// other, the outermost decides. By default, there is no span.
    #[cfg(feature = "tracing")]
    #[must_use]
    pub fn span(self, span: bool) -> Self {
        self.with(|config| config.span = span)
    }

    /// Has an exchange that is still open after this long reported, once, with what is known by then and a note
    /// `still open after 30s`; its record comes in full at its end. Of a body that goes on, only the bytes that went by so
    /// far are told.
    ///
    /// The report goes through [`keep`](Self::keep) like any record; its outcome is
    /// [`Open`](crate::record::Outcome::Open). One thread serves all exchanges of the layer and its clones.
    ///
    /// By default, nothing is reported before its end.
    #[must_use]
    pub fn report_open_after(self, after: Duration) -> Self {
        self.with(|config| config.watch = Some(Arc::new(Watch::new(after))))
    }

    /// Has errors of the type `E` told with their causes, be it the service's error or a body's. Each call adds a type.
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
    /// By default, the types that are listed [above](Self#errors).
    #[must_use]
    pub fn causes_of<E: Error + 'static>(self) -> Self {
        self.with(|config| config.errors.push(as_error::<E>))
    }

    /// Sets whether each outgoing call of a client's layer has an id of its own.
    ///
    /// With `false` calls bear the id of the exchange that makes them, as it is: for callees that accept only what they
    /// know, such as an id that must be a UUID. The log then tells which calls belong to a request, but not which call made
    /// which.
    ///
    /// On a server's layer there is nothing to number. By default, `true`.
    #[must_use]
    pub fn number_calls(self, number: bool) -> Self {
        self.with(|config| config.number_calls = number)
    }

    /// Sets which outgoing calls of a client's layer get the id, the trace context and the
    /// [propagated](Self::propagate) headers, decided on the call's head: **not those to strangers**.
    ///
    /// Other calls are logged too, under the id that they would have had. An id of this exchange that the program forwarded
    /// is taken off them. A filter that panics hands nothing on.
    ///
    /// ```
    /// # use tower_request_log::RequestLogLayer;
    /// let layer = RequestLogLayer::client()
    ///     .propagate_to(|call| call.uri.host().is_some_and(|host| host.ends_with(".internal")));
    /// ```
    ///
    /// A server's layer makes no calls; it decides nothing there. By default, all calls get them.
    #[must_use]
    pub fn propagate_to(self, filter: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.with(|config| config.propagate_to = Some(Arc::new(filter)))
    }

    /// Hands a header of the request on to the calls that are made for it, beside the id and the trace context. Each call
    /// adds a name: `baggage`, `b3`, `x-amzn-trace-id`, `x-cloud-trace-context`.
    ///
    /// All values go along as they came. A call that has the header already keeps its own.
    ///
    /// On a server's layer it holds for all calls that the request's exchange makes, through any client's layer or with
    /// [`Exchange::outgoing`](crate::Exchange::outgoing). On a client's layer it holds for the calls through that layer, of an
    /// exchange that its server's layer did not [`skip`](Self::skip).
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
            .field("request_id_header", &config.carried.id_header)
            .field("trust_request_id", &config.trust_id)
            .finish_non_exhaustive()
    }
}

/// The budget of all layers that set none of their own.
fn process_budget() -> Arc<Budget> {
    static BUDGET: OnceLock<Arc<Budget>> = OnceLock::new();
    BUDGET.get_or_init(|| Arc::new(Budget::new(64 * 1024 * 1024))).clone()
}
