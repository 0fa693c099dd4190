//! What rule files add to what is known, in the form in which a hook looks it up: of a thousand entries it reads those for
//! the name at hand.

use serde::{Deserialize, Serialize};

use super::{Kind, table};
use crate::shell::pattern;

/// An entry that a rule file adds.
#[derive(Debug, Clone, PartialEq)]
pub struct Addition {
    /// What it is an entry of.
    pub kind: Kind,
    /// The names that it is looked up by: of programs, tools, variables, images, operations.
    pub names: Vec<String>,
    /// What it says, as a built-in entry of its kind says it.
    pub json: serde_json::Value,
}

impl Addition {
    /// Those of its names under which the same is built in.
    pub fn built_in(&self) -> impl Iterator<Item = &String> {
        self.names.iter().filter(|name| table::says_the_same(self, name))
    }
}

/// Entries that rule files add, indexed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Added {
    /// Rows for names, sorted by them.
    names: Span,
    /// Rows for names that are patterns, as they were written.
    patterns: Span,
    /// Whether an entry says that a program changes files.
    pub(super) writers: bool,
    /// The entries, a line of JSON each, and the rows that lead to them: the name, where the line begins and ends, and
    /// whether a user says so, with tabs between.
    #[serde(skip)]
    pub text: String,
}

/// Where something begins and ends.
type Span = (u32, u32);

/// What a row leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row<'a> {
    /// The entry; None where the row does not read.
    pub json: Option<&'a str>,
    /// Whether a user says so, and not who manages the machine.
    pub is_users: bool,
}

impl Added {
    /// Indexes entries, each with whether a user says so; None where there are none.
    pub fn new<'a>(additions: impl Iterator<Item = (&'a Addition, bool)>) -> Option<Added> {
        let mut added = Added::default();
        let (mut names, mut patterns) = (Vec::new(), Vec::new());
        for (Addition { kind, names: of, json }, is_users) in additions {
            let (start, end) = added.line(&kind.line(json));
            added.writers |= *kind == Kind::Writer;
            for name in of {
                let key = kind.key(name);
                let row = format!("{key}\t{start}\t{end}\t{}", u8::from(is_users));
                if is_pattern(name) { patterns.push(row) } else { names.push((key, row)) }
            }
        }
        if names.is_empty() && patterns.is_empty() {
            return None;
        }
        // Of one name the entries stay in the order in which they were written.
        names.sort_by(|(one, _), (other, _)| one.cmp(other));
        added.names = added.rows_of(names.iter().map(|(_, row)| row));
        added.patterns = added.rows_of(patterns.iter());
        Some(added)
    }

    /// The same with its text, which is kept beside it.
    pub fn with_text(self, text: String) -> Added {
        Added { text, ..self }
    }

    fn rows_of<'r>(&mut self, rows: impl Iterator<Item = &'r String>) -> Span {
        let start = place(&self.text);
        for row in rows {
            self.line(row);
        }
        (start, place(&self.text))
    }

    fn line(&mut self, line: &str) -> Span {
        let start = place(&self.text);
        self.text.push_str(line);
        let end = place(&self.text);
        self.text.push('\n');
        (start, end)
    }

    /// The rows of a key: those of that name, and those whose pattern it is.
    pub(super) fn rows(&self, key: &str) -> Vec<Row<'_>> {
        let block = self.block(self.names);
        let exact = block[first_at_least(block, key)..].lines().map(parts).take_while(|row| row.0 == key);
        let fitting = self.block(self.patterns).lines().map(parts).filter(|row| pattern::matches(row.0, key));
        exact.chain(fitting).map(|row| self.row(row)).collect()
    }

    /// The rows of every key that `fits`.
    pub(super) fn rows_where(&self, fits: impl Fn(&str) -> bool) -> Vec<Row<'_>> {
        self.all().filter(|row| fits(row.0)).map(|row| self.row(row)).collect()
    }

    /// Every name under which there is something, as a key.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.block(self.names).lines().map(|line| parts(line).0)
    }

    fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        let blocks = [self.names, self.patterns].into_iter();
        blocks.flat_map(|span| self.block(span).lines()).map(parts)
    }

    fn block(&self, (start, end): Span) -> &str {
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    fn row(&self, (_, rest): (&str, &str)) -> Row<'_> {
        let mut numbers = rest.split('\t').map(|part| part.parse::<usize>().ok());
        let mut next = || numbers.next().flatten();
        let (start, end, users) = (next(), next(), next());
        let json = start.zip(end).and_then(|(start, end)| self.text.get(start..end));
        Row { json, is_users: users != Some(0) }
    }
}

/// Whether a name stands for several.
pub fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '['])
}

fn place(text: &str) -> u32 {
    u32::try_from(text.len()).expect("files are bounded")
}

/// A row's name, and the rest of it.
fn parts(line: &str) -> (&str, &str) {
    line.split_once('\t').unwrap_or((line, ""))
}

/// Where the first line of sorted rows begins whose name is not below a key.
fn first_at_least(block: &str, key: &str) -> usize {
    let bytes = block.as_bytes();
    let (mut low, mut high) = (0, block.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = bytes[low..middle].iter().rposition(|c| *c == b'\n').map_or(low, |at| low + at + 1);
        let end = bytes[middle..high].iter().position(|c| *c == b'\n').map_or(high, |at| middle + at);
        let name = bytes[start..end].split(|c| *c == b'\t').next().unwrap_or_default();
        if name < key.as_bytes() { low = (end + 1).min(high) } else { high = start }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapper(names: &[&str], inner: &str) -> Addition {
        Addition {
            kind: Kind::Wrapper,
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            json: serde_json::json!({ "inner": inner }),
        }
    }

    #[test]
    fn entries_are_found_by_name_and_by_pattern() {
        let many: Vec<Addition> =
            (0..1000).map(|n| wrapper(&[&format!("run-{n}")], &format!("{n}"))).collect();
        let more =
            [wrapper(&["run-7", "b"], "again"), wrapper(&["corp-*"], "any"), wrapper(&["é"], "letter")];
        let added = Added::new(many.iter().chain(&more).map(|addition| (addition, addition.names.len() > 1)));
        let added = added.expect("some");
        // What is kept of it is what it says.
        let kept: Added = serde_json::from_str(&serde_json::to_string(&added).unwrap()).unwrap();
        let kept = Added { text: added.text.clone(), ..kept };
        let found = |name: &str| -> Vec<String> {
            let rows = kept.rows(&Kind::Wrapper.key(name));
            rows.iter().map(|row| format!("{} {}", row.json.unwrap_or_default(), row.is_users)).collect()
        };
        for n in 0..1000 {
            assert_eq!(found(&format!("run-{n}")).len(), if n == 7 { 2 } else { 1 }, "{n}");
        }
        assert_eq!(
            found("run-7"),
            [r#"{"wrapper":{"inner":"7"}} false"#, r#"{"wrapper":{"inner":"again"}} true"#]
        );
        assert_eq!(found("corp-x"), [r#"{"wrapper":{"inner":"any"}} false"#]);
        assert_eq!((found("é").len(), found("b").len()), (1, 1));
        for none in ["", "a", "run-", "run-1000", "run-77x", "zz", "wrapper"] {
            assert_eq!(found(none), Vec::<String>::new(), "{none}");
        }
        assert!(Added::new([].into_iter()).is_none());
    }

    #[test]
    fn what_is_cut_off_is_not_read() {
        let whole = Added::new([(&wrapper(&["a", "b", "c*"], "rest"), true)].into_iter()).unwrap();
        for cut in 0..whole.text.len() {
            let added = Added { text: whole.text[..cut].to_owned(), ..whole.clone() };
            assert!(added.rows("program a").iter().all(|row| row.json.is_none() || row.is_users));
        }
        let added = Added { names: (0, whole.text.len() as u32), ..whole.clone() };
        assert!(added.rows("{\"wrapper\":{\"inner\":\"rest\"}}").iter().all(|row| row.json.is_none()));
    }
}
