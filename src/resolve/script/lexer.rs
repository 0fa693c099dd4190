//! Goes through the commands of a script: where they begin and end, and which words they have.
//!
//! No grammar is checked beyond what decides how the next character is read: quotes, substitutions, comments,
//! here-documents, `case`, `[[`, `((`.

use std::collections::BTreeSet;

use super::Refused;
use super::here::Pending;
use super::spell::Place;
use super::text::{Child, Kind, Level, Quote, Unit, first_reference};
use super::word::{Shape, Word};

/// How deep substitutions may nest, so that the stack holds.
const DEPTH: usize = 60;
/// How deep scripts may stand within scripts; each level doubles its quotes.
const LEVELS: usize = 6;

/// Reads one script.
pub(super) struct Lexer {
    pub(super) units: Vec<Unit>,
    pub(super) at: usize,
    /// How many scripts this one stands in.
    pub(super) levels: usize,
    /// Variables that the script declared as integers: what is assigned to them is arithmetic.
    pub(super) integers: BTreeSet<String>,
    depth: usize,
    found: Level,
}

/// The commands of a script or of one substitution.
#[derive(Default)]
pub(super) struct Frame {
    open: Vec<Open>,
    /// Where the pipelines around the commands at hand began, and what was written into them.
    groups: Vec<(usize, Option<usize>)>,
    pub(super) command: Command,
    /// Here-documents whose bodies begin on the next line.
    pub(super) pending: Vec<Pending>,
    /// Where the pipeline began, and the first reference that is written into the command at hand, through a pipe.
    pipeline: usize,
    pub(super) piped: Option<usize>,
    /// A reference that is written into a group of commands, of which any may be a shell that reads it.
    pub(super) into_group: Option<usize>,
    /// Whether a shell that reads its standard input was among the commands.
    pub(super) shell_seen: bool,
}

/// A command as far as it is read.
#[derive(Default)]
pub(super) struct Command {
    pub(super) words: Vec<Word>,
    /// Texts on its standard input: `<<< text`.
    pub(super) texts: Vec<Word>,
    /// Its here-documents, among the pending.
    pub(super) heres: Vec<usize>,
    /// A reference in what it reads: `< <(echo REF)`.
    pub(super) source: Option<usize>,
    /// Whether assignments or redirections came before, so that no reserved word can follow.
    pub(super) begun: bool,
}

/// What is open around a command and tells how `)` is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Parenthesis,
    Case(Part),
}

/// Parts of `case subject in pattern) body;; esac`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Subject,
    Pattern,
    Body,
}

/// Reads a script that stands in as many others.
pub(super) fn level(units: Vec<Unit>, levels: usize) -> Result<Level, Refused> {
    if levels > LEVELS {
        return Err(Refused::unreadable("scripts stand in scripts more than six deep"));
    }
    let mut lexer =
        Lexer { units, at: 0, levels, integers: BTreeSet::new(), depth: 0, found: Level::default() };
    lexer.commands(false)?;
    lexer.found.units = lexer.units;
    Ok(lexer.found)
}

impl Lexer {
    /// The unit at hand.
    pub(super) fn peek(&self) -> Option<Kind> {
        self.units.get(self.at).map(|unit| unit.kind)
    }

    /// The unit at hand, if it is a character.
    pub(super) fn peek_char(&self) -> Option<char> {
        self.char_at(self.at)
    }

    /// A character further on.
    pub(super) fn char_at(&self, at: usize) -> Option<char> {
        self.units.get(at).and_then(Unit::char)
    }

    /// Notes how the reference at a unit is written.
    pub(super) fn place(&mut self, at: usize, place: Place) {
        if matches!(self.units[at].kind, Kind::Reference(_)) {
            self.found.places.insert(at, place);
        }
    }

    /// Notes that a unit is written otherwise.
    pub(super) fn fix(&mut self, at: usize, text: &str) {
        self.found.fixes.insert(at, text.to_owned());
    }

    /// Notes that shells read the script differently from here on.
    pub(super) fn ambiguous(&mut self, at: usize) {
        self.found.ambiguous = Some(self.found.ambiguous.map_or(at, |before| before.min(at)));
    }

    /// Notes a here-document with references.
    pub(super) fn here(&mut self, here: super::text::Here) {
        self.found.heres.push(here);
    }

    /// Notes a script within this one. It says how the references are written that are its own.
    pub(super) fn child(&mut self, level: Level, elsewhere: bool) {
        for unit in &level.units {
            if matches!(unit.kind, Kind::Reference(_)) {
                self.found.places.remove(&unit.outer.start);
            }
        }
        self.found.children.push(Child { level, elsewhere, backticks: false });
    }

    /// Notes a script in backticks.
    pub(super) fn backticked(&mut self, level: Level, quote: Quote) {
        self.child(level, false);
        if let Some(child) = self.found.children.last_mut() {
            child.backticks = quote != Quote::Bare;
        }
    }

    /// Reads what is nested, not too deep.
    pub(super) fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Lexer) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        if self.depth == DEPTH {
            return Err(Refused::unreadable("it nests more than sixty deep"));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Skips blanks and continued lines.
    pub(super) fn blanks(&mut self) {
        loop {
            match self.peek_char() {
                Some(' ' | '\t') => self.at += 1,
                Some('\\') if self.char_at(self.at + 1) == Some('\n') => self.at += 2,
                _ => return,
            }
        }
    }

    /// Skips a comment. References in it stay what they are.
    pub(super) fn comment(&mut self) {
        while let Some(kind) = self.peek()
            && kind != Kind::Char('\n')
        {
            self.place(self.at, Place::Comment);
            self.at += 1;
        }
        let last = self.units.get(self.at.wrapping_sub(1));
        if last.is_some_and(|unit| unit.quote == Quote::Backtick && unit.kind == Kind::Char('\\')) {
            // In backticks bash joins the lines before it sees the comment.
            self.ambiguous(self.at);
        }
    }

    /// Reads commands to the end, or behind the parenthesis that closes them.
    pub(super) fn commands(&mut self, parenthesis: bool) -> Result<(), Refused> {
        let mut frame = Frame { pipeline: self.at, ..Frame::default() };
        loop {
            self.blanks();
            let top = frame.open.last().copied();
            let next = self.char_at(self.at + 1);
            match self.peek() {
                None => {
                    self.finish(&mut frame)?;
                    if parenthesis {
                        return Err(Refused::unreadable("the parenthesis of a substitution is not closed"));
                    }
                    return match top {
                        Some(Open::Parenthesis) => Err(Refused::unreadable("a parenthesis is not closed")),
                        Some(Open::Case(_)) => Err(Refused::unreadable("a `case` has no `esac`")),
                        None => self.here_documents(&mut frame),
                    };
                }
                Some(Kind::Char('\n')) => {
                    self.end(&mut frame)?;
                    self.at += 1;
                    self.here_documents(&mut frame)?;
                    frame.pipeline = self.at;
                }
                Some(Kind::Char('#')) => self.comment(),
                Some(Kind::Char(';')) => {
                    self.end(&mut frame)?;
                    self.at += 1;
                    if matches!(next, Some(';' | '&' | '|')) {
                        self.at += 1;
                        self.at += usize::from(self.peek_char() == Some('&') && next == Some(';'));
                        if let Some(Open::Case(part)) = frame.open.last_mut() {
                            *part = Part::Pattern;
                        }
                    }
                    frame.pipeline = self.at;
                }
                Some(Kind::Char('&')) if next == Some('>') => {
                    self.at += 1;
                    self.redirection(&mut frame)?;
                }
                Some(Kind::Char('&')) => {
                    self.end(&mut frame)?;
                    self.at += 1 + usize::from(next == Some('&'));
                    frame.pipeline = self.at;
                }
                Some(Kind::Char('|')) if top == Some(Open::Case(Part::Pattern)) => self.at += 1,
                Some(Kind::Char('|')) if next == Some('|') => {
                    self.end(&mut frame)?;
                    self.at += 2;
                    frame.pipeline = self.at;
                }
                Some(Kind::Char('|')) => self.pipe(&mut frame)?,
                Some(Kind::Char('(')) => self.open(&mut frame)?,
                Some(Kind::Char(')')) => match top {
                    Some(Open::Case(Part::Pattern)) => {
                        self.at += 1;
                        frame.command = Command::default();
                        if let Some(Open::Case(part)) = frame.open.last_mut() {
                            *part = Part::Body;
                        }
                    }
                    Some(Open::Parenthesis) => {
                        self.finish(&mut frame)?;
                        self.at += 1;
                        frame.open.pop();
                        self.ungroup(&mut frame);
                    }
                    None if parenthesis => {
                        self.finish(&mut frame)?;
                        self.at += 1;
                        return match frame.pending.is_empty() {
                            true => Ok(()),
                            false => {
                                Err(Refused::unreadable("a here-document in a substitution has no text"))
                            }
                        };
                    }
                    _ => return Err(Refused::unreadable("a parenthesis closes what none opened")),
                },
                Some(Kind::Char('<' | '>')) if next != Some('(') => self.redirection(&mut frame)?,
                Some(_) => {
                    let word = self.nested(|lexer| lexer.word(Shape::Plain))?;
                    self.take(&mut frame, word)?;
                }
            }
        }
    }

    /// Ends a command: what it does with its words is known now.
    fn finish(&mut self, frame: &mut Frame) -> Result<(), Refused> {
        match frame.open.last() {
            // `case word` and `in` may stand on different lines.
            Some(Open::Case(Part::Subject)) => return Ok(()),
            Some(Open::Case(Part::Pattern)) => {}
            _ => self.examine(frame)?,
        }
        frame.command = Command::default();
        Ok(())
    }

    /// Ends a command and the pipeline that it is the last of.
    fn end(&mut self, frame: &mut Frame) -> Result<(), Refused> {
        self.finish(frame)?;
        frame.piped = None;
        Ok(())
    }

    /// At the `|` between two commands.
    fn pipe(&mut self, frame: &mut Frame) -> Result<(), Refused> {
        self.finish(frame)?;
        let written = self.found.places.range(frame.pipeline..self.at);
        let mut written = written.filter(|(_, place)| **place != Place::Comment);
        if frame.piped.is_none() {
            frame.piped = match written.next() {
                Some((&at, _)) => first_reference(&self.units[at..=at]),
                // A reference in a script within the script.
                None => first_reference(&self.units[frame.pipeline..self.at]),
            };
        }
        self.at += 1 + usize::from(self.char_at(self.at + 1) == Some('&'));
        // Bodies are read later; whether they reach a shell is known by then.
        frame.pending.iter_mut().for_each(|pending| pending.piped = true);
        Ok(())
    }

    /// At an opening parenthesis between words.
    fn open(&mut self, frame: &mut Frame) -> Result<(), Refused> {
        if frame.open.last() == Some(&Open::Case(Part::Pattern)) {
            self.at += 1;
            return Ok(());
        }
        let start = self.at;
        self.at += 1;
        self.blanks();
        if self.peek_char() == Some(')') {
            // `name ()`: a function; what follows is a command of its own.
            self.at += 1;
            frame.command = Command::default();
            return Ok(());
        }
        self.at = start + 1;
        let words = &frame.command.words;
        let for_loop = words.len() == 1 && words[0].is("for");
        if !words.is_empty() && !for_loop {
            return Err(Refused::unreadable("a parenthesis opens in the middle of a command"));
        }
        if self.peek_char() == Some('(') {
            self.at = self.arithmetic(start, start + 2)?;
            frame.command = Command::default();
            return Ok(());
        }
        self.group(frame);
        frame.open.push(Open::Parenthesis);
        frame.command = Command::default();
        Ok(())
    }

    /// A group of commands begins: what is piped into it, any of them may read.
    fn group(&mut self, frame: &mut Frame) {
        frame.groups.push((frame.pipeline, frame.piped));
        frame.into_group = frame.into_group.or(frame.piped);
        frame
            .pending
            .iter_mut()
            .filter(|pending| pending.piped)
            .for_each(|pending| pending.into_group = true);
    }

    /// A group of commands ends; as a whole it is part of the pipeline that it began in.
    fn ungroup(&mut self, frame: &mut Frame) {
        if let Some((pipeline, piped)) = frame.groups.pop() {
            frame.pipeline = pipeline;
            frame.piped = piped;
        }
    }

    /// A word of a command.
    fn take(&mut self, frame: &mut Frame, word: Word) -> Result<(), Refused> {
        // `2>`: the number belongs to the redirection.
        let next = self.peek_char();
        if matches!(next, Some('<' | '>')) && !word.quoted && !word.units.is_empty() {
            let text = word.text();
            let variable = text.starts_with('{') && text.ends_with('}');
            if variable || text.chars().all(|char| char.is_ascii_digit()) {
                return Ok(());
            }
        }
        if let Some(Open::Case(part @ (Part::Subject | Part::Pattern))) = frame.open.last_mut() {
            match part {
                Part::Subject if word.is("in") && !frame.command.words.is_empty() => {
                    *part = Part::Pattern;
                    frame.command = Command::default();
                }
                Part::Pattern if word.is("esac") && frame.command.words.is_empty() => {
                    frame.open.pop();
                    self.ungroup(frame);
                }
                _ => frame.command.words.push(word),
            }
            return Ok(());
        }
        let words = &frame.command.words;
        if words.is_empty() {
            if !frame.command.begun && self.reserved(frame, &word)? {
                return Ok(());
            }
            if word.assignment().is_some() {
                self.assigned(&word)?;
                frame.command.begun = true;
                return Ok(());
            }
        }
        // `for name do`, `function name`: the next word begins a command.
        let names = match frame.command.words.as_slice() {
            [first, _] => (first.is("for") || first.is("select")) && word.is("do"),
            [first] => first.is("function"),
            _ => false,
        };
        if names {
            frame.command = Command::default();
            return Ok(());
        }
        if frame.command.words.is_empty() && subscripted(&word) {
            // `a[1 + 2]=3` is one word to bash.
            let rest = &self.units[self.at..];
            let ends = |unit: &Unit| matches!(unit.char(), Some(']' | '\n' | ';'));
            let end = rest.iter().position(ends).unwrap_or(rest.len());
            if let Some(reference) = word.reference().or_else(|| first_reference(&rest[..end])) {
                return Err(Refused::evaluated(reference, "the subscript of an array"));
            }
        }
        frame.command.words.push(word);
        Ok(())
    }

    /// Whether a word at the beginning of a command is a reserved one; then the next begins a command as well.
    fn reserved(&mut self, frame: &mut Frame, word: &Word) -> Result<bool, Refused> {
        if word.quoted {
            return Ok(false);
        }
        match word.text().as_str() {
            "if" | "while" | "until" | "{" => self.group(frame),
            "then" | "elif" | "else" | "do" | "!" | "coproc" => {}
            "fi" | "done" | "}" => self.ungroup(frame),
            "time" => {
                self.blanks();
                let option = [self.peek_char(), self.char_at(self.at + 1), self.char_at(self.at + 2)];
                if option[..2] == [Some('-'), Some('p')] && matches!(option[2], Some(' ' | '\t')) {
                    self.at += 2;
                }
            }
            "case" => {
                self.group(frame);
                frame.open.push(Open::Case(Part::Subject));
            }
            "esac" => {
                if frame.open.last() == Some(&Open::Case(Part::Body)) {
                    frame.open.pop();
                    self.ungroup(frame);
                }
            }
            "for" | "select" => {
                self.group(frame);
                return Ok(false);
            }
            "[[" => self.condition()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Whether a word begins as an element of an array does, and has not ended its subscript.
fn subscripted(word: &Word) -> bool {
    let text = word.text();
    text.split_once('[').is_some_and(|(name, rest)| {
        !name.is_empty()
            && name.chars().all(|char| char == '_' || char.is_ascii_alphanumeric())
            && !rest.contains(']')
    })
}
