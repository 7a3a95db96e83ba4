//! Undoes escapes in text that was cut out of JSON, JavaScript or HTML, and drops those that colour a terminal.

use crate::redact::{text::slice::Slice, work};

const ESC: u8 = 0x1b;
/// Stands for a control sequence, which is dropped.
const NOTHING: u8 = 0;

/// Undoes the escapes in `text` that stand for printable ASCII: `\u0070`, `\x70`, `\/` and the references of HTML
/// (`&quot;`, `&#112;`). It also drops the sequences that colour a terminal (ECMA-48, section 5.4).
///
/// Returns `None` where there are none. A quote or backslash keeps a backslash before it, so that it ends nothing.
pub(crate) fn undo(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut done = 0;
    work::spend(8 + text.len() / 2);
    for at in memchr::memchr3_iter(b'\\', b'&', ESC, text) {
        work::spend(4);
        let Some((plain, len)) = text.get(at..).filter(|_| at >= done).and_then(escape) else { continue };
        out.extend_from_slice(text.part(done..at));
        match plain {
            b'"' | b'\'' | b'\\' => out.push(b'\\'),
            // However often it was escaped.
            b'/' => out.truncate(out.iter().rposition(|&b| b != b'\\').map_or(0, |at| at + 1)),
            _ => {}
        }
        if plain != NOTHING {
            out.push(plain);
        }
        done = at + len;
    }
    if done == 0 {
        return None;
    }
    out.extend_from_slice(text.part(done..));
    Some(out)
}

/// Returns whether `text` begins with an escape that is undone.
pub(crate) fn is_escape(text: &[u8]) -> bool {
    escape(text).is_some()
}

/// Returns the character for the escape that `text` begins with, and the length of the escape.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    let (plain, len) = match text {
        [b'\\', b'/', ..] => (u32::from(b'/'), 2),
        [b'\\', b'u', digits @ ..] => (number(digits.get(..4)?, 16)?, 6),
        [b'\\', b'x', digits @ ..] => (number(digits.get(..2)?, 16)?, 4),
        [b'&', ..] => {
            let len = memchr::memchr(b';', text.get(..12).unwrap_or(text))?;
            let plain = match text.get(1..len)? {
                b"quot" => u32::from(b'"'),
                b"apos" => u32::from(b'\''),
                b"lt" => u32::from(b'<'),
                b"gt" => u32::from(b'>'),
                // However often it was escaped.
                b"amp" => {
                    let again = text.get(len + 1..)?.chunks(4).take_while(|again| again == b"amp;").count();
                    return Some((b'&', len + 1 + 4 * again));
                }
                [b'#', b'x' | b'X', digits @ ..] => number(digits, 16)?,
                [b'#', digits @ ..] => number(digits, 10)?,
                _ => return None,
            };
            (plain, len + 1)
        }
        [b'\\', b'0', b'3', b'3', b'[', ..] => (u32::from(ESC), 4),
        [b'\\', b'e', b'[', ..] => (u32::from(ESC), 2),
        [ESC, b'[', sequence @ ..] => {
            let len = sequence.iter().take(32).position(|b| !matches!(b, b' '..=b'?'))?;
            return matches!(sequence.get(len), Some(b'@'..=b'~')).then_some((NOTHING, len + 3));
        }
        _ => return None,
    };
    let plain = u8::try_from(plain).ok().filter(|b| b.is_ascii_graphic() || matches!(*b, b' ' | ESC))?;
    Some((plain, len))
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let digit = |b: &u8| char::from(*b).to_digit(radix);
    digits
        .iter()
        .try_fold(0u32, |number, b| number.checked_mul(radix)?.checked_add(digit(b)?))
        .filter(|_| !digits.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undone(text: &str) -> Option<String> {
        undo(text.as_bytes()).map(|text| String::from_utf8(text).unwrap())
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(undone(r"\u0070ass\x77ord\u003Dx https:\/\/h").as_deref(), Some("password=x https://h"));
        assert_eq!(undone("&quot;a&quot; &lt;b&#62;&amp;&#x70;").as_deref(), Some("\\\"a\\\" <b>&p"));
        assert_eq!(undone(r"\u0022a\u005c").as_deref(), Some("\\\"a\\\\"));
        assert_eq!(undone(r"\\u0070&amp;lt;").as_deref(), Some("\\p&lt;"));
        assert_eq!(undone("\u{1b}[3mpin\u{1b}[0m\u{1b}[1;32m=x").as_deref(), Some("pin=x"));
        assert_eq!(undone(r"\x1b[0mpin \u001b[1m=\033[mx").as_deref(), Some("\u{1b}[0mpin \u{1b}[1m=\u{1b}[mx"));
        assert_eq!(undone(r"a\\\\\/\\u002f\\\\b").as_deref(), Some(r"a//\\\\b"));
    }

    #[test]
    fn other_text_stays() {
        for text in [
            "",
            "plain",
            r"\u00e9 \u000a \n \\ \u12 \xg0 \",
            "&eacute; &#10; &; &#; &a=1; &",
            "\\u",
            "&#99999999999999;",
        ] {
            assert_eq!(undone(text), None, "{text}");
        }
    }
}
