//! Copilot CLI, offline: its model's provider is one of the user's own, spoken to as Anthropic's API.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::{Agent, House};
use crate::messages;
use crate::mock::Turn;
use crate::scratch::write;

pub static COPILOT: Agent = Agent {
    name: "copilot",
    title: "Copilot CLI",
    program: "ASM_GUARD_COPILOT",
    configure,
    command,
    shell: |command| Turn::call("bash", json!({"command": command, "description": "a test"})),
    mcp: |tool, input| Turn::call(&format!("aws-mcp-{tool}"), input),
    results: messages::results,
    ask: r#"{"permissionDecision":"ask","permissionDecisionReason":"because"}"#,
    hint: r#"{"additionalContext":"a hint"}"#,
};

fn configure(house: &House, hook: Option<(&str, u32)>) {
    if let Some((command, seconds)) = hook {
        let handler = json!({"type": "command", "bash": command, "timeoutSec": seconds});
        let hooks = json!({"version": 1, "hooks": {"preToolUse": [handler]}});
        write(&house.path("home/.copilot/hooks/guard.json"), &hooks.to_string(), 0o644);
    }
    let mut server = house.mcp_server();
    server["type"] = json!("local");
    server["tools"] = json!(["*"]);
    let servers = json!({"mcpServers": {"aws-mcp": server}});
    write(&house.path("home/.copilot/mcp-config.json"), &servers.to_string(), 0o644);
}

fn command(_: &House, program: &Path, url: &str) -> Command {
    let mut command = Command::new(program);
    command
        .args(["-p", "go", "--allow-all-tools", "--no-auto-update"])
        .env_clear()
        .env("COPILOT_OFFLINE", "true")
        .env("COPILOT_PROVIDER_TYPE", "anthropic")
        .env("COPILOT_PROVIDER_BASE_URL", url)
        .env("COPILOT_PROVIDER_API_KEY", "dummy")
        .env("COPILOT_MODEL", "mock")
        .env("COPILOT_AUTO_UPDATE", "false");
    command
}
