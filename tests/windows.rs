//! Both programs on Windows: the hook and what it reads and writes there, and asm-exec before a command of the system's own.
//! What is understood of commands is the same everywhere and tested elsewhere.
#![cfg(windows)]

#[path = "exec/daemon.rs"]
#[allow(dead_code, reason = "the tests of asm-exec use more of it")]
mod daemon;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use daemon::{Daemon, PASSWORD, reference, said};
use serde_json::{Value, json};
use tempfile::TempDir;

const FETCH: &str = "aws secretsmanager get-secret-value --secret-id prod/db";

/// A user's folder, with a project in it.
struct User(TempDir);

impl User {
    fn new() -> User {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("project")).unwrap();
        User(folder)
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn put(&self, path: &str, text: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
    }

    fn guard(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_asm-guard"));
        command.args(arguments).current_dir(self.path("project")).env_clear();
        for name in ["SystemRoot", "Path", "WINEPREFIX", "TEMP"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.env("USERPROFILE", self.0.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// What the hook decides of a command.
    fn decision(&self, command: &str) -> String {
        let event = json!({
            "session_id": "s", "hook_event_name": "PreToolUse", "cwd": self.path("project"), "tool_name": "Bash",
            "tool_input": { "command": command },
        });
        let output = self.guard(&["hook"], &event.to_string());
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let decision = answer["hookSpecificOutput"]["permissionDecision"].as_str().unwrap_or("allow");
        assert_eq!(output.status.code(), Some(if decision == "deny" { 2 } else { 0 }), "{command}");
        decision.to_owned()
    }
}

/// A path as Git's Bash writes it.
fn in_bash(path: &Path) -> String {
    let path = path.to_str().unwrap().replace('\\', "/");
    format!("/{}{}", path[..1].to_lowercase(), &path[2..])
}

#[test]
fn a_script_is_read_however_its_path_is_written() {
    let user = User::new();
    user.put("project/fetch.sh", &format!("#!/bin/bash\n{FETCH}\n"));
    user.put("project/fetch.ps1", "Get-SECSecretValue -SecretId prod/db\n");
    user.put("project/list.sh", "aws secretsmanager list-secrets\n");
    let path = |name: &str| user.path("project").join(name);
    for (command, expected) in [
        (FETCH.to_owned(), "deny"),
        ("git status".to_owned(), "allow"),
        ("bash fetch.sh".to_owned(), "deny"),
        ("bash ./list.sh".to_owned(), "allow"),
        (format!("bash {}", in_bash(&path("fetch.sh"))), "deny"),
        (format!("bash '{}'", path("fetch.sh").display()), "deny"),
        (format!("bash '{}'", path("list.sh").display()), "allow"),
        ("bash ~/project/fetch.sh".to_owned(), "deny"),
        (format!("pwsh -File '{}'", path("fetch.ps1").display()), "deny"),
        ("powershell -File fetch.ps1".to_owned(), "deny"),
    ] {
        assert_eq!(user.decision(&command), expected, "{command}");
    }
}

#[test]
fn the_guards_own_files_are_asked_about() {
    let user = User::new();
    let settings = user.path(".claude/settings.json");
    for command in [
        "rm ~/.claude/settings.json".to_owned(),
        format!("rm {}", in_bash(&settings)),
        format!("cmd /c del \"{}\"", settings.display()),
        format!("powershell -Command \"Remove-Item '{}'\"", settings.display()),
    ] {
        assert_eq!(user.decision(&command), "ask", "{command}");
    }
    assert_eq!(user.decision("rm ~/project/notes.txt"), "allow");
}

#[test]
fn settings_rules_and_the_log_are_in_the_users_folder() {
    let user = User::new();
    user.put(
        ".config/asm-guard/rules.d/own.toml",
        "[[rule]]\nid = \"no-shutdown\"\ndecision = \"deny\"\nsummary = \"Ends the machine\"\nreason = \"Nobody shuts this machine down.\"\n\
         when.command = { program = \"shutdown\" }\n\n\
         [[rule.example]]\nbash = \"shutdown -s\"\nexpect = \"deny\"\n\n\
         [[rule.example]]\nbash = \"uptime\"\nexpect = \"allow\"\n",
    );
    assert_eq!(user.decision("shutdown -s"), "deny");
    assert_eq!(user.decision(FETCH), "deny");
    let log = fs::read_to_string(user.path(".local/state/asm-guard/audit.jsonl")).unwrap();
    let rules: Vec<Value> =
        log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["rule"].clone()).collect();
    assert_eq!(rules, ["no-shutdown", "secretsmanager-fetch"]);
    let output = user.guard(&["log"], "");
    assert!(String::from_utf8_lossy(&output.stdout).contains("no-shutdown"), "{:?}", said(&output));
}

/// Lines of many processes at once, over a file that is put aside again and again.
#[test]
fn no_line_of_the_log_is_torn_or_lost() {
    let user = User::new();
    user.put(".config/asm-guard/settings.toml", "[audit]\nmax_size = 600\nkeep = 100\n");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..4).for_each(|_| assert_eq!(user.decision(FETCH), "deny")));
        }
    });
    let folder = fs::read_dir(user.path(".local/state/asm-guard")).unwrap();
    let files: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    let is_log = |path: &&PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with("audit.jsonl") && !name.ends_with(".lock")
    };
    let logs: Vec<String> =
        files.iter().filter(is_log).map(|path| fs::read_to_string(path).unwrap()).collect();
    assert!(logs.len() > 1, "{files:?}");
    let lines: Vec<&str> = logs.iter().flat_map(|text| text.lines()).collect();
    assert!(lines.iter().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{lines:#?}");
    assert_eq!(lines.len(), 32);
}

#[test]
fn install_puts_the_hook_in_and_takes_it_out() {
    let user = User::new();
    let before = "{\n  \"model\": \"opus\"\n}\n";
    user.put(".claude/settings.json", before);
    let output = user.guard(&["install", "--force", "claude"], "");
    assert!(output.status.code().is_some_and(|status| status < 2), "{:?}", said(&output));
    let settings: Value =
        serde_json::from_str(&fs::read_to_string(user.path(".claude/settings.json")).unwrap()).unwrap();
    let hook = &settings["hooks"]["PreToolUse"][0]["hooks"][0];
    assert!(hook["command"].as_str().is_some_and(|path| path.ends_with(r"\asm-guard.exe")), "{hook}");
    let output = user.guard(&["install", "--uninstall", "claude"], "");
    assert_eq!(output.status.code(), Some(0), "{:?}", said(&output));
    assert_eq!(fs::read_to_string(user.path(".claude/settings.json")).unwrap(), before);
    // The line for cmd answers as the program does; that of another agent is not known.
    user.put(".codex/hooks.json", "{}\n");
    let output = user.guard(&["install", "--force", "codex", "cursor"], "");
    let (stdout, stderr, _) = said(&output);
    assert!(!stdout.contains("gave no") && stdout.contains("is not known"), "{stdout} {stderr}");
    let text = fs::read_to_string(user.path(".codex/hooks.json")).unwrap();
    assert!(text.contains("hook --agent codex || exit 2"), "{text}");
}

#[test]
fn a_command_gets_the_value_and_its_output_is_masked() {
    let daemon = Daemon::start();
    let place = reference("other:SecretString");
    let output = daemon.run(&["--", "cmd", "/c", "echo", &format!("[{place}]")]);
    let (stdout, stderr, status) = said(&output);
    assert_eq!((stdout.trim(), stderr.as_str(), status), (format!("[{place}]").as_str(), "", Some(0)));
    // That it had the value, the command's own file says.
    let script = "echo %VALUE%>%FOLDER%\\seen";
    let output = daemon.run_with(&[("VALUE", &place)], &["--", "cmd", "/c", script]);
    assert_eq!(output.status.code(), Some(0), "{:?}", said(&output));
    assert_eq!(daemon.read("seen").trim(), "an-other-value");
}

#[test]
fn more_than_a_pipe_holds_comes_through_masked() {
    let daemon = Daemon::start();
    let place = reference("other");
    let text = format!("{}an-other-value {}\r\n", "x".repeat(700), "y".repeat(300)).repeat(400);
    fs::write(daemon.file("long"), &text).unwrap();
    let path = daemon.file("long");
    let output = daemon.run_with(&[("VALUE", &place)], &["--", "cmd", "/c", "type", path.to_str().unwrap()]);
    assert!(output.stdout == text.replace("an-other-value", &place).as_bytes(), "{}", output.stdout.len());
}

#[test]
fn the_exit_status_is_the_commands() {
    let daemon = Daemon::start();
    let place = reference("plain");
    for status in [0, 3, 255, 1000] {
        let text = status.to_string();
        for arguments in [
            &["--", "cmd", "/c", "exit", &text][..],
            &["--no-mask", "--", "cmd", "/c", "exit", &text],
            &["--", "cmd", "/c", "exit", &text, &place],
        ] {
            let output = daemon.run_with(&[("ASM_EXEC_ALLOW_UNMASKED", "1")], arguments);
            assert_eq!(output.status.code(), Some(status), "{arguments:?} {:?}", said(&output));
        }
    }
    assert_eq!(daemon.run(&["--", "no-such-program-4711"]).status.code(), Some(127));
}

/// What npm and others put on the search path is a batch file, which the system itself does not find by its name.
#[test]
fn a_program_is_found_by_the_endings_that_programs_have() {
    let daemon = Daemon::start();
    fs::write(daemon.file("tool.cmd"), "@echo off\r\necho got %~1\r\n").unwrap();
    let path = std::env::join_paths(
        [daemon.file("")].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let path = path.unwrap().into_string().unwrap();
    let place = reference("other");
    let output = daemon.run_with(&[("PATH", &path)], &["--", "tool", &place]);
    assert_eq!(said(&output).0.trim(), format!("got {place}"), "{:?}", said(&output));
}

/// What a value cannot be passed in says so, and shows no value.
#[test]
fn what_cannot_be_passed_is_told_without_the_value() {
    let daemon = Daemon::start();
    for name in ["nul", "plain"] {
        let place = reference(name);
        let output = daemon.run(&["--", "cmd", "/c", "echo", &place]);
        let (stdout, stderr, _) = said(&output);
        assert!(!stdout.contains(PASSWORD) && !stderr.contains(PASSWORD), "{stdout} {stderr}");
    }
    assert_eq!(daemon.run(&["--", "cmd", "/c", "echo", &reference("nul")]).status.code(), Some(125));
}

#[test]
fn a_file_is_written_and_read_by_a_command() {
    let daemon = Daemon::start();
    fs::write(daemon.file("template"), format!("password={}\n", reference("other"))).unwrap();
    let (template, out) = (daemon.file("template"), daemon.file("out"));
    let arguments = ["--template", template.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let output = daemon.run(&arguments);
    assert_eq!(output.status.code(), Some(0), "{:?}", said(&output));
    assert_eq!(daemon.read("out"), "password=an-other-value\n");
}
