//! Tokens: what the text of a program is made of.

use super::words::Roles;

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A name or keyword, without its sigil.
    Name,
    /// A number as written.
    Number,
    /// An operator or separator.
    Punct,
    /// An opening bracket.
    Open,
    /// A closing bracket.
    Close,
    /// The end of a line.
    Newline,
    /// A string, with the code that stands in it.
    Text(Vec<Part>),
    /// Several words quoted together (`%w[a b]`, `qw(a b)`).
    Words(Vec<String>),
    /// A command for a shell.
    Command(Vec<Part>),
    /// A regular expression or a substitution.
    Pattern,
}

/// A part of a string.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    /// Characters.
    Text(String),
    /// Code whose value is put here.
    Code(Vec<Token>),
}

/// One token, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    pub line: usize,
    /// Whether white space stands before it.
    pub spaced: bool,
    /// What it is besides a name, where it is a name.
    pub roles: Roles,
}

impl Kind {
    /// Whether it may stand as an operand of its own.
    pub(super) fn is_literal(&self) -> bool {
        matches!(self, Kind::Text(_) | Kind::Number | Kind::Words(_) | Kind::Command(_) | Kind::Pattern)
    }
}
