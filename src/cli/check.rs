//! `asm-guard check`: whether a call would be allowed, and what to do instead.

use std::fmt::Write as _;

use super::input::CallArguments;
use super::judged::judge;
use super::style::{self, Style, WIDTH};
use super::{Output, status_of};
use crate::policy::{Decision, Verdict};

pub(super) const EXAMPLES: &str = "\
Examples:
  asm-guard check aws secretsmanager get-secret-value --secret-id prod/db
  asm-guard check 'PGPASSWORD=$(aws secretsmanager get-secret-value --secret-id prod/db) psql'
  asm-guard check - < deploy.sh
  asm-guard check --tool WebFetch --input '{\"url\": \"http://localhost:2773/ping\"}'
  asm-guard check --json -- git status

Exit status: 0 allowed, 1 the user would be asked, 2 denied, 64 the command line is wrong.
Nothing is run. What agents run is `asm-guard hook`.";

pub(super) fn run(arguments: &CallArguments, style: Style) -> Output {
    let call = match arguments.call() {
        Ok(call) => call,
        Err(message) => return Output::usage(message),
    };
    let verdict = judge(&call, false).judgement.verdict;
    let stdout = if arguments.json { json(&verdict) } else { text(&verdict, style) };
    Output::new(stdout, status_of(verdict.decision))
}

/// A verdict as one line of JSON.
fn json(verdict: &Verdict) -> String {
    let line = serde_json::to_string(verdict).expect("a verdict holds text and lists of text");
    format!("{line}\n")
}

/// A verdict for a person.
pub(super) fn text(verdict: &Verdict, style: Style) -> String {
    let decision = style.decision(verdict.decision);
    if verdict.decision == Decision::Allow && verdict.rule.is_none() {
        return format!("{decision}  No rule speaks against this call.\n");
    }
    let mut out = format!("{decision}  {}", style.bold(verdict.rule.as_deref().unwrap_or("no rule")));
    let _ = writeln!(out, "\n       {}", verdict.summary);
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(out, "\n  {}{value}", style.dim(&format!("{name:<10}")));
        }
    };
    line("evidence", &style::indented(&verdict.evidence, 12));
    line("route", &style::wrapped(&verdict.route_shown(), WIDTH, 12));
    line("unknown", &verdict.unknown.join(", "));
    line("why", &style::wrapped(&verdict.reason, WIDTH, 12));
    if let Some(command) = &verdict.safe_command {
        // Whole and unwrapped, so that it can be copied.
        line("instead", &style.good(&style::visible(command)));
    }
    out.replace("\n\n  ", "\n  ").replacen("\n  ", "\n\n  ", 2).replacen("\n\n  ", "\n  ", 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::ToolCall;

    fn shown(command: &str) -> String {
        text(&judge(&ToolCall::bash(command), false).judgement.verdict, Style::plain())
    }
}
