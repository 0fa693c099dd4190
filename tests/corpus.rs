//! Every call of the corpora, judged: `tests/corpus/*.jsonl`, one JSON object a line.
//!
//! A line gives a call (`bash`, or `tool` and `input`), what must be decided (`expect`) and why. `suggest` is a
//! safe command that the denial must offer. `hint`: the call runs, and the agent is told something; where the key is
//! missing nothing is said. `files` are on disk before the call, text by path. `now` is a known gap: what is decided
//! today although `expect` is right; once that changes the test says so, and the key goes. `risk`: the gap is one of
//! `docs/residual-risk.md`, under this heading. `oracle` is for `tests/oracle/`, which observes
//! that the labels are right: why it cannot, for this line.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use asm_guard::call::ToolCall;
use asm_guard::guard::{self, Context};
use asm_guard::trace::Trace;
use serde_json::Value;

/// The corpora must hold at least this many calls to deny, and to allow.
const LEAST: [(&str, usize); 2] = [("deny", 600), ("allow", 1000)];

/// Of those to allow, so many must be everyday commands of real sessions, which these files hold.
const LEAST_EVERYDAY: usize = 400;
const EVERYDAY: [&str; 2] = ["22-everyday", "25-sessions"];

/// Known gaps that may stand in the corpora.
const MOST_GAPS: usize = 8;

struct Case {
    place: String,
    call: ToolCall,
    expect: String,
    now: Option<String>,
    why: String,
    suggest: Option<String>,
    hint: bool,
    /// Whether it stands in the register of residual risks.
    known_risk: bool,
    files: Option<Value>,
}

impl Case {
    /// The surroundings in which the call is made.
    fn context(&self) -> Context {
        match &self.files {
            Some(files) => Context::with_files(
                serde_json::from_value::<BTreeMap<String, String>>(files.clone())
                    .unwrap_or_else(|error| panic!("{}: {error}", self.place)),
            ),
            None => Context::default(),
        }
    }
}

fn cases() -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "jsonl"))
        .collect();
    files.sort();
    files.iter().flat_map(cases_of).collect()
}

fn cases_of(file: &PathBuf) -> Vec<Case> {
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            let place = format!("{name}:{}", number + 1);
            let case: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{place}: {e}"));
            let text = |key: &str| case[key].as_str().map(str::to_owned);
            let call = match text("bash") {
                Some(command) => ToolCall::bash(command),
                None => ToolCall::new(
                    text("tool").unwrap_or_else(|| panic!("{place}: no call")),
                    case["input"].clone(),
                ),
            };
            let field = |key: &str| text(key).unwrap_or_else(|| panic!("{place}: no `{key}`"));
            Case {
                call,
                expect: field("expect"),
                why: field("why"),
                now: text("now"),
                suggest: text("suggest"),
                hint: case["hint"].as_bool().unwrap_or_default(),
                known_risk: case["risk"].is_string(),
                files: case.get("files").cloned(),
                place,
            }
        })
        .collect()
}

#[test]
fn every_call_is_decided_as_its_line_says() {
    let cases = cases();
    let mut report = String::new();
    let (mut failed, mut gaps) = (0, 0);
    for case in &cases {
        let verdict = guard::judge(&case.call, &case.context(), &Trace::new()).verdict;
        let decided = verdict.decision.word();
        let message = verdict.message();
        let offered = case.suggest.as_ref().is_none_or(|command| message.contains(command));
        gaps += usize::from(case.now.is_some() && !case.known_risk);
        let hinted = verdict.hint.is_some() == case.hint;
        if decided != case.now.as_ref().unwrap_or(&case.expect) || !offered || !hinted {
            failed += 1;
            let input = case.call.input.get("command").and_then(Value::as_str).map(str::to_owned);
            let shown = input.unwrap_or_else(|| format!("{} {}", case.call.tool, case.call.input));
            let rule = verdict.rule.as_deref().unwrap_or("-");
            let _ = writeln!(
                report,
                "{}: expected {}, decided {decided} ({rule})\n    {shown}\n    because {}",
                case.place, case.expect, case.why
            );
            if !hinted {
                let _ = writeln!(report, "    hint: {:?}", verdict.hint);
            }
            if !offered {
                let _ = writeln!(report, "    offered: {message}");
            }
        }
    }
    println!("{} calls, of which {gaps} are known gaps", cases.len());
    assert!(gaps <= MOST_GAPS, "{gaps} known gaps are too many");
    assert!(failed == 0, "{failed} of {} calls are decided otherwise:\n{report}", cases.len());
}

#[test]
fn the_corpora_are_large_and_distinct() {
    let cases = cases();
    for (expect, least) in LEAST {
        let count = cases.iter().filter(|case| case.expect == expect).count();
        assert!(count >= least, "{count} calls to {expect}, of at least {least}");
    }
    let everyday = |case: &&Case| EVERYDAY.iter().any(|file| case.place.starts_with(file));
    let count = cases.iter().filter(everyday).filter(|case| case.expect == "allow").count();
    assert!(count >= LEAST_EVERYDAY, "{count} everyday commands, of at least {LEAST_EVERYDAY}");
    let mut calls: Vec<String> =
        cases.iter().map(|case| format!("{} {} {:?}", case.call.tool, case.call.input, case.files)).collect();
    calls.sort();
    let twice: Vec<&[String]> = calls.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(twice.is_empty(), "calls that stand twice: {twice:#?}");
    assert!(cases.iter().all(|case| matches!(case.expect.as_str(), "deny" | "ask" | "allow")));
}

/// What a denial offers instead must itself be allowed, and be the whole way: nothing is left unresolved.
#[test]
fn every_safe_command_is_allowed() {
    let mut report = String::new();
    let mut offered = 0;
    for case in cases().iter().filter(|case| case.expect == "deny" || case.hint) {
        let verdict = guard::judge(&case.call, &case.context(), &Trace::new()).verdict;
        let hinted = verdict.hint.and_then(|hint| hint.message.rsplit_once(": ").map(|(_, c)| c.to_owned()));
        let Some(command) = verdict.safe_command.or(hinted.filter(|command| command.contains("asm-exec")))
        else {
            continue;
        };
        offered += 1;
        let command = command.split(" (COMMAND is").next().unwrap_or_default();
        let judged = guard::judge(&ToolCall::bash(command), &Context::default(), &Trace::new()).verdict;
        if judged.word() != "allow" {
            let said = judged.hint.as_ref().map_or_else(|| judged.message(), |hint| hint.message.clone());
            let _ = writeln!(report, "{}: {command}\n    {}: {said}", case.place, judged.word());
        }
    }
    assert!(offered > 500, "only {offered} safe commands were offered");
    assert!(
        report.is_empty(),
        "{offered} safe commands were offered, of which these are not allowed:\n{report}"
    );
}
