//! Claude Code's hook protocol (Claude Code documentation, "Hooks reference"; behaviour measured with version 2.1.330).
//!
//! A denial is one JSON object with both the old and the new form of the decision, the reason again on standard
//! error, and exit status 2: each alone is honoured by some client, together by all. An allowance is silence, or a
//! hint for the model without a decision, so that the user's own permissions still hold. So does another call in the place
//! of the one that was asked for, which Claude Code alone is known to run instead.

use serde_json::{Value, json};

use super::agent::{self, Fields, Protocol, USUAL};
use super::{Answer, Event};
use crate::call::ToolCall;
use crate::policy::{Decision, Verdict};

/// The field of the Bash tool that is its command.
const COMMAND: &str = "command";
/// The event that is answered.
pub(super) const PRE_TOOL_USE: &str = "PreToolUse";
/// Events that decide nothing about a tool that is still to run.
const OTHERS: &[&str] = &[
    "PostToolUse",
    "PostToolUseFailure",
    "PostToolBatch",
    "PermissionRequest",
    "PermissionDenied",
    "UserPromptSubmit",
    "UserPromptExpansion",
    "Notification",
    "Stop",
    "StopFailure",
    "SubagentStart",
    "SubagentStop",
    "PreCompact",
    "PostCompact",
    "SessionStart",
    "SessionEnd",
    "Setup",
    "TeammateIdle",
    "TaskCreated",
    "TaskCompleted",
    "ConfigChange",
    "CwdChanged",
    "FileChanged",
    "InstructionsLoaded",
    "WorktreeCreate",
    "WorktreeRemove",
    "Elicitation",
    "ElicitationResult",
    "MessageDisplay",
];

/// Fields that an event of a Claude Code has that is new enough to run what takes a call's place.
const ITS_OWN: &[&str] = &["permission_mode", "prompt_id", "tool_use_id", "transcript_path"];
/// Fields by which a client that speaks nearly the same is known: Codex, which runs the call as it was asked for where an
/// answer has a field that it does not know.
const ANOTHERS: &[&str] = &["model", "turn_id"];
/// The variable that Claude Code sets for its hooks.
const PROJECT: &str = "CLAUDE_PROJECT_DIR";

/// The field with the client's mode, and the mode in which it skips permissions. There it asks its user where a hook wants
/// that, but not where it would have asked by itself: what a command does to a file of the client's own settings, it then
/// just does, and with it all else that the command does.
const MODE: (&str, &str) = ("permission_mode", "bypassPermissions");
/// Why a call is refused in that mode.
const UNASKED: &str = "In a mode that skips permissions nobody may be asked about it, so it is refused: let the \
    user do it, or try again in a mode that asks.";

pub(super) static PROTOCOL: Protocol =
    Protocol { name: "claude", speaks: |_| true, event, answer: render, replace: Some(replace), log: USUAL };

/// Reads an event.
pub(super) fn event(mut fields: Fields) -> Result<Event, String> {
    let name = agent::text(&mut fields, "hook_event_name")?;
    if OTHERS.contains(&name.as_str()) {
        return Ok(Event::Other);
    }
    if name != PRE_TOOL_USE {
        return Err(format!("The event `{name}` is not known."));
    }
    let known = ITS_OWN.iter().all(|name| fields.contains_key(*name))
        && !ANOTHERS.iter().any(|name| fields.contains_key(*name))
        && std::env::var_os(PROJECT).is_some();
    let skips = fields.get(MODE.0).and_then(Value::as_str) == Some(MODE.1);
    call(fields).map(|call| Event::Call { call, known, unasked: skips.then_some(UNASKED) })
}

/// The call that an event is about.
pub(super) fn call(mut fields: Fields) -> Result<ToolCall, String> {
    let tool = agent::text(&mut fields, "tool_name")?;
    let input = agent::object(&mut fields, "tool_input")?;
    let cwd = agent::text_if_any(&mut fields, "cwd");
    Ok(ToolCall { tool, input, cwd })
}

/// Puts another command in a call's place. There is no decision in it, so that the client asks its user, or not, as for
/// any call.
fn replace(call: ToolCall, verdict: &Verdict, command: &str) -> Answer {
    let mut input = call.input;
    input[COMMAND] = Value::from(command);
    let specific = json!({
        "hookEventName": PRE_TOOL_USE,
        "updatedInput": input,
        "additionalContext": verdict.message_of_replacement(command),
    });
    Answer { stdout: json!({ "hookSpecificOutput": specific }).to_string(), ..Answer::silent() }
}

/// Says a verdict.
pub(super) fn render(verdict: &Verdict) -> Answer {
    match verdict.decision {
        Decision::Allow => Answer {
            stdout: verdict.hint.as_ref().map_or_else(String::new, |hint| {
                let context = json!({ "hookEventName": PRE_TOOL_USE, "additionalContext": hint.message });
                json!({ "hookSpecificOutput": context }).to_string()
            }),
            ..Answer::silent()
        },
        Decision::Ask => {
            let specific = specific(PRE_TOOL_USE, verdict);
            Answer { stdout: json!({ "hookSpecificOutput": specific }).to_string(), ..Answer::silent() }
        }
        Decision::Deny => denial(verdict, PRE_TOOL_USE),
    }
}

/// Silence where the call may run, which leaves it to the user's own permissions.
pub(super) fn silent_or(verdict: &Verdict, refusal: impl FnOnce(&Verdict) -> Answer) -> Answer {
    if verdict.decision == Decision::Allow { Answer::silent() } else { refusal(verdict) }
}

/// A denial that every client which reads JSON honours, or the exit status: the decision in the old and in the new form.
pub(super) fn denial(verdict: &Verdict, event: &str) -> Answer {
    let reason = verdict.message();
    let specific = specific(event, verdict);
    let stdout = json!({ "decision": "block", "reason": reason, "hookSpecificOutput": specific }).to_string();
    agent::refused_on_stderr(stdout, &reason)
}

fn specific(event: &str, verdict: &Verdict) -> Value {
    json!({
        "hookEventName": event,
        "permissionDecision": verdict.decision.word(),
        "permissionDecisionReason": verdict.message(),
    })
}
