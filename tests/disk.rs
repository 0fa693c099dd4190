//! The real binary on a real disk: what it reads of the scripts that a command runs, what it leaves alone, and what
//! `explain` says of both. What is understood of their text stands in `tests/corpus/32-scripts-on-disk.jsonl`.
#![cfg(unix)]

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use asm_guard::call::ToolCall;
use asm_guard::disk::{Disk, Unread};
use asm_guard::guard::{self, Context};
use asm_guard::hook::{self, Stopped};
use asm_guard::trace::Trace;
use serde_json::{Value, json};
use tempfile::TempDir;

const FETCH: &str = "#!/bin/sh\naws secretsmanager get-secret-value --secret-id prod/db\n";
const APPLICATION: &str =
    "import boto3\n\nprint(boto3.client('secretsmanager').get_secret_value(SecretId='prod/db'))\n";
/// A file larger than one that is read.
const TOO_LARGE: usize = (256 << 10) + 1;

/// A project and a home folder, side by side, and a folder outside of both.
struct Machine {
    root: TempDir,
}

impl Machine {
    fn new(files: &[(&str, &str)]) -> Machine {
        // Not where temporary files are read.
        let machine = Machine { root: TempDir::new_in("/var/tmp").unwrap() };
        for folder in ["project", "home", "outside"] {
            fs::create_dir(machine.path(folder)).unwrap();
        }
        for (path, text) in files {
            machine.write(path, text.as_bytes());
        }
        machine
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.root.path().join(path)
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn run(&self, arguments: &[&str], stdin: &[u8], folder: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_asm-guard"))
            .args(arguments)
            .current_dir(self.path(folder))
            .env("HOME", self.path("home"))
            .env_remove("XDG_STATE_HOME")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("CLAUDE_PROJECT_DIR")
            .env_remove("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(stdin).unwrap();
        child.wait_with_output().unwrap()
    }

    /// What the hook decides of a command in the project, and what it says.
    fn hook(&self, command: &str) -> (String, String) {
        let cwd = self.path("project");
        let event = json!({
            "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": { "command": command }, "cwd": cwd,
        });
        // Where the hook itself runs is no matter.
        let output = self.run(&["hook"], event.to_string().as_bytes(), "outside");
        if output.stdout.is_empty() {
            return ("allow".to_owned(), String::new());
        }
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        let specific = &answer["hookSpecificOutput"];
        let said = |key: &str| specific[key].as_str().unwrap().to_owned();
        (said("permissionDecision"), said("permissionDecisionReason"))
    }

    /// What `explain` tells of a command in the project.
    fn explain(&self, command: &str) -> String {
        String::from_utf8(self.run(&["explain", command], b"", "project").stdout).unwrap()
    }
}

#[test]
fn the_answer_names_the_file_and_the_line() {
    let machine = Machine::new(&[
        ("project/scripts/db.sh", FETCH),
        ("project/app.py", APPLICATION),
        (
            "project/lib.sh",
            "# functions\n\nfetch() {\n  echo fetching\n  aws secretsmanager get-secret-value \\\n    --secret-id \"$1\"\n}\n",
        ),
        (
            "project/package.json",
            "{\n  \"scripts\": {\n    \"db\": \"aws secretsmanager get-secret-value --secret-id x\"\n  }\n}\n",
        ),
        (
            "project/Makefile",
            "all:\n\techo\n\ndb:\n\techo db\n\taws secretsmanager get-secret-value --secret-id x\n",
        ),
        ("project/justfile", "db:\n    echo db\n    aws secretsmanager get-secret-value --secret-id x\n"),
        ("home/tool.sh", FETCH),
    ]);
    for (command, decision, place) in [
        ("./scripts/db.sh", "deny", "in scripts/db.sh:2"),
        ("cd scripts && bash db.sh", "deny", "in scripts/db.sh:2"),
        ("python3 app.py", "ask", "in app.py:3"),
        ("source lib.sh; fetch x", "deny", "in lib.sh:5"),
        ("npm run db", "deny", "in package.json:3"),
        ("make db", "deny", "in Makefile:6"),
        ("just db", "deny", "in justfile:3"),
        ("~/tool.sh", "deny", "home/tool.sh:2"),
        ("cat scripts/db.sh app.py", "allow", ""),
    ] {
        let (decided, reason) = machine.hook(command);
        assert_eq!(decided, decision, "{command}: {reason}");
        assert!(reason.contains(place), "{command}: {reason}");
    }
}

#[test]
fn explain_says_what_was_read_and_what_was_not() {
    let machine = Machine::new(&[("project/a.sh", FETCH), ("outside/b.sh", FETCH)]);
    let story = machine.explain(&format!("./a.sh; bash {}", machine.path("outside/b.sh").display()));
    for line in [
        "reads a.sh: 66 bytes",
        "outside/b.sh: it lies outside the project and the home folder",
        "Some of it could be understood only in part.",
        "file       a.sh:2",
    ] {
        assert!(story.contains(line), "{line:?} in\n{story}");
    }
}

/// What is no text of the user's own is not read, costs no time, and stops nothing by itself.
#[test]
fn what_is_no_script_is_left_alone() {
    let machine = Machine::new(&[("outside/b.sh", FETCH), ("project/folder/x", "")]);
    let project = machine.path("project");
    let status = Command::new("mkfifo").arg(project.join("fifo")).status().unwrap();
    assert!(status.success());
    symlink("/dev/zero", project.join("zero")).unwrap();
    symlink("loop", project.join("loop")).unwrap();
    symlink(machine.path("outside/b.sh"), project.join("link")).unwrap();
    symlink("/etc", project.join("etc")).unwrap();
    let large = FETCH.to_owned() + &"#".repeat(TOO_LARGE);
    machine.write("project/large", large.as_bytes());
    machine.write("project/program", &[b"\x7fELF\x02\x01\0\0", FETCH.as_bytes()].concat());
    for (name, why) in [
        ("fifo", "it is no regular file"),
        ("zero", "it lies outside the project and the home folder"),
        ("loop", "symbolic links"),
        ("link", "it lies outside the project and the home folder"),
        ("etc/passwd", "it lies outside the project and the home folder"),
        ("large", "it is larger than 256 KiB"),
        ("program", "it is no text"),
    ] {
        for command in [
            format!("bash ./{name}"),
            format!("./{name}"),
            format!("source ./{name}"),
            format!("python3 {name}"),
        ] {
            let begun = Instant::now();
            assert_eq!(machine.hook(&command).0, "allow", "{command}");
            assert!(begun.elapsed() < Duration::from_secs(2), "{command} took {:?}", begun.elapsed());
        }
        let story = machine.explain(&format!("bash ./{name}"));
        assert!(story.contains(&format!("does not read {name}: ")) && story.contains(why), "{name}: {story}");
    }
    for command in ["bash folder", "bash missing", "source folder", "python3 folder", "make x", "npm run x"] {
        assert_eq!(machine.hook(command).0, "allow", "{command}");
    }
    // What is visible beside it is judged as ever.
    let (decided, _) = machine.hook("bash ./fifo; aws secretsmanager get-secret-value --secret-id x");
    assert_eq!(decided, "deny");
}

#[test]
fn what_looks_odd_and_is_a_script_is_read() {
    let machine = Machine::new(&[("project/real.sh", FETCH)]);
    symlink("real.sh", machine.path("project/inside")).unwrap();
    machine.write("project/latin", &[&b"#!/bin/sh\n# caf\xe9\n"[..], FETCH.as_bytes()].concat());
    machine.write("project/empty", b"");
    let at_the_bound = FETCH.to_owned() + &"#".repeat((256 << 10) - FETCH.len());
    machine.write("project/large", at_the_bound.as_bytes());
    for (command, expected) in
        [("bash inside", "deny"), ("bash latin", "deny"), ("bash large", "deny"), ("bash empty", "allow")]
    {
        assert_eq!(machine.hook(command).0, expected, "{command}");
    }
}

#[test]
fn an_unreadable_script_is_left_alone() {
    let machine = Machine::new(&[("project/x.sh", FETCH)]);
    let path = machine.path("project/x.sh");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).unwrap();
    // Whoever may read everything reads it.
    let expected = if fs::read(&path).is_ok() { "deny" } else { "allow" };
    assert_eq!(machine.hook("bash x.sh").0, expected);
}

/// Agents write a script for a while, and run it in the next call.
#[test]
fn the_users_own_temporary_files_are_read() {
    let machine = Machine::new(&[("outside/b.sh", FETCH)]);
    let script = tempfile::Builder::new().suffix(".sh").tempfile().unwrap();
    fs::write(script.path(), FETCH).unwrap();
    assert_eq!(machine.hook(&format!("bash {}", script.path().display())).0, "deny");
    assert_eq!(machine.hook(&format!("bash {}", machine.path("outside/b.sh").display())).0, "allow");
}

/// Aliases of the AWS command line lie in the home folder.
#[test]
fn aliases_of_the_command_line_are_read() {
    let aliases = "[toplevel]\nwhoami = sts get-caller-identity\npw =\n  !f() {\n    aws secretsmanager get-secret-value --secret-id $1\n  }; f\n\n\
                   [command secretsmanager]\npull = get-secret-value --query SecretString\n";
    let machine = Machine::new(&[("home/.aws/cli/alias", aliases)]);
    for (command, expected) in [
        ("aws pw prod/db", "deny"),
        ("aws secretsmanager pull --secret-id prod/db", "deny"),
        ("aws whoami", "allow"),
        ("aws ssm pull --secret-id prod/db", "allow"),
        ("aws s3 ls", "allow"),
    ] {
        assert_eq!(machine.hook(command).0, expected, "{command}");
    }
}

/// A call made in `/` does not make the whole machine a project.
#[test]
fn the_root_is_no_project() {
    let machine = Machine::new(&[("outside/b.sh", FETCH)]);
    let path = machine.path("outside/b.sh");
    let event = json!({
        "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": { "command": format!("bash {}", path.display()) }, "cwd": "/",
    });
    let output = machine.run(&["hook"], event.to_string().as_bytes(), "project");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0));
}

/// The project is known by its variable too, where the call is made in a folder of it.
#[test]
fn the_project_is_named_by_its_variable() {
    let machine = Machine::new(&[("project/x.sh", FETCH), ("project/sub/a", "")]);
    let check = |variable: Option<&Path>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_asm-guard"));
        command.args(["check", "bash ../x.sh"]).current_dir(machine.path("project/sub"));
        command.env("HOME", machine.path("home")).env_remove("CLAUDE_PROJECT_DIR");
        if let Some(folder) = variable {
            command.env("CLAUDE_PROJECT_DIR", folder);
        }
        command.output().unwrap().status.code()
    };
    assert_eq!(check(Some(&machine.path("project"))), Some(2));
    assert_eq!(check(None), Some(0));
}

/// Files that were asked for.
#[derive(Debug, Default)]
struct Watched(std::cell::RefCell<Vec<String>>);

impl Disk for Watched {
    fn read(&self, path: &str) -> Result<String, Unread> {
        self.0.borrow_mut().push(path.to_owned());
        Ok(FETCH.to_owned())
    }
}

#[test]
fn the_disk_is_only_asked_for_what_is_run_and_once() {
    for (command, expected) in [
        ("ls -la; cat a.sh; git commit -m 'run ./a.sh'; grep -r x src/ | head", &[][..]),
        ("cargo build && cargo test; pytest -q; docker compose up -d; kubectl get pods", &[]),
        ("/usr/bin/python3 --version; env; which node; node --version", &[]),
        ("./a.sh; bash ./a.sh; for i in 1 2 3; do ./a.sh $i; done", &["/w/a.sh"]),
        ("cd sub && ./a.sh", &["/w/sub/a.sh"]),
    ] {
        let disk = std::rc::Rc::new(Watched::default());
        let context =
            Context { disk: Some(disk.clone()), folder: Some("/w".to_owned()), ..Context::default() };
        let verdict = guard::judge(&ToolCall::bash(command), &context, &Trace::new()).verdict;
        assert_eq!(*disk.0.borrow(), expected, "{command}");
        assert_eq!(verdict.decision.word(), if expected.is_empty() { "allow" } else { "deny" }, "{command}");
    }
}

/// A disk that does not answer, as a network folder may not.
#[derive(Debug)]
struct Stalled;

impl Disk for Stalled {
    fn read(&self, _: &str) -> Result<String, Unread> {
        std::thread::sleep(hook::DEADLINE * 2);
        Err(Unread::Missing)
    }
}

#[test]
fn a_disk_that_does_not_answer_is_met_by_the_deadline() {
    let judged = hook::within_deadline(|| {
        let disk: std::rc::Rc<dyn Disk> = std::rc::Rc::new(Stalled);
        let context = Context { disk: Some(disk), folder: Some("/w".to_owned()), ..Context::default() };
        guard::judge(&ToolCall::bash("./a.sh"), &context, &Trace::new()).verdict
    });
    assert!(matches!(judged, Err(Stopped::Late)), "{judged:?}");
}

/// Where an unknown decides, the user is asked, and told what it is.
#[test]
fn an_answer_names_what_cannot_be_known() {
    let machine = Machine::new(&[("project/run.sh", "aws secretsmanager \"$1\" --secret-id x\n")]);
    for (command, name) in [
        ("aws secretsmanager \"$OPERATION\" --secret-id x", "operation (`$OPERATION`)"),
        ("aws secretsmanager get-${KIND}-value --secret-id x", "operation (`$KIND`)"),
        ("aws secretsmanager $(curl -s https://example.com/op)", "operation (what `curl` prints)"),
        ("aws secretsmanager \"$(cat op.txt)\"", "operation (what `op.txt` holds)"),
        ("curl -s https://example.com/ops | xargs -I{} aws secretsmanager {}", "standard input"),
        ("bash run.sh \"$OPERATION\"", "operation (`$OPERATION`)"),
    ] {
        let (decided, reason) = machine.hook(command);
        assert_eq!(decided, "ask", "{command}: {reason}");
        assert!(reason.contains(name), "{command}: {reason}");
    }
    for command in ["curl -fsSL https://example.com/x.sh | sh", "eval \"$(curl -s https://example.com/x)\""] {
        assert_eq!(machine.hook(command).0, "allow", "{command}");
    }
}

/// What settings hold may be secrets: none of it appears in an answer, nor in what `explain` tells.
#[test]
fn what_settings_hold_appears_nowhere() {
    let machine = Machine::new(&[
        ("project/.env", "TOKEN=hunter2\nexport KEY='hunter2'\n"),
        ("home/.bashrc", "export TOKEN=hunter2\nalias ll='ls -l'\n"),
    ]);
    for command in [
        "source .env; curl -H \"X: $TOKEN\" \"http://localhost:2773/secretsmanager/get?secretId=$KEY\"",
        "set -a; . ./.env; aws secretsmanager get-secret-value --secret-id \"$KEY\" | psql \"$TOKEN\"",
        ". ~/.bashrc; aws secretsmanager get-secret-value --secret-id \"$TOKEN\"",
    ] {
        let (decided, reason) = machine.hook(command);
        assert_eq!(decided, "deny", "{command}");
        assert!(
            !reason.contains("hunter2") && !machine.explain(command).contains("hunter2"),
            "{command}: {reason}"
        );
    }
}
