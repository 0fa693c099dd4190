//! Bytes as text: what a pipe carries need not be UTF-8, and may hold parts that nobody knows.
//!
//! A byte that is no part of a character becomes a character of its own, and so does every unknown part, from a
//! plane that no text uses (Unicode, Supplementary Private Use Area-B). Filters pass both on like any other.

/// The character that stands for the byte 0x80 outside of any character; the others follow.
const FIRST_BYTE: u32 = 0x0010_F780;
/// The character that stands for the first unknown part of a text.
const FIRST_UNKNOWN: u32 = 0x0010_F000;
/// Unknown parts that are told apart in one text.
pub(in crate::shell) const MAX_UNKNOWNS: usize = 256;

/// The text that these bytes are.
pub(crate) fn to_text(bytes: Vec<u8>) -> String {
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let mut out = String::new();
            for chunk in error.as_bytes().utf8_chunks() {
                out.push_str(chunk.valid());
                out.extend(chunk.invalid().iter().map(|byte| stray(*byte)));
            }
            out
        }
    }
}

fn stray(byte: u8) -> char {
    char::from_u32(FIRST_BYTE + u32::from(byte & 0x7f)).unwrap_or('\u{fffd}')
}

/// The bytes that a text is.
pub(crate) fn of_text(text: &str) -> Vec<u8> {
    // Both kinds of characters begin with this byte.
    if !text.as_bytes().contains(&0xf4) {
        return text.as_bytes().to_vec();
    }
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        match (c as u32).checked_sub(FIRST_BYTE).filter(|byte| *byte < 0x80) {
            Some(byte) => out.push(byte as u8 | 0x80),
            None => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out
}

/// The character that stands for the unknown part with this number.
pub(in crate::shell) fn unknown(number: usize) -> char {
    char::from_u32(FIRST_UNKNOWN + number as u32).unwrap_or('\u{fffd}')
}

/// The number of the unknown part that a character stands for.
pub(in crate::shell) fn unknown_number(c: char) -> Option<usize> {
    (c as u32).checked_sub(FIRST_UNKNOWN).map(|n| n as usize).filter(|n| *n < MAX_UNKNOWNS)
}

/// Whether an unknown part is in a text.
pub(super) fn has_unknown(text: &str) -> bool {
    text.as_bytes().contains(&0xf4) && text.chars().any(|c| unknown_number(c).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_as_they_were() {
        for bytes in [&b"plain"[..], b"\x1f\x8b\x08\0\xff", "é\u{10ffff}".as_bytes(), b"\xe2\x82"] {
            assert_eq!(of_text(&to_text(bytes.to_vec())), bytes);
        }
        assert_eq!(unknown_number(unknown(7)), Some(7));
        assert!(!has_unknown(&to_text(b"\x80\xff".to_vec())));
    }
}
