//! Loops: turn by turn where their words and conditions are known, up to a bound.

use super::arithmetic::Trouble;
use super::ast::*;
use super::run::{Flow, Jump, Run, Shell};
use super::state::{State, environment_value};
use super::variable::Slot;
use crate::value::{Text, Value};

/// Turns of a loop that are walked.
const MAX_TURNS: usize = 256;
/// Turns of a loop that may have been left meanwhile (`curl … && break`): waiting tells nothing more.
const MAX_WAITING: usize = 6;

/// What a turn says about the next one.
#[derive(PartialEq)]
enum Turn {
    Next,
    Last,
}

impl Shell<'_, '_> {
    /// Runs a loop's body once and takes the jumps that end here.
    fn turn(&mut self, body: &List, output: &mut Value) -> Run<Turn> {
        self.loops += 1;
        let flow = self.list(body);
        self.loops -= 1;
        let flow = flow?;
        self.emit(output, flow.output);
        let (jump, turn) = match self.jump.take() {
            None | Some(Jump::Continue(1)) => (None, Turn::Next),
            Some(Jump::Break(1)) => (None, Turn::Last),
            Some(Jump::Break(levels)) => (Some(Jump::Break(levels - 1)), Turn::Last),
            Some(Jump::Continue(levels)) => (Some(Jump::Continue(levels - 1)), Turn::Last),
            other => (other, Turn::Last),
        };
        self.jump = jump;
        Ok(turn)
    }

    /// At the bound: says so, and walks the body once more with all that its turns change unknown.
    fn any_turn(&mut self, before: &State, body: &List, output: &mut Value, what: &str) -> Run<()> {
        self.trace.note_partial();
        self.trace.step(|| format!("{what}: only its first turns are followed, then any turn"));
        self.forget_changes(before);
        let turn = self.doubtful(true, |shell| shell.turn(body, output));
        turn?;
        self.depart();
        self.forget_changes(before);
        Ok(())
    }

    /// Makes unknown what differs from an earlier state.
    fn forget_changes(&mut self, before: &State) {
        self.state.variables.change_since(&before.variables, |name, variable| {
            let unknown = environment_value(name);
            match &mut variable.slot {
                Slot::Indexed(elements) => {
                    let next = elements.keys().last().map_or(0, |last| last + 1);
                    elements.insert(next, unknown);
                }
                Slot::Keyed(_) => {}
                slot => *slot = Slot::Scalar(unknown),
            }
        });
    }

    /// Runs a turn; one that may not run at all leaves the state that it found as well.
    fn next_turn(&mut self, certain: bool, body: &List, output: &mut Value) -> Run<Turn> {
        if certain {
            return self.turn(body, output);
        }
        let before = self.state.clone();
        let turn = self.doubtful(true, |shell| shell.turn(body, output))?;
        self.depart();
        self.may_be_as(before);
        self.state.status = None;
        Ok(turn)
    }

    /// A loop whose end is not written down: it is walked while its condition is known to hold, and twice
    /// where that is not known, so that what one turn computes is seen by the next. `step` ends a turn.
    pub(super) fn turns(
        &mut self,
        mut condition: impl FnMut(&mut Self) -> Run<Option<bool>>,
        body: &List,
        mut step: impl FnMut(&mut Self) -> Run<()>,
    ) -> Run<Flow> {
        let begin = self.state.clone();
        let mut output = Value::from("");
        let mut unknown_turns = 0;
        let mut status = Some(0);
        for turn in 0.. {
            if turn > 0 && self.trace.budget.is_tight() {
                self.trace.step(|| "a loop: no further turn is followed".to_owned());
                self.forget_changes(&begin);
                status = None;
                break;
            }
            let (before, stdin) = (self.state.clone(), self.stdin.clone());
            self.loops += 1;
            let holds = condition(self);
            self.loops -= 1;
            let holds = holds?;
            if holds == Some(false) || self.jump.is_some() {
                break;
            }
            if turn >= if self.departed.is_empty() { MAX_TURNS } else { MAX_WAITING } {
                self.any_turn(&before, body, &mut output, "a loop")?;
                status = None;
                break;
            }
            let next = self.next_turn(holds.is_some(), body, &mut output)?;
            status = self.state.status;
            unknown_turns += u32::from(holds.is_none());
            if holds.is_some() && next == Turn::Last {
                break;
            }
            step(self)?;
            // A turn that changes nothing changes nothing the next time.
            let still = before.variables.is_same(&self.state.variables)
                && before.positional == self.state.positional
                && stdin == self.stdin;
            if unknown_turns >= 2 || still {
                status = None;
                break;
            }
        }
        self.state.status = status;
        Ok(Flow { output, status })
    }

    pub(super) fn arithmetic_for(&mut self, header: &Word, body: &List) -> Run<Flow> {
        let header = self.text(header)?;
        let mut parts = header.literal().unwrap_or_default().split(';').map(Text::from);
        let mut next = || parts.next().unwrap_or_else(|| Text::from(""));
        let (first, condition, step) = (next(), next(), next());
        if self.calculate(&first)? == Err(Trouble::Invalid) {
            return Ok(Flow::silent(Some(1)));
        }
        let holds = |shell: &mut Self| {
            if condition.literal().is_some_and(|text| text.trim().is_empty()) {
                return Ok(Some(true));
            }
            Ok(match shell.calculate(&condition)? {
                Ok(number) => Some(number != 0),
                Err(Trouble::Unknown) => None,
                Err(_) => Some(false),
            })
        };
        self.turns(holds, body, |shell| shell.calculate(&step).map(drop))
    }

    pub(super) fn for_each(
        &mut self,
        select: bool,
        name: &str,
        words: Option<&[Word]>,
        body: &List,
    ) -> Run<Flow> {
        // Where words have alternatives, each is a turn that may be.
        let mut sure = true;
        let values = match words {
            Some(words) => {
                let outer = std::mem::take(&mut self.chooser);
                let mut values = self.fields(words)?;
                while self.jump.is_none() && self.chooser.advance() {
                    sure = false;
                    for value in self.fields(words)? {
                        if !values.contains(&value) {
                            values.push(value);
                        }
                    }
                }
                self.chooser = outer;
                values
            }
            None => self.positional().to_vec(),
        };
        if self.jump.is_some() {
            return Ok(Flow::silent(self.state.status));
        }
        if select {
            return self.select(name, &values, body);
        }
        let mut output = Value::from("");
        let known = values.len();
        let before = self.state.clone();
        let mut status = Some(0);
        let mut values = values.into_iter().take(MAX_TURNS).map(Value::One);
        while let Some(mut value) = values.next() {
            self.trace.budget.step()?;
            if self.trace.budget.is_tight() {
                // All that are left in one turn.
                value = values.by_ref().fold(value, Value::or);
                sure = false;
            }
            let may_be_none = value.alternatives().iter().any(Text::may_split);
            self.assign_to(name, None, value, false)?;
            let certain = sure && !may_be_none;
            let turn = self.next_turn(certain, body, &mut output)?;
            status = self.state.status;
            if certain && turn == Turn::Last {
                break;
            }
        }
        if known > MAX_TURNS && self.jump.is_none() {
            self.state.set(name, Value::unknown(format!("${name}")));
            self.any_turn(&before, body, &mut output, &format!("a loop over {known} words"))?;
            status = None;
        }
        self.state.status = status;
        Ok(Flow { output, status })
    }

    /// `select`: the number that is read says which word; an unknown one may be any.
    fn select(&mut self, name: &str, values: &[Text], body: &List) -> Run<Flow> {
        let mut output = Value::from("");
        for _ in 0..MAX_TURNS {
            let stdin = self.choose(&self.stdin.clone());
            let Some(text) = stdin.literal() else {
                let any = Value::any(values.iter().cloned());
                self.state.set(name, any);
                self.state.set("REPLY", environment_value("REPLY"));
                return self.perhaps(|shell| {
                    shell.turn(body, &mut output)?;
                    Ok(Flow { output, status: None })
                });
            };
            let Some((line, rest)) = text.split_once('\n') else { break };
            self.stdin = Value::from(rest);
            if line.is_empty() {
                continue;
            }
            let chosen = line.trim().parse().ok().filter(|n: &usize| *n > 0).and_then(|n| values.get(n - 1));
            self.state.set(name, chosen.cloned().unwrap_or_else(|| Text::from("")));
            self.state.set("REPLY", line);
            if self.turn(body, &mut output)? == Turn::Last {
                return Ok(Flow { output, status: self.state.status });
            }
        }
        Ok(Flow::silent(Some(1)))
    }
}
