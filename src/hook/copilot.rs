//! GitHub Copilot CLI's hook protocol (measured with version 1.0.102).
//!
//! Its events come in two forms: `preToolUse`, in camel case and without the event's name, whose tool arguments are an
//! object, or JSON in a text as its documents have it; and `PreToolUse`, with Claude Code's names of fields and of its own
//! tools, and a time stamp. The decision stands at the top of the answer, which both forms honour. A tool of an MCP server
//! is called `server-tool`.

use serde_json::{Value, json};

use super::agent::{self, Fields, Logged, Protocol};
use super::{Answer, Event, claude};
use crate::call::ToolCall;
use crate::policy::{Decision, Verdict};

/// What an event of one form or the other has of its own.
const ITS_OWN: [&str; 2] = ["toolName", "timestamp"];
/// What Claude Code's events have, and those of the second form do not.
const ANOTHERS: &str = "transcript_path";
/// What its events of the first form have that decide nothing about a tool that is still to run.
const OTHERS: [&str; 6] = ["toolResult", "source", "reason", "prompt", "error", "stopReason"];

pub(super) static PROTOCOL: Protocol = Protocol {
    name: "copilot",
    speaks: |fields| {
        let form = if fields.contains_key("hook_event_name") { ITS_OWN[1] } else { ITS_OWN[0] };
        fields.contains_key(form) && !fields.contains_key(ANOTHERS)
    },
    event,
    answer,
    replace: None,
    log: Logged { session: "sessionId", tool: "toolName", input: "toolArgs" },
};

fn event(mut fields: Fields) -> Result<Event, String> {
    if fields.contains_key("hook_event_name") {
        return claude::event(fields).map(|event| match event {
            Event::Call { call, known, unasked } => {
                Event::Call { call: ToolCall { tool: name(call.tool), ..call }, known, unasked }
            }
            other => other,
        });
    }
    if OTHERS.iter().any(|name| fields.get(*name).is_some_and(|value| !value.is_null())) {
        return Ok(Event::Other);
    }
    let tool = name(agent::text(&mut fields, "toolName")?);
    let input = agent::object_or_text(&mut fields, "toolArgs")?;
    let cwd = agent::text_if_any(&mut fields, "cwd");
    Ok(Event::Call { call: ToolCall { tool, input, cwd }, known: false, unasked: None })
}

/// The usual name of an MCP server's tool, which has a hyphen behind the server's name; none of Copilot's own has one. Servers
/// have hyphens in their names and tools underscores, so the last one before an underscore counts.
fn name(tool: String) -> String {
    let word = tool.find('_').and_then(|underscore| tool[..underscore].rfind('-'));
    let Some(hyphen) = word.or_else(|| tool.find('-')).filter(|_| !tool.starts_with("mcp__")) else {
        return tool;
    };
    agent::mcp_tool(&tool[..hyphen], &tool[hyphen + 1..])
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

#[cfg(test)]
mod tests {
    #[test]
    fn tools_of_servers_have_the_usual_names() {
        for (name, expected) in [
            ("bash", "bash"),
            ("web_fetch", "web_fetch"),
            ("aws-mcp-aws___call_aws", "mcp__aws-mcp__aws___call_aws"),
            ("github-mcp-server-get_file_contents", "mcp__github-mcp-server__get_file_contents"),
            ("my_aws-get_secret_value", "mcp__my_aws__get_secret_value"),
            ("aws-get-secret-value", "mcp__aws__get-secret-value"),
            ("mcp__aws-mcp__call_aws", "mcp__aws-mcp__call_aws"),
        ] {
            assert_eq!(super::name(name.to_owned()), expected);
        }
    }
}
