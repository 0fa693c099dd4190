//! Lines of a notebook that a shell runs: `!ls`, `%sx ls`, `%%bash`, `x = !ls`.

use super::language::Language;
use super::reader::Reader;
use super::token::{Kind, Token};
use crate::bounds::Exceeded;
use crate::value::Value;

/// Commands of IPython that hand the rest of their line to a shell, and those that hand over the rest of the cell.
const LINES: &[&str] = &["sx", "system", "sc"];
const CELLS: &[&str] = &["bash", "sh", "script", "sx", "system", "!"];

impl Reader<'_> {
    /// Whether the mark begins such a line; no statement of Python begins with one.
    pub(super) fn is_shell_line(&self, token: &Token) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        self.language == Language::Python
            && matches!(self.word(token), "!" | "%" | "!!")
            && before.is_none_or(|before| matches!(before.kind, Kind::Newline) || self.word(before) == "=")
    }

    /// Reads the line, or the cell.
    pub(super) fn shell_line(&mut self, token: &Token) -> Result<(), Exceeded> {
        let start = self.at;
        let rest = self.text.get(token.start..).unwrap_or("");
        let line = rest.split('\n').next().unwrap_or("");
        let (command, length) = if let Some(cell) = rest.strip_prefix("%%") {
            let name = cell.split_whitespace().next().unwrap_or("");
            if !CELLS.contains(&name) {
                self.at += 1;
                return Ok(());
            }
            (cell.split_once('\n').map_or("", |(_, body)| body), rest.len())
        } else if let Some(magic) = line.strip_prefix('%') {
            match magic.split_once(' ') {
                Some((name, command)) if LINES.contains(&name) => (command, line.len()),
                _ => {
                    self.at += 1;
                    return Ok(());
                }
            }
        } else {
            (line.trim_start_matches('!'), line.len())
        };
        self.budget.produce(command.len())?;
        let end = token.start + length;
        while self.peek(0).is_some_and(|token| token.start < end) {
            self.budget.step()?;
            self.at += 1;
        }
        self.emit_shell(Value::from(command.trim()), start);
        Ok(())
    }
}
