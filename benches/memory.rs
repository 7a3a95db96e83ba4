//! Memory of requests in flight: `cargo bench --bench memory`.
//!
//! Each is a POST of JSON that waits for the rest of its body. Counted are the bytes that are allocated for it and held, by
//! all that is around: the request, axum's futures, and what the stack adds.

#[path = "support/by_hand.rs"]
mod by_hand;
#[allow(dead_code, reason = "the other benches use the rest of it")]
#[path = "support/drive.rs"]
mod drive;
#[path = "support/stacks.rs"]
mod stacks;

use axum::{body::Body, http::Request};
use bytes::Bytes;
use drive::{Exchange, Kind};
use futures_util::{FutureExt, StreamExt, stream};
use stacks::Stack;
use std::{convert::Infallible, env, future::pending, sync::Arc};
use tower::{Service, ServiceExt};

/// How many are in flight at once.
const REQUESTS: usize = 9_000;

fn main() {
    drive::discard_tracing();
    let requests = if env::args().any(|arg| arg == "--bench") { REQUESTS } else { 10 };
    println!("{:<50} {:>14} {:>14}", "", "bytes each", "over bare");
    let mut bare = 0;
    for stack in [Stack::Bare, Stack::Log, Stack::Skip, Stack::Trace, Stack::Usual] {
        let held = held(stack, requests);
        if stack == Stack::Bare {
            bare = held;
        }
        println!("{:<50} {held:>14} {:>14}", stack.name(), held - bare);
    }
}

/// Returns how many bytes each of so many requests holds.
fn held(stack: Stack, requests: usize) -> i64 {
    let discard = drive::discard;
    stacks::layered!(stack, discard, Arc::new(discard), count(stacks::app(), requests), |layer| {
        use tower::Layer;
        count(layer.layer(stacks::app()), requests)
    })
}

fn count<S, B>(service: S, requests: usize) -> i64
where
    S: Service<Request<Body>, Response = axum::http::Response<B>, Error = Infallible> + Clone,
{
    let make = Exchange::around(Kind::Post, Stack::Bare).request();
    let open = || {
        let (parts, body) = make().into_parts();
        let begin = body.into_data_stream().next().now_or_never().flatten().unwrap().unwrap().slice(..100);
        let rest = stream::once(pending::<Result<Bytes, Infallible>>());
        let body = Body::from_stream(stream::iter([Ok(Bytes::copy_from_slice(&begin))]).chain(rest));
        let mut call = Box::pin(service.clone().oneshot(Request::from_parts(parts, body)));
        assert!(call.as_mut().now_or_never().is_none(), "it waits for its body");
        call
    };
    // What is allocated once for all is not a request's.
    let first = open();
    let mut calls = Vec::with_capacity(requests);
    let counted = allocation_counter::measure(|| calls.extend((0..requests).map(|_| open())));
    drop((first, calls));
    counted.bytes_current / requests as i64
}
