//! Claude Code: whether the guard is installed, enabled and not switched off.
//!
//! In: a [`Found`], which `gather` makes. Out: findings, and the hooks that the client would really run, which are then
//! probed.

mod gather;
mod hook;
mod settings;

use std::path::PathBuf;

pub use gather::{gather, managed_folder};
pub use hook::Hook;
pub use settings::{File, Scope, Settings};

use super::Finding;
use crate::document::Fault;
use crate::resolve::surroundings::Environment;

/// The plugin's name.
pub const PLUGIN: &str = "aws-core";
/// How the guard is installed, where nothing better is known.
pub const INSTALL: &str = "In a checkout of asm-guard: `cargo install --path . --root . --locked`, \
                           `claude plugin marketplace add .`, `claude plugin install aws-core@asm-guard`.";
/// The first version that blocks tools where a hook with `"onFailure": "block"` cannot be run.
const BLOCKS_ON_FAILURE: [u64; 3] = [2, 1, 295];
/// Variables with which the client runs no hooks but managed ones, and what sets them.
const WITHOUT_HOOKS: [(&str, &str); 2] =
    [("CLAUDE_CODE_SIMPLE", "--bare"), ("CLAUDE_CODE_SAFE_MODE", "--safe-mode")];
/// Variables with which the system's loader runs other code in the guard's process.
const LOADER: [&str; 2] = ["LD_PRELOAD", "LD_AUDIT"];

/// What was found of Claude Code.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// `claude` on the search path.
    pub program: Option<PathBuf>,
    /// What it says of its version: `2.1.330 (Claude Code)`.
    pub version: Option<String>,
    /// The folder of the user's configuration, where it is there.
    pub folder: Option<PathBuf>,
    /// The settings files there are, in the order of their scopes.
    pub files: Vec<File>,
    /// Why an organisation's settings could be somebody else's.
    pub managed_fault: Option<Box<Fault>>,
    /// Files of managed hooks that others than root could replace.
    pub replaceable: Vec<Fault>,
    /// The plugins of the guard's name that a settings file speaks of.
    pub plugins: Vec<Plugin>,
    /// The guard's hooks that settings files have themselves.
    pub hooks: Vec<Hook>,
    /// Variables of the environment that are set, among those that matter here.
    pub variables: Vec<&'static str>,
}

/// A plugin of the guard's name.
#[derive(Debug, Clone, PartialEq)]
pub struct Plugin {
    /// `aws-core@asm-guard`.
    pub id: String,
    /// Whose file enables or disables it.
    pub scope: Scope,
    /// That file.
    pub file: PathBuf,
    /// Whether it is enabled.
    pub enabled: bool,
    /// Its folder and the guard's hooks in it, or why there is none.
    pub installed: Result<(PathBuf, Vec<Hook>), String>,
    /// The marketplace's folder, where it is one.
    pub marketplace: Option<PathBuf>,
}

/// The variables that matter here, of those that `environment` has.
fn variables(environment: &Environment) -> Vec<&'static str> {
    let without = WITHOUT_HOOKS.iter().map(|(name, _)| *name);
    let without = without.filter(|name| environment.get(name).is_some_and(is_yes));
    without.chain(LOADER.into_iter().filter(|name| environment.get(name).is_some())).collect()
}

impl Found {
    /// Whether there is nothing of it here.
    pub fn is_missing(&self) -> bool {
        self.program.is_none() && self.folder.is_none() && self.files.is_empty()
    }

    /// What is wrong, and the hooks of the guard that the client runs.
    pub fn check(&self) -> (Vec<Finding>, Vec<Hook>) {
        if self.is_missing() {
            let message =
                "Claude Code was not found: there is no `claude` on PATH, and nothing is configured.";
            return (vec![Finding::warning("client", message, INSTALL)], Vec::new());
        }
        let mut findings = self.client();
        findings.extend(self.files.iter().filter_map(unusable));
        if let Some(fault) = &self.managed_fault {
            let message =
                format!("The managed settings could be anybody's: {} is not root's alone.", fault.file);
            findings.push(Finding::error("settings", message, sentence(fault.mend.as_deref())));
        }
        findings.extend(self.replaceable.iter().map(|fault| {
            let message = format!("A managed hook could be replaced: {} is not root's alone.", fault.file);
            Finding::error("hook", message, sentence(fault.mend.as_deref()))
        }));
        let loaded = self.plugins.iter().filter(|plugin| self.blocked(plugin).is_none());
        let hooks = self.hooks.iter().chain(loaded.flat_map(Plugin::hooks)).cloned();
        let hooks: Vec<Hook> = hooks.filter(|hook| !hook.managed || !self.managed_off()).collect();
        let managed = hooks.iter().any(|hook| hook.managed);
        findings.extend(self.installed(managed));
        let (switches, only_managed) = self.switches(managed);
        findings.extend(switches);
        (findings, hooks.into_iter().filter(|hook| hook.managed || !only_managed).collect())
    }

    /// The programs of every hook of the guard that is there, switched off or not.
    pub fn programs(&self) -> Vec<PathBuf> {
        let of_plugins = self.plugins.iter().filter_map(|plugin| Some(&plugin.installed.as_ref().ok()?.1));
        let mut programs = Vec::new();
        for program in of_plugins.flatten().chain(&self.hooks).filter_map(Hook::program) {
            if !programs.contains(&program) {
                programs.push(program);
            }
        }
        programs
    }

    fn client(&self) -> Vec<Finding> {
        let Some(program) = &self.program else {
            let folder = self.folder.as_ref().or(self.files.first().map(|file| &file.path));
            let place = folder.map(|folder| folder.display().to_string()).unwrap_or_default();
            let message = format!(
                "Claude Code is configured in {place}; its version is not known, as `claude` is not on PATH."
            );
            return vec![Finding::note("client", message)];
        };
        let program = program.display();
        let Some(version) = &self.version else {
            let message = format!("{program} does not say its version.");
            return vec![Finding::warning("client", message, "Install Claude Code anew.")];
        };
        match numbers(version) {
            Some(numbers) if numbers < BLOCKS_ON_FAILURE => vec![Finding::warning(
                "client",
                format!("{program} is {version}, which runs tools unguarded where a hook fails."),
                "Update Claude Code to 2.1.295 or later: `claude update`.",
            )],
            _ => vec![Finding::ok("client", format!("{program} is {version}."))],
        }
    }

    /// Whether the guard is installed. `managed` is whether a managed hook of the guard runs, whatever else there is.
    fn installed(&self, managed: bool) -> Vec<Finding> {
        if self.plugins.is_empty() && self.hooks.is_empty() {
            let message =
                "The plugin aws-core is not installed, and no settings file has a hook of asm-guard.";
            return vec![Finding::error("plugin", message, INSTALL)];
        }
        let by_settings =
            self.hooks.iter().map(|hook| Finding::ok("plugin", format!("{} is configured.", hook.name)));
        let mut findings: Vec<Finding> = by_settings.collect();
        findings.extend(self.plugins.iter().map(|plugin| self.plugin(plugin, managed)));
        findings
    }

    fn plugin(&self, plugin: &Plugin, managed: bool) -> Finding {
        const CHECK: &str = "plugin";
        let Plugin { id, scope, file, .. } = plugin;
        let file = file.display();
        if !plugin.enabled {
            let message = format!("The plugin {id} is disabled by the {scope}, {file}.");
            return match managed {
                true => {
                    Finding::note(CHECK, format!("{message} A managed hook of asm-guard runs all the same."))
                }
                false => Finding::error(
                    CHECK,
                    message,
                    format!("`claude plugin enable {id}`, or take it out of that file."),
                ),
            };
        }
        if let Some((message, mend)) = self.blocked(plugin) {
            return match managed {
                true => Finding::warning(CHECK, message, mend),
                false => Finding::error(CHECK, message, mend),
            };
        }
        match &plugin.installed {
            Err(why) => {
                let message =
                    format!("The plugin {id} is enabled by the {scope}, but it is not there: {why}.");
                Finding::error(
                    CHECK,
                    message,
                    format!("`claude plugin install {id}`, or add its marketplace first."),
                )
            }
            Ok((root, hooks)) if hooks.is_empty() => {
                let message =
                    format!("The plugin {id} in {} has no hook that runs asm-guard.", root.display());
                let mend = "If it is another plugin of this name, install asm-guard's as well; else install it anew.";
                Finding::error(CHECK, message, format!("{mend} {INSTALL}"))
            }
            Ok((root, _)) => Finding::ok(
                CHECK,
                format!("The plugin {id} is enabled by the {scope}, and lies in {}.", root.display()),
            ),
        }
    }

    /// Whether an organisation's list of marketplaces keeps the plugin out: what is wrong, and what to do about it.
    fn blocked(&self, plugin: &Plugin) -> Option<(String, String)> {
        let (file, sources) = Settings(&self.files).known_marketplaces_only()?;
        let folder = plugin.marketplace.as_ref()?.to_str()?;
        let passes =
            sources.iter().any(|source| source["path"] == folder || source.get("pathPattern").is_some());
        (!passes).then(|| {
            let (id, file) = (&plugin.id, file.path.display());
            let message = format!(
                "The plugin {id} is not loaded: {file} has `strictKnownMarketplaces` without its folder."
            );
            let mend =
                format!("As root, add {{\"source\": \"directory\", \"path\": \"{folder}\"}} to that list.");
            (message, mend)
        })
    }

    fn managed_off(&self) -> bool {
        Settings(&self.files).hooks_disabled().is_some_and(|file| file.scope == Scope::Managed)
    }

    /// What switches hooks off, and whether only managed ones are left. `managed` is whether one of those is the guard's.
    fn switches(&self, managed: bool) -> (Vec<Finding>, bool) {
        const CHECK: &str = "hooks";
        let settings = Settings(&self.files);
        let mut findings = Vec::new();
        let mut off = |message: String, mend: String, others: bool| {
            findings.push(match managed && others {
                true => Finding::note(
                    CHECK,
                    format!("{message} The managed hook of asm-guard runs all the same."),
                ),
                false => Finding::error(CHECK, message, mend),
            });
        };
        if let Some(File { scope, path, .. }) = settings.hooks_disabled() {
            let (path, all) = (path.display(), *scope == Scope::Managed);
            let which = if all { "every hook" } else { "every hook that is not managed" };
            let message = format!("The {scope} switch off {which}: {path} has `disableAllHooks`.");
            off(message, format!("Take `disableAllHooks` out of {path}."), !all);
        }
        if let Some(File { path, .. }) = settings.managed_hooks_only() {
            let path = path.display();
            let message = format!("Only managed hooks run: {path} has `allowManagedHooksOnly`.");
            off(
                message,
                format!("As root, enable the plugin in {path}, as docs/enforcement.md has it."),
                true,
            );
        }
        for (name, option) in WITHOUT_HOOKS {
            let by = match (settings.variable(name), self.variables.contains(&name)) {
                (Some((file, value)), _) if is_yes(value) => {
                    format!("The {} set {name} in {}", file.scope, file.path.display())
                }
                (_, true) => format!("The environment has {name}"),
                _ => continue,
            };
            let message =
                format!("{by}, with which hooks that are not managed do not run (as with {option}).");
            off(message, format!("Take {name} out of there."), true);
        }
        let only_managed = !findings.is_empty();
        findings.extend(self.loader(settings));
        if findings.is_empty() {
            findings.push(Finding::ok(CHECK, "No settings file and no variable switches hooks off."));
        }
        (findings, only_managed)
    }

    /// Variables that put other code into the guard's process.
    fn loader(&self, settings: Settings) -> Vec<Finding> {
        let by = |name: &'static str| match settings.variable(name) {
            Some((_, "")) => None,
            Some((file, _)) => Some((name, format!("{} in {}", file.scope, file.path.display()))),
            None if self.variables.contains(&name) => Some((name, "environment".to_owned())),
            None => None,
        };
        let found = LOADER.into_iter().filter_map(by);
        found
            .map(|(name, place)| {
                let message = format!(
                    "{name} is set by the {place}: what it names runs inside the guard, and can answer for it."
                );
                let mend =
                    format!("Take {name} out of there, or set it to \"\" in the `env` of managed settings.");
                Finding::warning("hooks", message, mend)
            })
            .collect()
    }
}

impl Plugin {
    fn hooks(&self) -> &[Hook] {
        match &self.installed {
            Ok((_, hooks)) if self.enabled => hooks,
            _ => &[],
        }
    }
}

/// Whether the client takes a variable's value for yes.
fn is_yes(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on")
}

fn unusable(file: &File) -> Option<Finding> {
    let why = file.content.as_ref().err()?;
    let (scope, path) = (file.scope, file.path.display());
    let effect = match scope {
        Scope::Managed => "The client does not start",
        _ => "The client leaves the whole file out",
    };
    let message = format!("The {scope} {path} cannot be used: {why}. {effect}.");
    let mend = "Mend the file; an editor with Claude Code's JSON schema shows where.";
    Some(match scope {
        Scope::User | Scope::Managed => Finding::error("settings", message, mend),
        _ => Finding::warning("settings", message, mend),
    })
}

/// A mend as a sentence.
pub fn sentence(mend: Option<&str>) -> String {
    let mend = mend.unwrap_or("see the file");
    let mut letters = mend.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(letters).chain((!mend.ends_with('.')).then_some('.')).collect()
}

/// The three numbers with which a version begins.
fn numbers(version: &str) -> Option<[u64; 3]> {
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    Some([numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?])
}

#[cfg(test)]
mod tests;
