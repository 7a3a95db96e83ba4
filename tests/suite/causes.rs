//! A failure is told with its causes, whichever the crate that the error is of.

#[cfg(any(feature = "hyper", feature = "tonic"))]
use crate::common::soon;
use crate::common::{Log, call};
use axum::{
    BoxError,
    body::{Body, Bytes},
    http::{Request, Response},
};
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use std::{convert::Infallible, error::Error, fmt, io, sync::Arc};
use tower::{Layer, ServiceExt, service_fn};
use tower_request_log::RequestLogLayer;

/// A layer of an error, and what is in it.
#[derive(Debug)]
struct Outer(&'static str, Option<BoxError>);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Outer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_ref().map(|source| &**source as _)
    }
}

fn chain(texts: &[&'static str]) -> BoxError {
    let (first, rest) = texts.split_first().unwrap();
    Box::new(Outer(first, (!rest.is_empty()).then(|| chain(rest))))
}

fn refused() -> BoxError {
    Box::new(Outer("no bet", Some(Box::new(io::Error::from_raw_os_error(111)))))
}

/// The one note of an exchange whose service returns `error`.
async fn note<E: fmt::Display + 'static>(error: E) -> String {
    note_of(|layer| layer, error).await
}

async fn note_of<E: fmt::Display + 'static>(set: fn(RequestLogLayer) -> RequestLogLayer, error: E) -> String {
    let log = Log::new();
    let mut error = Some(error);
    let fails = service_fn(move |_: Request<_>| std::future::ready(Err::<Response<Body>, _>(error.take().unwrap())));
    let _ = set(log.layer()).layer(fails).oneshot(call()).await;
    let [note] = <[String; 1]>::try_from(log.notes()).unwrap();
    note
}

/// The last note of an exchange whose response's body fails.
async fn body_note<E: fmt::Display + Send + 'static>(error: E) -> String {
    let log = Log::new();
    let mut error = Some(error);
    let service = service_fn(move |_: Request<_>| {
        let frames = stream::iter([Err::<http_body::Frame<Bytes>, _>(error.take().unwrap())]);
        std::future::ready(Ok::<_, Infallible>(Response::new(StreamBody::new(frames))))
    });
    let _ = log.layer().layer(service).oneshot(call()).await.unwrap().into_body().collect().await;
    log.notes().pop().unwrap()
}

const REFUSED: &str = "service failed: no bet: Connection refused (os error 111)";

#[tokio::test]
async fn of_boxed_errors() {
    assert_eq!(note(refused()).await, REFUSED);
    assert_eq!(note::<Arc<dyn Error + Send + Sync>>(refused().into()).await, REFUSED);
    assert_eq!(note::<Box<dyn Error>>(refused()).await, REFUSED);
    assert_eq!(note::<Box<dyn Error + Send>>(refused()).await, REFUSED);
    assert_eq!(note(io::Error::other(refused())).await, REFUSED);
    assert_eq!(
        body_note(refused()).await,
        "response body failed after 0 bytes: no bet: Connection refused (os error 111)"
    );
}

/// Of other types `Display` is all that is asked, unless they are named.
#[tokio::test]
async fn of_types_that_are_named() {
    let error = || Outer("no bet", Some(chain(&["no money"])));
    assert_eq!(note(error()).await, "service failed: no bet");
    assert_eq!(note_of(|layer| layer.causes_of::<Outer>(), error()).await, "service failed: no bet: no money");
    assert_eq!(
        note_of(|layer| layer.causes_of::<fmt::Error>().causes_of::<Outer>(), error()).await,
        "service failed: no bet: no money"
    );
}

#[tokio::test]
async fn of_anyhow() {
    assert_eq!(note(anyhow::Error::msg("no money").context("no bet")).await, "service failed: no bet: no money");
}

#[cfg(feature = "axum")]
#[tokio::test]
async fn of_axum() {
    assert_eq!(note(axum::Error::new(refused())).await, REFUSED);
    assert_eq!(
        body_note(axum::Error::new(refused())).await,
        "response body failed after 0 bytes: no bet: Connection refused (os error 111)"
    );
}

/// An address where nobody listens.
#[cfg(any(feature = "hyper", feature = "tonic"))]
fn nobody() -> std::net::SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[cfg(feature = "hyper")]
#[tokio::test]
async fn of_hyper_utils_client() {
    use hyper_util::{client::legacy::Client, rt::TokioExecutor};

    let log = Log::new();
    let client: Client<_, tower_request_log::LogBody<Body>> = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::get(format!("http://{}/", nobody())).body(Body::empty()).unwrap();
    let error = soon("a refusal", log.layer().layer(client).oneshot(request)).await.unwrap_err();
    assert!(error.is_connect());
    assert_eq!(
        log.notes(),
        ["service failed: client error (Connect): tcp connect error: Connection refused (os error 111)"]
    );
}

/// A client that breaks its promise of a body off, as hyper's server tells it.
#[cfg(feature = "hyper")]
#[tokio::test]
async fn of_hypers_bodies() {
    use hyper_util::{rt::TokioIo, service::TowerToHyperService};
    use tokio::io::AsyncWriteExt;

    let log = Log::new();
    let service =
        log.layer().layer(service_fn(async |request: Request<tower_request_log::LogBody<hyper::body::Incoming>>| {
            let error = request.into_body().collect().await.unwrap_err();
            Err::<Response<Body>, _>(error)
        }));
    let (mut client, server) = tokio::io::duplex(1024);
    let served = tokio::spawn(
        hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(server), TowerToHyperService::new(service)),
    );
    client
        .write_all(b"POST / HTTP/1.1\r\nx-request-id: id\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nnine\r\n")
        .await
        .unwrap();
    let _ = soon("the end", served).await;
    assert_eq!(
        log.notes(),
        [
            "request body failed after 5 bytes: error reading a body from connection: Invalid chunk size line: missing size digit",
            "service failed: error reading a body from connection: Invalid chunk size line: missing size digit",
        ]
    );
}

#[cfg(feature = "tonic")]
#[tokio::test]
async fn of_tonic() {
    let log = Log::new();
    let channel = tonic::transport::Endpoint::from_shared(format!("http://{}", nobody())).unwrap().connect_lazy();
    let channel = tower::ServiceBuilder::new()
        .layer(log.layer())
        .map_request(|request: Request<tower_request_log::LogBody<tonic::body::Body>>| {
            request.map(tonic::body::Body::new)
        })
        .service(channel);
    let request = Request::post("/shop.Shop/Bet").body(tonic::body::Body::empty()).unwrap();
    assert!(soon("a refusal", channel.oneshot(request)).await.is_err());
    assert_eq!(log.notes(), ["service failed: transport error: tcp connect error: Connection refused (os error 111)"]);

    let status = tonic::Status::from_error(refused());
    assert_eq!(status.message(), "no bet");
    let note = note(status).await;
    assert!(note.contains("message: \"no bet\""), "{note}");
    assert!(note.ends_with(": no bet: Connection refused (os error 111)"), "{note}");
}

/// What the text before a cause ends with is not told again.
#[tokio::test]
async fn are_told_once() {
    let told = async |texts: &[&'static str]| note(chain(texts)).await;
    assert_eq!(told(&["a", "b", "c"]).await, "service failed: a: b: c");
    assert_eq!(told(&["a: b: c", "b: c", "c"]).await, "service failed: a: b: c");
    assert_eq!(told(&["a", "", "c"]).await, "service failed: a: c");
    assert_eq!(told(&["", "b", "c"]).await, "service failed: b: c");
    assert_eq!(told(&["a", "a"]).await, "service failed: a");
}

/// However many there are, and whatever they do.
#[tokio::test]
async fn are_bounded() {
    #[derive(Debug)]
    struct Endless;
    impl fmt::Display for Endless {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            static TIMES: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
            write!(f, "{}", TIMES.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
        }
    }
    impl Error for Endless {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&Self)
        }
    }
    let numbers: Vec<_> = (0..33).map(|number| number.to_string()).collect();
    assert_eq!(note::<BoxError>(Box::new(Endless)).await, format!("service failed: {}", numbers.join(": ")));

    let whole = |layer: RequestLogLayer| layer.format(tower_request_log::format::Lines::new().line_limit(usize::MAX));
    let long = note_of::<BoxError>(whole, Box::new(Outer("a", Some("x".repeat(1 << 20).into())))).await;
    assert_eq!(long, format!("service failed: a: {} … (error text cut)", "x".repeat(8189)));

    #[derive(Debug)]
    struct Mean;
    impl fmt::Display for Mean {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("mean")
        }
    }
    impl Error for Mean {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            std::panic::resume_unwind(Box::new("as asked"))
        }
    }
    assert_eq!(note::<BoxError>(Box::new(Mean)).await, "service failed: mean");
}

#[tokio::test]
async fn are_redacted() {
    let told = async |texts: &[&'static str]| note(chain(texts)).await;
    assert_eq!(told(&["no bet", "Cookie: sid=5c0b"]).await, "service failed: no bet: Cookie: REDACTED");
    assert_eq!(told(&["no\nbet", "see /?token=5c0b"]).await, "service failed: no\\nbet: see /?token=REDACTED");
    assert_eq!(told(&["password: 5c0b", "API_KEY=5c0b"]).await, "service failed: password: REDACTED: API_KEY=REDACTED");
}
