//! Gemini CLI: a Node program, whose settings are in a folder of its home.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::{Agent, House};
use crate::contents;
use crate::mock::Turn;
use crate::scratch::write;

pub static GEMINI: Agent = Agent {
    name: "gemini",
    title: "Gemini CLI",
    program: "ASM_GUARD_GEMINI",
    configure,
    command,
    shell: |command| Turn::call("run_shell_command", json!({"command": command, "description": "a test"})),
    mcp: |tool, input| Turn::call(&format!("mcp_aws-mcp_{tool}"), input),
    results: contents::results,
    ask: r#"{"decision":"ask","reason":"because"}"#,
    hint: r#"{"hookSpecificOutput":{"hookEventName":"BeforeTool","additionalContext":"a hint"}}"#,
};

fn configure(house: &House, hook: Option<(&str, u32)>) {
    let mut server = house.mcp_server();
    server["trust"] = json!(true);
    let mut settings = json!({
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "privacy": {"usageStatisticsEnabled": false},
        "telemetry": {"enabled": false},
        "general": {"enableAutoUpdate": false, "enableAutoUpdateNotification": false},
        "mcpServers": {"aws-mcp": server},
    });
    if let Some((command, seconds)) = hook {
        let handler =
            json!({"type": "command", "name": "guard", "command": command, "timeout": seconds * 1000});
        settings["hooks"] = json!({"BeforeTool": [{"matcher": "*", "hooks": [handler]}]});
    }
    write(&house.path("home/.gemini/settings.json"), &settings.to_string(), 0o644);
}

fn command(_: &House, program: &Path, url: &str) -> Command {
    let mut command = Command::new("node");
    command
        .arg(program)
        .args(["-p", "go", "--yolo", "--output-format", "stream-json", "-m", "gemini-2.5-flash"])
        .env_clear()
        .env("GEMINI_API_KEY", "dummy")
        .env("GOOGLE_GEMINI_BASE_URL", url)
        .env("GEMINI_CLI_TRUST_WORKSPACE", "true")
        // Else it starts itself a second time, with more memory.
        .env("GEMINI_CLI_NO_RELAUNCH", "true");
    command
}
