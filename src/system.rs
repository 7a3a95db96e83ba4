//! Logs a system of services: one request, one tree of calls in the log.
//!
//! Put [`RequestLogLayer::new`](crate::RequestLogLayer::new) on each service and
//! [`RequestLogLayer::client`](crate::RequestLogLayer::client) on each client. Nothing else has to be set up.
//!
//! ```
//! use axum::{Router, extract::State, routing::get};
//! use hyper_util::{client::legacy::{Client, connect::HttpConnector}, rt::TokioExecutor};
//! use tower::{ServiceBuilder, ServiceExt};
//! use tower_request_log::{LogBody, RequestLog, RequestLogLayer};
//!
//! type Calls = RequestLog<Client<HttpConnector, LogBody<String>>>;
//!
//! async fn balance(State(calls): State<Calls>) -> String {
//!     let request = http::Request::get("http://wallet.internal/balance").body(String::new()).unwrap();
//!     match calls.oneshot(request).await {
//!         Ok(response) => response.status().to_string(),
//!         Err(error) => error.to_string(),
//!     }
//! }
//!
//! # fn main() {
//! let client = Client::builder(TokioExecutor::new()).build_http();
//! let calls = ServiceBuilder::new().layer(RequestLogLayer::client()).service(client);
//! let app: Router = Router::new().route("/", get(balance)).with_state(calls).layer(RequestLogLayer::new());
//! # }
//! ```
//!
//! `cargo run --example shop --features axum` runs three services and prints the log of one order; with `-- --tree` it shows
//! its calls:
//!
//! ```text
//! 0355ajSJsnIxIMocvQ5umO POST /orders 201 53ms
//! ├ 0355ajSJsnIxIMocvQ5umO.1 GET /balance?access_token=REDACTED 200 35ms
//! ├ 0355ajSJsnIxIMocvQ5umO.2 GET /rates/GBP 200 32ms
//! ├ 0355ajSJsnIxIMocvQ5umO.3 POST /charges 503 0.06ms
//! ├ 0355ajSJsnIxIMocvQ5umO.4 POST /charges 200 12ms
//! │ └ 0355ajSJsnIxIMocvQ5umO.4.1 POST /entries 200 0.10ms
//! ├ 0355ajSJsnIxIMocvQ5umO.5 GET /audit 500 0.04ms
//! └ 0355ajSJsnIxIMocvQ5umO.6 POST /receipts 204 0.03ms
//! ```
//!
//! # Ids
//!
//! The request that reaches the first service has an id: the one that came with it, or a new one. Each call that the
//! service makes for it has that id, a dot and the number of the call. The next service trusts that id like any
//! well-formed one. It logs under it, and adds another dot and number for its own calls:
//!
//! ```text
//! 0355VueSYU64rempicHKhb        the request
//! 0355VueSYU64rempicHKhb.1      its first call
//! 0355VueSYU64rempicHKhb.2      its second call
//! 0355VueSYU64rempicHKhb.2.1    the first call that the second service makes for it
//! ```
//!
//! So `grep 0355VueSYU64rempicHKhb` over the logs of all services finds the whole request, and sorting by id gives its
//! tree. The client's record and the server's record have the same id; `as client` among the facts tells them apart.
//! The program `request-log tree` and [`format::lines::tree`](crate::format::lines::tree) build the tree.
//!
//! ```text
//! gateway | 0355VueSYU64rempicHKhb > POST /orders HTTP/1.1
//! gateway | 0355VueSYU64rempicHKhb.1 > GET http://10.0.0.7:3000/balance?access_token=REDACTED HTTP/1.1
//! wallet  | 0355VueSYU64rempicHKhb.1 > GET /balance?access_token=REDACTED HTTP/1.1
//! gateway | 0355VueSYU64rempicHKhb.2 > POST http://10.0.0.7:3000/charges HTTP/1.1
//! wallet  | 0355VueSYU64rempicHKhb.2 > POST /charges HTTP/1.1
//! wallet  | 0355VueSYU64rempicHKhb.2.1 > POST http://10.0.0.8:3000/entries HTTP/1.1
//! ledger  | 0355VueSYU64rempicHKhb.2.1 > POST /entries HTTP/1.1
//! ```
//!
//! Calls are numbered in the order in which they are made. Ids never grow past 128 characters: past that, calls share
//! the id of their caller. The response has the id too. A proxy that returns the response of its own call returns it
//! with the id that the request came with.
//!
//! To trust no ids from outside, set [`trust_request_id(false)`](crate::RequestLogLayer::trust_request_id) on the first
//! service, and only there: on the others it would cut the tree.
//!
//! # In a handler
//!
//! [`Exchange`](crate::Exchange) is the exchange that the code runs in. An axum handler takes it as an argument
//! (feature `axum`). [`Exchange::current`](crate::Exchange::current) gives it to any code that the handler calls.
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! use axum::{Router, routing::post};
//! use tower_request_log::{Exchange, RequestLogLayer};
//!
//! async fn order(exchange: Exchange) -> String {
//!     exchange.field("user", 42); // the note `user: 42`
//!     charge();
//!     format!("your order is {}", exchange.id())
//! }
//!
//! fn charge() {
//!     if let Some(exchange) = Exchange::current() {
//!         exchange.keep(); // written, whatever `RequestLogLayer::keep` says
//!         exchange.hide_bodies(); // the bodies are only counted
//!     }
//! }
//!
//! let app: Router = Router::new().route("/orders", post(order)).layer(RequestLogLayer::new());
//! ```
//!
//! Without axum it is among the request's extensions: `request.extensions().get::<Exchange>()`.
//!
//! # Tasks and threads
//!
//! The exchange is known in the service's `call`, in its future, and wherever the request's or the response's body is
//! polled. It is **not** known in code that runs elsewhere: in `tokio::spawn`, in `spawn_blocking`, at the other end of
//! a channel. Hand it over there yourself:
//!
//! ```
//! use tower_request_log::Exchange;
//!
//! # async fn send_receipt() {}
//! # fn resize_image() {}
//! async fn order(exchange: Exchange) {
//!     tokio::spawn(exchange.scope(send_receipt()));
//!     tokio::task::spawn_blocking(move || {
//!         let _guard = exchange.enter();
//!         resize_image();
//!     });
//! }
//! ```
//!
//! A task that outlives its exchange does not delay the record. Its calls are still in the tree.
//!
//! # Clients
//!
//! **hyper**: `hyper_util::client::legacy::Client` is a Tower service, as above.
//!
//! **reqwest**: its client has types of its own, so a few lines convert them (`cargo run --example reqwest --features
//! axum`):
//!
//! ```
//! use http::{Request, Response};
//! use tower::{BoxError, ServiceBuilder, ServiceExt, service_fn};
//! use tower_request_log::{LogBody, RequestLogLayer};
//!
//! # async fn f() -> Result<(), BoxError> {
//! let client = reqwest::Client::new();
//! let sender = client.clone();
//! let calls = ServiceBuilder::new().layer(RequestLogLayer::client()).service(service_fn(
//!     move |request: Request<LogBody<reqwest::Body>>| {
//!         let request = request.map(reqwest::Body::wrap).try_into().map(|request| sender.execute(request));
//!         async { Ok::<_, BoxError>(Response::from(request?.await?)) }
//!     },
//! ));
//!
//! let request = client.get("http://wallet.internal/balance").build()?;
//! let response = calls.oneshot(request.try_into()?).await?;
//! let response: reqwest::Response = response.map(reqwest::Body::wrap).into();
//! # Ok(())
//! # }
//! ```
//!
//! Headers that reqwest adds later, such as `Accept` and `User-Agent`, are not in the record. Redirects that it follows
//! are one record. It cannot send a body a second time, because it gets the body as a stream.
//!
//! **tonic**: put the layer around the channel (`cargo run --example grpc`). Set the origin, so that the log shows
//! where a call went:
//!
//! ```
//! use http::Request;
//! use tonic::{body::Body, transport::Channel};
//! use tonic_health::pb::health_client::HealthClient;
//! use tower::ServiceBuilder;
//! use tower_request_log::{LogBody, RequestLogLayer};
//!
//! # async fn f() -> Result<(), Box<dyn std::error::Error>> {
//! let origin = http::Uri::from_static("http://ledger.internal:50051");
//! let channel = ServiceBuilder::new()
//!     .layer(RequestLogLayer::client())
//!     .map_request(|request: Request<LogBody<Body>>| request.map(Body::new))
//!     .service(Channel::builder(origin.clone()).connect_lazy());
//! let client = HealthClient::with_origin(channel, origin);
//! # Ok(())
//! # }
//! ```
//!
//! **Any other client**: [`Exchange::outgoing`](crate::Exchange::outgoing) returns the headers for one more call. The
//! callee's record is then in the tree, but there is no client's record.
//!
//! # Retries, redirects, buffers
//!
//! | what | where the client's layer goes | what the log shows |
//! | --- | --- | --- |
//! | `tower::retry` | inside it | each attempt is a call with a number |
//! | tower-http's `FollowRedirect` | inside it | each request is a call with a number |
//! | `tower::buffer` | outside it | the call in its exchange. Inside a buffer, the layer runs on the buffer's task, which has no exchange: put one among the request's extensions |
//! | `tower::balance`, `tower::load` | on either side | one call, whichever endpoint took it |
//! | `tower::timeout` | on either side | inside it `no response: we gave up after 50ms`, outside it `service failed: request timed out` |
//! | a proxy or balancer that tries again by itself | | two server records of one call |
//! | redirects and retries within reqwest or hyper | | one client record, and a server record for each |
//!
//! This puts the exchange among the extensions of a request that goes through a buffer:
//!
//! ```
//! use tower_request_log::Exchange;
//!
//! # fn f(mut request: http::Request<()>) {
//! if let Some(exchange) = Exchange::current() {
//!     request.extensions_mut().insert(exchange);
//! }
//! # }
//! ```
//!
//! # Trace context
//!
//! A valid `traceparent` that came with a request ([W3C Trace Context], section 3.2) is handed on unchanged, with its
//! `tracestate`, to the calls made for the request that have none. It is not handed on if it cannot be read, or if
//! there are two. This crate takes no part in a trace and never starts one.
//! [`Record::trace_id`](crate::Record::trace_id) returns the id of the trace.
//!
//! [`propagate`](crate::RequestLogLayer::propagate) hands other headers on:
//!
//! ```
//! use http::HeaderName;
//! use tower_request_log::RequestLogLayer;
//!
//! let layer = RequestLogLayer::new()
//!     .propagate(HeaderName::from_static("baggage"))
//!     .propagate(HeaderName::from_static("b3"));
//! ```
//!
//! # Calls to strangers
//!
//! By default, all calls get the id and the trace context. If a client also calls services that are not yours, exclude
//! those with [`propagate_to`](crate::RequestLogLayer::propagate_to). If a callee accepts only certain ids, turn the
//! numbers off with [`number_calls`](crate::RequestLogLayer::number_calls):
//!
//! ```
//! use tower_request_log::RequestLogLayer;
//!
//! let calls = RequestLogLayer::client()
//!     .propagate_to(|call| call.uri.host().is_some_and(|host| host.ends_with(".internal")));
//! let to_one_with_uuids = RequestLogLayer::client().number_calls(false);
//! ```
//!
//! The layer sets the headers before it calls the service inside, so a signer inside (such as AWS SigV4) signs them.
//!
//! [W3C Trace Context]: https://www.w3.org/TR/trace-context/
