//! Jumps that only some ways take: `[ -f x ] && return`. What follows is walked for the ways that stay; those that left
//! wait here until whoever they lead to, with the state in which they left.

use super::run::{Flow, Jump, Run, Shell};
use super::state::State;
use crate::value::Value;

/// Ways to one place that are kept apart. Most pass several functions on their way there, and some lead nowhere.
const MAX_APART: usize = 8;

/// The ways that left, each with where it leads.
#[derive(Default)]
pub(super) struct Departed(Vec<(Jump, State)>);

impl Departed {
    /// Whether every way that began is still here.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ways, by where they lead.
    pub(super) fn iter(&self) -> impl Iterator<Item = &(Jump, State)> {
        self.0.iter()
    }

    /// Notes a way that leaves.
    pub(super) fn add(&mut self, jump: Jump, state: State) {
        let mut alike = self.0.iter_mut().filter(|(known, _)| *known == jump);
        match alike.nth(MAX_APART - 1) {
            Some((_, known)) => known.join(&state),
            None => self.0.push((jump, state)),
        }
    }
}

/// Where several ways have led that begin in one state: the branches of an `if`, the combinations of a command's
/// alternatives.
#[derive(Default)]
pub(super) struct Ways {
    merged: Option<(State, Flow, Option<Jump>)>,
    /// Those that left where others stay.
    departed: Departed,
}

impl Ways {
    /// Whether none has been gone.
    pub(super) fn is_empty(&self) -> bool {
        self.merged.is_none()
    }

    /// Notes where one way has led.
    pub(super) fn add(&mut self, state: State, flow: Flow, jump: Option<Jump>) {
        self.merged = Some(match self.merged.take() {
            None => (state, flow, jump),
            Some((before, known, before_jump)) => {
                let output = known.output.or(flow.output);
                match (before_jump, jump) {
                    (Some(left), None) => {
                        self.departed.add(left, before);
                        (state, Flow { output, ..flow }, None)
                    }
                    (stays, Some(left)) if stays != jump => {
                        self.departed.add(left, state);
                        (before, Flow { output, ..known }, stays)
                    }
                    _ => {
                        let status = if known.status == flow.status { known.status } else { None };
                        (before.or(&state), Flow { output, status }, jump)
                    }
                }
            }
        });
    }
}

impl Shell<'_, '_> {
    /// A way was gone to its end; the next one begins in `begin`.
    pub(super) fn way_taken(&mut self, ways: &mut Ways, flow: Flow, begin: State) {
        let jump = self.jump.take();
        ways.add(std::mem::replace(&mut self.state, begin), flow, jump);
    }

    /// Goes on from where the ways have led. `output` is what was written before them.
    pub(super) fn after(&mut self, ways: Ways, mut output: Value) -> Flow {
        self.depart_all(ways.departed);
        let Some((state, flow, jump)) = ways.merged else { return Flow::silent(Some(0)) };
        self.state = state;
        self.jump = jump;
        self.emit(&mut output, flow.output);
        Flow { output, ..flow }
    }

    /// The jump that was just made is no more than possible.
    pub(super) fn depart(&mut self) {
        if let Some(jump) = self.jump.take() {
            self.departed.add(jump, self.state.clone());
        }
    }

    /// Notes the ways of a branch that left.
    pub(super) fn depart_all(&mut self, departed: Departed) {
        departed.0.into_iter().for_each(|(jump, state)| self.departed.add(jump, state));
    }

    /// A loop: `break` and `continue` lead to its end, or to that of one around it.
    pub(super) fn in_loop(&mut self, inner: impl FnOnce(&mut Self) -> Run<Flow>) -> Run<Flow> {
        self.framed(inner, |jump| match jump {
            Jump::Break(1) | Jump::Continue(1) => None,
            Jump::Break(levels) => Some(Jump::Break(levels - 1)),
            Jump::Continue(levels) => Some(Jump::Continue(levels - 1)),
            other => Some(other),
        })
    }

    /// A function or a sourced text: `return` leads to its end.
    pub(super) fn in_frame(&mut self, inner: impl FnOnce(&mut Self) -> Run<Flow>) -> Run<Flow> {
        self.framed(inner, |jump| if jump == Jump::Return { None } else { Some(jump) })
    }

    /// A shell of its own: every jump leads to its end.
    pub(super) fn in_shell(&mut self, inner: impl FnOnce(&mut Self) -> Run<Flow>) -> Run<Flow> {
        self.framed(inner, |_| None)
    }

    /// Runs `inner`, to whose end some jumps lead: those that `beyond` turns into none.
    fn framed(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Run<Flow>,
        beyond: impl Fn(Jump) -> Option<Jump>,
    ) -> Run<Flow> {
        let outer = std::mem::take(&mut self.departed);
        let flow = inner(self);
        let departed = std::mem::replace(&mut self.departed, outer);
        let mut flow = flow?;
        for (jump, state) in departed.0 {
            if let Some(jump) = beyond(jump) {
                self.departed.add(jump, state);
                continue;
            }
            if self.jump.and_then(&beyond).is_some() {
                // Those that came to the end of it go on elsewhere.
                self.depart();
                self.state = state;
            } else {
                self.state.join(&state);
            }
            self.state.status = None;
            flow.status = None;
        }
        Ok(flow)
    }
}
