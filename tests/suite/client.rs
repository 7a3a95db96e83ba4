//! The layer on a client: what it sends, and what it logs.

use crate::common::{
    Log,
    net::{client, get, serve},
};
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode},
    routing::{any, get as on_get},
};
use futures_util::{StreamExt, future::join_all, stream};
use http_body_util::BodyExt;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use std::{
    collections::BTreeSet,
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, retry::Policy, service_fn};
use tower_http::follow_redirect::FollowRedirectLayer;
use tower_request_log::{Exchange, LogBody, RequestLog, RequestLogLayer, record::Kind};

type Calls = RequestLog<Client<HttpConnector, LogBody<Body>>>;

fn calls(layer: &RequestLogLayer) -> Calls {
    layer.layer(client())
}

fn request(url: &str) -> Request<Body> {
    Request::get(url).body(Body::empty()).unwrap()
}

/// Sends a request and reads the answer.
async fn call<S, B>(service: &S, request: Request<Body>) -> http::Response<String>
where
    S: Service<Request<Body>, Response = http::Response<B>, Error: std::fmt::Debug> + Clone,
    B: http_body::Body<Data: Send, Error: std::fmt::Debug>,
{
    let (parts, body) = service.clone().oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    http::Response::from_parts(parts, String::from_utf8(body.to_vec()).unwrap())
}

/// A service that answers with the headers that it got.
fn mirror() -> Router {
    Router::new().fallback(any(async |headers: HeaderMap| {
        let lines: Vec<_> =
            headers.iter().map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap())).collect();
        lines.concat()
    }))
}

/// The values of a header that a [`mirror`] got, in their order.
fn got(answer: &str, name: &str) -> Vec<String> {
    let value = |line: &str| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned);
    answer.lines().filter_map(value).collect()
}

fn ids(log: &Log, kind: Kind) -> BTreeSet<String> {
    log.all().iter().filter(|record| record.kind() == kind).map(|record| record.id().to_owned()).collect()
}

fn set<const N: usize>(ids: [&str; N]) -> BTreeSet<String> {
    ids.map(str::to_owned).into()
}

/// A service whose handler makes calls.
async fn gateway<F, Fut>(log: &Log, handler: F) -> String
where
    F: Fn(Calls) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = String> + Send,
{
    let calls = calls(&log.client());
    serve(Router::new().route("/", on_get(move || handler(calls.clone()))).layer(log.layer())).await
}

/// Calls in a row, in parallel, from a task and from a streaming body: each has a number, sent and logged.
#[tokio::test]
async fn each_call_has_a_number() {
    let log = Log::new();
    let wallet = serve(mirror().layer(log.layer())).await;
    let origin = gateway(&log, move |calls| {
        let wallet = wallet.clone();
        async move {
            let first = call(&calls, request(&wallet)).await;
            assert_eq!(got(first.body(), "x-request-id"), ["id.1"]);
            assert_eq!(first.headers()["x-request-id"], "id.1");
            let four: Vec<_> = join_all((0..4).map(|_| call(&calls, request(&wallet)))).await;
            let four: BTreeSet<_> = four.iter().flat_map(|answer| got(answer.body(), "x-request-id")).collect();
            assert_eq!(four, set(["id.2", "id.3", "id.4", "id.5"]));
            let task = async move { got(call(&calls, request(&wallet)).await.body(), "x-request-id") };
            tokio::spawn(Exchange::current().unwrap().scope(task)).await.unwrap().concat()
        }
    })
    .await;
    let answer = get(&origin, &[("x-request-id", "id")]).await;
    assert_eq!((answer.body().as_str(), &answer.headers()["x-request-id"]), ("id.6", &HeaderValue::from_static("id")));
    log.wait(13).await;
    let six = ["id.1", "id.2", "id.3", "id.4", "id.5", "id.6"];
    assert_eq!(ids(&log, Kind::Client), set(six));
    let mut served = set(six);
    served.insert("id".to_owned());
    assert_eq!(ids(&log, Kind::Server), served);
}

/// A streaming response body that calls on while it is polled does so in its exchange.
#[tokio::test]
async fn a_streaming_body_calls_in_its_exchange() {
    let log = Log::new();
    let wallet = serve(mirror()).await;
    let calls = calls(&log.client());
    let app = Router::new().route(
        "/",
        on_get(async move || {
            let answers =
                stream::iter(0..3).then(move |_| {
                    let (calls, wallet) = (calls.clone(), wallet.clone());
                    async move {
                        Ok::<_, Infallible>(got(call(&calls, request(&wallet)).await.body(), "x-request-id").concat())
                    }
                });
            Body::from_stream(answers)
        }),
    );
    let answer = get(&serve(app.layer(log.layer())).await, &[("x-request-id", "id")]).await;
    assert_eq!(answer.body(), "id.1id.2id.3");
}

/// The record shows what was sent, in the client's words.
#[tokio::test]
async fn the_record_is_the_clients() {
    let log = Log::new();
    let wallet = serve(mirror()).await;
    let sent = format!("{wallet}/balance?token=s3cret");
    let origin = gateway(&log, move |calls| {
        let sent = sent.clone();
        async move { call(&calls, request(&sent)).await.into_body() }
    })
    .await;
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03";
    let came = [("x-request-id", "id"), ("traceparent", parent), ("tracestate", "a=1"), ("tracestate", "b=2")];
    let answer = get(&origin, &came).await;
    let host = wallet.strip_prefix("http://").unwrap();
    let expected =
        format!("x-request-id: id.1\ntraceparent: {parent}\ntracestate: a=1\ntracestate: b=2\nhost: {host}\n");
    assert_eq!(answer.body(), &expected);
    log.wait(2).await;
    let text = log.raw();
    let block: Vec<_> = text.lines().filter(|line| line.starts_with("id.1 >")).collect();
    let expected = [
        format!("id.1 > GET {wallet}/balance?token=REDACTED HTTP/1.1"),
        "id.1 > X-Request-Id: id.1".to_owned(),
        format!("id.1 > Traceparent: {parent}"),
        "id.1 > Tracestate: a=1".to_owned(),
        "id.1 > Tracestate: b=2".to_owned(),
        "id.1 >".to_owned(),
    ];
    assert_eq!(block, expected);
    for record in log.all() {
        assert_eq!(record.trace_id(), Some("4bf92f3577b34da6a3ce929d0e0e4736"));
    }
}

/// A trace context that came is handed on if it is valid, and none is ever started.
#[tokio::test]
async fn a_trace_context_is_handed_on_if_it_is_valid() {
    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    let log = Log::new();
    let wallet = serve(mirror()).await;
    let origin = gateway(&log, move |calls| {
        let wallet = wallet.clone();
        async move {
            let mut own = request(&wallet);
            own.headers_mut().insert("traceparent", HeaderValue::from_static("own"));
            let [none, own] = [call(&calls, request(&wallet)).await, call(&calls, own).await];
            assert_eq!(got(own.body(), "traceparent"), ["own"]);
            assert_eq!(got(own.body(), "tracestate"), [""; 0]);
            none.into_body()
        }
    })
    .await;
    for (came, parent, state) in [
        (vec![("traceparent", PARENT), ("tracestate", "a=1")], vec![PARENT], vec!["a=1"]),
        (vec![("traceparent", "00-zz"), ("tracestate", "a=1")], vec![], vec![]),
        (vec![("traceparent", PARENT), ("traceparent", PARENT), ("tracestate", "a=1")], vec![], vec![]),
        (vec![("tracestate", "a=1"), ("baggage", "k=v")], vec![], vec![]),
    ] {
        let answer = get(&origin, &came).await;
        assert_eq!(
            (got(answer.body(), "traceparent"), got(answer.body(), "tracestate")),
            (parent.into_iter().map(str::to_owned).collect(), state.into_iter().map(str::to_owned).collect())
        );
        assert_eq!(got(answer.body(), "baggage"), [""; 0]);
    }
}

/// Other headers are handed on where either layer says so.
#[tokio::test]
async fn headers_are_propagated() {
    let log = Log::new();
    let wallet = serve(mirror()).await;
    let calls = calls(&log.client().propagate(HeaderName::from_static("b3")));
    let app = Router::new().route("/", on_get(async move || call(&calls, request(&wallet)).await.into_body()));
    let origin = serve(app.layer(log.layer().propagate(HeaderName::from_static("baggage")))).await;
    let answer = get(&origin, &[("b3", "0"), ("baggage", "k=v"), ("baggage", "l=w"), ("x-other", "1")]).await;
    assert_eq!((got(answer.body(), "b3"), got(answer.body(), "x-other")), (vec!["0".to_owned()], vec![]));
    assert_eq!(got(answer.body(), "baggage"), ["k=v", "l=w"]);
}

/// A stranger gets nothing, not even what a proxy forwards; the call is logged all the same.
#[tokio::test]
async fn strangers_get_nothing() {
    let log = Log::new();
    let (friend, stranger) = (serve(mirror()).await, serve(mirror()).await);
    let not = stranger.clone();
    let calls = calls(&log.client().propagate_to(move |call| !not.ends_with(call.uri.authority().unwrap().as_str())));
    let app = Router::new().route(
        "/",
        on_get(async move |mut forwarded: Request<Body>| {
            forwarded.headers_mut().remove("traceparent");
            forwarded.headers_mut().remove("host");
            *forwarded.uri_mut() = stranger.parse().unwrap();
            let stranger = call(&calls, forwarded).await;
            assert_eq!((got(stranger.body(), "x-request-id"), got(stranger.body(), "traceparent")), (vec![], vec![]));
            got(call(&calls, request(&friend)).await.body(), "x-request-id").concat()
        }),
    );
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let answer = get(&serve(app.layer(log.layer())).await, &[("x-request-id", "id"), ("traceparent", parent)]).await;
    assert_eq!(answer.body(), "id.2");
    log.wait(3).await;
    assert_eq!(ids(&log, Kind::Client), set(["id.1", "id.2"]));
    assert!(!log.raw().contains("id.1 > X-Request-Id"), "{}", log.raw());
}

/// Outside of all exchanges a call has an id of its own, or the one that the program gave it.
#[tokio::test]
async fn a_call_in_no_exchange() {
    let log = Log::new();
    let wallet = serve(mirror()).await;
    let calls = calls(&log.client());
    let minted = got(call(&calls, request(&wallet)).await.body(), "x-request-id").concat();
    assert!(minted.parse::<tower_request_log::RequestId>().is_ok(), "{minted}");
    let mut own = request(&wallet);
    own.headers_mut().insert("x-request-id", HeaderValue::from_static("own"));
    assert_eq!(got(call(&calls, own).await.body(), "x-request-id"), ["own"]);
    log.wait(2).await;
    assert_eq!(ids(&log, Kind::Client), set([&minted, "own"]));
}

/// An id that another exchange has gives way, and a note says so; what `outgoing()` made stays.
#[tokio::test]
async fn ids_that_the_program_gives() {
    let log = Log::new();
    let wallet = serve(mirror()).await;
    let origin = gateway(&log, move |calls| {
        let wallet = wallet.clone();
        async move {
            let mut answers = Vec::new();
            let current = Exchange::current().unwrap();
            for id in [HeaderValue::from_static("other"), current.outgoing()["x-request-id"].clone()] {
                let mut request = request(&wallet);
                request.headers_mut().insert("x-request-id", id);
                answers.extend(got(call(&calls, request).await.body(), "x-request-id"));
            }
            answers.join(" ")
        }
    })
    .await;
    assert_eq!(get(&origin, &[("x-request-id", "id")]).await.body(), "id.2 id.1");
    log.wait(3).await;
    let notes = log.notes();
    let replaced = notes.iter().filter(|note| *note == "request id replaced: the call is part of another exchange");
    assert_eq!(replaced.count(), 1, "{notes:?}");
}

/// Where the callee takes only what it knows, the id goes as it is.
#[tokio::test]
async fn ids_without_numbers() {
    let log = Log::new();
    let wallet = serve(mirror()).await;
    let calls = calls(&log.client().number_calls(false));
    let app = Router::new().route("/", on_get(async move || call(&calls, request(&wallet)).await.into_body()));
    let answer = get(&serve(app.layer(log.layer())).await, &[("x-request-id", "id")]).await;
    assert_eq!(got(answer.body(), "x-request-id"), ["id"]);
}

/// Ids never grow past what a callee takes.
#[tokio::test]
async fn a_long_id_stays_as_it_is() {
    let log = Log::new();
    let wallet = serve(mirror().layer(log.layer())).await;
    let origin = gateway(&log, move |calls| {
        let wallet = wallet.clone();
        async move { got(call(&calls, request(&wallet)).await.body(), "x-request-id").concat() }
    })
    .await;
    for (length, sent) in [(126, ".1"), (127, ""), (128, "")] {
        let id = "x".repeat(length);
        assert_eq!(get(&origin, &[("x-request-id", &id)]).await.body(), &format!("{id}{sent}"));
    }
}

/// Tries again, so many times.
#[derive(Clone)]
struct Again(usize);

impl<B> Policy<Request<Body>, http::Response<B>, hyper_util::client::legacy::Error> for Again {
    type Future = std::future::Ready<()>;

    fn retry(
        &mut self,
        _: &mut Request<Body>,
        result: &mut Result<http::Response<B>, hyper_util::client::legacy::Error>,
    ) -> Option<Self::Future> {
        let failed = result.as_ref().is_ok_and(|response| response.status().is_server_error());
        self.0 = self.0.checked_sub(1).filter(|_| failed)?;
        Some(std::future::ready(()))
    }

    fn clone_request(&mut self, request: &Request<Body>) -> Option<Request<Body>> {
        let mut copy = Request::new(Body::empty());
        *copy.method_mut() = request.method().clone();
        *copy.uri_mut() = request.uri().clone();
        *copy.headers_mut() = request.headers().clone();
        *copy.extensions_mut() = request.extensions().clone();
        Some(copy)
    }
}

/// A service that fails twice, then answers.
fn shaky() -> Router {
    let count = Arc::new(AtomicUsize::new(0));
    Router::new().fallback(any(async move || match count.fetch_add(1, Relaxed) {
        0 | 1 => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    }))
}

/// Outside of the layer, tower's retry makes each attempt a call with a number, forwarded requests included.
#[tokio::test]
async fn each_attempt_has_a_number() {
    for forward in [false, true] {
        let log = Log::new();
        let wallet = serve(shaky().layer(log.layer())).await;
        let calls = ServiceBuilder::new().retry(Again(5)).layer(log.client()).service(client::<LogBody<Body>>());
        let app = Router::new().route(
            "/",
            on_get(async move |mut came: Request<Body>| {
                *came.uri_mut() = wallet.parse().unwrap();
                let request = if forward { came } else { request(&wallet) };
                calls.oneshot(request).await.unwrap().status()
            }),
        );
        let answer = get(&serve(app.layer(log.layer())).await, &[("x-request-id", "id")]).await;
        assert_eq!(answer.status(), StatusCode::OK);
        log.wait(7).await;
        assert_eq!(ids(&log, Kind::Client), set(["id.1", "id.2", "id.3"]));
        assert_eq!(ids(&log, Kind::Server), set(["id", "id.1", "id.2", "id.3"]));
    }
}

/// Outside of the layer, redirects that are followed are calls of their own.
#[tokio::test]
async fn each_redirect_has_a_number() {
    let log = Log::new();
    let moved = Router::new()
        .route("/", on_get(async || axum::response::Redirect::temporary("/there")))
        .route("/there", on_get(async |headers: HeaderMap| headers["x-request-id"].to_str().unwrap().to_owned()));
    let wallet = serve(moved.layer(log.layer())).await;
    let calls =
        ServiceBuilder::new().layer(FollowRedirectLayer::new()).layer(log.client()).service(client::<LogBody<Body>>());
    let app = Router::new().route("/", on_get(async move || call(&calls, request(&wallet)).await.into_body()));
    let answer = get(&serve(app.layer(log.layer())).await, &[("x-request-id", "id")]).await;
    assert_eq!(answer.body(), "id.2");
    log.wait(5).await;
    assert_eq!(ids(&log, Kind::Server), set(["id", "id.1", "id.2"]));
}

/// Outside of tower's buffer the layer knows the exchange; inside of it too, where the request brings it along.
#[tokio::test]
async fn through_a_buffer() {
    let log = Log::new();
    let wallet = serve(mirror()).await;
    let outside = ServiceBuilder::new().layer(log.client()).buffer(8).service(client::<LogBody<Body>>());
    let inside = ServiceBuilder::new().buffer(8).layer(log.client()).service(client::<LogBody<Body>>());
    let app = Router::new().route(
        "/",
        on_get(async move || {
            let answer = call(&outside, request(&wallet)).await;
            assert_eq!(got(answer.body(), "x-request-id"), ["id.1"]);
            let mut brought = request(&wallet);
            brought.extensions_mut().insert(Exchange::current().unwrap());
            let answer = call(&inside, brought).await;
            assert_eq!(got(answer.body(), "x-request-id"), ["id.2"]);
            got(call(&inside, request(&wallet)).await.body(), "x-request-id").concat()
        }),
    );
    let answer = get(&serve(app.layer(log.layer())).await, &[("x-request-id", "id")]).await;
    // Its worker runs in no exchange.
    assert!(answer.body().parse::<tower_request_log::RequestId>().is_ok(), "{}", answer.body());
}

/// A balancer runs in the exchange that calls, so the layer may stand around its endpoints too.
#[tokio::test]
async fn inside_of_a_balancer() {
    let log = Log::new();
    let wallet = serve(mirror()).await;
    let (layer, url) = (log.client(), wallet.clone());
    let app = Router::new().route(
        "/",
        on_get(async move || {
            let endpoint = |_| tower::load::Constant::new(layer.layer(client::<LogBody<Body>>()), 1);
            let endpoints = tower::discover::ServiceList::new((0..2).map(endpoint));
            let mut balanced = tower::balance::p2c::Balance::new(endpoints);
            let mut sent = Vec::new();
            for _ in 0..2 {
                let response = balanced.ready().await.unwrap().call(request(&url)).await.unwrap();
                let body = response.into_body().collect().await.unwrap().to_bytes();
                sent.extend(got(std::str::from_utf8(&body).unwrap(), "x-request-id"));
            }
            sent.join(" ")
        }),
    );
    let answer = get(&serve(app.layer(log.layer())).await, &[("x-request-id", "id")]).await;
    assert_eq!(answer.body(), "id.1 id.2");
}

/// A time limit outside of the layer gives up on the call; one inside of it is an error of the service's.
#[tokio::test]
async fn time_limits_on_either_side() {
    let slow = serve(Router::new().fallback(any(std::future::pending::<String>))).await;
    let limit = tower::timeout::TimeoutLayer::new(Duration::from_millis(20));
    let log = Log::new();
    let outside = ServiceBuilder::new().layer(limit.clone()).layer(log.client()).service(client::<LogBody<Body>>());
    outside.oneshot(request(&slow)).await.unwrap_err();
    log.wait(1).await;
    assert!(log.notes().iter().any(|note| note == "no response: we gave up after Nms"), "{:?}", log.notes());
    let inside = ServiceBuilder::new().layer(log.client()).layer(limit).service(client::<LogBody<Body>>());
    inside.oneshot(request(&slow)).await.unwrap_err();
    log.wait(2).await;
    assert!(log.notes().iter().any(|note| note == "service failed: request timed out"), "{:?}", log.notes());
}

/// What stands inside of the layer sees the headers that are sent: a signer signs them.
#[tokio::test]
async fn headers_are_set_before_what_is_inside() {
    let log = Log::new();
    let wallet = serve(mirror()).await;
    let signer = |mut request: Request<LogBody<Body>>| {
        let names: Vec<_> = request.headers().keys().map(HeaderName::as_str).collect();
        let signature = HeaderValue::try_from(names.join(";")).unwrap();
        request.headers_mut().insert("x-signed", signature);
        request
    };
    let calls = ServiceBuilder::new().layer(log.client()).map_request(signer).service(client::<LogBody<Body>>());
    let app = Router::new().route("/", on_get(async move || call(&calls, request(&wallet)).await.into_body()));
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let answer = get(&serve(app.layer(log.layer())).await, &[("traceparent", parent)]).await;
    assert_eq!(got(answer.body(), "x-signed"), ["x-request-id;traceparent"]);
}

/// A pooled connection that one exchange opened serves others; each call is in its own.
#[tokio::test]
async fn a_pooled_connection_belongs_to_nobody() {
    let log = Log::new();
    let wallet = serve(mirror()).await;
    let origin = gateway(&log, move |calls| {
        let wallet = wallet.clone();
        async move { got(call(&calls, request(&wallet)).await.body(), "x-request-id").concat() }
    })
    .await;
    for id in ["a", "b", "c"] {
        assert_eq!(get(&origin, &[("x-request-id", id)]).await.body(), &format!("{id}.1"));
    }
}

/// Who gives up on a response, or never gets one, is told so in the client's words.
#[tokio::test]
async fn who_gives_up_says_so() {
    let log = Log::new();
    let slow = Router::new()
        .route(
            "/body",
            on_get(async || {
                let begin = stream::once(async { Ok::<_, Infallible>("14 bytes of it") });
                Body::from_stream(begin.chain(stream::pending()))
            }),
        )
        .route("/head", on_get(std::future::pending::<String>));
    let wallet = serve(slow).await;
    let calls = calls(&log.client());
    let mut body = calls.clone().oneshot(request(&format!("{wallet}/body"))).await.unwrap().into_body();
    body.frame().await.unwrap().unwrap();
    drop(body);
    log.wait(1).await;
    let head = calls.clone().oneshot(request(&format!("{wallet}/head")));
    tokio::time::timeout(Duration::from_millis(20), head).await.unwrap_err();
    log.wait(2).await;
    let notes = log.notes();
    assert!(notes.iter().any(|note| note == "we gave up after 14 bytes of the response body"), "{notes:?}");
    assert!(notes.iter().any(|note| note.starts_with("no response: we gave up after")), "{notes:?}");
    assert!(!notes.iter().any(|note| note.contains("client went away")), "{notes:?}");
}

/// A client's layer before an in-process service with a server's layer: two records, one id.
#[tokio::test]
async fn a_client_of_a_service_in_process() {
    let log = Log::new();
    let inner = log.layer().layer(service_fn(async |request: Request<LogBody<LogBody<Body>>>| {
        assert_eq!(Exchange::current().unwrap().id(), "id");
        Ok::<_, Infallible>(http::Response::new(Body::from(request.uri().path().to_owned())))
    }));
    let service = log.client().layer(inner);
    let mut sent = request("http://wallet.internal/balance");
    sent.headers_mut().insert("x-request-id", HeaderValue::from_static("id"));
    assert_eq!(call(&service, sent).await.body(), "/balance");
    let kinds: Vec<_> = log.all().iter().map(|record| (record.kind(), record.id().to_owned())).collect();
    assert_eq!(kinds, [(Kind::Server, "id".to_owned()), (Kind::Client, "id".to_owned())]);
}
