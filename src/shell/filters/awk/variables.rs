//! awk's variables, arrays and fields by name.

use std::collections::BTreeMap;

use super::ast::Expr;
use super::record::Separator;
use super::run::Awk;
use super::value::{Value, count};

/// What a parameter holds.
#[derive(Clone)]
pub(super) enum Local {
    Value(Value),
    Array(String),
    /// Nothing yet; where it becomes an array, that one outside.
    Unset(String),
}

impl Awk<'_, '_> {
    pub(super) fn text_of(&self, name: &str) -> Option<String> {
        self.globals.get(name).map_or(Some(String::new()), Value::text)
    }

    pub(super) fn variable(&self, name: &str) -> Option<Value> {
        if let Some(local) = self.frames.last().and_then(|frame| frame.get(name)) {
            return match local {
                Local::Value(value) => Some(value.clone()),
                Local::Array(_) => None,
                Local::Unset(_) => Some(Value::Unset),
            };
        }
        if name == "NF" {
            return Some(Value::Number(self.record.count() as f64));
        }
        if self.arrays.contains_key(name) {
            return None;
        }
        Some(self.globals.get(name).cloned().unwrap_or(Value::Unset))
    }

    pub(super) fn set_variable(&mut self, name: &str, value: Value) -> Option<()> {
        if let Some(local) = self.frames.last_mut().and_then(|frame| frame.get_mut(name)) {
            *local = Local::Value(value);
            return Some(());
        }
        match name {
            "NF" => {
                let between = self.text_of("OFS")?;
                return self.record.set_count(count(&value)?, &between);
            }
            "FS" => self.separator = Separator::of(&value.text()?)?,
            "NR" => self.number = value.number()?,
            // Not understood to the letter by all.
            "RSTART" | "RLENGTH" => {}
            "FIELDWIDTHS" | "FPAT" | "IGNORECASE" | "OFMT" | "CONVFMT" => return None,
            _ => {}
        }
        self.globals.insert(name.to_owned(), value);
        Some(())
    }

    /// The array that goes by this name here.
    pub(super) fn array(&mut self, name: &str) -> &mut BTreeMap<String, Value> {
        let outside = match self.frames.last().and_then(|frame| frame.get(name)) {
            Some(Local::Array(outside) | Local::Unset(outside)) => Some(outside.clone()),
            // A parameter that was not given becomes an array of its own.
            Some(Local::Value(_)) => Some(format!("{name} {}", self.frames.len())),
            None => None,
        };
        if let Some(outside) = outside {
            if let Some(frame) = self.frames.last_mut() {
                frame.insert(name.to_owned(), Local::Array(outside.clone()));
            }
            return self.arrays.entry(outside).or_default();
        }
        self.arrays.entry(name.to_owned()).or_default()
    }

    pub(super) fn key(&mut self, index: &[Expr]) -> Option<String> {
        let mut parts = Vec::new();
        for part in index {
            parts.push(self.value(part)?.text()?);
        }
        Some(parts.join(&self.text_of("SUBSEP")?))
    }

    pub(super) fn assign(&mut self, target: &Expr, value: Value) -> Option<()> {
        match target {
            Expr::Variable(name) => self.set_variable(name, value),
            Expr::Element(array, index) => {
                let key = self.key(index)?;
                self.array(array).insert(key, value);
                Some(())
            }
            Expr::Field(index) => {
                let index = count(&self.value(index)?)?;
                let text = value.text()?;
                if index == 0 {
                    self.record.set(text, &self.separator);
                    return Some(());
                }
                let between = self.text_of("OFS")?;
                self.record.set_field(index, text, &between)
            }
            Expr::Unary("()", inner) => self.assign(inner, value),
            _ => None,
        }
    }

    // Expressions.
}
