//! Claude Code's settings files, and what they make of hooks and plugins together (Claude Code documentation, "Settings";
//! precedence and effect measured with version 2.1.330).

use std::fmt;
use std::path::PathBuf;

use serde_json::{Map, Value};

/// Whose file it is; the later ones stand above the earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The user's, for every project.
    User,
    /// The project's, which everybody who works on it has.
    Project,
    /// The user's, for this project.
    Local,
    /// The organisation's.
    Managed,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Scope::User => "user settings",
            Scope::Project => "project settings",
            Scope::Local => "local settings",
            Scope::Managed => "managed settings",
        })
    }
}

/// A settings file that is there.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// Whose it is.
    pub scope: Scope,
    /// Where it lies.
    pub path: PathBuf,
    /// What it says, or why it cannot be used. The client leaves such a file out, and starts not at all where it is a
    /// managed one.
    pub content: Result<Map<String, Value>, String>,
}

impl File {
    /// A file by its text.
    pub fn new(scope: Scope, path: PathBuf, text: &str) -> File {
        File { scope, path, content: content(text) }
    }

    fn says(&self, key: &str) -> Option<&Value> {
        self.content.as_ref().ok()?.get(key)
    }
}

fn content(text: &str) -> Result<Map<String, Value>, String> {
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    let content = match serde_json::from_str(text) {
        Ok(Value::Object(content)) => content,
        Ok(_) => return Err("it is no JSON object".to_owned()),
        Err(error) => return Err(format!("it is no JSON: {error}")),
    };
    // A value of the wrong type costs the whole file, which one reader of a few keys cannot see of the others.
    for key in ["disableAllHooks", "allowManagedHooksOnly"] {
        if content.get(key).is_some_and(|value| !value.is_boolean()) {
            return Err(format!("its `{key}` is neither true nor false"));
        }
    }
    for key in ["enabledPlugins", "extraKnownMarketplaces", "env", "hooks"] {
        if content.get(key).is_some_and(|value| !value.is_object()) {
            return Err(format!("its `{key}` is no object"));
        }
    }
    let plugins = content.get("enabledPlugins").and_then(Value::as_object).into_iter().flatten();
    if let Some((id, _)) = plugins.into_iter().find(|(_, enabled)| enabled.is_string() || enabled.is_number())
    {
        return Err(format!("its `enabledPlugins` has neither true nor false for {id}"));
    }
    Ok(content)
}

/// What the files say together. `files` are in the order of their scopes.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a>(pub &'a [File]);

impl<'a> Settings<'a> {
    /// The strongest file that says something of `key`, and what.
    fn strongest(&self, key: &str) -> Option<(&'a File, &'a Value)> {
        self.0.iter().rev().find_map(|file| Some((file, file.says(key)?)))
    }

    /// The file that switches hooks off: all of them where it is a managed one, else all that are not managed.
    pub fn hooks_disabled(&self) -> Option<&'a File> {
        self.strongest("disableAllHooks")
            .filter(|(_, value)| **value == Value::Bool(true))
            .map(|(file, _)| file)
    }

    /// The managed file that lets managed hooks run alone. In another file the key means nothing.
    pub fn managed_hooks_only(&self) -> Option<&'a File> {
        let (file, value) = self.strongest("allowManagedHooksOnly")?;
        (file.scope == Scope::Managed && *value == Value::Bool(true)).then_some(file)
    }

    /// Every plugin of this name that a file speaks of: its id (`name@marketplace`), the strongest file, and whether it
    /// enables it.
    pub fn plugins(&self, name: &str) -> Vec<(&'a str, &'a File, bool)> {
        let mut plugins: Vec<(&str, &File, bool)> = Vec::new();
        for file in self.0.iter().rev() {
            let Some(Value::Object(said)) = file.says("enabledPlugins") else { continue };
            for (id, enabled) in said {
                let is_it = id.split_once('@').is_some_and(|(plugin, _)| plugin == name);
                if is_it && !plugins.iter().any(|(known, ..)| known == id) {
                    plugins.push((id, file, *enabled != Value::Bool(false)));
                }
            }
        }
        plugins
    }

    /// The folder of a marketplace that a user's or a managed file declares by its folder. A project's own declaration
    /// waits until somebody trusts it, and is then in the list of known ones.
    pub fn marketplace_folder(&self, name: &str) -> Option<PathBuf> {
        let of = |file: &File| {
            let source = file.says("extraKnownMarketplaces")?.get(name)?.get("source")?;
            (source["source"] == "directory")
                .then(|| PathBuf::from(source["path"].as_str().unwrap_or_default()))
        };
        let trusted = |file: &&File| matches!(file.scope, Scope::User | Scope::Managed);
        self.0.iter().rev().filter(trusted).find_map(of)
    }

    /// The managed file that restricts marketplaces, and the sources that it lets pass.
    pub fn known_marketplaces_only(&self) -> Option<(&'a File, &'a [Value])> {
        let managed = |(file, _): &(&File, &Value)| file.scope == Scope::Managed;
        let (file, value) = self.strongest("strictKnownMarketplaces").filter(managed)?;
        Some((file, value.as_array().map_or(&[][..], Vec::as_slice)))
    }

    /// The variables that files give the client and its hooks, with the strongest file that names each.
    pub fn variable(&self, name: &str) -> Option<(&'a File, &'a str)> {
        self.0.iter().rev().find_map(|file| Some((file, file.says("env")?.get(name)?.as_str()?)))
    }

    /// The hooks that files themselves have for an event.
    pub fn hooks(&self, event: &'static str) -> impl Iterator<Item = (&'a File, &'a Value)> {
        self.0.iter().filter_map(move |file| Some((file, file.says("hooks")?.get(event)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(texts: &[(Scope, &str)]) -> Vec<File> {
        texts.iter().map(|(scope, text)| File::new(*scope, PathBuf::from(scope.to_string()), text)).collect()
    }

    /// As measured with the real client.
    #[test]
    fn the_strongest_file_says_whether_hooks_run() {
        use Scope::{Local, Managed, Project, User};
        const OFF: &str = r#"{"disableAllHooks": true}"#;
        const ON: &str = r#"{"disableAllHooks": false}"#;
        for (texts, expected) in [
            (&[][..], None),
            (&[(User, OFF)], Some(User)),
            (&[(User, "{}"), (Project, OFF)], Some(Project)),
            (&[(User, OFF), (Project, ON)], None),
            (&[(User, OFF), (Project, OFF), (Local, ON)], None),
            (&[(User, OFF), (Managed, ON)], None),
            (&[(User, ON), (Managed, OFF)], Some(Managed)),
            (&[(User, "{"), (Project, OFF)], Some(Project)),
            (&[(User, r#"{"disableAllHooks": "true"}"#)], None),
            (&[(User, r#"{"disableAllHooks": true, "enabledPlugins": {"aws-core@a": "yes"}}"#)], None),
        ] {
            let files = files(texts);
            let found = Settings(&files).hooks_disabled().map(|file| file.scope);
            assert_eq!(found, expected, "{texts:?}");
        }
    }

    #[test]
    fn only_a_managed_file_can_let_managed_hooks_run_alone() {
        const ONLY: &str = r#"{"allowManagedHooksOnly": true}"#;
        assert!(Settings(&files(&[(Scope::User, ONLY)])).managed_hooks_only().is_none());
        assert!(Settings(&files(&[(Scope::Managed, ONLY)])).managed_hooks_only().is_some());
    }

    #[test]
    fn the_strongest_file_enables_a_plugin() {
        let files = files(&[
            (Scope::User, r#"{"enabledPlugins": {"aws-core@a": true, "aws-core@b": true, "other@a": true}}"#),
            (Scope::Local, r#"{"enabledPlugins": {"aws-core@a": false}}"#),
        ]);
        let plugins: Vec<_> = Settings(&files)
            .plugins("aws-core")
            .into_iter()
            .map(|(id, file, enabled)| (id, file.scope, enabled))
            .collect();
        assert_eq!(plugins, [("aws-core@a", Scope::Local, false), ("aws-core@b", Scope::User, true)]);
    }
}
