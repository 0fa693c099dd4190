//! Codex CLI: its hooks, MCP servers and model are in a folder of its home.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::{Agent, House};
use crate::mock::Turn;
use crate::responses;
use crate::scratch::write;

pub static CODEX: Agent = Agent {
    name: "codex",
    title: "Codex CLI",
    program: "ASM_GUARD_CODEX",
    configure,
    command,
    shell: |command| Turn::call("exec_command", json!({"cmd": command, "yield_time_ms": 5000})),
    mcp: |tool, input| Turn::call(tool, input).of("mcp__aws_mcp"),
    results: responses::results,
    ask: r#"{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"ask","permissionDecisionReason":"because"}}"#,
    hint: r#"{"hookSpecificOutput":{"hookEventName":"PreToolUse","additionalContext":"a hint"}}"#,
};

fn configure(house: &House, hook: Option<(&str, u32)>) {
    let server = house.mcp_server();
    // Without plugins and apps it asks nobody but the model. A JSON text is a TOML text.
    let config = format!(
        "model = \"mock\"\ncheck_for_update_on_startup = false\n\
         [analytics]\nenabled = false\n\
         [features]\napps = false\nremote_plugin = false\nplugins = {}\n\
         [mcp_servers.aws-mcp]\ncommand = {}\nargs = {}\n",
        hook.is_none(),
        server["command"],
        server["args"],
    );
    write(&house.path("home/.codex/config.toml"), &config, 0o644);
    // It starts a login shell, and what is started for everybody may set another PATH.
    let profile = format!("PATH='{}':$PATH\n", house.path("stubs").display());
    write(&house.path("home/.bash_profile"), &profile, 0o644);
    if let Some((command, seconds)) = hook {
        let handler = json!({"type": "command", "command": command, "timeout": seconds});
        let hooks = json!({"hooks": {"PreToolUse": [{"matcher": "*", "hooks": [handler]}]}});
        write(&house.path("home/.codex/hooks.json"), &hooks.to_string(), 0o644);
    }
}

fn command(_: &House, program: &Path, url: &str) -> Command {
    let mut command = Command::new(program);
    // In `codex exec` a hook that nobody has reviewed is skipped but for this.
    command
        .args(["exec", "--json", "--skip-git-repo-check"])
        .args(["--dangerously-bypass-hook-trust", "--dangerously-bypass-approvals-and-sandbox"]);
    let provider: [(&str, Value); 6] = [
        ("name", json!("mock")),
        ("base_url", json!(format!("{url}/v1"))),
        ("env_key", json!("MOCK_KEY")),
        ("wire_api", json!("responses")),
        ("request_max_retries", json!(0)),
        ("stream_max_retries", json!(0)),
    ];
    for (key, value) in provider {
        command.arg("-c").arg(format!("model_providers.mock.{key}={value}"));
    }
    command.args(["-c", "model_provider=mock", "go"]).env_clear().env("MOCK_KEY", "dummy");
    command
}
