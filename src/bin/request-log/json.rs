//! Prints an exchange as JSON: the object that `JsonLines` prints.

use crate::read::{Exchange, Mark, exchange::Content, object::in_ms};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Returns the object of `JsonLines`, with `kind` and `service` besides. What only `JsonLines` knows is there only where
/// that was read.
pub(crate) fn object(exchange: &Exchange) -> Value {
    if let Content::Object(object, _) = &exchange.content
        && let Ok(Value::Object(mut object)) = serde_json::from_str(object)
    {
        object.entry("kind").or_insert_with(|| exchange.kind.name().into());
        object.entry("service").or_insert_with(|| exchange.service().into());
        return Value::Object(object);
    }
    let began = exchange.began.map(|began| in_ms(began.as_microsecond() as f64 / 1e3));
    json!({
        "request_id": exchange.id,
        "timestamp": exchange.began.map(|began| format!("{began:.3}")),
        "kind": exchange.kind.name(),
        "service": exchange.service(),
        "began_ms": began,
        "outcome": exchange.outcome.name(),
        "method": exchange.method,
        "target": exchange.target,
        "version": exchange.version,
        "route": exchange.route,
        "peer": exchange.peer,
        "status": exchange.status,
        "ttfb_ms": exchange.time.map(|time| in_ms(time.as_secs_f64() * 1e3)),
        "end_ms": exchange.end.map(|end| in_ms(end.as_secs_f64() * 1e3)),
        "request": message(exchange, Mark::Request),
        "response": exchange.status.map(|_| message(exchange, Mark::Response)),
        "notes": exchange.notes().collect::<Vec<_>>(),
    })
}

fn message(exchange: &Exchange, mark: Mark) -> Value {
    let mut headers = Map::new();
    for (name, value) in exchange.headers(mark) {
        let values = headers.entry(name.to_ascii_lowercase()).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(values) = values {
            values.push(value.into());
        }
    }
    let lines: Vec<&str> = exchange.body(mark).collect();
    let text = lines.join("\n");
    let (is, body) = match serde_json::from_str::<Value>(&text) {
        _ if lines.is_empty() => ("none", Value::Null),
        Ok(body) => ("json", body),
        Err(_) => ("text", Value::String(text)),
    };
    json!({ "headers": headers, "body_is": is, "body": body })
}

/// Returns a time as a number of milliseconds, without decimals where there are none.
pub(crate) fn ms(time: Option<Duration>) -> Value {
    let Some(time) = time else { return Value::Null };
    let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    if micros.is_multiple_of(1_000) { (micros / 1_000).into() } else { (micros as f64 / 1e3).into() }
}
