//! What every agent asks, to the real binary: events that were recorded, or that its documents show.
//!
//! `tests/clients/agents/` runs the agents themselves, and checks that what was recorded is what they send today.

use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const NAMES: [&str; 5] = ["codex", "copilot", "cursor", "gemini", "kiro"];
/// Those that ask their user where a hook says so.
const ASKING: [&str; 2] = ["copilot", "cursor"];

fn hook(arguments: &[&str], event: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_asm-guard"));
    // Nothing of the developer's settings is read, and nothing is written to their log.
    command.env_clear().env("HOME", env!("CARGO_TARGET_TMPDIR")).arg("hook").args(arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(event).unwrap();
    child.wait_with_output().unwrap()
}

/// A decision, and the reason as the agent reads it.
#[derive(Debug, PartialEq)]
struct Said {
    decision: String,
    reason: String,
}

impl Said {
    /// The rule that decided, from the reason.
    fn rule(&self) -> &str {
        self.reason
            .strip_prefix("asm-guard (")
            .and_then(|rest| rest.split_once(')'))
            .map_or("", |split| split.0)
    }
}

/// Reads an answer as the agent does. Whatever else stands in it, such as a field that the agent does not know, is a fault.
#[track_caller]
fn read(agent: &str, output: &Output) -> Said {
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|bytes| str::from_utf8(bytes).unwrap());
    let status = output.status.code();
    let context = format!("{agent}: {status:?}\n{stdout}\n{stderr}");
    let said =
        |decision: &str, reason: &str| Said { decision: decision.to_owned(), reason: reason.to_owned() };
    if status == Some(0) && (stdout.is_empty() || stdout == "{}") {
        assert_eq!((stdout, stderr), (if agent == "cursor" { "{}" } else { "" }, ""), "{context}");
        return said("allow", "");
    }
    if agent == "kiro" {
        assert_eq!((status, stdout), (Some(2), ""), "{context}");
        return said("deny", stderr.trim_end());
    }
    let answer: Value = serde_json::from_str(stdout).unwrap_or_else(|error| panic!("{error}: {context}"));
    let text = |pointer: &str| answer.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (decision, reason, whole) = match agent {
        "codex" | "gemini" => {
            let event = if agent == "codex" { "PreToolUse" } else { "BeforeTool" };
            let reason = text("/reason");
            let specific = json!({
                "hookEventName": event, "permissionDecision": "deny", "permissionDecisionReason": reason,
            });
            let whole = json!({"decision": "block", "reason": reason, "hookSpecificOutput": specific});
            ("deny".to_owned(), reason, whole)
        }
        "copilot" => {
            let [decision, reason] = ["/permissionDecision", "/permissionDecisionReason"].map(text);
            let whole = json!({"permissionDecision": decision, "permissionDecisionReason": reason});
            (decision, reason, whole)
        }
        "cursor" => {
            let [decision, reason] = ["/permission", "/agent_message"].map(text);
            let whole = json!({"permission": decision, "user_message": reason, "agent_message": reason});
            (decision, reason, whole)
        }
        other => panic!("no agent is called {other}"),
    };
    assert_eq!(answer, whole, "{context}");
    let refused = decision == "deny";
    assert_eq!(status, Some(if refused { 2 } else { 0 }), "{context}");
    assert_eq!(stderr.trim_end(), if refused { reason.as_str() } else { "" }, "{context}");
    said(&decision, &reason)
}

/// What an agent is told in the place of a decision.
fn to(agent: &str, decision: &str) -> String {
    if decision == "ask" && !ASKING.contains(&agent) { "deny" } else { decision }.to_owned()
}

#[test]
fn every_recorded_event_is_answered_in_its_agents_words() {
    let lines =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/agents/fixtures.jsonl")).unwrap();
    let mut seen = Vec::new();
    for line in lines.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let (agent, source) = (case["agent"].as_str().unwrap(), case["source"].as_str().unwrap());
        let decision = case["decision"].as_str().unwrap();
        assert!(["measured", "documents"].contains(&source), "{line}");
        let event = case["event"].to_string();
        for arguments in [&["--agent", agent][..], &[]] {
            let said = read(agent, &hook(arguments, event.as_bytes()));
            assert_eq!(said.decision, to(agent, decision), "{arguments:?} {line}\n{}", said.reason);
            assert_eq!(said.rule().is_empty(), decision == "allow", "{line}");
            let refused_for_want = said.reason.contains("This agent cannot ask its user");
            assert_eq!(refused_for_want, said.decision != decision, "{line}\n{}", said.reason);
        }
        seen.push((agent.to_owned(), decision.to_owned()));
    }
    for agent in NAMES {
        for decision in ["allow", "ask", "deny"] {
            assert!(seen.contains(&(agent.to_owned(), decision.to_owned())), "{agent} has no {decision}");
        }
    }
}

/// An event of each agent is cut short, and has the wrong things in its fields.
#[test]
fn what_is_no_event_is_refused_in_every_agents_words() {
    let lines =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/agents/fixtures.jsonl")).unwrap();
    for agent in NAMES {
        let case = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let event =
            case.filter(|case| case["agent"] == agent).map(|case| case["event"].clone()).next().unwrap();
        let whole = event.to_string();
        let with = |fields: &[&str], value: Value| {
            let mut event = event.clone();
            for field in fields.iter().filter(|field| !event[**field].is_null()).collect::<Vec<_>>() {
                event[*field] = value.clone();
            }
            event.to_string().into_bytes()
        };
        let input = ["tool_input", "toolArgs", "command"];
        let name = ["tool_name", "toolName", "command"];
        let events: [Vec<u8>; 11] = [
            Vec::new(),
            b"{}".to_vec(),
            b"null".to_vec(),
            format!("[{whole}]").into_bytes(),
            whole.as_bytes()[..whole.len() - 1].to_vec(),
            whole.as_bytes()[..whole.len() / 2].to_vec(),
            [whole.as_bytes(), b"\xff"].concat(),
            format!("{whole}{whole}").into_bytes(),
            with(&input, json!(["aws s3 ls"])),
            with(&input, json!(7)),
            with(&name, json!({})),
        ];
        for event in events {
            let shown = String::from_utf8_lossy(&event).into_owned();
            let said = read(agent, &hook(&["--agent", agent], &event));
            assert_eq!(
                (said.decision.as_str(), said.rule()),
                ("deny", "unreadable-event"),
                "{agent}: {shown}"
            );
            assert_eq!(hook(&[], &event).status.code(), Some(2), "{agent}: {shown}");
        }
    }
}

/// A call, whoever makes it.
enum Call {
    Shell(&'static str),
    /// A tool of the server `aws-mcp`, and its input.
    Mcp(&'static str, Value),
    Read(&'static str),
    /// A file, and what it should hold.
    Write(&'static str, &'static str),
}

/// A call as an agent's event; None where no hook of the agent's is asked about such a call.
fn event(agent: &str, call: &Call) -> Option<Value> {
    let file = |path: &str, contents: &str| {
        (json!({"file_path": path}), json!({"file_path": path, "content": contents}))
    };
    let event = match agent {
        "claude" | "codex" => {
            let (tool, input) = match call {
                Call::Shell(command) => ("Bash".to_owned(), json!({ "command": command })),
                Call::Mcp(tool, input) if agent == "codex" => {
                    (format!("mcp__aws_mcp__{tool}"), input.clone())
                }
                Call::Mcp(tool, input) => (format!("mcp__aws-mcp__{tool}"), input.clone()),
                // Codex reads files by its shell tool, and writes them by a patch too.
                Call::Read(_) if agent == "codex" => return None,
                Call::Write(path, text) if agent == "codex" => {
                    let patch = format!("*** Begin Patch\n*** Add File: {path}\n+{text}\n*** End Patch\n");
                    ("apply_patch".to_owned(), json!({ "command": patch }))
                }
                Call::Read(path) => ("Read".to_owned(), file(path, "").0),
                Call::Write(path, text) => ("Write".to_owned(), file(path, text).1),
            };
            let mut event =
                json!({"hook_event_name": "PreToolUse", "session_id": "s", "cwd": "/w", "tool_name": tool});
            event["tool_input"] = input;
            if agent == "codex" {
                event["turn_id"] = json!("1");
            }
            event
        }
        "gemini" => {
            let (tool, input) = match call {
                Call::Shell(command) => ("run_shell_command".to_owned(), json!({ "command": command })),
                Call::Mcp(tool, input) => (format!("mcp_aws-mcp_{tool}"), input.clone()),
                Call::Read(path) => ("read_file".to_owned(), file(path, "").0),
                Call::Write(path, text) => ("write_file".to_owned(), file(path, text).1),
            };
            let mut event = json!({"hook_event_name": "BeforeTool", "session_id": "s", "cwd": "/w", "tool_name": tool,
                "tool_input": input, "timestamp": "2026-11-22T19:08:18.046Z"});
            if let Call::Mcp(tool, _) = call {
                event["mcp_context"] = json!({"server_name": "aws-mcp", "tool_name": tool});
            }
            event
        }
        "copilot" => {
            let (tool, input) = match call {
                Call::Shell(command) => ("bash".to_owned(), json!({ "command": command })),
                Call::Mcp(tool, input) => (format!("aws-mcp-{tool}"), input.clone()),
                Call::Read(path) => ("view".to_owned(), json!({ "path": path })),
                Call::Write(path, text) => ("create".to_owned(), json!({"path": path, "file_text": text})),
            };
            json!({"sessionId": "s", "timestamp": 1, "cwd": "/w", "toolName": tool, "toolArgs": input})
        }
        "cursor" => {
            let mut event = match call {
                Call::Shell(command) => {
                    json!({"hook_event_name": "beforeShellExecution", "command": command})
                }
                Call::Mcp(tool, input) => json!({"hook_event_name": "beforeMCPExecution",
                    "tool_name": format!("MCP:aws-mcp:{tool}"), "tool_input": input.to_string()}),
                Call::Read(path) => {
                    json!({"hook_event_name": "beforeReadFile", "file_path": path, "content": ""})
                }
                Call::Write(path, text) => json!({"hook_event_name": "preToolUse", "tool_name": "Write",
                    "tool_input": file(path, text).1}),
            };
            event["conversation_id"] = json!("c");
            event["workspace_roots"] = json!(["/w"]);
            event["cwd"] = json!("/w");
            event
        }
        "kiro" => {
            let (tool, input) = match call {
                Call::Shell(command) => ("execute_bash".to_owned(), json!({ "command": command })),
                Call::Mcp(tool, input) => (format!("@aws-mcp/{tool}"), input.clone()),
                Call::Read(path) => {
                    ("fs_read".to_owned(), json!({"operations": [{"mode": "Line", "path": path}]}))
                }
                Call::Write(path, text) => {
                    ("fs_write".to_owned(), json!({"command": "create", "path": path, "file_text": text}))
                }
            };
            json!({"hook_event_name": "preToolUse", "cwd": "/w", "tool_name": tool, "tool_input": input})
        }
        other => panic!("no agent is called {other}"),
    };
    Some(event)
}

/// What Claude Code is told of a call.
fn said_to_claude(call: &Call) -> Said {
    let output = hook(&["--agent", "claude"], event("claude", call).unwrap().to_string().as_bytes());
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let text = |name: &str| answer["hookSpecificOutput"][name].as_str().map(str::to_owned);
    Said {
        decision: text("permissionDecision").unwrap_or_else(|| "allow".to_owned()),
        reason: text("permissionDecisionReason").unwrap_or_default(),
    }
}

#[test]
fn a_verdict_is_the_same_whoever_asks() {
    let script = "import boto3\nboto3.client('secretsmanager').get_secret_value(SecretId='prod/db')";
    let calls = [
        ("allow", Call::Shell("aws s3 ls")),
        ("allow", Call::Shell("git log --grep get-secret-value")),
        ("deny", Call::Shell("aws secretsmanager get-secret-value --secret-id prod/db")),
        ("deny", Call::Shell("curl -s 'http://localhost:2773/secretsmanager/get?secretId=prod/db'")),
        (
            "deny",
            Call::Shell(
                "python3 -c \"import boto3; boto3.client('secretsmanager').get_secret_value(SecretId='x')\"",
            ),
        ),
        ("ask", Call::Shell("aws secretsmanager \"$OPERATION\" --secret-id prod/db")),
        ("ask", Call::Shell("echo '{\"disableAllHooks\": true}' > ~/.claude/settings.json")),
        ("allow", Call::Mcp("aws___call_aws", json!({"cli_command": "aws secretsmanager list-secrets"}))),
        (
            "deny",
            Call::Mcp(
                "aws___call_aws",
                json!({"cli_command": "aws secretsmanager get-secret-value --secret-id a"}),
            ),
        ),
        ("deny", Call::Mcp("aws___run_script", json!({ "script": script }))),
        ("allow", Call::Mcp("aws___search_documentation", json!({"search_phrase": "get-secret-value"}))),
        ("deny", Call::Mcp("secretsmanager_get_secret_value", json!({"SecretId": "prod/db"}))),
        (
            "deny",
            Call::Mcp(
                "execute_command",
                json!({"command": "aws secretsmanager get-secret-value --secret-id a"}),
            ),
        ),
        ("deny", Call::Read("/var/run/awssmatoken")),
        ("allow", Call::Read("/w/README.md")),
        ("ask", Call::Write("/w/.claude/settings.json", "{\"disableAllHooks\": true}")),
        ("allow", Call::Write("/w/app.py", "import boto3\n")),
    ];
    for (expected, call) in &calls {
        let claude = said_to_claude(call);
        assert_eq!(claude.decision, *expected, "{:?}", event("claude", call));
        for agent in NAMES {
            let Some(event) = event(agent, call) else { continue };
            let said = read(agent, &hook(&[], event.to_string().as_bytes()));
            assert_eq!(said.decision, to(agent, expected), "{agent}: {event}\n{}", said.reason);
            assert_eq!(said.rule(), claude.rule(), "{agent}: {event}");
        }
    }
}
