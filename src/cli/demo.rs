//! `asm-guard demo`: real events through the function that answers the hook, and a table of what it said.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::demo_cases::{self, Case};
use super::style::{self, Style, WIDTH};
use super::{Output, demo_resolve, judged};
use crate::call::ToolCall;
use crate::fact::{Fact, Finding};
use crate::hook::{self, Answer};
use crate::policy::Decision;

pub(super) const EXAMPLES: &str = "\
None of the calls is made: the guard only says what would happen. Then one command is run, with a
secret made up for it that a daemon on loopback answers. Needs no AWS account and no agent.
Exit status: 0, or 1 when something is not as expected, which would be a bug.";

/// Columns before the second column of the table.
const WHAT: usize = 30;

pub(super) fn run(style: Style) -> Output {
    let (judged, expected) = show(&demo_cases::attacks(), &demo_cases::look_alikes(), style);
    let (resolved, used) = demo_resolve::show(style);
    let used_line = match used {
        true => style.good("The command had the value; nothing that it printed shows it."),
        false => style.bad("The value was not used, or it is seen. That is a bug: please report it."),
    };
    let text = format!("{judged}{resolved}\n{used_line}\n\n{}\n{NEXT}", style.bold("Next"));
    Output::new(text, u8::from(!(expected && used)))
}

/// The first act's text, and whether every verdict is the expected one.
fn show(attacks: &[Case], look_alikes: &[Case], style: Style) -> (String, bool) {
    let mut out = String::from(
        "asm-guard reads a tool call before an agent makes it, and says what it would do. Each call below is\n\
         a real hook event, answered by the real engine. None of them is made.\n",
    );
    let mut wrong = 0;
    for (title, cases) in
        [("Calls that would fetch a secret", attacks), ("Calls that only look like it", look_alikes)]
    {
        let _ = writeln!(out, "\n{}", style.bold(title));
        for case in cases {
            wrong += usize::from(!row(&mut out, case, style));
        }
    }
    in_full(&mut out, style);
    let count = attacks.len() + look_alikes.len();
    let sum = match wrong {
        0 => style.good(&format!("All {count} verdicts are as expected.")),
        n => style
            .bad(&format!("{n} of {count} verdicts are not as expected. That is a bug: please report it.")),
    };
    let _ = writeln!(out, "\n{sum}");
    (out, wrong == 0)
}

const NEXT: &str = "  \
  See how any command of yours is understood, step by step:
    asm-guard explain 'COMMAND'
  Have every tool call of Claude Code judged, from a checkout of asm-guard in FOLDER:
    cargo install --path FOLDER --root FOLDER --locked
    claude plugin marketplace add FOLDER
    claude plugin install aws-core@asm-guard
";

/// A call's two lines; whether its verdict is the expected one.
fn row(out: &mut String, case: &Case, style: Style) -> bool {
    let answer = hook::answer(event(case).to_string().as_bytes());
    let decided = decision(&answer);
    let shown = style::cut(&call_text(case), WIDTH - 9 - WHAT);
    let _ = writeln!(out, "  {}  {:<WHAT$}{shown}", style.decision(decided), case.what);
    let why = match decided {
        Decision::Allow => case.harmless.to_owned(),
        Decision::Ask | Decision::Deny => would(case),
    };
    let _ = writeln!(out, "         {}", style.dim(&style::cut(&why, WIDTH - 9)));
    if decided != case.expect {
        let line = format!("expected {}, decided {}", case.expect.word(), decided.word());
        let _ = writeln!(out, "         {}", style.bad(&line));
    }
    decided == case.expect
}

/// What the engine says that a call would do, and by which route.
fn would(case: &Case) -> String {
    let call = ToolCall::new(case.tool, case.input.clone());
    let judgement = judged::judge(&call, false).judgement;
    let verdict = judgement.verdict;
    let decisive =
        |finding: &&Finding| finding.evidence == verdict.evidence && finding.route == verdict.route;
    let what = match judgement.findings.iter().find(decisive).map(|finding| &finding.fact) {
        Some(Fact::Aws(call)) => {
            let secret = call.parameter("SecretId").map(|id| format!(" {id}")).unwrap_or_default();
            format!("would call AWS: {} {}{secret}", call.service, call.operation)
        }
        Some(Fact::Http(request)) => format!("would call {}", request.shown()),
        Some(_) | None => verdict.reason.clone(),
    };
    let through =
        if verdict.route.is_empty() { String::new() } else { format!(", in {}", verdict.route_shown()) };
    format!("{what}{through}")
}

/// One denial, as agent and client receive it.
fn in_full(out: &mut String, style: Style) {
    let case = demo_cases::in_full();
    let answer = hook::answer(event(&case).to_string().as_bytes());
    let _ = writeln!(out, "\n{}", style.bold("One denial in full, as the agent reads it"));
    let call = ToolCall::new(case.tool, case.input.clone());
    let verdict = judged::judge(&call, false).judgement.verdict;
    let safe = verdict.safe_command.unwrap_or_default();
    let reason = reason(&answer);
    // The safe command on a line of its own, whole, so that it can be copied.
    let before = reason.strip_suffix(safe.as_str()).unwrap_or(&reason);
    let _ = writeln!(out, "  {}", style::wrapped(before, WIDTH, 2));
    let _ = writeln!(out, "  {}", style.good(&style::visible(&safe)));
    let _ = writeln!(
        out,
        "  {}",
        style.dim(&format!("(exit status {}, so that the call is not made)", answer.status))
    );
}

/// The event that Claude Code sends for a call.
fn event(case: &Case) -> Value {
    json!({
        "session_id": "5f1c2f0e-0d6b-4e0c-9d5e-3f2b8f6a7c11",
        "transcript_path": "/home/demo/.claude/projects/-srv-app/5f1c2f0e-0d6b-4e0c-9d5e-3f2b8f6a7c11.jsonl",
        "cwd": "/srv/app",
        "permission_mode": "default",
        "hook_event_name": "PreToolUse",
        "tool_name": case.tool,
        "tool_input": case.input,
        "tool_use_id": "toolu_01DemoDemoDemoDemoDemo",
    })
}

/// What an answer decides, read as a client reads it.
fn decision(answer: &Answer) -> Decision {
    let said: Value = serde_json::from_str(&answer.stdout).unwrap_or_default();
    match said["hookSpecificOutput"]["permissionDecision"].as_str() {
        Some("deny") => Decision::Deny,
        Some("ask") => Decision::Ask,
        _ if answer.status == 2 => Decision::Deny,
        _ => Decision::Allow,
    }
}

fn reason(answer: &Answer) -> String {
    let said: Value = serde_json::from_str(&answer.stdout).unwrap_or_default();
    said["hookSpecificOutput"]["permissionDecisionReason"].as_str().unwrap_or_default().to_owned()
}

/// A call in one line: a command as it is, another tool with the text that matters.
fn call_text(case: &Case) -> String {
    let field = |name: &str| case.input.get(name).and_then(Value::as_str);
    match field("command") {
        Some(command) => command.to_owned(),
        None => {
            let text = field("url").or(field("code")).or(field("file_path")).unwrap_or_default();
            let tool = case.tool.rsplit("__").next().unwrap_or(case.tool).trim_start_matches('_');
            format!("{tool}: {text}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_is_the_expected_one() {
        let (attacks, look_alikes) = (demo_cases::attacks(), demo_cases::look_alikes());
        assert!(attacks.len() >= 9 && look_alikes.len() >= 6);
        let (text, expected) = show(&attacks, &look_alikes, Style::plain());
        assert!(expected, "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    }

    #[test]
    fn another_verdict_is_seen() {
        let mut attacks = demo_cases::attacks();
        attacks[0].input = json!({ "command": "ls" });
        let (text, expected) = show(&attacks, &[], Style::plain());
        assert!(
            !expected && text.contains("expected deny, decided allow") && text.contains("1 of 10"),
            "{text}"
        );
    }

    #[test]
    fn colours_change_no_text() {
        let plain = show(&demo_cases::attacks(), &[], Style::plain()).0;
        let coloured = show(&demo_cases::attacks(), &[], Style::coloured()).0;
        assert!(coloured.contains('\u{1b}'));
        let mut stripped = String::new();
        for part in coloured.split('\u{1b}') {
            stripped.push_str(
                part.split_once('m').filter(|_| part.starts_with('[')).map_or(part, |(_, rest)| rest),
            );
        }
        assert_eq!(stripped, plain);
    }
}
