//! Programs that change files: entries of `rules/programs/writers.toml`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::fits::Fits;

/// A program that changes files.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Writer {
    /// The names of the program.
    pub program: Vec<String>,
    /// What it does to the files among its operands.
    pub does: Writes,
    /// The words of which one selects the entry, where the program does several things.
    pub subcommand: Vec<String>,
    /// Options whose value is a file that it writes.
    pub outputs: Vec<String>,
    /// Options whose value is the folder that it writes to.
    pub target_options: Vec<String>,
    /// Options whose value is the folder in which it looks for its operands.
    pub folder_options: Vec<String>,
    /// Other options that take the next word.
    pub value_options: Vec<String>,
    /// Options without which it writes nothing, by their beginning.
    pub with: Vec<String>,
    /// Letters of which a bundle of short options must hold one.
    pub letters: Vec<String>,
    /// Options with which it writes nothing, by their beginning; one of a single letter in a bundle too.
    pub without: Vec<String>,
    /// Whether its first word is a bundle of short options without a dash (`tar xf`).
    pub bare: bool,
    /// How many of its first operands are no such file.
    pub skips: usize,
    /// Whether its last operand is the folder that it writes to.
    pub into: bool,
    /// Options with which it copies folders with all that is in them.
    pub recursive: Vec<String>,
    /// Options with which what it writes to is replaced, even where it is a folder.
    pub replaces: Vec<String>,
    /// Whether a folder that ends in a slash stands for what is in it.
    pub spills: bool,
    /// What a word begins with that names a file.
    pub keys: Vec<String>,
}

impl Writer {
    /// The command lines with which it writes.
    pub(crate) fn fits(&self) -> Fits<'_> {
        Fits { with: &self.with, letters: &self.letters, without: &self.without, bare: self.bare }
    }
}

/// What a program does to the files among its operands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Writes {
    /// Nothing: it writes what `outputs` name.
    #[default]
    Outputs,
    /// They get what it reads.
    Input,
    /// The last one gets the others' text.
    Copies,
    /// The same, and the others are removed.
    Moves,
    /// They are edited by a program among its words.
    Edits,
    /// They are edited by a program among its words, or by one that it reads.
    Script,
    /// They are emptied.
    Nothing,
    /// They are removed.
    Removes,
    /// They get another mode or owner.
    Mode,
    /// Those that begin with one of `keys` get what it reads.
    Keys,
    /// What it finds below them, as `find` does, is removed.
    Finds,
    /// They, and what is in them, are as they once were.
    Restores,
    /// Files of an archive are put into a folder; operands are those files' names.
    Unpacks,
    /// The files that a patch names are edited by it.
    Patches,
}
