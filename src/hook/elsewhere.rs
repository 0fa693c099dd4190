//! Where the guard's own files and its client's lie, where the environment says that this is not where they usually do.

use std::rc::Rc;

use super::paths;
use crate::fact::{Elsewhere, MOVED};

/// The plugin may be run where it was checked out. Of that folder these parts are the plugin's: variable, part, and where it
/// usually lies.
const PARTS: &[(&str, &str, &str)] = &[
    ("CLAUDE_PLUGIN_ROOT", "/bin", "~/.claude/plugins/cache/asm-guard/aws-core/bin"),
    ("CLAUDE_PLUGIN_ROOT", "/hooks", "~/.claude/plugins/cache/asm-guard/aws-core/hooks"),
    ("CLAUDE_PLUGIN_ROOT", "/.claude-plugin", "~/.claude/plugins/cache/asm-guard/aws-core/.claude-plugin"),
];
/// The plugin's folder itself, for who removes it.
const PLUGIN: (&str, &str) = ("CLAUDE_PLUGIN_ROOT", "~/.claude/plugins/cache/asm-guard/aws-core");
/// Where the client keeps plugins: what rules say of those needs no more.
const PLUGINS: &str = "/.claude/plugins/";

/// What the environment of this hook says.
pub(super) fn here(home: Option<&str>) -> Rc<[Elsewhere]> {
    let folder = |variable: &str| {
        let path = std::env::var(variable).ok().map(paths::in_shells).filter(|path| path.starts_with('/'))?;
        (!path.contains(PLUGINS)).then(|| path.trim_end_matches('/').to_owned())
    };
    let parts = MOVED.iter().chain(PARTS).filter_map(|(variable, part, usual)| {
        Elsewhere::new(&format!("{}{part}", folder(variable)?), usual, true, home)
    });
    let plugin = folder(PLUGIN.0).and_then(|path| Elsewhere::new(&path, PLUGIN.1, false, home));
    parts.chain(plugin).collect()
}
