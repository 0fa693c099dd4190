//! Where settings and rules lie.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::home;

/// The folder of a managed machine. It is root's, or an administrator's, and named by no variable: those are an agent's to
/// set.
const MANAGED: &str = if cfg!(windows) { r"C:\Program Files\asm-guard" } else { "/etc/asm-guard" };
/// The variable in which a client names the project to its hooks, which may be another folder than a call runs in.
const CLIENTS_PROJECT: &str = "CLAUDE_PROJECT_DIR";
/// A project's folder of its own.
const PROJECT: &str = ".asm-guard";

/// The folders of each layer. One that is None does not exist for this process.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Places {
    /// The organisation's.
    pub managed: Option<PathBuf>,
    /// The user's (XDG Base Directory Specification).
    pub user: Option<PathBuf>,
    /// The project's: `.asm-guard` in the folder in which a call runs, or in the nearest one above it that has it.
    pub project: Option<PathBuf>,
    /// Where the audit log is kept (XDG Base Directory Specification).
    pub state: Option<PathBuf>,
    /// Where what was compiled of rules is kept (XDG Base Directory Specification).
    pub cache: Option<PathBuf>,
    /// Where what ends with the user's login is kept (XDG Base Directory Specification).
    pub runtime: Option<PathBuf>,
}

impl Places {
    /// Those of this process, for a call in `folder`; without one there is no project.
    pub fn here(folder: Option<&Path>) -> Places {
        let home = variable(home::VARIABLE).map(PathBuf::from).filter(|home| home.is_absolute());
        let xdg = |name: &str, otherwise: &str| {
            let said = variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
            said.or_else(|| Some(home.as_ref()?.join(otherwise))).map(|path| path.join("asm-guard"))
        };
        Places {
            managed: Some(PathBuf::from(MANAGED)),
            user: xdg("XDG_CONFIG_HOME", ".config"),
            project: folder.and_then(|folder| {
                project(folder).or_else(|| project(&PathBuf::from(variable(CLIENTS_PROJECT)?)))
            }),
            state: xdg("XDG_STATE_HOME", ".local/state"),
            cache: xdg("XDG_CACHE_HOME", ".cache"),
            runtime: variable("XDG_RUNTIME_DIR")
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
                .map(|path| path.join("asm-guard")),
        }
    }
}

/// The nearest folder of a project's own, in a folder or above it.
fn project(folder: &Path) -> Option<PathBuf> {
    let folder = Some(folder).filter(|folder| folder.is_absolute())?;
    folder.ancestors().map(|folder| folder.join(PROJECT)).find(|own| own.is_dir())
}

fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
