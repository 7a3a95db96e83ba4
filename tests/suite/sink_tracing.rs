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
    Record, RequestLogLayer,
    format::Format,
    sink::{Sink, Tracing},
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
    let ttfb: f64 = event.remove("ttfb_ms").unwrap().parse().unwrap();
    assert!((0.0..60_000.0).contains(&ttfb));
    let message = event.remove("message").unwrap();
    assert_eq!(message, "id1 > /a?b=c\nid1 < done");
    let expected = [
        ("level", "INFO"),
        ("method", "\"POST\""),
        ("outcome", "complete"),
        ("request_bytes", "2"),
        ("request_id", "\"id1\""),
        ("response_bytes", "5"),
        ("status", "201"),
        ("target", "\"/a?b=c\""),
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
    assert!(!failed.contains_key("status") && !failed.contains_key("ttfb_ms"));
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
