//! The service of the pipeline: `cargo run --example games -- 127.0.0.1:3000`.
//!
//! Its log goes to standard output. SIGTERM or Ctrl-C ends it: open exchanges are finished, then the log is flushed.

use axum::{
    Json, Router,
    body::Bytes,
    extract::Path,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::IntoResponse,
    routing::{any, get, post},
};
use serde_json::{Value, json};
use std::{error::Error, io::Write};
use tokio::{net::TcpListener, signal};
use tower_request_log::{Redactor, RequestLogLayer};

/// The header by which nginx marks a request that it sends for the second time.
const RETRY: HeaderName = HeaderName::from_static("x-retry");

fn app() -> Router {
    let redactor = Redactor::new().field("player_ledger").path("/games/{game}/bet");
    Router::new()
        .route("/", get(|| async { "Place your bets.\n" }))
        .route("/games/{game}/bet", post(bet))
        .route("/echo", post(echo))
        .route("/status/{code}", any(status))
        .route("/flaky", any(flaky))
        .layer(RequestLogLayer::new().redactor(redactor))
}

async fn bet(Json(bet): Json<Value>) -> impl IntoResponse {
    (StatusCode::CREATED, Json(json!({ "payout": "0.00", "credits": {}, "currency": bet["currency"] })))
}

/// Answers with what it was sent.
async fn echo(headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let kind = headers.get(header::CONTENT_TYPE).cloned().unwrap_or(header::HeaderValue::from_static("text/plain"));
    ([(header::CONTENT_TYPE, kind)], body)
}

/// Answers with the status that it is asked for.
async fn status(Path(code): Path<u16>) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_REQUEST)
}

/// Fails on the first attempt, as a service does that has lost its database for a moment.
async fn flaky(headers: HeaderMap) -> (StatusCode, &'static str) {
    if headers.contains_key(RETRY) {
        (StatusCode::OK, "at last\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "no database\n")
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Some(address) = std::env::args().nth(1) else {
        writeln!(std::io::stderr(), "usage: games ADDRESS:PORT")?;
        std::process::exit(2)
    };
    let listener = TcpListener::bind(&address).await.map_err(|error| format!("cannot listen on {address}: {error}"))?;
    let mut terminate = signal::unix::signal(signal::unix::SignalKind::terminate())?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = signal::ctrl_c() => {}
        }
    };
    axum::serve(listener, app()).with_graceful_shutdown(stop).await?;
    Ok(())
}
