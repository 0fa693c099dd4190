//! Makefiles: recipes, `$(shell …)` and `!=`, with variables that are constant put in.

use std::collections::HashMap;

use super::Found;
use crate::bounds::Exceeded;
use crate::code::EffectKind;
use crate::code::joining::join;
use crate::value::{Text, Value};

pub(super) fn read(text: &str, found: &mut Found<'_>) -> Result<(), Exceeded> {
    let mut make = Make { variables: HashMap::new(), found, line: 0 };
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        make.found.budget.step()?;
        make.line = number + 1;
        let mut whole = line.to_owned();
        while whole.ends_with('\\') {
            let Some((_, more)) = lines.next() else { break };
            make.found.budget.step()?;
            whole.pop();
            if !line.starts_with('\t') {
                whole.push(' ');
            }
            whole.push_str(more.trim_start_matches('\t'));
        }
        make.line(&whole)?;
    }
    Ok(())
}

struct Make<'f, 'b> {
    variables: HashMap<String, Value>,
    found: &'f mut Found<'b>,
    line: usize,
}

impl Make<'_, '_> {
    fn line(&mut self, line: &str) -> Result<(), Exceeded> {
        if let Some(recipe) = line.strip_prefix('\t') {
            return self.recipe(recipe, line);
        }
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            return Ok(());
        }
        if let Some((name, operator, value)) = assignment(trimmed) {
            return self.assign(name, operator, value, line);
        }
        // A rule on one line: `all: ; echo`.
        let rule = trimmed.find(':').map(|n| n + 1);
        if let Some((from, semicolon)) =
            rule.and_then(|from| trimmed[from..].find(';').map(|n| (from, from + n)))
        {
            self.expand(&trimmed[..from], line)?;
            return self.recipe(&trimmed[semicolon + 1..], line);
        }
        self.expand(trimmed, line)?;
        Ok(())
    }

    fn recipe(&mut self, recipe: &str, line: &str) -> Result<(), Exceeded> {
        let command = recipe.trim().trim_start_matches(['@', '-', '+', ' ']);
        let command = self.expand(command, line)?;
        if !command.literal().is_some_and(|text| text.trim().is_empty() || text.starts_with('#')) {
            self.found.push(EffectKind::Shell(command), self.line, line);
        }
        Ok(())
    }

    fn assign(&mut self, name: &str, operator: &str, value: &str, line: &str) -> Result<(), Exceeded> {
        let value = self.expand(value, line)?;
        let value = match (operator, self.variables.get(name)) {
            ("!", _) => {
                self.found.push(EffectKind::Shell(value), self.line, line);
                Value::unknown(format!("output of {name}"))
            }
            ("+", Some(old)) => {
                self.found.budget.produce(old.literal().map_or(64, str::len))?;
                let spaced = join(self.found.budget, old.clone(), Value::from(" "))?;
                join(self.found.budget, spaced, value)?
            }
            ("?", Some(old)) => old.clone(),
            _ => value,
        };
        self.found.budget.produce(value.alternatives().iter().map(Text::known_len).sum())?;
        self.variables.insert(name.to_owned(), value);
        Ok(())
    }

    /// `text` with its variables put in; commands of `$(shell …)` are noted.
    fn expand(&mut self, text: &str, line: &str) -> Result<Value, Exceeded> {
        let _level = self.found.budget.enter()?;
        let mut out = Value::from("");
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            self.found.budget.step()?;
            out = join(self.found.budget, out, Value::from(&rest[..at]))?;
            rest = &rest[at + 1..];
            let open = rest.chars().next();
            let close = match open {
                Some('(') => ')',
                Some('{') => '}',
                Some('$') => {
                    out = join(self.found.budget, out, Value::from("$"))?;
                    rest = &rest[1..];
                    continue;
                }
                Some(c) => {
                    let name = c.to_string();
                    let value = self
                        .variables
                        .get(&name)
                        .cloned()
                        .unwrap_or_else(|| Value::unknown(format!("${name}")));
                    out = join(self.found.budget, out, value)?;
                    rest = &rest[c.len_utf8()..];
                    continue;
                }
                None => break,
            };
            let Some(end) = matching(rest, open.unwrap_or('('), close) else { break };
            let inner = &rest[1..end];
            rest = &rest[end + 1..];
            let value = self.reference(inner, line)?;
            out = join(self.found.budget, out, value)?;
        }
        join(self.found.budget, out, Value::from(rest))
    }

    fn reference(&mut self, inner: &str, line: &str) -> Result<Value, Exceeded> {
        if let Some(command) = inner.strip_prefix("shell ") {
            let command = self.expand(command.trim(), line)?;
            self.found.push(EffectKind::Shell(command), self.line, line);
            return Ok(Value::unknown("output of $(shell)"));
        }
        if let Some(value) = self.variables.get(inner) {
            return Ok(value.clone());
        }
        // Another function: its arguments may hold a `$(shell …)`.
        if inner.contains('$') {
            self.expand(inner, line)?;
        }
        Ok(Value::unknown(format!("$({inner})")))
    }
}

/// `NAME = value` with the character before `=`.
fn assignment(line: &str) -> Option<(&str, &str, &str)> {
    let line =
        ["export ", "override "].iter().fold(line, |line, word| line.strip_prefix(word).unwrap_or(line));
    let at = line.find('=')?;
    let (before, value) = (&line[..at], line[at + 1..].trim());
    let name = before.trim_end_matches([':', '?', '+', '!']).trim();
    let plain =
        !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || matches!(c, ':' | '$' | '(' | '#'));
    let operator =
        [":", "?", "+", "!"].into_iter().find(|mark| before.trim_end().ends_with(mark)).unwrap_or("");
    plain.then_some((name, operator, value))
}

/// Where the bracket that `text` begins with is closed.
fn matching(text: &str, open: char, close: char) -> Option<usize> {
    let mut nesting = 0usize;
    for (at, c) in text.char_indices() {
        if c == open {
            nesting += 1;
        } else if c == close {
            nesting -= 1;
            if nesting == 0 {
                return Some(at);
            }
        }
    }
    None
}
