//! How a reference, or any text, is written in each place of a script.
//!
//! The rules are POSIX's ("Shell Command Language", 2.2 Quoting, 2.6.2 Parameter Expansion, 2.7.4 Here-Document).
//! Where it leaves something open, what is written is read alike by bash, dash, ksh93, mksh, zsh and busybox, or
//! it is not written.

use zeroize::Zeroizing;

use super::Refused;
use super::text::Quote;

/// Where a reference stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In a word, without quotes.
    Bare,
    /// In `"…"`.
    Double,
    /// In `'…'`.
    Single,
    /// In `$'…'`.
    Ansi,
    /// In a here-document that is expanded.
    Here,
    /// In a here-document that is not.
    ExactHere,
    /// In the word of `"${v:-word}"`.
    OperandInDouble,
    /// In the word of `${v:-word}` in a here-document.
    OperandInHere,
    /// In the pattern of `${v#pattern}`, in double quotes or not.
    Pattern,
    /// In the replacement of `${v/pattern/replacement}`, in double quotes or not.
    Replacement,
    /// In a comment: it stays what it is.
    Comment,
}

const SINGLE: &str = "'\\''";

/// The expansion of a variable, written for a place. A comment has none.
pub(super) fn expansion(place: Place, name: &str) -> Option<Zeroizing<String>> {
    let text = match place {
        Place::Bare | Place::Pattern | Place::Replacement => format!("\"${{{name}}}\""),
        Place::Double | Place::Here | Place::ExactHere | Place::OperandInDouble | Place::OperandInHere => {
            format!("${{{name}}}")
        }
        Place::Single => format!("'\"${{{name}}}\"'"),
        Place::Ansi => format!("'\"${{{name}}}\"$'"),
        Place::Comment => return None,
    };
    Some(Zeroizing::new(text))
}

/// A value, written for a place. A comment has none.
pub(super) fn value(place: Place, value: &str) -> Result<Option<Zeroizing<String>>, String> {
    Ok(Some(match place {
        Place::Bare => apart(&wrapped("'", &escape(value, Quote::Single), "'"), "''"),
        Place::Double => apart(&escape(value, Quote::Double), "\"\""),
        Place::Single => apart(&escape(value, Quote::Single), "''"),
        Place::Here => escape(value, Quote::Here),
        Place::ExactHere => escape(value, Quote::Exact),
        // Out of the quotes, so that `\x4` before it does not go on in it.
        Place::Ansi => wrapped("''", &apart(&escape(value, Quote::Single), "''"), "'$'"),
        // An apostrophe there begins a quotation in bash and ksh, and is a character in the others.
        Place::OperandInDouble if value.contains('\'') => {
            return Err("a value with an apostrophe cannot be written within \"${…}\", which shells read \
                        differently: assign the reference to a variable first (v='…') and write \"${…:-$v}\"."
                .into());
        }
        Place::OperandInDouble => replaced(value, |char| match char {
            '\\' | '$' | '"' | '`' | '}' => Some(true),
            _ => None,
        }),
        // Every character by itself: zsh knows no apostrophes there.
        Place::Pattern => replaced(value, |char| {
            (char.is_ascii_punctuation() || matches!(char, ' ' | '\t')).then_some(true)
        }),
        Place::OperandInHere | Place::Replacement => {
            return Err(
                "shells read quoted text in this place of \"${…}\" differently, so no value can be written \
                        there: assign the reference to a variable first (v='…') and write $v in its place."
                    .into(),
            );
        }
        Place::Comment => return Ok(None),
    }))
}

/// Text, written so that the quoting gives it back exactly.
pub(super) fn escape(text: &str, quote: Quote) -> Zeroizing<String> {
    match quote {
        Quote::Exact => Zeroizing::new(text.to_owned()),
        Quote::Bare if text.is_empty() => Zeroizing::default(),
        Quote::Bare => wrapped("'", &escape(text, Quote::Single), "'"),
        Quote::Single => replaced(text, |char| (char == '\'').then_some(false)),
        Quote::Ansi => replaced(text, |char| matches!(char, '\\' | '\'').then_some(true)),
        Quote::Double => replaced(text, |char| matches!(char, '\\' | '"' | '$' | '`').then_some(true)),
        Quote::Here => replaced(text, |char| matches!(char, '\\' | '$' | '`').then_some(true)),
        Quote::Backtick => replaced(text, |char| matches!(char, '\\' | '`').then_some(true)),
    }
}

/// Text between two others.
fn wrapped(before: &str, text: &str, after: &str) -> Zeroizing<String> {
    let mut whole = Zeroizing::new(String::with_capacity(before.len() + text.len() + after.len()));
    whole.extend([before, text, after]);
    whole
}

/// Quoted text in which no newline follows a backslash: the quotation ends and begins again between them. Shells
/// take that pair out of a here-document even where it stands in single quotes, in a substitution.
fn apart(quoted: &str, between: &str) -> Zeroizing<String> {
    let pairs = quoted.matches("\\\n").count();
    let mut written = Zeroizing::new(String::with_capacity(quoted.len() + pairs * between.len()));
    for (nth, part) in quoted.split("\\\n").enumerate() {
        if nth > 0 {
            written.extend(["\\", between, "\n"]);
        }
        written.push_str(part);
    }
    written
}

/// Text in which some characters get a backslash (true) or leave their single quotes (false).
///
/// The room is made beforehand: a string that grows leaves copies of its beginning behind.
fn replaced(text: &str, how: impl Fn(char) -> Option<bool>) -> Zeroizing<String> {
    let more: usize =
        text.chars().filter_map(&how).map(|backslash| if backslash { 1 } else { SINGLE.len() }).sum();
    let mut written = Zeroizing::new(String::with_capacity(text.len() + more));
    for char in text.chars() {
        match how(char) {
            Some(true) => written.extend(['\\', char]),
            Some(false) => written.push_str(SINGLE),
            None => written.push(char),
        }
    }
    written
}

/// What a value may not hold wherever it goes.
pub(super) fn check(number: usize, value: &str) -> Result<(), Refused> {
    if value.contains('\0') {
        return Err(Refused::at(
            number,
            "the value holds a NUL byte, which no command line or environment can: pass it in a file.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        for (place, expanded, pasted) in [
            (Place::Bare, r#""${N}""#, r#"'a'\''b"$`\'"#),
            (Place::Double, "${N}", r#"a'b\"\$\`\\"#),
            (Place::Single, r#"'"${N}"'"#, r#"a'\''b"$`\"#),
            (Place::Ansi, r#"'"${N}"$'"#, r#"''a'\''b"$`\'$'"#),
            (Place::Here, "${N}", r#"a'b"\$\`\\"#),
            (Place::ExactHere, "${N}", r#"a'b"$`\"#),
            (Place::Pattern, r#""${N}""#, r#"a\'b\"\$\`\\"#),
        ] {
            assert_eq!(expansion(place, "N").expect("text").as_str(), expanded, "{place:?}");
            let written = value(place, "a'b\"$`\\").expect("can be written").expect("text");
            assert_eq!(written.as_str(), pasted, "{place:?}");
        }
        assert_eq!(value(Place::OperandInDouble, "a}$").unwrap().unwrap().as_str(), r"a\}\$");
        for place in [Place::OperandInDouble, Place::OperandInHere, Place::Replacement] {
            assert!(value(place, "it's").is_err(), "{place:?}");
        }
    }

    #[test]
    fn no_value_is_longer_than_the_room_made_for_it() {
        let value = "'\\\"$`".repeat(100);
        for quote in [Quote::Bare, Quote::Double, Quote::Single, Quote::Ansi, Quote::Here, Quote::Backtick] {
            let written = escape(&value, quote);
            assert_eq!(written.len(), written.trim_end().len());
            assert!(written.capacity() <= 4 * value.len() + 2, "{quote:?}");
        }
    }
}
