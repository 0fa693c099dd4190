//! The paths that a program prints, of those that rules judge the writing of: who reads what `find` finds and removes it removes
//! them. Which files there are is not known, so it may print them or not.

use super::found;
use super::options::{Argument, Options};
use super::reader::Reader;
use super::write::At;
use crate::knowledge::{Lister, Lists};
use crate::shell::Invocation;
use crate::value::{Piece, Text, Value};

/// Paths that one program prints of which each is looked at.
const MAX_PATHS: usize = 32;

/// The command line of a program that prints paths.
struct Line {
    operands: Vec<Text>,
    /// A pattern for the names of files.
    name: Option<Text>,
}

impl Line {
    /// None where its words are not those of the entry.
    fn read(lister: &Lister, words: &[Text]) -> Option<Line> {
        if !lister.fits().takes(words) {
            return None;
        }
        let one_of = |list: &[String], name: &str| list.iter().any(|known| known == name);
        let takes_value = |name: &str| {
            [&lister.value_options, &lister.name_options, &lister.skipped_options]
                .iter()
                .any(|list| one_of(list, name))
        };
        let mut line = Line { operands: Vec::new(), name: None };
        let mut skips = lister.skips;
        for argument in (Options { value: &takes_value, stop: false }).read(words) {
            match argument {
                Argument::Operand { word, .. } => line.operands.push(word),
                Argument::Option { name, value, .. } if one_of(&lister.name_options, &name) => {
                    line.name = value
                }
                Argument::Option { name, .. } if one_of(&lister.skipped_options, &name) => skips = 0,
                Argument::Option { .. } | Argument::Dashes { .. } => {}
            }
        }
        if let Some(subcommand) = &lister.subcommand {
            if line.operands.first().and_then(Text::literal) != Some(subcommand) {
                return None;
            }
            line.operands.remove(0);
        }
        if lister.lists == Lists::Named && !line.operands.is_empty() {
            line.name = Some(within_a_name(&line.operands.remove(0)));
        }
        line.operands.drain(..skips.min(line.operands.len()));
        if line.operands.is_empty() {
            line.operands.push(Text::from("."));
        }
        Some(line)
    }

    /// The operands, and what lies below them.
    fn below(self) -> Vec<At> {
        let name = self.name.unwrap_or_else(|| Text::from("*"));
        let inside = |folder: &Text| At::Below { folder: folder.clone(), name: name.clone(), anywhere: true };
        let inside: Vec<At> = self.operands.iter().map(inside).collect();
        inside.into_iter().chain(self.operands.into_iter().map(At::Path)).collect()
    }
}

impl Reader {
    /// What a program prints, where paths that a rule asks for may be among it: those, or something else.
    pub(super) fn paths_listed(
        &mut self,
        name: &dyn Fn() -> Option<String>,
        invocation: &Invocation,
    ) -> Option<Value> {
        let (program, words) = invocation.argv.split_first()?;
        let within = invocation.files.folder();
        if !invocation.captured {
            return None;
        }
        let name = name().filter(|name| self.knowledge.is_lister(name))?;
        if !self.may_be_found(words, within) {
            return None;
        }
        let mut printed = Vec::new();
        for lister in self.knowledge.listers(&name) {
            let Some(line) = Line::read(&lister, words) else { continue };
            let mut paths = match lister.lists {
                Lists::Entries => self.entries(&line.operands, lister.lists_folders(words), within),
                Lists::Found => self.protected(&found::found(words, words.len()), within),
                Lists::Below | Lists::Named => self.protected(&line.below(), within),
            };
            paths.dedup();
            let end = if lister.ends_in_nul(words) { "\0" } else { "\n" };
            let text: String = paths.iter().take(MAX_PATHS).flat_map(|path| [path.as_str(), end]).collect();
            printed.extend((!text.is_empty()).then(|| Text::from(text)));
        }
        let unknown = || Text::unknown(format!("output of {program}"));
        (!printed.is_empty()).then(|| Value::any(std::iter::once(unknown()).chain(printed)))
    }

    /// The paths that rules ask for, at these places.
    fn protected(&self, places: &[At], within: Option<&Value>) -> Vec<String> {
        let reached = places.iter().flat_map(|at| self.reached(at, within));
        reached.flat_map(|path| self.asked_for(&path, within)).filter_map(|path| whole(&path)).collect()
    }

    /// What a listing of files and folders prints of those.
    fn entries(&self, operands: &[Text], folders: bool, within: Option<&Value>) -> Vec<String> {
        let mut printed = Vec::new();
        for operand in operands {
            for path in self.protected(&[At::Path(operand.clone())], within) {
                // Of a folder it says what is in it.
                if folders || !self.interests.is_folder_of_written(&path) {
                    printed.push(path);
                }
            }
            if folders {
                continue;
            }
            for place in self.places(operand, within) {
                let Some(folder) = place.literal() else { continue };
                let inside = self.interests.written_below(folder, "*", true);
                let name = |path: &String| path.strip_prefix(folder)?.strip_prefix('/').map(str::to_owned);
                printed.extend(inside.iter().filter_map(name).filter(|name| !name.contains('/')));
            }
        }
        printed
    }
}

/// A path of which every character is known.
fn whole(path: &Text) -> Option<String> {
    path.clone().unmatched().literal().map(str::to_owned)
}

/// The pattern for names of which this is a part. A regular expression stands for any.
fn within_a_name(part: &Text) -> Text {
    let plain = |part: &&str| !part.contains(['*', '+', '?', '[', '(', '|', '^', '$', '\\', '{']);
    let pattern = match part.literal().filter(plain) {
        Some(part) => format!("*{}*", part.replace('.', "?")),
        None => "*".to_owned(),
    };
    Text::from_pieces([Piece::Glob(pattern)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_name_becomes_a_pattern() {
        for (part, expected) in
            [("settings.json", "*settings?json*"), ("^settings", "*"), (r"\.json$", "*"), ("", "**")]
        {
            assert_eq!(within_a_name(&Text::from(part)).to_string(), expected, "{part}");
        }
    }

    #[test]
    fn operands_are_told_from_what_is_looked_for() {
        let search = Lister {
            skips: 1,
            letters: vec!["l".to_owned()],
            skipped_options: vec!["-e".to_owned()],
            value_options: vec!["-m".to_owned()],
            name_options: vec!["--include".to_owned()],
            ..Lister::default()
        };
        for (words, expected) in [
            ("-rl a b c", Some("b c")),
            ("-l -e a b c", Some("b c")),
            ("-l -m 1 a b", Some("b")),
            ("-l a", Some(".")),
            ("-l --include *.x a b", Some("b of *.x")),
            ("-r a b", None),
        ] {
            let words: Vec<Text> = words.split(' ').map(Text::from).collect();
            let shown = Line::read(&search, &words).map(|line| {
                let operands: Vec<String> = line.operands.iter().map(Text::to_string).collect();
                let name = line.name.map(|name| format!(" of {name}")).unwrap_or_default();
                operands.join(" ") + &name
            });
            assert_eq!(shown.as_deref(), expected, "{words:?}");
        }
    }
}
