//! Bounds on work: how deep, how long and how much, counted rather than timed, so that the same input always
//! ends the same way. Every recursion takes a [`Depth`], so no input can exhaust the stack.

use std::cell::{Cell, RefCell};
use std::fmt;

/// The deepest nesting, over all kinds of recursion together (parsing, walking, re-entering a shell).
pub const MAX_DEPTH: u32 = 200;
/// Steps of evaluation (a command walked, a word expanded, a token of code read), and one more for each byte that the
/// call itself brings: a long script is no less clear than a short one.
pub const MAX_STEPS: u32 = 2_000_000;
/// Steps after which whoever waits is told that it takes long (see [`Budget::when_long`]): some ten milliseconds.
pub const LONG: u32 = 20_000;
/// Steps after which evaluation no longer tries every case: a loop is walked once, alternatives are unknown. Half of
/// [`MAX_PRODUCED`] brings the same.
pub const MAX_GENEROUS_STEPS: u32 = 60_000;
/// Bytes of text that evaluation may produce in all, and [`PRODUCED_PER_BYTE`] more for each that the call brings.
pub const MAX_PRODUCED: usize = 8 << 20;
/// See [`MAX_PRODUCED`].
pub const PRODUCED_PER_BYTE: usize = 4;
/// Bytes of one text that a variable or a file may hold, and [`PRODUCED_PER_BYTE`] more for each that the call brings. A
/// loop that doubles a text is no reason to follow nothing of what comes after it: such a text is unknown from then on.
pub const MAX_TEXT: usize = 256 << 10;
/// Steps, and bytes produced, with which what a bound cut off is looked at once more.
const SECOND_STEPS: u32 = 200_000;
/// See [`SECOND_STEPS`].
const SECOND_PRODUCED: usize = 2 << 20;

/// Bytes of memory that everything parsed may take at one time, as its parts are estimated. Text that people write takes some
/// 25 times its length; text of nothing but one-letter words takes four times that.
pub const MAX_PARSED: usize = 32 << 20;

/// Bodies of one function that are kept apart, where branches define it differently.
pub const MAX_BODIES: usize = 32;

/// A bound that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exceeded {
    /// Nested deeper than [`MAX_DEPTH`].
    Depth,
    /// More than [`MAX_STEPS`] steps.
    Steps,
    /// More than [`MAX_PRODUCED`] bytes produced.
    Produced,
    /// One text of more than [`MAX_TEXT`] bytes.
    Text,
    /// [`MAX_PARSED`] bytes of syntax, or more.
    Parsed,
    /// One function with more than [`MAX_BODIES`] bodies.
    Bodies,
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exceeded::Depth => write!(f, "nested more than {MAX_DEPTH} levels deep"),
            Exceeded::Steps => write!(f, "more than {MAX_STEPS} steps to evaluate"),
            Exceeded::Produced => write!(f, "more than {} MiB of text produced", MAX_PRODUCED >> 20),
            Exceeded::Text => write!(f, "one that makes a text of more than {} KiB", MAX_TEXT >> 10),
            Exceeded::Parsed => write!(f, "more than {} MiB of words and commands", MAX_PARSED >> 20),
            Exceeded::Bodies => write!(f, "one that defines a function in more than {MAX_BODIES} ways"),
        }
    }
}

/// What is left of each bound for one tool call. Shared by reference through the whole analysis.
#[derive(Debug, Default)]
pub struct Budget {
    depth: Cell<u32>,
    steps: Cell<u32>,
    /// Whom to tell that it takes long.
    when_long: Cell<Option<fn()>>,
    produced: Cell<usize>,
    /// Bytes of the expansions of those commands that run now.
    held: Cell<usize>,
    /// The size of the call, which raises the bounds.
    size: Cell<usize>,
    parsed: Cell<usize>,
    reached: RefCell<Vec<Exceeded>>,
    /// Whether what a bound cut off is being looked at, and whether a bound was reached there too.
    second: Cell<Option<bool>>,
}

impl Budget {
    /// A full budget.
    pub fn new() -> Budget {
        Budget::default()
    }

    /// Calls `told` once when [`LONG`] steps were counted.
    pub fn when_long(&self, told: fn()) {
        self.when_long.set(Some(told));
    }

    /// Raises the bounds by what a call of `size` bytes may need.
    pub fn allow_for(&self, size: usize) {
        self.size.set(size);
    }

    /// Gives a little more once a bound was reached, so that what it cut off can be looked at.
    pub fn allow_second_look(&self) {
        self.steps.set(self.max_steps() - SECOND_STEPS);
        self.produced.set(self.max_produced() - SECOND_PRODUCED);
        self.second.set(Some(false));
    }

    /// Whether the second look, too, ended at a bound.
    pub fn is_exhausted(&self) -> bool {
        self.second.get() == Some(true)
    }

    fn max_steps(&self) -> u32 {
        MAX_STEPS.saturating_add(u32::try_from(self.size.get()).unwrap_or(u32::MAX))
    }

    fn max_produced(&self) -> usize {
        MAX_PRODUCED.saturating_add(self.size.get().saturating_mul(PRODUCED_PER_BYTE))
    }

    /// Goes one level deeper until the returned guard is dropped.
    pub fn enter(&self) -> Result<Depth<'_>, Exceeded> {
        let depth = self.depth.get();
        if depth >= MAX_DEPTH {
            return Err(self.note(Exceeded::Depth));
        }
        self.depth.set(depth + 1);
        Ok(Depth { budget: self, held: self.held.get() })
    }

    /// How many steps were counted.
    pub fn steps(&self) -> u32 {
        self.steps.get()
    }

    /// Whether so much was spent that every case can no longer be tried. What follows is still looked at, with
    /// more of it unknown.
    pub fn is_tight(&self) -> bool {
        self.steps.get() > MAX_GENEROUS_STEPS || self.produced.get() > self.max_produced() / 2
    }

    /// Counts one step.
    pub fn step(&self) -> Result<(), Exceeded> {
        let steps = self.steps.get();
        if steps >= self.max_steps() {
            return Err(self.note(Exceeded::Steps));
        }
        self.steps.set(steps + 1);
        if steps == LONG
            && let Some(told) = self.when_long.take()
        {
            told();
        }
        Ok(())
    }

    /// Counts `bytes` of produced text.
    pub fn produce(&self, bytes: usize) -> Result<(), Exceeded> {
        let produced = self.produced.get().saturating_add(bytes);
        self.produced.set(produced);
        if produced > self.max_produced() {
            return Err(self.note(Exceeded::Produced));
        }
        Ok(())
    }

    /// Counts `bytes` of text until the level of nesting ends: words of a command are gone with it.
    pub fn hold(&self, bytes: usize) -> Result<(), Exceeded> {
        let held = self.held.get().saturating_add(bytes);
        self.held.set(held);
        if held > self.max_produced() {
            return Err(self.note(Exceeded::Produced));
        }
        Ok(())
    }

    /// Whether a text of this weight is kept. One that is not is no end: it is unknown from then on.
    pub fn keeps(&self, weight: usize) -> bool {
        let most = MAX_TEXT.saturating_add(self.size.get().saturating_mul(PRODUCED_PER_BYTE));
        let keeps = weight <= most;
        if !keeps {
            self.note(Exceeded::Text);
        }
        keeps
    }

    /// Notes that a function is called of which more bodies were defined than are kept. The others are followed.
    pub fn lose_a_body(&self) {
        self.note(Exceeded::Bodies);
    }

    /// Counts `bytes` of parsed syntax.
    pub fn parse(&self, bytes: usize) -> Result<(), Exceeded> {
        let parsed = self.parsed.get().saturating_add(bytes);
        self.parsed.set(parsed);
        if parsed >= MAX_PARSED {
            return Err(self.note(Exceeded::Parsed));
        }
        Ok(())
    }

    /// How many bytes of syntax there are.
    pub fn parsed(&self) -> usize {
        self.parsed.get()
    }

    /// Notes that syntax was given back: `parsed` bytes of it are left.
    pub fn parsed_no_more(&self, parsed: usize) {
        self.parsed.set(parsed);
    }

    /// Every bound that was reached so far, each once.
    pub fn reached(&self) -> Vec<Exceeded> {
        self.reached.borrow().clone()
    }

    fn note(&self, exceeded: Exceeded) -> Exceeded {
        if self.second.get().is_some() {
            self.second.set(Some(true));
        }
        let mut reached = self.reached.borrow_mut();
        if !reached.contains(&exceeded) {
            reached.push(exceeded);
        }
        exceeded
    }
}

/// One level of nesting, given back when dropped.
#[must_use = "the level is given back as soon as this is dropped"]
#[derive(Debug)]
pub struct Depth<'a> {
    budget: &'a Budget,
    held: usize,
}

impl Drop for Depth<'_> {
    fn drop(&mut self) {
        self.budget.depth.set(self.budget.depth.get() - 1);
        self.budget.held.set(self.held);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn depth_is_given_back() {
        let budget = Budget::new();
        for _ in 0..1000 {
            let _level = budget.enter().unwrap();
        }
        let levels: Vec<_> = (0..MAX_DEPTH).map(|_| budget.enter().unwrap()).collect();
        assert_eq!(budget.enter().unwrap_err(), Exceeded::Depth);
        drop(levels);
        assert!(budget.enter().is_ok());
        assert_eq!(budget.reached(), [Exceeded::Depth]);
    }

    #[test]
    fn who_waits_is_told_once() {
        static TOLD: AtomicU32 = AtomicU32::new(0);
        let budget = Budget::new();
        budget.when_long(|| {
            TOLD.fetch_add(1, Ordering::Relaxed);
        });
        let told_after = |steps: u32| {
            (0..steps).for_each(|_| budget.step().unwrap());
            TOLD.load(Ordering::Relaxed)
        };
        assert_eq!([told_after(LONG), told_after(1), told_after(2 * LONG)], [0, 1, 1]);
    }

    #[test]
    fn a_large_call_has_more_and_a_second_look_has_little() {
        let spent = |budget: &Budget| (0..).take_while(|_| budget.step().is_ok()).count();
        let budget = Budget::new();
        budget.allow_for(1_000);
        assert_eq!(spent(&budget), MAX_STEPS as usize + 1_000);
        assert!(
            budget.produce(MAX_PRODUCED + PRODUCED_PER_BYTE * 1_000).is_ok() && budget.produce(1).is_err()
        );
        budget.allow_second_look();
        assert!(!budget.is_exhausted());
        assert_eq!(spent(&budget), SECOND_STEPS as usize);
        assert!(budget.is_exhausted());
    }
}
