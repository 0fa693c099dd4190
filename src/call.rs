//! A tool call, as every agent's is once its wire protocol is read.

use serde_json::Value;

/// What an agent is about to do.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCall {
    /// The tool's name, as the agent knows it (`Bash`, `mcp__server__tool`).
    pub tool: String,
    /// The tool's input: an object.
    pub input: Value,
    /// The folder in which it would run, where the agent says.
    pub cwd: Option<String>,
}

impl ToolCall {
    /// The name of the tool that runs a command in a shell.
    pub const BASH: &str = "Bash";

    /// A call of the Bash tool.
    pub fn bash(command: impl Into<String>) -> ToolCall {
        ToolCall::new(ToolCall::BASH, serde_json::json!({ "command": command.into() }))
    }

    /// A call of any tool.
    pub fn new(tool: impl Into<String>, input: Value) -> ToolCall {
        ToolCall { tool: tool.into(), input, cwd: None }
    }
}
