//! Kiro CLI's hook protocol, from its documents (Kiro documentation, "CLI hooks").
//!
//! Exit status 2 refuses, and the model is told what stands on standard error. It cannot ask its user. A tool of an MCP
//! server is called `@server/tool`.

use super::agent::{self, Fields, Protocol, USUAL};
use super::{Event, claude};

/// The event that is answered.
const PRE_TOOL_USE: &str = "preToolUse";
/// Events that decide nothing about a tool that is still to run.
const OTHERS: &[&str] = &["agentSpawn", "userPromptSubmit", "postToolUse", "stop"];

pub(super) static PROTOCOL: Protocol = Protocol {
    name: "kiro",
    speaks: |fields| agent::is_called(fields, &[PRE_TOOL_USE]) || agent::is_called(fields, OTHERS),
    event,
    answer: |verdict| {
        claude::silent_or(verdict, |verdict| agent::refused_on_stderr(String::new(), &verdict.message()))
    },
    replace: None,
    log: USUAL,
};

fn event(mut fields: Fields) -> Result<Event, String> {
    if agent::is_called(&fields, OTHERS) {
        return Ok(Event::Other);
    }
    if !agent::is_called(&fields, &[PRE_TOOL_USE]) {
        return claude::event(fields);
    }
    fields.remove("hook_event_name");
    let mut call = claude::call(fields)?;
    if let Some((server, tool)) = call.tool.strip_prefix('@').and_then(|tool| tool.split_once('/')) {
        call.tool = agent::mcp_tool(server, tool);
    }
    Ok(Event::Call { call, known: false, unasked: Some(agent::NEVER) })
}
