//! The exchange that is running, as handlers know it.

use crate::common::{
    Log,
    net::{get, serve},
};
use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::Extension,
    http::StatusCode,
    routing::{get as on_get, post},
};
use futures_util::{StreamExt, stream};
use http::Request;
use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};
use tower_request_log::{Exchange, Redactor, RequestLogLayer};

fn current() -> String {
    Exchange::current().map_or("none".to_owned(), |exchange| exchange.id().to_owned())
}

/// Everywhere that code of an exchange runs, it is known; everywhere else it is not.
#[tokio::test]
async fn it_is_known_where_it_runs() {
    let handler = async |extracted: Exchange, Extension(extension): Extension<Exchange>| {
        let spawned = tokio::spawn(async { current() }).await.unwrap();
        let scoped = tokio::spawn(extracted.scope(async {
            tokio::task::yield_now().await;
            current()
        }));
        let scoped = scoped.await.unwrap();
        let entered = extracted.clone();
        let blocking = tokio::task::spawn_blocking(move || {
            let _guard = entered.enter();
            current()
        });
        let blocking = blocking.await.unwrap();
        tokio::task::yield_now().await;
        let begin = format!("{} {} {} {spawned} {scoped} {blocking} ", extracted.id(), extension.id(), current());
        // Polled after the handler returned.
        let end = stream::once(async {
            tokio::task::yield_now().await;
            current()
        });
        Body::from_stream(stream::once(async { begin }).chain(end).map(Ok::<_, Infallible>))
    };
    let log = Log::new();
    let origin = serve(Router::new().route("/", on_get(handler)).layer(log.layer())).await;
    for id in ["a", "b"] {
        let response = get(&origin, &[("x-request-id", id)]).await;
        assert_eq!(response.body(), &format!("{id} {id} {id} none {id} {id} {id}"));
    }
    assert_eq!(current(), "none");
}

/// The request's body is polled in it, wherever that is done.
#[tokio::test]
async fn it_is_known_to_the_requests_body() {
    let log = Log::new();
    let app = Router::new().route(
        "/",
        post(async |request: Request<Body>| {
            let body = tokio::spawn(async { axum::body::to_bytes(request.into_body(), 100).await.unwrap() });
            body.await.unwrap()
        }),
    );
    let service = tower::Layer::layer(&log.layer(), app);
    let body = Body::from_stream(stream::once(async { Ok::<_, Infallible>(current()) }));
    let request = Request::post("/").header("x-request-id", "a").body(body).unwrap();
    let response = tower::ServiceExt::oneshot(service, request).await.unwrap();
    assert_eq!(axum::body::to_bytes(axum::body::Body::new(response.into_body()), 100).await.unwrap(), "a");
}

/// What a handler notes is in the log, redacted as a header of that name.
#[tokio::test]
async fn what_is_noted_is_in_the_log() {
    let handler = async |exchange: Exchange| {
        exchange.field("user", 41);
        exchange.field("password", "hunter2");
        exchange.field("cart", format_args!("{} items\nof many", 3));
        exchange.field("user", 42);
        Exchange::current().unwrap().field("x-pin", 7);
    };
    let log = Log::new();
    let app = Router::new().route("/", on_get(handler)).layer(log.layer().redactor(Redactor::new().header("x-pin")));
    get(&serve(app).await, &[("x-request-id", "a")]).await;
    log.wait(1).await;
    let notes = log.notes();
    for note in ["user: 42", "password: REDACTED", "cart: 3 items\\nof many", "x-pin: REDACTED"] {
        assert!(notes.iter().any(|line| line == note), "{notes:?}");
    }
    let fields: Vec<_> = log.all()[0].fields().collect();
    let expected = [("user", "42"), ("password", "REDACTED"), ("cart", "3 items\\nof many"), ("x-pin", "REDACTED")];
    assert_eq!(fields, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

/// A handler decides whether it is written, against what the layer was told.
#[tokio::test]
async fn a_handler_keeps_and_skips() {
    let app = |log: &Log, layer: RequestLogLayer| {
        Router::new()
            .route("/keep", on_get(async |exchange: Exchange| exchange.keep()))
            .route("/skip", on_get(async |exchange: Exchange| exchange.skip()))
            .route("/", on_get(async || ()))
            .layer(log.on(layer))
    };
    let (all, none) = (Log::new(), Log::new());
    for (log, layer) in [(&all, RequestLogLayer::new()), (&none, RequestLogLayer::new().keep(|_| false))] {
        let origin = serve(app(log, layer)).await;
        for path in ["keep", "skip", ""] {
            get(&format!("{origin}/{path}"), &[]).await;
        }
    }
    all.wait(2).await;
    none.wait(1).await;
    let targets = |log: &Log| log.all().iter().map(|record| record.target()).collect::<Vec<_>>();
    assert_eq!(targets(&all), ["/keep", "/"]);
    assert_eq!(targets(&none), ["/keep"]);
}

/// Bodies are hidden, also what was read of them before.
#[tokio::test]
async fn a_handler_hides_bodies() {
    let log = Log::new();
    let app = Router::new()
        .route(
            "/",
            post(async |exchange: Exchange, Json(_): Json<serde_json::Value>| {
                exchange.hide_bodies();
                "a diagnosis"
            }),
        )
        .layer(log.layer());
    let origin = serve(app).await;
    let client = crate::common::net::client();
    let request = Request::post(&origin).header("x-request-id", "a").header("content-type", "application/json");
    let response = client.request(request.body(Body::from(r#"{"illness":"flu"}"#)).unwrap()).await.unwrap();
    http_body_util::BodyExt::collect(response.into_body()).await.unwrap();
    log.wait(1).await;
    let text = log.raw();
    assert!(!text.contains("flu") && !text.contains("diagnosis"), "{text}");
    let notes = log.notes();
    for note in
        ["request body: 17 bytes of application/json, not logged", "response body: 11 bytes of text/plain, not logged"]
    {
        assert!(notes.iter().any(|line| line == note), "{notes:?}");
    }
}

/// Who lives on keeps nothing open, and still knows the id when others are under way.
#[tokio::test]
async fn who_lives_on_holds_nothing_up() {
    let log = Log::new();
    let kept = Arc::new(Mutex::new(None));
    let keep = kept.clone();
    let app = Router::new()
        .route("/", on_get(async move |exchange: Exchange| _ = keep.lock().unwrap().replace(exchange)))
        .route("/more", on_get(async || "more"))
        .layer(log.layer());
    let origin = serve(app).await;
    get(&origin, &[("x-request-id", "first")]).await;
    log.wait(1).await;
    // Others use what it left.
    for _ in 0..3 {
        get(&format!("{origin}/more"), &[("x-request-id", "next")]).await;
    }
    let exchange = kept.lock().unwrap().take().unwrap();
    let scope = exchange.scope(async {
        let exchange = Exchange::current().unwrap();
        exchange.field("late", 1);
        exchange.skip();
        exchange.hide_bodies();
        exchange.outgoing()["x-request-id"].to_str().unwrap().to_owned()
    });
    assert_eq!(tokio::spawn(scope).await.unwrap(), "first.1");
    get(&format!("{origin}/more"), &[("x-request-id", "last")]).await;
    log.wait(5).await;
    let records = log.all();
    assert_eq!(records.iter().map(|record| record.id()).collect::<Vec<_>>(), ["first", "next", "next", "next", "last"]);
    for record in &records[1..] {
        assert_eq!(record.response_body().text().as_deref(), Some("more"));
        assert_eq!(record.fields().count(), 0);
    }
}

/// An exchange that the layer skips is known all the same.
#[tokio::test]
async fn a_skipped_exchange_is_known() {
    let handler = async |exchange: Exchange| {
        let end = stream::once(async { format!(" {}", current()) });
        Body::from_stream(stream::once(async move { exchange.id().to_owned() }).chain(end).map(Ok::<_, Infallible>))
    };
    let log = Log::new();
    let app = Router::new().route("/", on_get(handler)).layer(log.layer().skip(|_| true));
    let response = get(&serve(app).await, &[("x-request-id", "a")]).await;
    assert_eq!((response.body().as_str(), log.records()), ("a a", 0));
}

/// Without a layer the extractor says what is missing.
#[tokio::test]
async fn without_a_layer_there_is_none() {
    let app = Router::new()
        .route("/", on_get(async |exchange: Exchange| exchange.id().to_owned()))
        .route("/maybe", on_get(async |exchange: Option<Exchange>| format!("{exchange:?}")));
    let origin = serve(app).await;
    let response = get(&origin, &[]).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(response.body(), "there is no `Exchange`: no `RequestLogLayer` is around this handler");
    assert_eq!(get(&format!("{origin}/maybe"), &[]).await.body(), "None");
}

/// A guard that is held over an `.await`, as it must not be, leaves nothing behind in other exchanges.
#[tokio::test(flavor = "current_thread")]
async fn a_guard_over_an_await_stays_in_its_exchange() {
    let handler = async |exchange: Exchange| {
        // Such a future is not `Send`: only a runtime of one thread takes it at all.
        let local = tokio::task::LocalSet::new();
        let held = local.run_until(async move {
            let _guard = exchange.enter();
            tokio::time::sleep(Duration::from_millis(1)).await;
            current()
        });
        held.await
    };
    let service = tower::service_fn(move |request: Request<tower_request_log::LogBody<Body>>| async move {
        let exchange = request.extensions().get::<Exchange>().unwrap().clone();
        Ok::<_, Infallible>(http::Response::new(Body::from(handler(exchange).await)))
    });
    let log = Log::new();
    let service = tower::Layer::layer(&log.layer(), service);
    let call = |id: &str| {
        let request = Request::get("/").header("x-request-id", id).body(Body::empty()).unwrap();
        let response = tower::ServiceExt::oneshot(service.clone(), request);
        async { axum::body::to_bytes(Body::new(response.await.unwrap().into_body()), 100).await.unwrap() }
    };
    let (a, b) = tokio::join!(call("a"), call("b"));
    assert_eq!((a, b), (Bytes::from("a"), Bytes::from("b")));
    assert_eq!(current(), "none");
}
