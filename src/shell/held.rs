//! What variables and the elements of arrays hold.

use super::assign::Key;
use super::ast::*;
use super::expand::join;
use super::run::{Run, Shell};
use super::state::{Slot, environment_value};
use super::variable::key_order;
use crate::value::{Text, Value};

/// A list of values, as of `$@` or an array, with what each is called.
pub(super) struct Elements {
    pub(super) keys: Vec<String>,
    pub(super) values: Vec<Value>,
    /// Whether there may be fewer.
    pub(super) uneven: bool,
}

impl Elements {
    /// Whether bash takes it for unset or, with `colon`, for null.
    pub(super) fn is_missing(&self, colon: bool) -> Option<bool> {
        match self.values.as_slice() {
            [] => Some(true),
            _ if self.uneven => None,
            [only] if colon => only.literal().map(str::is_empty),
            _ => Some(false),
        }
    }
}

impl Shell<'_, '_> {
    /// The elements of an array or the positional parameters.
    pub(super) fn elements(&self, name: &str) -> Elements {
        let uneven = self.is_uneven(name);
        if matches!(name, "@" | "*") {
            let values: Vec<Value> = self.positional().iter().cloned().map(Value::One).collect();
            return Elements { keys: (1..=values.len()).map(|i| i.to_string()).collect(), values, uneven };
        }
        let one = |value: Value| Elements { keys: vec!["0".to_owned()], values: vec![value], uneven };
        match self.state.variable(name).map(|v| &v.slot) {
            Some(Slot::Indexed(elements)) => Elements {
                keys: elements.keys().map(i64::to_string).collect(),
                values: elements.values().cloned().collect(),
                uneven,
            },
            Some(Slot::Keyed(elements)) => {
                let keys = key_order(elements);
                let values = keys.iter().map(|key| elements[*key].clone()).collect();
                Elements { keys: keys.into_iter().map(str::to_owned).collect(), values, uneven }
            }
            Some(Slot::Scalar(value)) => one(value.clone()),
            Some(Slot::Unset) => Elements { keys: Vec::new(), values: Vec::new(), uneven },
            None => match self.shell_array(name) {
                Some(values) => {
                    Elements { keys: (0..values.len()).map(|i| i.to_string()).collect(), values, uneven }
                }
                None => one(environment_value(name)),
            },
        }
    }

    /// Arrays that the shell itself keeps.
    pub(super) fn shell_array(&self, name: &str) -> Option<Vec<Value>> {
        match name {
            "PIPESTATUS" => {
                self.state.variables.reads().note(name);
                let known = &self.state.pipe_status;
                let value = |status: &Option<u8>| match status {
                    Some(status) => Value::from(status.to_string()),
                    None => environment_value("PIPESTATUS"),
                };
                Some(match known.as_slice() {
                    [] => vec![value(&self.state.status)],
                    statuses => statuses.iter().map(value).collect(),
                })
            }
            "FUNCNAME" if self.sourced == 0 => {
                self.state.variables.reads().note(name);
                Some(self.calls.iter().rev().map(|name| Value::from(name.as_str())).collect())
            }
            _ => None,
        }
    }

    /// What a name holds: a variable, an element, an argument or a special parameter. None where it is not set.
    pub(super) fn held(&mut self, name: &str, index: Option<&Word>) -> Run<Option<Value>> {
        if name.starts_with(|c: char| c.is_ascii_digit()) {
            let position = name.parse().unwrap_or(usize::MAX);
            return Ok(match position {
                0 => Some(Value::One(Text::clone(&self.state.name))),
                n => self.positional().get(n - 1).cloned().map(Value::One),
            });
        }
        match name {
            "#" if self.has_uneven_arguments() => return Ok(Some(environment_value("#"))),
            "#" => return Ok(Some(Value::from(self.positional().len().to_string()))),
            "@" | "*" => {
                return Ok(Some(Value::One(join(self.positional().iter().cloned(), " "))));
            }
            "_" => {
                self.state.variables.reads().note("_");
                return Ok(Some(Value::One(Text::clone(&self.state.last_word))));
            }
            "?" => {
                return Ok(Some(match self.state.status {
                    Some(status) => Value::from(status.to_string()),
                    None => environment_value("?"),
                }));
            }
            "-" | "$" | "!" => return Ok(Some(environment_value(name))),
            _ => {}
        }
        self.element_value(name, index)
    }

    /// What a variable or an element of it holds. None where it is not set.
    pub(super) fn element_value(&mut self, name: &str, index: Option<&Word>) -> Run<Option<Value>> {
        let (name, index) = match self.state.variables.get(name) {
            Some(variable) if variable.reference => self.referred(name, index)?,
            _ => (name.to_owned(), index.cloned()),
        };
        let Some(variable) = self.state.variables.get(name.as_str()).cloned() else {
            if let Some(values) = self.shell_array(&name) {
                let at = match &index {
                    Some(index) => self.number(index)?,
                    None => Some(0),
                };
                return Ok(at.and_then(|at| values.get(usize::try_from(at).ok()?).cloned()));
            }
            if let Some(index) = &index {
                self.text(index)?;
            }
            return Ok(Some(environment_value(&name)));
        };
        let Some(index) = index else {
            return Ok(match &variable.slot {
                Slot::Unset => None,
                Slot::Scalar(value) => Some(value.clone()),
                Slot::Indexed(elements) => elements.get(&0).cloned(),
                Slot::Keyed(elements) => elements.get("0").cloned(),
            });
        };
        if matches!(index.as_plain(), Some("@" | "*")) {
            let values = self.elements(&name).values;
            let texts: Vec<Text> = values.iter().map(|value| self.choose(value)).collect();
            return Ok(if texts.is_empty() { None } else { Some(Value::One(join(texts, " "))) });
        }
        let key = self.key(&name, &index)?;
        Ok(match (&variable.slot, key) {
            (Slot::Unset, _) => None,
            (Slot::Scalar(value), Key::Index(0)) => Some(value.clone()),
            (Slot::Scalar(value), Key::Unknown) => Some(value.clone().or(Value::from(""))),
            (Slot::Indexed(elements), Key::Index(at)) => elements.get(&at).cloned(),
            (Slot::Keyed(elements), Key::Name(key)) => {
                elements.get(&key).or_else(|| elements.get("‹unknown›")).cloned()
            }
            (Slot::Indexed(elements), _) => Some(any_of(elements.values())),
            (Slot::Keyed(elements), _) => Some(any_of(elements.values())),
            _ => None,
        })
    }

    /// Whether `[[ -v NAME ]]`.
    pub(super) fn is_set(&mut self, text: &str) -> Run<Option<bool>> {
        let (name, index) = self.place(text)?;
        if let Some("@" | "*") = index.as_ref().and_then(Word::as_plain)
            && self.state.variable(&name).is_some()
        {
            return Ok(Some(!self.elements(&name).values.is_empty()));
        }
        if !super::is_variable(&name) && !name.bytes().all(|c| c.is_ascii_digit()) {
            return Ok(Some(false));
        }
        Ok(match self.held(&name, index.as_ref())? {
            None => Some(false),
            Some(value) if value.alternatives().iter().all(|text| text.literal().is_some()) => Some(true),
            Some(_) if self.state.variable(&name).is_some() => Some(true),
            Some(_) => None,
        })
    }

    /// Whether it is not certain how many there are of a list.
    pub(super) fn is_uneven(&self, name: &str) -> bool {
        match name {
            "@" | "*" => self.has_uneven_arguments(),
            name => self.state.variable(name).is_some_and(|variable| variable.uneven),
        }
    }
}

fn any_of<'v>(values: impl Iterator<Item = &'v Value>) -> Value {
    values.cloned().reduce(Value::or).unwrap_or_else(|| Value::from(""))
}
