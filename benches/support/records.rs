//! Rendering alone: a record, kept, and rendered again and again.

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::{BodyExt, Empty, Full};
use std::{
    convert::Infallible,
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};
use tower::{Layer, Service, service_fn};
use tower_request_log::{
    LogBody, Record, Redactor, RequestLogLayer,
    format::{Format, Lines},
};

/// What rendering a JSON body costs is what a block with it costs over the same block without.
pub(crate) struct Rendering {
    with: Record,
    without: Record,
    block: Vec<u8>,
}

impl Rendering {
    pub(crate) fn new(json: &[u8], redactor: Redactor) -> Self {
        let record = |body: &[u8]| record(Bytes::copy_from_slice(body), redactor.clone());
        Self { with: record(json), without: record(b""), block: Vec::new() }
    }

    /// Renders the block with the body.
    pub(crate) fn with(&mut self) -> &[u8] {
        self.block.clear();
        Lines::new().render(&self.with, usize::MAX, &mut self.block);
        &self.block
    }

    /// Renders the block without it.
    pub(crate) fn without(&mut self) -> &[u8] {
        self.block.clear();
        Lines::new().render(&self.without, usize::MAX, &mut self.block);
        &self.block
    }
}

/// The record of a request with this body.
fn record(body: Bytes, redactor: Redactor) -> Record {
    let records = Arc::new(Mutex::new(Vec::new()));
    let keep = records.clone();
    let layer = RequestLogLayer::new()
        .redactor(redactor)
        .sink(|_: &[u8]| {})
        .body_limit(usize::MAX >> 1)
        .memory_budget(usize::MAX)
        .keep(move |record| {
            keep.lock().unwrap().push(record.clone());
            false
        });
    let mut service = layer.layer(service_fn(async |request: Request<LogBody<Full<Bytes>>>| {
        request.into_body().collect().await?;
        Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
    }));
    let request = Request::post("/").header(header::CONTENT_TYPE, "application/json").body(Full::new(body));
    let answer = pin!(service.call(request.unwrap())).poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(Ok(_)) = answer else { unreachable!("nothing here waits or fails") };
    drop(answer);
    records.lock().unwrap().pop().unwrap()
}
