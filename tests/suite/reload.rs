//! Settings that change while services run.

use crate::common::{call, soon};
use axum::{Router, body::Body, http::Request, routing::post};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
};
use tokio::net::TcpListener;
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_request_log::{Record, RequestLogLayer, reload::Handle, sink::Memory};

/// A reloadable layer that writes to memory.
fn reloadable() -> (RequestLogLayer, Handle, Memory) {
    let memory = Memory::new();
    let (layer, handle) = RequestLogLayer::reloadable();
    handle.modify(|layer| layer.sink(memory.clone())).unwrap();
    (layer, handle, memory)
}

/// Whether a record shows both bodies, or neither.
fn shows(record: &Record) -> bool {
    let bodies = [record.request_body(), record.response_body()].map(|body| body.text());
    match [bodies[0].as_deref(), bodies[1].as_deref()] {
        [Some("{\n    \"bet\": 1\n}"), Some("{\n    \"bet\": 1\n}")] => true,
        [None, None] => false,
        other => panic!("{other:?}"),
    }
}

/// What is changed holds for the next request of every connection, while others are on their way.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn bodies_are_switched_on_and_off_under_load() {
    let (layer, handle, memory) = reloadable();
    let app = Router::new().route("/", post(|body: String| async { body })).layer(layer);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, app).into_future());
    let client: Client<_, Full<axum::body::Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let send = |id: String| {
        let request = Request::post(&url).header("x-request-id", id).header("content-type", "application/json");
        let sent = client.request(request.body(Full::from("{\"bet\":1}")).unwrap());
        async move { soon("a response", async { sent.await.unwrap().into_body().collect().await.unwrap() }).await }
    };

    let (over, loaded) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let load = (0..4).map(|worker| {
        let (over, loaded, send) = (over.clone(), loaded.clone(), send);
        async move {
            for n in 0.. {
                if over.load(Relaxed) {
                    break;
                }
                send(format!("load-{worker}-{n}")).await;
                loaded.fetch_add(1, Relaxed);
            }
        }
    });
    let switch = async {
        for n in 0..50 {
            let on = n % 2 == 0;
            handle.modify(|layer| layer.body_limit(if on { 1024 } else { 0 })).unwrap();
            futures_util::future::join_all((0..4).map(|m| send(format!("switch-{n}-{m}-{on}")))).await;
        }
        over.store(true, Relaxed);
    };
    tokio::join!(futures_util::future::join_all(load), switch);

    // A server lets go of an exchange when its response is sent, which may be after the client has it.
    let records = soon("all records", async {
        loop {
            let records = memory.records();
            if records.len() >= 200 + loaded.load(Relaxed) {
                break records;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(records.len(), 200 + loaded.load(Relaxed));
    for record in &records {
        let shows = shows(record);
        if record.id().starts_with("switch") {
            assert!(record.id().ends_with(if shows { "true" } else { "false" }), "{} shows {shows}", record.id());
        }
    }
}

/// Answers with what it got.
async fn answer<S: Service<Request<Body>, Error: std::fmt::Debug>>(service: S) {
    service.oneshot(call()).await.unwrap();
}

fn echo(
    layer: &RequestLogLayer,
) -> impl Service<Request<Body>, Error = std::convert::Infallible, Future: Send> + Clone + use<> {
    layer.layer(service_fn(async |_: Request<_>| Ok(axum::http::Response::new(Body::empty()))))
}

#[tokio::test]
async fn every_clone_and_service_has_the_change() {
    let (layer, handle, memory) = reloadable();
    let clone = layer.clone();
    let (before, mut ready) = (echo(&layer), echo(&clone));
    ready.ready().await.unwrap();
    let first = before.clone();
    // The layer's own setters are no other.
    let set = layer.clone().skip(|request| request.uri.path() == "/");
    for service in [before, ready, first, echo(&clone), echo(&set)] {
        answer(service).await;
    }
    assert_eq!(memory.records().len(), 0);
    handle.clone().modify(|layer| layer.skip(|_| false)).unwrap();
    for service in [echo(&layer), echo(&set)] {
        answer(service).await;
    }
    assert_eq!(memory.records().len(), 2);
    // Any other layer may come out.
    let other = Memory::new();
    handle.modify(|_| RequestLogLayer::new().sink(other.clone())).unwrap();
    answer(echo(&clone)).await;
    assert_eq!((memory.records().len(), other.records().len()), (2, 1));
}

#[tokio::test]
async fn an_exchange_keeps_what_it_began_with() {
    let (layer, handle, memory) = reloadable();
    let response = echo(&layer).oneshot(call()).await.unwrap();
    handle.modify(|layer| layer.keep(|_| false)).unwrap();
    drop(response);
    answer(echo(&layer)).await;
    assert_eq!(memory.records().len(), 1);
}

#[tokio::test]
async fn a_change_that_panics_changes_nothing() {
    let (layer, handle, memory) = reloadable();
    assert!(
        catch_unwind(AssertUnwindSafe(|| handle.modify(|_| std::panic::resume_unwind(Box::new("as asked"))))).is_err()
    );
    answer(echo(&layer)).await;
    assert_eq!(memory.records().len(), 1);
    handle.modify(|layer| layer.keep(|_| false)).unwrap();
}

#[test]
fn a_handle_outlives_its_layer() {
    let (layer, handle, _) = reloadable();
    let service = layer.layer(Router::<()>::new());
    drop(layer);
    assert!(handle.modify(|layer| layer).is_ok());
    drop(service);
    let error = handle.modify(|_| panic!("it is gone")).unwrap_err();
    assert_eq!(error.to_string(), "the layer and its services were dropped");
}
