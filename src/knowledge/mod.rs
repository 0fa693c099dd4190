//! What is known of programs, hosts and tools: data in `rules/`, looked up by name.
//!
//! Entries are compiled in as JSON and read only when a tool call needs them.

mod program;

use std::sync::OnceLock;

use serde::Deserialize;

pub use program::{Alias, AwsCli, Cmdlet, HttpClient, Image, Inner, Interpreter, Operands, Program, Shell, Wrapper};

use crate::shell::{Holds, pattern};

/// The tables that `build.rs` makes of `rules/`.
#[allow(missing_docs)]
pub mod builtin {
    include!(concat!(env!("OUT_DIR"), "/builtin.rs"));
}

/// Names of this machine, and where the agent daemon listens.
#[derive(Debug, Deserialize)]
pub struct Hosts {
    /// Names that lead to this machine.
    pub loopback: Loopback,
    /// The Secrets Manager Agent.
    pub agent: Agent,
}

/// Names that lead to this machine.
#[derive(Debug, Deserialize)]
pub struct Loopback {
    /// Globs over host names in lower case.
    pub names: Vec<String>,
    /// Unknown values that are this machine's name.
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

/// The hosts, read once.
pub fn hosts() -> &'static Hosts {
    static HOSTS: OnceLock<Hosts> = OnceLock::new();
    HOSTS.get_or_init(|| serde_json::from_str(builtin::HOSTS).expect("rules/hosts.toml was checked by its test"))
}

/// Every entry for a program, by its base name.
pub fn programs(name: &str) -> Vec<Program> {
    entries(name).iter().filter_map(|json| serde_json::from_str(json).ok()).collect()
}

/// Whether anything is known of a program.
pub fn is_program(name: &str) -> bool {
    !entries(name).is_empty()
}

/// The entries under a name: as it is written, in lower case as Windows and PowerShell take it, or by pattern.
fn entries(name: &str) -> &'static [&'static str] {
    let exact = |name: &str| builtin::PROGRAMS.binary_search_by(|(known, _)| (*known).cmp(name)).ok();
    let by_pattern = || {
        let fits = |known: &str| {
            known.contains('*') && !known.starts_with("image ") && pattern::matches(known, name)
        };
        builtin::PROGRAMS.iter().position(|(known, _)| fits(known))
    };
    let found = exact(name)
        .or_else(|| name.contains(char::is_uppercase).then(|| exact(&name.to_lowercase())).flatten())
        .or_else(by_pattern);
    found.map_or(&[], |at| builtin::PROGRAMS[at].1)
}

/// What a variable holds that some program runs.
pub fn variable(name: &str) -> Option<Holds> {
    let at = builtin::VARIABLES.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    serde_json::from_str(builtin::VARIABLES[at].1).ok()
}

/// Names of programs that a file-name pattern could stand for.
pub fn programs_like(glob: &str) -> impl Iterator<Item = &'static str> + '_ {
    let plain = |name: &&str| !name.contains('*') && !name.starts_with("image ");
    builtin::PROGRAMS.iter().map(|(name, _)| *name).filter(plain).filter(move |name| pattern::matches(glob, name))
}

/// The program that a container image starts, where it is known.
pub fn image(name: &str) -> Option<String> {
    builtin::PROGRAMS
        .iter()
        .filter_map(|(known, entries)| Some((known.strip_prefix("image ")?, entries)))
        .find(|(known, _)| pattern::matches(known, name))
        .and_then(|(_, entries)| serde_json::from_str(entries.first()?).ok())
        .and_then(|program| if let Program::Image(image) = program { Some(image.program) } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_reads() {
        let mut count = 0;
        for (name, entries) in builtin::PROGRAMS {
            for json in *entries {
                let read: Result<Program, _> = serde_json::from_str(json);
                assert!(read.is_ok(), "{name}: {}: {json}", read.unwrap_err());
                count += 1;
            }
        }
        for (name, _) in builtin::VARIABLES {
            assert!(variable(name).is_some(), "{name}");
        }
        assert!(count > 200, "only {count} entries");
        assert!(hosts().loopback.names.len() > 20);
    }

    #[test]
    fn names_are_found_exactly_and_by_pattern() {
        assert!(matches!(programs("aws").first(), Some(Program::AwsCli(_))));
        assert!(matches!(programs("python3.12").first(), Some(Program::Interpreter(_))));
        assert!(matches!(programs("get-secsecretvalue").first(), Some(Program::Cmdlet(_))));
        assert!(programs("frobnicate").is_empty());
        assert_eq!(image("public.ecr.aws/amazon/aws-cli:2").as_deref(), Some("aws"));
        assert!(programs_like("aw?").any(|name| name == "aws"));
    }
}
