//! The text tools, against the machine's own: what a pipeline prints in real bash is what the evaluator says.
//!
//! `tests/filters/pipelines.txt` is a table; more are made from a seed. A pipeline whose program is missing here, or
//! is not the implementation that the evaluator knows, is left out by name. What the evaluator says nothing of is
//! counted by tool.
#![cfg(unix)]

mod filters {
    pub mod generated;
}

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use asm_guard::shell::{self, Host, Invocation, Outcome, Setup};
use asm_guard::trace::Trace;
use asm_guard::value::Text;

/// Of a hundred pipelines, how many may be unknown at most.
const MOST_UNKNOWN: usize = 6;

/// Tools whose options and output are only known of GNU's (and util-linux') versions.
const GNU: &[&str] = &[
    "base32", "base64", "basename", "basenc", "cat", "cut", "date", "dd", "dirname", "expand", "expr",
    "fold", "grep", "egrep", "fgrep", "head", "hexdump", "nl", "od", "paste", "readlink", "realpath", "rev",
    "sed", "seq", "sort", "split", "tac", "tail", "tee", "tr", "unexpand", "uniq", "yes",
];

fn table() -> Vec<String> {
    let text = include_str!("filters/pipelines.txt");
    let mut out: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        match (line.strip_prefix("> "), out.last_mut()) {
            (Some(more), Some(last)) => {
                last.push('\n');
                last.push_str(more);
            }
            _ => out.push(line.to_owned()),
        }
    }
    out
}

/// The programs of a pipeline, as far as it is known which they are.
fn programs(pipeline: &str) -> Vec<String> {
    let first_word = |stage: &str| {
        let words = stage.split_whitespace().map(|word| word.trim_start_matches(['{', '(']));
        words.filter(|word| !word.contains('=') && !word.is_empty()).map(str::to_owned).next()
    };
    let mut quoted = None;
    let mut stages = vec![String::new()];
    for c in pipeline.chars() {
        match quoted {
            Some(quote) if c == quote => quoted = None,
            Some(_) => {}
            None if matches!(c, '\'' | '"') => quoted = Some(c),
            None if matches!(c, '|' | ';' | '&') => stages.push(String::new()),
            None => stages.last_mut().unwrap().push(c),
        }
    }
    stages.iter().filter_map(|stage| first_word(stage)).collect()
}

/// Which of `names` this machine does not have, or has as something else.
fn missing(names: &BTreeSet<String>) -> BTreeSet<String> {
    let mut script = String::new();
    for name in names.iter().filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')) {
        let _ = writeln!(script, "type {name} >/dev/null 2>&1 || echo {name}");
        if GNU.contains(&name.as_str()) {
            let _ = writeln!(
                script,
                "{name} --version 2>/dev/null </dev/null | grep -qE 'GNU|util-linux' || echo {name}"
            );
        }
    }
    bash(&script, Path::new("/")).lines().map(str::to_owned).collect()
}

fn bash(script: &str, folder: &Path) -> String {
    use std::io::Write as _;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut child = Command::new("bash")
        .args(["--noprofile", "--norc", "-s"])
        .env_clear()
        .env("PATH", path)
        .env("LC_ALL", "C.UTF-8")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let script = script.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(script.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What each pipeline prints in bash: many in one process, each in a folder of its own.
fn printed_by_bash(pipelines: &[&String]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut script = String::new();
    for (number, pipeline) in pipelines.iter().enumerate() {
        let _ = writeln!(
            script,
            "mkdir {number}; cd {number}\nx=\"$({pipeline}\n)\"\nprintf '%s\\0' \"$x\"; cd .."
        );
    }
    let printed = bash(&script, folder.path());
    let mut parts: Vec<String> = printed.split('\0').map(str::to_owned).collect();
    assert_eq!(parts.pop().as_deref(), Some(""), "bash ended early");
    assert_eq!(parts.len(), pipelines.len());
    parts
}

struct Recorder(Option<Text>);

impl Host for Recorder {
    fn invoke(&mut self, _: &Trace, invocation: &Invocation) -> Outcome {
        if invocation.argv.first().and_then(Text::literal) == Some("stub") {
            self.0 = invocation.argv.get(1).cloned();
        }
        Outcome::default()
    }
}

fn printed_by_us(pipeline: &str) -> Option<String> {
    let mut recorder = Recorder(None);
    let text = format!("stub \"$({pipeline}\n)\"");
    let setup = Setup { stdin: "".into(), ..Setup::default() };
    shell::run(&text, setup, &Trace::new(), &mut recorder).unwrap();
    recorder.0.and_then(|text| text.literal().map(str::to_owned))
}

/// Runs the pipelines on both sides; returns disagreements, and counts by tool what was unknown.
fn compare(pipelines: &[String]) -> (String, BTreeMap<String, (usize, usize)>) {
    let names: BTreeSet<String> = pipelines.iter().flat_map(|pipeline| programs(pipeline)).collect();
    let missing = missing(&names);
    if !missing.is_empty() {
        println!("not here, or not GNU's: {missing:?}");
    }
    let here = |pipeline: &&String| programs(pipeline).iter().all(|name| !missing.contains(name));
    let run: Vec<&String> = pipelines.iter().filter(here).collect();
    let halves = run.split_at(run.len() / 2);
    let expected = std::thread::scope(|scope| {
        let first = scope.spawn(|| printed_by_bash(halves.0));
        let second = printed_by_bash(halves.1);
        let mut all = first.join().unwrap();
        all.extend(second);
        all
    });
    let mut report = String::new();
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (pipeline, expected) in run.iter().zip(expected) {
        let found = printed_by_us(pipeline);
        for name in programs(pipeline).into_iter().collect::<BTreeSet<_>>() {
            let count = counts.entry(name).or_default();
            count.0 += 1;
            count.1 += usize::from(found.is_none());
        }
        match found {
            // What is no UTF-8 cannot be compared as text.
            Some(_) if expected.contains('\u{fffd}') => {}
            Some(found) if found != expected => {
                let _ = writeln!(report, "{pipeline}\n  bash:  {expected:?}\n  found: {found:?}");
            }
            Some(_) => {}
            None if std::env::var_os("SHOW_UNKNOWN").is_some() => println!("unknown: {pipeline}"),
            None => {}
        }
    }
    (report, counts)
}

fn check(pipelines: &[String]) {
    let (report, counts) = compare(pipelines);
    let mut unknown = 0;
    for (name, (all, none)) in counts.iter().filter(|(_, (_, none))| *none > 0) {
        println!("{name}: {none} of {all} unknown");
        unknown += none;
    }
    assert!(report.is_empty(), "\n{report}");
    let most = pipelines.len() * MOST_UNKNOWN / 100;
    assert!(unknown <= most, "{unknown} unknown, of {} at most {most}", pipelines.len());
}

#[test]
fn pipelines_of_the_table_print_what_bash_prints() {
    check(&table());
}

#[test]
fn generated_pipelines_print_what_bash_prints() {
    check(&filters::generated::pipelines(0x5eed, 450));
}
