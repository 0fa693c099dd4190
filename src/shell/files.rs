//! Files that the command itself has written, and scripts that were there before it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::state::{CONTENTS_OF, PWD, environment_value, gone_to};
use crate::disk::Scripts;
use crate::trace::{FileId, Kind, Trace};
use crate::value::{Piece, Text, Value};

/// Files that the command itself has written, by path, shared by every shell in it; and the scripts on disk, seen
/// from the folder that a shell is in.
#[derive(Debug, Clone, Default)]
pub struct Files {
    written: Rc<RefCell<Written>>,
    disk: Option<Rc<Scripts>>,
    folder: Option<Value>,
}

/// The text of a script, and where it comes from.
#[derive(Debug, Clone)]
pub struct Source {
    /// The text.
    pub text: Value,
    /// The path that leads to it: as it is written, or where parts of that are not known, the whole.
    pub path: Text,
    /// The file on disk, by its number in the trace; None where the command itself wrote it.
    pub file: Option<FileId>,
}

#[derive(Debug, Default)]
struct Written {
    texts: HashMap<String, Value>,
    /// Their paths in the order in which they were written.
    order: Vec<String>,
    /// Of globs that rules name: how many of these paths were looked at, and the places of those that match.
    matched: HashMap<String, (usize, Vec<usize>)>,
    /// The path that was last written under each name.
    paths: HashMap<String, String>,
    /// Where links lead, by their own path.
    links: HashMap<String, String>,
    /// How many paths were made up (`mktemp`).
    numbers: usize,
    /// How often anything of it was changed.
    changes: u64,
    /// How many conditions stand around what runs now of which it is not known whether they hold.
    doubts: usize,
}

/// A path that a word stands for is matched with at most this many files.
const MAX_MATCHES: usize = 64;

impl Files {
    /// The same files, and these scripts on disk.
    pub fn or_on(self, disk: Option<&Rc<Scripts>>) -> Files {
        Files { disk: self.disk.or_else(|| disk.cloned()), ..self }
    }

    /// The same files, with relative paths seen from this folder; None is the one in which the call runs.
    pub fn within(&self, folder: Option<Value>) -> Files {
        Files { folder, ..self.clone() }
    }

    /// The same files, seen from a folder in the one they are seen from.
    pub fn inside(&self, folder: &Text) -> Files {
        let here = self.folder.clone().unwrap_or_else(|| environment_value(PWD));
        self.within(Some(gone_to(here, folder)))
    }

    /// The folder that relative paths are seen from, where the command has gone to one.
    pub fn folder(&self) -> Option<&Value> {
        self.folder.as_ref()
    }

    /// The text of a script that is to be run: what this command wrote, or else what is on disk.
    pub fn script(&self, trace: &Trace, path: &Text, kind: Kind) -> Option<Source> {
        let written = self.at(path).map(|text| {
            // A copy of one on disk is what that is.
            let copied = || match text.alternatives() {
                [text] => self.carried(trace, text, kind),
                _ => None,
            };
            copied().unwrap_or_else(|| Source { text: text.clone(), path: path.clone(), file: None })
        });
        let sure = path.literal().is_none_or(|path| self.is_written(path));
        match written {
            Some(source) if sure => Some(source),
            // Only the name says that it is the same file; what is on disk may be run as well.
            Some(source) => match self.on_disk(trace, path, kind) {
                Some(other) => Some(Source { text: source.text.or(other.text), ..source }),
                None => Some(source),
            },
            None => self.on_disk(trace, path, kind),
        }
    }

    /// A script that was there before this command.
    fn on_disk(&self, trace: &Trace, path: &Text, kind: Kind) -> Option<Source> {
        let disk = self.disk.as_ref()?;
        let folders: Vec<Option<&Text>> = match &self.folder {
            Some(folder) => folder.alternatives().iter().map(Some).collect(),
            None => vec![None],
        };
        let script = folders.into_iter().find_map(|folder| disk.read(trace, path, folder))?;
        let file = Some(trace.file(&script.shown, kind)).filter(|file| !trace.is_left(*file))?;
        let path = path.literal().map_or_else(|| Text::from(script.path), Text::from);
        Some(Source { text: Value::from(&*script.text), path, file: Some(file) })
    }

    /// The script that a text is the contents of, where all that is known of it is that (`bash < x.sh`,
    /// `eval "$(cat x.sh)"`).
    pub fn carried(&self, trace: &Trace, text: &Text, kind: Kind) -> Option<Source> {
        let Text::Mixed(pieces) = text else { return None };
        let [Piece::Unknown(unknown)] = pieces.as_slice() else { return None };
        let path = unknown.what.strip_prefix(CONTENTS_OF).filter(|path| !path.contains('‹'))?;
        self.on_disk(trace, &Text::from(path), kind)
    }

    /// What a file holds, where this command wrote it. A path that is spelled otherwise but ends in the same
    /// name counts as the same file: the directory is often not known.
    pub fn get(&self, path: &str) -> Option<Value> {
        let written = self.written.borrow();
        if written.texts.is_empty() {
            return None;
        }
        let path = &normal(path);
        let by_name = || written.texts.get(written.paths.get(base_name(path))?);
        written.texts.get(path).or_else(by_name).cloned()
    }

    /// The same of a path that may be known in part: what was written under the same unknown is found again.
    pub fn at(&self, path: &Text) -> Option<Value> {
        if self.is_empty() {
            return None;
        }
        match self.matches(path).as_slice() {
            [] => self.get(&path.to_string()),
            paths => paths.iter().filter_map(|path| self.get(path)).reduce(Value::or),
        }
    }

    /// Writes a file.
    pub fn write(&self, path: &str, text: Value) {
        let mut written = self.written.borrow_mut();
        let mut path = normal(path);
        for _ in 0..8 {
            written.put(&path, &text);
            match written.links.get(&path) {
                Some(target) => path = target.clone(),
                None => return,
            }
        }
    }

    /// Appends to a file; one that was not written here begins unknown and is then only what is appended.
    pub fn append(&self, path: &str, text: Value) {
        let before = self.written.borrow_mut().before_more(normal(path));
        self.write(path, before.concat(text));
    }

    /// Notes that one path leads to another.
    pub(super) fn link(&self, path: &str, target: &str) {
        let path = normal(path);
        // A relative target begins at the link.
        let target = match path.rsplit_once('/') {
            Some((folder, _)) if !target.starts_with('/') => normal(&format!("{folder}/{target}")),
            _ => normal(target),
        };
        if path != target {
            let mut written = self.written.borrow_mut();
            written.changes += 1;
            written.links.insert(path, target);
        }
    }

    /// Whether this very path was written.
    pub(super) fn is_written(&self, path: &str) -> bool {
        self.written.borrow().texts.contains_key(&normal(path))
    }

    /// A number that was not handed out before: part of a path that is made up.
    pub(super) fn number(&self) -> usize {
        let mut written = self.written.borrow_mut();
        written.numbers += 1;
        written.changes += 1;
        written.numbers
    }

    /// Removes what is known of a file and returns it. Where it is not known whether this runs, the file stays.
    pub fn take(&self, path: &str) -> Option<Value> {
        self.written.borrow_mut().take(&normal(path))
    }

    /// Until `settled`, it is not known whether what runs is run at all: a file may also stay as it was.
    pub(super) fn doubt(&self) {
        self.written.borrow_mut().doubts += 1;
    }

    /// Ends what `doubt` began.
    pub(super) fn settle(&self) {
        let mut written = self.written.borrow_mut();
        written.doubts = written.doubts.saturating_sub(1);
    }

    /// Paths that match a glob.
    pub fn matching(&self, glob: &str) -> Vec<String> {
        let written = self.written.borrow();
        let paths = written.texts.keys().filter(|path| super::pattern::matches(glob, path));
        let mut paths: Vec<String> = paths.cloned().collect();
        paths.sort();
        paths
    }

    /// Paths that match a glob which a rule names. Of each path that is asked once: a long script asks the same at every
    /// `git`. There are few rules; the globs of the text itself, of which there may be many, are not kept.
    pub fn matching_rule(&self, glob: &str) -> Vec<String> {
        let mut written = self.written.borrow_mut();
        let Written { texts, order, matched, .. } = &mut *written;
        let (asked, found) = matched.entry(glob.to_owned()).or_default();
        let new = (*asked..order.len()).filter(|at| super::pattern::matches(glob, &order[*at]));
        found.extend(new);
        *asked = order.len();
        let paths = found.iter().map(|at| &order[*at]);
        let mut paths: Vec<String> = paths.filter(|path| texts.contains_key(*path)).cloned().collect();
        paths.sort();
        paths.dedup();
        paths
    }

    /// Paths that a word with a pattern in it becomes; none where it has no pattern, or nothing matches.
    pub(super) fn matches(&self, word: &Text) -> Vec<String> {
        let Text::Mixed(pieces) = word else { return Vec::new() };
        if self.is_empty() || !pieces.iter().any(|piece| matches!(piece, Piece::Glob(_))) {
            return Vec::new();
        }
        let quote = |text: &str| -> String {
            text.chars()
                .flat_map(|c| ['\\', c].into_iter().skip(usize::from(!"*?[]\\".contains(c))))
                .collect()
        };
        let pattern: String = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Literal(text) => quote(text),
                Piece::Glob(text) => text.clone(),
                Piece::Unknown(unknown) => quote(&format!("‹{}›", unknown.what)),
            })
            .collect();
        let here = if pattern.starts_with("./") { "./" } else { "" };
        let pattern = pattern.trim_start_matches("./");
        let folders = pattern.matches('/').count();
        let mut paths = self.matching(pattern);
        // A star does not reach over a folder, and hidden files want to be named.
        paths.retain(|path| path.matches('/').count() == folders && !base_name(path).starts_with('.'));
        paths.truncate(MAX_MATCHES);
        paths.into_iter().map(|path| format!("{here}{path}")).collect()
    }

    /// How often what is known of files was changed.
    pub(super) fn changes(&self) -> u64 {
        self.written.borrow().changes
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.written.borrow().texts.is_empty()
    }
}

impl Written {
    fn put(&mut self, path: &str, text: &Value) {
        self.changes += 1;
        self.paths.insert(base_name(path).to_owned(), path.to_owned());
        match self.texts.get_mut(path) {
            Some(before) if self.doubts > 0 => *before = before.clone().or(text.clone()),
            Some(before) => before.clone_from(text),
            None => self.hold(path.to_owned(), text.clone()),
        }
    }

    /// What a file holds to which more is added.
    fn before_more(&mut self, path: String) -> Value {
        match self.texts.get_mut(&path) {
            // Perhaps it stays as it is.
            Some(text) if self.doubts > 0 => text.clone(),
            Some(text) => std::mem::replace(text, Value::from("")),
            None => {
                if self.doubts > 0 {
                    self.hold(path, Value::from(""));
                }
                Value::from("")
            }
        }
    }

    fn hold(&mut self, path: String, text: Value) {
        if self.texts.insert(path.clone(), text).is_none() {
            self.order.push(path);
        }
    }

    fn take(&mut self, path: &str) -> Option<Value> {
        if self.doubts > 0 {
            return self.texts.get(path).cloned();
        }
        self.changes += 1;
        self.texts.remove(path)
    }
}

/// A path without what changes nothing in it: `./x`, `a//b`, `a/./b`, `a/../b`.
fn normal(path: &str) -> String {
    if !path.contains("//") && !path.contains("./") && !path.ends_with("/.") {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for (at, part) in path.split('/').enumerate() {
        match part {
            "" if at > 0 => {}
            "." => {}
            ".." if parts.last().is_some_and(|last| !matches!(*last, "" | "..")) => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    if parts == [""] { "/".to_owned() } else { parts.join("/") }
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_has_many_spellings() {
        for (written, read) in [
            ("x", "./x"),
            ("a//b", "a/b"),
            ("a/./b", "a/b"),
            ("a/c/../b", "a/b"),
            ("x", "/tmp/x"),
            ("/t/x", "x"),
        ] {
            let files = Files::default();
            files.write(written, Value::from("text"));
            assert_eq!(files.get(read), Some(Value::from("text")), "{written} {read}");
        }
    }

    #[test]
    fn what_is_perhaps_written_is_perhaps_there() {
        let files = Files::default();
        files.write("x", Value::from("a"));
        files.doubt();
        files.write("x", Value::from("b"));
        files.append("x", Value::from("c"));
        files.settle();
        assert_eq!(files.get("x").unwrap().to_string(), "{a|b|ac|bc}");
        files.write("x", Value::from("d"));
        assert_eq!(files.get("x"), Some(Value::from("d")));
    }

    #[test]
    fn what_is_written_through_a_link_is_where_it_leads() {
        let files = Files::default();
        files.link("d/a", "b");
        files.write("d/a", Value::from("text"));
        assert_eq!(files.get("d/b"), Some(Value::from("text")));
    }
}
