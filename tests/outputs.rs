//! What both programs print for people and for other programs, whole, a snapshot each, in `tests/outputs/`: every page of
//! help, every form of output, and what is said where something is wrong. The hook's own answers are in `tests/snapshots/`,
//! those of `asm-guard rules` over good and bad rules in `tests/rules_cli/`, the log's in `tests/audit/`, the doctor's in
//! `tests/doctor/`.
//!
//! After a change that is meant: `INSTA_UPDATE=always cargo test --test outputs`, then read the difference.
#![cfg(unix)]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{os::unix::fs::symlink, panic};

use tempfile::TempDir;

const GUARD: &str = env!("CARGO_BIN_EXE_asm-guard");
const EXEC: &str = env!("CARGO_BIN_EXE_asm-exec");
const FETCH: &str = "aws secretsmanager get-secret-value --secret-id prod/db";
const UNKNOWN: &str = "aws secretsmanager \"$OPERATION\" --secret-id prod/db";
const REFERENCE: &str = "{{resolve:secretsmanager:prod/db:SecretString:password}}";

/// Help of a program's subcommands, by the name of the snapshot.
const HELP: &[&[&str]] = &[
    &[],
    &["check"],
    &["explain"],
    &["rules"],
    &["rules", "list"],
    &["rules", "show"],
    &["rules", "effective"],
    &["rules", "test"],
    &["rules", "lint"],
    &["rules", "new"],
    &["rules", "schema"],
    &["rules", "docs"],
    &["log"],
    &["demo"],
    &["doctor"],
    &["install"],
    &["hook"],
    &["completions"],
];

/// Calls of asm-guard by the name of their snapshot.
const GUARD_SAYS: &[(&str, &[&str])] = &[
    ("help-short", &["-h"]),
    ("version", &["--version"]),
    ("check-allow", &["check", "git", "status"]),
    ("check-ask", &["check", UNKNOWN]),
    (
        "check-deny",
        &["check", "PGPASSWORD=$(sudo aws secretsmanager get-secret-value --secret-id prod/db) psql -h db"],
    ),
    ("check-hint", &["check", "DB='{{resolve:secretsmanager:prod/db}}' npm start"]),
    ("check-write", &["check", "echo '{\"disableAllHooks\": true}' > .claude/settings.json"]),
    (
        "check-tool",
        &[
            "check",
            "--tool",
            "WebFetch",
            "--input",
            "{\"url\": \"http://127.1:2773/v1/prod\", \"prompt\": \"p\"}",
        ],
    ),
    ("check-tool-mistyped", &["check", "--tool", "WebFetch", "--input", "{\"prompt\": \"p\"}"]),
    ("check-json-allow", &["check", "--json", "ls"]),
    ("check-json-ask", &["check", "--json", UNKNOWN]),
    ("check-json-deny", &["check", "--json", FETCH]),
    ("check-json-hint", &["check", "--json", "DB='{{resolve:secretsmanager:prod/db}}' npm start"]),
    (
        "explain-json",
        &["explain", "--json", "bash -c 'curl -s http://0x7f.1:2773/v1/prod?a=b'; ls \"$HOME\""],
    ),
    (
        "explain-write",
        &[
            "explain",
            "cp /tmp/s .claude/settings.json; rm -rf ~/.config/asm-guard; chmod 0 ~/.claude/plugins",
        ],
    ),
    (
        "explain-kinds",
        &["explain", "cat /var/run/awssmatoken; ssh -L 9000:localhost:2773 host; asm-exec --no-mask -- env"],
    ),
    ("wrong-subcommand", &["chek", "ls"]),
    ("wrong-check-nothing", &["check"]),
    ("wrong-check-option", &["check", "--frobnicate", "ls"]),
    ("wrong-check-agent", &["check", "--agent", "nobody", "ls"]),
    ("wrong-check-tool-alone", &["check", "--tool", "Bash"]),
    ("wrong-check-input-alone", &["check", "--input", "{}"]),
    ("wrong-check-both", &["check", "--tool", "Bash", "--input", "{}", "ls"]),
    ("wrong-check-input-cut", &["check", "--tool", "Bash", "--input", "{\"command\""]),
    ("wrong-check-input-list", &["explain", "--tool", "Bash", "--input", "[]"]),
    ("wrong-check-dash", &["check", "-", "--json"]),
    ("wrong-hook", &["hook", "--frobnicate"]),
    ("wrong-completions", &["completions", "tcsh"]),
    ("wrong-demo", &["demo", "more"]),
    ("wrong-doctor-project", &["doctor", "--project", "nowhere"]),
    ("wrong-doctor-option", &["doctor", "--fix"]),
    ("completions-bash", &["completions", "bash"]),
    ("completions-zsh", &["completions", "zsh"]),
    ("completions-fish", &["completions", "fish"]),
    ("completions-elvish", &["completions", "elvish"]),
    ("completions-powershell", &["completions", "powershell"]),
    ("log-nothing", &["log"]),
    ("log-nothing-json", &["log", "--json"]),
    ("log-nothing-summary", &["log", "--summary"]),
    ("wrong-log-decision", &["log", "--decision", "maybe"]),
    ("wrong-log-since", &["log", "--since", "soon"]),
    ("wrong-log-glob", &["log", "--rule", "[a"]),
    ("wrong-log-lines", &["log", "-n", "many"]),
    ("wrong-log-both", &["log", "--summary", "--follow"]),
    ("rules-list", &["rules", "list"]),
    ("rules-show-builtin", &["rules", "show", "guard-killed"]),
    ("rules-effective-json", &["rules", "effective", "--json"]),
    ("rules-new-tool", &["rules", "new", "--tool", "mcp__vault__read", "--input", "{\"path\": \"app/db\"}"]),
    (
        "rules-new-file",
        &[
            "rules",
            "new",
            "--tool",
            "Write",
            "--input",
            "{\"file_path\": \"/srv/deploy.yaml\", \"content\": \"x\"}",
        ],
    ),
    ("rules-test-good", &["rules", "test", "good.toml"]),
    ("rules-test-good-json", &["rules", "test", "--format", "json", "good.toml"]),
    ("rules-test-good-junit", &["rules", "test", "--format", "junit", "good.toml"]),
    ("rules-test-no-toml", &["rules", "test", "no-toml.toml"]),
    ("rules-test-no-toml-json", &["rules", "test", "--format", "json", "no-toml.toml"]),
    ("rules-test-no-toml-junit", &["rules", "test", "--format", "junit", "no-toml.toml"]),
    ("rules-test-not-utf-8", &["rules", "test", "not-utf-8.toml"]),
    ("rules-test-link-to-nothing", &["rules", "test", "link.toml"]),
    ("rules-test-empty-folder", &["rules", "test", "empty"]),
    ("rules-lint-good", &["rules", "lint", "good.toml"]),
    ("rules-lint-no-toml", &["rules", "lint", "no-toml.toml"]),
    ("rules-lint-no-toml-json", &["rules", "lint", "--json", "no-toml.toml"]),
    ("rules-lint-not-utf-8", &["rules", "lint", "not-utf-8.toml"]),
    ("rules-lint-nowhere", &["rules", "lint", "nowhere.toml"]),
    ("wrong-rules-show-nothing", &["rules", "show"]),
    ("wrong-rules-show-unknown", &["rules", "show", "no-such-rule"]),
    ("wrong-rules-subcommand", &["rules", "lst"]),
    ("wrong-rules-test-format", &["rules", "test", "--format", "yaml"]),
    ("wrong-rules-new-nothing", &["rules", "new"]),
];

/// Calls of asm-exec. Whom it could ask is at a port where nobody answers.
const EXEC_SAYS: &[(&str, &[&str])] = &[
    ("exec-help", &["--help"]),
    ("exec-version", &["--version"]),
    ("exec-nothing", &[]),
    ("exec-wrong-option", &["--frobnicate", "--", "true"]),
    ("exec-plain", &["--", "echo", "one", "two"]),
    ("exec-dry-run", &["--dry-run", "--env-file", "app.env", "--", "psql", REFERENCE]),
    ("exec-dry-run-nothing", &["--dry-run", "--", "true"]),
    ("exec-check-fails", &["--check", "--", "psql", REFERENCE]),
    ("exec-fails", &["--", "psql", REFERENCE]),
    ("exec-fails-verbose", &["--verbose", "--", "psql", REFERENCE]),
    ("exec-bad-reference", &["--", "psql", "{{resolve:secretsmanager}}"]),
    ("exec-no-env-file", &["--env-file", "nowhere.env", "--", "true"]),
    ("exec-bad-env-file", &["--env-file", "bad.env", "--", "true"]),
    ("exec-template-alone", &["--template", "app.tmpl", "--", "true"]),
    ("exec-no-template", &["--template", "nowhere.tmpl", "--out", "x", "--", "true"]),
    ("exec-bad-timeout", &["--timeout", "soon", "--", "true"]),
    ("exec-not-found", &["--", "no-such-program-4711"]),
    ("exec-not-executable", &["--", "./app.env"]),
];

const GOOD: &str = r#"[[rule]]
id = "no-terraform-output"
summary = "Shows what Terraform put out"
decision = "ask"
reason = "Outputs may be secrets."
when.command = { program = "terraform", operands = "output*" }
example = [{ bash = "terraform output", expect = "ask" }, { bash = "terraform plan", expect = "allow" }]
"#;

struct Home(TempDir);

impl Home {
    fn new() -> Home {
        let home = Home(tempfile::tempdir().expect("a folder"));
        let work = home.0.path().join("work");
        fs::create_dir_all(work.join("empty")).expect("a folder");
        for (name, bytes) in [
            ("good.toml", GOOD.as_bytes()),
            ("no-toml.toml", b"[[rule]]\nid = \"x\"\ndecision = deny\n"),
            ("not-utf-8.toml", b"# \xff\n"),
            ("app.env", b"DB_PASSWORD={{resolve:secretsmanager:prod/db:SecretString:password}}\n"),
            ("bad.env", b"DB PASSWORD\n"),
            ("app.tmpl", b"password = {{resolve:secretsmanager:prod/db}}\n"),
        ] {
            fs::write(work.join(name), bytes).expect("a file");
        }
        symlink("nothing", work.join("link.toml")).expect("a link");
        home
    }

    /// All that a call prints, and its exit status.
    fn said(&self, program: &str, arguments: &[&str], stdin: &[u8]) -> String {
        let mut child = Command::new(program)
            .args(arguments)
            .env_clear()
            .env("HOME", self.0.path())
            .env("PATH", "/usr/bin:/bin")
            .env("ASM_EXEC_BACKENDS", "sma")
            .env("AWS_SECRETS_MANAGER_AGENT_ENDPOINT", "http://127.0.0.1:1")
            .env("AWS_TOKEN", "token")
            .current_dir(self.0.path().join("work"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program");
        let _ = child.stdin.take().expect("piped").write_all(stdin);
        let output = child.wait_with_output().expect("its end");
        let text = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).replace(&self.0.path().display().to_string(), "HOME");
            text.replace(env!("CARGO_PKG_VERSION"), "VERSION")
        };
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        let stderr = if stderr.is_empty() { stderr } else { format!("\n--- standard error\n{stderr}") };
        format!("exit status {}\n{stdout}{stderr}", output.status.code().expect("no signal"))
    }
}

/// Asserts one snapshot; false where it differs.
fn is_as_read(name: &str, text: String) -> bool {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outputs"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let assert = || settings.bind(|| insta::assert_snapshot!(name, text));
    panic::catch_unwind(panic::AssertUnwindSafe(assert)).is_ok()
}

#[test]
fn outputs_are_as_they_were_read() {
    let home = Home::new();
    let mut failed = Vec::new();
    for words in HELP {
        let name = ["help"].iter().chain(*words).copied().collect::<Vec<_>>().join("-");
        let arguments: Vec<&str> = words.iter().chain(&["--help"]).copied().collect();
        if !is_as_read(&name, home.said(GUARD, &arguments, b"")) {
            failed.push(name);
        }
    }
    let calls = GUARD_SAYS.iter().map(|call| (GUARD, call)).chain(EXEC_SAYS.iter().map(|call| (EXEC, call)));
    for (program, (name, arguments)) in calls {
        if !is_as_read(name, home.said(program, arguments, b"")) {
            failed.push((*name).to_owned());
        }
    }
    for (name, arguments, stdin) in [
        (
            "check-stdin",
            &["check", "-"][..],
            &b"set -e\naws secretsmanager get-secret-value --secret-id a\n"[..],
        ),
        ("wrong-check-stdin-not-utf-8", &["check", "-"], b"ls \xff"),
        ("rules-new-stdin", &["rules", "new", "-"], b"vault kv get app/db\n"),
    ] {
        if !is_as_read(name, home.said(GUARD, arguments, stdin)) {
            failed.push(name.to_owned());
        }
    }
    assert!(failed.is_empty(), "these outputs changed: {}", failed.join(", "));
}

/// Every subcommand and every option that the help names is in one of the calls here, or in those of the tests that are named
/// above, so that a new one is not forgotten.
#[test]
fn every_subcommand_has_a_page_here() {
    let home = Home::new();
    let mut open: Vec<Vec<String>> = vec![Vec::new()];
    let mut pages = Vec::new();
    while let Some(words) = open.pop() {
        let arguments: Vec<&str> = words.iter().map(String::as_str).chain(["--help"]).collect();
        let help = home.said(GUARD, &arguments, b"");
        let commands = help.split("\nCommands:\n").nth(1).unwrap_or_default();
        let names = commands.lines().take_while(|line| line.starts_with("  "));
        for name in names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help") {
            open.push(words.iter().cloned().chain([name.to_owned()]).collect());
        }
        pages.push(words);
    }
    for page in &pages {
        let page: Vec<&str> = page.iter().map(String::as_str).collect();
        assert!(HELP.contains(&page.as_slice()), "`asm-guard {} --help` has no snapshot", page.join(" "));
    }
    assert_eq!(pages.len(), HELP.len());
}

/// The demo says the same each time, but for the time it took.
#[test]
fn the_demo_is_as_it_was_read() {
    let home = Home::new();
    let said = home.said(GUARD, &["demo"], b"");
    assert!(is_as_read("demo", said));
}
