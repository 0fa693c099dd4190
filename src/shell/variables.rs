//! The variables of a shell by name, in parts that copies share until one of them writes there.
//!
//! Every command may be walked from the same state several times, and every `if` and `||` has two outcomes. What that
//! costs must depend on what was changed in between, not on how many variables there are.

use std::array;
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

use super::again::Reads;
use super::variable::{Slot, Variable};
use crate::value::Value;

/// How many parts there are.
const PARTS: usize = 64;

type Part = HashMap<Rc<str>, Rc<Variable>, BuildHasherDefault<NameHasher>>;

/// Variables by name. A copy costs nothing until it is written to.
#[derive(Debug, Clone)]
pub struct Variables {
    parts: Rc<[Rc<Part>; PARTS]>,
    /// Names of which a variable was exported at some time, so that few are looked at for each program.
    exported: Rc<BTreeSet<Rc<str>>>,
    reads: Rc<Reads>,
}

/// Variables that changed, each with what it is now; None where there is none any more.
pub(super) type Changes = Vec<(Rc<str>, Option<Rc<Variable>>)>;

impl Default for Variables {
    fn default() -> Variables {
        let none = Rc::<Part>::default();
        Variables {
            parts: Rc::new(array::from_fn(|_| none.clone())),
            exported: Rc::default(),
            reads: Rc::default(),
        }
    }
}

impl Variables {
    /// The variable of a name.
    pub fn get(&self, name: &str) -> Option<&Rc<Variable>> {
        self.reads.note(name);
        self.parts[part_of(name)].get(name)
    }

    /// Whether there is one of this name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&Rc<str>, &Rc<Variable>)> {
        self.reads.note_all();
        self.parts.iter().flat_map(|part| part.iter())
    }

    /// Who notes what is read.
    pub(super) fn reads(&self) -> &Rc<Reads> {
        &self.reads
    }

    /// The variables that are not as they were `before`.
    pub(super) fn changes_since(&self, before: &Variables) -> Changes {
        let mut changes = Changes::new();
        for (ours, before) in self.parts.iter().zip(before.parts.iter()) {
            if Rc::ptr_eq(ours, before) {
                continue;
            }
            let changed = |(name, variable): &(&Rc<str>, &Rc<Variable>)| before.get(*name) != Some(*variable);
            let set = ours.iter().filter(changed);
            changes.extend(set.map(|(name, variable)| (name.clone(), Some(variable.clone()))));
            let gone = before.keys().filter(|name| !ours.contains_key(*name));
            changes.extend(gone.map(|name| (name.clone(), None)));
        }
        changes
    }

    /// Whether nothing was written since one became a copy of the other.
    pub fn is_same(&self, other: &Variables) -> bool {
        Rc::ptr_eq(&self.parts, &other.parts)
    }

    /// Changes a variable in place, creating it where there is none.
    pub fn change(&mut self, name: &str, change: impl FnOnce(&mut Variable)) {
        let part = Rc::make_mut(&mut Rc::make_mut(&mut self.parts)[part_of(name)]);
        if !part.contains_key(name) {
            part.insert(name.into(), Rc::new(Variable::unset()));
        }
        let Some(variable) = part.get_mut(name) else { return };
        let variable = Rc::make_mut(variable);
        change(variable);
        if variable.exported {
            self.note_exported(name);
        }
    }

    /// Puts a variable in a name's place, or none.
    pub fn replace(&mut self, name: &str, variable: Option<Rc<Variable>>) {
        let part = Rc::make_mut(&mut Rc::make_mut(&mut self.parts)[part_of(name)]);
        match variable {
            Some(variable) => {
                let exported = variable.exported;
                part.insert(name.into(), variable);
                if exported {
                    self.note_exported(name);
                }
            }
            None => drop(part.remove(name)),
        }
    }

    fn note_exported(&mut self, name: &str) {
        if !self.exported.contains(name) {
            Rc::make_mut(&mut self.exported).insert(name.into());
        }
    }

    /// Calls `change` with every variable that is not as it was `before`.
    pub fn change_since(&mut self, before: &Variables, change: impl Fn(&str, &mut Variable)) {
        if self.is_same(before) {
            return;
        }
        for (part, before) in Rc::make_mut(&mut self.parts).iter_mut().zip(before.parts.iter()) {
            if Rc::ptr_eq(part, before) {
                continue;
            }
            for (name, variable) in Rc::make_mut(part) {
                if !before.get(name).is_some_and(|b| Rc::ptr_eq(b, variable) || b == variable) {
                    change(name, Rc::make_mut(variable));
                }
            }
        }
    }

    /// These or others, as after a branch. One that is set on one side only may be what the environment gives.
    pub fn merge(&mut self, other: &Variables, environment: impl Fn(&str) -> Value) {
        if self.is_same(other) {
            return;
        }
        let or_environment = |name: &str, variable: &mut Variable| {
            if let Slot::Scalar(value) = &mut variable.slot {
                *value = value.clone().or(environment(name));
            }
        };
        for (ours, theirs) in Rc::make_mut(&mut self.parts).iter_mut().zip(other.parts.iter()) {
            if Rc::ptr_eq(ours, theirs) {
                continue;
            }
            let ours = Rc::make_mut(ours);
            for (name, variable) in ours.iter_mut().filter(|(name, _)| !theirs.contains_key(*name)) {
                or_environment(name, Rc::make_mut(variable));
            }
            for (name, theirs) in theirs.iter() {
                match ours.get_mut(name) {
                    None => {
                        let mut variable = Variable::clone(theirs);
                        or_environment(name, &mut variable);
                        ours.insert(name.clone(), Rc::new(variable));
                    }
                    Some(ours) if Rc::ptr_eq(ours, theirs) => {}
                    Some(ours) => Rc::make_mut(ours).merge(theirs),
                }
            }
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

fn part_of(name: &str) -> usize {
    let mut hasher = NameHasher::default();
    hasher.write(name.as_bytes());
    // The map within the part goes by the lowest bits and the highest.
    (hasher.finish() >> 24) as usize % PARTS
}

/// FNV-1a: names are short, and hashing them safely costs more than all else that is done with them. Colliding
/// names could slow the guard down; the deadline then refuses the call.
#[derive(Debug, Clone)]
pub struct NameHasher(u64);

impl Default for NameHasher {
    fn default() -> NameHasher {
        NameHasher(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for NameHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
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
