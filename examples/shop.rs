//! Three services and one order: `cargo run --example shop`.
//!
//! A gateway, a wallet and a ledger each listen on a port of their own. One order is placed. For it the gateway asks the
//! wallet and the ledger at once, charges the wallet (the first attempt fails and is tried again), asks the ledger for an
//! audit (which fails for good), and lets a task send the receipt after the response. The wallet writes to the ledger itself.
//!
//! The log of all three is on standard output, each line behind the name of its service, as `docker compose logs` has it. So
//! a program that reads logs can take it from here, and `grep` and `sort` show the order's calls:
//!
//! ```sh
//! cargo run --example shop --features axum | grep ' > [A-Z]* /' | sort -k3
//! ```
//!
//! `cargo run --example shop --features axum -- --tree` shows the calls as a tree, on standard error, in place of the log.

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, Error as ClientError},
    rt::TokioExecutor,
};
use std::{
    error::Error,
    io::Write,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use tower::{ServiceBuilder, ServiceExt, retry::Policy, util::BoxCloneSyncService};
use tower_request_log::{
    Exchange, LogBody, RequestLogLayer,
    format::lines::{Entry, Reader, tree},
};

/// The log of all three services, once more.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Writes a service's blocks to the log, each line behind the service's name.
fn log(layer: RequestLogLayer, service: &'static str) -> RequestLogLayer {
    layer.sink(move |block: &[u8]| {
        let lines = block.split_inclusive(|&byte| byte == b'\n');
        let named = lines.flat_map(|line| [format!("{service:<7} | ").as_bytes(), line].concat());
        LOG.lock().unwrap_or_else(PoisonError::into_inner).extend(named);
    })
}

/// Prints the log, or the calls that it tells of.
fn print(as_tree: bool) -> std::io::Result<()> {
    let log = std::mem::take(&mut *LOG.lock().unwrap_or_else(PoisonError::into_inner));
    if !as_tree {
        return std::io::stdout().write_all(&log);
    }
    let blocks = Reader::new(&log[..]).filter_map(|entry| match entry {
        Ok(Entry::Exchange(block)) => Some(block),
        _ => None,
    });
    tree::trees(blocks).iter().for_each(|call| eprint!("{call}"));
    Ok(())
}

/// Makes the calls of a service.
#[derive(Clone)]
struct Calls(BoxCloneSyncService<Request<Full<Bytes>>, Response<LogBody<hyper::body::Incoming>>, ClientError>);

impl Calls {
    fn new(service: &'static str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        // The retry stands outside of the layer: each attempt is a call with a number of its own.
        let layers = ServiceBuilder::new().retry(TwoMore(2)).layer(log(RequestLogLayer::client(), service));
        Self(BoxCloneSyncService::new(layers.service(client)))
    }

    async fn send(&self, method: Method, url: String, body: &'static str) -> Result<String, String> {
        let request = Request::builder().method(method).uri(url).header("content-type", "application/json");
        let request = request.body(Full::from(body)).map_err(|error| error.to_string())?;
        let response = self.0.clone().oneshot(request).await.map_err(|error| error.to_string())?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
        if status.is_success() { Ok(String::from_utf8_lossy(&body).into_owned()) } else { Err(status.to_string()) }
    }
}

/// Tries again twice what was not available.
#[derive(Clone)]
struct TwoMore(u8);

impl<B> Policy<Request<Full<Bytes>>, Response<B>, ClientError> for TwoMore {
    type Future = std::future::Ready<()>;

    fn retry(
        &mut self,
        _: &mut Request<Full<Bytes>>,
        answer: &mut Result<Response<B>, ClientError>,
    ) -> Option<Self::Future> {
        let again = answer.as_ref().is_ok_and(|response| response.status() == StatusCode::SERVICE_UNAVAILABLE);
        self.0 = self.0.checked_sub(1).filter(|_| again)?;
        Some(std::future::ready(()))
    }

    fn clone_request(&mut self, request: &Request<Full<Bytes>>) -> Option<Request<Full<Bytes>>> {
        Some(request.clone())
    }
}

/// What the gateway knows.
#[derive(Clone)]
struct Gateway {
    calls: Calls,
    wallet: String,
    ledger: String,
    /// Told once the receipt is sent.
    sent: mpsc::Sender<()>,
}

async fn order(exchange: Exchange, State(shop): State<Gateway>) -> (StatusCode, String) {
    exchange.field("user", 42);
    let Gateway { calls, wallet, ledger, sent } = shop;
    let (balance, rate) = tokio::join!(
        calls.send(Method::GET, format!("{wallet}/balance?access_token=tok_94ba"), ""),
        calls.send(Method::GET, format!("{ledger}/rates/GBP"), ""),
    );
    let charged = calls.send(Method::POST, format!("{wallet}/charges"), r#"{"amount":"12.50","pin":"1234"}"#).await;
    // Nobody waits for an audit that fails.
    let audit = calls.send(Method::GET, format!("{ledger}/audit"), "").await.err();
    // Goes on after the response, in this exchange all the same.
    tokio::spawn(exchange.scope(async move {
        let _ = calls.send(Method::POST, format!("{ledger}/receipts"), r#"{"order":7}"#).await;
        let _ = sent.send(()).await;
    }));
    match (balance, rate, charged) {
        (Ok(_), Ok(_), Ok(charged)) => {
            (StatusCode::CREATED, format!("{charged}, audit: {}", audit.as_deref().unwrap_or("done")))
        }
        (balance, rate, charged) => (StatusCode::BAD_GATEWAY, format!("{balance:?} {rate:?} {charged:?}")),
    }
}

fn wallet(calls: Calls, ledger: String) -> Router {
    let attempts = Arc::new(AtomicUsize::new(0));
    let charge = async move || {
        if attempts.fetch_add(1, Relaxed) == 0 {
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        }
        let entry = calls.send(Method::POST, format!("{ledger}/entries"), r#"{"amount":"-12.50"}"#).await;
        entry.map_err(|_| StatusCode::BAD_GATEWAY)
    };
    Router::new().route("/balance", get(async || r#"{"balance":"100.00"}"#)).route("/charges", post(charge))
}

fn ledger() -> Router {
    Router::new()
        .route("/rates/{currency}", get(async || "1.00"))
        .route("/entries", post(async || "entry 1"))
        .route("/receipts", post(async || StatusCode::NO_CONTENT))
        .route("/audit", get(async || StatusCode::INTERNAL_SERVER_ERROR))
}

/// A service that is up.
struct Service {
    url: String,
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

impl Service {
    async fn start(name: &'static str, app: Router) -> Result<Self, Box<dyn Error>> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = oneshot::channel();
        let app =
            app.layer(log(RequestLogLayer::new(), name)).into_make_service_with_connect_info::<std::net::SocketAddr>();
        let server = axum::serve(listener, app).with_graceful_shutdown(async { stopped.await.unwrap_or_default() });
        Ok(Self { url, stop, server: tokio::spawn(server.into_future()) })
    }

    /// Stops once all exchanges are over, and so in the log.
    async fn stop(self) -> Result<(), Box<dyn Error>> {
        let _ = self.stop.send(());
        Ok(self.server.await??)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let ledger = Service::start("ledger", ledger()).await?;
    let wallet = Service::start("wallet", wallet(Calls::new("wallet"), ledger.url.clone())).await?;
    let (sent, mut receipt) = mpsc::channel(1);
    let state = Gateway { calls: Calls::new("gateway"), wallet: wallet.url.clone(), ledger: ledger.url.clone(), sent };
    let app = Router::new().route("/orders", post(order)).with_state(state);
    let gateway = Service::start("gateway", app).await?;

    let customer = Client::builder(TokioExecutor::new()).build_http();
    let order = Request::post(format!("{}/orders", gateway.url)).header("content-type", "application/json");
    let response = customer.request(order.body(Full::<Bytes>::from(r#"{"item":7}"#))?).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    eprintln!("{status}: {}", String::from_utf8_lossy(&body));
    receipt.recv().await;
    drop(customer);
    for service in [gateway, wallet, ledger] {
        service.stop().await?;
    }
    Ok(print(std::env::args().any(|argument| argument == "--tree"))?)
}
