//! The proof in a real bash: of every call in the table that is certain, the program gets the same words, variables and
//! input from the call, with an `aws` that answers, and from what takes its place, with the real asm-exec.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use crate::cases::{Case, cases};
use crate::daemon::{Daemon, TOKEN};

/// Programs of the table.
const PROGRAMS: &[&str] = &["psql", "curl", "mysql", "redis-cli", "npm", "python3", "ssh", "tool"];

/// Writes down what it is given.
const PROGRAM: &str = r#"#!/bin/sh
{
    for word; do printf '<%s>' "$word"; done
    printf '|%s|%s|%s|%s|%s|%s|' "${PGPASSWORD-}" "${PGUSER-}" "${PGHOST-}" "${TOKEN-}" "${A-}" "${B_2-}"
    pwd
    cat
} >>"$RECORD"
printf 'one\n\ntwo\nthree\n'
echo four >&2
"#;

/// Answers as the AWS CLI does, from files.
const AWS: &str = r#"#!/bin/sh
form=answer
while [ $# -gt 0 ]; do
    case $1 in
        --secret-id) id=$2 && shift ;;
        --query) form=text && shift ;;
    esac
    shift
done
cat "$DATA/$id.$form"
echo
"#;

/// For a machine without jq: keys of flat JSON, and the text in the API's answer.
const JQ: &str = r#"#!/bin/sh
text=$(cat)
printf '%s\n' "$2" | tr '|' '\n' | tr -d ' .' >"$RECORD.filter"
while read -r key; do
    case $key in
        SecretString) text=$(printf %s "$text" | sed 's/.*"SecretString":"\(.*\)","Version.*/\1/; s/\\"/"/g') ;;
        fromjson) ;;
        *) text=$(printf %s "$text" | sed "s/.*\"$key\":\"\([^\"]*\)\".*/\1/") ;;
    esac
done <"$RECORD.filter"
printf '%s\n' "$text"
"#;

fn script(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

pub fn machine() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let stubs = folder.path().join("stubs");
    fs::create_dir(&stubs).unwrap();
    for name in PROGRAMS {
        script(&stubs.join(name), PROGRAM);
    }
    script(&folder.path().join("deploy.sh"), PROGRAM);
    fs::write(folder.path().join("in"), "its input\n").unwrap();
    for name in ["app", "an app"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    script(&stubs.join("aws"), AWS);
    let path = std::env::var_os("PATH").unwrap();
    if !std::env::split_paths(&path).any(|folder| folder.join("jq").exists()) {
        script(&stubs.join("jq"), JQ);
    }
    let data = folder.path().join("data/prod");
    fs::create_dir_all(&data).unwrap();
    // As the daemon has them.
    for (id, text) in [
        ("db", r#"{"username":"app","password":"p&ss/word-of-prod-db","host":"db.example.com"}"#),
        ("mysql", r#"{"password":"word-of-prod-mysql"}"#),
        ("api", r#"{"token":"token-of-prod-api"}"#),
        ("stripe", "key-of-prod-stripe"),
    ] {
        fs::write(data.join(format!("{id}.text")), text).unwrap();
        let answer = json!({ "Name": format!("prod/{id}"), "SecretString": text, "VersionId": "v1" });
        fs::write(data.join(format!("{id}.answer")), answer.to_string()).unwrap();
    }
    folder
}

/// What the program wrote down that this command started, and what the command printed.
pub fn recorded(machine: &TempDir, daemon: &Daemon, command: &str) -> String {
    let record = machine.path().join("record");
    let _ = fs::remove_file(&record);
    let asm_exec = Path::new(env!("CARGO_BIN_EXE_asm-exec")).parent().unwrap();
    let mut path = vec![machine.path().join("stubs"), asm_exec.to_owned()];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let output = Command::new("bash")
        .args(["-c", command])
        .current_dir(machine.path())
        .env_clear()
        .env("PATH", std::env::join_paths(path).unwrap())
        .env("HOME", machine.path())
        .env("RECORD", &record)
        .env("DATA", machine.path().join("data"))
        .envs([
            ("DB_HOST", "db  host"),
            ("DB_USER", "u\"s'e$r"),
            ("API_USER", "*"),
            ("X", "x  `y`"),
            ("V", " v'\"\\ "),
        ])
        .env("AWS_TOKEN", TOKEN)
        .env("AWS_SECRETS_MANAGER_AGENT_ENDPOINT", daemon.endpoint())
        .env("ASM_EXEC_BACKENDS", "sma")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{command}: {output:?}");
    let record = fs::read_to_string(record).unwrap_or_else(|error| panic!("{command}: {error}, {output:?}"));
    // Where errors and output are one stream, their order is not the same; and asm-exec may say what it does not mask.
    let lines = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let said = text.lines().filter(|line| !line.starts_with("asm-exec: "));
        let mut lines: Vec<String> = said.map(str::to_owned).collect();
        lines.sort();
        lines.join("\n")
    };
    format!("{record}\n{}\n{}", lines(&output.stdout), lines(&output.stderr))
}

#[test]
fn the_program_gets_the_same_from_both() {
    let (machine, daemon) = (machine(), Daemon::start());
    let mut compared = 0;
    for Case { call, expected } in cases() {
        let Ok(replacement) = expected else { continue };
        let command = call.input["command"].as_str().unwrap();
        let (asked, replaced) =
            (recorded(&machine, &daemon, command), recorded(&machine, &daemon, &replacement));
        assert_eq!(asked, replaced, "{command}\n{replacement}");
        let value = ["word-of-prod-db", "key-of-prod-stripe", "token-of-prod-api", "word-of-prod-mysql"];
        assert!(value.iter().any(|value| replaced.contains(value)), "{replaced}");
        compared += 1;
    }
    assert!(compared >= 10, "{compared}");
}
