//! The rules that hold for a call: built in, and what layers add to them, amend and switch off.

use std::rc::Rc;
use std::sync::Arc;

use super::amend::{Standing, Standings, strictness};
use super::compiled::{Compiled, Layered};
use super::date::Date;
use super::layer::{Exception, Layer, RuleFile};
use super::rule::{Rule, Setting};
use super::verdict::{Decision, Hint, Verdict};
use super::{Match, builtin_for, kind, packs_for};
use crate::document::Entry;
use crate::fact::{Fact, Finding};
use crate::knowledge::{Interests, Knowledge};

/// The rule named where the rules themselves cannot be used.
pub const BROKEN_RULES: &str = "broken-rules";

/// The rules that hold. Without layers they are those that are built in.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// What is managed, and the user's.
    pub shared: Arc<Compiled>,
    /// The project's.
    pub project: Arc<Compiled>,
    /// Today, for exceptions that end; where it is not said none of those holds.
    pub today: Option<Date>,
    /// Whether what is wrong with rule files was not told before.
    pub untold: bool,
    /// Whether what is wrong with rule files refuses every call.
    pub strict: bool,
}

/// A rule with what layers have said of it.
#[derive(Debug, Clone)]
pub struct Effective {
    /// The rule, with the decision that holds.
    pub rule: Rule,
    /// Whose it is.
    pub layer: Layer,
    /// The file and line that it is written in; empty where it is built in.
    pub from: String,
    /// The file and line that gave it its decision, where that is not its own.
    pub amended_by: Option<String>,
    /// The facts that it leaves alone, with the file and line that say so. Those that have ended are not among them.
    pub exceptions: Vec<(Exception, String)>,
}

impl Effective {
    /// What it decides of a fact, where it was found; None where it does not match.
    pub fn judges(&self, finding: &Finding) -> Option<Match> {
        let matched = self.rule.judges(finding)?;
        let excepted = self.exceptions.iter().any(|(exception, _)| exception.when.holds(&finding.fact));
        (!excepted).then_some(matched)
    }
}

impl Rules {
    /// What is wrong with rule files, as people read it.
    pub fn faults(&self) -> impl Iterator<Item = &String> {
        self.shared.faults.iter().chain(&self.project.faults)
    }

    /// The built-in rules, with facts that none of them asks for.
    pub fn asking_for(interests: Interests) -> Rules {
        Rules { shared: Arc::new(Compiled::asking_for(interests)), ..Rules::default() }
    }

    /// What the rules ask for beyond the built-in ones.
    pub fn interests(&self) -> Rc<Interests> {
        let mut interests = self.shared.interests.clone();
        if self.project.interests != Interests::default() {
            interests.join(&self.project.interests);
        }
        Rc::new(interests)
    }

    /// What is known of programs and tools, with what the managed and the user's files add.
    pub fn knowledge(&self) -> Knowledge {
        Knowledge::with(self.shared.knowledge.clone())
    }

    /// The built-in rules with a pack switched on.
    pub fn with_pack(pack: &str) -> Rules {
        let entry = Entry { value: pack.to_owned(), line: 1 };
        let file = RuleFile { packs: vec![entry], ..RuleFile::default() };
        let shared = Arc::new(Compiled::new(&[(Layer::User, file)], builtin_standings(), &[]));
        Rules { shared, ..Rules::default() }
    }

    /// Whether a pack is switched on.
    pub fn has_pack(&self, pack: &str) -> bool {
        self.packs().any(|on| on == pack)
    }

    /// Packs that are switched on.
    fn packs(&self) -> impl Iterator<Item = &String> {
        self.shared.packs.union(&self.project.packs)
    }

    /// Judges findings. Of the rules only those are read that may match.
    pub fn judge(&self, findings: &[Finding]) -> Verdict {
        let rules = match self.for_facts(findings.iter().map(|finding| &finding.fact)) {
            Ok(rules) => rules,
            Err(message) => {
                return Verdict::refusal(BROKEN_RULES, format!("The rules cannot be read: {message}."));
            }
        };
        let verdict = judge_by(&rules, findings);
        self.with_faults(verdict)
    }

    /// The verdict with what is wrong with rule files.
    fn with_faults(&self, mut verdict: Verdict) -> Verdict {
        let Some(first) = self.faults().next() else { return verdict };
        let others = match self.faults().count() - 1 {
            0 => String::new(),
            1 => " (and one more)".to_owned(),
            more => format!(" (and {more} more)"),
        };
        let told = format!(
            "A rule file of asm-guard is broken{others}, and what is wrong in it is not used: {first}"
        );
        if self.strict && verdict.decision != Decision::Deny {
            return Verdict::refusal(
                BROKEN_RULES,
                format!("{told}\nUntil it is mended every call is refused."),
            );
        }
        match verdict.decision {
            Decision::Allow if verdict.hint.is_none() && self.untold => {
                verdict.hint = Some(Hint { rule: BROKEN_RULES.to_owned(), message: told });
            }
            Decision::Allow => {}
            Decision::Ask | Decision::Deny => verdict.warning = Some(told),
        }
        verdict
    }

    /// The rules that may match one of these facts.
    fn for_facts<'f>(&self, facts: impl Iterator<Item = &'f Fact> + Clone) -> Result<Vec<Effective>, String> {
        let kinds: Vec<&str> = facts.clone().map(kind).collect();
        let builtin = builtin_for(&kinds).into_iter().map(builtin_layered);
        let packs = packs_for(self.packs(), &kinds).into_iter().map(builtin_layered);
        let shared = self.shared.rules_for(facts.clone())?;
        let project = self.project.rules_for(facts)?;
        Ok(builtin.chain(packs).chain(shared).chain(project).map(|layered| self.effective(layered)).collect())
    }

    /// Every rule, as it holds.
    ///
    /// # Errors
    /// When a rule cannot be read, with a sentence that says which and why.
    pub fn all(&self) -> Result<Vec<Effective>, String> {
        let builtin = super::builtin_rules()?.into_iter().map(builtin_layered);
        let packs = self.packs().filter_map(|pack| super::pack_rules(pack)).flatten().map(builtin_layered);
        let layered = builtin.chain(packs).chain(self.shared.rules()?).chain(self.project.rules()?);
        Ok(layered.map(|layered| self.effective(layered)).collect())
    }

    fn effective(&self, Layered { mut rule, layer, from }: Layered) -> Effective {
        let (mut amended_by, mut exceptions) = (None, Vec::new());
        if let Some(amendment) = self.shared.amendments.get(&rule.id) {
            if let Some((setting, by)) = &amendment.setting {
                rule.decision = *setting;
                amended_by = Some(by.clone());
            }
            let in_force = |exception: &Exception| match (exception.until, self.today) {
                (None, _) => true,
                (Some(until), Some(today)) => today <= until,
                (Some(_), None) => false,
            };
            exceptions
                .extend(amendment.exceptions.iter().filter(|(exception, _)| in_force(exception)).cloned());
        }
        // A project tightens, whatever was said before it.
        if let Some((setting, by)) = self.project.amendments.get(&rule.id).and_then(|a| a.setting.as_ref())
            && strictness(*setting) > strictness(rule.decision)
        {
            rule.decision = *setting;
            amended_by = Some(by.clone());
        }
        Effective { rule, layer, from, amended_by, exceptions }
    }
}

fn builtin_layered(rule: Rule) -> Layered {
    Layered { rule, layer: Layer::BuiltIn, from: String::new() }
}

/// Where the built-in rules stand.
pub fn builtin_standings() -> Standings {
    let rules = super::builtin_rules().unwrap_or_default();
    rules.iter().map(|rule| (rule.id.clone(), Standing::of(rule, Layer::BuiltIn))).collect()
}

/// Judges findings by these rules: the strictest decision, and of equals the first finding's. Where nothing speaks
/// against the call, the first hint there is.
pub fn judge_by(rules: &[Effective], findings: &[Finding]) -> Verdict {
    let mut strictest = Verdict::allow();
    let mut hint = None;
    for finding in findings {
        for effective in rules {
            let Some(Match { decision, unknown }) = effective.judges(finding) else { continue };
            let rule = &effective.rule;
            if decision > strictest.decision {
                strictest = Verdict::by_rule(rule, decision, finding, &unknown);
            } else if decision == Decision::Allow && rule.decision == Setting::Hint {
                hint.get_or_insert_with(|| Hint::by_rule(rule, finding));
            }
        }
    }
    strictest.hint = hint.filter(|_| strictest.decision == Decision::Allow);
    strictest
}

impl From<Rule> for Effective {
    /// A rule of which no layer has said anything.
    fn from(rule: Rule) -> Effective {
        Effective {
            rule,
            layer: Layer::BuiltIn,
            from: String::new(),
            amended_by: None,
            exceptions: Vec::new(),
        }
    }
}
