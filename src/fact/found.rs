//! What `find` finds, as far as its words tell: below which folders, and by which names.

use super::write::At;
use crate::value::Text;

/// Folders that one call searches of which each is looked at.
const MAX_FOLDERS: usize = 8;
/// Options that stand before the folders (find(1)).
const BEFORE: &[&str] = &["-H", "-L", "-P"];
const NAMES: &[&str] = &["-name", "-iname"];
const PATHS: &[&str] = &["-path", "-ipath", "-wholename", "-iwholename"];
const OR: &[&str] = &["-o", "-or", ","];
const NOT: &[&str] = &["!", "-not"];

/// Where the files may lie for which the action at a place among the words is done.
pub(super) fn found(words: &[Text], action: usize) -> Vec<At> {
    let is = |word: &Text, list: &[&str]| word.literal().is_some_and(|word| list.contains(&word));
    let begin = words.iter().position(|word| !is(word, BEFORE)).unwrap_or(words.len());
    let is_test = |word: &Text| word.known_prefix().starts_with(['-', '(', '!']);
    let end = words[begin..].iter().position(is_test).map_or(words.len(), |at| begin + at);
    let here = [Text::from(".")];
    let folders = if begin == end { &here[..] } else { &words[begin..end] };
    // What `-o` parts from the action does not hold for it.
    let tests = &words[end.min(action)..action];
    let tests = &tests[tests.iter().rposition(|word| is(word, OR)).map_or(0, |at| at + 1)..];
    let value_of = |options: &[&str]| {
        (1..tests.len())
            .find(|at| is(&tests[at - 1], options) && (*at < 2 || !is(&tests[at - 2], NOT)))
            .map(|at| tests[at].clone())
    };
    let (name, path) = (value_of(NAMES), value_of(PATHS));
    let place = |folder: &Text| match (&path, &name) {
        (Some(path), _) => At::Matching { folder: folder.clone(), path: path.clone() },
        (None, Some(name)) => At::Below { folder: folder.clone(), name: name.clone(), anywhere: true },
        (None, None) => At::Below { folder: folder.clone(), name: Text::from("*"), anywhere: true },
    };
    let mut found: Vec<At> = folders.iter().take(MAX_FOLDERS).map(place).collect();
    // Nothing parts the folder itself from what is in it.
    if !tests.iter().any(is_test) {
        found.extend(folders.iter().take(MAX_FOLDERS).cloned().map(At::Path));
    }
    found
}
