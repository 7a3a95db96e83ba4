//! The same service under each way to log it.

use crate::by_hand;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures_util::stream;
use std::{convert::Infallible, fmt::Write, iter, sync::Arc};
use tower_request_log::{Redactor, RequestLogLayer, sink::Sink};

/// The answer to a bet, 913 bytes.
const OUTCOME: &str = include_str!("outcome.json");

/// A way to log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stack {
    /// None.
    Bare,
    /// This crate, as documented: all there is.
    Log,
    /// This crate, told to skip the exchange.
    Skip,
    /// `TraceLayer` as documented, two lines an exchange: no headers, no bodies.
    Trace,
    /// `TraceLayer` told to say less: one line an exchange.
    Line,
    /// Ids, sensitive headers and `TraceLayer` with headers, as `tower-http` documents them together.
    Usual,
    /// Bodies collected and printed as they are, as axum's example `print-request-response` does.
    Collect,
    /// Bodies collected, parsed, redacted and printed, heads too, by hand: what this crate prints.
    ByHand,
}

/// Takes what is logged.
pub(crate) type Out = Arc<dyn Fn(&[u8]) + Send + Sync>;

impl Stack {
    pub(crate) const ALL: [Self; 8] =
        [Self::Bare, Self::Log, Self::Skip, Self::Trace, Self::Line, Self::Usual, Self::Collect, Self::ByHand];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Log => "tower-request-log",
            Self::Skip => "tower-request-log, skipped",
            Self::Trace => "TraceLayer",
            Self::Line => "TraceLayer, one line",
            Self::Usual => "ids + sensitive headers + TraceLayer",
            Self::Collect => "collect and print",
            Self::ByHand => "by hand: collect + serde_json + redact + pretty",
        }
    }
}

/// What `$wrapped` makes of a stack's `$layer`, or `$bare` where there is none.
///
/// This crate's layer logs to `$sink`, the one by hand to `$out`, the others to the `tracing` subscriber.
macro_rules! layered {
    ($stack:expr, $sink:expr, $out:expr, $bare:expr, |$layer:ident| $wrapped:expr) => {
        match $stack {
            $crate::stacks::Stack::Bare => $bare,
            $crate::stacks::Stack::Log => {
                let $layer = $crate::stacks::log($sink);
                $wrapped
            }
            $crate::stacks::Stack::Skip => {
                let $layer = $crate::stacks::log($sink).skip(|_| true);
                $wrapped
            }
            $crate::stacks::Stack::Trace => {
                let $layer = tower_http::trace::TraceLayer::new_for_http();
                $wrapped
            }
            $crate::stacks::Stack::Line => {
                let $layer = tower_http::trace::TraceLayer::new_for_http()
                    .make_span_with(tower_http::trace::DefaultMakeSpan::new().level(tracing::Level::INFO))
                    .on_request(())
                    .on_response(tower_http::trace::DefaultOnResponse::new().level(tracing::Level::INFO));
                $wrapped
            }
            $crate::stacks::Stack::Usual => {
                use tower_http::{ServiceBuilderExt, trace};
                let $layer = tower::ServiceBuilder::new()
                    .set_x_request_id(tower_http::request_id::MakeRequestUuid)
                    .sensitive_headers($crate::stacks::SECRETS)
                    .layer(
                        trace::TraceLayer::new_for_http()
                            .make_span_with(trace::DefaultMakeSpan::new().include_headers(true))
                            .on_response(trace::DefaultOnResponse::new().include_headers(true)),
                    )
                    .propagate_x_request_id()
                    .into_inner();
                $wrapped
            }
            $crate::stacks::Stack::Collect => {
                let $layer = axum::middleware::from_fn($crate::stacks::collect_and_print);
                $wrapped
            }
            $crate::stacks::Stack::ByHand => {
                let out: $crate::stacks::Out = $out;
                let $layer = axum::middleware::from_fn(move |request, next| {
                    $crate::stacks::log_by_hand(out.clone(), request, next)
                });
                $wrapped
            }
        }
    };
}
pub(crate) use layered;

/// The service.
pub(crate) fn app() -> Router {
    Router::new()
        .route("/games/{game}/bet", post(bet))
        .route("/hello", get(async || "hello"))
        .route("/stream", get(async || streamed("image/png")))
        .route("/text", get(async || streamed("text/plain")))
}

pub(crate) fn log(sink: impl Sink) -> RequestLogLayer {
    let redactor = Redactor::new()
        .header("x-betable-client-id")
        .header("x-betable-access-token")
        .header("x-betable-user-id")
        .field("player_ledger")
        .path("/games/{game}/bet");
    RequestLogLayer::new().redactor(redactor).sink(sink)
}

/// What is hidden besides the headers that always are.
pub(crate) const SECRETS: [HeaderName; 4] = [
    header::AUTHORIZATION,
    HeaderName::from_static("x-betable-client-id"),
    HeaderName::from_static("x-betable-access-token"),
    HeaderName::from_static("x-betable-user-id"),
];

/// Reads the body, as a handler does, and answers.
async fn bet(body: Bytes) -> impl IntoResponse {
    assert!(!body.is_empty());
    (StatusCode::CREATED, [(header::CONTENT_TYPE, "application/json")], OUTCOME)
}

/// 10 MiB in frames of 16 KiB.
fn streamed(content_type: &'static str) -> impl IntoResponse {
    let frames = iter::repeat_n(Bytes::from_static(&[b'x'; 16 * 1024]), 640);
    let body = Body::from_stream(stream::iter(frames.map(Ok::<_, Infallible>)));
    ([(header::CONTENT_TYPE, content_type)], body)
}

pub(crate) async fn collect_and_print(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let request = Request::from_parts(parts, print("request", body).await);
    let (parts, body) = next.run(request).await.into_parts();
    Response::from_parts(parts, print("response", body).await)
}

async fn print(direction: &str, body: Body) -> Body {
    let bytes = collect(body).await;
    if let Ok(body) = std::str::from_utf8(&bytes) {
        tracing::debug!("{direction} body = {body:?}");
    }
    Body::from(bytes)
}

async fn collect(body: Body) -> Bytes {
    axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default()
}

pub(crate) async fn log_by_hand(out: Out, request: Request, next: Next) -> Response {
    let start = std::time::Instant::now();
    let id = base62::encode(fastrand::u128(..));
    let mut log = String::new();

    let (mut parts, body) = request.into_parts();
    let body = collect(body).await;
    let version = parts.version;
    let _ = writeln!(log, "{id} > {} {} {version:?}", parts.method, parts.uri);
    message(&format!("{id} >"), &parts.headers, &body, &mut log);
    let value = HeaderValue::try_from(&id).unwrap_or(HeaderValue::from_static("-"));
    parts.headers.insert("x-request-id", value.clone());

    let (mut parts, body) = next.run(Request::from_parts(parts, Body::from(body))).await.into_parts();
    let elapsed = start.elapsed();
    let body = collect(body).await;
    let _ = writeln!(log, "{id} < {version:?} {}", parts.status);
    message(&format!("{id} <"), &parts.headers, &body, &mut log);
    let _ = writeln!(log, "{id}   {:.2}ms", elapsed.as_secs_f64() * 1e3);
    parts.headers.insert("x-request-id", value);
    out(log.as_bytes());
    Response::from_parts(parts, Body::from(body))
}

fn message(prefix: &str, headers: &HeaderMap, body: &[u8], log: &mut String) {
    for (name, value) in headers {
        let value = if SECRETS.contains(name) { "REDACTED" } else { value.to_str().unwrap_or("?") };
        let _ = writeln!(log, "{prefix} {name}: {value}");
    }
    let _ = writeln!(log, "{prefix}");
    if headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/json")) {
        by_hand::print(body, &format!("{prefix} "), log);
    } else {
        for line in String::from_utf8_lossy(body).lines() {
            let _ = writeln!(log, "{prefix} {line}");
        }
    }
}
