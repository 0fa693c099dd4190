//! The files that a program changes, and what they get, as `rules/programs/writers.toml` tells of it.

use super::Change;
use super::found;
use super::options::{Argument, Options, without_start};
use super::patch;
use super::write::{CONTENTS_OF, Changed};
use crate::knowledge::{Writer, Writes};
use crate::shell::Invocation;
use crate::value::{Piece, Text, Value};

/// What an invocation changes, in the folder that one of its options names, where one does.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// The changes.
    pub(super) of: Vec<Changed>,
    /// The folder in which the program looks for what it is given.
    pub(super) folder: Option<Text>,
}

/// The command line of a program that changes files.
struct Line<'a> {
    writer: &'a Writer,
    invocation: &'a Invocation,
    operands: Vec<Text>,
    target: Option<Text>,
    outputs: Vec<Text>,
    folder: Option<Text>,
}

/// What a program changes. Nothing where its words are not those of the entry.
pub(super) fn changes(writer: &Writer, invocation: &Invocation) -> Changes {
    let Some(line) = Line::read(writer, invocation) else { return Changes::default() };
    let folder = line.folder.clone();
    Changes { of: line.changes(), folder }
}

impl<'a> Line<'a> {
    fn read(writer: &'a Writer, invocation: &'a Invocation) -> Option<Line<'a>> {
        let words = &invocation.argv[1..];
        if !writer.fits().takes(words) {
            return None;
        }
        let mut line = Line {
            writer,
            invocation,
            operands: Vec::new(),
            target: None,
            outputs: Vec::new(),
            folder: None,
        };
        line.sort(words);
        if !line.take_subcommand() {
            return None;
        }
        line.operands.drain(..writer.skips.min(line.operands.len()));
        Some(line)
    }

    /// Tells options from operands.
    fn sort(&mut self, words: &[Text]) {
        let writer = self.writer;
        let named = |list: &[String], name: &str| list.iter().any(|known| known == name);
        let takes_value = |name: &str| {
            [&writer.value_options, &writer.target_options, &writer.folder_options, &writer.outputs]
                .iter()
                .any(|list| named(list, name))
        };
        for argument in (Options { value: &takes_value, stop: false }).read(words) {
            match argument {
                Argument::Operand { word, .. } => self.operands.push(word),
                Argument::Option { name, value: Some(value), .. } if named(&writer.target_options, &name) => {
                    self.target = Some(value);
                }
                Argument::Option { name, value: Some(value), .. } if named(&writer.folder_options, &name) => {
                    self.folder = Some(value);
                }
                Argument::Option { name, value: Some(value), .. } if named(&writer.outputs, &name) => {
                    self.outputs.push(value);
                }
                Argument::Option { .. } | Argument::Dashes { .. } => {}
            }
        }
        if writer.bare && !words.first().is_some_and(|word| word.known_prefix().starts_with('-')) {
            // `tar xzf FILE`: the letters, and what the letter `f` takes.
            let letters = if self.operands.is_empty() { Text::default() } else { self.operands.remove(0) };
            let takes = writer.value_options.iter().filter(|option| {
                let letter = option.strip_prefix('-').filter(|letter| letter.len() == 1);
                letter.is_some_and(|letter| letters.known_prefix().contains(letter))
            });
            self.operands.drain(..takes.count().min(self.operands.len()));
        }
    }

    /// Whether the words that select the entry are there; they are no operands.
    fn take_subcommand(&mut self) -> bool {
        if self.writer.subcommand.is_empty() {
            return true;
        }
        let fits = |sequence: &&String| {
            let words: Vec<&str> = sequence.split(' ').collect();
            let operands = self.operands.iter().map(Text::literal);
            operands.take(words.len()).eq(words.into_iter().map(Some))
        };
        let Some(sequence) = self.writer.subcommand.iter().find(fits) else { return false };
        self.operands.drain(..sequence.split(' ').count());
        true
    }

    fn changes(mut self) -> Vec<Changed> {
        let mut found: Vec<Changed> = Vec::new();
        // What a program gets elsewhere is not in the call, whatever its words are.
        let elsewhere = || Text::unknown(format!("{CONTENTS_OF}what {} gets", self.invocation.argv[0]));
        found.extend(self.outputs.drain(..).map(|path| Changed::path(path, Change::Write, elsewhere())));
        let operands = std::mem::take(&mut self.operands);
        let all = |operands: Vec<Text>, change: Change, text: Text| {
            operands.into_iter().map(move |path| Changed::path(path, change, text.clone()))
        };
        let words = || words_of(&self.invocation.argv[1..]);
        match self.writer.does {
            Writes::Outputs => {}
            Writes::Input => found.extend(all(operands, Change::Write, self.invocation.stdin.clone())),
            Writes::Nothing => found.extend(all(operands, Change::Write, Text::from(""))),
            Writes::Edits => found.extend(all(operands, Change::Write, words())),
            Writes::Script => {
                let read = words().concat(Text::from("\n")).concat(self.invocation.stdin.clone());
                found.extend(all(operands, Change::Write, read));
            }
            Writes::Removes => found.extend(all(operands, Change::Remove, Text::from(""))),
            // The mode itself may look like an option, or like a path that no rule asks for.
            Writes::Mode => found.extend(all(operands, Change::Mode, words())),
            Writes::Keys => found.extend(operands.iter().filter_map(|word| self.keyed(word))),
            Writes::Finds => {
                let words = &self.invocation.argv[1..];
                let is_action = |word: &Text| {
                    word.literal().is_some_and(|word| self.writer.with.iter().any(|with| with == word))
                };
                let action = words.iter().position(is_action).unwrap_or(words.len());
                let removed = |at| Changed { at, change: Change::Remove, text: Text::from("") };
                found.extend(found::found(words, action).into_iter().map(removed));
            }
            Writes::Restores => {
                for path in operands {
                    let text = Text::unknown(format!("{CONTENTS_OF}what was committed"));
                    found.push(Changed::below(path.clone(), Text::from("*"), true, text.clone()));
                    found.push(Changed::path(path, Change::Write, text));
                }
            }
            Writes::Unpacks => self.unpacks(operands, &mut found),
            Writes::Patches => self.patches(operands, &mut found),
            Writes::Copies | Writes::Moves => self.copies(operands, &mut found),
        }
        found
    }

    /// Files of an archive, all of them or those that are named, are put into a folder.
    fn unpacks(&self, members: Vec<Text>, found: &mut Vec<Changed>) {
        let text = Text::unknown(format!("{CONTENTS_OF}an archive"));
        let all_in = |folder: Text| Changed::below(folder, Text::from("*"), true, text.clone());
        let into = self.target.clone().unwrap_or_else(|| Text::from("."));
        if members.is_empty() {
            found.push(all_in(into.clone()));
        }
        if let Some(last) = members.last().filter(|_| self.writer.into) {
            found.push(all_in(last.clone()));
        }
        for member in members {
            let name = last_segment(&member);
            // The program itself takes patterns, so that they are quoted for the shell.
            let is_pattern = is_glob(&name) || name.known_prefix().contains(['*', '?', '[']);
            found.push(match is_pattern {
                true => Changed::below(into.clone(), name, true, text.clone()),
                false => {
                    let inside = into.clone().concat(Text::from("/")).concat(member);
                    Changed::path(inside, Change::Write, text.clone())
                }
            });
        }
    }

    /// A word such as `of=FILE`.
    fn keyed(&self, word: &Text) -> Option<Changed> {
        let key = self.writer.keys.iter().find(|key| word.known_prefix().starts_with(key.as_str()))?;
        Some(Changed::path(without_start(word, key.len()), Change::Write, self.invocation.stdin.clone()))
    }

    /// A patch names its files in its text, which is an argument or what the program reads; a file that is named beside it
    /// gets what it says.
    fn patches(&self, operands: Vec<Text>, found: &mut Vec<Changed>) {
        let is_text = |word: &&Text| word.literal().is_some_and(|word| word.contains('\n'));
        let texts = operands.iter().filter(is_text).chain(std::iter::once(&self.invocation.stdin));
        for file in texts.filter_map(Text::literal).flat_map(patch::files) {
            let text = file.written();
            found.push(Changed::path(Text::from(file.path), file.change, text));
        }
        let read = match self.invocation.stdin.literal() {
            Some(patch) => {
                Text::from(patch::files(patch).into_iter().map(|file| file.text).collect::<String>())
            }
            None => Text::unknown(format!("{CONTENTS_OF}a patch")),
        };
        let files = operands.into_iter().filter(|word| !is_text(&word));
        found.extend(files.map(|path| Changed::path(path, Change::Write, read.clone())));
    }

    fn copies(&self, mut operands: Vec<Text>, found: &mut Vec<Changed>) {
        let writer = self.writer;
        let last = || if operands.len() > 1 { operands.pop() } else { None };
        let Some(to) = self.target.clone().or_else(last) else { return };
        let words = self.invocation.argv[1..].iter().map(Text::known_prefix);
        let has = |options: &[String]| {
            words.clone().any(|word| {
                options.iter().any(|option| match option.strip_prefix('-') {
                    Some(letter) if letter.len() == 1 => {
                        word.starts_with('-') && !word.starts_with("--") && word.contains(letter)
                    }
                    _ => word == option,
                })
            })
        };
        if has(&writer.replaces) {
            found.push(Changed::path(to.clone(), Change::Remove, Text::from("")));
        }
        let whole_folders = has(&writer.recursive);
        for from in operands {
            let text = contents(&from, self.invocation);
            let name = last_segment(&from);
            let in_it = matches!(name.literal(), Some("." | ".."))
                || writer.spills && ends_in_slash(&from)
                || is_glob(&name);
            if in_it {
                let names = if is_glob(&name) { name } else { Text::from("*") };
                found.push(Changed::below(to.clone(), names, true, text));
            } else {
                let inside = to.clone().concat(Text::from("/")).concat(name);
                if whole_folders {
                    found.push(Changed::below(inside.clone(), Text::from("*"), false, text.clone()));
                }
                found.push(Changed::path(to.clone(), Change::Write, text.clone()));
                found.push(Changed::path(inside, Change::Write, text));
            }
            if writer.does == Writes::Moves {
                found.push(Changed::path(from, Change::Remove, Text::from("")));
            }
        }
    }
}

/// What a file holds; unknown where the command itself did not write it.
fn contents(path: &Text, invocation: &Invocation) -> Text {
    let written = match path.literal() {
        Some("-" | "/dev/stdin" | "/dev/fd/0") => Some(Value::One(invocation.stdin.clone())),
        _ => invocation.files.at(path),
    };
    written
        .map_or_else(|| Text::unknown(format!("{CONTENTS_OF}{path}")), |text| text.alternatives()[0].clone())
}

/// What parts folders; the second on Windows.
const SLASHES: [char; 2] = ['/', '\\'];

/// A path's part behind its last slash; a slash at the end is none.
fn last_segment(path: &Text) -> Text {
    let mut pieces = path.clone().pieces();
    if let Some(Piece::Literal(last)) = pieces.last_mut() {
        last.truncate(last.trim_end_matches(SLASHES).len());
    }
    let slash = |piece: &Piece| match piece {
        Piece::Literal(text) | Piece::Glob(text) => text.rfind(SLASHES),
        Piece::Unknown(_) => None,
    };
    let Some((at, slash)) = pieces.iter().enumerate().rev().find_map(|(at, piece)| Some((at, slash(piece)?)))
    else {
        return Text::from_pieces(pieces);
    };
    let mut rest = pieces.split_off(at);
    if let Some(Piece::Literal(text) | Piece::Glob(text)) = rest.first_mut() {
        text.drain(..=slash);
        if text.is_empty() {
            rest.remove(0);
        }
    }
    Text::from_pieces(rest)
}

fn ends_in_slash(path: &Text) -> bool {
    matches!(path.clone().pieces().last(), Some(Piece::Literal(text)) if text.ends_with('/'))
}

fn is_glob(path: &Text) -> bool {
    matches!(path, Text::Mixed(pieces) if pieces.iter().any(|piece| matches!(piece, Piece::Glob(_))))
}

fn words_of(words: &[Text]) -> Text {
    words.iter().fold(Text::default(), |text, word| match text.is_empty() {
        true => word.clone(),
        false => text.concat(Text::from(" ")).concat(word.clone()),
    })
}
