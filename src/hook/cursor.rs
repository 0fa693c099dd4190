//! Cursor's hook protocol, from its documents and those of others (Cursor documentation, "Hooks").
//!
//! Shell commands and tools of MCP servers have events of their own; `preToolUse` comes before every tool. A call that
//! nothing speaks against is answered by an empty object, which decides nothing: where `failClosed` is set, silence may
//! count as a failure.

use serde_json::json;

use super::agent::{self, Fields, Logged, Protocol};
use super::{Answer, Event};
use crate::call::ToolCall;
use crate::policy::{Decision, Verdict};

const SHELL: &str = "beforeShellExecution";
const MCP: &str = "beforeMCPExecution";
const READ: &str = "beforeReadFile";
const TOOL: &str = "preToolUse";
/// Events of its own that decide nothing about a tool that is still to run.
const OTHERS: &[&str] = &[
    "postToolUse",
    "postToolUseFailure",
    "afterShellExecution",
    "afterMCPExecution",
    "afterFileEdit",
    "afterAgentResponse",
    "afterAgentThought",
    "beforeSubmitPrompt",
    "beforeTabFileRead",
    "afterTabFileEdit",
    "subagentStart",
    "subagentStop",
    "sessionStart",
    "sessionEnd",
    "preCompact",
    "stop",
];
/// What tells its `preToolUse` from another agent's.
const ITS_OWN: [&str; 3] = ["conversation_id", "generation_id", "cursor_version"];

pub(super) static PROTOCOL: Protocol = Protocol {
    name: "cursor",
    speaks: |fields| {
        agent::is_called(fields, &[SHELL, MCP, READ])
            || agent::is_called(fields, &[TOOL]) | agent::is_called(fields, OTHERS)
                && ITS_OWN.iter().any(|name| fields.contains_key(*name))
    },
    event,
    answer,
    replace: None,
    log: Logged { session: "conversation_id", tool: "tool_name", input: "tool_input" },
};

fn event(mut fields: Fields) -> Result<Event, String> {
    let name = agent::text(&mut fields, "hook_event_name")?;
    let (tool, input) = match name.as_str() {
        SHELL => {
            let command = agent::text(&mut fields, "command")?;
            ("Bash".to_owned(), json!({ "command": command }))
        }
        READ => {
            let path = agent::text(&mut fields, "file_path")?;
            ("Read".to_owned(), json!({ "file_path": path }))
        }
        MCP => {
            let tool = mcp(&agent::text(&mut fields, "tool_name")?);
            (tool, agent::object_or_text(&mut fields, "tool_input")?)
        }
        TOOL => {
            let tool = agent::text(&mut fields, "tool_name")?;
            let tool = if tool.starts_with("MCP:") { mcp(&tool) } else { tool };
            (tool, agent::object_or_text(&mut fields, "tool_input")?)
        }
        other if OTHERS.contains(&other) => return Ok(Event::Other),
        other => return Err(format!("The event `{other}` is not known.")),
    };
    let root = fields.get("workspace_roots").and_then(|roots| roots.get(0)?.as_str()).map(str::to_owned);
    let cwd = agent::text_if_any(&mut fields, "cwd").filter(|cwd| !cwd.is_empty()).or(root);
    Ok(Event::Call { call: ToolCall { tool, input, cwd }, known: false, unasked: None })
}

/// The usual name of an MCP server's tool: `MCP:server:tool`, or the tool's own where the server is not said.
fn mcp(name: &str) -> String {
    let name = name.strip_prefix("MCP:").unwrap_or(name);
    match name.split_once(':') {
        Some((server, tool)) => agent::mcp_tool(server, tool.trim()),
        None => agent::mcp_tool("unnamed", name.trim()),
    }
}

fn answer(verdict: &Verdict) -> Answer {
    let said = |decision: Decision| {
        let reason = verdict.message();
        json!({ "permission": decision.word(), "user_message": reason, "agent_message": reason }).to_string()
    };
    match verdict.decision {
        Decision::Allow => {
            let said = verdict
                .hint
                .as_ref()
                .map_or_else(|| json!({}), |hint| json!({ "agent_message": hint.message }));
            Answer { stdout: said.to_string(), ..Answer::silent() }
        }
        Decision::Ask => Answer { stdout: said(Decision::Ask), ..Answer::silent() },
        Decision::Deny => agent::refused_on_stderr(said(Decision::Deny), &verdict.message()),
    }
}
