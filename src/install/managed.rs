//! The organisation's settings for Claude Code: a file of our own beside whatever else an organisation manages there.
//!
//! What it says is what `docs/enforcement.md` explains; this is its file.

use std::path::Path;

use jsonc_parser::cst::CstRootNode;
use serde_json::Value;

/// The file, below the folder of managed settings. Claude Code reads every file of this folder whose name ends in `.json`.
pub const FILE: &str = "managed-settings.d/asm-guard.json";
/// The documented settings, for a plugin in [`DOCUMENTED_ROOT`].
const DOCUMENTED: &str = include_str!("../../docs/enforcement/managed-settings.json");
const DOCUMENTED_ROOT: &str = "/opt/asm-guard";
const DOCUMENTED_PROGRAM: &str = "/opt/asm-guard/bin/asm-guard";
/// The keys that are about the plugin.
const OF_PLUGIN: [&str; 2] = ["extraKnownMarketplaces", "enabledPlugins"];

/// The text of the file, for this program. `root` is the plugin's folder, where the program lies in it; without one there is
/// the hook alone.
pub fn text(program: &str, root: Option<&Path>) -> String {
    let in_json = |text: &str| Value::from(text).to_string();
    let text = DOCUMENTED.replace(&in_json(DOCUMENTED_PROGRAM), &in_json(program));
    if let Some(root) = root {
        return text.replace(&in_json(DOCUMENTED_ROOT), &in_json(&root.to_string_lossy()));
    }
    let Ok(tree) = CstRootNode::parse(&text, &jsonc_parser::ParseOptions::default()) else { return text };
    if let Some(settings) = tree.object_value() {
        for key in OF_PLUGIN {
            if let Some(property) = settings.get(key) {
                property.remove();
            }
        }
    }
    tree.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_is_documented() {
        assert_eq!(text(DOCUMENTED_PROGRAM, Some(Path::new(DOCUMENTED_ROOT))), DOCUMENTED);
        let alone: Value = serde_json::from_str(&text("/usr/bin/asm-guard", None)).expect("JSON");
        assert_eq!(alone["hooks"]["PreToolUse"][0]["hooks"][0]["command"], "/usr/bin/asm-guard");
        assert_eq!(alone["allowManagedHooksOnly"], true);
        assert!(OF_PLUGIN.iter().all(|key| alone.get(key).is_none()), "{alone:#}");
        assert!(!text("/a/b", Some(Path::new("/a"))).contains("/opt"));
    }
}
