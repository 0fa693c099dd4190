//! The edge where the search path is looked at.

use std::path::{Path, PathBuf};

use crate::resolve::surroundings::Environment;

/// Every file of this name on the search path, in its order, and whether it is a program.
pub fn all(environment: &Environment, name: &str) -> Vec<(PathBuf, bool)> {
    let path = environment.get("PATH").unwrap_or_default();
    let files =
        std::env::split_paths(path).filter(|folder| folder.is_absolute()).map(|folder| folder.join(name));
    files
        .filter(|file| file.is_file())
        .map(|file| (is_program(&file), file))
        .map(|(is, file)| (file, is))
        .collect()
}

/// The first program of this name.
pub fn first(environment: &Environment, name: &str) -> Option<PathBuf> {
    all(environment, name).into_iter().find(|(_, is_program)| *is_program).map(|(file, _)| file)
}

/// Whether a file may be run.
#[cfg(unix)]
pub fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// Elsewhere its name says so.
#[cfg(not(unix))]
pub fn is_program(file: &Path) -> bool {
    file.is_file()
}
