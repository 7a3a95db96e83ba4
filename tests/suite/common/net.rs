//! Services on ports of their own, and clients for them.

use axum::{Router, body::Body};
use http::{Request, Response, Uri};
use http_body_util::BodyExt;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::net::TcpListener;

/// Serves `app` on a port of its own; what its URLs begin with.
pub(crate) async fn serve(app: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, app).await });
    origin
}

/// A client that knows no ids.
pub(crate) fn client<B>() -> Client<HttpConnector, B>
where
    B: http_body::Body<Data: Send> + Send,
{
    Client::builder(TokioExecutor::new()).build_http()
}

/// Sends a GET with these headers and reads the answer.
pub(crate) async fn get(url: &str, headers: &[(&str, &str)]) -> Response<String> {
    let mut request = Request::get(url.parse::<Uri>().unwrap());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (parts, body) = client().request(request.body(Body::empty()).unwrap()).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Response::from_parts(parts, String::from_utf8(body.to_vec()).unwrap())
}
