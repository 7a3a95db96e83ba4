//! Decodes base64 (RFC 4648, sections 4 and 5).

use crate::redact::text::slice::Slice;

/// Appends decoded base64 of either alphabet, padded or not; `false` where it is none.
pub(crate) fn decode(text: &[u8], out: &mut Vec<u8>) -> bool {
    let end = text.iter().rposition(|&b| b != b'=').map_or(0, |at| at + 1);
    let (digits, padding) = text.split_at_checked(end).unwrap_or_default();
    if digits.len() % 4 == 1 || padding.len() > 2 {
        return false;
    }
    // Digits that are missing at the end count as zeros, and give no bytes.
    let (fours, rest) = digits.as_chunks::<4>();
    let mut last = [b'A'; 4];
    last.iter_mut().zip(rest).for_each(|(last, digit)| *last = *digit);
    for (four, len) in fours.iter().map(|four| (four, 3)).chain([(&last, rest.len().saturating_sub(1))]) {
        let sixes = four.map(|b| BASE64[usize::from(b)]);
        if sixes.iter().fold(0, |all, six| all | six) >= 64 {
            return false;
        }
        let bits = sixes.iter().fold(0, |bits, six| bits << 6 | u32::from(*six));
        out.extend_from_slice((bits << 8).to_be_bytes().part(..len));
    }
    true
}

/// The six bits of each digit, of both alphabets; a larger number for a byte that is no digit.
const BASE64: [u8; 256] = {
    let mut table = [u8::MAX; 256];
    let mut b = 0;
    while b < 256 {
        table[b] = match b as u8 {
            digit @ b'A'..=b'Z' => digit - b'A',
            digit @ b'a'..=b'z' => digit - b'a' + 26,
            digit @ b'0'..=b'9' => digit - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => u8::MAX,
        };
        b += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn base64_is_decoded_as_bit_by_bit(text in "[A-Za-z0-9+/_-]{0,9}(=|!|\u{e9}){0,3}[A-Z]{0,1}") {
            let digits = text.trim_end_matches('=');
            let bits = digits.chars().try_fold(String::new(), |bits, digit| {
                let alphabets = ["+/", "-_"].map(|last| ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(last.chars()));
                let six = alphabets.into_iter().find_map(|mut alphabet| alphabet.position(|d| d == digit))?;
                Some(format!("{bits}{six:06b}"))
            });
            let good = digits.len() % 4 != 1 && text.len() - digits.len() <= 2;
            let naive = bits.filter(|_| good).map(|bits| {
                let bytes = bits.as_bytes().chunks_exact(8);
                bytes.map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap()).collect::<Vec<_>>()
            });
            let mut out = Vec::new();
            let decoded = decode(text.as_bytes(), &mut out).then_some(out);
            proptest::prop_assert_eq!(decoded, naive);
        }
    }
}
