//! Properties that hold for any input: no panic, and no hiding behind one more shell.

use std::fs;
use std::path::PathBuf;

use asm_guard::call::ToolCall;
use asm_guard::guard::{self, Context};
use asm_guard::policy::Decision;
use asm_guard::shell::quoted;
use asm_guard::trace::Trace;
use serde_json::Value;

/// The shell commands of the corpora that need no file on disk, with what is decided of them.
fn commands() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let text: String = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    text.lines()
        .filter_map(|line| {
            let case: Value = serde_json::from_str(line).unwrap();
            if case.get("files").is_some() {
                return None;
            }
            let now = case["now"].as_str().or(case["expect"].as_str())?.to_owned();
            Some((case["bash"].as_str()?.to_owned(), now))
        })
        .collect()
}

fn decide(command: &str) -> Decision {
    guard::judge(&ToolCall::bash(command), &Context::default(), &Trace::new()).verdict.decision
}

/// A small generator (xorshift), so that a failure can be had again.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

#[test]
fn one_more_shell_hides_nothing() {
    let mut hidden = Vec::new();
    for (command, decided) in commands().iter().filter(|(_, decided)| decided != "allow") {
        for wrapped in [
            format!("bash -c {}", quoted(command)),
            format!("eval {}", quoted(command)),
            format!("sudo sh -c {}", quoted(&format!("bash -c {}", quoted(command)))),
        ] {
            if decide(&wrapped) == Decision::Allow {
                hidden.push(format!("{decided}: {wrapped}"));
            }
        }
    }
    assert!(
        hidden.is_empty(),
        "{} commands are allowed once they are wrapped:\n{}",
        hidden.len(),
        hidden.join("\n")
    );
}

#[test]
fn no_mutation_of_a_command_panics() {
    const INSERTED: &[&str] = &[
        "'",
        "\"",
        "`",
        "$(",
        "${",
        ")",
        "}",
        "\\",
        "<<E\n",
        ";",
        "|",
        "&",
        "\n",
        "[",
        "((",
        "=(",
        "é",
        "\u{0}",
        "*",
        "{a,",
        "$'\\x",
        "<(",
        "${x//",
        "case x in ",
        "\u{1F600}",
    ];
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    for (command, _) in commands() {
        for _ in 0..20 {
            let mut text: Vec<char> = command.chars().collect();
            for _ in 0..=numbers.below(3) {
                let at = numbers.below(text.len() + 1);
                match numbers.below(3) {
                    0 => text.truncate(at),
                    1 if at < text.len() => drop(text.remove(at)),
                    _ => {
                        let inserted = INSERTED[numbers.below(INSERTED.len())];
                        text.splice(at..at, inserted.chars());
                    }
                }
            }
            let text: String = text.into_iter().collect();
            let judged = std::panic::catch_unwind(|| decide(&text));
            assert!(judged.is_ok(), "panics on {text:?}");
        }
    }
}
