//! What `curl` by hand leaves in the log.

use crate::common::without_times;
use axum::{
    Json, Router,
    body::Bytes,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};
use tokio::{net::TcpListener, process::Command};
use tower_http::compression::CompressionLayer;
use tower_request_log::{Redactor, RequestLogLayer, sink::Memory};

fn app(memory: &Memory) -> Router {
    let layer = RequestLogLayer::new()
        .sink(memory.clone())
        .redactor(Redactor::new().path("/players/{id}"))
        .make_request_id(|_| Some(http::HeaderValue::from_static("id")));
    Router::new()
        .route("/", get(|| async { "hello\nworld\n" }))
        .route("/json", post(|Json(body): Json<serde_json::Value>| async { (StatusCode::CREATED, Json(body)) }))
        .route("/form", post(|body: String| async move { body.len().to_string() }))
        .route(
            "/png",
            get(|| async { ([(header::CONTENT_TYPE, "image/png")], Bytes::from_static(b"\x89PNG\r\n\x1a\n\0")) }),
        )
        .route("/upload", post(|body: Bytes| async move { body.len().to_string() }))
        .route("/history", get(history))
        .layer(CompressionLayer::new())
        .layer(layer)
}

async fn history() -> impl IntoResponse {
    Json(serde_json::json!({ "bets": vec!["0.01"; 20], "session_token": "t0k3n" }))
}

/// Runs `curl` with these arguments, a `/` at the end of one being the service's address; what it printed, and the log
/// without the times and without what depends on curl's version or the port.
///
/// `None` where there is no `curl`, which only a run under `CI` takes for a failure.
async fn curl(arguments: &[&str]) -> Option<(String, String)> {
    let memory = Memory::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, app(&memory)).into_future());
    let arguments = arguments.iter().map(|argument| match argument.strip_prefix("URL") {
        Some(path) => format!("http://{address}{path}"),
        None => (*argument).to_owned(),
    });
    let output = match Command::new("curl").arg("-sS").args(arguments).output().await {
        Err(error) if std::env::var_os("CI").is_none() => {
            eprintln!("not tested, since curl cannot be run: {error}");
            return None;
        }
        output => output.expect("curl must be installed"),
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let log = without_times(&memory.text()).replace(&address.to_string(), "HOST");
    let log = log.lines().filter(|line| !line.contains("User-Agent: "));
    let log: String = log.flat_map(|line| [line, "\n"]).collect();
    Some((String::from_utf8_lossy(&output.stdout).into_owned(), log))
}

#[tokio::test]
async fn get_text() {
    let Some((body, log)) = curl(&["URL/"]).await else { return };
    assert_eq!(body, "hello\nworld\n");
    assert_eq!(
        log,
        "\
id > GET / HTTP/1.1
id > Host: HOST
id > Accept: */*
id >
id < HTTP/1.1 200 OK
id < Content-Type: text/plain; charset=utf-8
id <
id < hello
id < world
id   began WHEN, end Nms
id   Nms
"
    );
}

#[tokio::test]
async fn post_json() {
    let json = r#"{"name":"ada","password":"hunter2","tags":[]}"#;
    let Some((body, log)) = curl(&["--json", json, "URL/json?sig=1&page=2"]).await else { return };
    assert_eq!(body, r#"{"name":"ada","password":"hunter2","tags":[]}"#);
    assert_eq!(
        log,
        "\
id > POST /json?sig=REDACTED&page=2 HTTP/1.1
id > Host: HOST
id > Content-Type: application/json
id > Accept: application/json
id > Content-Length: 45
id >
id > {
id >     \"name\": \"ada\",
id >     \"password\": \"REDACTED\",
id >     \"tags\": []
id > }
id < HTTP/1.1 201 Created
id < Content-Type: application/json
id < Vary: accept-encoding
id <
id < {
id <     \"name\": \"ada\",
id <     \"password\": \"REDACTED\",
id <     \"tags\": []
id < }
id   began WHEN, end Nms
id   Nms
"
    );
}

#[tokio::test]
async fn post_form() {
    let Some((_, log)) = curl(&["-d", "user=ada&password=hunter2", "URL/form"]).await else { return };
    assert_eq!(
        log,
        "\
id > POST /form HTTP/1.1
id > Host: HOST
id > Accept: */*
id > Content-Length: 25
id > Content-Type: application/x-www-form-urlencoded
id >
id > user=ada&password=REDACTED
id < HTTP/1.1 200 OK
id < Content-Type: text/plain; charset=utf-8
id <
id < 25
id   began WHEN, end Nms
id   Nms
"
    );
}

#[tokio::test]
async fn not_found() {
    let Some((_, log)) = curl(&["URL/players/ada"]).await else { return };
    assert_eq!(
        log,
        "\
id > GET /players/REDACTED HTTP/1.1
id > Host: HOST
id > Accept: */*
id >
id < HTTP/1.1 404 Not Found
id <
id   began WHEN, end Nms
id   Nms
"
    );
}

#[tokio::test]
async fn head() {
    let Some((_, log)) = curl(&["--head", "URL/"]).await else { return };
    assert_eq!(
        log,
        "\
id > HEAD / HTTP/1.1
id > Host: HOST
id > Accept: */*
id >
id < HTTP/1.1 200 OK
id < Content-Type: text/plain; charset=utf-8
id <
id   began WHEN, end Nms
id   Nms
"
    );
}

#[tokio::test]
async fn png() {
    let Some((_, log)) = curl(&["URL/png"]).await else { return };
    assert_eq!(
        log,
        "\
id > GET /png HTTP/1.1
id > Host: HOST
id > Accept: */*
id >
id < HTTP/1.1 200 OK
id < Content-Type: image/png
id <
id   response body: 9 bytes of image/png, not logged
id   began WHEN, end Nms
id   Nms
"
    );
}

#[tokio::test]
async fn chunked_upload() {
    let upload = ["-H", "Transfer-Encoding: chunked", "-H", "Content-Type: text/plain", "-d", "a b", "URL/upload"];
    let Some((_, log)) = curl(&upload).await else { return };
    assert_eq!(
        log,
        "\
id > POST /upload HTTP/1.1
id > Host: HOST
id > Accept: */*
id > Transfer-Encoding: chunked
id > Content-Type: text/plain
id >
id > a b
id < HTTP/1.1 200 OK
id < Content-Type: text/plain; charset=utf-8
id <
id < 3
id   began WHEN, end Nms
id   Nms
"
    );
}

#[cfg(feature = "gzip")]
#[tokio::test]
async fn gzip() {
    let Some((body, log)) = curl(&["--compressed", "-H", "Accept-Encoding: gzip", "URL/history"]).await else { return };
    assert!(body.contains("t0k3n"));
    assert!(log.contains("id < Content-Encoding: gzip\n"), "{log}");
    assert!(log.contains("id <         \"0.01\",\n"), "{log}");
    assert!(log.contains("id <     \"session_token\": \"REDACTED\"\n"), "{log}");
    assert!(log.contains(" bytes of gzip decoded to "), "{log}");
}
