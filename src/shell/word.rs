//! Words: quoting, expansions and what they hold, still on the parser that reads commands.

use std::rc::Rc;

use super::ast::*;
use super::parse::{Parsed, Parser, Stop, is_metacharacter, is_name};

/// Collects parts, keeping runs of plain characters together.
#[derive(Default)]
pub(super) struct Parts {
    done: Vec<Part>,
    plain: String,
}

impl Parts {
    pub(super) fn push(&mut self, part: Part) {
        self.flush();
        push_tight(&mut self.done, part);
    }

    fn flush(&mut self) {
        if !self.plain.is_empty() {
            push_tight(&mut self.done, Part::Plain(std::mem::take(&mut self.plain)));
        }
    }

    pub(super) fn finish(mut self) -> Word {
        self.flush();
        Word { parts: self.done }
    }
}

/// The memory that a word of one part takes, its place in a list and the text included.
const WORD: usize = size_of::<Word>() + PART;
/// The memory that a part takes with a short text.
const PART: usize = size_of::<Part>() + 32;
/// The memory that an expansion takes with its name.
const PARAMETER: usize = size_of::<Parameter>() + 64;
/// The memory that commands within a word take before the first of them.
const SCRIPT: usize = size_of::<Script>() + size_of::<List>() + 64;

/// Adds to a list that seldom holds more than one: the first element gets no room for three others.
pub(super) fn push_tight<T>(list: &mut Vec<T>, item: T) {
    if list.capacity() == 0 {
        list.reserve_exact(1);
    }
    list.push(item);
}

impl Parser<'_> {
    /// Reads a word, or nothing where none stands.
    pub(super) fn word(&mut self) -> Parsed<Option<Word>> {
        let start = self.at;
        let mut parts = Parts::default();
        loop {
            let run = self.rest().bytes().take_while(|&c| !is_special(c)).count();
            parts.plain.push_str(&self.rest()[..run]);
            self.at += run;
            let Some(c) = self.peek() else { break };
            match c {
                b'<' | b'>' if self.peek_at(1) == Some(b'(') => {
                    self.at += 2;
                    let script = self.substitution_body()?;
                    parts.push(Part::Process { writes: c == b'>', script });
                }
                b'(' if self.at > start && ends_in_extglob(&parts.plain) => self.extglob(&mut parts)?,
                c if is_metacharacter(c) => break,
                _ => self.quoted_or_plain(&mut parts, false)?,
            }
        }
        if self.at == start {
            return Ok(None);
        }
        self.budget.parse(WORD)?;
        Ok(Some(parts.finish()))
    }

    /// The regular expression after `=~`: parentheses and bars belong to it.
    pub(super) fn regex_word(&mut self) -> Parsed<Word> {
        self.blanks();
        let mut parts = Parts::default();
        let mut open = 0_u32;
        while let Some(c) = self.peek() {
            match c {
                b'(' => open += 1,
                b')' => open = open.saturating_sub(1),
                b' ' | b'\t' | b'\n' if open == 0 => break,
                b'\'' | b'"' | b'\\' | b'$' | b'`' => {
                    self.quoted_or_plain(&mut parts, false)?;
                    continue;
                }
                _ => {}
            }
            self.push_char(&mut parts);
        }
        Ok(parts.finish())
    }

    /// The body of a here-document whose delimiter was not quoted.
    pub(super) fn here_body(&mut self) -> Parsed<Word> {
        let mut parts = Parts::default();
        while self.peek().is_some() {
            if self.peek() == Some(b'"') {
                parts.plain.push('"');
                self.at += 1;
            } else if self.starts("\\\"") {
                // Double quotes are nothing special here.
                parts.plain.push_str("\\\"");
                self.at += 2;
            } else {
                self.quoted_or_plain(&mut parts, true)?;
            }
        }
        self.budget.parse(WORD)?;
        Ok(Word { parts: vec![Part::Double(parts.finish().parts)] })
    }

    /// The text up to `close` (`))` or `]`) as an expression, or nothing where it is not closed that way.
    pub(super) fn arithmetic_word(&mut self, close: &str) -> Parsed<Option<Word>> {
        let _level = self.budget.enter()?;
        let start = self.at;
        let mut parts = Parts::default();
        let mut open = 0_u32;
        // Within `$[…]`, brackets nest.
        let mut brackets = 0_u32;
        while let Some(c) = self.peek() {
            if open == 0 && brackets == 0 && self.starts(close) {
                self.at += close.len();
                return Ok(Some(parts.finish()));
            }
            match c {
                b'(' => open += 1,
                b')' if open == 0 => break,
                b')' => open -= 1,
                b'[' if close == "]" => brackets += 1,
                b']' if close == "]" => brackets = brackets.saturating_sub(1),
                b'$' | b'`' | b'\'' | b'"' | b'\\' => {
                    match self.quoted_or_plain(&mut parts, false) {
                        Err(Stop::Syntax(_)) => break,
                        other => other?,
                    }
                    continue;
                }
                _ => {}
            }
            self.push_char(&mut parts);
        }
        self.at = start;
        Ok(None)
    }

    /// The subscript after `[`, with its closing bracket.
    pub(super) fn subscript(&mut self) -> Parsed<Word> {
        let mut parts = Parts::default();
        let mut open = 0_u32;
        while let Some(c) = self.peek() {
            match c {
                b'[' => open += 1,
                b']' if open == 0 => {
                    self.at += 1;
                    return Ok(parts.finish());
                }
                b']' => open -= 1,
                b'\n' => break,
                b'$' | b'`' | b'\'' | b'"' | b'\\' => {
                    self.quoted_or_plain(&mut parts, false)?;
                    continue;
                }
                _ => {}
            }
            self.push_char(&mut parts);
        }
        self.unexpected("in a subscript")
    }

    /// Reads one quoted thing, expansion or plain character.
    pub(super) fn quoted_or_plain(&mut self, parts: &mut Parts, in_double: bool) -> Parsed<()> {
        if matches!(self.peek(), Some(b'\\' | b'\'' | b'"' | b'`' | b'$')) {
            self.budget.parse(PART)?;
        }
        match self.peek() {
            Some(b'\\') => self.backslash(parts, in_double),
            Some(b'\'') if !in_double => {
                self.at += 1;
                let Some(len) = self.rest().find('\'') else {
                    self.at = self.text.len();
                    return self.unexpected("while looking for the matching `'`");
                };
                parts.push(Part::Quoted(self.rest()[..len].to_owned()));
                self.at += len + 1;
                Ok(())
            }
            Some(b'"') if !in_double => {
                self.at += 1;
                let inner = self.double_quoted()?;
                parts.push(Part::Double(inner));
                Ok(())
            }
            Some(b'`') => {
                let script = self.backquotes(in_double)?;
                parts.push(Part::Substitution(script));
                Ok(())
            }
            Some(b'$') => self.dollar(parts, in_double),
            _ => {
                self.push_char(parts);
                Ok(())
            }
        }
    }

    fn push_char(&mut self, parts: &mut Parts) {
        if let Some(c) = self.rest().chars().next() {
            parts.plain.push(c);
            self.at += c.len_utf8();
        }
    }

    fn backslash(&mut self, parts: &mut Parts, in_double: bool) -> Parsed<()> {
        self.at += 1;
        match self.rest().chars().next() {
            None => parts.plain.push('\\'),
            Some('\n') => self.at += 1,
            Some(c) if in_double && !matches!(c, '$' | '`' | '"' | '\\') => parts.plain.push('\\'),
            Some(c) => {
                self.at += c.len_utf8();
                parts.push(Part::Quoted(c.to_string()));
            }
        }
        Ok(())
    }

    /// What stands between double quotes, with the closing one.
    pub(super) fn double_quoted(&mut self) -> Parsed<Vec<Part>> {
        let _level = self.budget.enter()?;
        let mut parts = Parts::default();
        loop {
            let run = self.rest().bytes().take_while(|c| !matches!(c, b'"' | b'\\' | b'$' | b'`')).count();
            parts.plain.push_str(&self.rest()[..run]);
            self.at += run;
            match self.peek() {
                None => return self.unexpected("while looking for the matching `\"`"),
                Some(b'"') => {
                    self.at += 1;
                    self.budget.parse(WORD)?;
                    return Ok(parts.finish().parts);
                }
                Some(_) => self.quoted_or_plain(&mut parts, true)?,
            }
        }
    }

    fn dollar(&mut self, parts: &mut Parts, in_double: bool) -> Parsed<()> {
        match self.peek_at(1) {
            Some(b'(') => {
                if self.peek_at(2) == Some(b'(') {
                    let start = self.at;
                    self.at += 3;
                    if let Some(word) = self.arithmetic_word("))")? {
                        parts.push(Part::Arithmetic(word));
                        return Ok(());
                    }
                    self.at = start;
                }
                self.at += 2;
                let script = self.substitution_body()?;
                parts.push(Part::Substitution(script));
            }
            Some(b'[') => {
                self.at += 2;
                match self.arithmetic_word("]")? {
                    Some(word) => parts.push(Part::Arithmetic(word)),
                    None => return self.unexpected("in `$[`"),
                }
            }
            Some(b'{') => {
                self.at += 2;
                self.budget.parse(PARAMETER)?;
                let parameter = self.braced_parameter(in_double)?;
                parts.push(Part::Parameter(Box::new(parameter)));
            }
            Some(b'\'') if !in_double => {
                self.at += 2;
                let text = self.ansi_c()?;
                parts.push(Part::Quoted(text));
            }
            // `$"…"` is translated by the locale: in practice, double quotes.
            Some(b'"') if !in_double => self.at += 1,
            Some(c) if is_name(c) || is_special_parameter(c) => {
                self.at += 1;
                let len = if is_name(c) && !c.is_ascii_digit() {
                    self.rest().bytes().take_while(|&c| is_name(c)).count()
                } else {
                    1
                };
                let name = self.rest()[..len].to_owned();
                self.at += len;
                self.budget.parse(PARAMETER)?;
                parts.push(Part::Parameter(Box::new(Parameter { bare: true, ..Parameter::named(name) })));
            }
            _ => {
                parts.plain.push('$');
                self.at += 1;
            }
        }
        Ok(())
    }

    /// `$(`, `<(` and `>(` after their opening parenthesis: commands up to the closing one.
    fn substitution_body(&mut self) -> Parsed<Rc<Script>> {
        self.budget.parse(SCRIPT)?;
        self.substitutions += 1;
        let list = self.list();
        self.substitutions -= 1;
        let list = list?;
        if !self.eat(")") {
            return self.unexpected("while looking for the matching `)`");
        }
        let commands = if list.items.is_empty() { Vec::new() } else { vec![list] };
        Ok(Rc::new(Script { commands, ..Script::default() }))
    }

    /// Backquotes: the text is unescaped and then read as a program of its own.
    fn backquotes(&mut self, in_double: bool) -> Parsed<Rc<Script>> {
        let _level = self.budget.enter()?;
        self.budget.parse(SCRIPT)?;
        self.at += 1;
        let mut inner = String::new();
        loop {
            let Some(c) = self.rest().chars().next() else {
                return self.unexpected("while looking for the matching backquote");
            };
            self.at += c.len_utf8();
            match c {
                '`' => break,
                '\\' => match self.rest().chars().next() {
                    Some(next) if matches!(next, '$' | '`' | '\\') || (in_double && next == '"') => {
                        inner.push(next);
                        self.at += 1;
                    }
                    _ => inner.push('\\'),
                },
                c => inner.push(c),
            }
        }
        Ok(Rc::new(super::parse::parse(&inner, self.budget)?))
    }

    /// `$'…'` after its opening quote (Bash manual, 3.1.2.4).
    fn ansi_c(&mut self) -> Parsed<String> {
        let body = self.rest();
        let mut end = None;
        let mut escaped = false;
        for (i, c) in body.bytes().enumerate() {
            match c {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'\'' => {
                    end = Some(i);
                    break;
                }
                _ => {}
            }
        }
        let Some(end) = end else {
            return self.unexpected("while looking for the matching `'`");
        };
        self.at += end + 1;
        Ok(super::escape::ansi_c(&body[..end]))
    }

    /// `(…)` after `?`, `*`, `+`, `@` or `!`: an extended pattern, kept as written.
    fn extglob(&mut self, parts: &mut Parts) -> Parsed<()> {
        let mut open = 0_u32;
        while let Some(c) = self.peek() {
            match c {
                b'(' => open += 1,
                b')' => open -= 1,
                b'\n' => return self.unexpected("in a pattern"),
                b'\'' | b'"' | b'\\' | b'$' | b'`' => {
                    self.quoted_or_plain(parts, false)?;
                    continue;
                }
                _ => {}
            }
            self.push_char(parts);
            if open == 0 {
                return Ok(());
            }
        }
        self.unexpected("in a pattern")
    }
}

fn is_special(c: u8) -> bool {
    is_metacharacter(c) || matches!(c, b'\\' | b'\'' | b'"' | b'$' | b'`')
}

pub(super) fn is_special_parameter(c: u8) -> bool {
    matches!(c, b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!')
}

fn ends_in_extglob(plain: &str) -> bool {
    // `!(` at the start of a word is a negated subshell, which the caller has already read.
    plain.ends_with(['?', '*', '+', '@', '!'])
}
