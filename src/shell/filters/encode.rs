//! base64, base32, basenc and openssl's base64 (RFC 4648).

use super::bytes;
use super::call::{Call, Out};
use super::options::{self, Parsed};

/// An alphabet whose letters carry a number of bits each.
struct Code {
    alphabet: &'static str,
    bits: u32,
    /// Letters of a whole group, up to which padding fills; 1 where nothing is padded.
    group: usize,
}

const BASE64: Code =
    Code { alphabet: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", bits: 6, group: 4 };
const BASE64_URL: Code =
    Code { alphabet: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", bits: 6, group: 4 };
const BASE32: Code = Code { alphabet: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", bits: 5, group: 8 };
const BASE32_HEX: Code = Code { alphabet: "0123456789ABCDEFGHIJKLMNOPQRSTUV", bits: 5, group: 8 };
const BASE16: Code = Code { alphabet: "0123456789ABCDEF", bits: 4, group: 2 };
const BASE2: Code = Code { alphabet: "01", bits: 1, group: 8 };

/// What `base64` and its kin print.
pub(super) fn base(call: &Call) -> Option<String> {
    let long = [
        ("decode", 'd'),
        ("ignore-garbage", 'i'),
        ("wrap", 'w'),
        ("base64", '①'),
        ("base64url", '②'),
        ("base32", '③'),
        ("base32hex", '④'),
        ("base16", '⑤'),
        ("base2msbf", '⑥'),
    ];
    // BSD's base64 decodes with -D; there -i names a file, which cannot be told apart.
    let parsed = options::parse(call.words, "dDiw:①②③④⑤⑥", &long)?;
    let code = match call.program {
        "base64" => &BASE64,
        "base32" => &BASE32,
        _ => parsed.options.iter().rev().find_map(|(letter, _)| match letter {
            '①' => Some(&BASE64),
            '②' => Some(&BASE64_URL),
            '③' => Some(&BASE32),
            '④' => Some(&BASE32_HEX),
            '⑤' => Some(&BASE16),
            '⑥' => Some(&BASE2),
            _ => None,
        })?,
    };
    if parsed.operands.len() > 1 {
        return None;
    }
    if parsed.has('d') || parsed.has('D') {
        return Some(bytes::to_text(code.decoded(&call.exact(&parsed.operands)?, parsed.has('i'))));
    }
    let text = code.encoded(&call.bytes(&parsed.operands)?);
    wrapped(&text, width(&parsed)?)
}

fn width(parsed: &Parsed) -> Option<usize> {
    parsed.value('w').map_or(Some(76), |width| width.parse().ok())
}

/// Lines of `width` letters; nothing is broken, or ended, at a width of 0.
fn wrapped(text: &str, width: usize) -> Option<String> {
    if width == 0 {
        return Some(text.to_owned());
    }
    let mut out = Out::default();
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after) = rest.split_at(width.min(rest.len()));
        out.line(line)?;
        rest = after;
    }
    Some(out.done())
}

impl Code {
    fn value(&self, letter: u8) -> Option<u32> {
        self.alphabet.bytes().position(|known| known == letter).map(|value| value as u32)
    }

    fn encoded(&self, bytes: &[u8]) -> String {
        let alphabet = self.alphabet.as_bytes();
        let mut out = String::with_capacity(bytes.len() * 8 / self.bits as usize + self.group);
        let (mut held, mut count) = (0u32, 0);
        let letter = |value: u32| alphabet[(value & ((1 << self.bits) - 1)) as usize] as char;
        for byte in bytes {
            held = held << 8 | u32::from(*byte);
            count += 8;
            while count >= self.bits {
                count -= self.bits;
                out.push(letter(held >> count));
            }
            held &= (1 << count) - 1;
        }
        if count > 0 {
            out.push(letter(held << (self.bits - count)));
        }
        while !out.len().is_multiple_of(self.group) {
            out.push('=');
        }
        out
    }

    /// What is decoded before the first letter that does not belong; the tools print that much before they fail.
    fn decoded(&self, text: &str, ignore_garbage: bool) -> Vec<u8> {
        let mut out = Vec::new();
        let mut group: Vec<u32> = Vec::new();
        let mut padding = 0;
        for letter in text.bytes().filter(|b| *b != b'\n') {
            match self.value(letter) {
                Some(value) if padding == 0 => group.push(value),
                None if letter == b'=' && !group.is_empty() => padding += 1,
                None if ignore_garbage => continue,
                _ => break,
            }
            if group.len() + padding == self.group {
                self.flush(&mut group, &mut out);
                padding = 0;
            }
        }
        // Without its padding the last group is decoded all the same: newer coreutils and BSD print it.
        self.flush(&mut group, &mut out);
        out
    }

    fn flush(&self, group: &mut Vec<u32>, out: &mut Vec<u8>) {
        let (mut held, mut count) = (0u32, 0);
        for value in group.drain(..) {
            held = held << self.bits | value;
            count += self.bits;
            if count >= 8 {
                count -= 8;
                out.push((held >> count) as u8);
                held &= (1 << count) - 1;
            }
        }
    }
}

/// The text that bytes are in base64.
pub(super) fn base64(bytes: &[u8]) -> String {
    BASE64.encoded(bytes)
}

/// `openssl base64 …` and `openssl enc -base64 …`, without a cipher.
pub(super) fn openssl(call: &Call) -> Option<String> {
    let (command, rest) = call.words.split_first()?;
    let mut coded = *command == "base64";
    if !coded && *command != "enc" {
        return None;
    }
    let (mut decode, mut one_line, mut input) = (false, false, None);
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        match *word {
            "-base64" | "-a" => coded = true,
            "-d" => decode = true,
            "-e" => decode = false,
            "-A" => one_line = true,
            "-in" => input = Some(*rest.next()?),
            "-none" => {}
            _ => return None,
        }
    }
    let files: Vec<&str> = input.into_iter().collect();
    if !coded {
        return None;
    }
    if !decode {
        return wrapped(&BASE64.encoded(&call.bytes(&files)?), if one_line { 0 } else { 64 });
    }
    let text = call.exact(&files)?;
    // Without -A a line may be at most 76 letters long, or nothing comes out; with it, all must be one line. Older
    // and newer versions differ in what they forgive, so all that they may print is printed.
    let letters: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    Some(bytes::to_text(BASE64.decoded(&letters, false)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_come_back() {
        for (code, text, letters) in [
            (BASE64, &b"aw"[..], "YXc="),
            (BASE64_URL, b"\xff\xfe\xfd", "__79"),
            (BASE32, b"aws", "MF3XG==="),
            (BASE32_HEX, b"aws", "C5RN6==="),
            (BASE16, b"aws", "617773"),
            (BASE2, b"a", "01100001"),
        ] {
            assert_eq!(code.encoded(text), letters);
            assert_eq!(code.decoded(letters, false), text);
        }
        assert_eq!(BASE64.decoded("YX*dz", true), b"aws");
        assert_eq!(BASE64.decoded("YXdz*YXdz", false), b"aws");
        assert_eq!(BASE64.decoded("YQ==Yg==", false), b"ab");
    }
}
