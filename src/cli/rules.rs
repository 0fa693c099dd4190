//! `asm-guard rules`: the rules there are, one of them in full, and whether their examples hold.

use std::fmt::Write as _;

use clap::Subcommand;

use super::style::{self, Style};
use super::{Output, judged, rule_text};
use crate::policy::{self, Rule, Setting};

pub(super) const EXAMPLES: &str = "\
Examples:
  asm-guard rules                              Every rule in a line
  asm-guard rules show secretsmanager-fetch    One rule whole, with its examples, as TOML
  asm-guard rules test                         Run every example through the guard

Exit status: 0 well, 1 an example does not hold, 64 the command line is wrong.";

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub(super) enum Command {
    /// List every rule: id, decision, summary (also without a subcommand)
    List,
    /// Show a rule whole, with its examples, as TOML
    Show {
        /// The rule's id
        id: String,
    },
    /// Run every rule's examples through the guard
    Test,
}

pub(super) fn run(command: Command, style: Style) -> Output {
    let rules = match policy::builtin_rules() {
        Ok(rules) => rules,
        Err(message) => return Output::broken(&message),
    };
    match command {
        Command::List => Output::new(list(&rules, style), 0),
        Command::Show { id } => show(&rules, &id),
        Command::Test => {
            let (report, holds) = test(&rules, style);
            Output::new(report, u8::from(!holds))
        }
    }
}

fn list(rules: &[Rule], style: Style) -> String {
    let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    for rule in rules {
        let decision = match (rule.decision, rule.decision.decision()) {
            (Setting::Hint, _) => style.dim("HINT "),
            (_, Some(decision)) => style.decision(decision),
            (_, None) => style.dim("OFF  "),
        };
        let _ =
            writeln!(out, "{}  {decision}  {}", style.bold(&format!("{:<width$}", rule.id)), rule.summary);
    }
    out
}

fn show(rules: &[Rule], id: &str) -> Output {
    match rules.iter().find(|rule| rule.id == id) {
        Some(rule) => Output::new(rule_text::toml(rule), 0),
        None => {
            let ids: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
            Output::usage(format!("There is no rule `{id}`. The rules are: {}.", ids.join(", ")))
        }
    }
}

/// What became of every rule's examples, and whether all of them hold.
fn test(rules: &[Rule], style: Style) -> (String, bool) {
    let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    let (mut all, mut failed) = (0, 0);
    for rule in rules {
        let one = std::slice::from_ref(rule);
        let (count, failures) =
            policy::examples(one, |example| judged::judge_example(example).judgement.verdict);
        all += count;
        failed += failures.len();
        let off = if rule.decision == Setting::Off { " (the rule is off)" } else { "" };
        let state = if failures.is_empty() { style.good("holds ") } else { style.bad("fails ") };
        let _ = writeln!(out, "{state}  {:<width$}  {count} examples{off}", rule.id);
        for failure in failures {
            let _ = writeln!(out, "        {}", style::indented(&failure.message, 10));
        }
    }
    let sum = match failed {
        0 => style.good(&format!("All {all} examples of {} rules hold.", rules.len())),
        1 => style.bad(&format!("1 failure over {all} examples of {} rules.", rules.len())),
        n => style.bad(&format!("{n} failures over {all} examples of {} rules.", rules.len())),
    };
    let _ = writeln!(out, "\n{sum}");
    (out, failed == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(examples: &str) -> Rule {
        let json = format!(
            r#"{{"id":"x","summary":"s","decision":"deny","reason":"r","when":{{"aws":{{"service":"s3"}}}},"example":{examples}}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn built_in_examples_hold() {
        let (report, holds) = test(&policy::builtin_rules().unwrap(), Style::plain());
        assert!(holds, "{report}");
    }

    #[test]
    fn an_example_that_does_not_hold_is_reported() {
        let wrong = r#"[{"bash":"aws secretsmanager get-secret-value --secret-id a","expect":"allow"},{"bash":"ls","expect":"deny"}]"#;
        let (report, holds) = test(&[rule(wrong)], Style::plain());
        assert!(!holds);
        assert!(report.contains("fails   x  2 examples\n"), "{report}");
        assert!(report.contains("ls: expected deny, decided allow"), "{report}");
        assert!(report.ends_with("2 failures over 2 examples of 1 rules.\n"), "{report}");
    }

    #[test]
    fn a_rule_without_both_kinds_of_example_fails() {
        let (report, holds) = test(&[rule(r#"[{"bash":"ls","expect":"allow"}]"#)], Style::plain());
        assert!(!holds && report.contains("no example that must match"), "{report}");
    }
}
