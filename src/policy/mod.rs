//! Rules over facts: which of them a call's facts match, and what is decided.
//!
//! In: [`Finding`]s. Out: one [`Verdict`]. The strictest decision wins; a hint is for what runs. Nothing here knows a syntax, an agent or
//! where a fact came from.

mod asm_exec;
mod command;
mod example;
mod matching;
mod provenance;
mod rule;
mod unknown;
mod verdict;

pub use example::{Example, Expected, Failure, examples};
pub use matching::Match;
pub use provenance::Application;
pub use rule::{
    AwsMatch, CommandMatch, FileMatch, ForwardMatch, HttpMatch, OneOrMany, Pattern, ResolveMatch, Rule, Seen,
    Setting, Unknowns, UnresolvedMatch, When,
};
pub(crate) use verdict::shortened;
pub use verdict::{Certainty, Decision, Hint, Verdict};

use crate::fact::{Fact, Finding};
use crate::knowledge::builtin;

/// The rule ids that are not rules of their own: what the guard itself refuses.
pub const MALFORMED: &str = "malformed-call";
/// See [`MALFORMED`].
pub const NOT_UNDERSTOOD: &str = "not-understood";

/// Every built-in rule, with its examples.
///
/// # Errors
/// When a rule cannot be read, with a sentence that says which and why.
pub fn builtin_rules() -> Result<Vec<Rule>, String> {
    builtin::RULES_WITH_EXAMPLES.iter().map(|json| rule::from_json(json)).collect()
}

/// Judges findings by the built-in rules; only those for the kinds of fact at hand are read.
pub fn judge(findings: &[Finding]) -> Verdict {
    let kinds: Vec<&str> = findings.iter().map(|finding| kind(&finding.fact)).collect();
    let rules: Vec<Rule> = builtin::RULES
        .iter()
        .filter(|(kind, _)| kinds.contains(kind))
        // A rule that does not read must not be skipped: the hook makes a refusal of the panic.
        .map(|(_, json)| rule::from_json(json).unwrap_or_else(|error| panic!("{error}")))
        .collect();
    judge_by(&rules, findings)
}

/// Judges findings by these rules: the strictest decision, and of equals the first finding's. Where nothing speaks
/// against the call, the first hint there is.
pub fn judge_by(rules: &[Rule], findings: &[Finding]) -> Verdict {
    let mut strictest = Verdict::allow();
    let mut hint = None;
    for finding in findings {
        for rule in rules {
            let Some(Match { decision, unknown }) = rule.judges(finding) else { continue };
            if decision > strictest.decision {
                strictest = Verdict::by_rule(rule, decision, finding, &unknown);
            } else if decision == Decision::Allow {
                hint.get_or_insert_with(|| Hint::by_rule(rule, finding));
            }
        }
    }
    strictest.hint = hint.filter(|_| strictest.decision == Decision::Allow);
    strictest
}

fn kind(fact: &Fact) -> &'static str {
    match fact {
        Fact::Aws(_) => "aws",
        Fact::Http(_) => "http",
        Fact::Resolve(_) => "resolve",
        Fact::Unresolved(_) => "unresolved",
        Fact::File(_) => "file",
        Fact::Command(_) => "command",
        Fact::Forward(_) => "forward",
    }
}
