//! `sink::Tracing`: one event an exchange.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};
use tower::{Layer, ServiceExt, service_fn};
use tower_request_log::{
    LogBody, Record, RequestLogLayer,
    format::Format,
    sink::{Memory, Sink, Tracing},
};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// Keeps the events up to a level, as their fields' texts.
#[derive(Clone)]
struct Events {
    most: Level,
    seen: Arc<Mutex<Vec<BTreeMap<&'static str, String>>>>,
}

impl Events {
    fn up_to(most: Level) -> Self {
        Self { most, seen: Arc::default() }
    }

    fn take(&self) -> Vec<BTreeMap<&'static str, String>> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl Subscriber for Events {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "tower_request_log" && metadata.level() <= &self.most
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(BTreeMap::from([("level", event.metadata().level().to_string())]));
        event.record(&mut fields);
        self.seen.lock().unwrap().push(fields.0);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// A format that counts what it renders.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl Format for Counting {
    fn render(&self, record: &Record, _limit: usize, out: &mut Vec<u8>) {
        self.0.fetch_add(1, Relaxed);
        out.extend_from_slice(format!("{} > {}\n{} < done\n", record.id(), record.target(), record.id()).as_bytes());
    }
}

/// Has one exchange logged, whose service gives `answer`.
fn exchange(layer: &RequestLogLayer, answer: Result<StatusCode, &'static str>) {
    let service = layer.layer(service_fn(move |request: Request<_>| async move {
        let _ = BodyExt::collect(request.into_body()).await;
        answer.map(|status| Response::builder().status(status).body(Full::new(Bytes::from("Hello"))).unwrap())
    }));
    let request = Request::post("/a?b=c").header("x-request-id", "id1").body(Full::new(Bytes::from("Hi"))).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        if let Ok(response) = service.oneshot(request).await {
            response.into_body().collect().await.unwrap();
        }
    });
}

#[test]
fn an_exchange_is_an_event() {
    let events = Events::up_to(Level::TRACE);
    let layer = RequestLogLayer::new().format(Counting::default()).sink(Tracing::new());
    tracing::subscriber::with_default(events.clone(), || exchange(&layer, Ok(StatusCode::CREATED)));
    let [mut event] = <[_; 1]>::try_from(events.take()).unwrap();
    for time in ["ttfb_ms", "end_ms"] {
        let time: f64 = event.remove(time).unwrap().parse().unwrap();
        assert!((0.0..60_000.0).contains(&time));
    }
    let message = event.remove("message").unwrap();
    assert_eq!(message, "id1 > /a?b=c\nid1 < done");
    let expected = [
        ("http.request.body.size", "2"),
        ("http.request.method", "\"POST\""),
        ("http.response.body.size", "5"),
        ("http.response.status_code", "201"),
        ("kind", "\"server\""),
        ("level", "INFO"),
        ("network.protocol.version", "\"1.1\""),
        ("outcome", "complete"),
        ("request_id", "\"id1\""),
        ("url.path", "\"/a\""),
        ("url.query", "\"b=c\""),
    ];
    assert_eq!(event.into_iter().collect::<Vec<_>>(), expected.map(|(name, value)| (name, value.to_owned())));
}

#[test]
fn the_level_follows_the_outcome() {
    let events = Events::up_to(Level::TRACE);
    let layer = RequestLogLayer::new().sink(Tracing::new());
    tracing::subscriber::with_default(events.clone(), || {
        exchange(&layer, Ok(StatusCode::FOUND));
        exchange(&layer, Ok(StatusCode::NOT_FOUND));
        exchange(&layer, Ok(StatusCode::BAD_GATEWAY));
        exchange(&layer, Err("no"));
    });
    let events = events.take();
    let shown: Vec<_> = events.iter().map(|event| (event["level"].as_str(), event["outcome"].as_str())).collect();
    let expected = [("INFO", "complete"), ("WARN", "complete"), ("ERROR", "complete"), ("ERROR", "service failed")];
    assert_eq!(shown, expected);
    let failed = events.last().unwrap();
    assert!(!failed.contains_key("http.response.status_code") && !failed.contains_key("ttfb_ms"));
}

#[test]
fn what_interests_nobody_is_not_rendered() {
    let (events, format) = (Events::up_to(Level::WARN), Counting::default());
    let layer = RequestLogLayer::new().format(format.clone()).sink(Tracing::new());
    tracing::subscriber::with_default(events.clone(), || {
        exchange(&layer, Ok(StatusCode::OK));
        assert_eq!(format.0.load(Relaxed), 0);
        exchange(&layer, Ok(StatusCode::NOT_FOUND));
    });
    assert_eq!((format.0.load(Relaxed), events.take().len()), (1, 1));
}

#[test]
fn lines_about_the_log_are_events_too() {
    let events = Events::up_to(Level::TRACE);
    tracing::subscriber::with_default(events.clone(), || Tracing::new().notice(b"-   something\n"));
    let [event] = <[_; 1]>::try_from(events.take()).unwrap();
    assert_eq!((event["level"].as_str(), event["message"].as_str()), ("WARN", "-   something"));
}

// As a program has it: `tracing_subscriber::fmt().json()`.

/// What was written, a line an event.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Written {
    /// The events, but for what varies from one run to the other.
    fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap();
        let times = regex::Regex::new(r#""timestamp":"[^"]*",|,"(ttfb|end)_ms":[0-9.e-]+"#).unwrap();
        text.lines().map(|line| times.replace_all(line, "").into_owned()).collect()
    }
}

/// Runs `run` under a subscriber that writes JSON, with events of everything from INFO on.
fn in_json(run: impl Future<Output = ()>) -> Vec<String> {
    in_json_with(false, run)
}

/// The same, with the list of spans.
fn in_json_with(spans: bool, run: impl Future<Output = ()>) -> Vec<String> {
    let written = Written::default();
    let writer = written.clone();
    let subscriber =
        tracing_subscriber::fmt().json().with_span_list(spans).with_writer(move || writer.clone()).finish();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tracing::subscriber::with_default(subscriber, || runtime.block_on(run));
    written.lines()
}

#[test]
fn the_fields_bear_open_telemetrys_names() {
    use axum::{Router, body::Body, extract::ConnectInfo, routing::get};

    let lines = in_json(async {
        let app = Router::new()
            .route("/games/{id}", get(async || "7"))
            .layer(RequestLogLayer::new().format(Counting::default()).sink(Tracing::new()));
        let mut request =
            Request::get("/games/7?token=t&a=1").header("x-request-id", "id1").body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(std::net::SocketAddr::from(([10, 0, 0, 1], 1234))));
        app.oneshot(request).await.unwrap().into_body().collect().await.unwrap();
    });
    let known = if cfg!(feature = "axum") {
        r#""http.route":"/games/{id}","client.address":"10.0.0.1","client.port":1234,"#
    } else {
        ""
    };
    assert_eq!(
        lines,
        [format!(
            "{}{known}{}",
            r#"{"level":"INFO","fields":{"message":"id1 > /games/7?token=REDACTED&a=1\nid1 < done","request_id":"id1","kind":"server","http.request.method":"GET","url.path":"/games/7","url.query":"token=REDACTED&a=1","#,
            r#""network.protocol.version":"1.1","http.response.status_code":200,"http.request.body.size":0,"http.response.body.size":1,"outcome":"complete"},"target":"tower_request_log"}"#
        )]
    );
}

/// Also what a body does later, what is spawned, and where the exchange is skipped.
#[test]
fn the_events_of_handlers_bear_the_request_id() {
    use axum::{Router, body::Body, routing::get};
    use tower_request_log::Exchange;

    async fn bet() -> Body {
        tracing::info!(target: "shop", wager = "0.01", "bet placed");
        let exchange = Exchange::current().unwrap();
        tokio::spawn(exchange.scope(async { tracing::info!(target: "shop", "receipt sent") })).await.unwrap();
        Body::from_stream(futures_util::stream::once(async {
            tracing::info!(target: "shop", "body polled");
            Ok::<_, std::io::Error>("won")
        }))
    }

    let ask = async |layer: RequestLogLayer| {
        let app = Router::new().route("/", get(bet)).layer(layer.sink(|_: &[u8]| {}));
        let request = Request::get("/").header("x-request-id", "id1").body(Body::empty()).unwrap();
        app.oneshot(request).await.unwrap().into_body().collect().await.unwrap();
        tracing::info!(target: "shop", "over");
    };
    let span = r#","span":{"request_id":"id1","name":"request"}"#;
    for (layer, span) in [
        (RequestLogLayer::new().span(true), span),
        (RequestLogLayer::new().span(true).skip(|_| true), span),
        (RequestLogLayer::new(), ""),
    ] {
        let lines = in_json(ask(layer));
        assert_eq!(
            lines,
            [
                format!(
                    r#"{{"level":"INFO","fields":{{"message":"bet placed","wager":"0.01"}},"target":"shop"{span}}}"#
                ),
                format!(r#"{{"level":"INFO","fields":{{"message":"receipt sent"}},"target":"shop"{span}}}"#),
                format!(r#"{{"level":"INFO","fields":{{"message":"body polled"}},"target":"shop"{span}}}"#),
                r#"{"level":"INFO","fields":{"message":"over"},"target":"shop"}"#.to_owned(),
            ]
        );
    }
}

/// Of layers that meet, the outermost decides: there is one span, or none.
#[test]
fn layers_that_meet_have_one_span() {
    for (outer, inner) in [(true, true), (true, false), (false, true)] {
        for own_sink in [true, false] {
            let lines = in_json_with(true, async {
                let service = service_fn(|_: Request<LogBody<LogBody<Full<Bytes>>>>| async {
                    tracing::info!(target: "shop", "bet placed");
                    Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::default()))
                });
                let [first, second] = [Memory::new(), Memory::new()];
                let layer = RequestLogLayer::new().sink(first.clone());
                let inside = layer.clone().body_limit(3).sink(if own_sink { second.clone() } else { first.clone() });
                let service = layer.span(outer).layer(inside.span(inner).layer(service));
                let request = Request::get("/").header("x-request-id", "id1").body(Full::<Bytes>::default()).unwrap();
                drop(service.oneshot(request).await.unwrap());
                assert_eq!([first.records().len(), second.records().len()], [1, usize::from(own_sink)]);
            });
            let span = r#"{"request_id":"id1","name":"request"}"#;
            let all = if outer { format!(r#","span":{span},"spans":[{span}]"#) } else { String::new() };
            let event = r#"{"level":"INFO","fields":{"message":"bet placed"},"target":"shop""#;
            assert_eq!(lines, [format!("{event}{all}}}")]);
        }
    }
}

/// A client's events are in the span of its call, also where it is skipped.
#[test]
fn a_client_may_have_a_span_too() {
    let call = async |layer: RequestLogLayer| {
        let client = service_fn(|_: Request<_>| async {
            tracing::info!(target: "client", "connected");
            Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::default()))
        });
        let client = layer.span(true).sink(|_: &[u8]| {}).layer(client);
        let request =
            Request::get("http://wallet/").header("x-request-id", "id1").body(Full::<Bytes>::default()).unwrap();
        client.oneshot(request).await.unwrap();
    };
    for layer in [RequestLogLayer::client(), RequestLogLayer::client().skip(|_| true)] {
        assert_eq!(
            in_json(call(layer)),
            [
                r#"{"level":"INFO","fields":{"message":"connected"},"target":"client","span":{"request_id":"id1","name":"request"}}"#
            ]
        );
    }
}
