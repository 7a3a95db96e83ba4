//! Layers that see the same exchange: one of some settings inside of one of others. One id, and nothing that either would
//! hide shows; each setting has an effect.

use crate::common::{Log, pairs};
use axum::body::Body;
use http::{HeaderName, HeaderValue, Request, Response};
use std::convert::Infallible;
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_request_log::{Exchange, LogBody, Redactor, RequestLogLayer};

const JSON: &str = r#"{"user":"ada","iban":"GB33","pan":"4111"}"#;

/// Answers with the request's headers and body.
async fn echo<B>(request: Request<B>) -> Result<Response<Body>, Infallible>
where
    B: http_body::Body<Data: Send, Error: std::fmt::Debug>,
{
    let (parts, body) = request.into_parts();
    let body = http_body_util::BodyExt::collect(body).await.unwrap().to_bytes();
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    for (name, value) in &parts.headers {
        if name.as_str().ends_with("-id") {
            response.headers_mut().insert(HeaderName::try_from(format!("saw-{name}")).unwrap(), value.clone());
        }
    }
    Ok(response)
}

/// Sends a request through a service; the headers of the answer.
async fn send<S, B>(service: S) -> Vec<(String, String)>
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible>,
    B: http_body::Body<Data = bytes::Bytes, Error: std::fmt::Debug>,
{
    let request = Request::post("/bets?iban=GB33&pan=4111")
        .header("x-request-id", "id")
        .header("content-type", "application/json")
        .header("iban", "GB33")
        .header("pan", "4111")
        .header("x-padding", "x".repeat(3000));
    let response = service.oneshot(request.body(Body::from(JSON)).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    assert_eq!(http_body_util::BodyExt::collect(body).await.unwrap().to_bytes(), JSON);
    pairs(&parts.headers)
}

/// One layer inside of another.
async fn meet(outer: RequestLogLayer, inner: RequestLogLayer) -> Vec<(String, String)> {
    send(outer.layer(inner.layer(service_fn(echo::<LogBody<LogBody<Body>>>)))).await
}

/// The same layers with sinks of their own: what each has.
async fn apart(outer: RequestLogLayer, inner: RequestLogLayer) -> [Log; 2] {
    let logs = [Log::new(), Log::new()];
    meet(logs[0].on(outer), logs[1].on(inner)).await;
    logs
}

fn ids(log: &Log) -> Vec<String> {
    log.all().iter().map(|record| record.id().to_owned()).collect()
}

#[tokio::test]
async fn a_clone_inside_changes_nothing() {
    let log = Log::new();
    let layer = log.layer();
    let headers = meet(layer.clone(), layer).await;
    assert_eq!(ids(&log), ["id"]);
    assert_eq!(headers.iter().filter(|(name, _)| name == "x-request-id").count(), 1);
}

#[tokio::test]
async fn of_other_settings_there_is_one_record_too() {
    let log = Log::new();
    meet(log.layer(), log.layer().body_limit(1000)).await;
    assert_eq!(ids(&log), ["id"]);
    assert_eq!(log.all()[0].request_body().len(), JSON.len() as u64);
}

#[tokio::test]
async fn an_inner_layer_with_its_own_sink_writes_there() {
    let logs = apart(RequestLogLayer::new(), RequestLogLayer::new()).await;
    for log in logs {
        assert_eq!(ids(&log), ["id"]);
        assert_eq!(log.all()[0].response_body().len(), JSON.len() as u64);
    }
}

/// Three layers, two of which write to the same place.
#[tokio::test]
async fn each_place_has_one_record() {
    let logs = [Log::new(), Log::new()];
    let service = service_fn(echo::<LogBody<LogBody<LogBody<Body>>>>);
    let service = logs[1].layer().body_limit(3).layer(service);
    let service = logs[1].layer().body_limit(5).layer(service);
    send(logs[0].layer().layer(service)).await;
    for log in logs {
        assert_eq!(ids(&log), ["id"]);
        assert_eq!(log.notes()[1], "response body: 3 of 41 bytes logged");
    }
}

/// What either redactor hides is hidden in the records of both, whichever is outside.
#[tokio::test]
async fn what_either_hides_is_hidden_in_both() {
    let one = || Redactor::new().header("iban").query("iban").field("iban");
    let other = || Redactor::none().header("pan").query("pan").field("pan");
    for redactors in [[one(), other()], [other(), one()]] {
        let [outer, inner] = redactors.map(|redactor| RequestLogLayer::new().redactor(redactor));
        let joined = Log::new();
        meet(joined.on(outer.clone()), joined.on(inner.clone())).await;
        assert_eq!(joined.records(), 1);
        let [first, second] = apart(outer, inner).await;
        for log in [joined, first, second] {
            let text = log.raw();
            assert!(!text.contains("GB33") && !text.contains("4111"), "{text}");
            assert!(text.contains("/bets?iban=REDACTED&pan=REDACTED"), "{text}");
            assert!(text.contains(r#""user": "ada""#), "{text}");
        }
    }
}

#[tokio::test]
async fn the_smaller_body_limit_holds() {
    for limits in [[9, 4], [4, 9]] {
        let [outer, inner] = limits.map(|limit| RequestLogLayer::new().body_limit(limit));
        let log = Log::new();
        meet(log.on(outer.clone()), log.on(inner.clone())).await;
        let [first, second] = apart(outer, inner).await;
        for log in [log, first, second] {
            assert_eq!(log.notes()[0], "request body: 4 of 41 bytes logged");
            assert!(!log.raw().contains("ada"), "{}", log.raw());
        }
    }
    for [outer, inner] in [[0, 9], [9, 0]] {
        let log = Log::new();
        meet(log.layer().body_limit(outer), log.layer().body_limit(inner)).await;
        assert_eq!(log.notes()[0], "request body: 41 bytes of application/json, not logged");
    }
}

#[tokio::test]
async fn the_smaller_record_limit_holds() {
    for [outer, inner] in [[2048, 30_000], [30_000, 2048]] {
        let log = Log::new();
        meet(log.layer().record_limit(outer), log.layer().record_limit(inner)).await;
        assert!(log.raw().len() <= 2048 && log.raw().contains("record limit of 2048 bytes"), "{}", log.raw());
    }
}

/// Bodies show where both layers show them.
#[tokio::test]
async fn either_hides_the_bodies() {
    let of = |layer: RequestLogLayer, shows: bool| {
        layer.bodies(move |request| {
            assert_eq!(request.uri.path(), "/bets");
            shows
        })
    };
    for [outer, inner] in [[true, false], [false, true], [true, true]] {
        let log = Log::new();
        meet(of(log.layer(), outer), of(log.layer(), inner)).await;
        let [first, second] = apart(of(RequestLogLayer::new(), outer), of(RequestLogLayer::new(), inner)).await;
        for log in [log, first, second] {
            assert_eq!(ids(&log), ["id"]);
            assert_eq!(log.raw().matches("ada").count(), if outer && inner { 2 } else { 0 }, "{}", log.raw());
            if !(outer && inner) {
                assert_eq!(
                    log.notes(),
                    [
                        "request body: 41 bytes of application/json, not logged",
                        "response body: 41 bytes of application/json, not logged"
                    ]
                );
            }
        }
    }
}

#[tokio::test]
async fn either_skips() {
    for [outer, inner] in [[true, false], [false, true]] {
        let log = Log::new();
        meet(log.layer().skip(move |_| outer), log.layer().skip(move |_| inner)).await;
        assert_eq!(log.records(), 0);
        // Where each has a sink of its own, each decides for its own.
        let layers = [outer, inner].map(|skips| RequestLogLayer::new().skip(move |_| skips));
        let logs = apart(layers[0].clone(), layers[1].clone()).await;
        assert_eq!(logs.map(|log| log.records()), [usize::from(!outer), usize::from(!inner)]);
    }
}

#[tokio::test]
async fn both_keep() {
    for [outer, inner] in [[true, false], [false, true]] {
        let log = Log::new();
        meet(log.layer().keep(move |_| outer), log.layer().keep(move |_| inner)).await;
        assert_eq!(log.records(), 0);
        let layers = [outer, inner].map(|keeps| RequestLogLayer::new().keep(move |_| keeps));
        let logs = apart(layers[0].clone(), layers[1].clone()).await;
        assert_eq!(logs.map(|log| log.records()), [usize::from(outer), usize::from(inner)]);
    }
}

/// The id is the outer layer's; in the header of each it goes in, and comes back.
#[tokio::test]
async fn there_is_one_id_in_both_headers() {
    let log = Log::new();
    let inner = log.layer().request_id_header(HeaderName::from_static("x-inner-id")).trust_request_id(false);
    let headers = meet(log.layer(), inner.make_request_id(|_| Some(HeaderValue::from_static("made")))).await;
    for name in ["saw-x-request-id", "saw-x-inner-id", "x-request-id", "x-inner-id"] {
        let found: Vec<_> = headers.iter().filter(|(found, _)| found == name).map(|(_, id)| id.as_str()).collect();
        assert_eq!(found, ["id"], "{name}: {headers:?}");
    }
    assert_eq!(ids(&log), ["id"]);
}

/// What either hands on goes along.
#[tokio::test]
async fn both_propagate() {
    let log = Log::new();
    let service = service_fn(async |request: Request<LogBody<LogBody<Body>>>| {
        let exchange = request.extensions().get::<Exchange>().unwrap();
        let handed_on: Vec<_> = exchange.outgoing().keys().map(|name| name.to_string()).collect();
        let mut response = echo(request).await?;
        response.headers_mut().insert("handed-on", HeaderValue::try_from(handed_on.join(" ")).unwrap());
        Ok(response)
    });
    let [outer, inner] = ["iban", "pan"].map(|name| log.layer().propagate(HeaderName::from_static(name)));
    let headers = send(outer.layer(inner.layer(service))).await;
    let handed_on = headers.iter().find(|(name, _)| name == "handed-on").unwrap();
    assert_eq!(handed_on.1, "x-request-id iban pan");
}

/// What a handler says of the exchange holds for the records of both.
#[tokio::test]
async fn a_handler_speaks_to_both() {
    let service = |tell: fn(&Exchange)| {
        service_fn(move |request: Request<LogBody<LogBody<Body>>>| {
            assert_eq!(Exchange::current().unwrap().id(), "id");
            tell(&Exchange::current().unwrap());
            echo(request)
        })
    };
    let logs = [Log::new(), Log::new()];
    let [outer, inner] = [logs[0].layer(), logs[1].layer().keep(|_| false)];
    send(outer.layer(inner.layer(service(|exchange| {
        exchange.field("user", 42);
        exchange.keep();
        exchange.hide_bodies();
    }))))
    .await;
    for log in &logs {
        assert_eq!(ids(log), ["id"]);
        assert_eq!(log.all()[0].fields().collect::<Vec<_>>(), [("user".to_owned(), "42".to_owned())]);
        assert!(!log.raw().contains("ada"), "{}", log.raw());
    }
    send(outer.layer(inner.layer(service(Exchange::skip)))).await;
    assert_eq!(logs.map(|log| log.records()), [1, 1]);
}

/// Two layers on a client are one call.
#[tokio::test]
async fn a_client_inside_of_a_client_is_one_call() {
    let log = Log::new();
    let layers = [log.client(), log.client().body_limit(3)];
    let headers = meet(layers[0].clone(), layers[1].clone()).await;
    assert_eq!(ids(&log), ["id"]);
    assert!(headers.contains(&("saw-x-request-id".to_owned(), "id".to_owned())), "{headers:?}");
    assert_eq!(log.notes()[0], "request body: 3 of 41 bytes logged");
}

/// Filters are asked where the exchange may be used: three layers, of which the inner two ask for a call's headers.
#[tokio::test]
async fn filters_may_ask_for_the_exchange() {
    let asks = |layer: RequestLogLayer| {
        let ask = |answer| {
            move |_: &http::request::Parts| Exchange::current().is_none_or(|own| own.outgoing().is_empty() != answer)
        };
        layer.bodies(ask(true)).skip(ask(false)).propagate(HeaderName::from_static("iban"))
    };
    let log = Log::new();
    let service = service_fn(echo::<LogBody<LogBody<LogBody<Body>>>>);
    let service = asks(log.layer()).body_limit(3).layer(service);
    let service = asks(log.layer()).body_limit(5).layer(service);
    send(log.layer().layer(service)).await;
    assert_eq!(ids(&log), ["id"]);
    assert_eq!(log.notes()[1], "response body: 3 of 41 bytes logged");
}

/// What they leave behind holds no sink: its output ends with the last layer.
#[tokio::test]
async fn nothing_is_held_once_it_is_over() {
    let held = std::sync::Arc::new(());
    let sink = |held: &std::sync::Arc<()>| {
        let held = held.clone();
        move |_: &[u8]| _ = held.clone()
    };
    let exchange = std::sync::Arc::new(std::sync::Mutex::new(None));
    let kept = exchange.clone();
    let service = service_fn(move |request: Request<LogBody<LogBody<Body>>>| {
        *kept.lock().unwrap() = Exchange::current();
        echo(request)
    });
    let outer = RequestLogLayer::new().sink(sink(&held));
    let inner = RequestLogLayer::new().sink(sink(&held));
    for _ in 0..3 {
        send(outer.clone().layer(inner.clone().layer(service.clone()))).await;
    }
    drop((outer, inner));
    assert_eq!(exchange.lock().unwrap().as_ref().unwrap().id(), "id");
    assert_eq!(std::sync::Arc::strong_count(&held), 1);
}
