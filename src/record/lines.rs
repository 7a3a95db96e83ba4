//! Headers as lines, redacted once for all who read them.

use crate::{
    fields::{Fields, Line},
    header_cache::HeaderCache,
    header_case::write_name,
    redact::{Redactor, Shows},
};
use http::Version;

/// Settles what is shown of each field, so that from then on it is only copied.
pub(super) fn settle(redactor: &Redactor, version: Version, fields: &mut Fields, familiar: &mut HeaderCache) {
    let capitals = version < Version::HTTP_2;
    fields.settle(|fields, at, raw, out| {
        let Some((name, value)) = fields.get(at) else { return Line::default() };
        let (start, remember) = (out.len(), !value.is_sensitive());
        let masked = || familiar.get(name, capitals).filter(|_| !value.as_bytes().is_empty());
        if remember && let Some((line, value)) = familiar.get(raw, capitals).or_else(masked) {
            out.extend_from_slice(line);
            return Line { start, value: start + value, end: out.len() };
        }
        let (value, shows) = write(redactor, version, fields, at, out);
        let mut add = |key| familiar.add(key, capitals, out.get(start..).unwrap_or_default(), value - start);
        match shows {
            Shows::Plain if remember => add(raw),
            Shows::Masked if remember => add(name),
            _ => {}
        }
        Line { start, value, end: out.len() }
    });
}

/// Appends what is shown of the value of the field at `at`.
pub(super) fn value(redactor: &Redactor, fields: &Fields, at: usize, out: &mut Vec<u8>) {
    match fields.shown(at) {
        Some(shown) => out.extend_from_slice(shown),
        None => _ = redactor.field_value(fields, at, out),
    }
}

/// Appends the line of the field at `at`: where its value begins in `out`, and how such values are shown.
pub(super) fn write(
    redactor: &Redactor,
    version: Version,
    fields: &Fields,
    at: usize,
    out: &mut Vec<u8>,
) -> (usize, Shows) {
    let name = fields.get(at).map_or(&b""[..], |(name, _)| name);
    write_name(name, version, out);
    out.extend_from_slice(b": ");
    let value = out.len();
    let shows = redactor.field_value(fields, at, out);
    if out.len() > value {
        return (value, shows);
    }
    // Nothing trails, be it that there is no value or that nothing stands in for it.
    out.pop();
    (out.len(), shows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    #[test]
    fn what_depends_on_the_field_before_it_is_never_familiar() {
        let redactor = Redactor::new();
        let mut familiar = HeaderCache::default();
        let mut lines = |values: &[&'static str]| {
            let field = |value| (http::header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(value));
            let mut fields: Fields = values.iter().copied().map(field).collect();
            settle(&redactor, Version::HTTP_11, &mut fields, &mut familiar);
            let line = |at| String::from_utf8(fields.line(at).unwrap().to_vec()).unwrap();
            (0..values.len()).map(line).collect::<Vec<_>>()
        };
        assert_eq!(lines(&["chat"]), ["Sec-WebSocket-Protocol: chat"]);
        assert_eq!(lines(&["bearer", "chat"]), ["Sec-WebSocket-Protocol: bearer", "Sec-WebSocket-Protocol: REDACTED"]);
    }

    proptest! {
        #[test]
        fn what_is_familiar_shows_as_it_would_at_first(
            heads in prop::collection::vec(prop::collection::vec((
                prop::sample::select(vec![
                    "host", "accept", "etag", "x-a", "x-pin", "authorization", "cookie", "set-cookie", "referer", "location",
                    "content-type", "sec-websocket-protocol", "a", "ab",
                ]),
                prop::sample::select(vec![
                    "", "h", "*/*", "h ", "b", "bearer", "access_token", "token", "s3cret", "a=b", "a=b; Path=/", "Basic YTpi",
                    "Basic", "/games/1/bet", "https://h/?token=x", "https://u:p@h", "text/plain; charset=utf-8", "\u{e9}",
                    "eyJhbGciOi.eyJzdWIi.c2ln", "acct-7", "a\tb", "0123456789012345678901234567890123456789",
                ]),
                any::<bool>(),
            ), 0..6), 1..8),
            http_2: bool,
            none: bool,
        ) {
            let redactor = if none { Redactor::none().header("x-pin") } else { Redactor::new().header("x-pin").path("/games/{game}") };
            let mut familiar = HeaderCache::default();
            for (nth, head) in heads.iter().enumerate() {
                // Of the same connection, and of another version in between.
                let version = if http_2 && nth % 3 == 1 { Version::HTTP_2 } else { Version::HTTP_11 };
                let field = |(name, text, sensitive): &(&'static str, &str, bool)| {
                    let mut value = HeaderValue::from_bytes(text.as_bytes()).unwrap();
                    value.set_sensitive(*sensitive);
                    (HeaderName::from_static(name), value)
                };
                let mut fields: Fields = head.iter().map(field).collect();
                let shown = |fields: &Fields| {
                    let each = (0..fields.len()).map(|at| {
                        let (mut line, mut value) = (Vec::new(), Vec::new());
                        match fields.line(at) {
                            Some(settled) => line.extend_from_slice(settled),
                            None => _ = write(&redactor, version, fields, at, &mut line),
                        }
                        super::value(&redactor, fields, at, &mut value);
                        [line, value].map(|text| String::from_utf8(text).unwrap())
                    });
                    each.collect::<Vec<_>>()
                };
                let naive = shown(&fields);
                settle(&redactor, version, &mut fields, &mut familiar);
                prop_assert_eq!(shown(&fields), naive);
            }
        }
    }
}
