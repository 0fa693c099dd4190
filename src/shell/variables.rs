//! The variables of a shell by name.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::again::Reads;
use super::shared::Shared;
use super::variable::{Slot, Variable};
use crate::value::Value;

/// Variables by name. A copy costs nothing until it is written to.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    all: Shared<Variable>,
    /// Names of which a variable was exported at some time, so that few are looked at for each program.
    exported: Rc<BTreeSet<Rc<str>>>,
    reads: Rc<Reads>,
}

/// Variables that changed, each with what it is now; None where there is none any more.
pub(super) type Changes = Vec<(Rc<str>, Option<Rc<Variable>>)>;

impl Variables {
    /// The variable of a name.
    pub fn get(&self, name: &str) -> Option<&Rc<Variable>> {
        self.reads.note(name);
        self.all.get(name)
    }

    /// Whether there is one of this name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&Rc<str>, &Rc<Variable>)> {
        self.reads.note_all();
        self.all.iter()
    }

    /// Who notes what is read.
    pub(super) fn reads(&self) -> &Rc<Reads> {
        &self.reads
    }

    /// The variables that are not as they were `before`.
    pub(super) fn changes_since(&self, before: &Variables) -> Changes {
        let changed = self.all.differences(&before.all).into_iter().filter(|(_, now, before)| now != before);
        changed.map(|(name, now, _)| (name.clone(), now.cloned())).collect()
    }

    /// Whether nothing was written since one became a copy of the other.
    pub fn is_same(&self, other: &Variables) -> bool {
        self.all.is_same(&other.all)
    }

    /// Changes a variable in place, creating it where there is none.
    pub fn change(&mut self, name: &str, change: impl FnOnce(&mut Variable)) {
        let variable = Rc::make_mut(self.all.entry(name, Variable::unset));
        change(variable);
        if variable.exported {
            self.note_exported(name);
        }
    }

    /// Puts a variable in a name's place, or none.
    pub fn replace(&mut self, name: &str, variable: Option<Rc<Variable>>) {
        let Some(variable) = variable else { return self.all.remove(name) };
        if variable.exported {
            self.note_exported(name);
        }
        self.all.insert(name, variable);
    }

    fn note_exported(&mut self, name: &str) {
        if !self.exported.contains(name) {
            Rc::make_mut(&mut self.exported).insert(name.into());
        }
    }

    /// Calls `change` with every variable that is not as it was `before`.
    pub fn change_since(&mut self, before: &Variables, change: impl Fn(&str, &mut Variable)) {
        for (name, variable) in self.changes_since(before) {
            if let Some(mut variable) = variable {
                change(&name, Rc::make_mut(&mut variable));
                self.replace(&name, Some(variable));
            }
        }
    }

    /// These or others, as after a branch. One that is set on one side only may be what the environment gives.
    pub fn merge(&mut self, other: &Variables, environment: impl Fn(&str) -> Value) {
        let or_environment = |name: &str, variable: &Rc<Variable>| {
            let mut variable = Variable::clone(variable);
            if let Slot::Scalar(value) = &mut variable.slot {
                *value = value.clone().or(environment(name));
            }
            variable
        };
        let differences = self.all.differences(&other.all).into_iter();
        let merged = differences.filter_map(|(name, ours, theirs)| match (ours, theirs) {
            (Some(ours), Some(theirs)) => {
                let mut merged = Variable::clone(ours);
                merged.merge(theirs);
                Some((name.clone(), merged))
            }
            (one, other) => one.or(other).map(|one| (name.clone(), or_environment(name, one))),
        });
        for (name, variable) in merged.collect::<Vec<_>>() {
            self.replace(&name, Some(Rc::new(variable)));
        }
        if !Rc::ptr_eq(&self.exported, &other.exported) {
            Rc::make_mut(&mut self.exported).extend(other.exported.iter().cloned());
        }
    }

    /// The scalars that programs receive, by name.
    pub fn exported(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.reads.note_exported();
        self.exported.iter().filter_map(|name| {
            let variable = self.get(name).filter(|variable| variable.exported)?;
            match &variable.slot {
                Slot::Scalar(value) => Some((&**name, value)),
                _ => None,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(variables: &Variables, name: &str) -> String {
        match variables.get(name).map(|variable| &variable.slot) {
            Some(Slot::Scalar(value)) => value.to_string(),
            other => format!("{other:?}"),
        }
    }

    fn set(variables: &mut Variables, name: &str, value: &str) {
        variables.change(name, |variable| variable.slot = Slot::Scalar(Value::from(value)));
    }

    #[test]
    fn copies_are_their_own_and_merge_again() {
        let mut variables = Variables::default();
        for name in ["a", "b"] {
            set(&mut variables, name, "1");
        }
        let mut copy = variables.clone();
        assert!(copy.is_same(&variables));
        set(&mut copy, "a", "2");
        set(&mut copy, "c", "3");
        assert!(!copy.is_same(&variables));
        assert_eq!((shown(&variables, "a").as_str(), variables.contains_key("c")), ("1", false));
        variables.merge(&copy, |name| Value::unknown(format!("${name}")));
        for (name, expected) in [("a", "{1|2}"), ("b", "1"), ("c", "{3|‹$c›}")] {
            assert_eq!(shown(&variables, name), expected, "{name}");
        }
    }

    #[test]
    fn programs_receive_what_is_exported_now() {
        let mut variables = Variables::default();
        for name in ["b", "a", "c"] {
            set(&mut variables, name, name);
            variables.change(name, |variable| variable.exported = name != "c");
        }
        variables.replace("b", None);
        let names = |variables: &Variables| variables.exported().map(|(name, _)| name.to_owned()).collect();
        let exported: Vec<String> = names(&variables);
        assert_eq!(exported, ["a"]);
        variables.change("a", |variable| variable.exported = false);
        let exported: Vec<String> = names(&variables);
        assert!(exported.is_empty());
    }
}
