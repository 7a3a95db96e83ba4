//! Escapes hostile text, which must not reach a terminal or forge a line.
//!
//! Hostile are the C0 controls (TAB included), DEL, the C1 controls (U+0080 to U+009F), the Unicode bidi controls
//! (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069), the line and the paragraph separator (U+2028, U+2029),
//! at which some programs end a line, the Mongolian vowel separator (U+180E) and the tags (U+E0000 to U+E007F), which
//! are invisible, and bytes that are not UTF-8.

/// Returns whether formats must not show `c` raw: it can forge a line, or it is invisible, or a terminal obeys it.
///
/// These are the controls (C0 with TAB, DEL and C1), the Unicode bidi controls (U+061C, U+200E, U+200F, U+202A to
/// U+202E, U+2066 to U+2069), the line and the paragraph separator (U+2028, U+2029), the Mongolian vowel separator
/// (U+180E) and the tags (U+E0000 to U+E007F). The texts of a [`Record`](crate::Record) have none of them.
#[must_use]
pub fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}'
                | '\u{180e}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Appends `text` with each hostile character as an escape: `\n`, `\r`, `\t`, `\x1b`, `\u{202e}`. A byte that is not
/// UTF-8 becomes `\xNN`.
pub(crate) fn text(text: &[u8], out: &mut Vec<u8>) {
    escape(text, out, |c, out| match c {
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        c if c.is_ascii() => hex_byte(c as u8, out),
        c => out.extend_from_slice(format!("\\u{{{:x}}}", u32::from(c)).as_bytes()),
    });
}

/// Escapes the part of `out` from `begin` on, as [`text`] does.
pub(crate) fn tail(out: &mut Vec<u8>, begin: usize) {
    let clean = begin + clean_prefix(out.get(begin..).unwrap_or_default());
    if clean < out.len() {
        let rest = out.split_off(clean);
        text(&rest, out);
    }
}

/// Returns what [`text`] was given, as far as that can be told: backslashes that it was given stay as they are.
pub(crate) fn undo(escaped: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match undo_one(rest, &mut out) {
            Some(len) => rest.get(len..).unwrap_or_default(),
            None => {
                out.push(byte);
                after
            }
        };
    }
    out
}

/// Appends the character for which the escape at the beginning of `text` stands, and returns the length of the escape.
fn undo_one(text: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    let number = |digits: &[u8]| {
        let digits = str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        u32::from_str_radix(digits, 16).ok()
    };
    match text.strip_prefix(b"\\")? {
        [b'n', ..] => out.push(b'\n'),
        [b'r', ..] => out.push(b'\r'),
        [b't', ..] => out.push(b'\t'),
        [b'x', digits @ ..] => {
            out.push(u8::try_from(number(digits.get(..2)?)?).ok()?);
            return Some(4);
        }
        [b'u', b'{', digits @ ..] => {
            let len = memchr::memchr(b'}', digits)?;
            let c = char::from_u32(number(digits.get(..len)?)?)?;
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            return Some(len + 4);
        }
        _ => return None,
    }
    Some(2)
}

/// Returns escaped bytes as text: they are UTF-8.
pub(crate) fn string(escaped: Vec<u8>) -> String {
    String::from_utf8(escaped).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Appends `text`, the inside of a JSON string, with each hostile character as a JSON escape (RFC 8259, section 7):
/// `\n`, `\u001b`, `\u202e`. A byte that is not UTF-8 becomes `\\xNN`, which is JSON for the text `\xNN`.
pub(crate) fn json(text: &[u8], out: &mut Vec<u8>) {
    for chunk in text.utf8_chunks() {
        escape(chunk.valid().as_bytes(), out, |c, out| match c {
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                }
            }
        });
        for &byte in chunk.invalid() {
            out.push(b'\\');
            hex_byte(byte, out);
        }
    }
}

/// Returns whether `text` is ASCII without controls, which shows as it is.
pub(crate) fn is_plain(text: &[u8]) -> bool {
    clean_prefix(text) == text.len()
}

/// Returns whether `text` is the inside of a JSON string as it stands: ASCII without controls, quotes and backslashes.
pub(crate) fn is_plain_json(text: &[u8]) -> bool {
    // There is no way out in the middle, so that the compiler checks many bytes with one instruction.
    text.iter().fold(true, |plain, &b| plain & is_clean_byte(b) & !matches!(b, b'"' | b'\\'))
}

/// Returns the position of the first byte that may begin a hostile character, or `text.len()`.
///
/// Before it there is only ASCII that can be shown as it is, or characters with a harmless lead byte.
#[inline]
fn clean_prefix(text: &[u8]) -> usize {
    let blocks = if text.len() < BLOCK { 0 } else { clean_blocks(text) };
    let (words, rest) = text[blocks..].as_chunks();
    let clean = blocks + 8 * words.iter().take_while(|word| is_clean(**word)).count();
    // The last eight bytes may begin in the word before them.
    if clean + rest.len() == text.len() && text.last_chunk().is_some_and(|word| is_clean(*word)) {
        return text.len();
    }
    let hostile = text[clean..].iter().position(|&b| !is_clean_byte(b));
    hostile.map_or(text.len(), |at| clean + at)
}

/// The bytes that are checked together if there are so many.
const BLOCK: usize = 64;

/// Returns the number of bytes in the first blocks that are clean.
fn clean_blocks(text: &[u8]) -> usize {
    // There is no way out in the middle of a block, so that the compiler checks many bytes with one instruction.
    let is_clean = |block: &[u8; BLOCK]| block.iter().fold(true, |clean, &b| clean & is_clean_byte(b));
    let (blocks, _) = text.as_chunks();
    BLOCK * blocks.iter().take_while(|block| is_clean(block)).count()
}

fn is_clean_byte(b: u8) -> bool {
    (0x20..0x7f).contains(&b)
}

/// Returns whether all eight bytes are ASCII without controls.
///
/// A bad byte has its high bit set, or gets it when 0x20 is subtracted from less, or 1 is added to 0x7F. The borrow or
/// carry then spoils only the bytes above, and the word has been found out already.
#[inline]
fn is_clean(word: [u8; 8]) -> bool {
    const EACH: u64 = u64::MAX / 0xff;
    let word = u64::from_le_bytes(word);
    (word | word.wrapping_sub(EACH * 0x20) | word.wrapping_add(EACH)) & (EACH * 0x80) == 0
}

fn escape(text: &[u8], out: &mut Vec<u8>, hostile: impl Fn(char, &mut Vec<u8>)) {
    let clean = clean_prefix(text);
    out.extend_from_slice(&text[..clean]);
    if clean == text.len() {
        return;
    }
    for chunk in text[clean..].utf8_chunks() {
        let valid = chunk.valid();
        let mut shown = 0;
        for (at, c) in valid.char_indices().filter(|&(_, c)| is_hostile(c)) {
            out.extend_from_slice(&valid.as_bytes()[shown..at]);
            hostile(c, out);
            shown = at + c.len_utf8();
        }
        out.extend_from_slice(&valid.as_bytes()[shown..]);
        for &byte in chunk.invalid() {
            hex_byte(byte, out);
        }
    }
}

fn hex_byte(byte: u8, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend_from_slice(&[b'\\', b'x', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
}

#[cfg(test)]
mod tests {
    fn text(input: &[u8]) -> String {
        let mut out = Vec::new();
        super::text(input, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn json(input: &[u8]) -> String {
        let mut out = Vec::new();
        super::json(input, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn plain_text_is_left_alone() {
        assert_eq!(text("plain, ünïcödé, 日本, \\ \"".as_bytes()), "plain, ünïcödé, 日本, \\ \"");
    }

    #[test]
    fn the_first_byte_to_look_at_is_found_wherever_it_stands() {
        let naive = |text: &[u8]| text.iter().position(|&b| !(0x20..0x7f).contains(&b)).unwrap_or(text.len());
        for around in [b' ', b'a', b'~', 0x1f, 0x7f, 0xff] {
            for byte in 0..=255 {
                for at in 0..20 {
                    let mut text = [[b'x'; 20], [around; 20]].concat();
                    text[at] = byte;
                    for end in [text.len(), 20, 17, 7, at + 1] {
                        assert_eq!(super::clean_prefix(&text[..end]), naive(&text[..end]), "{text:?}");
                    }
                }
                for at in [0, 1, 62, 63, 64, 65, 127, 128, 255, 256, 262] {
                    let mut text = [&[b'x'; 259][..], &[around; 9]].concat();
                    text[at] = byte;
                    assert_eq!(super::clean_prefix(&text), naive(&text), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn controls_bidi_separators_and_tags_show_as_escapes() {
        assert_eq!(text(b"a\r\nb\tc\x1b[31m\x00\x7f"), "a\\r\\nb\\tc\\x1b[31m\\x00\\x7f");
        assert_eq!(text("a\u{2028}b\u{2029}c".as_bytes()), "a\\u{2028}b\\u{2029}c");
        assert_eq!(text("a\u{180e}b\u{e0001}\u{e007f}c".as_bytes()), "a\\u{180e}b\\u{e0001}\\u{e007f}c");
        assert_eq!(text("\u{180d}\u{180f}\u{e0080}".as_bytes()), "\u{180d}\u{180f}\u{e0080}");
        assert_eq!(text("\u{85}\u{9b}\u{202e}\u{2066}\u{61c}".as_bytes()), "\\u{85}\\u{9b}\\u{202e}\\u{2066}\\u{61c}");
    }

    #[test]
    fn bytes_that_are_no_utf8_show_as_hex() {
        assert_eq!(text(b"caf\xe9 \xe2\x80 z"), "caf\\xe9 \\xe2\\x80 z");
    }

    #[test]
    fn what_is_no_escape_is_left_where_others_are_undone() {
        let undo = |text: &str| String::from_utf8_lossy(&super::undo(text.as_bytes())).into_owned();
        assert_eq!(undo(r"a\r\n\tb\x1b[31m\u{202e}"), "a\r\n\tb\x1b[31m\u{202e}");
        for text in
            [r"\", r"\x", r"\x1", r"\x+1", r"\u{", r"\u{}", r"\u{110000}", r"\u{99999999999}", r"\u0041", r"\a\\"]
        {
            assert_eq!(undo(text), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn escapes_are_undone(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40), text in "[a-zé\\x00-\\x1f\u{85}\u{2028}\u{202e}]{0,20}") {
            for given in [bytes.into_iter().filter(|b| *b != b'\\').collect(), text.into_bytes()] {
                let mut escaped = Vec::new();
                super::text(&given, &mut escaped);
                proptest::prop_assert_eq!(super::undo(&escaped), given);
            }
        }
    }

    #[test]
    fn json_strings_stay_json() {
        assert_eq!(json("a\u{202e}b\u{85}\n\x7f".as_bytes()), "a\\u202eb\\u0085\\n\\u007f");
        assert_eq!(json("a\u{2028}b\u{2029}c".as_bytes()), "a\\u2028b\\u2029c");
        assert_eq!(json("a\u{180e}b\u{e0001}c".as_bytes()), "a\\u180eb\\udb40\\udc01c");
        assert_eq!(json(b"\xff!"), "\\\\xff!");
    }
}
