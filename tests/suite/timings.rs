//! Times: to the head, to the first byte of the body, to the end, and the request body's; on one clock, in order.

use crate::common::{Log, soon};
use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Request, Response};
use http_body_util::BodyExt;
use regex::Regex;
use std::{
    convert::Infallible,
    io,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::sync::oneshot;
use tower::{Layer, ServiceExt, service_fn};
use tower_request_log::{Record, RequestLogLayer, format::Lines, record::Timings};

/// What each step of an exchange takes at least.
const STEP: Duration = Duration::from_millis(12);

/// A layer that keeps the times of its records.
fn timed(log: &Log) -> (RequestLogLayer, Arc<Mutex<Vec<Timings>>>) {
    let times = Arc::<Mutex<Vec<Timings>>>::default();
    let kept = times.clone();
    let layer = log.layer().keep(move |record: &Record| {
        kept.lock().unwrap().push(record.timings());
        true
    });
    (layer, times)
}

/// A frame that takes its time.
fn slow(data: &'static str) -> impl futures_util::Stream<Item = Result<Bytes, io::Error>> {
    stream::once(async move {
        tokio::time::sleep(STEP).await;
        Ok(Bytes::from(data))
    })
}

/// Reads the request, then waits for the head, the first byte and the last, a step each.
async fn in_steps<B>(request: Request<B>) -> Result<Response<Body>, Infallible>
where
    B: http_body::Body<Data = Bytes, Error: std::fmt::Debug>,
{
    request.into_body().collect().await.unwrap();
    tokio::time::sleep(STEP).await;
    Ok(Response::new(Body::from_stream(slow("one").chain(slow("two")))))
}

#[tokio::test]
async fn in_order() {
    let log = Log::new();
    let (layer, times) = timed(&log);
    let service = layer.format(Lines::new().timings(true)).layer(service_fn(in_steps));
    let start = Instant::now();
    let upload = Request::post("/").header("x-request-id", "id").body(Body::from_stream(slow("up"))).unwrap();
    let response = service.oneshot(upload).await.unwrap();
    soon("a body", response.into_body().collect()).await.unwrap();
    let all = start.elapsed();

    let times = times.lock().unwrap()[0];
    let (upload, head) = (times.request_body().unwrap(), times.head().unwrap());
    let (first, end) = (times.first_byte().unwrap(), times.end());
    assert!(STEP <= upload && upload + STEP <= head && head + STEP <= first && first + STEP <= end, "{times:?}");
    assert!(end <= all, "{times:?} in {all:?}");

    // The log tells the same.
    let ms = |time: Duration| format!("{}ms", time.as_millis());
    let [head, upload, first, end] = [head, upload, first, end].map(ms);
    let told = format!(", request body {upload}, first body byte {first}, end {end}\nid   {head}\n");
    assert!(log.raw().ends_with(&told), "{} has no {told}", log.raw());
}

#[tokio::test]
async fn the_time_to_the_head_alone_by_default() {
    let log = Log::new();
    let service = log.layer().layer(service_fn(in_steps));
    let response = service.oneshot(Request::new(Body::empty())).await.unwrap();
    response.into_body().collect().await.unwrap();
    assert_eq!(log.notes(), [""; 0]);
}

/// What did not happen has no time.
#[tokio::test]
async fn what_did_not_happen() {
    let log = Log::new();
    let (layer, times) = timed(&log);
    let layer = layer.format(Lines::new().timings(true));
    // No response.
    let service = layer.layer(service_fn(async |_: Request<_>| Err::<Response<Body>, _>("broken")));
    let _ = service.oneshot(Request::new(Body::empty())).await;
    // No body.
    let service = layer.layer(service_fn(async |_: Request<_>| Ok::<_, Infallible>(Response::new(Body::empty()))));
    let _ = service.oneshot(Request::new(Body::empty())).await.unwrap();
    let [failed, empty] = times.lock().unwrap()[..] else { panic!("two records") };
    assert_eq!((failed.head(), failed.first_byte()), (None, None));
    assert!(empty.head().unwrap() <= empty.end());
    assert_eq!((empty.request_body(), empty.first_byte()), (None, None));
    assert_eq!(log.notes(), ["service failed: broken"]);
}

/// A request body that outlives the response ends after the head.
#[tokio::test]
async fn an_upload_that_ends_last() {
    let log = Log::new();
    let (layer, times) = timed(&log);
    let (sender, receiver) = oneshot::channel();
    let sender = Arc::new(Mutex::new(Some(sender)));
    let service = layer.layer(service_fn(move |request: Request<_>| {
        let _ = sender.lock().unwrap().take().unwrap().send(request.into_body());
        async { Ok::<_, Infallible>(Response::new(Body::from("go on"))) }
    }));
    let response = service.oneshot(Request::new(Body::from_stream(slow("up")))).await.unwrap();
    response.into_body().collect().await.unwrap();
    receiver.await.unwrap().collect().await.unwrap();
    let times = times.lock().unwrap()[0];
    assert!(times.first_byte().unwrap() + STEP <= times.request_body().unwrap(), "{times:?}");
    assert!(times.request_body().unwrap() <= times.end(), "{times:?}");
}

/// The clock stops before anything is asked or rendered.
#[tokio::test]
async fn rendering_is_not_counted() {
    let start = Instant::now();
    let times = Arc::new(Mutex::new(None));
    let kept = times.clone();
    let layer = Log::new().layer().keep(move |record: &Record| {
        let asked = start.elapsed();
        std::thread::sleep(STEP);
        *kept.lock().unwrap() = Some((record.timings().end(), asked));
        true
    });
    let service = layer.layer(service_fn(async |_: Request<_>| Ok::<_, Infallible>(Response::new(Body::from("one")))));
    let response = service.oneshot(Request::new(Body::empty())).await.unwrap();
    response.into_body().collect().await.unwrap();
    let (end, asked) = times.lock().unwrap().unwrap();
    assert!(end <= asked, "{end:?} {asked:?}");
}

/// Whole milliseconds from 10 on, two decimals below.
#[tokio::test]
async fn figures() {
    for wait in [Duration::ZERO, STEP] {
        let log = Log::new();
        let (layer, times) = timed(&log);
        let service = layer.layer(service_fn(move |_: Request<_>| async move {
            tokio::time::sleep(wait).await;
            Ok::<_, Infallible>(Response::new(Body::empty()))
        }));
        let _ = service.oneshot(Request::new(Body::empty())).await.unwrap();
        let head = times.lock().unwrap()[0].head().unwrap();
        let raw = log.raw();
        let shown = raw.lines().last().unwrap().rsplit(' ').next().unwrap();
        let figure = if head < Duration::from_millis(10) { r"^\d\.\d\dms$" } else { r"^\d{2,}ms$" };
        assert!(Regex::new(figure).unwrap().is_match(shown), "{head:?}: {shown}");
    }
}
