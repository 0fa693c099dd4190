//! `cases.jsonl`: a call, and either the exact command that may take its place or a part of why none may.
//!
//! `FETCH` stands for a fetch of `prod/db`'s text.

use asm_guard::call::ToolCall;
use asm_guard::guard::{self, Context};
use asm_guard::policy::{Certainty, Decision, Verdict};
use asm_guard::trace::Trace;
use serde_json::Value;

const FETCH: &str =
    "aws secretsmanager get-secret-value --secret-id prod/db --query SecretString --output text";

/// A line of the table.
pub struct Case {
    pub call: ToolCall,
    /// The command that takes the call's place, or what is said of the doubt.
    pub expected: Result<String, String>,
}

pub fn cases() -> Vec<Case> {
    let lines = include_str!("cases.jsonl").replace("FETCH", FETCH);
    let read = |line: &str| {
        let case: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let text = |key: &str| case[key].as_str().map(str::to_owned);
        assert!(text("why").is_some(), "{line}");
        Case {
            call: match text("bash") {
                Some(command) => ToolCall::bash(command),
                None => ToolCall::new(text("tool").unwrap(), case["input"].clone()),
            },
            expected: text("certain").ok_or_else(|| text("uncertain").unwrap()),
        }
    };
    lines.lines().map(read).collect()
}

pub fn judged(call: &ToolCall) -> Verdict {
    guard::judge(call, &Context::default(), &Trace::new()).verdict
}

#[test]
fn each_is_certain_or_not_as_its_line_says() {
    for Case { call, expected } in cases() {
        let verdict = judged(&call);
        assert_eq!(verdict.decision, Decision::Deny, "{}", call.input);
        match (expected, &verdict.certainty) {
            (Ok(command), Some(Certainty::Certain)) => {
                assert_eq!(verdict.replacement(), Some(command.as_str()), "{}", call.input);
                assert!(verdict.message().ends_with(&command), "what is certain is also what is told");
            }
            (Err(doubt), Some(Certainty::Uncertain(said))) => {
                assert!(said.contains(&doubt), "{}: {said}", call.input);
                assert_eq!(verdict.replacement(), None);
            }
            (expected, certainty) => {
                panic!(
                    "{}: {certainty:?}, expected {expected:?}, safe: {:?}",
                    call.input, verdict.safe_command
                )
            }
        }
    }
}

/// Where nothing is offered, nothing is certain, and a call that passes has no need of it.
#[test]
fn only_a_denial_with_a_safe_command_has_a_certainty() {
    for command in ["ls", "asm-exec -- printenv", "aws secretsmanager \"$OP\" --secret-id x"] {
        let verdict = judged(&ToolCall::bash(command));
        assert_eq!(verdict.certainty, None, "{command}");
    }
}
