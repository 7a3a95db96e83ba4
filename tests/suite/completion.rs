//! Complete or aborted, told apart where a server never polls a body to its `None`.

use crate::common::{
    Log,
    app::{Plain, in_axum, plain},
    h1::{Step, send, talk},
    h2::{Reset, Upload, exchange},
};
use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use tower::{Layer, ServiceExt};

/// The notes, but for those about a body's size.
fn notes(log: &Log) -> Vec<String> {
    log.notes().into_iter().filter(|note| !note.ends_with(" bytes logged")).collect()
}

/// Whatever tells a server that a body is over, the log knows it too.
#[tokio::test]
async fn complete_over_http_1() {
    let paths = [
        "GET /full",
        "GET /empty",
        "GET /204",
        "GET /204-with-a-body",
        "GET /205",
        "GET /304",
        "GET /304-with-a-length",
        "GET /length",
        "GET /length-too-short",
        "GET /unknown",
        "GET /unknown-empty",
        "GET /empty-frames",
        "GET /big",
        "GET /close",
        "GET /reason",
        "HEAD /full",
        "HEAD /empty",
        "HEAD /204",
        "HEAD /304",
        "HEAD /length",
        "HEAD /unknown",
        "HEAD /big",
        "HEAD /body-fails",
        "HEAD /trailers",
        "GET /grpc-trailers-only",
        "OPTIONS *",
    ];
    for path in paths {
        for app in [plain, in_axum] {
            let log = Log::new();
            talk(&app(&log), &[request(&format!("{path} HTTP/1.1"))]).await;
            assert_eq!(notes(&log), [""; 0], "{path}");
        }
    }
}

#[tokio::test]
async fn complete_over_http_2() {
    let paths = [
        "GET /full",
        "GET /empty",
        "GET /204",
        "GET /304",
        "GET /length",
        "GET /unknown",
        "GET /unknown-empty",
        "GET /empty-frames",
        "GET /big",
        "HEAD /full",
        "HEAD /empty",
        "HEAD /204",
        "HEAD /length",
        "HEAD /unknown",
        "HEAD /big",
        "HEAD /body-fails",
        "GET /grpc-trailers-only",
    ];
    for path in paths {
        for app in [plain, in_axum] {
            let log = Log::new();
            let (method, path) = path.split_once(' ').unwrap();
            let request = Request::builder().method(method).uri(format!("http://a{path}")).body(()).unwrap();
            exchange(&app(&log), request, Upload::Nothing, Reset::Never).await;
            assert_eq!(notes(&log), [""; 0], "{method} {path}");
        }
    }
}

/// A length that was promised and not kept is no end.
#[tokio::test]
async fn aborted() {
    let aborted = [
        ("GET /length-too-long", "response body failed after 9 of 30 bytes: it ended short of its length"),
        ("GET /body-fails-with-a-length", "response body failed after 6 of 100 bytes: the disk is on fire"),
    ];
    for (path, note) in aborted {
        let log = Log::new();
        talk(&plain(&log), &[request(&format!("{path} HTTP/1.1"))]).await;
        assert_eq!(notes(&log), [note], "{path}");
    }
}

/// Who rewrote a request on its way here may have left its Content-Length: the service has it all nevertheless.
#[tokio::test]
async fn a_request_that_was_rewritten() {
    let log = Log::new();
    let request = Request::post("/echo").header("content-length", "10").body(Body::from("hello")).unwrap();
    let response = log.layer().layer(Plain).oneshot(request).await.unwrap();
    response.into_body().collect().await.unwrap();
    assert_eq!(notes(&log), [""; 0]);
}

/// A request of HTTP/1 on a connection of its own.
fn request(head: &str) -> Step {
    send(format!("{head}\r\nconnection: close\r\n\r\n"))
}
