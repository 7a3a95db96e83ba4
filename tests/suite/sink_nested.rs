//! `OnFull::Wait` where exchanges run inside of others.

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full, StreamBody};
use std::{convert::Infallible, future::Future, io, task::Context, time::Duration};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tower_request_log::{
    RequestLogLayer,
    sink::{Memory, OnFull, Sink, Writer},
};

type Answer = Result<Response<Full<Bytes>>, Infallible>;

/// Room for one request at a time.
fn narrow() -> Writer {
    Writer::new(io::sink()).on_full(OnFull::Wait).queue_limit(0)
}

fn request(uri: &str) -> Request<Full<Bytes>> {
    Request::get(uri).body(Full::default()).unwrap()
}

async fn hello<B>(_: Request<B>) -> Answer {
    Ok(Response::new(Full::new(Bytes::from("Hello"))))
}

/// Runs `future`, which must end.
fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ended = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(10), future).await });
    ended.expect("it waits for itself")
}

async fn read<B: Body<Error: std::fmt::Debug>>(response: Response<B>) -> usize {
    response.into_body().collect().await.unwrap().to_bytes().len()
}

/// A proxy: the server's exchange and the client's go through clones of one layer.
#[test]
fn a_client_inside_of_a_server_does_not_wait_for_it() {
    let sink = narrow();
    let layer = RequestLogLayer::new().sink(sink.clone());
    let client = layer.clone().layer(service_fn(hello));
    let mut server = layer.layer(service_fn(move |_| {
        let client = client.clone();
        async move {
            let response = client.oneshot(request("http://upstream.example/")).await.unwrap();
            assert_eq!(read(response).await, 5);
            hello(()).await
        }
    }));
    run(async {
        for _ in 0..10 {
            let response = server.ready().await.unwrap().call(request("http://here.example/")).await.unwrap();
            assert_eq!(read(response).await, 5);
        }
    });
    sink.flush().unwrap();
    assert_eq!((sink.written(), sink.dropped()), (20, 0));

    async fn hello(_: impl Sized) -> Answer {
        self::hello(Request::new(())).await
    }
}

/// Two handles on one queue in two layers, one alone and one in a pair.
#[test]
fn handles_on_one_queue_count_as_one() {
    let sink = narrow();
    let client = RequestLogLayer::new().sink((Memory::new(), sink.clone())).layer(service_fn(hello));
    let server = RequestLogLayer::new().sink((sink.clone(), Memory::new())).layer(service_fn(move |_| {
        let client = client.clone();
        async move {
            read(client.oneshot(request("http://upstream.example/")).await.unwrap()).await;
            hello(Request::new(())).await
        }
    }));
    run(async { read(server.oneshot(request("/")).await.unwrap()).await });
    sink.flush().unwrap();
    assert_eq!(sink.written(), 2);
}

/// In one stack both are polled ready before either is called; with a service between them, one inside of the other.
#[test]
fn a_layer_applied_twice_asks_for_one_place() {
    let sink = narrow();
    let layer = RequestLogLayer::new().sink(sink.clone());
    let stacked = ServiceBuilder::new().layer(layer.clone()).layer(layer.clone()).service_fn(hello);
    let inner = layer.clone().layer(service_fn(hello));
    let nested = layer.layer(service_fn(move |request| inner.clone().oneshot(request)));
    run(async move {
        read(stacked.oneshot(request("/")).await.unwrap()).await;
        read(nested.oneshot(request("/")).await.unwrap()).await;
    });
    sink.flush().unwrap();
    assert_eq!(sink.written(), 2);
}

/// A call that is made in `Service::call` itself, and one that is made when the response's body is read.
#[test]
fn calls_in_call_and_in_bodies_are_inside_too() {
    let sink = narrow();
    let layer = RequestLogLayer::new().sink(sink.clone());
    let client = layer.clone().layer(service_fn(hello));
    let server = layer.layer(service_fn(move |_: Request<_>| {
        let mut eager = client.clone();
        let mut cx = Context::from_waker(std::task::Waker::noop());
        assert!(Service::<Request<Full<Bytes>>>::poll_ready(&mut eager, &mut cx).is_ready(), "in call");
        drop(eager);
        let lazy = client.clone();
        let frames = futures_util::stream::once(async move {
            let length = read(lazy.oneshot(request("http://upstream.example/")).await.unwrap()).await;
            Ok::<_, Infallible>(Frame::data(Bytes::from(vec![b'x'; length])))
        });
        std::future::ready(Ok::<_, Infallible>(Response::new(StreamBody::new(Box::pin(frames)))))
    }));
    assert_eq!(run(async { read(server.oneshot(request("/")).await.unwrap()).await }), 5);
    sink.flush().unwrap();
    assert_eq!(sink.written(), 2);
}

/// An exchange that holds no place of that queue is no reason not to wait.
#[test]
fn a_queue_of_its_own_is_waited_for() {
    let (outer, inner) = (Writer::new(io::sink()), narrow());
    let mut cx = Context::from_waker(std::task::Waker::noop());
    let client = RequestLogLayer::new().sink(inner).layer(service_fn(hello));
    let mut first = client.clone();
    assert!(Service::<Request<Full<Bytes>>>::poll_ready(&mut first, &mut cx).is_ready());
    for outer in [outer.clone(), outer.on_full(OnFull::Wait)] {
        let client = client.clone();
        let server = RequestLogLayer::new().sink(outer).layer(service_fn(move |_| {
            let client = client.clone();
            async move {
                client
                    .oneshot(request("http://upstream.example/"))
                    .await
                    .map(|_| Response::new(Full::<Bytes>::default()))
            }
        }));
        let mut call = Box::pin(server.oneshot(request("/")));
        assert!(call.as_mut().poll(&mut cx).is_pending());
    }
}
