//! Versions and header names as a reader of the protocol writes them.

use http::Version;

/// Returns the version as it stands in a request line or status line.
pub(crate) fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "HTTP/0.9",
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_3 => "HTTP/3",
        _ => "HTTP/1.1",
    }
}

/// Appends a header's name: capitalized under HTTP/1.x, in lower case as it travels under HTTP/2 and 3 (RFC 9113, section
/// 8.2.1).
pub(crate) fn write_name(name: &[u8], version: Version, out: &mut Vec<u8>) {
    if version >= Version::HTTP_2 {
        return out.extend_from_slice(name);
    }
    if let Some(irregular) = irregular(name) {
        return out.extend_from_slice(irregular.as_bytes());
    }
    let mut begins = true;
    for piece in name.chunks(PIECE) {
        let mut text = [0; PIECE];
        let (room, _) = text.split_at_mut(piece.len());
        room.copy_from_slice(piece);
        let (words, _) = text.as_chunks_mut();
        for word in words.iter_mut().take(piece.len().div_ceil(8)) {
            *word = capitalized(u64::from_le_bytes(*word), &mut begins).to_le_bytes();
        }
        out.extend_from_slice(text.get(..piece.len()).unwrap_or_default());
    }
}

/// The bytes handled at once: a multiple of eight that most names do not exceed.
const PIECE: usize = 32;

/// Returns eight bytes of a name with a capital after each hyphen. `begins` says whether a capital comes first, and is
/// set to whether the bytes end with a hyphen. Names are ASCII (RFC 9110, section 5.1), so no byte carries into the
/// next.
fn capitalized(word: u64, begins: &mut bool) -> u64 {
    const EACH: u64 = u64::MAX / 0xff;
    // The high bit of each byte that is no hyphen, of each from `a` on, and of each past `z`.
    let other = (word ^ (EACH * u64::from(b'-'))) + EACH * 0x7f;
    let (from_a, past_z) = (word + EACH * u64::from(0x80 - b'a'), word + EACH * u64::from(0x7f - b'z'));
    let hyphens = !other & (EACH * 0x80);
    let first = (hyphens << 8) | if *begins { 0x80 } else { 0 };
    *begins = hyphens >> 63 == 1;
    // The bit 0x20 makes a capital of a letter.
    word ^ ((first & from_a & !past_z) >> 2)
}

/// Names that their specifications write otherwise than with a capital after each hyphen.
fn irregular(name: &[u8]) -> Option<&'static str> {
    // Most names are none of these, and their length tells.
    Some(match (name.len(), name) {
        (2, b"te") => "TE",
        (2, b"im") => "IM",
        (3, b"dnt") => "DNT",
        (3, b"nel") => "NEL",
        (3, b"p3p") => "P3P",
        (4, b"a-im") => "A-IM",
        (4, b"alpn") => "ALPN",
        (4, b"dpop") => "DPoP",
        (4, b"etag") => "ETag",
        (7, b"sec-gpc") => "Sec-GPC",
        (9, b"expect-ct") => "Expect-CT",
        (9, b"sec-ch-ua") => "Sec-CH-UA",
        (10, b"dpop-nonce") => "DPoP-Nonce",
        (10, b"soapaction") => "SOAPAction",
        (11, b"content-md5") => "Content-MD5",
        (12, b"mime-version") => "MIME-Version",
        (14, b"http2-settings") => "HTTP2-Settings",
        (15, b"x-ua-compatible") => "X-UA-Compatible",
        (16, b"www-authenticate") => "WWW-Authenticate",
        (16, b"x-xss-protection") => "X-XSS-Protection",
        (16, b"sec-ch-ua-mobile") => "Sec-CH-UA-Mobile",
        (17, b"sec-websocket-key") => "Sec-WebSocket-Key",
        (18, b"sec-ch-ua-platform") => "Sec-CH-UA-Platform",
        (20, b"sec-websocket-accept") => "Sec-WebSocket-Accept",
        (21, b"sec-websocket-version") => "Sec-WebSocket-Version",
        (22, b"sec-websocket-protocol") => "Sec-WebSocket-Protocol",
        (22, b"x-dns-prefetch-control") => "X-DNS-Prefetch-Control",
        (24, b"sec-websocket-extensions") => "Sec-WebSocket-Extensions",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderName;

    fn name(text: &'static str, version: Version) -> String {
        let mut out = Vec::new();
        write_name(text.as_bytes(), version, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn names_are_capitalized_under_http_1() {
        assert_eq!(name("content-type", Version::HTTP_11), "Content-Type");
        assert_eq!(name("etag", Version::HTTP_10), "ETag");
        assert_eq!(name("www-authenticate", Version::HTTP_11), "WWW-Authenticate");
        assert_eq!(name("x-betable-client-id", Version::HTTP_11), "X-Betable-Client-Id");
        assert_eq!(name("sec-websocket-key", Version::HTTP_11), "Sec-WebSocket-Key");
    }

    #[test]
    fn capitals_are_those_of_a_byte_at_a_time() {
        for text in
            ["x", "-", "--a", "a--b-", "x-y-z", "abcdefg-hijklmn-", "abcdefgh-z", "1a-2b-c3", "x_y-z.a-~z", "!-`-{-z"]
        {
            for pad in (0..17).chain(24..34) {
                let text = format!("{}{text}", "p".repeat(pad));
                let mut naive = text.clone().into_bytes();
                let mut first = true;
                for byte in &mut naive {
                    if first {
                        byte.make_ascii_uppercase();
                    }
                    first = *byte == b'-';
                }
                let Ok(name) = HeaderName::from_bytes(text.as_bytes()) else { continue };
                let mut out = Vec::new();
                write_name(name.as_str().as_bytes(), Version::HTTP_11, &mut out);
                assert_eq!(out, naive, "{text}");
            }
        }
    }

    #[test]
    fn names_are_in_lower_case_under_http_2() {
        assert_eq!(name("content-type", Version::HTTP_2), "content-type");
        assert_eq!(name("etag", Version::HTTP_3), "etag");
    }
}
