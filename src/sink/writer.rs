//! Writes blocks to an output through a queue and a thread: standard output, standard error, any writer.

use super::{
    Sink,
    backpressure::{Gates, OnFull},
    fd,
    output::{self, Output},
};
use crate::{format::Format, record::Record};
use std::{
    any::Any,
    fmt,
    io::{self, Write},
    sync::{Arc, LazyLock, atomic::Ordering::Relaxed},
    time::Duration,
};

/// Writes to standard output.
///
/// By default, a request never waits for the reader of the log. Each block goes into a queue, whole or not at all, and
/// one thread of the process writes the blocks in large pieces. Blocks that do not fit in the queue are dropped and
/// counted, and the log says so once the reader is back. Or requests wait for room: see [`OnFull`]. Blocks never mix
/// with the lines of the program's own `println!`.
///
/// A queued block is written within a millisecond, or at once if [`flush`](Sink::flush) asks for it or 256 KiB are
/// queued. The writer waits that long for more blocks: under load, one system call then writes many of them, and nobody
/// has to wake the writer.
///
/// If the output fails (a closed pipe, a full disk), it is tried again when there is something to write, after a pause
/// of 10 ms to 1 s. The records that were being written are dropped and counted, and a message goes to standard error,
/// at most once a minute. So a named pipe goes on where it was when its reader comes back.
///
/// Each [`new`](Self::new) makes a sink with its own queue limit, settings and counters. All of its clones share them,
/// so a change to one clone changes all.
///
/// When the last clone is dropped, the queued blocks are written. Like [`flush`](Sink::flush), this blocks the thread
/// until the reader has them, but no longer than the [`deadline`](Self::deadline). If a layer is dropped while other
/// tasks are at work, flush on a thread for blocking work first. `std::process::exit` loses the queued blocks: flush
/// before it.
///
/// ```
/// use tower_request_log::sink::{OnFull, Stdout};
///
/// let sink = Stdout::new().queue_limit(16 << 20).on_full(OnFull::Wait);
/// assert_eq!(sink.dropped(), 0);
/// ```
#[derive(Clone)]
pub struct Stdout(Output);

/// Writes to standard error, under the rules of [`Stdout`].
#[derive(Clone)]
pub struct Stderr(Output);

/// Writes to any [`io::Write`], on a thread of its own and under the rules of [`Stdout`].
///
/// The writer is flushed after each piece that is written to it. It is dropped after the last clone of the sink, and
/// its thread ends.
///
/// ```
/// use tower_request_log::sink::{Sink, Writer};
///
/// # fn main() -> std::io::Result<()> {
/// let sink = Writer::new(std::io::sink());
/// sink.flush()
/// # }
/// ```
#[derive(Clone)]
pub struct Writer(Output);

impl Stdout {
    /// Writes to the process's standard output.
    #[must_use]
    pub fn new() -> Self {
        static WRITER: LazyLock<Arc<output::Worker>> =
            LazyLock::new(|| Arc::new(output::Worker::new("standard output", fd::Stdout)));
        Self(Output::on(&WRITER))
    }
}

impl Default for Stdout {
    fn default() -> Self {
        Self::new()
    }
}

impl Stderr {
    /// Writes to the process's standard error.
    #[must_use]
    pub fn new() -> Self {
        static WRITER: LazyLock<Arc<output::Worker>> =
            LazyLock::new(|| Arc::new(output::Worker::new("standard error", fd::Stderr)));
        Self(Output::on(&WRITER))
    }
}

impl Default for Stderr {
    fn default() -> Self {
        Self::new()
    }
}

impl Writer {
    /// Writes to `writer`, which may block: only its own thread waits for it.
    #[must_use]
    pub fn new(writer: impl Write + Send + 'static) -> Self {
        Self(Output::exclusive(output::Worker::new("output", fd::Other(writer))))
    }
}

/// Gives the three sinks the settings, counters and traits that they share.
macro_rules! queued {
    ($sink:ident) => {
        impl $sink {
            /// Sets how many bytes may be queued. Blocks past this limit are dropped, or requests wait: see [`OnFull`].
            ///
            /// Each block counts with 40 bytes more than its length.
            ///
            /// By default, 8 MiB.
            #[must_use]
            pub fn queue_limit(self, bytes: usize) -> Self {
                Self(self.0.set(|budget| budget.set_limit(bytes)))
            }

            /// Sets what happens to records when the queue is full.
            ///
            /// By default, they are dropped and counted, and a line in the log says so.
            #[must_use]
            pub fn on_full(self, on_full: OnFull) -> Self {
                Self(self.0.set(|budget| budget.set_wait(on_full == OnFull::Wait)))
            }

            /// Sets how long [`flush`](Sink::flush) and the drop of the last clone wait for the reader, and block their
            /// thread.
            ///
            /// Blocks that a slower reader has not taken by then are lost when the process ends. The last line that it
            /// has may be **torn**: a block that is half in the pipe can't be taken back.
            ///
            /// By default, 5 seconds.
            #[must_use]
            pub fn deadline(self, deadline: Duration) -> Self {
                Self(self.0.set(|budget| budget.set_deadline(deadline)))
            }

            /// Returns how many records were written.
            #[must_use]
            pub fn written(&self) -> u64 {
                self.0.budget().written.records.load(Relaxed)
            }

            /// Returns the bytes of the records that were written.
            #[must_use]
            pub fn written_bytes(&self) -> u64 {
                self.0.budget().written.bytes.load(Relaxed)
            }

            /// Returns how many records were dropped, lines about the log itself included.
            #[must_use]
            pub fn dropped(&self) -> u64 {
                self.0.budget().dropped.records.load(Relaxed)
            }

            /// Returns the bytes of the records that were dropped.
            #[must_use]
            pub fn dropped_bytes(&self) -> u64 {
                self.0.budget().dropped.bytes.load(Relaxed)
            }

            /// Returns how many records are queued or being written.
            #[must_use]
            pub fn queued(&self) -> u64 {
                self.0.budget().queued.records.load(Relaxed)
            }

            /// Returns the bytes of the records that are queued or being written.
            #[must_use]
            pub fn queued_bytes(&self) -> u64 {
                self.0.budget().queued.bytes.load(Relaxed)
            }
        }

        impl Sink for $sink {
            fn attach(&self, format: &Arc<dyn Format>) {
                self.0.budget().attach(format);
            }

            fn write(&self, _record: &Record, block: &[u8]) {
                self.0.push(block, 1);
            }

            fn notice(&self, block: &[u8]) {
                self.0.push(block, 0);
            }

            fn flush(&self) -> io::Result<()> {
                self.0.flush()
            }

            fn gates(&self, gates: &mut Gates) {
                gates.add(self.0.queue(), self.0.budget());
            }

            fn is_same(&self, other: &dyn Sink) -> bool {
                let other = (other as &dyn Any).downcast_ref::<Self>();
                other.is_some_and(|other| Arc::ptr_eq(self.0.queue(), other.0.queue()))
            }
        }

        impl fmt::Debug for $sink {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.debug(stringify!($sink), f)
            }
        }
    };
}

queued!(Stdout);
queued!(Stderr);
queued!(Writer);

#[cfg(test)]
mod tests;
