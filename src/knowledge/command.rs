//! Programs that rules judge by their command line, programs that forward connections, and operations of AWS that
//! run a command elsewhere: entries of `rules/programs/`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// A program that rules judge by its command line.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Command {
    /// The names of the program.
    pub program: Vec<String>,
    /// Options that take the next word.
    pub value_options: Vec<String>,
    /// Options under the name that rules use for them: `-b` is `--backend`.
    pub same: BTreeMap<String, String>,
    /// Options that stand for a word among its operands, before all others: `dpkg -r` is `dpkg remove`. One of a single letter
    /// in a bundle that it begins, too.
    pub words: BTreeMap<String, String>,
    /// Variables that stand for an option where it is not given.
    pub variables: BTreeMap<String, String>,
    /// Options whose value is a file that it reads; `-` is standard input.
    pub files: Vec<String>,
    /// Files that it reads unasked.
    pub default_files: Vec<String>,
    /// Words with which it does nothing that matters.
    pub inert: Vec<String>,
    /// Where only built-in rules judge it: texts of which some word must hold one, so that other calls of it cost nothing.
    pub with: Vec<String>,
    /// What it prints is called by its whole command line where it is not known (`output of pgrep node`).
    pub named_output: bool,
    /// What its unknown words are called is among what it is given to read.
    pub reads_names: bool,
}

/// A program that forwards connections, or answers them by asking another server.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Forwarder {
    /// The names of the program.
    pub program: Vec<String>,
    /// The words that select this entry: one must be among the operands.
    pub subcommand: Vec<String>,
    /// Options whose value says where to; all words where none is named.
    pub options: Vec<String>,
    /// How a word says where to.
    pub form: Form,
}

/// How a word says where a connection is forwarded to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Form {
    /// A port, an address or a URL.
    #[default]
    #[serde(rename = "address")]
    Address,
    /// `[address:]port:port`, the second one on the other side.
    #[serde(rename = "port:port")]
    Pair,
    /// `[address:]port:host:port`
    #[serde(rename = "port:host:port")]
    Triple,
}

/// An operation of AWS that runs a command elsewhere, or opens a way there.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Remote {
    /// `service operation`, as facts spell them.
    pub name: Vec<String>,
    /// The parameter that holds the command.
    pub parameter: String,
    /// Its members that are commands; none where it is one itself.
    pub members: Vec<String>,
    /// Its members that are ports, each of the other side.
    pub ports: Vec<String>,
    /// The member that is the host of that port.
    pub host: Option<String>,
}
