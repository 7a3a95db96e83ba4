//! Reports exchanges that stay open, once, when they have been open for long.

use std::{
    collections::BTreeMap,
    fmt, mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak},
    thread,
    time::{Duration, Instant},
};

/// Can be reported while it is still open.
pub(crate) trait Open: Send + Sync + 'static {
    fn report(&self);
}

/// Watches what is open, with one thread and no timer an exchange.
///
/// Every exchange is due after the same time, so they are due in the order in which they began. An exchange that begins
/// while the thread sleeps is never due before the thread wakes, so nobody needs to wake it.
pub(crate) struct Watch {
    after: Duration,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    closing: Condvar,
}

struct State {
    open: BTreeMap<u64, (Instant, Weak<dyn Open>)>,
    next: u64,
    running: bool,
    closed: bool,
}

impl Watch {
    /// Reports what is open for longer than `after`.
    pub(crate) fn new(after: Duration) -> Self {
        let state = State { open: BTreeMap::new(), next: 0, running: false, closed: false };
        Self { after, shared: Arc::new(Shared { state: Mutex::new(state), closing: Condvar::new() }) }
    }

    /// Watches `open`, which began at `start`; the key is for [`Watch::end`].
    pub(crate) fn begin(&self, start: Instant, open: Weak<dyn Open>) -> u64 {
        let mut state = self.shared.state();
        let key = state.next;
        state.next += 1;
        // A time that is too long for the clock never comes.
        if let Some(due) = start.checked_add(self.after) {
            state.open.insert(key, (due, open));
        }
        if !mem::replace(&mut state.running, true) {
            let (shared, after) = (self.shared.clone(), self.after);
            // Without a thread nothing is reported early; the records come all the same.
            let spawned = thread::Builder::new().name("request-log-watch".to_owned()).spawn(move || shared.run(after));
            state.running = spawned.is_ok();
        }
        key
    }

    /// Stops watching.
    pub(crate) fn end(&self, key: u64) {
        let ended = self.shared.state().open.remove(&key);
        // Dropped outside the lock.
        drop(ended);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shared.state().closed = true;
        self.shared.closing.notify_one();
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("after", &self.after).finish_non_exhaustive()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, after: Duration) {
        let mut state = self.state();
        while !state.closed {
            let now = Instant::now();
            let pause = match state.open.first_key_value() {
                Some((_, (due, _))) => due.saturating_duration_since(now),
                // The pause has a least length, so that a tiny time does not make the thread spin.
                None => after.max(Duration::from_millis(1)),
            };
            if pause.is_zero() {
                let due = state.open.pop_first();
                drop(state);
                // Reported, and perhaps ended, outside the lock.
                if let Some(open) = due.and_then(|(_, (_, open))| open.upgrade()) {
                    open.report();
                }
                state = self.state();
            } else {
                state = self.closing.wait_timeout(state, pause).unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    struct Told(mpsc::Sender<&'static str>, &'static str);

    impl Open for Told {
        fn report(&self) {
            let _ = self.0.send(self.1);
        }
    }

    fn weak(told: &Arc<Told>) -> Weak<dyn Open> {
        Arc::<Told>::downgrade(told)
    }

    #[test]
    fn what_stays_open_is_reported_once_and_what_ended_is_not() {
        let (tell, told) = mpsc::channel();
        let watch = Watch::new(Duration::from_millis(20));
        let [ended, first, second] = ["ended", "first", "second"].map(|name| Arc::new(Told(tell.clone(), name)));
        let start = Instant::now();
        let key = watch.begin(start, weak(&ended));
        watch.begin(start, weak(&first));
        watch.begin(start, weak(&second));
        watch.end(key);
        assert_eq!(told.recv(), Ok("first"));
        assert_eq!(told.recv(), Ok("second"));
        assert!(start.elapsed() >= Duration::from_millis(20));
        drop(watch);
        drop((ended, first, second, tell));
        assert_eq!(told.recv(), Err(mpsc::RecvError));
    }

    #[test]
    fn a_time_that_never_comes_is_no_fault() {
        let (tell, _told) = mpsc::channel();
        let watch = Watch::new(Duration::MAX);
        let open = Arc::new(Told(tell, "never"));
        let key = watch.begin(Instant::now(), weak(&open));
        watch.end(key);
    }
}
