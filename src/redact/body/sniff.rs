//! Tells whether bytes are text.

/// Returns whether this is no text: it has a NUL, or much that is neither UTF-8 nor fit to print.
pub(super) fn is_binary(bytes: &[u8], says_text: bool) -> bool {
    !is_ascii_text(bytes) && is_odd(bytes, says_text)
}

/// Returns whether this is text though nothing says so: UTF-8 without control characters that text does not use,
/// colours of a terminal aside.
pub(super) fn is_clean(bytes: &[u8]) -> bool {
    let is_fit = |b: &u8| *b >= b' ' && *b != 0x7f || matches!(b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    bytes.iter().all(is_fit) && std::str::from_utf8(bytes).is_ok()
}

/// Returns whether all of it is ASCII without control characters that text does not use, so that nothing need be
/// counted. Few texts have an ESC, so that one is not examined here.
fn is_ascii_text(bytes: &[u8]) -> bool {
    let is_fit = |b: u8| (b as i8 >= 0x20) | (b.wrapping_sub(8) < 6);
    // The block has no early exit, so that the compiler tests many bytes by one instruction.
    let are_fit = |block: &[u8]| block.iter().fold(true, |fit, &b| fit & is_fit(b));
    let (blocks, rest) = bytes.as_chunks::<128>();
    blocks.iter().all(|block| are_fit(block)) && are_fit(rest)
}

fn is_odd(bytes: &[u8], says_text: bool) -> bool {
    if memchr::memchr(0, bytes).is_some() {
        return true;
    }
    let odd = match std::str::from_utf8(bytes) {
        Ok(text) => controls(text),
        Err(_) => bytes.utf8_chunks().map(|chunk| controls(chunk.valid()) + chunk.invalid().len()).sum(),
    };
    if says_text { odd > bytes.len() / 2 } else { odd * 10 > bytes.len() * 3 }
}

/// Counts the control characters in `text` that text does not use.
fn controls(text: &str) -> usize {
    let is_control = |&b: &u8| b < 0x20 && !matches!(b, 8..=13 | 27);
    // Counts in bytes, many at once, as far as a byte can count.
    let count = |chunk: &[u8]| chunk.iter().map(|b| u8::from(is_control(b))).sum::<u8>();
    text.as_bytes().chunks(255).map(|chunk| usize::from(count(chunk))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn what_is_plainly_text_is_so_when_counted_too(
            bytes in proptest::collection::vec(
                proptest::prop_oneof![60 => b'a'..b'e', 30 => 8..32u8, 1 => proptest::prelude::any::<u8>()], 0..600,
            ),
            fit in proptest::collection::vec(proptest::prop_oneof![30 => b' '..=b'~', 1 => 8..=13u8, 1 => 27..=27u8], 0..600),
            says_text: bool,
        ) {
            for bytes in [bytes.clone(), fit.clone(), [fit, bytes].concat()] {
                proptest::prop_assert_eq!(is_binary(&bytes, says_text), is_odd(&bytes, says_text));
            }
        }

        #[test]
        fn controls_are_counted_as_one_by_one(text in "[a\\x00-\\x1f\u{e9}]{0,600}") {
            let naive = text.bytes().filter(|b| *b < 0x20 && !matches!(b, 8..=13 | 27)).count();
            proptest::prop_assert_eq!(controls(&text), naive);
        }
    }
}
