//! Commands that run apart from what goes on: in a subshell, for their output, or only perhaps.

use std::rc::Rc;

use super::run::{Flow, Run, Shell};
use super::state::State;
use crate::value::{Piece, Text, Value};

/// Pieces of output that are kept apart; more become one unknown.
const MAX_OUTPUT_PIECES: usize = 256;

impl Shell<'_, '_> {
    /// Runs `inner` in a shell of its own, of which only what it prints and its status remain.
    pub(super) fn subshell(&mut self, inner: impl FnOnce(&mut Self) -> Run<Flow>) -> Run<Flow> {
        let state = self.state.clone();
        let loops = std::mem::take(&mut self.loops);
        let jump = self.jump.take();
        if !self.state.rare.traps.is_empty() {
            Rc::make_mut(&mut self.state.rare).traps.clear();
        }
        self.subshells += 1;
        let flow = self.in_shell(inner);
        let flow = flow.and_then(|flow| self.leave(flow));
        self.subshells -= 1;
        self.loops = loops;
        self.jump = jump;
        let flow = flow?;
        self.state = state;
        Ok(flow)
    }

    /// Runs `inner` with its output kept.
    pub(super) fn captured(&mut self, inner: impl FnOnce(&mut Self) -> Run<Flow>) -> Run<Flow> {
        let _level = self.trace.budget.enter()?;
        let outer = std::mem::replace(&mut self.capturing, true);
        let chooser = std::mem::take(&mut self.chooser);
        let substituted = self.substituted.take();
        let result = self.subshell(inner);
        self.substituted = substituted;
        self.chooser = chooser;
        self.capturing = outer;
        result
    }

    /// What ran since the state was this one may not have run at all.
    pub(super) fn may_be_as(&mut self, before: State) {
        let after = std::mem::replace(&mut self.state, before);
        self.state.join(&after);
    }

    /// Runs what may not run at all: both outcomes are possible afterwards, and no jump is certain.
    pub(super) fn perhaps(&mut self, inner: impl FnOnce(&mut Self) -> Run<Flow>) -> Run<Flow> {
        let (before, stdin) = (self.state.clone(), self.stdin.clone());
        let flow = self.doubtful(true, inner);
        let flow = flow?;
        self.depart();
        self.may_be_as(before);
        if self.stdin != stdin {
            self.stdin = stdin.or(self.stdin.clone());
        }
        Ok(Flow { output: flow.output.or(Value::from("")), status: None })
    }

    /// Runs what is not known to run at all, where `doubt` says so: the files that it writes may stay as they were.
    pub(super) fn doubtful<T>(&mut self, doubt: bool, inner: impl FnOnce(&mut Self) -> T) -> T {
        if !doubt {
            return inner(self);
        }
        self.unsure += 1;
        self.files.doubt();
        let result = inner(self);
        self.files.settle();
        self.unsure -= 1;
        result
    }

    /// Adds to an output, where anyone looks at it.
    pub(super) fn emit(&self, output: &mut Value, more: Value) {
        if !self.capturing {
            return;
        }
        if let (Value::One(Text::Mixed(pieces)), Value::One(new)) = (&*output, &more) {
            let unknown_at_end = matches!(pieces.last(), Some(Piece::Unknown(_)));
            if unknown_at_end && new.is_wholly_unknown() {
                return;
            }
            if pieces.len() > MAX_OUTPUT_PIECES {
                if !unknown_at_end {
                    self.trace.step(|| format!("output: only its first {MAX_OUTPUT_PIECES} pieces are kept"));
                    let before = std::mem::replace(output, Value::from(""));
                    *output = before.concat(Value::unknown("more output"));
                }
                return;
            }
        }
        let before = std::mem::replace(output, Value::from(""));
        *output = before.concat(more);
    }
}
