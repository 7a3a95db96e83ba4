//! What axum knows of a request is in its record where axum is, and never required.

use crate::common::Log;
use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Request, Response},
    routing::get,
};
use http_body_util::BodyExt;
use std::{convert::Infallible, net::SocketAddr};
use tower::{Layer, ServiceExt, service_fn};
use tower_request_log::{
    Exchange, Record, RequestLogLayer,
    format::lines::{Entry, Reader},
    sink::Memory,
};

async fn recorded(app: impl Fn(RequestLogLayer) -> Router, peer: Option<SocketAddr>) -> Record {
    let memory = Memory::new();
    let app = app(RequestLogLayer::new().sink(memory.clone()));
    let mut request = Request::get("/games/7").body(Body::empty()).unwrap();
    if let Some(peer) = peer {
        // As `into_make_service_with_connect_info` does.
        request.extensions_mut().insert(ConnectInfo(peer));
    }
    let response = app.oneshot(request).await.unwrap();
    response.into_body().collect().await.unwrap();
    memory.records().remove(0)
}

fn games() -> Router {
    Router::new().route("/games/{id}", get(async || "7"))
}

#[tokio::test]
async fn the_route_and_the_peer() {
    let peer = SocketAddr::from(([10, 0, 0, 1], 1234));
    let record = recorded(|layer| games().layer(layer), Some(peer)).await;
    assert_eq!(record.target(), "/games/7");
    assert_eq!((record.route(), record.peer()), (Some("/games/{id}"), Some(peer)));
    let record = recorded(|layer| games().layer(layer), None).await;
    assert_eq!((record.route(), record.peer()), (Some("/games/{id}"), None));
    // Around the router nobody has looked for a route yet.
    let record = recorded(|layer| Router::new().fallback_service(layer.layer(games())), None).await;
    assert_eq!((record.route(), record.peer()), (None, None));
}

#[tokio::test]
async fn the_facts_tell_them() {
    let log = Log::new();
    let app = games().layer(log.layer());
    let mut request = Request::get("/games/7").body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 1234))));
    app.oneshot(request).await.unwrap().into_body().collect().await.unwrap();
    let text = log.raw();
    assert!(text.lines().rev().nth(1).unwrap().ends_with("ms, peer 10.0.0.1:1234, route /games/{id}"), "{text}");
    let Some(Ok(Entry::Exchange(block))) = Reader::new(text.as_bytes()).next() else { panic!("{text}") };
    assert_eq!((block.peer(), block.route()), (Some(SocketAddr::from(([10, 0, 0, 1], 1234))), Some("/games/{id}")));
}

/// The route is known on the outermost router, and around it where something inside tells it.
#[tokio::test]
async fn the_route_wherever_the_layer_stands() {
    let nested = |games: Router| Router::new().nest("/games", games);
    let game = || Router::new().route("/{id}", get(async || "7"));
    let told = || Router::new().route("/games/{id}", get(async |_: Exchange| "7"));
    let asked = || Router::new().route("/games/{id}", get(async |_: Option<Exchange>| "7"));
    let around = |layer: RequestLogLayer, router: Router| Router::new().fallback_service(layer.layer(router));
    type App = Box<dyn Fn(RequestLogLayer) -> Router>;
    let apps: [(&str, App); 7] = [
        ("on the outermost router", Box::new(move |layer| nested(game()).layer(layer))),
        ("around, a clone inside", Box::new(move |layer| around(layer.clone(), games().layer(layer)))),
        ("around, a clone in the nest", Box::new(move |layer| around(layer.clone(), nested(game().layer(layer))))),
        ("around, another inside", Box::new(move |layer| around(layer.clone(), games().layer(layer.body_limit(1))))),
        ("around, told by the handler", Box::new(move |layer| around(layer, told()))),
        ("around, asked by the handler", Box::new(move |layer| around(layer, asked()))),
        (
            "around a service in a nest",
            Box::new(move |layer| Router::new().nest_service("/games", game().layer(layer.clone())).layer(layer)),
        ),
    ];
    for (name, app) in apps {
        let record = recorded(app, None).await;
        assert_eq!(record.route(), Some("/games/{id}"), "{name}");
    }
    // The next exchange has none of it.
    let (memory, layer) = logged();
    let app = around(layer, told().fallback(async || "nothing"));
    get_all(app.clone(), "/games/7").await;
    get_all(app, "/elsewhere").await;
    assert_eq!(
        memory.records().iter().map(|record| record.route().map(str::to_owned)).collect::<Vec<_>>(),
        [Some("/games/{id}".to_owned()), None]
    );
}

/// A nested router takes its prefix off the target before the layer in it sees it.
#[tokio::test]
async fn the_target_as_it_came() {
    let nested = |layer| Router::new().nest("/games", Router::new().route("/{id}", get(async || "7")).layer(layer));
    let record = recorded(nested, None).await;
    assert_eq!((record.target().as_str(), record.route()), ("/games/7", Some("/games/{id}")));
    // The prefix may be all of it.
    let root = |layer: RequestLogLayer| Router::new().route("/", get(async || "all")).layer(layer);
    for path in ["/games", "/games/"] {
        let (memory, layer) = logged();
        get_all(Router::new().nest(path, root(layer)), path).await;
        assert_eq!(memory.records()[0].target(), path);
    }
}

/// A proxy may send on what it got, extensions and all, over a connection, where no authority tells the exchanges apart.
#[tokio::test]
async fn the_target_as_it_is_sent_on() {
    for (path, sent, expected) in [
        ("/games/7?a=1", "/v1/games?a=1", &["/v1/games?a=1", "/games/7?a=1"][..]),
        ("/games/7?a=1", "/7?b=2", &["/games/7?a=1"]),
        ("/games/7", "/7", &["/games/7"]),
        ("/games/7", "/games/7", &["/games/7"]),
    ] {
        let (memory, layer) = logged();
        let client = layer.clone();
        let proxy = move |mut request: Request<Body>| {
            *request.uri_mut() = sent.parse().unwrap();
            let answer = async |_: Request<_>| Ok::<_, Infallible>(Response::new(Body::empty()));
            let answered = client.layer(service_fn(answer)).oneshot(request);
            async { answered.await.unwrap().map(Body::new) }
        };
        get_all(Router::new().fallback(proxy).layer(layer), path).await;
        assert_eq!(memory.records().iter().map(Record::target).collect::<Vec<_>>(), expected, "{path} {sent}");
    }
}

fn logged() -> (Memory, RequestLogLayer) {
    let memory = Memory::new();
    (memory.clone(), RequestLogLayer::new().sink(memory))
}

async fn get_all(app: Router, path: &str) {
    let response = app.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    response.into_body().collect().await.unwrap();
}
