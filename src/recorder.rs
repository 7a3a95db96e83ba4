//! Records one exchange in flight.

use crate::{
    capture::LOOK_AHEAD,
    captured::{Body, Captured, Clock, End, Failure},
    config::Config,
    current::{Exchange, Noted, Running},
    decimal,
    error_text::ErrorText,
    fields::{Fields, Value},
    record::Record,
    redact,
    sink::{Inside, Place},
    watch::Open,
};
use http::{HeaderMap, StatusCode};
use std::{
    cell::Cell,
    fmt,
    ops::Deref,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

/// Collects what the request body, the response future and the response body saw of one exchange.
///
/// Each of the three [holds](Held) it, and it is emitted when the last of them lets go. This one mechanism covers the
/// normal end, an abort, an error and a panic: an exchange ends only by being dropped, and only once.
pub(crate) struct Recorder {
    /// Is set until the exchange is emitted.
    config: Option<Arc<Config>>,
    record: Mutex<Record>,
    /// The key under which this exchange is watched, if open ones are reported.
    watched: OnceLock<u64>,
    /// The bytes of each body that went by so far, if open exchanges are reported.
    progress: Option<[AtomicU64; 2]>,
    /// The place that is kept for this exchange's block until it is written.
    place: Place,
    /// The exchange as the program sees it.
    handle: Exchange,
}

/// Names one of the two bodies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Direction {
    Request = 0,
    Response = 1,
}

/// Holds an exchange in flight open.
#[derive(Clone)]
pub(crate) struct Held(Arc<Recorder>);

impl Held {
    /// Begins an exchange. `tell` notes what is known from the start.
    ///
    /// Also returns the place in which the request's body is to be noted.
    pub(crate) fn begin(
        config: &Arc<Config>,
        place: Place,
        tell: impl FnOnce(&mut Captured, &mut Exchange),
    ) -> (Self, Box<Body>) {
        let clock = Clock::start();
        // Whoever gave it may not have let go of it yet.
        if let Some(mut pooled) = config.recorders.take().and_then(|pooled| pooled.downcast::<Recorder>().ok())
            && let Some(recorder) = Arc::get_mut(&mut pooled)
        {
            let body = recorder.begin(config, place, clock, tell);
            return (Self::watched(pooled), body);
        }
        let record = Record::new(Captured::new(clock), config.redactor.clone(), config.record_limit);
        let mut recorder = Recorder {
            config: None,
            record: Mutex::new(record),
            watched: OnceLock::new(),
            progress: None,
            place: Place::default(),
            handle: Exchange::default(),
        };
        let body = recorder.begin(config, place, clock, tell);
        (Self::watched(Arc::new(recorder)), body)
    }

    fn watched(recorder: Arc<Recorder>) -> Self {
        if let Some(watch) = recorder.config.as_ref().and_then(|config| config.watch.as_ref()) {
            // Not before there is something to report: it may be due at once.
            let start = recorder.record().exchange_mut().clock.start;
            let open: Weak<dyn Open> = Arc::<Recorder>::downgrade(&recorder);
            let _ = recorder.watched.set(watch.begin(start, open));
        }
        Self(recorder)
    }
}

impl Deref for Held {
    type Target = Recorder;

    fn deref(&self) -> &Recorder {
        &self.0
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // It is the last that has the recorder to itself, and hands it on. Where others are letting go at the same time it
        // may be none of them: then the recorder's own end emits the exchange.
        // A look at the count is cheaper than to claim it in vain.
        if Arc::strong_count(&self.0) == 1
            && let Some(recorder) = Arc::get_mut(&mut self.0)
            && let Some(config) = recorder.emit()
        {
            recorder.clear();
            config.recorders.give(self.0.clone());
        }
    }
}

impl Recorder {
    fn begin(
        &mut self,
        config: &Arc<Config>,
        place: Place,
        clock: Clock,
        tell: impl FnOnce(&mut Captured, &mut Exchange),
    ) -> Box<Body> {
        self.config = Some(Arc::clone(config));
        self.watched = OnceLock::new();
        self.progress = config.watch.is_some().then(Default::default);
        self.place = place;
        let record = self.record.get_mut().unwrap_or_else(PoisonError::into_inner);
        record.renew(&config.redactor, config.record_limit);
        let exchange = record.exchange_mut();
        exchange.clock = clock;
        exchange.kind = config.kind;
        tell(exchange, &mut self.handle);
        let body = exchange.spare[Direction::Request as usize].take().unwrap_or_default();
        prepared(body, config, &exchange.request_headers, self.handle.hides_bodies())
    }

    /// Returns the exchange as the program sees it.
    pub(crate) fn handle(&self) -> &Exchange {
        &self.handle
    }

    /// Marks that this thread works on this exchange, so that what begins meanwhile is inside it. A client's call runs
    /// in the exchange that makes it.
    #[inline]
    pub(crate) fn inside(&self) -> (Option<Inside>, Running) {
        let inside = self.place.is_kept().then(|| Inside::enter(&self.place));
        (inside, Running::enter(self.handle.served()).within(&self.handle))
    }

    /// Records the response head. Returns whether the response has no body, whatever its headers say, and the place in
    /// which its body is to be noted.
    pub(crate) fn head(&self, config: &Config, status: StatusCode, headers: &HeaderMap) -> (bool, Box<Body>) {
        let now = Instant::now();
        let mut record = self.record();
        let exchange = record.exchange_mut();
        exchange.clock.head = Some(now);
        exchange.status = Some(status);
        exchange.response_headers.copy(headers);
        let bodiless = exchange.is_bodiless();
        let body = exchange.spare[Direction::Response as usize].take().unwrap_or_default();
        (bodiless, prepared(body, config, &exchange.response_headers, bodiless || self.handle.hides_bodies()))
    }

    /// Returns what `error` and its causes say.
    pub(crate) fn error_text<E: fmt::Display + 'static>(&self, error: &E) -> ErrorText {
        ErrorText::of(error, self.config.as_ref().map_or(&[], |config| &config.errors))
    }

    /// Notes that there will be no response head, and why if that is known.
    pub(crate) fn no_head(&self, failure: Option<Failure>) {
        let now = Instant::now();
        let mut record = self.record();
        let exchange = record.exchange_mut();
        exchange.failure = failure;
        exchange.clock.end = exchange.clock.end.max(Some(now));
    }

    /// Notes that this many bytes of a body went by, and that it goes on.
    #[inline]
    pub(crate) fn progress(&self, direction: Direction, seen: u64) {
        if let Some(progress) = &self.progress {
            progress[direction as usize].store(seen, Ordering::Relaxed);
        }
    }

    /// Takes a body that was seen to its end, or dropped.
    pub(crate) fn body(&self, direction: Direction, mut body: Box<Body>) {
        if body.capture.is_starved() {
            // The capture broke off anywhere, and what follows is not known: its end is the look-ahead then.
            body.shown = body.shown.min(body.capture.bytes().len().saturating_sub(LOOK_AHEAD));
        }
        let mut record = self.record();
        let exchange = record.exchange_mut();
        // Whoever lets go last tells when the exchange ended.
        exchange.clock.end = exchange.clock.end.max(body.ended).max(exchange.clock.head);
        match direction {
            Direction::Request => exchange.request_body = Some(body),
            Direction::Response => exchange.response_body = Some(body),
        }
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Emits the exchange, but only once: returns `None` if it was emitted before.
    fn emit(&mut self) -> Option<Arc<Config>> {
        let config = self.config.take()?;
        if let (Some(watch), Some(key)) = (&config.watch, self.watched.get()) {
            watch.end(*key);
        }
        // Otherwise the record would have to copy them before it redacts them.
        self.handle.release_headers();
        let record = self.record.get_mut().unwrap_or_else(PoisonError::into_inner);
        emit(&config, record, &self.handle);
        if self.handle.began_at(&config) {
            self.handle.part();
        }
        Some(config)
    }

    /// Forgets the exchange.
    fn clear(&mut self) {
        self.place = Place::default();
        self.handle.end();
        self.record.get_mut().unwrap_or_else(PoisonError::into_inner).exchange_mut().clear();
    }
}

/// Prepares the place in which a body of a message with these headers is noted: one that won't be shown is only
/// counted.
fn prepared(mut body: Box<Body>, config: &Config, headers: &Fields, counted: bool) -> Box<Body> {
    body.shown = config.body_limit;
    body.announced = headers.content_length().and_then(decimal::parse);
    if !counted && config.body_limit > 0 && redact::is_text(headers.content_type().map(Value::as_bytes)) {
        body.capture.open(config.body_limit, config.budget.clone());
    }
    body
}

impl Open for Recorder {
    /// Emits what is known so far; the record comes in full at the end.
    fn report(&self) {
        let Some(config) = &self.config else { return };
        let mut record = self.record().clone();
        let exchange = record.exchange_mut();
        exchange.open = true;
        if let Some([request, response]) = &self.progress {
            let so_far =
                |seen: &AtomicU64| Body { seen: seen.load(Ordering::Relaxed), end: End::Open, ..Body::default() };
            exchange.request_body.get_or_insert_with(|| Box::new(so_far(request)));
            if exchange.status.is_some() {
                exchange.response_body.get_or_insert_with(|| Box::new(so_far(response)));
            }
        }
        exchange.clock.end = Some(Instant::now());
        emit(config, &mut record, &self.handle);
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.emit();
    }
}

/// Renders `record` and hands it to the sink, if it is to be kept.
///
/// Runs in a `Drop`, perhaps while a panic unwinds, and calls code of the user's: a panic of theirs must not fail the
/// request, nor abort the process.
fn emit(config: &Arc<Config>, record: &mut Record, handle: &Exchange) {
    let mut limit = config.record_limit;
    let emitted = catch_unwind(AssertUnwindSafe(|| {
        let wanted = if handle.is_told() { tell(config, record, &mut limit, handle) } else { config.keeps(record) };
        if wanted && config.sink.enabled(record) {
            let mut cache = config.header_caches.take().unwrap_or_default();
            record.settle(&mut cache);
            config.header_caches.give(cache);
            with_buffer(|block| {
                // Text comes out about as long as it is; what is large is not grown to that bit by bit.
                block.reserve(record.captured().min(limit));
                config.format.render(record, limit, block);
                if !block.is_empty() {
                    config.sink.write(record, block);
                }
            });
        }
    }));
    if emitted.is_err() {
        // The code that panicked may do so again.
        let text = format!("{}: not logged: the format or sink panicked", record.id());
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let mut notice = Vec::new();
            config.format.notice(&text, &mut notice);
            config.sink.notice(&notice);
        }));
    }
}

/// Notes what the program said about the exchange while it ran, and what other layers ask of its record. Returns
/// whether it is to be written.
#[cold]
fn tell(config: &Arc<Config>, record: &mut Record, limit: &mut usize, handle: &Exchange) -> bool {
    let others = handle.others(config);
    let shown = others.body_limit();
    *limit = others.record_limit();
    let exchange = record.exchange_mut();
    exchange.origin.complete(handle.route());
    if let Some(Noted { fields, lost }) = handle.noted() {
        (exchange.fields, exchange.fields_lost) = (fields, lost);
    }
    for body in [&mut exchange.request_body, &mut exchange.response_body].into_iter().flatten() {
        body.shown = body.shown.min(shown);
        if shown == 0 || handle.hides_bodies() {
            body.capture.clear();
        }
    }
    if let Some(redactor) = others.redactor() {
        record.renew(&redactor, *limit);
    }
    if others.skip() {
        return false;
    }
    let keeps = || config.keeps(record) && others.joined_configs().all(|other| other.keeps(record));
    handle.wanted().unwrap_or_else(keeps)
}

/// The size up to which buffers are kept. Larger ones are dropped.
const POOLED: usize = 64 * 1024;

/// Lends this thread's buffer, so that a block costs no allocation.
fn with_buffer(render: impl FnOnce(&mut Vec<u8>)) {
    thread_local! {
        static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    }
    // Taken out while it is used: a sink may itself end an exchange. Gone at the end of a thread: then a new one serves.
    let mut buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
    render(&mut buffer);
    if buffer.capacity() <= POOLED {
        buffer.clear();
        let _ = BUFFER.try_with(|cell| cell.set(buffer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LogBody, RequestLogLayer, sink::Memory};
    use bytes::Bytes;
    use http::{HeaderValue, Method, Request, Response};
    use http_body::Body as _;
    use http_body_util::{BodyExt, Full};
    use std::{
        future::pending,
        pin::{Pin, pin},
        task::{Context, Poll, Waker},
    };
    use tower_layer::Layer;
    use tower_service::Service;

    /// Names an exchange that leaves as much as it can, or as little.
    #[derive(Clone, Copy, Debug)]
    enum Kind {
        Full,
        Empty,
        Fails,
        Panics,
        Cancelled,
        Cut,
        Head,
    }

    const ALL: [Kind; 7] = [Kind::Full, Kind::Empty, Kind::Fails, Kind::Panics, Kind::Cancelled, Kind::Cut, Kind::Head];

    async fn serve(kind: Kind, request: Request<LogBody<Full<Bytes>>>) -> Result<Response<TestBody>, String> {
        let mut response = Response::new(TestBody::new(Full::default()));
        match kind {
            Kind::Full => {
                let _ = request.into_body().collect().await;
                let trailers = std::future::ready(Some(Ok(HeaderMap::from_iter([(
                    http::HeaderName::from_static("x-took"),
                    HeaderValue::from_static("3"),
                )]))));
                *response.body_mut() = TestBody::new(Full::from("{\"b\":2}").with_trailers(trailers));
                let mut secret = HeaderValue::from_static("s3cret");
                secret.set_sensitive(true);
                response.headers_mut().insert("x-secret", secret);
            }
            Kind::Fails => return Err("out of luck".to_owned()),
            Kind::Panics => std::panic::resume_unwind(Box::new("told to")),
            Kind::Cancelled => pending().await,
            Kind::Cut => *response.body_mut() = TestBody::new(Full::from("12345")),
            Kind::Empty | Kind::Head => {}
        }
        Ok(response)
    }

    type TestBody = http_body_util::combinators::UnsyncBoxBody<Bytes, std::convert::Infallible>;

    /// Returns what is logged of it, except the times.
    fn run(layer: &RequestLogLayer, memory: &Memory, kind: Kind) -> String {
        memory.clear();
        let mut request = Request::new(Full::default());
        request.headers_mut().insert("x-request-id", HeaderValue::from_static("id"));
        if let Kind::Full = kind {
            *request.uri_mut() = http::Uri::from_static("/a/long/target?token=s3cret");
            *request.body_mut() = Full::from("{\"a\":1}");
            request.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
            request.headers_mut().append("x-request-id", HeaderValue::from_static("other"));
        } else if let Kind::Head = kind {
            *request.method_mut() = Method::HEAD;
        }
        let mut service = layer.layer(tower::service_fn(move |request| serve(kind, request)));
        let mut cx = Context::from_waker(Waker::noop());
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let mut call = pin!(service.call(request));
            if let Poll::Ready(Ok(response)) = call.as_mut().poll(&mut cx) {
                let mut body = response.into_body();
                while let Poll::Ready(Some(_)) = Pin::new(&mut body).poll_frame(&mut cx) {
                    if let Kind::Cut = kind {
                        break;
                    }
                }
            }
        }));
        let text = memory.text();
        assert_eq!(memory.records().len(), 1, "{text}");
        let begin = text.split(' ').next().unwrap_or_default().to_owned();
        let lines = text.lines().map(|line| line.strip_prefix(&begin).unwrap());
        lines.filter(|line| !line.ends_with("ms")).flat_map(|line| [line, "\n"]).collect()
    }

    #[test]
    fn nothing_of_an_exchange_is_in_the_next_one() {
        let layer = |memory: &Memory| RequestLogLayer::new().sink(memory.clone());
        for last in ALL {
            for next in ALL {
                let (memory, fresh) = (Memory::new(), Memory::new());
                let used = layer(&memory);
                run(&used, &memory, last);
                assert_eq!(run(&used, &memory, next), run(&layer(&fresh), &fresh, next), "{next:?} after {last:?}");
                if let Kind::Full = last {
                    assert!(run(&used, &memory, last).ends_with("response trailer x-took: 3\n"));
                }
            }
        }
    }

    fn config(layer: RequestLogLayer) -> Arc<Config> {
        Arc::clone(&layer.settings().now())
    }

    #[test]
    fn holders_that_let_go_at_once_leave_one_record() {
        let memory = Memory::new();
        let config = config(RequestLogLayer::new().sink(memory.clone()));
        for _ in 0..300 {
            let (held, _) = Held::begin(&config, Place::default(), |exchange, _| exchange.id.push('a'));
            let holders = [held.clone(), held.clone(), held];
            std::thread::scope(|scope| holders.into_iter().for_each(|held| _ = scope.spawn(move || drop(held))));
            assert_eq!(memory.records().len(), 1);
            assert_eq!(memory.records()[0].id(), "a");
            memory.clear();
        }
    }

    #[test]
    fn the_recorder_of_an_exchange_is_used_again() {
        let config = config(RequestLogLayer::new().sink(|_: &[u8]| {}));
        let begin = || Held::begin(&config, Place::default(), |_, _| {}).0;
        let first = begin();
        let address = Arc::as_ptr(&first.0);
        let second = begin();
        assert_ne!(address, Arc::as_ptr(&second.0));
        drop((second, first.clone()));
        drop(first);
        assert_eq!(address, Arc::as_ptr(&begin().0));
    }
}
