//! Prints a whole block.

use crate::{
    output::{Out, style, tame},
    read::{Exchange, Mark},
};
use anstyle::Style;
use std::io::{self, Write};
use tower_request_log::format::lines::parse::milliseconds;

/// Prints a block as `Lines` did, the program's name before each line where a transport told it: so it can be read again.
pub(crate) fn print(out: &mut Out, exchange: &Exchange) -> io::Result<()> {
    let service = exchange.service().map(|service| format!("{}: ", tame(service))).unwrap_or_default();
    let id = tame(&exchange.id);
    if !out.color {
        for line in exchange.text().as_str().split_terminator('\n') {
            for part in [&*service, &*id, " ", &*tame(line), "\n"] {
                out.write_all(part.as_bytes())?;
            }
        }
        return Ok(());
    }
    let status = style::of_status(exchange.status);
    let mut part = Part::Start;
    let (mut last, mut is_json) = (Mark::Request, false);
    for (mark, text) in exchange.text().all() {
        let text = &*tame(text);
        if mark != last {
            (part, last, is_json) = (Part::Start, mark, false);
        }
        let color = match mark {
            Mark::Request => style::REQUEST,
            Mark::Response => status,
            Mark::Note => style::DIM,
        };
        let shown_id = out.paint(style::DIM, format_args!("{service}{id}")).to_string();
        let sign = out.paint(color, char::from(mark.byte())).to_string();
        write!(out, "{shown_id} {sign}")?;
        if !text.is_empty() {
            out.write_all(b" ")?;
        }
        match (mark, part) {
            (Mark::Note, _) => note(out, text)?,
            (_, Part::Start) => {
                start(out, mark, text, status)?;
                part = Part::Head;
            }
            (_, Part::Head) if text.is_empty() => part = Part::Body,
            (_, Part::Head) => {
                let colon = text.get(1..).and_then(|rest| rest.find(':')).map_or(text.len(), |at| at + 1);
                let name = out.paint(style::NAME, &text[..colon]).to_string();
                write!(out, "{name}{}", &text[colon..])?;
            }
            (_, Part::Body) => {
                is_json |= text.starts_with(['{', '[']);
                if is_json { json(out, text)? } else { out.write_all(text.as_bytes())? }
            }
        }
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Prints a line about the log itself.
pub(crate) fn notice(out: &mut Out, text: &str) -> io::Result<()> {
    let line = out.paint(style::WARNING, format_args!("-   {}", tame(text))).to_string();
    writeln!(out, "{line}")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Start,
    Head,
    Body,
}

fn start(out: &mut Out, mark: Mark, text: &str, status: Style) -> io::Result<()> {
    let painted = match (mark, text.rsplit_once(' ')) {
        (Mark::Request, Some((request, version))) => {
            format!("{} {}", out.paint(style::BOLD, request), out.paint(style::DIM, version))
        }
        (Mark::Response, _) => match text.split_once(' ') {
            Some((version, code)) => {
                format!("{} {}", out.paint(style::DIM, version), out.paint(status.bold(), code))
            }
            None => text.to_owned(),
        },
        _ => text.to_owned(),
    };
    out.write_all(painted.as_bytes())
}

/// Prints a note: what went wrong stands out, and the time to first byte does.
fn note(out: &mut Out, text: &str) -> io::Result<()> {
    let bad = ["failed", "panicked", "went away", "gave up", "no response", "missing"];
    let painted = if milliseconds(text.as_bytes()).is_some() {
        out.paint(style::BOLD, text)
    } else if text.starts_with("began ") {
        out.paint(style::DIM, text)
    } else if bad.iter().any(|word| text.contains(word)) {
        out.paint(style::BAD, text)
    } else {
        out.paint(style::PLAIN, text)
    };
    let painted = painted.to_string();
    out.write_all(painted.as_bytes())
}

/// Prints a line of JSON: names, strings, numbers and words in colours of their own.
fn json(out: &mut Out, line: &str) -> io::Result<()> {
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let (len, color) = match c {
            '"' => {
                let len = string_len(rest);
                let is_name = rest[len..].trim_start().starts_with(':');
                (len, if is_name { style::NAME } else { style::TEXT })
            }
            '-' | '0'..='9' => (run(rest, |c| c.is_ascii_digit() || "+-.eE".contains(c)), style::NUMBER),
            'a'..='z' => (run(rest, |c| c.is_ascii_lowercase()), style::WORD),
            _ => (run(rest, |c| !matches!(c, '"' | '-' | '0'..='9' | 'a'..='z')), style::PLAIN),
        };
        let painted = out.paint(color, &rest[..len]).to_string();
        out.write_all(painted.as_bytes())?;
        rest = &rest[len..];
    }
    Ok(())
}

fn run(text: &str, is: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is(c)).unwrap_or(text.len())
}

/// Returns the length of the string that `text` begins with, quotes included.
fn string_len(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}
