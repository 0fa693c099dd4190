//! What only one system has stays in a `cfg` room: an item behind its attribute, or a file or folder named after the system,
//! with its counterpart for the other beside it.

use std::fs;
use std::path::{Path, PathBuf};

/// A kind of system: its name in `cfg`, what its rooms are behind, and what only it has.
struct System {
    name: &'static str,
    attributes: &'static [&'static str],
    has: &'static [&'static str],
}

const SYSTEMS: [System; 2] = [
    System {
        name: "unix",
        attributes: &["unix", "linux", "test"],
        has: &["std::os::unix", "std::os::fd", "rustix::", "signal_hook::iterator", "libc::"],
    },
    System { name: "windows", attributes: &["windows"], has: &["std::os::windows", "winapi_util::"] },
];

#[test]
fn what_only_one_system_has_is_in_a_room_of_its_own() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for system in SYSTEMS {
        let mut outside = Vec::new();
        for file in sources(&root.join("src")).into_iter().filter(|file| !is_room(file, system.name)) {
            let name = file.strip_prefix(root).unwrap().display().to_string();
            let lines = outside_of_rooms(&fs::read_to_string(&file).unwrap(), &system);
            outside.extend(lines.into_iter().map(|number| format!("{name}:{number}")));
        }
        assert!(outside.is_empty(), "only for {}, and behind no #[cfg]: {outside:#?}", system.name);
    }
}

/// A room that is a file has one beside it for the other system, and both are behind their attributes where they are named.
#[test]
fn a_room_that_is_a_file_has_a_counterpart() {
    let is_there = |folder: &Path, name: &str| {
        folder.join(format!("{name}.rs")).is_file() || folder.join(name).join("mod.rs").is_file()
    };
    let files = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let mut rooms = 0;
    for (this, other) in [("unix", "windows"), ("windows", "unix")] {
        let is_here = |folder: &&Path| is_there(folder, this);
        let mut folders: Vec<&Path> = files.iter().filter_map(|file| file.parent()).filter(is_here).collect();
        folders.dedup();
        for folder in folders {
            rooms += 1;
            assert!(is_there(folder, other), "{}: {this}, and no {other}", folder.display());
            let above = fs::read_to_string(folder.with_extension("rs")).unwrap();
            let attribute =
                format!("#[cfg({this})]\n#[path = \"{}/{this}", folder.file_name().unwrap().display());
            assert!(above.contains(&attribute), "{}: {attribute}", folder.display());
        }
    }
    assert!(rooms >= 2);
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
    assert_eq!(outside_of_rooms(text, &SYSTEMS[0]), [3, 14]);
    assert_eq!(
        outside_of_rooms("use std::os::windows::fs;\n#[cfg(windows)]\nuse winapi_util::file;\n", &SYSTEMS[1]),
        [1]
    );
}

/// Whether a file is a system's room, or in one.
fn is_room(file: &Path, name: &str) -> bool {
    file.file_stem().is_some_and(|stem| stem == name)
        || file.components().any(|part| part.as_os_str() == name)
}

/// The numbers of the lines that name what only one system has, behind no attribute that says so. Tests are a Unix's room
/// too.
fn outside_of_rooms(text: &str, system: &System) -> Vec<usize> {
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
        } else if words.starts_with("#[cfg(") && system.attributes.iter().any(|kind| words.contains(kind)) {
            room = Some(indentation).filter(|_| !words.contains("not("));
        } else if !words.starts_with("//") && system.has.iter().any(|name| words.contains(name)) {
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
