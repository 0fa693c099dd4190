//! `if` and `case`: one way where it is known which, every possible way where it is not.

use super::ast::*;
use super::jump::Ways;
use super::options::{EXTGLOB, NOCASEMATCH};
use super::pattern::Style;
use super::run::{Flow, Run, Shell};
use super::state::State;
use crate::value::Value;

impl Shell<'_, '_> {
    /// Runs one way of a branch from the state that all of them begin in.
    fn way(&mut self, ways: &mut Ways, certain: bool, list: Option<&List>) -> Run<()> {
        let begin = self.state.clone();
        let flow = match list {
            Some(list) => self.doubtful(!certain, |shell| shell.list(list)),
            None => Ok(Flow::silent(Some(0))),
        };
        self.way_taken(ways, flow?, begin);
        Ok(())
    }

    pub(super) fn branches(&mut self, branches: &[(List, List)], otherwise: Option<&List>) -> Run<Flow> {
        let mut ways = Ways::default();
        let mut before = Value::from("");
        for (condition, body) in branches {
            self.guarded += 1;
            let flow = self.list(condition);
            self.guarded -= 1;
            let flow = flow?;
            self.emit(&mut before, flow.output);
            if self.jump.is_some() {
                if !ways.is_empty() {
                    // Only the ways that came this far jump.
                    let (state, jump) = (self.state.clone(), self.jump.take());
                    let status = self.state.status;
                    ways.add(state, Flow::silent(status), jump);
                    return Ok(self.after(ways, before));
                } else {
                    return Ok(Flow { output: before, status: self.state.status });
                }
            }
            match flow.status {
                Some(0) => {
                    let certain = ways.is_empty();
                    self.way(&mut ways, certain, Some(body))?;
                    return Ok(self.after(ways, before));
                }
                Some(_) => {}
                None => self.way(&mut ways, false, Some(body))?,
            }
        }
        let certain = ways.is_empty();
        self.way(&mut ways, certain, otherwise)?;
        Ok(self.after(ways, before))
    }

    pub(super) fn case(&mut self, subject: &Word, arms: &[Arm]) -> Run<Flow> {
        let subject = self.value(subject)?;
        if self.jump.is_some() {
            return Ok(Flow::silent(self.state.status));
        }
        let mut ways = Ways::default();
        // A way that fell into the next arm: whether every way did.
        let mut fell: Option<bool> = None;
        let mut fallen: Option<(State, Value)> = None;
        let style =
            Style { extended: self.state.options.has(EXTGLOB), nocase: self.state.options.has(NOCASEMATCH) };
        let mut tested = false;
        for arm in arms {
            let mut selected = Some(false);
            if fell != Some(true) {
                for pattern in &arm.patterns {
                    let pattern = self.pattern(pattern)?;
                    let matched = match (&pattern, subject.literal()) {
                        (Some(pattern), Some(text)) => style.matches(pattern, text),
                        // Whatever the subject is, it is something.
                        (Some(pattern), None)
                            if !pattern.is_empty() && pattern.bytes().all(|c| c == b'*') =>
                        {
                            Some(true)
                        }
                        _ => None,
                    };
                    selected = match (selected, matched) {
                        (Some(true), _) | (_, Some(true)) => Some(true),
                        (_, None) | (None, _) => None,
                        _ => Some(false),
                    };
                    if selected == Some(true) {
                        break;
                    }
                }
            }
            let certain = match (fell, selected) {
                (Some(true), _) => true,
                (Some(false), Some(true)) => false,
                (Some(false), _) => false,
                (None, Some(false)) => continue,
                (None, Some(true)) => ways.is_empty(),
                (None, None) => false,
            };
            let begin = self.state.clone();
            if let Some((state, _)) = &fallen {
                // Those that fell here, and those that its patterns select.
                self.state = if certain { state.clone() } else { begin.clone().or(state) };
            }
            let flow = self.doubtful(!certain, |shell| shell.list(&arm.body));
            let mut flow = flow?;
            if let Some((_, output)) = fallen.take() {
                flow.output = output.concat(flow.output);
            }
            let jump = self.jump.take();
            let after = std::mem::replace(&mut self.state, begin);
            fell = None;
            match arm.then {
                _ if jump.is_some() => ways.add(after, flow, jump),
                Then::End => ways.add(after, flow, None),
                Then::Fall => {
                    fell = Some(certain);
                    fallen = Some((after, flow.output));
                    continue;
                }
                Then::Test => {
                    tested = true;
                    if certain {
                        // What it printed and changed stays, whichever arms follow.
                        self.state = after;
                        return self.rest_of_case(&subject, arms, arm, flow);
                    }
                    ways.add(after, flow, None);
                    continue;
                }
            }
            if certain || selected == Some(true) {
                return Ok(self.after(ways, Value::from("")));
            }
        }
        if let Some((state, output)) = fallen {
            ways.add(state, Flow { output, status: None }, None);
        }
        if fell != Some(true) || tested {
            let state = self.state.clone();
            ways.add(state, Flow::silent(Some(0)), None);
        }
        Ok(self.after(ways, Value::from("")))
    }

    /// `;;&` after an arm that certainly ran: the arms below are tested as a `case` of their own.
    fn rest_of_case(&mut self, subject: &Value, arms: &[Arm], ran: &Arm, first: Flow) -> Run<Flow> {
        let at = arms.iter().position(|arm| std::ptr::eq(arm, ran)).map_or(arms.len(), |at| at + 1);
        let Value::One(text) = subject else { return Ok(first) };
        let Some(text) = text.literal() else { return Ok(first) };
        let word = Word { parts: vec![Part::Quoted(text.to_owned())] };
        let rest = self.case(&word, &arms[at..])?;
        let mut output = first.output;
        self.emit(&mut output, rest.output);
        Ok(Flow { output, status: rest.status })
    }
}
