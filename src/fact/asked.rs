//! Facts that are looked for only where a rule asks for them.

use crate::value::Text;

/// A tool of an MCP server is called.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct McpCall {
    /// The server, as it stands in the tool's whole name (`github`, `plugin_aws-core_aws-mcp`).
    pub server: String,
    /// The tool, without the server.
    pub tool: String,
    /// Texts, numbers and truth values of its input by dotted path (`repository.owner`); those of a list each under
    /// the list's path.
    pub fields: Vec<(String, String)>,
}

/// A call of a function in code of another language than the shell.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct CodeCall {
    /// The language (`python`).
    pub language: &'static str,
    /// The function, as a dotted path; `()` stands where something was called (`boto3.client().list_secrets`).
    pub call: String,
    /// Its first arguments in order, those with a name behind them.
    pub arguments: Vec<Text>,
}

/// A file is changed.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct FileWrite {
    /// Its path: absolute as far as that is known, without `.` and `..`, the home folder `~`.
    pub path: Text,
    /// What is done to it.
    pub change: Change,
    /// What is written, or what is put in the place of what. Where only running it would tell, the words that compute it.
    pub text: Text,
}

/// What is done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// It is created, written, appended to or edited.
    Write,
    /// It is removed, or moved to another place.
    Remove,
    /// It gets another mode or owner.
    Mode,
}

impl Change {
    /// Its name in rules and for people.
    pub fn word(self) -> &'static str {
        match self {
            Change::Write => "write",
            Change::Remove => "remove",
            Change::Mode => "mode",
        }
    }
}
