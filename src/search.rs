//! The search path.

use std::path::{Path, PathBuf};

use crate::resolve::surroundings::Environment;

/// Every file on the search path that a name may mean, in its order, and whether it is a program. A relative entry of the
/// path is passed over: what lies in the working folder shall not be run.
pub(crate) fn all(environment: &Environment, name: &str) -> Vec<(PathBuf, bool)> {
    let names = file_names(environment, name);
    let folders: Vec<PathBuf> = std::env::split_paths(environment.get("PATH").unwrap_or_default())
        .filter(|folder| folder.is_absolute())
        .collect();
    folders
        .iter()
        .flat_map(|folder| names.iter().map(|name| folder.join(name)))
        .filter(|file| file.is_file())
        .map(|file| (is_program(&file), file))
        .map(|(is, file)| (file, is))
        .collect()
}

/// The first program of this name.
pub(crate) fn first(environment: &Environment, name: &str) -> Option<PathBuf> {
    all(environment, name).into_iter().find(|(_, is_program)| *is_program).map(|(file, _)| file)
}

/// What the file of a program of ours is called.
pub(crate) fn file_name(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

/// What the file of a program of this name is called.
#[cfg(unix)]
fn file_names(_: &Environment, name: &str) -> Vec<String> {
    vec![name.to_owned()]
}

/// What the file of a program of this name may be called: with each ending that a program has here, unless it has one.
#[cfg(windows)]
fn file_names(environment: &Environment, name: &str) -> Vec<String> {
    let endings: Vec<String> = endings(environment).map(str::to_ascii_lowercase).collect();
    let lower = name.to_ascii_lowercase();
    match endings.iter().any(|ending| lower.ends_with(ending)) {
        true => vec![name.to_owned()],
        false => endings.iter().map(|ending| format!("{name}{ending}")).collect(),
    }
}

#[cfg(windows)]
fn endings(environment: &Environment) -> impl Iterator<Item = &str> {
    let said = environment.get("PATHEXT").unwrap_or(".COM;.EXE;.BAT;.CMD");
    said.split(';').filter(|ending| ending.len() > 1 && ending.starts_with('.'))
}

/// Whether a file may be run.
#[cfg(unix)]
pub(crate) fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// Whether a file may be run: its name says so.
#[cfg(windows)]
pub(crate) fn is_program(file: &Path) -> bool {
    let environment = Environment::of_process();
    let ending = file.extension().map(|ending| format!(".{}", ending.to_string_lossy()));
    file.is_file()
        && ending.is_some_and(|ending| endings(&environment).any(|known| known.eq_ignore_ascii_case(&ending)))
}
