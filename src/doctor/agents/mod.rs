//! The agents besides Claude Code: whether the guard's hook stands in their configuration, is as `asm-guard install` writes
//! it, is not switched off, and answers.

mod bundle;
mod switches;

pub use bundle::Bundle;
pub use switches::TRUST;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::{Finding, Machine, answers, manner, process};
use crate::install::agents::{self, Files, Target};
use crate::install::json::Document;
#[cfg(windows)]
use crate::install::line::Shell;
use crate::install::{disk, ours};
use crate::search;

/// How long a probe is waited for: as long as the agents are told to wait.
const TIME: Duration = Duration::from_secs(10);

/// What there is of some agents.
#[derive(Debug, Default)]
pub struct Examined {
    /// What is wrong, or well.
    pub findings: Vec<Finding>,
    /// The guards that hooks run.
    pub programs: Vec<PathBuf>,
    /// Whether a hook of the guard stands before one of them.
    pub is_guarded: bool,
}

/// Looks at every agent that is here.
pub fn examine_all(machine: &Machine) -> Examined {
    let others = agents::ALL.iter().filter(|agent| agent.name != manner::CLAUDE.name);
    let here = others.filter(|agent| disk::is_here(&machine.environment, agent));
    let mut all = Examined::default();
    for agent in here {
        let Examined { findings, programs, is_guarded } = examine(agent, machine);
        all.findings.extend(findings);
        all.programs.extend(
            programs.into_iter().filter(|program| !all.programs.contains(program)).collect::<Vec<_>>(),
        );
        all.is_guarded |= is_guarded;
    }
    all
}

/// A plugin or an extension that brings an agent the hook.
pub fn bundle(agent: &Target, machine: &Machine) -> Option<Bundle> {
    bundle::find(agent, &disk::folder(&machine.environment, agent)?)
}

/// Looks at one.
pub fn examine(agent: &'static Target, machine: &Machine) -> Examined {
    let mut examined = Examined::default();
    let mend = format!("`asm-guard install {}`.", agent.name);
    let Some(folder) = disk::folder(&machine.environment, agent) else { return examined };
    let files = disk::files(&folder, agent);
    let bundle = bundle::find(agent, &folder);
    if let Some(bundle) = &bundle {
        let shown = bundle.list.display();
        let message = format!("{} has the hook of asm-guard by {shown}. It was not tried.", agent.title);
        examined.findings.push(Finding::note(agent.name, message));
        examined.is_guarded = true;
    }
    if let (true, Files::Each(_, advice)) = (files.is_empty(), &agent.files) {
        let message = format!("{} is here, and has no file that a hook could stand in.", agent.title);
        examined.findings.push(Finding::warning(agent.name, message, *advice));
        return examined;
    }
    for file in files {
        match hooks(agent, &file) {
            Err(message) => {
                let mend = format!("Mend the file, then {mend}");
                examined.findings.push(Finding::error(agent.name, message, mend));
            }
            Ok(found) => one(agent, &file, &found, bundle.as_ref(), machine, &mut examined),
        }
    }
    if examined.is_guarded {
        examined.findings.extend(switches::check(agent, &folder, bundle.as_ref()));
    }
    examined
}

/// What a file has of the guard's.
#[derive(Debug, Default, PartialEq)]
struct Found {
    /// What it says.
    value: Value,
    /// The first program, as it is written there.
    program: Option<String>,
    /// The command lines of its handlers, each once.
    commands: Vec<String>,
}

/// The guard's hooks in a file.
fn hooks(agent: &Target, file: &Path) -> Result<Found, String> {
    let settings = disk::Settings::read(file).map_err(|why| format!("{why}."))?;
    let Some(text) = &settings.text else { return Ok(Found::default()) };
    let shown = file.display().to_string();
    let document = Document::read(&shown, text, agent.dialect, &agent.events());
    let document = document.map_err(|fault| format!("{}.", fault.in_a_line()))?;
    let value = document.value().unwrap_or_default();
    let lists = value["hooks"].as_object().into_iter().flatten();
    let entries = lists.filter_map(|(_, list)| list.as_array()).flatten();
    let own = entries.flat_map(ours::handlers).filter(|handler| ours::program(handler).is_some());
    let mut commands: Vec<String> = own.filter_map(ours::command).map(str::to_owned).collect();
    commands.dedup();
    Ok(Found { program: document.program(), commands, value })
}

/// What is to be said of one file.
fn one(
    agent: &Target,
    file: &Path,
    found: &Found,
    bundle: Option<&Bundle>,
    machine: &Machine,
    examined: &mut Examined,
) {
    let mend = &*format!("`asm-guard install {}`.", agent.name);
    let (title, shown) = (agent.title, file.display());
    let Some(program) = &found.program else {
        if bundle.is_none() {
            let message = format!("{title} is here, and {shown} has no hook of asm-guard.");
            examined.findings.push(Finding::warning(agent.name, message, mend));
        }
        return;
    };
    examined.is_guarded = true;
    if Path::new(program).is_absolute() {
        if !search::is_program(Path::new(program)) {
            let message = format!(
                "The hook in {shown} runs {program}, which is no program: calls are refused, or pass."
            );
            examined.findings.push(Finding::error(agent.name, message, mend));
            return;
        }
        examined.programs.push(PathBuf::from(program));
    }
    let missing = missing(agent, &found.value, program);
    examined.findings.push(match &*missing {
        [] => Finding::ok(agent.name, format!("{title} has the hook of asm-guard, in {shown}.")),
        events => {
            let message = format!(
                "{shown} does not have the hook as `asm-guard install` writes it, for {}: calls may pass unguarded.",
                events.join(", ")
            );
            Finding::error(agent.name, message, mend)
        }
    });
    let Some(manner) = manner::of(agent.name) else { return };
    for command in &found.commands {
        let run = |event: Vec<u8>| {
            let mut command = by_shell(agent, command);
            command.current_dir(&machine.project);
            process::run(command, &event, TIME)
        };
        let name = format!("The hook in {shown}");
        examined.findings.extend(answers(manner, &name, machine, mend, run));
    }
}

/// The events for which an agent's file lacks the entry that is written for this program.
fn missing(agent: &Target, value: &Value, program: &str) -> Vec<String> {
    let entries = agent.entries(program).into_iter();
    let lacks = |json: &str, list: &Value| {
        let wanted: Value = serde_json::from_str(json).unwrap_or_default();
        !list.as_array().is_some_and(|list| list.contains(&wanted))
    };
    entries
        .filter(|entry| lacks(&entry.json, &value["hooks"][&entry.event]))
        .map(|entry| entry.event)
        .collect()
}

/// A command line as an agent runs it.
#[cfg(unix)]
fn by_shell(_: &Target, line: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", line]);
    command
}

#[cfg(windows)]
fn by_shell(agent: &Target, line: &str) -> Command {
    use std::os::windows::process::CommandExt;
    if agent.windows == Some(Shell::Cmd) {
        let mut command = Command::new("cmd");
        command.arg("/C").raw_arg(line);
        return command;
    }
    let mut command = Command::new("powershell");
    command.args(["-NoProfile", "-NonInteractive", "-Command", line]);
    command
}

#[cfg(all(test, unix))]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_that_is_otherwise_is_missing() {
        let cursor = agents::named("cursor").expect("cursor");
        let entry = json!({"command": "/asm-guard hook --agent cursor", "timeout": 10, "failClosed": true});
        let all: serde_json::Map<_, _> =
            cursor.events().into_iter().map(|event| (event, json!([entry]))).collect();
        let mut value = json!({ "hooks": all });
        assert_eq!(missing(cursor, &value, "/asm-guard"), Vec::<String>::new());
        value["hooks"]["preToolUse"][0]["failClosed"] = json!(false);
        value["hooks"]["beforeReadFile"] = json!([]);
        assert_eq!(missing(cursor, &value, "/asm-guard"), ["beforeReadFile", "preToolUse"]);
    }
}
