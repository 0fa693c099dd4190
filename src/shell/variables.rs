//! The variables of a shell by name, in parts that copies share until one of them writes there.
//!
//! Every command may be walked from the same state several times, and every `if` and `||` has two outcomes. What that
//! costs must depend on what was changed in between, not on how many variables there are.

use std::array;
use std::collections::BTreeSet;
use std::rc::Rc;

use super::again::Reads;
use super::variable::{Slot, Variable};
use crate::value::Value;

/// How many parts there are.
const PARTS: usize = 32;

/// Some of the variables, sorted by name: there are few in each.
type Part = Vec<(Rc<str>, Rc<Variable>)>;

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
        get(&self.parts[part_of(name)], name)
    }

    /// Whether there is one of this name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&Rc<str>, &Rc<Variable>)> {
        self.reads.note_all();
        self.parts.iter().flat_map(|part| part.iter().map(|(name, variable)| (name, variable)))
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
            let set = ours.iter().filter(|(name, variable)| get(before, name) != Some(variable));
            changes.extend(set.map(|(name, variable)| (name.clone(), Some(variable.clone()))));
            let gone = before.iter().filter(|(name, _)| get(ours, name).is_none());
            changes.extend(gone.map(|(name, _)| (name.clone(), None)));
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
        let at = place(part, name).unwrap_or_else(|at| {
            part.insert(at, (name.into(), Rc::new(Variable::unset())));
            at
        });
        let variable = Rc::make_mut(&mut part[at].1);
        change(variable);
        if variable.exported {
            self.note_exported(name);
        }
    }

    /// Puts a variable in a name's place, or none.
    pub fn replace(&mut self, name: &str, variable: Option<Rc<Variable>>) {
        let part = Rc::make_mut(&mut Rc::make_mut(&mut self.parts)[part_of(name)]);
        let exported = variable.as_ref().is_some_and(|variable| variable.exported);
        match (place(part, name), variable) {
            (Ok(at), Some(variable)) => part[at].1 = variable,
            (Err(at), Some(variable)) => part.insert(at, (name.into(), variable)),
            (Ok(at), None) => drop(part.remove(at)),
            (Err(_), None) => {}
        }
        if exported {
            self.note_exported(name);
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
                if !get(before, name).is_some_and(|b| Rc::ptr_eq(b, variable) || b == variable) {
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
            for (name, variable) in ours.iter_mut().filter(|(name, _)| get(theirs, name).is_none()) {
                or_environment(name, Rc::make_mut(variable));
            }
            for (name, theirs) in theirs.iter() {
                match place(ours, name) {
                    Err(at) => {
                        let mut variable = Variable::clone(theirs);
                        or_environment(name, &mut variable);
                        ours.insert(at, (name.clone(), Rc::new(variable)));
                    }
                    Ok(at) if Rc::ptr_eq(&ours[at].1, theirs) => {}
                    Ok(at) => Rc::make_mut(&mut ours[at].1).merge(theirs),
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

/// Where in a part a name is, or would be.
fn place(part: &Part, name: &str) -> Result<usize, usize> {
    part.binary_search_by(|(known, _)| (**known).cmp(name))
}

fn get<'p>(part: &'p Part, name: &str) -> Option<&'p Rc<Variable>> {
    place(part, name).ok().map(|at| &part[at].1)
}

/// The part of a name, by FNV-1a: names are short.
fn part_of(name: &str) -> usize {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 24) as usize % PARTS
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
