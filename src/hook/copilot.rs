//! GitHub Copilot CLI's hook protocol, from its documents (GitHub Docs, "Using hooks with GitHub Copilot CLI").
//!
//! Its events come in two forms: `preToolUse`, in camel case and without the event's name, whose tool arguments may be JSON
//! in a text; and `PreToolUse`, with Claude Code's names and a time stamp. The decision stands at the top of the answer.

use serde_json::{Value, json};

use super::agent::{self, Fields, Logged, Protocol};
use super::{Answer, Event, claude};
use crate::call::ToolCall;
use crate::policy::{Decision, Verdict};

/// What an event of one form or the other has of its own.
const ITS_OWN: [&str; 2] = ["toolName", "timestamp"];

pub(super) static PROTOCOL: Protocol = Protocol {
    name: "copilot",
    speaks: |fields| {
        let form = if fields.contains_key("hook_event_name") { ITS_OWN[1] } else { ITS_OWN[0] };
        fields.contains_key(form)
    },
    event,
    answer,
    replace: None,
    log: Logged { session: "sessionId", tool: "toolName", input: "toolArgs" },
};

fn event(mut fields: Fields) -> Result<Event, String> {
    if fields.contains_key("hook_event_name") {
        return claude::event(fields);
    }
    // An event after a tool's run has its result.
    if fields.contains_key("toolResult") || !fields.contains_key("toolName") {
        return Ok(Event::Other);
    }
    let tool = agent::text(&mut fields, "toolName")?;
    let input = agent::object_or_text(&mut fields, "toolArgs")?;
    let cwd = agent::text_if_any(&mut fields, "cwd");
    Ok(Event::Call { call: ToolCall { tool, input, cwd }, known: false, unasked: None })
}

fn answer(verdict: &Verdict) -> Answer {
    let said = |decision: Decision| {
        json!({ "permissionDecision": decision.word(), "permissionDecisionReason": verdict.message() })
            .to_string()
    };
    match verdict.decision {
        Decision::Allow => {
            let stdout = verdict.hint.as_ref().map(|hint| json!({ "additionalContext": hint.message }));
            Answer {
                stdout: stdout.map_or_else(String::new, |hint: Value| hint.to_string()),
                ..Answer::silent()
            }
        }
        Decision::Ask => Answer { stdout: said(Decision::Ask), ..Answer::silent() },
        Decision::Deny => agent::refused_on_stderr(said(Decision::Deny), &verdict.message()),
    }
}
