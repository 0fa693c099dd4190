//! What the loaded rules ask for, so that only facts are found that some rule judges.
//!
//! The built-in rules' part of it is compiled in by `build.rs`; what the rules of an organisation, a user or a project
//! ask for beyond that is added when they are loaded. It may say more than the rules do, never less: the rules decide.

use serde::{Deserialize, Serialize};

use super::{builtin, without_dots};
use crate::shell::pattern;
use crate::value::{Piece, Text};

/// The longest path (PATH_MAX of Linux).
const MAX_PATH: usize = 4096;
/// Letters of a file's name that a glob has where it is meant for that file.
const FEW_LETTERS: usize = 3;
/// Folders in which people's home folders lie, without a slash at the end.
const ABOVE_HOMES: [&str; 3] = ["", "/home", "/Users"];
/// Alternatives of one glob that are told apart.
const MAX_ALTERNATIVES: usize = 64;

/// Globs over what rules judge, beyond the built-in ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interests {
    programs: Vec<String>,
    read: Vec<String>,
    written: Vec<String>,
    servers: Vec<String>,
    calls: Vec<String>,
}

/// What a glob of a rule is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    /// Programs, by their names without a folder.
    Program,
    /// Paths of files that are read.
    Read,
    /// Paths of files that are written, removed or given another mode.
    Written,
    /// Servers of MCP, by their names in the names of their tools.
    Server,
    /// Functions that code calls, by their dotted path.
    Call,
}

impl Interests {
    /// Asks for all that others ask for too.
    pub fn join(&mut self, other: &Interests) {
        let lists = [
            (&mut self.programs, &other.programs),
            (&mut self.read, &other.read),
            (&mut self.written, &other.written),
            (&mut self.servers, &other.servers),
            (&mut self.calls, &other.calls),
        ];
        for (ours, theirs) in lists {
            ours.extend(theirs.iter().cloned());
            ours.sort_unstable();
            ours.dedup();
        }
    }

    /// Asks for one more glob's facts.
    pub fn ask(&mut self, interest: Interest, glob: &str) {
        let list = match interest {
            Interest::Program => &mut self.programs,
            Interest::Read => &mut self.read,
            Interest::Written => &mut self.written,
            Interest::Server => &mut self.servers,
            Interest::Call => &mut self.calls,
        };
        // A path that says no beginning is meant in any folder.
        let anywhere = matches!(interest, Interest::Read | Interest::Written) && is_relative(glob);
        for glob in without_braces(glob) {
            if anywhere {
                list.push(format!("*/{glob}"));
            }
            list.push(glob);
        }
        list.sort_unstable();
        list.dedup();
    }

    /// Whether a rule judges a program by its command line; `name` has no folder.
    pub fn in_program(&self, name: &str) -> bool {
        builtin::COMMANDS.binary_search(&name).is_ok() || self.adds_program(name)
    }

    /// Whether a rule that is not built in does.
    pub fn adds_program(&self, name: &str) -> bool {
        any(&self.programs, name)
    }

    /// Whether any does.
    pub fn adds_programs(&self) -> bool {
        !self.programs.is_empty()
    }

    /// Whether a rule judges calls of an MCP server's tools.
    pub fn in_server(&self, name: &str) -> bool {
        any(&self.servers, name)
    }

    /// Globs over the functions that rules judge calls of.
    pub fn calls(&self) -> &[String] {
        &self.calls
    }

    /// A file that is read, by the path under which built-in rules judge it: `path` without `.` and `..`, or the path
    /// that a glob reaches. None where none asks for it.
    pub fn read(&self, path: &Text) -> Option<String> {
        if !may_be_built_in(path) {
            return None;
        }
        match path {
            Text::Literal(path) => {
                let plain = without_dots(path);
                builtin::PATHS.iter().any(|glob| pattern::matches(glob, &plain)).then_some(plain)
            }
            Text::Mixed(pieces) => {
                let glob = pieces.iter().try_fold(String::new(), |glob, piece| match piece {
                    Piece::Literal(text) | Piece::Glob(text) => Some(glob + text),
                    Piece::Unknown(_) => None,
                })?;
                builtin::PATHS.iter().find(|known| reaches(&glob, known)).map(|path| (*path).to_owned())
            }
        }
    }

    /// Whether a word may be the path of a file that a rule judges the reading of. Most are not, which is soon seen.
    pub fn may_be_read(&self, word: &Text) -> bool {
        may_be_built_in(word) || !self.read.is_empty() && word.known_len() <= MAX_PATH
    }

    /// Whether rules that are not built in judge the reading of files.
    pub fn adds_read(&self) -> bool {
        !self.read.is_empty()
    }

    /// Whether one of them judges the reading of this file, a path as [`Self::in_written`] takes it.
    pub fn in_read(&self, place: &Text) -> bool {
        any_text(self.read.iter().map(String::as_str), place)
    }

    /// Whether a word, or the folder that it is seen from, may lead to a file that a rule judges the writing of.
    pub fn may_be_written(&self, word: &Text) -> bool {
        if !self.written.is_empty() {
            return word.known_len() <= MAX_PATH;
        }
        let marked = |text: &str| {
            text.len() >= builtin::SHORTEST_WRITTEN
                && text.len() <= MAX_PATH
                && builtin::WRITTEN_NAMES.iter().any(|name| text.contains(name))
        };
        match word {
            Text::Literal(word) => marked(word),
            Text::Mixed(pieces) => {
                pieces.iter().any(|piece| matches!(piece, Piece::Literal(t) | Piece::Glob(t) if marked(t)))
            }
        }
    }

    /// Whether a word is the name of such a file, without its folder.
    pub fn is_name_of_written(&self, word: &Text) -> bool {
        let Text::Literal(name) = word else { return false };
        let is_its =
            |path: &str| path.strip_suffix(name.as_str()).is_some_and(|folder| folder.ends_with('/'));
        builtin::WRITTEN_LAST.binary_search(&name.as_str()).is_ok()
            || !name.is_empty() && !name.contains('*') && self.written.iter().map(String::as_str).any(is_its)
    }

    /// Whether a path is a folder in which such files are.
    pub fn is_folder_of_written(&self, path: &str) -> bool {
        let inside = |named: &str| match is_relative(named) {
            true => continued(path, named).is_some(),
            false => named.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')),
        };
        self.named().any(inside)
    }

    /// Whether code may write such a file, as far as its text tells.
    pub fn may_write(&self, code: &str) -> bool {
        !self.written.is_empty() || builtin::WRITTEN_NAMES.iter().any(|name| code.contains(name))
    }

    /// The path that a rule names and a pattern for files' names is meant for (`~/.claude/settings*.json`).
    pub fn reached_written(&self, place: &Text) -> Option<&str> {
        let Text::Mixed(pieces) = place else { return None };
        let glob = pieces.iter().try_fold(String::new(), |glob, piece| match piece {
            Piece::Literal(text) | Piece::Glob(text) => Some(glob + text),
            Piece::Unknown(_) => None,
        })?;
        let named = self.named();
        named
            .filter(|path| !path.contains('*'))
            .find(|path| reaches(&glob, path) || takes_all_of(&glob, path))
    }

    /// The paths that rules name the writing of.
    fn named(&self) -> impl Iterator<Item = &str> {
        builtin::WRITTEN.iter().copied().chain(self.written.iter().map(String::as_str))
    }

    /// The paths below a folder that rules name, under a name that `name` matches; with `anywhere` those too that they mean
    /// in any folder, where this one is the beginning of it.
    pub fn written_below(&self, folder: &str, name: &str, anywhere: bool) -> Vec<String> {
        let folder = folder.trim_end_matches('/');
        let whole = |path: &str| match is_relative(path) {
            true if anywhere => continued(folder, path),
            true => None,
            false => Some(path.to_owned()),
        };
        let fits = |path: &String| {
            let inside = match ABOVE_HOMES.contains(&folder) {
                true => path.strip_prefix('~'),
                false => None,
            };
            let inside = inside.or_else(|| path.strip_prefix(folder)).and_then(|rest| rest.strip_prefix('/'));
            let last = inside.and_then(|inside| inside.rsplit('/').next()).unwrap_or_default();
            last.contains(|c: char| c != '*') && pattern::matches(name, last)
        };
        self.named().filter(|path| !path.starts_with('*')).filter_map(whole).filter(fits).collect()
    }

    /// The paths below a folder that rules name and a pattern for whole paths matches.
    pub fn written_by(&self, folder: &str, glob: &str) -> Vec<String> {
        let folder = folder.trim_end_matches('/');
        let whole = |path: &str| match is_relative(path) {
            true => Some(format!("{folder}/{path}")),
            false => path.strip_prefix(folder)?.starts_with('/').then(|| path.to_owned()),
        };
        let named = self.named().filter(|path| !path.starts_with('*'));
        named.filter_map(whole).filter(|path| pattern::matches(glob, path)).collect()
    }

    /// Whether a rule judges the writing of a file. Its path is absolute as far as that is known, the home folder `~`.
    pub fn in_written(&self, place: &Text) -> bool {
        any_text(self.named(), place)
    }
}

/// Whether a path's glob says no beginning, so that it is meant in any folder.
pub fn is_relative(glob: &str) -> bool {
    !glob.starts_with(['/', '~', '*'])
}

fn any(globs: &[String], name: &str) -> bool {
    globs.iter().any(|glob| pattern::matches(glob, name))
}

/// The globs that alternatives in braces stand for. Where they are too many, one that matches more.
fn without_braces(glob: &str) -> Vec<String> {
    let mut done = Vec::new();
    let mut open = vec![glob.to_owned()];
    while let Some(glob) = open.pop() {
        // The innermost braces first, so that what is between them holds no others.
        let found = glob.find('}').and_then(|end| Some((glob[..end].rfind('{')?, end)));
        match found {
            None => done.push(glob),
            Some((from, end)) if done.len() + open.len() >= MAX_ALTERNATIVES => {
                done.push(format!("{}*{}", &glob[..from], &glob[end + 1..]));
            }
            Some((from, end)) => {
                let alternatives = glob[from + 1..end].split(',');
                open.extend(alternatives.map(|one| format!("{}{one}{}", &glob[..from], &glob[end + 1..])));
            }
        }
    }
    done
}

fn any_text<'a>(mut globs: impl Iterator<Item = &'a str>, text: &Text) -> bool {
    // No glob names this character, so that only a `*` or a `?` takes what is unknown.
    let plain = match text {
        Text::Literal(text) => text.clone(),
        Text::Mixed(pieces) => pieces.iter().fold(String::new(), |out, piece| match piece {
            Piece::Literal(text) => out + text,
            Piece::Glob(_) | Piece::Unknown(_) => out + "\u{fffc}",
        }),
    };
    globs.any(|glob| pattern::matches(glob, &plain))
}

/// Whether a glob is meant for a path: folder by folder, and with some of the file's name. `cat *` is for the files of a
/// project, whatever else may lie there.
fn reaches(glob: &str, path: &str) -> bool {
    let (folders, names) = (glob.split('/'), path.split('/'));
    let name = glob.rsplit('/').next().unwrap_or(glob);
    path.starts_with(['/', '~'])
        && name.chars().filter(|c| c.is_alphanumeric()).count() >= FEW_LETTERS
        && folders.clone().count() == names.clone().count()
        && folders.zip(names).all(|(folder, name)| pattern::matches(folder, name))
}

/// Whether a glob is meant for all that is in a folder of the guard's or its client's, and a path is in it.
fn takes_all_of(glob: &str, path: &str) -> bool {
    let Some((folder, name)) = glob.rsplit_once('/') else { return false };
    let inside = || path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
    name.chars().all(|c| c == '*')
        && builtin::WRITTEN_NAMES.iter().any(|name| folder.contains(name))
        && inside().is_some_and(|name| !name.contains('/'))
}

/// A path that is meant in any folder, from the folder that its beginning is.
fn continued(folder: &str, path: &str) -> Option<String> {
    path.match_indices('/').find_map(|(at, _)| {
        let before = folder.strip_suffix(&path[..at])?;
        (before.is_empty() || before.ends_with('/')).then(|| format!("{folder}{}", &path[at..]))
    })
}

/// Whether a word may be the path of a file that a built-in rule judges the reading of.
fn may_be_built_in(word: &Text) -> bool {
    match word {
        // Shorter than the shortest name: nothing to take apart.
        Text::Literal(word) if word.len() < builtin::SHORTEST_READ => false,
        Text::Literal(word) => {
            let dots = word.as_bytes().iter().rev().take_while(|c| matches!(c, b'/' | b'.')).count();
            let plain = &word.as_bytes()[..word.len() - dots];
            word.len() <= MAX_PATH && builtin::READ_NAMES.iter().any(|name| plain.ends_with(name.as_bytes()))
        }
        Text::Mixed(pieces) => {
            pieces.iter().any(|piece| matches!(piece, Piece::Glob(_))) && word.known_len() <= MAX_PATH
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rules_ask_for_is_found_again() {
        let mut interests = Interests::default();
        assert!(interests.in_program("chamber") && !interests.in_program("kubectl"));
        assert!(!interests.adds_program("chamber") && !interests.in_server("github"));
        interests.ask(Interest::Program, "kube*");
        interests.ask(Interest::Program, "{a,b}c");
        interests.ask(Interest::Server, "git*");
        interests.ask(Interest::Written, "deploy/*.yaml");
        for (holds, what) in [
            (interests.in_program("kubectl"), "a glob"),
            (interests.adds_program("ac") && interests.adds_program("bc"), "either of two"),
            (!interests.in_program("git"), "no other"),
            (interests.in_server("github"), "a server"),
            (interests.in_written(&"~/project/deploy/a.yaml".into()), "in any folder"),
            (!interests.in_written(&"~/project/deploy/a.json".into()), "no other file"),
            (
                interests.in_written(&Text::unknown("$DIR").concat("/deploy/a.yaml".into())),
                "behind what is unknown",
            ),
            (!interests.in_written(&Text::unknown("$FILE")), "a path of which nothing is known is none"),
        ] {
            assert!(holds, "{what}");
        }
    }

    #[test]
    fn names_that_are_looked_for_are_those_of_the_paths() {
        for glob in builtin::PATHS {
            assert!(builtin::READ_NAMES.iter().any(|name| glob.ends_with(name)), "{glob}");
        }
        assert!(builtin::READ_NAMES.iter().all(|name| name.len() >= builtin::SHORTEST_READ));
        for glob in builtin::WRITTEN {
            assert!(builtin::WRITTEN_NAMES.iter().any(|name| glob.contains(name)), "{glob}");
        }
        assert!(builtin::WRITTEN_NAMES.iter().all(|name| name.len() >= builtin::SHORTEST_WRITTEN));
    }
}
