//! The real binary, as a person at a shell runs it: exit statuses, both forms of output, and help.

use std::io::{Read, Write};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const FETCH: &str = "aws secretsmanager get-secret-value --secret-id prod/db";

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_asm-guard"));
    command.args(arguments).env_remove("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT");
    // Nothing of the developer's is read or written.
    command
        .env("HOME", env!("CARGO_TARGET_TMPDIR"))
        .env_remove("XDG_STATE_HOME")
        .env_remove("XDG_CONFIG_HOME");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn run_with(arguments: &[&str], stdin: &[u8]) -> Output {
    let mut child = command(arguments).stdin(Stdio::piped()).spawn().unwrap();
    // A child that has read enough may be gone before all is written.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn exit_statuses_are_the_decisions() {
    let web_fetch = |input: &'static str| vec!["--tool", "WebFetch", "--input", input];
    for (arguments, expected) in [
        (vec!["ls -l"], 0),
        (vec!["git", "log", "--grep", "get-secret-value"], 0),
        (vec!["aws secretsmanager \"$OPERATION\" --secret-id prod/db"], 1),
        (vec![FETCH], 2),
        (FETCH.split(' ').collect(), 2),
        (vec!["--", "sudo", "-u", "app", "aws", "secretsmanager", "get-secret-value"], 2),
        (web_fetch(r#"{"url":"https://example.com","prompt":"p"}"#), 0),
        (web_fetch(r#"{"url":"http://127.1:2773/v1/prod","prompt":"p"}"#), 2),
        // A call that its tool would not take is refused, as the hook refuses it.
        (web_fetch(r#"{"prompt":"p"}"#), 2),
        (vec!["--agent", "claude", "ls"], 0),
    ] {
        for subcommand in ["check", "explain"] {
            let all: Vec<&str> = std::iter::once(subcommand).chain(arguments.iter().copied()).collect();
            let output = run(&all);
            assert_eq!(
                output.status.code(),
                Some(expected),
                "{all:?}: {}{}",
                stdout(&output),
                stderr(&output)
            );
            assert!(output.stderr.is_empty() && !output.stdout.is_empty(), "{all:?}: {}", stderr(&output));
        }
    }
}

#[test]
fn what_is_not_understood_of_a_command_line_is_64_and_a_sentence() {
    for (arguments, sentence) in [
        (vec!["chek", "ls"], "unrecognized subcommand"),
        (vec!["check"], "Usage: asm-guard check [OPTIONS] COMMAND..."),
        (vec!["check", "--frobnicate", "ls"], "unexpected argument"),
        (vec!["check", "--agent", "nobody", "ls"], "[possible values: claude]"),
        (vec!["check", "--tool", "Bash"], "--input"),
        (vec!["check", "--input", "{}"], "--tool"),
        (vec!["check", "--tool", "Bash", "--input", "{}", "ls"], "cannot be used with"),
        (vec!["check", "--tool", "Bash", "--input", "{\"command\""], "not readable JSON"),
        (vec!["explain", "--tool", "Bash", "--input", "[]"], "JSON but no object"),
        (vec!["check", "-", "--json"], "stands alone"),
        (vec!["rules", "show"], "<ID>"),
        (vec!["rules", "show", "no-such-rule"], "secretsmanager-fetch"),
        (vec!["completions", "tcsh"], "possible values"),
        (vec!["demo", "more"], "unexpected argument"),
    ] {
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(64), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}: {}", stdout(&output));
        let message = stderr(&output);
        assert!(message.starts_with("error: ") && message.contains(sentence), "{arguments:?}: {message}");
    }
}

/// An agent lets the tool run when its hook exits with 64, so a hook that is called wrongly must not.
#[test]
fn a_hook_with_a_wrong_argument_refuses() {
    let output = run_with(&["hook", "--frobnicate"], b"{}");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty() && stderr(&output).contains("--frobnicate"));
}

#[test]
fn without_arguments_the_binary_is_the_hook() {
    let event =
        json!({"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": {"command": FETCH}});
    for arguments in [&["hook"][..], &[]] {
        let output = run_with(arguments, event.to_string().as_bytes());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answer["hookSpecificOutput"]["permissionDecision"], "deny");
    }
}

#[test]
fn check_says_verdict_rule_evidence_route_and_what_instead() {
    let shown = stdout(&run(&[
        "check",
        "PGPASSWORD=$(sudo aws secretsmanager get-secret-value --secret-id prod/db) psql -h db",
    ]));
    for part in [
        "DENY   secretsmanager-fetch\n",
        "evidence   aws secretsmanager get-secret-value --secret-id prod/db\n",
        "route      `sudo`\n",
        "why        A plaintext secret",
        "instead    PGPASSWORD='{{resolve:secretsmanager:prod/db:SecretString}}' asm-exec -- psql -h db\n",
    ] {
        assert!(shown.contains(part), "{part:?} in\n{shown}");
    }
    assert_eq!(stdout(&run(&["check", "ls"])), "ALLOW  No rule speaks against this call.\n");
    let asked = stdout(&run(&["check", "aws secretsmanager \"$OPERATION\" --secret-id prod/db"]));
    assert!(
        asked.starts_with("ASK    secretsmanager-fetch\n")
            && asked.contains("unknown    operation (`$OPERATION`)\n"),
        "{asked}"
    );
}

#[test]
fn check_json_always_has_the_same_keys() {
    for (command, decision, rule) in
        [("ls", "allow", Value::Null), (FETCH, "deny", json!("secretsmanager-fetch"))]
    {
        let output = run(&["check", "--json", command]);
        let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
        let keys: Vec<&str> = verdict.as_object().unwrap().keys().map(String::as_str).collect();
        let all = [
            "certainty",
            "decision",
            "evidence",
            "hint",
            "place",
            "reason",
            "route",
            "rule",
            "safe_command",
            "summary",
            "unknown",
        ];
        assert_eq!(keys, all, "{command}");
        assert_eq!((&verdict["decision"], &verdict["rule"]), (&json!(decision), &rule), "{command}");
        assert_eq!(stdout(&output).lines().count(), 1);
    }
}

#[test]
fn explain_json_tells_the_whole_story() {
    let output =
        run(&["explain", "--json", "bash -c 'curl -s http://0x7f.1:2773/v1/prod?a=b'; ls \"$HOME\""]);
    assert_eq!(output.status.code(), Some(2));
    let story: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(story["call"]["tool"], "Bash");
    let steps = story["steps"].as_array().unwrap();
    let step = |depth: u64, text: &str| {
        steps.iter().any(|s| s["depth"] == depth && s["text"].as_str().unwrap().starts_with(text))
    };
    assert!(step(0, "runs: bash -c") && step(1, "runs: curl -s"), "{steps:#?}");
    let fact = &story["facts"][0];
    let expected = json!({"kind": "http", "host": "0x7f.1", "class": "loopback", "port": "2773", "path": "/v1/prod", "query": "?a=b"});
    assert_eq!(fact["fact"], expected);
    assert_eq!(fact["route"], json!(["bash -c"]));
    assert_eq!(fact["rules"], json!([{"id": "agent-daemon-read", "decision": "deny", "unknown": []}]));
    assert_eq!(story["verdict"]["rule"], "agent-daemon-read");
    assert!(story["partial"].is_boolean());
}

#[test]
fn explain_tells_a_person_the_same() {
    let shown = stdout(&run(&[
        "explain",
        "bash -c 'aws --region eu-west-1 secretsmanager get-secret-value --secret-id prod/db'",
    ]));
    let parts = [
        "Tool call Bash\n  bash -c 'aws",
        "\nUnderstood\n",
        "\n  runs: bash -c",
        "\n    runs: aws --region eu-west-1",
        "\nFacts\n  AWS call: secretsmanager get-secret-value\n",
        "    region     eu-west-1\n",
        "    SecretId   prod/db\n",
        "    route      `bash -c`\n",
        "    reference  {{resolve:secretsmanager:",
        "    rule       secretsmanager-fetch: deny\n",
        "\nVerdict\n  DENY   secretsmanager-fetch\n",
        "\n  instead    ",
    ];
    let mut rest = shown.as_str();
    for part in parts {
        let at =
            rest.find(part).unwrap_or_else(|| panic!("{part:?} not found, or not in order, in\n{shown}"));
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn a_call_is_read_from_standard_input() {
    let script = format!("set -e\n{FETCH}\n");
    assert_eq!(run_with(&["check", "-"], script.as_bytes()).status.code(), Some(2));
    assert_eq!(run_with(&["check", "-"], b"set -e\nls\n").status.code(), Some(0));
    let input = json!({ "command": FETCH }).to_string();
    assert_eq!(
        run_with(&["check", "--tool", "Monitor", "--input", "-"], input.as_bytes()).status.code(),
        Some(2)
    );
    let too_large = vec![b'#'; (4 << 20) + 1];
    let output = run_with(&["check", "-"], &too_large);
    assert_eq!(output.status.code(), Some(64));
    assert!(stderr(&output).contains("larger than 4 MiB"), "{}", stderr(&output));
    let output = run_with(&["check", "-"], b"ls \xff");
    assert_eq!(output.status.code(), Some(64));
    assert!(stderr(&output).contains("not UTF-8"), "{}", stderr(&output));
}

#[test]
fn what_would_exhaust_the_stack_is_a_verdict() {
    let nested = format!("{}{FETCH}{}", "$(".repeat(3_000), ")".repeat(3_000));
    let output = run_with(&["check", "-"], nested.as_bytes());
    assert_eq!(output.status.code(), Some(2), "{}{}", stdout(&output), stderr(&output));
}

#[test]
fn rules_are_listed_shown_and_tested() {
    let list = stdout(&run(&["rules"]));
    assert_eq!(list, stdout(&run(&["rules", "list"])));
    assert!(list.lines().count() >= 2);
    let columns: Vec<usize> = list
        .lines()
        .map(|line| ["DENY", "HINT", "ASK", "OFF"].iter().find_map(|word| line.find(word)).unwrap())
        .collect();
    assert!(columns.windows(2).all(|pair| pair[0] == pair[1]), "{list}");
    for line in list.lines() {
        let id = line.split_whitespace().next().unwrap();
        let shown = stdout(&run(&["rules", "show", id]));
        assert!(shown.contains(&format!("id = \"{id}\"\n")), "{shown}");
        for part in
            ["summary = ", "decision = ", "reason = ", "when.", "[[rule.example]]", "expect = \"allow\""]
        {
            assert!(shown.contains(part), "{id} without {part:?}:\n{shown}");
        }
    }
    let tested = run(&["rules", "test"]);
    assert_eq!(tested.status.code(), Some(0), "{}", stdout(&tested));
    for rule in ["secretsmanager-fetch", "vault-read"] {
        assert!(stdout(&tested).contains(&format!("holds   {rule}")), "{}", stdout(&tested));
    }
}

#[test]
fn the_demo_is_plain_text_in_a_pipe() {
    let output = command(&["demo"]).env("TERM", "xterm-256color").output().unwrap();
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    assert!(text.lines().filter(|line| line.starts_with("  DENY ")).count() >= 9, "{text}");
    assert!(text.lines().filter(|line| line.starts_with("  ALLOW")).count() >= 6, "{text}");
    assert!(text.contains(
        "PGPASSWORD='{{resolve:secretsmanager:prod/db:SecretString:password}}' asm-exec -- psql -h db\n"
    ));
}

#[test]
fn completions_name_the_subcommands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = run(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0), "{shell}");
        let script = stdout(&output);
        for word in ["asm-guard", "check", "explain", "rules", "demo", "json"] {
            assert!(script.contains(word), "{shell} without {word}");
        }
    }
}

#[test]
fn help_and_version_are_no_errors() {
    for arguments in [
        &["--help"][..],
        &["help"],
        &["help", "check"],
        &["check", "--help"],
        &["explain", "-h"],
        &["rules", "--help"],
        &["rules", "list", "--help"],
        &["rules", "show", "--help"],
        &["rules", "test", "--help"],
        &["rules", "effective", "--help"],
        &["rules", "lint", "--help"],
        &["rules", "new", "--help"],
        &["rules", "schema", "--help"],
        &["rules", "docs", "--help"],
        &["log", "--help"],
        &["demo", "--help"],
        &["doctor", "--help"],
        &["hook", "--help"],
        &["completions", "--help"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        let text = stdout(&output);
        assert!(text.contains("Usage: asm-guard"), "{arguments:?}: {text}");
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{arguments:?}: {text}");
    }
    let help = stdout(&run(&["--help"]));
    assert!(help.contains("Examples:") && help.contains("asm-guard hook"), "{help}");
    assert_eq!(stdout(&run(&["--version"])), concat!("asm-guard ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let mut child = command(&["explain", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    child.stdin.take().unwrap().write_all(FETCH.as_bytes()).unwrap();
    let mut message = String::new();
    child.stderr.take().unwrap().read_to_string(&mut message).unwrap();
    assert_eq!((child.wait().unwrap().code(), message.as_str()), (Some(2), ""));
}
