//! Reads the trace context that came with a request ([W3C Trace Context], section 3).
//!
//! [W3C Trace Context]: https://www.w3.org/TR/trace-context/

use crate::fields::{Fields, Value};
use http::{HeaderMap, HeaderName};

const TRACEPARENT: &[u8] = b"traceparent";
const TRACESTATE: &[u8] = b"tracestate";
/// The length of `VERSION-TRACE_ID-PARENT_ID-FLAGS`, which is all of it in version 00.
const KNOWN: usize = 55;
/// The maximum number of members of the list in `tracestate` (section 3.3.1.1).
const MAX_MEMBERS: usize = 32;

/// Returns whether a header belongs to the trace context: it is handed on if it is valid, whatever else is.
pub(crate) fn is_part(name: &HeaderName) -> bool {
    [TRACEPARENT, TRACESTATE].contains(&name.as_str().as_bytes())
}

/// Returns whether `headers` have a trace context, valid or not.
pub(crate) fn is_in(headers: &HeaderMap) -> bool {
    static NAME: HeaderName = HeaderName::from_static("traceparent");
    headers.contains_key(&NAME)
}

/// Returns the trace id of a message's `traceparent`: 32 lower-case hex digits. `None` if there is none, if it can't be
/// read, or if there are two.
pub(crate) fn trace_id(headers: &Fields) -> Option<&str> {
    read(traceparent(headers)?.as_bytes())
}

/// Returns the headers of a valid trace context as they came: `traceparent`, and the values of `tracestate`.
///
/// Without a valid `traceparent` there is neither (section 3.2.3). A `tracestate` with too many members is left out.
pub(crate) fn of(headers: &Fields) -> Option<(Value<'_>, impl Iterator<Item = Value<'_>>)> {
    let traceparent = traceparent(headers)?;
    read(traceparent.as_bytes())?;
    let states = || headers.iter().filter(|(name, _)| *name == TRACESTATE).map(|(_, value)| value);
    let members = states().map(|value| value.as_bytes().split(|&byte| byte == b',').count()).sum::<usize>();
    Some((traceparent, states().take(if members > MAX_MEMBERS { 0 } else { members })))
}

/// Returns the only `traceparent`.
fn traceparent(headers: &Fields) -> Option<Value<'_>> {
    let mut values = headers.iter().filter(|(name, _)| *name == TRACEPARENT).map(|(_, value)| value);
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

/// Returns the trace id of a `traceparent` that can be read (sections 3.2.2 and 3.2.4).
///
/// A `traceparent` of a later version is read by the part that version 00 knows, and may go on after it with a `-`.
fn read(value: &[u8]) -> Option<&str> {
    let value = value.trim_ascii();
    let (known, more) = value.split_at_checked(KNOWN)?;
    let mut parts = known.split(|&byte| byte == b'-');
    let (version, trace_id, parent_id, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex =
        |text: &[u8], length| text.len() == length && text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_id = |text: &[u8], length| is_hex(text, length) && text.iter().any(|&byte| byte != b'0');
    let ends = match version {
        b"00" => more.is_empty(),
        b"ff" => false,
        _ => more.is_empty() || more.starts_with(b"-"),
    };
    let valid = ends
        && parts.next().is_none()
        && is_hex(version, 2)
        && is_id(trace_id, 32)
        && is_id(parent_id, 16)
        && is_hex(flags, 2);
    if valid { str::from_utf8(trace_id).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    fn fields(fields: &[(&'static str, &str)]) -> Fields {
        let field = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        };
        fields.iter().map(field).collect()
    }

    #[test]
    fn a_traceparent_is_read_as_the_recommendation_says() {
        for valid in [
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
            // Level 2's random flag, and ones that nobody knows yet.
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff",
            " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\t",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-brings",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
        ] {
            assert_eq!(trace_id(&fields(&[("traceparent", valid)])), Some(ID), "{valid}");
        }
        for invalid in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01, 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-.1",
            "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
            "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0-1",
        ] {
            let headers = fields(&[("traceparent", invalid), ("tracestate", "a=1")]);
            assert_eq!(trace_id(&headers), None, "{invalid}");
            assert!(of(&headers).is_none(), "{invalid}");
        }
    }

    #[test]
    fn of_two_none_is_taken() {
        let one = ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        assert!(of(&fields(&[one, one])).is_none() && trace_id(&fields(&[one, one])).is_none());
    }

    #[test]
    fn the_state_goes_along_as_it_came() {
        let one = ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        let states = |came: &[(&'static str, &str)]| {
            let headers = fields(&[&[one], came].concat());
            let (_, states) = of(&headers).unwrap();
            states.map(|value| String::from_utf8(value.as_bytes().to_vec()).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(states(&[]), [""; 0]);
        assert_eq!(states(&[("tracestate", "b=2 , a=1"), ("tracestate", "c=3")]), ["b=2 , a=1", "c=3"]);
        let most = ["a=1"; 32].join(",");
        assert_eq!(states(&[("tracestate", &most)]), std::slice::from_ref(&most));
        assert_eq!(states(&[("tracestate", &most), ("tracestate", "b=2")]), [""; 0]);
    }
}
