//! Gemini CLI's hook protocol (measured with version 0.61.0).
//!
//! It reads the decision at the top of the object. Told to ask its user, it waits for ever where nobody is there, so it is not
//! told to; and it has no way to tell the model a hint. The tools of MCP servers are called `mcp_<server>_<tool>`; where an
//! underscore stands in a name, only the event's own word for the server tells which is which.

use super::agent::{self, Fields, Protocol, USUAL};
use super::{Event, claude};

/// The event that is answered.
const BEFORE_TOOL: &str = "BeforeTool";
/// Events of its own that decide nothing about a tool that is still to run.
const OTHERS: &[&str] = &[
    "AfterTool",
    "BeforeAgent",
    "AfterAgent",
    "BeforeModel",
    "AfterModel",
    "BeforeToolSelection",
    "PreCompress",
];

pub(super) static PROTOCOL: Protocol = Protocol {
    name: "gemini",
    speaks: |fields| agent::is_called(fields, &[BEFORE_TOOL]) || agent::is_called(fields, OTHERS),
    event,
    answer: |verdict| claude::silent_or(verdict, |verdict| claude::denial(verdict, BEFORE_TOOL)),
    replace: None,
    log: USUAL,
};

fn event(mut fields: Fields) -> Result<Event, String> {
    if agent::is_called(&fields, OTHERS) {
        return Ok(Event::Other);
    }
    if !agent::is_called(&fields, &[BEFORE_TOOL]) {
        return claude::event(fields);
    }
    let context = fields.remove("mcp_context");
    let mut call = claude::call(fields)?;
    let named = |name: &str| context.as_ref()?.get(name)?.as_str();
    call.tool = match (named("server_name"), named("tool_name")) {
        (Some(server), Some(tool)) => agent::mcp_tool(server, tool),
        _ => mcp(&call.tool).unwrap_or(call.tool),
    };
    Ok(Event::Call { call, known: false, unasked: Some(agent::NEVER) })
}

/// The usual name of an MCP server's tool.
fn mcp(tool: &str) -> Option<String> {
    let (server, tool) = tool.strip_prefix("mcp_").filter(|rest| !rest.starts_with('_'))?.split_once('_')?;
    Some(agent::mcp_tool(server, tool))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn tool(event: &str) -> String {
        let Ok(Value::Object(fields)) = serde_json::from_str(event) else { panic!("{event}") };
        match super::event(fields) {
            Ok(Event::Call { call, .. }) => call.tool,
            other => panic!("{event}: {other:?}"),
        }
    }

    #[test]
    fn tools_of_servers_have_the_usual_names() {
        for (name, context, expected) in [
            ("run_shell_command", "", "run_shell_command"),
            ("mcp_aws_call_aws", "", "mcp__aws__call_aws"),
            (
                "mcp_my_aws_call_aws",
                r#","mcp_context":{"server_name":"my_aws","tool_name":"call_aws"}"#,
                "mcp__my_aws__call_aws",
            ),
            ("mcp__aws__call_aws", "", "mcp__aws__call_aws"),
        ] {
            let event = format!(
                r#"{{"hook_event_name":"BeforeTool","tool_name":"{name}","tool_input":{{}}{context}}}"#
            );
            assert_eq!(tool(&event), expected);
        }
    }
}
