//! The rule files of some layers in the form in which a hook reads them: of a thousand rules it reads the few that can
//! match the facts at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::added;
use super::amend::{self, Amendments, Standing, Standings};
use super::layer::{Layer, RuleFile};
use super::lines::{Lines, Span};
use super::rule::{OneOrMany, Pattern, Rule, When};
use super::valid;
use crate::document::{Entry, Fault};
use crate::fact::Fact;
use crate::knowledge::{Added, Interests};
use crate::value::Text;

/// Rule files, indexed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Compiled {
    /// What they say of rules that are not theirs.
    pub amendments: Amendments,
    /// Packs that are switched on.
    pub packs: BTreeSet<String>,
    /// What they ask for.
    pub interests: Interests,
    /// What they add to what is known of programs and tools.
    #[serde(skip)]
    pub knowledge: Option<Arc<Added>>,
    /// What is wrong with them, a fault each, as people read it.
    pub faults: Vec<String>,
    /// By kind of fact, the line that says where the rules are that can match.
    index: BTreeMap<String, Span>,
    /// The line that says where every rule is.
    places: Span,
    /// The line that says where every rule stands: only a project's files ask for it.
    standings: Span,
    /// The faults themselves, where this was just compiled.
    #[serde(skip)]
    pub found: Vec<Fault>,
    /// Lines of JSON: the rules, and what the spans above lead to. Most of it is not read.
    #[serde(skip)]
    pub lines: Lines,
}

/// By key, where the rules are that can match a fact of that key, in the order in which they were written. The empty key
/// stands for any.
type Keys = BTreeMap<String, Vec<Span>>;

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
    /// No rules, but what such rules would ask for.
    pub fn asking_for(interests: Interests) -> Compiled {
        Compiled { interests, ..Compiled::default() }
    }

    /// Compiles files, from the top layer down. `standings` are the rules that are there already.
    pub fn new(files: &[(Layer, RuleFile)], mut standings: Standings, faults: &[Fault]) -> Compiled {
        let mut compiled = Compiled::default();
        let (mut places, mut index) = (Vec::new(), BTreeMap::<&str, Keys>::new());
        let mut faults: Vec<Fault> = faults.to_vec();
        for (layer, file) in files {
            for Entry { value: pack, line } in &file.packs {
                let Some(rules) = super::pack_rules(pack) else {
                    let mend = format!("the packs are: {}", super::packs().join(", "));
                    let message = format!("there is no pack `{pack}`");
                    faults.push(valid::fault(&file.path, &file.text, *line, message, Some(mend)));
                    continue;
                };
                compiled.packs.insert(pack.clone());
                compiled.interests.join(&super::interests(&rules));
                let stand = |rule: Rule| (rule.id.clone(), Standing::of(&rule, Layer::BuiltIn));
                standings.extend(rules.into_iter().map(stand));
            }
            compiled.interests.join(&super::interests(file.rules.iter().map(|entry| &entry.value.0)));
            for entry in &file.rules {
                let (rule, json) = &entry.value;
                // Of two rules of one name both hold. What is said of that name is said of both.
                let standing = Standing::of(rule, *layer);
                standings
                    .entry(rule.id.clone())
                    .and_modify(|known| known.locked |= standing.locked)
                    .or_insert(standing);
                let place = compiled.add(json, *layer, &format!("{}:{}", file.path, entry.line));
                places.push(place);
                for kind in rule.when.kinds().unwrap_or_default().into_iter().collect::<BTreeSet<_>>() {
                    let keys = index.entry(kind).or_default();
                    for key in keys_of(&rule.when).into_iter().collect::<BTreeSet<_>>() {
                        keys.entry(key).or_default().push(place);
                    }
                }
            }
        }
        let (knowledge, wrong) = added::compiled(files);
        faults.extend(wrong);
        compiled.knowledge = knowledge.map(Arc::new);
        let (amendments, wrong) = amend::amendments(files, &mut standings);
        faults.extend(wrong);
        compiled.amendments = amendments;
        compiled.faults = faults.iter().map(ToString::to_string).collect();
        compiled.found = faults;
        for (kind, keys) in index {
            let line = compiled.lines.write(&keys);
            compiled.index.insert(kind.to_owned(), line);
        }
        compiled.places = compiled.lines.write(&places);
        compiled.standings = compiled.lines.write(&standings);
        compiled
    }

    fn add(&mut self, json: &serde_json::Value, layer: Layer, from: &str) -> Span {
        let mut json = json.clone();
        if let Some(fields) = json.as_object_mut() {
            fields.remove("example");
        }
        self.lines.write(&serde_json::json!({ "rule": json, "layer": layer, "from": from }))
    }

    /// Whether no rule is in it, and nothing is said of others, or of programs.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
            && self.amendments.is_empty()
            && self.packs.is_empty()
            && self.knowledge.is_none()
    }

    /// The rules that may match one of these facts, in the order in which they were written.
    ///
    /// # Errors
    /// When what was compiled does not read any more.
    pub fn rules_for<'f>(&self, facts: impl Iterator<Item = &'f Fact>) -> Result<Vec<Layered>, String> {
        let mut places = BTreeSet::new();
        let mut read = BTreeMap::<&str, Keys>::new();
        for fact in facts {
            let kind = super::kind(fact);
            let Some(line) = self.index.get(kind) else { continue };
            if !read.contains_key(kind) {
                read.insert(kind, self.lines.read(*line)?);
            }
            let keys = &read[kind];
            match key_of(fact).and_then(Text::literal) {
                Some(key) => places.extend([keys.get(""), keys.get(key)].into_iter().flatten().flatten()),
                None => places.extend(keys.values().flatten()),
            }
        }
        places.into_iter().map(|place| self.lines.read(place)).collect()
    }

    /// Every rule, in the order in which they were written.
    ///
    /// # Errors
    /// When what was compiled does not read any more.
    pub fn rules(&self) -> Result<Vec<Layered>, String> {
        let places: Vec<Span> = self.lines.read_or_default(self.places)?;
        places.into_iter().map(|place| self.lines.read(place)).collect()
    }

    /// Where every rule stands.
    ///
    /// # Errors
    /// When what was compiled does not read any more.
    pub fn standings(&self) -> Result<Standings, String> {
        self.lines.read_or_default(self.standings)
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
        let kept = Compiled { lines: compiled.lines.clone(), ..kept };
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
