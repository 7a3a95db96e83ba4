//! Prints an exchange as JSON: the object that `JsonLines` prints.

use crate::read::{Exchange, Mark, exchange::Content, object::in_ms};
use serde::Serialize;
use serde_json::{
    Map, Serializer, Value, json,
    ser::{CompactFormatter, Formatter},
};
use std::{
    io::{self, Write},
    time::Duration,
};
use tower_request_log::format::is_hostile;

/// Returns the object of `JsonLines`, with `kind` and `service` besides. Fields that only `JsonLines` knows are there
/// only if that was read.
pub(crate) fn object(exchange: &Exchange) -> Value {
    if let Content::Object(object, _) = &exchange.content
        && let Ok(Value::Object(mut object)) = serde_json::from_str(object)
    {
        object.entry("kind").or_insert_with(|| exchange.kind.as_str().into());
        object.entry("service").or_insert_with(|| exchange.service().into());
        return Value::Object(object);
    }
    let began = exchange.began.map(|began| in_ms(began.as_microsecond() as f64 / 1e3));
    json!({
        "request_id": exchange.id,
        "timestamp": exchange.began.map(|began| format!("{began:.3}")),
        "kind": exchange.kind.as_str(),
        "service": exchange.service(),
        "began_ms": began,
        "outcome": exchange.outcome.as_str(),
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

/// Writes `value` on a line. What a terminal obeys or does not show is escaped, as `JsonLines` does it: logs may come from
/// elsewhere.
pub(crate) fn write_line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    write(out, value)?;
    out.write_all(b"\n")
}

/// Writes `value` as [`write_line`] does, without the end of the line.
pub(crate) fn write(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    Ok(value.serialize(&mut Serializer::with_formatter(out, Tame))?)
}

/// Formats as `serde_json` does, but for the controls that it lets pass.
struct Tame;

impl Formatter for Tame {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_hostile(*c)) {
            CompactFormatter.write_string_fragment(writer, &rest[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        CompactFormatter.write_string_fragment(writer, rest)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped() {
        let mut out = Vec::new();
        write_line(&mut out, &json!({"a\u{7f}": "\t\"é\u{1b}\u{85}\u{202e}日\u{e0041}.", "n": [1.50, null]})).unwrap();
        let expected = r#"{"a\u007f":"\t\"é\u001b\u0085\u202e日\udb40\udc41.","n":[1.5,null]}"#;
        assert_eq!(String::from_utf8(out).unwrap().trim_end(), expected);
    }
}
