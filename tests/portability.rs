//! What only a Unix has stays in a `cfg` room, with a counterpart for other systems beside it. The files that have no
//! counterpart yet are named here; a Windows build waits for this list to be empty.

use std::fs;
use std::path::{Path, PathBuf};

/// Whole files that are Unix's, which nothing stands for elsewhere yet.
const ONLY_UNIX: [&str; 8] = [
    // A log that is appended by one write, with its owner, its mode and its lock.
    "src/audit/file.rs",
    // The folder of fingerprints, with its owner and its mode.
    "src/fingerprint/store.rs",
    // The command in asm-exec: exec, signals, process groups, pipes that are waited for.
    "src/resolve/child/output.rs",
    "src/resolve/child/signals.rs",
    "src/resolve/child/unix.rs",
    // The AWS CLI, ended with all that it started.
    "src/resolve/credentials/cli.rs",
    // The copy from pipe to terminal, which waits for both.
    "src/resolve/mask/copy.rs",
    "src/resolve/masking.rs",
];

const UNIX: [&str; 5] = ["std::os::unix", "std::os::fd", "rustix::", "signal_hook::", "libc::"];

#[test]
fn what_only_a_unix_has_is_in_a_room_of_its_own() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut outside = Vec::new();
    for file in sources(&root.join("src")) {
        let lines = outside_of_rooms(&fs::read_to_string(&file).unwrap());
        let name = file.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        match ONLY_UNIX.contains(&name.as_str()) {
            true => assert!(!lines.is_empty(), "{name} needs no Unix any longer: take it off the list"),
            false => outside.extend(lines.into_iter().map(|number| format!("{name}:{number}"))),
        }
    }
    assert!(outside.is_empty(), "only for Unix, and behind no #[cfg(unix)]: {outside:#?}");
}

#[test]
fn a_room_is_the_item_behind_its_attribute() {
    let text = "\
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use rustix::fs;
#[cfg(all(test, unix))]
mod tests {
    use rustix::fs;
}
// rustix::fs in words
fn f() {
    #[cfg(unix)]
    {
        rustix::fs::open();
    }
    rustix::fs::open();
}
";
    assert_eq!(outside_of_rooms(text), [3, 14]);
}

/// The numbers of the lines that name what only a Unix has, behind no attribute that says so. Tests are a room too.
fn outside_of_rooms(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    // The indentation of the item that is a room, while it lasts.
    let mut room: Option<&str> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let words = line.trim_start();
        let indentation = &line[..line.len() - words.len()];
        if let Some(own) = room {
            let is_attribute = words.starts_with('#');
            if own == indentation && !is_attribute && (words.starts_with('}') || words.ends_with([';', ',']))
            {
                room = None;
            }
        } else if words.starts_with("#[cfg(")
            && ["unix", "linux", "test"].iter().any(|kind| words.contains(kind))
        {
            room = Some(indentation).filter(|_| !words.contains("not("));
        } else if !words.starts_with("//") && UNIX.iter().any(|name| words.contains(name)) {
            found.push(number);
        }
    }
    found
}

/// The Rust files of a folder, but for those that hold nothing but tests.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|kind| kind == "rs") && !path.ends_with("tests.rs"))
        .collect();
    found.sort();
    found
}
