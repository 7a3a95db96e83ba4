//! Over HTTP/1 the bytes of a response are the same with the layer and without, but for the date and the id.

use crate::common::{
    Faults, Log,
    app::{self, pattern},
    h1::{
        Step::{self, HalfClose, Read},
        send, talk,
    },
    shown,
};
use regex::Regex;
use std::sync::LazyLock;

/// What a client does, and what must be so with and without the layer.
struct Case {
    name: &'static str,
    steps: Vec<Step>,
    /// How the answer begins; empty where there is none.
    begins: &'static str,
    /// What is somewhere in the answer.
    has: &'static str,
    /// How many exchanges it is.
    records: usize,
}

fn case(name: &'static str, steps: Vec<Step>, begins: &'static str, has: &'static str, records: usize) -> Case {
    Case { name, steps, begins, has, records }
}

/// A request for `target` on a connection of its own.
fn once(method: &str, target: &str) -> Vec<Step> {
    vec![send(format!("{method} {target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"))]
}

fn get(target: &str) -> Vec<Step> {
    once("GET", target)
}

fn head(target: &str) -> Vec<Step> {
    once("HEAD", target)
}

/// A request with this head, but for what ends it, and this body.
fn with(head: &str, body: impl AsRef<[u8]>) -> Vec<Step> {
    let mut bytes = format!("{head}\r\nhost: a\r\nconnection: close\r\n\r\n").into_bytes();
    bytes.extend_from_slice(body.as_ref());
    vec![send(bytes)]
}

const OK: &str = "HTTP/1.1 200 OK\r\n";

#[rustfmt::skip]
fn cases() -> Vec<Case> {
    let length = |target: &str, body: &[u8]| {
        with(&format!("POST {target} HTTP/1.1\r\ncontent-length: {}", body.len()), body)
    };
    let chunked = |target: &str, body: &str| with(&format!("POST {target} HTTP/1.1\r\ntransfer-encoding: chunked"), body);
    let keep = |target: &str| format!("GET {target} HTTP/1.1\r\nhost: a\r\n\r\n");
    let last = |target: &str| format!("GET {target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    vec![
        // Bodies of responses.
        case("known length", get("/full"), OK, "content-length: 22\r\n", 1),
        case("empty", get("/empty"), OK, "content-length: 0\r\n", 1),
        case("204", get("/204"), "HTTP/1.1 204 No Content\r\n", "\r\n\r\n", 1),
        case("204 with a body", get("/204-with-a-body"), "HTTP/1.1 204 No Content\r\n", "\r\n\r\n", 1),
        case("205", get("/205"), "HTTP/1.1 205 Reset Content\r\n", "\r\n\r\n", 1),
        case("304", get("/304"), "HTTP/1.1 304 Not Modified\r\n", "etag: \"1\"\r\n", 1),
        case("304 with a length", get("/304-with-a-length"), "HTTP/1.1 304 Not Modified\r\n", "\r\n\r\n", 1),
        case("a code without a reason", get("/299"), "HTTP/1.1 299 ", "content-length: 0\r\n", 1),
        case("a reason of its own", get("/reason"), "HTTP/1.1 200 Fine By Me\r\n", "\r\n\r\nfine", 1),
        case("length by hand", get("/length"), OK, "content-length: 9\r\n", 1),
        case("length by hand, body shorter", get("/length-too-long"), "", "", 1),
        case("length by hand, body longer", get("/length-too-short"), OK, "\r\n\r\nonet", 1),
        case("unknown length", get("/unknown"), OK, "\r\n\r\n3\r\none\r\n3\r\ntwo\r\n3\r\nsix\r\n0\r\n\r\n", 1),
        case("unknown length, empty", get("/unknown-empty"), OK, "\r\n\r\n0\r\n\r\n", 1),
        case("empty frames", get("/empty-frames"), OK, "transfer-encoding: chunked\r\n", 1),
        case("larger than any limit", get("/big"), OK, "content-length: 300000\r\n", 1),
        case("larger than any limit, unknown length", get("/big-unknown"), OK, "\r\n2710\r\n", 1),
        case("several values, bytes past ASCII", get("/cookies"), OK, "set-cookie: b=2; Path=/\r\n", 1),
        case("the service closes", vec![send(keep("/close"))], OK, "connection: close\r\n", 1),
        case("trailers", with("GET /trailers HTTP/1.1\r\nte: trailers", ""), OK, "0\r\nx-sum: 6\r\nx-more: yes\r\n\r\n", 1),
        case("trailers only", with("GET /trailers-only HTTP/1.1\r\nte: trailers", ""), OK, "\r\n\r\n0\r\nx-sum: 6\r\n", 1),
        case("trailers not asked for", get("/trailers"), OK, "two\r\n0\r\n\r\n", 1),
        case("trailers not announced", with("GET /trailers-unannounced HTTP/1.1\r\nte: trailers", ""), OK, "one\r\n0\r\n\r\n", 1),
        case("the body fails", get("/body-fails"), OK, "3\r\ntwo\r\n", 1),
        case("the body fails, length by hand", get("/body-fails-with-a-length"), OK, "onetwo", 1),
        case("the handler panics", get("/panics"), "", "", 1),
        // HEAD.
        case("HEAD of a known length", head("/full"), OK, "content-length: 22\r\n", 1),
        case("HEAD of an unknown length", head("/unknown"), OK, "\r\n\r\n", 1),
        case("HEAD of a length by hand", head("/length"), OK, "content-length: 9\r\n", 1),
        case("HEAD of an empty body", head("/empty"), OK, "\r\n\r\n", 1),
        case("HEAD of what is there for GET", head("/get"), OK, "\r\n\r\n", 1),
        case("HEAD of a 204", head("/204"), "HTTP/1.1 204 No Content\r\n", "\r\n\r\n", 1),
        case("HEAD of a body that would fail", head("/body-fails"), OK, "\r\n\r\n", 1),
        // Bodies of requests.
        case("upload of a known length", length("/echo", b"hello"), OK, "\n5 bytes, ", 1),
        case("upload of no bytes", length("/echo", b""), OK, "\n0 bytes, ", 1),
        case("upload, chunked", chunked("/echo", "3\r\none\r\n4;x=y\r\nfour\r\n0\r\n\r\n"), OK, "\n7 bytes, 17b148188c\nonefour", 1),
        case("upload, chunked, empty", chunked("/echo", "0\r\n\r\n"), OK, "\n0 bytes, ", 1),
        case("upload with trailers", chunked("/echo", "3\r\none\r\n0\r\nx-sum: 3\r\n\r\n"), OK, "x-sum: 3\n", 1),
        case("upload larger than any limit", length("/echo", &pattern(300_000)), OK, "\n300000 bytes, ", 1),
        case("upload past the service's limit", length("/limited", &pattern(2000)), "HTTP/1.1 ", "content-length: ", 1),
        case("upload that is not read", length("/unread", b"hello"), OK, "not read", 1),
        case("upload that is half read", chunked("/half", "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"), OK, "read 3", 1),
        case("upload that is read late", length("/late", b"hello"), OK, "\n5 bytes, ", 1),
        case("upload that is cut short", vec![send("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhello"), HalfClose], "HTTP/1.1 200 OK\r\n", "error", 1),
        case("upload with broken chunks", chunked("/echo", "zz\r\n"), OK, "error", 1),
        case("binary upload", length("/echo", &[0, 255, 13, 10, 27]), OK, "\\x00\\xff\\r\\n\\x1b", 1),
        // Expect.
        case("100-continue, read", vec![
            send("POST /echo HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 5\r\nconnection: close\r\n\r\n"),
            Read("HTTP/1.1 100 Continue\r\n\r\n"),
            send("hello"),
        ], "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n", "\n5 bytes, ", 1),
        case("100-continue, read late", vec![
            send("POST /late HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 5\r\nconnection: close\r\n\r\n"),
            Read("x-late: 1\r\n"),
            send("hello"),
        ], OK, "x-late: 1\r\n", 1),
        case("100-continue, not read", vec![
            send("POST /unread HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n"),
        ], OK, "not read", 1),
        // Connections.
        case("keep-alive", vec![
            send(keep("/full")), Read("known length"), send(keep("/length")), Read("onetwosix"), send(last("/empty")),
        ], OK, "a body of known lengthHTTP/1.1 200 OK\r\n", 3),
        case("keep-alive after an upload that is not read", vec![
            send("POST /unread HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello"), Read("not read"), send(last("/full")),
        ], OK, "not read", 2),
        case("pipelined", vec![send(keep("/full") + &keep("/unknown") + &keep("/204") + &last("/full"))], OK,
            "3\r\nsix\r\n0\r\n\r\nHTTP/1.1 204 No Content\r\n", 4),
        case("pipelined uploads", vec![send(
            "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nonePOST /echo HTTP/1.1\r\nhost: a\r\n\
             transfer-encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\nGET /full HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        )], OK, "known length", 3),
        case("half-close", vec![send(keep("/late")), HalfClose], OK, "\n0 bytes, ", 1),
        case("half-close, unknown length", vec![send(keep("/unknown")), HalfClose], OK, "3\r\nsix\r\n0\r\n\r\n", 1),
        case("byte by byte", keep("/close").bytes().map(|byte| send([byte])).collect(), OK, "bye", 1),
        // Versions and targets.
        case("HTTP/1.0", vec![send("GET /full HTTP/1.0\r\n\r\n")], "HTTP/1.0 200 OK\r\n", "known length", 1),
        case("HTTP/1.0, unknown length", vec![send("GET /unknown HTTP/1.0\r\n\r\n")], "HTTP/1.0 200 OK\r\n", "\r\n\r\nonetwosix", 1),
        case("HTTP/1.0, keep-alive", vec![
            send("GET /full HTTP/1.0\r\nconnection: keep-alive\r\n\r\n"), Read("known length"), send("GET /empty HTTP/1.0\r\n\r\n"),
        ], "HTTP/1.0 200 OK\r\n", "connection: keep-alive\r\n", 2),
        case("HTTP/1.0, HEAD", vec![send("HEAD /full HTTP/1.0\r\n\r\n")], "HTTP/1.0 200 OK\r\n", "content-length: 22\r\n", 1),
        case("OPTIONS *", once("OPTIONS", "*"), OK, "OPTIONS * HTTP/1.1\n", 1),
        case("absolute-form", get("http://b.example/echo?x=%20"), OK, "GET http://b.example/echo?x=%20 HTTP/1.1\n", 1),
        case("odd bytes in the target", get("/echo/%zz/%00//..;a=b?token=s&&=%"), OK, "/echo/%zz/%00//..;a=b?token=s&&=% ", 1),
        case("a method of its own", once("M-SEARCH", "/echo"), OK, "M-SEARCH /echo ", 1),
        case("TRACE", once("TRACE", "/echo"), OK, "TRACE /echo ", 1),
        case("an id of the client's", with("GET /echo HTTP/1.1\r\nx-request-id: mine", ""), OK, "GET /echo ", 1),
        case("headers past ASCII, repeated", vec![
            send(b"GET /echo HTTP/1.1\r\nhost: a\r\nx-a: caf\xe9\r\nX-A: 2\r\nx-b:\r\nconnection: close\r\n\r\n".to_vec()),
        ], OK, "x-a: caf\\xe9\nx-a: 2\nx-b: \n", 1),
        case("no route", once("DELETE", "/get"), "HTTP/1.1 ", "\r\n\r\n", 1),
        // Other protocols.
        case("switched protocols", vec![
            send("GET /switch HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n"),
            Read("\r\n\r\n"), send("ping"), Read("ping"), HalfClose,
        ], "HTTP/1.1 101 Switching Protocols\r\n", "\r\n\r\nping", 1),
        case("CONNECT", vec![
            send("CONNECT b.example:443 HTTP/1.1\r\nhost: b.example:443\r\n\r\n"), Read("\r\n\r\n"), send("ping"), Read("ping"), HalfClose,
        ], OK, "\r\n\r\nping", 1),
        // No exchange at all.
        case("not HTTP", vec![send("NONSENSE\r\n\r\n")], "HTTP/1.1 400 Bad Request\r\n", "\r\n\r\n", 0),
        case("two lengths", vec![send("POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab")], "HTTP/1.1 400 Bad Request\r\n", "", 0),
        case("nothing", vec![HalfClose], "", "", 0),
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
            let bare = shown(&talk(&pair.bare, &case.steps).await);
            let right = bare.starts_with(case.begins) && bare.contains(case.has) && !bare.contains("x-request-id");
            faults.check(right, format!("{name}, without the layer: {bare}"));
            for (how, layered) in &pair.layered {
                let before = log.records();
                let came = talk(layered, &case.steps).await;
                let same = shown(&came);
                faults.check(same == bare, format!("{name}, {how}: {same}\ninstead of: {bare}"));
                let records = log.records() - before;
                faults.check(records == case.records, format!("{name}, {how}: {records} records"));
                faults.check(ids(&came) == heads(&came), format!("{name}, {how}: {} ids", ids(&came)));
            }
        }
    }
    faults.end();
}

fn ids(response: &[u8]) -> usize {
    String::from_utf8_lossy(response).matches("\r\nx-request-id: ").count()
}

/// How many heads of responses there are, those not counted that are hyper's own.
fn heads(response: &[u8]) -> usize {
    static HEAD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"HTTP/1\.[01] (\d{3}) ").unwrap());
    let text = String::from_utf8_lossy(response);
    HEAD.captures_iter(&text).filter(|head| !["100", "400"].contains(&&head[1])).count()
}
