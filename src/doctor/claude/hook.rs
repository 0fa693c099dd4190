//! The guard's hook as Claude Code has it configured (Claude Code documentation, "Hooks reference"; behaviour measured
//! with version 2.1.330).

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::doctor::Finding;

/// The name of the checks here.
const CHECK: &str = "hook";
/// What stands for the plugin's folder.
const ROOT: &str = "${CLAUDE_PLUGIN_ROOT}";
/// The client's own time-out where a handler names none.
const CLIENTS_TIME: f64 = 60.0;
/// How long a probe is waited for at most: as long as `hooks/hooks.json` gives.
const MOST: f64 = 10.0;
/// The least time-out with which the guard's own deadline, two seconds, comes first also on a busy machine.
const LEAST: f64 = 4.0;

/// A handler of PreToolUse that runs the guard.
#[derive(Debug, Clone, PartialEq)]
pub struct Hook {
    /// Who has it, for people: `The hook of the plugin aws-core@asm-guard`.
    pub name: String,
    /// Whether an organisation's settings bring it, so that nobody else's switch it off.
    pub managed: bool,
    /// The plugin's folder, where a plugin has it.
    pub root: Option<PathBuf>,
    /// The tools it is asked about; None for all.
    pub matcher: Option<String>,
    /// The handler itself.
    pub handler: Value,
    /// Whether the guard is also asked, beside it, about what tools gave.
    pub after: bool,
}

impl Hook {
    /// Those that run the guard among `before`, the value of PreToolUse in a `hooks` object, beside which PostToolUse has
    /// `after`.
    pub fn beside(
        name: &str,
        managed: bool,
        root: Option<&Path>,
        before: &Value,
        after: &Value,
    ) -> Vec<Hook> {
        let after = !Hook::all(name, managed, root, after).is_empty();
        Hook::all(name, managed, root, before).into_iter().map(|hook| Hook { after, ..hook }).collect()
    }

    /// The handlers among `groups`, the value of an event in a `hooks` object, that run the guard.
    pub(super) fn all(name: &str, managed: bool, root: Option<&Path>, groups: &Value) -> Vec<Hook> {
        let groups = groups.as_array().map_or(&[][..], Vec::as_slice);
        let handlers = groups.iter().flat_map(|group| {
            let matcher = group["matcher"].as_str().filter(|matcher| !matches!(*matcher, "" | "*"));
            let handlers = group["hooks"].as_array().map_or(&[][..], Vec::as_slice);
            handlers.iter().map(move |handler| (matcher, handler))
        });
        handlers
            .filter(|(_, handler)| {
                handler["command"].as_str().is_some_and(|command| command.contains("asm-guard"))
            })
            .map(|(matcher, handler)| Hook {
                name: name.to_owned(),
                managed,
                root: root.map(Path::to_path_buf),
                matcher: matcher.map(str::to_owned),
                handler: handler.clone(),
                after: false,
            })
            .collect()
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.handler[key].as_str()
    }

    fn expanded(&self, text: &str) -> String {
        match &self.root {
            Some(root) => text.replace(ROOT, &root.to_string_lossy()),
            None => text.to_owned(),
        }
    }

    /// The program, where the handler names one without a shell and by its whole path.
    pub fn program(&self) -> Option<PathBuf> {
        self.handler["args"].as_array()?;
        let program = PathBuf::from(self.expanded(self.text("command")?));
        program.is_absolute().then_some(program)
    }

    /// The command as the client runs it: without a shell where there are `args`, else by `/bin/sh`.
    pub fn command(&self, project: &Path) -> Command {
        let text = self.expanded(self.text("command").unwrap_or_default());
        let mut command = match self.handler["args"].as_array() {
            Some(arguments) => {
                let mut command = Command::new(text);
                command
                    .args(arguments.iter().filter_map(Value::as_str).map(|argument| self.expanded(argument)));
                command
            }
            None => {
                let mut command = Command::new("/bin/sh");
                command.args(["-c", &text]);
                command
            }
        };
        command.current_dir(project).env("CLAUDE_PROJECT_DIR", project);
        if let Some(root) = &self.root {
            command.env("CLAUDE_PLUGIN_ROOT", root);
        }
        command
    }

    /// How long the client waits for it.
    fn seconds(&self) -> f64 {
        self.handler["timeout"].as_f64().filter(|seconds| *seconds > 0.0).unwrap_or(CLIENTS_TIME)
    }

    /// How long a probe may take.
    pub fn time(&self) -> Duration {
        Duration::from_secs_f64(self.seconds().min(MOST))
    }

    /// What is wrong with how it is configured. `mend` is how it is installed anew.
    pub fn faults(&self, mend: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        let name = &self.name;
        let mut error = |what: &str| findings.push(Finding::error(CHECK, format!("{name} {what}"), mend));
        if let Some(matcher) = &self.matcher {
            error(&format!(
                "is asked about `{matcher}` only: tools that this does not name are not guarded."
            ));
        }
        if self.handler.get("if").is_some() {
            error("has an `if`: calls that it does not name are not guarded, such as `sh -c '…'`.");
        }
        if self.handler["async"] == true {
            error("is `async`: the tool runs without waiting for it.");
        }
        if self.text("onFailure") != Some("block") {
            findings.push(Finding::warning(
                CHECK,
                format!(
                    "{name} has no `\"onFailure\": \"block\"`: where it cannot be run, tools run unguarded."
                ),
                mend,
            ));
        }
        if self.seconds() < LEAST {
            findings.push(Finding::warning(
                CHECK,
                format!(
                    "{name} has a time-out of {} s: the guard may take two, and a hook that is late is none.",
                    self.seconds()
                ),
                mend,
            ));
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hooks(group: Value) -> Vec<Hook> {
        Hook::all("It", false, Some(Path::new("/plugin's home")), &json!([group]))
    }

    #[cfg(unix)]
    #[test]
    fn the_plugins_own_hook_has_no_fault() {
        let file: Value =
            serde_json::from_str(include_str!("../../../hooks/hooks.json")).expect("hooks/hooks.json");
        let [hook] = Hook::beside(
            "It",
            false,
            Some(Path::new("/plugin")),
            &file["hooks"]["PreToolUse"],
            &file["hooks"]["PostToolUse"],
        )
        .try_into()
        .expect("one hook");
        assert_eq!(hook.faults("mend"), []);
        assert_eq!(hook.program(), Some(PathBuf::from("/plugin/bin/asm-guard")));
        assert_eq!(hook.time(), Duration::from_secs(10));
    }

    #[test]
    fn a_command_is_what_the_client_runs() {
        let exec = json!({"command": "${CLAUDE_PLUGIN_ROOT}/bin/asm-guard", "args": ["hook", "${CLAUDE_PLUGIN_ROOT}"]});
        let [hook] = hooks(json!({"hooks": [exec]})).try_into().expect("one hook");
        let command = hook.command(Path::new("/project"));
        assert_eq!(command.get_program(), "/plugin's home/bin/asm-guard");
        assert_eq!(command.get_args().collect::<Vec<_>>(), ["hook", "/plugin's home"]);

        let [hook] = hooks(json!({"hooks": [{"command": "asm-guard hook"}]})).try_into().expect("one hook");
        assert_eq!(hook.program(), None);
        let command = hook.command(Path::new("/project"));
        assert_eq!(command.get_args().collect::<Vec<_>>(), ["-c", "asm-guard hook"]);
    }

    #[test]
    fn what_lets_calls_pass_is_told() {
        let good = json!({"command": "/asm-guard", "args": ["hook"], "timeout": 10, "onFailure": "block"});
        let with = |key: &str, value: Value| {
            let mut handler = good.clone();
            handler[key] = value;
            json!({"matcher": "*", "hooks": [handler]})
        };
        for (group, part) in [
            (json!({"matcher": "Bash", "hooks": [good]}), "`Bash` only"),
            (with("if", json!("Bash(aws *)")), "has an `if`"),
            (with("async", json!(true)), "`async`"),
            (with("onFailure", json!("allow")), "onFailure"),
            (with("timeout", json!(1)), "time-out of 1 s"),
        ] {
            let [hook] = hooks(group.clone()).try_into().expect("one hook");
            let [finding] = hook.faults("mend").try_into().expect("one fault");
            assert!(finding.message.contains(part), "{group}: {finding:?}");
        }
        assert!(hooks(json!({"hooks": [{"command": "/usr/bin/other"}]})).is_empty());
        assert!(hooks(json!(3)).is_empty());
    }
}
