//! Writes commands for `curl` that send a request again.

use super::{Out, Writer, authority, body, url};
use crate::{
    output::tame,
    read::{Exchange, Mark},
};
use std::{
    borrow::Cow,
    io::{self, Write},
};
use tower_request_log::format::is_hostile;

pub(super) struct Curl;

/// The headers that `curl` makes itself, from the URL, the body and the connection.
const OWN: [&str; 9] = [
    "host",
    ":authority",
    "content-length",
    "connection",
    "transfer-encoding",
    "keep-alive",
    "expect",
    "upgrade",
    "te",
];

impl Writer for Curl {
    fn exchange(&mut self, exchange: &Exchange, out: &mut Out) -> io::Result<bool> {
        let url = url(exchange);
        writeln!(out, "# {}", tame(&exchange.id))?;
        exchange
            .notes()
            .filter(|note| note.starts_with("request body: "))
            .try_for_each(|note| writeln!(out, "# {}", tame(note)))?;
        let text = body(exchange, Mark::Request);
        write!(out, "curl")?;
        match exchange.method.as_str() {
            "HEAD" => write!(out, " --head")?,
            "GET" if text.is_empty() => {}
            "POST" if !text.is_empty() => {}
            method => write!(out, " --request {}", quoted(method))?,
        }
        if exchange.version == "HTTP/1.0" {
            write!(out, " --http1.0")?;
        }
        // Else it would take brackets for patterns and dots for steps.
        if url.contains(['[', ']', '{', '}']) {
            write!(out, " --globoff")?;
        }
        if url.contains("/./") || url.contains("/../") || url.ends_with("/.") || url.ends_with("/..") {
            write!(out, " --path-as-is")?;
        }
        write!(out, " {}", quoted(&url))?;
        let host = authority(exchange).filter(|host| !url.contains(*host));
        if let Some(host) = host {
            write!(out, " \\\n  --header {}", quoted(&format!("Host: {host}")))?;
        }
        for (name, value) in exchange.headers(Mark::Request) {
            if !OWN.iter().any(|own| own.eq_ignore_ascii_case(name)) {
                // A semicolon sends a header that is empty, a colon sends none.
                let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
                write!(out, " \\\n  --header {}", quoted(&header))?;
            }
        }
        for name in ["Accept", "User-Agent", "Content-Type"] {
            let adds = name != "Content-Type" || !text.is_empty();
            if adds && exchange.header(Mark::Request, name).is_none() {
                write!(out, " \\\n  --header '{name}:'")?;
            }
        }
        if !text.is_empty() {
            write!(out, " \\\n  --data-raw {}", quoted(&text))?;
        }
        writeln!(out)?;
        Ok(true)
    }
}

/// Returns a word as the shell reads it (POSIX.1-2024, section 2.2).
///
/// Controls, which a terminal would obey when the command is pasted into it, and what is invisible are escaped byte by byte,
/// as POSIX, bash, zsh and ksh read it.
fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:%+=@,".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return Cow::Borrowed(word);
    }
    if !word.contains(is_escaped) {
        return Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")));
    }
    let mut quoted = "$'".to_owned();
    for c in word.chars() {
        match c {
            '\\' | '\'' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            c if is_escaped(c) => {
                c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| quoted.push_str(&format!("\\{byte:03o}")));
            }
            c => quoted.push(c),
        }
    }
    Cow::Owned(quoted + "'")
}

/// Returns whether `c` must not stand raw in a command. The lines of a body may.
fn is_escaped(c: char) -> bool {
    c != '\n' && is_hostile(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_safe_in_a_shell() {
        for (word, expected) in [
            ("http://h/a", "http://h/a"),
            ("", "''"),
            ("a b", "'a b'"),
            ("http://h/?a=1&b=$(x)", "'http://h/?a=1&b=$(x)'"),
            ("it's", r"'it'\''s'"),
            ("a\nb!", "'a\nb!'"),
            ("a\u{7f}\n'\\", r"$'a\177\n\'\\'"),
            ("\u{3}\r\t\u{1b}[2J", r"$'\003\015\011\033[2J'"),
            ("\u{85}é\u{202e}x\u{e0041}1", r"$'\302\205é\342\200\256x\363\240\201\2011'"),
        ] {
            assert_eq!(quoted(word), expected);
            let echo = std::process::Command::new("bash").arg("-c").arg(format!("printf %s {expected}")).output();
            if let Ok(echo) = echo {
                assert_eq!(String::from_utf8_lossy(&echo.stdout), word);
            }
        }
    }
}
