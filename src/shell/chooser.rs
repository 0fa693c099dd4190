//! Alternatives, one at a time: a command with several is walked once for each combination.

use std::collections::BTreeMap;

use super::ast::Script;
use crate::value::{Text, Value};

/// Walks through every combination of alternatives, one a turn.
#[derive(Debug, Default)]
pub(super) struct Chooser {
    /// Of each value with alternatives, in the order in which they are met: which is taken, and of how many.
    taken: Vec<(usize, usize)>,
    /// Whether there are too many combinations: which value's alternatives are tried, and which one of them.
    one_by_one: Option<(usize, usize)>,
    /// What the substitutions of this command became in the first turn, by their place in memory: each turn
    /// begins in the same state, so they become the same again.
    pub(super) substituted: BTreeMap<*const Script, Value>,
    next: usize,
}

/// Combinations of which each is tried. Of more, each alternative is, with the others unknown.
const MAX_TURNS: usize = 256;

impl Chooser {
    pub(super) fn choose(&mut self, value: &Value, tight: bool) -> Text {
        let alternatives = value.alternatives();
        if alternatives.len() > 1 && tight {
            return Text::unknown("one of several");
        }
        if alternatives.len() == 1 {
            return alternatives[0].clone();
        }
        if let Some((value, alternative)) = self.one_by_one {
            self.next += 1;
            let taken = alternatives.get(alternative).filter(|_| self.next == value + 1);
            return taken.cloned().unwrap_or_else(|| Text::unknown("one of several"));
        }
        if self.next == self.taken.len() {
            self.taken.push((0, alternatives.len()));
        }
        let (taken, _) = self.taken[self.next];
        self.next += 1;
        alternatives[taken.min(alternatives.len() - 1)].clone()
    }

    /// Begins the next turn; false when every combination was tried.
    pub(super) fn advance(&mut self) -> bool {
        self.next = 0;
        if let Some((value, alternative)) = self.one_by_one {
            let more = self.taken.get(value).is_some_and(|(_, of)| alternative + 1 < *of);
            let (value, alternative) = if more { (value, alternative + 1) } else { (value + 1, 0) };
            self.one_by_one = Some((value, alternative));
            return value < self.taken.len();
        }
        let combinations = self.taken.iter().try_fold(1_usize, |so_far, (_, of)| so_far.checked_mul(*of));
        if combinations.is_none_or(|combinations| combinations > MAX_TURNS) {
            self.one_by_one = Some((0, 0));
            return true;
        }
        while let Some((taken, of)) = self.taken.pop() {
            if taken + 1 < of {
                self.taken.push((taken + 1, of));
                return true;
            }
        }
        false
    }
}
