//! The values of awk's expressions.

use std::cmp::Ordering;
use std::collections::HashMap;

use regex::Regex;

use super::ast::Expr;
use super::record::one_record;
use super::run::{Awk, Flow};
use super::value::{Value, count};
use super::variables::Local;
use crate::shell::filters::call::STEP;
use crate::shell::filters::regex::{Style, compile};

/// Calls of functions within each other.
const MAX_FRAMES: usize = 20;

impl Awk<'_, '_> {
    pub(super) fn truth(&mut self, expr: &Expr) -> Option<bool> {
        self.value(expr)?.is_true()
    }

    pub(super) fn regex(&mut self, text: &str) -> Option<&Regex> {
        if !self.regexes.contains_key(text) {
            let style = Style { extended: true, awk: true, ..Style::default() };
            let compiled = compile(text, style)?;
            self.regexes.insert(text.to_owned(), compiled);
        }
        self.regexes.get(text)
    }

    /// Whether a text matches; alternatives do no harm here.
    fn is_match(&mut self, pattern: &Expr, text: &str) -> Option<bool> {
        let pattern = match pattern {
            Expr::Regex(pattern) => pattern.clone(),
            other => self.value(other)?.text()?,
        };
        let key = format!("?{pattern}");
        if !self.regexes.contains_key(&key) {
            let style = Style { extended: true, awk: true, test_only: true, ..Style::default() };
            let compiled = compile(&pattern, style)?;
            self.regexes.insert(key.clone(), compiled);
        }
        Some(self.regexes.get(&key)?.is_match(text))
    }

    pub(super) fn value(&mut self, expr: &Expr) -> Option<Value> {
        self.call.spend(STEP)?;
        let truth = |value: bool| Value::Number(f64::from(u8::from(value)));
        Some(match expr {
            Expr::Number(number) => Value::Number(*number),
            Expr::Text(text) => Value::Text(text.clone()),
            Expr::Regex(_) => {
                let record = self.record.get(0)?.to_owned();
                truth(self.is_match(expr, &record)?)
            }
            Expr::Variable(name) => self.variable(name)?,
            Expr::Element(array, index) => {
                let key = self.key(index)?;
                self.array(array).entry(key).or_insert(Value::Unset).clone()
            }
            Expr::Field(index) => {
                let index = count(&self.value(index)?)?;
                self.record.get(index).map_or(Value::Unset, |text| Value::Input(text.to_owned()))
            }
            Expr::Assign(target, operator, value) => {
                let value = match operator {
                    None => self.value(value)?,
                    Some(operator) => {
                        let right = self.value(value)?;
                        let left = self.value(target)?;
                        arithmetic(operator, &left, &right)?
                    }
                };
                self.assign(target, value.clone())?;
                value
            }
            Expr::Step { target, by, old } => {
                let before = self.value(target)?.number()?;
                self.assign(target, Value::Number(before + by))?;
                Value::Number(if *old { before } else { before + by })
            }
            Expr::Unary("()", inner) => self.value(inner)?,
            Expr::Unary("!", inner) => truth(!self.truth(inner)?),
            Expr::Unary("-", inner) => Value::Number(-self.value(inner)?.number()?),
            Expr::Unary(_, inner) => Value::Number(self.value(inner)?.number()?),
            Expr::Binary(sign, left, right) => self.binary(sign, left, right)?,
            Expr::Condition(condition, then, otherwise) => {
                let branch = if self.truth(condition)? { then } else { otherwise };
                self.value(branch)?
            }
            Expr::In(index, array) => {
                let key = self.key(index)?;
                truth(self.array(array).contains_key(&key))
            }
            Expr::Builtin(name, arguments) => self.builtin(name, arguments)?,
            Expr::Call(name, arguments) => self.function(name, arguments)?,
            Expr::Getline { target, file, command } => {
                self.getline(target.as_deref(), file.as_deref(), command.as_deref())?
            }
            Expr::List(_) => return None,
        })
    }

    fn binary(&mut self, sign: &str, left: &Expr, right: &Expr) -> Option<Value> {
        let truth = |value: bool| Some(Value::Number(f64::from(u8::from(value))));
        match sign {
            "&&" => return truth(self.truth(left)? && self.truth(right)?),
            "||" => return truth(self.truth(left)? || self.truth(right)?),
            "~" | "!~" => {
                let text = self.value(left)?.text()?;
                return truth(self.is_match(right, &text)? == (sign == "~"));
            }
            _ => {}
        }
        let (left, right) = (self.value(left)?, self.value(right)?);
        match sign {
            " " => {
                let text = left.text()? + &right.text()?;
                self.call.spend(text.len())?;
                Some(Value::Text(text))
            }
            "<" => truth(left.compare(&right)? == Ordering::Less),
            "<=" => truth(left.compare(&right)? != Ordering::Greater),
            ">" => truth(left.compare(&right)? == Ordering::Greater),
            ">=" => truth(left.compare(&right)? != Ordering::Less),
            "==" => truth(left.compare(&right)? == Ordering::Equal),
            "!=" => truth(left.compare(&right)? != Ordering::Equal),
            sign => arithmetic(sign, &left, &right),
        }
    }

    fn getline(
        &mut self,
        target: Option<&Expr>,
        file: Option<&Expr>,
        command: Option<&Expr>,
    ) -> Option<Value> {
        let source = match (file, command) {
            (Some(file), _) => Some((self.value(file)?.text()?, false)),
            (_, Some(command)) => Some((self.value(command)?.text()?, true)),
            _ => None,
        };
        let record = match source {
            None => self.next_record()?,
            Some((name, is_command)) => {
                if !self.readers.contains_key(&name) {
                    let text = match is_command {
                        true => self.call.run(&name, None, self.commands),
                        false => self.call.file(&name)?,
                    };
                    self.readers.insert(name.clone(), (text, 0));
                }
                let separator = self.text_of("RS")?;
                let (text, at) = self.readers.get_mut(&name)?;
                if *at >= text.len() {
                    None
                } else {
                    let (record, used) = one_record(&text[*at..], &separator)?;
                    let record = record.to_owned();
                    *at += used;
                    Some(record)
                }
            }
        };
        let Some(record) = record else { return Some(Value::Number(0.0)) };
        match (target, file.is_some(), command.is_some()) {
            (Some(target), _, _) => {
                if file.is_none() {
                    self.number += 1.0;
                    self.globals.insert("NR".to_owned(), Value::Number(self.number));
                }
                self.assign(target, Value::Input(record))?;
            }
            (None, true, _) => self.record.set(record, &self.separator),
            (None, false, _) => self.read_record(record)?,
        }
        Some(Value::Number(1.0))
    }

    fn function(&mut self, name: &str, arguments: &[Expr]) -> Option<Value> {
        let program = self.program;
        let function = program.functions.iter().find(|known| known.name == name)?;
        if self.frames.len() >= MAX_FRAMES || arguments.len() > function.parameters.len() {
            return None;
        }
        let mut frame = HashMap::new();
        for (at, parameter) in function.parameters.iter().enumerate() {
            let local = match arguments.get(at) {
                None => Local::Value(Value::Unset),
                Some(Expr::Variable(name)) if self.is_array(name) => {
                    let outside = match self.frames.last().and_then(|frame| frame.get(name)) {
                        Some(Local::Array(outside)) => outside.clone(),
                        _ => name.clone(),
                    };
                    Local::Array(outside)
                }
                Some(Expr::Variable(name)) if self.is_unset(name) => Local::Unset(name.clone()),
                Some(argument) => Local::Value(self.value(argument)?),
            };
            frame.insert(parameter.clone(), local);
        }
        self.frames.push(frame);
        let flow = self.block(&function.body);
        // Arrays of this call alone go with it.
        let own = format!(" {}", self.frames.len());
        self.arrays.retain(|name, _| !name.ends_with(&own));
        self.frames.pop();
        match flow? {
            Flow::Return(value) => Some(value),
            Flow::On => Some(Value::Unset),
            _ => None,
        }
    }

    fn is_unset(&self, name: &str) -> bool {
        self.frames.last().is_none_or(|frame| !frame.contains_key(name)) && !self.globals.contains_key(name)
    }

    fn is_array(&self, name: &str) -> bool {
        match self.frames.last().and_then(|frame| frame.get(name)) {
            Some(local) => matches!(local, Local::Array(_)),
            None => self.arrays.contains_key(name),
        }
    }
}

fn arithmetic(sign: &str, left: &Value, right: &Value) -> Option<Value> {
    let (a, b) = (left.number()?, right.number()?);
    let value = match sign {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" if b != 0.0 => a / b,
        "%" if b != 0.0 => a % b,
        "^" => power(a, b)?,
        _ => return None,
    };
    value.is_finite().then_some(Value::Number(value))
}

/// A power with a whole exponent, by multiplying. The mathematical library, which knows the others, would have to be
/// loaded at every start.
fn power(base: f64, exponent: f64) -> Option<f64> {
    /// Above it not every whole number is a number.
    const MAX_EXACT: f64 = 9_007_199_254_740_992.0;
    let whole = exponent.fract() == 0.0 && (0.0..1024.0).contains(&exponent);
    let power = whole.then(|| base.powi(exponent as i32))?;
    (power.abs() <= MAX_EXACT).then_some(power)
}
