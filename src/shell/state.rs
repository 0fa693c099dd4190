//! What a shell remembers: variables, functions, aliases, arguments, open files.

use std::collections::HashMap;
use std::rc::Rc;

use super::ast::Command;
use super::builtins::traps::{self, Trap};
use super::options::Options;
use super::shared::Shared;
pub use super::variable::{Slot, Variable};
use super::variables::Variables;
use crate::bounds::MAX_BODIES;
use crate::value::{Text, Value};

/// The part of a shell's memory that a subshell copies. Copies share until one of them writes.
#[derive(Debug, Clone)]
pub struct State {
    /// Variables by name. A name that is absent may come from the environment: unknown.
    pub variables: Variables,
    /// Functions by name.
    pub functions: Functions,
    /// Functions that child shells receive (`export -f`).
    pub exported_functions: Functions,
    /// Aliases by name, and whether each was defined before the line being run.
    pub aliases: Rc<HashMap<String, (String, bool)>>,
    /// `$0`.
    pub name: Rc<Text>,
    /// `$_`: the last word of the command before.
    pub last_word: Rc<Text>,
    /// `$1` and on.
    pub positional: Rc<Vec<Text>>,
    /// Paths behind file descriptors opened with `exec`.
    pub descriptors: Rc<HashMap<u32, Text>>,
    /// `$?`, where it is known.
    pub status: Option<u8>,
    /// `PIPESTATUS`, where the last pipeline had several commands.
    pub pipe_status: Rc<Vec<Option<u8>>>,
    /// What `set` and `shopt` switched.
    pub options: Options,
    /// What few commands touch.
    pub rare: Rc<Rare>,
    /// Whether it is not certain how many arguments there are.
    pub uneven: bool,
}

/// The part of a shell's memory that few commands touch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rare {
    /// Programs that a name was bound to (`hash -p`).
    pub hashed: HashMap<String, String>,
    /// What runs upon a signal or an event.
    pub traps: Vec<Trap>,
    /// Where `getopts` stands: `OPTIND`, and the place inside that word.
    pub option_at: (usize, usize),
    /// The directories of `pushd`, the last one first, without the current one.
    pub directories: Vec<Text>,
}

impl State {
    /// A shell as it starts, with these arguments and this environment.
    pub fn new(
        name: Text,
        positional: Vec<Text>,
        environment: impl IntoIterator<Item = (String, Value)>,
    ) -> State {
        let mut variables = Variables::default();
        variables.replace("IFS", Some(Rc::new(Variable::scalar(" \t\n"))));
        for (name, value) in environment {
            let variable = Variable { exported: true, ..Variable::scalar(value) };
            variables.replace(&name, Some(Rc::new(variable)));
        }
        State {
            variables,
            functions: Functions::default(),
            exported_functions: Functions::default(),
            name: Rc::new(name),
            last_word: Rc::new(Text::unknown("$_")),
            aliases: Rc::default(),
            positional: Rc::new(positional),
            descriptors: Rc::default(),
            status: Some(0),
            pipe_status: Rc::default(),
            options: Options::default(),
            rare: Rc::default(),
            uneven: false,
        }
    }

    /// The variable behind a name, through name references.
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        let mut found = self.variables.get(name)?;
        for _ in 0..8 {
            if !found.reference {
                return Some(found);
            }
            match &found.slot {
                Slot::Scalar(Value::One(Text::Literal(target))) => {
                    found = self.variables.get(target.as_str())?
                }
                _ => return Some(found),
            }
        }
        Some(found)
    }

    /// The name that `name` stands for.
    pub fn resolve_name(&self, name: &str) -> String {
        let mut name = name.to_owned();
        for _ in 0..8 {
            match self.variables.get(name.as_str()).map(|v| (v.reference, &v.slot)) {
                Some((true, Slot::Scalar(Value::One(Text::Literal(target))))) => name.clone_from(target),
                _ => break,
            }
        }
        name
    }

    /// Sets a scalar, whatever the variable's attributes.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        let exported = self.options.has(super::options::ALLEXPORT);
        self.change(name, |variable| {
            variable.exported |= exported;
            match &mut variable.slot {
                Slot::Indexed(elements) => drop(elements.insert(0, value)),
                Slot::Keyed(elements) => drop(elements.insert("0".to_owned(), value)),
                slot => *slot = Slot::Scalar(value),
            }
        });
    }

    /// Changes a variable in place, creating it where there is none.
    pub fn change(&mut self, name: &str, change: impl FnOnce(&mut Variable)) {
        match self.variables.get(name) {
            Some(variable) if variable.reference => self.variables.change(&self.resolve_name(name), change),
            _ => self.variables.change(name, change),
        }
    }

    /// Puts a variable back as it was.
    pub fn restore(&mut self, name: &str, before: Option<Rc<Variable>>) {
        self.variables.replace(name, before);
    }

    /// What programs started here receive.
    pub fn environment(&self) -> Vec<(String, Value)> {
        self.variables.exported().map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }

    /// Whether all but variables, arguments and what each command leaves (`$?`, `PIPESTATUS`, `$_`) is the same in both.
    pub(super) fn is_otherwise_alike(&self, other: &State) -> bool {
        let State {
            variables: _,
            functions,
            exported_functions,
            aliases,
            name,
            last_word: _,
            positional: _,
            descriptors,
            status: _,
            pipe_status: _,
            options,
            rare,
            uneven: _,
        } = self;
        functions.is_same(&other.functions)
            && exported_functions.is_same(&other.exported_functions)
            && (Rc::ptr_eq(aliases, &other.aliases) || *aliases == other.aliases)
            && *name == other.name
            && *descriptors == other.descriptors
            && *options == other.options
            && (Rc::ptr_eq(rare, &other.rare) || *rare == other.rare)
    }

    /// This state or another, as after a branch.
    pub fn or(mut self, other: &State) -> State {
        self.join(other);
        self
    }

    /// Becomes this state or another.
    pub fn join(&mut self, other: &State) {
        self.variables.merge(&other.variables, environment_value);
        if self.status != other.status {
            self.status = None;
        }
        if self.pipe_status != other.pipe_status {
            let longest = self.pipe_status.len().max(other.pipe_status.len());
            self.pipe_status = Rc::new(vec![None; longest]);
        }
        if self.last_word != other.last_word {
            self.last_word = Rc::new(Text::unknown("$_"));
        }
        self.uneven |= other.uneven || self.positional.len() != other.positional.len();
        if self.positional != other.positional {
            self.positional = Rc::new(either(&self.positional, &other.positional));
        }
        self.options = self.options.or(other.options);
        if !Rc::ptr_eq(&self.rare, &other.rare) {
            let rare = Rc::make_mut(&mut self.rare);
            traps::merge(&mut rare.traps, &other.rare.traps);
            rare.hashed.extend(other.rare.hashed.clone());
        }
        self.functions.merge(&other.functions);
        self.exported_functions.merge(&other.exported_functions);
        if !Rc::ptr_eq(&self.aliases, &other.aliases) {
            let aliases = Rc::make_mut(&mut self.aliases);
            for (name, alias) in other.aliases.iter() {
                aliases.insert(name.clone(), alias.clone());
            }
        }
    }
}

/// Arguments of which one list or the other is the real one: a place that both fill alike is known.
fn either(ours: &[Text], theirs: &[Text]) -> Vec<Text> {
    let longest = ours.len().max(theirs.len());
    let at = |i: usize| match (ours.get(i), theirs.get(i)) {
        (Some(a), Some(b)) if a == b => a.clone(),
        (Some(a), None) | (None, Some(a)) => a.clone(),
        _ => Text::unknown(format!("${}", i + 1)),
    };
    (0..longest).map(at).collect()
}

/// How what a file holds is named before the file's path, where it is not known.
pub(super) const CONTENTS_OF: &str = "contents of ";

/// The variable in which a shell keeps the folder that it is in.
pub(super) const PWD: &str = "PWD";

/// The variable in which bash keeps the path of the file that it reads.
pub(super) const BASH_SOURCE: &str = "BASH_SOURCE";

/// The folder that `cd` leads to from another.
pub(super) fn gone_to(here: Value, to: &Text) -> Value {
    let absolute = to.known_prefix().starts_with('/');
    let begins_known = !to.known_prefix().is_empty();
    match (absolute, begins_known) {
        (true, _) => Value::One(to.clone()),
        // `~`, `$HOME`, `$(git rev-parse --show-toplevel)`: most of what is computed is absolute.
        (false, false) => Value::One(to.clone()),
        (false, true) => here.concat(Value::from("/")).concat(Value::One(to.clone())),
    }
}

/// What a variable holds that the shell itself never set.
pub fn environment_value(name: &str) -> Value {
    Value::unknown(format!("${name}"))
}

/// Functions by name. A copy costs nothing until it is written to.
#[derive(Debug, Clone, Default)]
pub struct Functions(Shared<Defined>);

/// What a name may run as a function.
#[derive(Debug, Clone)]
pub(super) struct Defined {
    /// Its bodies; more than one where branches defined it differently, and one more than [`MAX_BODIES`] where that
    /// was reached.
    pub bodies: Vec<Rc<Command>>,
    /// Whether every way defines it. Otherwise the name may as well be a builtin's or a program's.
    pub always: bool,
}

impl Functions {
    /// What a name may run.
    pub(super) fn get(&self, name: &str) -> Option<&Rc<Defined>> {
        self.0.get(name)
    }

    /// Defines a function.
    pub(super) fn define(&mut self, name: &str, body: Rc<Command>) {
        self.take_over(name, Rc::new(Defined { bodies: vec![body], always: true }));
    }

    /// Exports a function of another set.
    pub(super) fn take_over(&mut self, name: &str, defined: Rc<Defined>) {
        self.0.insert(name, defined);
    }

    /// Forgets a function.
    pub(super) fn forget(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// Whether both are the same set, none having been defined or forgotten in between.
    pub(super) fn is_same(&self, other: &Functions) -> bool {
        self.0.is_same(&other.0)
    }

    /// This set or another, as after a branch.
    pub(super) fn merge(&mut self, other: &Functions) {
        let differences = self.0.differences(&other.0).into_iter();
        let merged = differences.filter_map(|(name, ours, theirs)| {
            let mut merged = Defined::clone(ours.or(theirs)?);
            merged.always &= ours.is_some() && theirs.is_some_and(|theirs| theirs.always);
            for body in theirs.into_iter().flat_map(|theirs| &theirs.bodies) {
                let known = merged.bodies.iter().any(|known| Rc::ptr_eq(known, body));
                if !known && merged.bodies.len() <= MAX_BODIES {
                    merged.bodies.push(body.clone());
                }
            }
            Some((name.clone(), Rc::new(merged)))
        });
        for (name, defined) in merged.collect::<Vec<_>>() {
            self.take_over(&name, defined);
        }
    }
}
