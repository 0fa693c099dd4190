//! The plugin's own files: manifests, hooks, the session script and the skill, without a client.
//!
//! `tests/clients/` runs the same files in the real one.
#![cfg(unix)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

#[path = "clients/scratch.rs"]
mod scratch;
use scratch::{Scratch, write};

fn checkout(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text(path: &str) -> String {
    fs::read_to_string(checkout(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn parsed(path: &str) -> Value {
    serde_json::from_str(&text(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

mod manifests {
    use super::*;

    /// Those that are a manifest and nothing else, and those that say where their agent finds the rest.
    const WHOLE: [&str; 2] = ["plugin.json", ".claude-plugin/plugin.json"];
    const POINTING: [(&str, &str); 2] = [
        (".codex-plugin/plugin.json", "./hooks/codex.json"),
        (".plugin/plugin.json", "./hooks/copilot.json"),
    ];

    /// Version and description are Cargo.toml's; the name is the plugin's own.
    #[test]
    fn copies_of_name_version_and_description_agree() {
        let marketplace = ".claude-plugin/marketplace.json";
        let mut copies = vec![(marketplace, parsed(marketplace)["plugins"][0].take())];
        let files = WHOLE.into_iter().chain(POINTING.map(|(file, _)| file));
        copies.extend(
            files.chain(["extensions/gemini/gemini-extension.json"]).map(|file| (file, parsed(file))),
        );
        for (file, copy) in &copies {
            assert_eq!(copy["name"], "aws-core", "{file}");
            assert_eq!(copy["version"], env!("CARGO_PKG_VERSION"), "{file}: version differs from Cargo.toml");
            assert_eq!(
                copy["description"],
                env!("CARGO_PKG_DESCRIPTION"),
                "{file}: description differs from Cargo.toml"
            );
        }
        let kiro = parsed("templates/kiro/asm-guard.json");
        assert_eq!(
            kiro["description"],
            env!("CARGO_PKG_DESCRIPTION"),
            "Kiro's template differs from Cargo.toml"
        );
    }

    /// Beside what an agent needs to find the plugin's parts, there is one manifest.
    #[test]
    fn the_manifests_are_one() {
        let one = parsed("plugin.json");
        assert_eq!(parsed(WHOLE[1]), one, "the two plugin.json differ");
        for (file, hooks) in POINTING {
            let mut manifest = parsed(file);
            let fields = manifest.as_object_mut().unwrap();
            assert_eq!(fields.remove("hooks"), Some(json!(hooks)), "{file}");
            assert_eq!(fields.remove("skills"), Some(json!("./skills/")), "{file}");
            assert_eq!(manifest, one, "{file} differs from plugin.json");
        }
    }

    #[test]
    fn the_marketplace_offers_this_checkout_and_nothing_else() {
        let marketplace = parsed(".claude-plugin/marketplace.json");
        assert_eq!(marketplace["plugins"].as_array().unwrap().len(), 1);
        assert_eq!(marketplace["plugins"][0]["source"], "./");
    }

    /// With one, Codex takes the file for its manifest and loads no hooks.
    #[test]
    fn the_root_manifest_names_no_schema() {
        assert!(parsed("plugin.json").get("$schema").is_none());
    }
}

mod hooks {
    use super::*;

    /// The one handler of an event's one group, and the group's matcher.
    fn handler(event: &str) -> (Value, Value) {
        let mut groups = parsed("hooks/hooks.json")["hooks"][event].take();
        assert_eq!(groups.as_array().map(Vec::len), Some(1), "{event}: one group");
        assert_eq!(groups[0]["hooks"].as_array().map(Vec::len), Some(1), "{event}: one handler");
        (groups[0]["matcher"].take(), groups[0]["hooks"][0].take())
    }

    /// Compared whole: a further field, such as `if` or `async`, could let a call pass unseen.
    #[test]
    fn every_tool_call_goes_to_the_binary_and_is_blocked_when_that_fails() {
        let (matcher, handler) = handler("PreToolUse");
        assert_eq!(matcher, "*");
        assert_eq!(
            handler,
            json!({
                "type": "command",
                "command": "${CLAUDE_PLUGIN_ROOT}/bin/asm-guard",
                "args": ["hook"],
                "timeout": 10,
                "onFailure": "block",
            })
        );
    }

    /// A tool has run by then, so that a hook that fails is to stop nothing. More time than before a tool, as more is read.
    #[test]
    fn what_every_tool_gave_goes_to_the_binary() {
        let (matcher, handler) = handler("PostToolUse");
        assert_eq!(matcher, "*");
        assert_eq!(
            handler,
            json!({
                "type": "command",
                "command": "${CLAUDE_PLUGIN_ROOT}/bin/asm-guard",
                "args": ["hook"],
                "timeout": 15,
            })
        );
    }

    /// No matcher: also a session that resumes, is cleared or compacted. No shell that is told by `args` what to run: an
    /// agent that knows no `args` would have it run what the event holds.
    #[test]
    fn every_session_start_runs_the_script() {
        let (matcher, handler) = handler("SessionStart");
        assert_eq!(matcher, Value::Null);
        assert_eq!(
            handler,
            json!({
                "type": "command",
                "command": "${CLAUDE_PLUGIN_ROOT}/hooks/session-start.sh",
                "args": [],
                "timeout": 10,
            })
        );
    }

    #[test]
    fn there_are_no_other_hooks() {
        let hooks = parsed("hooks/hooks.json");
        let events: Vec<_> = hooks["hooks"].as_object().unwrap().keys().collect();
        assert_eq!(events, ["PostToolUse", "PreToolUse", "SessionStart"]);
    }
}

#[path = "plugin/agents.rs"]
mod agents;
#[path = "plugin/session_start.rs"]
mod session_start;
#[path = "plugin/skill.rs"]
mod skill;
