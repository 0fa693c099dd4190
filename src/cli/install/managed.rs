//! `asm-guard install --managed`: the organisation's settings of Claude Code.

use std::path::Path;

use super::{CHECK, Done, Job};
use crate::cli::Output;
use crate::doctor::{self, Finding, Severity};
use crate::install::disk::Settings;
use crate::install::{Change, agents, managed};

/// The mode of a file that everybody reads.
const PUBLIC: u32 = 0o644;

impl Job<'_> {
    /// The organisation's settings.
    pub(super) fn managed(&self) -> Output {
        if let Some(other) = self.arguments.agents.iter().find(|name| *name != "claude") {
            return Output::usage(format!("--managed is for Claude Code alone, not for {other}"));
        }
        if !is_root() && !self.arguments.dry_run {
            return Output::usage(
                "--managed writes what belongs to root: run it with sudo, or add --dry-run",
            );
        }
        let mut done = Done::default();
        let path = doctor::claude::managed_folder().join(managed::FILE);
        let uninstall = self.arguments.uninstall;
        let elsewhere = doctor::claude::gather(self.machine);
        let elsewhere = elsewhere
            .hooks
            .iter()
            .find(|hook| hook.managed && !hook.name.ends_with(&*path.to_string_lossy()));
        if let Some(hook) = elsewhere.filter(|_| !uninstall) {
            let message = format!("{} is managed already. Nothing is to be changed.", hook.name);
            done.findings.push(Finding::ok(CHECK, message));
        } else if let Some(fault) = self.untrusted().filter(|_| !uninstall) {
            done.findings.push(fault);
        } else {
            let program = Path::new(self.program);
            let root = program.parent().and_then(Path::parent);
            let root = root.filter(|root| root.join(".claude-plugin/marketplace.json").is_file());
            if uninstall && !self.arguments.dry_run {
                self.keep_what_was_edited(&path, root, &mut done);
            }
            self.file(&path, PUBLIC, &mut done, |settings| {
                let text = managed::text(self.program, root);
                Ok(match (uninstall, &settings.text) {
                    (true, None) => Change::None,
                    (true, Some(_)) => Change::Gone,
                    (false, Some(before)) if *before == text => Change::None,
                    (false, _) => Change::Text(text),
                })
            });
        }
        if !self.arguments.dry_run && !uninstall && doctor::worst(&done.findings) < Severity::Error {
            let claude = agents::named("claude").into_iter();
            done.findings.extend(claude.flat_map(|claude| doctor::examine_agent(claude, self.machine)));
        }
        self.report(vec![(Some("Claude Code, managed"), done)])
    }

    /// The file is our own, and somebody may have written into it all the same.
    fn keep_what_was_edited(&self, path: &Path, root: Option<&Path>, done: &mut Done) {
        let Ok(settings) = Settings::read(path) else { return };
        if settings.text.as_ref().is_none_or(|text| *text == managed::text(self.program, root)) {
            return;
        }
        done.findings.push(match settings.keep() {
            Ok(kept) => {
                let kept = kept.map(|kept| kept.display().to_string()).unwrap_or_default();
                Finding::note(
                    CHECK,
                    format!("{} is not as it was written; a copy stays in {kept}.", path.display()),
                )
            }
            Err(why) => Finding::error(CHECK, format!("{why}."), "Nothing was written there."),
        });
    }

    /// What keeps the program from being an organisation's guard: whoever can replace it is the guard.
    fn untrusted(&self) -> Option<Finding> {
        let program = Path::new(self.program);
        let real = std::fs::canonicalize(program).ok();
        let faults = [Some(program), real.as_deref()].into_iter().flatten();
        let fault = faults.filter_map(|path| crate::settings::trusted(path).err()).next()?;
        let message = format!(
            "{} could be replaced by others than root: {} is not root's alone.",
            self.program, fault.file
        );
        let mend = fault.mend.unwrap_or_default();
        Some(Finding::error(CHECK, message, format!("Install it as docs/enforcement.md has it; {mend}.")))
    }
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Elsewhere the system refuses to write.
#[cfg(not(unix))]
fn is_root() -> bool {
    true
}
