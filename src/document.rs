//! TOML documents that people write, and what is wrong with one, so that they can mend it.

use std::fmt;

use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// What is wrong with a document, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The document's path, as it is shown.
    pub file: String,
    /// The line, from 1; None where the whole document is meant.
    pub place: Option<Place>,
    /// What is wrong, without a full stop.
    pub message: String,
    /// What to do about it.
    pub mend: Option<String>,
}

/// A place in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column, in characters from 1.
    pub column: usize,
    /// The line's text.
    pub text: String,
    /// How many characters of it are meant.
    pub width: usize,
}

impl Fault {
    /// A fault of a whole document.
    pub fn of_file(file: &str, message: impl Into<String>, mend: Option<String>) -> Fault {
        Fault { file: file.to_owned(), place: None, message: message.into(), mend }
    }

    /// In one line: `rules.toml:3:8: unknown variant …`.
    pub fn in_a_line(&self) -> String {
        match &self.place {
            Some(place) => format!("{}:{}:{}: {}", self.file, place.line, place.column, self.message),
            None => format!("{}: {}", self.file, self.message),
        }
    }
}

/// The fault with its line and what to do about it.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.in_a_line())?;
        if let Some(Place { line, column, text, width }) = &self.place {
            let (number, gap) = (line.to_string(), " ".repeat(line.to_string().len()));
            let before: String =
                text.chars().take(column - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            let mark = "^".repeat((*width).max(1));
            write!(f, "\n {gap} |\n {number} | {text}\n {gap} | {before}{mark}")?;
        }
        match &self.mend {
            Some(mend) => write!(f, "\n  mend: {mend}"),
            None => Ok(()),
        }
    }
}

/// Where a range of a document's bytes begins.
pub fn place(text: &str, span: std::ops::Range<usize>) -> Place {
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let line = text[line_start..line_end].trim_end_matches('\r');
    let meant = text.get(start..span.end.clamp(start, line_end)).unwrap_or_default();
    Place {
        line: text[..start].matches('\n').count() + 1,
        column: text[line_start..start].chars().count() + 1,
        text: line.to_owned(),
        width: meant.trim_end().chars().count(),
    }
}

/// Reads a document.
///
/// # Errors
/// When it is no TOML, or does not say what `T` wants.
pub fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, Box<Fault>> {
    toml::from_str(text).map_err(|error| fault(file, text, &error))
}

/// A document's entries, each read by itself, so that what is wrong with one leaves the others.
#[derive(Debug)]
pub struct Toml<'t> {
    file: &'t str,
    text: &'t str,
    table: DeTable<'t>,
}

/// An entry and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<T> {
    /// What it says.
    pub value: T,
    /// The line on which it begins, from 1.
    pub line: usize,
}

impl<'t> Toml<'t> {
    /// Reads a document as far as its syntax goes.
    ///
    /// # Errors
    /// When it is no TOML.
    pub fn parse(file: &'t str, text: &'t str) -> Result<Toml<'t>, Box<Fault>> {
        match DeTable::parse(text) {
            Ok(table) => Ok(Toml { file, text, table: table.into_inner() }),
            Err(error) => Err(fault(file, text, &error)),
        }
    }

    /// The entries under a key, whether it holds one or a list, and what is wrong with those that do not read.
    pub fn entries<T: DeserializeOwned>(&self, key: &str, faults: &mut Vec<Fault>) -> Vec<Entry<T>> {
        let Some(value) = self.table.get(key) else { return Vec::new() };
        let items = match value.get_ref() {
            DeValue::Array(items) => items.iter().collect(),
            _ => vec![value],
        };
        let mut entries = Vec::with_capacity(items.len());
        for item in items {
            let line = place(self.text, item.span()).line;
            match T::deserialize(ValueDeserializer::from(item.clone())) {
                Ok(value) => entries.push(Entry { value, line }),
                Err(error) => faults.push(*fault_in(self.file, self.text, &error, item.span())),
            }
        }
        entries
    }

    /// Whether there is anything under a key.
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// A fault for each key that is none of these.
    pub fn only(&self, known: &[&str], faults: &mut Vec<Fault>) {
        for key in self.table.keys() {
            if !known.contains(&key.get_ref().as_ref()) {
                let list = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                let message = format!("unknown field `{}`, expected one of {list}", key.get_ref());
                let mend = mend(&message);
                let place = Some(place(self.text, key.span()));
                faults.push(Fault { file: self.file.to_owned(), place, message, mend });
            }
        }
    }
}

fn fault(file: &str, text: &str, error: &toml::de::Error) -> Box<Fault> {
    fault_in(file, text, error, 0..0)
}

/// What a parser complains of; `within` is where the place it does not say may be found.
fn fault_in(file: &str, text: &str, error: &toml::de::Error, within: std::ops::Range<usize>) -> Box<Fault> {
    let message = error.message().lines().next().unwrap_or_default().trim_end_matches('.').to_owned();
    let mend = mend(&message);
    let place = Some(place(text, error.span().unwrap_or(within.start..within.start)));
    Box::new(Fault { file: file.to_owned(), place, message, mend })
}

/// What to do about a parser's complaint.
fn mend(message: &str) -> Option<String> {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    if message.starts_with("unknown field") || message.starts_with("unknown variant") {
        let (given, known) = quoted.split_first()?;
        let near = known
            .iter()
            .map(|name| (strsim::damerau_levenshtein(given, name), name))
            .min()
            .filter(|(distance, _)| *distance <= 2.max(given.len() / 3));
        return Some(match near {
            Some((_, name)) => format!("write `{name}`"),
            None => format!("write one of: {}", known.join(", ")),
        });
    }
    if message.starts_with("missing field") {
        return Some(format!("add `{} = …`", quoted.first()?));
    }
    if message.starts_with("duplicate key") {
        return Some("keep one of the two".to_owned());
    }
    let (_, expected) = message.rsplit_once("expected ")?;
    if message.starts_with("invalid type: string") && expected.contains("a sequence") {
        return Some("put it in brackets".to_owned());
    }
    let a_text = message.starts_with("invalid type") && expected.contains("string");
    a_text.then(|| "put it in quotes".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Sample {
        name: String,
        #[serde(default)]
        size: u32,
    }

    #[test]
    fn a_fault_shows_its_line_and_a_mend() {
        let shown = |text: &str| read::<Sample>("a.toml", text).unwrap_err().to_string();
        assert_eq!(
            shown("name = \"é\"\nsise = 3\n"),
            "a.toml:2:1: unknown field `sise`, expected `name` or `size`\n   |\n 2 | sise = 3\n   | ^^^^\n  mend: write `size`"
        );
        assert_eq!(
            shown("name = 3\n"),
            "a.toml:1:8: invalid type: integer `3`, expected a string\n   |\n 1 | name = 3\n   |        ^\n  mend: put it in quotes"
        );
        assert!(shown("size = 3\n").contains("missing field `name`"));
        assert!(shown("size = 3\n").ends_with("mend: add `name = …`"));
        let text = "sample = [{ name = \"a\" }, { nam = 1 }, { name = \"b\" }]\nother = 1\n";
        let (mut faults, document) = (Vec::new(), Toml::parse("a.toml", text).unwrap());
        let names = document.entries::<Sample>("sample", &mut faults);
        assert_eq!(names.iter().map(|entry| entry.value.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        document.only(&["sample"], &mut faults);
        let told: Vec<String> = faults.iter().map(Fault::in_a_line).collect();
        assert!(told[0].starts_with("a.toml:1:29: unknown field `nam`"), "{told:?}");
        assert!(told[1].starts_with("a.toml:2:1: unknown field `other`"), "{told:?}");
        assert!(shown("name = \"a\n").starts_with("a.toml:1:"), "{}", shown("name = \"a\n"));
    }
}
