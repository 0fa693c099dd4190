//! `asm-guard rules test`: whether every rule's examples hold.

use std::fmt::Write as _;

use clap::ValueEnum;
use serde_json::json;

use super::loaded::{Loaded, near};
use crate::cli::style::{self, Style};
use crate::cli::{Output, judged};
use crate::policy::{self, Layer, Outcome, Rule, Rules, Setting, Tried};

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

/// Examples that belong together.
struct Suite {
    /// The id of the rule, or the path of the file.
    name: String,
    /// The file and line; empty for what is built in.
    from: String,
    /// The rule's pack, where it is in one.
    pack: Option<&'static str>,
    /// Whether they are a rule's, and not a file's own.
    is_rule: bool,
    is_off: bool,
    problems: Vec<String>,
    outcomes: Vec<Outcome>,
}

impl Suite {
    fn of((from, tried): (String, Tried), pack: Option<&'static str>) -> Suite {
        Suite {
            name: tried.rule.id.clone(),
            from,
            pack,
            is_rule: true,
            is_off: tried.rule.decision == Setting::Off,
            problems: tried.problems,
            outcomes: tried.outcomes,
        }
    }

    /// What does not hold, a sentence each.
    fn failures(&self) -> Vec<String> {
        self.problems.iter().cloned().chain(self.outcomes.iter().filter_map(Outcome::failure)).collect()
    }
}

pub(super) fn run(loaded: &Loaded, format: Format, style: Style) -> Output {
    let suites = suites(loaded);
    let holds = suites.iter().all(|suite| suite.failures().is_empty());
    let faults = loaded.all_faults();
    let report = match format {
        Format::Text => text(&suites, loaded.knowledge().count(), faults.len(), style),
        Format::Json => as_json(&suites, &faults),
        Format::Junit => junit(&suites, &faults),
    };
    let faults: String = faults.iter().map(|fault| format!("{fault}\n")).collect();
    let well = holds && faults.is_empty();
    let stderr = if format == Format::Text { faults } else { String::new() };
    Output { stdout: report, stderr, status: u8::from(!well) }
}

/// The examples of rules, of the packs' rules with their pack switched on, and of files.
fn suites(loaded: &Loaded) -> Vec<Suite> {
    let rules = tried(loaded).into_iter().map(|tried| Suite::of(tried, None));
    let packs = loaded.packs.iter().map(|(pack, rule)| {
        let rules = Rules::with_pack(pack);
        Suite::of((String::new(), judged_by(rule, &rules)), Some(*pack))
    });
    let mut suites: Vec<Suite> = rules.chain(packs).collect();
    let rules = suites.len();
    for (from, outcome) in of_files(loaded) {
        let name = near(from.rsplit_once(':').map_or(from.as_str(), |(path, _)| path));
        match suites[rules..].last_mut().filter(|suite| suite.name == name) {
            Some(suite) => {
                // Of several the first that fails says where.
                if !outcome.holds() && suite.failures().is_empty() {
                    suite.from = from;
                }
                suite.outcomes.push(outcome);
            }
            None => suites.push(Suite {
                name,
                from,
                pack: None,
                is_rule: false,
                is_off: false,
                problems: Vec::new(),
                outcomes: vec![outcome],
            }),
        }
    }
    suites
}

/// What becomes of files' own examples by all that holds, each with its file and line.
pub(super) fn of_files(loaded: &Loaded) -> Vec<(String, Outcome)> {
    let examples =
        loaded.files.iter().flat_map(|(_, file)| file.examples.iter().map(move |entry| (file, entry)));
    let tried = examples.map(|(file, entry)| {
        let verdict = judged::judge_example(&entry.value, loaded.rules.clone()).judgement.verdict;
        (format!("{}:{}", file.path, entry.line), Outcome::of(&entry.value, &verdict, false))
    });
    tried.collect()
}

/// A rule with its examples tried by rules of which it is one.
fn judged_by<'r>(rule: &'r Rule, rules: &Rules) -> Tried<'r> {
    policy::tried(rule, |example| {
        let judgement = judged::judge_example(example, rules.clone()).judgement;
        let matched = judgement.findings.iter().any(|finding| rule.judges(finding).is_some());
        (judgement.verdict, matched)
    })
}

/// Every rule with its examples tried, and the file and line of the rule.
pub(super) fn tried(loaded: &Loaded) -> Vec<(String, Tried<'_>)> {
    loaded
        .rules()
        .map(|(layer, from, rule)| {
            // What others say of a built-in rule does not make its examples wrong.
            let rules = if layer == Layer::BuiltIn { Rules::default() } else { loaded.rules.clone() };
            (from, judged_by(rule, &rules))
        })
        .collect()
}

fn text(all: &[Suite], known: usize, faults: usize, style: Style) -> String {
    let width = all.iter().map(|suite| suite.name.len()).max().unwrap_or(0);
    let mut out = String::new();
    let (mut examples, mut failed) = (0, 0);
    for suite in all {
        let Suite { name, from, outcomes, .. } = suite;
        let failures = suite.failures();
        examples += outcomes.len();
        failed += failures.len();
        let off = match suite.pack {
            Some(pack) => format!(" (with the pack {pack})"),
            None if suite.is_off => " (the rule is off)".to_owned(),
            None => String::new(),
        };
        let state = if failures.is_empty() { style.good("holds ") } else { style.bad("fails ") };
        let count = style::counted(outcomes.len(), "example");
        let _ = writeln!(out, "{state}  {name:<width$}  {count}{off}");
        if !failures.is_empty() && !from.is_empty() {
            let _ = writeln!(out, "        {}", style.dim(&near(from)));
        }
        for failure in failures {
            let _ = writeln!(out, "        {}", style::indented(&failure, 10));
        }
    }
    let examples = style::counted(examples, "example");
    let of_rules = match all.iter().filter(|suite| suite.is_rule).count() {
        0 => String::new(),
        rules => format!(" of {}", style::counted(rules, "rule")),
    };
    let sum = match failed {
        0 if all.is_empty() && known > 0 => {
            let entries = if known == 1 { "1 entry".to_owned() } else { format!("{known} entries") };
            format!("Nothing to test: {entries} about programs and tools, and no `[[example]]`.")
        }
        0 => style.good(&format!("{examples}{of_rules}: all hold.")),
        n => style.bad(&format!("{} over {examples}{of_rules}.", style::counted(n, "failure"))),
    };
    let _ = writeln!(out, "{}{sum}", if all.is_empty() { "" } else { "\n" });
    if faults > 0 {
        let count = if faults == 1 { "1 fault".to_owned() } else { format!("{faults} faults") };
        let _ =
            writeln!(out, "{}", style.bad(&format!("{count} in the files: what is wrong was not tested.")));
    }
    out
}

fn as_json(all: &[Suite], faults: &[String]) -> String {
    let report = |suite: &Suite| {
        let outcomes = suite.outcomes.iter().map(|outcome| {
            json!({
                "call": outcome.call,
                "expected": outcome.expected,
                "decided": outcome.decided,
                "by": outcome.by,
                "holds": outcome.holds(),
            })
        });
        let mut report = json!({
            (if suite.is_rule { "id" } else { "path" }): suite.name,
            "from": Some(&suite.from).filter(|from| !from.is_empty()),
            "holds": suite.failures().is_empty(),
            "problems": suite.problems,
            "examples": outcomes.collect::<Vec<_>>(),
        });
        if let Some(pack) = suite.pack {
            report["pack"] = json!(pack);
        }
        report
    };
    let failures: usize = all.iter().map(|suite| suite.failures().len()).sum();
    let (rules, files): (Vec<&Suite>, Vec<&Suite>) = all.iter().partition(|suite| suite.is_rule);
    let reports = |suites: Vec<&Suite>| suites.into_iter().map(report).collect::<Vec<_>>();
    let report =
        json!({ "failures": failures, "faults": faults, "rules": reports(rules), "files": reports(files) });
    format!("{report:#}\n")
}

/// A suite a rule, a case an example (the format of Apache Ant's JUnit task, as CI systems read it).
fn junit(all: &[Suite], faults: &[String]) -> String {
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
    for Suite { name, from, problems, outcomes, .. } in all {
        let problems = problems.iter().map(|problem| ("the rule itself".to_owned(), Some(problem.clone())));
        let outcomes = outcomes.iter().map(|outcome| (outcome.call.clone(), outcome.failure()));
        let cases: Vec<(String, Option<String>)> = problems.chain(outcomes).collect();
        suite(name, from, &cases);
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

    fn loaded(examples: &str) -> Loaded {
        let json = format!(
            r#"{{"id":"x","summary":"s","decision":"deny","reason":"r","when":{{"aws":{{"service":"s3"}}}},"example":{examples}}}"#
        );
        let rule: Rule = serde_json::from_str(&json).unwrap();
        Loaded { files: Vec::new(), rules: Rules::default(), builtin: vec![rule], packs: Vec::new() }
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
        assert!(text.ends_with("2 failures over 2 examples of 1 rule.\n"), "{text}");
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
