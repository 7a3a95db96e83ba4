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
use tower_request_log::{RequestLogLayer, sink::Memory};

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
}

impl Log {
    pub(crate) fn new() -> Self {
        Self { memory: Memory::new(), count: Arc::new(watch::Sender::new(0)) }
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
        let count = self.count.clone();
        layer.sink((self.memory.clone(), move |_: &[u8]| count.send_modify(|count| *count += 1)))
    }

    /// The records, in the order in which they were written.
    pub(crate) fn all(&self) -> Vec<tower_request_log::Record> {
        self.memory.records()
    }

    /// How many records were written.
    pub(crate) fn records(&self) -> usize {
        *self.count.borrow()
    }

    /// The blocks as they were written.
    pub(crate) fn raw(&self) -> String {
        self.memory.text()
    }

    /// The blocks, every time in them shown as `Nms`.
    pub(crate) fn text(&self) -> String {
        static TIME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b\d+(\.\d\d)?ms\b").unwrap());
        TIME.replace_all(&self.raw(), "Nms").into_owned()
    }

    /// The notes alone, a line each, without their id.
    pub(crate) fn notes(&self) -> Vec<String> {
        let notes = |line: &str| line.split_once("   ").map(|(_, note)| note.to_owned());
        self.text().lines().filter(|line| !line.contains(" > ") && !line.contains(" < ")).filter_map(notes).collect()
    }

    /// Waits until `count` records were written.
    pub(crate) async fn wait(&self, count: usize) {
        let mut written = self.count.subscribe();
        let _ = soon("a record", written.wait_for(|&written| written >= count)).await;
    }
}

/// A response without the date and the id, its body as text.
pub(crate) fn shown(response: &[u8]) -> String {
    let text: String = response.iter().map(|&byte| char::from(byte)).collect();
    text.split_inclusive("\r\n")
        .filter(|line| !line.starts_with("date: ") && !line.starts_with("x-request-id: "))
        .collect()
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
