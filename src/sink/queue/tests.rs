//! Runs with the standard library's threads or, with `--cfg shuttle`, in thousands of interleavings each.

use super::{
    super::backpressure::{Gates, Place},
    *,
};
use std::{
    sync::atomic::Ordering::Relaxed,
    task::{Context, Waker},
};

#[cfg(shuttle)]
use shuttle::thread;

#[cfg(shuttle)]
fn explore(run: fn(linger: Duration)) {
    for linger in [Duration::ZERO, NEVER] {
        shuttle::check_random(move || run(linger), 1500);
        shuttle::check_pct(move || run(linger), 1500, 3);
    }
}

#[cfg(not(shuttle))]
fn explore(run: fn(linger: Duration)) {
    (0..100).for_each(|n| run(if n % 2 == 0 { Duration::ZERO } else { NEVER }));
}

const NEVER: Duration = Duration::from_secs(3600);

/// Lingers for an hour, or not at all: under shuttle no wait ends by itself, so that a lost wake-up is a deadlock.
fn queue(linger: Duration) -> Arc<Queue> {
    Arc::new(Queue::new("output", linger))
}

fn budget(waits: bool, limit: usize) -> Arc<Budget> {
    let budget = Budget::default();
    budget.set_gated();
    budget.set_wait(waits);
    budget.set_deadline(NEVER);
    budget.set_limit(limit);
    Arc::new(budget)
}

/// Empties the queue until it is closed; every third write fails where `flaky`. Gives what was written.
fn writer(queue: &Arc<Queue>, flaky: bool) -> thread::JoinHandle<String> {
    let queue = Arc::clone(queue);
    thread::spawn(move || {
        let (mut out, mut writes) = (Vec::new(), 0);
        while let Some(batch) = queue.take() {
            writes += 1;
            let failed = flaky && writes % 3 != 0;
            let written = if failed { batch.bytes.len() / 2 } else { batch.bytes.len() };
            out.extend_from_slice(&batch.bytes[..written]);
            queue.finish(batch, written, failed.then(|| io::ErrorKind::BrokenPipe.into()).as_ref());
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

fn gates(queue: &Arc<Queue>, budget: &Arc<Budget>) -> Gates {
    let mut gates = Gates::default();
    gates.add(queue, budget);
    gates
}

fn place(queue: &Arc<Queue>, budget: &Arc<Budget>) -> Place {
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(Arc::clone(&bell));
    let mut place = Place::default();
    loop {
        if place.poll(&gates(queue, budget), &mut Context::from_waker(&waker)).is_ready() {
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
    explore(|linger| {
        let (queue, budget) = (queue(linger), budget(false, 1 << 20));
        let writer = writer(&queue, false);
        let producers: Vec<_> = (0..3)
            .map(|p| {
                let (queue, budget) = (Arc::clone(&queue), Arc::clone(&budget));
                thread::spawn(move || {
                    for i in 0..3 {
                        queue.push(&budget, format!("{p} > {i}\n").as_bytes(), 1);
                    }
                    queue.flush(&budget).unwrap();
                })
            })
            .collect();
        producers.into_iter().for_each(|p| p.join().unwrap());
        assert_eq!(budget.written.records.load(Relaxed), 9);
        queue.close(NEVER).unwrap();
        let log = writer.join().unwrap();
        (0..3).for_each(|p| assert_eq!(seen(&log, p).0, [0, 1, 2]));
        assert_eq!(log.len(), 9 * 6);
    });
}

#[test]
fn what_the_queue_cannot_hold_is_told() {
    explore(|linger| {
        let (queue, budget) = (queue(linger), budget(false, 14));
        let writer = writer(&queue, false);
        let producers: Vec<_> = (0..2)
            .map(|p| {
                let (queue, budget) = (Arc::clone(&queue), Arc::clone(&budget));
                thread::spawn(move || {
                    for i in 0..4 {
                        queue.push(&budget, format!("{p} > {i}\n").as_bytes(), 1);
                        assert!(budget.queued.bytes.load(Relaxed) <= 14);
                    }
                })
            })
            .collect();
        producers.into_iter().for_each(|p| p.join().unwrap());
        queue.flush(&budget).unwrap();
        queue.close(NEVER).unwrap();
        let log = writer.join().unwrap();
        let (a, dropped) = seen(&log, 0);
        let (b, _) = seen(&log, 1);
        assert!(a.is_sorted() && b.is_sorted());
        assert_eq!((a.len() + b.len()) as u64 + dropped, 8);
        assert_eq!(budget.dropped.records.load(Relaxed), dropped);
    });
}

#[test]
fn those_who_wait_get_their_place() {
    explore(|linger| {
        let (queue, budget) = (queue(linger), budget(true, 16));
        let writer = writer(&queue, false);
        let producers: Vec<_> = (0..3)
            .map(|p| {
                let (queue, budget) = (Arc::clone(&queue), Arc::clone(&budget));
                thread::spawn(move || {
                    for i in 0..3 {
                        let place = place(&queue, &budget);
                        // Every other request comes to nothing.
                        if i != 1 {
                            queue.push(&budget, format!("{p} > {i}\n").as_bytes(), 1);
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
    explore(|linger| {
        // Room for one at a time.
        let (queue, budget) = (queue(linger), budget(true, 0));
        let writer = writer(&queue, false);
        let first = place(&queue, &budget);
        let others: Vec<_> = (0..2)
            .map(|_| {
                let (queue, budget) = (Arc::clone(&queue), Arc::clone(&budget));
                thread::spawn(move || {
                    let (mut gone, mut given_up) = (Context::from_waker(Waker::noop()), Place::default());
                    let _ = given_up.poll(&gates(&queue, &budget), &mut gone);
                    drop(given_up);
                    drop(place(&queue, &budget));
                })
            })
            .collect();
        queue.push(&budget, b"0 > 0\n", 1);
        drop(first);
        others.into_iter().for_each(|other| other.join().unwrap());
        queue.close(NEVER).unwrap();
        assert_eq!(writer.join().unwrap(), "0 > 0\n");
    });
}

#[test]
fn all_are_let_go_when_nobody_need_wait_any_more() {
    explore(|linger| {
        let (queue, budget) = (queue(linger), budget(true, 0));
        let first = place(&queue, &budget);
        let others: Vec<_> = (0..2)
            .map(|_| {
                let (queue, budget) = (Arc::clone(&queue), Arc::clone(&budget));
                thread::spawn(move || drop(place(&queue, &budget)))
            })
            .collect();
        budget.set_wait(false);
        queue.wake_waiting();
        others.into_iter().for_each(|other| other.join().unwrap());
        drop(first);
    });
}

#[test]
fn nothing_that_waits_is_lost_to_a_failing_output() {
    explore(|linger| {
        let (queue, budget) = (queue(linger), budget(true, 1 << 20));
        let writer = writer(&queue, true);
        let producer = {
            let (queue, budget) = (Arc::clone(&queue), Arc::clone(&budget));
            thread::spawn(move || {
                for i in 0..4 {
                    queue.push(&budget, format!("0 > {i}\n").as_bytes(), 1);
                }
            })
        };
        producer.join().unwrap();
        while queue.flush(&budget).is_err() {}
        queue.close(NEVER).unwrap();
        assert_eq!(writer.join().unwrap(), "0 > 0\n0 > 1\n0 > 2\n0 > 3\n");
    });
}

#[test]
fn a_failing_output_drops_and_tells_but_tears_no_line() {
    explore(|linger| {
        let (queue, budget) = (queue(linger), budget(false, 1 << 20));
        let writer = writer(&queue, true);
        for i in 0..4 {
            queue.push(&budget, format!("0 > {i}\n").as_bytes(), 1);
            let _ = queue.flush(&budget);
        }
        while queue.flush(&budget).is_err() {}
        queue.close(NEVER).unwrap();
        let log = writer.join().unwrap();
        let (_, told) = seen(&log, 0);
        let (written, dropped) = (budget.written.records.load(Relaxed), budget.dropped.records.load(Relaxed));
        assert_eq!((told, written + dropped), (dropped, 4));
        assert!(log.lines().all(|line| line.len() == 5 || line.starts_with("-   ")), "{log}");
    });
}

/// Returns what the writer would write now.
#[cfg(not(shuttle))]
fn write(queue: &Queue) -> String {
    let batch = queue.take().unwrap();
    let text = String::from_utf8(batch.bytes.clone()).unwrap();
    queue.finish(batch, text.len(), None);
    text
}

#[cfg(not(shuttle))]
#[test]
fn a_loss_is_told_where_it_happened() {
    let (queue, budget) = (Queue::new("output", Duration::ZERO), budget(false, 8));
    queue.push(&budget, b"0 > 0\n", 1);
    queue.push(&budget, b"0 > 1\n", 1);
    budget.set_limit(1 << 20);
    queue.push(&budget, b"0 > 2\n", 1);
    assert_eq!(write(&queue), "0 > 0\n");
    let rest = write(&queue);
    assert!(rest.starts_with("-   1 record dropped (6 B): output stalled for "), "{rest}");
    assert!(rest.ends_with("ms\n0 > 2\n"), "{rest}");
}

#[cfg(not(shuttle))]
#[test]
fn without_a_thread_records_stay_until_one_can_be_started() {
    let (queue, budget) = (Queue::new("output", Duration::ZERO), budget(false, 100));
    assert!(queue.push(&budget, b"0 > 0\n", 1));
    assert!(!queue.push(&budget, b"0 > 1\n", 1));
    queue.abandon(&io::Error::other("too many threads"));
    assert!(!queue.push(&budget, b"0 > 2\n", 1));
    // A while later, another attempt is due.
    let due = (0..10_000_000).any(|_| queue.push(&budget, b"0 > 3\n", 1));
    assert!(due);
    let dropped = budget.dropped.records.load(Relaxed);
    assert_eq!(write(&queue), "0 > 0\n0 > 1\n");
    let text = write(&queue);
    assert!(text.starts_with(&format!("-   {dropped} records dropped (")), "{text}");
    assert!(text.ends_with("): write to output failed: too many threads\n"), "{text}");
}

#[cfg(not(shuttle))]
#[test]
fn a_flush_without_a_thread_says_why_at_once() {
    let (queue, budget) = (Queue::new("output", Duration::ZERO), budget(false, 1 << 20));
    assert!(queue.push(&budget, b"0 > 0\n", 1));
    queue.abandon(&io::Error::other("too many threads"));
    let error = queue.flush(&budget).unwrap_err();
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
        let (queue, budget) = (Queue::new("output", Duration::ZERO), budget(waits, 1 << 20));
        let (mut pushed, mut out) = (0, Vec::new());
        for (blocks, failure) in steps {
            for _ in 0..blocks {
                queue.push(&budget, format!("a > {pushed}\na < {pushed}\na   {pushed}\n").as_bytes(), 1);
                pushed += 1;
            }
            queue.push(&budget, b"-   x\n", 0);
            // So that no pause holds the next attempt up.
            queue.lock().forced = true;
            let batch = queue.take().unwrap();
            let written = failure.map_or(batch.bytes.len(), |at| at.min(batch.bytes.len()));
            out.extend_from_slice(&batch.bytes[..written]);
            queue.finish(batch, written, failure.map(|_| io::ErrorKind::StorageFull.into()).as_ref());
        }
        queue.push(&budget, b"-   x\n", 0);
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
        let [written, dropped] = [&budget.written, &budget.dropped].map(|tally| tally.records.load(Relaxed));
        assert_eq!(budget.queued.bytes.load(Relaxed), 0);
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

/// Checks that what came while the writer waited is written without waiting for each batch.
#[cfg(not(shuttle))]
#[test]
fn a_backlog_is_written_without_further_waits() {
    let (queue, budget) = (Queue::new("output", NEVER), budget(false, 1 << 20));
    (0..3).for_each(|_| _ = queue.push(&budget, &[b'\n'; 60_000], 1));
    queue.lock().crowded = true;
    (0..3).for_each(|_| assert_eq!(write(&queue).len(), 60_000));
}
