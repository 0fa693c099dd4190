//! The files of this checkout with which an agent is set up, as its user would use them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::codex::CODEX;
use super::copilot::COPILOT;
use super::gemini::GEMINI;
use super::{Agent, GUARD, House, Session};
use crate::claude::{PATIENCE, copy, finish};
use crate::claude_cases::FETCH;
use crate::mock::{Mock, Turn};
use crate::scratch::write;

/// What a root manifest names that Codex takes for its own.
const SCHEMA: &str = "https://agent-plugins.org/schemas/1.0.0/plugin.schema.json";
/// What a hook's command says for a guard that said nothing.
const NO_ANSWER: &str = "asm-guard gave no answer";

/// What a plugin's `bin/asm-guard` is.
#[derive(Clone, Copy)]
enum Guard {
    Works,
    Killed,
    Missing,
}

fn checkout(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The files of the plugin, as a clone and `cargo install --path . --root .` would leave them.
fn plugin(to: &Path, guard: Guard) {
    for entry in ["plugin.json", ".claude-plugin", ".codex-plugin", ".plugin", "hooks", "skills"] {
        copy(&checkout(entry), &to.join(entry));
    }
    install(to, guard);
}

fn install(to: &Path, guard: Guard) {
    let binary = to.join("bin/asm-guard");
    match guard {
        Guard::Works => copy(Path::new(GUARD), &binary),
        Guard::Killed => write(&binary, "#!/bin/sh\nkill -KILL $$\n", 0o755),
        Guard::Missing => {}
    }
}

/// A fetch and a call that may run.
fn calls(agent: &Agent) -> Vec<Turn> {
    vec![(agent.shell)(FETCH), (agent.shell)("aws s3 ls")]
}

#[track_caller]
fn is_guarded(house: &House, session: &Session) {
    assert!(session.results[0].contains("asm-exec --"), "{}\n{}", session.results[0], session.log);
    assert_eq!(house.left("aws"), ["aws s3 ls"], "{}", session.log);
}

/// Nothing ran, for want of an answer.
#[track_caller]
fn is_refused(house: &House, session: &Session, why: &str) {
    assert_eq!(house.left("aws"), Vec::<String>::new(), "{}", session.log);
    for result in &session.results {
        assert!(result.contains(why), "{result}\n{}", session.log);
    }
}

fn codex_with_plugin(guard: Guard) -> House {
    let house = House::new(&CODEX);
    (CODEX.configure)(&house, None);
    plugin(&house.path("checkout"), guard);
    house.manage(&["plugin", "marketplace", "add", house.path("checkout").to_str().unwrap()]);
    house
}

/// Codex finds `.codex-plugin/` beside Claude Code's manifest and the root's `plugin.json`.
#[test]
#[ignore = "needs Codex CLI: .ci/run installs it"]
fn codex_takes_the_plugin_of_this_checkout() {
    let house = codex_with_plugin(Guard::Works);
    house.manage(&["plugin", "add", "aws-core@asm-guard"]);
    let session = house.session(calls(&CODEX));
    is_guarded(&house, &session);
    assert!(session.told("aws-secrets-manager"), "the skill is not offered\n{}", session.log);
}

/// What the page warns of: without the user's trust the hook is skipped, and nothing says so.
#[test]
#[ignore = "needs Codex CLI: .ci/run installs it"]
fn codex_skips_a_hook_that_nobody_trusts() {
    const TRUST: &str = "--dangerously-bypass-hook-trust";
    let house = codex_with_plugin(Guard::Works);
    house.manage(&["plugin", "add", "aws-core@asm-guard"]);
    let mock = Mock::start(calls(&CODEX));
    let like = house.command(&mock.url());
    let mut command = Command::new(like.get_program());
    command.args(like.get_args().filter(|argument| *argument != TRUST)).current_dir(house.path("work"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.env_clear().envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
    finish(command, PATIENCE);
    assert_eq!(house.left("aws").len(), 2, "an untrusted hook counted");
}

/// Codex itself would run the tool; what it starts as a hook refuses.
#[test]
#[ignore = "needs Codex CLI: .ci/run installs it"]
fn codex_refuses_every_call_where_the_plugins_guard_cannot_answer() {
    for guard in [Guard::Killed, Guard::Missing] {
        let house = codex_with_plugin(guard);
        house.manage(&["plugin", "add", "aws-core@asm-guard"]);
        is_refused(&house, &house.session(calls(&CODEX)), NO_ANSWER);
    }
}

/// A root `plugin.json` of the open form takes the place of `.codex-plugin/`; ours is of no such form.
#[test]
#[ignore = "needs Codex CLI: .ci/run installs it"]
fn a_root_manifest_with_a_schema_would_shadow_the_plugins_hooks() {
    let house = codex_with_plugin(Guard::Works);
    let root = house.path("checkout/plugin.json");
    let manifest = std::fs::read_to_string(&root).unwrap();
    write(&root, &manifest.replacen('{', &format!("{{\"$schema\": \"{SCHEMA}\","), 1), 0o644);
    house.manage(&["plugin", "add", "aws-core@asm-guard"]);
    let session = house.session(calls(&CODEX));
    assert_eq!(house.left("aws").len(), 2, "Codex loads the hooks all the same\n{}", session.log);
}

fn gemini_with_extension(guard: Guard) -> House {
    let house = House::new(&GEMINI);
    (GEMINI.configure)(&house, None);
    let source = house.path("it's an extension");
    copy(&checkout("extensions/gemini"), &source);
    let _ = std::fs::remove_dir_all(source.join("bin"));
    install(&source, guard);
    house.manage(&["extensions", "install", "--consent", source.to_str().unwrap()]);
    house
}

#[test]
#[ignore = "needs Gemini CLI: .ci/run installs it"]
fn gemini_takes_the_extension_of_this_checkout() {
    let house = gemini_with_extension(Guard::Works);
    is_guarded(&house, &house.session(calls(&GEMINI)));
}

#[test]
#[ignore = "needs Gemini CLI: .ci/run installs it"]
fn gemini_refuses_every_call_where_the_extensions_guard_cannot_answer() {
    for guard in [Guard::Killed, Guard::Missing] {
        let house = gemini_with_extension(guard);
        is_refused(&house, &house.session(calls(&GEMINI)), NO_ANSWER);
    }
}

fn copilot_with_plugin(guard: Guard) -> House {
    let house = House::new(&COPILOT);
    (COPILOT.configure)(&house, None);
    let folder = house.path("it's a plugin");
    plugin(&folder, guard);
    house.manage(&["plugin", "marketplace", "add", folder.to_str().unwrap()]);
    house.manage(&["plugin", "install", "aws-core@asm-guard"]);
    house
}

/// Copilot reads `.plugin/plugin.json` before any other manifest.
#[test]
#[ignore = "needs Copilot CLI: .ci/run installs it"]
fn copilot_takes_the_plugin_of_this_checkout() {
    let house = copilot_with_plugin(Guard::Works);
    is_guarded(&house, &house.session(calls(&COPILOT)));
}

#[test]
#[ignore = "needs Copilot CLI: .ci/run installs it"]
fn copilot_refuses_every_call_where_the_plugins_guard_cannot_answer() {
    for guard in [Guard::Killed, Guard::Missing] {
        let house = copilot_with_plugin(guard);
        is_refused(&house, &house.session(calls(&COPILOT)), "hook errored");
    }
}

/// A repository's hooks count in a folder that is trusted, and nowhere else.
#[test]
#[ignore = "needs Copilot CLI: .ci/run installs it"]
fn copilot_reads_a_repositorys_hooks_where_the_folder_is_trusted() {
    for (arguments, guarded) in [(&["--trust-folder"][..], true), (&[], false)] {
        let house = House::new(&COPILOT);
        (COPILOT.configure)(&house, None);
        let git = Command::new("git").args(["init", "-q"]).current_dir(house.path("work")).status();
        assert!(git.unwrap().success());
        copy(&checkout("templates/copilot/asm-guard.json"), &house.path("work/.github/hooks/asm-guard.json"));
        copy(Path::new(GUARD), &house.path("stubs/asm-guard"));
        let session = house.session_with(arguments, calls(&COPILOT));
        if guarded {
            is_guarded(&house, &session);
        } else {
            assert_eq!(house.left("aws").len(), 2, "guarded without trust\n{}", session.log);
        }
    }
}
