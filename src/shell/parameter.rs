//! `$x` and `${…}`: what a parameter holds (Bash manual, 3.5.3).

use super::ast::*;
use super::expand::{WORD_PRODUCED, join};
use super::held::Elements;
use super::options::NOUNSET;
use super::run::{Run, Shell};
use super::state::Slot;
use crate::value::{Text, Value};

/// What a parameter expansion becomes.
pub(super) enum Expanded<'w> {
    /// One text.
    One(Value),
    /// Texts of their own: `$@`, `$*` (`star`), `${array[@]}`.
    List { texts: Vec<Text>, star: bool },
    /// A word in its place: the default of something that is not set.
    Word(&'w Word),
}

impl Shell<'_, '_> {
    /// What a parameter becomes.
    pub(super) fn expanded<'w>(&mut self, parameter: &'w Parameter) -> Run<Expanded<'w>> {
        let expanded = self.expansion(parameter)?;
        let weight = match &expanded {
            Expanded::One(value) => value.weight(),
            Expanded::List { texts, .. } => texts.iter().map(Text::weight).sum(),
            Expanded::Word(_) => 0,
        };
        self.trace.budget.hold(weight)?;
        Ok(expanded)
    }

    fn expansion<'w>(&mut self, parameter: &'w Parameter) -> Run<Expanded<'w>> {
        if parameter.operator.is_none()
            && parameter.index.is_none()
            && !parameter.indirect
            && !parameter.length
            && !matches!(parameter.name.as_str(), "@" | "*")
        {
            let held = self.held(&parameter.name, None)?;
            return Ok(Expanded::One(self.required(&parameter.name, held)));
        }
        if matches!(parameter.operator, Some(Operator::Names)) {
            return Ok(self.names(parameter));
        }
        let (mut name, mut index) = (parameter.name.clone(), parameter.index.clone());
        let whole = |index: &Option<Word>| match index.as_ref().and_then(Word::as_plain) {
            Some("@") => Some(false),
            Some("*") => Some(true),
            _ => None,
        };
        if parameter.indirect {
            if let Some(star) = whole(&index) {
                let name = self.referred(&name, None)?.0;
                let elements = self.elements(&name);
                return Ok(Expanded::List {
                    texts: elements.keys.into_iter().map(Text::from).collect(),
                    star,
                });
            }
            match self.target(&name, index.as_ref())? {
                Ok(place) => (name, index) = place,
                Err(value) => return Ok(Expanded::One(value)),
            }
        } else if self.state.variables.get(name.as_str()).is_some_and(|v| v.reference) {
            (name, index) = self.referred(&name, index.as_ref())?;
        }
        let list = match name.as_str() {
            "@" => Some(false),
            "*" => Some(true),
            _ => whole(&index),
        };
        if parameter.length {
            return Ok(Expanded::One(self.length(&name, index.as_ref(), list.is_some())?));
        }
        match list {
            Some(star) => self.whole(&name, index.is_some(), star, parameter),
            None => self.single(&name, index.as_ref(), parameter),
        }
    }

    /// `${!prefix*}` and `${!prefix@}`.
    fn names<'w>(&self, parameter: &Parameter) -> Expanded<'w> {
        let prefix = parameter.name.as_str();
        let variables = self.state.variables.iter();
        let mut names: Vec<&str> = variables
            .filter(|(name, variable)| name.starts_with(prefix) && variable.slot != Slot::Unset)
            .map(|(name, _)| &**name)
            .collect();
        names.sort_unstable();
        let star = parameter.index.is_some();
        Expanded::List { texts: names.into_iter().map(Text::from).collect(), star }
    }

    /// The name and subscript that `${!name}` stands for, or its value where there is none.
    fn target(&mut self, name: &str, index: Option<&Word>) -> Run<Result<(String, Option<Word>), Value>> {
        if let Some(variable) = self.state.variables.get(name)
            && variable.reference
            && let Slot::Scalar(target) = &variable.slot
        {
            return Ok(Err(target.clone()));
        }
        let Some(target) = (match name {
            "@" | "*" => Some(Value::One(join(self.positional().iter().cloned(), " "))),
            _ => self.held(name, index)?,
        }) else {
            self.give_up();
            return Ok(Err(Value::from("")));
        };
        let target = self.choose(&target);
        let Some(target) = target.literal() else {
            return Ok(Err(Value::unknown(format!("${{!{name}}}"))));
        };
        let (name, index) = self.place(target)?;
        let special = matches!(name.as_str(), "@" | "*" | "#" | "?" | "-" | "$" | "!" | "_");
        let number = !name.is_empty() && name.bytes().all(|c| c.is_ascii_digit());
        if name.is_empty() || !(special || number || super::is_variable(&name)) {
            self.give_up();
            return Ok(Err(Value::from("")));
        }
        Ok(Ok((name, index)))
    }

    /// A parameter that is one text, and its operator.
    fn single<'w>(
        &mut self,
        name: &str,
        index: Option<&Word>,
        parameter: &'w Parameter,
    ) -> Run<Expanded<'w>> {
        let held = self.held(name, index)?;
        let null = |value: &Value, colon: bool| match value.literal() {
            Some(text) => Some(colon && text.is_empty()),
            None if colon => None,
            None if value.alternatives().iter().all(|text| text.literal().is_some()) => Some(false),
            None => None,
        };
        Ok(match &parameter.operator {
            None => Expanded::One(self.required(name, held)),
            Some(Operator::Default { colon, word }) => match held {
                None => Expanded::Word(word),
                Some(value) => match null(&value, *colon) {
                    Some(true) => Expanded::Word(word),
                    Some(false) => Expanded::One(value),
                    None => Expanded::One(self.value(word)?.or(value)),
                },
            },
            Some(Operator::Assign { colon, word }) => {
                let (value, kept) = match held {
                    None => (self.value(word)?, false),
                    Some(value) => match null(&value, *colon) {
                        Some(true) => (self.value(word)?, false),
                        Some(false) => (value, true),
                        None => (self.value(word)?.or(value), false),
                    },
                };
                if !kept
                    && (name.bytes().all(|c| c.is_ascii_digit())
                        || !self.assign_to(name, index, value.clone(), false)?)
                {
                    self.give_up();
                }
                match (kept, self.held(name, index)?) {
                    (false, Some(value)) => Expanded::One(value),
                    _ => Expanded::One(value),
                }
            }
            Some(Operator::Alternative { colon, word }) => match held {
                None => Expanded::One(Value::from("")),
                Some(value) => match null(&value, *colon) {
                    Some(true) => Expanded::One(Value::from("")),
                    Some(false) => Expanded::Word(word),
                    None => Expanded::One(self.value(word)?.or(Value::from(""))),
                },
            },
            Some(Operator::Require { colon, word }) => {
                let missing = held.as_ref().map_or(Some(true), |value| null(value, *colon));
                if missing == Some(true) {
                    self.text(word)?;
                    self.state.status = None;
                    self.jump = Some(super::run::Jump::Exit);
                }
                Expanded::One(held.unwrap_or_else(|| Value::from("")))
            }
            Some(operator) => match (held, operator) {
                (held, Operator::Transform(op @ ('a' | 'A'))) => {
                    Expanded::One(self.described(name, index.is_some(), held, *op))
                }
                (None, _) => Expanded::One(self.required(name, None)),
                (Some(value), operator) => Expanded::One(self.operate(value, operator)?),
            },
        })
    }

    /// A value that must be there under `set -u`.
    fn required(&mut self, name: &str, held: Option<Value>) -> Value {
        match held {
            Some(value) => value,
            None => {
                if self.state.options.has(NOUNSET) && !matches!(name, "@" | "*") {
                    self.state.status = Some(1);
                    self.jump = Some(super::run::Jump::Exit);
                }
                Value::from("")
            }
        }
    }

    /// `$@`, `$*`, `${array[@]}`, `${array[*]}` and their operator.
    fn whole<'w>(
        &mut self,
        name: &str,
        array: bool,
        star: bool,
        parameter: &'w Parameter,
    ) -> Run<Expanded<'w>> {
        let elements = self.elements(name);
        self.trace.budget.produce(elements.values.len() * WORD_PRODUCED)?;
        let values = match &parameter.operator {
            None => elements.values,
            Some(Operator::Substring { offset, length }) => {
                self.slice(elements, name, offset, length.as_ref())?
            }
            Some(Operator::Default { colon, word }) => match elements.is_missing(*colon) {
                Some(true) => return Ok(Expanded::Word(word)),
                Some(false) => elements.values,
                None => vec![self.value(word)?.or(elements.values[0].clone())],
            },
            Some(Operator::Assign { colon, .. }) => {
                if elements.is_missing(*colon) == Some(true) {
                    self.give_up();
                }
                elements.values
            }
            Some(Operator::Alternative { colon, word }) => match elements.is_missing(*colon) {
                Some(true) => Vec::new(),
                Some(false) => return Ok(Expanded::Word(word)),
                None => vec![self.value(word)?.or(Value::from(""))],
            },
            Some(Operator::Require { colon, .. }) => {
                if elements.is_missing(*colon) == Some(true) {
                    self.state.status = None;
                    self.jump = Some(super::run::Jump::Exit);
                }
                elements.values
            }
            Some(Operator::Transform(op @ ('a' | 'A' | 'K' | 'k'))) => {
                let values = self.described_list(name, array, elements, *op);
                return Ok(Expanded::List { texts: values, star });
            }
            Some(operator) => {
                let mut out = Vec::with_capacity(elements.values.len());
                for value in elements.values {
                    out.push(self.operate(value, operator)?);
                }
                out
            }
        };
        let texts: Vec<Text> = values.iter().map(|value| self.choose(value)).collect();
        Ok(Expanded::List { texts, star })
    }

    /// `${@:offset:length}` and `${array[@]:offset:length}`.
    fn slice(
        &mut self,
        elements: Elements,
        name: &str,
        offset: &Word,
        length: Option<&Word>,
    ) -> Run<Vec<Value>> {
        let Some(offset) = self.number(offset)? else {
            return Ok(vec![Value::unknown(format!("${{{name}}}"))]);
        };
        let mut entries: Vec<(i64, Value)> =
            if matches!(self.state.variable(name).map(|v| &v.slot), Some(Slot::Keyed(_))) {
                (0..).zip(elements.values).collect()
            } else {
                elements.keys.iter().filter_map(|key| key.parse().ok()).zip(elements.values).collect()
            };
        let positional = matches!(name, "@" | "*");
        if positional {
            // `$@` counts from 1; with 0 it begins with `$0`.
            entries.insert(0, (0, Value::One(Text::clone(&self.state.name))));
        }
        let end = entries.last().map_or(0, |(last, _)| last + 1);
        let from = if offset < 0 { end + offset } else { offset };
        if from < 0 || from > end || end == 0 {
            return Ok(Vec::new());
        }
        let count = match length {
            Some(word) => match self.number(word)? {
                Some(count) if count < 0 => {
                    self.give_up();
                    0
                }
                Some(count) => usize::try_from(count).unwrap_or(0),
                None => usize::MAX,
            },
            None => usize::MAX,
        };
        Ok(entries.into_iter().filter(|(at, _)| *at >= from).map(|(_, value)| value).take(count).collect())
    }

    /// The number of an expression in a word; an invalid one ends the command.
    pub(super) fn number(&mut self, word: &Word) -> Run<Option<i64>> {
        let text = self.text(word)?;
        let number = self.calculate(&text)?;
        if number == Err(super::arithmetic::Trouble::Invalid) {
            self.give_up();
        }
        Ok(number.ok())
    }

    fn length(&mut self, name: &str, index: Option<&Word>, list: bool) -> Run<Value> {
        let count = if list {
            let unknown = self.state.variable(name).is_none() && self.shell_array(name).is_none();
            if index.is_some() && unknown || self.is_uneven(name) {
                None
            } else {
                Some(self.elements(name).values.len())
            }
        } else {
            match self.held(name, index)? {
                None => {
                    self.required(name, None);
                    Some(0)
                }
                Some(value) => {
                    let text = self.choose(&value);
                    text.literal().map(|text| text.chars().count())
                }
            }
        };
        Ok(count
            .map_or_else(|| Value::unknown(format!("${{#{name}}}")), |count| Value::from(count.to_string())))
    }
}
