//! What switches an agent's hooks off, so far as it is known: of Codex (measured with version 0.169.0) and of Gemini CLI
//! (its reference, "hooksConfig").

use std::path::Path;

use serde_json::Value;

use super::super::Finding;
use super::Bundle;
use crate::install::agents::Target;
use crate::install::json::{Dialect, Document};
use crate::install::{disk, ours};

/// The name of the check for what its user alone can say.
pub const TRUST: &str = "trust";

/// What is wrong in an agent's folder, where a hook of the guard stands in it.
pub(super) fn check(agent: &Target, folder: &Path, bundle: Option<&Bundle>) -> Vec<Finding> {
    let read = |name: &str| {
        let path = folder.join(name);
        let text = disk::Settings::read(&path).ok().and_then(|settings| settings.text);
        (path.display().to_string(), text.unwrap_or_default())
    };
    match agent.name {
        "codex" => {
            let mut lists = vec![read("hooks.json")];
            if let Some(Bundle { name, list }) = bundle {
                // It names a plugin's list by the plugin.
                lists.push((
                    format!("{name}:hooks/codex.json"),
                    std::fs::read_to_string(list).unwrap_or_default(),
                ));
            }
            let (config, settings) = read("config.toml");
            codex(&lists, &config, &settings)
        }
        "gemini" => {
            let (path, settings) = read("settings.json");
            gemini(&path, &settings)
        }
        _ => Vec::new(),
    }
}

/// Hooks are on unless `features.hooks` is false. A hook runs once its user has trusted it, and Codex notes that by the
/// file, the event, and the numbers of the group and of the handler in it.
/// `lists` are the lists of hooks, each with what Codex calls it.
fn codex(lists: &[(String, String)], config: &str, settings: &str) -> Vec<Finding> {
    const CHECK: &str = "codex";
    let settings: toml::Table = match settings.parse() {
        Ok(settings) => settings,
        Err(error) => {
            let message = format!("{config} is no TOML: {}.", error.message());
            return vec![Finding::warning(CHECK, message, "Mend the file.")];
        }
    };
    if settings.get("features").and_then(|features| features.get("hooks")?.as_bool()) == Some(false) {
        let message = format!("{config} switches hooks off: it has `hooks = false` in `[features]`.");
        return vec![Finding::error(CHECK, message, format!("Take it out of {config}."))];
    }
    let own = lists.iter().flat_map(|(name, list)| {
        let list: Value = serde_json::from_str(list).unwrap_or_default();
        let mut keys = Vec::new();
        for (group, value) in list["hooks"]["PreToolUse"].as_array().into_iter().flatten().enumerate() {
            for (handler, value) in ours::handlers(value).iter().enumerate() {
                if ours::program(value).is_some() {
                    keys.push(format!("{name}:pre_tool_use:{group}:{handler}"));
                }
            }
        }
        keys
    });
    let states = settings.get("hooks").and_then(|hooks| hooks.get("state"));
    let state = |key: String| states.and_then(|states| states.get(key));
    let finding = |state: Option<&toml::Value>| {
        let says = |key: &str| state.and_then(|state| state.get(key));
        if says("enabled").and_then(toml::Value::as_bool) == Some(false) {
            let message = format!("The hook is switched off in {config}.");
            return Some(Finding::error(CHECK, message, "Start `codex`, open `/hooks`, and switch it on."));
        }
        let untrusted = says("trusted_hash").is_none();
        untrusted.then(|| {
            let message = "Codex does not run the hook yet: nobody has trusted it.";
            Finding::error(
                TRUST,
                message,
                "Start `codex`, and trust the hook of asm-guard when it asks, or in `/hooks`.",
            )
        })
    };
    own.filter_map(|key| finding(state(key))).collect()
}

fn gemini(path: &str, settings: &str) -> Vec<Finding> {
    const CHECK: &str = "gemini";
    let document = Document::read(path, settings, Dialect::WithComments, &["BeforeTool"]);
    let Some(settings) = document.ok().and_then(|document| document.value()) else { return Vec::new() };
    let config = &settings["hooksConfig"];
    if config["enabled"] == false {
        let message = format!("{path} switches hooks off: its `hooksConfig.enabled` is false.");
        return vec![Finding::error(CHECK, message, format!("Take it out of {path}."))];
    }
    let disabled = config["disabled"].as_array().into_iter().flatten().filter_map(Value::as_str);
    // It is named by its name or by its command.
    let is_own =
        |word: &str| word == "asm-guard" || ours::program(&serde_json::json!({ "command": word })).is_some();
    let own = disabled.filter(|word| is_own(word));
    let finding = |command: &str| {
        let message = format!("{path} switches the hook off: `hooksConfig.disabled` has {command}");
        Finding::error(CHECK, format!("{message}."), format!("Take it out of {path}."))
    };
    own.map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codex_runs_what_is_on_and_trusted() {
        let list = r#"{"hooks":{"PreToolUse":[{"hooks":[{"command":"other"}]},
            {"hooks":[{"command":"x"},{"command":"/asm-guard hook --agent codex"}]}]}}"#;
        let trusted = "[hooks.state.\"/c/hooks.json:pre_tool_use:1:1\"]\ntrusted_hash = \"sha256:0\"\n";
        let off = format!("{trusted}enabled = false\n");
        for (settings, part) in [
            (trusted, None),
            ("", Some("nobody has trusted it")),
            (
                "[hooks.state.\"/c/hooks.json:pre_tool_use:0:0\"]\ntrusted_hash = \"sha256:0\"\n",
                Some("nobody"),
            ),
            (&off, Some("switched off")),
            ("[features]\nhooks = false\n", Some("`hooks = false`")),
            ("[features]\nhooks = true\n", Some("nobody has trusted it")),
            ("features = [", Some("no TOML")),
        ] {
            let findings = codex(&[("/c/hooks.json".to_owned(), list.to_owned())], "config.toml", settings);
            let messages: Vec<_> = findings.iter().map(|finding| &*finding.message).collect();
            assert_eq!(messages.len(), part.iter().count(), "{settings}: {messages:?}");
            assert!(messages.concat().contains(part.unwrap_or_default()), "{settings}: {messages:?}");
        }
    }

    #[test]
    fn gemini_runs_what_is_not_switched_off() {
        for (settings, count) in [
            ("{}", 0),
            ("", 0),
            (r#"{"hooksConfig":{"enabled":true /* yes */}}"#, 0),
            (r#"{"hooksConfig":{"enabled":false}}"#, 1),
            (r#"{"hooksConfig":{"disabled":["asm-guard"]}}"#, 1),
            (r#"{"hooksConfig":{"disabled":["other", "'/a b/asm-guard' hook --agent gemini"]}}"#, 1),
        ] {
            assert_eq!(gemini("settings.json", settings).len(), count, "{settings}");
        }
    }
}
