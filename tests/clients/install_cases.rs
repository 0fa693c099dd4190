//! `asm-guard install` for the real client: what it writes is what the client obeys.

use std::process::{Command, Stdio};

use crate::claude::{Claude, Guard, Permission};
use crate::claude_cases::{FETCH, assert_denied, assert_ran, bash};
use crate::scratch::write;

/// A house without the plugin; the guard lies in it all the same.
fn house() -> Claude {
    let claude = Claude::new(Guard::Works);
    write(&claude.path("config/settings.json"), "{\n  \"includeCoAuthoredBy\": false\n}\n", 0o600);
    claude
}

/// Runs `asm-guard install` there: its exit status, and what it says.
fn install(claude: &Claude, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(claude.plugin().join("bin/asm-guard"))
        .args(["install", "--force", "claude"])
        .args(arguments)
        .current_dir(claude.path("work"))
        .env_clear()
        .env("HOME", claude.path("home"))
        .env("CLAUDE_CONFIG_DIR", claude.path("config"))
        .env("PATH", "/nonexistent")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn what_is_installed_is_obeyed_until_it_is_taken_out() {
    let claude = house();
    let (status, said) = install(&claude, &[]);
    assert_eq!(status, Some(0), "{said}");

    assert_denied(&claude.session_as_installed(Permission::Bypassed, bash(FETCH)));
    assert!(!claude.ran("aws"));
    let session = claude.session_as_installed(Permission::Bypassed, bash("touch \"$RAN/harmless\""));
    assert_ran(&session);
    assert!(claude.ran("harmless"));

    let (status, said) = install(&claude, &["--uninstall"]);
    assert_eq!(status, Some(0), "{said}");
    assert_ran(&claude.session_as_installed(Permission::Bypassed, bash(FETCH)));
    assert!(claude.ran("aws"), "without the hook nothing holds it back");
}

/// A program that is gone blocks, as `onFailure` says.
#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn an_installed_hook_whose_program_is_gone_blocks() {
    let claude = house();
    let (status, said) = install(&claude, &[]);
    assert_eq!(status, Some(0), "{said}");
    std::fs::remove_file(claude.plugin().join("bin/asm-guard")).unwrap();
    let session = claude.session_as_installed(Permission::Bypassed, bash("touch \"$RAN/harmless\""));
    assert!(session.answer().refused, "{}", session.log());
    assert!(!claude.ran("harmless"));
}
