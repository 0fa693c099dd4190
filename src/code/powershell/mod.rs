//! PowerShell: its commands as spawned processes, its .NET calls as what they do.
//!
//! A command comes out with its name as written first and its arguments behind it; which cmdlet an alias stands
//! for, and what a cmdlet does, is told by the rules' data. Text that is run (`Invoke-Expression`) is read again.

mod assignment;
mod cmdlets;
mod command;
mod expression;
mod member;
mod text;

use std::rc::Rc;

use super::language::Language;
use super::object::Val;
use super::reader::Reader;
use super::scope::Scope;
use super::{Effect, EffectKind, Wanted};
use crate::bounds::{Budget, Exceeded};
use crate::value::Value;

/// Reads a script twice, as other programs are: for its names, then for its effects.
pub(super) fn effects(
    text: &str,
    budget: &Budget,
    wanted: Option<Rc<Wanted>>,
) -> Result<Vec<Effect>, Exceeded> {
    let mut scope = Scope::default();
    scope.wanted = wanted;
    for reading in 0..2 {
        if reading == 1 {
            scope.second_reading();
        }
        Script { text, at: 0, budget, scope: &mut scope, outer: None, lines: (0, 1), unended: [false; 2] }
            .all()?;
    }
    Ok(scope.effects)
}

/// Keywords that stand before a condition, a block or another statement.
const KEYWORDS: &[&str] = &[
    "if",
    "elseif",
    "else",
    "while",
    "do",
    "until",
    "switch",
    "try",
    "catch",
    "finally",
    "begin",
    "process",
    "end",
    "trap",
    "return",
    "throw",
    "for",
    "data",
    "dynamicparam",
    "clean",
    "default",
    "exit",
];

/// A script being read.
struct Script<'t> {
    text: &'t str,
    at: usize,
    budget: &'t Budget,
    scope: &'t mut Scope,
    /// The line and the words of the command that runs this text, where another script does.
    outer: Option<(usize, String)>,
    /// The offset and the line last counted to.
    lines: (usize, usize),
    /// Which of the two kinds of here-string has no end any more, so that no one looks for it again.
    unended: [bool; 2],
}

impl<'t> Script<'t> {
    fn all(&mut self) -> Result<(), Exceeded> {
        while self.at < self.text.len() {
            self.statements(None)?;
            // A closing bracket that nothing opened.
            self.at += self.here().chars().next().map_or(0, char::len_utf8);
        }
        Ok(())
    }

    fn here(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> u8 {
        self.byte(0)
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Steps over one character, whatever it is.
    fn bump(&mut self) {
        self.at += self.here().chars().next().map_or(0, char::len_utf8);
    }

    /// Steps over blanks, comments and continued lines; over line ends too where `lines` says so.
    fn skip(&mut self, lines: bool) {
        loop {
            let rest = self.here();
            let byte = self.peek();
            if matches!(byte, b' ' | b'\t' | b'\r') || (lines && byte == b'\n') {
                self.at += 1;
            } else if byte == b'`' && matches!(self.byte(1), b'\n' | b'\r') {
                self.at += 2;
            } else if rest.starts_with("<#") {
                self.at += rest.find("#>").map_or(rest.len(), |n| n + 2);
            } else if byte == b'#' {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else {
                return;
            }
        }
    }

    /// Reads statements up to the bracket `close`, which is read too; gives the value of the last.
    fn statements(&mut self, close: Option<u8>) -> Result<Val, Exceeded> {
        let _level = self.budget.enter()?;
        let mut last = Val::unknown();
        loop {
            self.budget.step()?;
            self.skip(true);
            match self.peek() {
                0 if self.at >= self.text.len() => return Ok(last),
                b';' | b',' => self.at += 1,
                byte if Some(byte) == close => {
                    self.at += 1;
                    return Ok(last);
                }
                b')' | b'}' | b']' => return Ok(last),
                b'{' => {
                    self.at += 1;
                    self.block()?;
                }
                _ => {
                    let before = self.at;
                    last = self.statement()?;
                    if self.at == before {
                        self.bump();
                    }
                }
            }
        }
    }

    /// A block of statements behind its opening brace: it may run or not.
    fn block(&mut self) -> Result<Val, Exceeded> {
        let blocks = self.scope.blocks;
        self.scope.blocks += 1;
        let value = self.statements(Some(b'}'))?;
        self.scope.blocks = blocks;
        Ok(value)
    }

    fn statement(&mut self) -> Result<Val, Exceeded> {
        let _level = self.budget.enter()?;
        let word = self.word_here().to_ascii_lowercase();
        match word.as_str() {
            "function" | "filter" | "class" | "enum" | "workflow" => {
                self.at += word.len();
                self.skip(false);
                while !matches!(self.peek(), 0 | b'{' | b'(' | b'\n') {
                    self.bump();
                }
                Ok(Val::unknown())
            }
            "param" if self.here()[5..].trim_start().starts_with('(') => {
                self.at += 5;
                self.skip(true);
                self.at += 1;
                self.statements(Some(b')'))
            }
            "foreach" if self.here()[7..].trim_start().starts_with('(') => self.each(),
            word if KEYWORDS.contains(&word) => {
                self.at += word.len();
                self.skip(false);
                Ok(Val::unknown())
            }
            _ => self.pipeline(),
        }
    }

    /// `foreach ($x in …)`.
    fn each(&mut self) -> Result<Val, Exceeded> {
        self.at += "foreach".len();
        self.skip(true);
        self.at += 1;
        self.skip(true);
        let name = if self.peek() == b'$' { self.variable_name() } else { String::new() };
        self.skip(true);
        if self.word_here().eq_ignore_ascii_case("in") {
            self.at += 2;
        }
        let list = self.statements(Some(b')'))?;
        self.bind(&name, &list);
        Ok(Val::unknown())
    }

    fn bind(&mut self, name: &str, list: &Val) {
        let elements: Vec<Val> = match list {
            Val::List(values, _) => values.as_ref().clone(),
            other => vec![other.clone()],
        };
        self.scope.replace(name, Val::any(elements));
    }

    /// Letters, digits and dashes from here on.
    fn word_here(&self) -> &'t str {
        let rest = self.here();
        let end = rest
            .bytes()
            .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')))
            .unwrap_or(rest.len());
        &rest[..end]
    }

    /// Lends the scope to a reader that knows calls and members.
    fn with_reader<T>(&mut self, start: usize, act: impl FnOnce(&mut Reader<'_>) -> T) -> T {
        let outer = self.place(start);
        let mut reader =
            Reader::new("", Language::PowerShell, &super::lexicon::POWERSHELL, &[], self.budget, self.scope);
        reader.outer = Some(outer);
        act(&mut reader)
    }

    /// The line and the words of what stands from `start` to here.
    fn place(&mut self, start: usize) -> (usize, String) {
        if let Some(outer) = &self.outer {
            return outer.clone();
        }
        // No one sees the effects of the first reading.
        if !self.scope.for_effects {
            return (0, String::new());
        }
        let (offset, line) = self.lines;
        let newlines = |range: &str| range.bytes().filter(|b| *b == b'\n').count();
        let line = if start >= offset {
            line + newlines(self.text.get(offset..start).unwrap_or(""))
        } else {
            line.saturating_sub(newlines(self.text.get(start..offset).unwrap_or("")))
        };
        self.lines = (start, line);
        (line, super::snippet(self.text, start, self.at))
    }

    fn emit(&mut self, kind: EffectKind, start: usize) {
        let (line, snippet) = self.place(start);
        self.scope.effects.push(Effect { kind, line, snippet });
    }

    /// Reads `code`, which the text from `start` on runs, as a script of its own.
    fn run_text(&mut self, code: &Value, start: usize) -> Result<(), Exceeded> {
        let outer = self.place(start);
        for text in code.alternatives() {
            let text = text.literal().unwrap_or(text.known_prefix());
            if text.is_empty() {
                continue;
            }
            let _level = self.budget.enter()?;
            let scope = &mut *self.scope;
            Script {
                text,
                at: 0,
                budget: self.budget,
                scope,
                outer: Some(outer.clone()),
                lines: (0, 1),
                unended: [false; 2],
            }
            .all()?;
        }
        Ok(())
    }
}
