//! What `set` and `shopt` switch, as far as it decides which words a command gets or which commands run.

/// Options that are on, for certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options(u32);

pub(super) const ERREXIT: u32 = 1;
pub(super) const NOUNSET: u32 = 1 << 1;
pub(super) const NOGLOB: u32 = 1 << 2;
pub(super) const ALLEXPORT: u32 = 1 << 3;
pub(super) const PIPEFAIL: u32 = 1 << 4;
pub(super) const BRACES: u32 = 1 << 5;
pub(super) const KEYWORD: u32 = 1 << 6;
pub(super) const FUNCTRACE: u32 = 1 << 7;
pub(super) const ERRTRACE: u32 = 1 << 8;
pub(super) const NULLGLOB: u32 = 1 << 9;
pub(super) const FAILGLOB: u32 = 1 << 10;
pub(super) const EXTGLOB: u32 = 1 << 11;
pub(super) const NOCASEMATCH: u32 = 1 << 12;
pub(super) const LASTPIPE: u32 = 1 << 13;
pub(super) const PATSUB: u32 = 1 << 14;
pub(super) const INHERIT_ERREXIT: u32 = 1 << 15;
/// Aliases are expanded for certain.
pub(super) const ALIASES: u32 = 1 << 16;
/// Aliases are not expanded for certain.
pub(super) const NO_ALIASES: u32 = 1 << 17;
pub(super) const NOEXEC: u32 = 1 << 18;
/// A builtin may have been switched off or replaced.
pub(super) const BUILTINS_CHANGED: u32 = 1 << 19;

/// Options of `set`, with their letters.
const SET: &[(&str, char, u32)] = &[
    ("errexit", 'e', ERREXIT),
    ("nounset", 'u', NOUNSET),
    ("noglob", 'f', NOGLOB),
    ("allexport", 'a', ALLEXPORT),
    ("pipefail", '\0', PIPEFAIL),
    ("braceexpand", 'B', BRACES),
    ("keyword", 'k', KEYWORD),
    ("functrace", 'T', FUNCTRACE),
    ("errtrace", 'E', ERRTRACE),
    ("noexec", 'n', NOEXEC),
];

/// Options of `shopt`.
const SHOPT: &[(&str, u32)] = &[
    ("nullglob", NULLGLOB),
    ("failglob", FAILGLOB),
    ("extglob", EXTGLOB),
    ("nocasematch", NOCASEMATCH),
    ("lastpipe", LASTPIPE),
    ("patsub_replacement", PATSUB),
    ("inherit_errexit", INHERIT_ERREXIT),
    ("expand_aliases", ALIASES),
];

impl Default for Options {
    fn default() -> Options {
        Options(BRACES | PATSUB)
    }
}

impl Options {
    /// Whether an option is on for certain.
    pub(super) fn has(self, option: u32) -> bool {
        self.0 & option != 0
    }

    /// Switches an option.
    pub(super) fn switch(&mut self, option: u32, on: bool) {
        if on {
            self.0 |= option;
        } else {
            self.0 &= !option;
        }
        if option == ALIASES {
            self.switch(NO_ALIASES, !on);
        }
    }

    /// What is certain after either of two ways.
    pub(super) fn or(self, other: Options) -> Options {
        Options(self.0 & other.0 | (self.0 | other.0) & BUILTINS_CHANGED)
    }
}

/// An option of `set -o`.
pub(super) fn set_by_name(name: &str) -> Option<u32> {
    SET.iter().find(|(known, ..)| *known == name).map(|(.., option)| *option)
}

/// An option of `set -…`.
pub(super) fn set_by_letter(letter: char) -> Option<u32> {
    SET.iter().find(|(_, known, _)| *known == letter && letter != '\0').map(|(.., option)| *option)
}

/// An option of `shopt`.
pub(super) fn shopt_by_name(name: &str) -> Option<u32> {
    SHOPT.iter().find(|(known, _)| *known == name).map(|(_, option)| *option)
}
