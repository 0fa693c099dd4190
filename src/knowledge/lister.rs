//! Programs that print the paths of files: entries of `rules/programs/listers.toml`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::fits::{Fits, has_one};
use crate::value::Text;

/// A program that prints the paths of files.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Lister {
    /// The names of the program.
    pub program: Vec<String>,
    /// Which paths it prints.
    pub lists: Lists,
    /// The word that selects the entry, where the program does several things.
    pub subcommand: Option<String>,
    /// How many of its first operands are neither a file nor a folder.
    pub skips: usize,
    /// Options that take the next word.
    pub value_options: Vec<String>,
    /// Options in the place of the operands that are skipped, with a value.
    pub skipped_options: Vec<String>,
    /// Options whose value is a pattern for the names of the files.
    pub name_options: Vec<String>,
    /// Options without which it prints something else, by their beginning.
    pub with: Vec<String>,
    /// Letters of which a bundle of short options must hold one.
    pub letters: Vec<String>,
    /// Options with which it prints something else, by their beginning; one of a single letter in a bundle too.
    pub without: Vec<String>,
    /// Options with which a NUL ends each path; one of a single letter in a bundle too.
    pub nul: Vec<String>,
    /// Options with which it prints folders themselves and not what is in them; one of a single letter in a bundle too.
    pub itself: Vec<String>,
}

/// Which paths a program prints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Lists {
    /// Its operands, and whatever lies below them.
    #[default]
    Below,
    /// The same of files whose names its first operand is a part of.
    Named,
    /// What it finds below them, as `find` does.
    Found,
    /// Its operands; of folders the names of what is in them.
    Entries,
}

impl Lister {
    /// The command lines with which it prints paths.
    pub(crate) fn fits(&self) -> Fits<'_> {
        Fits { with: &self.with, letters: &self.letters, without: &self.without, bare: false }
    }

    /// Whether a NUL ends each path that it prints.
    pub(crate) fn ends_in_nul(&self, words: &[Text]) -> bool {
        has_one(&self.nul, words, false)
    }

    /// Whether it prints folders themselves, and not what is in them.
    pub(crate) fn lists_folders(&self, words: &[Text]) -> bool {
        has_one(&self.itself, words, false)
    }
}
