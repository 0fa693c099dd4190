//! jq's filters at work. A value that jq would fail on makes all of it unknown, except where `?` forgives.

use std::cmp::Ordering;

use super::json::Json;
use super::operation::*;
use super::parse::{Filter, Part};
use crate::shell::filters::call::{Call, MAX_OUTPUT, STEP};

pub(super) type Variables = [(String, Json)];

/// The values that a filter makes of its input.
pub(super) fn values(filter: &Filter, input: &Json, variables: &Variables, call: &Call) -> Option<Vec<Json>> {
    Eval { call }.all(filter, input, variables)
}

pub(super) struct Eval<'c> {
    pub(super) call: &'c Call<'c>,
}

/// More values than this are not made.
pub(super) const MAX_VALUES: usize = 4_096;

impl Eval<'_> {
    pub(super) fn all(&self, filter: &Filter, input: &Json, variables: &Variables) -> Option<Vec<Json>> {
        self.call.spend(STEP)?;
        let _level = self.call.budget.enter().ok()?;
        let out = self.made(filter, input, variables)?;
        (out.len() <= MAX_VALUES).then_some(out)
    }

    /// Every value of `filter` changed by `change`.
    fn each(
        &self,
        filter: &Filter,
        input: &Json,
        variables: &Variables,
        change: impl Fn(Json) -> Option<Json>,
    ) -> Option<Vec<Json>> {
        self.all(filter, input, variables)?.into_iter().map(change).collect()
    }

    fn made(&self, filter: &Filter, input: &Json, variables: &Variables) -> Option<Vec<Json>> {
        let one = |value: Json| Some(vec![value]);
        match filter {
            Filter::Identity => one(input.clone()),
            Filter::Literal(value) => one(value.clone()),
            Filter::Variable(name) => one(variables.iter().rev().find(|(known, _)| known == name)?.1.clone()),
            Filter::Text(parts, format) => self.text(parts, format.as_deref(), input, variables),
            Filter::Format(name) => one(Json::Text(formatted(name, input)?)),
            Filter::Member(of, index) => {
                let mut out = Vec::new();
                for value in self.all(of, input, variables)? {
                    for index in self.all(index, input, variables)? {
                        out.push(member(&value, &index)?);
                    }
                }
                Some(out)
            }
            Filter::Slice(of, from, to) => {
                let bound = |filter: &Option<Box<Filter>>| -> Option<Option<f64>> {
                    match filter {
                        None => Some(None),
                        Some(filter) => match self.all(filter, input, variables)?.as_slice() {
                            [Json::Number(number)] => Some(Some(*number)),
                            [Json::Null] => Some(None),
                            _ => None,
                        },
                    }
                };
                let (from, to) = (bound(from)?, bound(to)?);
                self.each(of, input, variables, |value| sliced(&value, from, to))
            }
            Filter::Each(of) => {
                let mut out = Vec::new();
                for value in self.all(of, input, variables)? {
                    out.extend(parts_of(value)?);
                }
                Some(out)
            }
            Filter::Try(inner) => {
                // What jq would fail on is told from what is not understood only for looking into values.
                match inner.as_ref() {
                    Filter::Each(of) => {
                        let of = self.all(of, input, variables)?;
                        Some(of.into_iter().filter_map(parts_of).flatten().collect())
                    }
                    Filter::Member(of, index) => {
                        let mut out = Vec::new();
                        for value in self.all(of, input, variables)? {
                            for index in self.all(index, input, variables)? {
                                out.extend(member(&value, &index));
                            }
                        }
                        Some(out)
                    }
                    inner => self.all(inner, input, variables),
                }
            }
            Filter::Pipe(first, second) => {
                let mut out = Vec::new();
                for value in self.all(first, input, variables)? {
                    out.extend(self.all(second, &value, variables)?);
                    if out.len() > MAX_VALUES {
                        return None;
                    }
                }
                Some(out)
            }
            Filter::Comma(first, second) => {
                let mut out = self.all(first, input, variables)?;
                out.extend(self.all(second, input, variables)?);
                Some(out)
            }
            Filter::Binary("//", first, second) => {
                let found: Vec<Json> =
                    self.all(first, input, variables)?.into_iter().filter(is_true).collect();
                if found.is_empty() { self.all(second, input, variables) } else { Some(found) }
            }
            Filter::Binary(sign @ ("and" | "or"), first, second) => {
                let mut out = Vec::new();
                for left in self.all(first, input, variables)? {
                    if is_true(&left) == (*sign == "or") {
                        out.push(Json::Bool(*sign == "or"));
                    } else {
                        out.extend(
                            self.each(second, input, variables, |right| Some(Json::Bool(is_true(&right))))?,
                        );
                    }
                }
                Some(out)
            }
            Filter::Binary(sign, first, second) => {
                let mut out = Vec::new();
                for right in self.all(second, input, variables)? {
                    for left in self.all(first, input, variables)? {
                        out.push(self.binary(sign, &left, &right)?);
                    }
                }
                Some(out)
            }
            Filter::Negate(inner) => self.each(inner, input, variables, |value| match value {
                Json::Number(number) => Some(Json::Number(-number)),
                _ => None,
            }),
            Filter::List(None) => one(Json::List(Vec::new())),
            Filter::List(Some(inner)) => one(Json::List(self.all(inner, input, variables)?)),
            Filter::Object(members) => {
                let mut out = Vec::new();
                for (name, value) in members {
                    let (name, value) =
                        (self.single(name, input, variables)?, self.single(value, input, variables)?);
                    let Json::Text(name) = name else { return None };
                    set_member(&mut out, name, value);
                }
                one(Json::Object(out))
            }
            Filter::If(branches, otherwise) => {
                for (condition, then) in branches {
                    if is_true(&self.single(condition, input, variables)?) {
                        return self.all(then, input, variables);
                    }
                }
                match otherwise {
                    Some(otherwise) => self.all(otherwise, input, variables),
                    None => one(input.clone()),
                }
            }
            Filter::Bind(value, name, body) => {
                let mut out = Vec::new();
                for value in self.all(value, input, variables)? {
                    out.extend(self.all(body, input, &with(variables, name, value))?);
                }
                Some(out)
            }
            Filter::Reduce(of, name, first, step) => {
                let mut value = self.single(first, input, variables)?;
                for item in self.all(of, input, variables)? {
                    value = self.single(step, &value, &with(variables, name, item))?;
                }
                one(value)
            }
            Filter::Call(name, arguments) => self.call(name, arguments, input, variables),
        }
    }

    pub(super) fn single(&self, filter: &Filter, input: &Json, variables: &Variables) -> Option<Json> {
        let mut values = self.all(filter, input, variables)?;
        if values.len() == 1 { values.pop() } else { None }
    }

    fn text(
        &self,
        parts: &[Part],
        format: Option<&str>,
        input: &Json,
        variables: &Variables,
    ) -> Option<Vec<Json>> {
        let mut out = String::new();
        for part in parts {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Filter(filter) => {
                    let value = self.single(filter, input, variables)?;
                    out.push_str(&formatted(format.unwrap_or("text"), &value)?);
                }
            }
        }
        self.call.spend(out.len())?;
        Some(vec![Json::Text(out)])
    }

    pub(super) fn binary(&self, sign: &str, left: &Json, right: &Json) -> Option<Json> {
        Some(match (sign, left, right) {
            ("==", a, b) => Json::Bool(a == b),
            ("!=", a, b) => Json::Bool(a != b),
            ("<", a, b) => Json::Bool(order(a, b)? == Ordering::Less),
            ("<=", a, b) => Json::Bool(order(a, b)? != Ordering::Greater),
            (">", a, b) => Json::Bool(order(a, b)? == Ordering::Greater),
            (">=", a, b) => Json::Bool(order(a, b)? != Ordering::Less),
            ("+", Json::Null, other) | ("+", other, Json::Null) => other.clone(),
            ("+", Json::Number(a), Json::Number(b)) => Json::Number(a + b),
            ("+", Json::Text(a), Json::Text(b)) => {
                self.call.spend(a.len() + b.len())?;
                if a.len() + b.len() > MAX_OUTPUT {
                    return None;
                }
                Json::Text(format!("{a}{b}"))
            }
            ("+", Json::List(a), Json::List(b)) => Json::List(a.iter().chain(b).cloned().collect()),
            ("+", Json::Object(a), Json::Object(b)) => {
                let mut out = a.clone();
                b.iter().for_each(|(name, value)| set_member(&mut out, name.clone(), value.clone()));
                Json::Object(out)
            }
            ("-", Json::Number(a), Json::Number(b)) => Json::Number(a - b),
            ("-", Json::List(a), Json::List(b)) => {
                Json::List(a.iter().filter(|value| !b.contains(value)).cloned().collect())
            }
            ("*", Json::Number(a), Json::Number(b)) => Json::Number(a * b),
            ("*", Json::Text(text), Json::Number(times)) if (1.0..1000.0).contains(times) => {
                if text.len() * *times as usize > MAX_OUTPUT {
                    return None;
                }
                Json::Text(text.repeat(times.ceil() as usize))
            }
            ("/", Json::Number(a), Json::Number(b)) if *b != 0.0 => Json::Number(a / b),
            ("/", Json::Text(a), Json::Text(b)) => split(a, b)?,
            ("%", Json::Number(a), Json::Number(b)) if b.trunc() != 0.0 => {
                Json::Number(a.trunc() % b.trunc())
            }
            _ => return None,
        })
    }
}

fn with(variables: &Variables, name: &str, value: Json) -> Vec<(String, Json)> {
    variables.iter().cloned().chain([(name.to_owned(), value)]).collect()
}
