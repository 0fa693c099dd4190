//! The register of residual risks, `docs/residual-risk.md`: what it says is open is a case of
//! `tests/corpus/90-residual.jsonl`, under the same heading, and allowed today.

use std::fs;
use std::path::Path;

use asm_guard::call::ToolCall;
use asm_guard::guard::{self, Context};
use asm_guard::policy::Decision;
use asm_guard::trace::Trace;
use serde_json::Value;

/// A heading, and a command below it.
type Entry = (String, String);

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The commands of the page, in order.
fn on_the_page() -> Vec<Entry> {
    let page = read("docs/residual-risk.md");
    let sections = page.split("\n## ").skip(1);
    sections
        .flat_map(|section| {
            let (heading, text) = section.split_once('\n').unwrap();
            let blocks = text.split("```bash\n").skip(1);
            blocks.map(|block| (heading.to_owned(), block.split_once("\n```").unwrap().0.to_owned()))
        })
        .collect()
}

/// The commands of the corpus, in order.
fn in_the_corpus() -> Vec<Entry> {
    let lines = read("tests/corpus/90-residual.jsonl");
    let entry = |line: &str| {
        let case: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| case[key].as_str().unwrap_or_else(|| panic!("{line}: no `{key}`")).to_owned();
        (text("risk"), text("bash"))
    };
    lines.lines().map(entry).collect()
}

#[test]
fn the_register_and_its_cases_are_the_same() {
    let page = on_the_page();
    assert!(page.len() >= 10, "{} cases", page.len());
    assert_eq!(page, in_the_corpus());
}

#[test]
fn what_is_said_to_be_open_is_open() {
    for (heading, command) in on_the_page() {
        let verdict = guard::judge(&ToolCall::bash(&*command), &Context::default(), &Trace::new()).verdict;
        assert_eq!(
            verdict.decision,
            Decision::Allow,
            "{heading}: {command}\nThis is no longer open: take it out of the register."
        );
    }
}
