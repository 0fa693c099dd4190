//! A call judged as the hook would, with the steps kept.

use std::rc::Rc;

use crate::call::ToolCall;
use crate::guard::{self, Context, Judgement};
use crate::hook;
use crate::policy::{Example, NOT_UNDERSTOOD, Rules, Verdict};
use crate::trace::{Step, Trace};

/// A judgement and how it came about.
#[derive(Debug)]
pub(super) struct Judged {
    /// What was found and decided.
    pub judgement: Judgement,
    /// The steps, where they were asked for.
    pub steps: Vec<Step>,
    /// Whether something could only be understood in part.
    pub partial: bool,
}

/// Judges a call under the hook's own bounds: the same stack and the same deadline, and a panic is a denial.
pub(super) fn judge(call: &ToolCall, with_steps: bool) -> Judged {
    let call = call.clone();
    judge_in(call, with_steps, hook::context)
}

/// Judges a call by these rules.
pub(super) fn judge_with(call: &ToolCall, rules: Rules) -> Judged {
    judge_in(call.clone(), false, |call| Context { rules: Rc::new(rules), ..hook::context(call) })
}

/// Judges a rule's example by these rules: of the disk there is what the example says.
pub(super) fn judge_example(example: &Example, rules: Rules) -> Judged {
    let files = example.files.clone();
    judge_in(example.call(), false, move |_| Context { rules: Rc::new(rules), ..Context::with_files(files) })
}

fn judge_in(
    call: ToolCall,
    with_steps: bool,
    context: impl FnOnce(&ToolCall) -> Context + Send + 'static,
) -> Judged {
    let work = move || {
        let trace = if with_steps { Trace::with_steps() } else { Trace::new() };
        let judgement = guard::judge(&call, &context(&call), &trace);
        Judged { judgement, steps: trace.steps(), partial: trace.is_partial() }
    };
    hook::within_deadline(work).unwrap_or_else(|stopped| {
        let verdict = Verdict::refusal(NOT_UNDERSTOOD, stopped.to_string());
        Judged { judgement: Judgement { verdict, findings: Vec::new() }, steps: Vec::new(), partial: true }
    })
}
