//! Each case is a session of tool calls that the model makes, and what must come of them.

use serde_json::json;

use super::codex::CODEX;
use super::copilot::COPILOT;
use super::gemini::GEMINI;
use super::{Agent, GUARD, House, Session};
use crate::claude_cases::FETCH;
use crate::mock::Turn;

/// Asks in every agent that can ask.
const ASKED: &str =
    "jq '.disableAllHooks = true' ~/.claude/settings.json > /tmp/s && mv /tmp/s ~/.claude/settings.json";
const HINTED: &str = "DB='{{resolve:secretsmanager:prod/db:SecretString:password}}' aws s3 ls hinted";

/// The tool did not run, and the model heard why from the guard, with the safe command.
#[track_caller]
fn denied(session: &Session, call: usize, safe: &str) {
    let result = session.results.get(call).unwrap_or_else(|| panic!("no result {call}\n{}", session.log));
    assert!(result.contains("asm-guard (") && result.contains(safe), "{call}: {result}\n{}", session.log);
}

#[track_caller]
fn ran(session: &Session, call: usize) {
    let result = session.results.get(call).unwrap_or_else(|| panic!("no result {call}\n{}", session.log));
    assert!(!result.contains("asm-guard") && !result.contains("ook"), "{call}: {result}\n{}", session.log);
}

/// Shell and MCP tools, denied and allowed; what the guard asks about; what it says more of. Then the agent's own tools, each
/// denied and allowed, where the guard sees them.
fn session(
    agent: &'static Agent,
    arguments: &[&str],
    own: impl FnOnce(&House) -> Vec<(Turn, Turn)>,
) -> Session {
    let house = House::guarded(agent);
    let fetch = format!("PGPASSWORD=$({FETCH} | jq -r .password) psql -h db");
    let mut script = vec![
        (agent.shell)(&fetch),
        (agent.shell)("aws s3 ls"),
        (agent.mcp)("aws___call_aws", json!({ "cli_command": FETCH })),
        (agent.mcp)("aws___call_aws", json!({"cli_command": "aws s3 ls"})),
        (agent.mcp)("aws___run_script", json!({"script": "print(1)"})),
        (agent.shell)(ASKED),
        (agent.shell)(HINTED),
    ];
    let own = own(&house);
    let (first, own_tools) = (script.len(), own.len());
    script.extend(own.into_iter().flat_map(|(denied, allowed)| [denied, allowed]));
    let session = house.session_with(arguments, script);
    denied(
        &session,
        0,
        "PGPASSWORD='{{resolve:secretsmanager:prod/db:SecretString:password}}' asm-exec -- psql -h db",
    );
    ran(&session, 1);
    denied(&session, 2, "asm-exec -- COMMAND '{{resolve:secretsmanager:prod/db:SecretString}}'");
    ran(&session, 3);
    ran(&session, 4);
    denied(&session, 5, "asm-guard (guard-settings)");
    ran(&session, 6);
    // What really ran, in its order.
    assert_eq!(house.left("aws"), ["aws s3 ls", "aws s3 ls hinted"], "{}", session.log);
    assert_eq!(house.left("mcp"), ["aws___call_aws", "aws___run_script"], "{}", session.log);
    for call in (0..own_tools).map(|tool| first + 2 * tool) {
        denied(&session, call, "asm-exec");
        ran(&session, call + 1);
    }
    super::events::are_as_recorded(agent, &house.events());
    session
}

/// The settings are those of Claude Code, which any agent could change.
#[track_caller]
fn refused_for_want_of_asking(session: &Session) {
    let result = &session.results[5];
    assert!(result.contains("This agent cannot ask its user, so the call is refused"), "{result}");
}

#[track_caller]
fn hinted(session: &Session) {
    for part in ["reference-unresolved", "It will not be resolved", "asm-exec -- aws s3 ls hinted"] {
        assert!(session.told(part), "{part}\n{}", session.log);
    }
}

#[test]
#[ignore = "needs Codex CLI: .ci/run installs it"]
fn codex() {
    let session = session(&CODEX, &[], |_| Vec::new());
    refused_for_want_of_asking(&session);
    hinted(&session);
}

/// Newer models call tools in a script that Codex runs. The script itself reaches no hook, each call in it does; but not what is
/// typed into a command that is still running, which is a road around the guard.
#[test]
#[ignore = "needs Codex CLI: .ci/run installs it"]
fn codex_in_code_mode() {
    let script = format!(
        "const said = async (call) => {{ try {{ text(JSON.stringify(await call)); }} catch (e) {{ text('' + e); }} }};
        await said(tools.exec_command({{cmd: '{FETCH}'}}));
        await said(tools.exec_command({{cmd: 'aws s3 ls'}}));
        await said(tools.mcp__aws_mcp__aws___call_aws({{cli_command: '{FETCH}'}}));
        await said(tools.mcp__aws_mcp__aws___call_aws({{cli_command: 'aws s3 ls'}}));
        const shell = await tools.exec_command({{cmd: 'sh', tty: true, yield_time_ms: 500}});
        const typed = {{session_id: shell.session_id, chars: 'aws s3 ls typed\\nexit\\n', yield_time_ms: 5000}};
        await said(tools.write_stdin(typed));
        text([typeof fetch, typeof require, typeof process].join());"
    );
    let house = House::guarded(&CODEX);
    let patch = "*** Begin Patch\n*** Add File: new.txt\n+what is new\n*** End Patch\n";
    let settings = house.path("home/.config/asm-guard/settings.toml");
    let own = patch.replace("new.txt", settings.to_str().unwrap());
    let turns = vec![
        Turn::call("exec", json!(script)),
        Turn::call("apply_patch", json!(patch)),
        Turn::call("apply_patch", json!(own)),
    ];
    let session = house.session_with(&["-c", "model=gpt-6.1-sol"], turns);
    let result = &session.results[0];
    for what in [
        "Command blocked by PreToolUse hook: asm-guard (",
        "Tool call blocked by PreToolUse hook: asm-guard (",
    ] {
        assert!(result.contains(what), "{what}: {result}\n{}", session.log);
    }
    // The script has no way out of its own.
    assert!(result.contains("undefined,undefined,undefined"), "{result}");
    assert_eq!(house.left("aws"), ["aws s3 ls", "aws s3 ls typed"], "{result}");
    assert_eq!(house.left("mcp"), ["aws___call_aws"], "{result}");
    assert!(house.path("work/new.txt").exists(), "{}", session.log);
    denied(&session, 2, "asm-guard (guard-rules)");
    assert!(!settings.exists(), "{}", session.log);
    let events = house.events();
    assert_eq!(events.len(), 7, "{events:#?}");
    assert!(
        !events.iter().any(|event| event.to_string().contains("typed")),
        "Codex asks about it: say so in the docs"
    );
    super::events::are_as_recorded(&CODEX, &events);
}

#[test]
#[ignore = "needs Gemini CLI: .ci/run installs it"]
fn gemini() {
    let read = |path: &str| Turn::call("read_file", json!({ "file_path": path }));
    let fetch = |url: &str| Turn::call("web_fetch", json!({"prompt": format!("read {url}")}));
    let daemon = "http://127.0.0.1:2773/secretsmanager/get?secretId=prod/db";
    // It asks its hooks about files of the workspace only; others it does not read.
    let session = session(&GEMINI, &["--include-directories", "/var/run"], |_| {
        vec![
            (read("/var/run/awssmatoken"), read("notes.txt")),
            (fetch(daemon), fetch("http://127.0.0.1:9/page")),
        ]
    });
    refused_for_want_of_asking(&session);
    assert!(session.results[8].contains("what stands in the notes"), "{}", session.results[8]);
    // Past the hook, Gemini itself fetches nothing from this machine.
    assert!(session.results[10].contains("Blocked Host"), "{}", session.results[10]);
    // What would be a hint reaches the user's terminal at most.
    assert!(!session.told("reference-unresolved"));
}

#[test]
#[ignore = "needs Copilot CLI: .ci/run installs it"]
fn copilot() {
    let view = |path: &str| Turn::call("view", json!({ "path": path }));
    let fetch = |url: &str| Turn::call("web_fetch", json!({ "url": url }));
    let daemon = "http://127.0.0.1:2773/secretsmanager/get?secretId=prod/db";
    let session = session(&COPILOT, &[], |house| {
        let notes = house.path("work/notes.txt");
        vec![
            (view("/var/run/awssmatoken"), view(notes.to_str().unwrap())),
            (fetch(daemon), fetch("http://127.0.0.1:9/page")),
        ]
    });
    assert!(session.results[8].contains("what stands in the notes"), "{}", session.results[8]);
    // Past the hook, there is no such tool offline.
    assert!(session.results[10].contains("does not exist"), "{}", session.results[10]);
    // It would ask, but nobody is there.
    assert!(session.results[5].contains("unable to ask user"), "{}", session.results[5]);
    hinted(&session);
}

/// A hook that is named as Claude Code names it gets other events, and is heard all the same.
#[test]
#[ignore = "needs Copilot CLI: .ci/run installs it"]
fn copilot_under_the_other_name_of_the_event() {
    let house = House::guarded(&COPILOT);
    let file = house.path("home/.copilot/hooks/guard.json");
    let hooks = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, hooks.replace("preToolUse", "PreToolUse")).unwrap();
    let notes = house.path("work/notes.txt");
    let session = house.session(vec![
        (COPILOT.shell)(FETCH),
        (COPILOT.shell)(HINTED),
        (COPILOT.mcp)("aws___call_aws", json!({ "cli_command": FETCH })),
        Turn::call("view", json!({"path": "/var/run/awssmatoken"})),
        Turn::call("view", json!({ "path": notes })),
    ]);
    for call in [0, 2, 3] {
        denied(&session, call, "asm-exec");
    }
    ran(&session, 1);
    ran(&session, 4);
    hinted(&session);
    assert_eq!(house.left("aws"), ["aws s3 ls hinted"]);
    assert!(house.left("mcp").is_empty());
    let events = house.events();
    assert!(events.iter().all(|event| event["hook_event_name"] == "PreToolUse"), "{events:#?}");
    super::events::are_as_recorded(&COPILOT, &events);
}

/// What the guard cannot read it refuses, and the client honours that: with the agent named, and without.
fn what_cannot_be_read_is_refused(agent: &'static Agent) {
    const HOOK: &str = r#"#!/bin/sh
event=$(cat)
case $event in
    *case-cut*) printf %s "$event" | head -c 60 ;;
    *case-empty*) ;;
    *case-list*) printf '[%s]' "$event" ;;
    *case-type*) printf %s "$event" | sed 's/"\(tool_input\|toolArgs\)"/"\1":7,"more"/' ;;
    *case-name*) printf %s "$event" | sed 's/"\(tool_name\|toolName\)":"[^"]*"/"\1":7/' ;;
    *case-latin*) printf '%s\377' "$event" ;;
    *case-endless*) printf %s "$event"; head -c 5000000 /dev/zero | tr '\0' ' ' ;;
    *) printf %s "$event" ;;
esac | "#;
    const CASES: [&str; 7] = ["cut", "empty", "list", "type", "name", "latin", "endless"];
    for named in [true, false] {
        let house = House::new(agent);
        let arguments = if named { format!("--agent {}", agent.name) } else { String::new() };
        let hook = house.script("hook.sh", &format!("{HOOK}'{GUARD}' hook {arguments}\n"));
        (agent.configure)(&house, Some((&format!("'{}'", hook.display()), 10)));
        let mut script: Vec<Turn> =
            CASES.iter().map(|case| (agent.shell)(&format!(": >\"$RAN/case-{case}\""))).collect();
        script.push((agent.shell)(": >\"$RAN/whole\""));
        let session = house.session(script);
        for (call, case) in CASES.iter().enumerate() {
            assert!(!house.path(&format!("ran/case-{case}")).exists(), "{case} ran\n{}", session.log);
            let result = &session.results[call];
            // Without a name, Copilot is answered in words that it does not read; the exit status refuses.
            let why = if named || agent.name != "copilot" {
                "unreadable-event"
            } else {
                "enied by preToolUse hook"
            };
            assert!(result.contains(why), "{case}, named: {named}: {result}");
        }
        assert!(house.path("ran/whole").exists(), "what is whole did not run\n{}", session.log);
    }
}

#[test]
#[ignore = "needs Codex CLI: .ci/run installs it"]
fn codex_honours_the_refusal_of_what_cannot_be_read() {
    what_cannot_be_read_is_refused(&CODEX);
}

#[test]
#[ignore = "needs Gemini CLI: .ci/run installs it"]
fn gemini_honours_the_refusal_of_what_cannot_be_read() {
    what_cannot_be_read_is_refused(&GEMINI);
}

#[test]
#[ignore = "needs Copilot CLI: .ci/run installs it"]
fn copilot_honours_the_refusal_of_what_cannot_be_read() {
    what_cannot_be_read_is_refused(&COPILOT);
}
