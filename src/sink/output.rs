//! Implements what `Stdout`, `Stderr` and `Writer` share: settings, counters, a queue, and the thread that writes.

use super::{
    backpressure::OnFull,
    budget::Budget,
    fd::{self, Device},
    queue::{self, Queue},
};
use std::{
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError, atomic::Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

/// The time that the writer waits for more before it writes.
const LINGER: Duration = Duration::from_millis(1);
/// The least time between two messages on standard error.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// Hands blocks to an output; clones share its budget.
#[derive(Clone)]
pub(super) struct Output(Arc<Owner>);

/// Writes what is left when the last handle goes.
struct Owner {
    budget: Arc<Budget>,
    worker: Arc<Worker>,
    /// Is set if the worker ends with this.
    exclusive: bool,
}

/// Empties a queue on a thread of its own, which is started with the first block.
pub(super) struct Worker {
    queue: Arc<Queue>,
    /// The device, until the thread takes it. It is still here if the thread could not be started.
    device: Arc<Mutex<Option<Box<dyn Device>>>>,
}

impl Output {
    /// Makes a handle with its own budget on an output that others write to as well.
    pub(super) fn on(worker: &Arc<Worker>) -> Self {
        Self(Arc::new(Owner { budget: Arc::default(), worker: Arc::clone(worker), exclusive: false }))
    }

    pub(super) fn exclusive(worker: Worker) -> Self {
        Self(Arc::new(Owner { budget: Arc::default(), worker: Arc::new(worker), exclusive: true }))
    }

    pub(super) fn budget(&self) -> &Arc<Budget> {
        &self.0.budget
    }

    pub(super) fn queue(&self) -> &Arc<Queue> {
        &self.0.worker.queue
    }

    /// Changes the settings. Those who wait are woken, since they may wait no longer.
    pub(super) fn set(self, change: impl FnOnce(&Budget)) -> Self {
        change(self.budget());
        self.queue().wake_waiting();
        self
    }

    /// Queues a block that counts as `records` records, or drops and counts it.
    pub(super) fn push(&self, block: &[u8], records: u64) {
        if self.queue().push(self.budget(), block, records) {
            self.0.worker.start();
        }
    }

    pub(super) fn flush(&self) -> io::Result<()> {
        self.queue().flush(self.budget())
    }

    pub(super) fn debug(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let budget = self.budget();
        f.debug_struct(name)
            .field("queue_limit", &budget.limit())
            .field("on_full", if budget.is_set_to_wait() { &OnFull::Wait } else { &OnFull::Drop })
            .field("deadline", &budget.deadline())
            .field("written", &budget.written.records.load(Relaxed))
            .field("dropped", &budget.dropped.records.load(Relaxed))
            .field("queued", &budget.queued.records.load(Relaxed))
            .finish()
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let (budget, queue) = (&self.budget, &self.worker.queue);
        // Records that can't be written by now are lost, and there is nobody left to tell.
        if self.exclusive {
            budget.close();
            let _ = queue.close(budget.deadline());
        } else if !budget.is_idle() {
            // This does not wait for something of others that is stuck in the same output.
            let _ = queue.flush(budget);
            budget.close();
        }
    }
}

impl Worker {
    pub(super) fn new(name: &'static str, device: impl Device + 'static) -> Self {
        let device = Arc::new(Mutex::new(Some(Box::new(device) as Box<dyn Device>)));
        Self { queue: Arc::new(Queue::new(name, LINGER)), device }
    }

    fn start(&self) {
        let (queue, device) = (Arc::clone(&self.queue), Arc::clone(&self.device));
        let thread = thread::Builder::new().name("request-log".into()).spawn(move || {
            let device = device.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(mut device) = device {
                run(&queue, &mut *device);
                // The last words of a device may panic too.
                let _ = catch_unwind(AssertUnwindSafe(|| drop(device)));
            }
            queue.end();
        });
        if let Err(error) = thread {
            let (name, error_text) = (self.queue.name, queue::message(&error));
            fd::tell(&format!("tower-request-log: no thread to write to {name}: {error_text}"));
            self.queue.abandon(&error);
        }
    }
}

/// Writes what is queued until the queue is closed.
fn run(queue: &Queue, device: &mut dyn Device) {
    queue.adopt();
    let mut told: Option<Instant> = None;
    while let Some(batch) = queue.take() {
        let mut written = 0;
        let write = catch_unwind(AssertUnwindSafe(|| device.write(&batch.bytes, &mut written)));
        let result = write.unwrap_or_else(|_| Err(io::Error::other("the writer panicked")));
        if let Err(error) = &result
            && queue.name != "standard error"
            && told.is_none_or(|at| at.elapsed() >= TELL_EVERY)
        {
            let message = format!("tower-request-log: write to {} failed: {}", queue.name, queue::message(error));
            told = fd::tell(&message).then(Instant::now).or(told);
        }
        queue.finish(batch, written, result.as_ref().err());
    }
}
