//! What rules ask for of a call: the facts that are looked for because of them.

use super::rule::{OneOrMany, Pattern, Rule, When};
use crate::knowledge::{Interest, Interests};

/// What these rules ask for beyond the built-in ones. One that is off may be given another decision, and asks too.
pub fn interests<'r>(rules: impl IntoIterator<Item = &'r Rule>) -> Interests {
    let mut interests = Interests::default();
    rules.into_iter().flat_map(|rule| rule.when.leaves()).for_each(|leaf| ask(leaf, &mut interests));
    interests
}

/// What one condition asks for.
fn ask(when: &When, interests: &mut Interests) {
    let (interest, patterns) = match when {
        When::Command(wanted) => (Interest::Program, &wanted.program),
        When::File(wanted) => (Interest::Read, &wanted.path),
        When::Write(wanted) => (Interest::Written, &wanted.path),
        When::Mcp(wanted) => (Interest::Server, &wanted.server),
        When::Code(wanted) => (Interest::Call, &wanted.call),
        When::Aws(_) | When::Http(_) | When::Resolve(_) | When::Unresolved(_) | When::Forward(_) => return,
        When::All(_) | When::Any(_) | When::Not(_) => return,
    };
    for pattern in patterns.as_ref().map_or(&[Pattern::Glob("*".to_owned())] as &[_], OneOrMany::patterns) {
        match pattern {
            Pattern::Glob(glob) => interests.ask(interest, glob),
            // What an expression matches is only known once there is a fact.
            Pattern::Regex { .. } => interests.ask(interest, "*"),
        }
    }
}
