//! The layer on tonic, at both ends: `cargo run --example grpc`.
//!
//! A gateway, which is an axum service, asks a gRPC service for its health. The log on standard output shows the request
//! with the id `ID` and the call with `ID.1`, once as the gateway's channel saw it and once as the gRPC server did. The
//! bodies are protobuf: they are counted, not shown.

use axum::{Router, extract::State, http::StatusCode, routing::get};
use http::{Request, Uri};
use std::error::Error;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{
    body::Body,
    transport::{Channel, Server},
};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tower::{ServiceBuilder, ServiceExt, util::BoxCloneSyncService};
use tower_request_log::{LogBody, RequestLogLayer};

/// A channel whose calls are logged, as tonic's clients take it.
type Calls = BoxCloneSyncService<Request<Body>, http::Response<LogBody<Body>>, tonic::transport::Error>;

/// Puts the layer around a channel: outside of it, where it knows the exchange that calls.
fn logged(channel: Channel) -> Calls {
    let layered = ServiceBuilder::new()
        .layer(RequestLogLayer::client())
        .map_request(|request: Request<LogBody<Body>>| request.map(Body::new))
        .service(channel);
    BoxCloneSyncService::new(layered)
}

async fn ready(State(client): State<HealthClient<Calls>>) -> Result<String, (StatusCode, String)> {
    let answer = client.clone().check(HealthCheckRequest { service: String::new() }).await;
    match answer {
        Ok(answer) => Ok(format!("the ledger is {:?}\n", answer.into_inner().status())),
        Err(status) => Err((StatusCode::BAD_GATEWAY, status.to_string())),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let ledger: Uri = format!("http://{}", listener.local_addr()?).parse()?;
    let (_, health) = tonic_health::server::health_reporter();
    let server = Server::builder().layer(RequestLogLayer::new()).add_service(health);
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));

    let channel = Channel::builder(ledger.clone()).connect_lazy();
    // With the origin, the log tells whom the call went to.
    let client = HealthClient::with_origin(logged(channel), ledger);
    let gateway = Router::new().route("/ready", get(ready)).with_state(client).layer(RequestLogLayer::new());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/ready", listener.local_addr()?);
    tokio::spawn(axum::serve(listener, gateway).into_future());

    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new()).build_http();
    let response = client.oneshot(Request::get(url).body(String::new())?).await?;
    eprintln!("{}", response.status());
    Ok(())
}
