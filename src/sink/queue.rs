//! Queues blocks between the request path and the thread that writes: bounded in bytes, lock held for a copy at most.

use super::{
    backpressure::wait_list::WaitList,
    batch::Batch,
    budget::Budget,
    loss::{Cause, Loss, span},
    sync::{Condvar, Mutex, MutexGuard},
};
use crate::escape;
use std::{
    collections::VecDeque,
    io,
    sync::{Arc, PoisonError},
    task::Waker,
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

/// Bounds how many batches may be full before the writer is woken for them. It wakes up by itself within a millisecond, and a
/// wake-up costs the request that makes it more than a write of another batch costs the writer.
const FULL: usize = 4;
/// The batches kept for use again.
const SPARE: usize = 2 * FULL;
/// The pause after the first failure of the output, doubled with each that follows.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// The longest pause between two attempts at an output that fails.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Queues blocks: any thread fills it, and one empties it.
pub(super) struct Queue {
    /// The name of the output in messages: `standard output`.
    pub(super) name: &'static str,
    state: Mutex<State>,
    /// Tells the writer that there is something to do.
    work: Condvar,
    /// Tells those who flush that something is done.
    progress: Condvar,
    /// The time that the writer waits for more before each write.
    linger: Duration,
}

#[derive(Default)]
struct State {
    /// The queued blocks, oldest first. The last batch takes more.
    batches: VecDeque<Batch>,
    spare: Vec<Batch>,
    /// The blocks that were ever queued, and those that are done with.
    pushed: u64,
    done: u64,
    /// The number of them for which the writer has waited long enough.
    due: u64,
    rest: Rest,
    /// The time when the write that is going on began.
    busy: Option<Instant>,
    /// Is set while the output fails.
    pause: Option<Pause>,
    /// The number of times that the output failed, and how the last time.
    failures: u64,
    error: Option<Failure>,
    /// Is set to write at once because someone waits for it.
    forced: bool,
    /// Is set to write at once because a sink has used much of what it may queue.
    crowded: bool,
    /// The number of threads that wait for progress.
    flushing: usize,
    /// Those who wait for room.
    waiting: WaitList,
    started: bool,
    writer: Option<ThreadId>,
    closing: bool,
    ended: bool,
}

/// Says what the writer does while it doesn't write.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Rest {
    /// It will look at the queue by itself.
    #[default]
    Awake,
    /// It waits for something to write.
    Idle,
    /// It waits for more to write, and wakes up by itself.
    Lingering,
    /// It waits until the output may work again.
    Pausing,
}

struct Pause {
    length: Duration,
    until: Instant,
}

/// Holds an error that can be reported many times.
#[derive(Clone)]
struct Failure {
    code: Option<i32>,
    kind: io::ErrorKind,
    text: String,
}

impl Queue {
    pub(super) fn new(name: &'static str, linger: Duration) -> Self {
        let (work, progress) = (Condvar::new(), Condvar::new());
        Self { name, state: Mutex::default(), work, progress, linger }
    }

    /// Queues a block that counts as `records` records, or drops and counts it; never waits for the writer.
    ///
    /// Returns whether the writer is yet to be started, by the caller.
    pub(super) fn push(&self, budget: &Arc<Budget>, block: &[u8], records: u64) -> bool {
        if block.is_empty() {
            return false;
        }
        let mut state = self.lock();
        if budget.admits(block.len() as u64) {
            budget.enqueue(records, block.len() as u64);
            state.append(budget, block, records);
            state.crowded |= budget.is_crowded();
        } else {
            state.refuse(budget, block.len() as u64, records);
        }
        // If no thread could be started, it is too early to try again until the pause is over.
        let start = !state.started && state.pause.as_ref().is_none_or(|pause| Instant::now() >= pause.until);
        state.started |= start;
        let wake = match state.rest {
            Rest::Awake | Rest::Pausing => false,
            Rest::Idle => true,
            // The writer comes by itself, in a moment.
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

    /// Lends the list of those who wait for room. If someone waits after that, the writer hurries.
    pub(super) fn waiting<T>(&self, with: impl FnOnce(&mut WaitList) -> T) -> T {
        let mut state = self.lock();
        let seen = with(&mut state.waiting);
        if state.rest == Rest::Lingering && state.has_work() && state.is_urgent() {
            state.rest = Rest::Awake;
            self.work.notify_one();
        }
        seen
    }

    /// Wakes those for whom there is room now.
    pub(super) fn wake_waiting(&self) {
        let wakers = self.lock().waiting.grant();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Waits until what was queued under `budget` before is done with, or the output has failed once more.
    pub(super) fn flush(&self, budget: &Budget) -> io::Result<()> {
        let mut state = self.lock();
        let (target, failures) = (state.pushed, state.failures);
        self.force(&mut state);
        self.wait(state, budget.deadline(), |state| {
            let done = budget.is_idle() || (state.done >= target && budget.is_told());
            let failed = state.failures != failures || state.pause.is_some();
            // Without a thread there is nobody to try.
            let tried = !state.forced || !state.started || (done && state.batches.is_empty() && state.busy.is_none());
            match &state.error {
                Some(error) if failed => tried.then(|| Err(error.to_io())),
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
        state.flushing += 1;
        let result = loop {
            if let Some(end) = end(&state) {
                break end;
            }
            let left = deadline.saturating_sub(start.elapsed());
            if left.is_zero() {
                let left = state.pushed - state.done;
                let text = format!("{left} blocks are still queued after {}", span(deadline));
                break Err(io::Error::new(io::ErrorKind::TimedOut, text));
            }
            state = self.progress.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        };
        state.flushing -= 1;
        result
    }

    /// Makes the calling thread the writer.
    pub(super) fn adopt(&self) {
        self.lock().writer = Some(thread::current().id());
    }

    /// Waits for something to write, and for a moment for more. Returns `None` if the writer must end.
    ///
    /// The moment begins with the call, so with the last write. A writer that is kept busy finds a batch each time that
    /// it wakes up by itself, and nobody has to wake it. Only if nothing comes for that long does it sleep until it is
    /// woken.
    pub(super) fn take(&self) -> Option<Batch> {
        let mut state = self.lock();
        let mut lingers_until = Instant::now() + self.linger;
        loop {
            let now = Instant::now();
            let has_work = state.has_work();
            if !has_work {
                state.forced = false;
                self.tell_progress(&state);
                if state.closing {
                    return None;
                }
            }
            let (rest, until) = match &state.pause {
                Some(pause) if has_work && now < pause.until && !state.forced => (Rest::Pausing, Some(pause.until)),
                _ if has_work && (state.done < state.due || now >= lingers_until || state.is_urgent()) => break,
                _ if now < lingers_until => (Rest::Lingering, Some(lingers_until)),
                _ => (Rest::Idle, None),
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
            if rest == Rest::Idle {
                lingers_until = Instant::now() + self.linger;
            }
        }
        if state.done >= state.due {
            // Takes all that came meanwhile, even if it is several batches.
            state.due = state.pushed;
        }
        state.crowded = false;
        let now = Instant::now();
        state.busy = Some(now);
        let batch = state.batches.pop_front().unwrap_or_default();
        drop(state);
        Some(batch.tell_losses(self.name, now))
    }

    /// Takes `batch` back, of which `written` bytes are out; `error` says why it isn't all of them.
    pub(super) fn finish(&self, mut batch: Batch, written: usize, error: Option<&io::Error>) {
        let now = Instant::now();
        let failure = error.map(Failure::new);
        let text = failure.as_ref().map_or("", |failure| &failure.text);
        let settled = batch.settle(written, text, now);
        let recycled = batch.recycled();
        let mut state = self.lock();
        state.busy = None;
        state.done += settled.done;
        match failure {
            None => {
                state.pause = None;
                for loss in state.batches.iter_mut().flat_map(|batch| &mut batch.losses) {
                    loss.until.get_or_insert(now);
                }
            }
            Some(failure) => {
                state.fail(failure, now);
                // If nothing moves, those who wait are woken, and the next attempt comes after a pause.
                state.forced &= settled.done > 0;
            }
        }
        state.put_back(settled.kept, settled.losses);
        if state.spare.len() < SPARE {
            state.spare.extend(recycled);
        }
        let wakers = state.waiting.grant();
        self.tell_progress(&state);
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Says that there is no thread to write what is queued. It stays until one can be started.
    pub(super) fn abandon(&self, error: &io::Error) {
        let mut state = self.lock();
        state.started = false;
        state.forced = false;
        state.fail(Failure::new(error), Instant::now());
        self.tell_progress(&state);
    }

    /// Says that the writer has ended and its output is closed.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        state.ended = true;
        self.tell_progress(&state);
    }

    /// Wakes those who flush: a system call, which most batches can do without.
    fn tell_progress(&self, state: &State) {
        if state.flushing > 0 {
            self.progress.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code of others runs under the lock, so that what a panic leaves behind is sound.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn append(&mut self, budget: &Arc<Budget>, block: &[u8], records: u64) {
        if !self.batches.back().is_some_and(|last| last.fits(block.len())) {
            self.open(block.len());
        }
        if let Some(last) = self.batches.back_mut() {
            last.push(budget, block, records);
            self.pushed += 1;
        }
    }

    /// Adds a batch for a block of this size.
    fn open(&mut self, size: usize) {
        if let Some(last) = self.batches.back_mut() {
            last.seal();
        }
        // The last that was used comes first: it is in the processor's caches still.
        let spare = self.spare.pop_if(|spare| spare.fits(size));
        self.batches.push_back(spare.unwrap_or_default());
    }

    /// Drops and counts a block that can't be queued. The log reports it behind what is queued now.
    fn refuse(&mut self, budget: &Arc<Budget>, bytes: u64, records: u64) {
        let cause = match (&self.pause, &self.error) {
            _ if bytes > budget.limit() => Cause::TooLarge { limit: budget.limit() },
            (Some(_), Some(error)) => Cause::Failed(error.text.clone()),
            _ => Cause::Stalled,
        };
        let since = self.busy.unwrap_or_else(Instant::now);
        let records = budget.count_dropped(records, bytes);
        let loss = Loss { budget: Arc::clone(budget), records, bytes, since, until: None, cause };
        // A loss that is reported anyway reports this one too.
        let known = self.batches.iter().rposition(|batch| batch.losses.iter().any(|loss| loss.is_of(budget)));
        if known.is_none() && !self.batches.back().is_some_and(|last| last.is_empty()) {
            self.open(0);
        }
        let at = known.unwrap_or(self.batches.len() - 1);
        if let Some(batch) = self.batches.get_mut(at) {
            loss.add_to(&mut batch.losses);
        }
    }

    /// Puts back what could not be written, and the losses behind it, before all else.
    fn put_back(&mut self, kept: Batch, losses: Vec<Loss>) {
        if !losses.is_empty() && self.batches.is_empty() {
            self.open(0);
        }
        if let Some(next) = self.batches.front_mut() {
            losses.into_iter().for_each(|loss| loss.add_to(&mut next.losses));
        }
        if !kept.is_empty() {
            self.batches.push_front(kept);
        }
    }

    fn has_work(&self) -> bool {
        // A loss alone is no reason to try an output that fails.
        self.pushed != self.done || (!self.batches.is_empty() && (self.forced || self.pause.is_none()))
    }

    fn is_urgent(&self) -> bool {
        self.batches.len() > FULL || self.forced || self.crowded || self.closing || !self.waiting.is_empty()
    }

    fn fail(&mut self, failure: Failure, now: Instant) {
        let length = self.pause.as_ref().map_or(FIRST_PAUSE, |pause| (pause.length * 2).min(LONGEST_PAUSE));
        self.pause = Some(Pause { length, until: now + length });
        self.failures += 1;
        self.error = Some(failure);
    }
}

impl Failure {
    fn new(error: &io::Error) -> Self {
        Self { code: error.raw_os_error(), kind: error.kind(), text: message(error) }
    }

    fn to_io(&self) -> io::Error {
        match self.code {
            Some(code) => io::Error::from_raw_os_error(code),
            None => io::Error::new(self.kind, self.text.clone()),
        }
    }
}

/// Writes what `error` says on one line, without the number that the standard library adds.
pub(super) fn message(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split_once(" (os error").map_or(text.as_str(), |(text, _)| text);
    let mut line = Vec::new();
    escape::text(text.as_bytes(), &mut line);
    escape::string(line)
}

#[cfg(test)]
mod tests;
