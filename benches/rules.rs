//! What a thousand rules in a user's folder cost the hook, as a whole process.
//!
//! `cargo bench --bench rules` measures `asm-guard hook` in a home folder without rules beside the same in one with a
//! thousand, on calls without a fact and on calls whose facts the rules are about. Both take turns in one run.
//!
//! It judges no time. It fails when asm-guard answers wrongly, which a rule that is not found would be.
//! `cargo bench --bench rules -- --quick` takes few rounds, enough to see that everything still runs.

#[allow(dead_code, reason = "the bench of the hook uses more of it")]
mod measure;
#[allow(dead_code, reason = "the bench of the hook uses more of it")]
mod process;

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use measure::{Shuffle, percentile, shipped, within};
use process::Program;
use serde_json::json;

/// How many rules there are, and in how many files.
const RULES: usize = 1000;
const FILES: usize = 50;
/// What they may cost, in milliseconds.
const MOST: f64 = 1.0;
/// Commands with their exit status, and whether anything is said of them without the rules and with them. The rules only
/// hint: a denial is logged, which is no cost of theirs.
const CALLS: [(&str, i32, bool, bool); 4] = [
    ("git status", 0, false, false),
    ("aws service17 describe-things --name x", 0, false, false),
    ("aws service17 operation-17 --name secret-17", 0, false, true),
    ("aws secretsmanager get-secret-value --secret-id prod/db", 2, true, true),
];

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| given.iter().any(|argument| argument == name);
    let rounds = if has("--quick") || !has("--bench") { 15 } else { 400 };
    match measure(rounds) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Rules over facts of several kinds, each about something of its own.
fn write_rules(home: &Path) -> std::io::Result<()> {
    let folder = home.join(".config/asm-guard/rules.d");
    fs::create_dir_all(&folder)?;
    for file in 0..FILES {
        let mut text = String::new();
        for number in (file..RULES).step_by(FILES) {
            let when = match number % 5 {
                0 => format!("when.command = {{ program = \"program-{number}\", operands = \"get *\" }}"),
                1 => format!("when.http = {{ host = \"*.host-{number}.example.com\", path = \"/v1/*\" }}"),
                _ => format!(
                    "when.aws = {{ service = \"service{number}\", operation = \"operation-{number}\", \
                     parameters = {{ Name = {{ regex = \"secret-[0-9]+\" }} }} }}"
                ),
            };
            let _ = write!(
                text,
                "[[rule]]\nid = \"rule-{number}\"\nsummary = \"Reads what the policy of team {number} protects\"\n\
decision = \"hint\"\nreason = \"The plaintext would enter the conversation.\"\ntags = [\"team\"]\n{when}\n\n\
                 [[rule.example]]\nbash = \"a command that is stopped\"\nexpect = \"hint\"\n\n\
                 [[rule.example]]\nbash = \"git status\"\nexpect = \"allow\"\n\n"
            );
        }
        fs::write(folder.join(format!("team-{file:02}.toml")), text)?;
    }
    Ok(())
}

fn measure(rounds: usize) -> Result<(), Box<dyn Error>> {
    let homes = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("rules-bench");
    let _ = fs::remove_dir_all(&homes);
    let (bare, with_rules) = (homes.join("bare"), homes.join("with-rules"));
    fs::create_dir_all(&bare)?;
    write_rules(&with_rules)?;
    let guard = shipped(env!("CARGO_BIN_EXE_asm-guard"))?;
    let programs = [Program::new(&guard, &["hook"], &bare), Program::new(&guard, &["hook"], &with_rules)];

    let events: Vec<Vec<u8>> = CALLS.iter().map(|(command, ..)| event(command)).collect();
    // The first run compiles the rules.
    let first = programs[1].run(&events[0])?.wall;
    let mut times = vec![[Vec::new(), Vec::new()]; CALLS.len()];
    let mut turns: Vec<(usize, usize)> = (0..CALLS.len()).flat_map(|call| [(call, 0), (call, 1)]).collect();
    let mut shuffle = Shuffle::new();
    for _ in 0..rounds {
        shuffle.apply(&mut turns);
        for &(call, who) in &turns {
            let ended = programs[who].run(&events[call])?;
            let (command, code, bare, ruled) = CALLS[call];
            if ended.code != Some(code) || ended.stdout.is_empty() == [bare, ruled][who] {
                return Err(format!("a wrong answer to `{command}`: {ended}").into());
            }
            times[call][who].push(ended.wall);
        }
    }
    println!("Whole process, median of {rounds} interleaved rounds; {RULES} rules in {FILES} files\n");
    println!("{:<60} {:>10} {:>10} {:>9}  target", "call", "no rules", "rules", "more");
    for ((command, ..), [bare, ruled]) in CALLS.iter().zip(&mut times) {
        let median = |list: &mut Vec<Duration>| {
            list.sort_unstable();
            percentile(list, 50)
        };
        let (bare, ruled) = (median(bare), median(ruled));
        let more = ruled - bare;
        let target = within(more <= MOST);
        println!("{command:<60} {bare:>7.2} ms {ruled:>7.2} ms {more:>6.2} ms  ≤ {MOST} ms: {target}");
    }
    println!("\nThe first call after a change, which compiles them: {:.1} ms", first.as_secs_f64() * 1e3);
    Ok(())
}

fn event(command: &str) -> Vec<u8> {
    let input = json!({ "command": command });
    json!({ "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": input }).to_string().into()
}
