//! Sends finished blocks to their destination.
//!
//! ```
//! use tower_request_log::{RequestLogLayer, sink::{Memory, Stdout}};
//!
//! let memory = Memory::new();
//! let layer = RequestLogLayer::new().sink((Stdout::new().queue_limit(1 << 20), memory.clone()));
//! ```
//!
//! [`Stdout`], [`Stderr`] and [`Writer`] write on a thread of their own, fed by a queue that is bounded in bytes. A
//! record is written a millisecond after it was queued, or earlier. If a reader stalls, requests go on. Records that do
//! not fit in the queue are dropped. Once the reader is back, a line with the id `-` says how many were dropped:
//!
//! ```text
//! -   1234 records dropped (8.1 MB): standard output stalled for 12s
//! -   3 records dropped (4.1 kB): write to standard output failed: Broken pipe
//! -   1 record dropped (9.0 MB): larger than the queue of 8.4 MB
//! ```

mod backpressure;
mod batch;
mod budget;
mod fd;
mod leak_search;
mod loss;
mod memory;
mod output;
mod queue;
mod sync;
#[cfg(feature = "tracing")]
mod tracing;
mod writer;

pub use backpressure::OnFull;
pub(crate) use backpressure::{Gates, Inside, Place};
pub use memory::Memory;
#[cfg(feature = "tracing")]
pub use tracing::Tracing;
#[cfg(feature = "tracing")]
pub(crate) use tracing::request_span;
pub use writer::{Stderr, Stdout, Writer};

use crate::{format::Format, record::Record};
use std::{any::Any, io, sync::Arc};

/// Takes the blocks that a [`Format`] made.
///
/// A closure `Fn(&[u8]) + Send + Sync` is a sink, and so is a pair of sinks, which writes to both. The type of the
/// closure's argument must be written out:
///
/// ```
/// use std::sync::mpsc;
/// use tower_request_log::RequestLogLayer;
///
/// let (blocks, log) = mpsc::channel::<Vec<u8>>();
/// let layer = RequestLogLayer::new().sink(move |block: &[u8]| {
///     let _ = blocks.send(block.to_vec());
/// });
/// ```
pub trait Sink: Any + Send + Sync {
    /// Receives the format of the blocks. The sink uses it for its own lines, such as those about losses.
    ///
    /// Called each time the layer wraps a service.
    ///
    /// By default, does nothing.
    fn attach(&self, format: &Arc<dyn Format>) {
        let _ = format;
    }

    /// Returns whether this sink wants `record`. Called before anything is rendered.
    ///
    /// By default, `true`.
    fn enabled(&self, record: &Record) -> bool {
        let _ = record;
        true
    }

    /// Takes one block: whole lines, rendered from `record`.
    ///
    /// Called on the task that ends the exchange, so it must not block. A panic here fails no request: it is reported to
    /// [`notice`](Self::notice).
    fn write(&self, record: &Record, block: &[u8]);

    /// Takes lines about the log itself, which a format's `notice` made.
    ///
    /// By default, drops them.
    fn notice(&self, block: &[u8]) {
        let _ = block;
    }

    /// Waits until everything written before is out, up to the sink's deadline.
    ///
    /// It blocks the calling thread. In async code call it where blocking is allowed:
    ///
    /// ```
    /// use tower_request_log::sink::{Sink, Stdout};
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sink = Stdout::new();
    /// let flushed = sink.clone();
    /// tokio::task::spawn_blocking(move || flushed.flush()).await??;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// By default, returns at once.
    ///
    /// # Errors
    ///
    /// Returns `TimedOut` if the sink's deadline passes first, or else the error that keeps the sink from writing.
    fn flush(&self) -> io::Result<()> {
        Ok(())
    }

    /// Adds the queues that requests wait for while they are full.
    #[doc(hidden)]
    fn gates(&self, gates: &mut backpressure::Gates) {
        let _ = gates;
    }

    /// Returns whether `other` writes to the same place. If two layers see one exchange and their sinks are the same,
    /// the exchange is written once.
    ///
    /// Two pairs are the same if both of their parts are.
    ///
    /// By default, `false`: a sink is then the same only as a clone of its [`Arc`].
    fn is_same(&self, other: &dyn Sink) -> bool {
        let _ = other;
        false
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

    fn flush(&self) -> io::Result<()> {
        (**self).flush()
    }

    fn gates(&self, gates: &mut Gates) {
        (**self).gates(gates);
    }

    fn is_same(&self, other: &dyn Sink) -> bool {
        (other as &dyn Any).downcast_ref::<Self>().is_some_and(|other| Self::ptr_eq(self, other))
            || (**self).is_same(other)
    }
}

/// Writes to both. A record is rendered if either wants it.
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

    /// Waits for both. If both fail, returns the error of the first.
    fn flush(&self) -> io::Result<()> {
        let a = self.0.flush();
        let b = self.1.flush();
        a.and(b)
    }

    fn gates(&self, gates: &mut Gates) {
        self.0.gates(gates);
        self.1.gates(gates);
    }

    fn is_same(&self, other: &dyn Sink) -> bool {
        let pair = (other as &dyn Any).downcast_ref::<Self>();
        pair.is_some_and(|other| self.0.is_same(&other.0) && self.1.is_same(&other.1))
    }
}
