//! gRPC, with tonic at both ends.

use crate::common::{Log, soon};
use bytes::{Buf, BufMut, Bytes};
use futures_util::{Stream, StreamExt, stream};
use http::{Request, Response, uri::PathAndQuery};
use regex::Regex;
use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::{net::TcpListener, sync::oneshot};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{
    Code, Status, Streaming,
    body::Body,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    server::NamedService,
    service::Routes,
    transport::{Channel, Server},
};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_request_log::Record;

/// Messages that are bytes.
#[derive(Clone, Copy, Default)]
struct BytesCodec;

impl Codec for BytesCodec {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for BytesCodec {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put(item);
        Ok(())
    }
}

impl Decoder for BytesCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}

type Messages = Pin<Box<dyn Stream<Item = Result<Bytes, Status>> + Send>>;

/// What protoc would have made of a service with a method of each kind.
#[derive(Clone)]
struct Echo;

impl NamedService for Echo {
    const NAME: &'static str = "test.Echo";
}

async fn unary(request: tonic::Request<Bytes>) -> Result<tonic::Response<Bytes>, Status> {
    match &request.into_inner()[..] {
        b"fail" => Err(Status::internal("the disk is full")),
        b"refuse" => Err(Status::not_found("no such game")),
        message => {
            let mut response = tonic::Response::new(Bytes::from([b"echo ", message].concat()));
            response.metadata_mut().insert("x-first", "1".parse().unwrap());
            Ok(response)
        }
    }
}

async fn both_ways(request: tonic::Request<Streaming<Bytes>>) -> Result<tonic::Response<Messages>, Status> {
    Ok(tonic::Response::new(Box::pin(request.into_inner())))
}

async fn countdown(request: tonic::Request<Bytes>) -> Result<tonic::Response<Messages>, Status> {
    let fails = &request.into_inner()[..] == b"fail";
    let end = fails.then(|| Err(Status::data_loss("gone")));
    let messages = stream::iter(["3", "2", "1"]).map(|message| Ok(Bytes::from(message))).chain(stream::iter(end));
    Ok(tonic::Response::new(Box::pin(messages)))
}

async fn sum(request: tonic::Request<Streaming<Bytes>>) -> Result<tonic::Response<Bytes>, Status> {
    let mut messages = request.into_inner();
    let mut sum = 0;
    while let Some(message) = messages.next().await {
        sum += message?.len();
    }
    Ok(tonic::Response::new(Bytes::from(sum.to_string())))
}

impl<B> Service<Request<B>> for Echo
where
    B: http_body::Body<Data = Bytes, Error: Into<tower::BoxError> + Send> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let mut grpc = tonic::server::Grpc::new(BytesCodec);
        Box::pin(async move {
            Ok(match request.uri().path() {
                "/test.Echo/Unary" => grpc.unary(service_fn(unary), request).await,
                "/test.Echo/BothWays" => grpc.streaming(service_fn(both_ways), request).await,
                "/test.Echo/Countdown" => grpc.server_streaming(service_fn(countdown), request).await,
                "/test.Echo/Sum" => grpc.client_streaming(service_fn(sum), request).await,
                "/test.Echo/NoStatus" => {
                    let body = http_body_util::Full::new(Bytes::from_static(b"\0\0\0\0\x02no"));
                    Response::builder().header("content-type", "application/grpc").body(Body::new(body)).unwrap()
                }
                _ => Status::unimplemented("").into_http(),
            })
        })
    }
}

/// A server of [`Echo`] under the layer, and a client of it.
struct Pair {
    channel: Channel,
    stop: oneshot::Sender<()>,
    server: tokio::task::JoinHandle<()>,
}

impl Pair {
    async fn new(log: &Log) -> Self {
        Self::with(log.layer()).await
    }

    async fn with(layer: tower_request_log::RequestLogLayer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(async move {
            let served = Server::builder().layer(layer).add_routes(Routes::new(Echo));
            let stopped = async {
                let _ = stopped.await;
            };
            served.serve_with_incoming_shutdown(TcpListenerStream::new(listener), stopped).await.unwrap();
        });
        let channel = Channel::from_shared(format!("http://{addr}")).unwrap().connect().await.unwrap();
        Self { channel, stop, server }
    }

    async fn client(&self) -> tonic::client::Grpc<Channel> {
        let mut client = tonic::client::Grpc::new(self.channel.clone());
        client.ready().await.unwrap();
        client
    }

    async fn unary(&self, path: &'static str, message: &'static str) -> Result<tonic::Response<Bytes>, Status> {
        let request = request(Bytes::from(message));
        soon("an answer", self.client().await.unary(request, PathAndQuery::from_static(path), BytesCodec)).await
    }

    /// Waits until the server has ended all that it was doing.
    async fn close(self) {
        drop(self.channel);
        let _ = self.stop.send(());
        soon("the server", self.server).await.unwrap();
    }
}

fn request<T>(message: T) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    request.metadata_mut().insert("x-request-id", "id".parse().unwrap());
    request
}

#[tokio::test]
async fn unary_is_forwarded_and_shown() {
    let log = Log::new();
    let pair = Pair::new(&log).await;
    let response = pair.unary("/test.Echo/Unary", "hello").await.unwrap();
    assert_eq!(response.metadata().get("x-first").unwrap(), "1");
    assert_eq!(response.metadata().get("grpc-status").unwrap(), "0");
    assert_eq!(response.into_inner(), "echo hello");
    pair.close().await;
    let varying = Regex::new(r"(tonic/0\.14)\.\d+|(127\.0\.0\.1):\d+").unwrap();
    assert_eq!(
        varying.replace_all(&log.text(), "$1$2"),
        "\
id > POST /test.Echo/Unary HTTP/2
id > :authority: 127.0.0.1
id > x-request-id: id
id > te: trailers
id > content-type: application/grpc
id > user-agent: tonic/0.14
id >
id < HTTP/2 200 OK
id < x-first: 1
id < content-type: application/grpc
id <
id   request body: 10 bytes of application/grpc, not logged
id   response body: 15 bytes of application/grpc, not logged
id   response trailer grpc-status: 0
id   began WHEN, end Nms
id   Nms
"
    );
}

#[tokio::test]
async fn streams_both_ways() {
    let log = Log::new();
    let pair = Pair::new(&log).await;
    let mut client = pair.client().await;
    let messages = request(stream::iter(["one", "two", "three"]).map(Bytes::from));
    let path = PathAndQuery::from_static("/test.Echo/BothWays");
    let response = soon("a head", client.streaming(messages, path, BytesCodec)).await.unwrap();
    let mut messages = response.into_inner();
    for message in ["one", "two", "three"] {
        assert_eq!(soon("a message", messages.message()).await.unwrap().unwrap(), message);
    }
    assert_eq!(soon("the end", messages.message()).await.unwrap(), None);
    assert_eq!(messages.trailers().await.unwrap().unwrap().get("grpc-status").unwrap(), "0");
    drop((client, messages));
    pair.close().await;
    assert_eq!(
        log.notes(),
        [
            "request body: 26 bytes of application/grpc, not logged",
            "response body: 26 bytes of application/grpc, not logged",
            "response trailer grpc-status: 0",
        ]
    );
}

#[tokio::test]
async fn streams_one_way() {
    let log = Log::new();
    let pair = Pair::new(&log).await;
    let mut client = pair.client().await;
    let path = PathAndQuery::from_static("/test.Echo/Countdown");
    let response = soon("a head", client.server_streaming(request(Bytes::from("go")), path, BytesCodec)).await.unwrap();
    let messages: Vec<_> = soon("messages", response.into_inner().map(Result::unwrap).collect()).await;
    assert_eq!(messages, ["3", "2", "1"]);
    client.ready().await.unwrap();
    let path = PathAndQuery::from_static("/test.Echo/Sum");
    let messages = request(stream::iter(["one", "two", "three"]).map(Bytes::from));
    let response = soon("an answer", client.client_streaming(messages, path, BytesCodec)).await.unwrap();
    assert_eq!(response.into_inner(), "11");
    drop(client);
    pair.close().await;
    assert_eq!(
        log.notes(),
        [
            "request body: 7 bytes of application/grpc, not logged",
            "response body: 18 bytes of application/grpc, not logged",
            "response trailer grpc-status: 0",
            "request body: 26 bytes of application/grpc, not logged",
            "response body: 7 bytes of application/grpc, not logged",
            "response trailer grpc-status: 0",
        ]
    );
}

#[tokio::test]
async fn failures_keep_their_status() {
    let log = Log::new();
    let outcomes = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = outcomes.clone();
    let pair = Pair::with(log.layer().keep(move |record: &Record| {
        seen.lock().unwrap().push((record.grpc_status(), record.outcome().to_string()));
        true
    }))
    .await;
    // Without a message, the status stands in the headers.
    let status = pair.unary("/test.Echo/Unary", "fail").await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Internal, "the disk is full"));
    let status = pair.unary("/test.Echo/Unary", "refuse").await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::NotFound, "no such game"));
    let status = pair.unary("/test.Echo/None", "").await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    // After messages, in the trailers.
    let mut client = pair.client().await;
    let path = PathAndQuery::from_static("/test.Echo/Countdown");
    let response = client.server_streaming(request(Bytes::from("fail")), path, BytesCodec).await.unwrap();
    let last = soon("messages", response.into_inner().collect::<Vec<_>>()).await.pop().unwrap();
    assert_eq!(last.unwrap_err().code(), Code::DataLoss);
    drop(client);
    // And nowhere.
    assert!(pair.unary("/test.Echo/NoStatus", "").await.is_err());
    pair.close().await;
    let failed = |status| (status, "rpc failed".to_owned());
    assert_eq!(
        *outcomes.lock().unwrap(),
        [failed(Some(13)), (Some(5), "complete".to_owned()), failed(Some(12)), failed(Some(15)), failed(None)]
    );
    assert_eq!(
        log.notes(),
        [
            "request body: 9 bytes of application/grpc, not logged",
            "request body: 11 bytes of application/grpc, not logged",
            "request body: not read by the service",
            "request body: 9 bytes of application/grpc, not logged",
            "response body: 18 bytes of application/grpc, not logged",
            "response trailer grpc-status: 15",
            "response trailer grpc-message: gone",
            "request body: not read by the service",
            "response body: 7 bytes of application/grpc, not logged",
            "grpc-status missing",
        ]
    );
}

/// The layer on the client's side sees what the client sends and gets.
#[tokio::test]
async fn a_client_under_the_layer() {
    let (server, log) = (Log::new(), Log::new());
    let pair = Pair::new(&server).await;
    // A channel takes a body of one type only.
    let channel = pair.channel.clone().map_request(|request: Request<_>| request.map(Body::new));
    let mut client = tonic::client::Grpc::new(log.layer().layer(channel));
    client.ready().await.unwrap();
    let path = PathAndQuery::from_static("/test.Echo/Unary");
    let response = soon("an answer", client.unary(request(Bytes::from("hello")), path, BytesCodec)).await.unwrap();
    assert_eq!(response.into_inner(), "echo hello");
    drop(client);
    pair.close().await;
    assert_eq!(server.records(), 1);
    assert_eq!(
        log.notes(),
        [
            "request body: 10 bytes of application/grpc, not logged",
            "response body: 15 bytes of application/grpc, not logged",
            "response trailer grpc-status: 0",
        ]
    );
}
