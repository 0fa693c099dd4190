//! A map by name of which copies share all that neither has written since.
//!
//! Every command may be walked from the same state several times, and every `if` and `||` has two outcomes. What that
//! costs must depend on what was changed in between, not on how much there is.

use std::cmp::Ordering;
use std::rc::Rc;

/// How many entries are copied at most when one of them is written.
const LEAF: usize = 16;

/// Values by name, in leaves that copies share.
#[derive(Debug)]
pub(super) struct Shared<T> {
    /// Leaves, each with the hash from which on it holds the entries; the first one's is 0.
    leaves: Rc<Vec<(u32, Rc<Leaf<T>>)>>,
}

/// Entries in the order of their hashes, and of their names where those are the same.
type Leaf<T> = Vec<Entry<T>>;

#[derive(Debug)]
struct Entry<T> {
    hash: u32,
    name: Rc<str>,
    value: Rc<T>,
}

/// What a name holds in one map and in another; None where it is not in there.
pub(super) type Difference<'m, T> = (&'m Rc<str>, Option<&'m Rc<T>>, Option<&'m Rc<T>>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Shared<T> {
        Shared { leaves: self.leaves.clone() }
    }
}

impl<T> Clone for Entry<T> {
    fn clone(&self) -> Entry<T> {
        Entry { hash: self.hash, name: self.name.clone(), value: self.value.clone() }
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Shared<T> {
        Shared { leaves: Rc::default() }
    }
}

impl<T> Entry<T> {
    fn compare(&self, hash: u32, name: &str) -> Ordering {
        self.hash.cmp(&hash).then_with(|| (*self.name).cmp(name))
    }
}

impl<T> Shared<T> {
    /// What a name holds.
    pub(super) fn get(&self, name: &str) -> Option<&Rc<T>> {
        let hash = hash(name);
        let (_, leaf) = self.leaves.get(leaf_of(&self.leaves, hash))?;
        place(leaf, hash, name).ok().map(|at| &leaf[at].value)
    }

    /// All names and what they hold, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Rc<str>, &Rc<T>)> {
        self.leaves.iter().flat_map(|(_, leaf)| leaf.iter()).map(|entry| (&entry.name, &entry.value))
    }

    /// Whether nothing was written since one became a copy of the other.
    pub(super) fn is_same(&self, other: &Shared<T>) -> bool {
        Rc::ptr_eq(&self.leaves, &other.leaves)
    }

    /// What a name holds, to be changed in place; `absent` where there is nothing.
    pub(super) fn entry(&mut self, name: &str, absent: impl FnOnce() -> T) -> &mut Rc<T> {
        let hash = hash(name);
        let (leaf, found) = self.room(hash, name);
        let at = found.unwrap_or_else(|at| {
            leaf.insert(at, Entry { hash, name: name.into(), value: Rc::new(absent()) });
            at
        });
        &mut leaf[at].value
    }

    /// Makes a name hold a value.
    pub(super) fn insert(&mut self, name: &str, value: Rc<T>) {
        let hash = hash(name);
        match self.room(hash, name) {
            (leaf, Ok(at)) => leaf[at].value = value,
            (leaf, Err(at)) => leaf.insert(at, Entry { hash, name: name.into(), value }),
        }
    }

    /// A leaf with room for a name, and its place in there.
    fn room(&mut self, hash: u32, name: &str) -> (&mut Leaf<T>, Result<usize, usize>) {
        let leaves = Rc::make_mut(&mut self.leaves);
        if leaves.is_empty() {
            leaves.push((0, Rc::default()));
        }
        let mut at = leaf_of(leaves, hash);
        let mut found = place(&leaves[at].1, hash, name);
        if let (Err(_), Some((middle, from))) = (found, cut(&leaves[at].1)) {
            let upper = Rc::make_mut(&mut leaves[at].1).split_off(middle);
            leaves.insert(at + 1, (from, Rc::new(upper)));
            at = leaf_of(leaves, hash);
            found = place(&leaves[at].1, hash, name);
        }
        (Rc::make_mut(&mut leaves[at].1), found)
    }

    /// Removes a name.
    pub(super) fn remove(&mut self, name: &str) {
        let hash = hash(name);
        let at = leaf_of(&self.leaves, hash);
        let found = self.leaves.get(at).and_then(|(_, leaf)| place(leaf, hash, name).ok());
        if let Some(found) = found {
            Rc::make_mut(&mut Rc::make_mut(&mut self.leaves)[at].1).remove(found);
        }
    }

    /// The names that do not hold the very same in both, with what they hold here and there.
    pub(super) fn differences<'m>(&'m self, other: &'m Shared<T>) -> Vec<Difference<'m, T>> {
        let mut differences = Vec::new();
        if self.is_same(other) {
            return differences;
        }
        let (mut ours, mut theirs) = (Cursor::new(self), Cursor::new(other));
        loop {
            while ours.skip_shared(&mut theirs) {}
            let order = match (ours.entry(), theirs.entry()) {
                (None, None) => return differences,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(ours), Some(theirs)) => ours.compare(theirs.hash, &theirs.name),
            };
            let our = if order.is_le() { ours.next() } else { None };
            let their = if order.is_ge() { theirs.next() } else { None };
            let same = matches!((our, their), (Some(a), Some(b)) if Rc::ptr_eq(&a.value, &b.value));
            if let (Some(named), false) = (our.or(their), same) {
                differences.push((&named.name, our.map(|e| &e.value), their.map(|e| &e.value)));
            }
        }
    }
}

/// A place among the entries of a map.
struct Cursor<'m, T> {
    leaves: &'m [(u32, Rc<Leaf<T>>)],
    /// In the first of these leaves.
    at: usize,
}

impl<'m, T> Cursor<'m, T> {
    fn new(map: &'m Shared<T>) -> Cursor<'m, T> {
        Cursor { leaves: &map.leaves, at: 0 }
    }

    fn entry(&self) -> Option<&'m Entry<T>> {
        self.leaves.first().and_then(|(_, leaf)| leaf.get(self.at))
    }

    fn next(&mut self) -> Option<&'m Entry<T>> {
        let entry = self.entry()?;
        self.at += 1;
        Some(entry)
    }

    /// Goes past a leaf that both are at the beginning of; false where they are not.
    fn skip_shared(&mut self, other: &mut Cursor<'m, T>) -> bool {
        self.leave();
        other.leave();
        let shared = match (self.leaves.first(), other.leaves.first()) {
            (Some((_, ours)), Some((_, theirs))) => self.at == 0 && other.at == 0 && Rc::ptr_eq(ours, theirs),
            _ => false,
        };
        if shared {
            self.leaves = &self.leaves[1..];
            other.leaves = &other.leaves[1..];
        }
        shared
    }

    /// Goes to the next leaf with an entry in it, where this one is at its end.
    fn leave(&mut self) {
        while self.leaves.first().is_some_and(|(_, leaf)| self.at == leaf.len()) {
            (self.leaves, self.at) = (&self.leaves[1..], 0);
        }
    }
}

/// The leaf in which a name of this hash is, or would be.
fn leaf_of<T>(leaves: &[(u32, Rc<Leaf<T>>)], hash: u32) -> usize {
    leaves.partition_point(|(from, _)| *from <= hash).saturating_sub(1)
}

/// Where to cut a full leaf in two, and the hash from which on the upper one holds the entries. Names of the same hash
/// stay together.
fn cut<T>(leaf: &Leaf<T>) -> Option<(usize, u32)> {
    let middle = leaf.get(leaf.len() / 2).filter(|_| leaf.len() >= LEAF)?.hash;
    let at = leaf.partition_point(|entry| entry.hash < middle);
    (at > 0).then_some((at, middle))
}

/// Where in a leaf a name is, or would be.
fn place<T>(leaf: &Leaf<T>, hash: u32, name: &str) -> Result<usize, usize> {
    leaf.binary_search_by(|entry| entry.compare(hash, name))
}

/// FNV-1a: names are short.
fn hash(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn shown<'m>(maps: impl IntoIterator<Item = Difference<'m, u32>>) -> BTreeMap<String, (u32, u32)> {
        let number = |value: Option<&Rc<u32>>| value.map_or(0, |value| **value);
        maps.into_iter().map(|(name, a, b)| (name.to_string(), (number(a), number(b)))).collect()
    }

    #[test]
    fn copies_are_their_own_and_differ_in_what_was_written() {
        let mut map = Shared::default();
        let mut plain = BTreeMap::new();
        for number in 1..=500_u32 {
            let name = format!("v{}", number * number % 331);
            map.insert(&name, Rc::new(number));
            plain.insert(name, number);
            if number % 3 == 0 {
                let gone = format!("v{}", number % 331);
                map.remove(&gone);
                plain.remove(&gone);
            }
        }
        let names = |map: &Shared<u32>| -> BTreeMap<String, u32> {
            map.iter().map(|(name, value)| (name.to_string(), **value)).collect()
        };
        assert_eq!(names(&map), plain);
        assert!(plain.iter().all(|(name, value)| map.get(name).is_some_and(|known| **known == *value)));

        let mut copy = map.clone();
        assert!(copy.is_same(&map) && map.differences(&copy).is_empty());
        let mut expected = BTreeMap::new();
        for name in plain.keys().step_by(7) {
            copy.remove(name);
            expected.insert(name.clone(), (plain[name], 0));
        }
        for number in 1000..1100 {
            let name = format!("w{number}");
            copy.insert(&name, Rc::new(number));
            expected.insert(name, (0, number));
        }
        for name in plain.keys().skip(3).step_by(7) {
            *Rc::make_mut(copy.entry(name, u32::default)) += 1000;
            expected.insert(name.clone(), (plain[name], plain[name] + 1000));
        }
        assert_eq!(shown(map.differences(&copy)), expected);
        assert_eq!(names(&map), plain);
        assert!(map.get("w1000").is_none() && !copy.is_same(&map));
    }

    #[test]
    fn nothing_is_in_an_empty_map() {
        let mut map = Shared::<u32>::default();
        map.remove("a");
        assert!(map.get("a").is_none());
        let empty = map.clone();
        *Rc::make_mut(map.entry("a", || 0)) += 1;
        assert_eq!(shown(empty.differences(&map)), BTreeMap::from([("a".to_owned(), (0, 1))]));
        map.remove("a");
        assert!(map.iter().next().is_none() && map.differences(&empty).is_empty());
    }
}
