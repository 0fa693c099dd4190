//! Not running again what would do the same again: a trap, after each of the hundred commands that may fail.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use super::run::{Jump, Run, Shell};
use super::state::State;
use super::variables::Changes;
use crate::value::{Text, Value};

/// Texts of which it is known what they read. A script has a few, each run from a few functions.
const MAX_KEPT: usize = 16;

/// Which variables are read, while anyone wants to know. Every copy of a shell's variables writes to the same log.
#[derive(Debug, Default)]
pub(super) struct Reads {
    on: Cell<bool>,
    /// How many functions were being run when it began.
    depth: Cell<usize>,
    log: RefCell<Log>,
}

#[derive(Debug, Default)]
struct Log {
    names: BTreeSet<Box<str>>,
    /// Whether what programs receive was asked for.
    exported: bool,
    /// Whether all variables were looked through.
    all: bool,
    /// Whether the arguments were.
    arguments: bool,
    /// The functions that were called.
    calls: BTreeSet<Box<str>>,
}

impl Reads {
    /// Notes that a variable is read.
    pub(super) fn note(&self, name: &str) {
        if self.on.get() && !self.log.borrow().names.contains(name) {
            self.log.borrow_mut().names.insert(name.into());
        }
    }

    /// Notes that the arguments are read by what runs in so many functions. Those of the inner ones are their own.
    fn note_arguments(&self, depth: usize) {
        if self.on.get() && self.depth.get() == depth {
            self.log.borrow_mut().arguments = true;
        }
    }

    /// Notes that a function is called.
    pub(super) fn note_call(&self, name: &str) {
        if self.on.get() && !self.log.borrow().calls.contains(name) {
            self.log.borrow_mut().calls.insert(name.into());
        }
    }

    /// Notes that what programs receive is read.
    pub(super) fn note_exported(&self) {
        if self.on.get() {
            self.log.borrow_mut().exported = true;
        }
    }

    /// Notes what a text once read that is now not run again.
    fn note_log(&self, log: &Log) {
        if self.on.get() {
            let mut noted = self.log.borrow_mut();
            noted.names.extend(log.names.iter().cloned());
            noted.calls.extend(log.calls.iter().cloned());
            noted.exported |= log.exported;
            noted.arguments |= log.arguments;
        }
    }

    /// Notes that all variables are looked through.
    pub(super) fn note_all(&self) {
        if self.on.get() {
            self.log.borrow_mut().all = true;
        }
    }
}

/// A text that was run, what it read, and what became of it.
pub(super) struct Ran {
    text: Text,
    from: From,
    reads: Log,
    ways: Vec<Way>,
}

/// Where a text was run.
struct From {
    state: State,
    calls: Vec<String>,
    stdin: Value,
    /// How often files, and what the host knows, had been changed.
    changes: (u64, usize),
    surroundings: (bool, bool, u32, u32),
}

/// A way out of a text: to its end, or to where a jump leads.
struct Way {
    jump: Option<Jump>,
    status: Option<u8>,
    pipe_status: Rc<Vec<Option<u8>>>,
    last_word: Rc<Text>,
    variables: Changes,
}

impl From {
    /// Where a shell is now.
    fn here(shell: &Shell) -> From {
        From {
            state: shell.state.clone(),
            calls: shell.calls.clone(),
            stdin: shell.stdin.clone(),
            changes: From::changes(shell),
            surroundings: From::surroundings(shell),
        }
    }

    fn changes(shell: &Shell) -> (u64, usize) {
        (shell.files.changes(), shell.host.changes())
    }

    /// What else decides what commands do: whether a failure ends anything, whether anyone looks at the output, and what
    /// jumps can leave.
    fn surroundings(shell: &Shell) -> (bool, bool, u32, u32) {
        (shell.guarded > 0, shell.capturing, shell.loops, shell.sourced)
    }

    /// Whether a function of this name is being run as often: that bounds recursion.
    fn is_called_alike(&self, calls: &[String], name: &str) -> bool {
        let times = |calls: &[String]| calls.iter().filter(|call| *call == name).count();
        times(&self.calls) == times(calls)
    }

    /// What became of the state on a way out; None where more than variables was changed.
    fn way_to(&self, jump: Option<Jump>, state: &State) -> Option<Way> {
        let alike = self.state.is_otherwise_alike(state) && has_same_arguments(&self.state, state);
        alike.then(|| Way {
            jump,
            status: state.status,
            pipe_status: state.pipe_status.clone(),
            last_word: state.last_word.clone(),
            variables: state.variables.changes_since(&self.state.variables),
        })
    }
}

impl Way {
    /// The state at its end, of the one at its beginning.
    fn taken_from(&self, mut state: State) -> State {
        for (name, variable) in &self.variables {
            state.variables.replace(name, variable.clone());
        }
        let (pipe_status, last_word) = (self.pipe_status.clone(), self.last_word.clone());
        State { status: self.status, pipe_status, last_word, ..state }
    }
}

impl Ran {
    /// Whether all that the text could see is as it was.
    fn would_do_the_same(&self, text: &Text, shell: &Shell) -> bool {
        let (from, now) = (&self.from, &shell.state);
        self.text == *text
            && from.changes == From::changes(shell)
            && from.surroundings == From::surroundings(shell)
            && from.state.status == now.status
            && from.calls.is_empty() == shell.calls.is_empty()
            && self.reads.calls.iter().all(|name| from.is_called_alike(&shell.calls, name))
            && from.stdin == shell.stdin
            && from.state.is_otherwise_alike(now)
            && (!self.reads.arguments || has_same_arguments(&from.state, now))
            && (!self.reads.exported || from.state.variables.exported().eq(now.variables.exported()))
            && self.reads.names.iter().all(|name| match &**name {
                "FUNCNAME" => from.calls == shell.calls,
                "PIPESTATUS" => from.state.pipe_status == now.pipe_status,
                "_" => from.state.last_word == now.last_word,
                name => from.state.variables.get(name) == now.variables.get(name),
            })
    }
}

fn has_same_arguments(a: &State, b: &State) -> bool {
    a.positional == b.positional && a.uneven == b.uneven
}

impl Shell<'_, '_> {
    /// `$1` and on.
    pub(super) fn positional(&self) -> &[Text] {
        self.state.variables.reads().note_arguments(self.calls.len());
        &self.state.positional
    }

    /// Whether it is not certain how many arguments there are.
    pub(super) fn has_uneven_arguments(&self) -> bool {
        self.state.variables.reads().note_arguments(self.calls.len());
        self.state.uneven
    }

    /// Runs a text by `inner`. Where it is not known to run at all, was run before, and would find all that it reads as it
    /// was then, what became of it becomes of it again.
    pub(super) fn once(&mut self, text: &Text, inner: impl FnOnce(&mut Self) -> Run<()>) -> Run<()> {
        if self.unsure == 0 {
            return inner(self);
        }
        let reads = self.state.variables.reads().clone();
        if let Some(at) = self.ran.iter().position(|ran| ran.would_do_the_same(text, self)) {
            reads.note_log(&self.ran[at].reads);
            self.take_ways(at);
            return Ok(());
        }
        if reads.on.replace(true) {
            // Part of something of which the reads are being noted already.
            return inner(self);
        }
        reads.log.take();
        reads.depth.set(self.calls.len());
        let from = From::here(self);
        let departed = std::mem::take(&mut self.departed);
        let result = inner(self);
        reads.on.set(false);
        let left = std::mem::replace(&mut self.departed, departed);
        let mut reads = reads.log.take();
        let ways: Option<Vec<Way>> = left
            .iter()
            .map(|(jump, state)| from.way_to(Some(*jump), state))
            .chain([from.way_to(self.jump, &self.state)])
            .collect();
        self.depart_all(left);
        result?;
        let same = From::changes(self) == from.changes && self.stdin == from.stdin && !reads.all;
        if let (Some(ways), true) = (ways, same && self.ran.len() < MAX_KEPT) {
            // A variable that only some of it sets holds what it held before as well.
            reads.names.extend(ways.iter().flat_map(|way| &way.variables).map(|(name, _)| (**name).into()));
            self.ran.push(Ran { text: text.clone(), from, reads, ways });
        }
        Ok(())
    }

    /// Goes every way that a text went.
    fn take_ways(&mut self, at: usize) {
        let Some((last, left)) = self.ran[at].ways.split_last() else { return };
        for way in left {
            if let Some(jump) = way.jump {
                self.departed.add(jump, way.taken_from(self.state.clone()));
            }
        }
        self.jump = last.jump;
        self.state = last.taken_from(self.state.clone());
    }
}
