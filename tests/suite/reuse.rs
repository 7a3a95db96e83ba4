//! What one exchange leaves behind for the next: nothing that shows.

use crate::common::{
    Log,
    app::{in_axum, plain},
    h1::{send, talk},
};

/// Requests that fill everything that a record has, and requests that leave it empty.
fn requests() -> Vec<String> {
    let form = "a=1&token=first";
    let json = r#"{"pin": 1, "password": "second", "list": [1, 2, 3]}"#;
    let long = "long ".repeat(20_000);
    let post = |path: &str, kind: &str, body: &str| {
        let length = body.len();
        format!(
            "POST {path} HTTP/1.1\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nx-request-id: post\r\n\r\n{body}"
        )
    };
    let mut requests = vec![
        post("/echo", "application/x-www-form-urlencoded", form),
        post("/echo", "application/json", json),
        post("/unread", "text/plain", &long),
        post("/echo", "text/plain", &long),
        post("/half", "text/plain", "half of this is read"),
        post("/echo", "image/png", "\x01\x02"),
        "GET /full HTTP/1.0\r\n\r\n".to_owned(),
        "GET /full HTTP/1.1\r\nx-request-id: not an id\r\nAuthorization: Basic YTpi\r\nCookie: a=b\r\nx-a: 1\r\nx-a: 2\r\n\r\n"
            .to_owned(),
    ];
    let paths = [
        "/204",
        "/304-with-a-length",
        "/length",
        "/length-too-long",
        "/big",
        "/trailers",
        "/cookies",
        "/body-fails",
        "/grpc-trailers-only",
        "/panics",
        "/full?access_token=third&a=b",
        "/empty",
    ];
    requests.extend(paths.map(|path| format!("GET {path} HTTP/1.1\r\nx-request-id: get\r\n\r\n")));
    requests.push("HEAD /big HTTP/1.1\r\n\r\n".to_owned());
    requests
}

/// The block of one request, ids of the layer's own aside.
async fn block(app: &crate::common::app::App, log: &Log, request: &str) -> String {
    let (before, records) = (log.text().len(), log.records());
    let request = request.replacen("\r\n", "\r\nhost: h\r\nconnection: close\r\n", 1);
    talk(app, &[send(request)]).await;
    log.wait(records + 1).await;
    let text = log.text().split_off(before);
    let id = text.split(' ').next().unwrap_or_default();
    text.replace(id, "ID")
}

#[tokio::test]
async fn no_record_shows_anything_of_the_one_before() {
    for app in [plain, in_axum] {
        let log = Log::new();
        let used = app(&log);
        // Each after each: the second half of the round goes backwards.
        let requests = requests();
        for request in requests.iter().chain(requests.iter().rev()).chain(requests.iter().step_by(3)) {
            let fresh = Log::new();
            let alone = block(&app(&fresh), &fresh, request).await;
            assert_eq!(block(&used, &log, request).await, alone, "{request:.100}");
        }
    }
}
