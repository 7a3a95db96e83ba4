//! The log alone gives each request's tree of calls, exactly, whatever ran in parallel, in a row or in a task.

use crate::common::{Log, net};
use axum::{Json, Router, extract::State, routing::any};
use bytes::Bytes;
use futures_util::future::join_all;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use tokio::{net::TcpListener, sync::Barrier};
use tower::{Layer, ServiceExt, service_fn};
use tower_request_log::{
    Exchange, LogBody, RequestLog,
    format::lines::{
        Block, Entry, Reader,
        tree::{self, Call},
    },
};

type Calls = RequestLog<Client<HttpConnector, LogBody<Full<Bytes>>>>;

/// How many services there are.
const SERVICES: usize = 3;

/// A call that a service is told to make, and what it makes of it in turn.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Plan {
    /// No two of a tree have the same.
    name: String,
    /// Which service it goes to.
    service: usize,
    how: How,
    calls: Vec<Plan>,
}

/// How a service makes its calls.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum How {
    Row,
    Parallel,
    Tasks,
}

/// A service that makes the calls that the request's body says.
#[derive(Clone)]
struct Planned {
    calls: Calls,
    origins: Arc<std::sync::OnceLock<Vec<String>>>,
}

impl Planned {
    async fn call(self, plan: Plan) {
        let origin = &self.origins.get().unwrap()[plan.service];
        let request = Request::post(format!("{origin}/{}", plan.name)).header("content-type", "application/json");
        let body = Full::from(serde_json::to_vec(&plan).unwrap());
        let response = self.calls.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        response.into_body().collect().await.unwrap();
    }
}

async fn run(State(service): State<Planned>, Json(plan): Json<Plan>) {
    let calls = plan.calls.into_iter().map(|call| service.clone().call(call));
    match plan.how {
        How::Row => {
            for call in calls {
                call.await;
            }
        }
        How::Parallel => _ = join_all(calls).await,
        How::Tasks => {
            let exchange = Exchange::current().unwrap();
            for task in calls.map(|call| tokio::spawn(exchange.scope(call))).collect::<Vec<_>>() {
                task.await.unwrap();
            }
        }
    }
}

/// A tree's calls: which of them each is made by, by name.
type Tree = BTreeMap<String, Option<String>>;

fn tree_of(plan: &Plan, caller: Option<&str>, tree: &mut Tree) {
    tree.insert(plan.name.clone(), caller.map(str::to_owned));
    plan.calls.iter().for_each(|call| tree_of(call, Some(&plan.name), tree));
}

/// The trees that a log tells. Each call is there twice, on the client's side and on the server's, but for the first one.
fn trees_of(log: &str) -> Vec<Tree> {
    fn add(call: &Call, caller: Option<&str>, tree: &mut Tree) {
        assert_eq!((call.clients.len(), call.servers.len()), (usize::from(caller.is_some()), 1), "{}", call.id);
        let name = |block: &Block| block.target().unwrap().rsplit('/').next().unwrap().to_owned();
        let name_of_this = name(&call.servers[0]);
        assert!(call.clients.iter().all(|client| name(client) == name_of_this), "{}", call.id);
        tree.insert(name_of_this.clone(), caller.map(str::to_owned));
        call.calls.iter().for_each(|call| add(call, Some(&name_of_this), tree));
    }
    let blocks = Reader::new(log.as_bytes()).map(|entry| match entry.unwrap() {
        Entry::Exchange(block) => block,
        other => panic!("{other:?}"),
    });
    let trees = tree::trees(blocks).into_iter().map(|call| {
        let mut tree = Tree::new();
        add(&call, None, &mut tree);
        tree
    });
    trees.collect()
}

/// The lines of several logs, mixed as a transport mixes them, each behind the name of its service.
fn mixed(logs: &[String], picks: &[usize]) -> String {
    let mut left: Vec<_> = logs.iter().enumerate().map(|(at, log)| (at, log.lines())).collect();
    let (mut mixed, mut picks) = (String::new(), picks.iter().cycle());
    while !left.is_empty() {
        let at = picks.next().unwrap_or(&0) % left.len();
        match left[at].1.next() {
            Some(line) => mixed += &format!("service-{} | {line}\n", left[at].0),
            None => drop(left.remove(at)),
        }
    }
    mixed
}

/// Any tree of calls, with names that are not given yet.
fn plans() -> impl Strategy<Value = Plan> {
    let how = prop_oneof![Just(How::Row), Just(How::Parallel), Just(How::Tasks)];
    let node = move |calls: BoxedStrategy<Vec<Plan>>| {
        (0..SERVICES, how.clone(), calls).prop_map(|(service, how, calls)| Plan {
            name: String::new(),
            service,
            how,
            calls,
        })
    };
    let leaf = node(Just(Vec::new()).boxed());
    leaf.prop_recursive(4, 24, 5, move |inner| node(prop::collection::vec(inner, 0..5).boxed()))
}

fn give_names(plan: &mut Plan, next: &mut usize) {
    plan.name = format!("call-{next}");
    *next += 1;
    plan.calls.iter_mut().for_each(|call| give_names(call, next));
}

#[test]
fn any_tree_is_read_back_as_it_was() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let logs: Vec<_> = (0..SERVICES).map(|_| Log::new()).collect();
    let origins = Arc::new(std::sync::OnceLock::new());
    let serve = logs.iter().map(|log| {
        let service = Planned { calls: log.client().layer(net::client()), origins: origins.clone() };
        net::serve(Router::new().fallback(any(run)).with_state(service).layer(log.layer()))
    });
    origins.set(runtime.block_on(join_all(serve))).unwrap();
    let outside = Planned { calls: Log::new().client().layer(net::client()), origins };

    let config = ProptestConfig { cases: 60, ..ProptestConfig::default() };
    let inputs = (prop::collection::vec(plans(), 1..4), prop::collection::vec(0..SERVICES, 1..40));
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let tested = runner.run(&inputs, |(mut plans, picks)| {
        logs.iter().for_each(Log::clear);
        plans.iter_mut().for_each(|plan| give_names(plan, &mut 0));
        let (mut expected, mut records) = (BTreeSet::new(), 0);
        for plan in &plans {
            let mut tree = Tree::new();
            tree_of(plan, None, &mut tree);
            records += 2 * tree.len() - 1;
            expected.insert(tree);
        }
        // Several requests at once.
        runtime.block_on(async {
            join_all(plans.iter().map(|plan| outside.clone().call(plan.clone()))).await;
            // The last record is written a moment after the answer was read.
            let written = async {
                while logs.iter().map(Log::records).sum::<usize>() < records {
                    tokio::task::yield_now().await;
                }
            };
            crate::common::soon("the records", written).await;
        });
        let read = trees_of(&mixed(&logs.iter().map(Log::raw).collect::<Vec<_>>(), &picks));
        prop_assert_eq!(read.len(), plans.len());
        prop_assert_eq!(read.into_iter().collect::<BTreeSet<_>>(), expected);
        Ok(())
    });
    tested.unwrap();
}

/// Serves HTTP/2 with as many requests on a connection as there are.
async fn serve_many<S>(service: S) -> String
where
    S: tower::Service<Request<Incoming>, Error = std::convert::Infallible, Future: Send> + Clone + Send + 'static,
    S: tower::Service<Request<Incoming>, Response = http::Response<LogBody<axum::body::Body>>>,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = TowerToHyperService::new(service.clone());
            tokio::spawn(async move {
                let mut server = auto::Builder::new(TokioExecutor::new());
                server.http2().max_concurrent_streams(None);
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    origin
}

/// A thousand requests are in flight at once, and each makes five calls in parallel: nobody is answered before all of
/// them are there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_at_once() {
    const REQUESTS: usize = 1000;
    const CALLS: usize = 5;
    fn client<B: http_body::Body<Data: Send> + Send>() -> Client<HttpConnector, B> {
        Client::builder(TokioExecutor::new()).http2_only(true).build_http()
    }
    let log = Log::new();

    let all = Arc::new(Barrier::new(REQUESTS * CALLS));
    let wallet = service_fn(move |request: Request<LogBody<Incoming>>| {
        let all = all.clone();
        async move {
            all.wait().await;
            Ok::<_, std::convert::Infallible>(http::Response::new(axum::body::Body::from(
                request.uri().path().to_owned(),
            )))
        }
    });
    let wallet = serve_many(log.layer().layer(wallet)).await;

    let calls: Calls = log.client().layer(client());
    let gateway = service_fn(move |request: Request<LogBody<Incoming>>| {
        let (calls, wallet) = (calls.clone(), wallet.clone());
        async move {
            let path = request.uri().path().to_owned();
            let call = |nth: usize| {
                let url = format!("{wallet}{path}-{nth}");
                calls.clone().oneshot(Request::get(url).body(Full::default()).unwrap())
            };
            for response in join_all((0..CALLS).map(call)).await {
                response.unwrap().into_body().collect().await.unwrap();
            }
            Ok::<_, std::convert::Infallible>(http::Response::new(axum::body::Body::empty()))
        }
    });
    let gateway = serve_many(log.layer().layer(gateway)).await;

    let outside = client();
    let ask = |nth: usize| {
        let request = Request::get(format!("{gateway}/order-{nth}")).body(Full::<Bytes>::default()).unwrap();
        let response = outside.request(request);
        async { response.await.unwrap().into_body().collect().await.unwrap() }
    };
    crate::common::soon("all answers", join_all((0..REQUESTS).map(ask))).await;
    log.wait(REQUESTS * (1 + 2 * CALLS)).await;

    let expected: BTreeSet<Tree> = (0..REQUESTS)
        .map(|nth| {
            let order = format!("order-{nth}");
            let calls = (0..CALLS).map(|call| (format!("{order}-{call}"), Some(order.clone())));
            calls.chain([(order.clone(), None)]).collect()
        })
        .collect();
    let read = trees_of(&log.raw());
    assert_eq!(read.len(), REQUESTS);
    assert!(read.into_iter().collect::<BTreeSet<_>>() == expected);
}
