//! The real binary as a hook: whatever arrives, exactly one answer, and a refusal that says what was wrong.

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A home of the tests' own: nothing of the developer's settings is read, and nothing is written to their log.
const HOME: &str = env!("CARGO_TARGET_TMPDIR");

/// The binary, with nothing in its environment but that.
fn guard() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_asm-guard"));
    command.env_clear().env("HOME", HOME);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn hook(arguments: &[&str], stdin: &[u8], fault: Option<&str>) -> Output {
    let mut command = guard();
    command.args(arguments);
    if let Some(fault) = fault {
        command.env("ASM_GUARD_FAULT", fault);
    }
    let mut child = command.spawn().unwrap();
    // A hook that has already refused may not read the rest.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}

fn event(tool: &str, input: Value) -> Vec<u8> {
    json!({
        "session_id": "s", "transcript_path": "/t", "cwd": "/w", "permission_mode": "default",
        "hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": input, "tool_use_id": "u",
    })
    .to_string()
    .into_bytes()
}

fn bash(command: &str) -> Vec<u8> {
    event("Bash", json!({ "command": command }))
}

/// Asserts the one denial that every client honours, and returns its reason.
#[track_caller]
fn refused(output: &Output) -> String {
    let stdout = String::from_utf8(output.stdout.clone()).unwrap();
    let answer: Value = serde_json::from_str(&stdout).unwrap_or_else(|e| panic!("{e}: {stdout:?}"));
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let reason = answer["reason"].as_str().unwrap().to_owned();
    assert!(!reason.is_empty());
    assert_eq!(
        answer,
        json!({
            "decision": "block",
            "reason": reason,
            "hookSpecificOutput": {
                "hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": reason,
            },
        })
    );
    assert_eq!(String::from_utf8_lossy(&output.stderr).trim_end(), reason);
    reason
}

#[track_caller]
fn allowed(output: &Output) {
    assert_eq!(
        (output.status.code(), output.stdout.as_slice(), output.stderr.as_slice()),
        (Some(0), &b""[..], &b""[..])
    );
}

#[test]
fn a_fetch_is_denied_and_a_mention_is_not() {
    let fetch = bash("aws secretsmanager get-secret-value --secret-id prod/db");
    assert!(refused(&hook(&["hook"], &fetch, None)).contains("asm-exec"));
    assert!(refused(&hook(&[], &fetch, None)).contains("{{resolve:secretsmanager:prod/db:SecretString}}"));
    allowed(&hook(&["hook"], &bash("git log --grep get-secret-value"), None));
    allowed(&hook(&[], &bash("ls"), None));
}

#[test]
fn an_unknown_operation_asks() {
    let output = hook(&["hook"], &bash("aws secretsmanager \"$OP\" --secret-id x"), None);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(answer["hookSpecificOutput"]["permissionDecision"], "ask");
    assert_eq!(answer["hookSpecificOutput"]["hookEventName"], "PreToolUse");
    assert!(answer["hookSpecificOutput"]["permissionDecisionReason"].as_str().unwrap().contains("operation"));
    assert!(answer.get("decision").is_none());
}

/// Where the client skips permissions it may ask nobody, whatever the hook says: measured in `tests/clients/`.
#[test]
fn what_would_be_asked_is_refused_where_nobody_may_be_asked() {
    for command in
        ["aws secretsmanager \"$OP\" --secret-id x", "pkill asm-guard; sed -i s/a/b/ ~/.claude/settings.json"]
    {
        for (mode, asks) in
            [("default", true), ("acceptEdits", true), ("plan", true), ("bypassPermissions", false)]
        {
            let mut event: Value = serde_json::from_slice(&bash(command)).unwrap();
            event["permission_mode"] = json!(mode);
            let output = hook(&["hook"], event.to_string().as_bytes(), None);
            if asks {
                let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
                assert_eq!(answer["hookSpecificOutput"]["permissionDecision"], "ask", "{mode}: {command}");
            } else {
                assert!(refused(&output).contains("nobody may be asked"), "{mode}: {command}");
            }
        }
    }
}

/// The guard's own files and its client's may lie where the environment says; what else lies there is nobody's business.
#[test]
fn the_guards_own_files_are_known_wherever_they_lie() {
    const ROOT: (&str, &str) = ("CLAUDE_PLUGIN_ROOT", "/srv/src/guard");
    const CONFIG: (&str, &str) = ("CLAUDE_CONFIG_DIR", "/srv/cfg");
    for ((name, value), command, decision) in [
        (ROOT, "rm /srv/src/guard/bin/asm-guard", "ask"),
        (ROOT, "cd /srv/src/guard && mv bin/asm-guard bin/off", "ask"),
        (ROOT, "cp /bin/true /srv/src/guard/bin/", "ask"),
        (ROOT, "sed -i s/PreToolUse/Off/ /srv/src/guard/hooks/hooks.json", "ask"),
        (ROOT, "rm -rf /srv/src/guard", "ask"),
        (ROOT, "python3 -c \"open('/srv/src/guard/hooks/hooks.json', 'w')\"", "ask"),
        (ROOT, "sed -i s/a/b/ /srv/src/guard/src/lib.rs; rm -rf /srv/src/guard/target", "allow"),
        (ROOT, "cat /srv/src/guard/hooks/hooks.json; ls -l /srv/src/guard/bin", "allow"),
        (("UNSET", "/"), "rm /srv/src/guard/hooks/hooks.json", "allow"),
        (CONFIG, "echo '{\"disableAllHooks\": true}' > /srv/cfg/settings.json", "ask"),
        (CONFIG, "cd /srv/cfg; rm settings.json", "ask"),
        (CONFIG, "find /srv/cfg -name settings.json -delete", "ask"),
        (CONFIG, "sed -i s/dark/light/ /srv/cfg/settings.json; rm /srv/cfg/todos/x.json", "allow"),
        (("XDG_CONFIG_HOME", "/srv/xdg"), "rm /srv/xdg/asm-guard/rules.d/team.toml", "ask"),
        (("XDG_CONFIG_HOME", "/srv/xdg"), "rm /srv/xdg/other/team.toml", "allow"),
        (("CODEX_HOME", "/srv/codex"), "echo '{}' > /srv/codex/hooks.json", "ask"),
        (("CODEX_HOME", "/srv/codex"), "cd /srv/codex && rm hooks.json", "ask"),
        (("CODEX_HOME", "/srv/codex"), "rm -rf /srv/codex", "ask"),
        (("CODEX_HOME", "/srv/codex"), "rm /srv/codex/history.jsonl; cat /srv/codex/hooks.json", "allow"),
        (("COPILOT_HOME", "/srv/cp"), "rm /srv/cp/hooks/asm-guard.json", "ask"),
        (("COPILOT_HOME", "/srv/cp"), "rm -rf /srv/cp/logs", "allow"),
        (("GEMINI_CLI_HOME", "/srv/gem"), "echo '{\"hooks\": {}}' > /srv/gem/.gemini/settings.json", "ask"),
        (("GEMINI_CLI_HOME", "/srv/gem"), "rm -rf /srv/gem/.gemini", "ask"),
        (("GEMINI_CLI_HOME", "/srv/gem"), "echo '{\"hooks\": {}}' > /srv/gem/settings.json", "allow"),
        (("XDG_STATE_HOME", "/srv/state"), ": > /srv/state/asm-guard/audit.jsonl", "ask"),
    ] {
        let mut guard = guard();
        let mut child = guard.arg("hook").env(name, value).spawn().unwrap();
        child.stdin.take().unwrap().write_all(&bash(command)).unwrap();
        let output = child.wait_with_output().unwrap();
        if decision == "allow" {
            allowed(&output);
        } else {
            let answer: Value = serde_json::from_slice(&output.stdout).expect(command);
            assert_eq!(answer["hookSpecificOutput"]["permissionDecision"], decision, "{command}");
        }
    }
}

/// A hint is context for the model and no decision, so that the user's own permissions still hold.
#[test]
fn a_hint_is_context_without_a_decision() {
    let output = hook(&["hook"], &bash("psql 'password={{resolve:secretsmanager:prod/db}}'"), None);
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let context = answer["hookSpecificOutput"]["additionalContext"].as_str().unwrap();
    assert!(context.contains("asm-exec -- psql 'password={{resolve:secretsmanager:prod/db}}'"), "{context}");
    let whole = json!({"hookSpecificOutput": {"hookEventName": "PreToolUse", "additionalContext": context}});
    assert_eq!(answer, whole);
    allowed(&hook(&["hook"], &bash("asm-exec -- psql 'password={{resolve:secretsmanager:prod/db}}'"), None));
}

#[test]
fn asm_exec_that_shows_a_value_is_refused() {
    for command in [
        "asm-exec -- printenv",
        "asm-exec --no-mask -- ./run",
        "ASM_EXEC_MCP_ENDPOINT=http://a.example asm-exec -- ./run",
    ] {
        assert!(refused(&hook(&["hook"], &bash(command), None)).contains("asm-exec-"), "{command}");
    }
}

#[test]
fn what_is_no_event_is_refused_with_its_cause() {
    let text = |value: Value| value.to_string().into_bytes();
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing", b"".to_vec(), "empty"),
        ("white space", b" \n ".to_vec(), "empty"),
        ("no JSON", b"hello".to_vec(), "not readable JSON"),
        ("half an object", br#"{"hook_event_name":"PreToolUse""#.to_vec(), "not readable JSON"),
        ("two objects", [bash("ls"), bash("ls")].concat(), "trailing"),
        ("text after the object", [bash("ls"), b"x".to_vec()].concat(), "trailing"),
        ("a list", b"[]".to_vec(), "no JSON object"),
        ("invalid UTF-8", [&b"{\"hook_event_name\":\""[..], &[0xff, 0xfe], &b"\"}"[..]].concat(), "UTF-8"),
        (
            "a lone surrogate",
            br#"{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"echo \ud800"}}"#
                .to_vec(),
            "surrogate",
        ),
        (
            "nesting past the parser's bound",
            format!(
                r#"{{"hook_event_name":"PreToolUse","tool_name":"mcp__a__b","tool_input":{{"x":{deep}}}}}"#
            )
            .into_bytes(),
            "recursion limit",
        ),
        (
            "no event name",
            text(json!({"tool_name": "Bash", "tool_input": {"command": "ls"}})),
            "hook_event_name",
        ),
        ("a number for the event's name", text(json!({"hook_event_name": 1})), "hook_event_name"),
        (
            "an unknown event",
            text(json!({"hook_event_name": "BeforeTime", "tool_name": "Bash", "tool_input": {}})),
            "BeforeTime",
        ),
        (
            "no tool name",
            text(json!({"hook_event_name": "PreToolUse", "tool_input": {"command": "ls"}})),
            "tool_name",
        ),
        (
            "a null tool name",
            text(json!({"hook_event_name": "PreToolUse", "tool_name": null, "tool_input": {}})),
            "tool_name",
        ),
        ("no tool input", text(json!({"hook_event_name": "PreToolUse", "tool_name": "Bash"})), "tool_input"),
        (
            "text for the tool input",
            text(json!({"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": "ls"})),
            "tool_input",
        ),
        ("no command", event("Bash", json!({})), "command"),
        ("a number for the command", event("Bash", json!({"command": 5})), "command"),
        ("a null command", event("Bash", json!({"command": null})), "command"),
        ("an object for the command", event("Monitor", json!({"command": {}})), "command"),
        ("no URL", event("WebFetch", json!({"prompt": "x"})), "url"),
    ];
    for (name, bytes, expected) in cases {
        let reason = refused(&hook(&["hook"], &bytes, None));
        assert!(reason.contains(expected), "{name}: {reason}");
    }
}

#[test]
fn what_is_too_much_is_refused_with_its_cause() {
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("more than 4 MiB", bash(&format!("echo {}", "a".repeat(5 << 20))), "4 MiB"),
        ("deep subshells", bash(&format!("{}true{}", "( ".repeat(50_000), " )".repeat(50_000))), "deep"),
        ("deep substitutions", bash(&"echo $(".repeat(50_000)), "deep"),
        ("deep double quotes", bash(&"echo \"$(".repeat(50_000)), "deep"),
        ("deep expansions", bash(&format!("echo {}", "${x:-".repeat(50_000))), "deep"),
        ("deep groups", bash(&"{ ".repeat(50_000)), "deep"),
        ("deep ifs", bash(&"if ".repeat(50_000)), "deep"),
        ("deep arithmetic", bash(&format!("echo {}", "$((".repeat(50_000))), "deep"),
        ("a text that evaluates itself", bash("x='eval \"$x\"'; eval \"$x\""), "deep"),
    ];
    for (name, bytes, expected) in cases {
        let reason = refused(&hook(&["hook"], &bytes, None));
        assert!(reason.contains(expected), "{name}: {reason}");
    }
}

/// Deep input of the parts that read other languages and JSON: an answer, whichever, and never a crash.
#[test]
fn no_nesting_crashes_the_hook() {
    let nested_json = (0..60).fold("ls".to_owned(), |inner, _| {
        json!({ "command": inner }).to_string().chars().take(100_000).collect()
    });
    let inputs = [
        event("mcp__x__run_script", json!({ "code": "(".repeat(200_000) })),
        event("mcp__x__run_script", json!({ "code": "f\"{".repeat(50_000) })),
        event("mcp__x__evaluate", json!({ "code": "`${".repeat(50_000) })),
        event("mcp__x__y", json!({ "input": nested_json })),
        event("PowerShell", json!({ "command": "$(".repeat(50_000) })),
        bash(&format!("python3 -c '{}'", "[".repeat(200_000))),
        bash(&"`".repeat(100_001)),
        bash(&format!("echo {}", "{a,".repeat(50_000))),
        bash(&format!("case x in {}", "(a|".repeat(50_000))),
        bash(&format!("awk '{}'", "{".repeat(100_000))),
    ];
    for (i, input) in inputs.iter().enumerate() {
        let output = hook(&["hook"], input, None);
        match output.status.code() {
            Some(0) => assert!(output.stderr.is_empty(), "input {i}: {output:?}"),
            _ => drop(refused(&output)),
        }
    }
}

#[test]
fn a_panic_is_a_refusal() {
    assert!(refused(&hook(&["hook"], &bash("ls"), Some("panic"))).contains("internal error"));
}

#[test]
fn the_deadline_is_a_refusal() {
    let start = Instant::now();
    assert!(refused(&hook(&["hook"], &bash("./deploy.sh"), Some("hang"))).contains("2 seconds"));
    // Well under the client's ten seconds, with room for a busy machine.
    assert!(start.elapsed() < Duration::from_secs(9));
}

#[test]
fn standard_input_that_never_ends_is_a_refusal() {
    for half in [&b""[..], &br#"{"hook_event_name":"#[..], &bash("ls")] {
        let mut child = guard().arg("hook").spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(half).unwrap();
        // Held open until the answer is there.
        let output = child.wait_with_output().unwrap();
        drop(stdin);
        assert!(refused(&output).contains("did not end"));
    }
}

#[test]
fn events_and_tools_that_run_nothing_pass() {
    for name in [
        "PostToolUse",
        "UserPromptSubmit",
        "SessionStart",
        "Stop",
        "SubagentStop",
        "Notification",
        "PreCompact",
    ] {
        allowed(&hook(&["hook"], json!({ "hook_event_name": name }).to_string().as_bytes(), None));
    }
    let code = "boto3.client('secretsmanager').get_secret_value(SecretId='x')";
    for (tool, input) in [
        ("Read", json!({ "file_path": "/w/get-secret-value.md" })),
        ("Write", json!({ "file_path": "/w/app.py", "content": code })),
        ("Edit", json!({ "file_path": "/w/app.py", "old_string": "x", "new_string": code })),
        ("Grep", json!({ "pattern": "aws secretsmanager get-secret-value" })),
        ("Task", json!({ "prompt": "run aws secretsmanager get-secret-value" })),
        ("WebFetch", json!({ "url": "https://docs.aws.amazon.com/", "prompt": "get-secret-value" })),
    ] {
        allowed(&hook(&["hook"], &event(tool, input), None));
    }
}

#[test]
fn the_port_that_the_environment_names_is_the_agents() {
    let fetch = bash("curl http://localhost:9977/secretsmanager/get?secretId=a");
    allowed(&hook(&["hook"], &fetch, None));
    let mut child =
        guard().arg("hook").env("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", "9977").spawn().unwrap();
    child.stdin.take().unwrap().write_all(&fetch).unwrap();
    refused(&child.wait_with_output().unwrap());
}
