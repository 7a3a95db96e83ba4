//! Prints the values of an object: strings, numbers and `null`.

use crate::format::lines::write;
use std::{fmt, time::Duration};

/// Appends a JSON string of at most `room` bytes, quotes included. Returns `false` if it had to be cut.
pub(super) fn string(text: &str, room: usize, out: &mut Vec<u8>) -> bool {
    let begin = out.len();
    out.push(b'"');
    for c in text.chars() {
        let before = out.len();
        match c {
            '"' | '\\' => out.extend_from_slice(&[b'\\', c as u8]),
            '\n' => out.extend_from_slice(b"\\n"),
            c if c.is_ascii_control() => write(out, format_args!("\\u{:04x}", u32::from(c))),
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        if out.len() - begin >= room {
            out.truncate(before);
            out.push(b'"');
            return false;
        }
    }
    out.push(b'"');
    true
}

/// Shows `null` if there is nothing.
pub(super) struct Display<T>(pub(super) Option<T>);

impl<T: fmt::Display> fmt::Display for Display<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("null"),
        }
    }
}

/// Milliseconds with three decimals.
pub(super) struct Ms(pub(super) Duration);

impl fmt::Display for Ms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0.as_millis(), self.0.subsec_micros() % 1000)
    }
}
