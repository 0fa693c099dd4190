//! What layers say of rules that are not in the same file: other decisions, and exceptions.
//!
//! Whoever is further up may loosen what is further down, and his own. Further down one may always tighten. A user may
//! also loosen what is built in or managed, unless it is locked. A project, whose files an agent can write, loosens
//! nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::layer::{Exception, Layer, RuleFile};
use super::rule::{Rule, Setting};
use super::valid;
use crate::document::Fault;
use crate::shell::pattern;

/// Where a rule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Whose it is.
    pub layer: Layer,
    /// Whether users may not loosen it.
    pub locked: bool,
    /// What it decides, with what layers have said so far.
    pub setting: Setting,
}

/// Rules by id, and where each stands.
pub type Standings = BTreeMap<String, Standing>;

/// What layers have said of a rule.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Amendment {
    /// Another decision, and the file and line that give it.
    pub setting: Option<(Setting, String)>,
    /// Facts that it leaves alone, with the file and line that say so.
    pub exceptions: Vec<(Exception, String)>,
}

/// What layers have said of rules, by id.
pub type Amendments = BTreeMap<String, Amendment>;

impl Standing {
    /// Where a rule stands before anything was said of it.
    pub fn of(rule: &Rule, layer: Layer) -> Standing {
        Standing { layer, locked: rule.locked && layer == Layer::Managed, setting: rule.decision }
    }

    /// Whether a layer may loosen it; where not, why.
    fn may_be_loosened_by(self, by: Layer) -> Result<(), (String, String)> {
        match by {
            Layer::Project => Err((
                "a project's files can only tighten".to_owned(),
                "say it in the user's rules, or in the managed ones".to_owned(),
            )),
            Layer::User if self.locked => Err((
                "it is locked by what is managed".to_owned(),
                "ask whoever manages this machine".to_owned(),
            )),
            _ => Ok(()),
        }
    }
}

/// What these files, from the top layer down, say of rules; and what of that they may not say. The standings become
/// what they have said.
pub fn amendments(files: &[(Layer, RuleFile)], standings: &mut Standings) -> (Amendments, Vec<Fault>) {
    for (_, file) in files.iter().filter(|(layer, _)| *layer == Layer::Managed) {
        for glob in &file.locked {
            let named = standings.iter_mut().filter(|(id, _)| pattern::matches(&glob.value, id));
            named.for_each(|(_, standing)| standing.locked = true);
        }
    }
    let (mut amendments, mut faults) = (Amendments::new(), Vec::new());
    for (layer, file) in files {
        let mut wrong = |line: usize, message: String, mend: Option<String>| {
            faults.push(valid::fault(&file.path, &file.text, line, message, mend));
        };
        for entry in file.locked.iter().filter(|_| *layer != Layer::Managed) {
            wrong(entry.line, "only a managed file may lock rules".to_owned(), None);
        }
        for (rule, line) in file.rules.iter().map(|entry| (&entry.value.0, entry.line)) {
            if rule.locked && *layer != Layer::Managed {
                wrong(line, format!("only a managed rule may be locked, and `{}` is none", rule.id), None);
            }
        }
        for entry in &file.overrides {
            let (id, setting) = (&entry.value.rule, entry.value.decision);
            for (id, standing) in named(standings, id, |mend| wrong(entry.line, no_rule(id), mend)) {
                if strictness(setting) < strictness(standing.setting)
                    && let Err((message, mend)) = standing.may_be_loosened_by(*layer)
                {
                    wrong(entry.line, format!("`{id}` cannot be loosened here: {message}"), Some(mend));
                    continue;
                }
                standing.setting = setting;
                let amendment = amendments.entry(id.clone()).or_default();
                amendment.setting = Some((setting, format!("{}:{}", file.path, entry.line)));
            }
        }
        for entry in &file.exceptions {
            let id = &entry.value.rule;
            for (id, standing) in named(standings, id, |mend| wrong(entry.line, no_rule(id), mend)) {
                if let Err((message, mend)) = standing.may_be_loosened_by(*layer) {
                    wrong(entry.line, format!("`{id}` can have no exception here: {message}"), Some(mend));
                    continue;
                }
                let amendment = amendments.entry(id.clone()).or_default();
                amendment.exceptions.push((entry.value.clone(), format!("{}:{}", file.path, entry.line)));
            }
        }
    }
    (amendments, faults)
}

fn no_rule(glob: &str) -> String {
    format!("there is no rule `{glob}`")
}

/// The rules that a glob names; where there is none, `none` is told what may be meant.
fn named<'s>(
    standings: &'s mut Standings,
    glob: &str,
    none: impl FnOnce(Option<String>),
) -> Vec<(&'s String, &'s mut Standing)> {
    if !standings.keys().any(|id| pattern::matches(glob, id)) {
        let near = standings.keys().min_by_key(|id| strsim::damerau_levenshtein(glob, id));
        none(near.map(|id| format!("write `{id}`; `asm-guard rules` lists them all")));
    }
    standings.iter_mut().filter(|(id, _)| pattern::matches(glob, id)).collect()
}

/// Settings from the loosest to the strictest.
pub(super) fn strictness(setting: Setting) -> u8 {
    match setting {
        Setting::Off => 0,
        Setting::Hint => 1,
        Setting::Ask => 2,
        Setting::Deny => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who may give a rule of whom which decision.
    #[test]
    fn who_may_loosen_what() {
        use Layer::{BuiltIn, Managed, Project, User};
        use Setting::{Ask, Deny, Hint, Off};
        // The rule's layer, whether it is locked, its decision; who says what; whether that holds.
        let matrix = [
            (BuiltIn, false, Deny, Managed, Ask, true),
            (BuiltIn, false, Deny, Managed, Off, true),
            (BuiltIn, false, Deny, User, Ask, true),
            (BuiltIn, false, Deny, User, Off, true),
            (BuiltIn, false, Deny, Project, Ask, false),
            (BuiltIn, false, Deny, Project, Off, false),
            (BuiltIn, false, Ask, Project, Deny, true),
            (BuiltIn, false, Hint, Project, Ask, true),
            (BuiltIn, false, Ask, Project, Hint, false),
            (BuiltIn, true, Deny, Managed, Off, true),
            (BuiltIn, true, Deny, User, Ask, false),
            (BuiltIn, true, Ask, User, Deny, true),
            (BuiltIn, true, Deny, Project, Off, false),
            (Managed, false, Deny, Managed, Ask, true),
            (Managed, false, Deny, User, Off, true),
            (Managed, false, Deny, Project, Off, false),
            (Managed, true, Deny, Managed, Off, true),
            (Managed, true, Deny, User, Ask, false),
            (Managed, true, Ask, Project, Deny, true),
            (User, false, Deny, Managed, Off, true),
            (User, false, Deny, User, Ask, true),
            (User, false, Deny, Project, Off, false),
            (User, false, Ask, Project, Deny, true),
            (Project, false, Deny, User, Off, true),
            (Project, false, Deny, Project, Off, false),
        ];
        for (of, locked, was, by, said, holds) in matrix {
            let case = format!("{of:?} {locked} {was:?}, {by:?} says {said:?}");
            let standing =
                || BTreeMap::from([("x".to_owned(), Standing { layer: of, locked, setting: was })]);
            let word = said.word();
            let text = format!("[[override]]\nrule = \"x\"\ndecision = \"{word}\"\nreason = \"r\"\n");
            let (file, faults) = RuleFile::read("a.toml", &text);
            assert!(faults.is_empty(), "{faults:?}");
            let mut standings = standing();
            let (amendments, faults) = amendments(&[(by, file)], &mut standings);
            assert_eq!(faults.is_empty(), holds, "{case}: {faults:?}");
            assert_eq!(standings["x"].setting, if holds { said } else { was }, "{case}");
            assert_eq!(amendments.contains_key("x"), holds, "{case}");

            // An exception only ever loosens.
            let text = "[[exception]]\nrule = \"x\"\nwhen.aws = { service = \"s\" }\nreason = \"r\"\n";
            let file = RuleFile::read("a.toml", text).0;
            let may = by != Project && !(by == User && locked);
            assert_eq!(super::amendments(&[(by, file)], &mut standing()).1.is_empty(), may, "{case}");
        }
    }

    #[test]
    fn what_is_managed_locks_rules_and_names_must_be_there() {
        let standing = Standing { layer: Layer::BuiltIn, locked: false, setting: Setting::Deny };
        let mut standings = BTreeMap::from([("secret-fetch".to_owned(), standing)]);
        let managed = RuleFile::read("m.toml", "locked = [\"secret-*\"]").0;
        let off = "[[override]]\nrule = \"secret-fetch\"\ndecision = \"off\"\nreason = \"r\"\n";
        let user = RuleFile::read("u.toml", &format!("{off}{}", off.replace("fetch", "fetsh"))).0;
        let files = [(Layer::Managed, managed), (Layer::User, user)];
        let (amended, faults) = amendments(&files, &mut standings);
        assert!(amended.is_empty());
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(
            told[0].starts_with("u.toml:1:1: `secret-fetch` cannot be loosened here: it is locked"),
            "{told:?}"
        );
        assert!(told[1].contains("u.toml:5:1: there is no rule `secret-fetsh`"), "{told:?}");
        assert!(told[1].contains("mend: write `secret-fetch`"), "{told:?}");
        let locking = RuleFile::read("u.toml", "locked = [\"*\"]").0;
        assert_eq!(amendments(&[(Layer::User, locking)], &mut standings).1.len(), 1);
    }
}
