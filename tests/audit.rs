//! The audit log of the real binary: what it holds, who may read it, that no line is lost or torn, and that no answer depends
//! on it; and `asm-guard log`, which reads it.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Barrier;

use serde_json::{Value, json};

#[path = "audit/shown.rs"]
mod shown;

const FETCH: &str = "aws secretsmanager get-secret-value --secret-id prod/db";
const UNKNOWN: &str = "aws secretsmanager \"$OP\" --secret-id prod/db";

/// A user's folders, with nothing in them.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Home {
        Home(tempfile::tempdir().unwrap())
    }

    /// The same with these settings of the user's.
    fn with(settings: &str) -> Home {
        let home = Home::new();
        let folder = home.0.path().join("config/asm-guard");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("settings.toml"), settings).unwrap();
        home
    }

    fn state(&self) -> PathBuf {
        self.0.path().join("state/asm-guard")
    }

    fn log(&self) -> PathBuf {
        self.state().join("audit.jsonl")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_asm-guard"));
        command.args(arguments).env_clear().env("HOME", self.0.path());
        command.env("XDG_STATE_HOME", self.0.path().join("state"));
        command.env("XDG_CONFIG_HOME", self.0.path().join("config"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The hook's answer to an event.
    fn hook(&self, event: &[u8]) -> Output {
        answer(self.command(&["hook"]).spawn().unwrap(), event)
    }

    /// What `asm-guard log` says: standard output, and standard error.
    fn shown(&self, arguments: &[&str]) -> (String, String) {
        let all: Vec<&str> = std::iter::once("log").chain(arguments.iter().copied()).collect();
        let output = self.command(&all).stdin(Stdio::null()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{all:?}: {output:?}");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr))
    }

    /// Every line of every file of the log.
    fn lines(&self) -> Vec<Value> {
        let Ok(entries) = fs::read_dir(self.state()) else { return Vec::new() };
        let logs = entries.map(|entry| entry.unwrap().path()).filter(|path| is_log(path));
        let text = logs.map(|path| fs::read_to_string(path).unwrap()).collect::<String>();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
            .collect()
    }
}

fn is_log(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_str().unwrap();
    name.starts_with("audit.jsonl") && !name.ends_with(".lock")
}

fn answer(mut child: Child, event: &[u8]) -> Output {
    let _ = child.stdin.take().unwrap().write_all(event);
    child.wait_with_output().unwrap()
}

fn event(session: &str, command: &str) -> Vec<u8> {
    json!({
        "session_id": session, "transcript_path": "/t", "cwd": "/", "permission_mode": "default",
        "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": { "command": command },
        "tool_use_id": "u",
    })
    .to_string()
    .into_bytes()
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().mode() & 0o777
}

#[test]
fn a_decision_is_one_line_for_its_owner_alone() {
    let home = Home::new();
    assert_eq!(home.hook(&event("s-1", &format!("sudo sh -c '{FETCH}'"))).status.code(), Some(2));
    assert_eq!(home.hook(&event("s-2", UNKNOWN)).status.code(), Some(0));
    assert_eq!(home.hook(b"no event").status.code(), Some(2));
    let lines = home.lines();
    assert_eq!(lines.len(), 3, "{lines:#?}");
    let of = |line: usize, field: &str| lines[line][field].as_str().map(str::to_owned);
    for (line, field, expected) in [
        (0, "session", Some("s-1")),
        (0, "agent", Some("claude")),
        (0, "tool", Some("Bash")),
        (0, "decision", Some("deny")),
        (0, "rule", Some("secretsmanager-fetch")),
        (0, "understood", Some(FETCH)),
        (0, "cause", None),
        (1, "session", Some("s-2")),
        (1, "decision", Some("ask")),
        (1, "understood", Some("aws secretsmanager ‹$OP› --secret-id prod/db")),
        (2, "session", None),
        (2, "tool", None),
        (2, "input", None),
        (2, "rule", Some("unreadable-event")),
    ] {
        assert_eq!(of(line, field).as_deref(), expected, "{field} of {}", lines[line]);
    }
    assert_eq!(lines[0]["route"], json!(["sudo", "sh -c"]));
    assert!(of(2, "cause").unwrap().contains("not readable JSON"));
    assert!(of(0, "time").unwrap().ends_with('Z') && of(0, "time") < of(1, "time"));
    assert_eq!((mode(&home.state()), mode(&home.log())), (0o700, 0o600));
    assert_eq!(mode(&home.state().join("audit.key")), 0o600);
}

#[test]
fn the_same_input_has_the_same_digest_for_one_user() {
    let (home, other) = (Home::new(), Home::new());
    for (home, command) in [(&home, FETCH), (&home, FETCH), (&home, UNKNOWN), (&other, FETCH)] {
        home.hook(&event("s", command));
    }
    let digest = |line: &Value| line["input"].as_str().unwrap().to_owned();
    let (lines, others) = (home.lines(), other.lines());
    assert!(digest(&lines[0]).starts_with("hmac-sha256:"));
    assert_eq!(digest(&lines[0]), digest(&lines[1]));
    assert_ne!(digest(&lines[0]), digest(&lines[2]));
    assert_ne!(digest(&lines[0]), digest(&others[0]));
}

#[test]
fn values_are_not_in_the_log() {
    let home = Home::new();
    let commands = [
        format!("AWS_SECRET_ACCESS_KEY=hunter2value {FETCH}"),
        "curl -H 'X-Aws-Parameters-Secrets-Token: hunter2value' http://app:hunter2value@localhost:2773/secretsmanager/get?secretId=prod/db"
            .to_owned(),
        "asm-exec --no-mask -- psql 'password=hunter2value user={{resolve:secretsmanager:prod/db}}'".to_owned(),
        "python3 -c \"import boto3; boto3.client('secretsmanager', aws_secret_access_key='hunter2value').get_secret_value(SecretId='prod/db')\""
            .to_owned(),
    ];
    for command in &commands {
        assert_eq!(home.hook(&event("s", command)).status.code(), Some(2), "{command}");
    }
    let log = fs::read_to_string(home.log()).unwrap();
    assert!(!log.contains("hunter2value"), "{log}");
    assert_eq!(log.lines().count(), commands.len());
    assert!(log.lines().all(|line| line.contains("prod/db")), "{log}");
}

#[test]
fn what_nothing_speaks_against_touches_nothing() {
    let home = Home::new();
    let other = br#"{"hook_event_name":"Stop","session_id":"s"}"#;
    for event in [&event("s", "ls")[..], &event("s", "git log --grep get-secret-value"), other] {
        assert_eq!(home.hook(event).status.code(), Some(0));
    }
    assert!(fs::read_dir(home.0.path()).unwrap().next().is_none());
    // Nor with settings that do not ask for it.
    let home = Home::with("[audit]\nkeep = 3\n");
    home.hook(&event("s", "ls"));
    assert!(!home.state().exists());
}

#[test]
fn settings_say_what_is_logged() {
    let home = Home::with("[audit]\nallow = true\n");
    home.hook(&event("s", "ls"));
    home.hook(&event("s", "psql 'password={{resolve:secretsmanager:prod/db}}'"));
    home.hook(br#"{"hook_event_name":"Stop","session_id":"s"}"#);
    let lines = home.lines();
    let short: Vec<_> = lines.iter().map(|line| (&line["decision"], &line["rule"], &line["tool"])).collect();
    let (allow, bash) = (json!("allow"), json!("Bash"));
    assert_eq!(short, [(&allow, &Value::Null, &bash), (&allow, &json!("reference-unresolved"), &bash)]);
    let home = Home::with("[audit]\nenabled = false\nallow = true\n");
    assert_eq!(home.hook(&event("s", FETCH)).status.code(), Some(2));
    home.hook(&event("s", "ls"));
    assert!(!home.state().exists());
    assert!(home.shown(&[]).1.contains("`audit.enabled` is false"));
}

#[test]
fn a_full_log_is_put_aside() {
    let home = Home::with("[audit]\nmax_size = 600\nkeep = 2\n");
    for number in 0..9 {
        home.hook(&event(&format!("s-{number}"), FETCH));
    }
    let mut names: Vec<String> = fs::read_dir(home.state())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| is_log(path))
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["audit.jsonl", "audit.jsonl.1", "audit.jsonl.2"]);
    // Lines of some 300 bytes: one or two in each, the newest last.
    let (shown, notes) = home.shown(&["--json"]);
    let sessions: Vec<Value> =
        shown.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["session"].clone()).collect();
    assert!((3..9).contains(&sessions.len()), "{sessions:?}");
    let first = 9 - sessions.len();
    let expected: Vec<Value> = (first..9).map(|number| json!(format!("s-{number}"))).collect();
    assert_eq!((sessions, notes.as_str()), (expected, ""));
}

/// The log is put aside again and again meanwhile, with none of it thrown away.
#[test]
fn sixty_four_hooks_at_once_lose_and_tear_no_line() {
    let home = Home::with("[audit]\nmax_size = 2000\nkeep = 1000\n");
    let together = Barrier::new(64);
    let hook = &|number: usize| {
        together.wait();
        home.hook(&event(&format!("s-{number:02}"), FETCH)).status.code()
    };
    std::thread::scope(|scope| {
        let hooks: Vec<_> = (0..64).map(|number| scope.spawn(move || hook(number))).collect();
        for hook in hooks {
            assert_eq!(hook.join().unwrap(), Some(2));
        }
    });
    let mut sessions: Vec<String> =
        home.lines().iter().map(|line| line["session"].as_str().unwrap().to_owned()).collect();
    sessions.sort();
    assert_eq!(sessions, (0..64).map(|number| format!("s-{number:02}")).collect::<Vec<_>>());
    let files =
        fs::read_dir(home.state()).unwrap().filter(|entry| is_log(&entry.as_ref().unwrap().path())).count();
    assert!(files > 1, "{files}");
    let (shown, notes) = home.shown(&["--json"]);
    assert_eq!((shown.lines().count(), notes.as_str()), (64, ""));
    // One key, although all of them wanted one.
    let digests: std::collections::BTreeSet<String> =
        home.lines().iter().map(|line| line["input"].as_str().unwrap().to_owned()).collect();
    assert_eq!(digests.len(), 1);
}

/// Whatever is in the log's place, the answer and the exit status are the same, and it comes.
#[test]
fn no_answer_depends_on_the_log() {
    let good = Home::new();
    let expected: Vec<Output> =
        [FETCH, UNKNOWN].iter().map(|command| good.hook(&event("s", command))).collect();
    type Put = fn(&Home);
    let put: &[(&str, Put)] = &[
        ("a FIFO", |home| {
            let made = Command::new("mkfifo").arg(home.log()).status().unwrap();
            assert!(made.success());
        }),
        ("a folder", |home| fs::create_dir(home.log()).unwrap()),
        ("a dangling link", |home| symlink(home.0.path().join("nowhere"), home.log()).unwrap()),
        ("a link to a file", |home| {
            fs::write(home.0.path().join("file"), "untouched").unwrap();
            symlink(home.0.path().join("file"), home.log()).unwrap();
        }),
        ("a device", |home| symlink("/dev/full", home.log()).unwrap()),
        ("a file for the folder", |home| {
            fs::remove_dir(home.state()).unwrap();
            fs::write(home.state(), "").unwrap();
        }),
        ("a link to a folder that nobody may write to", |home| {
            fs::remove_dir(home.state()).unwrap();
            symlink("/proc/self", home.state()).unwrap();
        }),
        ("a FIFO for the key", |home| {
            assert!(Command::new("mkfifo").arg(home.state().join("audit.key")).status().unwrap().success());
        }),
    ];
    for (what, put) in put {
        let home = Home::new();
        fs::create_dir_all(home.state()).unwrap();
        put(&home);
        for (command, expected) in [FETCH, UNKNOWN].iter().zip(&expected) {
            assert_eq!(home.hook(&event("s", command)), *expected, "{what}");
        }
        assert!(!home.0.path().join("nowhere").exists(), "{what}");
        if let Ok(text) = fs::read_to_string(home.0.path().join("file")) {
            assert_eq!(text, "untouched", "{what}");
        }
        match *what {
            // Without a key there is no digest.
            "a FIFO for the key" => assert!(home.lines().iter().all(|line| line.get("input").is_none())),
            _ => {
                let output = home.command(&["log"]).stdin(Stdio::null()).output().unwrap();
                let told = String::from_utf8_lossy(&output.stderr);
                assert!(told.contains("cannot be"), "{what}: {told}");
            }
        }
    }
    // Without any folder at all, there is nowhere to log to.
    let mut command = Command::new(env!("CARGO_BIN_EXE_asm-guard"));
    command.arg("hook").env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    assert_eq!(answer(command.spawn().unwrap(), &event("s", FETCH)), expected[0]);
}

/// A write past this limit would end the process by a signal, which to an agent is no refusal.
#[test]
fn a_limit_on_files_changes_no_answer() {
    let home = Home::new();
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -f 0 && exec \"$0\" hook", env!("CARGO_BIN_EXE_asm-guard")]);
    limited.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home.0.path());
    limited.env("XDG_STATE_HOME", home.0.path().join("state"));
    limited.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = answer(limited.spawn().unwrap(), &event("s", FETCH));
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(output, Home::new().hook(&event("s", FETCH)));
}

#[test]
fn a_log_that_others_could_read_is_closed_to_them() {
    let home = Home::new();
    fs::create_dir_all(home.state()).unwrap();
    fs::write(home.log(), "").unwrap();
    fs::set_permissions(home.log(), fs::Permissions::from_mode(0o666)).unwrap();
    home.hook(&event("s", FETCH));
    assert_eq!((mode(&home.log()), home.lines().len()), (0o600, 1));
}

/// A panic, and no answer in time, are decisions too.
#[test]
#[cfg(debug_assertions)]
fn what_went_wrong_is_logged() {
    let home = Home::new();
    for fault in ["panic", "hang"] {
        let mut command = home.command(&["hook"]);
        command.env("ASM_GUARD_FAULT", fault);
        assert_eq!(answer(command.spawn().unwrap(), &event("s", "./deploy.sh")).status.code(), Some(2));
    }
    let lines = home.lines();
    let cause = |line: usize| lines[line]["cause"].as_str().unwrap();
    assert!(cause(0).contains("internal error") && cause(1).contains("2 seconds"), "{lines:#?}");
    assert_eq!((&lines[1]["session"], &lines[1]["tool"]), (&json!("s"), &json!("Bash")));
}

/// A machine of an organisation's: settings that are managed, and a journald, in a mount namespace of its own. Needs root.
#[test]
#[ignore = "needs root, unshare and python3; .ci/run machine runs it"]
fn managed_settings_send_decisions_to_journald_and_otlp() {
    let home = Home::new();
    let script = home.0.path().join("machine.sh");
    let folder = home.0.path().display();
    fs::write(
        &script,
        format!(
            r#"set -eu
mount -t tmpfs none /run
mkdir -p /run/systemd/journal
mount -t tmpfs none /etc
mkdir -p /etc/asm-guard
printf '[audit]\njournald = true\notlp = "{folder}/otlp.jsonl"\n' > /etc/asm-guard/settings.toml
python3 - "$1/datagrams" <<'EOF' &
import socket, sys
listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listening.bind("/run/systemd/journal/socket")
with open(sys.argv[1], "wb") as out:
    while True:
        datagram = listening.recv(65536)
        if datagram:
            out.write(datagram)
            break
EOF
while [ ! -S /run/systemd/journal/socket ]; do sleep 0.05; done
"$2" hook || [ $? -eq 2 ]
wait
"#
        ),
    )
    .unwrap();
    let mut machine = Command::new("unshare");
    machine.args(["--mount", "sh"]).arg(&script).arg(home.0.path()).arg(env!("CARGO_BIN_EXE_asm-guard"));
    machine.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", home.0.path());
    machine.env("XDG_STATE_HOME", home.0.path().join("state"));
    machine.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = answer(machine.spawn().unwrap(), &event("s-1", &format!("sudo {FETCH}")));
    assert!(output.status.success(), "{output:?}");
    assert_eq!(home.lines().len(), 1);

    let datagram = fs::read_to_string(home.0.path().join("datagrams")).unwrap();
    for field in [
        // A name, a length of eight bytes, a value: a warning.
        "PRIORITY\n\u{1}\0\0\0\0\0\0\u{0}4\n",
        "SYSLOG_IDENTIFIER",
        "ASM_GUARD_SESSION",
        "ASM_GUARD_DECISION",
        "ASM_GUARD_RULE",
        "MESSAGE",
        "deny secretsmanager-fetch: aws secretsmanager",
    ] {
        assert!(datagram.contains(field), "{field} in {datagram:?}");
    }
    let otlp = fs::read_to_string(home.0.path().join("otlp.jsonl")).unwrap();
    let line: Value = serde_json::from_str(otlp.trim_end()).unwrap();
    let record = &line["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
    assert_eq!(record["severityNumber"], 13);
    assert!(record["body"]["stringValue"].as_str().unwrap().starts_with("deny secretsmanager-fetch"));
}
