//! Writes Zipkin's spans, version 2 (<https://zipkin.io/zipkin-api/>).

use super::{
    Out, Writer,
    span::{Spans, Value},
};
use crate::{
    json::write,
    read::{Exchange, Kind},
};
use serde_json::{Map, json};
use std::{
    io::{self, Write},
    net::IpAddr,
};

#[derive(Default)]
pub(super) struct Zipkin {
    spans: Spans,
    /// Is set once a span was printed.
    begun: bool,
}

impl Writer for Zipkin {
    fn begin(&mut self, out: &mut Out) -> io::Result<()> {
        write!(out, "[")
    }

    fn exchange(&mut self, exchange: &Exchange, out: &mut Out) -> io::Result<bool> {
        let Some(span) = self.spans.span(exchange) else { return Ok(false) };
        let mut tags: Map<_, _> = Map::new();
        for (name, value) in span.attributes() {
            let text = match value {
                Value::Text(text) => text,
                Value::Number(number) => number.to_string(),
            };
            // The name that marks a failed span in Zipkin's pages.
            tags.insert(if name == "error.type" { "error" } else { name }.to_owned(), text.into());
        }
        let micros = |nanos: i128| i64::try_from(nanos / 1_000).unwrap_or(i64::MAX);
        let mut object = json!({
            "traceId": span.trace,
            "id": span.id,
            "kind": if exchange.kind == Kind::Client { "CLIENT" } else { "SERVER" },
            "name": span.name.to_lowercase(),
            "timestamp": micros(span.begin),
            // 0 would mean that it is not known.
            "duration": micros(span.end - span.begin).max(1),
            "localEndpoint": { "serviceName": span.service },
            "tags": tags,
        });
        if let Some(parent) = span.parent {
            object["parentId"] = parent.into();
        }
        if let Some(peer) = exchange.peer.map(|peer| peer.ip()) {
            object["remoteEndpoint"] = match peer {
                IpAddr::V4(peer) => json!({ "ipv4": peer }),
                IpAddr::V6(peer) => json!({ "ipv6": peer }),
            };
        }
        out.write_all(if self.begun { b",\n" } else { b"\n" })?;
        self.begun = true;
        write(out, &object)?;
        Ok(true)
    }

    fn end(&mut self, out: &mut Out) -> io::Result<()> {
        writeln!(out, "\n]")
    }
}
