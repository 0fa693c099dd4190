//! `read` and `mapfile`: known input becomes variables.

use crate::shell::expand::WORD_PRODUCED;
use crate::shell::run::{Flow, Run, Shell};
use crate::shell::starts::Starts;
use crate::shell::state::{Slot, environment_value};
use crate::value::{Text, Value};

/// What `read` was asked for.
#[derive(Default)]
struct Asked<'a> {
    names: Vec<&'a str>,
    array: Option<&'a str>,
    delimiter: Option<char>,
    count: Option<usize>,
    /// `-N`: delimiters do not end it.
    exactly: bool,
    raw: bool,
    descriptor: Option<&'a str>,
}

impl<'a> Asked<'a> {
    fn read(arguments: &'a [Text]) -> Asked<'a> {
        let mut asked = Asked::default();
        let mut words = arguments.iter().map(Text::literal);
        let mut options = true;
        while let Some(word) = words.next() {
            let Some(word) = word else { continue };
            let letters = match word.strip_prefix('-') {
                Some(letters) if options && !letters.is_empty() => letters,
                _ => {
                    options = false;
                    asked.names.push(word);
                    continue;
                }
            };
            if letters == "-" {
                options = false;
                continue;
            }
            asked.raw |=
                letters.split(['a', 'd', 'i', 'n', 'N', 'p', 't', 'u']).next().unwrap_or("").contains('r');
            // The first letter that takes a value takes what follows it, or the next word.
            let Some(at) = letters.find(|c| "adinNptu".contains(c)) else { continue };
            let attached = &letters[at + 1..];
            let value = if attached.is_empty() { words.next().flatten() } else { Some(attached) };
            match letters.as_bytes()[at] {
                b'a' => asked.array = value,
                b'd' => asked.delimiter = Some(value.and_then(|d| d.chars().next()).unwrap_or('\0')),
                b'n' => asked.count = value.and_then(|n| n.parse().ok()),
                b'N' => {
                    asked.count = value.and_then(|n| n.parse().ok());
                    asked.exactly = true;
                }
                b'u' => asked.descriptor = value,
                _ => {}
            }
        }
        asked
    }
}

/// A character of a line, and whether a backslash quoted it.
type Char = (char, bool);

/// Takes a line from a text: its characters, what is left, and whether its end was found.
fn take_line<'t>(text: &'t str, asked: &Asked<'_>) -> (Vec<Char>, &'t str, bool) {
    let delimiter = asked.delimiter.unwrap_or('\n');
    let mut line = Vec::new();
    let mut chars = text.char_indices();
    loop {
        if asked.count.is_some_and(|count| line.len() >= count) {
            return (line, chars.as_str(), true);
        }
        let Some((_, c)) = chars.next() else { return (line, "", false) };
        match c {
            '\\' if !asked.raw => match chars.next() {
                Some((_, '\n')) => {}
                Some((_, c)) => line.push((c, true)),
                None => return (line, "", false),
            },
            c if c == delimiter && !asked.exactly => return (line, chars.as_str(), true),
            c => line.push((c, false)),
        }
    }
}

/// Splits a line into at most `most` fields; the last takes what is left.
fn split(line: &[Char], ifs: &str, most: usize) -> Vec<String> {
    let blank = |c: &Char| !c.1 && ifs.contains(c.0) && matches!(c.0, ' ' | '\t' | '\n');
    let separator = |c: &Char| !c.1 && ifs.contains(c.0);
    let text = |chars: &[Char]| chars.iter().map(|(c, _)| *c).collect::<String>();
    let skip = |line: &mut &[Char]| {
        while line.first().is_some_and(blank) {
            *line = &line[1..];
        }
    };
    let trimmed = |mut line: &[Char]| -> usize {
        while line.last().is_some_and(blank) {
            line = &line[..line.len() - 1];
        }
        line.len()
    };
    let mut fields = Vec::new();
    let mut rest = line;
    skip(&mut rest);
    while !rest.is_empty() {
        let end = rest.iter().position(separator).unwrap_or(rest.len());
        let mut after = &rest[end..];
        skip(&mut after);
        if after.first().is_some_and(separator) && !after.first().is_some_and(blank) {
            after = &after[1..];
            skip(&mut after);
        }
        if fields.len() + 1 == most {
            // The last field keeps its separators, but for one that ends the line alone.
            let whole = &rest[..trimmed(rest)];
            fields.push(text(if after.is_empty() { &rest[..end] } else { whole }));
            break;
        }
        fields.push(text(&rest[..end]));
        rest = after;
    }
    fields
}

impl Shell<'_, '_> {
    pub(super) fn read(&mut self, arguments: &[Text]) -> Run<Flow> {
        let asked = Asked::read(arguments);
        let source = match asked.descriptor {
            Some(fd) if fd != "0" => self.contents(&Text::from(format!("/dev/fd/{fd}"))),
            _ => self.stdin.clone(),
        };
        let text = self.choose(&source);
        let Some((text, starts)) = Starts::of(&text) else {
            for name in asked.names.iter().copied().chain(asked.array) {
                let (name, index) = self.place(name)?;
                self.assign_to(&name, index.as_ref(), environment_value(&name), false)?;
            }
            if asked.names.is_empty() && asked.array.is_none() {
                self.state.set("REPLY", environment_value("REPLY"));
            }
            return Ok(Flow::silent(None));
        };
        let (line, rest, found) = take_line(&text, &asked);
        // No variable keeps a NUL.
        let line: Vec<Char> = line.into_iter().filter(|(c, _)| *c != '\0').collect();
        match asked.descriptor {
            Some(fd) if fd != "0" => {
                self.files.write(&format!("/dev/fd/{fd}"), Value::One(starts.text(rest)))
            }
            _ => self.stdin = Value::One(starts.text(rest)),
        }
        let whole: String = line.iter().map(|(c, _)| *c).collect();
        let ifs = self.ifs();
        let value = |field: &str| Value::One(starts.text(field));
        if let Some(array) = asked.array {
            let fields = split(&line, &ifs, usize::MAX);
            let elements = (0..).zip(fields.iter().map(|field| value(field))).collect();
            self.state.change(array, |variable| variable.slot = Slot::Indexed(elements));
        } else if asked.names.is_empty() {
            self.state.set("REPLY", value(&whole));
        } else {
            let fields = if asked.exactly { vec![whole] } else { split(&line, &ifs, asked.names.len()) };
            let mut fields = fields.into_iter();
            for name in &asked.names {
                let (name, index) = self.place(name)?;
                let field = value(&fields.next().unwrap_or_default());
                self.assign_to(&name, index.as_ref(), field, false)?;
            }
        }
        let status = u8::from(!found);
        Ok(Flow::silent(Some(status)))
    }

    pub(super) fn mapfile(&mut self, arguments: &[Text]) -> Run<Flow> {
        let mut name = "MAPFILE";
        let (mut trim, mut delimiter, mut most, mut skipped) = (false, '\n', usize::MAX, 0);
        let (mut origin, mut descriptor, mut callback) = (None, None, None);
        let mut words = arguments.iter().filter_map(Text::literal);
        while let Some(word) = words.next() {
            let Some(letters) = word.strip_prefix('-') else {
                name = word;
                continue;
            };
            trim |= letters.split(['d', 'n', 'O', 's', 'u', 'C', 'c']).next().unwrap_or("").contains('t');
            let Some(at) = letters.find(|c| "dnOsuCc".contains(c)) else { continue };
            let attached = &letters[at + 1..];
            let value = if attached.is_empty() { words.next() } else { Some(attached) };
            let number = || value.and_then(|value| value.parse::<usize>().ok());
            match letters.as_bytes()[at] {
                b'd' => delimiter = value.and_then(|d| d.chars().next()).unwrap_or('\0'),
                b'n' => most = number().filter(|n| *n > 0).unwrap_or(usize::MAX),
                b'O' => origin = number(),
                b's' => skipped = number().unwrap_or(0),
                b'u' => descriptor = value,
                b'C' => callback = value,
                _ => {}
            }
        }
        let source = match descriptor {
            Some(fd) if fd != "0" => self.contents(&Text::from(format!("/dev/fd/{fd}"))),
            _ => self.stdin.clone(),
        };
        let text = Starts::of(&self.choose(&source));
        let first = origin.unwrap_or(0) as i64;
        if let Some((text, _)) = &text {
            let count = text.matches(delimiter).take(most).count();
            self.trace.budget.produce(count * 2 * WORD_PRODUCED)?;
        }
        let lines: Vec<Value> = match &text {
            Some((text, starts)) => text
                .split_inclusive(delimiter)
                .skip(skipped)
                .take(most)
                .map(|line| if trim { line.strip_suffix(delimiter).unwrap_or(line) } else { line })
                .map(|line| Value::One(starts.text(line)))
                .collect(),
            None => vec![environment_value(name)],
        };
        let status = text.map(|_| 0);
        self.state.change(name, |variable| {
            let mut elements = match (&variable.slot, origin) {
                (Slot::Indexed(elements), Some(_)) => elements.clone(),
                _ => Default::default(),
            };
            elements.extend((first..).zip(lines));
            variable.slot = Slot::Indexed(elements);
        });
        if let Some(callback) = callback {
            self.perhaps(|shell| shell.text_as_program("mapfile -C", &Text::from(callback)))?;
        }
        Ok(Flow::silent(status))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_as_bash_does() {
        for (line, ifs, most, expected) in [
            ("a b  c", " \t\n", 9, vec!["a", "b", "c"]),
            ("  a b c ", " \t\n", 2, vec!["a", "b c"]),
            ("a:b::c", ":", 9, vec!["a", "b", "", "c"]),
            ("a:b:c", ":", 2, vec!["a", "b:c"]),
            ("a:", ":", 1, vec!["a"]),
        ] {
            let line: Vec<Char> = line.chars().map(|c| (c, false)).collect();
            assert_eq!(split(&line, ifs, most), expected, "{line:?}");
        }
    }
}
