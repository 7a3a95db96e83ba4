//! Undoes content encodings (RFC 9110, section 8.4).

use super::{End, is_plain};
use std::borrow::Cow;

/// The names that mean no encoding: `identity`, and what some senders put there instead.
const IDENTITY: [&[u8]; 4] = [b"identity", b"none", b"utf-8", b"utf8"];
/// The maximum number of encodings in a row that are undone.
const MAX_ENCODINGS: usize = 4;

/// Holds a body with its content encodings undone.
#[derive(Debug)]
pub(crate) struct Decoded<'a> {
    /// The content; nothing if it could not be had.
    pub(crate) bytes: Cow<'a, [u8]>,
    /// Is set if nothing of the content is missing, given that nothing of the body was.
    pub(crate) whole: bool,
    /// The note for the reader, in words that follow `request body: `.
    pub(crate) note: Option<String>,
}

/// Undoes the encodings that `Content-Encoding` names, the last one first. Several header values are joined by `,`.
///
/// `bytes` are the first of a body of `seen` bytes, and all of it if it is `complete`. No decoder yields more than
/// `limit` bytes or fails: a cut or broken body is decoded as far as possible, and a body that is not encoded as the
/// header says is handed back as it came. If this build cannot undo an encoding, there is nothing to show.
pub(crate) fn content<'a>(encodings: &[u8], bytes: &'a [u8], seen: u64, complete: bool, limit: usize) -> Decoded<'a> {
    let mut decoded = Decoded { bytes: Cow::Borrowed(bytes), whole: true, note: None };
    if encodings.is_empty() {
        return decoded;
    }
    let encodings: Vec<_> = encodings
        .split(|&b| b == b',')
        .map(<[u8]>::trim_ascii)
        .filter(|name| !name.is_empty() && !IDENTITY.iter().any(|none| name.eq_ignore_ascii_case(none)))
        .collect();
    if encodings.is_empty() || bytes.is_empty() {
        return decoded;
    }
    if encodings.len() > MAX_ENCODINGS {
        return hidden(seen, &format!("{} times over", encodings.len()));
    }
    let (mut undone, mut lies) = (Vec::new(), Vec::new());
    let (mut first, mut last) = (End::Whole, End::Whole);
    for encoding in encodings.into_iter().rev() {
        let (name, decoder) = match find(encoding) {
            (name, Some(decoder)) => (name, decoder),
            (name, None) => return hidden(seen, &format!("as {name}")),
        };
        let (output, end) = decoder(&decoded.bytes, limit);
        let believed = match end {
            End::Whole => true,
            End::Full | End::Cut => !is_plain(&decoded.bytes),
            End::Broken => !output.is_empty() && !is_plain(&decoded.bytes),
        };
        if believed {
            decoded.bytes = Cow::Owned(output);
            decoded.whole &= end == End::Whole;
            // Later problems that follow from it do not count, such as an encoding within that is cut too.
            first = if first == End::Whole { end } else { first };
            last = end;
            undone.insert(0, name);
        } else {
            lies.insert(0, name);
        }
    }
    let (undone, lies) = (undone.join(", "), lies.join(", "));
    decoded.note = Some(match (undone.is_empty(), lies.is_empty()) {
        (true, _) => format!("content-encoding says {lies}, the body is not: shown as it came"),
        (false, lies_not) => {
            let more = match first {
                _ if last == End::Full => " and more",
                End::Cut if complete => ", then cut short",
                End::Whole | End::Cut => "",
                End::Full => " and more",
                End::Broken => ", then broken",
            };
            let lie = if lies_not { String::new() } else { format!("; content-encoding says {lies} too, it is not") };
            let first = match bytes.len() as u64 {
                captured if captured < seen => format!("the first {captured} of "),
                _ => String::new(),
            };
            format!("{first}{seen} bytes of {undone} decoded to {}{more}{lie}", decoded.bytes.len())
        }
    });
    decoded
}

/// Returns nothing to show, and why.
fn hidden(seen: u64, how: &str) -> Decoded<'static> {
    let note = format!("{seen} bytes encoded {how}, not logged");
    Decoded { bytes: Cow::Borrowed(b""), whole: false, note: Some(note) }
}

type Decoder = fn(&[u8], usize) -> (Vec<u8>, End);

/// Returns the name of an encoding, and the function that undoes it. A name that nobody registered is not repeated: it
/// may be anything.
fn find(encoding: &[u8]) -> (&'static str, Option<Decoder>) {
    let known: [(&str, Option<Decoder>); 13] = [
        ("gzip", gzip()),
        ("x-gzip", gzip()),
        ("deflate", deflate()),
        ("br", brotli()),
        ("zstd", zstd()),
        ("compress", None),
        ("x-compress", None),
        ("dcb", None),
        ("dcz", None),
        ("exi", None),
        ("pack200-gzip", None),
        ("aes128gcm", None),
        ("aws-chunked", None),
    ];
    let known = known.into_iter().find(|(name, _)| encoding.eq_ignore_ascii_case(name.as_bytes()));
    known.unwrap_or(("something unknown", None))
}

fn gzip() -> Option<Decoder> {
    #[cfg(feature = "gzip")]
    return Some(super::flate::gzip);
    #[cfg(not(feature = "gzip"))]
    None
}

fn deflate() -> Option<Decoder> {
    #[cfg(feature = "deflate")]
    return Some(super::flate::deflate);
    #[cfg(not(feature = "deflate"))]
    None
}

fn brotli() -> Option<Decoder> {
    #[cfg(feature = "br")]
    return Some(super::brotli::brotli);
    #[cfg(not(feature = "br"))]
    None
}

fn zstd() -> Option<Decoder> {
    #[cfg(feature = "zstd")]
    return Some(super::zstd::zstd);
    #[cfg(not(feature = "zstd"))]
    None
}

#[cfg(test)]
mod tests {
    use super::{content as first_of, *};
    use bytes::Bytes;
    use http_body_util::{BodyExt, Full};
    use std::convert::Infallible;
    use tower::ServiceExt;
    use tower_http::compression::{CompressionLayer, predicate::SizeAbove};

    /// Returns what a real server sends for `Accept-Encoding: coding`.
    fn encode(coding: &str, content: &[u8]) -> Vec<u8> {
        let content = Bytes::copy_from_slice(content);
        let service = tower::service_fn(move |_: http::Request<Full<Bytes>>| {
            let content = content.clone();
            async move { Ok::<_, Infallible>(http::Response::new(Full::new(content))) }
        });
        let layer = CompressionLayer::new().compress_when(SizeAbove::new(0));
        let service = tower::ServiceBuilder::new().layer(layer).service(service);
        let request = http::Request::get("/").header("accept-encoding", coding).body(Full::default()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let response = service.oneshot(request).await.unwrap();
            assert_eq!(response.headers()["content-encoding"], coding);
            response.into_body().collect().await.unwrap().to_bytes().to_vec()
        })
    }

    /// Returns JSON that does not compress to nothing.
    fn document(entries: usize) -> Vec<u8> {
        let mut rng = fastrand::Rng::with_seed(7);
        let entries: Vec<_> = (0..entries).map(|at| format!("{{\"id\":{at},\"n\":{}}}", rng.u64(..))).collect();
        format!("[{}]", entries.join(",")).into_bytes()
    }

    /// The codings that this build undoes.
    fn codings() -> impl Iterator<Item = &'static str> {
        ["gzip", "deflate", "br", "zstd"].into_iter().filter(|coding| find(coding.as_bytes()).1.is_some())
    }

    /// Decodes a body that came whole.
    fn content<'a>(encodings: &[u8], bytes: &'a [u8], limit: usize) -> Decoded<'a> {
        first_of(encodings, bytes, bytes.len() as u64, true, limit)
    }

    fn note(decoded: &Decoded<'_>) -> String {
        decoded.note.clone().unwrap_or_default()
    }

    #[test]
    fn nothing_to_undo() {
        for encodings in [&b""[..], b"identity", b" , Identity ,", b"UTF-8"] {
            let decoded = content(encodings, b"plain", 100);
            assert!(matches!(decoded.bytes, Cow::Borrowed(b"plain")) && decoded.whole && decoded.note.is_none());
        }
        // The answer to HEAD, a 304.
        let decoded = content(b"gzip", b"", 100);
        assert!(decoded.bytes.is_empty() && decoded.whole && decoded.note.is_none());
    }

    #[test]
    fn each_coding_is_undone() {
        let document = document(50);
        for coding in codings() {
            let body = encode(coding, &document);
            let decoded = content(coding.to_uppercase().as_bytes(), &body, document.len());
            assert_eq!(decoded.bytes, document, "{coding}");
            assert!(decoded.whole, "{coding}");
            let expected = format!("{} bytes of {coding} decoded to {}", body.len(), document.len());
            assert_eq!(note(&decoded), expected);
        }
    }

    #[test]
    fn a_body_cut_anywhere_is_decoded_as_far_as_it_goes() {
        let document = document(400);
        for coding in codings() {
            let body = encode(coding, &document);
            let mut most = 0;
            for cut in (0..body.len()).step_by(7) {
                let decoded = content(coding.as_bytes(), &body[..cut], 1 << 20);
                assert!(document.starts_with(&decoded.bytes), "{coding} at {cut}: {}", note(&decoded));
                assert_eq!(decoded.whole, cut == 0, "{coding} at {cut}");
                assert_eq!(note(&decoded).ends_with(", then cut short"), cut > 0, "{coding} at {cut}");
                most = most.max(decoded.bytes.len());
            }
            // A zstd block comes whole or not at all.
            assert!(most > document.len() * 9 / 10 || coding == "zstd", "{coding}: {most} of {}", document.len());
        }
    }

    #[test]
    fn the_size_of_a_body_that_was_cut_is_said() {
        let document = document(50);
        for coding in codings() {
            let body = encode(coding, &document);
            let decoded = first_of(coding.as_bytes(), &body, 193_201, false, 1 << 20);
            let expected =
                format!("the first {} of 193201 bytes of {coding} decoded to {}", body.len(), document.len());
            assert_eq!(note(&decoded), expected);
        }
        let decoded = first_of(b"exi", b"bytes", 48_213, false, 1000);
        assert_eq!(note(&decoded), "48213 bytes encoded as exi, not logged");
    }

    #[test]
    fn a_stream_that_ends_early_in_a_complete_body_is_said_to() {
        let document = document(400);
        for coding in codings() {
            let body = encode(coding, &document);
            // Two bytes: a header that is cut.
            for cut in [2, body.len() / 2, body.len() - 1] {
                let decoded = content(coding.as_bytes(), &body[..cut], 1 << 20);
                let expected = format!("{cut} bytes of {coding} decoded to {}", decoded.bytes.len());
                assert_eq!(note(&decoded), format!("{expected}, then cut short"));
                // If a body did not end, or was not captured whole, this is not worth a note.
                let decoded = first_of(coding.as_bytes(), &body[..cut], cut as u64, false, 1 << 20);
                assert_eq!(note(&decoded), expected);
            }
            // Nor where a limit of ours cuts what is decoded.
            let twice = encode(coding, &body);
            let decoded = content(format!("{coding}, {coding}").as_bytes(), &twice, body.len() / 2);
            assert!(note(&decoded).ends_with(" and more"), "{}", note(&decoded));
            let decoded = content(format!("{coding}, {coding}").as_bytes(), &twice[..twice.len() - 1], 1 << 20);
            assert!(note(&decoded).ends_with(", then cut short"), "{}", note(&decoded));
        }
    }

    #[test]
    fn output_is_bounded() {
        let bomb = vec![b'a'; 4 << 20];
        for coding in codings() {
            let body = encode(coding, &bomb);
            let decoded = content(coding.as_bytes(), &body, 1000);
            assert_eq!(decoded.bytes, vec![b'a'; 1000], "{coding}");
            assert!(!decoded.whole, "{coding}");
            assert_eq!(note(&decoded), format!("{} bytes of {coding} decoded to 1000 and more", body.len()));
        }
    }

    #[test]
    fn a_lying_header_is_said() {
        for coding in codings() {
            for body in [&b"{\"a\": 1}"[..], b"hello, world\n", b"x", "日本語".as_bytes(), b"[1,2,3"] {
                let decoded = content(coding.as_bytes(), body, 1000);
                assert_eq!(decoded.bytes, body, "{coding}: {}", note(&decoded));
                assert!(decoded.whole);
                let expected = format!("content-encoding says {coding}, the body is not: shown as it came");
                assert_eq!(note(&decoded), expected);
            }
        }
    }

    #[test]
    fn what_cannot_be_undone_is_not_shown() {
        for (encodings, expected) in [
            ("compress", "5 bytes encoded as compress, not logged"),
            ("aes128gcm", "5 bytes encoded as aes128gcm, not logged"),
            ("s3cret", "5 bytes encoded as something unknown, not logged"),
            ("identity, x-compress", "5 bytes encoded as x-compress, not logged"),
            ("gzip,gzip,gzip,gzip,gzip", "5 bytes encoded 5 times over, not logged"),
        ] {
            let decoded = content(encodings.as_bytes(), b"bytes", 1000);
            assert_eq!(note(&decoded), expected);
            assert!(decoded.bytes.is_empty() && !decoded.whole);
        }
        #[cfg(not(feature = "br"))]
        assert_eq!(note(&content(b"br", b"bytes", 1000)), "5 bytes encoded as br, not logged");
    }

    #[test]
    fn several_codings_are_undone_from_the_last() {
        let document = document(30);
        for inner in codings() {
            for outer in codings() {
                let body = encode(outer, &encode(inner, &document));
                let encodings = format!("{inner} ,identity,{outer}");
                let decoded = content(encodings.as_bytes(), &body, 1 << 20);
                assert_eq!(decoded.bytes, document, "{encodings}");
                let expected = format!("{} bytes of {inner}, {outer} decoded to {}", body.len(), document.len());
                assert_eq!(note(&decoded), expected);
            }
        }
    }

    #[test]
    #[cfg(feature = "gzip")]
    fn a_coding_that_was_not_applied_is_passed_over() {
        let body = encode("gzip", b"some text, some text");
        let decoded = content(b"gzip, gzip", &body, 1 << 20);
        assert_eq!(decoded.bytes, &b"some text, some text"[..]);
        let expected = format!("{} bytes of gzip decoded to 20; content-encoding says gzip too, it is not", body.len());
        assert_eq!(note(&decoded), expected);
    }

    #[test]
    #[cfg(feature = "gzip")]
    fn gzip_of_several_members_and_with_a_broken_end() {
        let mut body = [encode("gzip", b"one, "), encode("gzip", b"two")].concat();
        assert_eq!(content(b"x-gzip", &body, 1 << 20).bytes, &b"one, two"[..]);
        let sum = body.len() - 5;
        body[sum] ^= 1;
        let decoded = content(b"gzip", &body, 1 << 20);
        assert_eq!(decoded.bytes, &b"one, two"[..]);
        assert!(!decoded.whole);
        assert_eq!(note(&decoded), format!("{} bytes of gzip decoded to 8, then broken", body.len()));
    }

    #[test]
    #[cfg(feature = "deflate")]
    fn deflate_without_a_zlib_header() {
        use std::io::Write;
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(b"some text, some text").unwrap();
        let body = encoder.finish().unwrap();
        let decoded = content(b"deflate", &body, 1 << 20);
        assert_eq!(decoded.bytes, &b"some text, some text"[..]);
        assert!(decoded.whole);
    }

    #[test]
    fn no_input_makes_a_decoder_panic() {
        let mut rng = fastrand::Rng::with_seed(11);
        let document = document(40);
        for coding in codings() {
            let body = encode(coding, &document);
            for _ in 0..2_000 {
                let mut body = body.clone();
                for _ in 0..rng.usize(1..4) {
                    let at = rng.usize(..body.len());
                    body[at] = rng.u8(..);
                }
                assert!(content(coding.as_bytes(), &body, 4_000).bytes.len() <= body.len().max(4_000));
            }
        }
    }
}
