//! How the guard's cost grows with its input, in process: mixed script of 1 KB to 1 MB, and the fuzzers' kept inputs.
//!
//! `cargo bench --bench scaling` tells the best of several turns, for what else the machine does only adds to a time.
//! It judges no time. It fails where a script is not allowed: a refusal at a bound would be quick.
//! `cargo bench --bench scaling -- --quick` takes few turns, enough to see that everything still runs.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use asm_guard::bounds::Budget;
use asm_guard::call::ToolCall;
use asm_guard::code::{self, Language};
use asm_guard::guard::{self, Context};
use asm_guard::hook;
use asm_guard::policy::Decision;
use asm_guard::trace::Trace;

/// What is denied where it is reached.
const FETCH: &str = "aws secretsmanager get-secret-value --secret-id prod/db";
/// A stretch of a script as people write them: a function and its call, a loop, `case`, a here-document, pipelines.
const STRETCH: &str = include_str!("payloads/mixed-1k.sh");
const SIZES: [usize; 4] = [1 << 10, 10 << 10, 100 << 10, 1 << 20];
/// What ten times the input may cost.
const MOST: f64 = 12.0;
/// What the worst kept input may take.
const WORST: Duration = Duration::from_millis(250);

fn main() -> ExitCode {
    let quick = std::env::args().any(|argument| argument == "--quick");
    match scripts(if quick { 2 } else { 15 }).and_then(|()| kept(if quick { 1 } else { 5 })) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Such stretches up to `size`, each with variables and functions of its own.
fn script(size: usize) -> String {
    let mut text = String::with_capacity(size);
    for number in 0.. {
        let next = STRETCH.replace("NUMBER", &number.to_string());
        if !text.is_empty() && text.len() + next.len() > size {
            break;
        }
        text.push_str(&next);
    }
    text
}

fn scripts(turns: u32) -> Result<(), Box<dyn Error>> {
    println!("mixed script, the best of {turns} turns; target: at most {MOST} times the one before");
    let mut before: Option<(usize, Duration)> = None;
    for size in SIZES {
        let text = script(size);
        let call = ToolCall::bash(text.as_str());
        // What is measured is worth something only where the text is walked to its end.
        let fetches = ToolCall::bash(format!("{text}\n{FETCH}\n"));
        if guard::judge(&fetches, &Context::default(), &Trace::new()).verdict.decision != Decision::Deny {
            return Err(format!("{size} bytes: its end is not reached").into());
        }
        let mut best = Duration::MAX;
        // The small ones are over in less time than the clock tells well.
        let times = (SIZES[2] / size).max(1) as u32;
        for _ in 0..turns {
            // A hook's process ends with its answer: what it took to give back what was understood is no part of it.
            let traces: Vec<Trace> = (0..times).map(|_| Trace::new()).collect();
            let started = Instant::now();
            for trace in &traces {
                let judgement = guard::judge(black_box(&call), &Context::default(), trace);
                let verdict = black_box(judgement).verdict;
                if verdict.decision != Decision::Allow {
                    return Err(format!("{size} bytes: {}", verdict.message()).into());
                }
            }
            best = best.min(started.elapsed() / times);
        }
        print!(
            "{:>9} bytes {:>9.3} ms {:>6.1} ns a byte",
            text.len(),
            milliseconds(best),
            per_byte(best, &text)
        );
        match before.replace((text.len(), best)) {
            None => println!(),
            Some((length, time)) => {
                // Texts end with a stretch, so the sizes are not ten times each other exactly.
                let growth = text.len() as f64 / length as f64;
                let ratio = best.as_secs_f64() / time.as_secs_f64() * 10.0 / growth;
                println!("   × {ratio:>4.1} for × 10: {}", if ratio <= MOST { "reached" } else { "MISSED" });
            }
        }
    }
    Ok(())
}

/// The inputs that fuzzing has kept, each as its target takes it.
fn kept(turns: u32) -> Result<(), Box<dyn Error>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut inputs = Vec::new();
    for target in ["shell", "event", "code"] {
        for entry in
            fs::read_dir(corpus.join(target)).map_err(|error| format!("fuzz/corpus/{target}: {error}"))?
        {
            let path = entry?.path();
            let bytes = fs::read(&path)?;
            let mut best = Duration::MAX;
            for _ in 0..turns {
                let started = Instant::now();
                run(target, &bytes);
                best = best.min(started.elapsed());
            }
            inputs.push((best, path));
        }
    }
    inputs.sort_unstable();
    let Some((time, path)) = inputs.last() else { return Err("fuzz/corpus holds nothing".into()) };
    println!(
        "\nworst of {} kept inputs: {:.1} ms ({}); target {} ms: {}",
        inputs.len(),
        milliseconds(*time),
        path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(path).display(),
        WORST.as_millis(),
        if *time <= WORST { "reached" } else { "MISSED" }
    );
    Ok(())
}

/// What `fuzz/fuzz_targets/` does with an input, its checks aside.
fn run(target: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match target {
        "event" => drop(black_box(hook::answer(bytes))),
        "shell" => {
            let call = ToolCall::bash(text);
            drop(black_box(guard::judge(&call, &Context::default(), &Trace::new())));
        }
        _ => {
            for language in Language::all() {
                let _ = black_box(code::effects(language, &text, &Budget::new()));
            }
        }
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn per_byte(time: Duration, text: &str) -> f64 {
    time.as_secs_f64() * 1e9 / text.len() as f64
}
