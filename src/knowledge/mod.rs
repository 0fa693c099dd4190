//! What is known of programs, hosts and tools: data in `rules/`, looked up by name.
//!
//! Entries are compiled in as JSON and read only when a tool call needs them.

mod command;
mod interests;
mod program;
mod writer;

use std::sync::OnceLock;

use serde::Deserialize;

pub use command::{Command, Form, Forwarder, Remote};
pub use interests::{Interest, Interests, is_relative};
pub use program::{
    Alias, AwsCli, Cmdlet, Handling, HttpClient, Image, Inner, Interpreter, Operands, Program, Resolver,
    Shell, Shows, TaskFormat, Tasks, Wrapper,
};

pub use writer::{Writer, Writes};

use crate::shell::{Holds, pattern};
use crate::value::Text;

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

/// Whether a program runs what it reads on standard input, or what it reads says what it runs.
pub fn runs_input(name: &str) -> bool {
    programs(name).iter().any(|program| match program {
        Program::Shell(_) | Program::Interpreter(_) => true,
        Program::Wrapper(wrapper) => wrapper.stdin_words || wrapper.stdin_shell,
        _ => false,
    })
}

/// Every entry for a program, by its base name.
pub fn programs(name: &str) -> Vec<Program> {
    let read = |json| serde_json::from_str(json).expect("rules/programs/ was checked by its test");
    entries(name).map(read).collect()
}

/// Whether anything is known of a program.
pub fn is_program(name: &str) -> bool {
    entries(name).next().is_some()
}

/// The name at a place of the table.
fn name_at(at: usize) -> &'static str {
    let ((start, end), _) = builtin::PROGRAMS[at];
    &builtin::PROGRAM_NAMES[start as usize..end as usize]
}

/// The entries under a name: as it is written, in lower case as Windows and PowerShell take it, or by pattern.
fn entries(name: &str) -> impl Iterator<Item = &'static str> {
    let found = exact(name)
        .or_else(|| name.contains(char::is_uppercase).then(|| exact(&name.to_lowercase())).flatten())
        .or_else(|| by_pattern(name, builtin::PATTERNS));
    found.into_iter().flat_map(entries_at)
}

fn entries_at(at: usize) -> impl Iterator<Item = &'static str> {
    let (_, (start, end)) = builtin::PROGRAMS[at];
    builtin::PROGRAM_TEXT[start as usize..end as usize].lines()
}

fn exact(name: &str) -> Option<usize> {
    let known = |&((start, end), _): &(builtin::Span, builtin::Span)| {
        &builtin::PROGRAM_NAMES[start as usize..end as usize]
    };
    builtin::PROGRAMS.binary_search_by(|entry| known(entry).cmp(name)).ok()
}

fn by_pattern(name: &str, patterns: &[(u32, u32)]) -> Option<usize> {
    let fits = |&(at, fixed): &(u32, u32)| {
        let known = name_at(at as usize);
        name.starts_with(&known[..fixed as usize]) && pattern::matches(known, name)
    };
    patterns.iter().copied().find(fits).map(|(at, _)| at as usize)
}

/// What the table's names of container images begin with.
const IMAGE: &str = "image ";
/// What the names begin with under which the table says how programs handle what they are given.
const HANDLING: &str = "handling ";

/// How a program, by its base name, handles what it is given in these arguments, where that is not to use it.
pub fn handling(name: &str, arguments: &[Text]) -> Option<Handling> {
    let fits = |handling: &Handling| {
        let given = |word: &String| arguments.iter().any(|argument| argument.literal() == Some(word));
        handling.with.is_empty() || handling.with.iter().any(given)
    };
    let read = |json| match serde_json::from_str(json) {
        Ok(Program::Handling(handling)) => Some(handling),
        _ => None,
    };
    entries_at(exact(&format!("{HANDLING}{name}"))?).filter_map(read).find(fits)
}

/// Whether a program may be one that changes files, as far as the length and the first letter of its name tell. Every
/// program is asked, and few are.
pub fn may_be_writer(program: &Text) -> bool {
    let Text::Literal(path) = program else { return false };
    let name = path.rfind('/').map_or(0, |at| at + 1);
    match (path.as_bytes().get(name), builtin::WRITERS.get(path.len() - name)) {
        (Some(letter), Some(letters)) if letter.is_ascii_alphabetic() => {
            letters & (1 << (letter.to_ascii_lowercase() - b'a')) != 0
        }
        _ => false,
    }
}

/// How a program changes files, by its base name; PowerShell knows no case.
pub fn writer(name: &str) -> Option<Writer> {
    match serde_json::from_str(entries_at(exact(&format!("writer {}", name.to_lowercase()))?).next()?) {
        Ok(Program::Writer(writer)) => Some(writer),
        _ => None,
    }
}

/// An operation of AWS that runs a command elsewhere.
pub fn remote(service: &str, operation: &str) -> Option<Remote> {
    match serde_json::from_str(entries_at(exact(&format!("remote {service} {operation}"))?).next()?) {
        Ok(Program::Remote(remote)) => Some(remote),
        _ => None,
    }
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

/// What a variable holds that some program runs.
pub fn variable(name: &str) -> Option<Holds> {
    let at = builtin::VARIABLES.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    serde_json::from_str(builtin::VARIABLES[at].1).ok()
}

/// Names of programs that a file-name pattern could stand for.
pub fn programs_like(glob: &str) -> impl Iterator<Item = &'static str> + '_ {
    // Names of other things than programs have a word before them.
    let plain = |name: &&str| !name.contains(['*', ' ']);
    (0..builtin::PROGRAMS.len()).map(name_at).filter(plain).filter(move |name| pattern::matches(glob, name))
}

/// The program that a container image starts, where it is known.
pub fn image(name: &str) -> Option<String> {
    let name = format!("{IMAGE}{name}");
    let at = exact(&name).or_else(|| by_pattern(&name, builtin::OTHER_PATTERNS))?;
    match serde_json::from_str(entries_at(at).next()?) {
        Ok(Program::Image(image)) => Some(image.program),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_reads() {
        let mut count = 0;
        for at in 0..builtin::PROGRAMS.len() {
            let name = name_at(at);
            for json in entries_at(at) {
                let read: Result<Program, _> = serde_json::from_str(json);
                assert!(read.is_ok(), "{name}: {}: {json}", read.unwrap_err());
                count += 1;
            }
        }
        for (name, _) in builtin::VARIABLES {
            assert!(variable(name).is_some(), "{name}");
        }
        assert!(count > 200, "only {count} entries");
        assert!(loopback().names.len() > 20 && agent().port > 0);
        assert!(disk().installed.len() > 20);
        assert!(evidence().words.iter().all(|word| *word == word.to_lowercase()));
    }

    #[test]
    fn names_are_found_exactly_and_by_pattern() {
        assert!(matches!(programs("aws").first(), Some(Program::AwsCli(_))));
        assert!(matches!(programs("python3.12").first(), Some(Program::Interpreter(_))));
        assert!(matches!(programs("get-secsecretvalue").first(), Some(Program::Cmdlet(_))));
        assert!(programs("frobnicate").is_empty());
        assert_eq!(image("public.ecr.aws/amazon/aws-cli:2").as_deref(), Some("aws"));
        assert!(programs_like("aw?").any(|name| name == "aws"));
        assert!(programs_like("ech?").next().is_none() && !is_program("echo"));
        let shows = |name, word: &str| handling(name, &[Text::from(word)]).map(|handling| handling.shows);
        assert_eq!(shows("echo", "x"), Some(vec![Shows::Arguments]));
        assert_eq!(shows("openssl", "base64"), Some(vec![Shows::Input]));
        assert_eq!(shows("openssl", "dgst"), Some(Vec::new()));
        assert_eq!(shows("psql", "x"), None);
    }
}
