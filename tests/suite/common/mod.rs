//! What the tests share: a log to look into, a service that does everything that HTTP allows, and clients that know no
//! manners.
#![allow(dead_code, reason = "each test uses a part of it")]

pub(crate) mod app;
pub(crate) mod h1;
pub(crate) mod h2;
pub(crate) mod net;

use axum::body::Body;
use http::{HeaderMap, Request};
use regex::Regex;
use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};
use tokio::sync::watch;
use tower_request_log::{
    RequestLogLayer,
    sink::{Memory, Sink},
};

/// No test waits for longer: past it something hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for what must happen.
pub(crate) async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(output) => output,
        Err(_) => panic!("{what}: nothing happened for {PATIENCE:?}"),
    }
}

/// The log of a layer under test.
#[derive(Clone)]
pub(crate) struct Log {
    memory: Memory,
    count: Arc<watch::Sender<usize>>,
    sink: Arc<dyn Sink>,
}

impl Log {
    pub(crate) fn new() -> Self {
        let (memory, count) = (Memory::new(), Arc::new(watch::Sender::new(0)));
        let counting = count.clone();
        let sink = Arc::new((memory.clone(), move |_: &[u8]| counting.send_modify(|count| *count += 1)));
        Self { memory, count, sink }
    }

    /// A layer that writes here.
    pub(crate) fn layer(&self) -> RequestLogLayer {
        self.on(RequestLogLayer::new())
    }

    /// A client's layer that writes here.
    pub(crate) fn client(&self) -> RequestLogLayer {
        self.on(RequestLogLayer::client())
    }

    /// A layer of other settings that writes here.
    pub(crate) fn on(&self, layer: RequestLogLayer) -> RequestLogLayer {
        layer.sink(self.sink.clone())
    }

    /// The records, in the order in which they were written.
    pub(crate) fn all(&self) -> Vec<tower_request_log::Record> {
        self.memory.records()
    }

    /// Forgets what was written.
    pub(crate) fn clear(&self) {
        self.memory.clear();
        self.count.send_replace(0);
    }

    /// How many records were written.
    pub(crate) fn records(&self) -> usize {
        *self.count.borrow()
    }

    /// The blocks as they were written.
    pub(crate) fn raw(&self) -> String {
        self.memory.text()
    }

    /// The blocks, every time in them shown as `Nms`, and every moment as `WHEN`.
    pub(crate) fn text(&self) -> String {
        without_times(&self.raw())
    }

    /// The notes alone, a line each, without their id and the two lines that end each block.
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = Vec::new();
        // What is long goes on in the next line.
        let text = self.text().replace("\nid  + ", "");
        for line in text.lines().filter(|line| !line.contains(" > ") && !line.contains(" < ")) {
            let Some((_, note)) = line.split_once("   ") else { continue };
            match note {
                "Nms" | "no response" => {
                    let facts = notes.pop().unwrap_or_default();
                    assert_eq!(facts.strip_suffix(", as client").unwrap_or(&facts), "began WHEN, end Nms");
                }
                note => notes.push(note.to_owned()),
            }
        }
        notes
    }

    /// Waits until `count` records were written.
    pub(crate) async fn wait(&self, count: usize) {
        let mut written = self.count.subscribe();
        let _ = soon("a record", written.wait_for(|&written| written >= count)).await;
    }
}

/// `log` with every time in it shown as `Nms`, every moment as `WHEN`, and without peer and route, which are there with the
/// feature `axum` alone.
pub(crate) fn without_times(log: &str) -> String {
    static TIME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b\d+(\.\d\d)?ms\b").unwrap());
    static MOMENT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z").unwrap());
    static ORIGIN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)^(\S+   began [^,]*, end Nms(?:, as client)?)(?:, (?:peer|route) .*)$").unwrap()
    });
    let timeless = MOMENT.replace_all(&TIME.replace_all(log, "Nms"), "WHEN").into_owned();
    ORIGIN.replace_all(&timeless, "$1").into_owned()
}

/// A response without the date and the id, its body as text.
pub(crate) fn shown(response: &[u8]) -> String {
    let text: String = response.iter().map(|&byte| char::from(byte)).collect();
    text.split_inclusive("\r\n")
        .filter(|line| !line.starts_with("date: ") && !line.starts_with("x-request-id: "))
        .collect()
}

/// What is wrong with the cases of a test, told together at its end.
#[derive(Default)]
pub(crate) struct Faults(Vec<String>);

impl Faults {
    /// Notes what is wrong unless it is `so`.
    pub(crate) fn check(&mut self, so: bool, what: String) {
        if !so {
            self.0.push(what);
        }
    }

    /// Fails where anything was wrong.
    pub(crate) fn end(self) {
        assert!(self.0.is_empty(), "{}", self.0.join("\n\n"));
    }
}

/// The block of a GET that was cancelled before its response.
pub(crate) const CANCELLED: &str = "\
id > GET / HTTP/1.1
id > X-Request-Id: id
id >
id   no response: the client went away or the call was cancelled, after Nms
id   began WHEN, end Nms
id   no response
";

/// The block of a GET whose response got as far as `one`, and `note` tells why.
pub(crate) fn broken_off(note: &str) -> String {
    format!(
        "\
id > GET / HTTP/1.1
id > X-Request-Id: id
id >
id < HTTP/1.1 200 OK
id <
id < one
id   {note}
id   began WHEN, end Nms
id   Nms
"
    )
}

/// A request that nobody sends.
pub(crate) fn call() -> Request<Body> {
    Request::get("/").header("x-request-id", "id").body(Body::empty()).unwrap()
}

/// Names and values in order.
pub(crate) fn pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    let pair = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    headers.iter().map(pair).collect()
}
