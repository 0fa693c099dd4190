//! Expansions in braces: `${name-word}`, `${name#pattern}`, `${name/pattern/text}`, and what they evaluate.

use super::Refused;
use super::lexer::Lexer;
use super::spell::Place;
use super::text::{Kind, Quote, Unit, first_reference};
use super::word::{Shape, Word};

/// What follows the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operand {
    /// A word that takes the value's place.
    Word,
    /// A pattern.
    Pattern,
    /// What takes the place of what matched.
    Replacement,
}

impl Lexer {
    /// At the opening brace; the `$` stands before it.
    pub(super) fn parameter(&mut self, word: &mut Word, quote: Quote) -> Result<(), Refused> {
        let start = self.at - 1;
        self.nested(|lexer| lexer.braces(quote))?;
        let reference = first_reference(&self.units[start..self.at]);
        word.units.push(Unit { kind: Kind::Unknown(reference), outer: start..self.at, quote });
        Ok(())
    }

    fn braces(&mut self, quote: Quote) -> Result<(), Refused> {
        self.at += 1;
        if matches!(self.peek_char(), Some(' ' | '\t' | '\n' | '|')) {
            return Err(Refused::unreadable("`${ …; }` runs commands only in some shells: write $(…)"));
        }
        self.name()?;
        if self.peek_char() == Some('[') {
            self.evaluated(quote, ']', "the subscript of an array")?;
        }
        let operator = self.peek_char();
        let next = self.char_at(self.at + 1);
        match (operator, next) {
            (Some('}'), _) => {
                self.at += 1;
                Ok(())
            }
            (Some(':'), Some('-' | '=' | '?' | '+')) => {
                self.at += 2;
                self.operand(quote, Operand::Word)
            }
            (Some('-' | '=' | '?' | '+'), _) => {
                self.at += 1;
                self.operand(quote, Operand::Word)
            }
            (Some('#' | '%' | '^' | ','), _) => {
                self.at += 1 + usize::from(next == operator);
                self.operand(quote, Operand::Pattern)
            }
            (Some('/'), _) => {
                self.at += 1 + usize::from(matches!(next, Some('/' | '#' | '%')));
                self.operand(quote, Operand::Pattern)
            }
            _ => self.evaluated(quote, '}', "the arithmetic of ${name:offset}"),
        }
    }

    /// The name, with what may stand before it: `#`, `!`.
    fn name(&mut self) -> Result<(), Refused> {
        let start = self.at;
        if matches!(self.peek_char(), Some('#' | '!'))
            && self
                .char_at(start + 1)
                .is_some_and(|char| char == '_' || char.is_ascii_alphanumeric() || "@*".contains(char))
        {
            self.at += 1;
        }
        let first = self.at;
        while self.peek_char().is_some_and(|char| char == '_' || char.is_ascii_alphanumeric()) {
            self.at += 1;
        }
        if self.at == first && self.peek_char().is_some_and(|char| "@*#?-$!".contains(char)) {
            self.at += 1;
        }
        match self.peek() {
            Some(Kind::Reference(reference) | Kind::Unknown(Some(reference))) => {
                Err(Refused::evaluated(reference, "the name of a variable in ${…}"))
            }
            _ => Ok(()),
        }
    }

    /// What is evaluated holds no reference; it is read for its end.
    fn evaluated(&mut self, quote: Quote, close: char, place: &str) -> Result<(), Refused> {
        let start = self.at;
        self.at += usize::from(close == ']');
        let mut word = Word::default();
        while let Some(kind) = self.peek() {
            if kind == Kind::Char(close) {
                self.at += 1;
                return match first_reference(&self.units[start..self.at]) {
                    Some(reference) => Err(Refused::evaluated(reference, place)),
                    None => Ok(()),
                };
            }
            self.operand_unit(&mut word, kind, quote, Operand::Pattern)?;
        }
        Err(Refused::unreadable("the brace of `${` is not closed"))
    }

    /// The operand up to the closing brace.
    fn operand(&mut self, quote: Quote, operand: Operand) -> Result<(), Refused> {
        let mut operand = operand;
        let slash = operand == Operand::Pattern && self.replaces();
        let mut word = Word::default();
        while let Some(kind) = self.peek() {
            match kind {
                Kind::Char('}') => {
                    self.at += 1;
                    return Ok(());
                }
                Kind::Char('/') if slash && operand == Operand::Pattern => {
                    operand = Operand::Replacement;
                    self.at += 1;
                }
                _ => self.operand_unit(&mut word, kind, quote, operand)?,
            }
        }
        Err(Refused::unreadable("the brace of `${` is not closed"))
    }

    /// Whether the operator that was read is a `/`.
    fn replaces(&self) -> bool {
        let before = |back: usize| self.at.checked_sub(back).and_then(|at| self.char_at(at));
        before(1) == Some('/') || (matches!(before(1), Some('#' | '%')) && before(2) == Some('/'))
    }

    fn operand_unit(
        &mut self,
        word: &mut Word,
        kind: Kind,
        quote: Quote,
        operand: Operand,
    ) -> Result<(), Refused> {
        if quote != Quote::Bare && operand == Operand::Word {
            return self.quoted_word(word, kind, quote);
        }
        match kind {
            Kind::Char(char) => {
                if quote != Quote::Bare && matches!(char, '\'' | '"') {
                    // No quotation to zsh.
                    self.ambiguous(self.at);
                }
                self.bare(word, char, Shape::Plain)
            }
            _ if operand == Operand::Word => self.bare_reference(word, kind),
            _ => {
                let replacement = operand == Operand::Replacement;
                self.place(self.at, if replacement { Place::Replacement } else { Place::Pattern });
                self.at += 1;
                Ok(())
            }
        }
    }

    /// In `"${v-word}"` the word is quoted already; quotes within it shells read differently.
    fn quoted_word(&mut self, word: &mut Word, kind: Kind, quote: Quote) -> Result<(), Refused> {
        let place = if quote == Quote::Here { Place::OperandInHere } else { Place::OperandInDouble };
        match kind {
            Kind::Char('"') => {
                self.ambiguous(self.at);
                self.at += 1;
                while let Some(kind) = self.peek() {
                    if kind == Kind::Char('"') {
                        self.at += 1;
                        return Ok(());
                    }
                    self.expanding(word, kind, quote, place, "$`\"\\")?;
                }
                Err(Refused::unreadable("a double quote is not closed"))
            }
            Kind::Char('\'') => {
                self.ambiguous(self.at);
                self.at += 1;
                Ok(())
            }
            _ => self.expanding(word, kind, quote, place, "$`\"\\}"),
        }
    }
}
