//! Lists and pipelines: which of their commands run, and what a failure among them brings.

use std::rc::Rc;

use super::ast::*;
use super::options;
use super::run::{Flow, Jump, Run, Shell};
use crate::value::Value;

impl Shell<'_, '_> {
    pub(super) fn list(&mut self, list: &List) -> Run<Flow> {
        let mut output = Value::from("");
        for item in &list.items {
            let flow = match item.background {
                true => self.subshell(|shell| shell.and_or(item))?,
                false => self.and_or(item)?,
            };
            self.emit(&mut output, flow.output);
            self.state.status = if item.background { Some(0) } else { flow.status };
            if self.jump.is_some() {
                break;
            }
        }
        Ok(Flow { output, status: self.state.status })
    }

    /// `a && b || c`: what certainly runs, what certainly does not, and what may.
    fn and_or(&mut self, and_or: &AndOr) -> Run<Flow> {
        let mut output = Value::from("");
        let mut status = Some(0);
        let last = and_or.pipelines.len() - 1;
        for (i, (when, pipeline)) in and_or.pipelines.iter().enumerate() {
            let runs = match (when, status) {
                (When::Always, _) => Some(true),
                (_, None) => None,
                (When::Succeeded, Some(status)) => Some(status == 0),
                (When::Failed, Some(status)) => Some(status != 0),
            };
            if runs == Some(false) {
                continue;
            }
            let guards = u32::from(i < last || pipeline.negated);
            self.guarded += guards;
            let flow = match runs {
                Some(_) => self.pipeline(pipeline),
                None => self.perhaps(|shell| shell.pipeline(pipeline)),
            };
            self.guarded -= guards;
            let flow = flow?;
            self.emit(&mut output, flow.output);
            status = flow.status;
            self.state.status = status;
            if self.jump.is_some() {
                break;
            }
            if i == last && !pipeline.negated && ends_on_failure(pipeline) {
                self.failed()?;
            }
        }
        Ok(Flow { output, status })
    }

    /// What a failure brings: the ERR trap, and under `set -e` the end.
    fn failed(&mut self) -> Run<()> {
        if self.guarded > 0 || self.state.status == Some(0) {
            return Ok(());
        }
        if self.state.rare.traps.iter().any(|trap| trap.name == "ERR")
            && (self.calls.is_empty() || self.state.options.has(options::ERRTRACE))
        {
            if self.state.status.is_none() {
                self.perhaps(|shell| {
                    shell.trapped("ERR")?;
                    Ok(Flow::silent(None))
                })?;
                return Ok(());
            }
            self.trapped("ERR")?;
        }
        if self.state.status.is_some() && self.jump.is_none() && self.state.options.has(options::ERREXIT) {
            self.jump = Some(Jump::Exit);
        }
        Ok(())
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Run<Flow> {
        let mut flow = match pipeline.stages.split_last() {
            None => Flow::silent(Some(0)),
            Some((only, [])) => {
                let flow = self.command(only)?;
                if !self.state.pipe_status.is_empty() && has_own_status(&only.kind) {
                    self.state.pipe_status = Rc::default();
                }
                flow
            }
            Some((last, before)) => self.stages(before, last)?,
        };
        if pipeline.negated && self.jump.is_none() {
            flow.status = flow.status.map(|status| u8::from(status == 0));
        }
        self.state.status = flow.status;
        Ok(flow)
    }

    /// Every stage is a subshell; each reads what the one before it prints.
    fn stages(&mut self, before: &[Command], last: &Command) -> Run<Flow> {
        let stdin = self.stdin.clone();
        let mut statuses = Vec::with_capacity(before.len() + 1);
        for stage in before {
            let flow = self.captured(|shell| shell.command(stage))?;
            statuses.push(flow.status);
            self.stdin = flow.output;
        }
        let flow = if self.state.options.has(options::LASTPIPE) {
            self.command(last)
        } else {
            self.subshell(|shell| shell.command(last))
        };
        self.stdin = stdin;
        let mut flow = flow?;
        statuses.push(flow.status);
        if self.state.options.has(options::PIPEFAIL) {
            flow.status = statuses.iter().rev().copied().find(|status| *status != Some(0)).unwrap_or(Some(0));
        }
        self.state.pipe_status = Rc::new(statuses);
        Ok(flow)
    }
}

/// Whether bash looks at a pipeline's failure itself, and not only at that of the commands inside.
fn ends_on_failure(pipeline: &Pipeline) -> bool {
    match pipeline.stages.as_slice() {
        [only] => has_own_status(&only.kind),
        _ => true,
    }
}

/// Whether a command has a status of its own, and not that of the last command inside.
fn has_own_status(kind: &Kind) -> bool {
    matches!(kind, Kind::Simple(_) | Kind::Subshell(_) | Kind::Arithmetic(_) | Kind::Test(_))
}
