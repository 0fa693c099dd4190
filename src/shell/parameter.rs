//! `${…}`: what a parameter holds and what an operator makes of it (Bash manual, 3.5.3).

use super::ast::*;
use super::expand::WORD_PRODUCED;
use super::expand::join;
use super::pattern;
use super::run::{Run, Shell};
use super::state::{Slot, Variable, environment_value};
use crate::value::{MAX_ALTERNATIVES, Text, Value};

/// Texts longer than this, in bytes, are not searched for patterns: the cost is quadratic.
const MAX_PATTERN_TEXT: usize = 2 << 10;
/// The same for patterns with a `*`, whose cost is cubic.
const MAX_STAR_TEXT: usize = 256;

/// What a parameter holds before an operator looks at it.
enum Held {
    Nothing,
    /// It holds a value, perhaps one that only the environment knows.
    Value(Value),
}

impl Shell<'_, '_> {
    /// The texts of `$@`, `$*` and `${array[@]}`; None for a parameter that is one text.
    pub(super) fn list_parameter(
        &mut self,
        parameter: &Parameter,
        in_double: bool,
    ) -> Run<Option<Vec<Text>>> {
        let whole_array =
            parameter.index.as_ref().and_then(Word::as_plain).filter(|i| matches!(*i, "@" | "*"));
        let star = match (parameter.name.as_str(), whole_array) {
            ("@", _) => false,
            ("*", _) => true,
            (_, Some(index)) => index == "*",
            _ => return Ok(None),
        };
        if parameter.length || (parameter.indirect && whole_array.is_none()) {
            return Ok(None);
        }
        let mut values: Vec<Value> = if whole_array.is_some() {
            let keys = parameter.indirect;
            match self.state.variable(&parameter.name).map(|v| &v.slot) {
                Some(Slot::Indexed(elements)) if keys => {
                    elements.keys().map(|k| Value::from(k.to_string())).collect()
                }
                Some(Slot::Keyed(elements)) if keys => {
                    elements.keys().map(|k| Value::from(k.as_str())).collect()
                }
                Some(Slot::Indexed(elements)) => elements.values().cloned().collect(),
                Some(Slot::Keyed(elements)) => elements.values().cloned().collect(),
                Some(Slot::Scalar(value)) => vec![value.clone()],
                Some(Slot::Unset) => Vec::new(),
                None => vec![environment_value(&parameter.name)],
            }
        } else {
            self.state.positional.iter().cloned().map(Value::One).collect()
        };
        self.trace.budget.produce(values.len() * WORD_PRODUCED)?;
        if let Some(operator) = &parameter.operator {
            values = match operator {
                Operator::Substring { offset, length } => {
                    self.slice(values, &parameter.name, offset, length.as_ref())?
                }
                Operator::Default { word, .. } | Operator::Assign { word, .. } if values.is_empty() => {
                    vec![self.value(word)?]
                }
                Operator::Alternative { word, .. } => {
                    if values.is_empty() {
                        Vec::new()
                    } else {
                        vec![self.value(word)?]
                    }
                }
                other => {
                    let mut out = Vec::new();
                    for value in values {
                        out.push(self.operate(value, other)?);
                    }
                    out
                }
            };
        }
        let texts: Vec<Text> = values.iter().map(|value| self.choose(value)).collect();
        if star && in_double {
            let separator: String = self.ifs().chars().take(1).collect();
            return Ok(Some(vec![join(texts, &separator)]));
        }
        Ok(Some(texts))
    }

    /// `${@:offset:length}` and `${array[@]:offset:length}`.
    fn slice(
        &mut self,
        values: Vec<Value>,
        name: &str,
        offset: &Word,
        length: Option<&Word>,
    ) -> Run<Vec<Value>> {
        let Some(offset) = self.number(offset)? else {
            return Ok(vec![Value::unknown(format!("${{{name}}}"))]);
        };
        let length = match length {
            Some(word) => match self.number(word)? {
                Some(length) => usize::try_from(length).unwrap_or(0),
                None => usize::MAX,
            },
            None => usize::MAX,
        };
        // `$@` counts from 1; with 0 it begins with `$0`.
        let offset = if matches!(name, "@" | "*") && offset > 0 { offset - 1 } else { offset };
        let start = if offset < 0 { values.len() as i64 + offset } else { offset };
        Ok(values.into_iter().skip(usize::try_from(start).unwrap_or(usize::MAX)).take(length).collect())
    }

    fn number(&mut self, word: &Word) -> Run<Option<i64>> {
        let text = self.arithmetic(word)?;
        Ok(text.literal().and_then(|text| text.parse().ok()))
    }

    /// The value of a parameter that is one text.
    pub(super) fn parameter(&mut self, parameter: &Parameter) -> Run<Value> {
        let mut name = parameter.name.clone();
        let mut index = parameter.index.clone();
        if parameter.indirect {
            if let Some(Operator::Names) = parameter.operator {
                let mut names: Vec<&str> =
                    self.state.variables.keys().map(|n| &**n).filter(|n| n.starts_with(&name)).collect();
                names.sort_unstable();
                return Ok(Value::One(join(names.into_iter().map(Text::from), " ")));
            }
            let Held::Value(target) = self.held(&name, index.as_ref())? else { return Ok(Value::from("")) };
            let target = self.choose(&target);
            let Some(target) = target.literal() else {
                return Ok(Value::unknown(format!("${{!{name}}}")));
            };
            (name, index) = match target.split_once('[') {
                Some((name, subscript)) => {
                    (name.to_owned(), Some(Word::plain(subscript.trim_end_matches(']'))))
                }
                None => (target.to_owned(), None),
            };
        }
        if parameter.length {
            return self.length(&name, index.as_ref());
        }
        let held = self.held(&name, index.as_ref())?;
        match &parameter.operator {
            None => Ok(match held {
                Held::Nothing => Value::from(""),
                Held::Value(value) => value,
            }),
            Some(Operator::Default { colon, word }) => self.with_default(held, *colon, word),
            Some(Operator::Assign { colon, word }) => {
                let value = self.with_default(held, *colon, word)?;
                self.state.set(&name, value.clone());
                Ok(value)
            }
            Some(Operator::Alternative { colon, word }) => {
                let alternative = self.value(word)?;
                Ok(match held {
                    Held::Nothing => Value::from(""),
                    Held::Value(value) => match value.literal() {
                        Some("") if *colon => Value::from(""),
                        Some(_) => alternative,
                        None => alternative.or(Value::from("")),
                    },
                })
            }
            Some(operator) => match held {
                Held::Nothing => Ok(Value::from("")),
                Held::Value(value) => self.operate(value, operator),
            },
        }
    }

    fn with_default(&mut self, held: Held, colon: bool, word: &Word) -> Run<Value> {
        match held {
            Held::Nothing => self.value(word),
            Held::Value(value) => match value.literal() {
                Some("") if colon => self.value(word),
                Some(_) => Ok(value),
                None => Ok(self.value(word)?.or(value)),
            },
        }
    }

    /// What a name holds: a variable, an element, an argument or a special parameter.
    fn held(&mut self, name: &str, index: Option<&Word>) -> Run<Held> {
        if let Ok(position) = name.parse::<usize>() {
            return Ok(match position {
                0 => Held::Value(Value::One(self.state.name.clone())),
                n => self
                    .state
                    .positional
                    .get(n - 1)
                    .map_or(Held::Nothing, |t| Held::Value(Value::One(t.clone()))),
            });
        }
        match name {
            "#" => return Ok(Held::Value(Value::from(self.state.positional.len().to_string()))),
            "@" | "*" => {
                return Ok(Held::Value(Value::One(join(self.state.positional.iter().cloned(), " "))));
            }
            "_" => return Ok(Held::Value(Value::One(self.state.last_word.clone()))),
            "?" | "-" | "$" | "!" => return Ok(Held::Value(environment_value(name))),
            _ => {}
        }
        let Some(variable) = self.state.variable(name).cloned() else {
            return Ok(Held::Value(environment_value(name)));
        };
        self.element(name, variable, index)
    }

    fn element(&mut self, name: &str, variable: Variable, index: Option<&Word>) -> Run<Held> {
        let unknown = || Held::Value(Value::unknown(format!("${name}[…]")));
        Ok(match (variable.slot, index) {
            (Slot::Unset, _) => Held::Nothing,
            (Slot::Scalar(value), None) => Held::Value(value),
            (Slot::Keyed(elements), Some(index)) => {
                let key = self.text(index)?;
                match key.literal() {
                    Some(key) => elements.get(key).map_or(Held::Nothing, |v| Held::Value(v.clone())),
                    None => Held::Value(any_of(elements.into_values())),
                }
            }
            (Slot::Keyed(elements), None) => {
                elements.get("0").map_or(Held::Nothing, |v| Held::Value(v.clone()))
            }
            (slot, index) => {
                let elements = match slot {
                    Slot::Indexed(elements) => elements,
                    Slot::Scalar(value) => [(0, value)].into(),
                    _ => return Ok(unknown()),
                };
                let at = match index {
                    None => Some(0),
                    Some(index) => self.number(index)?,
                };
                match at {
                    Some(at) if at < 0 => {
                        let count = elements.keys().last().map_or(0, |last| last + 1);
                        elements.get(&(count + at)).map_or(Held::Nothing, |v| Held::Value(v.clone()))
                    }
                    Some(at) => elements.get(&at).map_or(Held::Nothing, |v| Held::Value(v.clone())),
                    None => Held::Value(any_of(elements.into_values())),
                }
            }
        })
    }

    fn length(&mut self, name: &str, index: Option<&Word>) -> Run<Value> {
        let count = match (name, index.and_then(Word::as_plain)) {
            ("@" | "*" | "#", _) => Some(self.state.positional.len()),
            (_, Some("@" | "*")) => match self.state.variable(name).map(|v| &v.slot) {
                Some(Slot::Indexed(elements)) => Some(elements.len()),
                Some(Slot::Keyed(elements)) => Some(elements.len()),
                Some(Slot::Scalar(_)) => Some(1),
                Some(Slot::Unset) => Some(0),
                None => None,
            },
            _ => match self.held(name, index)? {
                Held::Nothing => Some(0),
                Held::Value(value) => value.literal().map(|text| text.chars().count()),
            },
        };
        Ok(count
            .map_or_else(|| Value::unknown(format!("${{#{name}}}")), |count| Value::from(count.to_string())))
    }

    /// Applies an operator that works on the characters of a value.
    fn operate(&mut self, value: Value, operator: &Operator) -> Run<Value> {
        let longest = match operator {
            Operator::TrimPrefix { pattern, .. }
            | Operator::TrimSuffix { pattern, .. }
            | Operator::Replace { pattern, .. } => {
                let star = |part: &Part| !matches!(part, Part::Plain(text) if !text.contains('*'));
                if pattern.parts.iter().any(star) { MAX_STAR_TEXT } else { MAX_PATTERN_TEXT }
            }
            _ => usize::MAX,
        };
        if value.alternatives().iter().any(|text| text.known_len() > longest) {
            return Ok(Value::unknown("part of a long text"));
        }
        let each = |f: &dyn Fn(&str) -> String| {
            let texts = value.alternatives().iter().map(|text| match text.literal() {
                Some(literal) => Text::from(f(literal)),
                None => Text::unknown(format!("part of {text}")),
            });
            Value::any(texts.take(MAX_ALTERNATIVES))
        };
        Ok(match operator {
            Operator::TrimPrefix { longest, pattern } => match self.pattern(pattern)? {
                Some(pattern) => each(&|text| pattern::trim_prefix(text, &pattern, *longest).to_owned()),
                None => Value::unknown(format!("part of {value}")),
            },
            Operator::TrimSuffix { longest, pattern } => match self.pattern(pattern)? {
                Some(pattern) => each(&|text| pattern::trim_suffix(text, &pattern, *longest).to_owned()),
                None => Value::unknown(format!("part of {value}")),
            },
            Operator::Replace { how, pattern, replacement } => {
                let pattern = self.pattern(pattern)?;
                let replacement = self.text(replacement)?;
                match (pattern, replacement.literal()) {
                    (Some(pattern), Some(with)) => each(&|text| pattern::replace(text, &pattern, with, *how)),
                    _ => Value::unknown(format!("{value}, partly replaced")),
                }
            }
            Operator::Substring { offset, length } => {
                let offset = self.number(offset)?;
                let length = match length {
                    Some(word) => Some(self.number(word)?),
                    None => None,
                };
                match (offset, length) {
                    (Some(offset), None) => each(&|text| substring(text, offset, None)),
                    (Some(offset), Some(Some(length))) => each(&|text| substring(text, offset, Some(length))),
                    _ => Value::unknown(format!("part of {value}")),
                }
            }
            Operator::Case { upper, all } => each(&|text| change_case(text, *upper, *all)),
            Operator::Transform(op) => match op {
                'U' => each(&|text| text.to_uppercase()),
                'L' => each(&|text| text.to_lowercase()),
                'u' => each(&|text| change_case(text, true, false)),
                'E' => each(&super::escape::ansi_c),
                'Q' => each(&super::quoted),
                // A prompt without escapes is itself.
                'P' if !value.to_string().contains('\\') => value,
                _ => Value::unknown(format!("{value}@{op}")),
            },
            _ => value,
        })
    }
}

fn any_of(values: impl Iterator<Item = Value>) -> Value {
    values.reduce(Value::or).unwrap_or_else(|| Value::from(""))
}

fn substring(text: &str, offset: i64, length: Option<i64>) -> String {
    let chars: Vec<char> = text.chars().collect();
    let count = chars.len() as i64;
    let start = if offset < 0 { count + offset } else { offset };
    if start < 0 || start > count {
        return String::new();
    }
    let end = match length {
        None => count,
        Some(length) if length < 0 => (count + length).max(start),
        Some(length) => start.saturating_add(length).min(count),
    };
    chars[start as usize..end as usize].iter().collect()
}

fn change_case(text: &str, upper: bool, all: bool) -> String {
    let change = |s: &str| if upper { s.to_uppercase() } else { s.to_lowercase() };
    if all {
        return change(text);
    }
    let first = text.chars().next().map_or(0, char::len_utf8);
    change(&text[..first]) + &text[first..]
}
