//! Variables: what they hold, and how what is assigned to them changes.

use std::collections::BTreeMap;

use crate::value::Value;

/// What a variable holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Slot {
    /// One value.
    Scalar(Value),
    /// Elements by index.
    Indexed(BTreeMap<i64, Value>),
    /// Elements by key.
    Keyed(BTreeMap<String, Value>),
    /// Known to hold nothing.
    Unset,
}

/// A variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// What it holds.
    pub slot: Slot,
    /// Whether programs that the shell starts receive it.
    pub exported: bool,
    /// The name it stands for (`declare -n`).
    pub reference: bool,
    /// Whether what is assigned is arithmetic (`declare -i`).
    pub integer: bool,
    /// Whether it keeps its value (`readonly`).
    pub readonly: bool,
    /// Whether its letters change when they are assigned: to capitals, or to small ones (`declare -u`, `-l`).
    pub capitals: Option<bool>,
    /// Whether it is not certain which elements there are, as after a branch that may have added some.
    pub uneven: bool,
}

impl Variable {
    /// A variable that is known to hold nothing.
    pub fn unset() -> Variable {
        Variable {
            slot: Slot::Unset,
            exported: false,
            reference: false,
            integer: false,
            readonly: false,
            capitals: None,
            uneven: false,
        }
    }

    /// Its attributes as letters, in bash's order.
    pub fn letters(&self) -> String {
        let mut out = String::new();
        for (letter, has) in [
            ('a', matches!(self.slot, Slot::Indexed(_))),
            ('A', matches!(self.slot, Slot::Keyed(_))),
            ('i', self.integer),
            ('n', self.reference),
            ('r', self.readonly),
            ('x', self.exported),
            ('l', self.capitals == Some(false)),
            ('u', self.capitals == Some(true)),
        ] {
            if has {
                out.push(letter);
            }
        }
        out
    }

    /// A scalar that is not exported.
    pub fn scalar(value: impl Into<Value>) -> Variable {
        Variable { slot: Slot::Scalar(value.into()), ..Variable::unset() }
    }

    /// Either this or another, as after a branch.
    pub(super) fn merge(&mut self, other: &Variable) {
        self.exported |= other.exported;
        self.readonly &= other.readonly;
        self.uneven |= other.uneven;
        if self.slot == other.slot {
            return;
        }
        self.uneven |= match (&self.slot, &other.slot) {
            (Slot::Indexed(a), Slot::Indexed(b)) => !a.keys().eq(b.keys()),
            (Slot::Keyed(a), Slot::Keyed(b)) => !a.keys().eq(b.keys()),
            (Slot::Indexed(_) | Slot::Keyed(_), _) | (_, Slot::Indexed(_) | Slot::Keyed(_)) => true,
            _ => false,
        };
        match (&mut self.slot, &other.slot) {
            (Slot::Scalar(a), Slot::Scalar(b)) => *a = a.clone().or(b.clone()),
            (Slot::Scalar(a), Slot::Unset) => *a = a.clone().or(Value::from("")),
            (slot @ Slot::Unset, Slot::Scalar(b)) => *slot = Slot::Scalar(b.clone().or(Value::from(""))),
            (Slot::Indexed(a), Slot::Indexed(b)) => {
                for (index, value) in b {
                    let merged = a.remove(index).map_or_else(|| value.clone(), |ours| ours.or(value.clone()));
                    a.insert(*index, merged);
                }
            }
            (Slot::Keyed(a), Slot::Keyed(b)) => {
                for (key, value) in b {
                    let merged = a.remove(key).map_or_else(|| value.clone(), |ours| ours.or(value.clone()));
                    a.insert(key.clone(), merged);
                }
            }
            (slot @ Slot::Unset, other) => *slot = other.clone(),
            (_, Slot::Unset) => {}
            (Slot::Indexed(a), Slot::Scalar(b)) => {
                let first = a.remove(&0).map_or_else(|| b.clone(), |ours| ours.or(b.clone()));
                a.insert(0, first);
            }
            (slot @ Slot::Scalar(_), Slot::Indexed(b)) => {
                let mut elements = b.clone();
                if let Slot::Scalar(ours) = slot {
                    let first = elements.remove(&0).map_or_else(|| ours.clone(), |b| ours.clone().or(b));
                    elements.insert(0, first);
                }
                *slot = Slot::Indexed(elements);
            }
            (slot, other) => *slot = other.clone(),
        }
    }
}

/// The keys of an associative array in the order in which bash lists them: that of its hash table, which puts a
/// key first in its bucket (`lib/sh/strhash.c`: FNV-1, 1,024 buckets).
pub(super) fn key_order(elements: &BTreeMap<String, Value>) -> Vec<&str> {
    let bucket = |key: &str| {
        key.bytes().fold(2_166_136_261_u32, |hash, byte| hash.wrapping_mul(16_777_619) ^ u32::from(byte))
            & 1_023
    };
    let mut keys: Vec<&str> = elements.keys().map(String::as_str).collect();
    keys.sort_by_key(|key| bucket(key));
    keys
}
