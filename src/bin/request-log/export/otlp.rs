//! Writes OTLP's trace requests as JSON (OpenTelemetry Protocol 1, "JSON Protobuf Encoding").

use super::{
    Out, Writer,
    span::{Span, Spans, Value},
};
use crate::{
    json::write_line,
    read::{Exchange, Kind},
};
use serde_json::{Value as Json, json};
use std::{collections::BTreeMap, io, mem};

/// Spans of one request.
const SPANS: usize = 512;

#[derive(Default)]
pub(super) struct Otlp {
    spans: Spans,
    /// The spans that wait for their request, by their service.
    waiting: BTreeMap<String, Vec<Json>>,
    count: usize,
}

impl Writer for Otlp {
    fn exchange(&mut self, exchange: &Exchange, out: &mut Out) -> io::Result<bool> {
        let Some(span) = self.spans.span(exchange) else { return Ok(false) };
        self.waiting.entry(span.service.to_owned()).or_default().push(object(&span));
        self.count += 1;
        if self.count == SPANS {
            self.end(out)?;
        }
        Ok(true)
    }

    fn end(&mut self, out: &mut Out) -> io::Result<()> {
        if mem::take(&mut self.count) == 0 {
            return Ok(());
        }
        let scope = json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") });
        let services = mem::take(&mut self.waiting).into_iter().map(|(service, spans)| {
            json!({
                "resource": { "attributes": [attribute("service.name", Value::Text(service))] },
                "scopeSpans": [{ "scope": scope, "spans": spans }],
            })
        });
        write_line(out, &json!({ "resourceSpans": services.collect::<Vec<_>>() }))
    }
}

fn object(span: &Span<'_>) -> Json {
    let mut object = json!({
        "traceId": span.trace,
        "spanId": span.id,
        "name": span.name,
        "kind": if span.exchange.kind == Kind::Client { 3 } else { 2 },
        "startTimeUnixNano": span.begin.to_string(),
        "endTimeUnixNano": span.end.to_string(),
        "attributes": span.attributes().into_iter().map(|(name, value)| attribute(name, value)).collect::<Vec<_>>(),
        "status": if span.is_error { json!({ "code": 2 }) } else { json!({}) },
    });
    if let Some(parent) = &span.parent {
        object["parentSpanId"] = parent.as_str().into();
    }
    object
}

fn attribute(name: &str, value: Value) -> Json {
    let value = match value {
        Value::Text(text) => json!({ "stringValue": text }),
        // 64 bits are a string in Protobuf's JSON.
        Value::Number(number) => json!({ "intValue": number.to_string() }),
    };
    json!({ "key": name, "value": value })
}
