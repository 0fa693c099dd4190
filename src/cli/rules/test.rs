//! `asm-guard rules test`: whether every rule's examples hold.

use std::fmt::Write as _;

use clap::ValueEnum;
use serde_json::json;

use super::loaded::{Loaded, near};
use crate::cli::style::{self, Style};
use crate::cli::{Output, judged};
use crate::policy::{self, Layer, Rules, Setting, Tried};

/// How a test is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    /// For people
    Text,
    /// One JSON object
    Json,
    /// JUnit's XML, which most CI systems read
    Junit,
}

pub(super) fn run(loaded: &Loaded, format: Format, style: Style) -> Output {
    let tried = tried(loaded);
    let holds = tried.iter().all(|(_, tried)| tried.holds());
    let faults = loaded.all_faults();
    let report = match format {
        Format::Text => text(&tried, faults.len(), style),
        Format::Json => as_json(&tried, &faults),
        Format::Junit => junit(&tried, &faults),
    };
    let faults: String = faults.iter().map(|fault| format!("{fault}\n")).collect();
    let well = holds && faults.is_empty();
    let stderr = if format == Format::Text { faults } else { String::new() };
    Output { stdout: report, stderr, status: u8::from(!well) }
}

/// Every rule with its examples tried, and the file and line of the rule.
pub(super) fn tried(loaded: &Loaded) -> Vec<(String, Tried<'_>)> {
    loaded
        .rules()
        .map(|(layer, from, rule)| {
            // What others say of a built-in rule does not make its examples wrong.
            let rules = if layer == Layer::BuiltIn { Rules::default() } else { loaded.rules.clone() };
            (
                from,
                policy::tried(rule, |example| {
                    let judgement = judged::judge_example(example, rules.clone()).judgement;
                    let matched = judgement.findings.iter().any(|finding| rule.judges(finding).is_some());
                    (judgement.verdict, matched)
                }),
            )
        })
        .collect()
}

fn text(all: &[(String, Tried)], faults: usize, style: Style) -> String {
    let width = all.iter().map(|(_, tried)| tried.rule.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    let (mut examples, mut failed) = (0, 0);
    for (from, tried) in all {
        let failures = tried.failures();
        examples += tried.outcomes.len();
        failed += failures.len();
        let off = if tried.rule.decision == Setting::Off { " (the rule is off)" } else { "" };
        let state = if failures.is_empty() { style.good("holds ") } else { style.bad("fails ") };
        let count = tried.outcomes.len();
        let _ = writeln!(out, "{state}  {:<width$}  {count} examples{off}", tried.rule.id);
        if !failures.is_empty() && !from.is_empty() {
            let _ = writeln!(out, "        {}", style.dim(&near(from)));
        }
        for failure in failures {
            let _ = writeln!(out, "        {}", style::indented(&failure, 10));
        }
    }
    let rules = all.len();
    let sum = match failed {
        0 => style.good(&format!("All {examples} examples of {rules} rules hold.")),
        1 => style.bad(&format!("1 failure over {examples} examples of {rules} rules.")),
        n => style.bad(&format!("{n} failures over {examples} examples of {rules} rules.")),
    };
    let _ = writeln!(out, "\n{sum}");
    if faults > 0 {
        let count = if faults == 1 { "1 fault".to_owned() } else { format!("{faults} faults") };
        let _ =
            writeln!(out, "{}", style.bad(&format!("{count} in the files: what is wrong was not tested.")));
    }
    out
}

fn as_json(all: &[(String, Tried)], faults: &[String]) -> String {
    let rules = all.iter().map(|(from, tried)| {
        let outcomes = tried.outcomes.iter().map(|outcome| {
            json!({
                "call": outcome.call,
                "expected": outcome.expected,
                "decided": outcome.decided,
                "by": outcome.by,
                "holds": outcome.holds(),
            })
        });
        json!({
            "id": tried.rule.id,
            "from": Some(from).filter(|from| !from.is_empty()),
            "holds": tried.holds(),
            "problems": tried.problems,
            "examples": outcomes.collect::<Vec<_>>(),
        })
    });
    let failures: usize = all.iter().map(|(_, tried)| tried.failures().len()).sum();
    let report = json!({ "failures": failures, "faults": faults, "rules": rules.collect::<Vec<_>>() });
    format!("{report:#}\n")
}

/// A suite a rule, a case an example (the format of Apache Ant's JUnit task, as CI systems read it).
fn junit(all: &[(String, Tried)], faults: &[String]) -> String {
    let mut suites = String::new();
    let (mut tests, mut failures) = (0, 0);
    let mut suite = |name: &str, file: &str, cases: &[(String, Option<String>)]| {
        let failed = cases.iter().filter(|(_, failure)| failure.is_some()).count();
        tests += cases.len();
        failures += failed;
        let file = if file.is_empty() { String::new() } else { format!(" file=\"{}\"", xml(file)) };
        let (name, count) = (xml(name), cases.len());
        let _ =
            writeln!(suites, "  <testsuite name=\"{name}\"{file} tests=\"{count}\" failures=\"{failed}\">");
        for (case, failure) in cases {
            let _ = write!(suites, "    <testcase classname=\"{name}\" name=\"{}\"", xml(case));
            let _ = match failure {
                Some(failure) => writeln!(suites, "><failure message=\"{}\"/></testcase>", xml(failure)),
                None => writeln!(suites, "/>"),
            };
        }
        suites.push_str("  </testsuite>\n");
    };
    for (from, tried) in all {
        let problems =
            tried.problems.iter().map(|problem| ("the rule itself".to_owned(), Some(problem.clone())));
        let outcomes = tried.outcomes.iter().map(|outcome| (outcome.call.clone(), outcome.failure()));
        let cases: Vec<(String, Option<String>)> = problems.chain(outcomes).collect();
        suite(&tried.rule.id, from, &cases);
    }
    if !faults.is_empty() {
        let cases: Vec<_> = faults.iter().map(|fault| ("reads".to_owned(), Some(fault.clone()))).collect();
        suite("rule files", "", &cases);
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"{tests}\" failures=\"{failures}\">\n{suites}</testsuites>\n"
    )
}

/// A text as an attribute's value (XML 1.0, 2.3 and 2.2: what is no character is left out).
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' | '\r' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Rule;

    fn loaded(examples: &str) -> Loaded {
        let json = format!(
            r#"{{"id":"x","summary":"s","decision":"deny","reason":"r","when":{{"aws":{{"service":"s3"}}}},"example":{examples}}}"#
        );
        let rule: Rule = serde_json::from_str(&json).unwrap();
        Loaded { files: Vec::new(), rules: Rules::default(), builtin: vec![rule] }
    }

    #[test]
    fn built_in_examples_hold() {
        let builtin = policy::builtin_rules().unwrap();
        let loaded = Loaded { builtin, ..loaded("[]") };
        let output = run(&loaded, Format::Text, Style::plain());
        assert_eq!(output.status, 0, "{}", output.stdout);
    }

    #[test]
    fn an_example_that_does_not_hold_is_reported() {
        let wrong = r#"[{"bash":"aws secretsmanager get-secret-value --secret-id a","expect":"allow"},{"bash":"ls <&\"","expect":"deny"}]"#;
        let report = |format| {
            let output = run(&loaded(wrong), format, Style::plain());
            assert_eq!(output.status, 1);
            output.stdout
        };
        let text = report(Format::Text);
        assert!(text.contains("fails   x  2 examples\n"), "{text}");
        assert!(text.contains("expected allow, decided deny by secretsmanager-fetch"), "{text}");
        assert!(text.ends_with("2 failures over 2 examples of 1 rules.\n"), "{text}");
        let json: serde_json::Value = serde_json::from_str(&report(Format::Json)).unwrap();
        assert_eq!(
            (&json["failures"], &json["rules"][0]["examples"][0]["decided"]),
            (&json!(2), &json!("deny"))
        );
        let junit = report(Format::Junit);
        assert!(junit.contains("<testsuite name=\"x\" tests=\"2\" failures=\"2\">"), "{junit}");
        assert!(junit.contains("name=\"ls &lt;&amp;&quot;\"><failure"), "{junit}");
    }

    #[test]
    fn a_rule_without_both_kinds_of_example_fails() {
        let output = run(&loaded(r#"[{"bash":"ls","expect":"allow"}]"#), Format::Text, Style::plain());
        assert!(
            output.status == 1 && output.stdout.contains("no example that must match"),
            "{}",
            output.stdout
        );
    }
}
