//! What is decided of a tool call, and what is said about it.

use serde::{Deserialize, Serialize};

use super::rule::Rule;
use super::suggestion::{self, ASM_EXEC};
use super::unknown;
use crate::fact::Finding;

/// What happens to a tool call. The order is that of strictness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Nothing speaks against it.
    Allow,
    /// The user is asked.
    Ask,
    /// It is refused.
    Deny,
}

impl Certainty {
    /// In a line, for people.
    pub fn shown(&self) -> String {
        match self {
            Certainty::Certain => "yes: it does all that the call would have done".to_owned(),
            Certainty::Uncertain(doubt) => format!("no: {doubt}"),
        }
    }
}

impl Decision {
    /// Its word: `allow`, `ask`, `deny`.
    pub fn word(self) -> &'static str {
        match self {
            Decision::Allow => "allow",
            Decision::Ask => "ask",
            Decision::Deny => "deny",
        }
    }
}

/// What is decided of a tool call, by which rule, on what evidence.
#[must_use = "a verdict that nobody renders lets the call run"]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// What is decided.
    pub decision: Decision,
    /// The rule that decided, where one did.
    pub rule: Option<String>,
    /// The rule's one line.
    pub summary: String,
    /// The rule's reason.
    pub reason: String,
    /// What was understood: the resolved command, not the raw text.
    pub evidence: String,
    /// How it was reached, outermost first.
    pub route: Vec<String>,
    /// The line of the file on disk that would do it (`scripts/db.sh:12`); None where the call itself says it.
    pub place: Option<String>,
    /// The parts that could not be known.
    pub unknown: Vec<String>,
    /// The same parts, with what is unknown in each (`` operation (`$OPERATION`) ``).
    #[serde(skip)]
    pub unknown_named: Vec<String>,
    /// The safe command to use instead.
    pub safe_command: Option<String>,
    /// Whether it may take the call's place unseen; None where there is none.
    pub certainty: Option<Certainty>,
    /// What the agent is told although the call runs.
    pub hint: Option<Hint>,
    /// The reference to what would have been fetched.
    #[serde(skip)]
    pub reference: Option<String>,
    /// Whether the rule wants asm-exec suggested.
    #[serde(skip)]
    pub suggests: bool,
    /// What is wrong with rule files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

/// Whether the safe command does all that the call would have done, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// It does, so it may take the call's place.
    Certain,
    /// That is in doubt, for this reason: a clause.
    Uncertain(String),
}

/// What an agent is told of a call that runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hint {
    /// The rule that speaks.
    pub rule: String,
    /// What it says, whole.
    pub message: String,
}

impl Hint {
    pub(super) fn by_rule(rule: &Rule, finding: &Finding) -> Hint {
        let said = Verdict { suggests: false, ..Verdict::by_rule(rule, Decision::Allow, finding, &[]) };
        let mut message = said.message();
        if let Some(command) = finding.instead.as_ref().filter(|_| rule.suggest.is_some()) {
            message.push_str(&format!(" If it needs the value: {command}"));
        }
        Hint { rule: rule.id.clone(), message }
    }
}

impl Verdict {
    /// Nothing speaks against the call.
    pub fn allow() -> Verdict {
        Verdict {
            decision: Decision::Allow,
            rule: None,
            summary: String::new(),
            reason: String::new(),
            evidence: String::new(),
            route: Vec::new(),
            place: None,
            unknown: Vec::new(),
            unknown_named: Vec::new(),
            safe_command: None,
            certainty: None,
            hint: None,
            reference: None,
            suggests: false,
            warning: None,
        }
    }

    /// A refusal that no rule made: what could not be read or understood.
    pub fn refusal(id: &str, reason: impl Into<String>) -> Verdict {
        Verdict {
            decision: Decision::Deny,
            rule: Some(id.to_owned()),
            summary: "The call could not be understood".to_owned(),
            reason: reason.into(),
            ..Verdict::allow()
        }
    }

    pub(super) fn by_rule(rule: &Rule, decision: Decision, finding: &Finding, unknown: &[String]) -> Verdict {
        let milder = rule.milder(finding);
        let suggest = rule.suggest.as_deref().filter(|_| milder.is_none());
        Verdict {
            decision,
            rule: Some(rule.id.clone()),
            summary: rule.summary.clone(),
            reason: milder.map_or(&rule.reason, |application| &application.reason).clone(),
            evidence: finding.evidence.clone(),
            route: finding.route.clone(),
            place: finding.origin.as_ref().map(ToString::to_string),
            unknown: unknown.to_vec(),
            unknown_named: unknown.iter().map(|part| unknown::named(&finding.fact, part)).collect(),
            reference: finding.reference.clone(),
            // An application fetches its value itself; there is no command to put in its place.
            suggests: suggest == Some(ASM_EXEC),
            safe_command: suggest
                .filter(|template| *template != ASM_EXEC)
                .map(|template| suggestion::filled(template, &finding.fact)),
            ..Verdict::allow()
        }
    }

    /// Refuses what somebody would have to be asked about, where nobody is; `why` is a sentence.
    pub fn refuse_unasked(&mut self, why: &str) {
        if self.decision == Decision::Ask {
            self.decision = Decision::Deny;
            self.reason = format!("{} {why}", self.reason);
        }
    }

    /// The safe command, where it may take the call's place.
    pub fn replacement(&self) -> Option<&str> {
        match self.certainty {
            Some(Certainty::Certain) => self.safe_command.as_deref(),
            _ => None,
        }
    }

    /// The word for what becomes of the call: `allow`, `hint`, `ask`, `deny`.
    pub fn word(&self) -> &'static str {
        match self.hint {
            Some(_) => "hint",
            None => self.decision.word(),
        }
    }

    /// How the evidence was reached, for people: `` `bash -c` inside `xargs` ``.
    pub fn route_shown(&self) -> String {
        self.route.iter().rev().map(|step| format!("`{step}`")).collect::<Vec<_>>().join(" inside ")
    }

    /// The whole message to the agent: rule, evidence, route, reason, and the safe command at its end.
    pub fn message(&self) -> String {
        let mut out = self.why();
        if let Some(command) = &self.safe_command {
            match self.suggests {
                true => out.push_str(&format!(" Use this instead, the value stays out of sight: {command}")),
                false => out.push_str(&format!(" Instead: {command}")),
            }
        }
        if let Some(warning) = &self.warning {
            out.push_str(&format!("\n\n{warning}"));
        }
        out
    }

    /// The message to the agent where another command takes the call's place.
    pub fn message_of_replacement(&self, command: &str) -> String {
        let why = self.why();
        format!("{why} So the call was replaced, and where it runs, this runs: {command}")
    }

    /// Rule, evidence, route and reason.
    fn why(&self) -> String {
        let mut out = format!("asm-guard ({}): ", self.rule.as_deref().unwrap_or("no rule"));
        if !self.unknown.is_empty() {
            out.push_str("Perhaps: ");
        }
        out.push_str(&self.summary);
        if !self.evidence.is_empty() {
            out.push_str(&format!(": `{}`", shortened(&self.evidence)));
        }
        if let Some(place) = &self.place {
            out.push_str(&format!(" in {}", shortened(place)));
        }
        if !self.route.is_empty() {
            out.push_str(&format!(", reached through {}", shortened(&self.route_shown())));
        }
        out.push_str(". ");
        if !self.unknown.is_empty() {
            out.push_str(&format!(
                "Its {} cannot be known before it runs. If so: ",
                self.unknown_named.join(" and ")
            ));
        }
        out.push_str(&self.reason);
        out
    }
}

/// Evidence longer than this is cut in the middle.
const MAX_SHOWN: usize = 400;

pub(crate) fn shortened(text: &str) -> String {
    let count = text.chars().count();
    if count <= MAX_SHOWN {
        return text.to_owned();
    }
    let head: String = text.chars().take(MAX_SHOWN / 2).collect();
    let tail: String = text.chars().skip(count - MAX_SHOWN / 2).collect();
    format!("{head} … {tail}")
}
