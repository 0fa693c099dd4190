//! Backslash escapes: `$'…'`, `echo -e` and `printf`, which differ in small ways.

/// Decodes the text of `$'…'` (Bash manual, 3.1.2.4 "ANSI-C Quoting").
pub fn ansi_c(text: &str) -> String {
    decode(text, Dialect::AnsiC).0
}

/// Decodes `echo -e`; the flag says that `\c` ended the output.
pub fn echo(text: &str) -> (String, bool) {
    decode(text, Dialect::Echo)
}

/// Decodes the plain part of a `printf` format.
pub fn printf(text: &str) -> String {
    decode(text, Dialect::Printf).0
}

/// Decodes an argument of `printf %b`; the flag says that `\c` ended the output.
pub fn percent_b(text: &str) -> (String, bool) {
    decode(text, Dialect::PercentB)
}

#[derive(Clone, Copy, PartialEq)]
enum Dialect {
    AnsiC,
    Echo,
    Printf,
    PercentB,
}

fn decode(text: &str, dialect: Dialect) -> (String, bool) {
    let mut bytes: Vec<u8> = Vec::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let Some(escape) = chars.next() else {
            bytes.push(b'\\');
            break;
        };
        let mut digits = |max: usize, radix: u32| -> Option<u32> {
            let mut value = None;
            for _ in 0..max {
                let Some(digit) = chars.peek().and_then(|c| c.to_digit(radix)) else { break };
                chars.next();
                value = Some(value.unwrap_or(0) * radix + digit);
            }
            value
        };
        match escape {
            'a' => bytes.push(7),
            'b' => bytes.push(8),
            'e' | 'E' => bytes.push(27),
            'f' => bytes.push(12),
            'n' => bytes.push(b'\n'),
            'r' => bytes.push(b'\r'),
            't' => bytes.push(b'\t'),
            'v' => bytes.push(11),
            '\\' => bytes.push(b'\\'),
            '\'' | '"' | '?' if matches!(dialect, Dialect::AnsiC | Dialect::Printf) => {
                bytes.push(escape as u8)
            }
            'x' => match digits(2, 16) {
                Some(value) => bytes.push(value as u8),
                None => bytes.extend_from_slice(b"\\x"),
            },
            'u' | 'U' => match digits(if escape == 'u' { 4 } else { 8 }, 16).map(char::from_u32) {
                Some(Some(c)) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                Some(None) => {}
                None => bytes.extend_from_slice(&[b'\\', escape as u8]),
            },
            '0' if matches!(dialect, Dialect::Echo | Dialect::PercentB) => {
                bytes.push(digits(3, 8).unwrap_or(0) as u8)
            }
            'c' if matches!(dialect, Dialect::Echo | Dialect::PercentB) => return (text_of(bytes), true),
            'c' if dialect == Dialect::AnsiC => {
                if let Some(c) = chars.next() {
                    bytes.push((c as u32 & 0x1f) as u8);
                }
            }
            first @ '1'..='7' if dialect == Dialect::Echo => bytes.extend_from_slice(&[b'\\', first as u8]),
            first @ '0'..='7' => {
                let mut value = first as u32 - '0' as u32;
                for _ in 0..2 {
                    let Some(digit) = chars.peek().and_then(|c| c.to_digit(8)) else { break };
                    chars.next();
                    value = value * 8 + digit;
                }
                bytes.push(value as u8);
            }
            other => {
                bytes.push(b'\\');
                bytes.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }
    // A NUL ends a `$'…'` string in bash.
    if dialect == Dialect::AnsiC
        && let Some(nul) = bytes.iter().position(|&b| b == 0)
    {
        bytes.truncate(nul);
    }
    (text_of(bytes), false)
}

fn text_of(bytes: Vec<u8>) -> String {
    super::filters::bytes::to_text(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_as_bash_does() {
        for (text, expected) in [
            (r"get-\x73ecret", "get-secret"),
            (r"\141ws", "aws"),
            (r"\u0061\U00000077s", "aws"),
            (r"a\'b\\c\q", r"a'b\c\q"),
            (r"a\0b", "a"),
        ] {
            assert_eq!(ansi_c(text), expected, "$'{text}'");
        }
        assert_eq!(echo(r"a\0101\tb\cd"), ("aA\tb".to_owned(), true));
        assert_eq!(printf(r"\101\n\045"), "A\n%");
    }
}
