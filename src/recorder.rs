//! One exchange in flight.

use crate::{
    config::Config,
    exchange::{Body, End, Exchange, Failure, Fields},
    record::Record,
    sink::{Inside, Place},
    watch::Open,
};
use http::StatusCode;
use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

/// Collects what the request body, the response future and the response body saw of one exchange.
///
/// Each of the three holds an `Arc` of it, and it is emitted when the last of them lets go. That one mechanism covers the
/// normal end, an abort, an error and a panic: there is no way to end an exchange but to drop it, and none to do it
/// twice.
pub(crate) struct Recorder {
    config: Arc<Config>,
    record: Mutex<Record>,
    /// The key under which this exchange is watched, where open ones are reported.
    watched: OnceLock<u64>,
    /// How many bytes of each body went by so far, where open exchanges are reported.
    progress: Option<[AtomicU64; 2]>,
    /// Kept for this exchange's block until it is written.
    place: Place,
}

/// Which of the two bodies it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Direction {
    Request = 0,
    Response = 1,
}

impl Recorder {
    pub(crate) fn new(config: Arc<Config>, exchange: Exchange, place: Place) -> Arc<Self> {
        let start = exchange.clock.start;
        let record = Mutex::new(Record::new(exchange, config.redactor.clone(), config.record_limit));
        let progress = config.watch.is_some().then(Default::default);
        let recorder = Arc::new(Self { config, record, watched: OnceLock::new(), progress, place });
        if let Some(watch) = &recorder.config.watch {
            // Not before there is something to report: it may be due at once.
            let open: Weak<dyn Open> = Arc::<Self>::downgrade(&recorder);
            let _ = recorder.watched.set(watch.begin(start, open));
        }
        recorder
    }

    /// Marks that this thread works on this exchange: what begins meanwhile is inside of it.
    pub(crate) fn inside(&self) -> Inside {
        Inside::enter(&self.config.sink, &self.place)
    }

    /// The response head is there. Whether the response is one that has no body, whatever its headers say.
    pub(crate) fn head(&self, status: StatusCode, headers: Fields) -> bool {
        let now = Instant::now();
        let mut record = self.record();
        let exchange = record.exchange_mut();
        exchange.clock.head = Some(now);
        exchange.status = Some(status);
        exchange.response_headers = headers;
        exchange.is_bodiless()
    }

    /// There will be no response head.
    pub(crate) fn fail(&self, failure: Failure) {
        self.record().exchange_mut().failure = Some(failure);
    }

    /// So many bytes of a body went by, and it goes on.
    #[inline]
    pub(crate) fn progress(&self, direction: Direction, seen: u64) {
        if let Some(progress) = &self.progress {
            progress[direction as usize].store(seen, Ordering::Relaxed);
        }
    }

    /// A body was seen to its end, or dropped.
    pub(crate) fn body(&self, direction: Direction, body: Body) {
        let mut record = self.record();
        let exchange = record.exchange_mut();
        match direction {
            Direction::Request => exchange.request_body = Some(body),
            Direction::Response => exchange.response_body = Some(body),
        }
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open for Recorder {
    /// Emits what is known so far; the record comes in full at the end.
    fn report(&self) {
        let mut record = self.record().clone();
        let exchange = record.exchange_mut();
        exchange.open = true;
        if let Some([request, response]) = &self.progress {
            let so_far =
                |seen: &AtomicU64| Body { seen: seen.load(Ordering::Relaxed), end: End::Open, ..Body::default() };
            exchange.request_body.get_or_insert_with(|| so_far(request));
            if exchange.status.is_some() {
                exchange.response_body.get_or_insert_with(|| so_far(response));
            }
        }
        exchange.clock.end = Some(Instant::now());
        emit(&self.config, &record);
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if let (Some(watch), Some(key)) = (&self.config.watch, self.watched.get()) {
            watch.end(*key);
        }
        let record = self.record.get_mut().unwrap_or_else(PoisonError::into_inner);
        record.exchange_mut().clock.end = Some(Instant::now());
        emit(&self.config, record);
    }
}

/// Renders `record` and hands it to the sink, if it is to be kept.
///
/// Runs in a `Drop`, perhaps while a panic unwinds, and calls code of the user's: a panic of theirs must not fail the
/// request, nor abort the process.
fn emit(config: &Config, record: &Record) {
    let emitted = catch_unwind(AssertUnwindSafe(|| {
        if config.keeps(record) && config.sink.enabled(record) {
            with_buffer(|block| {
                config.format.render(record, config.record_limit, block);
                if !block.is_empty() {
                    config.sink.write(record, block);
                }
            });
        }
    }));
    if emitted.is_err() {
        // What panicked may do so again.
        let text = format!("{}: not logged: the format or sink panicked", record.id());
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let mut notice = Vec::new();
            config.format.notice(&text, &mut notice);
            config.sink.notice(&notice);
        }));
    }
}

/// Buffers that grew larger are not kept.
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
