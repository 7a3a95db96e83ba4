//! try
use axum::{Json, Router, routing::post};
use tower_request_log::RequestLogLayer;
#[tokio::main]
async fn main() {
    let app = Router::new()
        .route("/games/{id}/bet", post(|_b: String| async { (axum::http::StatusCode::CREATED, Json(1)) }))
        .layer(RequestLogLayer::new());
    let l = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let a = l.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(l, app).await });
    let o = tokio::process::Command::new("curl")
        .args(["-s", "-i", "-d", "a=1", &format!("http://{a}/games/1/bet")])
        .output()
        .await
        .unwrap();
    eprintln!("{}", String::from_utf8_lossy(&o.stdout));
}
