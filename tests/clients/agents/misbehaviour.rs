//! What each agent does with a tool call when its hook misbehaves: the table of `docs/agents.md`, run.
//!
//! A hook that is a script does, call by call, what the call's command names; so a session shows nearly the whole table.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;

use super::codex::CODEX;
use super::copilot::COPILOT;
use super::gemini::GEMINI;
use super::{Agent, GUARD, House, Session};
use crate::claude_cases::FETCH;
use crate::mock::Turn;
use crate::scratch::write;

/// What a hook does, and the script that does it, in a folder with the guard's denial in `denial` and its reason in `reason`.
const CASES: [(&str, &str); 23] = [
    ("prints nothing, exit status 0", "exit 0"),
    ("the guard's denial", "cat denial; cat reason >&2; exit 2"),
    ("the denial's JSON, exit status 0", "cat denial"),
    ("the denial's JSON, exit status 1", "cat denial; exit 1"),
    ("exit status 2, the reason on standard error", "cat reason >&2; exit 2"),
    ("exit status 2, nothing else", "exit 2"),
    ("exit status 1, the reason on standard error", "cat reason >&2; exit 1"),
    ("exit status 1, nothing else", "exit 1"),
    ("exit status 101, a panic's text on standard error", "cat reason >&2; exit 101"),
    ("exit status 127, the shell's text on standard error", "no-such-program"),
    ("killed by SIGKILL", "kill -KILL $$"),
    ("killed by SIGABRT", "kill -ABRT $$"),
    ("takes too long", "exec sleep 20"),
    ("the denial's JSON, then takes too long", "cat denial; exec sleep 20"),
    ("garbage, exit status 0", "echo garbage"),
    ("garbage, exit status 2, the reason on standard error", "echo garbage; cat reason >&2; exit 2"),
    (
        "JSON of another form, exit status 2, the reason on standard error",
        "echo '{\"unknown\":1}'; cat reason >&2; exit 2",
    ),
    ("text before the denial's JSON, exit status 0", "echo text; cat denial"),
    ("text after the denial's JSON, exit status 0", "cat denial; echo; echo text"),
    ("the denial's JSON twice, exit status 0", "cat denial; echo; cat denial"),
    ("the denial's JSON cut short, exit status 0", "head -c 40 denial"),
    ("the denial's JSON with an unknown field, exit status 0", "sed 's/^{/{\"unknown\":1,/' denial"),
    ("an empty object, exit status 0", "echo '{}'"),
];

/// What needs a session of its own: what is said is said to the model beside the call, or keeps it waiting; the last two are
/// no script of ours.
const HINTED: &str = "a hint, exit status 0";
const ASKED: &str = "`ask`, where nobody can be asked";
const MISSING: &str = "its program is missing";
const NOT_EXECUTABLE: &str = "its program is not executable";

/// A word of the guard's reason, and of that of [`Agent::ask`]; of the hint.
const REASONS: [&str; 2] = ["asm-guard (", "because"];
const HINT: &str = "a hint";
/// What a hook has: enough for a shell on a loaded machine.
const SECONDS: u32 = 4;
/// A session in which somebody is waited for ends by then.
const WAITING: Duration = Duration::from_secs(30);

/// What became of a call, which the marker tells, and what the model was told of it; None where it was told nothing.
fn outcome(house: &House, marker: &str, result: Option<&String>) -> String {
    let ran = house.path("ran").join(marker).exists();
    let has_reason = |result: &String| REASONS.iter().any(|reason| result.contains(reason));
    let outcome = match (ran, result.map(has_reason)) {
        (true, Some(false)) => "**runs**",
        (true, Some(true)) => "**runs**, the model hears the reason",
        (true, None) => "**runs**, and the session ends",
        (false, Some(true)) => "refused, with the reason",
        (false, Some(false)) => "refused",
        (false, None) => "waits for an answer for ever, and does not run",
    };
    outcome.to_owned()
}

fn marker(case: usize) -> String {
    format!("case-{case:02}-")
}

/// What the guard says to this agent of a fetch, on standard output and standard error.
fn denial(agent: &Agent) -> [Vec<u8>; 2] {
    let event =
        json!({"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": {"command": FETCH}});
    // What stands in the event is another's; the answer is the agent's own.
    let mut child = Command::new(GUARD);
    child.args(["hook", "--agent", agent.name]).env_clear().env("HOME", env!("CARGO_TARGET_TMPDIR"));
    let mut child =
        child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), event.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    [output.stdout, output.stderr]
}

/// A call whose marker names the case.
fn call(agent: &Agent, marker: &str) -> Turn {
    (agent.shell)(&format!(": >\"$RAN/{marker}\""))
}

fn scripted(agent: &'static Agent) -> Vec<(&'static str, String)> {
    let house = House::new(agent);
    let [stdout, stderr] = denial(agent);
    fs::write(house.path("denial"), stdout).unwrap();
    fs::write(house.path("reason"), stderr).unwrap();
    let arms = |(number, (_, script)): (usize, &(&str, &str))| format!("*{}*) {script} ;;\n", marker(number));
    let arms: String = CASES.iter().enumerate().map(arms).collect();
    let folder = house.path("").display().to_string();
    let hook = format!("#!/bin/sh\ncd '{folder}'\nevent=$(cat)\ncase $event in\n{arms}esac\n");
    let hook = house.script("hook.sh", &hook);
    (agent.configure)(&house, Some((&format!("'{}'", hook.display()), SECONDS)));
    let Session { results, log, .. } =
        &house.session((0..CASES.len()).map(|case| call(agent, &marker(case))).collect());
    assert_eq!(results.len(), CASES.len(), "{log}");
    let row = |(number, (name, _)): (usize, &(&'static str, _))| {
        (*name, outcome(&house, &marker(number), results.get(number)))
    };
    CASES.iter().enumerate().map(row).collect()
}

/// A hook that prints one text, in a session of its own.
fn printing(agent: &'static Agent, name: &'static str, text: &str) -> (&'static str, String) {
    let house = House::new(agent);
    fs::write(house.path("text"), text).unwrap();
    let script = format!("#!/bin/sh\ncat >/dev/null\ncat '{}'\n", house.path("text").display());
    let hook = house.script("hook.sh", &script);
    (agent.configure)(&house, Some((&format!("'{}'", hook.display()), SECONDS)));
    let session = house.session_within(WAITING, &[], vec![call(agent, "ran")]);
    let mut outcome = outcome(&house, "ran", session.results.first());
    if session.told(HINT) {
        outcome += ", the model hears it";
    }
    (name, outcome)
}

fn without_a_program(agent: &'static Agent, name: &'static str, is_there: bool) -> (&'static str, String) {
    let house = House::new(agent);
    let program = house.path("no guard");
    if is_there {
        write(&program, "not a program", 0o644);
    }
    (agent.configure)(
        &house,
        Some((&format!("'{}' hook --agent {}", program.display(), agent.name), SECONDS)),
    );
    let session = house.session(vec![call(agent, "ran")]);
    (name, outcome(&house, "ran", session.results.first()))
}

/// The column of an agent in the table, which names the version.
fn documented(agent: &Agent) -> (String, Vec<(String, String)>) {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/agents.md")).unwrap();
    let mut rows = page.lines().filter(|line| line.starts_with("| "));
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()
    };
    let mut head = rows.by_ref().map(cells).find(|head| head[0] == "the hook").expect("no table");
    let column = head.iter().position(|name| name.starts_with(agent.title)).expect("no column");
    let rows = rows.map(cells).skip_while(|row| row[0].starts_with('-')).take(CASES.len() + 4);
    let rows = rows.map(|row| (row[0].clone(), row[column].clone()));
    (head.swap_remove(column), rows.collect())
}

fn is_as_documented(agent: &'static Agent) {
    let version = House::new(agent).manage(&["--version"]);
    let (head, documented) = documented(agent);
    let pinned = head.rsplit(' ').next().unwrap();
    assert!(version.contains(pinned), "the page is about {pinned}, the program is {version}");
    let mut measured = scripted(agent);
    measured.push(printing(agent, HINTED, agent.hint));
    measured.push(printing(agent, ASKED, agent.ask));
    measured.push(without_a_program(agent, MISSING, false));
    measured.push(without_a_program(agent, NOT_EXECUTABLE, true));
    let measured: Vec<_> = measured.into_iter().map(|(name, outcome)| (name.to_owned(), outcome)).collect();
    assert_eq!(measured, documented, "docs/agents.md says otherwise of {}", agent.title);
}

#[test]
#[ignore = "needs Codex CLI: .ci/run installs it"]
fn codex() {
    is_as_documented(&CODEX);
}

#[test]
#[ignore = "needs Gemini CLI: .ci/run installs it"]
fn gemini() {
    is_as_documented(&GEMINI);
}

#[test]
#[ignore = "needs Copilot CLI: .ci/run installs it"]
fn copilot() {
    is_as_documented(&COPILOT);
}
