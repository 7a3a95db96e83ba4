//! The layer on the client side: `cargo run --example client -- http://127.0.0.1:3000/`.
//!
//! Without an address it starts a small server of its own to ask. The log says what the client sent and what it got; its
//! id goes along in `x-request-id`, so the server's log bears the same.

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use std::error::Error;
use tokio::net::TcpListener;
use tower::{Service, ServiceBuilder, ServiceExt};
use tower_request_log::RequestLogLayer;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let uri = match std::env::args().nth(1) {
        Some(uri) => uri,
        None => serve().await?,
    };
    let client = Client::builder(TokioExecutor::new()).build_http();
    let mut client = ServiceBuilder::new().layer(RequestLogLayer::new()).service(client);

    let request = Request::post(uri)
        .header("content-type", "application/json")
        .header("authorization", "Bearer 5ecr3t")
        .body(Full::new(Bytes::from(r#"{"hello":"world","password":"hunter2"}"#)))?;
    let response = client.ready().await?.call(request).await?;
    response.into_body().collect().await?;
    Ok(())
}

/// A server that answers with JSON; its address.
async fn serve() -> Result<String, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let uri = format!("http://{}/greetings?token=abc", listener.local_addr()?);
    let answer = || async { axum::Json(serde_json::json!({ "greeting": "hello", "session_token": "t0k3n" })) };
    let app = axum::Router::new().route("/greetings", axum::routing::post(answer));
    tokio::spawn(axum::serve(listener, app).into_future());
    Ok(uri)
}
