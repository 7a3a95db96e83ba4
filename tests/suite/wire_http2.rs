//! Over HTTP/2 the frames of a response are the same with the layer and without, but for the id among its headers.

use crate::common::{
    Faults, Log,
    app::{self, pattern},
    h2::{Answer, Reset, Session, Upload, exchange},
    soon,
};
use bytes::Bytes;
use http::Request;
use std::future::poll_fn;
use tower::{Layer, ServiceExt};
use tower_request_log::{
    Redactor, RequestLogLayer,
    format::{
        JsonLines,
        lines::{Entry, Reader},
    },
    sink::Memory,
};

struct Case {
    name: &'static str,
    request: Request<()>,
    upload: Upload,
    reset: Reset,
    /// The frames that come.
    frames: &'static [&'static str],
    /// What is somewhere in the head, the body or the trailers.
    has: &'static str,
    records: usize,
}

fn case(name: &'static str, request: &str, upload: Upload, frames: &'static [&'static str], has: &'static str) -> Case {
    let (method, path) = request.split_once(' ').unwrap();
    let uri = if method == "CONNECT" { path.to_owned() } else { format!("http://a{path}") };
    let request = Request::builder().method(method).uri(uri).header("te", "trailers").body(()).unwrap();
    Case { name, request, upload, reset: Reset::Never, frames, has, records: 1 }
}

fn reset(reset: Reset, records: usize, case: Case) -> Case {
    Case { reset, records, ..case }
}

#[rustfmt::skip]
fn cases() -> Vec<Case> {
    use Upload::{Data, Nothing, Open, Trailers};
    const BIG: &[&str] = &[
        "HEADERS", "DATA 16384", "DATA 16384", "DATA 16384", "DATA 16384", "DATA 16384", "DATA 16384", "DATA 16384",
        "DATA 16384", "DATA 16384", "DATA 16384", "DATA 16384", "DATA 16384", "DATA 16384", "DATA 16384", "DATA 16384",
        "DATA 16384", "DATA 16384", "DATA 16384", "DATA 5088 END_STREAM",
    ];
    vec![
        case("known length", "GET /full", Nothing, &["HEADERS", "DATA 22 END_STREAM"], "content-length: 22\n"),
        case("empty", "GET /empty", Nothing, &["HEADERS END_STREAM"], "200 OK\n"),
        case("204", "GET /204", Nothing, &["HEADERS END_STREAM"], "204 No Content\n"),
        case("304", "GET /304", Nothing, &["HEADERS END_STREAM"], "etag: \"1\"\n"),
        case("304 with a length", "GET /304-with-a-length", Nothing, &["HEADERS END_STREAM"], "content-length: 1234\n"),
        case("length by hand", "GET /length", Nothing, &["HEADERS", "DATA 3", "DATA 3", "DATA 3", "DATA 0 END_STREAM"], "content-length: 9\n"),
        case("unknown length", "GET /unknown", Nothing, &["HEADERS", "DATA 3", "DATA 3", "DATA 3", "DATA 0 END_STREAM"], "onetwosix"),
        case("unknown length, empty", "GET /unknown-empty", Nothing, &["HEADERS", "DATA 0 END_STREAM"], "200 OK\n"),
        case("empty frames", "GET /empty-frames", Nothing, &["HEADERS", "DATA 0", "DATA 3", "DATA 0", "DATA 3", "DATA 0", "DATA 0 END_STREAM"], "onetwo"),
        case("larger than any limit", "GET /big", Nothing, BIG, "content-length: 300000\n"),
        case("trailers", "GET /trailers", Nothing, &["HEADERS", "DATA 3", "DATA 3", "HEADERS END_STREAM"], "x-more: yes\n"),
        case("trailers only", "GET /trailers-only", Nothing, &["HEADERS", "HEADERS END_STREAM"], "x-more: yes\n"),
        case("trailers-only of gRPC", "GET /grpc-trailers-only", Nothing, &["HEADERS END_STREAM"], "grpc-status: 12\n"),
        case("several values, bytes past ASCII", "GET /cookies", Nothing, &["HEADERS", "DATA 7 END_STREAM"], "set-cookie: b=2; Path=/\n"),
        case("the body fails", "GET /body-fails", Nothing, &["HEADERS", "DATA 3", "DATA 3", "RST_STREAM 2"], "onetwo"),
        case("the handler panics", "GET /panics", Nothing, &["RST_STREAM 8"], ""),
        case("HEAD of a known length", "HEAD /full", Nothing, &["HEADERS END_STREAM"], "200 OK\n"),
        case("HEAD of an unknown length", "HEAD /unknown", Nothing, &["HEADERS END_STREAM"], "200 OK\n"),
        case("HEAD of a length by hand", "HEAD /length", Nothing, &["HEADERS END_STREAM"], "content-length: 9\n"),
        case("HEAD of what is there for GET", "HEAD /get", Nothing, &["HEADERS END_STREAM"], "200 OK\n"),
        case("upload", "POST /full", Data(&["one", "two"]), &["HEADERS", "DATA 22 END_STREAM"], "200 OK\n"),
        case("upload, echoed", "POST /late", Data(&["one", "two"]), &["HEADERS", "DATA 66", "DATA 0 END_STREAM"], "\n6 bytes, "),
        case("upload with trailers", "POST /late", Trailers(&["one", "two"]), &["HEADERS", "DATA 75", "DATA 0 END_STREAM"], "x-sum: 6\n"),
        case("upload that is not read", "POST /unread", Open(&["one", "two"]), &["HEADERS", "DATA 8 END_STREAM", "RST_STREAM 0"], "not read"),
        case("upload that is half read", "POST /half", Open(&["one"]), &["HEADERS", "DATA 6 END_STREAM", "RST_STREAM 0"], "read 3"),
        case("OPTIONS", "OPTIONS /full", Nothing, &["HEADERS", "DATA 22 END_STREAM"], "200 OK\n"),
        reset(Reset::AfterData, 1, case("reset in mid-body", "GET /stalls", Nothing, &["HEADERS", "DATA 3"], "one")),
        reset(Reset::BeforeHead, 2, case("reset before the head", "GET /never", Nothing, &[], "")),
        reset(Reset::BeforeHead, 2, case("reset in mid-upload", "POST /never", Open(&["one"]), &[], "")),
        reset(Reset::BeforeHead, 2, case("reset while the service reads", "POST /echo", Open(&["one"]), &[], "")),
    ]
}

#[tokio::test]
async fn the_layer_changes_nothing_but_the_id() {
    let log = Log::new();
    let pairs = app::pairs(&log.layer());
    let mut faults = Faults::default();
    for case in cases() {
        let name = case.name;
        for pair in &pairs {
            let bare = exchange(&pair.bare, case.request.clone(), case.upload, case.reset).await;
            faults.check(
                bare.frames == case.frames && shown(&bare).contains(case.has) && bare.ids == 0,
                format!("{name}, without the layer: {bare:?}"),
            );
            for (how, layered) in &pair.layered {
                let before = log.records();
                let came = exchange(layered, case.request.clone(), case.upload, case.reset).await;
                let ids = usize::from(!bare.head.is_empty());
                faults.check(
                    came == Answer { ids, ..copy(&bare) },
                    format!("{name}, {how}: {came:?}\ninstead of: {bare:?}"),
                );
                let records = log.records() - before;
                faults.check(records == case.records, format!("{name}, {how}: {records} records"));
            }
        }
    }
    faults.end();
}

/// All that a person would see of it.
fn shown(answer: &Answer) -> String {
    let trailers = answer.trailers.iter().flatten().map(|(name, value)| format!("{name}: {value}\n"));
    format!("{}\n{}\n{}", answer.head, String::from_utf8_lossy(&answer.body), trailers.collect::<String>())
}

fn copy(answer: &Answer) -> Answer {
    Answer {
        head: answer.head.clone(),
        frames: answer.frames.clone(),
        body: answer.body.clone(),
        trailers: answer.trailers.clone(),
        error: answer.error,
        ids: answer.ids,
    }
}

/// A service that doesn't read gives the client no more than the window it started with: nothing reads ahead.
#[tokio::test]
async fn an_upload_that_is_not_read_is_held_back() {
    let log = Log::new();
    for pair in app::pairs(&log.layer()) {
        for app in std::iter::once(&pair.bare).chain(pair.layered.iter().map(|(_, app)| app)) {
            let mut session = Session::new(app).await;
            let (_response, mut stream) = session.send(Request::post("http://a/never").body(()).unwrap(), false).await;
            stream.reserve_capacity(200_000);
            let mut granted = 0;
            while granted < 65_535 {
                let more = soon("capacity", poll_fn(|cx| stream.poll_capacity(cx))).await.unwrap().unwrap();
                granted += more;
                stream.send_data(pattern(more), false).unwrap();
            }
            // The server has all that, as its answer to another request says, and has granted no more.
            let (ping, _) = session.send(Request::get("http://a/empty").body(()).unwrap(), true).await;
            assert_eq!(soon("an answer", ping).await.unwrap().status(), 200);
            assert_eq!((granted, stream.capacity()), (65_535, 0));
            stream.send_reset(h2::Reason::CANCEL);
            drop((stream, _response));
            session.close().await;
        }
    }
}

/// As the documentation of the format has it.
#[tokio::test]
async fn the_target_is_the_path_and_the_authority_the_first_line_of_the_head() {
    let (lines, json) = (Memory::new(), Memory::new());
    let layers = [
        RequestLogLayer::new().sink(lines.clone()),
        RequestLogLayer::new().format(JsonLines).sink(json.clone()),
        RequestLogLayer::new().redactor(Redactor::new().header("host")).sink(lines.clone()),
        RequestLogLayer::new().redactor(Redactor::allow_only()).sink(lines.clone()),
    ];
    for layer in layers {
        for (method, uri) in [("GET", "http://shop.example/full?a=b"), ("CONNECT", "shop.example:443")] {
            let [_, plain] = app::pairs(&layer);
            let request = Request::builder().method(method).uri(uri).header("x-request-id", "id").body(()).unwrap();
            let (_, app) = &plain.layered[0];
            exchange(app, request, Upload::Nothing, Reset::Never).await;
        }
    }
    let heads: Vec<_> = lines
        .text()
        .lines()
        .filter(|line| line.contains("HTTP/2") || line.contains(":authority"))
        .filter(|line| line.starts_with("id >"))
        .map(str::to_owned)
        .collect();
    assert_eq!(
        heads,
        [
            "id > GET /full?a=b HTTP/2",
            "id > :authority: shop.example",
            "id > CONNECT shop.example:443 HTTP/2",
            "id > :authority: shop.example:443",
            "id > GET /full?a=b HTTP/2",
            "id > :authority: REDACTED",
            "id > CONNECT shop.example:443 HTTP/2",
            "id > :authority: REDACTED",
            "id > GET /full?a=REDACTED HTTP/2",
            "id > :authority: REDACTED",
            "id > CONNECT shop.example:443 HTTP/2",
            "id > :authority: REDACTED",
        ]
    );
    assert!(
        json.text().contains(r#""request":{"headers":{":authority":["shop.example"],"x-request-id":["id"]}"#),
        "{}",
        json.text()
    );
    // It is no header, but has a name of its own.
    let record = &lines.records()[0];
    assert_eq!((record.target().as_str(), record.authority().as_deref()), ("/full?a=b", Some("shop.example")));
    assert_eq!(record.request_headers().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["x-request-id"]);
    // The reader gives it back.
    let text = lines.text();
    let mut reader = Reader::new(text.as_bytes());
    let Some(Ok(Entry::Exchange(block))) = reader.next() else { panic!("an exchange") };
    assert_eq!(block.request.unwrap().header(":authority"), Some("shop.example"));
}

/// What is no authority for HTTP (RFC 9113, section 8.3.1) but a URL's may come all the same.
#[tokio::test]
async fn a_user_in_the_authority_is_hidden() {
    let memory = Memory::new();
    let service = RequestLogLayer::new().sink(memory.clone()).layer(app::Plain);
    let request =
        Request::get("http://ada:hunter2@shop.example/").version(http::Version::HTTP_2).body(axum::body::Body::empty());
    service.oneshot(request.unwrap()).await.unwrap();
    memory.assert_lacks("hunter2");
    assert!(memory.text().contains(" > :authority: ada:REDACTED@shop.example\n"), "{}", memory.text());
}

/// Bytes go both ways once a CONNECT has succeeded.
#[tokio::test]
async fn a_tunnel_is_the_same() {
    let log = Log::new();
    for pair in app::pairs(&log.layer()) {
        for app in std::iter::once(&pair.bare).chain(pair.layered.iter().map(|(_, app)| app)) {
            let mut session = Session::new(app).await;
            let request = Request::builder().method("CONNECT").uri("b.example:443").body(()).unwrap();
            let (response, mut stream) = session.send(request, false).await;
            let response = soon("a head", response).await.unwrap();
            assert_eq!(response.status(), 200);
            let mut body = response.into_body();
            for word in ["ping", "pong"] {
                stream.send_data(Bytes::from_static(word.as_bytes()), false).unwrap();
                assert_eq!(soon("an echo", body.data()).await.unwrap().unwrap(), word);
            }
            stream.send_data(Bytes::new(), true).unwrap();
            while soon("the end", body.data()).await.is_some() {}
            drop((stream, body));
            session.close().await;
        }
    }
    assert_eq!(log.records(), 4);
    assert_eq!(log.text().matches("   switched protocols: CONNECT\n").count(), 4, "{}", log.text());
}
