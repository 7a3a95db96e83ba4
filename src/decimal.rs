//! Writes numbers as digits, without the machinery of `fmt`: every block has some.

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

#[cfg(test)]
mod tests {
    #[test]
    fn digits_are_those_of_display() {
        for number in [0, 1, 9, 10, 99, 100, 65_535, u64::MAX] {
            let mut out = b"n=".to_vec();
            super::write(number, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), format!("n={number}"));
        }
    }
}
