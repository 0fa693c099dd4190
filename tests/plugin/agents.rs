//! The hooks of the other agents. Compared whole: a further field could let a call pass unseen.

use super::*;

/// A command for a shell that refuses for the guard where it gives no answer: the agent would run the tool.
fn closed(program: &str, agent: &str) -> String {
    format!(
        "\"{program}\" hook --agent {agent}; status=$?; case $status in 0|2) exit $status ;; esac; \
         echo \"asm-guard gave no answer (status $status), so the call is refused.\" >&2; exit 2"
    )
}

#[test]
fn codex_asks_the_plugins_guard() {
    let command = closed("${PLUGIN_ROOT}/bin/asm-guard", "codex");
    let handler = json!({"type": "command", "command": command, "timeout": 10});
    let hooks = json!({"hooks": {"PreToolUse": [{"matcher": "*", "hooks": [handler]}]}});
    assert_eq!(parsed("hooks/codex.json"), hooks);
}

/// Its time-out is in milliseconds.
#[test]
fn gemini_asks_the_extensions_guard() {
    let command = closed("${extensionPath}/bin/asm-guard", "gemini");
    let handler = json!({"type": "command", "name": "asm-guard", "command": command, "timeout": 10_000});
    let hooks = json!({"hooks": {"BeforeTool": [{"matcher": "*", "hooks": [handler]}]}});
    assert_eq!(parsed("extensions/gemini/hooks/hooks.json"), hooks);
}

#[test]
fn copilot_asks_the_plugins_guard() {
    let command = "\"${PLUGIN_ROOT}/bin/asm-guard\" hook --agent copilot";
    let handler = json!({"type": "command", "bash": command, "timeoutSec": 10});
    assert_eq!(parsed("hooks/copilot.json"), json!({"version": 1, "hooks": {"preToolUse": [handler]}}));
}

#[test]
fn the_templates_ask_the_guard_on_the_path() {
    let command = |agent: &str| format!("asm-guard hook --agent {agent}");
    let copilot = json!({
        "type": "command", "bash": command("copilot"), "powershell": command("copilot"), "timeoutSec": 10,
    });
    assert_eq!(
        parsed("templates/copilot/asm-guard.json"),
        json!({"version": 1, "hooks": {"preToolUse": [copilot]}})
    );
    let cursor = json!([{"command": command("cursor"), "timeout": 10, "failClosed": true}]);
    let events = ["beforeShellExecution", "beforeMCPExecution", "beforeReadFile", "preToolUse"];
    let hooks: Value = events.map(|event| (event.to_owned(), cursor.clone())).into_iter().collect();
    assert_eq!(parsed("templates/cursor/hooks.json"), json!({"version": 1, "hooks": hooks}));
    let kiro = json!([{"matcher": "*", "command": command("kiro"), "timeout_ms": 10_000}]);
    assert_eq!(parsed("templates/kiro/asm-guard.json")["hooks"], json!({"preToolUse": kiro}));
}

/// What the shell of a hook's command makes of what the guard does.
#[test]
fn a_closed_hook_passes_answers_on_and_refuses_without_one() {
    let scratch = Scratch::new("it's $HOME \"closed\"");
    let program = scratch.path().join("bin/asm-guard");
    let run = |script: Option<&str>| {
        let _ = fs::remove_file(&program);
        if let Some(script) = script {
            write(&program, &format!("#!/bin/sh\n{script}\n"), 0o755);
        }
        let mut command = Command::new("sh");
        command.args(["-c", &closed("${PLUGIN_ROOT}/bin/asm-guard", "codex")]);
        command.env("PLUGIN_ROOT", scratch.path()).stdin(Stdio::null());
        let output = command.output().unwrap();
        let [stdout, stderr] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        (output.status.code(), stdout, stderr)
    };
    assert_eq!(run(Some("exit 0")), (Some(0), String::new(), String::new()));
    let asked = (Some(0), "hook --agent codex\n".to_owned(), String::new());
    assert_eq!(run(Some("echo \"$@\"")), asked);
    let denied = (Some(2), "{}\n".to_owned(), "no\n".to_owned());
    assert_eq!(run(Some("echo '{}'; echo no >&2; exit 2")), denied);
    for script in [Some("exit 1"), Some("exit 101"), Some("kill -KILL $$"), Some("kill -ABRT $$"), None] {
        let (status, stdout, stderr) = run(script);
        assert_eq!((status, stdout.as_str()), (Some(2), ""), "{script:?}");
        assert!(stderr.contains("asm-guard gave no answer"), "{script:?}: {stderr}");
    }
}
