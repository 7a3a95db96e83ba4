//! The thread that writes.

use super::{
    account::Account,
    device::{self, Device},
    queue::Queue,
    state,
};
use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// How long the writer waits for more once there is something to write.
const LINGER: Duration = Duration::from_millis(1);
/// The least time between two messages on standard error.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// An output: a queue, and the thread that empties it, started with the first block.
pub(super) struct Output {
    pub(super) queue: Arc<Queue>,
    /// What messages call it.
    name: &'static str,
    /// Here until the thread takes it; still here where the thread could not be started.
    device: Arc<Mutex<Option<Box<dyn Device>>>>,
}

impl Output {
    pub(super) fn new(name: &'static str, device: impl Device + 'static) -> Self {
        let device = Arc::new(Mutex::new(Some(Box::new(device) as Box<dyn Device>)));
        Self { queue: Arc::new(Queue::new(LINGER)), name, device }
    }

    /// Queues a block that counts as `records` records, or drops and counts it.
    pub(super) fn push(&self, account: &Arc<Account>, block: &[u8], records: u64) {
        if self.queue.push(account, block, records) {
            self.start();
        }
    }

    fn start(&self) {
        let (queue, device, name) = (Arc::clone(&self.queue), Arc::clone(&self.device), self.name);
        let thread = thread::Builder::new().name("request-log".into()).spawn(move || {
            let device = device.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(mut device) = device {
                run(&queue, &mut *device, name);
                // The last words of a device may panic too.
                let _ = catch_unwind(AssertUnwindSafe(|| drop(device)));
            }
            queue.end();
        });
        if let Err(error) = thread {
            device::tell(&format!("tower-request-log: no thread to write to {name}: {}", state::text(&error)));
            self.queue.abandon(&error);
        }
    }
}

/// Writes what is queued until the queue is closed.
fn run(queue: &Queue, device: &mut dyn Device, name: &str) {
    queue.adopt();
    let mut told: Option<Instant> = None;
    while let Some(chunk) = queue.take() {
        let mut written = 0;
        let write = catch_unwind(AssertUnwindSafe(|| device.write(&chunk.bytes, &mut written)));
        let result = write.unwrap_or_else(|_| Err(io::Error::other("the writer panicked")));
        if let Err(error) = &result
            && name != "standard error"
            && told.is_none_or(|at| at.elapsed() >= TELL_EVERY)
        {
            let message = format!("tower-request-log: write to {name} failed: {}", state::text(error));
            told = device::tell(&message).then(Instant::now).or(told);
        }
        queue.finish(chunk, written, result.as_ref().err());
    }
}
