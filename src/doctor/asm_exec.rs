//! Whether `asm-exec`, to which denials point, is the program that would run.

use std::path::PathBuf;

use super::{Finding, Machine, process};
use crate::search;

/// The name of this check.
const CHECK: &str = "asm-exec";
/// How the program's version begins.
const NAME: &str = "asm-exec ";

/// A file named `asm-exec`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Where it lies.
    pub path: PathBuf,
    /// Whether it may be run.
    pub is_program: bool,
    /// What it says of its version.
    pub version: Option<String>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// Beside the guard that hooks run. A plugin's own folder is first on the path of the Bash tool.
    pub beside: Option<Program>,
    /// On the search path, in its order.
    pub on_path: Vec<Program>,
}

/// Looks for asm-exec. `guards` are the programs of the hooks.
pub fn gather(machine: &Machine, guards: &[PathBuf]) -> Found {
    let program = |(path, is_program): (PathBuf, bool)| Program {
        version: if is_program { process::version(&path) } else { None },
        path,
        is_program,
    };
    let beside = guards
        .iter()
        .map(|guard| guard.with_file_name(search::file_name("asm-exec")))
        .find(|path| path.is_file());
    Found {
        beside: beside.map(|path| (path.clone(), search::is_program(&path))).map(program),
        on_path: search::all(&machine.environment, "asm-exec").into_iter().map(program).collect(),
    }
}

impl Found {
    /// What is wrong.
    pub fn check(&self) -> Vec<Finding> {
        let mend = "In a checkout of asm-guard: `cargo install --path . --root . --locked`.";
        let files = || self.beside.iter().chain(&self.on_path);
        let mut findings: Vec<Finding> = files()
            .filter(|program| !program.is_program)
            .map(|program| {
                let path = program.path.display();
                let quoted = program.path.to_string_lossy();
                let quoted = shlex::try_quote(&quoted).unwrap_or_default();
                Finding::warning(CHECK, format!("{path} is not executable."), format!("`chmod +x {quoted}`."))
            })
            .collect();
        if let Some(beside) = self.beside.as_ref().filter(|program| program.is_program && !program.is_ours())
        {
            let message =
                format!("{} does not say that it is asm-exec, and its version.", beside.path.display());
            findings.push(Finding::warning(CHECK, message, mend));
        }
        let ours = files().find(|program| program.is_ours());
        let Some(ours) = ours else {
            findings.extend(self.others(None));
            if findings.is_empty() {
                let message = "asm-exec, to which denials point, is neither beside the guard nor on PATH.";
                findings.push(Finding::warning(CHECK, message, mend));
            }
            return findings;
        };
        findings.extend(self.others(Some(ours)));
        let path = ours.path.display();
        match ours.version() {
            Some(version) if version != env!("CARGO_PKG_VERSION") => {
                let message =
                    format!("{path} is asm-exec {version}; asm-guard is {}.", env!("CARGO_PKG_VERSION"));
                findings.push(Finding::warning(CHECK, message, mend));
            }
            _ if !findings.is_empty() => {}
            _ => {
                let version = env!("CARGO_PKG_VERSION");
                let message = format!(
                    "{path} is asm-exec {version}. A shell's alias or function of that name cannot be seen from here."
                );
                findings.push(Finding::ok(CHECK, message));
            }
        }
        findings
    }

    /// Programs of that name, and of somebody else's, that stand before ours on the search path.
    fn others(&self, ours: Option<&Program>) -> Option<Finding> {
        let first = self.on_path.iter().find(|program| program.is_program)?;
        if first.is_ours() {
            return None;
        }
        let path = first.path.display();
        let message = match ours {
            Some(ours) => {
                format!(
                    "{path} is another program named asm-exec, and stands before {} on PATH.",
                    ours.path.display()
                )
            }
            None => format!("{path} is another program named asm-exec, and the guard's is not there."),
        };
        let mend = "Remove or rename it, or put the folder of the guard's asm-exec before it on PATH.";
        Some(Finding::warning(CHECK, message, mend))
    }
}

impl Program {
    fn version(&self) -> Option<&str> {
        self.version.as_deref()?.strip_prefix(NAME)
    }

    fn is_ours(&self) -> bool {
        self.version().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Severity::{Ok, Warning};

    fn program(path: &str, is_program: bool, version: Option<&str>) -> Program {
        Program { path: PathBuf::from(path), is_program, version: version.map(str::to_owned) }
    }

    #[test]
    fn what_would_run_is_told() {
        let this = format!("asm-exec {}", env!("CARGO_PKG_VERSION"));
        let ours = |path| program(path, true, Some(&this));
        let other = |path| program(path, true, Some("another 1.0"));
        for (beside, on_path, expected) in [
            (Some(ours("/p/asm-exec")), vec![], &[(Ok, "/p/asm-exec is asm-exec")][..]),
            (None, vec![ours("/b/asm-exec")], &[(Ok, "/b/asm-exec is asm-exec")]),
            (None, vec![], &[(Warning, "is neither beside")]),
            (None, vec![other("/a/asm-exec")], &[(Warning, "the guard's is not there")]),
            (
                None,
                vec![other("/a/asm-exec"), ours("/b/asm-exec")],
                &[(Warning, "stands before /b/asm-exec")],
            ),
            (None, vec![ours("/a/asm-exec"), other("/b/asm-exec")], &[(Ok, "/a/asm-exec is")]),
            (
                Some(ours("/p/asm-exec")),
                vec![other("/a/asm-exec")],
                &[(Warning, "stands before /p/asm-exec")],
            ),
            (Some(program("/p/asm-exec", false, None)), vec![], &[(Warning, "not executable")]),
            (Some(program("/p/asm-exec", true, None)), vec![], &[(Warning, "does not say that it is")]),
            (
                None,
                vec![program("/a/asm-exec", true, Some("asm-exec 0.0.1"))],
                &[(Warning, "is asm-exec 0.0.1;")],
            ),
        ] {
            let found = Found { beside, on_path };
            let findings = found.check();
            assert_eq!(findings.len(), expected.len(), "{findings:?}");
            for (finding, (severity, part)) in findings.iter().zip(expected) {
                assert_eq!(finding.severity, *severity, "{finding:?}");
                assert!(finding.message.contains(part), "{finding:?}");
            }
        }
    }
}
