//! What the queue knows, apart from its lock: a plain machine that one thread at a time moves on.

use super::{
    account::{Account, Cause, Loss, Lost},
    chunk::{CHUNK, Chunk},
    waiters::Waiters,
};
use crate::escape;
use std::{
    collections::VecDeque,
    io,
    sync::Arc,
    thread::ThreadId,
    time::{Duration, Instant},
};

/// The chunks kept for use again.
const SPARE: usize = 4;
/// The pause after the first failure of the output, doubled with each that follows.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// The longest pause between two attempts at an output that fails.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct State {
    /// What is queued, oldest first. The last chunk takes more unless `sealed`.
    pub(super) chunks: VecDeque<Chunk>,
    pub(super) sealed: bool,
    pub(super) spare: Vec<Chunk>,
    /// The bytes in `chunks`.
    pub(super) bytes: usize,
    /// Blocks that were ever queued, that left `chunks`, and that are done with: never less than the next.
    pub(super) pushed: u64,
    pub(super) taken: u64,
    pub(super) done: u64,
    /// What was dropped and is not told yet, at most one for an account.
    pub(super) losses: Vec<Loss>,
    pub(super) rest: Rest,
    /// When the write that is going on began.
    pub(super) busy: Option<Instant>,
    /// Set while the output fails.
    pub(super) pause: Option<Pause>,
    /// How often the output failed, and how the last time.
    pub(super) failures: u64,
    pub(super) error: Option<Failure>,
    /// Write at once: someone waits for it.
    pub(super) forced: bool,
    /// Write at once: an account has used much of what it may queue.
    pub(super) crowded: bool,
    /// Those who wait for room.
    pub(super) waiters: Waiters,
    pub(super) started: bool,
    pub(super) writer: Option<ThreadId>,
    pub(super) closing: bool,
    pub(super) ended: bool,
}

/// What the writer does while it doesn't write.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Rest {
    /// It will look at the queue by itself.
    #[default]
    Awake,
    /// It waits for something to write.
    Idle,
    /// It waits for more to write.
    Lingering,
    /// It waits until the output may work again.
    Pausing,
}

pub(super) struct Pause {
    pub(super) length: Duration,
    pub(super) until: Instant,
}

/// An error that can be told many times.
#[derive(Clone)]
pub(super) struct Failure {
    pub(super) code: Option<i32>,
    pub(super) kind: io::ErrorKind,
    pub(super) text: String,
}

impl State {
    /// Why a block of `size` bytes can't be queued.
    pub(super) fn refusal(&self, account: &Account, size: u64) -> Option<Cause> {
        if !self.started
            && let (Some(pause), Some(error)) = (&self.pause, &self.error)
            && Instant::now() < pause.until
        {
            // There is no thread, and it is too early to try again.
            return Some(Cause::Failed(error.text.clone()));
        }
        if account.admits(size) {
            return None;
        }
        Some(match (&self.pause, &self.error) {
            _ if size > account.limit() => Cause::TooLarge { limit: account.limit() },
            (Some(_), Some(error)) => Cause::Failed(error.text.clone()),
            _ => Cause::Stalled,
        })
    }

    pub(super) fn append(&mut self, account: &Arc<Account>, block: &[u8], records: u64) {
        let fits = !self.sealed && self.chunks.back().is_some_and(|last| last.fits(block.len()));
        if !fits {
            if let Some(last) = self.chunks.back_mut() {
                last.seal();
            }
            let mut chunk = if block.len() <= CHUNK { self.spare.pop().unwrap_or_default() } else { Chunk::default() };
            chunk.bytes.reserve_exact(block.len().max(CHUNK));
            self.chunks.push_back(chunk);
            self.sealed = false;
        }
        if let Some(last) = self.chunks.back_mut() {
            last.block(account, block, records);
            self.bytes += block.len();
            self.pushed += 1;
        }
    }

    /// Notes that a block was dropped after what is queued now.
    pub(super) fn lose(&mut self, account: &Arc<Account>, records: u64, bytes: u64, cause: Cause) {
        if let Some(loss) = self.losses.iter_mut().find(|loss| Arc::ptr_eq(&loss.account, account)) {
            loss.lost.add(records, bytes, cause);
            return;
        }
        let since = self.busy.unwrap_or_else(Instant::now);
        self.sealed = true;
        self.lose_at(account, self.pushed, Lost { records, bytes, since, until: None, cause });
    }

    pub(super) fn lose_at(&mut self, account: &Arc<Account>, after: u64, lost: Lost) {
        match self.losses.iter_mut().find(|loss| Arc::ptr_eq(&loss.account, account)) {
            Some(loss) => {
                loss.after = loss.after.min(after);
                loss.lost.since = loss.lost.since.min(lost.since);
                loss.lost.add(lost.records, lost.bytes, lost.cause);
            }
            None => self.losses.push(Loss { account: Arc::clone(account), after, lost }),
        }
    }

    pub(super) fn has_work(&self) -> bool {
        let more = !self.losses.is_empty() || !self.chunks.is_empty();
        // A loss alone is no reason to try an output that fails.
        self.pushed != self.done || (more && (self.forced || self.pause.is_none()))
    }

    pub(super) fn is_urgent(&self) -> bool {
        self.forced || self.crowded || self.closing || self.bytes >= CHUNK || !self.waiters.is_empty()
    }

    /// What is to be written next: the oldest chunk, and before it the losses that are due.
    pub(super) fn next(&mut self) -> (Vec<Loss>, Chunk) {
        let taken = self.taken;
        let chunk = self.chunks.pop_front().unwrap_or_default();
        self.taken += chunk.blocks();
        self.bytes -= chunk.bytes.len();
        if chunk.torn || self.losses.is_empty() {
            return (Vec::new(), chunk);
        }
        (self.losses.extract_if(.., |loss| loss.after <= taken).collect(), chunk)
    }

    pub(super) fn fail(&mut self, failure: Failure, now: Instant) {
        let length = self.pause.as_ref().map_or(FIRST_PAUSE, |pause| (pause.length * 2).min(LONGEST_PAUSE));
        self.pause = Some(Pause { length, until: now + length });
        self.failures += 1;
        self.error = Some(failure);
    }

    pub(super) fn recycle(&mut self, chunk: Chunk) {
        if self.spare.len() < SPARE && chunk.bytes.capacity() == CHUNK {
            self.spare.push(chunk);
        }
    }
}

impl Failure {
    pub(super) fn new(error: &io::Error) -> Self {
        Self { code: error.raw_os_error(), kind: error.kind(), text: text(error) }
    }

    pub(super) fn to_io(&self) -> io::Error {
        match self.code {
            Some(code) => io::Error::from_raw_os_error(code),
            None => io::Error::new(self.kind, self.text.clone()),
        }
    }
}

/// The message of `error` on one line, without the number that the standard library adds.
pub(super) fn text(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split_once(" (os error").map_or(text.as_str(), |(text, _)| text);
    let mut line = Vec::new();
    escape::text(text.as_bytes(), &mut line);
    escape::string(line)
}
