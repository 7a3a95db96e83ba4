//! Lines that begin with a name: header fields, YAML, `.env`, ini and properties in text.

use super::{Mask, hits::Hits, rules::Rules};

/// Longer than any name, with what may stand before it.
const MAX_HEAD: usize = 200;

/// Finds what follows the name of a secret and a `:` or `=` at the beginning of a line: the rest of the line, and the
/// lines that go on with it, which are those that are indented further.
pub(crate) fn find<'r>(rules: &'r Rules, text: &[u8], hits: &mut Hits<'r>) {
    let mut lines = Lines { text, at: 0 };
    while let Some((start, end)) = lines.next() {
        let line = text.get(start..end).unwrap_or_default();
        let Some((value, mask)) = secret(rules, line) else { continue };
        let from = start + value;
        if let Some(inside) = quoted(text.get(from..end).unwrap_or_default()) {
            hits.mask(from + 1, from + 1 + inside, mask);
            continue;
        }
        let mut to = end;
        let opens = text.get(from..end).unwrap_or_default().is_empty();
        let is_block = matches!(text.get(from), Some(b'|' | b'>'));
        let indent = indent(line);
        while let Some((next, end)) = lines.peek() {
            let line = text.get(next..end).unwrap_or_default();
            let goes_on = self::indent(line) > indent || (opens && line.trim_ascii_start().starts_with(b"- "));
            if is_block && line.is_empty() {
                lines.next();
                continue;
            }
            if line.is_empty() || (!goes_on && !text.get(from..to).unwrap_or_default().ends_with(b"\\")) {
                break;
            }
            to = end;
            lines.next();
        }
        hits.mask(from, to, mask);
    }
}

/// Lines without what ends them, and without white space there.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
}

impl Lines<'_> {
    fn next(&mut self) -> Option<(usize, usize)> {
        let line = self.peek()?;
        let end = self.text.get(line.1..).and_then(|rest| memchr::memchr(b'\n', rest)).map(|at| line.1 + at + 1);
        self.at = end.unwrap_or(self.text.len());
        Some(line)
    }

    fn peek(&self) -> Option<(usize, usize)> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let line = rest.get(..memchr::memchr(b'\n', rest).unwrap_or(rest.len()))?;
        Some((self.at, self.at + line.trim_ascii_end().len()))
    }
}

fn indent(line: &[u8]) -> usize {
    line.len() - line.trim_ascii_start().len()
}

/// Where the value of a line begins that begins with the name of a secret, and its mask.
fn secret<'r>(rules: &'r Rules, line: &[u8]) -> Option<(usize, &'r Mask)> {
    let head = line.get(..MAX_HEAD).unwrap_or(line);
    let sign = memchr::memchr2(b':', b'=', head)?;
    let name = name(head.get(..sign)?)?;
    let mask = rules.secret_field(name).or_else(|| rules.secret_header(name))?;
    let rest = line.get(sign + 1..)?;
    // `:=`, `==`, `=>`
    let signs = rest.iter().take_while(|b| matches!(b, b'=' | b':')).count();
    let arrow = usize::from(head.get(sign) == Some(&b'=') && rest.get(signs) == Some(&b'>'));
    let rest = rest.get(signs + arrow..)?;
    let value = signs + arrow + rest.len() - rest.trim_ascii_start().len();
    Some((sign + 1 + value, mask))
}

/// How long the inside of a value is that is in quotes, with nothing behind them but what ends a statement or an element.
fn quoted(value: &[u8]) -> Option<usize> {
    let quote = value.first().filter(|b| matches!(b, b'"' | b'\''))?;
    let end = value.iter().rposition(|b| !matches!(b, b',' | b';' | b')' | b']' | b'}' | b' ' | b'\t'))?;
    (end > 0 && value.get(end) == Some(quote) && value.get(end - 1) != Some(&b'\\')).then(|| end - 1)
}

/// The name in what precedes the sign, without quotes and what marks a line.
fn name(head: &[u8]) -> Option<&[u8]> {
    let is_mark = |b: &u8| {
        b.is_ascii_whitespace()
            || matches!(
                b,
                b'"' | b'\'' | b'`' | b'-' | b'*' | b'>' | b'<' | b'+' | b'#' | b'/' | b';' | b'|' | b'@' | b',' | b'{'
            )
    };
    let start = head.iter().position(|b| !is_mark(b))?;
    let mut head = head.get(start..)?;
    for word in [&b"export"[..], b"set", b"ENV", b"const", b"let", b"var"] {
        if let Some(rest) =
            head.strip_prefix(word).filter(|rest| rest.first().is_some_and(|b| matches!(b, b' ' | b'\t')))
        {
            head = rest.trim_ascii_start();
        }
    }
    let name = head.trim_ascii_end();
    let name = name.strip_suffix(b"\"").or_else(|| name.strip_suffix(b"'")).unwrap_or(name);
    let is_name =
        |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'[' | b']' | b'\\' | b'$' | 0x80..);
    (!name.is_empty() && name.iter().all(is_name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let rules = Rules::new();
        let mut hits = Hits::new(true);
        find(&rules, text.as_bytes(), &mut hits);
        hits.apply(text.as_bytes()).map_or(text.into(), |hidden| String::from_utf8(hidden).unwrap())
    }

    #[test]
    fn header_fields_go() {
        assert_eq!(
            shown(
                "GET / HTTP/1.1\r\nHost: h\r\nCookie: a=b; c=d\r\nauthorization:Basic abc\r\nX-Api-Key : abc\r\n\r\nok"
            ),
            "GET / HTTP/1.1\r\nHost: h\r\nCookie: REDACTED\r\nauthorization:REDACTED\r\nX-Api-Key : REDACTED\r\n\r\nok"
        );
        assert_eq!(
            shown("> Authorization: Basic abc\n< Set-Cookie: a=b\n"),
            "> Authorization: REDACTED\n< Set-Cookie: REDACTED\n"
        );
        assert_eq!(shown("Authorization: Basic\n abc\nHost: h"), "Authorization: REDACTED\nHost: h");
    }

    #[test]
    fn yaml_goes() {
        assert_eq!(
            shown("db:\n  user: jane\n  password: hunter2 # x\n  \"token\": 'a b'\n- secret: \"x\" # \"y\"\n"),
            "db:\n  user: jane\n  password: REDACTED\n  \"token\": 'REDACTED'\n- secret: \"REDACTED\"\n"
        );
        assert_eq!(shown("password: |\n  a\n  b\nuser: jane"), "password: REDACTED\nuser: jane");
        assert_eq!(shown("password: >-\n\n  a\n\n  b\n\nuser: jane"), "password: REDACTED\n\nuser: jane");
        assert_eq!(shown("'password' => x\n"), "'password' => REDACTED\n");
        assert_eq!(shown("password:\n  old: a\n\nuser: jane"), "password:REDACTED\n\nuser: jane");
        assert_eq!(shown("secret:\n- a\n- b\nuser: jane"), "secret:REDACTED\nuser: jane");
    }

    #[test]
    fn settings_go() {
        assert_eq!(shown("[db]\nuser = jane\npassword = a b ; c\n"), "[db]\nuser = jane\npassword = REDACTED\n");
        assert_eq!(shown("export DB_PASSWORD=a b\nHOME=/root"), "export DB_PASSWORD=REDACTED\nHOME=/root");
        assert_eq!(shown("spring.datasource.password=a\\\n  b\nx=1"), "spring.datasource.password=REDACTED\nx=1");
        assert_eq!(shown("  \"secret\": \"a\\\"b\",\n  \"a\": 1"), "  \"secret\": \"REDACTED\",\n  \"a\": 1");
        assert_eq!(shown("# api_key=x\nconst token = 'x';"), "# api_key=REDACTED\nconst token = 'REDACTED';");
    }

    #[test]
    fn prose_stays() {
        for text in [
            "Set your password: click here",
            "the token = a",
            "monkey: 1\ncode: 42\nuser=jane",
            "12:30 password",
            "password",
            "password:",
            "no secret: no",
            "https://h/password: x",
        ] {
            assert_eq!(shown(text), text);
        }
    }
}
