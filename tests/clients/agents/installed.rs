//! `asm-guard install` for the real clients: what it writes is what each obeys, until it is taken out.

use std::path::PathBuf;
use std::process::Command;

use super::codex::CODEX;
use super::copilot::COPILOT;
use super::gemini::GEMINI;
use super::{Agent, GUARD, House};
use crate::claude::copy;
use crate::claude_cases::FETCH;
use crate::mock::Turn;
use crate::scratch::write;

/// A fetch and a call that may run.
fn calls(agent: &Agent) -> Vec<Turn> {
    vec![(agent.shell)(FETCH), (agent.shell)("aws s3 ls")]
}

/// Where the guard lies: a path that a shell would trip over.
fn guard(house: &House) -> PathBuf {
    house.path("it's a folder/asm-guard")
}

#[track_caller]
fn install(house: &House, agent: &Agent, arguments: &[&str]) {
    let mut command = Command::new(guard(house));
    command.args(["install", "--force", agent.name]).args(arguments).current_dir(house.path("work"));
    command.env_clear().env("HOME", house.path("home")).env("PATH", house.path("stubs"));
    // What is said of Codex's trust is a warning.
    let output = command.output().unwrap();
    assert!(output.status.code().is_some_and(|status| status < 2), "{output:?}");
}

fn is_obeyed_until_it_is_taken_out(agent: &'static Agent, refused: &str) {
    let house = House::new(agent);
    (agent.configure)(&house, None);
    copy(GUARD.as_ref(), &guard(&house));
    install(&house, agent, &[]);

    let session = house.session(calls(agent));
    assert!(session.results[0].contains("asm-exec --"), "{}\n{}", session.results[0], session.log);
    assert_eq!(house.left("aws"), ["aws s3 ls"], "{}", session.log);

    // A guard that gives no answer lets nothing pass.
    write(&guard(&house), "#!/bin/sh\nkill -KILL $$\n", 0o755);
    let session = house.session(calls(agent));
    assert_eq!(house.left("aws"), ["aws s3 ls"], "{}", session.log);
    assert!(session.results.iter().all(|result| result.contains(refused)), "{:?}", session.results);

    copy(GUARD.as_ref(), &guard(&house));
    install(&house, agent, &["--uninstall"]);
    let session = house.session(calls(agent));
    assert_eq!(house.left("aws").len(), 3, "without the hook nothing holds it back\n{}", session.log);
}

#[test]
#[ignore = "needs Codex CLI: .ci/run installs it"]
fn codex_obeys_what_is_installed_until_it_is_taken_out() {
    is_obeyed_until_it_is_taken_out(&CODEX, "asm-guard gave no answer");
}

#[test]
#[ignore = "needs Gemini CLI: .ci/run installs it"]
fn gemini_obeys_what_is_installed_until_it_is_taken_out() {
    is_obeyed_until_it_is_taken_out(&GEMINI, "asm-guard gave no answer");
}

#[test]
#[ignore = "needs Copilot CLI: .ci/run installs it"]
fn copilot_obeys_what_is_installed_until_it_is_taken_out() {
    is_obeyed_until_it_is_taken_out(&COPILOT, "hook errored");
}
