//! sed: the command `e`, the flag `e` of `s`, and the file of `r` (GNU sed manual, "Commands Specific to GNU sed").

use super::Found;
use crate::bounds::Exceeded;
use crate::code::EffectKind;
use crate::value::{Text, Value};

/// Regular expressions that match a whole line, so that the replacement is all that is left of it.
const WHOLE_LINE: &[&str] = &[".*", "^.*$", "^.*", ".*$", "^.\\+", ".\\+", "^.+$", "^.*\\n*$"];

pub(super) fn read(text: &str, found: &mut Found<'_>) -> Result<(), Exceeded> {
    let mut script = Sed { text, at: 0, line: 1 };
    while script.at < text.len() {
        found.budget.step()?;
        let before = script.at;
        script.command(found)?;
        if script.at == before {
            script.bump();
        }
    }
    Ok(())
}

struct Sed<'t> {
    text: &'t str,
    at: usize,
    line: usize,
}

impl<'t> Sed<'t> {
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(b'\n')
    }

    fn bump(&mut self) {
        let c = self.text[self.at..].chars().next();
        self.line += usize::from(c == Some('\n'));
        self.at += c.map_or(0, char::len_utf8);
    }

    fn command(&mut self, found: &mut Found<'_>) -> Result<(), Exceeded> {
        while self.at < self.text.len()
            && matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r' | b';' | b'{' | b'}')
        {
            self.bump();
        }
        self.addresses(found)?;
        if self.at >= self.text.len() {
            return Ok(());
        }
        let begin = self.at;
        let command = self.peek();
        self.bump();
        match command {
            b'#' => {
                self.rest_of_line();
            }
            b'e' => {
                let line = self.line;
                let rest = self.rest_of_line().trim().to_owned();
                let source = self.text[begin..self.at].to_owned();
                if rest.is_empty() || rest.starts_with([';', '}']) {
                    found.push(EffectKind::Shell(Value::unknown("the line read")), line, &source);
                } else {
                    found.shell(&rest, line, &source);
                }
            }
            b'r' | b'R' => {
                let rest = self.rest_of_line();
                found.file(rest, self.line, &self.text[begin..self.at]);
            }
            b'a' | b'i' | b'c' | b'w' | b'W' => self.text_lines(),
            b':' | b'b' | b't' | b'T' => {
                while !matches!(self.peek(), b'\n' | b';' | b'}') {
                    self.bump();
                }
            }
            b's' | b'y' => self.substitution(command, begin, found)?,
            _ => {}
        }
        Ok(())
    }

    /// Steps over the addresses before a command.
    fn addresses(&mut self, found: &Found<'_>) -> Result<(), Exceeded> {
        loop {
            found.budget.step()?;
            match self.peek() {
                b'0'..=b'9' | b'$' | b',' | b'+' | b'~' | b'!' | b' ' | b'\t'
                    if self.at < self.text.len() =>
                {
                    self.bump()
                }
                b'/' => {
                    self.bump();
                    self.delimited('/');
                    while matches!(self.peek(), b'I' | b'M') {
                        self.bump();
                    }
                }
                b'\\' => {
                    self.bump();
                    let Some(mark) = self.text[self.at..].chars().next() else { return Ok(()) };
                    self.bump();
                    self.delimited(mark);
                }
                _ => return Ok(()),
            }
        }
    }

    /// Reads up to `mark`, on which it goes by.
    fn delimited(&mut self, mark: char) -> &'t str {
        let start = self.at;
        while let Some(c) = self.text[self.at..].chars().next() {
            if c == '\n' && mark != '\n' {
                break;
            }
            self.bump();
            if c == '\\' {
                self.bump();
            } else if c == mark {
                return &self.text[start..self.at - mark.len_utf8()];
            }
        }
        &self.text[start..self.at]
    }

    fn substitution(&mut self, command: u8, begin: usize, found: &mut Found<'_>) -> Result<(), Exceeded> {
        let Some(mark) = self.text[self.at..].chars().next().filter(|c| *c != '\n') else { return Ok(()) };
        let line = self.line;
        self.bump();
        let pattern = self.delimited(mark);
        let replacement = self.delimited(mark);
        let flags = self.at;
        while self.at < self.text.len() && (self.peek().is_ascii_alphanumeric()) && self.peek() != b'w' {
            self.bump();
        }
        let executes = command == b's' && self.text[flags..self.at].contains('e');
        if self.peek() == b'w' && self.at > flags {
            self.rest_of_line();
        }
        if executes {
            let text = unescaped(replacement, mark);
            let whole = WHOLE_LINE.contains(&pattern);
            let unknown = || Text::unknown("the rest of the line");
            let middle = if text.contains('&') || text.contains('\\') {
                Text::unknown("the line read")
            } else {
                Text::from(text)
            };
            let run = if whole { middle } else { unknown().concat(middle).concat(unknown()) };
            found.push(EffectKind::Shell(Value::One(run)), line, &self.text[begin..self.at]);
        }
        Ok(())
    }

    fn rest_of_line(&mut self) -> &'t str {
        let rest = &self.text[self.at..];
        let end = rest.find('\n').unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// The text of `a`, `i` and `c`, which goes on over escaped line ends.
    fn text_lines(&mut self) {
        loop {
            let line = self.rest_of_line();
            if self.at >= self.text.len() {
                return;
            }
            self.bump();
            if !line.ends_with('\\') {
                return;
            }
        }
    }
}

/// The replacement without the backslashes that only keep its mark from ending it.
fn unescaped(replacement: &str, mark: char) -> String {
    replacement.replace(&format!("\\{mark}"), &mark.to_string()).replace("\\&", "\u{1}").replace('\u{1}', "&")
}
