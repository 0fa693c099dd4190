//! The rule files of some layers in the form in which a hook reads them: of a thousand rules it reads the few that can
//! match the facts at hand.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::amend::{self, Amendments, Standing, Standings};
use super::layer::{Layer, RuleFile};
use super::rule::{OneOrMany, Pattern, Rule, When};
use crate::document::Fault;
use crate::fact::Fact;
use crate::value::Text;

/// Rule files, indexed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Compiled {
    /// What they say of rules that are not theirs.
    pub amendments: Amendments,
    /// Packs that are switched on.
    pub packs: BTreeSet<String>,
    /// What is wrong with them, a fault each, as people read it.
    pub faults: Vec<String>,
    /// By kind of fact and by key, the rules that can match: their places in `lines`. The empty key stands for any.
    index: BTreeMap<String, BTreeMap<String, Vec<u32>>>,
    /// Where each rule begins and ends in `text`.
    lines: Vec<(u32, u32)>,
    /// The standings as JSON: only a project's files ask for them.
    standings: String,
    /// The rules, a line of JSON each. It is kept apart, since most of it is not read.
    #[serde(skip)]
    pub text: String,
}

/// A rule of a layer.
#[derive(Debug, Clone, Deserialize)]
pub struct Layered {
    /// The rule, without its examples.
    pub rule: Rule,
    /// Whose it is.
    pub layer: Layer,
    /// The file and line in which it is written.
    pub from: String,
}

impl Compiled {
    /// Compiles files, from the top layer down. `standings` are the rules that are there already.
    pub fn new(files: &[(Layer, RuleFile)], mut standings: Standings, faults: &[Fault]) -> Compiled {
        let mut compiled = Compiled::default();
        let mut faults: Vec<Fault> = faults.to_vec();
        for (layer, file) in files {
            compiled.packs.extend(file.packs.iter().map(|entry| entry.value.clone()));
            for entry in &file.rules {
                let (rule, json) = &entry.value;
                // Of two rules of one name both hold. What is said of that name is said of both.
                let standing = Standing::of(rule, *layer);
                standings
                    .entry(rule.id.clone())
                    .and_modify(|known| known.locked |= standing.locked)
                    .or_insert(standing);
                compiled.add(rule, json, *layer, &format!("{}:{}", file.path, entry.line));
            }
        }
        let (amendments, wrong) = amend::amendments(files, &mut standings);
        faults.extend(wrong);
        compiled.amendments = amendments;
        compiled.faults = faults.iter().map(ToString::to_string).collect();
        compiled.standings = serde_json::to_string(&standings).expect("names and words are JSON");
        compiled
    }

    fn add(&mut self, rule: &Rule, json: &serde_json::Value, layer: Layer, from: &str) {
        let mut json = json.clone();
        if let Some(fields) = json.as_object_mut() {
            fields.remove("example");
        }
        let line = u32::try_from(self.lines.len()).expect("files are bounded");
        let place = |text: &str| u32::try_from(text.len()).expect("files are bounded");
        let start = place(&self.text);
        self.text.push_str(&serde_json::json!({ "rule": json, "layer": layer, "from": from }).to_string());
        self.lines.push((start, place(&self.text)));
        self.text.push('\n');
        for kind in rule.when.kinds().unwrap_or_default() {
            let keys = self.index.entry(kind.to_owned()).or_default();
            for key in keys_of(&rule.when) {
                let lines = keys.entry(key).or_default();
                if lines.last() != Some(&line) {
                    lines.push(line);
                }
            }
        }
    }

    /// Whether no rule is in it, and nothing is said of others.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.amendments.is_empty() && self.packs.is_empty()
    }

    /// The rules that may match one of these facts, in the order in which they were written.
    ///
    /// # Errors
    /// When what was compiled does not read any more.
    pub fn rules_for<'f>(&self, facts: impl Iterator<Item = &'f Fact>) -> Result<Vec<Layered>, String> {
        let mut lines: BTreeSet<&u32> = BTreeSet::new();
        for fact in facts {
            let Some(keys) = self.index.get(super::kind(fact)) else { continue };
            match key_of(fact).and_then(Text::literal) {
                Some(key) => lines.extend([keys.get(""), keys.get(key)].into_iter().flatten().flatten()),
                None => lines.extend(keys.values().flatten()),
            }
        }
        lines.into_iter().map(|line| self.line(*line)).collect()
    }

    /// Every rule, in the order in which they were written.
    ///
    /// # Errors
    /// When what was compiled does not read any more.
    pub fn rules(&self) -> Result<Vec<Layered>, String> {
        (0..self.lines.len()).map(|line| self.line(u32::try_from(line).unwrap_or(u32::MAX))).collect()
    }

    fn line(&self, line: u32) -> Result<Layered, String> {
        let (start, end) = *self.lines.get(line as usize).ok_or("a rule is missing")?;
        let json = self.text.get(start as usize..end as usize).ok_or("a rule is cut off")?;
        serde_json::from_str(json).map_err(|error| format!("a rule does not read: {error}"))
    }

    /// Where every rule stands.
    ///
    /// # Errors
    /// When what was compiled does not read any more.
    pub fn standings(&self) -> Result<Standings, String> {
        if self.standings.is_empty() {
            return Ok(Standings::new());
        }
        serde_json::from_str(&self.standings).map_err(|error| error.to_string())
    }
}

/// What a fact is looked up by: the name that most rules of its kind begin with.
fn key_of(fact: &Fact) -> Option<&Text> {
    match fact {
        Fact::Aws(call) => Some(&call.service),
        Fact::Command(line) => Some(&line.program),
        _ => None,
    }
}

/// The keys under which a condition is found; the empty one where it may be met under any.
fn keys_of(when: &When) -> Vec<String> {
    let names = match when {
        When::Aws(wanted) => wanted.service.as_ref(),
        When::Command(wanted) => wanted.program.as_ref(),
        _ => None,
    };
    let literal = |pattern: &Pattern| match pattern {
        Pattern::Glob(name) if !name.is_empty() && !name.contains(['*', '?', '[', '{']) => Some(name.clone()),
        _ => None,
    };
    let keys = names.and_then(|names| names.patterns().iter().map(literal).collect::<Option<Vec<String>>>());
    keys.filter(|keys| !keys.is_empty()).unwrap_or_else(|| vec![String::new()])
}

impl OneOrMany {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.patterns().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::AwsCall;

    fn rule(id: &str, when: &str) -> String {
        format!(
            "[[rule]]\nid = \"{id}\"\nsummary = \"s\"\ndecision = \"deny\"\nreason = \"r\"\n{when}\n\
             example = [{{ bash = \"a\", expect = \"deny\" }}, {{ bash = \"b\", expect = \"allow\" }}]\n"
        )
    }

    #[test]
    fn only_rules_that_may_match_are_read() {
        let text = [
            rule("kms", "when.aws = { service = \"kms\", operation = \"decrypt\" }"),
            rule("two", "when.aws = { service = [\"kms\", \"ssm\"] }"),
            rule("glob", "when.aws = { service = \"s*\" }"),
            rule("either", "when.any = [{ aws = { service = \"kms\" } }, { file = { path = \"a\" } }]"),
            rule("file", "when.file = { path = \"a\" }"),
        ]
        .concat();
        let (file, faults) = RuleFile::read("a.toml", &text);
        assert!(faults.is_empty(), "{faults:?}");
        let compiled = Compiled::new(&[(Layer::User, file)], Standings::new(), &[]);
        let kept: Compiled = serde_json::from_str(&serde_json::to_string(&compiled).unwrap()).unwrap();
        let kept = Compiled { text: compiled.text.clone(), ..kept };
        for (service, expected) in [
            (Text::from("kms"), &["kms", "two", "glob", "either"][..]),
            (Text::from("ssm"), &["two", "glob", "either"]),
            (Text::from("ec2"), &["glob", "either"]),
            (Text::unknown("$x"), &["kms", "two", "glob", "either"]),
        ] {
            let fact = Fact::Aws(AwsCall::new(service.clone(), "decrypt".into()));
            let rules = kept.rules_for([&fact].into_iter()).unwrap();
            let ids: Vec<&str> = rules.iter().map(|layered| layered.rule.id.as_str()).collect();
            assert_eq!(ids, expected, "{service}");
        }
        assert_eq!(kept.rules().unwrap().len(), 5);
        assert_eq!(kept.rules().unwrap()[1].from, "a.toml:8");
        assert_eq!(kept.standings().unwrap()["file"].layer, Layer::User);
    }
}
