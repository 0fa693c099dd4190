//! The cost of the hook as a whole process, which is what an agent waits for at every tool call.
//!
//! `cargo bench --bench hook` measures `asm-guard hook` beside a floor (a Rust program that only reads stdin and
//! parses the JSON) and beside `python3` running a hook of the usual size. All of them take turns in one run, in
//! a new order each round, so that a busy machine slows them alike; the ratios say more than the milliseconds.
//!
//! It judges no time. It fails when a program fails or when asm-guard answers wrongly.
//! `cargo bench --bench hook -- --quick` takes few rounds, enough to see that everything still runs.

mod measure;
mod memory;
mod payload;
mod process;

use measure::{Shuffle, percentile, python, shipped, within};
use memory::Meter;
use payload::Payload;
use process::Program;
use std::error::Error;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Makes this binary the floor. Looked at before anything else, so that the floor is nothing but the floor.
const FLOOR: &str = "--be-the-floor";

/// Who runs.
const HOOK: usize = 0;
const FLOOR_ON_SAME: usize = 1;
const PYTHON: usize = 2;

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|first| first == FLOOR) {
        return be_the_floor();
    }
    match measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Reads stdin, parses the JSON, does nothing with it.
fn be_the_floor() -> ExitCode {
    let mut event = Vec::new();
    if std::io::stdin().lock().read_to_end(&mut event).is_err() {
        return ExitCode::FAILURE;
    }
    match serde_json::from_slice::<serde_json::Value>(&event) {
        Ok(value) => {
            std::hint::black_box(&value);
            ExitCode::SUCCESS
        }
        Err(_) => ExitCode::FAILURE,
    }
}

/// How often each thing is done.
struct Rounds {
    scripts: usize,
    huge: usize,
    memory: usize,
}

impl Rounds {
    /// Cargo passes `--bench` only under `cargo bench`; in any other run, quick is enough.
    fn from_arguments() -> Rounds {
        let given: Vec<String> = std::env::args().skip(1).collect();
        let has = |name: &str| given.iter().any(|argument| argument == name);
        if has("--quick") || !has("--bench") {
            Rounds { scripts: 15, huge: 3, memory: 10 }
        } else {
            Rounds { scripts: 400, huge: 20, memory: 60 }
        }
    }
}

fn measure() -> Result<(), Box<dyn Error>> {
    let rounds = Rounds::from_arguments();
    let home = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("hook-bench-home");
    std::fs::create_dir_all(&home)?;

    let mut programs = vec![
        Program::new(shipped(env!("CARGO_BIN_EXE_asm-guard"))?, &["hook"], &home),
        Program::new(std::env::current_exe()?, &[FLOOR], &home),
    ];
    match python() {
        Some(path) => {
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/hook.py");
            println!("python: {}", path.display());
            programs.push(Program::new(path, &[script], &home));
        }
        None => println!("python: not found, left out"),
    }

    let small = Payload::small();
    let scripts = [small, Payload::script_2k(), Payload::script_17k(), Payload::fetch()];
    println!("\nWhole process, median of {} interleaved rounds\n", rounds.scripts);
    let times = interleave(&programs, &scripts, rounds.scripts)?;
    print_scripts(&scripts, &times);

    let huge = [Payload::huge()];
    let times = interleave(&programs[..PYTHON], &huge, rounds.huge)?;
    print_huge(&huge[0], &times[0]);

    print_memory(&programs[..PYTHON], &scripts, rounds.memory, &home)
}

/// Times of one payload: a sorted list a program.
type Times = Vec<Vec<Duration>>;

/// Runs every program on every payload once a round, in a new order each round, and checks every answer.
fn interleave(
    programs: &[Program],
    payloads: &[Payload],
    rounds: usize,
) -> Result<Vec<Times>, Box<dyn Error>> {
    let mut times = vec![vec![Vec::with_capacity(rounds); programs.len()]; payloads.len()];
    let mut turns: Vec<(usize, usize)> =
        (0..payloads.len()).flat_map(|payload| (0..programs.len()).map(move |who| (payload, who))).collect();
    let mut shuffle = Shuffle::new();
    for _ in 0..rounds {
        shuffle.apply(&mut turns);
        for &(at, who) in &turns {
            let payload = &payloads[at];
            let ended = programs[who].run(&payload.event)?;
            match who {
                HOOK => payload.check(&ended)?,
                FLOOR_ON_SAME if ended.code != Some(0) => {
                    return Err(format!("the floor failed on {}: {ended}", payload.name).into());
                }
                PYTHON if !matches!(ended.code, Some(0 | 2)) => {
                    return Err(format!("benches/hook.py failed on {}: {ended}", payload.name).into());
                }
                _ => {}
            }
            times[at][who].push(ended.wall);
        }
    }
    for list in times.iter_mut().flatten() {
        list.sort_unstable();
    }
    Ok(times)
}

fn print_scripts(payloads: &[Payload], times: &[Times]) {
    println!(
        "{:<13} {:>7}  {:>10} {:>9} {:>9}  {:>7} {:>13}  {:<14} {:>9} {:>8}",
        "payload",
        "bytes",
        "asm-guard",
        "95 of 100",
        "floor",
        "÷ floor",
        "÷ small floor",
        "target",
        "python3",
        "÷ floor"
    );
    let small_floor = percentile(&times[0][FLOOR_ON_SAME], 50);
    for (payload, times) in payloads.iter().zip(times) {
        let hook = percentile(&times[HOOK], 50);
        let floor = percentile(&times[FLOOR_ON_SAME], 50);
        let target = match payload.name {
            "small" => target(hook / floor, 1.5),
            "17 KB script" => target(hook / floor, 3.0),
            _ => String::new(),
        };
        print!(
            "{:<13} {:>7}  {:>7.2} ms {:>6.2} ms {:>6.2} ms  {:>7.2} {:>13.2}  {:<14}",
            payload.name,
            payload.command_bytes,
            hook,
            percentile(&times[HOOK], 95),
            floor,
            hook / floor,
            hook / small_floor,
            target,
        );
        match times.get(PYTHON).map(|list| percentile(list, 50)) {
            Some(python) => println!(" {python:>6.2} ms {:>8.2}", python / floor),
            None => println!(" {:>9} {:>8}", "-", "-"),
        }
    }
}

fn print_huge(payload: &Payload, times: &Times) {
    let hook = &times[HOOK];
    println!(
        "\n{} ({} bytes, {} rounds): median {:.1} ms, worst {:.1} ms, floor {:.1} ms; target 200 ms: {}",
        payload.name,
        payload.command_bytes,
        hook.len(),
        percentile(hook, 50),
        percentile(hook, 100),
        percentile(&times[FLOOR_ON_SAME], 50),
        within(percentile(hook, 50) <= 200.0),
    );
}

fn print_memory(
    programs: &[Program],
    payloads: &[Payload],
    runs: usize,
    scratch: &Path,
) -> Result<(), Box<dyn Error>> {
    let Some(meter) = Meter::of_this_machine(scratch) else {
        println!("\nPeak memory: not measured, there is neither GNU time nor /proc");
        return Ok(());
    };
    println!("\nPeak memory, largest of {runs} runs, from {}", meter.name());
    for (at, payload) in payloads.iter().enumerate() {
        let hook = meter.largest(&programs[HOOK], &payload.event, runs)?;
        let floor = meter.largest(&programs[FLOOR_ON_SAME], &payload.event, runs)?;
        let target = match hook {
            Some(peak) if at == 0 => format!("; target ≤ 12 MB: {}", within(peak <= 12.0)),
            _ => String::new(),
        };
        println!("  {:<13} asm-guard {}, floor {}{target}", payload.name, megabytes(hook), megabytes(floor));
    }
    Ok(())
}

fn megabytes(peak: Option<f64>) -> String {
    peak.map_or_else(|| "not caught".to_owned(), |peak| format!("{peak:.1} MB"))
}

/// A target and whether it was reached.
fn target(ratio: f64, at_most: f64) -> String {
    format!("≤ {at_most:.1}: {}", within(ratio <= at_most))
}
