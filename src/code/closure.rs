//! Functions without a name: their parameters, what they return, and what runs over lists with them.

use super::language::Language;
use super::lookup::Path;
use super::object::{Args, MAX_ELEMENTS, Object, Val};
use super::reader::Reader;
use super::scope::Body;
use super::token::Kind;
use crate::bounds::Exceeded;

/// What such a function is called by; no name of a program begins so.
const MARK: char = 'λ';

/// Functions over lists of more elements than this are not read again for each.
const MAX_REPLAYS: usize = 128;

impl<'t> Reader<'t> {
    /// Reads the body of a function, a block in braces or an expression, and gives the function.
    pub(super) fn closure(&mut self, parameters: Vec<String>) -> Result<Val, Exceeded> {
        let _level = self.budget.enter()?;
        let name = format!("{MARK}{}_{}", self.at, self.text.len());
        let outer = self.scope.function.clone();
        self.scope.define(&name, parameters);
        self.skip_newlines();
        let start = self.at;
        if self.word_at(0) == "{" {
            self.at += 1;
            self.braces(false)?;
        } else {
            let value = self.expression()?;
            self.scope.returns(value);
            self.scope.body(&name, Body { tokens: self.tokens.as_ptr() as usize, start });
        }
        self.scope.function = outer;
        Ok(Val::path(name))
    }

    /// The names between the parentheses, or the one name, that stand from the token `from` up to here.
    pub(super) fn arrow_parameters(&self, from: usize, to: usize) -> Vec<String> {
        let tokens = self.tokens.get(from..to).unwrap_or(&[]);
        let (mut names, mut nesting, mut due) = (Vec::new(), 0usize, true);
        for token in tokens.iter().take(64) {
            match (&token.kind, self.word(token)) {
                (Kind::Open, mark) => {
                    // A pattern takes the place of a name.
                    if nesting == 1 && due && mark != "(" {
                        names.push(String::new());
                        due = false;
                    }
                    nesting += 1;
                }
                (Kind::Close, _) => nesting = nesting.saturating_sub(1),
                (Kind::Punct, ",") if nesting <= 1 => due = true,
                (Kind::Name, "async") => {}
                (Kind::Name, name) if due && nesting <= 1 => {
                    names.push(name.to_owned());
                    due = false;
                }
                _ => {}
            }
        }
        names
    }

    /// Reads `(a, b = 1)` into names.
    pub(super) fn bracketed_parameters(&mut self) -> Result<Vec<String>, Exceeded> {
        let from = self.at;
        if self.word_at(0) == "(" {
            self.skip_brackets()?;
        }
        Ok(self.arrow_parameters(from, self.at))
    }

    /// A function that is called on the elements of a list: its parameter may be each of them. Gives the list of
    /// its results where it is called to make one.
    pub(super) fn over_list(&mut self, callee: &Object, args: &Args) -> Result<Option<Val>, Exceeded> {
        let Some(function) = args.positional.iter().find(|val| self.is_own(val)).or(args.positional.first())
        else {
            return Ok(None);
        };
        let list = match &callee.receiver {
            Some(list @ Val::List(..)) => Some(list),
            _ if self.is_own(function) => args.positional.iter().find(|val| matches!(val, Val::List(..))),
            _ => None,
        };
        let (Some(Val::List(elements, _)), function) = (list.cloned(), function.clone()) else {
            return Ok(None);
        };
        let own = function.object().and_then(|object| self.scope.function(&object.path)).cloned();
        let parameter = own.as_ref().and_then(|own| own.parameters.first()).filter(|name| !name.is_empty());
        if let Some(name) = parameter {
            self.budget.produce(8 * elements.len())?;
            self.scope.also(name, Val::any(elements.iter().cloned()));
        }
        let maps = matches!(callee.last(), "map" | "collect" | "array_map" | "sapply" | "flatMap");
        if !maps || elements.len() > MAX_REPLAYS || self.budget.is_tight() || self.comprehension {
            return Ok(None);
        }
        match (&function, own.as_ref().and_then(|own| own.body), parameter) {
            (_, Some(body), Some(name)) if body.tokens == self.tokens.as_ptr() as usize => {
                let (at, name) = (self.at, name.to_owned());
                let outer = std::mem::replace(&mut self.comprehension, true);
                let mut out = Vec::new();
                for element in elements.iter().take(MAX_ELEMENTS) {
                    self.scope.replace(&name, element.clone());
                    self.at = body.start;
                    out.push(self.expression()?);
                }
                (self.at, self.comprehension) = (at, outer);
                Ok(Some(Val::list(out)))
            }
            // `map(String.fromCharCode)`, `map(&:chr)`
            (Val::Object(function), None, _) => self.folded_over(&elements, |reader, element| {
                let args = Args { positional: vec![element.clone()], named: Vec::new() };
                reader.fold_call(function, Path::new(&function.path), &args)
            }),
            (Val::Text(name), None, _) if self.language == Language::Ruby => {
                let name = name.clone();
                self.folded_over(&elements, |reader, element| {
                    let Val::Object(method) = reader.method(element, name.clone())? else { return Ok(None) };
                    reader.fold_call(&method, Path::new(&method.path), &Args::default())
                })
            }
            _ => Ok(None),
        }
    }

    fn folded_over(
        &mut self,
        elements: &[Val],
        mut fold: impl FnMut(&mut Self, &Val) -> Result<Option<Val>, Exceeded>,
    ) -> Result<Option<Val>, Exceeded> {
        let mut out = Vec::new();
        for element in elements {
            match fold(self, element)? {
                Some(value) => out.push(value),
                None => return Ok(None),
            }
        }
        Ok(Some(Val::list(out)))
    }

    /// Whether it is a function of the program, with or without a name.
    fn is_own(&self, val: &Val) -> bool {
        val.object().is_some_and(|object| self.scope.function(&object.path).is_some())
    }

    /// `|x, y|` at the start of a block that `owner` runs: the first of them may be each of its elements, or what
    /// it is or was called on.
    pub(super) fn block_parameters(&mut self, owner: Option<&Val>) {
        if self.word_at(0) != "|" {
            return;
        }
        let Some(end) = (1..16).find(|ahead| self.word_at(*ahead) == "|") else { return };
        let first = self.word_at(1);
        self.at += end + 1;
        let Some(owner) = owner.filter(|_| end > 1) else { return };
        let receiver = owner.object().and_then(|object| object.receiver.as_ref());
        match (owner, receiver) {
            (Val::List(..), _) => self.bind_element(first, owner),
            (_, Some(list @ Val::List(..))) => {
                let list = list.clone();
                self.bind_element(first, &list);
            }
            (Val::Object(made), _) if made.effect.is_some() => self.scope.assign(first, owner.clone()),
            (_, Some(receiver @ Val::Object(_))) => {
                let receiver = receiver.clone();
                self.scope.assign(first, receiver);
            }
            _ => {}
        }
    }
}
