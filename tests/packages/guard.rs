//! What every package's programs are asked: a fetch is denied, another call passes, a command is run.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

pub const FETCH: &str = "aws secretsmanager get-secret-value --secret-id prod/db";

/// A program in a house where nothing is set, with these arguments and this on standard input.
pub fn ask(program: &Path, home: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        // For what the scripts of npm need.
        .env("PATH", std::env::var_os("PATH").unwrap())
        .current_dir(home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    // A program that does not read may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// The event that Claude Code sends before it runs a command.
pub fn event(command: &str) -> String {
    json!({
        "hook_event_name": "PreToolUse", "session_id": "packages", "cwd": "/", "permission_mode": "default",
        "tool_name": "Bash", "tool_input": {"command": command}, "tool_use_id": "toolu_packages",
    })
    .to_string()
}

/// Both programs of a folder do what they are for.
pub fn both_work(folder: &Path, home: &Path) {
    let (guard, exec) = (folder.join("asm-guard"), folder.join("asm-exec"));
    for (program, name) in [(&guard, "asm-guard"), (&exec, "asm-exec")] {
        let version = ask(program, home, &["--version"], "");
        assert_eq!(said(&version), format!("{name} {}\n", env!("CARGO_PKG_VERSION")), "{version:?}");
    }

    let denied = ask(&guard, home, &["hook"], &event(FETCH));
    assert_eq!(denied.status.code(), Some(2), "{denied:?}");
    let answer: Value = serde_json::from_slice(&denied.stdout).unwrap();
    assert_eq!(answer["hookSpecificOutput"]["permissionDecision"], "deny", "{answer:#}");

    let passed = ask(&guard, home, &["hook"], &event("git status"));
    assert_eq!((passed.status.code(), said(&passed)), (Some(0), String::new()), "{passed:?}");

    let ran = ask(&exec, home, &["--", "sh", "-c", "cat; exit 3"], "through\n");
    assert_eq!((ran.status.code(), said(&ran)), (Some(3), "through\n".to_owned()), "{ran:?}");
}

pub fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}
