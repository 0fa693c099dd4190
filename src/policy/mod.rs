//! Rules over facts: which of them a call's facts match, and what is decided.
//!
//! In: findings ([`crate::fact`]). Out: one [`Verdict`]. The strictest decision wins; a hint is for what runs. Nothing here
//! knows a syntax, an agent or where a fact came from.

mod added;
mod amend;
mod asm_exec;
mod code;
mod command;
mod compiled;
mod condition;
mod date;
mod example;
mod interests;
mod layer;
mod lines;
mod matching;
mod mcp;
mod packs;
mod path;
mod provenance;
mod rule;
mod rules;
mod suggestion;
mod unknown;
mod valid;
mod verdict;
mod written;

pub use added::needed;
pub use amend::{Amendment, Amendments, Standing, Standings};
pub use compiled::{Compiled, Layered};
pub use date::Date;
pub use example::{Example, Expected, Outcome, Tried, tried};
pub use interests::interests;
pub use layer::{Exception, Layer, Override, RuleFile};
pub use lines::{Lines, Stored};
pub use matching::Match;
pub use packs::{pack_rules, packs};
pub use provenance::Application;
pub use rule::{
    AwsMatch, CodeMatch, CommandMatch, FileMatch, ForwardMatch, HttpMatch, McpMatch, OneOrMany, Pattern,
    ResolveMatch, Rule, Seen, Setting, Unknowns, UnresolvedMatch, When, WriteMatch,
};
pub use rules::{BROKEN_RULES, Effective, Rules, builtin_standings, judge_by};
pub(crate) use verdict::shortened;
pub use verdict::{Certainty, Decision, Hint, Verdict};

use crate::fact::Fact;
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

/// The built-in rules for these kinds of fact, without their examples.
fn builtin_for(kinds: &[&str]) -> Vec<Rule> {
    builtin::RULES
        .iter()
        .filter(|(kind, _)| kinds.contains(kind))
        // A rule that does not read must not be skipped: the hook makes a refusal of the panic.
        .map(|(_, json)| rule::from_json(json).unwrap_or_else(|error| panic!("{error}")))
        .collect()
}

/// The rules of these packs for these kinds of fact, without their examples.
fn packs_for<'p>(packs: impl Iterator<Item = &'p String>, kinds: &[&str]) -> Vec<Rule> {
    let packs: Vec<&str> = packs.map(String::as_str).collect();
    builtin::PACKS
        .iter()
        .filter(|(pack, kind, _)| packs.contains(pack) && kinds.contains(kind))
        .map(|(_, _, json)| rule::from_json(json).unwrap_or_else(|error| panic!("{error}")))
        .collect()
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
        Fact::Mcp(_) => "mcp",
        Fact::Code(_) => "code",
        Fact::Write(_) => "write",
    }
}
