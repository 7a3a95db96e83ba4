//! The layer on reqwest's client: `cargo run --example reqwest`.
//!
//! A gateway calls a wallet twice, once through the layer, once with the headers of `Exchange::outgoing`. The log on standard
//! output shows the request with the id `ID` and its calls with `ID.1` and `ID.2`.

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use http::{Request, Response};
use serde_json::{Value, json};
use std::error::Error;
use tokio::net::TcpListener;
use tower::{BoxError, ServiceBuilder, ServiceExt, service_fn, util::BoxCloneSyncService};
use tower_request_log::{Exchange, LogBody, RequestLogLayer};

/// A reqwest client whose calls are logged.
#[derive(Clone)]
struct Calls {
    client: reqwest::Client,
    service: BoxCloneSyncService<Request<reqwest::Body>, Response<LogBody<reqwest::Body>>, BoxError>,
}

impl Calls {
    fn new(client: reqwest::Client) -> Self {
        let sender = client.clone();
        let send = move |request: Request<LogBody<reqwest::Body>>| {
            let request = request.map(reqwest::Body::wrap).try_into().map(|request| sender.execute(request));
            async { Ok::<_, BoxError>(Response::from(request?.await?)) }
        };
        let service = ServiceBuilder::new().layer(RequestLogLayer::client()).service(service_fn(send));
        Self { client, service: BoxCloneSyncService::new(service) }
    }

    /// Sends a request as [`reqwest::RequestBuilder::send`] does.
    async fn send(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response, BoxError> {
        let response = self.service.clone().oneshot(request.build()?.try_into()?).await?;
        Ok(response.map(reqwest::Body::wrap).into())
    }
}

/// Where the wallet is, and how it is called.
#[derive(Clone)]
struct Wallet {
    calls: Calls,
    url: String,
}

impl Wallet {
    /// Through the layer: the call is in the log.
    async fn charge(&self, amount: &str) -> Result<Value, BoxError> {
        let request = self.calls.client.post(&self.url).json(&json!({ "amount": amount, "card_token": "tok_94ba" }));
        Ok(self.calls.send(request).await?.json().await?)
    }

    /// Without the layer: only the wallet logs it, under the id that the exchange gave it.
    async fn balance(&self, exchange: &Exchange) -> Result<Value, BoxError> {
        Ok(self.calls.client.get(&self.url).headers(exchange.outgoing()).send().await?.json().await?)
    }
}

async fn order(exchange: Exchange, State(wallet): State<Wallet>) -> Result<Json<Value>, (StatusCode, String)> {
    let bad_gateway = |error: BoxError| (StatusCode::BAD_GATEWAY, error.to_string());
    let receipt = wallet.charge("12.50").await.map_err(bad_gateway)?;
    let balance = wallet.balance(&exchange).await.map_err(bad_gateway)?;
    Ok(Json(json!({ "receipt": receipt, "balance": balance })))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let wallet = Router::new()
        .route("/", get(async || Json(json!({ "balance": "87.50" }))).post(async || Json(json!({ "receipt": 7 }))));
    let url = serve(wallet.layer(RequestLogLayer::new())).await?;

    let client = reqwest::Client::new();
    let gateway =
        Router::new().route("/order", get(order)).with_state(Wallet { calls: Calls::new(client.clone()), url });
    let gateway = serve(gateway.layer(RequestLogLayer::new())).await?;

    let answer = client.get(format!("{gateway}/order")).send().await?.error_for_status()?;
    eprintln!("{}", answer.text().await?);
    Ok(())
}

/// Serves `app` on a free port; its URL.
async fn serve(app: Router) -> Result<String, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(axum::serve(listener, app).into_future());
    Ok(url)
}
