//! Claude Code's hook protocol, which Codex and Gemini read too (Claude Code documentation, "Hooks reference";
//! behaviour measured with version 2.1.330).
//!
//! A denial is one JSON object with both the old and the new form of the decision, the reason again on standard
//! error, and exit status 2: each alone is honoured by some client, together by all. An allowance is silence, or a
//! hint for the model without a decision, so that the user's own permissions still hold. So does another call in the place
//! of the one that was asked for, which Claude Code alone is known to run instead.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::{Answer, Event};
use crate::audit::Asked;
use crate::call::ToolCall;
use crate::policy::{Decision, Verdict};

/// The field of the Bash tool that is its command.
const COMMAND: &str = "command";
/// This agent's name.
const AGENT: &str = "claude";
/// The event that is answered.
const PRE_TOOL_USE: &str = "PreToolUse";
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
pub(super) const UNASKED: &str = "In a mode that skips permissions nobody may be asked about it, so it is refused: let the \
    user do it, or try again in a mode that asks.";

/// Reads an event.
pub(super) fn event(value: Value) -> Result<Event, String> {
    let Value::Object(mut fields) = value else { return Err("The event is no JSON object.".to_owned()) };
    let name = text(&mut fields, "hook_event_name")?;
    if OTHERS.contains(&name.as_str()) {
        return Ok(Event::Other);
    }
    if name != PRE_TOOL_USE {
        return Err(format!("The event `{name}` is not known."));
    }
    let known = ITS_OWN.iter().all(|name| fields.contains_key(*name))
        && !ANOTHERS.iter().any(|name| fields.contains_key(*name));
    let tool = text(&mut fields, "tool_name")?;
    let input = match fields.remove("tool_input") {
        Some(input @ Value::Object(_)) => input,
        Some(_) => return Err("The event's `tool_input` is no object.".to_owned()),
        None => return Err("The event has no `tool_input`.".to_owned()),
    };
    let cwd = match fields.remove("cwd") {
        Some(Value::String(cwd)) => Some(cwd),
        _ => None,
    };
    let unasked = fields.get(MODE.0).and_then(Value::as_str) == Some(MODE.1);
    Ok(Event::Call { call: ToolCall { tool, input, cwd }, known, unasked })
}

/// Whether an event comes from a client that is known to run what takes a call's place. `known` is what the event says.
pub(super) fn takes_replacements(known: bool) -> bool {
    known && std::env::var_os(PROJECT).is_some()
}

/// Puts another command in a call's place. There is no decision in it, so that the client asks its user, or not, as for
/// any call.
pub(super) fn replace(call: ToolCall, verdict: &Verdict, command: &str) -> Answer {
    let mut input = call.input;
    input[COMMAND] = Value::from(command);
    let specific = json!({
        "hookEventName": PRE_TOOL_USE,
        "updatedInput": input,
        "additionalContext": verdict.message_of_replacement(command),
    });
    Answer { stdout: json!({ "hookSpecificOutput": specific }).to_string(), stderr: String::new(), status: 0 }
}

fn text(fields: &mut Map<String, Value>, name: &str) -> Result<String, String> {
    match fields.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(_) => Err(format!("The event's `{name}` is no text.")),
        None => Err(format!("The event has no `{name}`.")),
    }
}

/// What an event says for the audit log; nothing where it is none. Of fields that stand there twice the last counts, as for
/// [`event`].
pub(super) fn asked(bytes: &[u8]) -> Asked<'_> {
    let fields: BTreeMap<String, &RawValue> = serde_json::from_slice(bytes).unwrap_or_default();
    let text = |name: &str| serde_json::from_str(fields.get(name)?.get()).ok();
    Asked {
        agent: AGENT,
        session: text("session_id"),
        tool: text("tool_name"),
        input: fields.get("tool_input").map(|input| input.get()),
        replaced: false,
    }
}

/// Says a verdict.
pub(super) fn render(verdict: &Verdict) -> Answer {
    let reason = verdict.message();
    let specific = |decision: &str| {
        json!({
            "hookEventName": PRE_TOOL_USE,
            "permissionDecision": decision,
            "permissionDecisionReason": reason,
        })
    };
    match verdict.decision {
        Decision::Allow => Answer {
            stdout: verdict.hint.as_ref().map_or_else(String::new, |hint| {
                let context = json!({ "hookEventName": PRE_TOOL_USE, "additionalContext": hint.message });
                json!({ "hookSpecificOutput": context }).to_string()
            }),
            stderr: String::new(),
            status: 0,
        },
        Decision::Ask => Answer {
            stdout: json!({ "hookSpecificOutput": specific("ask") }).to_string(),
            stderr: String::new(),
            status: 0,
        },
        Decision::Deny => Answer {
            stdout: json!({ "decision": "block", "reason": reason, "hookSpecificOutput": specific("deny") })
                .to_string(),
            stderr: format!("{reason}\n"),
            status: 2,
        },
    }
}
