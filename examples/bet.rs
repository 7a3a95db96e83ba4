//! A betting service that logs its exchanges, and a client that places a bet.
//!
//! `cargo run --example bet` starts the service on a free port, sends it a few requests over TCP and ends; the log is
//! what it prints on standard output.
//!
//! `cargo run --example bet -- --listen 127.0.0.1:3000` stays up, and says on standard error how to `curl` it.

use axum::{
    Form, Json, Router,
    body::{Body, Bytes},
    extract::{Multipart, Path},
    http::{Request, Response, StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use regex::Regex;
use serde_json::{Value, json};
use std::{collections::HashMap, error::Error, io::Write, time::Duration};
use tokio::net::{TcpListener, TcpStream};
use tower_http::compression::CompressionLayer;
use tower_request_log::{Detector, Mask, Redactor, RequestId, RequestLogLayer};

fn app() -> Router {
    let redactor = Redactor::new()
        .header("x-betable-client-id")
        .header("x-betable-access-token")
        .header("x-betable-user-id")
        .field("player_ledger")
        .path("/games/{game}/bet")
        .pattern(Regex::new(r"voucher-(?<secret>\w+)").expect("a regular expression"))
        .detect(Detector::CardNumber)
        .mask(Mask::last(4))
        .field("iban")
        .mask(Mask::redacted())
        .header("x-device-token");
    let log = RequestLogLayer::new()
        .request_id_header("x-betable-request-id".parse().expect("a header's name"))
        .redactor(redactor);
    Router::new()
        .route("/", get(|| async { "Place your bets.\n" }))
        .route("/games/{game}/bet", post(bet))
        .route("/login", post(login))
        .route("/withdraw", post(withdraw))
        .route("/documents", post(documents))
        .route("/logo.png", get(logo))
        .route("/history", get(history).layer(CompressionLayer::new().no_br().no_deflate().no_zstd()))
        .layer(log)
}

/// Answers without a header, as the service of the sample does.
async fn bet(Path(_game): Path<String>, Json(bet): Json<Value>) -> Response<Body> {
    tokio::time::sleep(Duration::from_millis(164)).await;
    let win = json!({ "payout": "0.00", "credits": {}, "currency": bet["currency"] });
    let mut response = Response::new(Body::from(win.to_string()));
    *response.status_mut() = StatusCode::CREATED;
    response
}

async fn login(Form(login): Form<HashMap<String, String>>) -> impl IntoResponse {
    let user = login.get("user").cloned().unwrap_or_default();
    let headers = [
        (header::SET_COOKIE, "session=5c0b7f1e; Path=/; HttpOnly".to_owned()),
        (header::LOCATION, format!("/players/{user}?access_token=tok_94ba")),
    ];
    (StatusCode::SEE_OTHER, headers)
}

async fn withdraw(Json(withdrawal): Json<Value>) -> impl IntoResponse {
    Json(json!({ "accepted": withdrawal["amount"], "receipt": "https://pay.example/receipts/7?sig=3f1a" }))
}

async fn documents(mut form: Multipart) -> impl IntoResponse {
    let mut parts = 0;
    while let Ok(Some(part)) = form.next_field().await {
        parts += usize::from(part.bytes().await.is_ok());
    }
    Json(json!({ "parts": parts }))
}

async fn logo() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "image/png")], &include_bytes!("logo.png")[..])
}

async fn history() -> impl IntoResponse {
    let bets: Vec<_> = (1..=8).map(|bet| json!({ "bet": bet, "wager": "0.01", "payout": "0.00" })).collect();
    Json(json!({ "bets": bets }))
}

/// Sends one request over a connection of its own, its headers in their order, as they stand here.
async fn send(address: &str, request: Request<Full<Bytes>>) -> Result<StatusCode, Box<dyn Error>> {
    let stream = TokioIo::new(TcpStream::connect(address).await?);
    let (mut sender, connection) =
        hyper::client::conn::http1::Builder::new().title_case_headers(true).handshake(stream).await?;
    let connection = tokio::spawn(connection);
    let response = sender.send_request(request).await?;
    let status = response.status();
    response.into_body().collect().await?;
    drop(sender);
    connection.await??;
    Ok(status)
}

/// The sample's bet.
fn sample() -> Result<Request<Full<Bytes>>, axum::http::Error> {
    let body = r#"{"currency":"GBP","economy":"sandbox","paylines":[[1,1,1]],"wager":"0.01","player_ledger":"3b9a81d0-77c1-4e0e-8b8e-0a5d2f1c9e44"}"#;
    Request::post("/games/1f5c4a/bet?access_token=9b1deb4d")
        .header("host", "games.internal.betable.com")
        .header("connection", "close")
        .header("x-betable-client-id", "b3tabl3")
        .header("x-betable-request-id", RequestId::new().to_string())
        .header("authorization", "Basic YmV0YWJsZTpzM2NyM3Q=")
        .header("content-type", "application/json; charset=utf8")
        .header("x-betable-access-token", "9b1deb4d")
        .header("x-betable-user-id", "u-1044")
        .header("x-forwarded-for", "31.222.179.165")
        .header("content-length", body.len())
        .body(Full::from(body))
}

/// A redaction of each other kind.
fn others() -> Result<Vec<Request<Full<Bytes>>>, axum::http::Error> {
    let post = |path| Request::post(path).header("host", "games.internal.betable.com");
    let part = |head: &str, value: &str| format!("--cut\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n");
    Ok(vec![
        post("/login")
            .header("cookie", "theme=dark; session=aa11bb22")
            .header("referer", "https://betable.example/start?sig=77aa&lang=en")
            .header("x-device-token", "d-5c0b7f1e")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Full::from("user=ada&password=correct+horse&next=%2Fhome%3Ftoken%3D1234"))?,
        post("/withdraw")
            .header("content-type", "application/json")
            .body(Full::from(
                r#"{"amount":"12.50","iban":"GB33BUKB20201555555555","card":"4111 1111 1111 1111","memo":"voucher-X7 for Bearer abc.def","session":"eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.","context":"{\"api_key\":\"k-77\",\"try\":1}","callback":"https://ada:pw@shop.example/done?code=42"}"#,
            ))?,
        post("/documents")
            .header("content-type", "multipart/form-data; boundary=cut")
            .body(Full::from(
                part("name=\"secret\"", "s3cr3t")
                    + &part("name=\"scan\"; filename=\"passport.jpg\"", &"x".repeat(2000))
                    + "--cut--\r\n",
            ))?,
    ])
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => demonstrate().await,
        ["--listen", address] => listen(address).await,
        _ => {
            writeln!(std::io::stderr(), "usage: bet [--listen ADDRESS:PORT]")?;
            std::process::exit(2)
        }
    }
}

async fn demonstrate() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = axum::serve(listener, app()).with_graceful_shutdown(async { stopped.await.unwrap_or_default() });
    let server = tokio::spawn(server.into_future());
    send(&address, sample()?).await?;
    for request in others()? {
        send(&address, request).await?;
    }
    // The log is flushed when the last layer is dropped, and the server holds it.
    let _ = stop.send(());
    server.await??;
    Ok(())
}

async fn listen(address: &str) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(address).await.map_err(|error| format!("cannot listen on {address}: {error}"))?;
    let address = listener.local_addr()?;
    writeln!(
        std::io::stderr(),
        "Listening on http://{address}. Try, from another terminal:

  curl http://{address}/
  curl http://{address}/games/1f5c4a/bet?access_token=9b1deb4d --json '{{\"currency\":\"GBP\",\"player_ledger\":\"3b9a\"}}'
  curl http://{address}/login -d 'user=ada&password=secret'
  curl http://{address}/documents -F secret=s3cr3t -F scan=@Cargo.toml
  curl http://{address}/nothing
  curl --head http://{address}/history
  curl http://{address}/logo.png --output /dev/null
  curl http://{address}/withdraw -H 'Transfer-Encoding: chunked' --json '{{\"amount\":\"1.00\"}}'
  curl --compressed http://{address}/history

Ctrl-C ends it."
    )?;
    axum::serve(listener, app())
        .with_graceful_shutdown(async { tokio::signal::ctrl_c().await.unwrap_or_default() })
        .await?;
    Ok(())
}
