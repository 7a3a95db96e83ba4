//! One id for an exchange: in the log, on the request for the service and on the response.

use crate::common::Log;
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Request, Response},
};
use std::{
    convert::Infallible,
    sync::atomic::{AtomicU64, Ordering},
};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tower_http::request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId as TowerRequestId, SetRequestIdLayer};
use tower_request_log::{RequestId, RequestLogLayer};

/// What there was of ids in one exchange.
#[derive(Debug, PartialEq)]
struct Ids {
    /// On every line of the log.
    logged: String,
    /// In the header that the service saw.
    header: Vec<String>,
    /// In the extension that the service saw.
    extension: Option<String>,
    /// On the response.
    response: Vec<String>,
    notes: Vec<String>,
}

fn all(headers: &axum::http::HeaderMap, name: &str) -> Vec<String> {
    headers.get_all(name).iter().map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned()).collect()
}

/// The name of the header that the tests look at.
const NAME: &str = "x-request-id";

/// A service that tells what it saw in headers of its own, and may answer with ids of its own.
async fn tell<B>(
    request: Request<B>,
    own: &'static [&'static str],
    name: &'static str,
) -> Result<Response<Body>, Infallible> {
    let mut response = Response::new(Body::empty());
    for id in own {
        response.headers_mut().append(name, HeaderValue::from_static(id));
    }
    for id in request.headers().get_all(name) {
        response.headers_mut().append("saw-header", id.clone());
    }
    if let Some(id) = request.extensions().get::<TowerRequestId>() {
        response.headers_mut().insert("saw-extension", id.header_value().clone());
    }
    Ok(response)
}

async fn ids<S>(log: &Log, name: &str, service: S, request: Request<Body>) -> Ids
where
    S: Service<Request<Body>, Response: Into<Answer>, Error = Infallible>,
{
    let answer: Answer = service.oneshot(request).await.unwrap_or_else(|never| match never {}).into();
    let text = log.text();
    let logged = text.split(' ').next().unwrap().to_owned();
    assert!(text.lines().all(|line| line.starts_with(&format!("{logged} "))), "{text}");
    let headers = &answer.0;
    Ids {
        logged,
        header: all(headers, "saw-header"),
        extension: all(headers, "saw-extension").pop(),
        response: all(headers, name),
        notes: log.notes(),
    }
}

/// The head of a response; its body is gone.
struct Answer(axum::http::HeaderMap);

impl<B> From<Response<B>> for Answer {
    fn from(response: Response<B>) -> Self {
        Self(response.into_parts().0.headers)
    }
}

/// The ids of an exchange whose request came with `came`.
async fn came(set: impl FnOnce(RequestLogLayer) -> RequestLogLayer, came: &[&[u8]]) -> Ids {
    let log = Log::new();
    let service = set(log.layer()).layer(service_fn(|request: Request<_>| tell(request, &[], NAME)));
    ids(&log, NAME, service, request(came)).await
}

fn request(ids: &[&[u8]]) -> Request<Body> {
    let mut request = Request::new(Body::empty());
    for id in ids {
        request.headers_mut().append(NAME, HeaderValue::from_bytes(id).unwrap());
    }
    request
}

fn everywhere(id: &str, notes: &[&str]) -> Ids {
    Ids {
        logged: id.to_owned(),
        header: vec![id.to_owned()],
        extension: Some(id.to_owned()),
        response: vec![id.to_owned()],
        notes: notes.iter().map(|&note| note.to_owned()).collect(),
    }
}

/// That the id is a new one, the same everywhere.
#[track_caller]
fn assert_minted(ids: Ids, notes: &[&str]) {
    assert!(ids.logged.len() == 22 && ids.logged.parse::<RequestId>().is_ok(), "{ids:?}");
    let id = ids.logged.clone();
    assert_eq!(ids, everywhere(&id, notes));
}

#[tokio::test]
async fn minted_where_none_came() {
    assert_minted(came(|layer| layer, &[]).await, &[]);
}

#[tokio::test]
async fn two_exchanges_have_two() {
    let (first, second) = (came(|layer| layer, &[]).await, came(|layer| layer, &[]).await);
    assert!(first.logged < second.logged, "{first:?} {second:?}");
}

#[tokio::test]
async fn trusted_where_it_is_well_formed() {
    let longest = "x".repeat(128);
    for id in ["a", "0", "abc-DEF_1.2:3/4+5=6@7", "--", "550e8400-e29b-41d4-a716-446655440000", &longest] {
        assert_eq!(came(|layer| layer, &[id.as_bytes()]).await, everywhere(id, &[]));
    }
}

/// An id of this crate has by chance, once in some 12,000, what a JWT begins with.
#[tokio::test]
async fn trusted_where_chance_gives_it_the_shape_of_a_secret() {
    for id in ["0355cNHTqxOuzeyJFsXJL9", "0355cNHTqxOuzeyJFsXJL9.1", "0355cNHTqxOuzeyJFsXJL9.2.10"] {
        assert_eq!(came(|layer| layer, &[id.as_bytes()]).await, everywhere(id, &[]));
    }
}

#[tokio::test]
async fn replaced_where_it_is_not() {
    let oversized = "x".repeat(129);
    let malformed: [&[u8]; 12] = [
        b"",
        b"-",
        b"a b",
        b"a\tb",
        b"caf\xe9",
        "caf\u{e9}".as_bytes(),
        b"\xff",
        b"a,b",
        b"a\"b",
        b"a;b",
        b"<a>",
        oversized.as_bytes(),
    ];
    for id in malformed {
        assert_minted(came(|layer| layer, &[id]).await, &["request id replaced: the one that came was malformed"]);
    }
}

#[tokio::test]
async fn replaced_where_there_are_several() {
    for several in [&[&b"one"[..], b"two"][..], &[b"one", b"one"], &[b"one", b"caf\xe9", b"two"]] {
        assert_minted(came(|layer| layer, several).await, &["request id replaced: more than one came"]);
    }
}

#[tokio::test]
async fn replaced_where_it_is_not_trusted() {
    let untrusting = |layer: RequestLogLayer| layer.trust_request_id(false);
    assert_minted(came(untrusting, &[b"one"]).await, &["request id replaced: the one that came is not trusted"]);
    assert_minted(came(untrusting, &[]).await, &[]);
}

/// An id stands on every line and every response: it must not be a way around the redaction.
#[tokio::test]
async fn replaced_where_it_is_a_secret() {
    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
    let ids = came(|layer| layer, &[token]).await;
    assert_minted(ids, &["request id replaced: the one that came held a secret"]);
}

// The service's own.

#[tokio::test]
async fn the_services_own_leaves() {
    for (own, leaves) in [(&["mine"][..], "mine"), (&["mine", "other"], "mine")] {
        let log = Log::new();
        let service = log.layer().layer(service_fn(move |request: Request<_>| tell(request, own, NAME)));
        let ids = ids(&log, NAME, service, request(&[b"came"])).await;
        assert_eq!(ids.response, [leaves]);
        assert_eq!((ids.logged.as_str(), ids.header), ("came", vec!["came".to_owned()]));
        // As the service returned it.
        assert!(log.text().contains("came < X-Request-Id: mine\n"), "{}", log.text());
    }
}

#[tokio::test]
async fn the_id_that_the_layer_adds_is_not_printed() {
    let log = Log::new();
    let service =
        log.layer().layer(service_fn(|_: Request<_>| async { Ok::<_, Infallible>(Response::new(Body::empty())) }));
    service.oneshot(request(&[])).await.unwrap();
    assert!(!log.text().to_lowercase().contains(NAME), "{}", log.text());
}

// Other names and makers.

#[tokio::test]
async fn a_header_of_another_name() {
    let log = Log::new();
    let name = HeaderName::from_static("x-betable-request-id");
    let service = log
        .layer()
        .request_id_header(name)
        .layer(service_fn(|request: Request<_>| tell(request, &[], "x-betable-request-id")));
    let mut request = request(&[b"not this"]);
    request.headers_mut().insert("x-betable-request-id", HeaderValue::from_static("this"));
    assert_eq!(ids(&log, "x-betable-request-id", service, request).await, everywhere("this", &[]));
}

/// Makes ids from the path, and counts how many it was asked for.
fn make(count: &AtomicU64, path: &str) -> Option<HeaderValue> {
    let count = count.fetch_add(1, Ordering::Relaxed);
    match path {
        "/none" => None,
        "/malformed" => Some(HeaderValue::from_static("not so good")),
        "/panics" => std::panic::resume_unwind(Box::new("as asked")),
        path => HeaderValue::try_from(format!("{path}-{count}")).ok(),
    }
}

#[tokio::test]
async fn made_by_the_users_maker() {
    let made = async |path: &str| {
        let log = Log::new();
        let count = AtomicU64::new(0);
        let layer = log.layer().make_request_id(move |request| make(&count, request.uri.path()));
        let service = layer.layer(service_fn(|request: Request<_>| tell(request, &[], NAME)));
        ids(&log, NAME, service, Request::get(path).body(Body::empty()).unwrap()).await
    };
    assert_eq!(made("/bet").await, everywhere("/bet-0", &[]));
    assert_minted(made("/none").await, &[]);
    assert_minted(made("/panics").await, &[]);
    assert_minted(made("/malformed").await, &["request id replaced: the one made for it was malformed"]);
    // It is not asked where an id came that is kept.
    let count = std::sync::Arc::new(AtomicU64::new(0));
    let counted = count.clone();
    let set = |layer: RequestLogLayer| layer.make_request_id(move |request| make(&counted, request.uri.path()));
    assert_eq!(came(set, &[b"mine"]).await, everywhere("mine", &[]));
    assert_eq!(count.load(Ordering::Relaxed), 0);
}

// With the layers of tower-http.

/// Makes tower-http's ids.
#[derive(Clone, Default)]
struct Counter(std::sync::Arc<AtomicU64>);

impl MakeRequestId for Counter {
    fn make_request_id<B>(&mut self, request: &Request<B>) -> Option<TowerRequestId> {
        make(&self.0, request.uri().path()).map(TowerRequestId::new)
    }
}

#[tokio::test]
async fn set_by_a_layer_outside() {
    for (came, expected) in [(&[][..], "/-0"), (&[&b"mine"[..]][..], "mine")] {
        let log = Log::new();
        let service = ServiceBuilder::new()
            .layer(SetRequestIdLayer::x_request_id(Counter::default()))
            .layer(log.layer())
            .service(service_fn(|request: Request<_>| tell(request, &[], NAME)));
        assert_eq!(ids(&log, NAME, service, request(came)).await, everywhere(expected, &[]));
    }
}

/// Under another header than ours: the extension counts.
#[tokio::test]
async fn set_by_a_layer_outside_under_another_name() {
    let log = Log::new();
    let service = ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(HeaderName::from_static("x-other"), Counter::default()))
        .layer(log.layer())
        .service(service_fn(|request: Request<_>| tell(request, &[], NAME)));
    assert_eq!(ids(&log, NAME, service, request(&[])).await, everywhere("/-0", &[]));
}

/// The extension counts, and what it takes the place of is said.
#[tokio::test]
async fn set_by_a_layer_outside_beside_another_in_the_header() {
    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
    for (header, note) in [
        (&[&b"ext-1"[..]][..], None),
        (&[b"bad hdr"], Some("request id replaced: the one that came was malformed")),
        (&[token], Some("request id replaced: the one that came held a secret")),
        (&[b"hdr-1"], Some("request id replaced: more than one came")),
        (&[b"hdr-1", b"hdr-2"], Some("request id replaced: more than one came")),
        (&[b"ext-1", b"ext-1"], Some("request id replaced: more than one came")),
    ] {
        let log = Log::new();
        let service = log.layer().layer(service_fn(|request: Request<_>| tell(request, &[], NAME)));
        let mut request = request(header);
        request.extensions_mut().insert(TowerRequestId::new(HeaderValue::from_static("ext-1")));
        let notes: Vec<_> = note.into_iter().collect();
        assert_eq!(ids(&log, NAME, service, request).await, everywhere("ext-1", &notes));
    }
}

#[tokio::test]
async fn propagated_by_layers_on_either_side() {
    let log = Log::new();
    let service = ServiceBuilder::new()
        .layer(SetRequestIdLayer::x_request_id(Counter::default()))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(log.layer())
        .layer(PropagateRequestIdLayer::x_request_id())
        .service(service_fn(|request: Request<_>| tell(request, &[], NAME)));
    let ids = ids(&log, NAME, service, request(&[])).await;
    assert_eq!(ids, everywhere("/-0", &[]));
}

/// A layer further in that looks for an id finds ours.
#[tokio::test]
async fn found_by_a_layer_inside() {
    let log = Log::new();
    let service = ServiceBuilder::new()
        .layer(log.layer())
        .layer(SetRequestIdLayer::x_request_id(Counter::default()))
        .layer(PropagateRequestIdLayer::x_request_id())
        .service(service_fn(|request: Request<_>| tell(request, &[], NAME)));
    assert_minted(ids(&log, NAME, service, request(&[])).await, &[]);
}

/// An exchange that is not logged has an id all the same.
#[tokio::test]
async fn skipped() {
    let log = Log::new();
    let layer = log.layer().skip(|_| true);
    let service = layer.layer(service_fn(|request: Request<_>| tell(request, &[], NAME)));
    let response = service.oneshot(request(&[b"mine"])).await.unwrap();
    for name in [NAME, "saw-header", "saw-extension"] {
        assert_eq!(all(response.headers(), name), ["mine"]);
    }
    assert_eq!(log.records(), 0);
}

/// A header map that takes no more.
fn full(headers: &mut axum::http::HeaderMap) {
    for at in 0.. {
        let name = HeaderName::from_bytes(format!("x-{at}").as_bytes()).unwrap();
        if headers.try_insert(name, HeaderValue::from_static("1")).is_err() {
            return;
        }
    }
}

/// A message whose headers are full goes on without the id; a malformed one gives way.
#[tokio::test]
async fn headers_that_are_full() {
    for (came, minted) in [(&[][..], vec![]), (&[&b"a b"[..]], vec![true])] {
        let log = Log::new();
        let service = log.layer().layer(service_fn(|request: Request<_>| async move {
            let (mut parts, _) = request.into_parts();
            let mut response = Response::new(Body::empty());
            full(response.headers_mut());
            let seen = all(&parts.headers, NAME);
            let id = parts.extensions.remove::<TowerRequestId>().unwrap();
            let id = id.header_value().to_str().unwrap();
            response.extensions_mut().insert(seen.iter().map(|seen| seen == id).collect::<Vec<_>>());
            Ok::<_, Infallible>(response)
        }));
        let mut request = request(came);
        full(request.headers_mut());
        let response = service.oneshot(request).await.unwrap();
        assert_eq!(response.extensions().get(), Some(&minted));
        assert_eq!(all(response.headers(), NAME), [""; 0]);
        drop(response);
        assert_eq!(log.records(), 1);
    }
}
