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
    files: RefCell<Vec<File>>,
    place: Cell<Option<Place>>,
    left: RefCell<Vec<Left>>,
    left_files: RefCell<Vec<FileId>>,
    defining: RefCell<Vec<String>>,
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

/// What the text of a file on disk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Commands: a shell's, a makefile's, a package's scripts. It stands for the commands in it.
    Script,
    /// A program in another language, which does with a value what it is for.
    Application,
}

/// A file on disk of which the text is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
struct File {
    path: String,
    kind: Kind,
}

/// Text that a bound kept from being followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// Of a shell.
    Shell(String),
    /// Of another language.
    Code(String),
    /// That a variable or a file would have held: data, as far as anyone knows.
    Data(String),
}

impl Left {
    /// The text.
    pub fn text(&self) -> &str {
        match self {
            Left::Shell(text) | Left::Code(text) | Left::Data(text) => text,
        }
    }
}

/// A file on disk, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileId(u16);

/// A line of a file on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The line, from 1.
    pub line: u32,
}

/// Where in a file on disk something was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file's path, as it is shown.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// What the file is.
    pub kind: Kind,
}

impl std::fmt::Display for Origin {
    /// `scripts/db.sh:12`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
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

    /// Says what a bound kept from being followed.
    pub fn leave(&self, left: Left, file: Option<FileId>) {
        self.left.borrow_mut().push(left);
        self.left_files.borrow_mut().extend(file);
    }

    /// Whether a bound was reached in this file. There is no use in following it again.
    pub fn is_left(&self, file: FileId) -> bool {
        self.left_files.borrow().contains(&file)
    }

    /// What bounds kept from being followed, and the texts whose functions it may call.
    pub fn left(&self) -> Vec<Left> {
        let mut left = self.left.borrow().clone();
        if left.iter().any(|left| !matches!(left, Left::Data(_))) {
            left.extend(self.defining.borrow().iter().cloned().map(Left::Shell));
        }
        left
    }

    /// Keeps a text that is not the call's own and has defined functions or aliases.
    pub fn defines(&self, text: &str) {
        self.defining.borrow_mut().push(text.to_owned());
    }

    /// The number of a file on disk.
    pub fn file(&self, path: &str, kind: Kind) -> FileId {
        let mut files = self.files.borrow_mut();
        let at = files.iter().position(|file| file.path == path && file.kind == kind).unwrap_or_else(|| {
            files.push(File { path: path.to_owned(), kind });
            files.len() - 1
        });
        FileId(u16::try_from(at).unwrap_or(u16::MAX))
    }

    /// Says where what follows stands, until the returned guard is dropped; None leaves it where it is.
    pub fn at(&self, place: Option<Place>) -> At<'_> {
        let before = self.place.get();
        self.place.set(place.or(before));
        At { trace: self, before }
    }

    /// Where what is looked at stands, if in a file on disk.
    pub fn origin(&self) -> Option<Origin> {
        let Place { file, line } = self.place.get()?;
        let files = self.files.borrow();
        files.get(usize::from(file.0)).map(|file| Origin { path: file.path.clone(), line, kind: file.kind })
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

/// A place in a file, left when dropped.
#[must_use = "the place is left as soon as this is dropped"]
#[derive(Debug)]
pub struct At<'a> {
    trace: &'a Trace,
    before: Option<Place>,
}

impl Drop for At<'_> {
    fn drop(&mut self) {
        self.trace.place.set(self.before);
    }
}
