//! The real hook with settings of its own: when it answers with another command, and when it refuses as ever.

use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const FETCH: &str =
    "aws secretsmanager get-secret-value --secret-id prod/db --query SecretString --output text";
const SAFE: &str =
    "PGPASSWORD='{{resolve:secretsmanager:prod/db:SecretString:password}}' asm-exec -- psql -h db";

fn certain() -> String {
    format!("PGPASSWORD=$({FETCH} | jq -r .password) psql -h db")
}

/// A machine with this text for settings, if any.
fn machine(settings: Option<&str>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    if let Some(settings) = settings {
        let place = folder.path().join("config/asm-guard");
        fs::create_dir_all(&place).unwrap();
        fs::write(place.join("settings.toml"), settings).unwrap();
    }
    folder
}

fn event(tool: &str, input: &Value) -> Value {
    json!({
        "session_id": "s", "transcript_path": "/t", "cwd": "/w", "permission_mode": "default",
        "hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": input, "tool_use_id": "u", "prompt_id": "p",
    })
}

fn bash(command: &str) -> Value {
    event("Bash", &json!({ "command": command }))
}

/// What the hook answers as a hook of Claude Code's, or of a client that sets no such variables.
fn hook(machine: &TempDir, claude: bool, event: &Value) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_asm-guard"));
    command.arg("hook").env_clear().env("HOME", machine.path());
    command.env("XDG_CONFIG_HOME", machine.path().join("config"));
    if claude {
        command.env("CLAUDE_PROJECT_DIR", machine.path());
    }
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(event.to_string().as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[track_caller]
fn refused(output: &Output) -> String {
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(2), "{answer}");
    assert_eq!(answer["hookSpecificOutput"]["permissionDecision"], "deny");
    assert!(answer["hookSpecificOutput"].get("updatedInput").is_none(), "{answer}");
    answer["reason"].as_str().unwrap().to_owned()
}

#[test]
fn a_certain_command_takes_the_calls_place_and_nothing_is_decided() {
    let machine = machine(Some("mode = \"rewrite\""));
    let input = json!({
        "command": certain(), "description": "looks", "timeout": 5000, "run_in_background": true, "new": [1],
    });
    let output = hook(&machine, true, &event("Bash", &input));
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let context = answer["hookSpecificOutput"]["additionalContext"].as_str().unwrap();
    assert!(context.contains("secretsmanager-fetch") && context.ends_with(SAFE), "{context}");
    let mut replaced = input;
    replaced["command"] = Value::from(SAFE);
    assert_eq!(
        answer,
        json!({"hookSpecificOutput": {
            "hookEventName": "PreToolUse", "updatedInput": replaced, "additionalContext": context,
        }})
    );
    // What it answers with passes without a word.
    let output = hook(&machine, true, &bash(SAFE));
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn what_is_not_certain_is_refused_as_ever() {
    let machine = machine(Some("mode = \"rewrite\""));
    for command in [FETCH, &format!("make && {}", certain()), "asm-exec -- printenv"] {
        refused(&hook(&machine, true, &bash(command)));
    }
    refused(&hook(&machine, true, &event("Monitor", &json!({ "command": certain() }))));
    assert_eq!(hook(&machine, true, &bash("ls")).stdout, b"");
}

#[test]
fn it_is_asked_for_or_it_does_not_happen() {
    for settings in [
        None,
        Some(""),
        Some("mode = \"deny\""),
        Some("mode = \"rewrite\"\nmod = 1"),
        Some("mode = rewrite"),
        Some("mode = \"Rewrite\""),
    ] {
        let reason = refused(&hook(&machine(settings), true, &bash(&certain())));
        assert!(reason.ends_with(SAFE), "{settings:?}: {reason}");
    }
    // A project has no settings.
    let machine = machine(None);
    let project = machine.path().join(".asm-guard");
    fs::create_dir(&project).unwrap();
    fs::write(project.join("settings.toml"), "mode = \"rewrite\"").unwrap();
    let mut event = bash(&certain());
    event["cwd"] = Value::from(machine.path().to_str().unwrap());
    refused(&hook(&machine, true, &event));
}

/// A client that does not know the answer would run the call as it was asked for.
#[test]
fn a_client_that_is_not_known_gets_a_refusal() {
    let machine = machine(Some("mode = \"rewrite\""));
    refused(&hook(&machine, false, &bash(&certain())));
    for (field, value) in [("turn_id", json!("t")), ("model", json!("m"))] {
        let mut event = bash(&certain());
        event[field] = value;
        refused(&hook(&machine, true, &event));
    }
    for field in ["transcript_path", "permission_mode", "prompt_id", "tool_use_id"] {
        let mut event = bash(&certain());
        event.as_object_mut().unwrap().remove(field);
        refused(&hook(&machine, true, &event));
    }
}
