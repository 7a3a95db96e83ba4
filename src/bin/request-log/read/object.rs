//! Makes an exchange from an object of `JsonLines`.

use super::{
    exchange::{Content, Exchange},
    text::Text,
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{borrow::Cow, cell::OnceCell, time::Duration};
use tower_request_log::{
    format::lines::parse::Mark,
    record::{Kind, Milliseconds, Outcome},
};

/// The beginning of each object, by which it is known behind a prefix.
pub(crate) const BEGIN: &[u8] = b"{\"request_id\":";

/// The fields that every command needs.
#[derive(Deserialize)]
struct Object<'a> {
    #[serde(borrow)]
    request_id: Cow<'a, str>,
    kind: Option<Cow<'a, str>>,
    service: Option<Cow<'a, str>>,
    began_ms: Option<f64>,
    outcome: Option<Cow<'a, str>>,
    method: Option<Cow<'a, str>>,
    target: Option<Cow<'a, str>>,
    version: Option<Cow<'a, str>>,
    route: Option<Cow<'a, str>>,
    peer: Option<Cow<'a, str>>,
    status: Option<u16>,
    ttfb_ms: Option<f64>,
    end_ms: Option<f64>,
    request: Option<&'a RawValue>,
    response: Option<Box<Sized<'a>>>,
    #[serde(default)]
    notes: Vec<Cow<'a, str>>,
}

/// A message, whose size alone is needed.
#[derive(Deserialize)]
struct Sized<'a> {
    bytes: Option<u64>,
    #[serde(borrow, rename = "headers")]
    _headers: Option<&'a RawValue>,
}

/// A message with all that it has.
#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    headers: serde_json::Map<String, serde_json::Value>,
    body_is: Option<String>,
    #[serde(default)]
    body: serde_json::Value,
}

/// Says what an object is.
pub(crate) enum Read {
    Exchange(Box<Exchange>),
    /// Lines about the log itself.
    Notices(Vec<String>),
}

/// Reads an object. Returns `None` if it is not one of `JsonLines`.
pub(crate) fn read(line: &[u8]) -> Option<Read> {
    let line = str::from_utf8(line).ok()?;
    let object: Object<'_> = serde_json::from_str(line).ok()?;
    if object.request_id == "-" {
        return Some(Read::Notices(object.notes.into_iter().map(Cow::into_owned).collect()));
    }
    object.request?;
    let text = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned).unwrap_or_default();
    let mut exchange = Exchange {
        id: object.request_id.into_owned(),
        kind: if object.kind.as_deref() == Some("client") { Kind::Client } else { Kind::Server },
        method: text(object.method),
        target: text(object.target),
        version: text(object.version),
        status: object.status,
        began: object.began_ms.and_then(|ms| Timestamp::from_microsecond((ms * 1e3).round() as i64).ok()),
        time: object.ttfb_ms.and_then(duration),
        end: object.end_ms.and_then(duration),
        peer: object.peer.and_then(|peer| peer.parse().ok()),
        route: object.route.map(Cow::into_owned),
        bytes: object.response.and_then(|response| response.bytes),
        ..Exchange::default()
    };
    let named = |o: &&Outcome| object.outcome.as_deref() == Some(o.as_str());
    exchange.outcome = Outcome::ALL.iter().find(named).copied().unwrap_or_default();
    if let Some(service) = object.service {
        exchange.origin = super::Origin { words: Vec::new(), service: Some(service.into_owned()) }.into();
    }
    exchange.content = Content::Object(line.to_owned(), OnceCell::new());
    Some(Read::Exchange(Box::new(exchange)))
}

fn duration(ms: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(ms / 1e3).ok()
}

/// Returns the lines that `Lines` would have printed. Header names stay in lower case.
pub(crate) fn text(exchange: &Exchange, object: &str) -> Text {
    #[derive(Deserialize)]
    struct Parts {
        request: Option<Message>,
        response: Option<Message>,
        #[serde(default)]
        notes: Vec<String>,
    }
    let Ok(parts) = serde_json::from_str::<Parts>(object) else { return Text::default() };
    let mut out = Vec::new();
    let request_line = format!("{} {} {}", exchange.method, exchange.target, exchange.version);
    if let Some(request) = parts.request {
        message(Mark::Request, &request_line, request, &mut out);
    }
    if let (Some(response), Some(status)) = (parts.response, exchange.status) {
        let reason = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        let status_line = format!("{} {status} {}", exchange.version, reason.unwrap_or_default());
        message(Mark::Response, status_line.trim_end(), response, &mut out);
    }
    parts.notes.iter().for_each(|note| push(Mark::Note, note, &mut out));
    if let Some(began) = exchange.began {
        push(Mark::Note, &facts(exchange, began), &mut out);
    }
    let time = exchange.time.map_or_else(|| "no response".to_owned(), |time| Milliseconds(time).to_string());
    push(Mark::Note, &time, &mut out);
    Text::new(out)
}

fn facts(exchange: &Exchange, began: Timestamp) -> String {
    let mut facts = format!("began {began:.3}");
    if let Some(end) = exchange.end {
        facts += &format!(", end {}", Milliseconds(end));
    }
    if exchange.kind == Kind::Client {
        facts += ", as client";
    }
    if let Some(peer) = exchange.peer {
        facts += &format!(", peer {peer}");
    }
    if let Some(route) = &exchange.route {
        facts += &format!(", route {route}");
    }
    facts
}

fn message(mark: Mark, start: &str, message: Message, out: &mut Vec<u8>) {
    push(mark, start, out);
    for (name, values) in &message.headers {
        for value in values.as_array().into_iter().flatten() {
            let value = value.as_str().unwrap_or_default();
            let space = if value.is_empty() { "" } else { " " };
            push(mark, &format!("{name}:{space}{value}"), out);
        }
    }
    push(mark, "", out);
    match (message.body_is.as_deref(), &message.body) {
        (Some("json"), body) => pretty(body).lines().for_each(|line| push(mark, line, out)),
        (_, serde_json::Value::String(text)) => text.split('\n').for_each(|line| push(mark, line, out)),
        _ => {}
    }
}

/// Prints JSON as `Lines` does, with four spaces a level.
fn pretty(value: &serde_json::Value) -> String {
    let mut out = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let printed = serde::Serialize::serialize(value, &mut serde_json::Serializer::with_formatter(&mut out, formatter));
    printed.ok().and_then(|()| String::from_utf8(out).ok()).unwrap_or_default()
}

fn push(mark: Mark, text: &str, out: &mut Vec<u8>) {
    out.push(mark.byte());
    if !text.is_empty() {
        out.push(b' ');
        out.extend_from_slice(text.as_bytes());
    }
    out.push(b'\n');
}

/// Returns a number of milliseconds with the three decimals that `JsonLines` prints.
pub(crate) fn in_ms(ms: f64) -> Option<serde_json::Number> {
    format!("{ms:.3}").parse().ok()
}
