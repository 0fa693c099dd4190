//! A resolved value on its way: the reference it came from, written in an alphabet of its own.
//!
//! What a value is cannot be known, but where it goes can. Inside asm-exec each reference becomes its *veiled*
//! form, the same characters moved to a plane that no text uses (Unicode, Supplementary Private Use Area-B). It
//! flows like any text: through variables, quotes, pipes and files. A part of it, reversed or in capitals, is still
//! seen for what it is, no shell takes it for syntax, and a reference that is only text is never mistaken for it.
//!
//! What leaves asm-exec has been masked: the text is the reference again. It keeps a second alphabet, so that a
//! program that shows it is told from one that waits for the value in vain.

use super::reference::START;
use crate::value::{Piece, Text, Value};

/// Where ASCII is moved to for a value.
const RESOLVED: u32 = 0x0010_E000;
/// Where it is moved to for a value that was masked.
const MASKED: u32 = 0x0010_E100;
/// The first byte, in UTF-8, of every character of both alphabets.
const LEAD: u8 = 0xF4;

fn moved(text: &str, to: u32) -> String {
    text.chars().map(|c| if c.is_ascii() { char::from_u32(to + c as u32).unwrap_or(c) } else { c }).collect()
}

/// The character that a veiled one stands for.
fn ascii(c: char, from: u32) -> Option<char> {
    (c as u32).checked_sub(from).filter(|code| *code < 0x80).and_then(char::from_u32)
}

fn has(text: &str, is: impl Fn(char) -> bool) -> bool {
    text.as_bytes().contains(&LEAD) && text.chars().any(is)
}

fn in_text(text: &Text, is: impl Fn(char) -> bool) -> bool {
    match text {
        Text::Literal(text) => has(text, is),
        Text::Mixed(pieces) => pieces.iter().any(|piece| match piece {
            Piece::Literal(text) | Piece::Glob(text) => has(text, &is),
            // `part of …`: an operation on a value whose result is not known.
            Piece::Unknown(unknown) => has(&unknown.what, &is),
        }),
    }
}

/// A text that stands for a value which is known as `what`.
pub(super) fn value(what: &str) -> String {
    moved(what, RESOLVED)
}

/// The text with every reference in it, and every masked value, as the value that asm-exec puts there.
pub(super) fn resolved(text: Text) -> Text {
    text.map_literals(|literal| {
        let mut out = String::with_capacity(literal.len());
        let mut rest = literal;
        while let Some(at) = rest.find(START) {
            let end = rest[at..].find("}}").map_or(rest.len(), |end| at + end + 2);
            out.push_str(&rest[..at]);
            out.push_str(&moved(&rest[at..end], RESOLVED));
            rest = &rest[end..];
        }
        out.push_str(rest);
        out.chars()
            .map(|c| ascii(c, MASKED).and_then(|c| char::from_u32(RESOLVED + c as u32)).unwrap_or(c))
            .collect()
    })
}

/// The text with its values masked, as asm-exec hands it on.
pub(super) fn masked(text: Text) -> Text {
    let mask = |literal: &str| {
        let mask = |c| ascii(c, RESOLVED).and_then(|c| char::from_u32(MASKED + c as u32)).unwrap_or(c);
        literal.chars().map(mask).collect()
    };
    text.map_literals(mask)
}

/// Whether a value, masked or not, is in a text, or a part of one.
pub(super) fn is_in(text: &Text) -> bool {
    in_text(text, |c| ascii(c, RESOLVED).or(ascii(c, MASKED)).is_some())
}

/// Whether a masked value is in a text.
pub(super) fn is_masked(text: &Text) -> bool {
    in_text(text, |c| ascii(c, MASKED).is_some())
}

/// Whether a value is in any alternative.
pub(super) fn is_in_value(value: &Value) -> bool {
    value.alternatives().iter().any(is_in)
}

/// What a person reads: values as the references they came from.
pub(super) fn shown(text: &str) -> String {
    if !text.as_bytes().contains(&LEAD) {
        return text.to_owned();
    }
    text.chars().map(|c| ascii(c, RESOLVED).or(ascii(c, MASKED)).unwrap_or(c)).collect()
}

/// The same of a text.
pub(super) fn lifted(text: Text) -> Text {
    if is_in(&text) { text.map_literals(shown) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_seen_in_parts_and_read_back() {
        let reference = "{{resolve:secretsmanager:prod/db:SecretString:password}}";
        let text = resolved(Text::from(format!("a={reference}&b={reference} {{{{resolve:ssm:x}}}}")));
        let veiled = text.literal().unwrap();
        assert_eq!(shown(veiled), format!("a={reference}&b={reference} {{{{resolve:ssm:x}}}}"));
        assert!(veiled.contains("{{resolve:ssm:x}}"), "CloudFormation's own are text");
        for part in [veiled.chars().rev().collect(), veiled[2..10].to_owned(), veiled.to_uppercase()] {
            assert!(is_in(&Text::from(part.as_str())), "{part}");
        }
        assert!(!is_in(&Text::from(reference)) && !is_in(&Text::from("\u{f0001}é")));
    }

    #[test]
    fn a_masked_value_is_one_again_once_it_is_resolved() {
        let value = resolved(Text::from("{{resolve:secretsmanager:a}}"));
        let mask = masked(value.clone());
        assert!(is_masked(&mask) && !is_masked(&value) && is_in(&mask));
        assert_eq!(resolved(mask), value);
    }
}
