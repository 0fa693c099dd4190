//! The kinds of entries, by the names that files have for them.

use serde_json::Value;

/// What an entry tells how to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Kind {
    Alias,
    AwsCli,
    Cmdlet,
    Command,
    Forwarder,
    Handling,
    HttpClient,
    Image,
    Interpreter,
    Lister,
    Remote,
    Resolver,
    Shell,
    Surface,
    Tasks,
    Variable,
    Wrapper,
    Writer,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 18] = [
        Kind::Alias,
        Kind::AwsCli,
        Kind::Cmdlet,
        Kind::Command,
        Kind::Forwarder,
        Kind::Handling,
        Kind::HttpClient,
        Kind::Image,
        Kind::Interpreter,
        Kind::Lister,
        Kind::Remote,
        Kind::Resolver,
        Kind::Shell,
        Kind::Surface,
        Kind::Tasks,
        Kind::Variable,
        Kind::Wrapper,
        Kind::Writer,
    ];

    /// Its word, as files write it: `[[http_client]]`.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Alias => "alias",
            Kind::AwsCli => "aws_cli",
            Kind::Cmdlet => "cmdlet",
            Kind::Command => "command",
            Kind::Forwarder => "forwarder",
            Kind::Handling => "handling",
            Kind::HttpClient => "http_client",
            Kind::Image => "image",
            Kind::Interpreter => "interpreter",
            Kind::Lister => "lister",
            Kind::Remote => "remote",
            Kind::Resolver => "resolver",
            Kind::Shell => "shell",
            Kind::Surface => "surface",
            Kind::Tasks => "tasks",
            Kind::Variable => "variable",
            Kind::Wrapper => "wrapper",
            Kind::Writer => "writer",
        }
    }

    /// The key under which an entry has its names.
    pub fn names(self) -> &'static str {
        match self {
            Kind::Surface => "tool",
            Kind::Alias | Kind::Cmdlet | Kind::Image | Kind::Remote | Kind::Variable => "name",
            _ => "program",
        }
    }

    /// What its names are of, which stands before them where they are looked up.
    pub(super) fn class(self) -> &'static str {
        match self {
            Kind::Handling
            | Kind::Image
            | Kind::Lister
            | Kind::Remote
            | Kind::Surface
            | Kind::Variable
            | Kind::Writer => self.word(),
            _ => PROGRAM,
        }
    }

    /// The key under which a name of such an entry is looked up. PowerShell knows no case.
    pub(super) fn key(self, name: &str) -> String {
        match self {
            Kind::Cmdlet | Kind::Alias | Kind::Writer => key(self.class(), &name.to_lowercase()),
            _ => key(self.class(), name),
        }
    }

    /// An entry as a line.
    pub(super) fn line(self, json: &Value) -> String {
        match self {
            // Another type reads these.
            Kind::Surface | Kind::Variable => json.to_string(),
            _ => format!("{{\"{}\":{json}}}", self.word()),
        }
    }
}

/// What stands before the names of programs.
pub(super) const PROGRAM: &str = "program";

/// The key of a name.
pub(super) fn key(class: &str, name: &str) -> String {
    format!("{class} {name}")
}
