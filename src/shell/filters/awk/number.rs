//! Numbers in text and back, as C's strtod and printf have it.

/// The part of a text that is a decimal number, from its beginning; empty where it begins with none.
pub(super) fn prefix(text: &str) -> &str {
    let bytes = text.as_bytes();
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let start = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let whole = digits(start);
    let fraction = if bytes.get(whole) == Some(&b'.') { digits(whole + 1) } else { whole };
    if fraction - start == usize::from(fraction > whole) {
        return "";
    }
    let mut end = fraction;
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if digits(sign) > sign {
            end = digits(sign);
        }
    }
    &text[..end]
}

/// The number that a text begins with; 0 where there is none.
pub(super) fn of_text(text: &str) -> f64 {
    let text = text.trim_start_matches([' ', '\t', '\n']);
    prefix(text).trim_start_matches('+').parse().unwrap_or(0.0)
}

/// Whether a text from the input is a number and nothing else.
pub(super) fn looks_numeric(text: &str) -> bool {
    let text = text.trim_matches([' ', '\t', '\n']);
    !text.is_empty() && prefix(text).len() == text.len()
}

/// A number as text, by `%.6g` where it is no whole one.
pub(super) fn to_text(number: f64) -> Option<String> {
    if number.fract() == 0.0 && number.abs() < 2e9 {
        return Some(format!("{}", number as i64));
    }
    // Large whole numbers are printed in full by some and by %.6g by others.
    if number.fract() == 0.0 || !number.is_finite() {
        return None;
    }
    Some(general(number, 6))
}

/// C's `%.Ng`.
pub(super) fn general(number: f64, precision: usize) -> String {
    let precision = precision.clamp(1, 30);
    if number == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{number:.*e}", precision - 1);
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let short = |text: &str| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    if exponent < -4 || exponent >= precision as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", short(digits), exponent.abs());
    }
    short(&format!("{number:.*}", (precision as i32 - 1 - exponent).max(0) as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_and_printed_as_c_does() {
        for (text, expected) in [
            ("12abc", "12"),
            ("-.5e3x", "-.5e3"),
            ("1e", "1"),
            ("+7", "+7"),
            (".", ""),
            ("x", ""),
            ("1.", "1."),
        ] {
            assert_eq!(prefix(text), expected);
        }
        for (number, expected) in [
            (0.1, "0.1"),
            (2.34567891, "2.34568"),
            (1e-5, "1e-05"),
            (1234567.5, "1.23457e+06"),
            (100.5, "100.5"),
        ] {
            assert_eq!(to_text(number).as_deref(), Some(expected));
        }
    }
}
