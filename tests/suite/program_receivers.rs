//! `request-log metrics` and `request-log alert`, against real sockets and real commands.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream, UdpSocket},
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

/// A bet that went well in 164 ms, one that failed in 2.31 ms, a call of the service's that failed, and a request that
/// got no answer.
const LOG: &str = "\
a > POST /games/7/bet HTTP/1.1
a >
a < HTTP/1.1 201 Created
a <
a   began 2026-11-28T16:00:00.000Z, end 165ms, peer 10.47.108.9:50112, route /games/{game}/bet
a   164ms
b > POST /games/8/bet HTTP/1.1
b >
b < HTTP/1.1 503 Service Unavailable
b <
b   began 2026-11-28T16:00:01.000Z, end 2.40ms, peer 10.47.108.9:50112, route /games/{game}/bet
b   2.31ms
b.1 > GET http://purse/ HTTP/1.1
b.1 >
b.1 < HTTP/1.1 500 Internal Server Error
b.1 <
b.1   began 2026-11-28T16:00:01.001Z, end 1.10ms, as client, peer 10.47.108.10:80
b.1   1.00ms
c > GET /slow HTTP/1.1
c >
c   client went away after 0 bytes of the response body
c   began 2026-11-28T16:00:02.000Z, end 900ms, peer 10.47.108.9:50113, route /slow
c   no response
";

fn command(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_request-log"));
    command.args(args).current_dir(directory).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the program with `LOG` in `games.log`.
fn run(args: &[&str]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("games.log"), LOG).unwrap();
    command(directory.path(), args).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

/// Runs the program on its standard input, which the test writes to; it is ended with the test.
struct Following {
    child: Child,
    directory: tempfile::TempDir,
}

impl Following {
    fn new(args: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { child: command(directory.path(), args).spawn().unwrap(), directory }
    }

    fn log(&mut self, text: &str) {
        self.child.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// Ends the input, and returns what was printed.
    fn end(mut self) -> (String, String, Option<i32>) {
        drop(self.child.stdin.take());
        let (mut out, mut err) = (String::new(), String::new());
        self.child.stdout.as_mut().unwrap().read_to_string(&mut out).unwrap();
        self.child.stderr.as_mut().unwrap().read_to_string(&mut err).unwrap();
        (out, err, self.child.wait().unwrap().code())
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A block of an id, with a status.
fn block(id: &str, status: u16) -> String {
    format!("{id} > GET / HTTP/1.1\n{id} >\n{id} < HTTP/1.1 {status}\n{id} <\n{id}   164ms\n")
}

fn statsd() -> (UdpSocket, String) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let address = socket.local_addr().unwrap().to_string();
    (socket, address)
}

fn datagram(socket: &UdpSocket) -> String {
    let mut buffer = [0; 65_536];
    let len = socket.recv(&mut buffer).unwrap();
    String::from_utf8(buffer[..len].to_vec()).unwrap()
}

#[test]
fn statsd_gets_counts_by_class_and_times_by_route() {
    let (socket, address) = statsd();
    let output = run(&["metrics", "--statsd", &address, "--prefix", "games", "games.log"]);
    assert_eq!((text(&output.stdout), text(&output.stderr), output.status.code()), ("", "", Some(0)));
    assert_eq!(
        datagram(&socket),
        "games.status.2xx:1|c\n\
         games.route.games_game_bet:164|ms\n\
         games.status.5xx:1|c\n\
         games.route.games_game_bet:2.31|ms\n\
         games.calls.status.5xx:1|c\n\
         games.calls.route.unknown:1|ms\n\
         games.status.none:1|c"
    );
}

#[test]
fn what_is_sent_is_printed_as_json_and_a_filter_chooses() {
    let (socket, address) = statsd();
    let output = run(&["metrics", "--statsd", &address, "--json", "status:5xx", "kind:server", "games.log"]);
    assert_eq!(datagram(&socket), "request_log.status.5xx:1|c\nrequest_log.route.games_game_bet:2.31|ms");
    assert_eq!(
        text(&output.stdout),
        r#"{"name":"request_log.status.5xx","value":1,"type":"c"}
{"name":"request_log.route.games_game_bet","value":2.31,"type":"ms"}
"#
    );
}

/// Nothing is lost and nothing counted twice while the port is closed.
#[test]
fn what_statsd_could_not_take_is_sent_later() {
    let (socket, address) = statsd();
    let mut following = Following::new(&["metrics", "--statsd", &address, "--prefix", "p", "-f"]);
    following.log(&block("a", 200));
    assert_eq!(datagram(&socket), "p.status.2xx:1|c\np.route.unknown:164|ms");
    drop(socket);
    let mut stderr = BufReader::new(following.child.stderr.take().unwrap());
    following.log(&block("b", 404));
    let mut told = String::new();
    stderr.read_line(&mut told).unwrap();
    assert_eq!(
        told,
        format!("request-log: {address}: Connection refused (os error 111); up to 16777216 bytes are kept\n")
    );
    following.log(&block("c", 500));
    let socket = UdpSocket::bind(&address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut got = String::new();
    while !got.contains("5xx") {
        got.push_str(&datagram(&socket));
        got.push('\n');
    }
    assert_eq!(got, "p.status.4xx:1|c\np.route.unknown:164|ms\np.status.5xx:1|c\np.route.unknown:164|ms\n");
}

fn carbon() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

/// Splits points from their moments, which must be those at which intervals begin.
fn points(lines: &str, every: u64) -> String {
    let point = |line: &str| {
        let (point, at) = line.rsplit_once(' ').unwrap();
        assert_eq!(at.parse::<u64>().unwrap() % every, 0, "{line}");
        format!("{point}\n")
    };
    lines.lines().map(point).collect()
}

#[test]
fn carbon_gets_each_interval() {
    let (listener, address) = carbon();
    let reader = std::thread::spawn(move || {
        let mut lines = String::new();
        let mut stream = accept(&listener);
        stream.set_nonblocking(false).unwrap();
        stream.read_to_string(&mut lines).unwrap();
        lines
    });
    let output = run(&["metrics", "--graphite", &address, "--prefix", "games", "--every", "3600s", "games.log"]);
    assert_eq!((text(&output.stdout), text(&output.stderr), output.status.code()), ("", "", Some(0)));
    assert_eq!(
        points(&reader.join().unwrap(), 3600),
        "games.calls.status.5xx 1
games.status.2xx 1
games.status.5xx 1
games.status.none 1
games.calls.route.unknown.count 1
games.calls.route.unknown.p50_ms 1
games.calls.route.unknown.p90_ms 1
games.calls.route.unknown.p99_ms 1
games.calls.route.unknown.max_ms 1
games.route.games_game_bet.count 2
games.route.games_game_bet.p50_ms 2.31
games.route.games_game_bet.p90_ms 164
games.route.games_game_bet.p99_ms 164
games.route.games_game_bet.max_ms 164
"
    );
}

/// Carbon goes away and comes back: what it may not have read is sent again under the same moment.
#[test]
fn what_carbon_could_not_take_is_sent_again() {
    let (listener, address) = carbon();
    let mut following = Following::new(&["metrics", "--graphite", &address, "--prefix", "p", "--every", "1s", "-f"]);
    following.log(&block("a", 200));
    let first = read_until(&listener, "p.status.2xx 1 ");
    drop(listener);
    following.log(&block("b", 500));
    let mut stderr = BufReader::new(following.child.stderr.take().unwrap());
    let mut told = String::new();
    stderr.read_line(&mut told).unwrap();
    assert_eq!(
        told,
        format!("request-log: {address}: Connection refused (os error 111); up to 16777216 bytes are kept\n")
    );

    let listener = TcpListener::bind(&address).unwrap();
    let again = read_until(&listener, "p.status.5xx 1 ");
    let point = |lines: &str, name: &str| {
        lines.lines().filter(|line| line.starts_with(name)).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(point(&again, "p.status.2xx 1 "), point(&first, "p.status.2xx 1 "));
    assert_eq!(point(&again, "p.status.5xx 1 ").len(), 1);
}

/// Waits for the next connection, so long at most that a test which fails also ends.
fn accept(listener: &TcpListener) -> TcpStream {
    let start = Instant::now();
    listener.set_nonblocking(true).unwrap();
    loop {
        if let Ok((stream, _)) = listener.accept() {
            return stream;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "nobody connected");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Reads from the next connection until a line begins so.
fn read_until(listener: &TcpListener, begins: &str) -> String {
    let stream = accept(listener);
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut lines = String::new();
    let mut reader = BufReader::new(stream);
    loop {
        let from = lines.len();
        assert_ne!(reader.read_line(&mut lines).unwrap(), 0, "{lines}");
        if lines[from..].starts_with(begins) {
            return lines;
        }
    }
}

#[test]
fn what_is_past_the_bound_is_dropped_and_told() {
    let (socket, address) = statsd();
    drop(socket);
    // Two metrics are 17 and 23 bytes, with their ends 42.
    let mut following = Following::new(&["metrics", "--statsd", &address, "--prefix", "p", "--keep", "50", "-f"]);
    (0..3).for_each(|n| following.log(&block(&n.to_string(), 200)));
    let start = Instant::now();
    let (out, err, status) = following.end();
    assert!(start.elapsed() < Duration::from_secs(15));
    assert_eq!((out.as_str(), status), ("", Some(2)));
    assert_eq!(
        err,
        format!(
            "request-log: {address}: Connection refused (os error 111); up to 50 bytes are kept\n\
             request-log: {address}: 4 metrics dropped: more than --keep 50\n\
             request-log: {address}: 2 metrics were not sent\n"
        )
    );
}

#[test]
fn sigterm_sends_what_was_counted() {
    let (listener, address) = carbon();
    let mut following =
        Following::new(&["metrics", "--graphite", &address, "--prefix", "p", "--every", "3600s", "--json", "-f"]);
    following.log(&block("a", 200));
    following.log(&block("b", 200));
    // Nothing tells that the log was read before the interval ends, which it does not here.
    std::thread::sleep(Duration::from_secs(1));
    let pid = following.child.id().to_string();
    assert!(Command::new("kill").arg(pid).status().unwrap().success());
    assert_eq!(points(&read_until(&listener, "p.route.unknown.max_ms"), 3600).lines().next(), Some("p.status.2xx 2"));
    assert_eq!(following.child.wait().unwrap().code(), Some(0));
}

#[test]
fn wrong_metrics_are_told() {
    for (args, told) in [
        (&["metrics", "games.log"][..], "--statsd <HOST:PORT>"),
        (&["metrics", "--statsd", "a:1", "--graphite", "b:1"], "cannot be used with"),
        (
            &["metrics", "--graphite", "a:1", "--every", "1500ms"],
            "request-log: --every: whole seconds, and one at least\n",
        ),
        (&["metrics", "--graphite", "a:1", "--every", "soon"], "a number and a unit, such as 10s"),
        (&["alert", "games.log"], "request-log: alert: a filter is needed, such as 'status>=500'\n"),
        (&["alert", "--at-most", "5", "status:5xx"], "a number, `/` and a time, such as 5/60s"),
    ] {
        let output = run(args);
        assert!(text(&output.stderr).contains(told), "{args:?}: {}", text(&output.stderr));
        assert_eq!(output.status.code(), Some(2));
    }
}

#[test]
fn alerts_are_printed() {
    let output = run(&["alert", "status>=500", "kind:server", "games.log"]);
    assert_eq!(
        text(&output.stdout),
        "2026-11-28T16:00:01.000Z 503 POST    /games/8/bet                               2.31ms      0 B b\n"
    );
    let output = run(&["alert", "status>=500", "--json", "--at-most", "1/60s", "games.log"]);
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&object["request_id"], &object["status"], &object["omitted"]), (&"b".into(), &503.into(), &0.into()));
    assert_eq!(text(&output.stderr), "request-log: 1 more matched, and were not alerted of\n");
}

#[test]
fn an_alert_runs_a_command_within_a_second() {
    let tell = "echo \"$REQUEST_LOG_ID $REQUEST_LOG_METHOD $REQUEST_LOG_TARGET $REQUEST_LOG_STATUS $REQUEST_LOG_MS \
                $REQUEST_LOG_OMITTED\"; cat";
    let mut following = Following::new(&["alert", "status>=500", "--exec", tell, "-f"]);
    let mut stdout = BufReader::new(following.child.stdout.take().unwrap());
    following.log(&block("a", 200));
    let start = Instant::now();
    following.log(&block("b", 503));
    let mut lines = String::new();
    while !lines.ends_with("b   164ms\n") {
        assert_ne!(stdout.read_line(&mut lines).unwrap(), 0, "{lines}");
    }
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(lines, format!("b GET / 503 164 0\n{}", block("b", 503)));
}

#[test]
fn alerts_are_limited_and_a_command_that_fails_is_told() {
    let directory = {
        let mut following = Following::new(&[
            "alert",
            "status:5xx",
            "--at-most",
            "2/60s",
            "--exec",
            "echo $REQUEST_LOG_ID >>ran; exit 3",
            "-f",
        ]);
        (0..5).for_each(|n| following.log(&block(&n.to_string(), 500)));
        let directory = std::mem::replace(&mut following.directory, tempfile::tempdir().unwrap());
        let (_, err, status) = following.end();
        let mut told: Vec<_> = err.lines().collect();
        told.sort_unstable();
        assert_eq!(
            told,
            [
                "request-log: 3 more matched, and were not alerted of",
                "request-log: alert's command: exit status: 3",
                "request-log: alert's command: exit status: 3",
            ]
        );
        assert_eq!(status, Some(0));
        directory
    };
    let ran = fs::read_to_string(directory.path().join("ran")).unwrap();
    let mut ran: Vec<_> = ran.lines().collect();
    ran.sort_unstable();
    assert_eq!(ran, ["0", "1"]);
}
