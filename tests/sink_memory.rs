//! `sink::Memory`, pairs, closures and shared sinks, at the end of a layer.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use std::{
    convert::Infallible,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
    task::{Context, Poll},
};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_request_log::{
    LogBody, Record, RequestLogLayer,
    sink::{Memory, OnFull, Place, Sink, Writer},
};

/// Has one exchange logged: `GET /a?b=c`, answered with `Hello`.
fn exchange(layer: &RequestLogLayer) {
    let service = layer.layer(service_fn(|_: Request<LogBody<Full<Bytes>>>| async {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("Hello"))))
    }));
    let request = Request::get("/a?b=c").header("x-request-id", "id1").body(Full::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let response = service.oneshot(request).await.unwrap();
        response.into_body().collect().await.unwrap();
    });
}

/// A format with nothing in it that varies.
fn brief(record: &Record, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{} > {} {}\n", record.id(), record.method(), record.target()).as_bytes());
}

#[test]
fn memory_has_the_block_and_the_record() {
    let memory = Memory::new();
    let layer = RequestLogLayer::new().format(brief).sink(memory.clone());
    exchange(&layer);
    assert_eq!(memory.text(), "id1 > GET /a?b=c\n");
    let [record] = <[Record; 1]>::try_from(memory.records()).unwrap();
    assert_eq!((record.id(), record.status().unwrap().as_u16()), ("id1", 200));
    memory.clear();
    assert_eq!((memory.text().as_str(), memory.records().len()), ("", 0));
    exchange(&layer);
    assert_eq!(memory.records().len(), 1);
}

/// What a record shows of itself counts as well: the response's body is not in this block.
#[test]
fn memory_finds_secrets_in_records_too() {
    let memory = Memory::new();
    exchange(&RequestLogLayer::new().format(brief).sink(memory.clone()));
    memory.assert_lacks("hunter2");
    let found = |secret| catch_unwind(AssertUnwindSafe(|| memory.assert_lacks(secret))).is_err();
    assert!(found("b=c"));
    assert!(found("Hello"));
}

#[test]
fn a_pair_writes_to_both() {
    let (memory, seen) = (Memory::new(), Arc::new(Mutex::new(Vec::new())));
    let closure = {
        let seen = Arc::clone(&seen);
        move |block: &[u8]| seen.lock().unwrap().extend_from_slice(block)
    };
    let shared: Arc<dyn Sink> = Arc::new(memory.clone());
    exchange(&RequestLogLayer::new().format(brief).sink((shared, closure)));
    assert_eq!(memory.text(), "id1 > GET /a?b=c\n");
    assert_eq!(seen.lock().unwrap().as_slice(), b"id1 > GET /a?b=c\n");
}

/// Wants nothing, and fails to flush.
struct Sated;

impl Sink for Sated {
    fn enabled(&self, _record: &Record) -> bool {
        false
    }

    fn write(&self, _record: &Record, _block: &[u8]) {
        panic!("it said that it wants nothing");
    }

    fn flush(&self) -> io::Result<()> {
        Err(io::ErrorKind::Other.into())
    }
}

#[test]
fn a_pair_asks_each_what_it_wants() {
    let memory = Memory::new();
    exchange(&RequestLogLayer::new().format(brief).sink((Sated, memory.clone())));
    assert_eq!(memory.text(), "id1 > GET /a?b=c\n");
    exchange(&RequestLogLayer::new().format(|_: &Record, _: &mut Vec<u8>| panic!("for nobody")).sink((Sated, Sated)));
    assert!((memory.clone(), Sated).flush().is_err());
    assert!((Sated, memory).flush().is_err());
}

/// Never has room.
struct Full0;

impl Sink for Full0 {
    fn write(&self, _record: &Record, _block: &[u8]) {}

    fn poll_place(&self, _cx: &mut Context<'_>, _place: &mut Place) -> Poll<()> {
        Poll::Pending
    }
}

#[test]
fn a_pair_has_room_when_both_have() {
    // Room for one at a time.
    let waiting = || Writer::new(io::sink()).on_full(OnFull::Wait).queue_limit(0);
    let asked = |sink: &dyn Sink| {
        let mut place = Place::default();
        let ready = sink.poll_place(&mut Context::from_waker(std::task::Waker::noop()), &mut place).is_ready();
        (ready, place)
    };
    let pair = (waiting(), waiting());
    let (ready, place) = asked(&pair);
    assert!(ready && place.is_kept());
    assert!(!asked(&pair.0).0 && !asked(&pair.1).0);
    drop(place);
    assert!(asked(&pair.0).0 && asked(&pair.1).0);
    let half = (waiting(), Full0);
    let (ready, place) = asked(&half);
    assert!(!ready && !place.is_kept());
    // What the first gave is kept for the while, and given back at the end.
    assert!(!asked(&half.0).0);
    drop(place);
    assert!(asked(&half.0).0);
    // Nothing is kept where nobody waits.
    let (ready, place) = asked(&(Memory::new(), Memory::new()));
    assert!(ready && !place.is_kept());
}

/// The place is kept from `poll_ready` until the record is written, and a service that goes gives it back.
#[test]
fn a_request_in_flight_keeps_its_place() {
    let sink = Writer::new(io::sink()).on_full(OnFull::Wait).queue_limit(0);
    let layer = RequestLogLayer::new().format(brief).sink(sink.clone());
    let mut service = layer.layer(service_fn(|_: Request<LogBody<Full<Bytes>>>| async {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("Hello"))))
    }));
    let mut cx = Context::from_waker(std::task::Waker::noop());
    let mut ready = |service: &mut _| Service::<Request<Full<Bytes>>>::poll_ready(service, &mut cx).is_ready();
    assert!(ready(&mut service) && ready(&mut service));
    let mut other = service.clone();
    assert!(!ready(&mut other));
    let call = service.call(Request::new(Full::default()));
    assert!(!ready(&mut other));
    drop(call);
    sink.flush().unwrap();
    assert!(ready(&mut other));
    assert!(!ready(&mut service));
    drop(other);
    assert!(ready(&mut service));
    assert_eq!(sink.written(), 1);
}
