//! Strings and variables of PowerShell.

use super::Script;
use crate::bounds::Exceeded;
use crate::code::joining::join;
use crate::code::object::Val;
use crate::value::Value;

impl Script<'_> {
    /// Reads the string that begins here; none where none begins.
    pub(super) fn string(&mut self) -> Result<Option<Value>, Exceeded> {
        let rest = self.here();
        // A here-string begins with its mark at the end of a line and ends with it at the start of one.
        for (kind, (open, close, expands)) in
            [("@'", "\n'@", false), ("@\"", "\n\"@", true)].into_iter().enumerate()
        {
            let Some(after) = rest.strip_prefix(open) else { continue };
            let body = after.trim_start_matches([' ', '\t', '\r']);
            if !body.starts_with('\n') || self.unended[kind] {
                continue;
            }
            let Some(size) = body.find(close) else {
                self.unended[kind] = true;
                continue;
            };
            let begin = self.at + rest.len() - body.len();
            let end = begin + size;
            let inner = (begin + 1).min(end);
            let value = if expands {
                self.at = inner;
                self.expandable(end)?
            } else {
                Value::from(self.text.get(inner..end).unwrap_or(""))
            };
            self.at = end + close.len();
            return Ok(Some(value));
        }
        match rest.chars().next() {
            Some('\'' | '‘' | '’') => Ok(Some(self.verbatim())),
            Some('"' | '“' | '”') => {
                self.bump();
                let value = self.expandable(self.text.len())?;
                self.bump();
                Ok(Some(value))
            }
            _ => Ok(None),
        }
    }

    /// `'…'`, where the quote doubled is one.
    fn verbatim(&mut self) -> Value {
        self.bump();
        let mut out = String::new();
        while let Some(c) = self.here().chars().next() {
            self.bump();
            if matches!(c, '\'' | '‘' | '’') {
                if !self.here().starts_with(['\'', '‘', '’']) {
                    break;
                }
                self.bump();
            }
            out.push(c);
        }
        Value::from(out)
    }

    /// Text with variables and commands in it, up to its closing quote or to `end`.
    fn expandable(&mut self, end: usize) -> Result<Value, Exceeded> {
        let _level = self.budget.enter()?;
        let bounded = end < self.text.len();
        let mut out = Value::from("");
        let mut text = String::new();
        while self.at < end {
            let Some(c) = self.here().chars().next() else { break };
            match c {
                '"' | '“' | '”' if !bounded => {
                    if self.here()[c.len_utf8()..].starts_with('"') {
                        text.push('"');
                        self.bump();
                        self.bump();
                        continue;
                    }
                    break;
                }
                '`' => {
                    self.bump();
                    if let Some(escaped) = self.here().chars().next() {
                        text.push(escape(escaped));
                        self.bump();
                    }
                }
                '$' => {
                    let piece = self.dollar()?;
                    match piece {
                        Some(value) => {
                            self.budget.step()?;
                            out = join(self.budget, out, Value::from(std::mem::take(&mut text)))?;
                            out = join(self.budget, out, value)?;
                        }
                        None => {
                            text.push('$');
                            self.at += 1;
                        }
                    }
                }
                _ => {
                    text.push(c);
                    self.bump();
                }
            }
        }
        join(self.budget, out, Value::from(text))
    }

    /// `$name`, `${name}` or `$(…)` inside a text or a word.
    pub(super) fn dollar(&mut self) -> Result<Option<Value>, Exceeded> {
        match self.byte(1) {
            b'(' => {
                self.at += 2;
                let value = self.statements(Some(b')'))?;
                Ok(Some(shown(&value)))
            }
            b'{' | b'_' | b'$' | b'?' | b'^' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => {
                let name = self.variable_name();
                Ok(Some(shown(&self.variable(&name))))
            }
            _ => Ok(None),
        }
    }

    /// Reads `$name` and gives the name, in small letters, without its scope.
    pub(super) fn variable_name(&mut self) -> String {
        self.at += 1;
        let rest = self.here();
        if let Some(after) = rest.strip_prefix('{') {
            let end = after.find('}').unwrap_or(after.len());
            self.at += (end + 2).min(rest.len());
            return after[..end].to_ascii_lowercase();
        }
        let mut end = 0;
        let bytes = rest.as_bytes();
        while end < bytes.len() {
            let colon = bytes[end] == b':'
                && bytes.get(end + 1).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
                && end > 0;
            if !(bytes[end].is_ascii_alphanumeric() || bytes[end] == b'_' || colon) {
                break;
            }
            end += 1;
        }
        if end == 0 {
            end = rest.chars().next().map_or(0, char::len_utf8);
        }
        self.at += end;
        let name = rest[..end].to_ascii_lowercase();
        match name.split_once(':') {
            Some(("script" | "global" | "local" | "private" | "using", name)) => name.to_owned(),
            _ => name,
        }
    }

    pub(super) fn variable(&self, name: &str) -> Val {
        self.scope.lookup(name).cloned().unwrap_or_else(|| Val::path(format!("${name}")))
    }
}

/// What a value is inside a text: a list is its elements with spaces between.
pub(super) fn shown(value: &Val) -> Value {
    match value {
        Val::List(values, _) => values
            .iter()
            .take(64)
            .map(Val::value)
            .reduce(|a, b| a.concat(Value::from(" ")).concat(b))
            .unwrap_or_else(|| Value::from("")),
        other => other.value(),
    }
}

fn escape(c: char) -> char {
    match c {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '0' => '\0',
        other => other,
    }
}
