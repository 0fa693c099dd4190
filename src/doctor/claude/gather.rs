//! The edge: what lies on this machine of Claude Code.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::hook::Hook;
use super::settings::{File, Scope, Settings};
use super::{Found, PLUGIN, Plugin, variables};
use crate::doctor::{Machine, process};
use crate::document::Fault;
use crate::settings::trusted;
use crate::{home, search};

/// The event that the guard is asked about.
const EVENT: &str = "PreToolUse";
/// The event that the output guard is asked about.
const AFTER: &str = "PostToolUse";

/// Looks for Claude Code on this machine.
pub fn gather(machine: &Machine) -> Found {
    let said = machine.environment.get("CLAUDE_CONFIG_DIR").map(PathBuf::from);
    let home = || Some(PathBuf::from(machine.environment.get(home::VARIABLE)?).join(".claude"));
    let folder = said.or_else(home).filter(|folder| folder.is_dir());
    let managed = managed_folder();
    let files = files(folder.as_deref(), &machine.project, &managed);
    let program = search::first(&machine.environment, "claude");
    let plugins = Settings(&files).plugins(PLUGIN);
    let settings = Settings(&files);
    let plugins =
        plugins.into_iter().map(|(id, file, enabled)| plugin(id, file, enabled, settings, folder.as_deref()));
    let plugins: Vec<Plugin> = plugins.collect();
    let hooks: Vec<Hook> = settings
        .hooks(EVENT)
        .flat_map(|(file, groups)| {
            let name = format!("The hook in {}", file.path.display());
            let mut after = settings.hooks(AFTER).filter(|(other, _)| other.path == file.path);
            let after = after.next().map_or(&Value::Null, |(_, groups)| groups);
            Hook::beside(&name, file.scope == Scope::Managed, None, groups, after)
        })
        .collect();
    let managed_files = || files.iter().filter(|file| file.scope == Scope::Managed);
    Found {
        version: program.as_deref().and_then(process::version),
        program,
        replaceable: replaceable(hooks.iter().chain(plugins.iter().flat_map(Plugin::hooks))),
        managed_fault: managed_files().find_map(|file| trusted(&file.path).err()),
        plugins,
        hooks,
        variables: variables(&machine.environment),
        folder,
        files,
    }
}

/// Files of managed hooks that others than root could replace: the program, also where links lead, and the plugin's own
/// list of hooks.
fn replaceable<'a>(hooks: impl Iterator<Item = &'a Hook>) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    for hook in hooks.filter(|hook| hook.managed) {
        let program = hook.program();
        let real = program.as_deref().and_then(|program| fs::canonicalize(program).ok());
        let list = hook.root.as_deref().map(|root| root.join("hooks/hooks.json"));
        // What is not there is told by the probe.
        for file in [program, real, list].into_iter().flatten().filter(|file| file.exists()) {
            faults.extend(trusted(&file).err().map(|fault| *fault).filter(|fault| !faults.contains(fault)));
        }
    }
    faults
}

/// Where an organisation's settings lie (Claude Code documentation, "Settings files"). It is root's, and named by no
/// variable.
pub fn managed_folder() -> PathBuf {
    PathBuf::from(if cfg!(target_os = "macos") {
        "/Library/Application Support/ClaudeCode"
    } else if cfg!(windows) {
        "C:\\Program Files\\ClaudeCode"
    } else {
        "/etc/claude-code"
    })
}

/// The settings files there are, in the order of their scopes.
fn files(folder: Option<&Path>, project: &Path, managed: &Path) -> Vec<File> {
    let of_project = |name: &str| project.join(".claude").join(name);
    let mut paths = vec![
        (Scope::Project, of_project("settings.json")),
        (Scope::Local, of_project("settings.local.json")),
        (Scope::Managed, managed.join("managed-settings.json")),
    ];
    if let Some(user) = folder.map(|folder| folder.join("settings.json")) {
        // In the home folder itself, the user's file lies where a project's would.
        paths.retain(|(_, path)| *path != user);
        paths.insert(0, (Scope::User, user));
    }
    let further = fs::read_dir(managed.join("managed-settings.d")).into_iter().flatten().flatten();
    let mut further: Vec<PathBuf> = further.map(|entry| entry.path()).filter(|path| is_json(path)).collect();
    further.sort();
    paths.extend(further.into_iter().map(|path| (Scope::Managed, path)));
    let read = |(scope, path): (Scope, PathBuf)| match fs::read_to_string(&path) {
        Ok(text) => Some(File::new(scope, path, &text)),
        Err(error)
            if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) =>
        {
            None
        }
        Err(error) => Some(File { scope, path, content: Err(format!("it cannot be read: {error}")) }),
    };
    paths.into_iter().filter_map(read).collect()
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
}

fn plugin(id: &str, file: &File, enabled: bool, settings: Settings, folder: Option<&Path>) -> Plugin {
    let marketplace = marketplace(id, settings, folder);
    let managed = file.scope == Scope::Managed;
    let installed = root(id, marketplace.as_deref(), folder).and_then(|root| {
        let hooks = hooks(&format!("The hook of the plugin {id}"), managed, &root)?;
        Ok((root, hooks))
    });
    Plugin { id: id.to_owned(), scope: file.scope, file: file.path.clone(), enabled, installed, marketplace }
}

/// The folder of a plugin's marketplace, where that is one: as a settings file declares it, or as the client keeps it.
fn marketplace(id: &str, settings: Settings, folder: Option<&Path>) -> Option<PathBuf> {
    let (_, name) = id.split_once('@')?;
    settings.marketplace_folder(name).or_else(|| {
        let known = json(&folder?.join("plugins/known_marketplaces.json")).ok()?;
        let known = &known[name];
        let location = known["installLocation"].as_str()?;
        (known["source"]["source"] == "directory").then(|| PathBuf::from(location))
    })
}

/// The folder that a plugin runs from. One from a marketplace that is a folder runs where it lies there; any other from
/// the client's own copy.
fn root(id: &str, marketplace: Option<&Path>, folder: Option<&Path>) -> Result<PathBuf, String> {
    let root = match marketplace {
        Some(marketplace) => {
            let offered = json(&marketplace.join(".claude-plugin/marketplace.json"))?;
            let name = id.split_once('@').map_or(id, |(name, _)| name);
            let plugins = offered["plugins"].as_array().map_or(&[][..], Vec::as_slice);
            let plugin = plugins.iter().find(|plugin| plugin["name"] == name);
            let source = plugin.and_then(|plugin| plugin["source"].as_str());
            let source = source.ok_or_else(|| format!("{} does not offer it", marketplace.display()))?;
            source
                .split('/')
                .filter(|part| !matches!(*part, "" | "."))
                .fold(marketplace.to_path_buf(), |path, part| path.join(part))
        }
        None => {
            let folder = folder.ok_or("there is no configuration folder")?;
            let installed = json(&folder.join("plugins/installed_plugins.json"))?;
            let path = installed["plugins"][id][0]["installPath"].as_str();
            PathBuf::from(path.ok_or("it is not in the client's list of installed plugins")?)
        }
    };
    match root.is_dir() {
        true => Ok(root),
        false => Err(format!("{} is no folder", root.display())),
    }
}

/// The guard's hooks in a plugin: where its manifest says, or in `hooks/hooks.json`.
fn hooks(name: &str, managed: bool, root: &Path) -> Result<Vec<Hook>, String> {
    let manifest = json(&root.join(".claude-plugin/plugin.json"))?;
    let file = match &manifest["hooks"] {
        Value::Null => json(&root.join("hooks/hooks.json"))?,
        Value::String(path) => json(&root.join(path))?,
        inline => inline.clone(),
    };
    // In a file the events stand below `hooks`, in the manifest itself they may stand there at once.
    let groups = |event: &str| file.get("hooks").unwrap_or(&file).get(event).unwrap_or(&Value::Null);
    Ok(Hook::beside(name, managed, Some(root), groups(EVENT), groups(AFTER)))
}

fn json(path: &Path) -> Result<Value, String> {
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|error| {
        let text = error.to_string();
        format!("{shown} cannot be read: {}", text.split(" (os error").next().unwrap_or(&text))
    })?;
    serde_json::from_str(&text).map_err(|error| format!("{shown} is no JSON: {error}"))
}
