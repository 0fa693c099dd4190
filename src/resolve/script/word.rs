//! Words and the quotes in them.

use super::Refused;
use super::lexer::{Lexer, level};
use super::spell::Place;
use super::text::{Kind, Quote, Unit, first_reference};

/// A word as the shell hands it to a command, in units of the script that it stands in.
#[derive(Debug, Default, Clone)]
pub(super) struct Word {
    pub(super) units: Vec<Unit>,
    /// Whether any part of it is quoted or expanded, so that it is no reserved word.
    pub(super) quoted: bool,
}

/// What a word may hold without quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A word of a command.
    Plain,
    /// The right side of `=~`: parentheses and bars belong to it.
    Regex,
    /// The delimiter of a here-document: nothing is expanded.
    Delimiter,
}

impl Word {
    /// Its text, with a NUL for every reference and everything unknown.
    pub(super) fn text(&self) -> String {
        self.units.iter().map(|unit| unit.char().unwrap_or('\0')).collect()
    }

    /// Whether it is this word, unquoted.
    pub(super) fn is(&self, word: &str) -> bool {
        !self.quoted && self.units.iter().map(|unit| unit.char().unwrap_or('\0')).eq(word.chars())
    }

    /// The first reference that goes into it.
    pub(super) fn reference(&self) -> Option<usize> {
        first_reference(&self.units)
    }

    /// How many of its first units are the name and the `=` or `+=` of an assignment, `a[1]=` included.
    pub(super) fn assignment(&self) -> Option<usize> {
        let mut bracket = false;
        for (at, unit) in self.units.iter().enumerate() {
            let bare = unit.quote == Quote::Bare && unit.outer.len() == 1;
            match unit.char() {
                Some('[') if bare && at > 0 && !bracket => bracket = true,
                Some('=') if bare && at > 0 => {
                    let before = self.units[..at].iter().rev().find_map(|unit| unit.char());
                    let name = !bracket || before == Some(']') || before == Some('+');
                    return name.then_some(at + 1);
                }
                _ if bracket => {}
                Some('+') if bare && self.units.get(at + 1).and_then(Unit::char) == Some('=') => {}
                Some(char) if bare && (char == '_' || char.is_ascii_alphabetic()) => {}
                Some(char) if bare && at > 0 && char.is_ascii_digit() => {}
                _ => return None,
            }
        }
        None
    }

    fn push(&mut self, kind: Kind, outer: std::ops::Range<usize>, quote: Quote) {
        self.units.push(Unit { kind, outer, quote });
    }
}

impl Lexer {
    /// Reads a word; it may be empty where none begins.
    pub(super) fn word(&mut self, shape: Shape) -> Result<Word, Refused> {
        let mut word = Word::default();
        let mut depth = 0;
        while let Some(kind) = self.peek() {
            let at = self.at;
            let Kind::Char(char) = kind else {
                self.bare_reference(&mut word, kind)?;
                continue;
            };
            match char {
                ' ' | '\t' | '\n' if depth == 0 => break,
                '(' if shape == Shape::Regex => depth += 1,
                ')' if shape == Shape::Regex && depth > 0 => depth -= 1,
                '|' | '<' | '>' if shape == Shape::Regex => {}
                '<' | '>' if self.char_at(at + 1) == Some('(') && shape != Shape::Delimiter => {
                    self.at += 2;
                    self.substitution(&mut word, at, Quote::Bare)?;
                    continue;
                }
                '(' if ends_in(&word, "?*+@!") => {
                    // A pattern of several: the group belongs to the word.
                    depth += 1;
                    word.push(kind, at..at + 1, Quote::Bare);
                    self.at += 1;
                    continue;
                }
                '(' if word.assignment() == Some(word.units.len()) && !word.units.is_empty() => {
                    self.at += 1;
                    self.array(&mut word, at)?;
                    continue;
                }
                ')' if depth > 0 => depth -= 1,
                ' ' | '\t' | '\n' | ';' | '&' | '<' | '>' if shape != Shape::Regex && depth > 0 => {
                    // Some shells end the word there, and some do not.
                    return Err(Refused::unreadable("a pattern in parentheses holds what is not quoted"));
                }
                ';' | '&' | '|' | '<' | '>' | '(' | ')' if depth == 0 => break,
                _ => {}
            }
            self.bare(&mut word, char, shape)?;
        }
        if depth > 0 {
            return Err(Refused::unreadable("a parenthesis in a pattern is not closed"));
        }
        Ok(word)
    }

    /// One character of an unquoted word, or the quotation or expansion that it begins.
    pub(super) fn bare(&mut self, word: &mut Word, char: char, shape: Shape) -> Result<(), Refused> {
        let at = self.at;
        match char {
            '\\' => self.backslash(word),
            '\'' => {
                self.at += 1;
                self.single(word)
            }
            '"' => {
                self.at += 1;
                self.double(word)
            }
            '$' if shape != Shape::Delimiter || matches!(self.char_at(at + 1), Some('\'' | '"')) => {
                self.dollar(word, Quote::Bare)
            }
            '`' if shape != Shape::Delimiter => self.backticks(word, Quote::Bare),
            _ => {
                word.push(Kind::Char(char), at..at + 1, Quote::Bare);
                self.at += 1;
                Ok(())
            }
        }
    }

    /// What is no character, in an unquoted word.
    pub(super) fn bare_reference(&mut self, word: &mut Word, kind: Kind) -> Result<(), Refused> {
        self.place(self.at, Place::Bare);
        word.push(kind, self.at..self.at + 1, Quote::Bare);
        word.quoted = true;
        self.at += 1;
        Ok(())
    }

    fn backslash(&mut self, word: &mut Word) -> Result<(), Refused> {
        let at = self.at;
        self.at += 1;
        match self.peek() {
            None => word.push(Kind::Char('\\'), at..at + 1, Quote::Bare),
            Some(Kind::Char('\n')) => self.at += 1,
            Some(kind @ Kind::Char(_)) => {
                word.quoted = true;
                word.push(kind, at..at + 2, Quote::Bare);
                self.at += 1;
            }
            Some(kind) => {
                // It quoted the reference's first character, and would now quote the quote.
                self.fix(at, "");
                self.bare_reference(word, kind)?;
            }
        }
        Ok(())
    }

    fn single(&mut self, word: &mut Word) -> Result<(), Refused> {
        word.quoted = true;
        while let Some(kind) = self.peek() {
            let at = self.at;
            self.at += 1;
            match kind {
                Kind::Char('\'') => return Ok(()),
                Kind::Char(_) => {}
                _ => self.place(at, Place::Single),
            }
            word.push(kind, at..at + 1, Quote::Single);
        }
        Err(Refused::unreadable("a single quote is not closed"))
    }

    /// Behind the opening quote.
    pub(super) fn double(&mut self, word: &mut Word) -> Result<(), Refused> {
        word.quoted = true;
        while let Some(kind) = self.peek() {
            if kind == Kind::Char('"') {
                self.at += 1;
                return Ok(());
            }
            self.expanding(word, kind, Quote::Double, Place::Double, "$`\"\\")?;
        }
        Err(Refused::unreadable("a double quote is not closed"))
    }

    /// One unit of text in which only `\`, `$` and backticks mean something.
    pub(super) fn expanding(
        &mut self,
        word: &mut Word,
        kind: Kind,
        quote: Quote,
        place: Place,
        escaped: &str,
    ) -> Result<(), Refused> {
        let at = self.at;
        match kind {
            Kind::Char('\\') => {
                self.at += 1;
                match self.peek() {
                    Some(Kind::Char('\n')) => self.at += 1,
                    Some(next @ Kind::Char(char)) if escaped.contains(char) => {
                        word.push(next, at..at + 2, quote);
                        self.at += 1;
                    }
                    next => {
                        // A backslash by itself, which would now escape the `$` of the expansion.
                        if matches!(next, Some(Kind::Reference(_) | Kind::Unknown(_))) {
                            self.fix(at, "\\\\");
                        }
                        word.push(kind, at..at + 1, quote);
                    }
                }
            }
            Kind::Char('$') => self.dollar(word, quote)?,
            Kind::Char('`') => self.backticks(word, quote)?,
            Kind::Char(_) => {
                word.push(kind, at..at + 1, quote);
                self.at += 1;
            }
            _ => {
                self.place(at, place);
                word.push(kind, at..at + 1, quote);
                self.at += 1;
            }
        }
        Ok(())
    }

    /// At a `$`.
    pub(super) fn dollar(&mut self, word: &mut Word, quote: Quote) -> Result<(), Refused> {
        let at = self.at;
        let bare = quote == Quote::Bare;
        word.quoted = true;
        self.at += 1;
        match self.peek() {
            Some(Kind::Char('(')) if self.char_at(at + 2) == Some('(') => {
                self.at = self.arithmetic(at, at + 3)?;
                word.push(Kind::Unknown(None), at..self.at, quote);
                Ok(())
            }
            Some(Kind::Char('(')) => {
                self.at += 1;
                self.substitution(word, at, quote)
            }
            Some(Kind::Char('{')) => self.parameter(word, quote),
            Some(Kind::Char('\'')) if bare => {
                self.at += 1;
                self.ansi(word, at)
            }
            Some(Kind::Char('"')) if bare => {
                self.at += 1;
                self.double(word)
            }
            Some(Kind::Char('\\')) if self.char_at(at + 2) == Some('\n') => {
                Err(Refused::unreadable("a line is continued right behind a `$`"))
            }
            Some(Kind::Char('[')) => {
                let rest = &self.units[at..];
                let end = rest.iter().position(|unit| unit.kind == Kind::Char(']')).unwrap_or(rest.len());
                if let Some(reference) = first_reference(&rest[..end]) {
                    return Err(Refused::evaluated(reference, "the arithmetic of $[…]"));
                }
                word.push(Kind::Char('$'), at..at + 1, quote);
                Ok(())
            }
            Some(Kind::Char(char)) if is_parameter(char) => {
                self.at += 1;
                if char == '_' || char.is_ascii_alphabetic() {
                    while self.peek_char().is_some_and(|char| char == '_' || char.is_ascii_alphanumeric()) {
                        self.at += 1;
                    }
                }
                if !bare && matches!(self.peek(), Some(Kind::Reference(_))) {
                    // `$x` must not go on in the value.
                    self.fix(at, "${");
                    let last = self.units[self.at - 1].char().unwrap_or_default();
                    self.fix(self.at - 1, &format!("{last}}}"));
                }
                word.push(Kind::Unknown(None), at..self.at, quote);
                Ok(())
            }
            Some(Kind::Reference(_) | Kind::Unknown(_)) => {
                // A `$` by itself, which would now make something of what follows.
                self.fix(at, "\\$");
                word.push(Kind::Char('$'), at..at + 1, quote);
                Ok(())
            }
            _ => {
                word.push(Kind::Char('$'), at..at + 1, quote);
                Ok(())
            }
        }
    }

    /// Behind the opening parenthesis of `$(…)` and `<(…)`.
    fn substitution(&mut self, word: &mut Word, start: usize, quote: Quote) -> Result<(), Refused> {
        word.quoted = true;
        self.nested(|lexer| lexer.commands(true))?;
        let reference = first_reference(&self.units[start..self.at]);
        word.push(Kind::Unknown(reference), start..self.at, quote);
        Ok(())
    }

    /// Behind the opening parenthesis of `name=(…)`.
    fn array(&mut self, word: &mut Word, start: usize) -> Result<(), Refused> {
        loop {
            self.blanks();
            match self.peek() {
                None => return Err(Refused::unreadable("the parenthesis of an array is not closed")),
                Some(Kind::Char(')')) => break,
                Some(Kind::Char('\n')) => self.at += 1,
                Some(Kind::Char('#')) => self.comment(),
                Some(Kind::Char(';' | '&' | '|' | '(')) => {
                    return Err(Refused::unreadable("an array holds what is no word"));
                }
                Some(Kind::Char('<' | '>')) if self.char_at(self.at + 1) != Some('(') => {
                    return Err(Refused::unreadable("an array holds what is no word"));
                }
                Some(_) => {
                    let element = self.nested(|lexer| lexer.word(Shape::Plain))?;
                    if element.units.first().and_then(Unit::char) == Some('[') {
                        let text = element.text();
                        let end = text.find("]=").or_else(|| text.find("]+=")).unwrap_or(text.len());
                        let end = text[..end].chars().count();
                        if let Some(reference) = first_reference(&element.units[..end]) {
                            return Err(Refused::evaluated(reference, "the subscript of an array"));
                        }
                    }
                }
            }
        }
        self.at += 1;
        let reference = first_reference(&self.units[start..self.at]);
        word.quoted = true;
        word.push(Kind::Unknown(reference), start..self.at, Quote::Bare);
        Ok(())
    }

    /// Behind the opening quote of `$'…'`; `start` is the `$`.
    fn ansi(&mut self, word: &mut Word, start: usize) -> Result<(), Refused> {
        word.quoted = true;
        while let Some(kind) = self.peek() {
            let at = self.at;
            self.at += 1;
            match kind {
                Kind::Char('\'') => return Ok(()),
                Kind::Char('\\') => {
                    if self.peek_char() == Some('\'') {
                        // Without `$'…'`, as in dash, the quotation ends here.
                        self.ambiguous(start);
                    }
                    let decoded = self.ansi_escape(at)?;
                    word.push(decoded, at..self.at, Quote::Ansi);
                }
                Kind::Char(_) => word.push(kind, at..at + 1, Quote::Ansi),
                _ => {
                    self.place(at, Place::Ansi);
                    word.push(kind, at..at + 1, Quote::Ansi);
                }
            }
        }
        Err(Refused::unreadable("a $' quote is not closed"))
    }

    /// Behind the backslash of an escape in `$'…'`: what it stands for (bash manual, "ANSI-C Quoting").
    fn ansi_escape(&mut self, backslash: usize) -> Result<Kind, Refused> {
        let char = match self.peek() {
            Some(Kind::Char(char)) => char,
            Some(_) => {
                self.fix(backslash, "\\\\");
                return Ok(Kind::Char('\\'));
            }
            None => return Err(Refused::unreadable("a $' quote is not closed")),
        };
        self.at += 1;
        let digits = |lexer: &mut Lexer, most: usize, radix: u32| {
            let mut number = 0;
            let end = lexer.at + most;
            while lexer.at < end
                && let Some(digit) = lexer.peek_char().and_then(|char| char.to_digit(radix))
            {
                number = number * radix + digit;
                lexer.at += 1;
            }
            number
        };
        let byte = |number: u32| {
            // Zero ends the text in bash, and half of a character is unknown here.
            char::from_u32(number).filter(|char| char.is_ascii() && *char != '\0')
        };
        let decoded = match char {
            'n' => Some('\n'),
            't' => Some('\t'),
            'r' => Some('\r'),
            'a' => Some('\x07'),
            'b' => Some('\x08'),
            'e' | 'E' => Some('\x1b'),
            'f' => Some('\x0c'),
            'v' => Some('\x0b'),
            '\\' | '\'' | '"' | '?' => Some(char),
            '0'..='7' => {
                self.at -= 1;
                byte(digits(self, 3, 8))
            }
            'x' => byte(digits(self, 2, 16)),
            'u' => char::from_u32(digits(self, 4, 16)).filter(|char| *char != '\0'),
            'U' => char::from_u32(digits(self, 8, 16)).filter(|char| *char != '\0'),
            'c' => {
                if !matches!(self.peek(), Some(Kind::Char(char)) if char.is_ascii_alphabetic()) {
                    return Err(Refused::unreadable("`\\c` in a $' quote is not followed by a letter"));
                }
                self.at += 1;
                None
            }
            _ => {
                // Not an escape: the backslash stays, and the character is read next.
                self.at -= 1;
                Some('\\')
            }
        };
        Ok(decoded.map_or(Kind::Unknown(None), Kind::Char))
    }

    /// At a backtick: the text up to the next one is a script, once its backslashes are taken away (POSIX 2.6.3).
    pub(super) fn backticks(&mut self, word: &mut Word, quote: Quote) -> Result<(), Refused> {
        let start = self.at;
        word.quoted = true;
        self.at += 1;
        let mut units = Vec::new();
        let mut differs = false;
        loop {
            let at = self.at;
            let Some(kind) = self.peek() else {
                return Err(Refused::unreadable("a backtick is not closed"));
            };
            let (kind, length) = match (kind, self.char_at(at + 1)) {
                (Kind::Char('`'), _) => break,
                (Kind::Char('\\'), Some(next @ ('\\' | '$' | '`'))) => (Kind::Char(next), 2),
                (Kind::Char('\\'), Some('"')) if quote == Quote::Double => (Kind::Char('"'), 2),
                (Kind::Char('\\'), Some('"')) if quote == Quote::Here => {
                    differs = true;
                    (kind, 1)
                }
                _ => (kind, 1),
            };
            self.at += length;
            units.push(Unit { kind, outer: at..self.at, quote: Quote::Backtick });
        }
        self.at += 1;
        let reference = first_reference(&units);
        if let Some(reference) = reference {
            if differs {
                return Err(Refused::at(
                    reference,
                    "shells do not agree on `\\\"` within backticks in a here-document: write $(…) instead of `…`.",
                ));
            }
            let level = level(units, self.levels + 1)?;
            self.backticked(level, quote);
        }
        word.push(Kind::Unknown(reference), start..self.at, quote);
        Ok(())
    }
}

/// Whether the word ends in one of these characters, unquoted.
fn ends_in(word: &Word, chars: &str) -> bool {
    word.units.last().is_some_and(|unit| {
        unit.quote == Quote::Bare
            && unit.outer.len() == 1
            && unit.char().is_some_and(|char| chars.contains(char))
    })
}

/// Whether a parameter's name may begin so behind a `$`.
fn is_parameter(char: char) -> bool {
    char == '_' || char.is_ascii_alphanumeric() || "@*#?-$!".contains(char)
}
