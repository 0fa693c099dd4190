//! A file of rules in one of the layers, as its author writes it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::added;
use super::date::Date;
use super::example::Example;
use super::rule::{Rule, Setting, When};
use super::valid;
use crate::document::{Entry, Fault, Toml};
use crate::knowledge::{Addition, Kind};

/// Who speaks. Those further down may add and tighten; what they may loosen is said in `amend`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// What is compiled in.
    BuiltIn,
    /// The organisation: `/etc/asm-guard`.
    Managed,
    /// The user.
    User,
    /// The project, whose files an agent can write.
    Project,
}

impl Layer {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Layer::BuiltIn => "built-in",
            Layer::Managed => "managed",
            Layer::User => "user",
            Layer::Project => "project",
        }
    }
}

/// A file of a layer.
#[derive(Debug, Clone, Default)]
pub struct RuleFile {
    /// Its path, as it is shown.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Its rules, each with its own JSON.
    pub rules: Vec<Entry<(Rule, serde_json::Value)>>,
    /// What it says of rules of other files.
    pub overrides: Vec<Entry<Override>>,
    /// Facts that rules leave alone.
    pub exceptions: Vec<Entry<Exception>>,
    /// Packs that it switches on.
    pub packs: Vec<Entry<String>>,
    /// Globs over the ids of rules that users may not loosen. Only a managed file says so.
    pub locked: Vec<Entry<String>>,
    /// What it says of programs and tools.
    pub knowledge: Vec<Entry<Addition>>,
    /// Calls with what must become of them by all that holds.
    pub examples: Vec<Entry<Example>>,
}

/// Gives a rule another decision.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// A glob over rules' ids.
    pub rule: String,
    /// The decision.
    pub decision: Setting,
    /// Why, for people.
    pub reason: String,
}

/// A fact that a rule leaves alone.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// A glob over rules' ids.
    pub rule: String,
    /// The facts; what cannot be known of one makes it no exception.
    pub when: When,
    /// The last day on which it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub until: Option<Date>,
    /// Why, for people.
    pub reason: String,
}

impl RuleFile {
    /// The keys that a file may have.
    const KEYS: [&'static str; 6] = ["rule", "override", "exception", "packs", "locked", "example"];

    /// Reads a file: what is good in it, and what is wrong with the rest.
    pub fn read(path: &str, text: &str) -> (RuleFile, Vec<Fault>) {
        let mut faults = Vec::new();
        let toml = match Toml::parse(path, text) {
            Ok(toml) => toml,
            Err(fault) => return (RuleFile { path: path.to_owned(), ..RuleFile::default() }, vec![*fault]),
        };
        let keys: Vec<&str> = Self::KEYS.into_iter().chain(Kind::ALL.map(Kind::word)).collect();
        toml.only(&keys, &mut faults);
        let mut rules = Vec::new();
        // The same entry is read twice: as a rule, whose faults are told, and as the JSON that is kept of it.
        let json = toml.entries::<serde_json::Value>("rule", &mut Vec::new());
        let mut read = toml.entries::<Rule>("rule", &mut faults).into_iter().peekable();
        for Entry { value: json, line } in json {
            let Some(rule) = read.next_if(|rule| rule.line == line) else { continue };
            match valid::rule(&rule.value) {
                Ok(()) => rules.push(Entry { value: (rule.value, json), line }),
                Err((message, mend)) => faults.push(valid::fault(path, text, line, message, mend)),
            }
        }
        let mut exceptions = toml.entries::<Exception>("exception", &mut faults);
        exceptions.retain(|entry| match valid::condition(&entry.value.when) {
            Ok(()) => true,
            Err((message, mend)) => {
                faults.push(valid::fault(path, text, entry.line, message, mend));
                false
            }
        });
        let knowledge = added::read(&toml, path, text, &mut faults);
        let mut examples = toml.entries::<Example>("example", &mut faults);
        examples.retain(|entry| {
            let is_call = entry.value.bash.is_some() || entry.value.tool.is_some();
            if !is_call {
                let message = "an example names neither `bash` nor `tool`".to_owned();
                let mend = Some("add `bash = \"…\"`".to_owned());
                faults.push(valid::fault(path, text, entry.line, message, mend));
            }
            is_call
        });
        let file = RuleFile {
            path: path.to_owned(),
            text: text.to_owned(),
            rules,
            overrides: toml.entries("override", &mut faults),
            exceptions,
            packs: toml.entries("packs", &mut faults),
            locked: toml.entries("locked", &mut faults),
            knowledge,
            examples,
        };
        faults.sort_by_key(|fault| fault.place.as_ref().map(|place| (place.line, place.column)));
        (file, faults)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[[rule]]
id = "no-decrypt"
summary = "Decrypts"
decision = "deny"
reason = "Why."
when.aws = { service = "kms", operation = "decrypt" }
example = [{ bash = "aws kms decrypt", expect = "deny" }, { bash = "aws kms list-keys", expect = "allow" }]
"#;

    fn faults(text: &str) -> Vec<String> {
        RuleFile::read("a.toml", text).1.iter().map(Fault::in_a_line).collect()
    }

    #[test]
    fn what_is_good_in_a_file_is_kept() {
        let bad = GOOD.replace("no-decrypt", "other").replace("\"deny\"\nreason", "\"denny\"\nreason");
        let (file, faults) = RuleFile::read("a.toml", &format!("{bad}{GOOD}"));
        assert_eq!(
            file.rules.iter().map(|rule| rule.value.0.id.as_str()).collect::<Vec<_>>(),
            ["no-decrypt"]
        );
        assert_eq!(file.rules[0].value.1["id"], "no-decrypt");
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(faults[0].place.as_ref().map(|place| place.line), Some(5));
        assert_eq!(faults[0].mend.as_deref(), Some("write `deny`"));
    }

    #[test]
    fn rules_that_cannot_work_are_told() {
        for (from, to, expected) in [
            ("no-decrypt", "No Decrypt", "is no name in kebab case"),
            ("{ service = \"kms\", operation = \"decrypt\" }", "{ service = { regex = \"(\" } }", "regex"),
            ("{ service = \"kms\", operation = \"decrypt\" }", "{ service = \"[\" }", "glob"),
            ("when.aws = {", "when.not.aws = {", "`not`"),
            ("\"Why.\"", "\" \"", "reason"),
            ("expect = \"allow\"", "expect = \"deny\"", "no example that must not match"),
            ("when.aws = { service", "when.aws = { servise", "unknown field `servise`"),
            ("[[rule]]", "[[rul]]", "unknown field `rul`"),
        ] {
            let text = GOOD.replace(from, to);
            assert_ne!(text, GOOD);
            let told = faults(&text);
            assert!(told.iter().any(|told| told.contains(expected)), "{expected}: {told:?}");
        }
        assert_eq!(faults(GOOD), Vec::<String>::new());
    }

    #[test]
    fn exceptions_are_bound_to_a_fact_and_may_end() {
        let text = "[[exception]]\nrule = \"x\"\nwhen.aws = { service = \"kms\" }\nuntil = 2026-12-31\nreason = \"r\"\n";
        let (file, told) = RuleFile::read("a.toml", text);
        assert!(told.is_empty(), "{told:?}");
        assert_eq!(file.exceptions[0].value.until, Date::parse("2026-12-31"));
        assert!(
            faults(&text.replace("when.aws = { service = \"kms\" }\n", ""))[0]
                .contains("missing field `when`")
        );
    }
}
