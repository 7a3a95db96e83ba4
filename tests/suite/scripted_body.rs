//! Bodies that do what no server does on request: whatever they do, a body under the layer does the same.

use crate::common::Log;
use axum::http::{HeaderName, HeaderValue, Request, Response};
use bytes::{Buf, Bytes};
use futures_util::task::noop_waker_ref;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use proptest::{collection::vec, prelude::*};
use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};
use tower::{Layer, ServiceExt, service_fn};

/// What one poll gives.
#[derive(Clone, Debug)]
enum Act {
    Pending,
    /// Data in several pieces, of which `Buf::chunk` gives one at a time.
    Data(Vec<Vec<u8>>),
    Trailers(Vec<(HeaderName, HeaderValue)>),
    Error(u8),
}

/// What a body says of itself before a poll, and what the poll gives.
#[derive(Clone, Debug)]
struct Line {
    is_end_stream: bool,
    hint: (u64, Option<u64>),
    act: Act,
}

fn line(act: Act) -> Line {
    Line { is_end_stream: false, hint: (0, None), act }
}

fn data(text: &str) -> Line {
    line(Act::Data(vec![text.as_bytes().to_vec()]))
}

fn trailers() -> Line {
    line(Act::Trailers(vec![(HeaderName::from_static("x-sum"), HeaderValue::from_static("6"))]))
}

/// A body that does what its script says, then ends, and counts how often it is polled.
struct Scripted {
    script: VecDeque<Line>,
    polls: Arc<AtomicUsize>,
    over: bool,
}

impl Scripted {
    fn new(script: impl IntoIterator<Item = Line>) -> (Self, Arc<AtomicUsize>) {
        let polls = Arc::<AtomicUsize>::default();
        (Self { script: script.into_iter().collect(), polls: polls.clone(), over: false }, polls)
    }
}

impl Body for Scripted {
    type Data = Pieces;
    type Error = Failure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        assert!(!self.over, "polled past the end");
        self.polls.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(match self.script.pop_front().map(|line| line.act) {
            Some(Act::Pending) => {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Some(Act::Data(pieces)) => Some(Ok(Frame::data(Pieces(pieces.into_iter().map(Bytes::from).collect())))),
            Some(Act::Trailers(trailers)) => Some(Ok(Frame::trailers(trailers.into_iter().collect()))),
            Some(Act::Error(error)) => Some(Err(Failure(error))),
            None => {
                self.over = true;
                None
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.script.front().is_some_and(|line| line.is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = SizeHint::new();
        if let Some(line) = self.script.front() {
            hint.set_lower(line.hint.0);
            if let Some(upper) = line.hint.1 {
                hint.set_upper(upper.max(line.hint.0));
            }
        }
        hint
    }
}

/// An error that says nothing.
#[derive(PartialEq)]
struct Failure(u8);

impl std::fmt::Display for Failure {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}

/// Data in pieces.
struct Pieces(VecDeque<Bytes>);

impl Buf for Pieces {
    fn remaining(&self) -> usize {
        self.0.iter().map(Bytes::len).sum()
    }

    fn chunk(&self) -> &[u8] {
        self.0.iter().find(|piece| !piece.is_empty()).map_or(&[], |piece| piece)
    }

    fn advance(&mut self, mut count: usize) {
        while count > 0 {
            let piece = self.0.front_mut().expect("as many bytes as remain");
            let taken = count.min(piece.len());
            piece.advance(taken);
            count -= taken;
            if piece.is_empty() {
                self.0.pop_front();
            }
        }
    }
}

/// What can be seen of a body from outside, poll by poll.
fn watch(mut body: Pin<&mut impl Body<Data: Buf, Error = Failure>>, polls: usize) -> Vec<String> {
    let mut seen = Vec::new();
    for _ in 0..polls {
        let (hint, end) = (body.size_hint(), body.is_end_stream());
        seen.push(format!("{:?} {:?} {end}", hint.lower(), hint.upper()));
        match body.as_mut().poll_frame(&mut Context::from_waker(noop_waker_ref())) {
            Poll::Pending => seen.push("pending".to_owned()),
            Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                Ok(mut data) => {
                    let data = data.copy_to_bytes(data.remaining());
                    seen.push(format!("data {}", data.escape_ascii()));
                }
                Err(frame) => match frame.into_trailers() {
                    Ok(trailers) => seen.push(format!("trailers {trailers:?}")),
                    Err(_) => seen.push("a frame of another kind".to_owned()),
                },
            },
            Poll::Ready(Some(Err(Failure(error)))) => seen.push(format!("error {error}")),
            Poll::Ready(None) => {
                seen.push("end".to_owned());
                break;
            }
        }
    }
    seen
}

/// `body` as a service under the layer gets it, and as its client gets it back: the tee of both directions.
fn through(log: &Log, body: Scripted) -> impl Body<Data = Bytes, Error = Failure> + use<> {
    let echo = service_fn(async |request: Request<_>| Ok::<_, Infallible>(Response::new(request.into_body())));
    let request = Request::post("/").header("x-request-id", "id").body(body).unwrap();
    let response = log.layer().body_limit(8).layer(echo).oneshot(request);
    futures_util::FutureExt::now_or_never(response).unwrap().unwrap().into_body()
}

fn act() -> impl Strategy<Value = Act> {
    let name = prop_oneof!["grpc-status", "x-[a-z]{1,3}"].prop_map(|name| name.parse().unwrap());
    let value = "[ -~]{0,9}".prop_map(|value| value.trim().parse().unwrap());
    prop_oneof![
        2 => Just(Act::Pending),
        6 => vec(vec(any::<u8>(), 0..20), 0..4).prop_map(Act::Data),
        1 => vec((name, value), 0..3).prop_map(Act::Trailers),
        1 => any::<u8>().prop_map(Act::Error),
    ]
}

fn script() -> impl Strategy<Value = Vec<Line>> {
    let hint = (0..99_u64, proptest::option::of(0..99_u64));
    let line = (proptest::bool::weighted(0.1), hint, act());
    vec(line.prop_map(|(is_end_stream, hint, act)| Line { is_end_stream, hint, act }), 0..12)
}

proptest! {
    #[test]
    fn any_script_is_itself(script in script(), polls in 0..14_usize) {
        let (body, bare) = Scripted::new(script.clone());
        let expected = watch(Box::pin(body).as_mut(), polls);
        let log = Log::new();
        let (body, layered) = Scripted::new(script);
        let mut body = Box::pin(through(&log, body));
        prop_assert_eq!(watch(body.as_mut(), polls), expected);
        drop(body);
        prop_assert_eq!(layered.load(Ordering::Relaxed), bare.load(Ordering::Relaxed));
        prop_assert_eq!(log.records(), 1);
    }
}

/// Polls past the end stop at the layer, for the body inside need not stand them.
#[test]
fn polled_past_the_end() {
    let log = Log::new();
    let (body, polls) = Scripted::new([data("one")]);
    let mut body = Box::pin(through(&log, body));
    assert_eq!(watch(body.as_mut(), 2), ["0 None false", "data one", "0 None false", "end"]);
    for _ in 0..3 {
        assert_eq!(watch(body.as_mut(), 1), ["0 None false", "end"]);
    }
    assert_eq!(polls.load(Ordering::Relaxed), 2);
    assert_eq!(log.notes(), [""; 0]);
}

#[tokio::test]
async fn pending_in_between() {
    let log = Log::new();
    let pending = || line(Act::Pending);
    let (body, polls) =
        Scripted::new([pending(), data("one"), pending(), pending(), data("two"), pending(), trailers(), pending()]);
    let collected = through(&log, body).collect().await.unwrap_or_else(|_| panic!("an error"));
    assert_eq!(collected.trailers().unwrap()["x-sum"], "6");
    assert_eq!(collected.to_bytes(), "onetwo");
    assert_eq!(polls.load(Ordering::Relaxed), 9);
    assert_eq!(log.notes(), ["request trailer x-sum: 6", "response trailer x-sum: 6"]);
}

#[test]
fn data_in_pieces() {
    let log = Log::new();
    let pieces = ["", "one", "", "two", "six", ""].map(|piece| piece.as_bytes().to_vec()).to_vec();
    let (body, _) = Scripted::new([line(Act::Data(pieces))]);
    let mut body = Box::pin(through(&log, body));
    assert_eq!(watch(body.as_mut(), 1)[1], "data onetwosix");
    assert_eq!(watch(body.as_mut(), 1)[1], "end");
    drop(body);
    assert!(log.text().contains("id < onetwosi\n"), "{}", log.text());
    assert_eq!(log.notes(), ["request body: 8 of 9 bytes logged", "response body: 8 of 9 bytes logged"]);
}

/// The exchange is over with the body's end: what comes after it is the client's, but not the log's.
#[test]
fn an_error_after_the_last_frame() {
    let log = Log::new();
    let (body, _) = Scripted::new([trailers(), line(Act::Error(7)), data("more")]);
    let mut body = Box::pin(through(&log, body));
    assert_eq!(watch(body.as_mut(), 1)[1], "trailers {\"x-sum\": \"6\"}");
    assert_eq!(log.records(), 1);
    assert_eq!(watch(body.as_mut(), 3)[1..], ["error 7", "0 None false", "data more", "0 None false", "end"]);
    drop(body);
    assert_eq!(log.records(), 1);
    assert_eq!(log.notes(), ["request trailer x-sum: 6", "response trailer x-sum: 6"]);
}

/// After an error a body may go on: the layer does not decide that.
#[test]
fn frames_after_an_error() {
    let log = Log::new();
    let (body, _) = Scripted::new([data("one"), line(Act::Error(7)), data("two")]);
    let mut body = Box::pin(through(&log, body));
    let seen = watch(body.as_mut(), 4);
    assert_eq!([&seen[1], &seen[3], &seen[5], &seen[7]], ["data one", "error 7", "data two", "end"]);
    drop(body);
    assert_eq!(log.notes(), ["request body failed after 6 bytes", "response body failed after 6 bytes"]);
}

/// `is_end_stream` before the trailers: they come all the same, and are shown if somebody asks for them.
#[test]
fn the_end_is_told_before_the_trailers() {
    let script = || [data("one"), Line { is_end_stream: true, ..trailers() }];
    let log = Log::new();
    let mut body = Box::pin(through(&log, Scripted::new(script()).0));
    assert_eq!(
        watch(body.as_mut(), 3),
        ["0 None false", "data one", "0 None true", "trailers {\"x-sum\": \"6\"}", "0 None false", "end"]
    );
    drop(body);
    assert_eq!(log.notes(), ["request trailer x-sum: 6", "response trailer x-sum: 6"]);

    let log = Log::new();
    let mut body = Box::pin(through(&log, Scripted::new(script()).0));
    watch(body.as_mut(), 1);
    drop(body);
    assert_eq!(log.notes(), [""; 0]);
}

/// Complete or not, without the body's `None`.
#[test]
fn complete_without_an_end() {
    let exact = |line: Line, len| Line { hint: (len, Some(len)), ..line };
    // The hint was right, and is what a server makes Content-Length of.
    for (polls, notes) in [
        (2, &[][..]),
        (1, &["request body: 3 of 6 bytes read by the service", "client went away after 3 bytes of the response body"]),
    ] {
        let log = Log::new();
        let (body, _) = Scripted::new([exact(data("one"), 6), exact(data("two"), 3)]);
        watch(Box::pin(through(&log, body)).as_mut(), polls);
        assert_eq!(log.notes(), notes);
    }
    // Nothing was known of the length.
    let log = Log::new();
    let (body, _) = Scripted::new([data("one"), data("two")]);
    watch(Box::pin(through(&log, body)).as_mut(), 2);
    assert_eq!(
        log.notes(),
        [
            "request body: not read to its end by the service, 6 bytes read",
            "client went away after 6 bytes of the response body"
        ]
    );
}

/// Dropping a body drops what is inside it at once, so that a server can tell that nobody will read an upload.
#[test]
fn dropped_at_once() {
    let log = Log::new();
    let (body, polls) = Scripted::new([data("one")]);
    let body = through(&log, body);
    assert_eq!(Arc::strong_count(&polls), 2);
    drop(body);
    assert_eq!(Arc::strong_count(&polls), 1);
    assert_eq!(polls.load(Ordering::Relaxed), 0);
    assert_eq!(
        log.notes(),
        ["request body: not read by the service", "client went away after 0 bytes of the response body"]
    );
}

/// Bytes that were `Bytes` before are not copied on their way.
#[tokio::test]
async fn data_is_not_copied() {
    let data = Bytes::from(vec![b'x'; 100]);
    let body = http_body_util::Full::new(data.clone());
    let echo = service_fn(async |request: Request<_>| Ok::<_, Infallible>(Response::new(request.into_body())));
    let response = Log::new().layer().layer(echo).oneshot(Request::new(body)).await.unwrap();
    let out = response.into_body().frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(out.as_ptr(), data.as_ptr());
}
