//! What real bash passes to the recorder.

use std::fs::{self, File};
use std::process::{Command, Stdio};

/// Many programs a process, each in a subshell; the recorder is a function that a single builtin makes up.
const RUNNER: &str = r#"
rec() { printf '%s\0' "$#" "$@" >&9; }
may() { return "$1"; }
RUNNER_prologue=$3
mapfile -d '' -t RUNNER_programs <"$1"
# Nothing can be written to a folder that is gone, and no pattern matches there.
rmdir "$PWD"
exec 9>"$2" </dev/null >/dev/null 2>&1
set --
for RUNNER_program in "${RUNNER_programs[@]}"; do
    printf 'program\0' >&9
    : ''
    ( ulimit -t 2; trap - INT QUIT; eval "unset RUNNER_programs RUNNER_program; $RUNNER_prologue
$RUNNER_program" )
done
"#;

/// What every program begins with: variables that an environment might hold are not set.
pub const PROLOGUE: &str =
    "unset two words a x y n r z e m i j v q zz x3 x4 opt x_0 expr1 xref REPLY OPTARG; true";

/// The variables that programs find.
pub const ENVIRONMENT: &[(&str, &str)] = &[("HOME", "/home/user"), ("LC_ALL", "C.UTF-8")];

/// The argument vectors that the recorder got from each program.
pub fn record(programs: &[String]) -> Vec<Vec<Vec<String>>> {
    let folder = tempfile::tempdir().unwrap();
    let (given, recorded) = (folder.path().join("programs"), folder.path().join("recorded"));
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    fs::write(&given, programs.iter().map(|program| format!("{program}\0")).collect::<String>()).unwrap();
    File::create(&recorded).unwrap();
    let status = Command::new("bash")
        .args(["--norc", "--noprofile", "-c", RUNNER, "bash"])
        .args([&given, &recorded])
        .arg(PROLOGUE)
        .env_clear()
        .envs(ENVIRONMENT.iter().copied())
        .current_dir(&empty)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.code().is_some(), "the recording shell was killed: {status}");
    let bytes = fs::read(&recorded).unwrap();
    let mut words = bytes.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
    let mut out: Vec<Vec<Vec<String>>> = Vec::new();
    while let Some(word) = words.next() {
        match word.as_str() {
            "" => {}
            "program" => out.push(Vec::new()),
            count => {
                let count = count.parse().unwrap_or_else(|_| panic!("not a count: {count:?}"));
                let argv = words.by_ref().take(count).collect();
                out.last_mut().unwrap().push(argv);
            }
        }
    }
    assert_eq!(out.len(), programs.len(), "every program has its record");
    out
}
