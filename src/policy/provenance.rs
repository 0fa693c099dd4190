//! What a rule makes of where a fact was found.
//!
//! A command that an agent writes, and a script of commands that it runs, do one thing, and the agent reads what
//! comes out. An application does with a value what it is for: of that a rule may ask the user where it would
//! else refuse.

use schemars::JsonSchema;
use serde::Deserialize;

use super::matching::Match;
use super::rule::{Rule, Setting};
use crate::fact::Finding;
use crate::trace::Kind;

/// What is decided of an application's own code on disk.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The decision, where it is milder than the rule's own.
    pub decision: Setting,
    /// Why, in a sentence that takes the place of the rule's.
    pub reason: String,
}

impl Rule {
    /// What the rule decides of a fact, where it was found; None where it does not match.
    pub fn judges(&self, finding: &Finding) -> Option<Match> {
        let matched = self.matches(&finding.fact)?;
        match self.milder(finding) {
            Some(application) => {
                Some(Match { decision: matched.decision.min(application.decision.decision()?), ..matched })
            }
            None => Some(matched),
        }
    }

    /// What the rule says of applications, where the fact was found in one.
    pub(super) fn milder(&self, finding: &Finding) -> Option<&Application> {
        let in_application = finding.origin.as_ref().is_some_and(|origin| origin.kind == Kind::Application);
        self.application.as_ref().filter(|_| in_application)
    }
}
