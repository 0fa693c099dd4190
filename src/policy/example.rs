//! Examples: calls with the decision a rule must come to, part of the rule itself.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::rule::Rule;
use super::verdict::Verdict;
use crate::call::ToolCall;

/// What must become of an example's call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
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
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// A command of the Bash tool.
    #[serde(default)]
    pub bash: Option<String>,
    /// Another tool.
    #[serde(default)]
    pub tool: Option<String>,
    /// Its input.
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

/// An example that does not hold, or a rule without the examples it must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The rule.
    pub rule: String,
    /// A sentence that says what is wrong.
    pub message: String,
}

/// Runs the examples of rules through `judge`; how many there were, and those that do not hold. A rule must have
/// one that matches and one that does not.
pub fn examples(rules: &[Rule], judge: impl Fn(&Example) -> Verdict) -> (usize, Vec<Failure>) {
    let mut count = 0;
    let mut failures = Vec::new();
    for rule in rules {
        let mut fail = |message: String| failures.push(Failure { rule: rule.id.clone(), message });
        let stops = rule.examples.iter().filter(|example| example.expect != Expected::Allow).count();
        if stops == 0 {
            fail("no example that must match; add one with `expect = \"deny\"`".to_owned());
        }
        if stops == rule.examples.len() {
            fail("no example that must not match; add one with `expect = \"allow\"`".to_owned());
        }
        for example in &rule.examples {
            count += 1;
            if example.bash.is_none() && example.tool.is_none() {
                fail("an example names neither `bash` nor `tool`".to_owned());
                continue;
            }
            let verdict = judge(example);
            let (expect, decided) = (example.expect.word(), verdict.word());
            if decided != expect {
                fail(format!("{}: expected {expect}, decided {decided}", example.shown()));
            }
        }
    }
    (count, failures)
}
