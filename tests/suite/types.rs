//! What compiles: every place to put the layer, and nothing asked of a type that is not needed.

use crate::common::{Log, soon};
use axum::{
    BoxError, Router,
    body::Body,
    error_handling::HandleErrorLayer,
    http::{HeaderValue, Request, Response, StatusCode},
    routing::{MethodRouter, get},
};
use bytes::Bytes;
use http_body::Frame;
use http_body_util::{BodyExt, Empty, Full};
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioIo},
    service::TowerToHyperService,
};
use std::{
    cell::Cell,
    convert::Infallible,
    fmt,
    marker::PhantomData,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::net::{TcpListener, TcpStream};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tower_request_log::{LogBody, RequestLog, RequestLogLayer, future::ResponseFuture};

fn is_free<T: Clone + Send + Sync + 'static>(_: &T) {}
fn is_send<T: Send>(_: &T) {}
fn is_sync<T: Sync>(_: &T) {}
fn is_unpin<T: Unpin>(_: &T) {}
fn is_debug<T: fmt::Debug>(_: &T) {}
fn is_service<T: Service<Request<B>>, B>(_: &T) {}

fn ok<B>(body: B) -> Result<Response<B>, Infallible> {
    Ok(Response::new(body))
}

/// A body that can do nothing but be polled, and whose error nothing but be shown.
struct Bare(PhantomData<Cell<()>>);

struct BareError;

impl fmt::Display for BareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bare")
    }
}

impl http_body::Body for Bare {
    type Data = Bytes;
    type Error = BareError;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BareError>>> {
        Poll::Ready(Some(Err(BareError)))
    }
}

#[test]
fn layer_and_service_are_free() {
    let layer = RequestLogLayer::new();
    is_free(&layer);
    is_debug(&layer);
    is_free(&RequestLogLayer::default());
    let service: RequestLog<Router> = layer.layer(Router::new());
    is_free(&service);
    // The service is what the inner one is, and the body plays no part in it.
    is_free(&layer.layer(service_fn(async |_: Request<LogBody<Bare>>| ok(Body::empty()))));
    is_debug(
        &layer.layer(tower::util::BoxService::new(service_fn(async |_: Request<LogBody<Body>>| ok(Body::empty())))),
    );
}

#[tokio::test]
async fn futures_and_bodies_are_what_is_inside() {
    let mut service =
        Log::new().layer().layer(service_fn(|_: Request<LogBody<Body>>| std::future::ready(ok(Body::empty()))));
    let future: ResponseFuture<std::future::Ready<Result<Response<Body>, Infallible>>> =
        service.call(Request::default());
    is_send(&future);
    is_unpin(&future);
    is_debug(&future);
    let body: LogBody<Body> = future.await.unwrap().into_body();
    is_send(&body);
    is_unpin(&body);
    is_debug(&body);
    let body: LogBody<Full<Bytes>> = LogBody::default();
    is_sync(&body);
}

#[tokio::test]
async fn nothing_but_display_is_asked_of_a_body() {
    let log = Log::new();
    let service = log.layer().layer(service_fn(async |request: Request<LogBody<Bare>>| ok(request.into_body())));
    let mut body = service.oneshot(Request::new(Bare(PhantomData))).await.unwrap().into_body();
    is_send(&body);
    let Some(Err(BareError)) = body.frame().await else { panic!("no error") };
    drop(body);
    assert_eq!(log.notes(), ["request body failed after 0 bytes: bare", "response body failed after 0 bytes: bare"]);
}

/// A service and a body of one thread, on that thread.
#[tokio::test]
async fn nothing_need_be_sent() {
    let calls = Rc::new(Cell::new(0));
    let counted = calls.clone();
    let log = Log::new();
    let service = log.layer().layer(service_fn(move |_: Request<_>| {
        let calls = counted.clone();
        async move {
            calls.set(calls.get() + 1);
            let body = http_body_util::StreamBody::new(futures_util::stream::iter([Ok::<_, Rc<str>>(Frame::data(
                Bytes::new(),
            ))]));
            ok(body)
        }
    }));
    service.oneshot(Request::new(Body::empty())).await.unwrap();
    assert_eq!((calls.get(), log.records()), (1, 1));
}

/// Errors that are text, and boxed ones.
#[tokio::test]
async fn errors_of_services() {
    for service in [Err("text"), Ok(())] {
        let log = Log::new();
        let service =
            service_fn(move |_: Request<_>| std::future::ready(service.map(|()| Response::new(Body::empty()))));
        let _ = log.layer().layer(service).oneshot(Request::new(Body::empty())).await;
        assert_eq!(log.records(), 1);
    }
    let boxed = service_fn(async |_: Request<_>| Err::<Response<Body>, BoxError>("boxed".into()));
    let error = Log::new().layer().layer(boxed).oneshot(Request::new(Body::empty())).await.err().unwrap();
    assert_eq!(error.to_string(), "boxed");
}

/// `Service::call` is that of the service that was polled ready (tower#547).
#[tokio::test]
async fn the_service_that_is_ready_is_called() {
    struct Picky(bool);
    impl Clone for Picky {
        fn clone(&self) -> Self {
            Self(false)
        }
    }
    impl<B> Service<Request<B>> for Picky {
        type Response = Response<Body>;
        type Error = Infallible;
        type Future = std::future::Ready<Result<Response<Body>, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            self.0 = true;
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<B>) -> Self::Future {
            assert!(std::mem::take(&mut self.0), "not ready");
            std::future::ready(ok(Body::empty()))
        }
    }
    let log = Log::new();
    let mut service = log.layer().layer(Picky(false));
    for _ in 0..2 {
        let _ = ServiceExt::<Request<Body>>::ready(&mut service)
            .await
            .unwrap()
            .call(Request::new(Body::empty()))
            .await
            .unwrap();
        let _ = service.clone().oneshot(Request::new(Body::empty())).await.unwrap();
    }
    assert_eq!(log.records(), 4);
    // A limit inside of the layer is one for its service.
    let limited = ServiceBuilder::new().layer(log.layer()).concurrency_limit(1).load_shed().service(Picky(false));
    assert_eq!(limited.oneshot(Request::new(Body::empty())).await.unwrap().status(), 200);
}

async fn hello() -> &'static str {
    "hello"
}

async fn status<S, B>(service: S, body: B) -> StatusCode
where
    S: Service<Request<B>, Response: IntoStatus, Error: fmt::Debug>,
{
    service.oneshot(Request::new(body)).await.unwrap().into_status()
}

trait IntoStatus {
    fn into_status(self) -> StatusCode;
}

impl<B> IntoStatus for Response<B> {
    fn into_status(self) -> StatusCode {
        self.status()
    }
}

/// Everywhere that axum takes a layer, with one record an exchange.
#[tokio::test]
async fn axum_takes_it() {
    let log = Log::new();
    let handled = ServiceBuilder::new()
        .layer(HandleErrorLayer::new(async |_: BoxError| StatusCode::REQUEST_TIMEOUT))
        .layer(log.layer())
        .timeout(Duration::from_secs(20));
    let timed = ServiceBuilder::new()
        .layer(log.layer())
        .layer(HandleErrorLayer::new(async |_: BoxError| StatusCode::REQUEST_TIMEOUT))
        .timeout(Duration::from_secs(20));
    let nested = Router::new().nest("/nested", Router::new().route("/", get(hello)).layer(log.layer()));
    let state = Router::new().route("/", get(async |_: axum::extract::State<u8>| "hello"));
    let routers: [Router; 11] = [
        Router::new().route("/", get(hello)).layer(log.layer()),
        Router::new().route("/", get(hello)).route_layer(log.layer()),
        Router::new().route("/", get(hello).layer(log.layer())),
        Router::new().route("/", get(hello).route_layer(log.layer())),
        Router::new().route("/", get(axum::handler::Handler::layer(hello, log.layer()))),
        Router::new().route_service("/", log.layer().layer(get(hello) as MethodRouter)),
        Router::new().fallback_service(log.layer().layer(Router::new().route("/", get(hello)))),
        Router::new().route("/", get(hello)).layer(ServiceBuilder::new().layer(log.layer())),
        Router::new().route("/", get(hello)).layer(handled),
        Router::new().route("/", get(hello)).layer(timed),
        state.layer(log.layer()).with_state(7),
    ];
    for (i, router) in routers.into_iter().enumerate() {
        assert_eq!(status(router, Body::empty()).await, 200, "{i}");
        assert_eq!(log.records(), i + 1, "{i}");
    }
    let request = Request::get("/nested").header("x-request-id", "id").body(Body::empty()).unwrap();
    assert_eq!(nested.oneshot(request).await.unwrap().status(), 200);
    assert_eq!(log.records(), 12);
}

/// The two ways to have axum's middleware inside of the layer.
#[tokio::test]
async fn axums_middleware_stands_inside() {
    async fn auth(request: axum::extract::Request, next: axum::middleware::Next) -> axum::response::Response {
        next.run(request).await
    }
    let log = Log::new();
    let router = || Router::<()>::new().route("/", get(hello));
    let apart = router().layer(axum::middleware::from_fn(auth)).layer(log.layer());
    let mapped = router().layer(
        ServiceBuilder::new()
            .layer(log.layer())
            .map_request(|request: Request<LogBody<Body>>| request.map(Body::new))
            .layer(axum::middleware::from_fn(auth)),
    );
    for (i, router) in [apart, mapped].into_iter().enumerate() {
        assert_eq!(status(router, Body::empty()).await, 200, "{i}");
        assert_eq!(log.records(), i + 1, "{i}");
    }
}

/// Around axum and tower's and tower-http's layers, in either order.
#[tokio::test]
async fn tower_takes_it() {
    let log = Log::new();
    let outside = ServiceBuilder::new()
        .layer(log.layer())
        .layer(tower_http::trace::TraceLayer::new_for_http())
        .layer(tower_http::compression::CompressionLayer::new())
        .layer(tower_http::limit::RequestBodyLimitLayer::new(1000))
        .layer(tower_http::timeout::TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            Duration::from_secs(20),
        ))
        .service(Router::new().route("/", get(hello)));
    is_free(&outside);
    assert_eq!(status(outside, Body::empty()).await, 200);
    let inside = ServiceBuilder::new()
        .layer(tower_http::trace::TraceLayer::new_for_http())
        .layer(tower_http::compression::CompressionLayer::new())
        .layer(tower_http::limit::RequestBodyLimitLayer::new(1000))
        .layer(tower_http::catch_panic::CatchPanicLayer::new())
        .layer(log.layer())
        .service(Router::new().route("/", get(hello)));
    is_free(&inside);
    assert_eq!(status(inside, Body::empty()).await, 200);
    let router = || Router::<()>::new().route("/", get(hello));
    assert_eq!(status(log.layer().layer(router()).boxed_clone(), Body::empty()).await, 200);
    assert_eq!(status(log.layer().layer(router()).boxed(), Body::empty()).await, 200);
    assert_eq!(status(log.layer().layer(tower::util::BoxCloneSyncService::new(router())), Body::empty()).await, 200);
    let buffered = tower::buffer::Buffer::new(log.layer().layer(router()), 1);
    assert_eq!(status(buffered, Body::empty()).await, 200);
    let mapped = ServiceBuilder::new()
        .map_request(|request: Request<Body>| request)
        .layer(log.layer())
        .map_response(|response: Response<Body>| response)
        .service(router());
    assert_eq!(status(mapped, Body::empty()).await, 200);
    assert_eq!(log.records(), 7);
    is_service::<_, Body>(&log.layer().layer(router()));
}

/// hyper's server takes the service, and its client goes under the layer.
#[tokio::test]
async fn hyper_takes_it() {
    let log = Log::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let service = ServiceBuilder::new().layer(log.layer()).service_fn(
        async |request: Request<LogBody<hyper::body::Incoming>>| {
            let body = request.into_body().collect().await?.to_bytes();
            Ok::<_, hyper::Error>(Response::new(Full::new(body)))
        },
    );
    let server = tokio::spawn(async move {
        let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
        for _ in 0..2 {
            let (socket, _) = listener.accept().await.unwrap();
            let service = TowerToHyperService::new(service.clone());
            // As axum does.
            let connection = builder.serve_connection_with_upgrades(TokioIo::new(socket), service).into_owned();
            connection.await.unwrap();
        }
    });

    // The pooled client, which takes a body of one type only.
    let client_log = Log::new();
    let client: Client<_, LogBody<Full<Bytes>>> = Client::builder(TokioExecutor::new()).build_http();
    let client = client_log.layer().layer(client);
    is_free(&client);
    let request = Request::post(format!("http://{addr}/")).body(Full::from("hello")).unwrap();
    let response = soon("an answer", client.clone().oneshot(request)).await.unwrap();
    assert_eq!(response.headers().get_all("x-request-id").iter().count(), 1);
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "hello");
    drop(client);

    // A connection of one's own.
    let socket = TcpStream::connect(addr).await.unwrap();
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(socket)).await.unwrap();
    tokio::spawn(connection);
    let sender = client_log.layer().layer(Sender(sender));
    let request = Request::post("/").header("host", "a").body(Full::<Bytes>::from("hello")).unwrap();
    let response = soon("an answer", sender.oneshot(request)).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "hello");
    soon("the server", server).await.unwrap();
    assert_eq!((log.records(), client_log.records()), (2, 2));
    assert_eq!(client_log.notes(), [""; 0]);
}

struct Sender<B>(hyper::client::conn::http1::SendRequest<B>);

impl<B: http_body::Body + Send + 'static> Service<Request<B>> for Sender<B> {
    type Response = Response<hyper::body::Incoming>;
    type Error = hyper::Error;
    type Future = Pin<Box<dyn Future<Output = hyper::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<hyper::Result<()>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        Box::pin(self.0.send_request(request))
    }
}

/// Each of axum's ways to serve.
#[tokio::test]
async fn axum_serves_it() {
    let log = Log::new();
    let router = || Router::<()>::new().route("/", get(hello));
    // Around a whole router, so that it sees the path before the router does.
    let service = ServiceBuilder::new()
        .map_response(|response: Response<LogBody<Body>>| response.map(Body::new))
        .layer(log.layer())
        .service(router());
    let listener = async || TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ask = async |listener: &TcpListener| {
        let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
        let addr = listener.local_addr().unwrap();
        move || async move { client.get(format!("http://{addr}/").parse().unwrap()).await.unwrap() }
    };
    let first = listener().await;
    let asked = ask(&first).await;
    tokio::spawn(async { axum::serve(first, axum::ServiceExt::<Request<Body>>::into_make_service(service)).await });
    let response = soon("an answer", asked()).await;
    assert_eq!(response.headers().get("x-request-id").map(HeaderValue::len), Some(22));
    let second = listener().await;
    let asked = ask(&second).await;
    let make = router().layer(log.layer()).into_make_service_with_connect_info::<std::net::SocketAddr>();
    tokio::spawn(async { axum::serve(second, make).await });
    let response = soon("an answer", asked()).await;
    assert_eq!(response.headers().get("x-request-id").map(HeaderValue::len), Some(22));
    drop(response);
    log.wait(2).await;
}

/// tonic takes it as a layer of its server, of one service, and of a channel whose requests are of its own body.
#[test]
fn tonic_takes_it() {
    use tonic::{
        body::Body,
        transport::{Channel, Server},
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _guard = runtime.enter();
    let _server = Server::builder().layer(RequestLogLayer::new());
    let channel = Channel::from_static("http://127.0.0.1:1").connect_lazy();
    let channel = ServiceBuilder::new()
        .layer(RequestLogLayer::new())
        .map_request(|request: Request<LogBody<Body>>| request.map(Body::new))
        .service(channel);
    is_free(&channel);
    let _client = tonic::client::Grpc::new(channel);
}
