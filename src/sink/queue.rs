//! The queue between the request path and the thread that writes: bounded in bytes, lock held for a copy at most.

use super::{
    Place,
    account::{Account, Cause, Lost, span},
    chunk::{CHUNK, Chunk},
    sync::{Condvar, Mutex, MutexGuard},
};
use std::{
    collections::{HashMap, VecDeque},
    io, mem,
    sync::{Arc, PoisonError},
    task::{Context, Poll, Waker},
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

/// The chunks kept for use again.
const SPARE: usize = 4;
/// The pause after the first failure of the output, doubled with each that follows.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// The longest pause between two attempts at an output that fails.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A queue of blocks, filled by any thread and emptied by one.
pub(super) struct Queue {
    state: Mutex<State>,
    /// Tells the writer that there is something to do.
    work: Condvar,
    /// Tells those who flush that something is done.
    progress: Condvar,
    /// How long the writer waits for more once there is something.
    linger: Duration,
}

#[derive(Default)]
struct State {
    /// What is queued, oldest first. The last chunk takes more unless `sealed`.
    chunks: VecDeque<Chunk>,
    sealed: bool,
    spare: Vec<Chunk>,
    /// The bytes in `chunks`.
    bytes: usize,
    /// Blocks that were ever queued, that left `chunks`, and that are done with: never less than the next.
    pushed: u64,
    taken: u64,
    done: u64,
    /// What was dropped and is not told yet, at most one for an account.
    losses: Vec<Loss>,
    /// Lines about losses that are with the writer.
    telling: u64,
    rest: Rest,
    /// When the write that is going on began.
    busy: Option<Instant>,
    /// Set while the output fails.
    pause: Option<Pause>,
    /// How often the output failed, and how the last time.
    failures: u64,
    error: Option<Failure>,
    /// Write at once: someone waits for it.
    forced: bool,
    /// Write at once: an account has used much of what it may queue.
    crowded: bool,
    /// Those who wait for room, each once for an account.
    waiters: HashMap<(usize, usize, usize), (Arc<Account>, Waker)>,
    started: bool,
    writer: Option<ThreadId>,
    closing: bool,
    ended: bool,
}

struct Loss {
    account: Arc<Account>,
    /// The blocks that were queued before it, and are written before it is told.
    after: u64,
    lost: Lost,
}

/// What the writer does while it doesn't write.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Rest {
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

struct Pause {
    length: Duration,
    until: Instant,
}

/// An error that can be told many times.
#[derive(Clone)]
struct Failure {
    code: Option<i32>,
    kind: io::ErrorKind,
    text: String,
}

impl Queue {
    pub(super) fn new(linger: Duration) -> Self {
        Self { state: Mutex::default(), work: Condvar::new(), progress: Condvar::new(), linger }
    }

    /// Queues a block that counts as `records` records, or drops and counts it; never waits for the writer.
    ///
    /// `true` means that the writer is yet to be started, by the caller.
    pub(super) fn push(&self, account: &Arc<Account>, block: &[u8], records: u64) -> bool {
        if block.is_empty() {
            return false;
        }
        let size = block.len() as u64;
        let mut state = self.lock();
        if let Some(cause) = state.refusal(account, size) {
            let no_thread = !state.started && matches!(cause, Cause::Failed(_));
            account.dropped.add(records, size);
            state.lose(account, records, size, cause);
            if no_thread {
                return false;
            }
        } else {
            account.queued.add(records, size);
            account.learn(size);
            state.append(account, block, records);
            state.crowded |= account.is_crowded();
        }
        let start = !mem::replace(&mut state.started, true);
        let wake = match state.rest {
            Rest::Awake | Rest::Pausing => false,
            Rest::Idle => true,
            Rest::Lingering => state.is_urgent(),
        };
        if wake {
            state.rest = Rest::Awake;
        }
        drop(state);
        if wake {
            self.work.notify_one();
        }
        start
    }

    /// Keeps room for the block of a request, where `account` waits rather than drops.
    pub(super) fn poll_place(self: &Arc<Self>, account: &Arc<Account>, cx: &mut Context<'_>) -> Poll<Place> {
        if !account.waits() {
            return Poll::Ready(Place::default());
        }
        let mut state = self.lock();
        if let Some(bytes) = account.keep() {
            return Poll::Ready(Place::new(Kept { queue: Arc::clone(self), account: Arc::clone(account), bytes }));
        }
        let waker = cx.waker();
        let key = (Arc::as_ptr(account) as usize, waker.data() as usize, std::ptr::from_ref(waker.vtable()) as usize);
        state.waiters.entry(key).or_insert_with(|| (Arc::clone(account), waker.clone()));
        if state.rest == Rest::Lingering {
            state.rest = Rest::Awake;
            self.work.notify_one();
        }
        Poll::Pending
    }

    /// Wakes those for whom there is room now.
    pub(super) fn wake_waiters(&self) {
        let wakers = self.lock().wakers();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Waits until what was queued before is done with, or the output has failed once more.
    pub(super) fn flush(&self, deadline: Duration) -> io::Result<()> {
        let mut state = self.lock();
        let (target, failures) = (state.pushed, state.failures);
        self.force(&mut state);
        self.wait(state, deadline, |state| {
            let done = state.done >= target && state.losses.is_empty() && state.telling == 0;
            let failed = state.failures != failures || state.pause.is_some();
            match &state.error {
                Some(error) if failed && (done || !state.forced) => Some(Err(error.to_io())),
                _ => done.then_some(Ok(())),
            }
        })
    }

    /// Writes what is queued for the last time and waits for the end of the writer.
    pub(super) fn close(&self, deadline: Duration) -> io::Result<()> {
        let mut state = self.lock();
        state.closing = true;
        if !state.started {
            return Ok(());
        }
        self.force(&mut state);
        self.wait(state, deadline, |state| state.ended.then_some(Ok(())))
    }

    fn force(&self, state: &mut State) {
        state.forced = true;
        state.rest = Rest::Awake;
        self.work.notify_one();
    }

    fn wait(
        &self,
        mut state: MutexGuard<'_, State>,
        deadline: Duration,
        mut end: impl FnMut(&State) -> Option<io::Result<()>>,
    ) -> io::Result<()> {
        // The writer's own thread can't wait for itself.
        if state.writer == Some(thread::current().id()) {
            return Err(io::ErrorKind::Deadlock.into());
        }
        let start = Instant::now();
        loop {
            if let Some(end) = end(&state) {
                return end;
            }
            let left = deadline.saturating_sub(start.elapsed());
            if left.is_zero() {
                let left = state.pushed - state.done;
                let text = format!("{left} blocks are still queued after {}", span(deadline));
                return Err(io::Error::new(io::ErrorKind::TimedOut, text));
            }
            state = self.progress.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Makes the calling thread the writer.
    pub(super) fn adopt(&self) {
        self.lock().writer = Some(thread::current().id());
    }

    /// Waits for something to write, and for a moment for more; `None` means that the writer shall end.
    pub(super) fn take(&self) -> Option<Chunk> {
        let mut state = self.lock();
        let mut lingered = None;
        loop {
            let now = Instant::now();
            let (rest, until) = if !state.has_work() {
                state.forced = false;
                self.progress.notify_all();
                if state.closing {
                    return None;
                }
                (Rest::Idle, None)
            } else if let Some(pause) = state.pause.as_ref().filter(|p| now < p.until && !state.forced) {
                (Rest::Pausing, Some(pause.until))
            } else {
                let until = *lingered.get_or_insert_with(|| now + self.linger);
                if now >= until || state.is_urgent() {
                    break;
                }
                (Rest::Lingering, Some(until))
            };
            state.rest = rest;
            state = match until {
                None => self.work.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(at) => {
                    let left = at.saturating_duration_since(now);
                    self.work.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
            state.rest = Rest::Awake;
        }
        state.crowded = false;
        let now = Instant::now();
        state.busy = Some(now);
        Some(state.next(now))
    }

    /// Takes `chunk` back, of which `written` bytes are out; `error` says why it isn't all of them.
    pub(super) fn finish(&self, mut chunk: Chunk, written: usize, error: Option<&io::Error>) {
        let settled = chunk.settle(written);
        chunk.clear();
        let now = Instant::now();
        let mut state = self.lock();
        state.busy = None;
        state.done += settled.done;
        state.telling -= settled.told;
        match error {
            None => {
                state.pause = None;
                for loss in &mut state.losses {
                    loss.lost.until.get_or_insert(now);
                }
            }
            Some(error) => {
                let failure = Failure::new(error);
                let cause = Cause::Failed(failure.text.clone());
                for (account, lost) in settled.untold {
                    state.lose_at(&account, 0, lost);
                }
                for (account, records, bytes) in settled.lost {
                    state.lose_at(&account, 0, Lost { records, bytes, since: now, until: None, cause: cause.clone() });
                }
                state.fail(failure, now);
                if settled.done == 0 {
                    // Nothing moves: those who wait are told, and the next attempt comes after a pause.
                    state.forced = false;
                }
            }
        }
        if !settled.kept.marks.is_empty() {
            state.taken -= settled.kept.blocks();
            state.bytes += settled.kept.bytes.len();
            state.chunks.push_front(settled.kept);
        }
        state.recycle(chunk);
        let wakers = state.wakers();
        drop(state);
        self.progress.notify_all();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Drops what is queued, since there is no thread to write it.
    pub(super) fn abandon(&self, error: &io::Error) {
        let now = Instant::now();
        let mut state = self.lock();
        state.started = false;
        let failure = Failure::new(error);
        let cause = Cause::Failed(failure.text.clone());
        for mut chunk in mem::take(&mut state.chunks) {
            for (account, records, bytes) in chunk.give_up() {
                state.lose_at(&account, 0, Lost { records, bytes, since: now, until: None, cause: cause.clone() });
            }
        }
        state.bytes = 0;
        (state.taken, state.done) = (state.pushed, state.pushed);
        state.fail(failure, now);
        state.forced = false;
        let wakers = state.wakers();
        drop(state);
        self.progress.notify_all();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Says that the writer has ended and its output is closed.
    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.progress.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code of others runs under the lock, so that what a panic leaves behind is sound.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Why a block of `size` bytes can't be queued.
    fn refusal(&self, account: &Account, size: u64) -> Option<Cause> {
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

    fn append(&mut self, account: &Arc<Account>, block: &[u8], records: u64) {
        let fits = !self.sealed && self.chunks.back().is_some_and(|last| last.fits(block.len()));
        if !fits {
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
    fn lose(&mut self, account: &Arc<Account>, records: u64, bytes: u64, cause: Cause) {
        if let Some(loss) = self.losses.iter_mut().find(|loss| Arc::ptr_eq(&loss.account, account)) {
            loss.lost.add(records, bytes, cause);
            return;
        }
        let since = self.busy.unwrap_or_else(Instant::now);
        self.sealed = true;
        self.lose_at(account, self.pushed, Lost { records, bytes, since, until: None, cause });
    }

    fn lose_at(&mut self, account: &Arc<Account>, after: u64, lost: Lost) {
        match self.losses.iter_mut().find(|loss| Arc::ptr_eq(&loss.account, account)) {
            Some(loss) => {
                loss.after = loss.after.min(after);
                loss.lost.since = loss.lost.since.min(lost.since);
                loss.lost.add(lost.records, lost.bytes, lost.cause);
            }
            None => self.losses.push(Loss { account: Arc::clone(account), after, lost }),
        }
    }

    fn has_work(&self) -> bool {
        let more = !self.losses.is_empty() || !self.chunks.is_empty();
        // A loss alone is no reason to try an output that fails.
        self.pushed != self.done || (more && (self.forced || self.pause.is_none()))
    }

    fn is_urgent(&self) -> bool {
        self.forced || self.crowded || self.closing || self.bytes >= CHUNK || !self.waiters.is_empty()
    }

    /// What is to be written next: the oldest chunk, and before it the losses that are due.
    fn next(&mut self, now: Instant) -> Chunk {
        let taken = self.taken;
        let chunk = self.chunks.pop_front().unwrap_or_default();
        self.taken += chunk.blocks();
        self.bytes -= chunk.bytes.len();
        if chunk.torn || self.losses.is_empty() {
            return chunk;
        }
        let mut lines = Chunk::default();
        for Loss { account, lost, .. } in self.losses.extract_if(.., |loss| loss.after <= taken) {
            let line = lost.line(account.name, now);
            lines.loss(account, line.as_bytes(), lost);
            self.telling += 1;
        }
        lines.append(chunk);
        lines
    }

    fn fail(&mut self, failure: Failure, now: Instant) {
        let length = self.pause.as_ref().map_or(FIRST_PAUSE, |pause| (pause.length * 2).min(LONGEST_PAUSE));
        self.pause = Some(Pause { length, until: now + length });
        self.failures += 1;
        self.error = Some(failure);
    }

    fn recycle(&mut self, chunk: Chunk) {
        if self.spare.len() < SPARE && chunk.bytes.capacity() == CHUNK {
            self.spare.push(chunk);
        }
    }

    /// Those for whom there is room, to be woken once the lock is released.
    fn wakers(&mut self) -> Vec<Waker> {
        if self.waiters.is_empty() {
            return Vec::new();
        }
        self.waiters.extract_if(|_, (account, _)| account.should_wake()).map(|(_, (_, waker))| waker).collect()
    }
}

impl Failure {
    fn new(error: &io::Error) -> Self {
        Self { code: error.raw_os_error(), kind: error.kind(), text: text(error) }
    }

    fn to_io(&self) -> io::Error {
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
    crate::escape::text(text.as_bytes(), &mut line);
    String::from_utf8(line).unwrap_or_default()
}

/// Room that is kept for the block of one request.
struct Kept {
    queue: Arc<Queue>,
    account: Arc<Account>,
    bytes: u64,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.account.give_back(self.bytes);
        self.queue.wake_waiters();
    }
}
