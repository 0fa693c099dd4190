//! Whether the output guard can work, where the settings have it on.

use std::path::{Path, PathBuf};

use super::claude::{Hook, INSTALL};
use super::{Finding, Machine};
use crate::fingerprint::store::{self, SESSION};
use crate::private;
use crate::settings::{self, OutputGuard};

/// The name of this check.
const CHECK: &str = "outputs";
/// The variable that Claude Code sets for the commands it runs.
const IN_A_SESSION: &str = "CLAUDECODE";

/// What was found of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What the settings say.
    pub settings: OutputGuard,
    /// Whether a hook looks at what tools gave.
    pub hook: bool,
    /// The folder that fingerprints would be left in, or why they cannot be.
    pub folder: Result<PathBuf, String>,
    /// Whether this runs in an agent's session, and whether its id is known there. None outside of a session.
    pub session: Option<bool>,
}

/// Looks for what it needs. `hooks` are those that the client runs.
pub fn gather(machine: &Machine, hooks: &[Hook]) -> Found {
    let folders: Vec<PathBuf> = store::bases(&machine.places).collect();
    let writable = folders.iter().find(|folder| is_writable(folder)).cloned();
    let environment = &machine.environment;
    Found {
        settings: settings::load(&machine.places).settings.output_guard,
        hook: hooks.iter().any(|hook| hook.after),
        folder: writable.ok_or_else(|| match folders.last() {
            Some(folder) => format!("{} cannot be written to", folder.display()),
            None => "there is no folder for them: neither XDG_STATE_HOME nor HOME names an absolute path"
                .to_owned(),
        }),
        session: environment.get(IN_A_SESSION).map(|_| environment.get(SESSION).is_some()),
    }
}

/// Whether a folder, or the nearest one above it that is there, can be written to.
fn is_writable(folder: &Path) -> bool {
    let nearest = folder.ancestors().find(|folder| folder.exists());
    nearest.is_some_and(|folder| folder.is_dir() && private::takes_files(folder).is_ok())
}

impl Found {
    /// What is wrong with it; nothing where it is off.
    pub fn check(&self) -> Vec<Finding> {
        if !self.settings.enabled {
            return Vec::new();
        }
        let mut findings = Vec::new();
        if !self.hook {
            let message =
                "The output guard is on, but no hook of the guard looks at what tools give (PostToolUse).";
            findings.push(Finding::warning(CHECK, message, INSTALL));
        }
        let folder = match &self.folder {
            Ok(folder) => folder.display().to_string(),
            Err(why) => {
                let message =
                    format!("The output guard is on, but asm-exec cannot leave fingerprints: {why}.");
                findings.push(Finding::warning(CHECK, message, "Make it a folder that you may write to."));
                return findings;
            }
        };
        if self.session == Some(false) {
            let message = format!(
                "The output guard is on, but this session's commands do not know its id ({SESSION})."
            );
            let mend = "Begin a new session: the plugin's SessionStart hook exports the id.";
            findings.push(Finding::warning(CHECK, message, mend));
        }
        if findings.is_empty() {
            let OutputGuard { seconds, min_length, .. } = self.settings;
            let seconds = seconds.min(store::LONGEST);
            let message = format!(
                "The output guard is on: values of {min_length} characters or more are known for {seconds} s, by fingerprints in \
                 {folder}."
            );
            findings.push(Finding::ok(CHECK, message));
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Severity;

    #[test]
    fn what_it_needs_is_told() {
        let well = Found {
            settings: OutputGuard { enabled: true, ..OutputGuard::default() },
            hook: true,
            folder: Ok("/s".into()),
            session: None,
        };
        let said = |found: &Found| -> Vec<(Severity, String)> {
            found.check().into_iter().map(|finding| (finding.severity, finding.message)).collect()
        };
        let [(Severity::Ok, message)] = &said(&well)[..] else { panic!("{:?}", said(&well)) };
        assert_eq!(
            message,
            "The output guard is on: values of 12 characters or more are known for 3600 s, by fingerprints in /s."
        );
        assert_eq!(said(&Found { session: Some(true), ..well.clone() })[0].0, Severity::Ok);
        for (found, part) in [
            (Found { hook: false, ..well.clone() }, "no hook"),
            (Found { folder: Err("/s is full".into()), ..well.clone() }, "/s is full"),
            (Found { session: Some(false), ..well.clone() }, "ASM_GUARD_SESSION"),
        ] {
            let [(Severity::Warning, message)] = &said(&found)[..] else { panic!("{:?}", said(&found)) };
            assert!(message.contains(part), "{message}");
        }
        assert_eq!(said(&Found { settings: OutputGuard::default(), ..well }), []);
    }
}
