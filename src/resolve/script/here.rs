//! Redirections, and with them here-documents and here-strings.

use std::ops::Range;

use super::Refused;
use super::lexer::{Frame, Lexer, level};
use super::spell::Place;
use super::text::{Here, Kind, Quote, Unit, first_reference};
use super::word::{Shape, Word};

/// A here-document whose body has yet to come.
pub(super) struct Pending {
    delimiter: Range<usize>,
    word: String,
    tabs: bool,
    exact: bool,
    /// The command that reads it is a shell: whether that runs elsewhere.
    pub(super) script: Option<bool>,
    /// The command that reads it writes into a pipe.
    pub(super) piped: bool,
    /// At the pipe's end is a group of commands.
    pub(super) into_group: bool,
    /// It reaches a shell by way of another command.
    pub(super) feeds: bool,
}

/// Operators of redirections, the longer before those that they begin with.
const OPERATORS: [&str; 9] = ["<<<", "<<", "<&", "<>", "<", ">>", ">&", ">|", ">"];

impl Lexer {
    /// At a redirection's `<` or `>`.
    pub(super) fn redirection(&mut self, frame: &mut Frame) -> Result<(), Refused> {
        let start = self.at;
        let ahead: String = (start..start + 3).map(|at| self.char_at(at).unwrap_or('\0')).collect();
        let operator = OPERATORS.into_iter().find(|operator| ahead.starts_with(operator)).unwrap_or_default();
        self.at += operator.len();
        if self.peek_char() == Some('\\')
            && self.char_at(self.at + 1) == Some('\n')
            && operator.starts_with("<")
        {
            return Err(Refused::unreadable("a line is continued right behind a `<`"));
        }
        let tabs = operator == "<<" && self.peek_char() == Some('-');
        self.at += usize::from(tabs);
        self.blanks();
        if operator == "<<" {
            return self.delimiter(frame, tabs);
        }
        let word = self.nested(|lexer| lexer.word(Shape::Plain))?;
        let group = frame.command.words.is_empty() && frame.shell_seen;
        if operator == "<<<" {
            if let Some(reference) = word.reference().filter(|_| group) {
                return Err(feeds(reference));
            }
            frame.command.texts.push(word);
        } else if operator.starts_with('<') {
            let unknown = |unit: &Unit| match unit.kind {
                Kind::Unknown(reference) => reference,
                _ => None,
            };
            frame.command.source = frame.command.source.or_else(|| word.units.iter().find_map(unknown));
            if let Some(reference) = frame.command.source.filter(|_| group) {
                return Err(feeds(reference));
            }
        }
        frame.command.begun = true;
        Ok(())
    }

    /// Behind `<<` or `<<-`.
    fn delimiter(&mut self, frame: &mut Frame, tabs: bool) -> Result<(), Refused> {
        let start = self.at;
        let word = self.word(Shape::Delimiter)?;
        if self.at == start {
            return Err(Refused::unreadable("a here-document has no delimiter"));
        }
        if let Some(reference) = word.reference() {
            return Err(Refused::at(
                reference,
                "a reference stands in the delimiter of a here-document, which is compared, not expanded: write a \
                 plain word there.",
            ));
        }
        if word.units.iter().any(|unit| matches!(unit.kind, Kind::Unknown(_))) {
            return Err(Refused::unreadable("the delimiter of a here-document is not plain"));
        }
        // `'EOF'` has quotes that its text has not.
        let exact = word.units.len() != self.at - start || word.quoted;
        frame.command.heres.push(frame.pending.len());
        frame.command.begun = true;
        frame.pending.push(Pending {
            delimiter: start..self.at,
            word: word.text(),
            tabs,
            exact,
            script: None,
            piped: false,
            into_group: false,
            feeds: frame.command.words.is_empty() && frame.shell_seen,
        });
        Ok(())
    }

    /// At the beginning of a line: the bodies of the here-documents that the line before announced.
    pub(super) fn here_documents(&mut self, frame: &mut Frame) -> Result<(), Refused> {
        for pending in std::mem::take(&mut frame.pending) {
            let (body, end) = self.lines(&pending);
            let after = match self.char_at(end.end) {
                Some('\n') => end.end + 1,
                _ => end.end,
            };
            let reference = first_reference(&self.units[body.clone()]);
            // A body without references is read as well: to dash, what it opens may reach beyond its end.
            let text = self.nested(|lexer| lexer.body(body.clone(), pending.exact))?;
            if let Some(reference) = reference {
                if pending.feeds {
                    return Err(feeds(reference));
                }
                if pending.into_group {
                    frame.into_group = frame.into_group.or(Some(reference));
                }
                if let Some(elsewhere) = pending.script {
                    if let Some(reference) = produced(&text) {
                        return Err(Refused::evaluated(reference, PRODUCED));
                    }
                    let level = level(text.units, self.levels + 1)?;
                    self.child(level, elsewhere);
                }
                let (delimiter, word) = (pending.delimiter, pending.word);
                let (tabs, exact, script) = (pending.tabs, pending.exact, pending.script.is_some());
                self.here(Here { delimiter, body, end, word, tabs, exact, script });
            }
            self.at = after;
        }
        Ok(())
    }

    /// The body that begins here, and the line that ends it.
    fn lines(&self, pending: &Pending) -> (Range<usize>, Range<usize>) {
        let start = self.at;
        let mut line = start;
        loop {
            let rest = &self.units[line..];
            let length = rest.iter().position(|unit| unit.kind == Kind::Char('\n')).unwrap_or(rest.len());
            let text = &rest[..length];
            let tabs = if pending.tabs {
                text.iter().take_while(|unit| unit.kind == Kind::Char('\t')).count()
            } else {
                0
            };
            let is_end = text[tabs..].iter().map(|unit| unit.char().unwrap_or('\0')).eq(pending.word.chars());
            if is_end && (length < rest.len() || !text.is_empty()) {
                return (start..line, line + tabs..line + length);
            }
            if length == rest.len() {
                // The end of the script ends it as well.
                return (start..self.units.len(), self.units.len()..self.units.len());
            }
            line += length + 1;
            if !pending.exact {
                // A continued line goes on, whatever it says (POSIX 2.7.4).
                while continued(&self.units[start..line]) {
                    let rest = &self.units[line..];
                    match rest.iter().position(|unit| unit.kind == Kind::Char('\n')) {
                        Some(length) => line += length + 1,
                        None => return (start..self.units.len(), self.units.len()..self.units.len()),
                    }
                }
            }
        }
    }

    /// The text of a body, as the command reads it.
    fn body(&mut self, range: Range<usize>, exact: bool) -> Result<Word, Refused> {
        let mut word = Word::default();
        if exact {
            for at in range {
                self.place(at, Place::ExactHere);
                let kind = self.units[at].kind;
                word.units.push(Unit { kind, outer: at..at + 1, quote: Quote::Exact });
            }
            return Ok(word);
        }
        // The body is a text of its own: nothing in it reaches beyond its end.
        let rest = self.units.split_off(range.end);
        self.at = range.start;
        let mut read = || {
            while let Some(kind) = self.peek() {
                self.expanding(&mut word, kind, Quote::Here, Place::Here, "$`\\")?;
            }
            Ok(())
        };
        let result = read();
        self.units.extend(rest);
        result.map(|()| word)
    }
}

/// What a script within a script may not be made of.
pub(super) const PRODUCED: &str = "a command whose output is read as a script";

/// A reference that goes into a text by way of a substitution in it.
pub(super) fn produced(word: &Word) -> Option<usize> {
    word.units.iter().find_map(|unit| match unit.kind {
        Kind::Unknown(reference) => reference,
        _ => None,
    })
}

/// Whether text ends in a line that goes on.
fn continued(units: &[Unit]) -> bool {
    let Some((_, before)) = units.split_last() else { return false };
    before.iter().rev().take_while(|unit| unit.kind == Kind::Char('\\')).count() % 2 == 1
}

/// The refusal of text that reaches a shell's standard input.
pub(super) fn feeds(reference: usize) -> Refused {
    Refused::evaluated(reference, "text that is written into a shell's standard input")
}
