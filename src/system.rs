//! A system of services: one request, one tree of calls in the log.
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
//! # Ids
//!
//! The request that reaches the first service has an id, the one that came with it or a new one. Each call that the service
//! makes for it has that id, a dot and the number of the call. The next service trusts that id and logs under it, and
//! numbers its own calls behind another dot:
//!
//! ```text
//! 0355VueSYU64rempicHKhb        the request
//! 0355VueSYU64rempicHKhb.1      its first call
//! 0355VueSYU64rempicHKhb.2      its second call
//! 0355VueSYU64rempicHKhb.2.1    the first call that the second service makes for it
//! ```
//!
//! So `grep 0355VueSYU64rempicHKhb` over the logs of all services gives the whole request. A call has two records of the
//! same id, the client's and the server's.
