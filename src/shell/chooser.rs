//! Alternatives, one at a time: a command with several is walked once for each combination.

use std::collections::BTreeMap;

use super::ast::Script;
use crate::value::{Text, Value};

/// Walks through every combination of alternatives, one a turn.
#[derive(Debug, Default)]
pub(super) struct Chooser {
    taken: Vec<(usize, usize)>,
    /// What the substitutions of this command became in the first turn, by their place in memory: each turn
    /// begins in the same state, so they become the same again.
    pub(super) substituted: BTreeMap<*const Script, Value>,
    next: usize,
    turns: u32,
}

/// More combinations than this are not tried.
const MAX_TURNS: u32 = 16;

impl Chooser {
    pub(super) fn choose(&mut self, value: &Value, tight: bool) -> Text {
        let alternatives = value.alternatives();
        if alternatives.len() > 1 && tight {
            return Text::unknown("one of several");
        }
        if alternatives.len() == 1 {
            return alternatives[0].clone();
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
        self.turns += 1;
        if self.turns >= MAX_TURNS {
            return false;
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
