//! The queue between the request path and the thread that writes: bounded in bytes, lock held for a copy at most.

use super::{
    Place,
    account::{Account, Cause, Lost, span},
    chunk::Chunk,
    is_inside,
    state::{Failure, Rest, State},
    sync::{Condvar, Mutex, MutexGuard},
};
use std::{
    io, mem,
    sync::{Arc, PoisonError, atomic::Ordering::Relaxed},
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

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
            let records = account.dropped(records, size);
            state.lose(account, records, size, cause);
            if no_thread {
                return false;
            }
        } else {
            account.enqueue(records, size);
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
    pub(super) fn poll_place(
        self: &Arc<Self>,
        account: &Arc<Account>,
        cx: &mut Context<'_>,
        place: &mut Place,
    ) -> Poll<()> {
        if place.is_kept() {
            return Poll::Ready(());
        }
        let ticket = place.get_mut::<Room>().filter(|room| room.is_of(self, account)).and_then(|room| room.ticket());
        // Who is inside of an exchange that keeps a place must not wait for it to end.
        let waits = account.waits() && !is_inside(account);
        if ticket.is_none() || !waits {
            *place = Place::default();
        }
        if !waits {
            return Poll::Ready(());
        }
        let mut kept = self.lock().waiters.take(account, ticket);
        let mut entered = None;
        if kept.is_none() {
            // A waker's code is not ours, and neither runs nor is dropped under the lock.
            let waker = cx.waker().clone();
            let mut state = self.lock();
            kept = state.waiters.take(account, ticket);
            // Looked at again: who enters after all were let go would never be woken.
            if kept.is_none() && account.waits() {
                entered = Some(state.waiters.enter(account, ticket, waker));
                if state.rest == Rest::Lingering {
                    state.rest = Rest::Awake;
                    self.work.notify_one();
                }
            }
        }
        let hold = match (kept, entered) {
            (Some(bytes), _) => Hold::Kept(bytes),
            (None, Some((ticket, _stale))) => Hold::Ticket(ticket),
            (None, None) => {
                *place = Place::default();
                return Poll::Ready(());
            }
        };
        match place.get_mut::<Room>() {
            Some(room) => room.hold = hold,
            None => {
                *place = Place::waiting(Room { queue: Arc::clone(self), account: Arc::clone(account), hold });
            }
        }
        match hold {
            Hold::Kept(_) => {
                place.keep();
                Poll::Ready(())
            }
            Hold::Ticket(_) => Poll::Pending,
        }
    }

    /// Wakes those for whom there is room now.
    pub(super) fn wake_waiters(&self) {
        let wakers = self.lock().waiters.grant();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Waits until what `account` queued before is done with, or the output has failed once more.
    pub(super) fn flush(&self, account: &Account, deadline: Duration) -> io::Result<()> {
        let mut state = self.lock();
        let (target, failures) = (state.pushed, state.failures);
        self.force(&mut state);
        self.wait(state, deadline, |state| {
            let done = account.is_idle() || (state.done >= target && account.untold.load(Relaxed) == 0);
            let failed = state.failures != failures || state.pause.is_some();
            // Without a thread there is nobody to try.
            let tried = !state.forced || !state.started || (done && state.chunks.is_empty() && state.busy.is_none());
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
        let (losses, chunk) = state.next();
        drop(state);
        Some(chunk.after(losses, now))
    }

    /// Takes `chunk` back, of which `written` bytes are out; `error` says why it isn't all of them.
    pub(super) fn finish(&self, mut chunk: Chunk, written: usize, error: Option<&io::Error>) {
        let settled = chunk.settle(written);
        chunk.clear();
        let now = Instant::now();
        let mut state = self.lock();
        state.busy = None;
        state.done += settled.done;
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
        let wakers = state.waiters.grant();
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
        let wakers = state.waiters.grant();
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

/// Room for the block of one request, or the wish for it.
pub(super) struct Room {
    queue: Arc<Queue>,
    account: Arc<Account>,
    hold: Hold,
}

#[derive(Clone, Copy)]
enum Hold {
    /// Bytes that are kept.
    Kept(u64),
    /// A place in the line of those who wait.
    Ticket(u64),
}

impl Room {
    pub(super) fn account(&self) -> &Arc<Account> {
        &self.account
    }

    fn is_of(&self, queue: &Arc<Queue>, account: &Arc<Account>) -> bool {
        Arc::ptr_eq(&self.queue, queue) && Arc::ptr_eq(&self.account, account)
    }

    fn ticket(&self) -> Option<u64> {
        match self.hold {
            Hold::Kept(_) => None,
            Hold::Ticket(ticket) => Some(ticket),
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let bytes = match self.hold {
            Hold::Kept(bytes) => Some(bytes),
            Hold::Ticket(ticket) => {
                let (waker, bytes) = self.queue.lock().waiters.leave(&self.account, ticket);
                drop(waker);
                bytes
            }
        };
        if let Some(bytes) = bytes {
            self.account.give_back(bytes);
            self.queue.wake_waiters();
        }
    }
}

/// Run by the standard library's threads, or, with `--cfg shuttle`, in thousands of interleavings each.
#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(shuttle)]
    use shuttle::thread;

    #[cfg(shuttle)]
    fn explore(run: fn()) {
        shuttle::check_random(run, 3000);
        shuttle::check_pct(run, 3000, 3);
    }

    #[cfg(not(shuttle))]
    fn explore(run: fn()) {
        (0..100).for_each(|_| run());
    }

    const NEVER: Duration = Duration::from_secs(3600);

    /// An hour of lingering and of deadline: under shuttle no wait ends by itself, so that a lost wake-up is a deadlock.
    fn queue() -> Arc<Queue> {
        Arc::new(Queue::new(NEVER))
    }

    fn account(waits: bool, limit: usize) -> Arc<Account> {
        let account = Account::new("output");
        account.set_waits(waits);
        account.set_limit(limit);
        Arc::new(account)
    }

    /// Empties the queue until it is closed; every third write fails where `flaky`. Gives what was written.
    fn writer(queue: &Arc<Queue>, flaky: bool) -> thread::JoinHandle<String> {
        let queue = Arc::clone(queue);
        thread::spawn(move || {
            let (mut out, mut writes) = (Vec::new(), 0);
            while let Some(chunk) = queue.take() {
                writes += 1;
                let failed = flaky && writes % 3 != 0;
                let written = if failed { chunk.bytes.len() / 2 } else { chunk.bytes.len() };
                out.extend_from_slice(&chunk.bytes[..written]);
                queue.finish(chunk, written, failed.then(|| io::ErrorKind::BrokenPipe.into()).as_ref());
            }
            queue.end();
            String::from_utf8(out).unwrap()
        })
    }

    /// The blocks in `log` that came from producer `p`, and how many the log says were dropped.
    fn seen(log: &str, p: usize) -> (Vec<usize>, u64) {
        let own = |line: &str| line.strip_prefix(&format!("{p} > "))?.parse().ok();
        let dropped = log.lines().filter_map(|line| line.strip_prefix("-   ")?.split(' ').next()?.parse::<u64>().ok());
        (log.lines().filter_map(own).collect(), dropped.sum())
    }

    /// A waker that a thread sleeps on.
    #[derive(Default)]
    struct Bell(Mutex<bool>, Condvar);

    impl std::task::Wake for Bell {
        fn wake(self: Arc<Self>) {
            *self.0.lock().unwrap() = true;
            self.1.notify_one();
        }
    }

    fn place(queue: &Arc<Queue>, account: &Arc<Account>) -> Place {
        let bell = Arc::new(Bell::default());
        let waker = Waker::from(Arc::clone(&bell));
        let mut place = Place::default();
        loop {
            if queue.poll_place(account, &mut Context::from_waker(&waker), &mut place).is_ready() {
                return place;
            }
            let mut rung = bell.0.lock().unwrap();
            while !*rung {
                rung = bell.1.wait(rung).unwrap();
            }
            *rung = false;
        }
    }

    #[test]
    fn all_blocks_come_out_in_order() {
        explore(|| {
            let (queue, account) = (queue(), account(false, 1 << 20));
            let writer = writer(&queue, false);
            let producers: Vec<_> = (0..3)
                .map(|p| {
                    let (queue, account) = (Arc::clone(&queue), Arc::clone(&account));
                    thread::spawn(move || {
                        for i in 0..3 {
                            queue.push(&account, format!("{p} > {i}\n").as_bytes(), 1);
                        }
                        queue.flush(&account, NEVER).unwrap();
                    })
                })
                .collect();
            producers.into_iter().for_each(|p| p.join().unwrap());
            assert_eq!(account.written.records.load(Relaxed), 9);
            queue.close(NEVER).unwrap();
            let log = writer.join().unwrap();
            (0..3).for_each(|p| assert_eq!(seen(&log, p).0, [0, 1, 2]));
            assert_eq!(log.len(), 9 * 6);
        });
    }

    #[test]
    fn what_the_queue_cannot_hold_is_told() {
        explore(|| {
            let (queue, account) = (queue(), account(false, 14));
            let writer = writer(&queue, false);
            let producers: Vec<_> = (0..2)
                .map(|p| {
                    let (queue, account) = (Arc::clone(&queue), Arc::clone(&account));
                    thread::spawn(move || {
                        for i in 0..4 {
                            queue.push(&account, format!("{p} > {i}\n").as_bytes(), 1);
                            assert!(account.queued.bytes.load(Relaxed) <= 14);
                        }
                    })
                })
                .collect();
            producers.into_iter().for_each(|p| p.join().unwrap());
            queue.flush(&account, NEVER).unwrap();
            queue.close(NEVER).unwrap();
            let log = writer.join().unwrap();
            let (a, dropped) = seen(&log, 0);
            let (b, _) = seen(&log, 1);
            assert!(a.is_sorted() && b.is_sorted());
            assert_eq!((a.len() + b.len()) as u64 + dropped, 8);
            assert_eq!(account.dropped.records.load(Relaxed), dropped);
        });
    }

    #[test]
    fn those_who_wait_get_their_place() {
        explore(|| {
            let (queue, account) = (queue(), account(true, 16));
            let writer = writer(&queue, false);
            let producers: Vec<_> = (0..3)
                .map(|p| {
                    let (queue, account) = (Arc::clone(&queue), Arc::clone(&account));
                    thread::spawn(move || {
                        for i in 0..3 {
                            let place = place(&queue, &account);
                            // Every other request comes to nothing.
                            if i != 1 {
                                queue.push(&account, format!("{p} > {i}\n").as_bytes(), 1);
                            }
                            drop(place);
                        }
                    })
                })
                .collect();
            producers.into_iter().for_each(|p| p.join().unwrap());
            queue.close(NEVER).unwrap();
            let log = writer.join().unwrap();
            (0..3).for_each(|p| assert_eq!(seen(&log, p), (vec![0, 2], 0)));
        });
    }

    #[test]
    fn a_waiter_that_gives_up_keeps_nobody_out() {
        explore(|| {
            // Room for one at a time.
            let (queue, account) = (queue(), account(true, 0));
            let writer = writer(&queue, false);
            let first = place(&queue, &account);
            let others: Vec<_> = (0..2)
                .map(|_| {
                    let (queue, account) = (Arc::clone(&queue), Arc::clone(&account));
                    thread::spawn(move || {
                        let (mut gone, mut given_up) = (Context::from_waker(Waker::noop()), Place::default());
                        let _ = queue.poll_place(&account, &mut gone, &mut given_up);
                        drop(given_up);
                        drop(place(&queue, &account));
                    })
                })
                .collect();
            queue.push(&account, b"0 > 0\n", 1);
            drop(first);
            others.into_iter().for_each(|other| other.join().unwrap());
            queue.close(NEVER).unwrap();
            assert_eq!(writer.join().unwrap(), "0 > 0\n");
        });
    }

    #[test]
    fn all_are_let_go_when_nobody_need_wait_any_more() {
        explore(|| {
            let (queue, account) = (queue(), account(true, 0));
            let first = place(&queue, &account);
            let others: Vec<_> = (0..2)
                .map(|_| {
                    let (queue, account) = (Arc::clone(&queue), Arc::clone(&account));
                    thread::spawn(move || drop(place(&queue, &account)))
                })
                .collect();
            account.set_waits(false);
            queue.wake_waiters();
            others.into_iter().for_each(|other| other.join().unwrap());
            drop(first);
        });
    }

    #[test]
    fn nothing_that_waits_is_lost_to_a_failing_output() {
        explore(|| {
            let (queue, account) = (queue(), account(true, 1 << 20));
            let writer = writer(&queue, true);
            let producer = {
                let (queue, account) = (Arc::clone(&queue), Arc::clone(&account));
                thread::spawn(move || {
                    for i in 0..4 {
                        queue.push(&account, format!("0 > {i}\n").as_bytes(), 1);
                    }
                })
            };
            producer.join().unwrap();
            while queue.flush(&account, NEVER).is_err() {}
            queue.close(NEVER).unwrap();
            assert_eq!(writer.join().unwrap(), "0 > 0\n0 > 1\n0 > 2\n0 > 3\n");
        });
    }

    #[test]
    fn a_failing_output_drops_and_tells_but_tears_no_line() {
        explore(|| {
            let (queue, account) = (queue(), account(false, 1 << 20));
            let writer = writer(&queue, true);
            for i in 0..4 {
                queue.push(&account, format!("0 > {i}\n").as_bytes(), 1);
                let _ = queue.flush(&account, NEVER);
            }
            while queue.flush(&account, NEVER).is_err() {}
            queue.close(NEVER).unwrap();
            let log = writer.join().unwrap();
            let (_, told) = seen(&log, 0);
            let (written, dropped) = (account.written.records.load(Relaxed), account.dropped.records.load(Relaxed));
            assert_eq!((told, written + dropped), (dropped, 4));
            assert!(log.lines().all(|line| line.len() == 5 || line.starts_with("-   ")), "{log}");
        });
    }

    /// What the writer would write now.
    #[cfg(not(shuttle))]
    fn write(queue: &Queue) -> String {
        let chunk = queue.take().unwrap();
        let text = String::from_utf8(chunk.bytes.clone()).unwrap();
        queue.finish(chunk, text.len(), None);
        text
    }

    #[cfg(not(shuttle))]
    #[test]
    fn a_loss_is_told_where_it_happened() {
        let (queue, account) = (Queue::new(Duration::ZERO), account(false, 8));
        queue.push(&account, b"0 > 0\n", 1);
        queue.push(&account, b"0 > 1\n", 1);
        account.set_limit(1 << 20);
        queue.push(&account, b"0 > 2\n", 1);
        assert_eq!(write(&queue), "0 > 0\n");
        let rest = write(&queue);
        assert!(rest.starts_with("-   1 record dropped (6 B): output stalled for "), "{rest}");
        assert!(rest.ends_with("ms\n0 > 2\n"), "{rest}");
    }

    #[cfg(not(shuttle))]
    #[test]
    fn without_a_thread_records_are_dropped_and_told_later() {
        let (queue, account) = (Queue::new(Duration::ZERO), account(true, 1 << 20));
        assert!(queue.push(&account, b"0 > 0\n", 1));
        assert!(!queue.push(&account, b"0 > 1\n", 1));
        queue.abandon(&io::Error::other("too many threads"));
        // A while later, another attempt is due.
        let mut start = false;
        for _ in 0..10_000_000 {
            start = queue.push(&account, b"0 > 2\n", 1);
            if start {
                break;
            }
        }
        assert!(start);
        assert_eq!(queue.flush(&account, Duration::ZERO).unwrap_err().kind(), io::ErrorKind::TimedOut);
        let dropped = account.dropped.records.load(Relaxed);
        assert!(dropped >= 3);
        let text = write(&queue);
        assert!(text.starts_with(&format!("-   {dropped} records dropped (")), "{text}");
        assert!(text.ends_with("): write to output failed: too many threads\n0 > 2\n"), "{text}");
    }

    #[cfg(not(shuttle))]
    #[test]
    fn a_flush_without_a_thread_says_why_at_once() {
        let (queue, account) = (Queue::new(Duration::ZERO), account(false, 1 << 20));
        assert!(queue.push(&account, b"0 > 0\n", 1));
        queue.abandon(&io::Error::other("too many threads"));
        let error = queue.flush(&account, Duration::from_secs(2)).unwrap_err();
        assert_eq!(error.to_string(), "too many threads");
    }

    #[cfg(not(shuttle))]
    proptest::proptest! {
        /// Whatever fails, and wherever: lines are whole and in order, what waits is complete, the rest is counted.
        #[test]
        fn no_failure_tears_a_line_or_loses_count(
            waits: bool,
            steps in proptest::collection::vec((0usize..4, proptest::option::of(0usize..60)), 1..20),
        ) {
            let (queue, account) = (Queue::new(Duration::ZERO), account(waits, 1 << 20));
            let (mut pushed, mut out) = (0, Vec::new());
            for (blocks, failure) in steps {
                for _ in 0..blocks {
                    queue.push(&account, format!("a > {pushed}\na < {pushed}\na   {pushed}\n").as_bytes(), 1);
                    pushed += 1;
                }
                queue.push(&account, b"-   x\n", 0);
                // So that no pause holds the next attempt up.
                queue.lock().forced = true;
                let chunk = queue.take().unwrap();
                let written = failure.map_or(chunk.bytes.len(), |at| at.min(chunk.bytes.len()));
                out.extend_from_slice(&chunk.bytes[..written]);
                queue.finish(chunk, written, failure.map(|_| io::ErrorKind::StorageFull.into()).as_ref());
            }
            queue.push(&account, b"-   x\n", 0);
            queue.lock().forced = true;
            while queue.lock().has_work() {
                out.extend_from_slice(write(&queue).as_bytes());
            }
            let out = String::from_utf8(out).unwrap();
            let (mut last, mut whole, mut told) = (None, 0, 0);
            for line in out.lines() {
                if line == "-   x" {
                    continue;
                }
                if let Some((count, _)) = line.strip_prefix("-   ").and_then(|line| line.split_once(" record")) {
                    told += count.parse::<u64>().unwrap();
                    continue;
                }
                let number: u64 = line[4..].parse().unwrap();
                let place = ["a > ", "a < ", "a   "].iter().position(|mark| line.starts_with(mark)).unwrap();
                let follows = match place {
                    0 => last.is_none_or(|(before, _)| number > before),
                    _ => last == Some((number, place - 1)),
                };
                assert!(follows, "{line} after {last:?} in {out}");
                last = Some((number, place));
                whole += u64::from(place == 2);
            }
            let [written, dropped] = [&account.written, &account.dropped].map(|tally| tally.records.load(Relaxed));
            assert_eq!(account.queued.bytes.load(Relaxed), 0);
            assert_eq!(told, dropped);
            assert!(out.ends_with('\n'));
            if waits {
                assert_eq!((whole, dropped), (pushed, 0));
            } else {
                // Of a block that is dropped in its last line, that line is there all the same; the lines about the log
                // count as records where they are dropped.
                assert!(written <= whole && written + dropped >= pushed, "{written} {whole} {dropped} {pushed}");
            }
        }
    }
}
