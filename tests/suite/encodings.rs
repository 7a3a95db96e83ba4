//! Bodies that do not come as plain UTF-8: what the log shows of them, and what it hides.

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt, Full};
use std::convert::Infallible;
use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};
use tower_http::compression::{CompressionLayer, predicate::SizeAbove};
use tower_request_log::{LogBody, RequestLogLayer, sink::Memory};

/// The lines of the log but the heads and the time, without their ids, for a response of this type and content.
async fn logged(coding: &'static str, content_type: &'static str, content: Vec<u8>) -> String {
    let memory = Memory::new();
    let service = ServiceBuilder::new()
        .layer(RequestLogLayer::new().sink(memory.clone()).body_limit(200))
        .layer(CompressionLayer::new().compress_when(SizeAbove::new(0)))
        .service(service_fn(move |_: Request<LogBody<Full<Bytes>>>| {
            let response = Response::builder().header(header::CONTENT_TYPE, content_type);
            let response = response.body(Full::new(Bytes::from(content.clone())));
            async move { Ok::<_, Infallible>(response.unwrap()) }
        }));
    let request = Request::get("/").header(header::ACCEPT_ENCODING, coding).header("x-request-id", "id");
    let response = service.oneshot(request.body(Full::<Bytes>::default()).unwrap()).await.unwrap();
    response.into_body().collect().await.unwrap();
    memory.assert_lacks("s3cret");
    body_and_notes(&memory)
}

fn body_and_notes(memory: &Memory) -> String {
    let text = memory.text();
    let (_, rest) = text.split_once("\nid <\n").unwrap();
    let rest = rest.lines().filter(|line| !line.ends_with("ms"));
    rest.flat_map(|line| [line.strip_prefix("id ").unwrap(), "\n"]).collect()
}

const BET: &str = "{\"wager\":\"0.01\",\"access_token\":\"s3cret\"}";
const SHOWN: &str = "< {\n<     \"wager\": \"0.01\",\n<     \"access_token\": \"REDACTED\"\n< }\n";

#[tokio::test]
async fn each_coding_is_shown_decoded_and_redacted() {
    for (coding, undone) in [
        ("gzip", cfg!(feature = "gzip")),
        ("deflate", cfg!(feature = "deflate")),
        ("br", cfg!(feature = "br")),
        ("zstd", cfg!(feature = "zstd")),
    ] {
        let log = logged(coding, "application/json", BET.into()).await;
        if undone {
            let note = log.strip_prefix(SHOWN).unwrap_or_else(|| panic!("{log}"));
            assert!(note.starts_with("  response body: "), "{log}");
            assert!(note.ends_with(&format!(" bytes of {coding} decoded to 40\n")), "{log}");
        } else {
            let size =
                log.strip_prefix("  response body: ").unwrap().split(' ').next().unwrap().parse::<u64>().unwrap();
            assert!(size > 10, "{log}");
            assert_eq!(log, format!("  response body: {size} bytes encoded as {coding}, not logged\n"));
        }
    }
}

#[tokio::test]
#[cfg(feature = "gzip")]
async fn a_secret_across_the_limit_of_a_decoded_body_is_hidden() {
    for before in 150..200 {
        let content = format!("{{\"pad\":\"{}\",\"password\":\"s3cret\"}}", "x".repeat(before));
        let log = logged("gzip", "application/json", content.into_bytes()).await;
        assert!(log.contains("\"pad\": \"xxx"), "{log}");
        assert!(!log.contains("s3"), "{log}");
    }
}

/// A client may send gzip that is longer than what is in it: then the log sees less than it might show.
#[tokio::test]
#[cfg(feature = "gzip")]
async fn a_secret_across_the_end_of_a_cut_capture_is_hidden() {
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;
    let secret = regex::Regex::new("s3cret-[0-9]{25}").unwrap();
    for before in 150..280 {
        let content = format!("{}s3cret-1234567890123456789012345", "x ".repeat(before));
        let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
        for byte in content.bytes() {
            encoder.write_all(&[byte]).unwrap();
            encoder.flush().unwrap();
        }
        let body = encoder.finish().unwrap();
        let memory = Memory::new();
        let redactor = tower_request_log::Redactor::new().pattern(secret.clone());
        let layer = RequestLogLayer::new().sink(memory.clone()).redactor(redactor).body_limit(4000);
        let service = layer.layer(service_fn(|request: Request<LogBody<Full<Bytes>>>| async {
            request.into_body().collect().await?;
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
        }));
        let request = Request::post("/").header(header::CONTENT_ENCODING, "gzip").body(Full::new(Bytes::from(body)));
        service.oneshot(request.unwrap()).await.unwrap().into_body().collect().await.unwrap();
        assert!(!memory.text().contains(" s3"), "{}", memory.text());
    }
}

#[tokio::test]
#[cfg(feature = "gzip")]
async fn gzip_that_ends_early_is_said_to() {
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;
    let text = (0..400).map(|n| format!("line {n}\n")).collect::<String>();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(text.as_bytes()).unwrap();
    let gzip = encoder.finish().unwrap();
    // All of the check sum is missing; of the other body, the limit leaves less.
    for (body, limit, notes) in [
        (
            &gzip[..gzip.len() - 8],
            64 << 10,
            "  response body: 3505 bytes of gzip decoded to 3490, then cut short\n  response body: 3490 decoded bytes logged\n",
        ),
        (
            &gzip[..],
            200,
            "  response body: the first 1224 of 3513 bytes of gzip decoded to 1209\n  response body: 185 decoded bytes logged\n",
        ),
    ] {
        let (memory, body) = (Memory::new(), Bytes::copy_from_slice(body));
        let layer = RequestLogLayer::new().sink(memory.clone()).body_limit(limit);
        let service = layer.layer(service_fn(move |_: Request<LogBody<Full<Bytes>>>| {
            let response = Response::builder().header(header::CONTENT_ENCODING, "gzip");
            let response = response.body(Full::new(body.clone())).unwrap();
            async move { Ok::<_, Infallible>(response) }
        }));
        let request = Request::get("/").header("x-request-id", "id").body(Full::<Bytes>::default()).unwrap();
        service.oneshot(request).await.unwrap().into_body().collect().await.unwrap();
        let log = body_and_notes(&memory);
        assert!(log.starts_with("< line 0\n< line 1\n") && log.ends_with(notes), "{log}");
    }
}

#[tokio::test]
async fn charsets_are_shown_as_utf8_and_redacted() {
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let mark = [b"\xff\xfe".to_vec(), utf16(BET)].concat();
    for (content_type, content) in [
        ("application/json; charset=utf-16le", utf16(BET)),
        ("application/json", utf16(BET)),
        ("application/json", mark),
        ("application/json; charset=utf-16", BET.into()),
        ("application/json; charset=utf-8", [b"\xef\xbb\xbf", BET.as_bytes()].concat()),
    ] {
        assert_eq!(logged("identity", content_type, content).await, SHOWN, "{content_type}");
    }
    let latin1 = b"caf\xe9, 1 \x80".to_vec();
    let shown = if cfg!(feature = "charset") { "< café, 1 €\n" } else { "< caf\\xe9, 1 \\x80\n" };
    assert_eq!(logged("identity", "text/plain; charset=iso-8859-1", latin1.clone()).await, shown);
    assert_eq!(logged("identity", "text/plain", latin1).await, "< caf\\xe9, 1 \\x80\n");
}

#[tokio::test]
async fn a_header_that_lies_is_said() {
    let memory = Memory::new();
    let layer = RequestLogLayer::new().sink(memory.clone());
    let service = layer.layer(service_fn(|_: Request<LogBody<Full<Bytes>>>| async {
        let mut response = Response::new(Full::new(Bytes::from_static(BET.as_bytes())));
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        Ok::<_, Infallible>(response)
    }));
    let request = Request::get("/").header("x-request-id", "id").body(Full::<Bytes>::default()).unwrap();
    let sent = service.oneshot(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
    assert_eq!(sent, BET);
    let note = if cfg!(feature = "gzip") {
        "content-encoding says gzip, the body is not: shown as it came"
    } else {
        "40 bytes encoded as gzip, not logged"
    };
    let body = if cfg!(feature = "gzip") { SHOWN } else { "" };
    assert_eq!(body_and_notes(&memory), format!("{body}  response body: {note}\n"));
}
