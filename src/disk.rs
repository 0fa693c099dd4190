//! Scripts that were there before the call: how the pure code asks for one, and what it is told.
//!
//! In: a path as the command writes it, and the folder in which it would run. Out: the text, or why there is
//! none. Whoever hands in a [`Disk`] decides what may be read and how; nothing below the edge opens a file.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::rc::Rc;

use crate::knowledge;
use crate::shell::pattern;
use crate::trace::Trace;
use crate::value::{Piece, Text};

/// The largest file that is read, in bytes.
pub const MAX_FILE: usize = 256 << 10;
/// Files that are read for one call.
const MAX_FILES: usize = 64;
/// Bytes that are read for one call.
const MAX_BYTES: usize = 2 << 20;
/// Paths that are asked for in one call, whether or not there is a file.
const MAX_PATHS: usize = 1_000;

/// Where the programs of the machine lie; not even looked at.
const SYSTEM: &[&str] = &["/usr/", "/bin/", "/sbin/", "/lib/", "/opt/", "/nix/"];

/// Where files are read.
pub trait Disk: fmt::Debug {
    /// The text of the file at an absolute path.
    ///
    /// # Errors
    /// When there is none, or when it is not one to read.
    fn read(&self, path: &str) -> Result<String, Unread>;
}

/// Why a file is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// There is no file.
    Missing,
    /// There is one, and it is left alone; why, as the rest of a sentence (`it is larger than 256 KiB`).
    Left(String),
}

impl Unread {
    /// A file that is left alone.
    pub fn left(why: impl Into<String>) -> Unread {
        Unread::Left(why.into())
    }
}

/// Files in memory, for examples and tests.
#[derive(Debug, Clone, Default)]
pub struct Memory(BTreeMap<String, String>);

impl Memory {
    /// Files by path; one that is not absolute lies in `folder`.
    pub fn new(folder: &str, files: impl IntoIterator<Item = (String, String)>) -> Memory {
        Memory(files.into_iter().map(|(path, text)| (normal(&joined(folder, &path)), text)).collect())
    }
}

impl Disk for Memory {
    fn read(&self, path: &str) -> Result<String, Unread> {
        self.0.get(&normal(path)).cloned().ok_or(Unread::Missing)
    }
}

/// The scripts that one call can reach, each read once.
#[derive(Debug)]
pub struct Scripts {
    disk: Rc<dyn Disk>,
    /// The folder in which the call runs.
    folder: String,
    /// The user's home folder.
    home: Option<String>,
    known: RefCell<HashMap<String, Option<Rc<str>>>>,
    bytes: Cell<usize>,
    files: Cell<usize>,
}

impl Scripts {
    /// The scripts of a call that runs in `folder`.
    pub fn new(disk: Rc<dyn Disk>, folder: impl Into<String>, home: Option<String>) -> Scripts {
        Scripts {
            disk,
            folder: folder.into(),
            home,
            known: RefCell::default(),
            bytes: Cell::new(0),
            files: Cell::new(0),
        }
    }

    /// The folder in which the call runs.
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// The user's home folder.
    pub fn home(&self) -> Option<&str> {
        self.home.as_deref()
    }

    /// The text behind a path, seen from `within`: the folder that the command went to, where it did.
    pub fn read(&self, trace: &Trace, path: &Text, within: Option<&Text>) -> Option<Script> {
        let within = match within {
            Some(folder) => self.absolute(folder, &self.folder)?,
            None => self.folder.clone(),
        };
        let path = normal(&self.absolute(path, &within)?);
        if SYSTEM.iter().any(|folder| path.starts_with(folder)) && !path.starts_with(&self.folder) {
            return None;
        }
        if let Some(known) = self.known.borrow().get(&path) {
            return known.as_ref().map(|text| Script { shown: self.shown(&path), path, text: text.clone() });
        }
        let read = self.read_once(trace, &path);
        let text = read.map(Rc::<str>::from);
        self.known.borrow_mut().insert(path.clone(), text.clone());
        text.map(|text| Script { shown: self.shown(&path), path, text })
    }

    fn read_once(&self, trace: &Trace, path: &str) -> Option<String> {
        let bound_reached = self.known.borrow().len() >= MAX_PATHS
            || self.files.get() >= MAX_FILES
            || self.bytes.get() >= MAX_BYTES;
        let read = if is_installed(path) {
            Err(Unread::left("it belongs to an installed program"))
        } else if knowledge::disk().startup.iter().any(|name| name == base_name(path)) {
            Err(Unread::left("it sets up a shell, with what may be secrets of its user's"))
        } else if bound_reached {
            Err(Unread::left("enough files were read for one call"))
        } else {
            self.disk.read(path)
        };
        match read {
            Ok(text) => {
                trace.step(|| format!("reads {}: {} bytes", self.shown(path), text.len()));
                self.files.set(self.files.get() + 1);
                self.bytes.set(self.bytes.get() + text.len());
                Some(text)
            }
            Err(Unread::Missing) => None,
            Err(Unread::Left(why)) => {
                trace.step(|| format!("does not read {}: {why}", self.shown(path)));
                trace.note_partial();
                None
            }
        }
    }

    /// A path as an absolute one; None where it cannot be told.
    fn absolute(&self, path: &Text, within: &str) -> Option<String> {
        let path = match path {
            Text::Literal(path) => path.clone(),
            Text::Mixed(pieces) => self.known_start(pieces)?,
        };
        (!path.is_empty() && !path.contains('\0')).then(|| joined(within, &path))
    }

    /// A path that begins with a folder known here: `$HOME/x`, `~/x`, `$PWD/x`. Any other folder that is not known is
    /// taken for the one in which the call runs, where most that scripts compute lead (`$(git rev-parse …)/x`).
    fn known_start(&self, pieces: &[Piece]) -> Option<String> {
        let (Piece::Unknown(start), rest) = pieces.split_first()? else { return None };
        let mut path = match start.what.as_str() {
            "$HOME" | "~" => self.home.clone()?,
            what if what.starts_with('~') && what != "~+" => return None,
            _ => self.folder.clone(),
        };
        for piece in rest {
            match piece {
                Piece::Literal(text) => path.push_str(text),
                Piece::Glob(_) | Piece::Unknown(_) => return None,
            }
        }
        Some(path)
    }

    /// A path as a person would write it: from the folder in which the call runs, where it lies in it.
    fn shown(&self, path: &str) -> String {
        let inside = path.strip_prefix(&normal(&self.folder)).and_then(|rest| rest.strip_prefix('/'));
        inside.unwrap_or(path).to_owned()
    }
}

/// A script that was read.
#[derive(Debug, Clone)]
pub struct Script {
    /// Its path from the root.
    pub path: String,
    /// Its path for people.
    pub shown: String,
    /// What is in it.
    pub text: Rc<str>,
}

/// `path` seen from `folder`.
fn joined(folder: &str, path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") }
}

/// A path without `.` and empty parts. `..` stays: behind a symbolic link only the disk knows what it is.
fn normal(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        out.push('/');
        out.push_str(part);
    }
    out
}

/// Whether a file is one of settings, by its name.
pub fn holds_settings(path: &str) -> bool {
    let name = base_name(path);
    knowledge::disk().settings.iter().any(|glob| pattern::matches(glob, name))
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a path belongs to a program that someone installed: what it may do is that program's affair, and its
/// bundled code holds the whole SDK.
fn is_installed(path: &str) -> bool {
    let installed = &knowledge::disk().installed;
    installed.iter().any(|folder| {
        path.match_indices(folder.as_str())
            .any(|(at, _)| path[..at].ends_with('/') && path[at + folder.len()..].starts_with('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scripts(files: &[(&str, &str)]) -> Scripts {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        Scripts::new(Rc::new(Memory::new("/p", files)), "/p", Some("/home/u".to_owned()))
    }

    #[test]
    fn paths_lead_where_the_command_would_go() {
        let scripts =
            scripts(&[("a.sh", "a"), ("sub/b.sh", "b"), ("/home/u/c.sh", "c"), ("node_modules/x/y", "n")]);
        let unknown = |what: &str, rest: &str| Text::unknown(what).concat(Text::from(rest));
        for (path, within, expected) in [
            (Text::from("a.sh"), None, Some("a.sh")),
            (Text::from("./a.sh"), None, Some("a.sh")),
            (Text::from("/p//./a.sh"), None, Some("a.sh")),
            (Text::from("b.sh"), Some(Text::from("sub")), Some("sub/b.sh")),
            (Text::from("b.sh"), None, None),
            (unknown("$PWD", "/a.sh"), None, Some("a.sh")),
            (unknown("~", "/c.sh"), None, Some("/home/u/c.sh")),
            (unknown("$HOME", "/c.sh"), None, Some("/home/u/c.sh")),
            (unknown("output of git", "/a.sh"), None, Some("a.sh")),
            (unknown("~other", "/c.sh"), None, None),
            (Text::from("c.sh"), Some(Text::unknown("~")), Some("/home/u/c.sh")),
            (Text::from("node_modules/x/y"), None, None),
            (Text::from(""), None, None),
        ] {
            let read = scripts.read(&Trace::new(), &path, within.as_ref()).map(|script| script.shown);
            assert_eq!(read.as_deref(), expected, "{path} in {within:?}");
        }
    }

    #[test]
    fn no_more_is_read_than_one_call_may_need() {
        let files: Vec<(String, String)> =
            (0..MAX_FILES + 1).map(|n| (n.to_string(), "x".to_owned())).collect();
        let scripts = Scripts::new(Rc::new(Memory::new("/p", files)), "/p", None);
        let trace = Trace::new();
        let read =
            (0..MAX_FILES + 1).filter(|n| scripts.read(&trace, &Text::from(n.to_string()), None).is_some());
        assert_eq!(read.count(), MAX_FILES);
        assert!(trace.is_partial());
    }
}
