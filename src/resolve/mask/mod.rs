//! Masking: a command's output with every resolved value replaced by the reference it came from.
//!
//! In: the values with their references, and what the command writes. Out: the same bytes, where
//! `{{resolve:secretsmanager:db:SecretString:password}}` stands in the place of a value, also of its base64, its
//! hex, and the other spellings that programs print.
//!
//! ```text
//! values ─► forms (with escape: how programs spell a text) ─► matcher
//!                                                                │
//! child's pipe ─► copy ─────────────────────────────────────► filter ─► our stdout or stderr
//! ```
//!
//! Masking keeps values out of logs and transcripts that a well-meaning command would fill with them. It does not
//! hold back a command that means to tell a value: that one can spell it as it likes.

mod copy;
mod escape;
mod filter;
mod forms;
mod matcher;
mod source;

pub use copy::{LONGEST_DELAY, copy};
pub use filter::Filter;

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use matcher::Matcher;

/// Shorter values are not masked, and of no form is a shorter piece: in ordinary output three given characters
/// stand everywhere, and to replace them everywhere would spoil it and tell them besides.
const SHORTEST: usize = 4;

/// Words that stand in ordinary output whatever the secrets are: the literals of data formats, and the names that
/// accounts, databases and hosts have by default. To mask them would spoil the output, and tell where it does that
/// a secret holds them. Compared without regard to case.
const COMMON: &[&str] = &[
    "admin",
    "default",
    "false",
    "localhost",
    "mysql",
    "none",
    "null",
    "postgres",
    "root",
    "true",
    "undefined",
    "user",
];

/// What is masked in the output of one run. Shared by the filters of stdout and stderr; `Debug` shows no value.
pub struct Masks {
    matcher: Matcher,
    labels: Vec<String>,
}

/// A value that is not masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmasked {
    /// The reference it came from.
    pub label: String,
    /// Why it is not masked.
    pub why: Why,
}

/// Why a value is not masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It has fewer than four bytes.
    Short,
    /// Ordinary output is full of it.
    Common,
}

impl fmt::Display for Unmasked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.why {
            Why::Short => "it is shorter than 4 bytes",
            Why::Common => "it is a word that ordinary output holds",
        };
        write!(f, "the value of {} is not masked in the output: {why}", self.label)
    }
}

impl Masks {
    /// What masks these values, each by its label, and which of them it leaves alone. Of two references to one value
    /// the first names it. `never` are further words that are not masked, such as the user's own name.
    pub fn new<'v>(
        values: impl IntoIterator<Item = (&'v SecretString, &'v str)>,
        never: &[&str],
    ) -> (Masks, Vec<Unmasked>) {
        let (mut forms, mut labels, mut unmasked) = (Vec::new(), Vec::new(), Vec::new());
        for (value, label) in values {
            let value = value.expose_secret();
            match why_not(value, never) {
                Some(why) => unmasked.push(Unmasked { label: label.to_owned(), why }),
                None => {
                    let number =
                        u32::try_from(labels.len()).expect("no command line holds so many references");
                    forms::add(value, number, &|text| why_not(text, never).is_some(), &mut forms);
                    labels.push(label.to_owned());
                }
            }
        }
        (Masks { matcher: Matcher::new(forms), labels }, unmasked)
    }

    /// Whether there is nothing to mask.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// A text that is complete, such as the message of an error, with every value in it replaced.
    pub fn mask_text(&self, text: &str) -> String {
        let mut out = Vec::with_capacity(text.len());
        let mut filter = Filter::new(self);
        filter.push(text.as_bytes(), &mut out);
        filter.finish(&mut out);
        String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    fn label(&self, number: u32) -> &[u8] {
        self.labels[number as usize].as_bytes()
    }
}

impl fmt::Debug for Masks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Masks").field("labels", &self.labels).finish_non_exhaustive()
    }
}

fn why_not(value: &str, never: &[&str]) -> Option<Why> {
    // Without the newline that files end with: a `true` from a file is still a `true`.
    let word = value.trim();
    if value.len() < SHORTEST {
        Some(Why::Short)
    } else if word.is_empty() || COMMON.iter().chain(never).any(|common| word.eq_ignore_ascii_case(common)) {
        Some(Why::Common)
    } else if word.len() < SHORTEST {
        Some(Why::Short)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masks(values: &[(&str, &str)], never: &[&str]) -> (Masks, Vec<Unmasked>) {
        let secrets: Vec<SecretString> = values.iter().map(|(value, _)| (*value).into()).collect();
        Masks::new(secrets.iter().zip(values.iter().map(|(_, label)| *label)), never)
    }

    #[test]
    fn values_that_are_not_masked() {
        let cases = [
            ("", Some(Why::Short), "nothing"),
            ("abc", Some(Why::Short), "three bytes"),
            ("é1", Some(Why::Short), "three bytes of two characters"),
            ("yes\n", Some(Why::Short), "three, but for the newline that a file ends with"),
            ("    ", Some(Why::Common), "blanks are in every output"),
            ("true", Some(Why::Common), "a literal"),
            ("NULL", Some(Why::Common), "also in capitals"),
            ("true\n", Some(Why::Common), "as a file holds it"),
            ("Margaret", Some(Why::Common), "the user's own name"),
            ("5432", None, "a port of four digits: unusual enough, and may be a PIN"),
            ("true!", None, "more than the word"),
            ("hunter2", None, "a value"),
        ];
        for (value, why, reason) in cases {
            let (masks, unmasked) = masks(&[(value, "{{r}}")], &["margaret"]);
            assert_eq!(unmasked.first().map(|one| one.why), why, "{reason}");
            assert_eq!(masks.is_empty(), why.is_some(), "{reason}");
            let output = format!("<{value}>");
            let expected = if why.is_some() { output.clone() } else { "<{{r}}>".to_owned() };
            assert_eq!(masks.mask_text(&output), expected, "{reason}");
        }
    }

    #[test]
    fn a_warning_names_the_reference_and_not_the_value() {
        let (_, unmasked) =
            masks(&[("Margaret", "{{resolve:secretsmanager:u}}"), ("q7!", "{{r2}}")], &["margaret"]);
        let said: Vec<String> = unmasked.iter().map(Unmasked::to_string).collect();
        assert_eq!(
            said,
            [
                "the value of {{resolve:secretsmanager:u}} is not masked in the output: \
                 it is a word that ordinary output holds",
                "the value of {{r2}} is not masked in the output: it is shorter than 4 bytes",
            ]
        );
    }

    #[test]
    fn debug_shows_no_value() {
        let (masks, _) = masks(&[("hunter2-hunter2", "{{r}}")], &[]);
        assert_eq!(format!("{masks:?}"), r#"Masks { labels: ["{{r}}"], .. }"#);
    }

    #[test]
    fn texts_are_masked() {
        let (masks, _) =
            masks(&[("s3cr3t-w0rd", "{{a}}"), ("s3cr3t-w0rd", "{{b}}"), ("päss wörd", "{{ü}}")], &[]);
        let cases = [
            ("nothing in it", "nothing in it"),
            ("", ""),
            ("a s3cr3t-w0rd, twice: s3cr3t-w0rds3cr3t-w0rd", "a {{a}}, twice: {{a}}{{a}}"),
            ("cannot connect with päss wörd: ö", "cannot connect with {{ü}}: ö"),
            ("cut off at s3cr3t-w0", "cut off at {{a}}"),
            ("cut off at s3c", "cut off at s3c"),
        ];
        for (text, expected) in cases {
            assert_eq!(masks.mask_text(text), expected);
        }
    }
}
