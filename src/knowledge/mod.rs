//! What is known of programs, hosts and tools: data in `rules/`, looked up by name.
//!
//! Entries are compiled in as JSON and read only when a tool call needs them. What rule files of an organisation or a user
//! add stands beside them ([`Knowledge`]).

mod added;
mod command;
mod fits;
mod interests;
mod kind;
mod known;
mod lister;
mod program;
mod table;
mod writer;

use std::sync::OnceLock;

use serde::Deserialize;

pub use added::{Added, Addition, is_pattern};
pub use command::{Command, Form, Forwarder, Remote};
pub use interests::{Interest, Interests, is_relative};
pub use kind::Kind;
pub use known::Knowledge;
pub use lister::{Lister, Lists};
pub use program::{
    Alias, AwsCli, Cmdlet, Handling, HttpClient, Image, Inner, Interpreter, Operands, Program, Resolver,
    Shell, Shows, TaskFormat, Tasks, Variable, Wrapper,
};

pub use writer::{Writer, Writes};

/// The tables that `build.rs` makes of `rules/`.
#[allow(missing_docs)]
pub mod builtin {
    include!(concat!(env!("OUT_DIR"), "/builtin.rs"));
}

/// Names that lead to this machine.
#[derive(Debug, Deserialize)]
pub struct Loopback {
    /// Globs over host names in lower case.
    pub names: Vec<String>,
    /// Names that lead here from a container or a virtual machine.
    pub outside: Vec<String>,
    /// Domains whose names hold the address that they lead to.
    pub embedding: Vec<String>,
    /// Globs over unknown values that are this machine's name.
    pub unknown: Vec<String>,
}

/// Where the Secrets Manager Agent listens.
#[derive(Debug, Deserialize)]
pub struct Agent {
    /// Its port.
    pub port: u16,
    /// The variable that may name another.
    pub port_variable: String,
}

/// Names that lead to this machine, read once.
pub fn loopback() -> &'static Loopback {
    static LOOPBACK: OnceLock<Loopback> = OnceLock::new();
    LOOPBACK.get_or_init(|| {
        serde_json::from_str(builtin::LOOPBACK).expect("rules/hosts.toml was checked by its test")
    })
}

/// Where the Secrets Manager Agent listens, read once. Every call asks for it, and few for more of the hosts.
pub fn agent() -> &'static Agent {
    static AGENT: OnceLock<Agent> = OnceLock::new();
    AGENT.get_or_init(|| {
        serde_json::from_str(builtin::AGENT).expect("rules/hosts.toml was checked by its test")
    })
}

/// What is not read of the disk.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disk {
    /// Folders, by name, in which installed programs lie.
    pub installed: Vec<String>,
    /// Files, by name, that set up a shell.
    pub startup: Vec<String>,
    /// Globs over the names of files that hold settings.
    pub settings: Vec<String>,
}

/// What is not read of the disk, read once.
pub fn disk() -> &'static Disk {
    static DISK: OnceLock<Disk> = OnceLock::new();
    DISK.get_or_init(|| serde_json::from_str(builtin::DISK).expect("rules/disk.toml was checked by its test"))
}

/// What may be part of a fetch, in text that was not followed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Words in any text.
    pub words: Vec<String>,
    /// Numbers in any text.
    pub numbers: Vec<String>,
    /// Words in code.
    pub code: Vec<String>,
}

/// What may be part of a fetch, read once.
pub fn evidence() -> &'static Evidence {
    static EVIDENCE: OnceLock<Evidence> = OnceLock::new();
    let read =
        || serde_json::from_str(builtin::EVIDENCE).expect("rules/evidence.toml was checked by its test");
    EVIDENCE.get_or_init(read)
}

/// How many entries about programs and tools are built in.
pub fn built_in() -> usize {
    table::distinct() + builtin::VARIABLES.len() + builtin::SURFACES.len()
}

/// A path without empty segments, `.` and `..`.
pub(crate) fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        match (part, kept.last()) {
            ("..", Some(last)) if *last != ".." => drop(kept.pop()),
            _ => kept.push(part),
        }
    }
    format!("{}{}", if path.starts_with('/') { "/" } else { "" }, kept.join("/"))
}
