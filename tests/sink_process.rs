//! `sink::Stdout` at work: real processes, real pipes.
//!
//! Each test starts this same program again to play one of the parts of `child`, whose standard output is the log.
#![cfg(target_os = "linux")]

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use std::{
    collections::HashMap,
    convert::Infallible,
    env, fs,
    fs::File,
    future::{Future, IntoFuture},
    io::{self, BufRead, BufReader, PipeReader, Read, Write},
    net::TcpStream,
    os::fd::{AsRawFd, OwnedFd},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, ChildStdin, Command, Stdio, exit},
    thread,
    time::{Duration, Instant},
};
use tokio::signal::unix::{SignalKind, signal};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_request_log::{
    LogBody, RequestLogLayer,
    sink::{OnFull, Sink, Stdout},
};

type Body = Full<Bytes>;

/// Answers with the body that came.
async fn echo(request: Request<LogBody<Body>>) -> Result<Response<Body>, Infallible> {
    let body = request.into_body().collect().await.unwrap().to_bytes();
    Ok(Response::new(Full::new(body)))
}

/// One exchange with a body of 1 KiB each way: a block of some 2.2 kB.
async fn exchange<S, R>(service: &mut S)
where
    S: Service<Request<Body>, Response = Response<R>, Error = Infallible>,
    R: http_body::Body<Data = Bytes>,
    R::Error: std::fmt::Debug,
{
    let body = Full::new(Bytes::from("x".repeat(1023) + "\n"));
    let request = Request::post("/echo").header("content-type", "text/plain").body(body).unwrap();
    let response = service.ready().await.unwrap().call(request).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes().len(), 1024);
}

fn exchanges(layer: &RequestLogLayer, count: usize) {
    block_on(async {
        let mut service = layer.layer(service_fn(echo));
        for _ in 0..count {
            exchange(&mut service).await;
        }
    });
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Resident memory in bytes.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// Processor time used so far, in ticks of 10 ms.
fn ticks() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

fn wait_for_parent() {
    io::stdin().read_line(&mut String::new()).unwrap();
}

/// The parts that the started program plays; it tells the parent of it on standard error.
#[test]
fn child() {
    let Ok(part) = env::var("SINK_CHILD") else { return };
    // A minute, since the machine may be busy.
    let sink = Stdout::new().deadline(Duration::from_secs(60));
    let layer = RequestLogLayer::new().sink(sink.clone());
    match part.as_str() {
        "stalled" => {
            exchanges(&layer, 100);
            let before = resident();
            let start = Instant::now();
            exchanges(&layer, 8_000);
            let (took, grown) = (start.elapsed().as_millis(), resident().saturating_sub(before));
            eprintln!("took={took} grown={grown} queued={}", sink.queued_bytes());
            wait_for_parent();
            sink.flush().unwrap();
            exchanges(&layer, 10);
            sink.flush().unwrap();
            eprintln!("written={} dropped={} queued={}", sink.written(), sink.dropped(), sink.queued());
        }
        "layers" => {
            let layers: Vec<_> = (0..20).map(|_| RequestLogLayer::new().sink(sink.clone())).collect();
            let before = resident();
            layers.iter().for_each(|layer| exchanges(layer, 300));
            eprintln!("grown={} queued={}", resident().saturating_sub(before), sink.queued_bytes());
            wait_for_parent();
            sink.flush().unwrap();
            eprintln!("written={} dropped={}", sink.written(), sink.dropped());
        }
        "failing" | "full" | "closed" => {
            eprintln!("ready");
            wait_for_parent();
            match part.as_str() {
                "full" => rustix::stdio::dup2_stdout(File::options().write(true).open("/dev/full").unwrap()).unwrap(),
                "closed" => rustix::stdio::dup2_stdout(File::open("/dev/null").unwrap()).unwrap(),
                _ => {}
            }
            exchanges(&layer, 1000);
            let error = sink.flush().unwrap_err();
            exchanges(&layer, 10);
            let before = ticks();
            thread::sleep(Duration::from_millis(500));
            let spent = ticks() - before;
            let _ = sink.flush();
            let start = Instant::now();
            let counts = (sink.written(), sink.dropped(), sink.queued());
            drop((layer, sink));
            let quick = start.elapsed() < Duration::from_secs(2);
            eprintln!("error={error} counts={counts:?} idle={} quick={quick}", spent <= 5);
        }
        "told" => {
            for line in io::stdin().lines() {
                match line.unwrap().split_once(' ').unwrap() {
                    ("exchanges", count) => exchanges(&layer, count.parse().unwrap()),
                    ("flush", _) => {
                        let flushed = sink.flush().map_err(|error| error.kind());
                        let (written, dropped) = (sink.written(), sink.dropped());
                        eprintln!("{flushed:?} written={written} dropped={dropped} bytes={}", sink.written_bytes());
                    }
                    ("idle", _) => {
                        let before = ticks();
                        thread::sleep(Duration::from_millis(500));
                        eprintln!("idle={}", ticks() - before <= 5);
                    }
                    (other, _) => panic!("{other} is not known"),
                }
            }
        }
        "shared" => {
            let shouting = thread::spawn(|| (0..20_000).for_each(|i| println!("the program says {i} of 20000")));
            exchanges(&layer, 2000);
            shouting.join().unwrap();
            sink.flush().unwrap();
        }
        "unfinished" => {
            print!("no line");
            exchanges(&layer, 1);
            sink.flush().unwrap();
            println!(" end until now");
        }
        "leaving" => {
            exchanges(&layer, 1000);
            drop((layer, sink));
        }
        "serving" => {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                let app = axum::Router::new().route("/", axum::routing::get(|| async { "Hello" })).layer(layer);
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                let address = listener.local_addr().unwrap();
                let mut stop = signal(SignalKind::terminate()).unwrap();
                let server = axum::serve(listener, app).with_graceful_shutdown(async move {
                    let _ = stop.recv().await;
                });
                let server = tokio::spawn(server.into_future());
                let clients = (0..50).map(|_| {
                    tokio::task::spawn_blocking(move || {
                        let mut client = TcpStream::connect(address).unwrap();
                        client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
                        assert!(read(client).ends_with("\r\n\r\nHello"));
                    })
                });
                for client in clients.collect::<Vec<_>>() {
                    client.await.unwrap();
                }
                eprintln!("served");
                server.await.unwrap().unwrap();
            });
            drop((runtime, sink));
        }
        "stuck" => {
            let sink = sink.deadline(Duration::from_millis(200));
            let layer = RequestLogLayer::new().sink(sink.clone());
            exchanges(&layer, 100);
            let error = sink.flush().unwrap_err().kind();
            let start = Instant::now();
            drop((layer, sink));
            eprintln!("error={error:?} quick={}", start.elapsed() < Duration::from_secs(2));
        }
        "waiting" => {
            let sink = sink.on_full(OnFull::Wait).queue_limit(64 << 10);
            let layer = RequestLogLayer::new().sink(sink.clone());
            let mut service = layer.layer(service_fn(echo));
            block_on(async {
                let mut held = None;
                for i in 0..2000 {
                    let second = Duration::from_secs(1);
                    if held.is_none() && tokio::time::timeout(second, service.ready()).await.is_err() {
                        held = Some(i);
                        eprintln!("held={i} queued={}", sink.queued_bytes());
                    }
                    exchange(&mut service).await;
                }
            });
            sink.flush().unwrap();
            eprintln!("written={} dropped={} queued={}", sink.written(), sink.dropped(), sink.queued());
        }
        part => panic!("{part} is no part of the play"),
    }
    // Before the test harness writes its own summary.
    exit(0);
}

/// A child at work.
struct Started {
    child: Child,
    stdin: Option<ChildStdin>,
    stderr: BufReader<ChildStderr>,
}

fn start(part: &str, stdout: impl Into<Stdio>) -> Started {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "child", "--nocapture", "--test-threads=2"]).env("SINK_CHILD", part);
    command.stdin(Stdio::piped()).stdout(stdout).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (stdin, stderr) = (child.stdin.take(), BufReader::new(child.stderr.take().unwrap()));
    Started { child, stdin, stderr }
}

impl Started {
    /// What the child tells next.
    fn told(&mut self) -> String {
        let mut line = String::new();
        self.stderr.read_line(&mut line).unwrap();
        line
    }

    /// Has the child do `what`, and nothing more once it has done it.
    fn tell(&mut self, what: &str) {
        self.stdin.as_mut().unwrap().write_all(what.as_bytes()).unwrap();
    }

    fn go_on(&mut self) {
        self.stdin.take().unwrap().write_all(b"\n").unwrap();
    }

    /// What else it told before it ended well.
    fn end(mut self) -> String {
        let mut rest = String::new();
        self.stderr.read_to_string(&mut rest).unwrap();
        assert!(self.child.wait().unwrap().success(), "{rest}");
        rest
    }
}

/// A number that the child told as `name=number`.
fn number(told: &str, name: &str) -> u64 {
    let value = told.split([' ', '\n']).find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    value.unwrap_or_else(|| panic!("no {name}: {told}")).parse().unwrap()
}

fn read(mut reader: impl Read) -> String {
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    // What the test harness says first.
    text.trim_start_matches("\nrunning 1 test\n").to_owned()
}

/// Reads less at a time than is written, so that the pipe is full and writes stop halfway.
fn read_slowly(mut reader: impl Read) -> String {
    let (mut log, mut piece) = (Vec::new(), [0; 5000]);
    loop {
        match reader.read(&mut piece).unwrap() {
            0 => return read(&*log),
            n => log.extend_from_slice(&piece[..n]),
        }
        thread::yield_now();
    }
}

/// What a log holds.
#[derive(Default, Debug, PartialEq)]
struct Seen {
    blocks: u64,
    dropped: u64,
    others: u64,
}

/// Asserts that the lines of a log are well-formed, and its blocks whole and in one piece.
fn parse(log: &str) -> Seen {
    parse_but(log, 0, "standard output stalled for ")
}

/// As [`parse`], but for so many blocks that may lack lines, and with another cause of losses.
fn parse_but(log: &str, cut: usize, cause: &str) -> Seen {
    let mut seen = Seen::default();
    let mut lines: HashMap<&str, usize> = HashMap::new();
    let (mut last, mut other) = ("", false);
    assert!(log.ends_with('\n'), "the last line is torn");
    for line in log.lines() {
        if line.starts_with("the program says ") && line.ends_with(" of 20000") {
            seen.others += 1;
            other = true;
            continue;
        }
        let (id, rest) = line.split_once(' ').unwrap_or_else(|| panic!("torn: {line:?}"));
        if id == "-" {
            let (count, text) = rest.strip_prefix("  ").unwrap().split_once(' ').unwrap();
            assert!(text.contains(&format!("): {cause}")), "{line}");
            seen.dropped += count.parse::<u64>().unwrap();
            continue;
        }
        assert_eq!(id.len(), 22, "torn: {line:?}");
        let known = rest == ">" || rest == "<" || ["> ", "< ", "  "].iter().any(|mark| rest.starts_with(mark));
        assert!(known, "torn: {line:?}");
        let count = lines.entry(id).or_default();
        assert!(id == last || *count == 0, "in two pieces: {line:?}");
        assert!(id != last || !other, "the program's line is in a block: {line:?}");
        (*count, last, other) = (*count + 1, id, false);
    }
    let size = lines.values().max().copied().unwrap_or_default();
    let whole = lines.values().filter(|&&count| count == size).count();
    assert!(lines.len() <= whole + cut, "{} blocks lack lines", lines.len() - whole);
    seen.blocks = whole as u64;
    seen
}

fn pipe() -> (PipeReader, OwnedFd) {
    let (reader, writer) = io::pipe().unwrap();
    (reader, writer.into())
}

#[test]
fn a_reader_that_stops_holds_nobody_up() {
    let (reader, writer) = pipe();
    let mut child = start("stalled", writer);
    let told = child.told();
    assert!(number(&told, "took") < 60_000, "{told}");
    assert!(number(&told, "queued") <= 8 << 20, "{told}");
    assert!(number(&told, "grown") <= 24 << 20, "{told}");
    let log = thread::spawn(|| read(reader));
    child.go_on();
    let told = child.end();
    let log = log.join().unwrap();
    let (blocks, dropped) = (number(&told, "written"), number(&told, "dropped"));
    assert_eq!(parse(&log), Seen { blocks, dropped, others: 0 });
    assert_eq!(blocks + dropped, 8_110);
    assert!(dropped > 3_000, "{told}");
    assert_eq!(log.matches(" records dropped (").count(), 1);
}

#[test]
fn layers_with_clones_of_a_sink_share_one_queue() {
    let (reader, writer) = pipe();
    let mut child = start("layers", writer);
    let told = child.told();
    let queued = number(&told, "queued");
    assert!(queued > 7 << 20 && queued <= 8 << 20, "{told}");
    assert!(number(&told, "grown") <= 24 << 20, "{told}");
    let log = thread::spawn(|| read(reader));
    child.go_on();
    let told = child.end();
    let (blocks, dropped) = (number(&told, "written"), number(&told, "dropped"));
    assert_eq!(parse(&log.join().unwrap()), Seen { blocks, dropped, others: 0 });
    assert_eq!(blocks + dropped, 6_000);
}

#[test]
fn a_reader_that_is_gone_does_no_harm() {
    let (reader, writer) = pipe();
    let mut child = start("failing", writer);
    assert_eq!(child.told(), "ready\n");
    drop(reader);
    child.go_on();
    let complaint = "tower-request-log: write to standard output failed: Broken pipe\n";
    let told = format!("{complaint}error=Broken pipe (os error 32) counts=(0, 1010, 0) idle=true quick=true\n");
    assert_eq!(child.end(), told);
}

#[test]
fn a_full_disk_does_no_harm() {
    let mut child = start("full", Stdio::null());
    assert_eq!(child.told(), "ready\n");
    child.go_on();
    let complaint = "tower-request-log: write to standard output failed: No space left on device\n";
    let told =
        format!("{complaint}error=No space left on device (os error 28) counts=(0, 1010, 0) idle=true quick=true\n");
    assert_eq!(child.end(), told);
}

/// A named pipe with a program that reads it, and the end that the child gets.
fn fifo() -> (tempfile::TempDir, PathBuf, Child, File) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let reader = cat(&path);
    let writer = File::options().write(true).open(&path).unwrap();
    (folder, path, reader, writer)
}

fn cat(path: &Path) -> Child {
    Command::new("cat").arg(path).stdout(Stdio::piped()).spawn().unwrap()
}

/// As when `logger` is killed and its supervisor starts it again.
#[test]
fn a_named_pipe_goes_on_when_its_reader_is_back() {
    let (_folder, path, mut first, writer) = fifo();
    let mut child = start("told", writer);
    // As many as the pipes hold.
    child.tell("exchanges 20\nflush 1\n");
    let told = child.told();
    assert!(told.starts_with("Ok(()) written=20 dropped=0 "), "{told}");
    // The harness's own first lines come before.
    let mut log = vec![0; number(&told, "bytes") as usize + "\nrunning 1 test\n".len()];
    first.stdout.take().unwrap().read_exact(&mut log).unwrap();
    first.kill().unwrap();
    first.wait().unwrap();
    child.tell("exchanges 50\nflush 1\nidle 1\n");
    assert!(child.told().starts_with("tower-request-log: write to standard output failed: Broken pipe"));
    let told = child.told();
    assert!(told.starts_with("Err(BrokenPipe) written=20 dropped=50 "), "{told}");
    assert_eq!(child.told(), "idle=true\n");
    let mut second = cat(&path);
    // Comes back once there is a reader.
    drop(File::options().write(true).open(&path).unwrap());
    child.tell("exchanges 100\nflush 1\n");
    let rest = thread::spawn(move || {
        let rest = read(second.stdout.take().unwrap());
        second.wait().unwrap();
        rest
    });
    let told = child.told();
    assert!(told.starts_with("Ok(()) written=120 dropped=50 "), "{told}");
    drop(child.stdin.take());
    child.end();
    let log = read(&*log) + &rest.join().unwrap();
    let cause = "write to standard output failed: Broken pipe\n";
    assert_eq!(parse_but(&log, 0, cause.trim_end()), Seen { blocks: 120, dropped: 50, others: 0 });
    assert_eq!(log.matches(cause).count(), 1);
}

/// A write that stops halfway leaves a block that lacks lines, and no line that lacks anything.
#[test]
fn a_reader_that_goes_while_it_is_written_to_leaves_no_torn_line() {
    let (_folder, path, mut cat, writer) = fifo();
    // Takes its place, and reads nothing yet.
    let mut first = File::open(&path).unwrap();
    cat.kill().unwrap();
    cat.wait().unwrap();
    let mut child = start("told", writer);
    child.tell("exchanges 100\n");
    let mut log = vec![0; 30_001];
    first.read_exact(&mut log).unwrap();
    drop(first);
    child.tell("flush 1\n");
    assert!(child.told().starts_with("tower-request-log: write to standard output failed: Broken pipe"));
    let told = child.told();
    assert!(told.starts_with("Err(BrokenPipe) "), "{told}");
    let second = File::open(&path).unwrap();
    let rest = thread::spawn(|| read(second));
    child.tell("exchanges 10\nflush 1\n");
    let told = child.told();
    let (written, dropped) = (number(&told, "written"), number(&told, "dropped"));
    assert!(told.starts_with("Ok(()) ") && dropped > 0 && written + dropped == 110, "{told}");
    drop(child.stdin.take());
    child.end();
    let log = String::from_utf8(log).unwrap() + &rest.join().unwrap();
    let log = log.trim_start_matches("\nrunning 1 test\n");
    let seen = parse_but(log, 1, "write to standard output failed: Broken pipe");
    assert_eq!(seen, Seen { blocks: written, dropped, others: 0 });
}

/// One that can't be written to fails as one that is closed does.
#[test]
fn a_closed_descriptor_does_no_harm() {
    let mut child = start("closed", Stdio::null());
    assert_eq!(child.told(), "ready\n");
    child.go_on();
    let complaint = "tower-request-log: write to standard output failed: Bad file descriptor\n";
    let told = format!("{complaint}error=Bad file descriptor (os error 9) counts=(0, 1010, 0) idle=true quick=true\n");
    assert_eq!(child.end(), told);
}

#[test]
fn a_non_blocking_pipe_is_waited_for_and_left_so() {
    let (writer, reader) = block_on(async { tokio::net::unix::pipe::pipe().unwrap() });
    let writer = writer.into_nonblocking_fd().unwrap();
    let reader = File::from(reader.into_blocking_fd().unwrap());
    let ours = writer.try_clone().unwrap();
    let non_blocking = || {
        let info = fs::read_to_string(format!("/proc/self/fdinfo/{}", ours.as_raw_fd())).unwrap();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).unwrap();
        u32::from_str_radix(flags.trim(), 8).unwrap() & 0o4000 != 0
    };
    assert!(non_blocking());
    let child = start("leaving", writer);
    let log = thread::spawn(|| read_slowly(reader));
    assert_eq!(child.end(), "");
    assert!(non_blocking());
    drop(ours);
    assert_eq!(parse(&log.join().unwrap()), Seen { blocks: 1000, dropped: 0, others: 0 });
}

#[test]
fn the_programs_own_lines_tear_no_block() {
    let (reader, writer) = pipe();
    let child = start("shared", writer);
    let log = read_slowly(reader);
    assert_eq!(child.end(), "");
    assert_eq!(parse(&log), Seen { blocks: 2000, dropped: 0, others: 20_000 });
}

#[test]
fn a_line_that_the_program_has_not_ended_stays_whole() {
    let (reader, writer) = pipe();
    let child = start("unfinished", writer);
    let log = read(reader);
    assert_eq!(child.end(), "");
    let log = log.strip_suffix("no line end until now\n").unwrap();
    assert_eq!(parse(log), Seen { blocks: 1, dropped: 0, others: 0 });
}

#[test]
fn dropping_the_layer_writes_what_is_queued() {
    let (reader, writer) = pipe();
    let child = start("leaving", writer);
    let log = read(reader);
    assert_eq!(child.end(), "");
    assert_eq!(parse(&log), Seen { blocks: 1000, dropped: 0, others: 0 });
}

#[test]
fn a_graceful_shutdown_at_sigterm_loses_nothing() {
    let (reader, writer) = pipe();
    let mut child = start("serving", writer);
    assert_eq!(child.told(), "served\n");
    let killed = Command::new("kill").args(["-TERM", &child.child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let log = read(reader);
    assert_eq!(child.end(), "");
    assert_eq!(parse(&log), Seen { blocks: 50, dropped: 0, others: 0 });
}

#[test]
fn a_stuck_reader_does_not_keep_the_program_from_leaving() {
    let (reader, writer) = pipe();
    let child = start("stuck", writer);
    assert_eq!(child.end(), "error=TimedOut quick=true\n");
    drop(reader);
}

#[test]
fn requests_wait_where_nothing_may_be_lost() {
    let (reader, writer) = pipe();
    let mut child = start("waiting", writer);
    let told = child.told();
    // The pipe holds 64 KiB, the queue as much, the thread a chunk of it.
    let (held, queued) = (number(&told, "held"), number(&told, "queued"));
    assert!(held < 100 && queued <= 68 << 10, "{told}");
    let log = read(reader);
    assert_eq!(child.end(), "written=2000 dropped=0 queued=0\n");
    assert_eq!(parse(&log), Seen { blocks: 2000, dropped: 0, others: 0 });
}
