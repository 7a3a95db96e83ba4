//! Serializes what the reader gives, in any format of serde's (feature `serde`).

use super::{
    Block, Entry, Message,
    tree::{Call, Skew},
};
use crate::{record::milliseconds, timestamp::Timestamp};
use serde::{Serialize, Serializer, ser::SerializeStruct};

/// Serializes as an object of one member: `exchange`, `notice` or `unread`.
impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Exchange(block) => serializer.serialize_newtype_variant("Entry", 0, "exchange", block),
            Self::Notice(text) => serializer.serialize_newtype_variant("Entry", 1, "notice", text),
            Self::Unread(line) => serializer.serialize_newtype_variant("Entry", 2, "unread", line),
        }
    }
}

/// Serializes what its methods return, null where that is nothing; times in milliseconds.
///
/// ```
/// use tower_request_log::format::lines::{Entry, Reader};
///
/// let log = "\
/// id > GET /games/7 HTTP/1.1
/// id > Accept: */*
/// id >
/// id < HTTP/1.1 200 OK
/// id <
/// id < seven
/// id   began 2013-02-13T06:26:26.123Z, end 165ms, route /games/{id}
/// id   0.42ms
/// ";
/// let Some(Ok(entry)) = Reader::new(log.as_bytes()).next() else { panic!("no entry") };
/// assert_eq!(
///     serde_json::to_string(&entry).unwrap(),
///     concat!(
///         r#"{"exchange":{"request_id":"id","prefix":"","timestamp":"2013-02-13T06:26:26.123Z","kind":"server","#,
///         r#""outcome":"complete","method":"GET","target":"/games/7","version":"HTTP/1.1","route":"/games/{id}","#,
///         r#""peer":null,"status":200,"ttfb_ms":0.42,"end_ms":165.0,"#,
///         r#""request":{"start":"GET /games/7 HTTP/1.1","headers":[["Accept","*/*"]],"body":[]},"#,
///         r#""response":{"start":"HTTP/1.1 200 OK","headers":[],"body":["seven"]},"notes":[]}}"#,
///     )
/// );
/// ```
impl Serialize for Block {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Block", 16)?;
        fields.serialize_field("request_id", &self.id)?;
        fields.serialize_field("prefix", &self.prefix)?;
        fields.serialize_field("timestamp", &self.began().map(Timestamp))?;
        fields.serialize_field("kind", &self.kind())?;
        fields.serialize_field("outcome", &self.outcome())?;
        fields.serialize_field("method", &self.method())?;
        fields.serialize_field("target", &self.target())?;
        fields.serialize_field("version", &self.version())?;
        fields.serialize_field("route", &self.route())?;
        fields.serialize_field("peer", &self.peer())?;
        fields.serialize_field("status", &self.status())?;
        fields.serialize_field("ttfb_ms", &self.time_to_first_byte().map(milliseconds))?;
        fields.serialize_field("end_ms", &self.end().map(milliseconds))?;
        fields.serialize_field("request", &self.request)?;
        fields.serialize_field("response", &self.response)?;
        fields.serialize_field("notes", &self.notes)?;
        fields.end()
    }
}

/// Serializes `start`, `headers`, an array of pairs, and `body`, an array of lines.
impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Message", 3)?;
        fields.serialize_field("start", &self.start)?;
        fields.serialize_field("headers", &self.headers)?;
        fields.serialize_field("body", &self.body)?;
        fields.end()
    }
}

/// Serializes its fields.
impl Serialize for Call {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Call", 4)?;
        fields.serialize_field("id", &self.id)?;
        fields.serialize_field("clients", &self.clients)?;
        fields.serialize_field("servers", &self.servers)?;
        fields.serialize_field("calls", &self.calls)?;
        fields.end()
    }
}

/// Serializes as an object of one member: `behind_ms` or `ahead_ms`.
impl Serialize for Skew {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Behind(by) => serializer.serialize_newtype_variant("Skew", 0, "behind_ms", &milliseconds(*by)),
            Self::Ahead(by) => serializer.serialize_newtype_variant("Skew", 1, "ahead_ms", &milliseconds(*by)),
        }
    }
}
