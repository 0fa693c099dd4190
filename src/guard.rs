//! The whole way of a tool call: surface, understanding, facts, verdict.

use crate::bounds::Exceeded;
use crate::call::ToolCall;
use crate::fact::{Finding, Reader};
use crate::policy::{self, Decision, MALFORMED, NOT_UNDERSTOOD, Verdict};
use crate::surface;
use crate::trace::Trace;

/// What the guard is told of its surroundings. It looks at none of them itself.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// The port that `PARAMETERS_SECRETS_EXTENSION_HTTP_PORT` names for the agent daemon.
    pub agent_port: Option<u16>,
}

/// What was understood of a tool call, and what is decided.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// What is decided.
    pub verdict: Verdict,
    /// Every fact that was found.
    pub findings: Vec<Finding>,
}

/// Decides about a tool call.
pub fn judge(call: &ToolCall, context: &Context, trace: &Trace) -> Judgement {
    let readings = match surface::read(call) {
        Ok(readings) => readings,
        Err(mistyped) => {
            let verdict = Verdict::refusal(MALFORMED, format!("{mistyped}."));
            return Judgement { verdict, findings: Vec::new() };
        }
    };
    if readings.is_empty() {
        trace.step(|| format!("{} carries nothing that would run", call.tool));
    }
    if readings.len() >= surface::MAX_READINGS {
        let most = surface::MAX_READINGS;
        let reason = format!("The call carries more than {most} commands. Split it into smaller calls.");
        return Judgement { verdict: Verdict::refusal(NOT_UNDERSTOOD, reason), findings: Vec::new() };
    }
    let mut reader = Reader::new(context.agent_port);
    for reading in &readings {
        reader.read(trace, reading);
    }
    reader.settle();
    let mut verdict = policy::judge(&reader.findings);
    if verdict.decision != Decision::Deny
        && let Some(exceeded) = reader.exceeded.or_else(|| trace.budget.reached().first().copied())
    {
        verdict = refused(exceeded);
    }
    if verdict.suggests {
        verdict.safe_command = Some(reader.suggestion(verdict.reference.as_deref()));
    }
    Judgement { verdict, findings: reader.findings }
}

fn refused(exceeded: Exceeded) -> Verdict {
    let reason = format!(
        "The command is {exceeded}, too much to be understood without running it. Split it into smaller commands."
    );
    Verdict::refusal(NOT_UNDERSTOOD, reason)
}
