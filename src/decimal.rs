//! Writes numbers as digits and reads them, without the machinery of `fmt`: every exchange has some.

/// Appends `number` in decimal digits.
pub(crate) fn write(mut number: u64, out: &mut Vec<u8>) {
    let mut digits = [b'0'; 20];
    let mut first = digits.len() - 1;
    loop {
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
        first -= 1;
    }
    out.extend_from_slice(&digits[first..]);
}

/// Returns the number that is written in decimal digits, with nothing else.
pub(crate) fn parse(digits: &[u8]) -> Option<u64> {
    let digit = |number: u64, digit: &u8| {
        let value = digit.wrapping_sub(b'0');
        (value < 10).then(|| number.checked_mul(10)?.checked_add(value.into())).flatten()
    };
    if digits.is_empty() { None } else { digits.iter().try_fold(0, digit) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn digits_are_read_as_they_are_written() {
        for number in [0, 1, 9, 10, 244, 65_535, u64::MAX] {
            assert_eq!(super::parse(number.to_string().as_bytes()), Some(number));
        }
        assert_eq!(super::parse(b"007"), Some(7));
        for other in ["", "+7", "-7", "7 ", "0x7", "18446744073709551616", "99999999999999999999999"] {
            assert_eq!(super::parse(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn digits_are_those_of_display() {
        for number in [0, 1, 9, 10, 99, 100, 65_535, u64::MAX] {
            let mut out = b"n=".to_vec();
            super::write(number, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), format!("n={number}"));
        }
    }
}
