//! Colours lines for a terminal (ECMA-48, SGR), and takes the colours off again.

use super::{
    grammar::status,
    prefix::{NOTE, REQUEST},
};
use std::{borrow::Cow, env, io::IsTerminal};

/// Says when [`Lines`](super::Lines) are printed in colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Color {
    /// Uses colours if standard output is a terminal and the environment variable `NO_COLOR` is not set, or empty
    /// (<https://no-color.org>).
    Auto,
    /// Always uses colours.
    Always,
    /// Never uses colours.
    #[default]
    Never,
}

impl Color {
    /// Returns whether to use colours, asked once.
    pub(super) fn is_on(self) -> bool {
        match self {
            Self::Auto => {
                std::io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
            Self::Always => true,
            Self::Never => false,
        }
    }
}

const DIM: &str = "\x1b[2m";
const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[1;31m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const CYAN: &str = "\x1b[36m";
const OFF: &str = "\x1b[0m";

/// Colours the lines of one block, which `out` has from `begin` on: id and mark dim, the request line bold, the status line
/// by its class, notes cyan.
pub(super) fn paint(out: &mut Vec<u8>, begin: usize, prefix: usize) {
    let plain = out.split_off(begin);
    let mut started = [false; 2];
    for line in plain.split_inclusive(|&b| b == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let (before, text) = line.split_at_checked(prefix).unwrap_or((line, b""));
        let mark = line.get(prefix.saturating_sub(2)).copied().unwrap_or(NOTE);
        let color = match mark {
            NOTE => CYAN,
            REQUEST if !std::mem::replace(&mut started[0], true) => BOLD,
            REQUEST => "",
            _ if std::mem::replace(&mut started[1], true) => "",
            _ => match status(text) {
                Some(500..) => RED,
                Some(400..) => YELLOW,
                Some(300..) => CYAN,
                _ => GREEN,
            },
        };
        let off = if color.is_empty() { "" } else { OFF };
        for part in [DIM.as_bytes(), before, OFF.as_bytes(), color.as_bytes(), text, off.as_bytes(), b"\n"] {
            out.extend_from_slice(part);
        }
    }
}

/// Takes colours off a line, as a terminal or a transport may have put them there. Nothing else of what is printed has an
/// escape character in it.
#[must_use]
pub fn strip(line: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(0x1b, line).is_none() {
        return line.into();
    }
    let mut plain = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = memchr::memmem::find(rest, b"\x1b[") {
        let (before, after) = rest.split_at(at + 2);
        let parameters = after.iter().take_while(|b| b.is_ascii_digit() || **b == b';').count();
        match after.get(parameters..).and_then(|left| left.strip_prefix(b"m")) {
            Some(left) => {
                plain.extend_from_slice(before.get(..at).unwrap_or_default());
                rest = left;
            }
            None => {
                plain.extend_from_slice(before);
                rest = after;
            }
        }
    }
    plain.extend_from_slice(rest);
    plain.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_in_colours() {
        let plain = "id > GET / HTTP/1.1\nid > A: b\nid >\nid < HTTP/1.1 404 Not Found\nid <\nid   164ms\n";
        let mut out = [b"before ", plain.as_bytes()].concat();
        paint(&mut out, 7, "id > ".len());
        let painted = String::from_utf8(out).unwrap();
        assert_eq!(
            painted,
            "before \
            \x1b[2mid > \x1b[0m\x1b[1mGET / HTTP/1.1\x1b[0m\n\
            \x1b[2mid > \x1b[0mA: b\n\
            \x1b[2mid >\x1b[0m\n\
            \x1b[2mid < \x1b[0m\x1b[33mHTTP/1.1 404 Not Found\x1b[0m\n\
            \x1b[2mid <\x1b[0m\n\
            \x1b[2mid   \x1b[0m\x1b[36m164ms\x1b[0m\n"
        );
        assert_eq!(*strip(painted.as_bytes()), *format!("before {plain}").as_bytes());
    }

    #[test]
    fn only_colours_are_taken_off() {
        for kept in ["", "a[1m", "\x1b", "\x1b[", "\x1b[1", "\x1b[2J", "\x1b]0;x\x07"] {
            assert_eq!(*strip(kept.as_bytes()), *kept.as_bytes());
        }
        assert_eq!(*strip(b"\x1b[2J\x1b[mid\x1b[38;5;7m"), *b"\x1b[2Jid");
    }
}
