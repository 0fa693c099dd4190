//! What is written for each agent, and where: the one table of it.
//!
//! What is written stands in the files by which the agent is set up otherwise, as a plugin, an extension or from a template;
//! only the program is another. An agent's own documents say where its hooks stand (Claude Code, "Hooks reference"; Codex,
//! "Hooks"; Gemini CLI, "Hooks reference"; GitHub Docs, "Using hooks with GitHub Copilot CLI"; Cursor, "Hooks"; Kiro, "Agent
//! configuration reference").

use super::json::{self, Dialect, Entry};
use super::line::Shell;

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
    /// A document with the entries for it. Those that run the program are written.
    pub source: &'static str,
    /// What stands for the program in it.
    pub stands: Stands,
    /// The shell that runs a command line on Windows: read in the source of Gemini CLI, told by the documents of Copilot CLI
    /// and by the program of Codex. None where it is not known.
    pub windows: Option<Shell>,
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

/// What stands for the program in a document.
#[derive(Debug, Clone, Copy)]
pub enum Stands {
    /// This text, in the place of a path.
    Path(&'static str),
    /// This beginning of a command line, up to the word `hook`.
    Line(&'static str),
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
        source: include_str!("../../hooks/hooks.json"),
        stands: Stands::Path("${CLAUDE_PLUGIN_ROOT}/bin/asm-guard"),
        windows: None,
        then: None,
    },
    // Hooks are on unless `[features] hooks` of its config.toml says otherwise, so that nothing is written there.
    Target {
        name: "codex",
        title: "Codex CLI",
        programs: &["codex"],
        folder: Folder { variable: Some(("CODEX_HOME", "")), usual: ".codex" },
        files: Files::One("hooks.json"),
        dialect: Dialect::Json,
        seed: "{}",
        source: include_str!("../../hooks/codex.json"),
        stands: Stands::Line("\"${PLUGIN_ROOT}/bin/asm-guard\""),
        windows: Some(Shell::Cmd),
        then: None,
    },
    Target {
        name: "gemini",
        title: "Gemini CLI",
        programs: &["gemini"],
        folder: Folder { variable: Some(("GEMINI_CLI_HOME", ".gemini")), usual: ".gemini" },
        files: Files::One("settings.json"),
        dialect: Dialect::WithComments,
        seed: "{}",
        source: include_str!("../../extensions/gemini/hooks/hooks.json"),
        stands: Stands::Line("\"${extensionPath}/bin/asm-guard\""),
        windows: Some(Shell::PowerShell),
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
        source: include_str!("../../hooks/copilot.json"),
        stands: Stands::Line("\"${PLUGIN_ROOT}/bin/asm-guard\""),
        windows: Some(Shell::PowerShell),
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
        source: include_str!("../../templates/cursor/hooks.json"),
        stands: Stands::Line("asm-guard"),
        windows: None,
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
        source: include_str!("../../templates/kiro/asm-guard.json"),
        stands: Stands::Line("asm-guard"),
        windows: None,
        then: Some("An agent that is made later has no hook of the guard: run this again then."),
    },
];

/// The agent of this name.
pub fn named(name: &str) -> Option<&'static Target> {
    ALL.iter().find(|target| target.name == name)
}

impl Target {
    /// Whether it is known how the agent runs a hook on this system.
    pub fn is_known_here(&self) -> bool {
        !cfg!(windows) || self.windows.is_some() || matches!(self.stands, Stands::Path(_))
    }

    /// The entries that run this program here.
    pub fn entries(&self, program: &str) -> Vec<Entry> {
        let shell = self.windows.filter(|_| cfg!(windows));
        match (self.stands, shell) {
            (Stands::Line(word), Some(shell)) => self.entries_for(shell, word, program),
            (Stands::Line(word), None) => {
                self.entries_with(&format!("{word} hook"), &format!("{} hook", quoted(program)))
            }
            (Stands::Path(path), _) => self.entries_with(path, program),
        }
    }

    /// The entries with a text in the place of another.
    fn entries_with(&self, before: &str, after: &str) -> Vec<Entry> {
        let (before, after) = (in_json(before), in_json(after));
        let own = json::entries(self.source).into_iter().filter(|(_, entry)| entry.contains(&before));
        own.map(|(event, entry)| Entry { event, json: entry.replace(&before, &after) }).collect()
    }

    /// The entries with a line for a shell of Windows in the place of the one for a POSIX shell.
    fn entries_for(&self, shell: Shell, word: &str, program: &str) -> Vec<Entry> {
        let own = json::entries(self.source).into_iter();
        own.filter_map(|(event, entry)| {
            let begin = entry.find(&in_json(&format!("{word} hook")))?;
            // The end of the text in JSON: a quotation mark that no backslash stands before.
            let mut escaped = false;
            let length = entry[begin..].find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            })?;
            let line = entry[begin + in_json(word).len()..begin + length].trim_start();
            let words = line.split(';').next().unwrap_or(line);
            let line = in_json(&shell.line(program, words));
            let json = format!("{}{line}{}", &entry[..begin], &entry[begin + length..]);
            // Copilot CLI has a field for each shell.
            Some(Entry { event, json: json.replace("\"bash\":", "\"powershell\":") })
        })
        .collect()
    }

    /// The events that it asks about.
    pub fn events(&self) -> Vec<String> {
        self.entries("asm-guard").into_iter().map(|entry| entry.event).collect()
    }
}

/// A text within a text in JSON.
fn in_json(text: &str) -> String {
    let text = serde_json::Value::from(text).to_string();
    text[1..text.len() - 1].to_owned()
}

/// One word for a POSIX shell.
fn quoted(program: &str) -> String {
    // What holds a NUL names no file.
    shlex::try_quote(program).map_or_else(|_| program.to_owned(), std::borrow::Cow::into_owned)
}

#[cfg(all(test, unix))]
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
                    assert!(target.events().contains(&entry.event));
                }
            }
        }
    }

    /// Where a variable has the hooks put, self-protection looks for them.
    #[test]
    fn every_variable_is_one_that_self_protection_knows() {
        for target in ALL {
            let Some((variable, part)) = target.folder.variable else { continue };
            let known = crate::fact::MOVED.iter().find(|(name, ..)| *name == variable).expect(variable);
            let part = if part.is_empty() { String::new() } else { format!("/{part}") };
            assert_eq!((known.1, known.2), (part.as_str(), format!("~/{}", target.folder.usual).as_str()));
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
        let line = |agent: &str| format!("'/a b/asm-guard' hook --agent {agent}");
        for (name, command) in [("codex", "/hooks/0/command"), ("gemini", "/hooks/0/command")] {
            let entry = of(name);
            let command = entry.pointer(command).and_then(Value::as_str).expect(name);
            // Where the guard gives no answer, these run the call; the shell refuses it then.
            let rest = command.strip_prefix(&line(name)).expect(command);
            assert!(rest.starts_with("; status=$?; ") && rest.ends_with("; exit 2"), "{command}");
            assert_eq!(entry["matcher"], "*");
        }
        assert_eq!(of("codex")["hooks"][0]["timeout"], 10);
        assert_eq!(of("gemini")["hooks"][0]["timeout"], 10_000);
        assert_eq!(of("copilot"), json!({"type": "command", "bash": line("copilot"), "timeoutSec": 10}));
        assert_eq!(of("cursor"), json!({"command": line("cursor"), "timeout": 10, "failClosed": true}));
        assert_eq!(of("kiro"), json!({"matcher": "*", "command": line("kiro"), "timeout_ms": 10_000}));
        // What Windows has instead.
        let of = |name: &str, shell: Shell| {
            let target = named(name).expect(name);
            let Stands::Line(word) = target.stands else { panic!("{name}") };
            let entries = target.entries_for(shell, word, r"C:\a b\asm-guard.exe");
            serde_json::from_str::<Value>(&entries[0].json).expect(name)
        };
        let line =
            |agent: &str, shell: Shell| shell.line(r"C:\a b\asm-guard.exe", &format!("hook --agent {agent}"));
        let gemini = of("gemini", Shell::PowerShell);
        assert_eq!(gemini["hooks"][0]["command"], line("gemini", Shell::PowerShell));
        assert_eq!(gemini["hooks"][0]["timeout"], 10_000);
        assert_eq!(of("codex", Shell::Cmd)["hooks"][0]["command"], line("codex", Shell::Cmd));
        let copilot = line("copilot", Shell::PowerShell);
        assert_eq!(
            of("copilot", Shell::PowerShell),
            json!({"type": "command", "powershell": copilot, "timeoutSec": 10})
        );
        let events = |name: &str| named(name).expect(name).events();
        assert_eq!(events("claude"), ["PreToolUse", "PostToolUse"]);
        assert_eq!(
            events("cursor"),
            ["beforeShellExecution", "beforeMCPExecution", "beforeReadFile", "preToolUse"]
        );
    }
}
