//! Connections that become something else, and responses that never end.

use crate::common::{
    Log,
    app::{self, Plain, boxed},
    h1::{Step, send, talk},
    h2::Session,
    soon,
};
use axum::{
    Router,
    body::Body,
    extract::ws::{Message, WebSocketUpgrade},
    http::{Request, Response},
    response::sse::{Event, Sse},
    routing::{any, get},
};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use h2::ext::Protocol;
use http_body::Frame;
use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_stream::wrappers::UnboundedReceiverStream;
use tokio_tungstenite::{connect_async, tungstenite};
use tower::Layer;

async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, app).await });
    addr
}

fn echo() -> Router {
    let handler = async |upgrade: WebSocketUpgrade| {
        upgrade.protocols(["chat"]).on_upgrade(async |mut socket| {
            while let Some(Ok(message)) = socket.recv().await {
                if let Message::Text(text) = message {
                    socket.send(Message::Text(text)).await.unwrap();
                }
            }
        })
    };
    Router::new().route("/chat", any(handler))
}

/// A real client talks with a real server; the record is there when the handshake is, and holds nothing that was said.
#[tokio::test]
async fn a_web_socket() {
    let log = Log::new();
    let addr = serve(echo().layer(log.layer())).await;
    let mut request = tungstenite::client::IntoClientRequest::into_client_request(format!("ws://{addr}/chat")).unwrap();
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", "chat".parse().unwrap());
    headers.insert("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==".parse().unwrap());
    headers.insert("host", "a".parse().unwrap());
    headers.insert("x-request-id", "id".parse().unwrap());
    let (mut socket, response) = soon("a handshake", connect_async(request)).await.unwrap();
    assert_eq!(response.headers()["x-request-id"], "id");
    log.wait(1).await;
    for word in ["ping", "a longer one"] {
        socket.send(word.into()).await.unwrap();
        assert_eq!(soon("an echo", socket.next()).await.unwrap().unwrap(), word.into());
    }
    socket.close(None).await.unwrap();
    while soon("the end", socket.next()).await.is_some() {}
    assert_eq!(
        log.text(),
        "\
id > GET /chat HTTP/1.1
id > Host: a
id > Connection: Upgrade
id > Upgrade: websocket
id > Sec-WebSocket-Version: 13
id > Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
id > X-Request-Id: id
id > Sec-WebSocket-Protocol: chat
id >
id < HTTP/1.1 101 Switching Protocols
id < Connection: upgrade
id < Upgrade: websocket
id < Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
id < Sec-WebSocket-Protocol: chat
id <
id   switched protocols: websocket
id   began WHEN, end Nms
id   Nms
"
    );
}

/// RFC 8441: a WebSocket over HTTP/2.
#[tokio::test]
async fn a_web_socket_over_http_2() {
    let log = Log::new();
    let mut session = Session::new(&boxed(echo().layer(log.layer()))).await;
    // The server says that it knows how, before it says anything else.
    let (first, _) = session.send(Request::get("http://a/").body(()).unwrap(), true).await;
    assert_eq!(soon("an answer", first).await.unwrap().status(), 404);
    let request = Request::builder()
        .method("CONNECT")
        .uri("http://a/chat")
        .extension(Protocol::from_static("websocket"))
        .header("sec-websocket-version", "13")
        .body(())
        .unwrap();
    let (response, mut stream) = session.send(request, false).await;
    let response = soon("a head", response).await.unwrap();
    assert_eq!(response.status(), 200);
    let mut body = response.into_body();
    // A text frame, masked with zeros, and its echo (RFC 6455, section 5.2).
    stream.send_data(Bytes::from_static(b"\x81\x84\0\0\0\0ping"), false).unwrap();
    let mut came = Vec::new();
    while came.len() < 6 {
        came.extend_from_slice(&soon("an echo", body.data()).await.unwrap().unwrap());
    }
    assert_eq!(came, b"\x81\x04ping");
    stream.send_data(Bytes::new(), true).unwrap();
    while soon("the end", body.data()).await.is_some() {}
    drop((stream, body));
    session.close().await;
    assert_eq!(log.records(), 2);
    assert_eq!(log.notes(), ["switched protocols: CONNECT"]);
}

#[tokio::test]
async fn a_protocol_of_its_own() {
    let log = Log::new();
    let steps = [
        send("GET /switch HTTP/1.1\r\nx-request-id: id\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n"),
        Step::Read("\r\n\r\n"),
        send("ping"),
        Step::Read("ping"),
    ];
    talk(&boxed(log.layer().layer(Plain)), &[&steps[..], &[Step::Leave]].concat()).await;
    assert_eq!(
        log.text(),
        "\
id > GET /switch HTTP/1.1
id > X-Request-Id: id
id > Connection: upgrade
id > Upgrade: echo
id >
id < HTTP/1.1 101 Switching Protocols
id < Connection: upgrade
id < Upgrade: echo
id <
id   switched protocols: echo
id   began WHEN, end Nms
id   Nms
"
    );
}

#[tokio::test]
async fn a_tunnel() {
    let log = Log::new();
    let steps = [
        send("CONNECT b.example:443 HTTP/1.1\r\nx-request-id: id\r\n\r\n"),
        Step::Read("\r\n\r\n"),
        send("ping"),
        Step::Read("ping"),
        Step::HalfClose,
    ];
    talk(&boxed(app::router().layer(log.layer())), &steps).await;
    assert_eq!(
        log.text(),
        "\
id > CONNECT b.example:443 HTTP/1.1
id > X-Request-Id: id
id >
id < HTTP/1.1 200 OK
id <
id   switched protocols: CONNECT
id   began WHEN, end Nms
id   Nms
"
    );
}

/// Each event arrives while the next is not there yet, and the record tells of all when the client has left.
#[tokio::test]
async fn events_left_by_their_client() {
    let log = Log::new();
    let (events, receiver) = mpsc::unbounded_channel::<Result<Event, Infallible>>();
    let receiver = Arc::new(Mutex::new(Some(receiver)));
    let handler =
        move || async move { Sse::new(UnboundedReceiverStream::new(receiver.lock().unwrap().take().unwrap())) };
    let addr = serve(Router::new().route("/events", get(handler)).layer(log.layer())).await;
    let mut client = TcpStream::connect(addr).await.unwrap();
    client.write_all(b"GET /events HTTP/1.1\r\nhost: a\r\nx-request-id: id\r\n\r\n").await.unwrap();
    for event in ["one", "two"] {
        events.send(Ok(Event::default().data(event))).unwrap();
        let mut came = Vec::new();
        while !came.ends_with(format!("data: {event}\n\n\r\n").as_bytes()) {
            assert_ne!(soon("an event", client.read_buf(&mut came)).await.unwrap(), 0);
        }
    }
    assert_eq!(log.records(), 0);
    drop(client);
    log.wait(1).await;
    let text = log.text();
    assert!(text.contains("id < HTTP/1.1 200 OK\nid < Content-Type: text/event-stream\n"), "{text}");
    assert!(text.contains("id < Cache-Control: no-cache\n"), "{text}");
    assert!(
        text.ends_with(
            "id   client went away after 22 bytes of the response body\nid   began WHEN, end Nms\nid   Nms\n"
        ),
        "{text}"
    );
}

/// A stream without an end holds no more than its first bytes.
#[tokio::test]
async fn an_endless_stream_is_counted() {
    let log = Log::new();
    let frames = futures_util::stream::repeat_with(|| Ok::<_, Infallible>(Frame::data(app::pattern(1000))));
    let mut frames = Some(frames);
    let service = tower::service_fn(move |_: Request<_>| {
        let body = http_body_util::StreamBody::new(frames.take().unwrap());
        async { Ok::<_, Infallible>(Response::new(body)) }
    });
    let request = Request::get("/").header("x-request-id", "id").body(Body::empty()).unwrap();
    let response = tower::ServiceExt::oneshot(log.layer().body_limit(10).layer(service), request).await.unwrap();
    let mut body = response.into_body();
    for _ in 0..10_000 {
        http_body_util::BodyExt::frame(&mut body).await.unwrap().unwrap();
    }
    drop(body);
    assert_eq!(
        log.text(),
        "\
id > GET / HTTP/1.1
id > X-Request-Id: id
id >
id < HTTP/1.1 200 OK
id <
id < abcdefghij
id   response body: 10 of 10000000 bytes logged
id   client went away after 10000000 bytes of the response body
id   began WHEN, end Nms
id   Nms
"
    );
}
