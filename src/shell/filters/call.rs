//! A text tool being called: its words, its input, and how much it may still print.

use std::cell::{Cell, RefCell};

use super::bytes;
use crate::bounds::Budget;
use crate::shell::Invocation;
use crate::value::{Piece, Text, Unknown, Value};

/// How much one tool may do: bytes looked at, and [`STEP`] for each command of a script.
const MAX_WORK: usize = 8 << 20;
/// What a step of a script counts for.
pub(super) const STEP: usize = 64;
/// A longer text is not printed by one tool.
pub(super) const MAX_OUTPUT: usize = 1 << 20;

/// A text tool being called.
pub(super) struct Call<'a> {
    pub(super) program: &'a str,
    pub(super) words: &'a [&'a str],
    pub(super) invocation: &'a Invocation,
    pub(super) budget: &'a Budget,
    unknowns: RefCell<Vec<Unknown>>,
    work: Cell<usize>,
}

impl<'a> Call<'a> {
    pub(super) fn new(
        program: &'a str,
        words: &'a [&'a str],
        invocation: &'a Invocation,
        budget: &'a Budget,
    ) -> Call<'a> {
        Call { program, words, invocation, budget, unknowns: RefCell::default(), work: Cell::default() }
    }

    /// Counts work; None where one tool does too much. What it prints is unknown then, and the rest of the command
    /// is understood all the same.
    pub(super) fn spend(&self, work: usize) -> Option<()> {
        let spent = self.work.get().saturating_add(work);
        self.work.set(spent);
        (spent <= MAX_WORK).then_some(())
    }

    /// Standard input; None where nothing of it is known.
    pub(super) fn stdin(&self) -> Option<String> {
        self.flat(&self.invocation.stdin)
    }

    /// What a file holds.
    pub(super) fn file(&self, path: &str) -> Option<String> {
        match path {
            path if is_stdin(path) => self.stdin(),
            "/dev/null" => Some(String::new()),
            path => match self.invocation.files.get(path)? {
                Value::One(text) => self.flat(&text),
                Value::Any(_) => None,
            },
        }
    }

    /// What the files hold one behind the other; standard input where there is none.
    pub(super) fn files(&self, paths: &[&str]) -> Option<String> {
        if paths.is_empty() {
            return self.stdin();
        }
        let mut out = String::new();
        let mut read = false;
        for path in paths {
            // Standard input is read up once.
            if is_stdin(path) && std::mem::replace(&mut read, is_stdin(path)) {
                continue;
            }
            out.push_str(&self.file(path)?);
        }
        Some(out)
    }

    /// The same, where all of it is known.
    pub(super) fn exact(&self, paths: &[&str]) -> Option<String> {
        self.files(paths).filter(|text| !bytes::has_unknown(text))
    }

    /// The same as bytes.
    pub(super) fn bytes(&self, paths: &[&str]) -> Option<Vec<u8>> {
        Some(bytes::of_text(&self.exact(paths)?))
    }

    /// A text in which each unknown part is one character; None where nothing of it is known.
    fn flat(&self, text: &Text) -> Option<String> {
        if text.is_wholly_unknown() { None } else { self.flattened(text) }
    }

    /// The same of a text of which perhaps nothing is known; empty where it has too many parts.
    pub(super) fn flat_or_unknown(&self, text: &Text) -> String {
        self.flattened(text).unwrap_or_default()
    }

    fn flattened(&self, text: &Text) -> Option<String> {
        self.spend(text.known_len())?;
        self.budget.produce(text.known_len()).ok()?;
        let pieces = match text {
            Text::Literal(text) => return Some(text.clone()),
            Text::Mixed(pieces) => pieces,
        };
        let mut unknowns = self.unknowns.borrow_mut();
        let mut out = String::new();
        for piece in pieces.iter() {
            match piece {
                Piece::Literal(text) | Piece::Glob(text) => out.push_str(text),
                Piece::Unknown(unknown) => {
                    let known = unknowns.iter().position(|known| known == unknown);
                    let number = known.unwrap_or(unknowns.len());
                    if number == bytes::MAX_UNKNOWNS {
                        return None;
                    }
                    if known.is_none() {
                        unknowns.push(unknown.clone());
                    }
                    out.push(bytes::unknown(number));
                }
            }
        }
        Some(out)
    }

    /// What a filter made of such texts, with its unknown parts.
    pub(super) fn text(&self, flat: String) -> Text {
        let unknowns = self.unknowns.borrow();
        if unknowns.is_empty() || !bytes::has_unknown(&flat) {
            return Text::Literal(flat);
        }
        let mut pieces = Vec::new();
        let mut literal = String::new();
        for c in flat.chars() {
            match bytes::unknown_number(c).and_then(|number| unknowns.get(number)) {
                Some(unknown) => {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                    pieces.push(Piece::Unknown(unknown.clone()));
                }
                None => literal.push(c),
            }
        }
        pieces.push(Piece::Literal(literal));
        Text::from_pieces(pieces.into_iter().filter(|piece| *piece != Piece::Literal(String::new())))
    }
}

fn is_stdin(path: &str) -> bool {
    matches!(path, "-" | "/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0")
}

/// Text under construction that does not grow beyond its bound.
#[derive(Default)]
pub(super) struct Out(String);

impl Out {
    /// Adds to the text; None where it grows too long.
    pub(super) fn push(&mut self, text: &str) -> Option<()> {
        if self.0.len() + text.len() > MAX_OUTPUT {
            return None;
        }
        self.0.push_str(text);
        Some(())
    }

    /// Adds a line.
    pub(super) fn line(&mut self, text: &str) -> Option<()> {
        self.push(text)?;
        self.push("\n")
    }

    pub(super) fn done(self) -> String {
        self.0
    }

    pub(super) fn ends_line(&self) -> bool {
        self.0.is_empty() || self.0.ends_with('\n')
    }
}

/// Changes each line and keeps its end, where it has one.
pub(super) fn each_line(text: &str, mut change: impl FnMut(&str) -> Option<String>) -> Option<String> {
    let mut out = Out::default();
    for line in text.split_inclusive('\n') {
        match line.strip_suffix('\n') {
            Some(line) => out.line(&change(line)?)?,
            None => out.push(&change(line)?)?,
        }
    }
    Some(out.done())
}

/// The lines of a text; the last may lack its end.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive('\n').map(|line| line.strip_suffix('\n').unwrap_or(line))
}
