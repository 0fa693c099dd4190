//! awk's record and its fields.

use regex::Regex;

use crate::shell::filters::regex::{Style, compile};

/// How a text is split.
pub(super) enum Separator {
    /// At blanks, those at the ends dropped.
    Blanks,
    Letter(char),
    Pattern(Box<Regex>),
}

impl Separator {
    /// The separator that `FS`, or the last argument of `split`, stands for.
    pub(super) fn of(text: &str) -> Option<Separator> {
        let mut letters = text.chars();
        match (letters.next(), letters.next()) {
            (Some(' '), None) => Some(Separator::Blanks),
            // A letter each, to some.
            (None, _) => None,
            (Some('\\'), None) => None,
            (Some(letter), None) => Some(Separator::Letter(letter)),
            _ => {
                let style = Style { extended: true, awk: true, ..Style::default() };
                let regex = compile(text, style)?;
                // What matches nothing parts nothing, in ways of its own.
                if regex.is_match("") { None } else { Some(Separator::Pattern(Box::new(regex))) }
            }
        }
    }

    pub(super) fn split(&self, text: &str) -> Vec<String> {
        if text.is_empty() {
            return Vec::new();
        }
        match self {
            Separator::Blanks => {
                text.split([' ', '\t', '\n']).filter(|field| !field.is_empty()).map(str::to_owned).collect()
            }
            Separator::Letter(letter) => text.split(*letter).map(str::to_owned).collect(),
            Separator::Pattern(regex) => regex.split(text).map(str::to_owned).collect(),
        }
    }
}

/// The current record.
#[derive(Default)]
pub(super) struct Record {
    text: String,
    fields: Vec<String>,
}

/// More fields than this are not made.
const MAX_FIELDS: usize = 10_000;

impl Record {
    pub(super) fn set(&mut self, text: String, separator: &Separator) {
        self.fields = separator.split(&text);
        self.text = text;
    }

    pub(super) fn get(&self, index: usize) -> Option<&str> {
        if index == 0 { Some(&self.text) } else { self.fields.get(index - 1).map(String::as_str) }
    }

    pub(super) fn count(&self) -> usize {
        self.fields.len()
    }

    pub(super) fn set_field(&mut self, index: usize, text: String, between: &str) -> Option<()> {
        if index > MAX_FIELDS {
            return None;
        }
        if self.fields.len() < index {
            self.fields.resize(index, String::new());
        }
        self.fields[index - 1] = text;
        self.text = self.fields.join(between);
        Some(())
    }

    pub(super) fn set_count(&mut self, count: usize, between: &str) -> Option<()> {
        if count > MAX_FIELDS {
            return None;
        }
        self.fields.resize(count, String::new());
        self.text = self.fields.join(between);
        Some(())
    }
}

/// The first record of a text, and how much of the text it takes.
pub(super) fn one_record<'t>(text: &'t str, separator: &str) -> Option<(&'t str, usize)> {
    let mut letters = separator.chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else { return None };
    Some(match text.find(letter) {
        Some(end) => (&text[..end], end + letter.len_utf8()),
        // The end of the last line is no part of the last record where lines are not the records, either; but
        // that is kept by all.
        None => (text, text.len()),
    })
}
