//! What was found, in order, each once.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::{Fact, Finding, Place, Unresolved};
use crate::trace::{Kind, Origin};

/// Findings, none of them twice.
#[derive(Debug, Default)]
pub struct Findings {
    all: Vec<Finding>,
    /// Where those of a hash are: a script may make thousands of requests.
    places: HashMap<u64, Vec<usize>>,
    hasher: RandomState,
}

impl Findings {
    /// All of them.
    pub fn all(&self) -> &[Finding] {
        &self.all
    }

    /// All of them, to keep.
    pub fn into_all(self) -> Vec<Finding> {
        self.all
    }

    /// Whether a fact was found already. In a file of another kind the same may be decided otherwise.
    pub(super) fn has(&self, fact: &Fact, kind: Option<Kind>) -> bool {
        let places = self.places.get(&self.hash(fact, kind));
        places.into_iter().flatten().map(|at| &self.all[*at]).any(|found| {
            found.origin.as_ref().map(|origin: &Origin| origin.kind) == kind && found.fact == *fact
        })
    }

    pub(super) fn add(&mut self, finding: Finding) {
        let hash = self.hash(&finding.fact, finding.origin.as_ref().map(|origin| origin.kind));
        self.places.entry(hash).or_default().push(self.all.len());
        self.all.push(finding);
    }

    /// Puts them in the order in which they are told. Where `resolved`, a variable with a reference turned out to be no
    /// matter: asm-exec was there for it.
    pub(super) fn settle(&mut self, resolved: bool) {
        let mut all = std::mem::take(&mut self.all);
        self.places.clear();
        // What a token was read for says more than that it was read.
        all.sort_by_key(|found| matches!(found.fact, Fact::File(_)));
        let in_environment =
            |fact: &Fact| matches!(fact, Fact::Unresolved(Unresolved { place: Place::Environment, .. }));
        all.retain(|found| !(resolved && in_environment(&found.fact)));
        all.into_iter().for_each(|finding| self.add(finding));
    }

    /// Says more of some. Whoever comes after looks none of them up before [`Self::settle`].
    pub(super) fn change(&mut self, change: impl FnMut(&mut Finding)) {
        self.all.iter_mut().for_each(change);
    }

    fn hash(&self, fact: &Fact, kind: Option<Kind>) -> u64 {
        self.hasher.hash_one((fact, kind))
    }
}
