//! A recursive-descent parser for bash that reads as bash does, one complete command at a time.
//!
//! bash runs each complete command before it reads the next, so what stands before a syntax error runs. The
//! parser keeps the commands it has read when it meets one. Nesting is bounded by the [`Budget`].

use super::ast::*;
use super::parse_redirection::Pending;
use super::reserved::{self, Role};
use super::word::push_tight;
use crate::bounds::{Budget, Exceeded};
use crate::trace::{FileId, Place};

/// Why reading stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// The text is not bash here.
    Syntax(String),
    /// A bound was reached.
    Exceeded(Exceeded),
}

impl From<Exceeded> for Stop {
    fn from(exceeded: Exceeded) -> Stop {
        Stop::Exceeded(exceeded)
    }
}

pub(super) type Parsed<T> = Result<T, Stop>;

/// A position in a text, and what was promised but not yet read.
pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) budget: &'a Budget,
    /// Here-documents whose bodies come with the next newline.
    pub(super) pending: Vec<Pending>,
    /// How many `$(` are open: there, `EOF)` also ends a here-document.
    pub(super) substitutions: u32,
    /// The file on disk that the text is, and the line that was last asked for.
    lines: Option<Lines>,
}

/// The lines of a file, counted as the parser goes along.
struct Lines {
    file: FileId,
    line: u32,
    counted: usize,
}

/// A program that is read one complete command at a time.
pub(super) struct Reading<'a> {
    parser: Parser<'a>,
    /// What ended the reading before the text did.
    pub(super) error: Option<SyntaxError>,
}

impl<'a> Reading<'a> {
    /// The program that `text` is; one that is a file on disk has commands that know their lines.
    pub(super) fn new(text: &'a str, file: Option<FileId>, budget: &'a Budget) -> Reading<'a> {
        let lines = file.map(|file| Lines { file, line: 1, counted: 0 });
        Reading { parser: Parser { lines, ..Parser::new(text, budget) }, error: None }
    }

    /// Where the next command begins, in bytes.
    pub(super) fn at(&self) -> usize {
        self.parser.at
    }

    /// The next complete command; None at the end, or where the text is no bash any more.
    pub(super) fn next(&mut self) -> Result<Option<List>, Exceeded> {
        let at = self.parser.at;
        match self.parser.complete_command() {
            Ok(command) => Ok(command),
            Err(Stop::Exceeded(exceeded)) => Err(exceeded),
            Err(Stop::Syntax(message)) => {
                self.error = Some(SyntaxError { at, message });
                Ok(None)
            }
        }
    }
}

/// Reads a program. Fails only when a bound is reached; a syntax error is part of the script.
pub fn parse(text: &str, budget: &Budget) -> Result<Script, Exceeded> {
    let mut reading = Reading::new(text, None, budget);
    let mut commands = Vec::new();
    while let Some(command) = reading.next()? {
        commands.push(command);
    }
    Ok(Script { commands, error: reading.error })
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, budget: &'a Budget) -> Parser<'a> {
        Parser { text, at: 0, budget, pending: Vec::new(), substitutions: 0, lines: None }
    }

    /// Where the parser is, in a file on disk.
    pub(super) fn place(&mut self) -> Option<Place> {
        let (text, at) = (self.text.as_bytes(), self.at);
        let lines = self.lines.as_mut()?;
        if at > lines.counted {
            let passed = text[lines.counted..at].iter().filter(|&&c| c == b'\n').count();
            lines.line = lines.line.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX));
            lines.counted = at;
        }
        Some(Place { file: lines.file, line: lines.line })
    }

    // ---- characters -------------------------------------------------------------------------------------

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn starts(&self, prefix: &str) -> bool {
        self.text.as_bytes()[self.at..].starts_with(prefix.as_bytes())
    }

    pub(super) fn eat(&mut self, prefix: &str) -> bool {
        let found = self.starts(prefix);
        if found {
            self.at += prefix.len();
        }
        found
    }

    pub(super) fn expect(&mut self, token: &str) -> Parsed<()> {
        self.blanks();
        if self.eat(token) { Ok(()) } else { self.unexpected(&format!("instead of `{token}`")) }
    }

    pub(super) fn unexpected<T>(&self, detail: &str) -> Parsed<T> {
        let found: String = self.rest().chars().take(12).collect();
        let found = match found.split_whitespace().next() {
            Some(token) => format!("`{token}`"),
            None if self.at >= self.text.len() => "end of text".to_owned(),
            None => "newline".to_owned(),
        };
        Err(Stop::Syntax(format!("unexpected {found} {detail}")))
    }

    /// Skips spaces, tabs, escaped newlines and a comment.
    pub(super) fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => self.at += 1,
                Some(b'\\') if self.peek_at(1) == Some(b'\n') => self.at += 2,
                Some(b'#') => {
                    self.at = self.rest().find('\n').map_or(self.text.len(), |n| self.at + n);
                }
                _ => return,
            }
        }
    }

    /// Skips blanks and newlines, reading the here-documents that a newline brings.
    pub(super) fn newlines(&mut self) -> Parsed<()> {
        loop {
            self.blanks();
            if self.peek() != Some(b'\n') {
                return Ok(());
            }
            self.at += 1;
            self.here_documents()?;
        }
    }

    /// The reserved word that stands here, if one does.
    pub(super) fn reserved(&self) -> Option<(&'static str, Role)> {
        let rest = self.text.as_bytes().get(self.at..)?;
        if !reserved::may_begin(*rest.first()?) {
            return None;
        }
        let len = rest.iter().take(reserved::LONGEST + 1).take_while(|&&c| !is_metacharacter(c)).count();
        // An escaped newline ends a word too.
        let escaped = rest[..len].ends_with(b"\\") && rest.get(len) == Some(&b'\n');
        reserved::reserved(&rest[..len - usize::from(escaped)])
    }

    /// Whether a reserved word of this role stands here.
    pub(super) fn at_reserved(&self, role: Role) -> bool {
        self.reserved().is_some_and(|(_, stands)| stands == role)
    }

    pub(super) fn eat_reserved(&mut self, word: &str) -> bool {
        let found = self.starts(word) && self.reserved().is_some_and(|(found, _)| found == word);
        if found {
            self.at += word.len();
        }
        found
    }

    pub(super) fn expect_reserved(&mut self, word: &str) -> Parsed<()> {
        self.newlines()?;
        if self.eat_reserved(word) { Ok(()) } else { self.unexpected(&format!("instead of `{word}`")) }
    }

    // ---- lists ------------------------------------------------------------------------------------------

    /// The next complete command: all that stands on one logical line.
    fn complete_command(&mut self) -> Parsed<Option<List>> {
        self.newlines()?;
        if self.at >= self.text.len() {
            return Ok(None);
        }
        let mut list = List::default();
        loop {
            let (item, more) = self.item()?;
            push_tight(&mut list.items, item);
            self.blanks();
            match self.peek() {
                None => break,
                Some(b'\n') => {
                    self.at += 1;
                    self.here_documents()?;
                    break;
                }
                Some(_) if more => {}
                Some(_) => return self.unexpected("after a command"),
            }
        }
        self.close_here_documents()?;
        Ok(Some(list))
    }

    /// Commands up to a closing word or parenthesis, which is left where it is.
    pub(super) fn list(&mut self) -> Parsed<List> {
        let _level = self.budget.enter()?;
        let mut list = List::default();
        loop {
            self.newlines()?;
            let closed = match self.peek() {
                None | Some(b')') => true,
                Some(b';') => true,
                _ => self.at_reserved(Role::Closes),
            };
            if closed {
                return Ok(list);
            }
            let (item, more) = self.item()?;
            push_tight(&mut list.items, item);
            self.blanks();
            if !more && self.peek() != Some(b'\n') {
                return Ok(list);
            }
        }
    }

    /// A list that holds at least one command, as a loop's body must.
    pub(super) fn body(&mut self) -> Parsed<List> {
        let list = self.list()?;
        if list.items.is_empty() { self.unexpected("where a command was due") } else { Ok(list) }
    }

    /// Pipelines joined by `&&` and `||`, with the separator after them; whether there was one.
    pub(super) fn item(&mut self) -> Parsed<(AndOr, bool)> {
        let mut pipelines = vec![(When::Always, self.pipeline()?)];
        loop {
            self.blanks();
            let when = if self.eat("&&") {
                When::Succeeded
            } else if self.eat("||") {
                When::Failed
            } else {
                break;
            };
            self.newlines()?;
            pipelines.push((when, self.pipeline()?));
        }
        let mut more = false;
        let mut background = false;
        if self.peek() == Some(b'&') {
            self.at += 1;
            (more, background) = (true, true);
        } else if self.peek() == Some(b';') && !matches!(self.peek_at(1), Some(b';' | b'&')) {
            self.at += 1;
            more = true;
        }
        Ok((AndOr { pipelines, background }, more))
    }

    pub(super) fn pipeline(&mut self) -> Parsed<Pipeline> {
        let (mut negated, mut timed) = (false, false);
        loop {
            self.blanks();
            if self.eat_reserved("!") {
                negated = !negated;
                continue;
            }
            if self.eat_reserved("time") {
                timed = true;
                self.blanks();
                if self.starts("-p") && self.peek_at(2).is_none_or(is_metacharacter) {
                    self.at += 2;
                }
                self.blanks();
                if matches!(self.peek(), None | Some(b'\n' | b';')) {
                    return Ok(Pipeline { negated, timed, stages: Vec::new() });
                }
                continue;
            }
            break;
        }
        let mut stages = vec![self.command()?];
        loop {
            self.blanks();
            if self.peek() != Some(b'|') || self.peek_at(1) == Some(b'|') {
                return Ok(Pipeline { negated, timed, stages });
            }
            self.at += 1;
            if self.eat("&")
                && let Some(command) = stages.last_mut()
            {
                // `|&` is `2>&1 |`, done after the command's other redirections (Bash manual, 3.2.3).
                let kind = RedirectKind::Duplicate(Word::plain("1"));
                command.redirects.push(Redirect { fd: 2, variable: None, kind });
            }
            self.newlines()?;
            stages.push(self.command()?);
        }
    }
}

/// Whether `c` ends a word where it is not quoted (Bash manual, "metacharacter").
pub(super) fn is_metacharacter(c: u8) -> bool {
    matches!(c, b' ' | b'\t' | b'\n' | b';' | b'|' | b'&' | b'(' | b')' | b'<' | b'>')
}

/// Whether `c` may stand in a variable's name.
pub(super) fn is_name(c: u8) -> bool {
    c.is_ascii_alphanumeric() || c == b'_'
}
