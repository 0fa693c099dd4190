//! What is written for each agent, and where: the one table of it.
//!
//! An agent's own documents say where its hooks stand and how they are written (Claude Code, "Hooks reference"; Codex,
//! "Hooks"; Gemini CLI, "Hooks reference"; GitHub Docs, "Using hooks with GitHub Copilot CLI"; Cursor, "Hooks"; Kiro, "CLI
//! hooks" and "Agent configuration reference").

use super::json::{self, Dialect, Entry};

/// The plugin's own list of hooks, which Claude Code reads.
const PLUGIN_HOOKS: &str = include_str!("../../hooks/hooks.json");
/// The guard's program in it.
const PLUGIN_PROGRAM: &str = "${CLAUDE_PLUGIN_ROOT}/bin/asm-guard";

/// An agent in whose configuration a hook can be put.
#[derive(Debug)]
pub struct Target {
    /// Its name, as `asm-guard hook --agent` takes it.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What its program may be called.
    pub programs: &'static [&'static str],
    /// The folder of a user's configuration.
    pub folder: Folder,
    /// Where in it the hooks stand.
    pub files: Files,
    /// What it reads there.
    pub dialect: Dialect,
    /// What a file begins with that is made for it, in JSON.
    pub seed: &'static str,
    /// The events that it asks about, each with the entry for it.
    pub hooks: &'static [(&'static str, Form)],
    /// What is left to do for somebody who has it, after the hook was put there.
    pub then: Option<&'static str>,
}

/// The folder of a user's configuration.
#[derive(Debug)]
pub struct Folder {
    /// A variable that names another, and what lies in that.
    pub variable: Option<(&'static str, &'static str)>,
    /// Where it lies in the home folder.
    pub usual: &'static str,
}

/// Where in a folder hooks stand.
#[derive(Debug, PartialEq, Eq)]
pub enum Files {
    /// In this file.
    One(&'static str),
    /// In every file of this folder whose name ends in `.json`; the text is what to do where there is none.
    Each(&'static str, &'static str),
}

/// How an entry is written.
#[derive(Debug)]
pub enum Form {
    /// As in the plugin.
    Plugin,
    /// This JSON, in which `"$COMMAND"` stands for the command line.
    Json(&'static str),
}

/// The agents, in the order in which they are gone through.
pub static ALL: &[Target] = &[
    Target {
        name: "claude",
        title: "Claude Code",
        programs: &["claude"],
        folder: Folder { variable: Some(("CLAUDE_CONFIG_DIR", "")), usual: ".claude" },
        files: Files::One("settings.json"),
        dialect: Dialect::Json,
        seed: "{}",
        hooks: &[("PreToolUse", Form::Plugin)],
        then: None,
    },
    // It knows neither `args` nor `onFailure`. Hooks are on unless `[features] hooks` says otherwise.
    Target {
        name: "codex",
        title: "Codex CLI",
        programs: &["codex"],
        folder: Folder { variable: Some(("CODEX_HOME", "")), usual: ".codex" },
        files: Files::One("hooks.json"),
        dialect: Dialect::Json,
        seed: "{}",
        hooks: &[(
            "PreToolUse",
            Form::Json(r#"{"matcher":"*","hooks":[{"type":"command","command":"$COMMAND","timeout":10}]}"#),
        )],
        then: None,
    },
    // Its time-outs are in milliseconds.
    Target {
        name: "gemini",
        title: "Gemini CLI",
        programs: &["gemini"],
        folder: Folder { variable: Some(("GEMINI_CLI_HOME", ".gemini")), usual: ".gemini" },
        files: Files::One("settings.json"),
        dialect: Dialect::WithComments,
        seed: "{}",
        hooks: &[(
            "BeforeTool",
            Form::Json(
                r#"{"matcher":"*","hooks":[{"type":"command","command":"$COMMAND","timeout":10000}]}"#,
            ),
        )],
        then: None,
    },
    // Every file of its folder of hooks is read, so that there is one of our own.
    Target {
        name: "copilot",
        title: "Copilot CLI",
        programs: &["copilot"],
        folder: Folder { variable: Some(("COPILOT_HOME", "")), usual: ".copilot" },
        files: Files::One("hooks/asm-guard.json"),
        dialect: Dialect::Json,
        seed: r#"{"version":1}"#,
        hooks: &[("preToolUse", Form::Json(r#"{"type":"command","bash":"$COMMAND","timeoutSec":10}"#))],
        then: None,
    },
    // Where `failClosed` is set, a hook that cannot be run refuses.
    Target {
        name: "cursor",
        title: "Cursor",
        programs: &["cursor", "cursor-agent"],
        folder: Folder { variable: None, usual: ".cursor" },
        files: Files::One("hooks.json"),
        dialect: Dialect::Json,
        seed: r#"{"version":1}"#,
        hooks: &[
            ("beforeShellExecution", Form::Json(CURSOR)),
            ("beforeMCPExecution", Form::Json(CURSOR)),
            ("beforeReadFile", Form::Json(CURSOR)),
            ("preToolUse", Form::Json(CURSOR)),
        ],
        then: None,
    },
    // An agent without `tools` in its configuration has none, so no configuration is made for it unasked.
    Target {
        name: "kiro",
        title: "Kiro CLI",
        programs: &["kiro-cli", "kiro"],
        folder: Folder { variable: None, usual: ".kiro" },
        files: Files::Each(
            "agents",
            "Kiro CLI keeps hooks in the configuration of an agent, and there is none. Make one, with the tools that it \
             should have (`/agent create` in a chat), then run `asm-guard install kiro` again.",
        ),
        dialect: Dialect::Json,
        seed: "{}",
        hooks: &[("preToolUse", Form::Json(r#"{"matcher":"*","command":"$COMMAND","timeout_ms":10000}"#))],
        then: Some("An agent that is made later has no hook of the guard: run this again then."),
    },
];

const CURSOR: &str = r#"{"command":"$COMMAND","failClosed":true}"#;

/// The agent of this name.
pub fn named(name: &str) -> Option<&'static Target> {
    ALL.iter().find(|target| target.name == name)
}

impl Target {
    /// The entries that run this program.
    pub fn entries(&self, program: &str) -> Vec<Entry> {
        let entry = |(event, form): &(&str, Form)| {
            let json = match form {
                Form::Plugin => {
                    let text = json::first_entry(PLUGIN_HOOKS, event).unwrap_or_default();
                    text.replace(&in_json(PLUGIN_PROGRAM), &in_json(program))
                }
                Form::Json(text) => text.replace(r#""$COMMAND""#, &in_json(&self.command_line(program))),
            };
            Entry { event: (*event).to_owned(), json }
        };
        self.hooks.iter().map(entry).collect()
    }

    /// The events that it asks about.
    pub fn events(&self) -> Vec<&'static str> {
        self.hooks.iter().map(|(event, _)| *event).collect()
    }

    fn command_line(&self, program: &str) -> String {
        format!("{} hook --agent {}", quoted(program), self.name)
    }
}

/// A text in JSON.
fn in_json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// One word for the shell that runs hooks.
fn quoted(program: &str) -> String {
    if cfg!(windows) {
        // A file's name has no quotation mark there.
        return format!("\"{program}\"");
    }
    // What holds a NUL names no file.
    shlex::try_quote(program).map_or_else(|_| program.to_owned(), std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::hook::Agent;
    use crate::install::ours;

    #[test]
    fn every_agent_has_an_entry_that_is_known_again() {
        let mut names: Vec<_> = ALL.iter().map(|target| target.name).collect();
        names.sort_unstable();
        assert_eq!(names, Agent::names());
        for program in ["/opt/asm-guard/bin/asm-guard", r#"/home/it's "me"/ü \ $x/asm-guard"#] {
            for target in ALL {
                for entry in target.entries(program) {
                    let value: Value = serde_json::from_str(&entry.json).expect(&entry.json);
                    let [handler] = ours::handlers(&value) else { panic!("{value}") };
                    assert_eq!(ours::program(handler).as_deref(), Some(program), "{value}");
                    assert!(target.events().contains(&&*entry.event));
                }
            }
        }
    }

    #[test]
    fn entries_are_as_each_agent_reads_them() {
        let of = |name: &str| {
            let entries = named(name).expect(name).entries("/a b/asm-guard");
            serde_json::from_str::<Value>(&entries[0].json).expect(name)
        };
        assert_eq!(
            of("claude"),
            json!({"matcher": "*", "hooks": [{
                "type": "command", "command": "/a b/asm-guard", "args": ["hook"], "timeout": 10, "onFailure": "block",
            }]})
        );
        let command = |agent: &str| format!("'/a b/asm-guard' hook --agent {agent}");
        let group = |agent: &str, time: u32| json!({"matcher": "*", "hooks": [{"type": "command", "command": command(agent), "timeout": time}]});
        assert_eq!(of("codex"), group("codex", 10));
        assert_eq!(of("gemini"), group("gemini", 10_000));
        assert_eq!(of("copilot"), json!({"type": "command", "bash": command("copilot"), "timeoutSec": 10}));
        assert_eq!(of("cursor"), json!({"command": command("cursor"), "failClosed": true}));
        assert_eq!(of("kiro"), json!({"matcher": "*", "command": command("kiro"), "timeout_ms": 10_000}));
    }
}
