//! What the sinks with a queue are inside: a handle on settings, counters and an output.

use super::{OnFull, Place, account::Account, device::Device, worker::Output};
use crate::format::Format;
use std::{
    fmt, io,
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak, atomic::Ordering::Relaxed},
    task::{Context, Poll},
};

/// The settings, the queue and the counters behind a sink; shared by its clones.
#[derive(Clone)]
pub(super) struct Handle(pub(super) Arc<Owner>);

/// Writes what is left when the last handle goes.
pub(super) struct Owner {
    account: Arc<Account>,
    output: Arc<Output>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An output of the process, and the account of all handles on it that set nothing.
    Common,
    /// An output of the process, with an account of its own.
    Own,
    /// An output that is this handle's alone, and ends with it.
    Exclusive,
}

impl Owner {
    pub(super) fn new(name: &'static str, output: Arc<Output>, kind: Kind) -> Arc<Self> {
        Arc::new(Self { account: Arc::new(Account::new(name)), output, kind })
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // What can't be written by now is lost, and there is nobody left to tell.
        let _ = if self.kind == Kind::Exclusive {
            self.account.close();
            self.output.queue.close(self.account.deadline())
        } else if self.account.is_idle() {
            // Others may have something stuck in the same output.
            Ok(())
        } else {
            let flushed = self.output.queue.flush(&self.account, self.account.deadline());
            self.account.close();
            flushed
        };
    }
}

/// An output of the process, for all handles on it.
pub(super) struct Process {
    name: &'static str,
    output: OnceLock<Arc<Output>>,
    /// The owner of the common account, while there is a handle on it.
    common: Mutex<Weak<Owner>>,
}

impl Process {
    pub(super) const fn new(name: &'static str) -> Self {
        Self { name, output: OnceLock::new(), common: Mutex::new(Weak::new()) }
    }

    pub(super) fn handle(&self, device: impl Device + 'static) -> Handle {
        let mut common = self.common.lock().unwrap_or_else(PoisonError::into_inner);
        let owner = common.upgrade().unwrap_or_else(|| {
            let output = self.output.get_or_init(|| Arc::new(Output::new(self.name, device)));
            let owner = Owner::new(self.name, Arc::clone(output), Kind::Common);
            *common = Arc::downgrade(&owner);
            owner
        });
        Handle(owner)
    }
}

impl Handle {
    pub(super) fn exclusive(name: &'static str, output: Output) -> Self {
        Self(Owner::new(name, Arc::new(output), Kind::Exclusive))
    }

    pub(super) fn account(&self) -> &Account {
        &self.0.account
    }

    /// Changes the settings: those of an account of its own, where it had the common one.
    pub(super) fn set(mut self, change: impl FnOnce(&Account)) -> Self {
        if self.0.kind == Kind::Common {
            let own = Owner::new(self.account().name, Arc::clone(&self.0.output), Kind::Own);
            if let Some(format) = self.account().format() {
                own.account.attach(&format);
            }
            self.0 = own;
        }
        change(self.account());
        self.0.output.queue.wake_waiters();
        self
    }

    pub(super) fn attach(&self, format: &Arc<dyn Format>) {
        self.account().attach(format);
    }

    pub(super) fn push(&self, block: &[u8], records: u64) {
        self.0.output.push(&self.0.account, block, records);
    }

    pub(super) fn poll_place(&self, cx: &mut Context<'_>, place: &mut Place) -> Poll<()> {
        self.0.output.queue.poll_place(&self.0.account, cx, place)
    }

    pub(super) fn flush(&self) -> io::Result<()> {
        self.0.output.queue.flush(self.account(), self.account().deadline())
    }

    pub(super) fn debug(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let account = self.account();
        f.debug_struct(name)
            .field("queue_limit", &account.limit())
            .field("on_full", if account.waits() { &OnFull::Wait } else { &OnFull::Drop })
            .field("deadline", &account.deadline())
            .field("written", &account.written.records.load(Relaxed))
            .field("dropped", &account.dropped.records.load(Relaxed))
            .field("queued", &account.queued.records.load(Relaxed))
            .finish()
    }
}
