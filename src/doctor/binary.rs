//! Whether the guard that hooks run is the one that is asked here.

use std::path::{Path, PathBuf};

use super::{Finding, process};
use crate::search;

/// The name of this check.
const CHECK: &str = "binary";

/// The guard that a hook runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binary {
    /// Where it lies.
    pub path: PathBuf,
    /// Whether it is the file of this process.
    pub is_this: bool,
    /// What it says of its version; None where it says nothing of the kind.
    pub version: Option<String>,
}

impl Binary {
    /// Looks at the program of a hook. None where it is none, which its probe says.
    pub fn look(path: &Path, own: Option<&Path>) -> Option<Binary> {
        if !search::is_program(path) {
            return None;
        }
        let real = |path: &Path| std::fs::canonicalize(path).ok();
        let is_this = own.and_then(real).is_some_and(|own| real(path) == Some(own));
        let version = if is_this { Some(this_version()) } else { process::version(path) };
        Some(Binary { path: path.to_path_buf(), is_this, version })
    }

    /// What is wrong with it.
    pub fn check(&self) -> Finding {
        let (path, this) = (self.path.display(), env!("CARGO_PKG_VERSION"));
        let mend = "Install both anew from one checkout: `cargo install --path . --root . --locked`.";
        match self.version.as_deref().map(|line| line.strip_prefix("asm-guard ")) {
            Some(Some(_)) if self.is_this => Finding::ok(CHECK, format!("{path} is this asm-guard, {this}.")),
            Some(Some(version)) if version == this => {
                Finding::note(CHECK, format!("{path} is another copy of this asm-guard, {this}."))
            }
            Some(Some(version)) => Finding::warning(
                CHECK,
                format!("{path} is asm-guard {version}; the one asked here is {this}."),
                mend,
            ),
            Some(None) | None => Finding::warning(
                CHECK,
                format!("{path} does not say that it is asm-guard, and its version."),
                mend,
            ),
        }
    }
}

/// What `asm-guard --version` says.
fn this_version() -> String {
    concat!("asm-guard ", env!("CARGO_PKG_VERSION")).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Severity;

    #[test]
    fn the_configured_one_is_compared() {
        let other = format!("asm-guard {}", env!("CARGO_PKG_VERSION"));
        for (is_this, version, severity) in [
            (true, Some(other.as_str()), Severity::Ok),
            (false, Some(&other), Severity::Note),
            (false, Some("asm-guard 0.0.1"), Severity::Warning),
            (false, Some("GNU bash"), Severity::Warning),
            (false, None, Severity::Warning),
        ] {
            let version = version.map(str::to_owned);
            let binary = Binary { path: PathBuf::from("/a"), is_this, version };
            assert_eq!(binary.check().severity, severity, "{binary:?}");
        }
    }
}
