//! The layer on the clients that people use, over TCP: reqwest and tonic. hyper's is everywhere else.

use crate::common::{
    Log,
    net::{get, serve},
};
use axum::{
    Router,
    http::{HeaderMap, Request, Response, StatusCode},
    response::Redirect,
    routing::{any, get as on_get},
};
use std::collections::BTreeSet;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Channel, Server};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tower::{BoxError, ServiceBuilder, ServiceExt, service_fn, util::BoxCloneSyncService};
use tower_request_log::{Exchange, LogBody, record::Kind};

type Calls = BoxCloneSyncService<Request<reqwest::Body>, Response<LogBody<reqwest::Body>>, BoxError>;

/// The layer on reqwest, as the documentation has it.
fn calls(log: &Log, client: &reqwest::Client) -> Calls {
    let client = client.clone();
    let send = move |request: Request<LogBody<reqwest::Body>>| {
        let request = request.map(reqwest::Body::wrap).try_into().map(|request| client.execute(request));
        async { Ok::<_, BoxError>(Response::from(request?.await?)) }
    };
    BoxCloneSyncService::new(ServiceBuilder::new().layer(log.client()).service(service_fn(send)))
}

async fn send(calls: &Calls, request: reqwest::RequestBuilder) -> Result<reqwest::Response, BoxError> {
    let response = calls.clone().oneshot(request.build()?.try_into()?).await?;
    Ok(response.map(reqwest::Body::wrap).into())
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Sides, ids and targets of what was logged, in order of their ids.
fn seen(log: &Log) -> BTreeSet<(String, String, String)> {
    log.all().iter().map(|record| (record.id().to_owned(), record.kind().to_string(), record.target())).collect()
}

fn expected<const N: usize>(records: [(&str, Kind, String); N]) -> BTreeSet<(String, String, String)> {
    records.map(|(id, kind, target)| (id.to_owned(), kind.to_string(), target)).into()
}

/// reqwest's calls are numbered and logged; those with the headers of `outgoing` are numbered.
#[tokio::test]
async fn reqwest_is_a_client() {
    let log = Log::new();
    let wallet = Router::new().fallback(any(async |headers: HeaderMap, body: String| {
        format!("{} {body}", headers["x-request-id"].to_str().unwrap())
    }));
    let wallet = serve(wallet.layer(log.layer())).await;
    let (client, url) = (client(), wallet.clone());
    let calls = calls(&log, &client);
    let app = Router::new().route(
        "/",
        on_get(async move || {
            let exchange = Exchange::current().unwrap();
            let layered = send(&calls, client.post(format!("{url}/a")).body("sent")).await.unwrap();
            assert_eq!(layered.text().await.unwrap(), "id.1 sent");
            let by_hand = client.get(format!("{url}/b")).headers(exchange.outgoing()).send().await.unwrap();
            by_hand.text().await.unwrap()
        }),
    );
    let answer = get(&serve(app.layer(log.layer())).await, &[("x-request-id", "id")]).await;
    assert_eq!(answer.body(), "id.2 ");
    log.wait(4).await;
    let records = expected([
        ("id", Kind::Server, "/".to_owned()),
        ("id.1", Kind::Client, format!("{wallet}/a")),
        ("id.1", Kind::Server, "/a".to_owned()),
        ("id.2", Kind::Server, "/b".to_owned()),
    ]);
    assert_eq!(seen(&log), records);
    let call = log.all().into_iter().find(|record| record.kind() == Kind::Client).unwrap();
    assert_eq!(call.request_body().text().as_deref(), Some("sent"));
    assert_eq!(call.response_body().text().as_deref(), Some("id.1 sent"));
}

/// reqwest follows redirects further in: one record of the client's, and the id comes twice.
#[tokio::test]
async fn reqwest_follows_redirects_under_one_id() {
    let log = Log::new();
    let moved = Router::new()
        .route("/", on_get(async || Redirect::temporary("/there")))
        .route("/there", on_get(async || "there"));
    let wallet = serve(moved.layer(log.layer())).await;
    let client = client();
    let answer = send(&calls(&log, &client), client.get(&wallet).header("x-request-id", "id")).await.unwrap();
    assert_eq!((answer.status(), answer.text().await.unwrap().as_str()), (StatusCode::OK, "there"));
    log.wait(3).await;
    let records = expected([
        ("id", Kind::Client, format!("{wallet}/")),
        ("id", Kind::Server, "/".to_owned()),
        ("id", Kind::Server, "/there".to_owned()),
    ]);
    assert_eq!(seen(&log), records);
}

/// A call that fails says why.
#[tokio::test]
async fn a_call_that_fails_says_why() {
    let log = Log::new();
    // A port that was free a moment ago, and nobody listens.
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let client = client();
    send(&calls(&log, &client), client.get(format!("http://{address}/"))).await.unwrap_err();
    log.wait(1).await;
    let notes = log.notes();
    let refused =
        |note: &String| note.starts_with("service failed: ") && note.contains("Connection refused (os error 111)");
    assert!(notes.iter().any(refused), "{notes:?}");
}

/// tonic's channel: each RPC is a call with a number.
#[tokio::test]
async fn tonic_is_a_client() {
    let log = Log::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ledger: http::Uri = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let (_, health) = tonic_health::server::health_reporter();
    let server = Server::builder().layer(log.layer()).add_service(health);
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    let channel = ServiceBuilder::new()
        .layer(log.client())
        .map_request(|request: Request<LogBody<tonic::body::Body>>| request.map(tonic::body::Body::new))
        .service(Channel::builder(ledger.clone()).connect_lazy());
    let client = HealthClient::with_origin(BoxCloneSyncService::new(channel), ledger.clone());
    let app = Router::new().route(
        "/",
        on_get(async move || {
            let check = async |service: &str| {
                let request = HealthCheckRequest { service: service.to_owned() };
                match client.clone().check(request).await {
                    Ok(answer) => format!("{:?}", answer.into_inner().status()),
                    Err(status) => format!("{:?}", status.code()),
                }
            };
            let (good, bad) = (check("").await, check("none").await);
            format!("{good} {bad}")
        }),
    );
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let answer = get(&serve(app.layer(log.layer())).await, &[("x-request-id", "id"), ("traceparent", parent)]).await;
    assert_eq!(answer.body(), "Serving NotFound");
    log.wait(5).await;
    let target = "/grpc.health.v1.Health/Check";
    let absolute = format!("{}{}", ledger.to_string().trim_end_matches('/'), target);
    let records = expected([
        ("id", Kind::Server, "/".to_owned()),
        ("id.1", Kind::Client, absolute.clone()),
        ("id.1", Kind::Server, target.to_owned()),
        ("id.2", Kind::Client, absolute),
        ("id.2", Kind::Server, target.to_owned()),
    ]);
    assert_eq!(seen(&log), records);
    for record in log.all() {
        assert_eq!(record.trace_id(), Some("4bf92f3577b34da6a3ce929d0e0e4736"));
        let status = match record.id() {
            "id.1" => Some(0),
            "id.2" => Some(5),
            _ => None,
        };
        assert_eq!(record.grpc_status(), status);
    }
}
