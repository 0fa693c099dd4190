//! Examples: calls with the decision a rule must come to, part of the rule itself.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::rule::Rule;
use super::verdict::Verdict;
use crate::call::ToolCall;

/// What must become of an example's call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Expected {
    /// It runs, and nothing is said.
    Allow,
    /// It runs, and the agent is told something.
    Hint,
    /// The user is asked.
    Ask,
    /// It is refused.
    Deny,
}

impl Expected {
    /// Its word, as examples write it.
    pub fn word(self) -> &'static str {
        match self {
            Expected::Allow => "allow",
            Expected::Hint => "hint",
            Expected::Ask => "ask",
            Expected::Deny => "deny",
        }
    }
}

/// A call and what must be decided of it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// A command of the Bash tool.
    #[serde(default)]
    pub bash: Option<String>,
    /// Another tool.
    #[serde(default)]
    pub tool: Option<String>,
    /// Its input.
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    #[serde(default)]
    pub input: serde_json::Value,
    /// Files that are on disk before the call, by path.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// What must be decided.
    pub expect: Expected,
    /// Why.
    #[serde(default)]
    pub why: Option<String>,
}

impl Example {
    /// The call it describes.
    pub fn call(&self) -> ToolCall {
        match (&self.bash, &self.tool) {
            (Some(command), _) => ToolCall::bash(command),
            (None, Some(tool)) => ToolCall::new(tool, self.input.clone()),
            (None, None) => ToolCall::bash(""),
        }
    }

    /// The call in one line, for people.
    pub fn shown(&self) -> String {
        match (&self.bash, &self.tool) {
            (Some(command), _) => command.clone(),
            (None, tool) => format!("{} {}", tool.as_deref().unwrap_or_default(), self.input),
        }
    }
}

/// What became of an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The call, in one line.
    pub call: String,
    /// What must be decided.
    pub expected: &'static str,
    /// What was decided.
    pub decided: &'static str,
    /// The rule that decided, where one did.
    pub by: Option<String>,
    /// Whether the rule that it is an example of matched.
    pub matched: bool,
}

/// A rule whose examples were tried.
#[derive(Debug, Clone)]
pub struct Tried<'r> {
    /// The rule.
    pub rule: &'r Rule,
    /// What is wrong with the examples as a whole.
    pub problems: Vec<String>,
    /// What became of each.
    pub outcomes: Vec<Outcome>,
}

impl Outcome {
    /// Whether it holds.
    pub fn holds(&self) -> bool {
        self.decided == self.expected
    }

    /// What is wrong, where it does not hold.
    pub fn failure(&self) -> Option<String> {
        let by = self.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
        let (expected, decided) = (self.expected, self.decided);
        (!self.holds()).then(|| format!("{}: expected {expected}, decided {decided}{by}", self.call))
    }
}

impl Tried<'_> {
    /// Whether all of it holds.
    pub fn holds(&self) -> bool {
        self.problems.is_empty() && self.outcomes.iter().all(Outcome::holds)
    }

    /// What does not hold, a sentence each.
    pub fn failures(&self) -> Vec<String> {
        self.problems.iter().cloned().chain(self.outcomes.iter().filter_map(Outcome::failure)).collect()
    }
}

impl Outcome {
    /// What became of an example by a verdict; `matched` says whether the rule that it is one of matched.
    pub fn of(example: &Example, verdict: &Verdict, matched: bool) -> Outcome {
        let (expected, decided) = (example.expect.word(), verdict.word());
        let by = verdict.hint.as_ref().map(|hint| &hint.rule).or(verdict.rule.as_ref()).cloned();
        Outcome { call: example.shown(), expected, decided, by, matched }
    }
}

/// Runs a rule's examples through `judge`, which also says whether the rule matched. A rule must have one that matches
/// and one that does not.
pub fn tried<'r>(rule: &'r Rule, judge: impl Fn(&Example) -> (Verdict, bool)) -> Tried<'r> {
    let mut problems = Vec::new();
    let stops = rule.examples.iter().filter(|example| example.expect != Expected::Allow).count();
    if stops == 0 {
        problems.push("no example that must match; add one with `expect = \"deny\"`".to_owned());
    }
    if stops == rule.examples.len() {
        problems.push("no example that must not match; add one with `expect = \"allow\"`".to_owned());
    }
    let mut outcomes = Vec::new();
    for example in &rule.examples {
        if example.bash.is_none() && example.tool.is_none() {
            problems.push("an example names neither `bash` nor `tool`".to_owned());
            continue;
        }
        let (verdict, matched) = judge(example);
        outcomes.push(Outcome::of(example, &verdict, matched));
    }
    Tried { rule, problems, outcomes }
}
