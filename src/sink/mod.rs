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
mod handle;
mod inside;
mod memory;
mod queue;
mod readings;
mod state;
mod sync;
#[cfg(feature = "tracing")]
mod tracing;
mod waiters;
mod worker;
mod writer;

pub(crate) use inside::{Inside, is_inside};
pub use memory::Memory;
#[cfg(feature = "tracing")]
pub use tracing::Tracing;
pub use writer::{OnFull, Stderr, Stdout, Writer};

use crate::{format::Format, record::Record};
use account::Account;
use queue::Room;
use std::{
    any::Any,
    fmt, io,
    sync::Arc,
    task::{Context, Poll},
};

/// Takes the blocks that a [`Format`] made.
///
/// A closure `Fn(&[u8]) + Send + Sync` is a sink, and so is a pair of sinks, which writes to both. The argument's type must
/// be written out:
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
    /// Called on the task that ends the exchange, so it must not block. A panic fails no request; [`notice`](Self::notice)
    /// is told of it.
    fn write(&self, record: &Record, block: &[u8]);

    /// Takes lines about the log itself, which a format's `notice` made.
    ///
    /// By default, they are dropped.
    fn notice(&self, block: &[u8]) {
        let _ = block;
    }

    /// Holds requests back while there is no room for their records: called from the service's `poll_ready`.
    ///
    /// What is kept for the request, or notes that it waits, goes into `place`, which is empty at first and is the same
    /// in all calls for one request. A sink that returns `Pending` must have the waker of `cx` woken once it is worth
    /// asking again, as a future must; a place that is dropped while it waits must keep nobody out. For a place that is
    /// kept already the answer is `Ready`.
    ///
    /// It is not called for an exchange inside of another that keeps a place of the same sink: see [`OnFull::Wait`].
    ///
    /// Where it panics, the request goes on without a place.
    ///
    /// By default, there is always room.
    fn poll_place(&self, cx: &mut Context<'_>, place: &mut Place) -> Poll<()> {
        let _ = (cx, place);
        Poll::Ready(())
    }

    /// Waits until what was written before is out, and blocks the calling thread for so long, up to the sink's deadline.
    ///
    /// In async code call it where blocking is allowed:
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

    fn poll_place(&self, cx: &mut Context<'_>, place: &mut Place) -> Poll<()> {
        (**self).poll_place(cx, place)
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

    /// Waits for the first, then, with its place kept, for the second.
    ///
    /// Two pairs of the same sinks in opposite order may wait for each other where both have [`OnFull::Wait`].
    fn poll_place(&self, cx: &mut Context<'_>, place: &mut Place) -> Poll<()> {
        if place.is_kept() {
            return Poll::Ready(());
        }
        let mut fresh = Both::default();
        let both = place.get_mut::<Both>().unwrap_or(&mut fresh);
        let polled = match self.0.poll_place(cx, &mut both.0) {
            Poll::Ready(()) => self.1.poll_place(cx, &mut both.1),
            Poll::Pending => Poll::Pending,
        };
        // Where neither keeps anything there is nothing to allocate for.
        if fresh.0.guard.is_some() || fresh.1.guard.is_some() {
            *place = Place::waiting(fresh);
        }
        if polled.is_ready() && place.guard.is_some() {
            place.keep();
        }
        polled
    }

    /// Waits for both; the error is the first one's where both fail.
    fn flush(&self) -> io::Result<()> {
        let a = self.0.flush();
        let b = self.1.flush();
        a.and(b)
    }
}

/// The places in both sinks of a pair.
#[derive(Default)]
struct Both(Place, Place);

/// A place that a sink keeps for the record of a request, or what holds the request's turn while it waits for one.
///
/// Dropping it gives the place back, or the turn.
#[derive(Default)]
pub struct Place {
    guard: Option<Box<dyn Any + Send + Sync>>,
    kept: bool,
}

impl Place {
    /// A place that is given back when `guard` is dropped.
    #[must_use]
    pub fn new(guard: impl Any + Send + Sync) -> Self {
        Self { guard: Some(Box::new(guard)), kept: true }
    }

    /// No place yet, but a turn that is given up when `guard` is dropped.
    #[must_use]
    pub fn waiting(guard: impl Any + Send + Sync) -> Self {
        Self { guard: Some(Box::new(guard)), kept: false }
    }

    /// Whether a place is kept, rather than waited for or not asked for.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.kept
    }

    /// The guard that was put in, if it is a `T`.
    #[must_use]
    pub fn get_mut<T: Any>(&mut self) -> Option<&mut T> {
        self.guard.as_mut()?.downcast_mut()
    }

    /// Calls `found` for each account of which a place is kept.
    fn accounts(&self, found: &mut dyn FnMut(&Arc<Account>)) {
        let Some(guard) = self.guard.as_ref().filter(|_| self.kept) else { return };
        if let Some(room) = guard.downcast_ref::<Room>() {
            found(room.account());
        } else if let Some(both) = guard.downcast_ref::<Both>() {
            both.0.accounts(found);
            both.1.accounts(found);
        }
    }

    /// What was waited for is here.
    fn keep(&mut self) {
        self.kept = true;
    }

    /// This place if it is kept; a turn that nobody waits for any more is given up.
    #[must_use]
    pub(crate) fn if_kept(self) -> Self {
        if self.kept { self } else { Self::default() }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("kept", &self.kept).finish()
    }
}
