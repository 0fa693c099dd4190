//! Other spellings of plain letters, which a language reads as those letters.

use std::borrow::Cow;

use super::language::Language;

/// `text` with the letters that its language reads as plain ones written plainly; its lines stay as they are.
pub(super) fn plain(language: Language, text: &str) -> Cow<'_, str> {
    match language {
        // An escape in a name (ECMAScript, "Names and Keywords"), and in Java anywhere (JLS 3.3).
        Language::JavaScript | Language::Java | Language::CSharp if text.contains("\\u") => unescaped(text),
        // Identifiers are read in the normal form KC (the reference, "Identifiers and keywords").
        Language::Python if !text.is_ascii() && text.chars().any(|c| compatible(c).is_some()) => {
            Cow::Owned(text.chars().map(|c| compatible(c).unwrap_or(c)).collect())
        }
        // What only takes the place of brackets around the rest.
        Language::Haskell if text.contains(" $ ") => Cow::Owned(text.replace(" $ ", "   ")),
        Language::OCaml if text.contains(" @@ ") => Cow::Owned(text.replace(" @@ ", "    ")),
        // A list of the words in brackets.
        Language::Elixir if text.contains("~w") => Cow::Owned(with_word_lists(text)),
        // Scala starts a text, or a list of words, by operators of that name.
        Language::Java if text.contains(".!") || text.contains(" !!") => Cow::Owned(
            [".!!", " !!", ".!"].iter().fold(text.to_owned(), |t, mark| t.replace(mark, ".execute()")),
        ),
        _ => Cow::Borrowed(text),
    }
}

/// `~w(a b)` of Elixir as `["a", "b"]`.
fn with_word_lists(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("~w") {
        out.push_str(&rest[..at]);
        rest = &rest[at + 2..];
        let close = match rest.chars().next() {
            Some('(') => ')',
            Some('[') => ']',
            Some('{') => '}',
            Some('<') => '>',
            Some(mark) if mark.is_ascii_punctuation() => mark,
            _ => continue,
        };
        let (words, after) = rest[1..].split_once(close).unwrap_or((&rest[1..], ""));
        let quoted: Vec<String> = words.split_whitespace().map(|word| format!("\"{word}\"")).collect();
        out.push_str(&format!(" [{}]", quoted.join(", ")));
        out.push_str(&"\n".repeat(words.matches('\n').count()));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Escapes of letters, digits and the marks of names, resolved.
fn unescaped(text: &str) -> Cow<'_, str> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match escape(rest) {
            Some((letter, length)) => {
                out.push(letter);
                rest = &rest[length..];
            }
            // The next character is no escape's beginning.
            None => {
                let length = rest.chars().take(2).map(char::len_utf8).sum();
                out.push_str(&rest[..length]);
                rest = &rest[length..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character that `\u0061` or `\u{61}` at the start of `rest` is, and how long it is written.
fn escape(rest: &str) -> Option<(char, usize)> {
    let digits = rest.strip_prefix("\\u")?;
    let (digits, length) = match digits.strip_prefix('{') {
        Some(braced) => {
            let end = braced.bytes().take(9).position(|b| b == b'}')?;
            (&braced[..end], end + 4)
        }
        None => (digits.get(..4)?, 6),
    };
    let letter = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)?;
    (letter.is_ascii_alphanumeric() || matches!(letter, '_' | '$')).then_some((letter, length))
}

/// The ASCII letter, digit or `_` that `c` is a compatible form of.
fn compatible(c: char) -> Option<char> {
    let code = u32::from(c);
    let plain = match code {
        // Mathematical alphabets: 13 of 52 letters each, and five times the digits.
        0x1D400..=0x1D6A3 => {
            let letter = (code - 0x1D400) % 52;
            if letter < 26 { 0x41 + letter } else { 0x61 + letter - 26 }
        }
        0x1D7CE..=0x1D7FF => 0x30 + (code - 0x1D7CE) % 10,
        // Full width.
        0xFF10..=0xFF19 | 0xFF21..=0xFF3A | 0xFF41..=0xFF5A | 0xFF3F => code - 0xFEE0,
        0x17F => 0x73,
        0xAA => 0x61,
        0xBA => 0x6F,
        0xFE33 | 0xFE34 | 0xFE4D..=0xFE4F => 0x5F,
        // Letterlike symbols and letters above or below the line.
        0x210A => 0x67,
        0x210E => 0x68,
        0x212F | 0x1D49 | 0x2091 => 0x65,
        0x2134 | 0x1D52 | 0x2092 => 0x6F,
        0x2139 | 0x2071 | 0x1D62 => 0x69,
        0x1D43 | 0x2090 => 0x61,
        0x1D4D => 0x67,
        0x1D57 | 0x209C => 0x74,
        0x1D58 | 0x1D64 => 0x75,
        0x1D5B | 0x1D65 => 0x76,
        0x1D9C => 0x63,
        0x02B3 | 0x1D63 => 0x72,
        0x02E1 | 0x2097 => 0x6C,
        0x02E2 | 0x209B => 0x73,
        _ => return None,
    };
    char::from_u32(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_plain_where_the_language_reads_them_so() {
        for (language, written, expected) in [
            (Language::JavaScript, "a.get\\u0053ecret\\u{56}alue", "a.getSecretValue"),
            (Language::JavaScript, "'\\\\u0053 \\u0027 \\u00e9 \\uZZ'", "'\\\\u0053 \\u0027 \\u00e9 \\uZZ'"),
            (Language::Python, "𝐠𝒆𝓽_ſecret＿𝘃alu𝚎𝟙", "get_secret_value1"),
            (Language::Python, "'é'", "'é'"),
            (Language::Ruby, "\\u0053", "\\u0053"),
        ] {
            assert_eq!(plain(language, written), expected, "{written}");
        }
    }
}
