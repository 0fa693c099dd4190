//! `[[ … ]]`: words that are compared, and the operators that evaluate them.

use super::Refused;
use super::lexer::Lexer;
use super::text::Kind;
use super::word::{Shape, Word};

/// Whether an operator of a condition takes its operands as arithmetic (bash manual, "Bash Conditional
/// Expressions": "When used with the [[ command, Arg1 and Arg2 are evaluated as arithmetic expressions").
fn is_arithmetic(word: &Word) -> bool {
    matches!(word.text().as_str(), "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge")
}

/// Refuses references in words of a condition that a shell evaluates. `[` evaluates in ksh and zsh.
pub(super) fn check(words: &[Word]) -> Result<(), Refused> {
    for (at, word) in words.iter().enumerate() {
        let text = word.text();
        let neighbours = if is_arithmetic(word) {
            [at.checked_sub(1), Some(at + 1)]
        } else if matches!(text.as_str(), "-v" | "-R" | "-t") {
            [None, Some(at + 1)]
        } else {
            continue;
        };
        for neighbour in neighbours.into_iter().flatten() {
            if let Some(reference) = words.get(neighbour).and_then(Word::reference) {
                return Err(Refused::evaluated(reference, &format!("an operand of `{text}` in a condition")));
            }
        }
    }
    Ok(())
}

impl Lexer {
    /// Behind `[[`.
    pub(super) fn condition(&mut self) -> Result<(), Refused> {
        let mut words: Vec<Word> = Vec::new();
        loop {
            self.blanks();
            match self.peek() {
                None => return Err(Refused::unreadable("`[[` has no `]]`")),
                Some(Kind::Char('\n')) => {
                    self.at += 1;
                    continue;
                }
                Some(Kind::Char('#')) => {}
                Some(Kind::Char('<' | '>')) if self.char_at(self.at + 1) == Some('(') => {}
                Some(Kind::Char('(' | ')' | '<' | '>' | '&' | '|' | ';'))
                    if !words.last().is_some_and(|word| word.is("=~")) =>
                {
                    self.at += 1;
                    words.push(Word::default());
                    continue;
                }
                _ => {}
            }
            let regex = words.last().is_some_and(|word| word.is("=~"));
            let shape = if regex { Shape::Regex } else { Shape::Plain };
            let start = self.at;
            let word = self.nested(|lexer| lexer.word(shape))?;
            if self.at == start {
                return Err(Refused::unreadable("`[[` holds what is no word"));
            }
            if word.is("]]") {
                return check(&words);
            }
            words.push(word);
        }
    }
}
