//! Every shell script on this machine, read whole as one command: none is stopped, and none takes too long.
//!
//! These are scripts that their authors wrote without a thought of this guard, so each that is stopped is a false alarm;
//! one for which the hook's time runs out is stopped too. What is found depends on the machine, and the time on how the
//! hook was built, so `cargo test` leaves it out. Further scripts, and the hook as it is shipped, may be named:
//!
//! ```sh
//! export ASM_GUARD_BINARY=target/release/asm-guard
//! export ASM_GUARD_SCRIPTS_DIR=$(tests/oracle/scripts.sh target/oracle)
//! cargo test --test machine -- --ignored --nocapture
//! ```

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

/// A folder of scripts beside those of the machine.
const MORE: &str = "ASM_GUARD_SCRIPTS_DIR";

/// The hook to ask; without it, the one that cargo built for this test.
const GUARD: &str = "ASM_GUARD_BINARY";

/// Where a machine keeps its programs and settings.
const PLACES: &[&str] = &["/bin", "/sbin", "/usr", "/etc", "/lib", "/opt", "/var/lib/dpkg/info"];

/// A machine with fewer scripts than this is none that says anything.
const LEAST: usize = 100;

/// Longer texts are no scripts that anybody would hand to a shell in one call.
const LONGEST: u64 = 1 << 20;

struct Script {
    path: PathBuf,
    text: String,
}

/// The shell scripts below a folder. Symbolic links are not followed: what they lead to is found where it lies.
fn scripts_below(folder: &Path, seen: &mut HashSet<String>, found: &mut Vec<Script>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { continue };
        if kind.is_dir() {
            scripts_below(&path, seen, found);
        } else if kind.is_file()
            && let Some(text) = script_in(&path)
            && seen.insert(text.clone())
        {
            found.push(Script { path, text });
        }
    }
}

/// The text of a file, if it is a shell script: by its first line, or by its name where the first line names no program.
fn script_in(path: &Path) -> Option<String> {
    let mut file = fs::File::open(path).ok()?;
    let mut start = [0; 128];
    let length = file.read(&mut start).ok()?;
    let first = start[..length].split(|byte| *byte == b'\n').next()?;
    let named = path.extension().is_some_and(|extension| extension == "sh");
    let is_script = match first.strip_prefix(b"#!") {
        Some(program) => names_a_shell(std::str::from_utf8(program).ok()?),
        None => named && !start[..length].contains(&0),
    };
    if !is_script || file.metadata().ok()?.len() > LONGEST {
        return None;
    }
    Some(String::from_utf8_lossy(&fs::read(path).ok()?).into_owned())
}

/// Whether a `#!` line starts a shell: `/bin/sh -e`, `/usr/bin/env bash`.
fn names_a_shell(line: &str) -> bool {
    let mut words = line.split_whitespace().filter(|word| !word.starts_with('-'));
    let name = |word: &str| word.rsplit('/').next().unwrap_or_default().to_owned();
    let program = words.next().map(name);
    let program = if program.as_deref() == Some("env") { words.next().map(name) } else { program };
    matches!(program.as_deref(), Some("sh" | "bash" | "dash" | "ksh" | "ash"))
}

fn scripts() -> Vec<Script> {
    let mut places: Vec<PathBuf> = PLACES.iter().map(PathBuf::from).collect();
    places.retain(|place| !place.is_symlink());
    places.extend(std::env::var_os(MORE).map(PathBuf::from));
    let (mut seen, mut found) = (HashSet::new(), Vec::new());
    for place in places {
        scripts_below(&place, &mut seen, &mut found);
    }
    found
}

/// What the hook answers to a script: nothing where it may run. Being too late is an answer too.
fn answer(guard: &OsStr, script: &Script) -> String {
    let event = json!({
        "hook_event_name": "PreToolUse", "session_id": "machine", "cwd": "/", "permission_mode": "default",
        "tool_name": "Bash", "tool_input": { "command": script.text }, "tool_use_id": "toolu_machine",
    });
    let mut hook = Command::new(guard)
        .arg("hook")
        .env("HOME", env!("CARGO_TARGET_TMPDIR"))
        .env_remove("XDG_STATE_HOME")
        .env_remove("XDG_CONFIG_HOME")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    hook.stdin.take().unwrap().write_all(event.to_string().as_bytes()).unwrap();
    let output = hook.wait_with_output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
#[ignore = "reads every shell script on this machine"]
fn no_script_on_this_machine_is_stopped() {
    let scripts = scripts();
    assert!(
        scripts.len() >= LEAST,
        "only {} shell scripts are on this machine; run this where a Debian is installed",
        scripts.len()
    );
    let guard = std::env::var_os(GUARD).unwrap_or_else(|| env!("CARGO_BIN_EXE_asm-guard").into());
    let mut stopped = Vec::new();
    let mut times: Vec<(Duration, &Script)> = Vec::new();
    for script in &scripts {
        let started = Instant::now();
        let answer = answer(&guard, script);
        times.push((started.elapsed(), script));
        if !answer.is_empty() {
            stopped.push(format!("{}: {answer}", script.path.display()));
        }
    }
    times.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
    let bytes: usize = scripts.iter().map(|script| script.text.len()).sum();
    println!("{} scripts, {} KiB; the slowest:", scripts.len(), bytes / 1024);
    for (time, script) in times.iter().take(5) {
        println!("    {time:.1?} for {} bytes: {}", script.text.len(), script.path.display());
    }
    assert!(
        stopped.is_empty(),
        "{} of {} scripts are stopped:\n{}",
        stopped.len(),
        scripts.len(),
        stopped.join("\n")
    );
}
