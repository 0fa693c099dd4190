//! The output guard in the real client: asm-exec writes a file with a value in it, and the model looks at the file by every
//! tool that shows one.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::claude::{Claude, Guard, Permission, Session};
use crate::daemon::{Daemon, TOKEN};
use crate::mock::Turn;

/// What the daemon has for the reference.
const VALUE: &str = "p&ss/word-of-prod-db";
const REFERENCE: &str = "{{resolve:secretsmanager:prod/db:SecretString:password}}";
const ON: &str = "output_guard = { enabled = true }";

/// A client whose user has these settings, and a daemon.
fn house(settings: &str) -> (Claude, Daemon) {
    let daemon = Daemon::start();
    let mut claude = Claude::new(Guard::Works);
    claude.settings(settings);
    claude.set("AWS_SECRETS_MANAGER_AGENT_ENDPOINT", daemon.endpoint());
    claude.set("AWS_TOKEN", TOKEN);
    claude.set("ASM_EXEC_BACKENDS", "sma");
    (claude, daemon)
}

fn bash(command: &str) -> Turn {
    Turn::call("Bash", json!({ "command": command, "description": "a test", "timeout": 20_000 }))
}

/// asm-exec writes the value to `work/config.ini`.
fn write() -> Turn {
    bash(&format!(
        "P='{REFERENCE}' asm-exec -- sh -c 'printf \"user=app\\npassword=%s\\n\" \"$P\" > config.ini'"
    ))
}

/// The model's calls that show the file, after one that writes it.
fn looks(claude: &Claude) -> Vec<Turn> {
    let file = claude.path("work/config.ini");
    vec![
        write(),
        bash("cat config.ini"),
        bash("cat config.ini >&2"),
        bash("base64 -w0 config.ini"),
        Turn::call("Read", json!({ "file_path": file })),
        Turn::call("ToolSearch", json!({ "query": "select:mcp__aws-mcp__show_file" })),
        Turn::call("mcp__aws-mcp__show_file", json!({ "path": file })),
        Turn::call("Edit", json!({ "file_path": file, "old_string": "user=app", "new_string": "user=app2" })),
    ]
}

#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn what_shows_a_value_that_asm_exec_wrote_shows_its_reference() {
    let (claude, daemon) = house(ON);
    let session = claude.session(Permission::Bypassed, looks(&claude));
    assert_eq!(daemon.asked().len(), 1, "{}", session.log());
    let config = claude.path("work/config.ini");
    assert_eq!(fs::read_to_string(&config).unwrap(), format!("user=app2\npassword={VALUE}\n"));
    for (call, seen) in [
        (1, format!("user=app\npassword={REFERENCE}")),
        (2, format!("user=app\npassword={REFERENCE}")),
        (3, REFERENCE.to_owned()),
        (4, format!("user=app\n2\tpassword={REFERENCE}")),
        (6, format!("user=app\npassword={REFERENCE}")),
    ] {
        let answer = session.answer_to(call);
        assert!(!answer.refused && answer.text.contains(&seen), "{call}: {}\n{}", answer.text, session.log());
    }
    assert_no_value_but_in(&claude, &session, &config);
    assert!(session.model_heard("do not write the references back"), "{}", session.log());
}

/// The client keeps a large output in a file, and shows its beginning.
#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn the_beginning_of_a_large_output_shows_the_reference() {
    let (claude, _daemon) = house(ON);
    let turns = vec![write(), bash("cat config.ini; seq 20000; cat config.ini")];
    let session = claude.session(Permission::Bypassed, turns);
    let answer = session.answer();
    assert!(answer.text.contains("Output too large"), "{}", answer.text);
    assert!(answer.text.contains(&format!("password={REFERENCE}\n1\n2\n")), "{}", answer.text);
    assert!(!session.model_heard(VALUE), "{}", session.log());
}

/// As `docs/output-guard.md` says. A client that lets a hook change what a failed call printed makes this fail, and the guard
/// should then use it.
#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn what_a_command_that_fails_printed_cannot_be_changed() {
    let (claude, _daemon) = house(ON);
    let session = claude.session(Permission::Bypassed, vec![write(), bash("cat config.ini; exit 3")]);
    let answer = session.answer();
    assert!(answer.refused && answer.text.contains(VALUE), "{}\n{}", answer.text, session.log());
    assert!(session.hook_output("PostToolUse").iter().all(String::is_empty), "{}", session.log());
}

#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn where_nobody_asked_for_it_nothing_is_left_and_nothing_said() {
    for settings in ["", "mode = \"deny\""] {
        let (claude, _daemon) = house(settings);
        let session = claude.session(Permission::Bypassed, vec![write(), bash("cat config.ini")]);
        assert!(session.answer().text.contains(VALUE), "{}", session.log());
        assert_eq!(session.hook_output("PostToolUse"), ["", ""], "{}", session.log());
        assert!(!claude.path("home/.local/state/asm-guard/sessions").exists());
    }
}

/// The value was in no answer, and is in no file but the one that it was written to.
#[track_caller]
fn assert_no_value_but_in(claude: &Claude, session: &Session, file: &Path) {
    assert!(!session.model_heard(VALUE), "{}", session.log());
    assert!(!session.log().contains(VALUE), "{}", session.log());
    assert_eq!(claude.files_holding(VALUE), [file]);
}
