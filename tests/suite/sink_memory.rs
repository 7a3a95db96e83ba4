//! `sink::Memory`, pairs, closures and shared sinks, at the end of a layer.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use std::{
    convert::Infallible,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
    task::Context,
};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_request_log::{
    LogBody, Record, Redactor, RequestLogLayer,
    format::{Format, JsonLines, Lines},
    sink::{Memory, OnFull, Sink, Writer},
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

/// The message of `assert_lacks` for an exchange that nothing is hidden of, its target, a header and its body as given.
fn leak(format: impl Format, target: &str, content_type: &str, body: &str, secret: &str) -> Option<String> {
    let memory = Memory::new();
    let layer = RequestLogLayer::new().redactor(Redactor::none()).format(format).sink(memory.clone());
    let response =
        Response::builder().header("content-type", content_type).body(Full::new(Bytes::from(body.to_owned())));
    let mut response = Some(response.unwrap());
    let service = layer.layer(service_fn(move |_: Request<LogBody<Full<Bytes>>>| {
        let response = response.take().unwrap();
        async { Ok::<_, Infallible>(response) }
    }));
    let request = Request::get(target).header("x-request-id", "id1").body(Full::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let response = service.oneshot(request).await.unwrap();
        response.into_body().collect().await.unwrap();
    });
    let panic = catch_unwind(AssertUnwindSafe(|| memory.assert_lacks(secret))).err()?;
    Some(panic.downcast_ref::<String>().unwrap().clone())
}

#[test]
fn memory_finds_secrets_as_they_are_written() {
    let (json, form, text) = ("application/json", "application/x-www-form-urlencoded", "text/plain");
    for (target, content_type, body, secret, behind) in [
        ("/", json, r#"{"x":"pa\"ss"}"#, "pa\"ss", ", behind JSON escapes: id1 <     \"x\": \"pa\\\"ss\""),
        ("/", json, r#"{"x":"pa\\ss"}"#, "pa\\ss", ", behind JSON escapes: id1 <     \"x\": \"pa\\\\ss\""),
        ("/", json, r#"{"x":"pa\/ss"}"#, "pa/ss", ", behind JSON escapes: id1 <     \"x\": \"pa\\/ss\""),
        ("/", json, r#"{"x":"p\u00e9ss"}"#, "péss", ", behind JSON escapes: id1 <     \"x\": \"p\\u00e9ss\""),
        ("/", json, r#"{"x":"pa\nss"}"#, "pa\nss", ", behind JSON escapes: id1 <     \"x\": \"pa\\nss\""),
        ("/", json, "{\"x\":\"pa\u{1b}ss\"}", "pa\u{1b}ss", ", behind JSON escapes: id1 <     \"x\": \"pa\\u001bss\""),
        (
            "/",
            json,
            r#"{"x":"{\"y\":\"pa\\\"ss\"}"}"#,
            "pa\"ss",
            ", behind JSON escapes, behind JSON escapes: id1 <     \"x\": \"{\\\"y\\\":\\\"pa\\\\\\\"ss\\\"}\"",
        ),
        ("/", form, "x=pa+ss", "pa ss", ", behind form encoding: id1 < x=pa+ss"),
        ("/", form, "x=pa%20ss", "pa ss", ", behind percent-encoding: id1 < x=pa%20ss"),
        ("/", form, "x=pa%26ss", "pa&ss", ", behind percent-encoding: id1 < x=pa%26ss"),
        ("/?x=pa%26ss", text, "", "pa&ss", ", behind percent-encoding: id1 > GET /?x=pa%26ss HTTP/1.1"),
        ("/?x=pa+ss", text, "", "pa ss", ", behind form encoding: id1 > GET /?x=pa+ss HTTP/1.1"),
        ("/?x=pa+%26+ss", text, "", "pa+&+ss", ", behind percent-encoding: id1 > GET /?x=pa+%26+ss HTTP/1.1"),
        (
            "/?x=%7B%22y%22%3A%22pa%5C%22ss%22%7D",
            text,
            "",
            "pa\"ss",
            ", behind percent-encoding, behind JSON escapes: id1 > GET /?x=%7B%22y%22%3A%22pa%5C%22ss%22%7D HTTP/1.1",
        ),
        ("/", text, "x\npa\r\nss\ny", "pa\r\nss", ", over several lines: pa\nss"),
        ("/", text, "x\npa\n\nss\ny", "pa\n\nss", ", over several lines: pa\n\nss"),
        ("/", text, "pa\u{1b}ss", "pa\u{1b}ss", ", behind the log's escapes: id1 < pa\\x1bss"),
        ("/", text, "pa\u{202e}ss", "pa\u{202e}ss", ", behind the log's escapes: id1 < pa\\u{202e}ss"),
        ("/", text, "pa\\\u{1b}ss", "pa\\\u{1b}ss", ", behind the log's escapes: id1 < pa\\\\x1bss"),
        ("/", text, "x\npa\u{1b}\nss", "pa\u{1b}\nss", ", over several lines, behind the log's escapes: pa\u{1b}\nss"),
        (
            "/",
            "text/event-stream",
            "data:pa\ndata: ss\n\n",
            "pa\nss",
            ", over several lines, behind fields of events: pa\nss",
        ),
        (
            "/",
            "text/xml",
            "<x>pa&amp;ss</x>",
            "pa&ss",
            ", behind escapes of HTML and JavaScript: id1 < <x>pa&amp;ss</x>",
        ),
        ("/", "text/xml", "<x>pa ss</x>", "pa ss", ": id1 < <x>pa ss</x>"),
    ] {
        let message = leak(Lines::new(), target, content_type, body, secret);
        assert_eq!(message, Some(format!("{secret:?} is in the log{behind}")));
        // Of which there are more in an object: how it was found is another matter.
        let message = leak(JsonLines, target, content_type, body, secret).unwrap();
        assert!(message.starts_with(&format!("{secret:?} is in the log")), "{message}");
        // All that there is, and the secret is not in it.
        for format in [Arc::new(Lines::new()) as Arc<dyn Format>, Arc::new(JsonLines)] {
            assert_eq!(leak(format, target, content_type, body, &format!("{secret}!")), None);
        }
    }
    let message = leak(JsonLines, "/", text, "pa\"ss", "pa\"ss").unwrap();
    assert!(
        message.starts_with("\"pa\\\"ss\" is in the log, behind JSON escapes: {\"request_id\":\"id1\","),
        "{message}"
    );
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

#[test]
fn a_pair_has_room_when_both_have() {
    // Room for one at a time.
    let narrow = || Writer::new(io::sink()).on_full(OnFull::Wait).queue_limit(0);
    let (a, b) = (narrow(), narrow());
    let service = |sink: Arc<dyn Sink>| {
        RequestLogLayer::new().sink(sink).layer(service_fn(|_: Request<LogBody<Full<Bytes>>>| async {
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("Hello"))))
        }))
    };
    let mut cx = Context::from_waker(std::task::Waker::noop());
    let mut ready = |service: &mut _| Service::<Request<Full<Bytes>>>::poll_ready(service, &mut cx).is_ready();
    let mut both = service(Arc::new((a.clone(), b.clone())));
    let (mut first, mut second) = (service(Arc::new(a)), service(Arc::new(b)));
    assert!(ready(&mut both));
    assert!(!ready(&mut first) && !ready(&mut second));
    drop(both.clone());
    assert!(!ready(&mut first));
    let mut other = both.clone();
    drop(both);
    assert!(ready(&mut first) && ready(&mut second));
    // What the first gives is kept while the second is waited for.
    drop(first);
    assert!(!ready(&mut other) && !ready(&mut other.clone()));
    drop(second);
    assert!(ready(&mut other));
    // Nobody waits where nothing is kept.
    assert!(ready(&mut service(Arc::new((Memory::new(), Memory::new())))));
}

/// A sink of one's own that hands blocks on holds nobody back: there a full queue drops.
#[test]
fn behind_a_sink_of_ones_own_a_full_queue_drops() {
    let full = Writer::new(io::sink()).on_full(OnFull::Wait).queue_limit(0);
    let own = full.clone();
    exchange(&RequestLogLayer::new().format(brief).sink(move |block: &[u8]| own.notice(block)));
    full.flush().unwrap();
    assert_eq!((full.written(), full.dropped()), (0, 1));
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
