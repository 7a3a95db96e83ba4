//! Decodes UTF-8 and UTF-16 only, with the names of `encoding_rs`, for builds without the feature `charset`.
//!
//! Names and secrets must be found in UTF-16 whatever the features: its bytes are not ASCII.

use std::char;

/// Names a charset that is known without a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
}

pub(super) const UTF_8: &Encoding = &Encoding::Utf8;
pub(super) const UTF_16LE: &Encoding = &Encoding::Utf16Le;
pub(super) const UTF_16BE: &Encoding = &Encoding::Utf16Be;

impl Encoding {
    /// Returns what a byte order mark tells, and the mark's length.
    pub(super) fn for_bom(bytes: &[u8]) -> Option<(&'static Self, usize)> {
        match bytes {
            [0xef, 0xbb, 0xbf, ..] => Some((UTF_8, 3)),
            [0xff, 0xfe, ..] => Some((UTF_16LE, 2)),
            [0xfe, 0xff, ..] => Some((UTF_16BE, 2)),
            _ => None,
        }
    }

    /// Returns what the WHATWG's labels of UTF-16 stand for.
    pub(super) fn for_label(label: &[u8]) -> Option<&'static Self> {
        let is = |labels: &[&[u8]]| labels.iter().any(|other| label.trim_ascii().eq_ignore_ascii_case(other));
        if is(&[b"utf-16be", b"unicodefffe"]) {
            return Some(UTF_16BE);
        }
        let little: &[&[u8]] =
            &[b"utf-16", b"utf-16le", b"unicode", b"unicodefeff", b"ucs-2", b"iso-10646-ucs-2", b"csunicode"];
        is(little).then_some(UTF_16LE)
    }

    pub(super) fn is_ascii_compatible(self) -> bool {
        self == Self::Utf8
    }
}

/// Decodes UTF-16, and returns how long the first `shown` bytes are then. A character that is cut at the end is dropped.
pub(super) fn decode(encoding: &Encoding, bytes: &[u8], shown: usize) -> (String, usize) {
    let (pairs, _) = bytes.as_chunks();
    let units = pairs.iter().map(|&pair| match encoding {
        Encoding::Utf16Be => u16::from_be_bytes(pair),
        _ => u16::from_le_bytes(pair),
    });
    let (mut text, mut end, mut shown_text) = (String::new(), 0, 0);
    for character in char::decode_utf16(units) {
        end += 2 * character.as_ref().map_or(1, |character| character.len_utf16());
        let broken = |unit: u16| end < 2 * pairs.len() || !(0xd800..0xdc00).contains(&unit);
        match character {
            Ok(character) => text.push(character),
            Err(error) if broken(error.unpaired_surrogate()) => text.push(char::REPLACEMENT_CHARACTER),
            Err(_) => break,
        }
        if end <= shown {
            shown_text = text.len();
        }
    }
    (text, shown_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_is_read() {
        for (text, encoding, bytes) in [
            ("aé🂡", UTF_16LE, &b"a\0\xe9\0\x3c\xd8\xa1\xdc"[..]),
            ("aé🂡", UTF_16BE, b"\0a\0\xe9\xd8\x3c\xdc\xa1"),
            // Half of a pair, and half of a character, at the end.
            ("a", UTF_16LE, b"a\0\x3c\xd8"),
            ("a", UTF_16LE, b"a\0\xe9"),
            // A half that stands alone.
            ("\u{fffd}a", UTF_16LE, b"\x3c\xd8a\0"),
        ] {
            assert_eq!(decode(encoding, bytes, bytes.len()), (text.to_owned(), text.len()));
        }
        let at = |shown| decode(UTF_16LE, b"a\0\xe9\0\x3c\xd8\xa1\xdc", shown).1;
        assert_eq!([0, 1, 2, 4, 6, 8].map(at), [0, 0, 1, 3, 3, 7]);
    }

    #[cfg(feature = "charset")]
    #[test]
    fn labels_and_marks_are_those_of_encoding_rs() {
        for label in ["utf-16", " UTF-16LE ", "utf-16be", "unicode", "unicodefffe", "ucs-2", "csunicode", "unicodefeff"]
        {
            let name = match Encoding::for_label(label.as_bytes()) {
                Some(Encoding::Utf16Be) => "UTF-16BE",
                _ => "UTF-16LE",
            };
            assert_eq!(encoding_rs::Encoding::for_label(label.as_bytes()).map(encoding_rs::Encoding::name), Some(name));
        }
        for bytes in [&b"\xef\xbb\xbfa"[..], b"\xff\xfea\0", b"\xfe\xff\0a", b"a", b"\xff"] {
            let ours = Encoding::for_bom(bytes).map(|(encoding, mark)| (encoding.is_ascii_compatible(), mark));
            let theirs = encoding_rs::Encoding::for_bom(bytes);
            assert_eq!(ours, theirs.map(|(encoding, mark)| (encoding.is_ascii_compatible(), mark)));
        }
    }
}
