//! A case of the corpus, and the text that it is written in.

use super::values;

/// Where a message stands.
pub(super) enum Place {
    Target,
    Header(String),
    Body(String),
}

/// A message, and what of it must and must not show.
pub(super) struct Case {
    pub(super) title: String,
    pub(super) place: Place,
    pub(super) message: Vec<u8>,
    pub(super) secrets: Vec<Secret>,
    pub(super) harmless: Vec<String>,
}

/// A text that must not show.
pub(super) struct Secret {
    text: Vec<u8>,
    /// Where it ends in the message; what is encoded there ends with its code.
    end: usize,
    /// How much of it may show where it is cut.
    may_show: usize,
}

/// What each key begins with that is written so.
const LABEL: &[u8] = b"-----BEGIN RSA PRIVATE KEY-----";

/// How much of a secret tells it.
const WINDOW: usize = 6;

impl Case {
    /// Returns a piece of a secret that shows where only the first `len` bytes of the message were there.
    pub(super) fn leak(&self, shown: &str, len: usize) -> Option<String> {
        let shown = shown.as_bytes();
        let rest = self.harmless_rest();
        self.secrets.iter().find_map(|secret| {
            let there = (secret.text.len() + len).saturating_sub(secret.end).min(secret.text.len());
            if there < secret.text.len() && there <= secret.may_show {
                return None;
            }
            let window = WINDOW.min(secret.text.len());
            let leak = secret.text[..there]
                .windows(window)
                .find(|piece| contains(shown, piece) && !contains(&rest, piece) && !contains(LABEL, piece))?;
            Some(String::from_utf8_lossy(leak).into_owned())
        })
    }

    /// Returns the message without its secrets: what is there too tells nothing.
    fn harmless_rest(&self) -> Vec<u8> {
        let mut rest = self.message.clone();
        for secret in &self.secrets {
            while let Some(at) = position(&rest, &secret.text) {
                rest.splice(at..at + secret.text.len(), [0]);
            }
        }
        rest
    }
}

fn position(text: &[u8], piece: &[u8]) -> Option<usize> {
    text.windows(piece.len().max(1)).position(|window| window == piece)
}

fn contains(text: &[u8], piece: &[u8]) -> bool {
    position(text, piece).is_some()
}

/// Parses the cases of a file.
pub(super) fn parse(text: &str) -> Result<Vec<Case>, String> {
    let mut cases = text.split("\n=== ");
    cases.next();
    cases.map(|case| self::case(case).ok_or_else(|| format!("this is no case:\n{case}"))).collect()
}

fn case(text: &str) -> Option<Case> {
    let (title, rest) = text.split_once('\n')?;
    let (place, written) = rest.split_once('\n')?;
    let (kind, rest) = place.split_once(' ').unwrap_or((place, ""));
    let (options, rest) = match rest.strip_prefix('(') {
        Some(rest) => rest.split_once(')')?,
        None => ("", rest),
    };
    let name = rest.trim().to_owned();
    let place = match kind {
        "target" => Place::Target,
        "header" => Place::Header(name),
        "body" => Place::Body(name),
        _ => return None,
    };
    let mut written = written.trim_end_matches('\n').to_owned();
    if options == "crlf" {
        written = written.replace('\n', "\r\n") + "\r\n";
    }
    let mut case =
        Case { title: title.to_owned(), place, message: Vec::new(), secrets: Vec::new(), harmless: Vec::new() };
    let mut rest = written.as_str();
    while let Some(at) = rest.find(['⟦', '⟨']) {
        let (before, marked) = rest.split_at(at);
        let close = if marked.starts_with('⟦') { '⟧' } else { '⟩' };
        let (inside, after) = marked[3..].split_once(close)?;
        case.message.extend(plain(before, options)?);
        let value = values::expand(inside);
        case.message.extend(plain(&value.text, options)?);
        let end = case.message.len();
        let texts = if close == '⟧' {
            vec![value.text]
        } else {
            case.harmless.push(value.text);
            vec![]
        };
        for text in texts.into_iter().chain(value.encoded) {
            let may_show = if options == "shape" { text.len() / 2 } else { 0 };
            case.secrets.push(Secret { text: text.into_bytes(), end, may_show });
        }
        rest = after;
    }
    case.message.extend(plain(rest, options)?);
    Some(case)
}

/// Undoes the escapes of a text that has some.
fn plain(text: &str, options: &str) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        plain.push(match b {
            b'\\' if options == "escaped" => match bytes.next()? {
                b'x' => u8::from_str_radix(str::from_utf8(&[bytes.next()?, bytes.next()?]).ok()?, 16).ok()?,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b => b,
            },
            b => b,
        });
    }
    Some(plain)
}
