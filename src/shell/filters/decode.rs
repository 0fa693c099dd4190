//! Tools that decode: base64, base32, xxd, openssl.

use crate::encoded;

/// The output of a decoding or encoding tool.
pub(super) fn run(program: &str, words: &[&str], input: impl Fn() -> Option<String>) -> Option<String> {
    let has = |names: &[&str]| words.iter().any(|w| names.contains(w));
    match program {
        "base64" | "gbase64" => {
            if has(&["-d", "-D", "--decode", "-di", "-id"]) {
                utf8(encoded::base64(&input()?)?)
            } else {
                Some(wrap(&base64_encode(input()?.as_bytes()), words))
            }
        }
        "base32" if has(&["-d", "--decode"]) => utf8(base32_decode(&input()?)?),
        "xxd" if words.contains(&"-r") || words.contains(&"-rp") => {
            let text = input()?;
            utf8(encoded::hex(&text)?)
        }
        "openssl" => {
            let decodes = has(&["-d"]) && has(&["base64", "-base64", "-a"]);
            let without_command: String = input_of_openssl(words, &input)?;
            decodes.then(|| encoded::base64(&without_command)).flatten().and_then(utf8)
        }
        _ => None,
    }
}

fn input_of_openssl(words: &[&str], input: impl Fn() -> Option<String>) -> Option<String> {
    // `openssl base64 -d -in FILE` reads a file; only standard input is followed.
    if words.contains(&"-in") { None } else { input() }
}

fn utf8(bytes: Vec<u8>) -> Option<String> {
    String::from_utf8(bytes).ok()
}

fn base64_encode(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, &b| bits << 8 | u32::from(b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let index = (bits >> (18 - 6 * i)) & 63;
            out.push(if i <= chunk.len() { ALPHABET[index as usize] as char } else { '=' });
        }
    }
    out
}

/// Lines of 76 characters, as coreutils prints them, unless `-w0` says otherwise.
fn wrap(text: &str, words: &[&str]) -> String {
    if words.iter().any(|w| matches!(*w, "-w0" | "--wrap=0")) || words.windows(2).any(|w| w == ["-w", "0"]) {
        return text.to_owned();
    }
    text.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line).into_owned() + "\n").collect()
}

fn base32_decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut bits, mut count) = (0_u64, 0);
    for c in text.bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'2'..=b'7' => c - b'2' + 26,
            b'=' => break,
            c if c.is_ascii_whitespace() => continue,
            _ => return None,
        };
        bits = bits << 5 | u64::from(value);
        count += 5;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(out)
}
