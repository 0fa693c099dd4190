//! What is remembered while a program is read: its variables, its functions and the effects found so far.

use std::collections::HashMap;
use std::rc::Rc;

use super::input::Process;
use super::object::{Object, Val};
use super::printed::Output;
use super::socket::Socket;
use super::{Effect, Wanted};
use crate::value::Value;

/// What every JSON document that the program parses is called by its path.
pub(super) const JSON: &str = "\u{1}json";

/// A function of the program.
#[derive(Debug, Default, Clone)]
pub(super) struct Function {
    pub parameters: Vec<String>,
    pub result: Option<Val>,
    /// Where its body is, where that is one expression.
    pub body: Option<Body>,
}

/// An expression that can be read again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Body {
    /// Which tokens they are: the address of the first of all.
    pub tokens: usize,
    pub start: usize,
}

/// The memory of one reading.
#[derive(Debug, Default)]
pub(super) struct Scope {
    variables: HashMap<String, Val>,
    /// What the first reading found out, for names that are used before they are set.
    earlier: HashMap<String, Val>,
    functions: HashMap<String, Function>,
    pub effects: Vec<Effect>,
    /// The function whose body is being read.
    pub function: Option<String>,
    /// How many blocks are open; inside one, an assignment may or may not happen.
    pub blocks: u32,
    /// Whether this is the second reading, the one for the effects.
    pub for_effects: bool,
    /// What the program prints, where someone asks.
    pub output: Option<Output>,
    /// The connections that are open, by the effects that note them.
    pub sockets: HashMap<usize, Socket>,
    /// The processes that are written to, by the effects that note them.
    pub inputs: HashMap<usize, Process>,
    /// The types that the program defines.
    pub types: std::collections::HashSet<String>,
    /// Paths of requests written to names that are set later.
    pub sent: HashMap<String, Value>,
    /// Paths of members read from JSON documents.
    pub json: Vec<String>,
    /// Calls that someone asks for.
    pub wanted: Option<Rc<Wanted>>,
}

impl Scope {
    /// Forgets the effects and begins again, with what is known about names kept as a second source.
    pub(super) fn second_reading(&mut self) {
        self.for_effects = true;
        self.effects.clear();
        self.json.clear();
        self.sockets.clear();
        self.inputs.clear();
        self.sent.clear();
        self.function = None;
        self.blocks = 0;
        self.earlier = std::mem::take(&mut self.variables);
        // Effects of the first reading are no more.
        for value in self.earlier.values_mut() {
            if let Val::Object(object) = value
                && object.effect.is_some()
            {
                *value = Object { effect: None, ..object.as_ref().clone() }.into();
            }
        }
    }

    /// What `name` is known to be.
    pub(super) fn lookup(&self, name: &str) -> Option<&Val> {
        let name = plain(name);
        self.variables.get(name).or_else(|| self.earlier.get(name))
    }

    /// `name` is set to `value`: surely, or perhaps where a block is open.
    pub(super) fn assign(&mut self, name: &str, value: Val) {
        let name = plain(name);
        if name.is_empty() {
            return;
        }
        match self.variables.get_mut(name) {
            Some(known) if self.blocks > 0 => *known = Val::any([known.clone(), value]),
            Some(known) => *known = value,
            None => _ = self.variables.insert(name.to_owned(), value),
        }
    }

    /// `name` is set to `value` and to nothing else, whatever is open: a builder or a list that grows.
    pub(super) fn replace(&mut self, name: &str, value: Val) {
        match self.variables.get_mut(plain(name)) {
            Some(known) => *known = value,
            None => _ = self.variables.insert(plain(name).to_owned(), value),
        }
    }

    /// `name` may be `value`, besides what it is already.
    pub(super) fn also(&mut self, name: &str, value: Val) {
        let name = plain(name);
        if name.is_empty() {
            return;
        }
        match self.variables.get_mut(name) {
            Some(known) => *known = Val::any([known.clone(), value]),
            None => _ = self.variables.insert(name.to_owned(), value),
        }
    }

    pub(super) fn define(&mut self, name: &str, parameters: Vec<String>) {
        self.functions.insert(name.to_owned(), Function { parameters, result: None, body: None });
        self.function = Some(name.to_owned());
    }

    /// The function called `name` is the expression `body`.
    pub(super) fn body(&mut self, name: &str, body: Body) {
        if let Some(function) = self.functions.get_mut(name) {
            function.body = Some(body);
        }
    }

    pub(super) fn function(&self, name: &str) -> Option<&Function> {
        self.functions.get(plain(name))
    }

    /// The function being read returns `value`.
    pub(super) fn returns(&mut self, value: Val) {
        let Some(function) = self.function.as_ref().and_then(|name| self.functions.get_mut(name)) else {
            return;
        };
        function.result = Some(match function.result.take() {
            Some(known) => Val::any([known, value]),
            None => value,
        });
    }
}

/// A field of the object at hand is remembered by its own name.
fn plain(name: &str) -> &str {
    ["this.", "self."].iter().find_map(|own| name.strip_prefix(own)).unwrap_or(name)
}
