//! The sample of the design, byte for byte, over TCP.

use crate::common::without_times;
use axum::{
    Router,
    body::Body,
    extract::Path,
    http::{HeaderName, Response, StatusCode},
    routing::post,
};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tower_request_log::{Redactor, RequestLogLayer, sink::Memory};

const REQUEST: &str = "POST /games/1f5c4a/bet?access_token=9b1deb4d HTTP/1.1\r\n\
    Host: games.internal.betable.com\r\n\
    Connection: close\r\n\
    X-Betable-Client-Id: b3tabl3\r\n\
    X-Betable-Request-Id: ccbYQHB1xzwqWkjvyKV5i9\r\n\
    Authorization: Basic YmV0YWJsZTpzM2NyM3Q=\r\n\
    Content-Type: application/json; charset=utf8\r\n\
    X-Betable-Access-Token: 9b1deb4d\r\n\
    X-Betable-User-Id: u-1044\r\n\
    X-Forwarded-For: 31.222.179.165\r\n\
    Content-Length: 129\r\n\
    \r\n\
    {\"currency\":\"GBP\",\"economy\":\"sandbox\",\"paylines\":[[1,1,1]],\"wager\":\"0.01\",\
    \"player_ledger\":\"3b9a81d0-77c1-4e0e-8b8e-0a5d2f1c9e44\"}";

const LOG: &str = "\
ccbYQHB1xzwqWkjvyKV5i9 > POST /games/REDACTED/bet?access_token=REDACTED HTTP/1.1
ccbYQHB1xzwqWkjvyKV5i9 > Host: games.internal.betable.com
ccbYQHB1xzwqWkjvyKV5i9 > Connection: close
ccbYQHB1xzwqWkjvyKV5i9 > X-Betable-Client-Id: REDACTED
ccbYQHB1xzwqWkjvyKV5i9 > X-Betable-Request-Id: ccbYQHB1xzwqWkjvyKV5i9
ccbYQHB1xzwqWkjvyKV5i9 > Authorization: Basic REDACTED (client_id: betable)
ccbYQHB1xzwqWkjvyKV5i9 > Content-Type: application/json; charset=utf8
ccbYQHB1xzwqWkjvyKV5i9 > X-Betable-Access-Token: REDACTED
ccbYQHB1xzwqWkjvyKV5i9 > X-Betable-User-Id: REDACTED
ccbYQHB1xzwqWkjvyKV5i9 > X-Forwarded-For: 31.222.179.165
ccbYQHB1xzwqWkjvyKV5i9 > Content-Length: 129
ccbYQHB1xzwqWkjvyKV5i9 >
ccbYQHB1xzwqWkjvyKV5i9 > {
ccbYQHB1xzwqWkjvyKV5i9 >     \"currency\": \"GBP\",
ccbYQHB1xzwqWkjvyKV5i9 >     \"economy\": \"sandbox\",
ccbYQHB1xzwqWkjvyKV5i9 >     \"paylines\": [
ccbYQHB1xzwqWkjvyKV5i9 >         [
ccbYQHB1xzwqWkjvyKV5i9 >             1,
ccbYQHB1xzwqWkjvyKV5i9 >             1,
ccbYQHB1xzwqWkjvyKV5i9 >             1
ccbYQHB1xzwqWkjvyKV5i9 >         ]
ccbYQHB1xzwqWkjvyKV5i9 >     ],
ccbYQHB1xzwqWkjvyKV5i9 >     \"wager\": \"0.01\",
ccbYQHB1xzwqWkjvyKV5i9 >     \"player_ledger\": \"REDACTED\"
ccbYQHB1xzwqWkjvyKV5i9 > }
ccbYQHB1xzwqWkjvyKV5i9 < HTTP/1.1 201 Created
ccbYQHB1xzwqWkjvyKV5i9 <
ccbYQHB1xzwqWkjvyKV5i9 < {
ccbYQHB1xzwqWkjvyKV5i9 <     \"payout\": \"0.00\",
ccbYQHB1xzwqWkjvyKV5i9 <     \"credits\": {},
ccbYQHB1xzwqWkjvyKV5i9 <     \"currency\": \"GBP\"
ccbYQHB1xzwqWkjvyKV5i9 < }
ccbYQHB1xzwqWkjvyKV5i9   began WHEN, end Nms
ccbYQHB1xzwqWkjvyKV5i9   Nms
";

#[tokio::test]
async fn the_sample_is_logged_byte_for_byte() {
    let memory = Memory::new();
    let layer = RequestLogLayer::new()
        .sink(memory.clone())
        .request_id_header(HeaderName::from_static("x-betable-request-id"))
        .redactor(
            Redactor::new()
                .header("x-betable-client-id")
                .header("X-Betable-Access-Token")
                .header("x_betable_user_id")
                .field("player_ledger")
                .path("/games/{game}/bet"),
        );
    let bet = |Path(game): Path<String>, body: String| async move {
        assert_eq!(game, "1f5c4a");
        assert!(body.ends_with("\"player_ledger\":\"3b9a81d0-77c1-4e0e-8b8e-0a5d2f1c9e44\"}"));
        tokio::time::sleep(Duration::from_millis(12)).await;
        let mut response = Response::new(Body::from(r#"{"payout":"0.00","credits":{},"currency":"GBP"}"#));
        *response.status_mut() = StatusCode::CREATED;
        response
    };
    let app = Router::new().route("/games/{id}/bet", post(bet)).layer(layer);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, app).into_future());

    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(REQUEST.as_bytes()).await.unwrap();
    let mut response = String::new();
    client.read_to_string(&mut response).await.unwrap();

    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 201 Created\r\n"), "{head}");
    assert!(head.contains("\r\nx-betable-request-id: ccbYQHB1xzwqWkjvyKV5i9"), "{head}");
    assert_eq!(body, r#"{"payout":"0.00","credits":{},"currency":"GBP"}"#);

    let log = memory.text();
    let (_, time) = log.trim_end().rsplit_once("   ").unwrap();
    let milliseconds: u64 = time.strip_suffix("ms").unwrap().parse().unwrap();
    assert!((12..10_000).contains(&milliseconds), "{time}");
    assert_eq!(without_times(&log), LOG);
    assert_eq!(memory.records().len(), 1);
    memory.assert_lacks("9b1deb4d");
    memory.assert_lacks("3b9a81d0");
}
