//! `asm-guard install`: the guard's hook in the configuration of the agents that a person has.
//!
//! In: the text of a settings file, and the program that its hook should run. Out: the text as it should be, or what is
//! wrong with it, and where. That much is pure: [`agents`] is the table of what is written where, [`json`] edits, [`ours`]
//! knows an entry of the guard's again, [`diff`] shows the change, and [`program`] picks the path to write. [`disk`] is the
//! edge: it finds, reads, keeps and replaces files.
//!
//! ```
//! use asm_guard::install::{self, Change, agents};
//!
//! let codex = agents::named("codex").unwrap();
//! let Ok(Change::Text(installed)) = install::put("hooks.json", None, codex, "/opt/asm-guard") else { panic!() };
//! assert!(installed.contains("/opt/asm-guard hook --agent codex"));
//! assert_eq!(install::put("hooks.json", Some(&installed), codex, "/opt/asm-guard"), Ok(Change::None));
//! assert_eq!(install::take("hooks.json", Some(&installed), &[], codex), Ok(Change::Gone));
//! ```

pub mod agents;
pub mod diff;
pub mod disk;
pub mod json;
pub mod line;
pub mod managed;
pub mod ours;
pub mod program;

#[cfg(test)]
mod tests;

use agents::{Files, Target};
use json::Document;

use crate::document::Fault;

/// What becomes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is as it should be.
    None,
    /// It has this text.
    Text(String),
    /// It is removed: there is nothing in it but what was made for the guard.
    Gone,
}

/// What becomes of a file when the agent's hook is put into it. `text` is None where there is no file.
///
/// # Errors
/// When it cannot be read as what the agent reads.
pub fn put(file: &str, text: Option<&str>, agent: &Target, program: &str) -> Result<Change, Box<Fault>> {
    let before = text.unwrap_or_default();
    let document = Document::read(file, before, agent.dialect, &agent.events())?;
    let after = document.with(&agent.entries(program), agent.seed);
    Ok(if text == Some(&after) { Change::None } else { Change::Text(after) })
}

/// What becomes of a file when the agent's hook is taken out of it. `kept` are its texts from before the hook was put
/// there, so far as they were kept, the newest last: where one of them is what this file was, it is that again, to the
/// byte. A file of which none was kept was made for the hook, and goes with it.
///
/// # Errors
/// When it cannot be read as what the agent reads.
pub fn take(file: &str, text: Option<&str>, kept: &[String], agent: &Target) -> Result<Change, Box<Fault>> {
    let Some(before) = text else { return Ok(Change::None) };
    let document = Document::read(file, before, agent.dialect, &agent.events())?;
    let Some(program) = document.program() else { return Ok(Change::None) };
    let entries = agent.entries(&program);
    let read = |text| Document::read(file, text, agent.dialect, &agent.events());
    let mut earlier = false;
    for kept in kept.iter().rev() {
        let Ok(document) = read(kept) else { continue };
        if document.program().is_some() {
            continue;
        }
        if document.with(&entries, agent.seed) == before {
            return Ok(Change::Text(kept.clone()));
        }
        earlier = true;
    }
    let after = document.without();
    let left = read(&after)?;
    let made = !earlier && matches!(agent.files, Files::One(_));
    Ok(if made && left.is_only(agent.seed) { Change::Gone } else { Change::Text(after) })
}
