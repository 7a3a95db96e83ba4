//! Requests a second of a real server under each way to log: `cargo bench --bench wire`.
//!
//! The server is a process of its own, its log goes through a pipe to `cat`, and the load comes from `wrk` (in Debian's
//! package of that name). Rounds of all stacks follow each other; printed is the median of their requests a second and, of
//! the rounds' ratios to the bare server's, median and range.
//!
//! On one core the server has the first and `wrk` and `cat` the second; on two, all share both. A round lasts two seconds
//! a stack unless `WIRE_SECONDS` says otherwise, and there are `WIRE_ROUNDS`, three unless set.
//!
//! Requests a second mean something only on a machine that does nothing else. The bare server comes twice in each round:
//! how far its second ratio is from 1 shows the noise, but not a bias. On a machine with a load of 8 stacks that do more
//! work have come out above the bare server, round after round, while its second ratio was about 1: a ratio above 1 means
//! that the run is worth nothing. The server's processor time a request (median, on Linux only) suffers less.

#[path = "support/by_hand.rs"]
mod by_hand;
#[path = "support/stacks.rs"]
mod stacks;

use axum::Router;
use stacks::Stack;
use std::{
    env,
    error::Error,
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::Arc,
};
use tower_request_log::sink::Stdout;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Set to `STACK CORES` in the process that is the server.
const SERVE: &str = "TOWER_REQUEST_LOG_SERVE";

/// The load of a POST, for `wrk`.
const LOAD: &str = concat!(
    "wrk.method = 'POST'\nwrk.body = '",
    include_str!("support/bet.json"),
    "'\nwrk.headers = {['User-Agent'] = 'betable-ios/4.12.0 (iPhone; iOS 18.1)', ['Accept'] = '*/*',",
    "['X-Betable-Client-Id'] = 'Qd8mYw3tK1nLx0Rz', ['X-Betable-Request-Id'] = 'ccbYQHB1xzwqWkjvyKV5i9',",
    "['Authorization'] = 'Basic YmV0YWJsZTpodW50ZXIy', ['Content-Type'] = 'application/json; charset=utf8',",
    "['X-Betable-Access-Token'] = 's.hJ3kP9vTq2Lw8Zx5', ['X-Betable-User-Id'] = 'u_58213377',",
    "['X-Forwarded-For'] = '31.222.179.165'}\n",
);

fn main() -> Result<()> {
    if let Ok(serve) = env::var(SERVE) {
        let (stack, cores) = serve.split_once(' ').ok_or("no cores")?;
        return server(Stack::ALL[stack.parse::<usize>()?], cores.parse()?);
    }
    let given = |flag| env::args().any(|arg| arg == flag);
    if given("--test") || !given("--bench") {
        return Stack::ALL.iter().enumerate().try_for_each(|(number, _)| Server::start(number, 2)?.answers());
    }
    for tool in ["wrk", "taskset"] {
        if Command::new(tool).arg("--version").output().is_err() {
            println!("not measured: there is no `{tool}` on this machine");
            return Ok(());
        }
    }
    if let Ok(load) = fs::read_to_string("/proc/loadavg") {
        println!("load average before: {load}");
    }
    let script = tempfile::NamedTempFile::new()?;
    fs::write(&script, LOAD)?;
    let script = script.path().to_str().ok_or("no path")?;
    for cores in [1, 2] {
        measure("POST of JSON", cores, &["-s", script], "/games/slots-of-gold/bet")?;
        measure("GET of a few bytes", cores, &[], "/hello")?;
    }
    Ok(())
}

/// Prints a table of all stacks under one load.
fn measure(load: &str, cores: usize, options: &[&str], path: &str) -> Result<()> {
    let mut rounds = [const { Vec::new() }; Stack::ALL.len() + 1];
    for _ in 0..setting("WIRE_ROUNDS", 3) {
        for (number, rounds) in rounds.iter_mut().enumerate() {
            rounds.push(Server::start(number % Stack::ALL.len(), cores)?.load(options, path)?);
        }
    }
    let s = if cores == 1 { "" } else { "s" };
    println!("\n{load}, {cores} core{s}\n{:<50} {:>10} {:>7}  {:<14} {:>9}", "", "req/s", "ratio", "range", "CPU/req");
    let names = Stack::ALL.iter().map(|stack| stack.name()).chain(["bare, again"]);
    for (name, of_stack) in names.zip(&rounds) {
        let ratios = of_stack.iter().zip(&rounds[0]).map(|(round, bare)| round.rate / bare.rate).collect();
        let (rate, _) = median(of_stack.iter().map(|round| round.rate).collect());
        let (micros, _) = median(of_stack.iter().map(|round| round.micros).collect());
        let (ratio, [low, high]) = median(ratios);
        println!("{name:<50} {rate:>10.0} {ratio:>7.2}  {low:.2} to {high:.2} {micros:>9.1} µs");
    }
    Ok(())
}

/// What one stack did in one round.
struct Round {
    /// Requests a second.
    rate: f64,
    /// Processor time of the server a request, in microseconds.
    micros: f64,
}

/// The median, and the ends.
fn median(mut values: Vec<f64>) -> (f64, [f64; 2]) {
    values.sort_by(f64::total_cmp);
    (values[values.len() / 2], [values[0], values[values.len() - 1]])
}

fn setting(name: &str, unless: u32) -> u32 {
    env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(unless)
}

/// A server in a process of its own, and the one that reads its log.
struct Server {
    server: Child,
    reader: Child,
    address: String,
    cores: usize,
}

impl Server {
    fn start(stack: usize, cores: usize) -> Result<Self> {
        let mut reader = on(load_cores(cores), "cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        let log = reader.stdin.take().ok_or("no pipe")?;
        let program = env::current_exe()?;
        let program = program.to_str().ok_or("no path")?;
        let mut server = on(if cores == 1 { "0" } else { "0,1" }, program)
            .env(SERVE, format!("{stack} {cores}"))
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(Stdio::piped())
            .spawn()?;
        let mut address = String::new();
        BufReader::new(server.stderr.take().ok_or("no pipe")?).read_line(&mut address)?;
        Ok(Self { server, reader, address: address.trim().to_owned(), cores })
    }

    /// Asks once.
    fn answers(self) -> Result<()> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.write_all(b"GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        if answer.ends_with("\r\n\r\nhello") { Ok(()) } else { Err(answer.into()) }
    }

    fn load(self, options: &[&str], path: &str) -> Result<Round> {
        let url = format!("http://{}{path}", self.address);
        let seconds = format!("-d{}", setting("WIRE_SECONDS", 2));
        let cores = load_cores(self.cores);
        let before = self.processor_seconds();
        let wrk = on(cores, "wrk").args(["-t1", "-c32", &seconds]).args(options).arg(url).output()?;
        let used = self.processor_seconds() - before;
        let report = String::from_utf8(wrk.stdout)?;
        if report.contains("Non-2xx") || report.contains("Socket errors") {
            return Err(report.into());
        }
        let rate = report.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
        let requests = report.lines().find_map(|line| line.split_once(" requests in "));
        let requests: f64 = requests.ok_or(report.clone())?.0.trim().parse()?;
        Ok(Round { rate: rate.ok_or(report.clone())?.trim().parse()?, micros: used / requests * 1e6 })
    }

    /// What the server has used of the processors so far, in ticks of a hundredth of a second (proc_pid_stat(5)).
    fn processor_seconds(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.server.id())).unwrap_or_default();
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
        fields.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends when its standard input does.
        drop(self.server.stdin.take());
        let _ = self.server.wait();
        let _ = self.reader.wait();
    }
}

/// `program` on these cores.
fn on(cores: &str, program: &str) -> Command {
    if !cfg!(target_os = "linux") {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", cores, program]);
    command
}

fn load_cores(cores: usize) -> &'static str {
    if cores == 1 { "1" } else { "0,1" }
}

/// Serves until standard input ends.
fn server(stack: Stack, cores: usize) -> Result<()> {
    tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).init();
    let app: Router =
        stacks::layered!(stack, Stdout::new(), Arc::new(print), stacks::app(), |layer| stacks::app().layer(layer));
    tokio::runtime::Builder::new_multi_thread().worker_threads(cores).enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        eprintln!("{}", listener.local_addr()?);
        let serve = tokio::spawn(async { axum::serve(listener, app).await });
        tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new())).await??;
        serve.abort();
        Ok(())
    })
}

/// Prints a block in one piece.
fn print(block: &[u8]) {
    let _ = io::stdout().lock().write_all(block);
}
