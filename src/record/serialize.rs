//! Serializes records in any format of serde's (feature `serde`).

use super::{Body, Headers, Kind, Outcome, Record, Timings};
use crate::{header_case::version, timestamp::Timestamp};
use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeStruct},
};
use std::time::Duration;

/// Serializes as `server` or `client`.
impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Serializes as its words: `complete`, `client gone`.
impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Serializes as milliseconds: `ttfb_ms`, `request_body_ms`, `first_byte_ms` and `end_ms`.
impl Serialize for Timings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Timings", 4)?;
        fields.serialize_field("ttfb_ms", &self.head().map(milliseconds))?;
        fields.serialize_field("request_body_ms", &self.request_body().map(milliseconds))?;
        fields.serialize_field("first_byte_ms", &self.first_byte().map(milliseconds))?;
        fields.serialize_field("end_ms", &milliseconds(self.end()))?;
        fields.end()
    }
}

/// Serializes as a map from names to arrays of values.
impl Serialize for Headers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut left = self.clone().peekable();
        // A header map hands out all values of a name in a row.
        while let Some((name, value)) = left.next() {
            let mut values = vec![value];
            while let Some((_, value)) = left.next_if(|(next, _)| *next == name) {
                values.push(value);
            }
            map.serialize_entry(name.as_str(), &values)?;
        }
        map.end()
    }
}

/// Serializes as `bytes`, `complete` and `text`, which is null if the log shows none.
impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Body", 3)?;
        fields.serialize_field("bytes", &self.len())?;
        fields.serialize_field("complete", &self.is_complete())?;
        fields.serialize_field("text", &self.text())?;
        fields.end()
    }
}

/// Serializes what [`JsonLines`](crate::format::JsonLines) prints, under the same names. There are two differences: a
/// body is a [`Body`], and the times stand together.
///
/// ```
/// use tower_request_log::{RequestLogLayer, Record};
///
/// let layer = RequestLogLayer::new().format(|record: &Record, out: &mut Vec<u8>| {
///     let _ = serde_json::to_writer(&mut *out, record);
///     out.push(b'\n');
/// });
/// ```
impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Record", 17)?;
        fields.serialize_field("request_id", self.id())?;
        fields.serialize_field("timestamp", &Timestamp(self.began()))?;
        fields.serialize_field("kind", &self.kind())?;
        fields.serialize_field("trace_id", &self.trace_id())?;
        fields.serialize_field("outcome", &self.outcome())?;
        fields.serialize_field("method", self.method().as_str())?;
        fields.serialize_field("target", &self.target())?;
        fields.serialize_field("version", version(self.version()))?;
        fields.serialize_field("route", &self.route())?;
        fields.serialize_field("peer", &self.peer())?;
        fields.serialize_field("status", &self.status().map(|status| status.as_u16()))?;
        fields.serialize_field("grpc_status", &self.grpc_status())?;
        fields.serialize_field("timings", &self.timings())?;
        let request = Message { headers: self.request_headers(), body: self.request_body() };
        fields.serialize_field("request", &request)?;
        let response = || Message { headers: self.response_headers(), body: self.response_body() };
        fields.serialize_field("response", &self.status().map(|_| response()))?;
        fields.serialize_field("fields", &Noted(self))?;
        fields.serialize_field("notes", &self.notes())?;
        fields.end()
    }
}

/// Holds a request or a response.
struct Message<'a> {
    headers: Headers<'a>,
    body: Body<'a>,
}

impl Serialize for Message<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Message", 2)?;
        fields.serialize_field("headers", &self.headers)?;
        fields.serialize_field("body", &self.body)?;
        fields.end()
    }
}

/// Holds the fields of a record, a map from names to values.
struct Noted<'a>(&'a Record);

impl Serialize for Noted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.fields())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Returns milliseconds, cut to three decimals.
pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_micros() as f64 / 1000.0
}
