//! Writes HAR 1.2, the HTTP Archive (<http://www.softwareishard.com/blog/har-12-spec/>).

use super::{Out, Writer, body, url};
use crate::{
    json::write,
    read::{Exchange, Mark, object::in_ms},
};
use serde_json::{Value, json};
use std::{
    io::{self, Write},
    time::Duration,
};

#[derive(Default)]
pub(super) struct Har {
    /// Is set once an entry was printed.
    begun: bool,
}

impl Writer for Har {
    fn begin(&mut self, out: &mut Out) -> io::Result<()> {
        let creator = json!({ "name": "request-log", "version": env!("CARGO_PKG_VERSION") });
        write!(out, "{{\"log\":{{\"version\":\"1.2\",\"creator\":{creator},\"entries\":[")
    }

    fn exchange(&mut self, exchange: &Exchange, out: &mut Out) -> io::Result<bool> {
        // A date is asked for; what has none began with the epoch.
        let began = exchange.began.unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let end = exchange.end.or(exchange.time).unwrap_or_default();
        let wait = exchange.time.unwrap_or(end);
        let comment = exchange.notes().collect::<Vec<_>>().join("; ");
        let entry = json!({
            "startedDateTime": began.to_string(),
            "time": milliseconds(end),
            "request": request(exchange),
            "response": response(exchange),
            "cache": {},
            "timings": { "send": 0, "wait": milliseconds(wait), "receive": milliseconds(end.saturating_sub(wait)) },
            "comment": comment,
            "_request_id": exchange.id,
            "_kind": exchange.kind.as_str(),
        });
        out.write_all(if self.begun { b",\n" } else { b"\n" })?;
        self.begun = true;
        write(out, &entry)?;
        Ok(true)
    }

    fn end(&mut self, out: &mut Out) -> io::Result<()> {
        writeln!(out, "\n]}}}}")
    }
}

/// Returns milliseconds with the digits that the log has.
fn milliseconds(time: Duration) -> Option<serde_json::Number> {
    in_ms(time.as_secs_f64() * 1e3)
}

fn request(exchange: &Exchange) -> Value {
    let url = url(exchange);
    let text = body(exchange, Mark::Request);
    let mut request = json!({
        "method": exchange.method,
        "url": url,
        "httpVersion": exchange.version,
        "cookies": [],
        "headers": headers(exchange, Mark::Request),
        "queryString": query(&url),
        "headersSize": -1,
        "bodySize": length(exchange, Mark::Request, &text),
    });
    if !text.is_empty() {
        let mime = exchange.header(Mark::Request, "content-type").unwrap_or_default();
        request["postData"] = json!({ "mimeType": mime, "text": text });
    }
    request
}

fn response(exchange: &Exchange) -> Value {
    let text = body(exchange, Mark::Response);
    let size = exchange.size().unwrap_or_default();
    let mut content = json!({
        "size": size,
        "mimeType": exchange.header(Mark::Response, "content-type").unwrap_or_default(),
    });
    if !text.is_empty() {
        content["text"] = text.as_str().into();
    }
    // Browsers write 0 where there was no response.
    let status = exchange.status.unwrap_or_default();
    let reason =
        http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default();
    json!({
        "status": status,
        "statusText": reason,
        "httpVersion": exchange.version,
        "cookies": [],
        "headers": headers(exchange, Mark::Response),
        "content": content,
        "redirectURL": exchange.header(Mark::Response, "location").unwrap_or_default(),
        "headersSize": -1,
        "bodySize": length(exchange, Mark::Response, &text),
    })
}

fn headers(exchange: &Exchange, mark: Mark) -> Vec<Value> {
    exchange.headers(mark).map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

fn query(url: &str) -> Vec<Value> {
    let query = url.split_once('?').map_or("", |(_, query)| query.split('#').next().unwrap_or_default());
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect()
}

/// Returns the length that the sender told, else -1: what the log shows of a body may be shorter or longer.
fn length(exchange: &Exchange, mark: Mark, text: &str) -> i64 {
    let told = exchange.header(mark, "content-length").and_then(|length| length.parse().ok());
    told.unwrap_or(if text.is_empty() && exchange.body(mark).next().is_none() { 0 } else { -1 })
}
