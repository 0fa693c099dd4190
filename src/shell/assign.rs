//! Assignments: to names, elements and whole arrays, through name references and as attributes have it.

use super::Holds;
use super::arithmetic::{Number, Trouble, Variables, assigned, evaluate};
use super::ast::*;
use super::expand::{FEW_WORDS, WORD_PRODUCED};
use super::parse::Parser;
use super::run::{Run, Shell};
use super::state::BASH_SOURCE;
use super::state::{Slot, environment_value};
use crate::trace::{FileId, Left};
use crate::value::{Text, Value};

/// Name references are followed so often.
const MAX_REFERENCES: usize = 8;

/// A name, and the subscript as written.
pub(super) type Place = (String, Option<Word>);

/// Which element.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Key {
    Index(i64),
    Name(String),
    Unknown,
}

impl Shell<'_, '_> {
    /// `name` or `name[subscript]`, as text names it: an operand of `read`, a name reference, `${!x}`.
    pub(super) fn place(&mut self, text: &str) -> Run<Place> {
        match text.split_once('[') {
            Some((name, subscript)) => {
                let subscript = subscript.strip_suffix(']').unwrap_or(subscript);
                Ok((name.to_owned(), Some(self.word_of(subscript)?)))
            }
            None => Ok((text.to_owned(), None)),
        }
    }

    /// A text that an expansion produced, and that is expanded in its turn.
    pub(super) fn word_of(&mut self, text: &str) -> Run<Word> {
        if matches!(text, "@" | "*") {
            return Ok(Word::plain(text));
        }
        if !text.contains(['$', '`', '\\', '"', '\'']) {
            return Ok(Word { parts: vec![Part::Quoted(text.to_owned())] });
        }
        self.trace.budget.produce(text.len())?;
        let mut parser = Parser::new(text, &self.trace.budget);
        match parser.here_body() {
            Ok(word) => Ok(word),
            Err(super::parse::Stop::Exceeded(exceeded)) => Err(exceeded),
            Err(super::parse::Stop::Syntax(_)) => Ok(Word { parts: vec![Part::Quoted(text.to_owned())] }),
        }
    }

    /// The name and subscript that a name stands for.
    pub(super) fn referred(&mut self, name: &str, index: Option<&Word>) -> Run<Place> {
        let mut place = (name.to_owned(), index.cloned());
        for _ in 0..MAX_REFERENCES {
            let target = match self.state.variables.get(place.0.as_str()) {
                Some(variable) if variable.reference => match &variable.slot {
                    Slot::Scalar(value) => value.literal().filter(|text| !text.is_empty()).map(str::to_owned),
                    _ => None,
                },
                _ => None,
            };
            let Some(target) = target else { break };
            let (name, subscript) = self.place(&target)?;
            place = (name, subscript.or(place.1));
        }
        Ok(place)
    }

    /// The element that a subscript of `name` means.
    pub(super) fn key(&mut self, name: &str, index: &Word) -> Run<Key> {
        if matches!(self.state.variable(name).map(|v| &v.slot), Some(Slot::Keyed(_))) {
            let key = self.text(index)?;
            return Ok(key.literal().map_or(Key::Unknown, |key| Key::Name(key.to_owned())));
        }
        let text = self.text(index)?;
        match self.calculate(&text)? {
            Ok(number) if number < 0 => {
                let last = match self.state.variable(name).map(|v| &v.slot) {
                    Some(Slot::Indexed(elements)) => elements.keys().last().copied().unwrap_or(-1),
                    Some(Slot::Scalar(_)) => 0,
                    _ => -1,
                };
                Ok(Key::Index(last + 1 + number))
            }
            Ok(number) => Ok(Key::Index(number)),
            Err(Trouble::Invalid) => {
                self.give_up();
                Ok(Key::Unknown)
            }
            Err(_) => Ok(Key::Unknown),
        }
    }

    /// Sets a variable or an element; false where bash refuses to.
    pub(super) fn assign_to(
        &mut self,
        name: &str,
        index: Option<&Word>,
        value: Value,
        append: bool,
    ) -> Run<bool> {
        let plain = index.is_none()
            && !append
            && self
                .state
                .variables
                .get(name)
                .is_none_or(|v| !v.reference && !v.readonly && !v.integer && v.capitals.is_none());
        if plain {
            let value = self.kept(value);
            self.set_variable(name, value)?;
            return Ok(true);
        }
        let (name, index) = self.referred(name, index)?;
        let variable = self.state.variables.get(name.as_str()).cloned();
        if variable.as_ref().is_some_and(|v| v.readonly) {
            return Ok(false);
        }
        let key = match &index {
            Some(index) => Some(self.key(&name, index)?),
            None => None,
        };
        if self.jump.is_some() {
            return Ok(false);
        }
        let before = if append {
            Some(self.before(&name, variable.as_deref().map(|v| &v.slot), key.as_ref()))
        } else {
            None
        };
        let (integer, capitals) = variable.as_ref().map_or((false, None), |v| (v.integer, v.capitals));
        let value = if integer {
            self.as_number(&name, value, before)?
        } else {
            let value = match before {
                Some(before) => before.concat(value),
                None => value,
            };
            match capitals {
                Some(true) => value.map(|text| text.map_literals(str::to_uppercase)),
                Some(false) => value.map(|text| text.map_literals(str::to_lowercase)),
                None => value,
            }
        };
        let value = self.kept(value);
        match key {
            None => self.set_variable(&name, value)?,
            Some(key) => self.set_element(&name, key, value)?,
        }
        Ok(true)
    }

    /// A value as it is kept: of one that is too long nothing is known but that it is there.
    pub(super) fn kept(&self, value: Value) -> Value {
        if self.trace.budget.keeps(value.weight()) {
            return value;
        }
        self.trace.step(|| "a text that is too long: unknown from here on".to_owned());
        for text in value.alternatives() {
            self.trace.leave(Left::Data(text.to_string()), None);
        }
        Value::unknown("a long text")
    }

    /// What an assignment with `+=` adds to.
    fn before(&self, name: &str, slot: Option<&Slot>, key: Option<&Key>) -> Value {
        let none = || Value::from("");
        match (slot, key) {
            (None, _) => environment_value(name).or(none()),
            (Some(Slot::Scalar(value)), None | Some(Key::Index(0))) => value.clone(),
            (Some(Slot::Indexed(elements)), key) => match key {
                None => elements.get(&0).cloned().unwrap_or_else(none),
                Some(Key::Index(at)) => elements.get(at).cloned().unwrap_or_else(none),
                _ => Value::unknown(format!("${name}[…]")),
            },
            (Some(Slot::Keyed(elements)), key) => match key {
                None => elements.get("0").cloned().unwrap_or_else(none),
                Some(Key::Name(at)) => elements.get(at).cloned().unwrap_or_else(none),
                _ => Value::unknown(format!("${name}[…]")),
            },
            _ => none(),
        }
    }

    /// A value as an integer variable takes it.
    fn as_number(&mut self, name: &str, value: Value, before: Option<Value>) -> Run<Value> {
        let mut out = Vec::new();
        for text in value.alternatives() {
            let number = self.calculate(text)?;
            let before = match &before {
                Some(before) => match before.literal() {
                    Some(text) => self.calculate(&Text::from(text))?,
                    None => Err(Trouble::Unknown),
                },
                None => Ok(0),
            };
            out.push(match (number, before) {
                (Ok(number), Ok(before)) => Text::from(number.wrapping_add(before).to_string()),
                (Err(Trouble::Invalid), _) => {
                    self.give_up();
                    Text::from("")
                }
                _ => Text::unknown(format!("${name}")),
            });
        }
        Ok(Value::any(out))
    }

    fn set_element(&mut self, name: &str, key: Key, value: Value) -> Run<()> {
        if key == Key::Unknown
            && let Some(Slot::Indexed(_) | Slot::Keyed(_)) = self.state.variable(name).map(|v| &v.slot)
        {
            // Each element may be it.
            let elements = self.elements(name).keys.len();
            self.trace.budget.produce(elements * value.weight())?;
        }
        self.state.change(name, |variable| {
            if !matches!(variable.slot, Slot::Indexed(_) | Slot::Keyed(_)) {
                variable.slot = match std::mem::replace(&mut variable.slot, Slot::Unset) {
                    Slot::Scalar(first) => Slot::Indexed([(0, first)].into()),
                    _ => Slot::Indexed(Default::default()),
                };
            }
            match (&mut variable.slot, key) {
                (Slot::Keyed(elements), Key::Name(key)) => drop(elements.insert(key, value)),
                (Slot::Keyed(elements), Key::Index(key)) => drop(elements.insert(key.to_string(), value)),
                (Slot::Indexed(elements), Key::Index(at)) => {
                    // Before the first element there is none.
                    drop((at >= 0).then(|| elements.insert(at, value)));
                }
                (Slot::Indexed(elements), _) => {
                    // It may be any of them, or one more.
                    for element in elements.values_mut() {
                        *element = element.clone().or(value.clone());
                    }
                    let next = elements.keys().last().map_or(0, |last| last + 1);
                    elements.insert(next, value);
                }
                (Slot::Keyed(elements), Key::Unknown) => {
                    for element in elements.values_mut() {
                        *element = element.clone().or(value.clone());
                    }
                    elements.insert("‹unknown›".to_owned(), value);
                }
                _ => {}
            }
        });
        Ok(())
    }

    pub(super) fn assign(&mut self, assignment: &Assignment) -> Run<()> {
        let name = &assignment.name;
        match &assignment.value {
            Assigned::Array(elements) => {
                let name = self.referred(name, None)?.0;
                if self.state.variables.get(name.as_str()).is_some_and(|v| v.readonly) {
                    self.give_up();
                    return Ok(());
                }
                let keyed = matches!(self.state.variable(&name).map(|v| &v.slot), Some(Slot::Keyed(_)));
                self.assign_array(&name, elements, keyed, assignment.append)
            }
            Assigned::Scalar(word) => {
                let value = self.assigned_value(word)?;
                if self.jump.is_some() {
                    return Ok(());
                }
                self.trace.budget.produce(value.weight())?;
                if !self.assign_to(name, assignment.index.as_ref(), value, assignment.append)? {
                    self.give_up();
                }
                Ok(())
            }
        }
    }

    /// Sets a variable; one that holds commands for later has them run now.
    pub(super) fn set_variable(&mut self, name: &str, value: Value) -> Run<()> {
        self.held_commands(name, &value)?;
        self.state.set(name, value);
        Ok(())
    }

    /// Runs what a variable holds for some program to run.
    pub(super) fn held_commands(&mut self, name: &str, value: &Value) -> Run<()> {
        let Some(holds) = self.host.holds(name) else { return Ok(()) };
        let Some(text) = value.literal() else { return Ok(()) };
        let text = match holds {
            Holds::Command => text.trim_start_matches(['|', '-']).to_owned(),
            Holds::Prompt => format!(": \"{}\"", text.replace('"', "")),
            Holds::File => {
                let Some(source) = self.script_source(&Text::from(text)) else { return Ok(()) };
                let Some(script) = source.text.literal() else { return Ok(()) };
                return self.held_program(name, script, Some(source.path), source.file);
            }
        };
        self.held_program(name, &text, None, None)
    }

    /// Runs a program that a variable holds or names, for what it does and not for what it leaves.
    fn held_program(&mut self, name: &str, text: &str, path: Option<Text>, file: Option<FileId>) -> Run<()> {
        let _through = self.trace.through(name);
        let state = self.state.clone();
        let jump = self.jump.take();
        if let Some(path) = path {
            self.state.set(BASH_SOURCE, path);
        }
        let run = self.program_of(text, file);
        self.state = state;
        self.jump = jump;
        run.map(drop)
    }

    /// The elements of `(…)`, expanded before anything is assigned.
    pub(super) fn given_elements<'w>(
        &mut self,
        elements: &'w [(Option<Word>, Word)],
        keyed: bool,
    ) -> Run<Vec<(Option<&'w Word>, Value)>> {
        self.trace.budget.produce(elements.len().saturating_sub(FEW_WORDS) * 4 * WORD_PRODUCED)?;
        let subscripts = elements.iter().any(|(index, _)| index.is_some());
        let mut given: Vec<(Option<&'w Word>, Value)> = Vec::new();
        for (index, word) in elements {
            match index {
                Some(index) => {
                    let outer = std::mem::replace(&mut self.elements, true);
                    let value = self.value(word);
                    self.elements = outer;
                    given.push((Some(index), value?));
                }
                // bash refuses a key without a subscript among those that have one.
                None if keyed && subscripts => {}
                None if keyed => given.push((None, self.value(word)?)),
                None => {
                    let outer = std::mem::replace(&mut self.elements, true);
                    let fields = self.fields(std::slice::from_ref(word));
                    self.elements = outer;
                    let fields = fields?;
                    given.extend(fields.into_iter().map(|field| (None, Value::One(field))));
                }
            }
            if self.jump.is_some() {
                break;
            }
        }
        Ok(given)
    }

    pub(super) fn assign_array(
        &mut self,
        name: &str,
        elements: &[(Option<Word>, Word)],
        keyed: bool,
        append: bool,
    ) -> Run<()> {
        let given = self.given_elements(elements, keyed)?;
        if self.jump.is_some() {
            return Ok(());
        }
        self.set_elements(name, given, keyed, append)
    }

    /// Puts expanded elements into an array.
    pub(super) fn set_elements(
        &mut self,
        name: &str,
        given: Vec<(Option<&Word>, Value)>,
        keyed: bool,
        append: bool,
    ) -> Run<()> {
        let integer = self.state.variables.get(name).is_some_and(|v| v.integer);
        let capitals = self.state.variables.get(name).and_then(|v| v.capitals);
        let current = self.state.variable(name).map(|v| v.slot.clone());
        let slot = match current {
            Some(slot @ (Slot::Indexed(_) | Slot::Keyed(_))) if append => slot,
            Some(Slot::Scalar(value)) if append => Slot::Indexed([(0, value)].into()),
            _ if keyed => Slot::Keyed(Default::default()),
            _ => Slot::Indexed(Default::default()),
        };
        let mut next = match &slot {
            Slot::Indexed(elements) => elements.keys().last().map_or(0, |last| last + 1),
            _ => 0,
        };
        self.state.change(name, |variable| {
            variable.slot = slot;
            variable.uneven &= append;
        });
        let mut pending: Option<String> = None;
        for (index, value) in given {
            let value = match capitals {
                _ if integer => self.as_number(name, value, None)?,
                Some(true) => value.map(|text| text.map_literals(str::to_uppercase)),
                Some(false) => value.map(|text| text.map_literals(str::to_lowercase)),
                None => value,
            };
            match index {
                Some(index) => {
                    let key = self.key(name, index)?;
                    if let Key::Index(at) = &key {
                        next = at + 1;
                    }
                    self.set_element(name, key, value)?;
                }
                // `m=(key value …)`
                None if keyed => match pending.take() {
                    None => {
                        pending = Some(value.literal().map_or_else(|| "‹unknown›".to_owned(), str::to_owned));
                    }
                    Some(key) => self.set_element(name, Key::Name(key), value)?,
                },
                None => {
                    self.set_element(name, Key::Index(next), value)?;
                    next += 1;
                }
            }
        }
        if let Some(key) = pending {
            self.set_element(name, Key::Name(key), Value::from(""))?;
        }
        Ok(())
    }

    /// The number of an expression whose expansions are made. What it may assign is unknown where it is.
    pub(super) fn calculate(&mut self, text: &Text) -> Run<Number> {
        self.calculate_at(text, 0)
    }

    fn calculate_at(&mut self, text: &Text, depth: u32) -> Run<Number> {
        let number = match text.literal() {
            Some(literal) => {
                if let Ok(number) = literal.parse()
                    && !literal.starts_with(['0', '+', '-'])
                {
                    return Ok(Ok(number));
                }
                evaluate(literal, self, depth)
            }
            None => Err(Trouble::Unknown),
        };
        match number {
            Err(Trouble::Exceeded(exceeded)) => return Err(exceeded),
            Err(Trouble::Unknown) => {
                let shown = text.to_string();
                for name in assigned(&shown) {
                    self.state.set(name, environment_value(name));
                }
            }
            _ => {}
        }
        Ok(number)
    }
}

impl Variables for Shell<'_, '_> {
    fn get(&mut self, name: &str, index: Option<&str>, depth: u32) -> Number {
        let index = match index {
            Some(text) => Some(self.word_of(text)?),
            None => None,
        };
        let Some(value) = self.element_value(name, index.as_ref())? else {
            if self.state.options.has(super::options::NOUNSET) && index.is_none() {
                return Err(Trouble::Invalid);
            }
            return Ok(0);
        };
        if self.jump.is_some() {
            return Err(Trouble::Invalid);
        }
        match value.literal() {
            Some("") => Ok(0),
            Some(_) => self.calculate_at(&Text::from(value.literal().unwrap_or_default()), depth + 1)?,
            None => Err(Trouble::Unknown),
        }
    }

    fn set(&mut self, name: &str, index: Option<&str>, value: i64, _: u32) -> Result<(), Trouble> {
        let index = match index {
            Some(text) => Some(self.word_of(text)?),
            None => None,
        };
        match self.assign_to(name, index.as_ref(), Value::from(value.to_string()), false)? {
            true => Ok(()),
            false => Err(Trouble::Invalid),
        }
    }
}
