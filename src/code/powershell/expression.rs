//! Expressions of PowerShell: operands, members of .NET objects, operators.

use super::Script;
use super::text::shown;
use crate::bounds::Exceeded;
use crate::code::joining::join;
use crate::code::object::{Args, Val};
use crate::value::{Text, Value};

impl Script<'_> {
    /// An expression, or an assignment of whatever stands behind it.
    pub(super) fn expression_statement(&mut self, first: bool) -> Result<Val, Exceeded> {
        let start = self.at;
        if first && (self.peek() == b'$' || self.peek() == b'[') {
            if let Some(value) = self.assignment()? {
                return Ok(value);
            }
            self.at = start;
        }
        self.expression(true)
    }

    /// Operands and the operators between them, from left to right. With `lists`, commas make lists.
    pub(super) fn expression(&mut self, lists: bool) -> Result<Val, Exceeded> {
        let _level = self.budget.enter()?;
        let mut value = self.listed(lists)?;
        loop {
            self.budget.step()?;
            self.skip(false);
            let rest = self.here();
            if matches!(self.peek(), b'+' | b'*' | b'%' | b'/') && !rest.starts_with("++") {
                let operator = self.peek();
                self.at += 1;
                self.skip(true);
                let right = self.listed(lists)?;
                value = match operator {
                    b'+' => self.added(value, &right)?,
                    b'*' => self.repeated(&value, &right)?,
                    _ => Val::unknown(),
                };
                continue;
            }
            if rest.starts_with("..") {
                self.at += 2;
                let end = self.operand()?;
                value = range(&value, &end);
                continue;
            }
            if self.peek() != b'-' {
                if rest.starts_with("++") {
                    self.at += 2;
                    continue;
                }
                return Ok(value);
            }
            let word = self.text.get(self.at + 1..).unwrap_or("");
            let length = word.bytes().take_while(u8::is_ascii_alphabetic).count();
            let operator = word[..length].to_ascii_lowercase();
            self.at += 1 + length;
            self.skip(true);
            if matches!(self.peek(), 0 | b')' | b'}') {
                return Ok(value);
            }
            let right = self.listed(lists)?;
            value = self.operated(&operator, value, &right)?;
        }
    }

    fn operated(&mut self, operator: &str, left: Val, right: &Val) -> Result<Val, Exceeded> {
        let start = self.at;
        Ok(match operator {
            "f" => {
                let values = match right {
                    Val::List(values, _) => values.as_ref().clone(),
                    other => vec![other.clone()],
                };
                let args = Args { positional: values, named: Vec::new() };
                self.method(&left, "Format", args, start)?
            }
            "join" => self.joined(&left, &right.value())?,
            "replace" | "creplace" | "ireplace" => {
                let args = match right {
                    Val::List(pair, _) => pair.as_ref().clone(),
                    one => vec![one.clone(), Val::text("")],
                };
                self.method(&left, "Replace", Args { positional: args, named: Vec::new() }, start)?
            }
            "split" | "csplit" | "isplit" => self.method(
                &left,
                "Split",
                Args { positional: vec![right.clone()], named: Vec::new() },
                start,
            )?,
            "as" => left,
            "bxor" => match (left.number(), right.number()) {
                (Some(a), Some(b)) => Val::text((a ^ b).to_string()),
                _ => Val::unknown(),
            },
            "" => match (left.number(), right.number()) {
                (Some(a), Some(b)) => Val::text(a.wrapping_sub(b).to_string()),
                _ => Val::unknown(),
            },
            _ => Val::path("a condition"),
        })
    }

    fn joined(&mut self, list: &Val, between: &Value) -> Result<Val, Exceeded> {
        let Val::List(values, _) = list else { return Ok(list.clone()) };
        let mut out = Value::from("");
        for (i, value) in values.iter().enumerate() {
            if i > 0 {
                out = join(self.budget, out, between.clone())?;
            }
            out = join(self.budget, out, value.value())?;
        }
        Ok(Val::Text(out))
    }

    fn repeated(&mut self, left: &Val, right: &Val) -> Result<Val, Exceeded> {
        match (left.literal(), right.number()) {
            (Some(text), Some(n)) if (0..=1 << 16).contains(&n) && left.number().is_none() => {
                self.budget.produce(text.len().saturating_mul(n as usize))?;
                Ok(Val::text(text.repeat(n as usize)))
            }
            _ => Ok(match (left.number(), right.number()) {
                (Some(a), Some(b)) => Val::text(a.wrapping_mul(b).to_string()),
                _ => Val::unknown(),
            }),
        }
    }

    /// An operand, or several with commas between.
    fn listed(&mut self, lists: bool) -> Result<Val, Exceeded> {
        let mut first = self.operand()?;
        if self.here().trim_start_matches([' ', '\t']).starts_with("..") {
            self.skip(false);
            self.at += 2;
            let end = self.operand()?;
            first = range(&first, &end);
        }
        if !lists {
            return Ok(first);
        }
        let mut values = vec![first];
        loop {
            self.budget.step()?;
            self.skip(false);
            if self.peek() != b',' {
                break;
            }
            self.at += 1;
            self.skip(true);
            values.push(self.operand()?);
        }
        Ok(if values.len() == 1 { values.swap_remove(0) } else { Val::list(values) })
    }

    /// One operand, with its members.
    pub(super) fn operand(&mut self) -> Result<Val, Exceeded> {
        let _level = self.budget.enter()?;
        self.skip(false);
        let start = self.at;
        let value = match self.peek() {
            b'(' => {
                self.at += 1;
                self.statements(Some(b')'))?
            }
            b'@' if self.byte(1) == b'(' => {
                self.at += 2;
                match self.statements(Some(b')'))? {
                    list @ Val::List(..) => list,
                    one => Val::list(vec![one]),
                }
            }
            b'@' if self.byte(1) == b'{' => {
                self.at += 2;
                self.map()?
            }
            b'{' => {
                self.at += 1;
                self.block()?;
                Val::path("a script block")
            }
            b'$' if self.byte(1) == b'(' => {
                self.at += 2;
                self.statements(Some(b')'))?
            }
            b'$' => {
                let name = self.variable_name();
                self.variable(&name)
            }
            b'[' => self.type_or_cast()?,
            b'!' | b'+' | b',' => {
                self.at += 1;
                return self.operand();
            }
            b'-' => return self.unary(),
            b'&' => {
                self.pipeline()?;
                Val::unknown()
            }
            b'0'..=b'9' => {
                let digits = self.here().bytes().take_while(|b| b.is_ascii_alphanumeric()).count();
                let text = &self.here()[..digits];
                self.at += digits;
                Val::text(text)
            }
            _ => match self.string()? {
                Some(value) => Val::Text(value),
                None => return Ok(Val::unknown()),
            },
        };
        self.members(value, start)
    }

    /// `-join (…)`, `-not …`, `-5`.
    fn unary(&mut self) -> Result<Val, Exceeded> {
        self.at += 1;
        let word = self.here();
        let length = word.bytes().take_while(u8::is_ascii_alphabetic).count();
        let operator = word[..length].to_ascii_lowercase();
        self.at += length;
        self.skip(false);
        if length == 0 && !self.peek().is_ascii_digit() {
            return Ok(Val::unknown());
        }
        let value = if operator == "join" { self.listed(true)? } else { self.operand()? };
        Ok(match operator.as_str() {
            "join" => self.joined(&value, &Value::from(""))?,
            "" => value.number().map_or_else(Val::unknown, |n| Val::text(n.wrapping_neg().to_string())),
            _ => Val::unknown(),
        })
    }

    /// `@{ name = value; … }`.
    fn map(&mut self) -> Result<Val, Exceeded> {
        let _level = self.budget.enter()?;
        let mut entries = Vec::new();
        loop {
            self.budget.step()?;
            self.skip(true);
            let before = self.at;
            match self.peek() {
                0 if self.at >= self.text.len() => break,
                b'}' => {
                    self.at += 1;
                    break;
                }
                b';' | b',' => self.at += 1,
                _ => {
                    let word = self.word_here();
                    let key = if word.is_empty() || word.starts_with('-') {
                        self.operand()?.value()
                    } else {
                        self.at += word.len();
                        Value::from(word)
                    };
                    self.skip(true);
                    if self.peek() == b'=' {
                        self.at += 1;
                        self.skip(true);
                        let value = self.statement()?;
                        entries.push((key, value));
                    }
                    if self.at == before {
                        self.bump();
                    }
                }
            }
        }
        Ok(Val::dict(entries))
    }

    /// `[Net.WebClient]` as a type, or `[char]65` as a cast.
    fn type_or_cast(&mut self) -> Result<Val, Exceeded> {
        let rest = self.here();
        let close = rest.bytes().take(200).position(|b| b == b']');
        let Some(close) = close else {
            self.at += 1;
            return Ok(Val::unknown());
        };
        let name = rest[1..close].trim_end_matches('[').trim().to_owned();
        self.at += close + 1;
        while self.peek() == b']' {
            self.at += 1;
        }
        if self.here().starts_with("::") {
            return Ok(Val::path(name));
        }
        let value = self.operand()?;
        Ok(match name.to_ascii_lowercase().as_str() {
            "char" => characters(&value),
            "scriptblock" => {
                let start = self.at;
                self.run_text(&value.value(), start)?;
                Val::path("a script block")
            }
            "string" => Val::Text(shown(&value)),
            _ => value,
        })
    }
}

/// `a..b` as a list.
fn range(from: &Val, to: &Val) -> Val {
    match (from.number(), to.number()) {
        (Some(a), Some(b)) if (a - b).unsigned_abs() <= 256 => {
            let numbers: Vec<i64> = if a <= b { (a..=b).collect() } else { (b..=a).rev().collect() };
            Val::list(numbers.into_iter().map(|n| Val::text(n.to_string())).collect())
        }
        _ => Val::unknown(),
    }
}

/// `[char]` of a number or of each number in a list.
fn characters(value: &Val) -> Val {
    let one = |val: &Val| -> Val {
        let code = val.number().and_then(|n| u32::try_from(n).ok()).and_then(char::from_u32);
        code.map_or_else(|| val.clone(), |c| Val::Text(Value::One(Text::from(c.to_string()))))
    };
    match value {
        Val::List(values, _) => Val::list(values.iter().map(one).collect()),
        other => one(other),
    }
}
