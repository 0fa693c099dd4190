//! How each agent asks a hook, and how it is answered, so far as a probe needs to know.

use std::path::Path;

use serde_json::{Value, json};

use super::probe::SESSION;

/// How an agent asks, and where it reads the answer.
#[derive(Debug)]
pub struct Manner {
    /// Its name.
    pub name: &'static str,
    /// The event before it runs this command in this folder.
    pub event: fn(&Path, &str) -> Value,
    /// Where in the answer the decision stands (RFC 6901); None where the exit status and standard error are all.
    pub decision: Option<&'static str>,
    /// Where in the answer the event must be named, and how.
    pub names: Option<(&'static str, &'static str)>,
    /// Whether an empty object says as little as silence.
    pub empty_passes: bool,
}

/// Where Claude Code reads the decision, and those that took it over.
const NESTED: &str = "/hookSpecificOutput/permissionDecision";
const NESTED_NAME: &str = "/hookSpecificOutput/hookEventName";

/// Claude Code's.
pub static CLAUDE: Manner = Manner {
    name: "claude",
    event: |folder, command| {
        json!({
            "session_id": SESSION,
            "transcript_path": "/dev/null",
            "cwd": folder,
            "permission_mode": "default",
            "hook_event_name": "PreToolUse",
            "tool_name": "Bash",
            "tool_input": { "command": command },
            "tool_use_id": "toolu_doctor",
        })
    },
    decision: Some(NESTED),
    names: Some((NESTED_NAME, "PreToolUse")),
    empty_passes: false,
};

static OTHERS: [Manner; 5] = [
    Manner {
        name: "codex",
        event: |folder, command| {
            json!({
                "session_id": SESSION,
                "turn_id": SESSION,
                "transcript_path": null,
                "cwd": folder,
                "hook_event_name": "PreToolUse",
                "model": "none",
                "permission_mode": "default",
                "tool_name": "Bash",
                "tool_input": { "command": command },
                "tool_use_id": "call_doctor",
            })
        },
        decision: Some(NESTED),
        names: Some((NESTED_NAME, "PreToolUse")),
        empty_passes: false,
    },
    Manner {
        name: "gemini",
        event: |folder, command| {
            json!({
                "session_id": SESSION,
                "transcript_path": "/dev/null",
                "cwd": folder,
                "hook_event_name": "BeforeTool",
                "timestamp": "1970-01-01T00:00:00.000Z",
                "tool_name": "run_shell_command",
                "tool_input": { "command": command },
            })
        },
        decision: Some("/decision"),
        names: Some((NESTED_NAME, "BeforeTool")),
        empty_passes: false,
    },
    Manner {
        name: "copilot",
        event: |folder, command| {
            json!({
                "sessionId": SESSION,
                "timestamp": 0,
                "cwd": folder,
                "toolName": "bash",
                "toolArgs": json!({ "command": command }).to_string(),
            })
        },
        decision: Some("/permissionDecision"),
        names: None,
        empty_passes: false,
    },
    Manner {
        name: "cursor",
        event: |folder, command| {
            json!({
                "conversation_id": SESSION,
                "generation_id": SESSION,
                "hook_event_name": "beforeShellExecution",
                "workspace_roots": [folder],
                "command": command,
                "cwd": folder,
            })
        },
        decision: Some("/permission"),
        names: None,
        empty_passes: true,
    },
    Manner {
        name: "kiro",
        event: |folder, command| {
            json!({
                "hook_event_name": "preToolUse",
                "session_id": SESSION,
                "cwd": folder,
                "tool_name": "execute_bash",
                "tool_input": { "command": command },
            })
        },
        decision: None,
        names: None,
        empty_passes: false,
    },
];

/// An agent's.
pub fn of(name: &str) -> Option<&'static Manner> {
    std::iter::once(&CLAUDE).chain(&OTHERS).find(|manner| manner.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_agent_has_one() {
        for name in crate::hook::Agent::names() {
            assert!(of(name).is_some(), "{name}");
        }
    }
}
