//! The guard as an agent's own plugin or extension, which brings the hook (Codex, measured with version 0.169.0; Gemini CLI,
//! its documents, "Extensions").

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::install::agents::Target;
use crate::install::ours;

/// What brings the hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// What the agent calls it: `aws-core@asm-guard`, `aws-core`.
    pub name: String,
    /// Its list of hooks.
    pub list: PathBuf,
}

/// What brings an agent the hook, where there is such a thing and it is enabled.
pub(super) fn find(agent: &Target, folder: &Path) -> Option<Bundle> {
    match agent.name {
        "codex" => codex(folder),
        "gemini" => gemini(folder),
        _ => None,
    }
}

/// Codex keeps a copy of each version of a plugin; its config.toml says which plugins are enabled.
fn codex(folder: &Path) -> Option<Bundle> {
    let config: toml::Table = fs::read_to_string(folder.join("config.toml")).ok()?.parse().ok()?;
    let plugins = config.get("plugins")?.as_table()?;
    let enabled = plugins
        .iter()
        .filter(|(_, plugin)| plugin.get("enabled").and_then(toml::Value::as_bool) == Some(true));
    enabled.into_iter().find_map(|(id, _)| {
        let (name, market) = id.split_once('@')?;
        let versions = folders(&folder.join("plugins/cache").join(market).join(name));
        let list =
            versions.iter().rev().map(|root| root.join("hooks/codex.json")).find(|list| is_ours(list))?;
        Some(Bundle { name: id.clone(), list })
    })
}

fn gemini(folder: &Path) -> Option<Bundle> {
    folders(&folder.join("extensions")).into_iter().find_map(|root| {
        let list = root.join("hooks/hooks.json");
        let name = root.file_name()?.to_str()?.to_owned();
        is_ours(&list).then_some(Bundle { name, list })
    })
}

/// The folders in one, by name.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// Whether a list of hooks has one of the guard's.
fn is_ours(list: &Path) -> bool {
    let text = fs::read_to_string(list).unwrap_or_default();
    serde_json::from_str::<Value>(&text).is_ok_and(|list| ours::first_program(&list).is_some())
}
