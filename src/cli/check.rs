//! `asm-guard check`: whether a call would be allowed, and what to do instead.

use std::fmt::Write as _;

use super::input::Question;
use super::judged::judge;
use super::style::{self, Style, WIDTH};
use super::{Output, status_of};
use crate::policy::{Certainty, Verdict};

pub(super) const EXAMPLES: &str = "\
Examples:
  asm-guard check aws secretsmanager get-secret-value --secret-id prod/db
  asm-guard check 'PGPASSWORD=$(aws secretsmanager get-secret-value --secret-id prod/db) psql'
  asm-guard check - < deploy.sh
  asm-guard check --tool WebFetch --input '{\"url\": \"http://localhost:2773/ping\"}'
  asm-guard check --json -- git status

Exit status: 0 allowed, 1 the user would be asked, 2 denied, 64 the command line is wrong.
Nothing is run. What agents run is `asm-guard hook`.";

pub(super) fn run(question: &Question, style: Style) -> Output {
    let call = match question.about.call() {
        Ok(call) => call,
        Err(message) => return Output::usage(message),
    };
    let verdict = judge(&call, false).judgement.verdict;
    let stdout = if question.json { json(&verdict) } else { text(&verdict, style) };
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
    let Some(rule) = &verdict.rule else {
        let mut out = format!("{decision}  No rule speaks against this call.\n");
        if let Some(hint) = &verdict.hint {
            let _ =
                writeln!(out, "\n{}{}", style.dim("hint       "), style::wrapped(&hint.message, WIDTH, 11));
        }
        return out;
    };
    let mut out = format!("{decision}  {}\n       {}\n\n", style.bold(rule), verdict.summary);
    for (name, value) in [
        ("evidence", style::indented(&verdict.evidence, 11)),
        ("file", style::visible(verdict.place.as_deref().unwrap_or_default())),
        ("route", style::wrapped(&verdict.route_shown(), WIDTH, 11)),
        ("unknown", style::visible(&verdict.unknown_named.join(", "))),
        ("why", style::wrapped(&verdict.reason, WIDTH, 11)),
        // Whole and unwrapped, so that it can be copied.
        ("instead", style.good(&style::visible(verdict.safe_command.as_deref().unwrap_or_default()))),
        (
            "certain",
            style::wrapped(&verdict.certainty.as_ref().map_or(String::new(), Certainty::shown), WIDTH, 11),
        ),
    ] {
        if !value.is_empty() {
            let _ = writeln!(out, "{}{value}", style.dim(&format!("{name:<11}")));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::ToolCall;

    fn verdict(command: &str) -> Verdict {
        judge(&ToolCall::bash(command), false).judgement.verdict
    }

    #[test]
    fn a_denial_says_what_why_and_what_instead() {
        let shown =
            text(&verdict("sudo aws secretsmanager get-secret-value --secret-id prod/db"), Style::plain());
        let starts = [
            "DENY   secretsmanager-fetch",
            "       Fetches",
            "",
            "evidence   aws ",
            "route      `sudo`",
            "why",
            "instead",
            "certain    no: ",
        ];
        for (line, start) in shown.lines().zip(starts) {
            assert!(line.starts_with(start), "{line:?} begins with {start:?} in\n{shown}");
        }
        assert_eq!(shown.lines().count(), starts.len(), "{shown}");
    }

    #[test]
    fn an_allowance_is_one_line() {
        assert_eq!(text(&verdict("ls"), Style::plain()), "ALLOW  No rule speaks against this call.\n");
    }

    #[test]
    fn a_hint_is_shown_with_the_allowance() {
        let shown = text(&verdict("psql 'password={{resolve:secretsmanager:prod/db}}'"), Style::plain());
        assert!(shown.starts_with("ALLOW  No rule speaks against this call.\n\nhint       "), "{shown}");
        assert!(shown.contains("reference-unresolved"), "{shown}");
    }

    #[test]
    fn evidence_cannot_write_to_the_terminal() {
        let shown =
            text(&verdict("aws secretsmanager get-secret-value --secret-id $'\\e[2J'"), Style::plain());
        assert!(!shown.contains('\u{1b}') && shown.contains("\\u{1b}"), "{shown}");
    }
}
