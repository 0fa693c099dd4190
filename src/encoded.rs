//! Text in disguise: base64, hexadecimal, rot13, and PowerShell's encoded commands.

/// The bytes that `text` encodes in base64, of either alphabet, padded or not.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in text.bytes().filter(|b| !b.is_ascii_whitespace()) {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(out)
}

/// The bytes that `text` encodes in hexadecimal digits.
pub(crate) fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> =
        text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    digits
        .len()
        .is_multiple_of(2)
        .then(|| digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect())
}

/// `text` with each letter moved by half the alphabet.
pub(crate) fn rot13(text: &str) -> String {
    let turn = |c: char, first: u8| ((c as u8 - first + 13) % 26 + first) as char;
    text.chars()
        .map(|c| match c {
            'a'..='z' => turn(c, b'a'),
            'A'..='Z' => turn(c, b'A'),
            other => other,
        })
        .collect()
}

/// The text that a PowerShell `-EncodedCommand` argument carries: UTF-16LE in base64.
pub fn decode_encoded_command(argument: &str) -> Option<String> {
    let bytes = base64(argument.trim())?;
    if bytes.is_empty() || bytes.len() % 2 != 0 {
        return None;
    }
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    char::decode_utf16(units).collect::<Result<String, _>>().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_out_of_their_disguise() {
        assert_eq!(base64("YXdz").as_deref(), Some(b"aws".as_slice()));
        assert_eq!(base64("YXc=").as_deref(), Some(b"aw".as_slice()));
        assert_eq!(base64("!").as_deref(), None);
        assert_eq!(hex("617773").as_deref(), Some(b"aws".as_slice()));
        assert_eq!(hex("617").as_deref(), None);
        assert_eq!(rot13("trg_frperg_inyhr"), "get_secret_value");
        assert_eq!(decode_encoded_command("bABzAA==").as_deref(), Some("ls"));
        assert_eq!(decode_encoded_command("bAA=x"), Some("l".to_owned()));
        assert_eq!(decode_encoded_command("bHM"), None.or(char::from_u32(0x736c).map(String::from)));
        assert_eq!(decode_encoded_command("bA"), None);
    }
}
