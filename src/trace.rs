//! The route by which something is reached, and the steps of understanding for a person to read.

use std::any::Any;
use std::cell::{Cell, RefCell};

use crate::bounds::Budget;

/// What every part of the analysis of one tool call shares.
#[derive(Debug, Default)]
pub struct Trace {
    /// What is left of the bounds.
    pub budget: Budget,
    route: RefCell<Vec<String>>,
    steps: Option<RefCell<Vec<Step>>>,
    partial: Cell<bool>,
    kept: RefCell<Vec<Box<dyn Any>>>,
}

/// One step of understanding, as `asm-guard explain` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// How many levels of re-entry it lies below the tool call.
    pub depth: usize,
    /// A sentence or a resolved command.
    pub text: String,
}

/// The steps kept for `explain`; a longer story is cut, and says so.
const MAX_STEPS_KEPT: usize = 2_000;

impl Trace {
    /// A trace that keeps no steps: the hook's.
    pub fn new() -> Trace {
        Trace::default()
    }

    /// A trace that keeps the steps, for `explain`.
    pub fn with_steps() -> Trace {
        Trace { steps: Some(RefCell::default()), ..Trace::default() }
    }

    /// Goes through `what` (`bash -c`, `xargs`) until the returned guard is dropped.
    pub fn through(&self, what: impl Into<String>) -> Through<'_> {
        self.route.borrow_mut().push(what.into());
        Through(self)
    }

    /// The route to here, outermost first.
    pub fn route(&self) -> Vec<String> {
        self.route.borrow().clone()
    }

    /// Notes a step; the text is only made where steps are kept.
    pub fn step(&self, text: impl FnOnce() -> String) {
        let Some(steps) = &self.steps else { return };
        let depth = self.route.borrow().len();
        let mut steps = steps.borrow_mut();
        match steps.len() {
            n if n < MAX_STEPS_KEPT => steps.push(Step { depth, text: text() }),
            n if n == MAX_STEPS_KEPT => {
                steps.push(Step { depth: 0, text: "… and more, not shown".to_owned() })
            }
            _ => {}
        }
    }

    /// The steps kept so far.
    pub fn steps(&self) -> Vec<Step> {
        self.steps.as_ref().map(|steps| steps.borrow().clone()).unwrap_or_default()
    }

    /// Whether this is the tool call itself, nothing that it leads to.
    pub fn is_at_top(&self) -> bool {
        self.route.borrow().is_empty()
    }

    /// Keeps what the tool call itself was parsed into for as long as this trace lives. Giving back thousands
    /// of small pieces takes longer than reading them, and a hook's process ends with its answer.
    pub fn keep(&self, thing: impl Any) {
        if self.is_at_top() {
            self.kept.borrow_mut().push(Box::new(thing));
        }
    }

    /// Says that something could only be understood in part.
    pub fn note_partial(&self) {
        self.partial.set(true);
    }

    /// Whether anything could only be understood in part.
    pub fn is_partial(&self) -> bool {
        self.partial.get() || !self.budget.reached().is_empty()
    }
}

/// A level of the route, left when dropped.
#[must_use = "the level is left as soon as this is dropped"]
#[derive(Debug)]
pub struct Through<'a>(&'a Trace);

impl Drop for Through<'_> {
    fn drop(&mut self) {
        self.0.route.borrow_mut().pop();
    }
}
