//! User information in URLs: `postgresql://USER:PASSWORD@host/db`.
//!
//! A value there is percent-encoded, so that the URL keeps its host whatever the password holds (RFC 3986, 3.2.1).

use std::ops::Range;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

/// All but the unreserved characters (RFC 3986, 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What ends an authority: `/ ? #` by RFC 3986, 3.2, `\` as the WHATWG's URL standard has it, and what cannot stand
/// in a URL that a text or a script holds.
fn ends_authority(char: char) -> bool {
    char.is_whitespace() || char.is_control() || "/?#\\\"'`<>".contains(char)
}

/// Which of the references stand in a URL's user information. `references` are their bytes in the text; what they
/// say themselves counts for nothing.
pub fn in_userinfo(text: &str, references: &[Range<usize>]) -> Vec<bool> {
    let mut found = vec![false; references.len()];
    let mut order: Vec<usize> = (0..references.len()).collect();
    order.sort_by_key(|&number| references[number].start);
    // The text without its references, each given by where it stood.
    let mut plain = String::with_capacity(text.len());
    let mut stands = Vec::with_capacity(references.len());
    let mut at = 0;
    for number in order {
        plain.push_str(text.get(at..references[number].start).unwrap_or_default());
        stands.push((plain.len(), number));
        // One character that is in no scheme and ends nothing.
        plain.push('\u{FFFC}');
        at = references[number].end;
    }
    plain.push_str(text.get(at..).unwrap_or_default());
    for (slashes, separator) in plain.match_indices("://") {
        let scheme = plain[..slashes].chars().next_back();
        if !scheme.is_some_and(|char| char.is_ascii_alphanumeric() || "+-.".contains(char)) {
            continue;
        }
        let start = slashes + separator.len();
        let rest = &plain[start..];
        let authority = &rest[..rest.find(ends_authority).unwrap_or(rest.len())];
        // The last `@`: the host cannot hold one, a password that was written as it is can.
        let Some(end) = authority.rfind('@') else { continue };
        for &(at, number) in &stands {
            found[number] |= (start..start + end).contains(&at);
        }
    }
    found
}

/// A value, percent-encoded but for the unreserved characters.
pub fn encode(value: &str) -> Zeroizing<String> {
    let encoded = || utf8_percent_encode(value, RESERVED);
    // Sized beforehand: a string that grows leaves copies of its beginning behind.
    let mut text = Zeroizing::new(String::with_capacity(encoded().map(str::len).sum()));
    text.extend(encoded());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The references of the table: written so in the text, but longer and full of URLs' characters.
    fn judge(template: &str) -> Vec<bool> {
        let reference = "{{resolve:secretsmanager:a/b@c://d@e:SecretString:k}}";
        let (mut text, mut references) = (String::new(), Vec::new());
        for (nth, part) in template.split("REF").enumerate() {
            if nth > 0 {
                references.push(text.len()..text.len() + reference.len());
                text.push_str(reference);
            }
            text.push_str(part);
        }
        in_userinfo(&text, &references)
    }

    #[test]
    fn where_references_stand() {
        let no: [bool; 0] = [];
        for (template, expected) in [
            ("postgresql://REF:REF@host/db", &[true, true][..]),
            ("postgresql://user:REF@host/db", &[true]),
            ("https://REF@host", &[true]),
            ("https://REF@host:REF/REF?k=REF#REF", &[true, false, false, false, false]),
            ("mongodb+srv://u:REF@cluster.example/db", &[true]),
            ("jdbc:postgresql://u:REF@host/db", &[true]),
            ("DATABASE_URL=redis://:REF@host:6379/0", &[true]),
            // Parts of a password, and one with an `@` of its own before it.
            ("amqp://REF:pre-REF-post@host", &[true, true]),
            ("amqp://u:p@REF@host", &[true]),
            // No user information.
            ("https://REF/path", &[false]),
            ("https://REF:443", &[false]),
            ("https://host/REF@v2", &[false]),
            ("https://host?user=REF@x", &[false]),
            ("https://host#REF@x", &[false]),
            ("https://user@REF/x", &[false]),
            ("https://host\\REF@x", &[false]),
            ("user:REF@host", &[false]),
            ("://REF@host", &[false]),
            ("REF://user@host", &[false]),
            ("REF", &[false]),
            ("no reference", &no),
            // Texts around URLs.
            ("curl 'https://host' REF@x", &[false]),
            ("\"https://h\"REF@x `https://h`REF@x <https://h>REF@x", &[false, false, false]),
            ("a://REF@h,b://REF@h c://h/REF d://u:REF@h", &[true, true, false, true]),
        ] {
            assert_eq!(judge(template), expected, "{template}");
        }
    }

    #[test]
    fn encoded_values() {
        for (value, expected) in [
            ("aZ09-._~", "aZ09-._~"),
            ("p@ss:w/ord", "p%40ss%3Aw%2Ford"),
            ("100% é\n", "100%25%20%C3%A9%0A"),
            ("", ""),
        ] {
            assert_eq!(encode(value).as_str(), expected);
        }
    }

    #[test]
    fn an_encoded_value_keeps_the_host() {
        for value in ["a@evil.example/", "x#y?z", "\\@evil.example", "%40", "[::1]@e", "🔑"] {
            let url = url::Url::parse(&format!("postgresql://u:{}@host/db", encode(value).as_str()))
                .expect("a URL");
            assert_eq!(url.host_str(), Some("host"), "{value}");
            let password = percent_encoding::percent_decode_str(url.password().unwrap_or_default());
            assert_eq!(password.decode_utf8_lossy(), value);
        }
    }
}
