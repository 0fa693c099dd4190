//! Paths as shells write them, and as Windows does: Bash there (Git for Windows, MSYS2) has `/c/Users/u` for `C:\Users\u`.
//! Events and variables have the latter, commands the former, and what understands commands knows no other.

use std::path::PathBuf;

/// A path of this system as a shell writes it.
pub(super) fn in_shells(path: String) -> String {
    if cfg!(windows) { slashed(&path) } else { path }
}

/// The path of this system that a shell's path leads to.
pub(super) fn of_system(path: &str) -> PathBuf {
    if cfg!(windows) {
        let temporary = std::env::temp_dir();
        return PathBuf::from(with_drive(path, &temporary.to_string_lossy()));
    }
    PathBuf::from(path)
}

/// `C:\Users\u` as `/c/Users/u`.
fn slashed(path: &str) -> String {
    // What the system says of a path whose links were followed (`\\?\`).
    let path = path.strip_prefix(r"\\?\").unwrap_or(path).replace('\\', "/");
    match drive(&path) {
        Some((letter, rest)) => format!("/{}/{}", letter.to_ascii_lowercase(), rest.trim_start_matches('/')),
        None => path,
    }
}

/// `/c/Users/u` as `C:/Users/u`. `/tmp` is the folder for what is temporary.
fn with_drive(path: &str, temporary: &str) -> String {
    // A colon can stand nowhere but behind a drive: what was joined before it counts no more.
    let whole = path.match_indices(':').next_back().and_then(|(at, _)| path.get(at.checked_sub(1)?..));
    if let Some((letter, rest)) = whole.and_then(drive) {
        return format!("{letter}:/{}", rest.trim_start_matches(['/', '\\']));
    }
    let Some(rest) = path.strip_prefix('/') else { return path.to_owned() };
    let (first, rest) = rest.split_once('/').unwrap_or((rest, ""));
    match first.as_bytes() {
        [letter] if letter.is_ascii_alphabetic() => format!("{}:/{rest}", first.to_ascii_uppercase()),
        b"tmp" => format!("{}/{rest}", temporary.trim_end_matches(['/', '\\'])),
        _ => path.to_owned(),
    }
}

/// The letter of a path's drive, and what follows the colon.
fn drive(path: &str) -> Option<(char, &str)> {
    let letter = path.chars().next().filter(char::is_ascii_alphabetic)?;
    let rest = path[1..].strip_prefix(':')?;
    (rest.is_empty() || rest.starts_with(['/', '\\'])).then_some((letter, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_windows_as_bash_has_it_and_back() {
        for (native, shells, back) in [
            (r"C:\Users\u", "/c/Users/u", "C:/Users/u"),
            (r"\\?\D:\work\x.sh", "/d/work/x.sh", "D:/work/x.sh"),
            ("C:/Users/u/.bashrc", "/c/Users/u/.bashrc", "C:/Users/u/.bashrc"),
            (r"C:\", "/c/", "C:/"),
            (r"\\server\share\x", "//server/share/x", "//server/share/x"),
            ("x.sh", "x.sh", "x.sh"),
        ] {
            assert_eq!(slashed(native), shells);
            assert_eq!(with_drive(shells, r"C:\Temp\"), back, "{shells}");
        }
    }

    #[test]
    fn where_a_shells_path_leads() {
        for (path, expected) in [
            ("/c", "C:/"),
            ("/tmp/x.sh", r"C:\Temp/x.sh"),
            ("/tmpfiles/x.sh", "/tmpfiles/x.sh"),
            ("/usr/bin/env", "/usr/bin/env"),
            (r"/c/project/C:\other\x.ps1", r"C:/other\x.ps1"),
            ("/c/project/c:/other/x.ps1", "c:/other/x.ps1"),
        ] {
            assert_eq!(with_drive(path, r"C:\Temp\"), expected, "{path}");
        }
    }
}
