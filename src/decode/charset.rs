//! Decodes charsets to UTF-8.

use super::is_plain;
#[cfg(not(feature = "charset"))]
use super::utf16::{Encoding, UTF_8, UTF_16BE, UTF_16LE, decode};
#[cfg(feature = "charset")]
use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

/// Returns `bytes` as UTF-8, as far as its charset can be told, and the length that the first `shown` of them have
/// then.
///
/// A byte order mark wins, then UTF-16 that JSON gives away by its NULs (RFC 4627, section 3), then `charset` of the
/// `Content-Type`. Bytes of a charset that is not stated or not known are handed back as they are, and so is UTF-8, good
/// or bad, without its byte order mark. A character that is cut at the end is dropped.
pub(crate) fn charset_at<'a>(content_type: Option<&[u8]>, bytes: &'a [u8], shown: usize) -> (Cow<'a, [u8]>, usize) {
    let (encoding, mark) = find(content_type, bytes);
    let content = bytes.get(mark..).unwrap_or_default();
    let shown = shown.saturating_sub(mark).min(content.len());
    if encoding == UTF_8 || (encoding.is_ascii_compatible() && content.is_ascii()) {
        return (Cow::Borrowed(content), shown);
    }
    let (text, shown) = decode(encoding, content, shown);
    (Cow::Owned(text.into_bytes()), shown)
}

/// Decodes `bytes`, and returns how long the first `shown` of them are then.
#[cfg(feature = "charset")]
fn decode(encoding: &'static Encoding, bytes: &[u8], shown: usize) -> (String, usize) {
    let (first, rest) = bytes.split_at_checked(shown).unwrap_or((bytes, b""));
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::new();
    append(&mut decoder, first, &mut text);
    let shown = text.len();
    append(&mut decoder, rest, &mut text);
    (text, shown)
}

/// Appends `bytes`, decoded. A character that goes on past them waits in the decoder.
#[cfg(feature = "charset")]
fn append(decoder: &mut Decoder, mut bytes: &[u8], text: &mut String) {
    loop {
        text.reserve(decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len()));
        let (result, read, _) = decoder.decode_to_string(bytes, text, false);
        bytes = bytes.get(read..).unwrap_or_default();
        if result == encoding_rs::CoderResult::InputEmpty {
            return;
        }
    }
}

/// Returns the charset and the length of the byte order mark.
fn find(content_type: Option<&[u8]>, bytes: &[u8]) -> (&'static Encoding, usize) {
    // Nearly all bodies have neither a mark nor NULs, and a type that states no other charset.
    if bytes.first_chunk::<4>().is_some_and(|first| first.iter().all(|b| (1..0x80).contains(b)))
        && content_type.is_some_and(is_plainly_utf8)
    {
        return (UTF_8, 0);
    }
    // UTF-32, which nobody uses, begins as UTF-16 does. Its NULs show that it is not readable text.
    if bytes.starts_with(b"\xff\xfe\0\0") {
        return (UTF_8, 0);
    }
    if let Some(marked) = Encoding::for_bom(bytes) {
        return marked;
    }
    let stated = || match charset_parameter(content_type?)? {
        // The charset that nearly all state is known without a search.
        label if label.eq_ignore_ascii_case(b"utf-8") => Some(UTF_8),
        label => Encoding::for_label(label),
    };
    let encoding = utf16_json(bytes).or_else(stated).unwrap_or(UTF_8);
    // ASCII read as UTF-16 hides names, and with them secrets, from every rule.
    if (encoding == UTF_16LE || encoding == UTF_16BE) && is_plain(bytes) {
        return (UTF_8, 0);
    }
    (encoding, 0)
}

/// Returns whether this is the type of JSON or text as it is nearly always written, with its charset UTF-8 or not
/// stated.
fn is_plainly_utf8(content_type: &[u8]) -> bool {
    let json = content_type.strip_prefix(b"application/json");
    match json.or_else(|| content_type.strip_prefix(b"text/plain")) {
        Some([b';', parameter @ ..]) => {
            let label = parameter.trim_ascii_start();
            label == b"charset=utf-8" || label == b"charset=UTF-8" || label == b"charset=utf8"
        }
        Some(rest) => rest.is_empty(),
        None => false,
    }
}

/// Recognizes UTF-16 by the NULs that the first two characters of JSON leave: both are ASCII.
fn utf16_json(bytes: &[u8]) -> Option<&'static Encoding> {
    let (encoding, first, second) = match *bytes.first_chunk()? {
        [0, first, 0, second] => (UTF_16BE, first, second),
        [first, 0, second, 0] => (UTF_16LE, first, second),
        _ => return None,
    };
    let json = b"{[\"-0123456789tfn \t\r\n".contains(&first) && second != 0;
    json.then_some(encoding)
}

/// Returns the value of the first `charset` parameter (RFC 9110, section 8.3.1), quoted or not.
fn charset_parameter(content_type: &[u8]) -> Option<&[u8]> {
    let (media, first) = content_type.split_at_checked(memchr::memchr(b';', content_type)?)?;
    let first = first.get(1..)?.trim_ascii_start();
    // By far the most that have one.
    if first.eq_ignore_ascii_case(b"charset=utf-8") && !media.contains(&b'"') {
        return Some(b"utf-8");
    }
    let mut quoted = false;
    let parameters = content_type.split(|&b| {
        quoted ^= b == b'"';
        b == b';' && !quoted
    });
    parameters.skip(1).find_map(|parameter| {
        let equals = parameter.iter().position(|&b| b == b'=')?;
        let (name, value) = parameter.split_at_checked(equals)?;
        let is_quote = |b: &u8| matches!(b, b'"' | b'\'');
        let value = value.get(1..)?.trim_ascii();
        let value = value.split(is_quote).find(|part| !part.is_empty())?;
        name.trim_ascii().eq_ignore_ascii_case(b"charset").then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charset<'a>(content_type: Option<&[u8]>, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        charset_at(content_type, bytes, bytes.len()).0
    }

    fn decoded(content_type: &str, bytes: &[u8]) -> String {
        String::from_utf8(charset(Some(content_type.as_bytes()), bytes).into_owned()).unwrap()
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn utf8_is_untouched() {
        for content_type in
            [None, Some(&b"text/plain"[..]), Some(b"text/plain; charset=utf8"), Some(b"a;charset=UTF-8")]
        {
            assert!(matches!(charset(content_type, "é\u{202e}".as_bytes()), Cow::Borrowed(_)));
            assert_eq!(&*charset(content_type, b"caf\xe9 \xe2\x80"), b"caf\xe9 \xe2\x80");
            assert_eq!(&*charset(content_type, b"\xef\xbb\xbf{}"), b"{}");
        }
        assert!(matches!(charset(Some(b"text/plain; charset=latin1"), b"ascii"), Cow::Borrowed(b"ascii")));
    }

    proptest::proptest! {
        #[test]
        fn what_is_plainly_utf8_is_so_when_looked_at(
            content_type in "(application/json|text/plain);? ?(charset=(utf-?8|UTF-8|utf-16|latin1|\"utf8\")?x?)?(; charset=latin1)?",
            bytes in proptest::collection::vec(proptest::prop_oneof![3 => b'a'..=b'{', 1 => 0..=255u8], 0..8),
        ) {
            // White space in front takes the careful way.
            let careful = format!(" {content_type}");
            let find = |content_type: &str| find(Some(content_type.as_bytes()), &bytes);
            proptest::prop_assert_eq!(find(&content_type), find(&careful));
        }
    }

    #[cfg(feature = "charset")]
    #[test]
    fn stated_charsets() {
        assert_eq!(decoded("text/plain; charset=iso-8859-1", b"caf\xe9"), "café");
        assert_eq!(decoded("text/plain;a=\"b;charset=x\"; Charset = \"Shift_JIS\"", b"\x93\xfa\x96\x7b"), "日本");
        assert_eq!(decoded("text/plain; charset='gbk'", b"\xc4\xe3"), "你");
        assert_eq!(decoded("text/html; charset=euc-kr; q=1", b"\xb0\xa1"), "가");
        assert_eq!(decoded("text/plain; charset=utf-16be", b"\x30\x42\0!"), "あ!");
        assert_eq!(decoded("text/plain; charset=utf-16", b"\x42\x30!\0"), "あ!");
    }

    #[test]
    fn unknown_and_broken_charsets_leave_the_bytes() {
        for content_type in
            ["text/plain; charset=klingon", "text/plain; charset", "text/plain; charset=", ";;=;charset=\"\"", ""]
        {
            assert_eq!(&*charset(Some(content_type.as_bytes()), b"caf\xe9"), b"caf\xe9", "{content_type}");
        }
        assert_eq!(&*charset(Some(b"\xff;charset=\xff"), b"caf\xe9"), b"caf\xe9");
    }

    #[test]
    fn a_byte_order_mark_wins() {
        let le = [b"\xff\xfe".as_slice(), &utf16("{\"ключ\": 1}", u16::to_le_bytes)].concat();
        let be = [b"\xfe\xff".as_slice(), &utf16("{\"ключ\": 1}", u16::to_be_bytes)].concat();
        assert_eq!(decoded("application/json; charset=utf-8", &le), "{\"ключ\": 1}");
        assert_eq!(decoded("application/json", &be), "{\"ключ\": 1}");
        assert_eq!(decoded("text/plain; charset=latin1", b"\xef\xbb\xbf\xc3\xa9"), "é");
    }

    #[test]
    fn utf16_json_shows_by_its_nuls() {
        for text in ["{\"password\":\"ü\"}", "[1]", "\r\n[]", "\"a\"", "-1.5", "true"] {
            assert_eq!(decoded("application/json", &utf16(text, u16::to_le_bytes)), text);
            assert_eq!(decoded("application/json; charset=utf-16", &utf16(text, u16::to_be_bytes)), text);
        }
        // A protobuf and UTF-32 are no such thing.
        assert_eq!(&*charset(None, b"\x08\0\x10\0"), b"\x08\0\x10\0");
        assert_eq!(&*charset(None, b"{\0\0\0\"\0\0\0"), b"{\0\0\0\"\0\0\0");
        assert_eq!(&*charset(None, b"\xff\xfe\0\0{\0\0\0"), b"\xff\xfe\0\0{\0\0\0");
    }

    #[test]
    fn ascii_that_is_said_to_be_utf16_is_read_as_ascii() {
        assert_eq!(decoded("application/json; charset=utf-16", b"{\"password\":\"x\"}"), "{\"password\":\"x\"}");
    }

    #[cfg(feature = "charset")]
    #[test]
    fn a_character_cut_at_the_end_is_dropped() {
        assert_eq!(decoded("text/plain; charset=shift_jis", b"\x93\xfa\x96"), "日");
        assert_eq!(decoded("text/plain", b"\xff\xfea\0b"), "a");
        // Half of a surrogate pair.
        assert_eq!(decoded("text/plain", b"\xff\xfea\0\x3d\xd8"), "a");
    }

    #[cfg(feature = "charset")]
    #[test]
    fn the_shown_length_follows() {
        let at = |content_type: &str, bytes: &[u8], shown| {
            let (text, shown) = charset_at(Some(content_type.as_bytes()), bytes, shown);
            (String::from_utf8(text.into_owned()).unwrap(), shown)
        };
        assert_eq!(at("text/plain; charset=latin1", b"\xe9\xe9\xe9", 2), ("ééé".into(), 4));
        // The cut character counts with the rest.
        assert_eq!(at("text/plain; charset=shift_jis", b"\x93\xfa\x96\x7b!", 3), ("日本!".into(), 3));
        assert_eq!(at("text/plain", b"\xef\xbb\xbfabc", 5), ("abc".into(), 2));
        assert_eq!(at("text/plain", b"\xef\xbb\xbfabc", 1), ("abc".into(), 0));
        assert_eq!(at("text/plain", b"abc", 99), ("abc".into(), 3));
    }
}
