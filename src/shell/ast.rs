//! The syntax of a bash program, as far as it decides what runs.

use std::cell::OnceCell;
use std::rc::Rc;

use crate::trace::Place;

/// A program: its complete commands in the order in which bash reads and runs them.
#[derive(Debug, Clone, Default)]
pub struct Script {
    /// The lines before any syntax error. bash runs each of them before it reads the next.
    pub commands: Vec<List>,
    /// What stopped the reading, if anything did.
    pub error: Option<SyntaxError>,
}

/// Where and why a program stops being one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Byte offset at which the command begins that does not parse.
    pub at: usize,
    /// What was wrong.
    pub message: String,
}

/// Commands joined by `;`, `&` or newlines.
#[derive(Debug, Clone, Default)]
pub struct List {
    /// Each with the operators that join its pipelines.
    pub items: Vec<AndOr>,
}

/// Pipelines joined by `&&` and `||`, perhaps in the background.
#[derive(Debug, Clone)]
pub struct AndOr {
    /// The pipelines, in order, each with what it waits for.
    pub pipelines: Vec<(When, Pipeline)>,
    /// Whether it ends in `&`.
    pub background: bool,
}

/// What the pipeline before must have done for this one to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Anything: it is the first.
    Always,
    /// Succeeded (`&&`).
    Succeeded,
    /// Failed (`||`).
    Failed,
}

/// Commands joined by `|`.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// Whether its exit status is turned around (`!`).
    pub negated: bool,
    /// Whether the time that it takes is told (`time`).
    pub timed: bool,
    /// The commands; the output of each is the input of the next.
    pub stages: Vec<Command>,
}

/// One command with its redirections.
#[derive(Debug, Clone)]
pub struct Command {
    /// What it is.
    pub kind: Kind,
    /// Its redirections, in order.
    pub redirects: Vec<Redirect>,
}

/// The kinds of command (Bash manual, 3.2 "Shell Commands").
#[derive(Debug, Clone)]
pub enum Kind {
    /// Assignments and words.
    Simple(Simple),
    /// `( … )`
    Subshell(List),
    /// `{ …; }`
    Group(List),
    /// `if`, with each condition and its branch, and `else`.
    If { branches: Vec<(List, List)>, otherwise: Option<List> },
    /// `while` and `until`.
    While { until: bool, condition: List, body: List },
    /// `for NAME in WORDS` and `select`; no words mean the positional parameters.
    For { select: bool, name: String, words: Option<Vec<Word>>, body: List },
    /// `for ((init; condition; step))`
    ArithmeticFor { header: Word, body: List },
    /// `case`.
    Case { subject: Word, arms: Vec<Arm> },
    /// A function definition: nothing runs until it is called.
    Function { name: String, body: Rc<Command> },
    /// `(( … ))`
    Arithmetic(Word),
    /// `[[ … ]]`: its words and operators in order.
    Test(Vec<Word>),
    /// `coproc`.
    Coproc(Box<Command>),
}

/// One arm of a `case`.
#[derive(Debug, Clone)]
pub struct Arm {
    /// The patterns, any of which selects it.
    pub patterns: Vec<Word>,
    /// What it runs.
    pub body: List,
    /// What follows it.
    pub then: Then,
}

/// What follows an arm of a `case` that ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// The end of the `case` (`;;`).
    End,
    /// The next arm, whatever its patterns (`;&`).
    Fall,
    /// Those of the arms below whose patterns match (`;;&`).
    Test,
}

/// A simple command.
#[derive(Debug, Clone, Default)]
pub struct Simple {
    /// `NAME=value` before the first word.
    pub assignments: Vec<Assignment>,
    /// The words; the first names the program.
    pub words: Vec<Word>,
    /// Array assignments among the arguments (`declare -a x=(…)`).
    pub declared: Vec<Assignment>,
    /// Where it stands, in a file on disk.
    pub place: Option<Place>,
}

/// `NAME=value`, `NAME[i]=value`, `NAME+=value`, `NAME=(…)`.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// The subscript as written.
    pub index: Option<Word>,
    /// Whether it appends (`+=`).
    pub append: bool,
    /// What is assigned.
    pub value: Assigned,
}

/// The right side of an assignment.
#[derive(Debug, Clone)]
pub enum Assigned {
    /// One value.
    Scalar(Word),
    /// Elements, each with its subscript where it has one.
    Array(Vec<(Option<Word>, Word)>),
}

/// A redirection.
#[derive(Debug, Clone)]
pub struct Redirect {
    /// The file descriptor; the operator's default where it is not written.
    pub fd: u32,
    /// The variable that receives the descriptor (`{name}>file`).
    pub variable: Option<String>,
    /// What it does.
    pub kind: RedirectKind,
}

/// What a redirection does to its file descriptor.
#[derive(Debug, Clone)]
pub enum RedirectKind {
    /// `< word`
    Read(Word),
    /// `> word`, `>| word`
    Write(Word),
    /// `>> word`
    Append(Word),
    /// `<> word`
    ReadWrite(Word),
    /// `>& word`, `<& word`: another descriptor, or `-`.
    Duplicate(Word),
    /// `<<<` and, with its body read later, `<<`.
    Here(Rc<OnceCell<Word>>),
}

/// A word, before expansion.
#[derive(Debug, Clone, Default)]
pub struct Word {
    /// Its parts, in order.
    pub parts: Vec<Part>,
}

/// A part of a word.
#[derive(Debug, Clone)]
pub enum Part {
    /// Unquoted text, subject to brace, tilde and file-name expansion.
    Plain(String),
    /// Quoted text: single quotes, a backslash, `$'…'` already decoded.
    Quoted(String),
    /// Double quotes.
    Double(Vec<Part>),
    /// `$x` or `${…}`.
    Parameter(Box<Parameter>),
    /// `$(…)` or backquotes.
    Substitution(Rc<Script>),
    /// `$((…))`, to be expanded and then evaluated.
    Arithmetic(Word),
    /// `<(…)` or `>(…)`.
    Process { writes: bool, script: Rc<Script> },
}

/// A parameter expansion.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Variable name, digits, or a special character (`@ * # ? - $ ! 0`).
    pub name: String,
    /// The subscript: `@`, `*` or an expression.
    pub index: Option<Word>,
    /// `$name`, without braces.
    pub bare: bool,
    /// `${!name…}`
    pub indirect: bool,
    /// `${#name}`
    pub length: bool,
    /// What is done to the value.
    pub operator: Option<Operator>,
}

/// What a parameter expansion does to the value (Bash manual, 3.5.3).
#[derive(Debug, Clone)]
pub enum Operator {
    /// `:-`, `-`
    Default { colon: bool, word: Word },
    /// `:=`, `=`
    Assign { colon: bool, word: Word },
    /// `:?`, `?`
    Require { colon: bool, word: Word },
    /// `:+`, `+`
    Alternative { colon: bool, word: Word },
    /// `#`, `##`
    TrimPrefix { longest: bool, pattern: Word },
    /// `%`, `%%`
    TrimSuffix { longest: bool, pattern: Word },
    /// `/`, `//`, `/#`, `/%`
    Replace { how: Replace, pattern: Word, replacement: Word },
    /// `:offset:length`
    Substring { offset: Word, length: Option<Word> },
    /// `^ ^^ , ,, ~ ~~`, with the pattern of the characters that change.
    Case { change: CaseChange, all: bool, pattern: Word },
    /// `@Q`, `@E`, …
    Transform(char),
    /// `${!prefix*}`, `${!prefix@}`
    Names,
}

/// What becomes of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseChange {
    /// `^`
    Upper,
    /// `,`
    Lower,
    /// `~`
    Toggle,
}

/// Which matches a replacement replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replace {
    /// The first.
    First,
    /// Every one.
    All,
    /// One at the start.
    Prefix,
    /// One at the end.
    Suffix,
}

impl Word {
    /// A word of unquoted text.
    pub fn plain(text: impl Into<String>) -> Word {
        Word { parts: vec![Part::Plain(text.into())] }
    }

    /// Its text, where it is nothing but unquoted text.
    pub fn as_plain(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Plain(text)] => Some(text),
            _ => None,
        }
    }
}
