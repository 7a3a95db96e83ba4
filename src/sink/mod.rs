//! Where finished blocks go.
//!
//! ```
//! use tower_request_log::{RequestLogLayer, sink::{Memory, Stdout}};
//!
//! let memory = Memory::new();
//! let layer = RequestLogLayer::new().sink((Stdout::new().queue_limit(1 << 20), memory.clone()));
//! ```
//!
//! [`Stdout`], [`Stderr`] and [`Writer`] write on a thread of their own, fed by a queue that is bounded in bytes. While
//! a reader is stalled requests go on, and what the queue can't hold is told once the reader is back, in a line that
//! bears the id `-`:
//!
//! ```text
//! -   1234 records dropped (8.1 MB): standard output stalled for 12s
//! -   3 records dropped (4.1 kB): write to standard output failed: Broken pipe
//! -   1 record dropped (9.0 MB): larger than the queue of 8.4 MB
//! ```

mod account;
mod chunk;
mod device;
mod memory;
mod queue;
mod state;
mod sync;
#[cfg(feature = "tracing")]
mod tracing;
mod worker;
mod writer;

pub use memory::Memory;
#[cfg(feature = "tracing")]
pub use tracing::Tracing;
pub use writer::{OnFull, Stderr, Stdout, Writer};

use crate::{format::Format, record::Record};
use std::{
    any::Any,
    fmt, io,
    sync::Arc,
    task::{Context, Poll},
};

/// Takes the blocks that a [`Format`](crate::format::Format) made.
///
/// A closure `Fn(&[u8]) + Send + Sync` is a sink, and so is a pair of sinks, which writes to both.
pub trait Sink: Send + Sync + 'static {
    /// Told which format its blocks come from, each time a layer is put on a service, so that what the sink has to say of
    /// itself can be in it.
    ///
    /// By default, a sink has nothing to say.
    fn attach(&self, format: &Arc<dyn Format>) {
        let _ = format;
    }

    /// Whether this sink wants `record`, asked before anything is rendered.
    ///
    /// By default, it does.
    fn enabled(&self, record: &Record) -> bool {
        let _ = record;
        true
    }

    /// Takes one block: whole lines, rendered from `record`.
    ///
    /// Called on the task that ends the exchange, so it must not block.
    fn write(&self, record: &Record, block: &[u8]);

    /// Takes lines about the log itself, which a format's `notice` made.
    ///
    /// By default, they are dropped.
    fn notice(&self, block: &[u8]) {
        let _ = block;
    }

    /// Holds requests back while there is no room for their records: called from the service's `poll_ready`.
    ///
    /// By default, there is always room.
    fn poll_place(&self, cx: &mut Context<'_>) -> Poll<Place> {
        let _ = cx;
        Poll::Ready(Place::default())
    }

    /// Waits until what was written before is out.
    ///
    /// By default, there is nothing to wait for.
    ///
    /// # Errors
    ///
    /// `TimedOut` when the sink's deadline passes first, or the error that keeps the sink from writing.
    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

impl<F: Fn(&[u8]) + Send + Sync + 'static> Sink for F {
    fn write(&self, _record: &Record, block: &[u8]) {
        self(block);
    }

    fn notice(&self, block: &[u8]) {
        self(block);
    }
}

impl<S: Sink + ?Sized> Sink for Arc<S> {
    fn attach(&self, format: &Arc<dyn Format>) {
        (**self).attach(format);
    }

    fn enabled(&self, record: &Record) -> bool {
        (**self).enabled(record)
    }

    fn write(&self, record: &Record, block: &[u8]) {
        (**self).write(record, block);
    }

    fn notice(&self, block: &[u8]) {
        (**self).notice(block);
    }

    fn poll_place(&self, cx: &mut Context<'_>) -> Poll<Place> {
        (**self).poll_place(cx)
    }

    fn flush(&self) -> io::Result<()> {
        (**self).flush()
    }
}

/// Both; a record is rendered where either wants it.
impl<A: Sink, B: Sink> Sink for (A, B) {
    fn attach(&self, format: &Arc<dyn Format>) {
        self.0.attach(format);
        self.1.attach(format);
    }

    fn enabled(&self, record: &Record) -> bool {
        self.0.enabled(record) || self.1.enabled(record)
    }

    fn write(&self, record: &Record, block: &[u8]) {
        if self.0.enabled(record) {
            self.0.write(record, block);
        }
        if self.1.enabled(record) {
            self.1.write(record, block);
        }
    }

    fn notice(&self, block: &[u8]) {
        self.0.notice(block);
        self.1.notice(block);
    }

    fn poll_place(&self, cx: &mut Context<'_>) -> Poll<Place> {
        let (Poll::Ready(a), Poll::Ready(b)) = (self.0.poll_place(cx), self.1.poll_place(cx)) else {
            return Poll::Pending;
        };
        Poll::Ready(a.and(b))
    }

    /// Waits for both; the error is the first one's where both fail.
    fn flush(&self) -> io::Result<()> {
        let a = self.0.flush();
        let b = self.1.flush();
        a.and(b)
    }
}

/// A place that a sink keeps for the record of a request that was let in; dropping it gives the place back.
#[derive(Default)]
pub struct Place(Option<Box<dyn Any + Send + Sync>>);

impl Place {
    /// A place that is given back when `guard` is dropped.
    pub fn new(guard: impl Any + Send + Sync) -> Self {
        Self(Some(Box::new(guard)))
    }

    /// Joins two places into one, for a sink made of others.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Some(a), Some(b)) => Self::new((a, b)),
            (a, b) => Self(a.or(b)),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("kept", &self.0.is_some()).finish()
    }
}
