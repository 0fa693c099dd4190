//! Texts put together by a format, and lists joined to a text.

use super::object::{Args, Val};
use super::reader::Reader;
use crate::bounds::Exceeded;
use crate::value::Value;

impl Reader<'_> {
    /// The elements of `list` with `between` in between.
    pub(super) fn joined(&mut self, list: &Val, between: Value) -> Result<Val, Exceeded> {
        let Val::List(values, _) = list else {
            return Ok(match list {
                Val::Text(text) if between.literal() == Some("") => Val::Text(text.clone()),
                _ => Val::unknown(),
            });
        };
        let mut out = Value::from("");
        for (i, value) in values.iter().enumerate() {
            self.budget.step()?;
            if i > 0 {
                out = self.join(out, between.clone())?;
            }
            out = self.join(out, value.value())?;
        }
        Ok(Val::Text(out))
    }

    /// `%s`, `%d`, `%(name)s`, in turn.
    pub(super) fn percent_format(
        &mut self,
        format: &str,
        values: &[Val],
        map: &Val,
    ) -> Result<Val, Exceeded> {
        let mut out = Value::from("");
        let mut values = values.iter();
        let mut rest = format;
        while let Some(n) = rest.find('%') {
            self.budget.step()?;
            out = self.join(out, Value::from(&rest[..n]))?;
            rest = &rest[n + 1..];
            if let Some(after) = rest.strip_prefix('%') {
                out = self.join(out, Value::from("%"))?;
                rest = after;
                continue;
            }
            let named = rest.strip_prefix('(').and_then(|s| s.split_once(')'));
            let value = match named {
                Some((name, after)) => {
                    rest = after;
                    map.entry(name).map(Val::value)
                }
                None => values.next().map(Val::value),
            };
            let spec = rest.bytes().take_while(|b| b.is_ascii_digit() || b"-+ .#$*".contains(b)).count();
            rest = rest[spec..].strip_prefix(|c: char| c.is_ascii_alphabetic()).unwrap_or(&rest[spec..]);
            out = self.join(out, value.unwrap_or_else(|| Value::unknown("a value")))?;
        }
        out = self.join(out, Value::from(rest))?;
        Ok(Val::Text(out))
    }

    /// `{}`, `{0}`, `{name}`.
    pub(super) fn brace_format(
        &mut self,
        format: &str,
        values: &[Val],
        args: &Args,
    ) -> Result<Val, Exceeded> {
        let mut out = Value::from("");
        let mut next = 0;
        let mut rest = format;
        while let Some(n) = rest.find('{') {
            self.budget.step()?;
            out = self.join(out, Value::from(rest[..n].replace("}}", "}")))?;
            rest = &rest[n + 1..];
            if let Some(after) = rest.strip_prefix('{') {
                out = self.join(out, Value::from("{"))?;
                rest = after;
                continue;
            }
            let Some((field, after)) = rest.split_once('}') else { break };
            rest = after;
            let name = field.split([':', '!', ',']).next().unwrap_or("").trim();
            let value = if name.is_empty() {
                next += 1;
                values.get(next - 1).cloned()
            } else if let Ok(at) = name.parse::<usize>() {
                values.get(at).cloned()
            } else {
                args.named
                    .iter()
                    .find(|(k, _)| k == name)
                    .map(|(_, v)| v.clone())
                    .or_else(|| self.scope.lookup(name).cloned())
            };
            out = self.join(out, value.map_or_else(|| Value::unknown("a value"), |v| v.value()))?;
        }
        out = self.join(out, Value::from(rest.replace("}}", "}")))?;
        Ok(Val::Text(out))
    }
}
