//! Reads media types (RFC 9110, section 8.3.1).

use crate::redact::json::Apart;
use crate::redact::text::slice::Slice;
use std::borrow::Cow;

pub(super) const JSON: &[u8] = b"application/json";
const PLAIN: &[u8] = b"text/plain";

/// Returns the media type in lower case, without parameters.
pub(super) fn media_type(content_type: &[u8]) -> Cow<'_, [u8]> {
    // Nearly all bodies have this type.
    if content_type == JSON {
        return JSON.into();
    }
    let end = memchr::memchr(b';', content_type).unwrap_or(content_type.len());
    let media = content_type.part(..end).trim_ascii();
    if media == JSON || media == PLAIN || !media.iter().any(u8::is_ascii_uppercase) {
        media.into()
    } else {
        media.to_ascii_lowercase().into()
    }
}

/// Returns whether a body of this type may be text, so that it is worth capturing. A missing or unknown type may be.
pub(crate) fn is_text(content_type: Option<&[u8]>) -> bool {
    content_type.is_none_or(|content_type| is_text_type(&media_type(content_type)))
}

pub(super) fn is_text_type(media: &[u8]) -> bool {
    // Nearly all bodies have one of these types.
    if media == JSON || media == PLAIN {
        return true;
    }
    let (kind, sub) = match memchr::memchr(b'/', media) {
        Some(at) => (&media[..at], &media[at + 1..]),
        None => return true,
    };
    let grpc = sub.starts_with(b"grpc") || sub.starts_with(b"connect+");
    if !grpc && (sub.ends_with(b"+xml") || sub.ends_with(b"+json") || kind == b"text" || kind == b"multipart") {
        return true;
    }
    const BINARY: [&[u8]; 29] = [
        b"pdf",
        b"msword",
        b"zip",
        b"gzip",
        b"x-gzip",
        b"zlib",
        b"zstd",
        b"x-tar",
        b"x-gtar",
        b"x-bzip",
        b"x-bzip2",
        b"x-xz",
        b"x-7z-compressed",
        b"x-rar-compressed",
        b"vnd.rar",
        b"java-archive",
        b"protobuf",
        b"x-protobuf",
        b"proto",
        b"x-google-protobuf",
        b"wasm",
        b"msgpack",
        b"x-msgpack",
        b"cbor",
        b"bson",
        b"avro",
        b"x-thrift",
        b"dns-message",
        b"ocsp-response",
    ];
    const PREFIXES: [&[u8]; 8] = [
        b"vnd.google.protobuf",
        b"vnd.msgpack",
        b"vnd.openxmlformats",
        b"vnd.ms-",
        b"vnd.apache.",
        b"vnd.android.package",
        b"x-font",
        b"font-",
    ];
    const SUFFIXES: [&[u8]; 6] = [b"+protobuf", b"+proto", b"+zip", b"+gzip", b"+cbor", b"+msgpack"];
    match kind {
        b"image" | b"audio" | b"video" | b"font" => false,
        b"application" => {
            !(grpc
                || BINARY.contains(&sub)
                || PREFIXES.iter().any(|prefix| sub.starts_with(prefix))
                || SUFFIXES.iter().any(|suffix| sub.ends_with(suffix)))
        }
        _ => true,
    }
}

pub(super) const FORM: &[u8] = b"application/x-www-form-urlencoded";

/// Returns how documents are separated, for a type with several of them.
pub(super) fn apart(media: &[u8]) -> Option<Apart> {
    match media {
        b"application/ndjson"
        | b"application/x-ndjson"
        | b"application/jsonl"
        | b"application/x-jsonlines"
        | b"application/json-lines"
        | b"application/jsonlines" => Some(Apart::Lines),
        b"application/json-seq" => Some(Apart::Separators),
        _ => None,
    }
}
