//! Packs: rules that are shipped switched off, each for a store of secrets of its own.

use super::rule::{self, Rule};
use crate::knowledge::builtin;

/// The names of all packs, sorted.
pub fn packs() -> Vec<&'static str> {
    let mut names: Vec<&str> = builtin::PACKS.iter().map(|(pack, _, _)| *pack).collect();
    names.dedup();
    names
}

/// The rules of a pack, with their examples; None where there is no pack of this name.
///
/// # Panics
/// When a rule does not read, which the test of all packs would have shown.
pub fn pack_rules(name: &str) -> Option<Vec<Rule>> {
    let rules: Vec<Rule> = builtin::PACKS_WITH_EXAMPLES
        .iter()
        .filter(|(pack, _)| *pack == name)
        .map(|(_, json)| rule::from_json(json).unwrap_or_else(|error| panic!("{error}")))
        .collect();
    (!rules.is_empty()).then_some(rules)
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::guard::{self, Context};
    use crate::policy::{self, Example, Rules};
    use crate::trace::Trace;

    /// What is decided of an example where a pack is on beside the built-in rules.
    fn judged(pack: &str, example: &Example) -> policy::Verdict {
        let rules = Rc::new(Rules::with_pack(pack));
        let context = Context { rules, ..Context::with_files(example.files.clone()) };
        guard::judge(&example.call(), &context, &Trace::new()).verdict
    }

    #[test]
    fn every_pack_holds_where_it_is_on() {
        assert_eq!(packs(), ["kms", "kubernetes-secrets", "other-readers", "parameter-store", "vault"]);
        for pack in packs() {
            let own = pack_rules(pack).unwrap();
            let tried: Vec<_> =
                own.iter().map(|rule| policy::tried(rule, |example| (judged(pack, example), true))).collect();
            assert!(tried.iter().map(|tried| tried.outcomes.len()).sum::<usize>() >= 4, "{pack}");
            let failures: Vec<String> = tried.iter().flat_map(policy::Tried::failures).collect();
            assert!(failures.is_empty(), "{pack}: {failures:#?}");
        }
        assert!(pack_rules("nonesuch").is_none());
    }

    /// Nothing of a pack is stopped, or even looked at, as long as it is off.
    #[test]
    fn every_pack_is_off() {
        for rule in packs().into_iter().filter_map(pack_rules).flatten() {
            for example in &rule.examples {
                let context = Context::with_files(example.files.clone());
                let judgement = guard::judge(&example.call(), &context, &Trace::new());
                assert_eq!(judgement.verdict.word(), "allow", "{}", example.shown());
            }
        }
    }

    #[test]
    fn ids_are_unique() {
        let builtin = policy::builtin_rules().unwrap();
        let packed = packs().into_iter().filter_map(pack_rules).flatten();
        let mut ids: Vec<String> = builtin.into_iter().chain(packed).map(|rule| rule.id).collect();
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
