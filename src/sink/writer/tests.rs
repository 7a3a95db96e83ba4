use super::{super::backpressure::Place, *};
use std::{
    collections::VecDeque,
    io::{PipeReader, Read},
    sync::{Mutex, mpsc},
    task::{Context, Wake, Waker},
    time::Instant,
};

/// Says what a [`Script`] does with one write.
enum Act {
    Take(usize),
    Fail(io::ErrorKind),
    Panic,
}

/// Holds what is still to be done, what was taken, and in how many writes.
type Played = (VecDeque<Act>, Vec<u8>, usize);

/// A writer that does as told, then takes everything.
#[derive(Clone, Default)]
struct Script(Arc<Mutex<Played>>);

impl Script {
    fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        Self(Arc::new(Mutex::new((acts.into_iter().collect(), Vec::new(), 0))))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().1.clone()).unwrap()
    }

    fn writes(&self) -> usize {
        self.0.lock().unwrap().2
    }
}

impl Write for Script {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut inner = self.0.lock().unwrap();
        inner.2 += 1;
        let n = match inner.0.pop_front() {
            Some(Act::Fail(kind)) => return Err(kind.into()),
            Some(Act::Panic) => {
                drop(inner);
                panic!("told to")
            }
            Some(Act::Take(n)) => n.min(bytes.len()),
            None => bytes.len(),
        };
        inner.1.extend_from_slice(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A writer that takes a write only when it is let.
struct Gate(mpsc::Receiver<()>, Script);

impl Write for Gate {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.recv();
        self.1.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn gate() -> (mpsc::Sender<()>, Script, Gate) {
    let (open, shut) = mpsc::channel();
    let script = Script::default();
    (open, script.clone(), Gate(shut, script))
}

fn push(sink: &Writer, block: &str) {
    sink.0.push(block.as_bytes(), 1);
}

/// Waits for what another thread does.
fn until(mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(10), "it never came");
        std::thread::yield_now();
    }
}

fn counts(sink: &Writer) -> (u64, u64, u64) {
    (sink.written(), sink.dropped(), sink.queued())
}

#[test]
fn blocks_come_out_in_order_and_whole() {
    let script = Script::default();
    let sink = Writer::new(script.clone());
    for i in 0..1000 {
        push(&sink, &format!("a > {i}\n"));
    }
    sink.flush().unwrap();
    let expected: String = (0..1000).map(|i| format!("a > {i}\n")).collect();
    assert_eq!(script.text(), expected);
    assert_eq!(counts(&sink), (1000, 0, 0));
    assert_eq!((sink.written_bytes(), sink.queued_bytes()), (expected.len() as u64, 0));
}

#[test]
fn a_burst_goes_out_in_few_writes() {
    let (open, script, gate) = gate();
    let sink = Writer::new(gate);
    for _ in 0..1000 {
        push(&sink, &"a".repeat(100));
    }
    (0..1000).for_each(|_| open.send(()).unwrap());
    sink.flush().unwrap();
    assert!(script.writes() <= 4, "{} writes", script.writes());
}

#[test]
fn a_block_larger_than_a_chunk_is_one_write() {
    let script = Script::default();
    let sink = Writer::new(script.clone());
    push(&sink, &"a".repeat(1 << 20));
    sink.flush().unwrap();
    assert_eq!((script.writes(), script.text().len()), (1, 1 << 20));
}

#[test]
fn partial_writes_and_interruptions_are_gone_on_with() {
    let script = Script::new([
        Act::Take(1),
        Act::Fail(io::ErrorKind::Interrupted),
        Act::Take(3),
        Act::Fail(io::ErrorKind::WouldBlock),
    ]);
    let sink = Writer::new(script.clone());
    push(&sink, "a > GET / HTTP/1.1\n");
    sink.flush().unwrap();
    assert_eq!(script.text(), "a > GET / HTTP/1.1\n");
    assert_eq!(counts(&sink), (1, 0, 0));
}

#[test]
fn what_a_stalled_reader_misses_is_told() {
    let (open, script, gate) = gate();
    let sink = Writer::new(gate).queue_limit(120);
    push(&sink, "a > 1234567890123456789012345\n");
    // 30 bytes and the 40 of their mark are queued, whether or not the thread has them already.
    push(&sink, "b > 12345\n");
    push(&sink, "c > dropped\n");
    push(&sink, "d > dropped too\n");
    assert_eq!(counts(&sink), (0, 2, 2));
    (0..10).for_each(|_| open.send(()).unwrap());
    sink.flush().unwrap();
    push(&sink, "e > after\n");
    sink.flush().unwrap();
    let text = script.text();
    let (before, told) = text.split_once("-   2 records dropped (28 B): output stalled for ").unwrap();
    assert_eq!(before, "a > 1234567890123456789012345\nb > 12345\n");
    assert!(told.ends_with("ms\ne > after\n"), "{told}");
    assert_eq!((sink.dropped(), sink.dropped_bytes()), (2, 28));
}

#[test]
fn a_block_that_no_queue_holds_is_dropped_and_told_at_once() {
    let script = Script::default();
    let sink = Writer::new(script.clone()).queue_limit(10);
    push(&sink, "a > 12345678\n");
    sink.flush().unwrap();
    assert_eq!(script.text(), "-   1 record dropped (13 B): larger than the queue of 10 B\n");
}

#[test]
fn a_failure_tears_no_line() {
    // The first write stops in mid-line, then the output fails.
    let script = Script::new([Act::Take(12), Act::Fail(io::ErrorKind::StorageFull)]);
    let sink = Writer::new(script.clone());
    push(&sink, "a > one\na > two\na > three\n");
    assert_eq!(sink.flush().unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert_eq!(counts(&sink), (0, 1, 0));
    push(&sink, "b > four\n");
    sink.flush().unwrap();
    let told = "-   1 record dropped (26 B): write to output failed: no storage space\n";
    assert_eq!(script.text(), format!("a > one\na > two\n{told}b > four\n"));
    assert_eq!(counts(&sink), (1, 1, 0));
}

#[test]
fn what_waits_is_tried_again_where_it_stopped() {
    let script = Script::new([
        Act::Take(12),
        Act::Fail(io::ErrorKind::StorageFull),
        Act::Take(1),
        Act::Fail(io::ErrorKind::BrokenPipe),
        Act::Fail(io::ErrorKind::BrokenPipe),
    ]);
    let sink = waiting(script.clone());
    push(&sink, "a > one\na > two\n");
    push(&sink, "b > three\n");
    until(|| counts(&sink) == (2, 0, 0));
    assert_eq!(script.text(), "a > one\na > two\nb > three\n");
    sink.flush().unwrap();
}

#[test]
fn a_writer_that_panics_has_failed() {
    let script = Script::new([Act::Panic]);
    let sink = Writer::new(script.clone());
    push(&sink, "a > one\n");
    assert_eq!(sink.flush().unwrap_err().to_string(), "the writer panicked");
    push(&sink, "b > two\n");
    sink.flush().unwrap();
    let told = "-   1 record dropped (8 B): write to output failed: the writer panicked\n";
    assert_eq!(script.text(), format!("{told}b > two\n"));
}

#[test]
fn an_output_that_fails_is_not_tried_all_the_time() {
    let script = Script::new(std::iter::repeat_with(|| Act::Fail(io::ErrorKind::BrokenPipe)).take(10_000));
    let sink = Writer::new(script.clone());
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(200) {
        push(&sink, "a > one\n");
    }
    // Pauses of 10, 20, 40, 80 ms.
    assert!(script.writes() <= 8, "{} writes", script.writes());
    drop(sink);
}

#[test]
fn a_flush_gives_up_at_its_deadline() {
    let (open, script, gate) = gate();
    let sink = Writer::new(gate).deadline(Duration::from_millis(50));
    push(&sink, "a > one\n");
    let error = sink.flush().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert_eq!(error.to_string(), "1 blocks are still queued after 50ms");
    let start = Instant::now();
    drop(sink);
    assert!(start.elapsed() < Duration::from_secs(2));
    open.send(()).unwrap();
    until(|| script.text() == "a > one\n");
}

#[test]
fn sinks_on_one_output_keep_their_own_counters() {
    let (open, script, gate) = gate();
    let worker = Arc::new(output::Worker::new("output", fd::Other(gate)));
    let [a, b] = [(); 2].map(|()| Writer(Output::on(&worker)));
    let (a, b) = (a.queue_limit(8), b.deadline(Duration::from_secs(60)));
    push(&a, "a > one\n");
    push(&a, "a > two\n");
    assert_eq!((counts(&a), counts(&b)), ((0, 1, 1), (0, 0, 0)));
    // The output is stuck, but not with anything of `b`.
    let start = Instant::now();
    b.flush().unwrap();
    drop(b.clone());
    drop(b);
    assert!(start.elapsed() < Duration::from_secs(10));
    (0..3).for_each(|_| open.send(()).unwrap());
    a.flush().unwrap();
    assert!(script.text().starts_with("a > one\n-   1 record dropped (8 B): output stalled for "));
}

#[test]
fn clones_share_settings_and_counters() {
    let script = Script::default();
    let worker = Arc::new(output::Worker::new("output", fd::Other(script.clone())));
    let (a, b) = (Writer(Output::on(&worker)), Writer(Output::on(&worker)));
    let clone = a.clone().queue_limit(4);
    push(&clone, "b > two\n");
    a.flush().unwrap();
    push(&b, "a > three\n");
    assert_eq!((counts(&a), counts(&clone)), ((0, 1, 0), (0, 1, 0)));
    assert_eq!((a.0.budget().limit(), b.0.budget().limit()), (4, 8 << 20));
    // The last clone writes what is queued, and others may go on.
    drop(b);
    let told = "-   1 record dropped (8 B): larger than the queue of 4 B\n";
    assert_eq!(script.text(), format!("{told}a > three\n"));
    push(&a, "d\n");
    drop(a);
    drop(clone);
    assert_eq!(script.text(), format!("{told}a > three\nd\n"));
}

#[test]
fn the_last_handle_writes_what_is_queued_and_closes_the_writer() {
    struct Closes(Script, Arc<Mutex<bool>>);
    impl Write for Closes {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    impl Drop for Closes {
        fn drop(&mut self) {
            *self.1.lock().unwrap() = true;
        }
    }
    let (script, closed) = (Script::default(), Arc::new(Mutex::new(false)));
    let sink = Writer::new(Closes(script.clone(), Arc::clone(&closed)));
    let clone = sink.clone();
    (0..1000).for_each(|_| push(&sink, "a > one\n"));
    drop(sink);
    assert!(!*closed.lock().unwrap());
    drop(clone);
    assert!(*closed.lock().unwrap());
    assert_eq!(script.text().len(), 8000);
}

#[test]
fn a_closed_pipe_ends_at_once() {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let sink = waiting(writer).deadline(Duration::from_secs(60));
    (0..10).for_each(|_| push(&sink, &"a".repeat(50_000)));
    let start = Instant::now();
    assert_eq!(sink.flush().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    assert_eq!(sink.queued(), 10);
    drop(sink);
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_pipe_that_nobody_reads_holds_nobody_up() {
    fn read(mut reader: PipeReader) -> String {
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        text
    }
    let (reader, writer) = io::pipe().unwrap();
    let sink = Writer::new(writer).queue_limit(1 << 20);
    let block = format!("a > {}\n", "x".repeat(1019));
    let start = Instant::now();
    (0..20_000).for_each(|_| push(&sink, &block));
    assert!(start.elapsed() < Duration::from_secs(5));
    assert!(sink.queued_bytes() <= 1 << 20);
    assert_eq!(sink.dropped() + sink.queued() + sink.written(), 20_000);
    let reader = std::thread::spawn(|| read(reader));
    sink.flush().unwrap();
    let (written, dropped) = (sink.written(), sink.dropped());
    drop(sink);
    let text = reader.join().unwrap();
    assert!(text.lines().all(|line| line == block.trim_end() || line.starts_with("-   ")));
    assert_eq!(text.lines().filter(|line| line.starts_with("a > ")).count() as u64, written);
    let told: u64 = text
        .lines()
        .filter_map(|line| line.strip_prefix("-   "))
        .map(|line| line.split(' ').next().unwrap().parse::<u64>().unwrap())
        .sum();
    assert_eq!((told, written + dropped), (dropped, 20_000));
}

/// A format whose `notice` writes to the sink that asks for it.
struct Talkative(Writer);

impl Format for Talkative {
    fn render(&self, _record: &Record, _limit: usize, _out: &mut Vec<u8>) {}

    fn notice(&self, text: &str, out: &mut Vec<u8>) {
        push(&self.0, "b > beside\n");
        let _ = self.0.flush();
        out.extend_from_slice(format!("- {}\n", text.split_once(':').unwrap().0).as_bytes());
    }
}

/// No lock is held while a format speaks, not even by a thread that waits for it.
#[test]
fn a_format_may_use_the_sink_that_asks_it_for_a_notice() {
    let script = Script::default();
    let sink = Writer::new(script.clone()).queue_limit(1 << 10);
    let format: Arc<dyn Format> = Arc::new(Talkative(sink.clone()));
    sink.attach(&format);
    push(&sink, &"a".repeat(2000));
    until(|| counts(&sink) == (1, 1, 0));
    sink.flush().unwrap();
    assert_eq!(script.text(), "- 1 record dropped (2.0 kB)\nb > beside\n");
    // The format holds the sink, which holds the format.
    let none: Arc<dyn Format> = Arc::new(crate::format::Lines::new());
    sink.attach(&none);
}

#[derive(Default)]
struct Woken(Mutex<usize>);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        *self.0.lock().unwrap() += 1;
    }
}

fn gates(sink: &impl Sink) -> Gates {
    let mut gates = Gates::default();
    sink.gates(&mut gates);
    gates
}

/// A sink that holds requests back.
fn waiting(writer: impl Write + Send + 'static) -> Writer {
    let sink = Writer::new(writer).on_full(OnFull::Wait);
    gates(&sink);
    sink
}

/// One request that asks for a place.
#[derive(Default)]
struct Guest(Arc<Woken>, Place);

impl Guest {
    fn is_in(&mut self, sink: &impl Sink) -> bool {
        let waker = Waker::from(Arc::clone(&self.0));
        self.1.poll(&gates(sink), &mut Context::from_waker(&waker)).is_ready()
    }

    fn woken(&self) -> usize {
        *self.0.0.lock().unwrap()
    }
}

/// A sink with room for one at a time, as many guests that wait, and the one that is in.
fn crowd<const N: usize>() -> (Writer, Guest, [Guest; N]) {
    let sink = waiting(io::sink()).queue_limit(0);
    let mut first = Guest::default();
    assert!(first.is_in(&sink));
    let mut others = std::array::from_fn(|_| Guest::default());
    assert!(others.iter_mut().all(|guest: &mut Guest| !guest.is_in(&sink)));
    (sink, first, others)
}

#[test]
fn a_full_queue_lets_nobody_in_until_there_is_room() {
    let (open, _, gate) = gate();
    let sink = waiting(gate).queue_limit(4096);
    let mut first = Guest::default();
    assert!(first.is_in(&sink));
    // Larger than the place and than the whole queue, but it was let in.
    push(&sink, &"a".repeat(5000));
    drop(first);
    assert_eq!(counts(&sink), (0, 0, 1));
    let mut second = Guest::default();
    assert!(!second.is_in(&sink));
    assert!(!second.is_in(&sink));
    assert_eq!(second.woken(), 0);
    open.send(()).unwrap();
    until(|| second.woken() == 1);
    assert!(second.is_in(&sink));
    assert!(second.is_in(&sink));
}

#[test]
fn those_who_wait_are_woken_in_turn_and_one_for_one_place() {
    let (sink, first, [mut a, mut b, c]) = crowd();
    drop(first);
    assert_eq!([a.woken(), b.woken(), c.woken()], [1, 0, 0]);
    // The room kept for `a` goes to nobody else.
    assert!(!Guest::default().is_in(&sink));
    assert!(!b.is_in(&sink));
    assert!(a.is_in(&sink));
    drop(a);
    assert_eq!([b.woken(), c.woken()], [1, 0]);
}

#[test]
fn nobody_comes_in_before_those_who_wait() {
    let (sink, first, [mut a, mut b]) = crowd();
    drop(first);
    assert!(a.is_in(&sink));
    drop(a);
    let mut late = Guest::default();
    assert!(!late.is_in(&sink));
    assert!(b.is_in(&sink));
    drop(b);
    assert_eq!(late.woken(), 1);
    assert!(late.is_in(&sink));
}

#[test]
fn who_was_woken_and_goes_passes_it_on() {
    let (_sink, first, [a, b, c]) = crowd();
    drop(first);
    drop(a);
    assert_eq!([b.woken(), c.woken()], [1, 0]);
    drop(b);
    assert_eq!(c.woken(), 1);
}

#[test]
fn who_goes_while_waiting_is_forgotten() {
    let (sink, first, [a, b]) = crowd();
    let woken = Arc::clone(&a.0);
    drop(a);
    drop(first);
    assert_eq!((Arc::strong_count(&woken), b.woken()), (1, 1));
    drop(b);
    assert!(Guest::default().is_in(&sink));
}

/// The waker is the one of the last poll, as for any future.
#[test]
fn the_last_waker_is_woken() {
    let (sink, first, [mut a]) = crowd();
    let before = std::mem::take(&mut a.0);
    assert!(!a.is_in(&sink));
    drop(first);
    assert_eq!((*before.0.lock().unwrap(), a.woken()), (0, 1));
}

#[test]
fn who_waits_is_let_go_when_records_are_dropped_instead() {
    let (sink, _first, mut guests) = crowd::<3>();
    let sink = sink.on_full(OnFull::Drop);
    assert!(guests.iter().all(|guest| guest.woken() == 1));
    assert!(guests.iter_mut().all(|guest| guest.is_in(&sink) && !guest.1.is_kept()));
}

#[test]
fn a_pair_keeps_the_first_place_while_it_waits_for_the_second() {
    let (b, first, []) = crowd();
    let a = waiting(io::sink()).queue_limit(0);
    let pair = (a.clone(), b);
    let (mut guest, mut other) = (Guest::default(), Guest::default());
    assert!(!guest.is_in(&pair));
    assert!(!other.is_in(&a));
    drop(first);
    assert_eq!((guest.woken(), other.woken()), (1, 0));
    assert!(guest.is_in(&pair) && guest.1.is_kept());
    drop(guest);
    assert_eq!(other.woken(), 1);
}

/// A task's last holder may be the waker: what goes with it must not find the lock taken.
#[test]
fn a_waker_may_own_who_waits() {
    struct Owns(#[expect(dead_code)] Mutex<Place>);
    impl Wake for Owns {
        fn wake(self: Arc<Self>) {}
    }
    let (sink, first, []) = crowd();
    for woken in [false, true] {
        let (mut inner, mut outer) = (Guest::default(), Place::default());
        assert!(!inner.is_in(&sink));
        let waker = Waker::from(Arc::new(Owns(Mutex::new(std::mem::take(&mut inner.1)))));
        assert!(outer.poll(&gates(&sink), &mut Context::from_waker(&waker)).is_pending());
        drop(waker);
        if woken {
            assert!(outer.poll(&gates(&sink), &mut Context::from_waker(Waker::noop())).is_pending());
        }
        drop(outer);
    }
    drop(first);
    assert!(Guest::default().is_in(&sink));
}

#[test]
fn settings_and_counters_show() {
    let sink = Writer::new(io::sink()).queue_limit(7).deadline(Duration::from_secs(1)).on_full(OnFull::Wait);
    assert_eq!(
        format!("{sink:?}"),
        "Writer { queue_limit: 7, on_full: Wait, deadline: 1s, written: 0, dropped: 0, queued: 0 }"
    );
}
